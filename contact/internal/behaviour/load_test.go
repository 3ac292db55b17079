package behaviour_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/internal/testflags"
)

// copied returns all events of a history.
func copied(h *behaviour.History) (m model) {
	for ev := range h.All() {
		c := *ev
		c.Values = slices.Clone(ev.Values)
		m = append(m, c)
	}
	return m
}

func pointers(m model) func(yield func(*behaviour.Event) bool) {
	return func(yield func(*behaviour.Event) bool) {
		for i := range m {
			if !yield(&m[i]) {
				return
			}
		}
	}
}

// What All tells is what there is, and loaded again it answers and changes like before.
func TestLoad(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	for _, n := range []int{0, 1, 300, 4000} {
		w := newWriter()
		var m model
		for range n {
			ev := randomEvent(r, m)
			ev.ID = w.insert(ev)
			m = append(m, ev)
		}
		slices.SortFunc(m, byID)
		require.Equal(t, m, copied(w.h))
		again := newWriter()
		require.NoError(t, again.open().Load(&again.e, pointers(m)))
		check(t, r, again.h, m, 5)
		require.Less(t, again.h.Bytes(), w.h.Bytes()*6/5+1000)
		view := again.view()
		for range 5 {
			m = transaction(t, r, again, m, 200)
		}
		check(t, r, again.h, m, 5)
		require.Equal(t, copied(w.h), copied(view))
		for range w.h.All() {
			break
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	at := func(contact uint32, time int64, tie uint32) behaviour.Event {
		return behaviour.Event{ID: behaviour.ID{Contact: contact, Time: time, Tie: tie}}
	}
	for _, c := range []struct {
		list []behaviour.Event
		want string
	}{
		{[]behaviour.Event{at(1, 5, 0), at(1, 5, 0)}, "behaviour: loading event 2: contact 1, time 5, tie 0 is not above the one before it"},
		{[]behaviour.Event{at(1, 5, 1), at(1, 5, 0)}, "behaviour: loading event 2: contact 1, time 5, tie 0 is not above the one before it"},
		{[]behaviour.Event{at(1, 5, 0), at(2, -5, 0), at(2, -6, 0)}, "behaviour: loading event 3: contact 2, time -6, tie 0 is not above the one before it"},
		{[]behaviour.Event{at(2, 5, 0), at(1, 5, 0)}, "behaviour: loading event 2: contact 1, time 5, tie 0 is not above the one before it"},
		{[]behaviour.Event{at(1, -5, 0), at(1, 5, 0), at(1, 5, 7)}, ""},
	} {
		w := newWriter()
		err := w.open().Load(&w.e, pointers(c.list))
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		require.EqualError(t, err, c.want)
	}
	w := newWriter()
	w.insert(at(1, 1, 0))
	require.EqualError(t, w.open().Load(&w.e, pointers(nil)), "behaviour: loading into a history of 1 events; it must be empty")
}

// Of tells the events of some contacts.
func TestOf(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	w := newWriter()
	var m model
	for range 3000 {
		ev := randomEvent(r, m)
		ev.ID = w.insert(ev)
		m = append(m, ev)
	}
	slices.SortFunc(m, byID)
	for range 50 {
		from, to := m[r.IntN(len(m))].Contact, m[r.IntN(len(m))].Contact+uint32(r.IntN(2))
		var want, got []behaviour.ID
		for _, ev := range m {
			if from <= ev.Contact && ev.Contact <= to {
				want = append(want, ev.ID)
			}
		}
		for ev := range w.h.Of(from, to) {
			got = append(got, ev.ID)
		}
		require.Equal(t, want, got)
	}
}

// An attribute whose declaration is taken back leaves nothing, and another one can take
// its place.
func TestUndeclare(t *testing.T) {
	w := newWriter()
	h := w.open()
	n := h.Attributes()
	kept := w.insert(behaviour.Event{ID: behaviour.ID{Contact: 1, Time: 1}})
	h.Declare(behaviour.Attribute{})
	values := make([]behaviour.Value, n+1)
	values[n] = behaviour.Number(1e9)
	gone := w.insert(behaviour.Event{ID: behaviour.ID{Contact: 1, Time: 2}, Values: values})
	_, ok := h.Delete(&w.e, gone)
	require.True(t, ok)
	h.Undeclare(n)
	w.insert(behaviour.Event{ID: behaviour.ID{Contact: 1, Time: 3}})
	ev, _ := h.Get(kept)
	require.Len(t, ev.Values, n)
	h.Declare(behaviour.Attribute{Fold: strings.ToLower, Indexed: true})
	ev, _ = h.Get(kept)
	require.Zero(t, ev.Values[n])
	values[n] = h.AddText(&w.e, n, "a")
	again := w.insert(behaviour.Event{ID: behaviour.ID{Contact: 2, Time: 2}, Values: values})
	ev, _ = h.Get(again)
	require.Equal(t, values[n], ev.Values[n])
	require.NoError(t, h.Check())
}
