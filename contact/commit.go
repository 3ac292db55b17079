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
	if len(tx.staged.ops) == 0 && len(tx.work) == 0 && len(tx.erased) == 0 && tx.schema == tx.base.schema {
		return nil, nil
	}
	c := &Commit{store: s, tx: tx, before: tx.base.schema}
	c.record = &Record{
		Number: tx.base.number + 1, Time: s.time(),
		Cause: tx.cause, Actor: tx.actor, Note: tx.note, Key: tx.key,
		schema: tx.schema, schemaChanged: tx.schema != tx.base.schema,
	}
	c.long = len(tx.staged.ids) > longTx || len(tx.work) > 0
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
		c.undo()
		c.st.given = given
		c.st.disown(&s.epochs, c.before, s.scratch.named, dropped)
		s.keepUndone(c.st)
	}()
	dropped = c.st.adopt(&s.epochs, c.tx.schema)
	c.changeContacts()
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

// changeContacts applies the staged operations contact by contact and seals the
// differences into the record.
func (c *Commit) changeContacts() {
	s := &c.tx.staged
	scratch := &c.store.scratch
	scratch.reset(len(c.st.schema.fields))
	c.touched, c.fields = scratch.touched, scratch.fields
	cells, seen := scratch.cells, scratch.seen
	if !c.long {
		c.record.data = scratch.data
	}
	defer func() {
		clear(cells[:cap(cells)]) // the texts in it belong to others
		scratch.touched, scratch.fields, scratch.cells = c.touched, c.fields, cells
		if !c.long {
			scratch.data = c.record.data[:0]
		}
	}()
	for i, id := range s.ids {
		kind := Updated
		cells = cells[:0]
		switch {
		case s.ops[s.last(id)].kind == opDelete && c.tx.Created(id):
			c.st.given = max(c.st.given, id)
			continue
		case s.ops[s.last(id)].kind == opDelete:
			kind = Deleted
			for _, d := range c.st.schema.fields {
				cells = append(cells, cell{def: d})
			}
		default:
			if c.tx.Created(id) {
				kind = Created
				c.st.given = max(c.st.given, id)
			}
			for at := s.last(id); at >= 0; at = s.ops[at].prev {
				o := s.ops[at]
				if o.kind == opCreate || seen[o.field] == int32(i)+1 || c.st.schema.fields[o.field].dropped {
					continue
				}
				seen[o.field] = int32(i) + 1
				cells = append(cells, cell{c.st.schema.fields[o.field], c.newest(o)})
			}
			slices.Reverse(cells) // as they were written: mostly the order of the schema
		}
		c.changeContact(id, kind, cells)
		if i%laterContacts == laterContacts-1 {
			c.flushLater()
		}
	}
	c.flushLater()
}

// newest returns what a contact has in a field after all operations, o being the
// last one on that field.
func (c *Commit) newest(o op) Value {
	d := c.st.schema.fields[o.field]
	switch o.kind {
	case opSet:
		return c.tx.staged.value(d.kind, o.arg)
	case opUnset:
		return Value{}
	}
	return c.tx.staged.read(d, o.id, func() Value { return c.st.value(d, o.id) })
}

// A long transaction sets its values a field at a time, for so many contacts at
// once: the dictionary and the order of one column stay in the processor's cache.
const laterContacts = 1024

type laterCell struct {
	id    ID
	value Value
}

// later puts a value aside for flushLater. A contact comes once in a transaction,
// so nothing that follows reads it before.
func (c *Commit) later(d *fieldDef, id ID, v Value) {
	s := &c.store.scratch
	for len(s.later) <= d.index {
		s.later = append(s.later, nil)
	}
	s.later[d.index] = append(s.later[d.index], laterCell{id, v})
}

func (c *Commit) flushLater() {
	for i, cells := range c.store.scratch.later {
		if len(cells) == 0 { // also the place of a field that a vetoed transaction added
			continue
		}
		d := c.st.schema.fields[i]
		for _, cell := range cells {
			c.st.set(&c.store.epochs, d, cell.id, cell.value)
		}
		clear(cells) // the texts in it belong to others
		c.store.scratch.later[i] = cells[:0]
	}
}

// changeContact gives a contact new values and seals those that differ.
func (c *Commit) changeContact(id ID, kind ChangeKind, cells []cell) {
	e := &c.store.epochs
	slices.SortFunc(cells, func(a, b cell) int { return a.def.index - b.def.index })
	from := len(c.fields)
	var sealed [256]byte
	fields := sealed[:0]
	for _, cell := range cells {
		var old Value
		if kind != Created {
			old = c.st.value(cell.def, id)
		}
		if old.Equal(cell.value) {
			continue
		}
		if cell.def.kind == KindTags {
			c.store.scratch.name(c.st, cell.def)
		}
		if c.long && !cell.def.kind.Multiple() {
			c.later(cell.def, id, cell.value)
		} else {
			c.st.set(e, cell.def, id, cell.value)
		}
		if cell.value.kind.Multiple() { // kept in the column's own order and spelling
			cell.value = c.st.value(cell.def, id)
			if old.Equal(cell.value) {
				continue
			}
		}
		c.fields = append(c.fields, uint16(cell.def.index))
		fields = appendField(fields, cell.def.index, old, cell.value)
	}
	switch {
	case kind == Created:
		c.st.live, _ = c.st.live.Add(e, uint32(id))
	case kind == Deleted:
		c.st.live, _ = c.st.live.Remove(e, uint32(id))
	case len(c.fields) == from:
		return
	}
	if d := c.store.durable; d != nil {
		d.dirty.note(id, kind, c.fields[from:])
	}
	c.record.data = appendChange(c.record.data, id, kind, len(c.fields)-from)
	c.record.data = append(c.record.data, fields...)
	c.record.contacts++
	c.touched = append(c.touched, Touched{id, kind, c.fields[from:len(c.fields):len(c.fields)]})
}

// undo puts back every value that the record has sealed.
func (c *Commit) undo() {
	e := &c.store.epochs
	for change := range changes(c.record.data, c.st.schema) {
		for _, f := range change.Fields {
			c.st.set(e, f.Field.def, change.ID, f.Old)
		}
		switch change.Kind {
		case Created:
			c.st.live, _ = c.st.live.Remove(e, uint32(change.ID))
		case Deleted:
			c.st.live, _ = c.st.live.Add(e, uint32(change.ID))
		}
	}
}
