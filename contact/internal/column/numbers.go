package column

import (
	"math"

	"github.com/google/btree"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// Numbers is a column of ordered values: numbers, calendar days (days since
// 1970-01-01) and instants (milliseconds since 1970 UTC), all of them exact in a
// float64. It keeps the narrowest dense form that holds every value exactly and
// widens when a value needs it; nothing is ever rounded.
//
// A form turns a value into an unsigned key whose order is the order of the
// values, so that every range is one subtraction and one comparison a row.
type Numbers struct {
	stamp   version.Stamp
	ladder  []form // narrowest first
	at      int    // the form in use
	keys    keys
	present *idset.Set
	order   order
	rows    *btree.BTreeG[numberRow] // by value; unique columns only
}

const rowsDegree = 32

type numberRow struct {
	x   float64
	row uint32
}

// A form is a way to keep values: k = x*mul/div as a biased whole number of
// width bits, or with width 64 the bits of the float64 itself.
type form struct {
	mul, div float64
	width    uint8
}

var (
	numberForms  = []form{{1, 1, 8}, {1, 1, 16}, {1, 1, 32}, {100, 1, 32}, {1, 1, 64}}
	dayForms     = []form{{1, 1, 16}, {1, 1, 32}}
	instantForms = []form{{1, 1000, 32}, {1, 1, 64}}
)

// NewNumbers returns an empty column for numbers.
func NewNumbers() *Numbers { return newOrdered(numberForms) }

// NewUniqueNumbers returns an empty column for numbers that can be looked up.
func NewUniqueNumbers() *Numbers {
	n := NewNumbers()
	n.rows = btree.NewG(rowsDegree, func(a, b numberRow) bool {
		return a.x < b.x || a.x == b.x && a.row < b.row
	})
	return n
}

// Lookup returns the first row with a value, 0 if there is none. Only a column
// of [NewUniqueNumbers] knows.
func (n *Numbers) Lookup(x float64) (row uint32) {
	if n.rows != nil {
		n.rows.AscendGreaterOrEqual(numberRow{x: x}, func(r numberRow) bool {
			if r.x == x {
				row = r.row
			}
			return false
		})
	}
	return row
}

// NewDays returns an empty column for calendar days.
func NewDays() *Numbers { return newOrdered(dayForms) }

// NewInstants returns an empty column for instants.
func NewInstants() *Numbers { return newOrdered(instantForms) }

func newOrdered(ladder []form) *Numbers {
	return &Numbers{ladder: ladder, keys: keys{width: ladder[0].width}}
}

// Writable returns the column to change from now on: n itself, or a copy of its
// header if a snapshot can see n.
func (n *Numbers) Writable(e *version.Epochs) *Numbers {
	if e.Owns(n.stamp) {
		return n
	}
	c := *n
	c.stamp = e.Now()
	if n.rows != nil {
		c.rows = n.rows.Clone()
	}
	return &c
}

// Present returns the rows that have a value.
func (n *Numbers) Present() *idset.Set { return n.present }

// Has reports whether a row has a value.
func (n *Numbers) Has(row uint32) bool { return n.present.Contains(row) }

// Get returns the value of a row and whether it has one.
func (n *Numbers) Get(row uint32) (float64, bool) {
	if !n.present.Contains(row) {
		return 0, false
	}
	return n.ladder[n.at].value(n.keys.get(row)), true
}

// Set gives a row a value, which must be finite. A negative zero is kept as zero.
func (n *Numbers) Set(e *version.Epochs, row uint32, x float64) {
	if x == 0 {
		x = 0 // drops the sign
	}
	k, ok := n.ladder[n.at].key(x)
	if !ok {
		n.widen(e, x)
		k, _ = n.ladder[n.at].key(x)
	}
	var added bool
	if n.present, added = n.present.Add(e, row); !added {
		n.forget(e, row)
	}
	n.keys.set(e, row, k)
	n.order.add(e, k)
	if n.rows != nil {
		n.rows.ReplaceOrInsert(numberRow{x, row})
	}
}

// Unset takes the value of a row away.
func (n *Numbers) Unset(e *version.Epochs, row uint32) {
	var removed bool
	if n.present, removed = n.present.Remove(e, row); removed {
		n.forget(e, row)
		n.keys.set(e, row, 0)
	}
}

// forget takes the value of a row out of what is ordered by value.
func (n *Numbers) forget(e *version.Epochs, row uint32) {
	k := n.keys.get(row)
	n.order.remove(e, k)
	if n.rows != nil {
		n.rows.Delete(numberRow{n.ladder[n.at].value(k), row})
	}
}

// widen moves to the first wider form that holds every value and x. It costs a
// pass over the column and happens at most once per form.
func (n *Numbers) widen(e *version.Epochs, x float64) {
	old := *n
	from := n.ladder[n.at]
	for at := n.at + 1; at < len(n.ladder); at++ {
		to := n.ladder[at]
		if _, ok := to.key(x); !ok {
			continue
		}
		next := &Numbers{stamp: n.stamp, ladder: n.ladder, at: at, keys: keys{width: to.width}, present: n.present, rows: n.rows}
		fits := true
		for row := range n.present.All() {
			k, ok := to.key(from.value(old.keys.get(row)))
			if fits = ok; !fits {
				break
			}
			next.keys.set(e, row, k)
			next.order.add(e, k)
		}
		if fits {
			*n = *next
			return
		}
	}
}

// Bytes estimates the memory held.
func (n *Numbers) Bytes() int {
	return n.keys.bytes() + n.present.Bytes() + n.order.bytes()
}

// key returns the key of x in this form and whether the form holds x exactly.
func (f form) key(x float64) (uint64, bool) {
	if f.width == 64 {
		return floatKey(x), true
	}
	k := math.Round(x * f.mul / f.div)
	if k*f.div/f.mul != x || k < f.min() || k > f.max() {
		return 0, false
	}
	return uint64(int64(k) - int64(f.min())), true
}

// value is the inverse of key.
func (f form) value(k uint64) float64 {
	if f.width == 64 {
		return keyFloat(k)
	}
	return (float64(k) + f.min()) * f.div / f.mul
}

func (f form) min() float64 { return -float64(uint64(1) << (f.width - 1)) }
func (f form) max() float64 { return float64(uint64(1)<<(f.width-1) - 1) }

// keys returns the keys of the smallest and largest value in [lo, hi] that the
// form can hold, and false if there is none. The bounds may be infinite.
func (f form) keys(lo, hi float64) (uint64, uint64, bool) {
	if !(lo <= hi) {
		return 0, 0, false
	}
	if f.width == 64 {
		return floatKey(lo), floatKey(hi), true
	}
	a := math.Ceil(max(min(lo*f.mul/f.div, f.max()+1), f.min()-1))
	b := math.Floor(max(min(hi*f.mul/f.div, f.max()+1), f.min()-1))
	// The products above are rounded: settle by the values themselves.
	for a > f.min() && (a-1)*f.div/f.mul >= lo {
		a--
	}
	for a <= f.max() && a*f.div/f.mul < lo {
		a++
	}
	for b < f.max() && (b+1)*f.div/f.mul <= hi {
		b++
	}
	for b >= f.min() && b*f.div/f.mul > hi {
		b--
	}
	a, b = max(a, f.min()), min(b, f.max())
	if a > b {
		return 0, 0, false
	}
	return uint64(int64(a) - int64(f.min())), uint64(int64(b) - int64(f.min())), true
}

// floatKey maps a float64 to an unsigned integer of the same order.
func floatKey(x float64) uint64 {
	if x == 0 {
		x = 0
	}
	b := math.Float64bits(x)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func keyFloat(k uint64) float64 {
	if k>>63 != 0 {
		return math.Float64frombits(k &^ (1 << 63))
	}
	return math.Float64frombits(^k)
}
