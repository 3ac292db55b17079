package behaviour_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/internal/testflags"
)

// randomEvent is one of few contacts, near others in time, or anything at all.
func randomEvent(r *rand.Rand, m model) behaviour.Event {
	ev := behaviour.Event{Values: make([]behaviour.Value, attrs)}
	ev.Contact = []uint32{uint32(1 + r.IntN(6)), uint32(1 + r.IntN(3000)), uint32(65_530 + r.IntN(12)), 1 + r.Uint32N(1_000_000)}[r.IntN(4)]
	ev.Time = 1_700_000_000_000 + r.Int64N(40_000_000_000)
	switch r.IntN(12) {
	case 0, 1, 2, 3:
		if len(m) > 0 {
			other := m[r.IntN(len(m))]
			ev.Time = max(other.Time, math.MinInt64+2) + int64(r.IntN(3)-1)
			if other.Time > 0 && ev.Time < 0 {
				ev.Time = math.MaxInt64
			}
			if r.IntN(2) == 0 {
				ev.Contact = other.Contact
			}
		}
	case 4:
		ev.Time = r.Int64N(2e15) - 1e15
	case 5:
		ev.Time = []int64{math.MinInt64 + 1, math.MaxInt64, 0, -1, 1}[r.IntN(5)]
	}
	for a := range ev.Values {
		if r.IntN(4) == 0 {
			continue
		}
		switch a {
		case attrObject:
			ev.Values[a] = behaviour.Text(uint32(1 + r.IntN(1+r.IntN(2000))))
		case attrAmount:
			ev.Values[a] = behaviour.Number(randomNumber(r))
		case attrPaid:
			ev.Values[a] = behaviour.Bool(r.IntN(2) == 0)
		default:
			ev.Values[a] = behaviour.Number(float64(r.IntN(300)))
		}
	}
	if r.IntN(10) == 0 {
		ev.Key = behaviour.KeyOf(fmt.Sprint(r.IntN(1000)))
	}
	return ev
}

func randomNumber(r *rand.Rand) float64 {
	switch r.IntN(8) {
	case 0:
		return r.NormFloat64() * math.Pow(10, float64(r.IntN(40)-20))
	case 1:
		return float64(r.Int64N(1<<50) - 1<<49)
	case 2, 3, 4:
		return float64(r.IntN(100_000)) / 100
	}
	return float64(r.IntN(300) - 50)
}

// Random transactions, some of which are taken back, against the model, with views held
// that must not change.
func TestHistoryModel(t *testing.T) {
	seed := testflags.Seed(t)
	for _, size := range []int{3, 40, 700} { // events of a transaction
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(size)))
			w := newWriter()
			var m model
			type held struct {
				h *behaviour.History
				m model
			}
			var views []held
			for step := range testflags.Steps(12) {
				m = transaction(t, r, w, m, size)
				if r.IntN(3) > 0 {
					views = append(views, held{w.view(), slices.Clone(m)})
				}
				if len(views) > 3 {
					views = slices.Delete(views, 0, 1)
				}
				if step%3 == 0 {
					check(t, r, w.h, m, 3)
				}
				for _, v := range views {
					check(t, r, v.h, v.m, 2)
				}
			}
			check(t, r, w.h, m, 20)
		})
	}
}

// transaction makes some changes and, one time in three, takes them back. It returns
// the model of what is there then.
func transaction(t *testing.T, r *rand.Rand, w *writer, before model, size int) model {
	m := slices.Clone(before)
	h := w.open()
	var undo []func()
	took := func(evs ...*behaviour.Event) {
		for _, ev := range evs {
			undo = append(undo, func() { require.True(t, h.Restore(&w.e, ev)) })
			i := slices.IndexFunc(m, func(x behaviour.Event) bool { return x.ID == ev.ID })
			require.GreaterOrEqual(t, i, 0)
			require.Equal(t, m[i], *ev)
			m = slices.Delete(m, i, i+1)
		}
	}
	for range 1 + r.IntN(size) {
		if r.IntN(8) == 0 {
			fetch(t, r, w, m)
		}
		switch op := r.IntN(40); {
		case op < 30 || len(m) == 0:
			ev := randomEvent(r, m)
			id := h.Insert(&w.e, &ev)
			require.Equal(t, nextTie(m, ev.ID), id)
			ev.ID = id
			m = append(m, ev)
			undo = append(undo, func() {
				got, ok := h.Delete(&w.e, id)
				require.True(t, ok)
				require.Equal(t, ev, got)
			})
		case op < 32:
			i := r.IntN(len(m))
			old, ev := m[i], randomEvent(r, m)
			ev.ID, ev.Key = old.ID, old.Key
			require.True(t, h.Replace(&w.e, &ev))
			m[i] = ev
			undo = append(undo, func() { require.True(t, h.Replace(&w.e, &old)) })
			ev.Contact += 1 << 30
			require.False(t, h.Replace(&w.e, &ev))
		case op < 37:
			ev, ok := h.Delete(&w.e, m[r.IntN(len(m))].ID)
			require.True(t, ok)
			took(&ev)
			_, ok = h.Delete(&w.e, ev.ID)
			require.False(t, ok)
			_, ok = h.Get(ev.ID)
			require.False(t, ok)
		case op < 38:
			contact := m[r.IntN(len(m))].Contact
			n := len(m.of(contact, behaviour.Always, nil))
			var gone []*behaviour.Event
			h.DeleteContact(&w.e, contact, func(ev *behaviour.Event) { gone = append(gone, ev) })
			require.Len(t, gone, n)
			took(gone...)
		default:
			forget(t, r, w, m, took)
		}
	}
	for _, ev := range m[:min(len(m), 5)] {
		got, ok := h.Get(ev.ID)
		require.True(t, ok)
		require.Equal(t, ev, got)
		require.False(t, h.Restore(&w.e, &ev))
	}
	if r.IntN(3) > 0 {
		return m
	}
	for _, f := range slices.Backward(undo) {
		f()
	}
	return before
}

// fetch fetches for some events, none of which need be inserted.
func fetch(t *testing.T, r *rand.Rand, w *writer, m model) {
	for range r.IntN(20) {
		ev := randomEvent(r, m)
		w.fetcher.Add(w.h, ev.Contact, ev.Time)
		for a, v := range ev.Values {
			w.fetcher.AddValue(w.h, ev.Contact, a, v)
		}
	}
	require.NoError(t, w.fetcher.Check())
}

func forget(t *testing.T, r *rand.Rand, w *writer, m model, took func(...*behaviour.Event)) {
	oldest := m.of(0, behaviour.Always, nil)
	slices.SortFunc(oldest, func(a, b behaviour.Event) int { return cmp.Compare(a.Time, b.Time) })
	until := oldest[r.IntN(1+len(oldest)/10)].Time
	if until < math.MaxInt64 {
		until += int64(r.IntN(2))
	}
	older := len(m.of(0, behaviour.Window{After: math.MinInt64, To: until - 1}, nil))
	most := r.IntN(30)
	var gone []*behaviour.Event
	n := w.h.Forget(&w.e, until, most, func(ev *behaviour.Event) { gone = append(gone, ev) })
	require.Equal(t, min(most, older), n)
	require.Len(t, gone, n)
	for i, ev := range gone {
		require.Equal(t, oldest[i].Time, ev.Time)
	}
	took(gone...)
}

func nextTie(m model, id behaviour.ID) behaviour.ID {
	id.Tie = 0
	for _, ev := range m {
		if ev.Contact == id.Contact && ev.Time == id.Time {
			id.Tie = max(id.Tie, ev.Tie+1)
		}
	}
	return id
}

// A history without events answers like any other.
func TestEmptyHistory(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	w := newWriter()
	check(t, r, w.h, nil, 20)
	id := w.insert(randomEvent(r, nil))
	_, ok := w.h.Delete(&w.e, id)
	require.True(t, ok)
	check(t, r, w.h, nil, 20)
	require.Zero(t, w.h.Forget(&w.e, math.MaxInt64, 5, nil))
	w.h.DeleteContact(&w.e, 7, nil)
	require.Zero(t, w.h.CountAll(behaviour.Window{After: 5, To: 5}))
	require.Nil(t, w.h.AtLeast(&behaviour.Query{Window: behaviour.Window{After: 6, To: 5}}, 1))
}

// Attributes that are declared later have no value in what was recorded before, on the
// same page too.
func TestDeclare(t *testing.T) {
	w := &writer{h: behaviour.New()}
	first := w.insert(behaviour.Event{ID: behaviour.ID{Contact: 1, Time: 10}, Values: []behaviour.Value{5, 5}})
	old := w.view()
	w.open().Declare(behaviour.Attribute{Fold: lower, Indexed: true}, behaviour.Attribute{})
	hello := w.h.AddText(&w.e, 0, "Hello")
	require.Zero(t, w.h.AddText(&w.e, 1, "Hello"), "is none of text")
	require.Nil(t, w.h.Texts(1))
	require.Nil(t, w.h.Texts(7))
	require.Nil(t, w.h.Texts(-1))
	q := behaviour.Query{Window: behaviour.Always, Tests: []behaviour.Test{{Attr: 1, In: behaviour.Codes(0)}}}
	require.Equal(t, []uint32{1}, idsOf(w.h.AtLeast(&q, 1)))
	q.Tests[0].In = behaviour.Codes(3)
	require.Empty(t, idsOf(w.h.AtLeast(&q, 1)))
	second := w.insert(behaviour.Event{ID: behaviour.ID{Contact: 1, Time: 9}, Values: []behaviour.Value{hello, 3, 7}})
	require.Equal(t, []uint32{1}, idsOf(w.h.AtLeast(&q, 1)))
	for _, c := range []struct {
		h    *behaviour.History
		id   behaviour.ID
		want []behaviour.Value
	}{{old, first, []behaviour.Value{}}, {w.h, first, []behaviour.Value{0, 0}}, {w.h, second, []behaviour.Value{hello, 3}}} {
		ev, ok := c.h.Get(c.id)
		require.True(t, ok)
		require.Equal(t, c.want, ev.Values)
	}
	_, ok := old.Get(second)
	require.False(t, ok)
	var found []uint32
	w.h.Texts(0).Find("hello", func(code uint32) bool {
		found = append(found, code)
		return true
	})
	require.Equal(t, []uint32{hello.Code()}, found)
}

// Walks and counts of one contact allocate nothing.
func TestNoAllocation(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	w := newWriter()
	for _, ev := range manyEvents(r, 5000) {
		w.insert(ev)
	}
	h := w.view()
	q := queriesOf(behaviour.Window{After: 1_705_000_000_000, To: 1_720_000_000_000})[1]
	n := 0
	require.Zero(t, testing.AllocsPerRun(100, func() {
		for walk := h.Ascend(1234, q.Window); walk.Next(); {
			n += int(walk.Value(attrObject).Code())
		}
		for walk := h.Descend(17, q.Window); walk.Next(); {
			n++
		}
		for line := h.Timeline(behaviour.Window{After: 1_710_000_000_000, To: 1_710_000_000_002}); line.Next(); {
			n++
		}
		n += h.Count(1234, q.Window) + h.CountUpTo(1234, &q, 3) + h.Summarize(1234, &q, attrAmount).Count
	}))
	require.Positive(t, n)
}

// What Bytes says is what the heap holds, and that is little.
func TestBytes(t *testing.T) {
	w := newWorkload(50_000)
	events, estimate := 0, 0
	for _, h := range w.types {
		events += h.Len()
		estimate += h.Bytes()
	}
	full := heap()
	runtime.KeepAlive(w.types)
	w.types = nil
	held := float64(full) - float64(heap())
	runtime.KeepAlive(w)
	require.InDelta(t, held, float64(estimate), held/10)
	require.Less(t, held/float64(events), 24.0, "bytes an event; a smaller store has shorter sets with as many heads")
}
