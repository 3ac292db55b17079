package behaviour

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A sieve picks the rows of pages that count for a query. Every step but the first
// looks only at what is left, and none has a branch that depends on a number.
type sieve struct {
	q     *Query
	order []*Test
	only  uint64 // the value that passes the first test, if it is one alone
	one   bool
	table []uint64 // otherwise the first test's table, for values of two bytes
	sel   [pageRoom]uint16
}

// tableWords is the length of a table of a bit for each value of two bytes.
const tableWords = 1 << 16 / 64

// newSieve prepares a query. The test that is done first is one by value, if there is
// one.
func newSieve(q *Query) *sieve {
	s := &sieve{q: q}
	for i := range q.Tests {
		s.order = append(s.order, &q.Tests[i])
		if s.order[0].In == nil && q.Tests[i].In != nil {
			s.order[0], s.order[i] = s.order[i], s.order[0]
		}
	}
	if len(s.order) == 0 || s.order[0].In == nil {
		return s
	}
	n := 0
	for i, w := range s.order[0].In {
		if w != 0 {
			n += bits.OnesCount64(w)
			s.only = uint64(i*64 + bits.TrailingZeros64(w))
		}
	}
	if s.one = n == 1; !s.one {
		s.table = make([]uint64, tableWords)
		copy(s.table, s.order[0].In)
	}
	return s
}

// rows returns the rows of a page that count. They are good until the next call.
func (s *sieve) rows(p *page) []uint16 {
	rows := s.tested(p)
	if s.q.Keep == nil {
		return rows
	}
	k := 0
	w := Walk{page: p}
	for _, i := range rows {
		w.at.row, w.contact = int(i), p.get(laneContact, int(i))
		if s.q.Keep(w) {
			rows[k] = i
			k++
		}
	}
	return rows[:k]
}

// tested returns the rows in the window that pass the tests.
func (s *sieve) tested(p *page) []uint16 {
	n := -1 // all
	for _, t := range s.order {
		n = s.pick(p, t, n)
	}
	if s.q.Window == Always {
		return s.sel[:s.all(p, n)]
	}
	lo, hi := s.q.Window.ends()
	l, span := p.lanes[laneTime], hi-lo
	k := 0
	if n < 0 {
		lo, b, m := lo-l.base, p.b[l.off:], masks[l.w&15]
		for i, off := 0, 0; i < p.n; i, off = i+1, off+int(l.w) {
			s.sel[k] = uint16(i)
			k += bit(binary.LittleEndian.Uint64(b[off:])&m-lo <= span)
		}
		return s.sel[:k]
	}
	for _, i := range s.sel[:n] {
		s.sel[k] = i
		k += bit(l.get(p.b, int(i))-lo <= span)
	}
	return s.sel[:k]
}

// all makes the selection all rows if n is less than 0, and returns its length.
func (s *sieve) all(p *page, n int) int {
	if n >= 0 {
		return n
	}
	for i := range s.sel[:p.n] {
		s.sel[i] = uint16(i)
	}
	return p.n
}

// pick leaves the rows that pass a test, of the n selected or, if n is less than 0, of
// all, and returns their number.
func (s *sieve) pick(p *page, t *Test, n int) (k int) {
	l := laneValues + t.Attr
	if n < 0 && t.In != nil && l < len(p.lanes) && (s.one || p.lanes[l].w <= 2) {
		return s.pickFirst(p, &p.lanes[l])
	}
	for _, i := range s.sel[:s.all(p, n)] {
		s.sel[k] = i
		k += bit(t.passes(Value(p.get(l, int(i)))))
	}
	return k
}

// pickFirst selects the rows whose number in a lane of base 0 passes the first test.
func (s *sieve) pickFirst(p *page, l *lane) (k int) {
	b, m, w := p.b[l.off:], masks[l.w&15], int(l.w)
	if s.one {
		return s.pickOnly(b, p.n, w, m)
	}
	table := s.table[:tableWords]
	for i, off := 0, 0; i < p.n; i, off = i+1, off+w {
		v := binary.LittleEndian.Uint64(b[off:]) & m
		s.sel[k] = uint16(i)
		k += int(table[v>>6&(tableWords-1)] >> (v & 63) & 1)
	}
	return k
}

// pickOnly selects the rows of n whose number is the only one that passes. Most values are
// rare: where numbers have one or two bytes, sixteen bytes that hold none are passed over
// at once.
func (s *sieve) pickOnly(b []byte, n, w int, m uint64) (k int) {
	if s.only&^m != 0 {
		return 0
	}
	i := 0
	if w == 1 || w == 2 {
		low := uint64(math.MaxUint64) / m // the lowest bit of each number
		high, want := low<<(8*w-1), low*s.only
		for step := 16 / w; i+step <= n; i += step {
			x := binary.LittleEndian.Uint64(b[i*w:]) ^ want
			y := binary.LittleEndian.Uint64(b[i*w+8:]) ^ want
			if ((x-low)&^x|(y-low)&^y)&high != 0 { // a number of x or y is 0
				k = s.pickEach(b, i, i+step, w, m, k)
			}
		}
	}
	return s.pickEach(b, i, n, w, m, k)
}

// pickEach is pickOnly for the rows from i to n, behind k that are selected.
func (s *sieve) pickEach(b []byte, i, n, w int, m uint64, k int) int {
	for off := i * w; i < n; i, off = i+1, off+w {
		s.sel[k] = uint16(i)
		k += bit(binary.LittleEndian.Uint64(b[off:])&m == s.only)
	}
	return k
}
