package segment_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// While a year passes, no more contacts are looked at than events come in and fall out,
// for each form of a window, and in an hour in which none does, nobody.
func TestClockWorkOfEvents(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 13))
	for _, c := range []struct {
		text   string
		passes int // by each event, at most
	}{
		{"did hit", 1}, {"did hit in the last 30 days", 2}, {"did not do hit in the last 36 hours", 2}, {"did hit at least 2 times in the last 3 months", 4}, {"did hit since this month", 2},
		{"did hit before -10 days", 2}, {`last hit in the last 2 weeks in zone "Europe/Zurich"`, 2}, {"did hit in the last 5 days in zone of zone", 2}, {"did hit on today", 3}, {"sum of amount of hit in the last 90 days > 5", 2},
		{`did hit where (url = "a") in the last 30 days`, 2},
	} {
		t.Run(c.text, func(t *testing.T) {
			w := newActors(t, noon, &segment.Options{NoBackground: true})
			w.insert(1000, contact.Values{"zone": "Asia/Tokyo"})
			const events = 3000
			for i := range 3 {
				w.update(func(tx *contact.Tx) error {
					for range events / 3 {
						at := noon.Add(time.Duration(rng.Int64N(int64(500*24*time.Hour))) - 200*24*time.Hour)
						ev := contact.Event{Type: "hit", At: at, Attrs: contact.Values{"url": []string{"a", "b", "c"}[rng.IntN(3)], "amount": rng.IntN(5)}}
						if err := tx.Record(contact.ID(1+rng.IntN(1000)), ev); err != nil {
							return err
						}
					}
					return nil
				})
				if i == 0 { // the others come while the segment is there
					w.create("s", c.text)
				}
			}
			first := w.eng.LastChange()
			for range 53 {
				w.clock.Turn(7 * 24 * time.Hour)
				w.advance()
			}
			flips, looked := w.eng.LastChange()-first, w.eng.Stats().Looked
			t.Logf("%d enter or leave, %d are looked at", flips, looked)
			require.Greater(t, flips, uint64(20))
			require.LessOrEqual(t, looked, uint64(events*c.passes))
			require.NoError(t, w.eng.Verify(w.ctx))
			w.clock.Turn(1000 * 24 * time.Hour)
			w.advance()
			looked = w.eng.Stats().Looked
			for range 100 {
				w.clock.Turn(time.Hour)
				w.advance()
			}
			require.Equal(t, looked, w.eng.Stats().Looked)
		})
	}
}

// Events that are recorded all the time, and leave the window later than anybody looks
// ahead, are not kept by the clock, nor looked at twice.
func TestClockWorkOfManyEvents(t *testing.T) {
	w := newActors(t, noon, &segment.Options{NoBackground: true})
	w.create("recent", "did hit in the last 1 hour")
	w.insert(50, nil)
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 14))
	const events = 20_000
	for range events / 20 {
		w.clock.Turn(time.Second)
		w.update(func(tx *contact.Tx) error {
			for range 20 {
				if err := tx.Record(contact.ID(1+rng.IntN(50)), hit(w.clock.Now(), "")); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.Less(t, segment.EntriesAhead(w.eng), 10_000)
	w.clock.Turn(2 * time.Hour)
	w.advance()
	require.Empty(t, w.members("recent"))
	require.LessOrEqual(t, w.eng.Stats().Looked, uint64(events))
	require.NoError(t, w.eng.Verify(w.ctx))
}

// What fell due while a store was closed, events of types that the program does not know
// any more included, comes when it is opened.
func TestEventsDueWhileClosed(t *testing.T) {
	dir, clock := t.TempDir(), contacttest.NewClock(noon)
	open := func(schema *contact.Schema) *watch {
		store, err := contact.Open(dir, schema, &contact.Options{Clock: clock})
		require.NoError(t, err)
		eng, err := segment.New(store, &segment.Options{NoBackground: true})
		require.NoError(t, err)
		return &watch{&desk{t, context.Background(), store, eng}, clock}
	}
	w := open(contact.MustSchema(eventParts()...))
	w.create("recent", `did hit where (url = "a") in the last 1 hour`)
	w.create("mailed", "did mail where (campaign = 17)")
	w.create("both", "in segment recent and in segment mailed")
	w.insert(2, nil)
	w.record(1, hit(noon, "a"), contact.Event{Type: "mail", At: noon.Add(30 * time.Minute), Attrs: contact.Values{"campaign": 17}})
	w.record(2, hit(noon.Add(40*time.Minute), "A"), hit(noon.Add(50*time.Minute), "b"))
	last := w.eng.LastChange()
	require.NoError(t, w.store.Close())
	clock.Turn(45 * time.Minute)
	w = open(contact.MustSchema(timeParts()...))
	clock.Turn(10 * time.Hour)
	w.advance()
	w.update(func(tx *contact.Tx) error { return tx.DeleteEvents(1) })
	require.Equal(t, []string{
		"2026-11-25T12:30:00.000 1 enter mailed (clock)",
		"2026-11-25T12:30:00.000 1 enter both (segment)",
		"2026-11-25T12:40:00.000 2 enter recent (clock)",
		"2026-11-25T13:00:00.000 1 leave recent (clock)",
		"2026-11-25T13:00:00.000 1 leave both (segment)",
		"2026-11-25T13:40:00.000 2 leave recent (clock)",
		"2026-11-25T22:45:00.000 1 leave mailed (event)",
	}, w.timed(last+1))
	require.NoError(t, w.eng.Verify(w.ctx))
	require.NoError(t, segment.CheckFinder(w.eng))
	requireReplayed(t, w.eng)
	require.NoError(t, w.store.Close())
}

// A commit with very many events runs the filters that read them forward, and one that
// forgets everything too: the members are the same.
func TestEventsInBulk(t *testing.T) {
	w := newActors(t, noon, &segment.Options{NoBackground: true})
	for i := range 20 {
		w.create(fmt.Sprint("s", i), windowForms[i])
	}
	w.create("fields", `zone = "x" and yes = true`)
	w.insert(3000, contact.Values{"zone": "x"})
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 15))
	for range 2 {
		visited := segment.FinderStats(w.eng).Visited
		w.update(func(tx *contact.Tx) error {
			for id := range contact.ID(3000) {
				if err := tx.Record(id+1, stored(randomEvent(rng, noon)), stored(randomEvent(rng, noon))); err != nil {
					return err
				}
			}
			return tx.Set(5, contact.Values{"yes": true})
		})
		require.Less(t, segment.FinderStats(w.eng).Visited-visited, uint64(3000*20))
		require.NoError(t, w.eng.Verify(w.ctx))
		require.Equal(t, []contact.ID{5}, w.members("fields"))
	}
	w.update(func(tx *contact.Tx) error { return tx.ForgetEvents(noon.AddDate(1, 0, 0)) })
	require.NoError(t, w.eng.Verify(w.ctx))
	require.Len(t, w.members("s1"), 3000, "who never did it")
}

// Sessions, which the store makes of other events, move contacts like these: when one grows
// or two become one, when it is its time, and when the store makes them by another rule.
func TestSessionsMoveAtRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 16))
	clock := contacttest.NewClock(noon)
	store, err := contact.New(contact.MustSchema(append(eventParts(), contact.Sessions("session", 30*time.Minute, "hit", "buy"))...), &contact.Options{Clock: clock})
	require.NoError(t, err)
	eng, err := segment.New(store, &segment.Options{NoBackground: true})
	require.NoError(t, err)
	w := &watch{&desk{t, context.Background(), store, eng}, clock}
	for i, text := range []string{
		"did session where (events = 1)", "did session where (events in (2, 3)) in the last 2 hours", "did session where (duration > 600)", "did session exactly 2 times in the last 1 day",
		"max of events of session >= 4", "never did session", "last session before -1 hour", "duration of last session = 0", "did session then buy within 20 minutes",
	} {
		w.create(fmt.Sprint("s", i), text)
	}
	w.insert(10, nil)
	for i := range testflags.Cases(120) {
		if i == 60 {
			w.update(func(tx *contact.Tx) error {
				return tx.Schema().Add(contact.Sessions("session", 10*time.Minute, "hit", "buy"))
			})
		}
		w.update(func(tx *contact.Tx) error {
			id := contact.ID(1 + rng.IntN(10))
			if rng.IntN(5) == 0 {
				return tx.DeleteEvents(id, []string{"hit", "buy"}[rng.IntN(2)])
			}
			at := w.clock.Now().Add(time.Duration(rng.IntN(300)-200) * time.Minute)
			return tx.Record(id, contact.Event{Type: []string{"hit", "buy", "mail"}[rng.IntN(3)], At: at})
		})
		require.NoError(t, w.eng.Verify(w.ctx), "step %d", i)
		w.clock.Turn(time.Duration(rng.IntN(60)) * time.Minute)
		w.advance()
		require.NoError(t, w.eng.Verify(w.ctx), "step %d", i)
	}
	requireReplayed(t, w.eng)
	require.NoError(t, store.Close())
}

// Nobody is looked at for whom an event that comes, or leaves a window, can only make the
// answer what it is already.
func TestClockWorkOfWhoIsSo(t *testing.T) {
	for _, c := range []struct {
		text          string
		going, coming int // contacts looked at because of events that leave, and of those that come
	}{
		{`did hit in the last 30 days`, 20, 20},
		{`did hit in the last 30 days and yes = true`, 0, 0},
		{`did hit in the last 30 days and yes = false`, 20, 20},
		{`did hit where (url = "a") in the last 30 days and yes = true`, 0, 0},
		{`did hit where (url = "a") at least 2 times in the last 30 days`, 0, 10},
		{`did hit at most 99 times in the last 30 days`, 0, 20},
		{`did hit at most 99 times in the last 30 days and yes = true`, 0, 0},
		{`did not do hit in the last 30 days`, 20, 20},
		{`did not do hit in the last 30 days and yes = true`, 0, 0},
		{`did not do hit where (url = "a") in the last 30 days and yes = true`, 0, 0},
		{`never did hit`, 0, 0},
		{`did hit at least 50 times or not (did hit at most 99 times in the last 30 days) and yes = true`, 0, 20},
		{`did hit exactly 50 times in the last 30 days`, 20, 20},
		{`did hit exactly 50 times in the last 30 days and yes = true`, 0, 0},
		{`sum of amount of hit in the last 30 days > 1000`, 20, 20},
	} {
		w := newActors(t, noon, &segment.Options{NoBackground: true})
		w.create("s", c.text)
		w.insert(20, contact.Values{"yes": false})
		looked := func(at time.Time, until time.Time) int {
			for id := range contact.ID(20) {
				w.record(id+1, hit(at.Add(time.Duration(id)*time.Minute), []string{"a", "b"}[id%2]))
			}
			first := w.eng.Stats().Looked
			w.turn(until)
			w.advance()
			require.NoError(t, w.eng.Verify(w.ctx))
			return int(w.eng.Stats().Looked - first)
		}
		require.Equal(t, c.going, looked(noon.AddDate(0, 0, -1), noon.AddDate(0, 0, 40)), "%s: leaving", c.text)
		require.Equal(t, c.coming, looked(noon.AddDate(0, 0, 50), noon.AddDate(0, 0, 60)), "%s: coming", c.text)
	}
}

// What the filter says of those who were put in or taken out by hand goes on with the time.
func TestHandsWhileEventsPass(t *testing.T) {
	w := newActors(t, noon, &segment.Options{NoBackground: true})
	w.create("s", "did hit in the last 1 hour")
	w.insert(2, nil)
	w.record(1, hit(noon, ""))
	w.record(2, hit(noon.Add(3*time.Hour), ""))
	w.do("remove")
	_, err := w.eng.Add(w.ctx, "s", 2)
	require.NoError(t, err)
	w.turn(noon.Add(2 * time.Hour))
	require.NoError(t, w.eng.Verify(w.ctx))
	w.do("reset")
	require.Equal(t, []contact.ID{2}, w.members("s"))
	w.turn(noon.Add(3*time.Hour + time.Minute))
	require.NoError(t, w.eng.Verify(w.ctx))
	e, err := w.eng.Reset(w.ctx, "s", 2)
	require.NoError(t, err)
	require.Equal(t, segment.Effect{Segment: "s", Marked: 1}, e)
	require.Equal(t, []contact.ID{2}, w.members("s"))
	w.turn(noon.Add(5 * time.Hour))
	require.Empty(t, w.members("s"))
}
