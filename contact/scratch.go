package contact

import "github.com/rosterdb/roster/contact/internal/column"

// scratch is memory that transactions use again and again, one after the other.
type scratch struct {
	staged  *staged // nil while a transaction has it
	row     []cell
	touched []Touched
	fields  []uint16
	cells   []newCell
	ats     []int32
	before  before
	data    []byte
	later   [][]laterCell // by field
	batch   laterBatch
	seen    []int32 // by field: 1 + place of the contact that has it in cells
	named   []named
	keeps   keeps
}

// scratchMost is the number of elements up to which memory is kept: what a long
// transaction needed is given back.
const scratchMost = 1 << 16

// lend makes a draft of a table, with empty lists.
func (s *scratch) lend(d *draft, tx *Tx, base *table) {
	d.tx, d.base = tx, base
	d.staged, d.row.cells = s.staged, s.row
	if s.staged = nil; d.staged == nil {
		d.staged = &staged{}
	}
	d.staged.first = uint64(base.given) + 1
}

// take gets the lists back; the transaction has no use of them any more.
func (s *scratch) take(d *draft) {
	t := d.staged
	if d.staged = nil; cap(t.ops) <= scratchMost {
		clear(t.texts) // the texts in it belong to others
		clear(t.lists)
		t.ops, t.texts, t.lists = t.ops[:0], t.texts[:0], t.lists[:0]
		t.fresh, t.ids, t.lasts = t.fresh[:0], t.ids[:0], t.lasts[:0]
		t.known, t.claims = nil, nil
		s.staged = t
	}
	cells := d.row.cells
	clear(cells)
	s.row = cells[:0]
	d.row.cells = nil // a Row used too late must not write where the next one does
}

// named is how many tags a column had given numbers to before the transaction.
type named struct{ col, n int }

// name notes that a column of tags is about to change.
func (s *scratch) name(t *table, d *fieldDef) {
	for _, n := range s.named {
		if n.col == d.index {
			return
		}
	}
	if c, ok := t.cols[d.index].(*column.Choices); ok {
		s.named = append(s.named, named{d.index, c.Numbers()})
	}
}

// reset empties the lists of a commit.
func (s *scratch) reset(fields int) {
	if cap(s.touched) > scratchMost {
		s.touched, s.fields, s.data = nil, nil, nil
	}
	s.touched, s.fields, s.cells = s.touched[:0], s.fields[:0], s.cells[:0]
	s.data, s.named, s.before = s.data[:0], s.named[:0], s.before.empty()
	for i := range s.later {
		s.later[i] = s.later[i][:0]
	}
	if len(s.seen) < fields {
		s.seen = make([]int32, fields)
	}
	clear(s.seen)
}
