package behaviour

import (
	"encoding/binary"
	"math"
	"sync"

	"github.com/rosterdb/roster/contact/internal/idset"
)

// AtLeast returns the contacts of whose events at least n count, n being 1 or more.
// Fewer than n, exactly n and none are differences from and among such sets. The set
// may be one that the version keeps: it is as immutable as the version.
func (h *History) AtLeast(q *Query, n int) *idset.Set {
	s := h.span(q.Window)
	if s.rows == 0 {
		return nil
	}
	n = max(n, 1)
	switch {
	case n == 1 && s.rows == h.Len() && q.plain():
		return q.among(h.ever)
	case n == 1 && s.rows == h.Len() && len(q.Tests) == 1 && q.Keep == nil:
		if codes, _, ok := h.indexedCodes(&q.Tests[0]); ok {
			return q.among(h.attrs[q.Tests[0].Attr].sets.Union(codes, h.ever.Blocks()))
		}
	case q.plain() && n <= math.MaxUint8:
		if set, cost := h.candidates(q); set == nil || cost > s.rows*costTimeRow {
			return q.among(h.countByTime(s, n))
		}
	}
	if set, ok := h.few(q, s); ok {
		return h.ask(set, func(contact uint32) bool { return h.CountUpTo(contact, q, n) >= n })
	}
	return h.scan(q, n)
}

// Having returns the contacts for whose events that count keep returns true; contacts
// of which none counts are not asked. attr is the attribute of numbers to add up, -1 for
// none. The summary is good until keep returns.
//
// Who did so last before t, or first after it, is cheaper to tell by [History.AtLeast]:
// those who ever did and have not since t, or had not until it.
func (h *History) Having(q *Query, attr int, keep func(contact uint32, s *Summary) bool) *idset.Set {
	s := h.span(q.Window)
	if s.rows == 0 {
		return nil
	}
	if set, ok := h.few(q, s); ok {
		sum := new(Summary)
		return h.ask(set, func(contact uint32) bool {
			*sum = h.Summarize(contact, q, attr)
			return sum.Count > 0 && keep(contact, sum)
		})
	}
	return h.scanHaving(q, attr, keep)
}

// among returns the contacts of a set that are of interest.
func (q *Query) among(set *idset.Set) *idset.Set {
	if q.Among == nil {
		return set
	}
	return idset.And(set, q.Among)
}

// Costs in about nanoseconds, for the choice of the way.
const (
	costRow     = 1   // a row looked at in a scan
	costTimeRow = 1   // a row by time, marked
	costContact = 400 // a contact found and asked, and
	costEvent   = 3   // each of its events
)

// A span is the rows by time of a window.
type span struct {
	from, to place // to is behind the last
	rows     int
}

func (h *History) span(w Window) span {
	if w.empty() || h.Len() == 0 {
		return span{}
	}
	lo, hi := w.ends()
	s := span{from: h.byTime.seek(key{lo}), to: h.byTime.seek(key{hi, 1 << 32})}
	s.rows = h.byTime.between(s.from, s.to)
	return s
}

// few returns contacts without which none is in the answer, if it is cheaper to ask each
// of them than to go through all rows.
func (h *History) few(q *Query, s span) (*idset.Set, bool) {
	scan, each := h.Len()*costRow, h.costAsk()
	active := min(s.rows, h.ever.Len()) // in the window, at most
	window := s.rows*costTimeRow + active*each
	set, cost := h.candidates(q)
	both := math.MaxInt
	if set != nil {
		both = s.rows*costTimeRow + int(float64(cost)*float64(active)/float64(h.ever.Len()))
	}
	switch {
	case set != nil && cost <= min(both, window, scan):
		return q.among(set), true
	case both <= min(window, scan):
		return q.among(idset.And(set, h.countByTime(s, 1))), true
	case window <= scan:
		return q.among(h.countByTime(s, 1)), true
	}
	return nil, false
}

func (h *History) costAsk() int { return costContact + costEvent*h.Len()/h.ever.Len() }

// candidates returns the smallest set at hand that has all contacts of the answer, nil
// if there is none, and what it costs to ask each of them.
func (h *History) candidates(q *Query) (set *idset.Set, cost int) {
	cost = math.MaxInt
	if q.Among != nil {
		set, cost = q.Among, q.Among.Len()*h.costAsk()
	}
	for i := range q.Tests {
		codes, rows, ok := h.indexedCodes(&q.Tests[i])
		if ok && rows*h.costAsk() < cost {
			set, cost = h.attrs[q.Tests[i].Attr].sets.Union(codes, h.ever.Blocks()), rows*h.costAsk()
			if set == nil {
				set = new(idset.Set)
			}
		}
	}
	return set, cost
}

// indexedCodes returns the values that pass a test and how many rows their sets have,
// and false if there is not a set for each of them.
func (h *History) indexedCodes(t *Test) (codes []uint32, rows int, ok bool) {
	if len(t.In) == 0 || t.In[0]&1 != 0 || !h.attrs[t.Attr].indexed {
		return nil, 0, false
	}
	a := &h.attrs[t.Attr]
	ok = true
	each(t.In, func(v uint64) {
		ok = ok && v < maxIndexed
		if ok {
			codes = append(codes, uint32(v))
			rows += a.sets.Len(uint32(v))
		}
	})
	return codes, rows, ok
}

// ask asks each contact of a set that has events.
func (h *History) ask(set *idset.Set, keep func(contact uint32) bool) *idset.Set {
	var b idset.Builder
	var ids []uint16
	for i := range min(set.Blocks(), h.ever.Blocks()) {
		ids = h.ever.Keep(i, set.AppendIDs(i, ids[:0]))
		k := 0
		for _, low := range ids {
			if keep(uint32(i)<<16 | uint32(low)) {
				ids[k] = low
				k++
			}
		}
		b.AddIDs(i, ids[:k])
	}
	return b.Set()
}

// scan goes through all rows by contact.
func (h *History) scan(q *Query, n int) *idset.Set {
	marks := h.newMarks()
	defer marks.free()
	sieve := newSieve(q)
	last, count := uint64(math.MaxUint64), 0
	for _, b := range h.byContact.boards {
		for _, p := range b.pages {
			contacts := p.lanes[laneContact]
			for _, i := range sieve.rows(p) {
				c := contacts.get(p.b, int(i))
				if c != last {
					last, count = c, 0
				}
				if count++; count == n {
					marks.bits[c>>6] |= 1 << (c & 63)
				}
			}
		}
	}
	return q.among(marks.set())
}

// countByTime goes through the rows of a window and returns the contacts that come n
// times or more, n being at most 255. The window must have a row.
func (h *History) countByTime(s span, n int) *idset.Set {
	from, to := s.from, s.to
	marks := h.newMarks()
	defer marks.free()
	for {
		p := h.byTime.at(from)
		end := p.n
		last := from.board == to.board && from.page == to.page
		if last {
			end = to.row
		}
		l := p.lanes[timeContact]
		b := p.b[int(l.off)+from.row*int(l.w):]
		if n == 1 {
			mark(marks.bits, b, l, end-from.row)
		} else {
			countMark(marks.bits, marks.counters(), b, l, end-from.row, uint8(n))
		}
		if last || h.byTime.next(&from) == nil {
			return marks.set()
		}
	}
}

// mark sets the bit of each of n contacts. Two of them are in the eight bytes of one
// read.
func mark(words []uint64, b []byte, l lane, n int) {
	m, w := masks[l.w&15], uint(l.w)
	off := 0
	if w <= 4 {
		for ; n >= 4; n, off = n-4, off+4*int(w) {
			x, y := binary.LittleEndian.Uint64(b[off:]), binary.LittleEndian.Uint64(b[off+2*int(w):])
			c, d := l.base+x&m, l.base+x>>(8*w&63)&m
			words[c>>6] |= 1 << (c & 63)
			words[d>>6] |= 1 << (d & 63)
			c, d = l.base+y&m, l.base+y>>(8*w&63)&m
			words[c>>6] |= 1 << (c & 63)
			words[d>>6] |= 1 << (d & 63)
		}
	}
	for ; n > 0; n, off = n-1, off+int(w) {
		c := l.base + binary.LittleEndian.Uint64(b[off:])&m
		words[c>>6] |= 1 << (c & 63)
	}
}

// countMark counts each of k contacts, up to n, and sets the bit of those that have come
// n times.
func countMark(words []uint64, counts []uint8, b []byte, l lane, k int, n uint8) {
	m, w := masks[l.w&15], uint(l.w)
	off := 0
	if w <= 4 {
		for ; k >= 2; k, off = k-2, off+2*int(w) {
			x := binary.LittleEndian.Uint64(b[off:])
			c, d := l.base+x&m, l.base+x>>(8*w&63)&m
			if y := counts[c]; y < n {
				counts[c] = y + 1
				if y+1 == n {
					words[c>>6] |= 1 << (c & 63)
				}
			}
			if y := counts[d]; y < n {
				counts[d] = y + 1
				if y+1 == n {
					words[d>>6] |= 1 << (d & 63)
				}
			}
		}
	}
	for ; k > 0; k, off = k-1, off+int(w) {
		c := l.base + binary.LittleEndian.Uint64(b[off:])&m
		if y := counts[c]; y < n {
			counts[c] = y + 1
			if y+1 == n {
				words[c>>6] |= 1 << (c & 63)
			}
		}
	}
}

// scanHaving goes through all rows by contact and makes a summary for each.
func (h *History) scanHaving(q *Query, attr int, keep func(uint32, *Summary) bool) *idset.Set {
	marks := h.newMarks()
	defer marks.free()
	sieve := newSieve(q)
	var t tally
	last := uint64(0)
	settle := func() {
		if t.s.Count == 0 || q.Among != nil && !q.Among.Contains(uint32(last)) {
			return
		}
		t.s = t.summary()
		if keep(uint32(last), &t.s) {
			marks.bits[last>>6] |= 1 << (last & 63)
		}
	}
	for _, b := range h.byContact.boards {
		for _, p := range b.pages {
			contacts, times := p.lanes[laneContact], p.lanes[laneTime]
			for _, i := range sieve.rows(p) {
				if c := contacts.get(p.b, int(i)); c != last {
					settle()
					t.reset()
					last = c
				}
				t.addTime(fromTicks(times.get(p.b, int(i))))
				if attr >= 0 {
					t.addNumber(Value(p.get(laneValues+attr, int(i))))
				}
			}
		}
	}
	settle()
	return marks.set()
}

// marks are a bit, and if need be a count, for each contact.
type marks struct {
	bits   []uint64
	counts []uint8
	blocks int
}

var marksPool = sync.Pool{New: func() any { return new(marks) }}

// newMarks returns marks for the contacts that have events, all of them 0.
func (h *History) newMarks() *marks {
	m := marksPool.Get().(*marks)
	m.blocks = h.ever.Blocks()
	if n := m.blocks * idset.Words; cap(m.bits) < n {
		m.bits = make([]uint64, n)
	} else {
		m.bits = m.bits[:n]
		clear(m.bits)
	}
	m.counts = m.counts[:0]
	return m
}

// counters returns the counts, which are 0 the first time.
func (m *marks) counters() []uint8 {
	n := m.blocks * idset.BlockSize
	if len(m.counts) == n {
		return m.counts
	}
	if cap(m.counts) < n {
		m.counts = make([]uint8, n)
	} else {
		m.counts = m.counts[:n]
		clear(m.counts)
	}
	return m.counts
}

func (m *marks) free() { marksPool.Put(m) }

// set returns the contacts with a bit.
func (m *marks) set() *idset.Set {
	var b idset.Builder
	for i := range m.blocks {
		b.AddWords(i, (*[idset.Words]uint64)(m.bits[i*idset.Words:]), -1)
	}
	return b.Set()
}
