package behaviour

import (
	"encoding/binary"
	"math"
	"sync"

	"github.com/rosterdb/roster/contact/internal/idset"
)

// Costs in about nanoseconds, for the choice of the way.
const (
	costRow     = 2   // a row looked at in a scan
	costTimeRow = 3   // a row by time, counted
	costContact = 150 // one contact found and asked
)

// AtLeast returns the contacts of whose events at least n count, n being 1 or more.
// Fewer than n, exactly n and none are differences from and among such sets.
func (h *History) AtLeast(q *Query, n int) *idset.Set {
	if q.Window.empty() || h.Len() == 0 {
		return nil
	}
	n = max(n, 1)
	from, to := h.span(q.Window)
	inWindow := h.byTime.between(from, to)
	switch {
	case inWindow == 0:
		return nil
	case len(q.Tests) == 0 && n == 1 && inWindow == h.Len():
		return q.among(h.ever)
	}
	set, best := h.candidates(q, inWindow)
	if set != nil && n == 1 && inWindow == h.Len() && len(q.Tests) == 1 && set != q.Among && q.Tests[0].In != nil {
		return q.among(set)
	}
	byTime := inWindow * costTimeRow
	if len(q.Tests) > 0 {
		byTime += inWindow * costContact
	} else if n > math.MaxUint8 {
		byTime = math.MaxInt
	}
	switch {
	case set != nil && best <= min(byTime, h.Len()*costRow):
		return h.ask(q, set, n)
	case byTime > h.Len()*costRow:
		return h.scan(q, n)
	case len(q.Tests) == 0:
		return q.among(h.countByTime(from, to, n))
	}
	return h.ask(q, q.among(h.countByTime(from, to, n)), n)
}

// among returns the contacts of a set that are of interest.
func (q *Query) among(set *idset.Set) *idset.Set {
	if q.Among == nil {
		return set
	}
	return idset.And(set, q.Among)
}

// span returns the places of the first row by time in a window and of the first behind
// it.
func (h *History) span(w Window) (from, to place) {
	lo, hi := w.ends()
	return h.byTime.seek(key{lo}), h.byTime.seek(key{hi, 1 << 32})
}

// candidates returns a set of which all others are known not to be in the answer, and
// what it costs to ask each of it; nil if no such set is at hand. It is the answer itself
// for a query of one test by value in all of the time.
func (h *History) candidates(q *Query, inWindow int) (set *idset.Set, cost int) {
	each1 := costContact + 4*h.Len()/max(1, h.ever.Len())
	cost = math.MaxInt
	if q.Among != nil {
		set, cost = q.Among, q.Among.Len()*each1
	}
	for i := range q.Tests {
		codes, rows, ok := h.indexedCodes(&q.Tests[i])
		whole := len(q.Tests) == 1 && inWindow == h.Len()
		if ok && (rows*each1 < cost && rows*each1 < h.Len()*costRow || whole) {
			set, cost = h.attrs[q.Tests[i].Attr].sets.Union(codes), rows*each1
			if set == nil {
				set = idset.FromIDs()
			}
		}
	}
	return set, cost
}

// indexedCodes returns the values that pass a test and how many rows their sets have,
// and false if there is not a set for each of them.
func (h *History) indexedCodes(t *Test) (codes []uint32, rows int, ok bool) {
	a := &h.attrs[t.Attr]
	if !a.indexed || len(t.In) == 0 || t.In[0]&1 != 0 {
		return nil, 0, false
	}
	ok = true
	each(t.In, func(v uint64) {
		ok = ok && v < maxIndexed
		if n := 0; ok {
			if n = a.sets.Len(uint32(v)); n > 0 {
				codes = append(codes, uint32(v))
				rows += n
			}
		}
	})
	return codes, rows, ok
}

// ask asks each contact of a set.
func (h *History) ask(q *Query, set *idset.Set, n int) *idset.Set {
	var b idset.Builder
	var ids []uint16
	for i := range min(set.Blocks(), h.ever.Blocks()) {
		ids = h.ever.Keep(i, set.AppendIDs(i, ids[:0]))
		k := 0
		for _, low := range ids {
			if q.Among == nil || q.Among.Contains(uint32(i)<<16|uint32(low)) {
				if h.CountUpTo(uint32(i)<<16|uint32(low), q, n) >= n {
					ids[k] = low
					k++
				}
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
	var sel [pageMax]uint16
	last, count := uint64(math.MaxUint64), 0
	for _, b := range h.byContact.boards {
		for _, p := range b.pages {
			contacts := &p.lanes[laneContact]
			for _, i := range sel[:q.rows(p, &sel)] {
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

// countByTime goes through the rows by time between two places and returns the contacts
// that come n times or more, n being at most 255.
func (h *History) countByTime(from, to place, n int) *idset.Set {
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

// mark sets the bit of each of n contacts.
func mark(words []uint64, b []byte, l lane, n int) {
	m, w := masks[l.w&15], int(l.w)
	for off := 0; n > 0; n, off = n-1, off+w {
		c := l.base + binary.LittleEndian.Uint64(b[off:])&m
		words[c>>6] |= 1 << (c & 63)
	}
}

// countMark counts each of k contacts and sets the bit of those that have come n times.
func countMark(words []uint64, counts []uint8, b []byte, l lane, k int, n uint8) {
	m, w := masks[l.w&15], int(l.w)
	for off := 0; k > 0; k, off = k-1, off+w {
		c := l.base + binary.LittleEndian.Uint64(b[off:])&m
		x := counts[c] + 1
		if x == n {
			words[c>>6] |= 1 << (c & 63)
		}
		if x != 0 {
			counts[c] = x
		}
	}
}

// Having returns the contacts for whose events that count keep returns true; contacts
// of which none counts are not asked. attr is the attribute of numbers to add up, -1 for
// none. The summary is good until keep returns.
func (h *History) Having(q *Query, attr int, keep func(contact uint32, s *Summary) bool) *idset.Set {
	if q.Window.empty() || h.Len() == 0 {
		return nil
	}
	from, to := h.span(q.Window)
	inWindow := h.byTime.between(from, to)
	set, cost := h.candidates(q, inWindow)
	byTime := inWindow * (costTimeRow + costContact)
	switch {
	case inWindow == 0:
		return nil
	case set != nil && cost <= min(byTime, h.Len()*costRow):
		return h.askHaving(q, q.among(set), attr, keep)
	case byTime < h.Len()*costRow:
		return h.askHaving(q, q.among(h.countByTime(from, to, 1)), attr, keep)
	}
	return h.scanHaving(q, attr, keep)
}

func (h *History) askHaving(q *Query, set *idset.Set, attr int, keep func(uint32, *Summary) bool) *idset.Set {
	var b idset.Builder
	for i := range set.Blocks() {
		ids := h.ever.Keep(i, set.AppendIDs(i, nil))
		k := 0
		for _, low := range ids {
			s := h.Summarize(uint32(i)<<16|uint32(low), q, attr)
			if s.Count > 0 && keep(uint32(i)<<16|uint32(low), &s) {
				ids[k] = low
				k++
			}
		}
		b.AddIDs(i, ids[:k])
	}
	return b.Set()
}

func (h *History) scanHaving(q *Query, attr int, keep func(uint32, *Summary) bool) *idset.Set {
	marks := h.newMarks()
	defer marks.free()
	var sel [pageMax]uint16
	var t tally
	last := uint64(0)
	settle := func() {
		if t.s.Count == 0 || q.Among != nil && !q.Among.Contains(uint32(last)) {
			return
		}
		s := t.summary()
		if keep(uint32(last), &s) {
			marks.bits[last>>6] |= 1 << (last & 63)
		}
	}
	for _, b := range h.byContact.boards {
		for _, p := range b.pages {
			for _, i := range sel[:q.rows(p, &sel)] {
				if c := p.get(laneContact, int(i)); c != last {
					settle()
					t.reset()
					last = c
				}
				t.add(p, int(i), attr)
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
