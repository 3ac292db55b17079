package behaviour_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// The attributes of the tests: a text that is an object and indexed, a number, a yes or
// no that is indexed, and a number that is indexed.
const (
	attrObject = iota
	attrAmount
	attrPaid
	attrPlace
	attrs
)

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func newHistory() *behaviour.History {
	return behaviour.New(behaviour.Attribute{Fold: lower, Indexed: true}, behaviour.Attribute{},
		behaviour.Attribute{Indexed: true}, behaviour.Attribute{Indexed: true})
}

// A model is all events in a slice, in no order that means anything.
type model []behaviour.Event

func compareIDs(a, b behaviour.ID) int {
	return cmp.Or(cmp.Compare(a.Contact, b.Contact), cmp.Compare(a.Time, b.Time), cmp.Compare(a.Tie, b.Tie))
}

func byID(a, b behaviour.Event) int { return compareIDs(a.ID, b.ID) }

// of returns the events of a contact in a window that pass, oldest first; contact 0 is
// everybody.
func (m model) of(contact uint32, w behaviour.Window, pass func(behaviour.Event) bool) []behaviour.Event {
	var list []behaviour.Event
	for _, ev := range m {
		if (contact == 0 || ev.Contact == contact) && ev.Time > w.After && ev.Time <= w.To && (pass == nil || pass(ev)) {
			list = append(list, ev)
		}
	}
	slices.SortFunc(list, byID)
	return list
}

// contacts returns those for whose events ok returns true, in ascending order.
func contacts(list []behaviour.Event, ok func([]behaviour.Event) bool) []uint32 {
	ids := []uint32{}
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].Contact == list[0].Contact {
			n++
		}
		if ok(list[:n]) {
			ids = append(ids, list[0].Contact)
		}
		list = list[n:]
	}
	return ids
}

func idsOf(set *idset.Set) []uint32 {
	ids := []uint32{}
	for id := range set.All() {
		ids = append(ids, id)
	}
	return ids
}

func atLeast(n int) func([]behaviour.Event) bool {
	return func(list []behaviour.Event) bool { return len(list) >= n }
}

// A question is a query and the same in plain Go.
type question struct {
	name  string
	query behaviour.Query
	pass  func(behaviour.Event) bool
}

// randomQuestion asks about up to three attributes and any window.
func randomQuestion(r *rand.Rand, m model) question {
	q := question{name: "events"}
	var tests []func(behaviour.Event) bool
	for range r.IntN(3) {
		attr := r.IntN(attrs)
		var in []behaviour.Value
		for range 1 + r.IntN(3) {
			if len(m) > 0 && r.IntN(8) > 0 {
				in = append(in, m[r.IntN(len(m))].Values[attr])
			} else {
				in = append(in, behaviour.Value(r.IntN(4)))
			}
		}
		test := behaviour.Test{Attr: attr}
		if attr == attrAmount || r.IntN(3) == 0 {
			test.Pass = func(v behaviour.Value) bool { return slices.Contains(in, v) }
		} else {
			test.In = behaviour.Codes(in...)
		}
		q.query.Tests = append(q.query.Tests, test)
		tests = append(tests, func(ev behaviour.Event) bool { return slices.Contains(in, ev.Values[attr]) })
		q.name += fmt.Sprintf(", attribute %d in %v (table %t)", attr, in, test.In != nil)
	}
	q.query.Window = randomWindow(r, m)
	if r.IntN(4) == 0 {
		var ids []uint32
		for range r.IntN(20) {
			if len(m) > 0 {
				ids = append(ids, m[r.IntN(len(m))].Contact)
			}
		}
		q.query.Among = idset.FromIDs(ids...)
		if q.query.Among == nil {
			q.query.Among = idset.FromIDs(1 << 30)
		}
	}
	q.name += fmt.Sprintf(", %v, among %v", q.query.Window, idsOf(q.query.Among))
	among := q.query.Among
	q.pass = func(ev behaviour.Event) bool {
		for _, t := range tests {
			if !t(ev) {
				return false
			}
		}
		return among == nil || among.Contains(ev.Contact)
	}
	return q
}

// randomWindow has its ends at events, a millisecond beside, or far out.
func randomWindow(r *rand.Rand, m model) behaviour.Window {
	end := func(far int64) int64 {
		if len(m) == 0 || r.IntN(4) == 0 {
			return far
		}
		return m[r.IntN(len(m))].Time + int64(r.IntN(3)-1)
	}
	return behaviour.Window{After: end(math.MinInt64), To: end(math.MaxInt64)}
}

// check holds everything a history can tell against the model.
func check(t *testing.T, r *rand.Rand, h *behaviour.History, m model, rounds int) {
	t.Helper()
	require.NoError(t, h.Check())
	require.Equal(t, len(m), h.Len())
	all := m.of(0, behaviour.Always, nil)
	require.Equal(t, contacts(all, atLeast(1)), idsOf(h.Ever()))
	checkTimeline(t, h, m, behaviour.Always)
	for range rounds {
		q := randomQuestion(r, m)
		checkTimeline(t, h, m, q.query.Window)
		contact := uint32(1 + r.IntN(5))
		if len(m) > 0 {
			contact = m[r.IntN(len(m))].Contact
		}
		checkContact(t, r, h, m, contact, q)
		checkForward(t, r, h, m, q)
	}
}

func checkTimeline(t *testing.T, h *behaviour.History, m model, w behaviour.Window) {
	t.Helper()
	want := m.of(0, w, nil)
	slices.SortFunc(want, func(a, b behaviour.Event) int { return cmp.Or(cmp.Compare(a.Time, b.Time), byID(a, b)) })
	i := 0
	for l := h.Timeline(w); l.Next(); i++ {
		require.Less(t, i, len(want), "%v", w)
		require.Equal(t, want[i].ID, l.ID(), "%v", w)
		require.Equal(t, want[i].Time, l.Time())
		require.Equal(t, want[i].Contact, l.Contact())
	}
	require.Equal(t, len(want), i, "%v", w)
	require.Equal(t, len(want), h.CountAll(w), "%v", w)
}

func checkContact(t *testing.T, r *rand.Rand, h *behaviour.History, m model, contact uint32, q question) {
	t.Helper()
	q.query.Among = nil
	want := m.of(contact, q.query.Window, nil)
	require.Equal(t, len(want), h.Count(contact, q.query.Window), "contact %d, %v", contact, q.query.Window)
	i := 0
	for w := h.Ascend(contact, q.query.Window); w.Next(); i++ {
		requireEvent(t, want[i], &w)
	}
	require.Equal(t, len(want), i)
	for w := h.Descend(contact, q.query.Window); w.Next(); {
		i--
		requireEvent(t, want[i], &w)
	}
	require.Zero(t, i)

	var counted []behaviour.Event
	for _, ev := range want {
		among := true
		for _, test := range q.query.Tests {
			among = among && (test.In == nil && test.Pass(ev.Values[test.Attr]) ||
				test.In != nil && ev.Values[test.Attr]>>6 < behaviour.Value(len(test.In)) && test.In[ev.Values[test.Attr]>>6]>>(ev.Values[test.Attr]&63)&1 != 0)
		}
		if among {
			counted = append(counted, ev)
		}
	}
	most := r.IntN(5)
	require.Equal(t, min(most, len(counted)), h.CountUpTo(contact, &q.query, most), q.name)
	first, ok := h.First(contact, &q.query)
	require.Equal(t, len(counted) > 0, ok, q.name)
	n := 1 + r.IntN(3)
	latest, ok := h.Latest(contact, &q.query, n)
	require.Equal(t, len(counted) >= n, ok, q.name)
	if len(counted) > 0 {
		require.Equal(t, counted[0].ID, first, q.name)
	}
	if ok {
		require.Equal(t, counted[len(counted)-n].ID, latest, q.name)
	}
	requireSummary(t, counted, attrAmount, h.Summarize(contact, &q.query, attrAmount), q.name)
}

func requireEvent(t *testing.T, want behaviour.Event, w *behaviour.Walk) {
	t.Helper()
	require.Equal(t, want.ID, w.ID())
	require.Equal(t, want.Time, w.Time())
	require.Equal(t, want.Key, w.Key())
	for a, v := range want.Values {
		require.Equal(t, v, w.Value(a))
	}
}

// requireSummary adds up in fractions.
func requireSummary(t *testing.T, list []behaviour.Event, attr int, got behaviour.Summary, name string) {
	t.Helper()
	require.Equal(t, len(list), got.Count, name)
	if len(list) == 0 {
		require.Equal(t, behaviour.Summary{}, got)
		return
	}
	require.Equal(t, [2]int64{list[0].Time, list[len(list)-1].Time}, [2]int64{got.First, got.Last}, name)
	var numbers []float64
	for _, ev := range list {
		if x, ok := ev.Values[attr].Number(); ok {
			numbers = append(numbers, x)
		}
	}
	require.Equal(t, len(numbers), got.Numbers, name)
	if len(numbers) > 0 {
		require.Equal(t, [2]float64{slices.Min(numbers), slices.Max(numbers)}, [2]float64{got.Min, got.Max}, name)
	}
	total, average := exactly(numbers)
	require.Equal(t, [2]float64{total, average}, [2]float64{got.Sum, got.Average}, name)
}

func checkForward(t *testing.T, r *rand.Rand, h *behaviour.History, m model, q question) {
	t.Helper()
	list := m.of(0, q.query.Window, q.pass)
	for _, n := range []int{1, 2, 3 + r.IntN(5), 256} {
		require.Equal(t, contacts(list, atLeast(n)), idsOf(h.AtLeast(&q.query, n)), "%d of %s", n, q.name)
	}
	limit := float64(r.IntN(200)-50) / 3
	edge := randomWindow(r, m)
	got := h.Having(&q.query, attrAmount, func(contact uint32, s *behaviour.Summary) bool {
		requireSummary(t, m.of(contact, q.query.Window, q.pass), attrAmount, *s, q.name)
		return s.Sum >= limit || s.First > edge.After && s.Last <= edge.To
	})
	require.Equal(t, contacts(list, func(list []behaviour.Event) bool {
		s := h.Summarize(list[0].Contact, &behaviour.Query{Window: q.query.Window, Tests: q.query.Tests}, attrAmount)
		return s.Sum >= limit || list[0].Time > edge.After && list[len(list)-1].Time <= edge.To
	}), idsOf(got), q.name)
}

// epochs and history as a store holds them.
type writer struct {
	e       version.Epochs
	h       *behaviour.History
	fetcher behaviour.Fetcher
}

func newWriter() *writer { return &writer{h: newHistory()} }

// open returns the history to change.
func (w *writer) open() *behaviour.History {
	w.h = w.h.Writable(&w.e)
	return w.h
}

// view returns a version that never changes.
func (w *writer) view() *behaviour.History {
	w.e.Share()
	return w.h
}

func (w *writer) insert(ev behaviour.Event) behaviour.ID { return w.open().Insert(&w.e, &ev) }
