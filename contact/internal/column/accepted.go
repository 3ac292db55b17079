package column

import (
	"math"
	"math/bits"

	"github.com/rosterdb/roster/contact/internal/idset"
)

// Accepted returns the test for a value that a predicate accepts. The predicate is
// called for each candidate that has a value.
func (n *Numbers) Accepted(accept func(row uint32, x float64) bool) Test {
	return acceptedTest{n, accept}
}

type acceptedTest struct {
	column *Numbers
	accept func(row uint32, x float64) bool
}

func (t acceptedTest) Count() (int, bool)      { return 0, false }
func (t acceptedTest) Set() (*idset.Set, bool) { return nil, false }
func (t acceptedTest) Scans() bool             { return true }

func (t acceptedTest) Load(int, *[idset.Words]uint64) (int, bool) { return 0, false }

// Estimate asks a sample of the rows.
func (t acceptedTest) Estimate() int {
	const sample = 64
	last, _ := t.column.present.Max()
	if last < sample {
		return t.column.present.Len()
	}
	hits, row := 0, uint32(1)
	for range sample {
		row = row*1664525 + 1013904223
		if t.has(uint32(uint64(row)*uint64(last)>>32) + 1) {
			hits++
		}
	}
	return max(1, hits*int(last)/sample)
}

func (t acceptedTest) has(row uint32) bool {
	x, ok := t.column.Get(row)
	return ok && t.accept(row, x)
}

func (t acceptedTest) Keep(block int, words *[idset.Words]uint64, neg bool) {
	pass := *words
	t.column.present.And(block, &pass)
	form := t.column.ladder[t.column.at]
	for i, w := range pass {
		for c := w; c != 0; c &= c - 1 {
			row := uint32(block<<blockBits + i*64 + bits.TrailingZeros64(c))
			if !t.accept(row, form.value(t.column.keys.get(row))) {
				pass[i] &^= c & -c
			}
		}
	}
	if !neg {
		*words = pass
		return
	}
	for i, p := range pass {
		words[i] &^= p
	}
}

func (t acceptedTest) KeepIDs(block int, ids []uint16, neg bool) []uint16 {
	n := 0
	for _, id := range ids {
		if t.has(uint32(block)<<blockBits|uint32(id)) != neg {
			ids[n] = id
			n++
		}
	}
	return ids[:n]
}

// Extent returns bounds of the values: none is smaller or larger. Beyond some ten
// thousand distinct values they may be a little wide. It is false if there is no value.
func (n *Numbers) Extent() (lo, hi float64, ok bool) {
	least, most, ok := n.order.ends()
	if !ok {
		return 0, 0, false
	}
	form, shift := n.ladder[n.at], n.order.shift
	lo, hi = form.value(least<<shift), form.value(most<<shift|(1<<shift-1))
	if !finite(lo) { // the bucket reaches beyond the largest number
		lo = -math.MaxFloat64
	}
	if !finite(hi) {
		hi = math.MaxFloat64
	}
	return lo, hi, true
}
