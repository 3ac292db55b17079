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
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// eventForms are filters that read the events of a type, or of these the ones with some
// values, alone and beside what decides where they are filed.
var eventForms = []string{
	"did mail where (campaign = 16)", "never did mail where (campaign in (17, 18))", "did mail where (campaign = 17 or campaign = 18) at least 2 times", "did mail", "did hit where (url = \"A\" and not again = true)",
	"did hit where (code = \"A\")", "did hit where (again = true)", "did hit where (again = false) then mail where (campaign = 17)", "did buy then hit where (url = \"b\") without mail where (campaign = 16)",
	"did hit where (url = \"a\") on at least 2 different days", "url of last hit where (code = \"a\") = \"b\"", "sum of amount of hit where (url in (\"a\", \"b\")) > 1", "did buy where (amount = 2)", "count of amount of buy = 0",
	"last mail where (campaign = 18) before now", "did mail where (campaign = 16) exactly 1 time", "did hit then hit where (url = \"a\") within 2 days", "did hit where (amount >= 1)",
}

// The finder finds every segment whose answer an event turns, and hardly others: filters by
// the values that they demand of events, with and without a key, in buckets of any size.
func TestFinderOfEvents(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 11))
	flips, more := 0, 0
	for _, plain := range []int{0, 3, 48} {
		w := newActors(t, noon, &segment.Options{NoBackground: true})
		found := map[pair]bool{}
		segment.WatchFinder(w.eng, plain, func(id segment.ID, who contact.ID) {
			require.False(t, found[pair{id, who}], "found twice")
			found[pair{id, who}] = true
		})
		for i := range 120 {
			text := eventForms[i%len(eventForms)]
			switch rng.IntN(3) {
			case 0:
				text += fmt.Sprintf(" and zone = \"z%d\"", rng.IntN(4))
			case 1:
				text = fmt.Sprintf("zone in (\"z1\", \"z%d\") and (%s or %s)", rng.IntN(4), text, eventForms[rng.IntN(len(eventForms))])
			}
			w.create(fmt.Sprint("s", i), text)
		}
		for id := range contact.ID(8) {
			w.insert(1, contact.Values{"zone": fmt.Sprint("z", id%5)})
		}
		for range testflags.Cases(150) {
			before := w.store.View()
			clear(found)
			changed := map[contact.ID]bool{}
			w.update(func(tx *contact.Tx) error {
				for range 1 + rng.IntN(3) {
					id := contact.ID(1 + rng.IntN(8))
					changed[id] = true
					switch rng.IntN(6) {
					case 0:
						require.NoError(t, tx.DeleteEvents(id, []string{"hit", "mail", "buy"}[rng.IntN(3)]))
						continue
					case 1:
						require.NoError(t, tx.Set(id, contact.Values{"zone": fmt.Sprint("z", rng.IntN(5))}))
					}
					require.NoError(t, tx.Record(id, stored(randomEvent(rng, noon.AddDate(0, -1, 0)))))
				}
				return nil
			})
			after := w.store.View()
			for _, s := range w.eng.List() {
				was, _ := segment.At(before).Members(s.Handle)
				now, _ := segment.At(after).Members(s.Handle)
				p := compiled(t, s, after.Schema()).At(noon)
				for id := range changed {
					require.Equal(t, p.Match(after, id), now.Contains(id), "%s of %d", s.Filter, id)
					if p.Match(after, id) != was.Contains(id) {
						flips++
						require.True(t, found[pair{s.ID, id}], "%s of %d", s.Filter, id)
						delete(found, pair{s.ID, id})
					}
				}
			}
			more += len(found)
		}
		require.NoError(t, segment.CheckFinder(w.eng))
		for i := range 120 {
			_, err := w.eng.Delete(w.ctx, fmt.Sprint("s", i))
			require.NoError(t, err)
		}
		require.NoError(t, segment.CheckFinder(w.eng))
		stats := segment.FinderStats(w.eng)
		require.Zero(t, stats.Segments+stats.Places+stats.Buckets)
	}
	t.Logf("%d flips, and %d found beside them", flips, more)
	require.Less(t, more, flips/5)
}

// One event of a thousand campaigns is looked at by the segment of its own, whatever else
// that asks.
func TestFinderOfEventsIsSelective(t *testing.T) {
	clock := contacttest.NewClock(noon)
	store, err := contact.New(contact.MustSchema(eventParts()...), &contact.Options{Clock: clock})
	require.NoError(t, err)
	eng, err := segment.New(store, &segment.Options{NoBackground: true})
	require.NoError(t, err)
	w := &watch{&desk{t, context.Background(), store, eng}, clock}
	const campaigns = 1000
	w.update(func(tx *contact.Tx) error {
		for i := range campaigns {
			text := fmt.Sprintf("did mail where (campaign = %d) in the last 30 days", i)
			switch i % 3 {
			case 1:
				text += fmt.Sprintf(" and zone = \"z%d\"", i%10)
			case 2:
				text += " and yes is empty"
			}
			if _, err := eng.In(tx).Create(definition(fmt.Sprint("s", i), text)); err != nil {
				return err
			}
		}
		return nil
	})
	for id := range 100 {
		w.insert(1, contact.Values{"zone": fmt.Sprint("z", id%10)})
	}
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 12))
	was, first := segment.FinderStats(eng), eng.LastChange()
	const events = 2000
	for range events {
		w.record(contact.ID(1+rng.IntN(100)), contact.Event{Type: "mail", At: noon.Add(time.Duration(-rng.IntN(1000)) * time.Hour), Attrs: contact.Values{"campaign": rng.IntN(campaigns)}})
	}
	stats, flips := segment.FinderStats(eng), eng.LastChange()-first
	t.Logf("%d events, %d groups looked at, %d flips", events, stats.Visited-was.Visited, flips)
	require.Greater(t, flips, uint64(events/3))
	require.LessOrEqual(t, stats.Visited-was.Visited, uint64(events))
	require.Equal(t, flips, stats.Found-was.Found)

	// What falls out of the windows is looked at by the segment of its campaign, too.
	flips, looked := eng.LastChange(), eng.Stats().Looked
	for range 31 * 24 {
		clock.Turn(time.Hour)
		w.advance()
	}
	require.Greater(t, eng.LastChange()-flips, uint64(events/3))
	require.LessOrEqual(t, eng.Stats().Looked-looked, uint64(events), "%d leave", eng.LastChange()-flips)
	require.NoError(t, eng.Verify(w.ctx))
	require.NoError(t, store.Close())
}

// compiled compiles the filter of a segment.
func compiled(t *testing.T, s segment.Segment, schema *contact.Schema) *filter.Program {
	t.Helper()
	p, err := filter.Compile(s.Filter, schema, &filter.CompileOptions{Segments: anyRef{}})
	require.NoError(t, err)
	return p
}

// What a filter says of attributes of events is nothing about fields of the same name.
func TestAttributesAreNoFields(t *testing.T) {
	schema := contact.MustSchema(contact.Select("plan", "free", "pro"), contact.Number("amount"), contact.EventType("buy", contact.Number("amount"), contact.Text("plan")))
	store, err := contact.New(schema, nil)
	require.NoError(t, err)
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	d := &desk{t, context.Background(), store, eng}
	d.create("s", `did buy where (plan = "pro" and amount > 2) then buy where (plan = "free")`)
	stats, err := eng.SegmentStats("s")
	require.NoError(t, err)
	require.Equal(t, 1, stats.Conditions)
	require.Equal(t, 1, stats.Limits)
	d.create("t", `did buy or plan = "free" or sum of amount of buy > 3`)
	stats, err = eng.SegmentStats("t")
	require.NoError(t, err)
	require.Equal(t, 3, stats.Conditions)
	d.update(func(tx *contact.Tx) error {
		if err := tx.Schema().RemoveOption("plan", "pro"); err != nil {
			return err
		}
		return tx.Schema().Drop("amount")
	})
	var used *contact.OptionInUseError
	require.ErrorAs(t, store.Update(d.ctx, func(tx *contact.Tx) error { return tx.Schema().RemoveOption("plan", "free") }), &used)
	require.Equal(t, []string{`segment "t"`}, used.Users)
	require.NoError(t, store.Close())
}
