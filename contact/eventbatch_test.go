package contact_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

// An eventStep is one thing that a transaction does to events.
type eventStep struct {
	id     contact.ID
	event  contact.Event
	remove bool // the contact, instead
	clear  bool // all its events are deleted, instead
}

func (s *eventStep) do(tx *contact.Tx) error {
	switch {
	case s.remove:
		return tx.Delete(s.id)
	case s.clear:
		return tx.DeleteEvents(s.id)
	}
	return tx.Record(s.id, s.event)
}

// Events that come in batches, into histories that are large, leave what they leave one
// by one: with texts that are new, with keys that are known, of contacts that the same
// transaction deletes, and beside batches that are refused.
func TestEventsInBatches(t *testing.T) {
	const contacts, least = 400, 9000 // events, to be large
	seed := testflags.Seed(t)
	r := rand.New(rand.NewPCG(seed, 0))
	var stores [2]*contact.Store // by batches, and one by one
	refuse := false
	for i := range stores {
		stores[i] = newStore(t, visits()...)
		insertMany(t, stores[i], contacts, func(int) contact.Values { return nil })
	}
	require.NoError(t, stores[0].Attach("floor", &testFloor{prepare: func(*contact.Commit) error {
		if refuse {
			return errVeto
		}
		return nil
	}}, nil))
	gone := make(map[contact.ID]bool)
	for done := 0; done < least+4000; {
		steps := randomEventSteps(r, contacts, gone)
		if refuse = r.IntN(4) == 0; refuse {
			before := stores[0].View()
			require.ErrorIs(t, stores[0].Update(ctx, func(tx *contact.Tx) error { return doAll(tx, steps) }), errVeto)
			requireSameEvents(t, before, stores[0].View(), contacts)
			continue
		}
		update(t, stores[0], func(tx *contact.Tx) error { return doAll(tx, steps) })
		for i := range steps {
			update(t, stores[1], steps[i].do)
			gone[steps[i].id] = gone[steps[i].id] || steps[i].remove
		}
		done += len(steps)
	}
	require.Greater(t, stores[0].View().EventsOf(handle(t, stores[0], "page.hit")).Len(), least)
	requireSameEvents(t, stores[1].View(), stores[0].View(), contacts)
}

func doAll(tx *contact.Tx, steps []eventStep) error {
	for i := range steps {
		if err := steps[i].do(tx); err != nil {
			return err
		}
	}
	return nil
}

// randomEventSteps are up to some hundred steps about contacts that are not gone. Those
// with an odd id are never deleted, and they alone have keys: a key that was given for a
// contact deleted in the same transaction is free again.
func randomEventSteps(r *rand.Rand, contacts int, gone map[contact.ID]bool) (steps []eventStep) {
	left := make(map[contact.ID]bool)
	for range 1 + r.IntN(300) {
		s := eventStep{id: contact.ID(1 + r.IntN(contacts))}
		if gone[s.id] || left[s.id] {
			continue
		}
		s.event = contact.Event{Type: "page.hit", At: eventTime.Add(time.Duration(r.IntN(1000)) * time.Second)}
		s.event.Attrs = contact.Values{"url": fmt.Sprint("/", r.IntN(1+r.IntN(600)))}
		if r.IntN(3) == 0 {
			s.event.Attrs = contact.Values{"amount": float64(r.IntN(100)), "x": r.IntN(2) == 0}
		}
		switch n := r.IntN(800); {
		case n == 0 && s.id%2 == 0:
			s.remove, left[s.id] = true, true
		case n < 100 && s.id%2 != 0:
			s.event.Key = fmt.Sprint(r.IntN(2000))
		case n == 100:
			s.clear = true
		}
		steps = append(steps, s)
	}
	return steps
}

// requireSameEvents compares what is told of each contact, and who has an event with a text.
func requireSameEvents(t *testing.T, want, got *contact.View, contacts int) {
	t.Helper()
	for id := contact.ID(1); id <= contact.ID(contacts); id++ {
		require.Equal(t, toldEvents(t, want, id, nil), toldEvents(t, got, id, nil), "contact %d", id)
	}
	require.Equal(t, whoHit(want), whoHit(got))
}

// whoHit returns the contacts that have an event with each text.
func whoHit(v *contact.View) map[string][]contact.ID {
	h, _ := v.Schema().EventType("page.hit")
	url, _ := h.Attribute("url")
	e := v.EventsOf(h)
	who := make(map[string][]contact.ID)
	for value, text := range e.Texts(url) {
		q := contact.EventQuery{Window: contact.EverWindow, Tests: []contact.EventTest{e.Test(url, value)}}
		if ids := slices.Collect(e.AtLeast(&q, 1).All()); len(ids) > 0 {
			who[text[0]] = ids
		}
	}
	return who
}
