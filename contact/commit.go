package contact

import (
	"bytes"
	"slices"
)

// A transaction of more contacts than longTx, or with work of its own for a floor,
// is applied beside the published version instead of under the lock: readers go
// on meanwhile, and the pages it touches are copied once.
const longTx = 512

// commit makes what a transaction staged true for everybody. The caller is the
// writer. If a group is returned, the transaction is durable and visible when that
// is done, and otherwise now.
func (s *Store) commit(tx *Tx) (*group, error) {
	if len(tx.contacts.staged.ops) == 0 && len(tx.work) == 0 && tx.schema == tx.base.schema {
		return nil, nil
	}
	c := &Commit{store: s, tx: tx, before: tx.base.schema}
	c.record = &Record{
		Number: tx.base.number + 1, Time: s.time(),
		Cause: tx.cause, Actor: tx.actor, Note: tx.note, Key: tx.key,
		schema: tx.schema, schemaChanged: tx.schema != tx.base.schema,
	}
	c.long = len(tx.contacts.staged.ids) > longTx || len(tx.work) > 0
	if s.durable != nil {
		return s.durable.commit(c)
	}
	if err := s.applyVisible(c); err != nil {
		return nil, err
	}
	s.log.append(c.record)
	s.tellCommitted(c)
	return nil, nil
}

// applyVisible applies a transaction and makes it visible.
func (s *Store) applyVisible(c *Commit) error {
	if c.long {
		s.View()
		if err := s.apply(c); err != nil {
			return err
		}
		s.mu.Lock()
		s.publish(c)
		s.mu.Unlock()
		return nil
	}
	return s.applyLocked(c)
}

func (s *Store) tellCommitted(c *Commit) {
	for _, a := range c.floors {
		a.floor.Committed(c)
	}
}

func (s *Store) applyLocked(c *Commit) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.published.Store(nil)
	if err := s.apply(c); err != nil {
		return err
	}
	s.publish(c)
	return nil
}

// publish makes the new version the newest. The caller holds mu.
func (s *Store) publish(c *Commit) {
	c.st.number, c.st.time = c.record.Number, c.record.Time
	s.published.Store(nil)
	s.setCurrent(c.st)
}

func (s *Store) setCurrent(st *state) {
	s.cur = st
	s.now.st = st
}

// apply changes the columns, lets the floors prepare, and undoes it all if one
// of them refuses or panics.
func (s *Store) apply(c *Commit) error {
	c.st = s.cur.writable(&s.epochs)
	c.view.st = c.st
	c.floors = s.floors
	given := c.st.given
	var dropped []any
	prepared := 0
	done := false
	defer func() {
		if done {
			return
		}
		for _, a := range slices.Backward(s.floors[:prepared]) {
			a.floor.Abandoned(c)
		}
		c.contacts.undo()
		c.st.given = given
		c.st.disown(&s.epochs, c.before, s.scratch.named, dropped)
		s.keepUndone(c.st)
	}()
	dropped = c.st.adopt(&s.epochs, c.tx.schema)
	c.contacts.begin(c, &c.st.table, c.st.schema, &c.tx.contacts, &s.scratch)
	c.contacts.apply()
	c.record.data, c.record.contacts = c.contacts.data, len(c.contacts.touched)
	for _, a := range s.floors {
		if err := a.floor.Prepare(c); err != nil {
			return err
		}
		prepared++
	}
	if err := c.checkDropped(); err != nil {
		return err
	}
	c.forgetErased()
	c.noteDropped(dropped)
	c.st.compact(&s.epochs)
	if !c.long {
		c.record.data = bytes.Clone(c.record.data) // the commit's own memory is used again
	}
	c.given = c.st.given
	done = true
	return nil
}

// noteDropped lets the next checkpoint take the values of dropped fields out of the
// file. dropped is what adopt returned.
func (c *Commit) noteDropped(dropped []any) {
	if c.store.durable == nil {
		return
	}
	for i, column := range dropped {
		if column != nil {
			c.store.durable.dirty.noteDropped(i, c.st.given)
		}
	}
}

// checkDropped refuses a schema without a field that a floor reads now.
func (c *Commit) checkDropped() error {
	if !c.SchemaChanged() {
		return nil
	}
	for i, d := range c.before.fields {
		if c.st.schema.fields[i].dropped && !d.dropped {
			if err := c.store.unused(&c.view, Field{d}); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepUndone makes a state that was undone the newest version again. A state made
// beside a published version is kept too: what only grows (texts, places given
// out) is shared by all versions, so there must be one line of them.
func (s *Store) keepUndone(st *state) {
	if s.published.Load() != nil { // a long transaction: mu is not held
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	s.setCurrent(st)
}
