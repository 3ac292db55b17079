package contact

import (
	"math"

	"github.com/rosterdb/roster/contact/internal/column"
	"github.com/rosterdb/roster/contact/internal/version"
)

// A long transaction sets its values a field at a time, for so many rows at
// once: the dictionary and the order of one column stay in the processor's cache.
const laterRows = 1024

// A laterCell is a value to be set: that of an operation, or none if at is byDeletion.
type laterCell struct {
	id ID
	at int32
}

// laterBatch is the values of one field as the columns take them.
type laterBatch struct {
	rows  []uint32
	texts []string
	nums  []float64
}

// later puts the value of an operation aside for flushLater. A row comes once in a
// transaction, so nothing that follows reads it before.
func (s *side) later(d *fieldDef, id ID, at int32) {
	later := &s.scratch.later
	for len(*later) <= d.index {
		*later = append(*later, nil)
	}
	(*later)[d.index] = append((*later)[d.index], laterCell{id, at})
}

func (s *side) flushLater() {
	for i, cells := range s.scratch.later {
		if len(cells) == 0 { // also the place of a field that a vetoed transaction added
			continue
		}
		s.setLater(s.schema.fields[i], cells)
		s.scratch.later[i] = cells[:0]
	}
}

// setLater sets the values of one field.
func (s *side) setLater(d *fieldDef, cells []laterCell) {
	e, staged, b := &s.store.epochs, s.draft.staged, &s.scratch.batch
	b.rows, b.texts, b.nums = b.rows[:0], b.texts[:0], b.nums[:0]
	bulk := d.kind == KindText || d.kind == KindNumber || d.kind == KindDate || d.kind == KindDateTime || d.kind == KindBool
	for _, cell := range cells {
		if cell.at < 0 {
			s.tab.set(e, d, cell.id, Value{})
			continue
		}
		o := &staged.ops[cell.at]
		switch {
		case !bulk || o.kind != opSet:
			s.tab.set(e, d, cell.id, s.newest(*o))
			continue
		case d.kind == KindText:
			b.texts = append(b.texts, staged.texts[o.arg])
		default:
			b.nums = append(b.nums, math.Float64frombits(o.arg))
		}
		b.rows = append(b.rows, uint32(cell.id))
	}
	if len(b.rows) > 0 {
		s.tab.setAll(e, d, b)
	}
	clear(b.texts) // they belong to others
}

// setAll gives rows, none of which comes twice, their values in a field.
func (t *table) setAll(e *version.Epochs, d *fieldDef, b *laterBatch) {
	switch c := t.cols[d.index].(type) {
	case *column.Text:
		c = c.Writable(e)
		t.cols[d.index] = c
		c.SetAll(e, b.rows, b.texts)
	case *column.Numbers:
		c = c.Writable(e)
		t.cols[d.index] = c
		c.SetAll(e, b.rows, b.nums)
	case *column.Bools:
		c = c.Writable(e)
		t.cols[d.index] = c
		c.SetAll(e, b.rows, b.nums)
	}
}
