package contact

import "slices"

// A transaction of more contacts than longTx and more operations on them than longOps,
// or with work of its own for a floor or another calendar, is applied beside the published version instead
// of under the lock: readers go on meanwhile, and the pages it touches are copied once.
// A shorter one holds the lock for a millisecond or two.
const (
	longTx  = 512
	longOps = 1024
)

// commit makes what a transaction staged true for everybody. The caller is the
// writer. If a group is returned, the transaction is durable and visible when that
// is done, and otherwise now.
func (s *Store) commit(tx *Tx) (*group, error) {
	tx.settleAssociations()
	staged, ops := len(tx.contacts.staged.ids), len(tx.contacts.staged.ops)
	if tx.companies != nil {
		staged += len(tx.companies.staged.ids)
		ops += len(tx.companies.staged.ops)
	}
	if staged == 0 && tx.events.size() == 0 && len(tx.work) == 0 && len(tx.erased) == 0 && tx.schema == tx.base.schema {
		return nil, nil
	}
	c := s.newCommit()
	c.store, c.tx, c.before = s, tx, tx.base.schema
	*c.record = Record{
		Number: tx.base.number + 1, Time: tx.time(),
		Cause: tx.cause, Actor: tx.actor, Note: tx.note, Key: tx.key,
		schema: tx.schema, schemaChanged: tx.schema != tx.base.schema,
	}
	c.record.calendar = tx.calendarChange()
	c.long = staged > longTx && ops > longOps || len(tx.work) > 0 || c.record.calendar != nil
	c.ruled = tx.ruled()
	c.long = c.long || tx.events.long() || c.ruled != nil
	if tx.due != nil {
		c.long = tx.due.Long
	}
	if s.durable != nil {
		return s.durable.commit(c)
	}
	defer s.endCommit(c) // also if a floor panics
	if err := s.applyVisible(c); err != nil {
		return nil, err
	}
	kept := s.log.append(c.record, !c.long)
	s.tellCommitted(c)
	if kept {
		c.record = nil
	}
	return nil, nil
}

// newCommit returns an empty Commit. One that waits to be written is good until then;
// in a store that keeps nothing on disk one serves all transactions.
func (s *Store) newCommit() *Commit {
	if c := s.commitScratch; c != nil {
		s.commitScratch = nil
		return c
	}
	return &Commit{record: &Record{}}
}

// endCommit empties a Commit that nobody looks at any more, for the next transaction,
// which writes the record anew unless the log has it.
func (s *Store) endCommit(c *Commit) {
	r := c.record
	if r == nil {
		r = &Record{}
	}
	*c = Commit{record: r}
	s.commitScratch = c
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
	given, firms := c.st.given, c.st.firms.given
	var dropped dropped
	prepared := 0
	done := false
	defer func() {
		if done {
			return
		}
		for _, a := range slices.Backward(s.floors[:prepared]) {
			a.floor.Abandoned(c)
		}
		c.events.undo()
		c.contacts.undo()
		if c.companies != nil {
			c.companies.undo()
		}
		c.st.given, c.st.firms.given = given, firms
		c.st.disown(&s.epochs, s, c.before, dropped)
		s.keepUndone(c.st)
	}()
	dropped = c.st.adopt(&s.epochs, c.tx.schema)
	c.applySides()
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
	c.compact()
	if !c.long && s.durable != nil {
		c.record.own() // the commit's own memory is used again
	}
	c.given, c.companiesGiven = c.st.given, c.st.firms.given
	done = true
	return nil
}

// applySides changes both tables.
func (c *Commit) applySides() {
	c.contacts, c.companies = c.contactSide(), c.companySide()
	if c.companies != nil {
		c.companies.apply()
		c.record.companyData, c.record.companies = c.companies.data, len(c.companies.touched)
	}
	c.contacts.apply()
	c.record.data, c.record.contacts = c.contacts.data, len(c.contacts.touched)
	c.applyEvents()
}

// compact lets the columns that changed drop what only deleted values needed.
func (c *Commit) compact() {
	c.contacts.compact()
	if c.companies != nil {
		c.companies.compact()
	}
}

// noteDropped lets the next checkpoint take the values of dropped fields out of the
// file. dropped is what adopt returned.
func (c *Commit) noteDropped(dropped dropped) {
	if c.store.durable == nil {
		return
	}
	dirty := &c.store.durable.dirty
	for i, column := range dropped.contacts {
		if column != nil {
			dirty.contacts.noteDropped(i, c.st.given)
		}
	}
	for i, column := range dropped.companies {
		if column != nil {
			dirty.companies.noteDropped(i, c.st.firms.given)
		}
	}
}

// checkDropped refuses a schema without a field that a floor reads now.
func (c *Commit) checkDropped() error {
	if !c.SchemaChanged() {
		return nil
	}
	for _, of := range [][2]*Schema{{c.before, c.st.schema}, {c.before.Companies(), c.st.schema.Companies()}} {
		for i, d := range of[0].fields {
			if err := c.checkRemoved(d, of[1].fields[i]); err != nil {
				return err
			}
			if of[1].fields[i].dropped && !d.dropped {
				if err := c.store.unused(&c.view, Field{def: d}); err != nil {
					return err
				}
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
