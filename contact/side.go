package contact

import "slices"

// A side is what a commit does to one table.
type side struct {
	store   *Store
	tab     *table
	schema  *Schema
	draft   *draft
	scratch *scratch
	dirty   *tableDirty // nil if the store keeps nothing on disk
	long    bool        // see Commit
	touched []Touched
	fields  []uint16 // of the touched, one after the other
	before  before   // of the fields of contacts that are updated
	data    []byte   // the changes, sealed
}

// contactSide begins what a commit does to contacts.
func (c *Commit) contactSide() side {
	s := side{store: c.store, tab: &c.st.table, schema: c.st.schema, draft: &c.tx.contacts, scratch: &c.store.scratch, long: c.long}
	if d := c.store.durable; d != nil {
		s.dirty = &d.dirty.contacts
	}
	return s
}

// companySide begins what a commit does to companies, nil if that is nothing.
func (c *Commit) companySide() *side {
	c.store.companyScratch.named = c.store.companyScratch.named[:0]
	if c.tx.companies == nil {
		return nil
	}
	s := side{store: c.store, tab: &c.st.firms, schema: c.st.schema.Companies(), draft: &c.tx.companies.draft, scratch: &c.store.companyScratch, long: c.long}
	if d := c.store.durable; d != nil {
		s.dirty = &d.dirty.companies
	}
	return &s
}

// apply applies the staged operations row by row and seals the differences.
func (s *side) apply() {
	staged, scratch := &s.draft.staged, s.scratch
	scratch.reset(len(s.schema.fields))
	s.touched, s.fields, s.before = scratch.touched, scratch.fields, scratch.before
	cells, seen := scratch.cells, scratch.seen
	if !s.long {
		s.data = scratch.data
	}
	defer func() {
		clear(cells[:cap(cells)]) // the texts in it belong to others
		scratch.touched, scratch.fields, scratch.cells, scratch.before = s.touched, s.fields, cells, s.before
		if !s.long {
			scratch.data = s.data[:0]
		}
	}()
	for i, id := range staged.ids {
		kind := Updated
		cells = cells[:0]
		switch {
		case staged.ops[staged.last(id)].kind == opDelete && s.draft.created(id):
			s.tab.given = max(s.tab.given, id)
			continue
		case staged.ops[staged.last(id)].kind == opDelete:
			kind = Deleted
			for _, d := range s.schema.fields {
				cells = append(cells, cell{def: d})
			}
		default:
			if s.draft.created(id) {
				kind = Created
				s.tab.given = max(s.tab.given, id)
			}
			for at := staged.last(id); at >= 0; at = staged.ops[at].prev {
				o := staged.ops[at]
				if o.kind == opCreate || seen[o.field] == int32(i)+1 || s.schema.fields[o.field].dropped {
					continue
				}
				seen[o.field] = int32(i) + 1
				cells = append(cells, cell{s.schema.fields[o.field], s.newest(o)})
			}
			slices.Reverse(cells) // as they were written: mostly the order of the schema
		}
		s.change(id, kind, cells)
		if i%laterRows == laterRows-1 {
			s.flushLater()
		}
	}
	s.flushLater()
}

// newest returns what a row has in a field after all operations, o being the
// last one on that field.
func (s *side) newest(o op) Value {
	d := s.schema.fields[o.field]
	switch o.kind {
	case opSet:
		return s.draft.staged.value(d.kind, o.arg)
	case opUnset:
		return Value{}
	}
	return s.draft.staged.read(d, o.id, func() Value { return s.tab.value(d, o.id) })
}

// A long transaction sets its values a field at a time, for so many rows at
// once: the dictionary and the order of one column stay in the processor's cache.
const laterRows = 1024

type laterCell struct {
	id    ID
	value Value
}

// later puts a value aside for flushLater. A row comes once in a transaction,
// so nothing that follows reads it before.
func (s *side) later(d *fieldDef, id ID, v Value) {
	later := &s.scratch.later
	for len(*later) <= d.index {
		*later = append(*later, nil)
	}
	(*later)[d.index] = append((*later)[d.index], laterCell{id, v})
}

func (s *side) flushLater() {
	for i, cells := range s.scratch.later {
		if len(cells) == 0 { // also the place of a field that a vetoed transaction added
			continue
		}
		d := s.schema.fields[i]
		for _, cell := range cells {
			s.tab.set(&s.store.epochs, d, cell.id, cell.value)
		}
		clear(cells) // the texts in it belong to others
		s.scratch.later[i] = cells[:0]
	}
}

// change gives a row new values and seals those that differ.
func (s *side) change(id ID, kind ChangeKind, cells []cell) {
	e := &s.store.epochs
	slices.SortFunc(cells, func(a, b cell) int { return a.def.index - b.def.index })
	from, linked := len(s.fields), 0
	touched := Touched{ID: id, Kind: kind, before: len(s.before.values)}
	var sealed [256]byte
	fields := sealed[:0]
	for _, cell := range cells {
		var old Value
		if kind != Created {
			old = s.tab.value(cell.def, id)
		}
		if old.Equal(cell.value) {
			continue
		}
		if cell.def.kind == KindTags {
			s.scratch.name(s.tab, cell.def)
		}
		had := s.before.note(s.tab, kind, cell.def, id)
		if s.long && !cell.def.kind.Multiple() {
			s.later(cell.def, id, cell.value)
		} else {
			s.tab.set(e, cell.def, id, cell.value)
		}
		if cell.value.kind.Multiple() { // kept in the column's own order and spelling
			cell.value = s.tab.value(cell.def, id)
			if old.Equal(cell.value) {
				s.before.cut(had)
				continue
			}
		}
		if cell.def.link() {
			linked++
			touched.Companies = touched.Companies || cell.def.kind == kindCompanies
			touched.Primary = touched.Primary || cell.def.kind == kindPrimary
			if s.dirty != nil {
				s.dirty.set(cell.def.index, int(id/BlockSize))
			}
		} else {
			s.fields = append(s.fields, uint16(cell.def.index))
		}
		fields = appendField(fields, cell.def.index, old, cell.value)
	}
	switch {
	case kind == Created:
		s.tab.live, _ = s.tab.live.Add(e, uint32(id))
	case kind == Deleted:
		s.tab.live, _ = s.tab.live.Remove(e, uint32(id))
	case len(s.fields)+linked == from:
		return
	}
	if s.dirty != nil {
		s.dirty.note(id, kind, s.fields[from:])
	}
	s.data = appendChange(s.data, id, kind, len(s.fields)-from+linked)
	s.data = append(s.data, fields...)
	touched.Fields = s.fields[from:len(s.fields):len(s.fields)]
	s.touched = append(s.touched, touched)
}

// undo puts back every value that is sealed.
func (s *side) undo() {
	e := &s.store.epochs
	for change := range changes(s.data, s.schema) {
		for _, f := range change.Fields {
			s.tab.set(e, f.Field.def, change.ID, f.Old)
		}
		switch change.Kind {
		case Created:
			s.tab.live, _ = s.tab.live.Remove(e, uint32(change.ID))
		case Deleted:
			s.tab.live, _ = s.tab.live.Add(e, uint32(change.ID))
		}
	}
}
