package column

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/rosterdb/roster/contact/internal/idset"
)

// Between returns the test for a value in [lo, hi]; the bounds may be infinite.
func (n *Numbers) Between(lo, hi float64) Test {
	a, b, ok := n.ladder[n.at].keys(lo, hi)
	if !ok {
		return In(nil)
	}
	return rangeTest{n, a, b}
}

type rangeTest struct {
	column *Numbers
	lo, hi uint64
}

func (t rangeTest) Set() (*idset.Set, bool) { return nil, false }
func (t rangeTest) Scans() bool             { return true }

func (t rangeTest) Load(int, *[idset.Words]uint64) (int, bool) { return 0, false }

// Count walks the distinct values in the range if that is clearly cheaper than a
// pass over the rows: a bucket costs about as much as ten rows.
func (t rangeTest) Count() (int, bool) {
	n, exact, _ := t.column.order.count(t.lo, t.hi, t.column.order.total/10+64)
	return n, exact
}

// Estimate walks a few distinct values and, if the range holds more, takes a
// sample of the rows.
func (t rangeTest) Estimate() int {
	const budget, sample = 32, 128
	if n, _, done := t.column.order.count(t.lo, t.hi, budget); done {
		return n
	}
	last, _ := t.column.present.Max()
	if last < sample {
		return t.column.present.Len()
	}
	hits, row := 0, uint32(1)
	for range sample {
		row = row*1664525 + 1013904223
		r := uint32(uint64(row)*uint64(last)>>32) + 1
		if t.column.keys.get(r)-t.lo <= t.hi-t.lo && t.column.present.Contains(r) {
			hits++
		}
	}
	return max(1, hits*int(last)/sample)
}

func (t rangeTest) Keep(block int, words *[idset.Words]uint64, neg bool) {
	t.column.keys.keepRange(block, words, t.lo, t.hi-t.lo, t.column.present, neg)
}

func (t rangeTest) KeepIDs(block int, ids []uint16, neg bool) []uint16 {
	if neg {
		return without(ids, t.KeepIDs(block, append([]uint16(nil), ids...), false))
	}
	lo, span := t.lo, t.hi-t.lo
	k := &t.column.keys
	switch k.width {
	case 8:
		ids = keepIDs(&k.k8, block, ids, true, func(x uint8) bool { return uint64(x)-lo <= span })
	case 16:
		ids = keepIDs(&k.k16, block, ids, true, func(x uint16) bool { return uint64(x)-lo <= span })
	case 32:
		ids = keepIDs(&k.k32, block, ids, true, func(x uint32) bool { return uint64(x)-lo <= span })
	default:
		ids = keepIDs(&k.k64, block, ids, true, func(x uint64) bool { return x-lo <= span })
	}
	return t.column.present.Keep(block, ids)
}

// A Span is the values from Lo to Hi, both included; either may be infinite.
type Span struct{ Lo, Hi float64 }

// InSpans returns the test for a value in at least one of the spans, which may
// come in any order and overlap.
func (n *Numbers) InSpans(spans []Span) Test {
	f := n.ladder[n.at]
	list := make([]keySpan, 0, len(spans))
	for _, s := range spans {
		if lo, hi, ok := f.keys(s.Lo, s.Hi); ok {
			list = append(list, keySpan{lo, hi})
		}
	}
	list = joinSpans(list)
	switch len(list) {
	case 0:
		return In(nil)
	case 1:
		return rangeTest{n, list[0].lo, list[0].hi}
	}
	t := &listTest{column: n, list: list}
	if f.width <= 16 {
		t.bitmap = make([]uint64, 1<<f.width/64)
		for _, s := range list {
			for k := s.lo; k <= s.hi; k++ {
				t.bitmap[k>>6] |= 1 << (k & 63)
			}
		}
	}
	return t
}

type keySpan struct{ lo, hi uint64 }

// joinSpans sorts spans and makes one of those that overlap or touch.
func joinSpans(list []keySpan) []keySpan {
	slices.SortFunc(list, func(a, b keySpan) int { return cmp.Compare(a.lo, b.lo) })
	n := 0
	for _, s := range list {
		if n > 0 && (list[n-1].hi == math.MaxUint64 || s.lo <= list[n-1].hi+1) {
			list[n-1].hi = max(list[n-1].hi, s.hi)
			continue
		}
		list[n] = s
		n++
	}
	return list[:n]
}

// A listTest looks a row's key up in a bitmap if the column is narrow and in the
// sorted spans otherwise.
type listTest struct {
	column *Numbers
	list   []keySpan // ascending, apart
	bitmap []uint64
}

func (t *listTest) Set() (*idset.Set, bool) { return nil, false }
func (t *listTest) Scans() bool             { return true }

func (t *listTest) Load(int, *[idset.Words]uint64) (int, bool) { return 0, false }

func (t *listTest) Count() (int, bool) {
	if len(t.list)*20 > t.column.order.total+1000 {
		return 0, false
	}
	sum := 0
	for _, s := range t.list {
		n, exact, _ := t.column.order.count(s.lo, s.hi, 32)
		if !exact {
			return 0, false
		}
		sum += n
	}
	return sum, true
}

func (t *listTest) Estimate() int {
	const few = 32
	sum := 0
	for _, s := range t.list[:min(few, len(t.list))] {
		n, _, _ := t.column.order.count(s.lo, s.hi, 32)
		sum += n
	}
	return min(sum*len(t.list)/min(few, len(t.list)), t.column.order.total)
}

func (t *listTest) has(key uint64) bool {
	if t.bitmap != nil {
		return t.bitmap[key>>6]>>(key&63)&1 != 0
	}
	i, found := slices.BinarySearchFunc(t.list, key, func(s keySpan, k uint64) int { return cmp.Compare(s.lo, k) })
	return found || i > 0 && key <= t.list[i-1].hi
}

func (t *listTest) Keep(block int, words *[idset.Words]uint64, neg bool) {
	pass := *words
	t.column.present.And(block, &pass)
	if t.bitmap != nil {
		t.column.keys.keepCodes(block, &pass, t.bitmap, false)
	} else {
		t.keepList(block, &pass)
	}
	if !neg {
		*words = pass
		return
	}
	for i, p := range pass {
		words[i] &^= p
	}
}

// keepList asks row by row: the price of a long list over a wide column.
func (t *listTest) keepList(block int, words *[idset.Words]uint64) {
	for i, w := range words {
		for c := w; c != 0; c &= c - 1 {
			low := c & -c
			row := uint32(block<<blockBits + i*64 + bits.TrailingZeros64(c))
			if !t.has(t.column.keys.get(row)) {
				words[i] &^= low
			}
		}
	}
}

func (t *listTest) KeepIDs(block int, ids []uint16, neg bool) []uint16 {
	if neg {
		return without(ids, t.KeepIDs(block, append([]uint16(nil), ids...), false))
	}
	ids = t.column.present.Keep(block, ids)
	n := 0
	for _, id := range ids {
		if t.has(t.column.keys.get(uint32(block)<<blockBits | uint32(id))) {
			ids[n] = id
			n++
		}
	}
	return ids[:n]
}
