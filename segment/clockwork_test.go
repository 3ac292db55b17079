package segment_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// While a year passes, no more than twice as many contacts are looked at as enter or leave,
// for each form of a condition.
func TestClockWork(t *testing.T) {
	for _, text := range []string{
		"last_active within the last 30 days", "last_active < -30 days", "signup < -1 month", "signup within the last 3 months", "last_active >= -36 hours",
		"birthday is today", "birthday is in the next 7 days", "birthday <= -65 years", "signup is tomorrow", "last_active within the last 1 year",
		`last_active = -40 days in zone "Europe/Zurich"`,
	} {
		t.Run(text, func(t *testing.T) {
			_, eng, clock := newAdvance(t, 3000, []string{text})
			last := eng.LastChange()
			for range 53 {
				clock.Turn(7 * 24 * time.Hour)
				require.NoError(t, eng.Advance(context.Background()))
			}
			flips, looked := eng.LastChange()-last, eng.Stats().Looked
			t.Logf("%d enter or leave, %d are looked at", flips, looked)
			require.Greater(t, flips, uint64(20))
			require.LessOrEqual(t, looked, 2*flips)
			require.NoError(t, eng.Verify(context.Background()))
		})
	}
}

// Values that change all the time, and so leave their entries behind, are not looked at
// more and more often.
func TestClockWorkOfChanges(t *testing.T) {
	w := newWatch(t, &segment.Options{NoBackground: true})
	w.create("recent", "at within the last 1 hour")
	w.insert(1, contact.Values{"at": noon})
	for i := range 100_000 {
		if i%10 == 0 {
			w.clock.Turn(time.Second)
		}
		w.set(1, contact.Values{"at": w.clock.Now()})
	}
	require.Equal(t, uint64(1), w.eng.LastChange())
	require.Less(t, w.eng.Stats().Looked, uint64(100_000), "what is stale is looked at once")
	w.clock.Turn(time.Hour)
	w.advance()
	require.Equal(t, uint64(2), w.eng.LastChange())
}

// Equal limits of many segments are one.
func TestLimitsAreShared(t *testing.T) {
	w := newWatch(t, nil)
	require.Zero(t, w.eng.Stats().Limits)
	for i := range 20 {
		w.create(fmt.Sprint("s", i), fmt.Sprintf("at < -30 days and (yes = %v or at < -1 hour)", i%2 == 0))
	}
	require.Equal(t, 2, w.eng.Stats().Limits)
	require.Zero(t, w.eng.Stats().Next)
	w.insert(1, contact.Values{"at": noon})
	require.Equal(t, noon.Add(time.Hour+time.Millisecond), w.eng.Stats().Next)
}

// The feed, replayed from its beginning, gives the members that are stored, at every
// moment; readers and writers go on while the clock runs in the background.
func TestFeedReplay(t *testing.T) {
	seed := testflags.Seed(t)
	clock := contacttest.NewClock(noon)
	store, err := contact.Open(t.TempDir(), contact.MustSchema(eventParts()...), &contact.Options{Clock: clock})
	require.NoError(t, err)
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	ctx := context.Background()
	for i, text := range slices.Concat(relativeForms, windowForms) {
		_, err := eng.Create(ctx, segment.Definition{Handle: fmt.Sprint("s", i), Name: text, Filter: filter.MustParse(text)})
		require.NoError(t, err)
	}
	_, err = eng.Create(ctx, segment.Definition{Handle: "both", Name: "both", Filter: filter.MustParse("in segment s6 and yes = true or company.founded is today")})
	require.NoError(t, err)
	var group sync.WaitGroup
	done := make(chan struct{})
	for n := range uint64(2) {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(seed, n))
			for range 150 {
				require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error {
					at := clock.Now().Add(time.Duration(rng.Int64N(int64(100*time.Hour))) - 50*time.Hour)
					id, err := tx.Upsert(contact.Values{"email": fmt.Sprint(rng.IntN(30)), "at": at, "on": contact.DayIn(at), "yes": rng.IntN(2) == 0})
					if err != nil {
						return err
					}
					return tx.Record(id, stored(randomEvent(rng, at)))
				}))
			}
		})
	}
	var readers sync.WaitGroup
	readers.Go(func() {
		last := time.Time{}
		for {
			select {
			case <-done:
				return
			default:
			}
			now := eng.Now()
			require.False(t, now.Before(last), "Now goes back from %v to %v", last, now)
			last = now
			require.NoError(t, eng.Verify(ctx))
			_, err := eng.Explain(ctx, "both", 1, &segment.ExplainOptions{Segments: true})
			require.NoError(t, err)
		}
	})
	rng := rand.New(rand.NewPCG(seed, 9))
	for range 60 {
		clock.Turn(time.Duration(rng.Int64N(int64(10 * time.Hour))))
		time.Sleep(time.Millisecond)
	}
	group.Wait()
	require.NoError(t, eng.Advance(ctx))
	close(done)
	readers.Wait()
	requireReplayed(t, eng)
	require.NoError(t, eng.Verify(ctx))
	require.NoError(t, store.Close())
	clock.Turn(1000 * time.Hour)
}

// requireReplayed replays the feed.
func requireReplayed(t *testing.T, eng *segment.Engine) {
	t.Helper()
	members, last := map[string]ids{}, time.Time{}
	for c, err := range eng.Changes(1) {
		require.NoError(t, err)
		require.False(t, c.Time.Before(last))
		last = c.Time
		if members[c.Segment] == nil {
			members[c.Segment] = ids{}
		}
		require.Equal(t, c.Kind == segment.Leave, members[c.Segment][c.Contact], "%v", c)
		members[c.Segment].put(c.Contact, c.Kind == segment.Enter)
	}
	for _, s := range eng.List() {
		got, err := eng.Members(s.Handle)
		require.NoError(t, err)
		require.True(t, got.Equal(members[s.Handle].set()), s.Handle)
	}
}

// What fell due while a store was closed is in the feed when it is opened, in order, each at
// its own time and by the clock; so it is with every filter asked anew.
func TestDueWhileClosed(t *testing.T) {
	for _, recheck := range []bool{false, true} {
		t.Run(fmt.Sprint("recheck ", recheck), func(t *testing.T) {
			dir, clock := t.TempDir(), contacttest.NewClock(noon)
			open := func(schema *contact.Schema) *watch {
				store, err := contact.Open(dir, schema, &contact.Options{Clock: clock})
				require.NoError(t, err)
				eng, err := segment.New(store, &segment.Options{NoBackground: true, Recheck: recheck})
				require.NoError(t, err)
				return &watch{&desk{t, context.Background(), store, eng}, clock}
			}
			w := open(contact.MustSchema(timeParts()...))
			w.create("recent", "at within the last 1 hour")
			w.create("birthday", `on is today in zone "Europe/Zurich"`)
			w.create("both", "in segment recent and in segment birthday")
			w.insert(1, contact.Values{"at": noon, "on": contact.DayOf(2000, 11, 26)})
			w.insert(1, contact.Values{"at": noon.Add(11*time.Hour + 30*time.Minute), "on": contact.DayOf(2000, 11, 26)})
			w.clock.Turn(30 * time.Minute)
			w.advance() // of which nothing is stored
			last := w.eng.LastChange()
			require.NoError(t, w.store.Close())
			clock.Turn(36 * time.Hour)
			w = open(contact.MustSchema(append(timeParts(), contact.Number("more"))...)) // with a commit before the engine is there
			require.Equal(t, []string{
				"2026-11-25T13:00:00.000 1 leave recent (clock)",
				"2026-11-25T23:00:00.000 1 enter birthday (clock)",
				"2026-11-25T23:00:00.000 2 enter birthday (clock)",
				"2026-11-25T23:30:00.000 2 enter recent (clock)",
				"2026-11-25T23:30:00.000 2 enter both (segment)",
				"2026-11-26T00:30:00.000 2 leave recent (clock)",
				"2026-11-26T00:30:00.000 2 leave both (segment)",
				"2026-11-26T23:00:00.000 1 leave birthday (clock)",
				"2026-11-26T23:00:00.000 2 leave birthday (clock)",
			}, w.timed(last+1))
			require.Equal(t, clock.Now(), w.eng.Now())
			require.NoError(t, w.eng.Verify(w.ctx))
			requireReplayed(t, w.eng)
			require.NoError(t, w.store.Close())
		})
	}
}
