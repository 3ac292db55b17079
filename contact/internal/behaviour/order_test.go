package behaviour_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/internal/testflags"
)

// answers is what a history says that must not depend on the order of arrival. Events
// of one millisecond are told apart by their ties in that order, so of these only which
// there are is told.
func answers(h *behaviour.History, contacts []uint32, queries []behaviour.Query) []string {
	var list []string
	for _, c := range contacts {
		var events []string
		for w := h.Ascend(c, behaviour.Always); w.Next(); {
			events = append(events, fmt.Sprint(w.Time(), w.Value(attrObject), w.Value(attrAmount), w.Value(attrPaid)))
		}
		slices.Sort(events)
		list = append(list, events...)
		for i := range queries {
			q := &queries[i]
			latest, ok := h.Latest(c, q, 2)
			list = append(list, fmt.Sprint(h.CountUpTo(c, q, math.MaxInt), h.Summarize(c, q, attrAmount), latest.Time, ok))
		}
	}
	for i := range queries {
		q := &queries[i]
		list = append(list, fmt.Sprint(h.CountAll(q.Window)))
		for n := 1; n < 4; n++ {
			list = append(list, fmt.Sprint(idsOf(h.AtLeast(q, n))))
		}
		list = append(list, fmt.Sprint(idsOf(h.Having(q, attrAmount, func(_ uint32, s *behaviour.Summary) bool { return s.Sum > 0.3 }))))
	}
	return list
}

func queriesOf(windows ...behaviour.Window) (list []behaviour.Query) {
	for _, w := range windows {
		list = append(list, behaviour.Query{Window: w}, behaviour.Query{Window: w, Tests: []behaviour.Test{{Attr: attrObject, In: behaviour.Codes(1, 3)}}},
			behaviour.Query{Window: w, Tests: []behaviour.Test{{Attr: attrPaid, In: behaviour.Codes(behaviour.Bool(true))}}},
			behaviour.Query{Window: w, Tests: []behaviour.Test{{Attr: attrAmount, Pass: func(v behaviour.Value) bool { return v&1 != 0 }}}})
	}
	return list
}

// Every order in which few events can arrive, with a view before each or none, gives
// the same answers. A run leaves out one of the events, unless -roster.every=1 asks for all.
func TestEveryOrder(t *testing.T) {
	at := func(contact uint32, time int64, object behaviour.Value, amount float64) behaviour.Event {
		return behaviour.Event{ID: behaviour.ID{Contact: contact, Time: time},
			Values: []behaviour.Value{object, behaviour.Number(amount), behaviour.Bool(object > 1)}}
	}
	events := []behaviour.Event{at(1, 1000, 1, 0.1), at(1, 1001, 2, 0.2), at(1, 1001, 1, 1e-9), at(2, 1001, 3, 0.7), at(2, 5, 1, 1.0/3), at(70_000, 1000, 3, -4),
		at(1, 1001, 3, 1e17)}
	want := 5040
	if testflags.Every() > 1 {
		out := int(testflags.Seed(t) % uint64(len(events)))
		events, want = slices.Delete(events, out, out+1), 720
	}
	contacts := []uint32{1, 2, 3, 70_000}
	queries := queriesOf(behaviour.Always, behaviour.Window{After: 999, To: 1000}, behaviour.Window{After: 1000, To: 1001}, behaviour.Window{After: 4, To: 1000})
	var first []string
	orders := 0
	permute(events, func(list []behaviour.Event) {
		for _, views := range []bool{false, true} {
			w := newWriter()
			for i := range list {
				w.insert(list[i])
				if views {
					w.view()
				}
			}
			got := answers(w.h, contacts, queries)
			if first == nil {
				first = got
			}
			if !slices.Equal(first, got) {
				require.Equal(t, first, got, "%v", list)
			}
			orders++
		}
	})
	require.Equal(t, 2*want, orders)
}

func permute(list []behaviour.Event, f func([]behaviour.Event)) {
	var step func(int)
	step = func(n int) {
		if n < 2 {
			f(list)
			return
		}
		for i := range n {
			step(n - 1)
			j := 0
			if n%2 == 0 {
				j = i
			}
			list[j], list[n-1] = list[n-1], list[j]
		}
	}
	step(len(list))
}

// manyEvents draws events on many pages and boards: contacts with one event, with some,
// and one with a tenth of all, over a year, some of them at the same millisecond.
func manyEvents(r *rand.Rand, n int) []behaviour.Event {
	list := make([]behaviour.Event, n)
	for i := range list {
		ev := behaviour.Event{Values: make([]behaviour.Value, attrs)}
		ev.Contact = 1 + r.Uint32N(uint32(n))
		switch r.IntN(10) {
		case 0:
			ev.Contact = 1234
		case 1, 2, 3:
			ev.Contact = 1 + r.Uint32N(50)
		}
		ev.Time = 1_700_000_000_000 + r.Int64N(31_536_000_000)
		if r.IntN(20) == 0 {
			ev.Time = 1_710_000_000_000 + r.Int64N(5)
		}
		ev.Values[attrObject] = behaviour.Text(uint32(r.IntN(1 + r.IntN(300))))
		ev.Values[attrAmount] = behaviour.Number(float64(r.IntN(10_000)) / 100)
		ev.Values[attrPaid] = behaviour.Bool(r.IntN(3) == 0)
		list[i] = ev
	}
	return list
}

// Many events in any order, on many boards, give the same answers; taken out in any
// order, too, they leave what is left, and nothing in the end.
func TestShuffled(t *testing.T) {
	const n = 45_000
	r := rand.New(rand.NewPCG(testflags.Seed(t), 7))
	events := manyEvents(r, n)
	byTime := func(a, b behaviour.Event) int { return cmp.Compare(a.Time, b.Time) }
	queries := queriesOf(behaviour.Always, behaviour.Window{After: 1_709_999_999_999, To: 1_710_000_000_002}, behaviour.Window{After: 1_705_000_000_000, To: 1_720_000_000_000},
		behaviour.Window{After: 1_705_000_000_000, To: 1_705_003_600_000})
	contacts := []uint32{1, 2, 3, 17, 1234, events[5].Contact, events[77].Contact}
	orders := map[string]func(){
		"in order": func() { slices.SortStableFunc(events, byTime) },
		"backward": func() { slices.SortStableFunc(events, func(a, b behaviour.Event) int { return byTime(b, a) }) },
		"by id":    func() { slices.SortStableFunc(events, byID) },
		"shuffled": func() { r.Shuffle(n, func(i, j int) { events[i], events[j] = events[j], events[i] }) },
		"some late": func() {
			slices.SortStableFunc(events, byTime)
			for i := 100; i < n; i += 10 + r.IntN(100) {
				j := i - r.IntN(100)
				events[i], events[j] = events[j], events[i]
			}
		},
	}
	var want []string
	for name, arrange := range orders {
		arrange()
		w := newWriter()
		ids := make([]behaviour.ID, n)
		for i := range events {
			if i%(n/7) == 0 {
				w.view()
			}
			ids[i] = w.insert(events[i])
		}
		require.NoError(t, w.h.Check(), name)
		require.Equal(t, n, w.h.Len())
		got := answers(w.h, contacts, queries)
		if want == nil {
			want = got
		}
		require.Equal(t, want, got, name)
		checkCounts(t, w.h, events)
		if name == "in order" || name == "by id" {
			forgetAll(t, w) // from full pages
		} else {
			takeOut(t, r, w, events, ids)
		}
	}
}

// checkCounts counts the events of every contact, and walks over them backward.
func checkCounts(t *testing.T, h *behaviour.History, events []behaviour.Event) {
	t.Helper()
	counts := map[uint32]int{}
	for _, ev := range events {
		counts[ev.Contact]++
	}
	require.Equal(t, len(counts), h.Ever().Len())
	for c, n := range counts {
		walked := 0
		for w := h.Descend(c, behaviour.Always); w.Next(); {
			walked++
		}
		if h.Count(c, behaviour.Always) != n || walked != n {
			require.Equal(t, [2]int{n, n}, [2]int{h.Count(c, behaviour.Always), walked}, "contact %d", c)
		}
	}
}

// forgetAll takes out the contact with the most events and then the others by time.
func forgetAll(t *testing.T, w *writer) {
	t.Helper()
	h := w.open()
	n := h.Len() - h.Count(1234, behaviour.Always)
	h.DeleteContact(&w.e, 1234, nil)
	require.NoError(t, h.Check())
	for h.Len() > 0 {
		require.Equal(t, n, h.Len())
		n -= h.Forget(&w.e, math.MaxInt64, 777, nil)
	}
	require.NoError(t, h.Check())
	require.Nil(t, h.Ever())
}

// takeOut takes all events out, in any order or by time, and looks at what is left on
// the way.
func takeOut(t *testing.T, r *rand.Rand, w *writer, events []behaviour.Event, ids []behaviour.ID) {
	t.Helper()
	full := w.view()
	h := w.open()
	left := len(ids)
	for _, i := range r.Perm(len(ids))[:left*9/10] {
		_, ok := h.Delete(&w.e, ids[i])
		require.True(t, ok)
		left--
	}
	require.NoError(t, h.Check())
	require.Equal(t, left, h.Len())
	require.Equal(t, len(ids), full.Len())
	require.NoError(t, full.Check())
	for h.Len() > 0 {
		before := h.Len()
		n := h.Forget(&w.e, math.MaxInt64, 1000, nil)
		require.Equal(t, min(1000, before), n)
		require.Equal(t, before-n, h.Len())
	}
	require.NoError(t, h.Check())
	require.Nil(t, h.Ever())
	require.Nil(t, h.AtLeast(&queriesOf(behaviour.Always)[1], 1))
	require.Less(t, h.Bytes(), 50_000, "what is left of %d events", len(ids))
}

// A window begins after its first end and includes the other, to the millisecond.
func TestWindowEdges(t *testing.T) {
	const at = 1_700_000_000_000
	w := newWriter()
	w.insert(behaviour.Event{ID: behaviour.ID{Contact: 9, Time: at}})
	for _, c := range []struct {
		after, to int64
		in        bool
	}{
		{at - 1, at, true}, {at, at + 1, false}, {at - 2, at - 1, false}, {at - 1, at + 1, true}, {at, at, false},
		{at - 1, at - 1, false}, {at + 1, at - 1, false}, {at, at - 1, false}, {math.MinInt64, at, true}, {math.MinInt64, at - 1, false},
		{at - 1, math.MaxInt64, true}, {at, math.MaxInt64, false}, {math.MaxInt64, math.MinInt64, false}, {math.MinInt64, math.MaxInt64, true},
	} {
		window := behaviour.Window{After: c.after, To: c.to}
		q := behaviour.Query{Window: window}
		name := fmt.Sprintf("(%d, %d] of %d", c.after-at, c.to-at, at)
		n := 0
		if c.in {
			n = 1
		}
		require.Equal(t, c.in, window.Holds(at), name)
		require.Equal(t, n, w.h.Count(9, window), name)
		require.Equal(t, n, w.h.CountAll(window), name)
		require.Equal(t, n, w.h.CountUpTo(9, &q, 5), name)
		require.Equal(t, n, w.h.AtLeast(&q, 1).Len(), name)
		require.Equal(t, n, w.h.Having(&q, -1, func(uint32, *behaviour.Summary) bool { return true }).Len(), name)
		up, down, line := w.h.Ascend(9, window), w.h.Descend(9, window), w.h.Timeline(window)
		require.Equal(t, [3]bool{c.in, c.in, c.in}, [3]bool{up.Next(), down.Next(), line.Next()}, name)
		require.False(t, up.Next() || down.Next() || line.Next(), "after the end comes nothing")
	}
}

// Events without end at one millisecond, of one contact and of many.
func TestOneMillisecond(t *testing.T) {
	const n, at = 3000, 1_700_000_000_000
	w := newWriter()
	for i := range n {
		id := w.insert(behaviour.Event{ID: behaviour.ID{Contact: 7, Time: at}, Values: []behaviour.Value{behaviour.Text(uint32(i))}})
		require.Equal(t, uint32(i), id.Tie)
		w.insert(behaviour.Event{ID: behaviour.ID{Contact: uint32(2*n - i), Time: at}})
	}
	require.NoError(t, w.h.Check())
	require.Equal(t, n, w.h.Count(7, behaviour.Always))
	require.Equal(t, 2*n, w.h.CountAll(behaviour.Window{After: at - 1, To: at}))
	require.Equal(t, n+1, w.h.AtLeast(&behaviour.Query{Window: behaviour.Always}, 1).Len())
	i := 0
	for walk := w.h.Ascend(7, behaviour.Always); walk.Next(); i++ {
		require.Equal(t, uint32(i), walk.Value(attrObject).Code())
	}
	h := w.open()
	for i := 1; i < n; i += 2 {
		_, ok := h.Delete(&w.e, behaviour.ID{Contact: 7, Time: at, Tie: uint32(i)})
		require.True(t, ok)
	}
	require.NoError(t, h.Check())
	ev, ok := h.Get(behaviour.ID{Contact: 7, Time: at, Tie: 2000})
	require.True(t, ok)
	require.Equal(t, uint32(2000), ev.Values[attrObject].Code())
	_, ok = h.Get(behaviour.ID{Contact: 7, Time: at, Tie: 2001})
	require.False(t, ok)
	require.Equal(t, uint32(n-1), w.insert(behaviour.Event{ID: behaviour.ID{Contact: 7, Time: at}}).Tie, "the last one was free again")

	for i := range n {
		w.insert(behaviour.Event{ID: behaviour.ID{Contact: 1, Time: int64(i)}}) // full pages before
	}
	for i := range n {
		w.h.Delete(&w.e, behaviour.ID{Contact: 7, Time: at, Tie: uint32(i)})
	}
	require.Zero(t, w.h.Count(7, behaviour.Always))
	id := w.insert(behaviour.Event{ID: behaviour.ID{Contact: 7, Time: at}})
	require.Zero(t, id.Tie)
	require.NoError(t, w.h.Check())
	_, ok = w.h.Get(id)
	require.True(t, ok, "below the bound that a tie has left")
}

// Contacts with more events than a byte counts, far from and close to each other, so that
// pages hold contacts in one byte and in three.
func TestMoreThanAByteCounts(t *testing.T) {
	counts := []int{1, 254, 255, 256, 257, 300, 511, 512, 513, 1000}
	for _, far := range []uint32{1, 60_000} {
		w := newWriter()
		for i, n := range counts {
			for k := range n {
				w.insert(behaviour.Event{ID: behaviour.ID{Contact: 1 + uint32(i)*far, Time: int64(k * 7919 % 1000)}})
			}
		}
		for _, n := range []int{1, 2, 44, 45, 254, 255, 256, 257, 1000} {
			want := 0
			for _, k := range counts {
				if k >= n {
					want++
				}
			}
			require.Equal(t, want, w.h.AtLeast(&behaviour.Query{Window: behaviour.Always}, n).Len(), n)
		}
	}
}

// Versions are read while the writer goes on.
func TestConcurrentReaders(t *testing.T) {
	const n = 3000
	r := rand.New(rand.NewPCG(testflags.Seed(t), 8))
	events := manyEvents(r, n)
	queries := queriesOf(behaviour.Always, behaviour.Window{After: 1_705_000_000_000, To: 1_720_000_000_000})
	contacts := []uint32{1, 2, 17, 1234}
	w := newWriter()
	var readers sync.WaitGroup
	for i, ev := range events {
		w.insert(ev)
		if i%10 == 9 {
			w.open().Delete(&w.e, ev.ID)
		}
		if i%(n/20) != 0 {
			continue
		}
		view := w.view()
		want := answers(view, contacts, queries)
		readers.Go(func() {
			for range 10 {
				if got := answers(view, contacts, queries); !slices.Equal(want, got) {
					t.Error("a version changed under its reader")
				}
			}
		})
	}
	readers.Wait()
}
