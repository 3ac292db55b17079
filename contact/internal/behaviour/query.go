package behaviour

import (
	"math/bits"

	"github.com/rosterdb/roster/contact/internal/idset"
)

// A Query says which events count: those in the window that pass every test. It is not
// changed by what it is given to and may be used by any number of goroutines, if the
// functions of its tests may.
type Query struct {
	Window Window
	Tests  []Test
	// Keep is asked about the event that a walk is at, of those that pass the tests; nil
	// keeps all.
	Keep func(Walk) bool
	// Among are the contacts whose answer is of interest, nil for all of them. Only what
	// answers with a set of contacts looks at it.
	Among *idset.Set
}

// A Test is a question about one attribute of an event.
type Test struct {
	Attr int // a declared one
	// In holds bit v%64 of word v/64 for each value v that passes, bit 0 for no value.
	// It is the fast way for text and booleans: see [Codes].
	In []uint64
	// Pass is asked if In is nil. It must answer the same for the same value.
	Pass func(Value) bool
}

// Codes returns the In of a test for some texts, given by their codes, or for a boolean.
func Codes(values ...Value) []uint64 {
	in := make([]uint64, 1)
	for _, v := range values {
		for uint64(len(in)) <= uint64(v>>6) {
			in = append(in, make([]uint64, len(in))...)
		}
		in[v>>6] |= 1 << (v & 63)
	}
	return in
}

// passes reports whether a value passes.
func (t *Test) passes(v Value) bool {
	if t.In == nil {
		return t.Pass(v)
	}
	return v>>6 < Value(len(t.In)) && t.In[v>>6]>>(v&63)&1 != 0
}

// Counts reports whether the event that a walk is at passes the tests of a query. The
// window is the walk's.
func (q *Query) Counts(w *Walk) bool {
	for i := range q.Tests {
		if !q.Tests[i].passes(w.Value(q.Tests[i].Attr)) {
			return false
		}
	}
	return q.Keep == nil || q.Keep(*w)
}

// plain reports whether all events in the window count.
func (q *Query) plain() bool { return len(q.Tests) == 0 && q.Keep == nil }

// CountUpTo returns how many events of a contact count, and stops at most.
func (h *History) CountUpTo(contact uint32, q *Query, most int) (n int) {
	if q.plain() {
		return min(h.Count(contact, q.Window), most)
	}
	for w := h.Ascend(contact, q.Window); n < most && w.Next(); {
		if q.Counts(&w) {
			n++
		}
	}
	return n
}

// First returns the first event of a contact that counts, and false if none does.
// Others may count at the same millisecond; they follow it in an ascending walk.
func (h *History) First(contact uint32, q *Query) (ID, bool) {
	for w := h.Ascend(contact, q.Window); w.Next(); {
		if q.Counts(&w) {
			return w.ID(), true
		}
	}
	return ID{}, false
}

// Latest returns the n-th latest event of a contact that counts, n = 1 being the last,
// and false if there are not that many. Others may count at the same millisecond.
func (h *History) Latest(contact uint32, q *Query, n int) (ID, bool) {
	for w := h.Descend(contact, q.Window); w.Next(); {
		if !q.Counts(&w) {
			continue
		}
		if n--; n <= 0 {
			return w.ID(), true
		}
	}
	return ID{}, false
}

// Summarize returns what there is to say about the events of a contact that count. attr
// is the attribute of numbers to add up, -1 for none.
func (h *History) Summarize(contact uint32, q *Query, attr int) Summary {
	var t tally
	if q.plain() {
		h.tallyWindow(&t, contact, q.Window, attr)
		return t.summary()
	}
	for w := h.Ascend(contact, q.Window); w.Next(); {
		if q.Counts(&w) {
			t.addTime(w.Time())
			if attr >= 0 {
				t.addNumber(w.Value(attr))
			}
		}
	}
	return t.summary()
}

// tallyWindow adds all events of a contact in a window. Pages that lie in it as a whole take
// a look each.
func (h *History) tallyWindow(t *tally, contact uint32, w Window, attr int) {
	if w.empty() {
		return
	}
	lo, hi := w.ends()
	at, end := h.byContact.seek(key{uint64(contact), lo, 0}), key{uint64(contact), hi, 1 << 32}
	for p := h.byContact.at(at); p != nil; p = h.byContact.next(&at) {
		switch n := p.search(end, keyParts); {
		case n < p.n:
			t.addRows(p, at.row, n, attr)
			return
		case at.row == 0:
			t.merge(p.tallyOf(attr))
		default:
			t.addRows(p, at.row, n, attr)
		}
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// each calls f with every value of a table.
func each(in []uint64, f func(v uint64)) {
	for i, w := range in {
		for ; w != 0; w &= w - 1 {
			f(uint64(i)<<6 | uint64(bits.TrailingZeros64(w)))
		}
	}
}
