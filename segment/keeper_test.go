package segment_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment"
)

// openDesk opens a store in a directory, with the fields of newDesk if it is new.
func openDesk(t *testing.T, dir string, sync time.Duration, opts *segment.Options) *desk {
	t.Helper()
	schema := contact.MustSchema(contact.Text("email").Unique(), contact.Text("country"), contact.Number("points"), contact.Bool("yes"))
	return openWith(t, dir, schema, &contact.Options{Sync: sync}, opts)
}

func openWith(t *testing.T, dir string, schema *contact.Schema, storeOpts *contact.Options, opts *segment.Options) *desk {
	t.Helper()
	store, err := contact.Open(dir, schema, storeOpts)
	require.NoError(t, err)
	eng, err := segment.New(store, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return &desk{t, context.Background(), store, eng}
}

func (d *desk) close() {
	d.Helper()
	require.NoError(d, d.store.Close())
}

func (d *desk) verify() {
	d.Helper()
	require.NoError(d, d.eng.Verify(d.ctx))
}

// TestReopen finds everything as it was, from the log alone and from a checkpoint.
func TestReopen(t *testing.T) {
	for _, compact := range []bool{false, true} {
		dir := t.TempDir()
		d := openDesk(t, dir, -1, nil)
		d.insert(50, contact.Values{"yes": true, "points": 3})
		s := d.create("yes", "yes = true")
		d.create("rest", "not in segment yes")
		_, err := d.eng.Edit(d.ctx, segment.ByHand{Contacts: contact.SetOf(1, 2, 3), Remove: []string{"yes"}})
		require.NoError(t, err)
		d.set(1, contact.Values{"yes": false})
		gone := d.create("gone", "points = 3")
		_, err = d.eng.Delete(d.ctx, "gone")
		require.NoError(t, err)
		require.NoError(t, d.eng.Rename(d.ctx, "yes", "Yes!"))
		feed, list := d.changes(1), d.eng.List()
		versions := d.eng.Versions(gone.ID)
		require.Len(t, versions, 1)
		if compact {
			require.NoError(t, d.store.Compact(d.ctx))
		}
		d.close()

		d = openDesk(t, dir, -1, nil)
		require.Equal(t, list, d.eng.List())
		require.Equal(t, feed, d.changes(1))
		require.Equal(t, versions, d.eng.Versions(gone.ID))
		require.Len(t, d.eng.Versions(s.ID), 2)
		require.Equal(t, []contact.ID{1, 2, 3}, d.members("rest"))
		how, err := d.eng.At(d.store.View()).How("yes", 1)
		require.NoError(t, err)
		require.Equal(t, segment.Membership{Segment: "yes", Removed: true}, how, "the filter's answer beside the hand's")
		require.Equal(t, gone.ID+1, d.create("new", "").ID, "ids are not used again")
		effect, err := d.eng.Reset(d.ctx, "yes", 1, 2)
		require.NoError(t, err)
		require.Equal(t, segment.Effect{Segment: "yes", Entered: 1, Marked: 2}, effect)
		require.Equal(t, []string{"2 enter yes (manual)", "2 leave rest (segment)"}, d.feed(uint64(len(feed))+1))
		d.verify()
		d.close()
	}
}

// TestRepair finds members that are not what the filter says, if it has a reason to
// look, and says so in the feed before anything else happens.
func TestRepair(t *testing.T) {
	for name, c := range map[string]struct {
		meaning string
		opts    segment.Options
		repairs bool
	}{
		"trusted":         {},
		"asked to":        {opts: segment.Options{Recheck: true}, repairs: true},
		"another meaning": {meaning: "0, of long ago", repairs: true},
	} {
		dir := t.TempDir()
		d := openDesk(t, dir, -1, nil)
		d.insert(5, contact.Values{"yes": true})
		d.create("yes", "yes = true")
		d.create("rest", "not in segment yes")
		d.create("hands", "")
		_, err := d.eng.Add(d.ctx, "hands", 1)
		require.NoError(t, err)
		last := d.eng.LastChange()
		segment.Spoil(d.eng, "yes", 3)
		segment.Spoil(d.eng, "hands", 1)
		if c.meaning != "" {
			segment.SetMeaning(d.eng, c.meaning)
		}
		require.NoError(t, d.store.Compact(d.ctx))
		var different *segment.DifferenceError
		require.ErrorAs(t, d.eng.Verify(d.ctx), &different)
		d.close()

		d = openDesk(t, dir, -1, &c.opts)
		if !c.repairs {
			require.Equal(t, last, d.eng.LastChange(), name)
			require.Error(t, d.eng.Verify(d.ctx))
			d.close()
			continue
		}
		require.Equal(t, []string{"3 enter yes (repair)", "1 enter hands (repair)"}, d.feed(last+1), name)
		d.verify()
		number := d.store.View().Number()
		d.close()
		for range 2 { // there is nothing more to repair
			d = openDesk(t, dir, -1, nil)
			require.Equal(t, number, d.store.View().Number(), name)
			require.Equal(t, last+2, d.eng.LastChange())
			d.verify()
			require.NoError(t, d.store.Compact(d.ctx))
			d.close()
		}
	}
}

// TestRepairWaits for the floors that are not attached yet. Until then the members
// are those that were stored.
func TestRepairWaits(t *testing.T) {
	dir := t.TempDir()
	d := openDesk(t, dir, -1, nil)
	d.insert(2, contact.Values{"yes": true})
	d.create("yes", "yes = true")
	require.NoError(t, d.store.Attach("other", &noter{}, nil))
	d.insert(1, nil)
	segment.Spoil(d.eng, "yes", 1)
	segment.SetMeaning(d.eng, "another")
	require.NoError(t, d.store.Compact(d.ctx))
	d.close()

	d = openDesk(t, dir, -1, nil)
	require.Equal(t, []contact.ID{2}, d.members("yes"))
	var missing *contact.UnattachedError
	require.ErrorAs(t, d.store.Update(d.ctx, func(*contact.Tx) error { return nil }), &missing)
	require.NoError(t, d.store.Attach("other", &vetoer{end: "veto"}, nil))
	require.ErrorIs(t, d.store.Update(d.ctx, func(*contact.Tx) error { return nil }), errVeto)
	require.Equal(t, []contact.ID{2}, d.members("yes"))
	d.close()

	d = openDesk(t, dir, -1, nil)
	require.NoError(t, d.store.Attach("other", &vetoer{}, nil))
	d.update(func(tx *contact.Tx) error { return tx.Set(2, contact.Values{"yes": false}) })
	require.Equal(t, []string{"1 enter yes (repair)", "2 leave yes (data)"}, d.feed(3))
	d.verify()
}

// A noter is a floor with a record in every commit.
type noter struct{ vetoer }

func (*noter) Prepare(c *contact.Commit) error {
	c.Append("other", []byte{1})
	return nil
}

// TestMeaningIsNoted by the first commit of an engine that finds members of another
// meaning right, even if nobody moves in it.
func TestMeaningIsNoted(t *testing.T) {
	dir := t.TempDir()
	d := openDesk(t, dir, -1, nil)
	d.insert(2, contact.Values{"yes": true})
	d.create("yes", "yes = true")
	segment.SetMeaning(d.eng, "another")
	require.NoError(t, d.store.Compact(d.ctx))
	d.close()
	records := func(d *desk, number uint64) (n int) {
		for rec, err := range d.store.Log(number) {
			require.NoError(t, err)
			n += len(slices.Collect(rec.Floor("segment")))
		}
		return n
	}
	for i := range 3 {
		d = openDesk(t, dir, -1, nil)
		number := d.store.View().Number()
		d.insert(1, nil)
		require.Equal(t, i == 0, records(d, number+1) == 1, "%d", i)
		d.close()
	}
}

// TestFeedOnDisk reads what memory does not keep from the log, and says what that
// does not keep either.
func TestFeedOnDisk(t *testing.T) {
	dir := t.TempDir()
	schema := contact.MustSchema(contact.Number("points"))
	d := openWith(t, dir, schema, &contact.Options{Sync: -1}, &segment.Options{KeepFeed: -1})
	d.insert(3000, contact.Values{"points": 1})
	d.create("s", "points > 0") // 1 to 3000
	for i := range 40 {
		d.set(1, contact.Values{"points": i % 2})
	}
	d.create("t", "points > 0")
	all := d.changes(1)
	require.Len(t, all, 3000+40+3000)
	for _, from := range []uint64{2, 1500, 3000, 3001, 3020, 3040, 3041, 6040} {
		require.Equal(t, all[from-1:], d.changes(from), "from %d", from)
	}
	require.Empty(t, d.changes(6041))
	stop := 0
	for range d.eng.Changes(2990) {
		if stop++; stop == 20 {
			break
		}
	}
	require.NoError(t, d.store.Compact(d.ctx))
	d.close()
	for _, err := range d.eng.Changes(1) {
		require.ErrorIs(t, err, contact.ErrClosed)
	}
	require.Len(t, d.changes(3041), 3000, "what is in memory can be read after Close")

	d = openWith(t, dir, nil, &contact.Options{Sync: -1, KeepLog: 10}, nil)
	require.NoError(t, d.store.Compact(d.ctx))
	d.insert(1, nil)
	d.set(2, contact.Values{"points": 0}) // 6041 and 6042
	oldest := d.trimmed(1).Oldest
	require.Greater(t, oldest, uint64(3001))
	require.Less(t, oldest, uint64(3041))
	require.Equal(t, oldest, d.trimmed(oldest-1).Oldest)
	require.Equal(t, all[oldest-1:], d.changes(oldest)[:6041-oldest])
	d.close()
	d = openWith(t, dir, nil, &contact.Options{Sync: -1, KeepLog: 10}, nil)
	require.Equal(t, oldest, d.trimmed(1).Oldest)
	require.Len(t, d.changes(6041), 2)
	for range 30 {
		d.set(2, contact.Values{"points": nil})
		d.set(2, contact.Values{"points": 0})
	}
	require.NoError(t, d.store.Compact(d.ctx))
	d.insert(1, nil)
	d.close()
	d = openWith(t, dir, nil, &contact.Options{Sync: -1, KeepLog: 10}, nil)
	require.Equal(t, uint64(6043), d.trimmed(6042).Oldest, "no kept record has a change")
	require.Empty(t, d.changes(6043))
}

// TestSlowSubscriberOnDisk goes on with the log, and one who resumes begins there.
func TestSlowSubscriberOnDisk(t *testing.T) {
	dir := t.TempDir()
	d := openDesk(t, dir, -1, &segment.Options{KeepFeed: 5})
	d.create("s", "yes = true")
	began, goOn := make(chan struct{}), make(chan struct{})
	var seen []uint64
	sub := d.eng.Subscribe(nil, func(c segment.Change) {
		if seen = append(seen, c.Number); len(seen) == 1 {
			close(began)
			<-goOn
		}
	})
	for i := range 30 {
		d.insert(1, contact.Values{"yes": true})
		if i == 0 {
			await(t, began)
		}
	}
	close(goOn)
	d.flush()
	require.NoError(t, sub.Err())
	require.Len(t, seen, 30)
	d.close()
	d = openDesk(t, dir, -1, &segment.Options{KeepFeed: 5})
	var e ear
	d.eng.Subscribe(&segment.SubscribeOptions{From: 11}, e.hear)
	d.insert(1, contact.Values{"yes": true})
	require.Equal(t, d.feed(11), e.heard(d))
	d.eng.Subscribe(&segment.SubscribeOptions{From: 1}, func(segment.Change) { runtime.Gosched() })
	d.close()
	require.NoError(t, sub.Err())
	noWorkers(t)
}

// TestPipeline commits from many goroutines with every commit synced, so that some
// are prepared while others are written, and opens what they have left.
func TestPipeline(t *testing.T) {
	for _, sync := range []time.Duration{0, time.Millisecond, -1} {
		dir := t.TempDir()
		d := openDesk(t, dir, sync, &segment.Options{KeepFeed: 3})
		d.insert(40, contact.Values{"points": 1})
		d.create("high", "points > 1")
		d.create("rest", "not in segment high")
		var told []uint64
		sub := d.eng.Subscribe(&segment.SubscribeOptions{From: 1, Definitions: true}, func(c segment.Change) { told = append(told, c.Number) })
		busy(d)
		d.flush()
		require.NoError(t, sub.Err())
		require.Len(t, told, int(d.eng.LastChange()))
		d.verify()
		all := d.changes(1)
		for i, c := range all {
			require.EqualValues(t, i+1, c.Number)
			require.EqualValues(t, i+1, told[i])
		}
		list := d.eng.List()
		d.close()
		d = openDesk(t, dir, sync, &segment.Options{Recheck: true})
		require.Equal(t, list, d.eng.List())
		require.Equal(t, all, d.changes(1))
		d.verify()
		d.close()
	}
}

// busy has some goroutines change contacts, segments and marks at once.
func busy(d *desk) {
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 15 {
				id := contact.ID(1 + w*5 + i%5)
				var err error
				switch i % 5 {
				case 0, 1, 2:
					err = d.store.Update(d.ctx, func(tx *contact.Tx) error { return tx.Set(id, contact.Values{"points": i % 3}) })
				case 3:
					_, err = d.eng.Edit(d.ctx, segment.ByHand{Contacts: contact.SetOf(id), Add: []string{"high"}})
				case 4:
					_, err = d.eng.Create(d.ctx, definition(fmt.Sprintf("s%d_%d", w, i), "points = 2 and in segment high"))
				}
				if err != nil {
					d.Error(err)
				}
			}
		}()
	}
	wg.Wait()
}

// TestHiddenField is read by the filters of segments that are there, also if they
// are renamed, and by no new ones.
func TestHiddenField(t *testing.T) {
	dir := t.TempDir()
	d := openDesk(t, dir, -1, nil)
	d.insert(2, contact.Values{"points": 3})
	d.create("s", "points = 3")
	d.close()
	d = openWith(t, dir, contact.MustSchema(contact.Text("email").Unique()), &contact.Options{Sync: -1}, nil)
	require.Len(t, d.members("s"), 2)
	require.NoError(t, d.eng.Rename(d.ctx, "s", "Renamed"))
	_, err := d.eng.Create(d.ctx, definition("t", "points = 3"))
	require.ErrorAs(t, err, new(*contact.UnknownFieldError))
	d.verify()
	d.close()
	d = openDesk(t, dir, -1, nil)
	err = d.store.Update(d.ctx, func(tx *contact.Tx) error { return tx.Schema().Drop("points") })
	var used *contact.FieldInUseError
	require.ErrorAs(t, err, &used)
	require.Equal(t, []string{`segment "s"`}, used.Users)
	d.update(func(tx *contact.Tx) error { return tx.Schema().Drop("country") })
}

// The field that a filter has zones from stays, also while nothing in the filter asks for a
// day: without it the definition would be broken when the store is opened again.
func TestZoneFieldStays(t *testing.T) {
	for _, text := range []string{"yes = true in zone of zone", "did hit in zone of zone", `did hit in the last 2 hours in zone of zone else "Asia/Tokyo"`, "did hit in the last 2 days in zone of zone"} {
		dir := t.TempDir()
		d := openWith(t, dir, contact.MustSchema(contact.Bool("yes"), contact.Text("zone"), contact.Companies(contact.Text("zone")), hitPart), &contact.Options{Sync: -1}, nil)
		d.create("s", text)
		err := d.store.Update(d.ctx, func(tx *contact.Tx) error { return tx.Schema().Drop("zone") })
		var used *contact.FieldInUseError
		require.ErrorAs(t, err, &used, text)
		require.Equal(t, []string{`segment "s"`}, used.Users)
		d.update(func(tx *contact.Tx) error { return tx.Schema().Companies().Drop("zone") })
		d.close()
		d = openWith(t, dir, nil, &contact.Options{Sync: -1}, nil)
		require.NoError(t, d.broken("s"))
		_, err = d.eng.Change(d.ctx, "s", definition("s", "yes = true"))
		require.NoError(t, err)
		d.update(func(tx *contact.Tx) error { return tx.Schema().Drop("zone") })
		d.close()
	}
}

// TestLostCheckpoint refuses a store whose log knows of changes that are nowhere else.
func TestLostCheckpoint(t *testing.T) {
	dir := t.TempDir()
	d := openDesk(t, dir, -1, nil)
	d.insert(2, contact.Values{"yes": true})
	require.NoError(t, d.store.Compact(d.ctx))
	d.create("yes", "yes = true")
	segment.Lose(d.eng)
	require.NoError(t, d.store.Compact(d.ctx))
	d.close()
	store, err := contact.Open(dir, nil, nil)
	require.NoError(t, err)
	_, err = segment.New(store, nil)
	require.ErrorIs(t, err, segment.ErrDamaged)
	require.ErrorContains(t, err, "the last change found is 0, and commit 2 has later ones")
	require.NoError(t, store.Close())
}
