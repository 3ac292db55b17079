package contact

import (
	"slices"
	"time"
)

// A side is what a commit does to one table.
type side struct {
	store   *Store
	tab     *table
	schema  *Schema
	draft   *draft
	scratch *scratch
	dirty   *tableDirty // nil if the store keeps nothing on disk
	long    bool        // see Commit
	now     time.Time
	kept    []*fieldDef // see keep
	touched []Touched
	fields  []uint16 // of the touched, one after the other
	before  before   // of the fields of contacts that are updated
	data    []byte   // the changes, sealed
}

// contactSide begins what a commit does to contacts.
func (c *Commit) contactSide() side {
	s := side{store: c.store, tab: &c.st.table, schema: c.st.schema, draft: &c.tx.contacts, scratch: &c.store.scratch, long: c.long, now: c.record.Time}
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
	s := side{store: c.store, tab: &c.st.firms, schema: c.st.schema.Companies(), draft: &c.tx.companies.draft, scratch: &c.store.companyScratch, long: c.long, now: c.record.Time}
	if d := c.store.durable; d != nil {
		s.dirty = &d.dirty.companies
	}
	return &s
}

// A newCell is what a row is to have in a field, and the operation that says so:
// byDeletion if the row is deleted, byStore if the store does.
type newCell struct {
	cell
	at int32
}

const (
	byDeletion = -1
	byStore    = -2
)

// apply applies the staged operations row by row and seals the differences.
func (s *side) apply() {
	staged, scratch := s.draft.staged, s.scratch
	scratch.reset(len(s.schema.fields))
	s.touched, s.fields, s.before = scratch.touched, scratch.fields, scratch.before
	cells, seen := scratch.cells, scratch.seen
	s.kept = scratch.keepsOf(s.schema).kept
	if !s.long {
		s.data = scratch.data
	}
	defer func() {
		clear(cells) // the texts in them belong to others
		scratch.touched, scratch.fields, scratch.cells, scratch.before = s.touched, s.fields, cells, s.before
		if !s.long {
			scratch.data = s.data[:0]
		}
	}()
	for i, id := range staged.ids {
		kind := Updated
		clear(cells)
		cells = cells[:0]
		switch {
		case staged.ops[staged.last(id)].kind == opDelete && s.draft.created(id):
			s.tab.given = max(s.tab.given, id)
			continue
		case staged.ops[staged.last(id)].kind == opDelete:
			kind = Deleted
			for _, d := range s.schema.fields {
				cells = append(cells, newCell{cell{def: d}, byDeletion})
			}
			s.change(id, kind, cells)
		default:
			if s.draft.created(id) {
				kind = Created
				s.tab.given = max(s.tab.given, id)
				if s.kept == nil && s.plain(id) {
					break
				}
			}
			for at := staged.last(id); at >= 0; at = staged.ops[at].prev {
				o := staged.ops[at]
				if o.kind == opCreate || seen[o.field] == int32(i)+1 || s.schema.fields[o.field].dropped {
					continue
				}
				seen[o.field] = int32(i) + 1
				cells = append(cells, newCell{cell{s.schema.fields[o.field], s.newest(o)}, at})
			}
			slices.Reverse(cells) // as they were written: mostly the order of the schema
			if s.kept != nil {
				cells = s.keep(id, kind, cells)
			}
			s.change(id, kind, cells)
		}
		if i%laterRows == laterRows-1 {
			s.flushLater()
		}
	}
	s.flushLater()
}

// plain makes a row that was written once, with its operations one after the other. It
// reports whether the row is like that; if not, nothing has happened.
func (s *side) plain(id ID) bool {
	staged := s.draft.staged
	ats := s.values(staged.last(id))
	if ats == nil {
		return false
	}
	from := len(s.fields)
	s.data = appendChange(roomy(s.data), id, Created, len(ats))
	for _, at := range ats {
		o := &staged.ops[at]
		d := s.schema.fields[o.field]
		s.fields = append(s.fields, o.field)
		v := staged.value(d.kind, o.arg)
		switch {
		case d.kind.Multiple():
			if d.kind == KindTags {
				s.scratch.name(s.tab, d)
			}
			s.tab.set(&s.store.epochs, d, id, v)
			v = s.tab.value(d, id) // in the column's own order and spelling
		case s.long:
			s.later(d, id, at)
		default:
			s.tab.set(&s.store.epochs, d, id, v)
		}
		s.data = appendField(s.data, d.index, Value{}, v)
	}
	s.touch(Touched{ID: id, Kind: Created}, from)
	return true
}

// values returns the operations that give a new row its values, in the order of the
// fields, nil if the row is not plain or has no value.
func (s *side) values(last int32) []int32 {
	ops := s.draft.staged.ops
	ats := s.scratch.ats[:0]
	sorted := true
	for at := last; ops[at].kind != opCreate; at-- {
		o := &ops[at]
		d := s.schema.fields[o.field]
		if o.kind != opSet || o.prev != at-1 || d.dropped || d.link() || d.kind.Multiple() && len(s.draft.staged.lists[o.arg]) == 0 {
			return nil
		}
		sorted = sorted && (at == last || o.field < ops[at+1].field)
		ats = append(ats, at)
	}
	s.scratch.ats = ats
	slices.Reverse(ats)
	if sorted {
		return ats
	}
	slices.SortFunc(ats, func(a, b int32) int { return int(ops[a].field) - int(ops[b].field) })
	for i := 1; i < len(ats); i++ {
		if ops[ats[i]].field == ops[ats[i-1]].field {
			return nil
		}
	}
	return ats
}

// touch notes a row whose changed fields are the last from a place on.
func (s *side) touch(t Touched, from int) {
	e := &s.store.epochs
	switch t.Kind {
	case Created:
		s.tab.live, _ = s.tab.live.Add(e, uint32(t.ID))
	case Deleted:
		s.tab.live, _ = s.tab.live.Remove(e, uint32(t.ID))
	}
	if s.dirty != nil {
		s.dirty.note(t.ID, t.Kind, s.fields[from:])
	}
	t.Fields = s.fields[from:len(s.fields):len(s.fields)]
	s.touched = append(s.touched, t)
}

// roomy returns a list with room for more. A long one doubles: append copies those
// that it lets grow by a quarter four times as often.
func roomy[T any](list []T) []T {
	if cap(list)-len(list) < 1024 && len(list) > 1024 {
		return slices.Grow(list, len(list))
	}
	return list
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

// change gives a row new values and seals those that differ.
func (s *side) change(id ID, kind ChangeKind, cells []newCell) {
	e := &s.store.epochs
	slices.SortFunc(cells, func(a, b newCell) int { return a.def.index - b.def.index })
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
		if s.long && !cell.def.kind.Multiple() && cell.at != byStore {
			s.later(cell.def, id, cell.at)
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
	if kind == Updated && len(s.fields)+linked == from {
		return
	}
	s.data = appendChange(roomy(s.data), id, kind, len(s.fields)-from+linked)
	s.data = append(s.data, fields...)
	s.touch(touched, from)
}

// compact lets the columns that changed drop what only deleted values needed.
func (s *side) compact() {
	if len(s.fields) >= len(s.tab.cols) {
		for i := range s.tab.cols {
			s.tab.compact(&s.store.epochs, i)
		}
		return
	}
	for _, i := range s.fields {
		s.tab.compact(&s.store.epochs, int(i))
	}
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
