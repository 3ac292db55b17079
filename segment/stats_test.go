package segment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/segment"
)

func (d *desk) stats(handle string) segment.SegmentStats {
	d.Helper()
	s, err := d.eng.SegmentStats(handle)
	require.NoError(d, err)
	s.IndexBytes, s.Next, s.Last, s.Upkeep = 0, time.Time{}, segment.SegmentMove{}, segment.SegmentUpkeep{} // a test of their own
	return s
}

// What a segment costs beside its definition, and when it moved and will.
func TestSegmentStatsOfUpkeep(t *testing.T) {
	w := newWatch(t, &segment.Options{NoBackground: true})
	stats := func(handle string) segment.SegmentStats {
		s, err := w.eng.SegmentStats(handle)
		require.NoError(t, err)
		return s
	}
	w.create("window", "at within the last 30 days")
	w.create("large", "at within the last 30 days and (yes = true or on > 2026-01-01 or zone in (\"a\", \"b\") or email is empty)")
	w.create("plain", "yes = true")
	w.create("static", "")
	require.Equal(t, segment.SegmentMove{}, stats("window").Last)
	require.Zero(t, stats("window").Next)
	ada := w.insert(1, contact.Values{"at": noon.AddDate(0, 0, -29), "yes": true})
	w.insert(1, contact.Values{"at": noon.AddDate(0, 0, -20), "email": "b@example.com"})
	require.NoError(t, w.eng.Advance(w.ctx))
	for _, handle := range []string{"window", "large"} {
		s := stats(handle)
		require.Equal(t, noon.AddDate(0, 0, 1), s.Next, handle)
		require.Equal(t, 1, s.Last.Entered, handle)
		require.Zero(t, s.Last.Left, handle)
	}
	require.Zero(t, stats("plain").Next)
	require.Zero(t, stats("static").Next)
	require.Greater(t, stats("large").IndexBytes, 2*stats("window").IndexBytes)
	require.Positive(t, stats("plain").IndexBytes)
	require.Zero(t, stats("static").IndexBytes)

	w.turn(noon.AddDate(0, 0, 1))
	s := stats("window")
	require.Equal(t, noon.AddDate(0, 0, 10), s.Next)
	require.Equal(t, segment.SegmentMove{Tx: w.store.View().Number(), Time: noon.AddDate(0, 0, 1), Left: 1}, s.Last)
	require.Equal(t, 1, stats("plain").Last.Entered)
	w.update(func(tx *contact.Tx) error { return tx.Delete(ada) })
	require.Equal(t, 1, stats("plain").Last.Left)
	_, err := w.eng.Delete(w.ctx, "large")
	require.NoError(t, err)
	w.create("large", "yes = false")
	w.insert(1, nil)
	require.Equal(t, stats("plain").IndexBytes, stats("large").IndexBytes)
}

// What the latest commit took that had a filter asked.
func TestUpkeep(t *testing.T) {
	d := newDesk(t, nil)
	upkeep := func(handle string) segment.SegmentUpkeep {
		s, err := d.eng.SegmentStats(handle)
		require.NoError(t, err)
		if s.Upkeep.Asked > 64 {
			require.Positive(t, s.Upkeep.Took)
			s.Upkeep.Took = 0
		}
		return s.Upkeep
	}
	now := func() uint64 { return d.store.View().Number() }
	d.create("rich", "points > 5")
	d.create("follower", "in segment rich")
	d.create("static", "")
	require.Zero(t, upkeep("rich"), "a first fill is told apart")

	ada := d.insert(1, contact.Values{"points": 9})
	entered := now()
	require.Equal(t, segment.SegmentUpkeep{Tx: entered, Asked: 1, Moved: 1}, upkeep("rich"))
	require.Equal(t, segment.SegmentUpkeep{Tx: entered, Asked: 1, Moved: 1}, upkeep("follower"))
	d.set(ada, contact.Values{"points": 8, "country": "FR"})
	require.Equal(t, entered, upkeep("rich").Tx, "nothing turned")

	failed := d.store.Update(d.ctx, func(tx *contact.Tx) error {
		require.NoError(t, tx.Set(ada, contact.Values{"points": 1}))
		return errHost
	})
	require.ErrorIs(t, failed, errHost)
	require.Equal(t, entered, upkeep("rich").Tx)

	d.insert(500, contact.Values{"points": 9})
	require.Equal(t, segment.SegmentUpkeep{Tx: now(), Asked: 501, Moved: 500}, upkeep("rich"))
	require.Equal(t, segment.SegmentUpkeep{Tx: now(), Asked: 501, Moved: 500}, upkeep("follower"))

	_, err := d.eng.Edit(d.ctx, segment.ByHand{Contacts: contact.SetOf(ada), Remove: []string{"rich"}, Add: []string{"static"}})
	require.NoError(t, err)
	require.Equal(t, segment.SegmentUpkeep{Tx: now(), Asked: 1, Moved: 1}, upkeep("follower"))
	require.Zero(t, upkeep("static"))
	d.set(ada, contact.Values{"points": 1})
	require.Equal(t, segment.SegmentUpkeep{Tx: now(), Asked: 1}, upkeep("rich"), "a hand has decided")
}

// TestSegmentStats counts what a segment is.
func TestSegmentStats(t *testing.T) {
	dir := t.TempDir()
	d := openDesk(t, dir, -1, nil)
	d.insert(5, contact.Values{"yes": true})
	d.create("static", "")
	d.create("s", `yes = true and not (points = 1 or country in ("FR", "DE"))`)
	d.create("t", "in any segment (s, static) or not in segment s")
	made := d.stats("s")
	require.Positive(t, made.FillTime)
	want := segment.SegmentStats{Segment: "s", ID: 2, Version: 1, Dynamic: true, Members: 5, Conditions: 3, FillTime: made.FillTime, FillMoved: 5}
	require.Equal(t, want, made)
	_, err := d.eng.Edit(d.ctx, segment.ByHand{Contacts: contact.SetOf(1, 2), Remove: []string{"s"}})
	require.NoError(t, err)
	_, err = d.eng.Edit(d.ctx, segment.ByHand{Contacts: contact.SetOf(3), Add: []string{"s"}})
	require.NoError(t, err)
	d.use("x: y", "s")
	require.NoError(t, d.eng.Rename(d.ctx, "s", "Another"))
	want.Version, want.Members, want.Added, want.Removed, want.Registered = 2, 3, 1, 2, 1
	require.Equal(t, want, d.stats("s"), "another name fills nothing")
	_, err = d.eng.Change(d.ctx, "s", definition("s", "yes = false"))
	require.NoError(t, err)
	got := d.stats("s")
	require.Positive(t, got.FillTime)
	want.Version, want.Members, want.Conditions, want.FillTime, want.FillMoved = 3, 1, 1, got.FillTime, 2
	require.Equal(t, want, got)
	got = d.stats("t")
	require.Positive(t, got.FillTime)
	require.Equal(t, segment.SegmentStats{Segment: "t", ID: 3, Version: 1, Dynamic: true, Members: 5, Conditions: 2, Names: 2, FillTime: got.FillTime, FillMoved: 5}, got)
	require.Equal(t, segment.SegmentStats{Segment: "static", ID: 1, Version: 1}, d.stats("static"))
	_, err = d.eng.SegmentStats("u")
	require.ErrorIs(t, err, segment.ErrNotFound)

	d = d.spoil(dir, "t", "nothing = 1")
	want.FillTime, want.FillMoved = 0, 0
	require.Equal(t, want, d.stats("s"))
	got = d.stats("t")
	require.ErrorAs(t, got.Broken, new(*contact.UnknownFieldError))
	require.True(t, got.Dynamic)
	s := d.eng.Stats()
	require.Equal(t, segment.Stats{Segments: 3, Dynamic: 2, Broken: 1, Added: 1, Removed: 2, Changes: s.Changes, FeedOldest: s.Changes + 1}, s)
}

// Limits of a segment are those that move: the two ends of a window are two, and equal
// ones are one, in the segment and in the engine.
func TestStatsOfLimits(t *testing.T) {
	w := newWatch(t, &segment.Options{NoBackground: true})
	for _, c := range []struct {
		handle, filter string
		limits         int
	}{
		{"none", "yes = true and at > 2026-01-01", 0}, {"window", "at within the last 30 days", 2}, {"end", "at < -30 days", 1},
		{"same", "at < -30 days and yes = true or at < -30 days and on is empty", 1}, {"both", "at within the last 30 days or at < -30 days", 3},
		{"company", "any company (founded = today)", 2}, {"static", "", 0},
	} {
		w.create(c.handle, c.filter)
		s, err := w.eng.SegmentStats(c.handle)
		require.NoError(t, err)
		require.Equal(t, c.limits, s.Limits, c.filter)
	}
	require.NoError(t, w.eng.Advance(w.ctx))
	require.Equal(t, 5, w.eng.Stats().Limits)
}

// TestEngineStats tells how far behind each subscription is.
func TestEngineStats(t *testing.T) {
	d := newDesk(t, &segment.Options{KeepFeed: 4})
	require.Equal(t, segment.Stats{FeedOldest: 1}, d.eng.Stats())
	d.create("s", "yes = true")
	began, goOn := make(chan struct{}), make(chan struct{})
	slow := d.eng.Subscribe(&segment.SubscribeOptions{Segments: []string{"s"}}, func(c segment.Change) {
		if c.Number == 1 {
			close(began)
			<-goOn
		}
	})
	defer d.eng.OnChange(func(segment.Change) {})()
	over := d.eng.Subscribe(nil, func(segment.Change) { panic("enough") })
	for i := range 6 {
		d.insert(1, contact.Values{"yes": true})
		if i == 0 {
			await(t, began)
			require.Eventually(t, func() bool { return over.Err() != nil }, pace.Patience, time.Millisecond)
		}
		require.Eventually(t, func() bool { return d.eng.Stats().Subscriptions[1].Behind == 0 }, pace.Patience, time.Millisecond)
	}
	require.Equal(t, segment.Stats{Segments: 1, Dynamic: 1, Changes: 6, FeedKept: 4, FeedOldest: 3, Subscriptions: []segment.SubscriptionStats{
		{Segments: []string{"s"}, Next: 1, Behind: 6}, {Next: 7},
	}}, d.eng.Stats())
	slow.Stop()
	close(goOn)
	require.Eventually(t, func() bool { return len(d.eng.Stats().Subscriptions) == 1 }, pace.Patience, time.Millisecond)
	d.close()
	require.Eventually(t, func() bool { return d.eng.Stats().Subscriptions == nil }, pace.Patience, time.Millisecond)
	require.Equal(t, 1, d.eng.Stats().Segments, "figures can be read after Close")
}
