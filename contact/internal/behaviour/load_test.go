package behaviour_test

import (
	"math/rand/v2"
	"slices"
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
