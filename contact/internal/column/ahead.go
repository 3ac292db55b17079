package column

import (
	"math"
	"math/bits"

	"github.com/rosterdb/roster/contact/internal/idset"
)

// Ahead returns the value up to which about n rows have one above lo, counted by
// distinct values: all rows of the value returned are below it or on it. It is +Inf if
// that is all that have one above lo.
func (n *Numbers) Ahead(lo float64, rows int) float64 {
	form := n.ladder[n.at]
	first, _, ok := form.keys(math.Nextafter(lo, math.Inf(1)), math.Inf(1))
	if !ok {
		return math.Inf(1)
	}
	o, sum, top, more := &n.order, 0, uint64(0), false
	o.from(first>>o.shift, func(key uint64, count uint32) bool {
		if more = sum >= rows; more {
			return false
		}
		sum += int(count)
		top = key<<o.shift | (1<<o.shift - 1)
		return true
	})
	if !more {
		return math.Inf(1)
	}
	if x := form.value(top); finite(x) {
		return x
	}
	return math.MaxFloat64 // the bucket reaches beyond the largest number
}

// Each calls yield with the rows that have a value in [lo, hi], ascending, until it
// returns false; the bounds may be infinite.
func (n *Numbers) Each(lo, hi float64, yield func(row uint32, x float64) bool) {
	form := n.ladder[n.at]
	a, b, ok := form.keys(lo, hi)
	if !ok {
		return
	}
	test := rangeTest{n, a, b}
	var words [idset.Words]uint64
	for block := range n.present.Blocks() {
		if n.present.Load(block, &words) == 0 {
			continue
		}
		test.Keep(block, &words, false)
		for i, w := range words {
			for ; w != 0; w &= w - 1 {
				row := uint32(block<<blockBits + i*64 + bits.TrailingZeros64(w))
				if !yield(row, form.value(n.keys.get(row))) {
					return
				}
			}
		}
	}
}
