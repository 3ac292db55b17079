package segment_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

var sessionPart = contact.Sessions("session", 30*time.Minute, "hit", "buy")

// A commit that joins or parts sessions moves the contact; so does the clock when the
// first event of one has come.
func TestSessionsMove(t *testing.T) {
	w := newActors(t, noon, &segment.Options{NoBackground: true})
	w.insert(1, nil)
	w.update(func(tx *contact.Tx) error { return tx.Schema().Add(sessionPart) })
	w.create("often", `did session at least 2 times in the last 1 day`)
	w.create("long", `duration of last session > 600`)
	minutes := func(m int) time.Time { return noon.Add(time.Duration(m) * time.Minute) }
	w.record(1, hit(minutes(-100), ""))
	w.record(1, hit(minutes(-40), ""))                                             // enters often
	w.record(1, contact.Event{Type: "buy", At: minutes(-70)})                      // one session of an hour
	w.update(func(tx *contact.Tx) error { return tx.DeleteEvents(1, "buy") })      // two again
	w.record(1, hit(minutes(5), ""), hit(minutes(25), ""), hit(minutes(1435), "")) // to come
	w.turn(minutes(5))                                                             // as long as it will be: a session is told with its first event
	w.turn(minutes(1440))
	w.update(func(tx *contact.Tx) error { return tx.ForgetEvents(minutes(1440), "hit") })
	require.NoError(t, w.eng.Verify(w.ctx))
	require.Equal(t, []string{
		"2026-11-25T12:00:00.000 1 enter often (event)",
		"2026-11-25T12:00:00.000 1 leave often (event)",
		"2026-11-25T12:00:00.000 1 enter long (event)",
		"2026-11-25T12:00:00.000 1 enter often (event)",
		"2026-11-25T12:00:00.000 1 leave long (event)",
		"2026-11-25T12:05:00.000 1 enter long (clock)",
		"2026-11-26T11:20:00.000 1 leave often (clock)", // one is a day old
		"2026-11-26T11:55:00.000 1 enter often (clock)", // the last one has come
		"2026-11-26T11:55:00.000 1 leave long (clock)",
		"2026-11-26T12:00:00.000 1 leave often (event)",
	}, w.timed(1))
}

// Segments of sessions have whom the oracle says, whatever comes and goes, and again when
// the store is opened.
func TestSessionsInSegments(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 11))
	terms := []string{
		"did session at least 3 times in the last 30 days", "duration of last session > 600", "sum of events of session >= 10", "first session in the last 2 days", "never did session",
		"did session where (events > 2) at least 2 times", "events of first session = 1", "did session then session within 2 hours without mail", "average of duration of session in the last 3 days < 60",
		"did session on at least 3 different days",
	}
	dir := t.TempDir()
	clock := contacttest.NewClock(noon)
	open := func(schema *contact.Schema) (*contact.Store, *segment.Engine) {
		store, err := contact.Open(dir, schema, &contact.Options{Clock: clock})
		require.NoError(t, err)
		eng, err := segment.New(store, &segment.Options{NoBackground: true})
		require.NoError(t, err)
		return store, eng
	}
	store, eng := open(contact.MustSchema(hitPart, buyPart, mailPart, sessionPart))
	for i, text := range terms {
		_, err := eng.Create(context.Background(), definition(fmt.Sprint("s", i), text))
		require.NoError(t, err)
	}
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
		for range 5 {
			if _, err := tx.Insert(nil); err != nil {
				return err
			}
		}
		return nil
	}))
	for step := range testflags.Steps(60) {
		require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
			if rng.IntN(8) == 0 {
				gap := time.Duration(1+rng.IntN(90)) * time.Minute
				require.NoError(t, tx.Schema().Add(contact.Sessions("session", gap, "buy", []string{"hit", "mail"}[rng.IntN(2)])))
			}
			return visit(tx, rng, clock.Now())
		}))
		if rng.IntN(2) == 0 {
			clock.Set(clock.Now().Add(time.Duration(rng.IntN(600)) * time.Minute))
			require.NoError(t, eng.Advance(context.Background()))
		}
		if step%20 == 19 {
			require.NoError(t, store.Close())
			store, eng = open(nil)
		}
		for i, text := range terms {
			for id := contact.ID(1); id <= 5; id++ {
				in, err := eng.Contains(fmt.Sprint("s", i), id)
				require.NoError(t, err)
				want := filtertest.MatchDid(filtertest.Setting{Now: eng.Now()}, contact.MustSchema(), nil, filtertest.Belongs{}, history(t, store.View(), id), filter.MustParse(text), nil)
				require.Equal(t, want, in, "step %d, contact %d: %s", step, id, text)
			}
		}
	}
	require.NoError(t, eng.Verify(context.Background()))
	require.NoError(t, store.Close())
}

// visit does something to what contacts did, mostly within some hours.
func visit(tx *contact.Tx, rng *rand.Rand, now time.Time) error {
	var errs []error
	for range 1 + rng.IntN(5) {
		id := contact.ID(1 + rng.IntN(5))
		switch rng.IntN(16) {
		case 0:
			errs = append(errs, tx.DeleteEvents(id, []string{"hit", "buy"}[rng.IntN(2)]))
		case 1:
			errs = append(errs, tx.ForgetEvents(now.AddDate(0, 0, -1-rng.IntN(40))))
		default:
			at := now.Add(time.Duration(rng.IntN(4*1440)-3*1440) * time.Minute / time.Duration(1+rng.IntN(9)))
			errs = append(errs, tx.Record(id, contact.Event{Type: []string{"hit", "buy", "mail"}[rng.IntN(3)], At: at}))
		}
	}
	return errors.Join(errs...)
}

// history returns what a contact did, as the oracle takes it.
func history(t *testing.T, v *contact.View, id contact.ID) filtertest.History {
	h := filtertest.History{Types: attributesOf(v.Schema())}
	events, err := v.Events(id, nil)
	require.NoError(t, err)
	for _, ev := range events {
		h.Events = append(h.Events, filtertest.Event{Type: ev.Type, At: ev.At, Attrs: filtertest.Contact(ev.Attrs)})
	}
	return h
}
