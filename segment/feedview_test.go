package segment_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// TestFeedOfView has readers follow the feed from view to view while a writer commits, is
// refused and gives up: up to the change that the members name, the feed makes exactly
// these members, and it is there as soon as they are.
func TestFeedOfView(t *testing.T) {
	for _, c := range []struct {
		name string
		open func(t *testing.T) *desk
	}{
		{"memory", func(t *testing.T) *desk { return newDesk(t, nil) }},
		{"each commit synced", func(t *testing.T) *desk { return openDesk(t, t.TempDir(), 0, nil) }},
		{"synced now and then", func(t *testing.T) *desk { return openDesk(t, t.TempDir(), time.Millisecond, nil) }},
	} {
		t.Run(c.name, func(t *testing.T) { followViews(c.open(t)) })
	}
}

func followViews(d *desk) {
	const n = 700
	d.insert(n, contact.Values{"points": 1})
	d.create("high", "points >= 50")
	veto := d.vetoer()
	var over atomic.Bool
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			in, last := map[contact.ID]bool{}, uint64(0)
			for end := false; !end; {
				end = over.Load()
				v := d.store.View()
				m := segment.At(v)
				if err := follow(d.eng, in, last, m.LastChange()); err != nil {
					d.Errorf("%v", err)
					return
				}
				last = m.LastChange()
				want, err := m.Members("high")
				if err != nil || len(in) != want.Len() {
					d.Errorf("the feed makes %d members up to %d, there are %d; %v", len(in), last, want.Len(), err)
					return
				}
			}
		})
	}
	refused := 0
	for i := range testflags.Steps(300) {
		veto.set("")
		if i%3 == 0 {
			veto.set("veto")
		}
		some := 1 + i%5
		if i%50 == 0 {
			some = n // beside the version that is read
		}
		err := d.store.Update(d.ctx, func(tx *contact.Tx) error {
			for j := range some {
				if err := tx.Set(contact.ID(1+(i+j)%n), contact.Values{"points": 100 * ((i / 7) % 2), "country": "FR"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			require.ErrorIs(d, err, errVeto)
			refused++
		}
	}
	over.Store(true)
	wg.Wait()
	require.Positive(d, refused)
	require.Greater(d, d.eng.LastChange(), uint64(n))
}

// follow does to the members what the feed says from one number to another.
func follow(eng *segment.Engine, in map[contact.ID]bool, from, to uint64) error {
	next := from + 1
	for c, err := range eng.Changes(next) {
		switch {
		case err != nil:
			return err
		case c.Number > to:
			return nil
		case c.Number != next || in[c.Contact] == (c.Kind == segment.Enter):
			return fmt.Errorf("after %d comes %v", next-1, c)
		case c.Kind == segment.Enter:
			in[c.Contact] = true
		default:
			delete(in, c.Contact)
		}
		next++
	}
	if next <= to {
		return fmt.Errorf("the feed ends before %d, members are of %d", next, to)
	}
	return nil
}

// However few changes are kept, those of the newest commit are, while others behind it are
// being written that nobody can see.
func TestFeedKeepsNewestVisible(t *testing.T) {
	schema := contact.MustSchema(contact.Bool("yes"))
	store, err := contact.Open(t.TempDir(), schema, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	var watched uint64 // the number of a commit behind which others are to wait
	visible := make(chan bool)
	var behind sync.WaitGroup
	require.NoError(t, store.Attach("below", &hooked{committed: func(c *contact.Commit) {
		if c.Number() == watched {
			close(visible)
			behind.Wait()
		}
	}}, nil))
	eng, err := segment.New(store, &segment.Options{KeepFeed: -1})
	require.NoError(t, err)
	var last segment.SegmentStats
	var stats segment.Stats
	require.NoError(t, store.Attach("above", &hooked{
		prepare: func(c *contact.Commit) {
			if n := c.Number(); watched > 0 && n > watched && n <= watched+3 {
				behind.Done()
			}
		},
		committed: func(c *contact.Commit) {
			if c.Number() == watched {
				last, err = eng.SegmentStats("yes")
				stats = eng.Stats()
			}
		}}, nil))
	_, err = eng.Create(t.Context(), definition("yes", "yes = true"))
	require.NoError(t, err)
	watched = store.View().Number() + 1
	behind.Add(3)
	var all sync.WaitGroup
	insert := func() {
		all.Go(func() {
			if err := store.Update(t.Context(), func(tx *contact.Tx) error { _, err := tx.Insert(contact.Values{"yes": true}); return err }); err != nil {
				t.Error(err)
			}
		})
	}
	insert()
	<-visible
	for range 3 {
		insert()
	}
	all.Wait()
	require.NoError(t, err)
	require.Equal(t, watched, last.Last.Tx)
	require.Equal(t, 1, last.Last.Entered)
	require.Equal(t, []uint64{1, 1, 1}, []uint64{stats.Changes, uint64(stats.FeedKept), stats.FeedOldest})
	stats = eng.Stats()
	require.Equal(t, []uint64{4, 1, 4}, []uint64{stats.Changes, uint64(stats.FeedKept), stats.FeedOldest}, "the newest one alone")
	require.NoError(t, store.Update(t.Context(), func(tx *contact.Tx) error { _, err := tx.Insert(nil); return err }))
	require.Equal(t, 1, eng.Stats().FeedKept, "a commit without changes drops none")
}

// Who reads the feed while a commit is on its way that comes to nothing sees nothing of it,
// also after that.
func TestFeedReadWhileRefused(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(2, contact.Values{"yes": true})
	d.create("yes", "yes = true")
	veto := &vetoer{}
	begun, refused, read := make(chan bool), make(chan bool), make(chan []string)
	require.NoError(t, d.store.Attach("reader", &hooked{prepare: func(*contact.Commit) {
		go func() {
			x, err := d.eng.Explain(d.ctx, "yes", 1, nil)
			if err != nil {
				t.Error(err)
			}
			lines := []string{fmt.Sprint("since ", x.Since.Change)}
			for c, err := range d.eng.Changes(1) {
				if len(lines) == 1 {
					close(begun)
					<-refused
				}
				lines = append(lines, fmt.Sprint(short(c), err))
			}
			read <- lines
		}()
		<-begun
	}}, nil))
	require.NoError(t, d.store.Attach("veto", veto, nil))
	veto.set("veto")
	_, err := d.eng.Change(d.ctx, "yes", definition("yes", "yes = false")) // beside the version that is read
	require.ErrorIs(t, err, errVeto)
	close(refused)
	require.Equal(t, []string{"since 1", "1 enter yes (definition)<nil>", "2 enter yes (definition)<nil>"}, <-read)
}

// What comes to nothing neither counts among the changes that are kept nor drives others out.
func TestFeedCountsNoneRefused(t *testing.T) {
	d := newDesk(t, &segment.Options{KeepFeed: 5})
	veto := &vetoer{}
	require.NoError(t, d.store.Attach("veto", veto, nil))
	d.create("yes", "yes = true")
	for i := 1; i <= 2; i++ {
		d.insert(2, contact.Values{"yes": true})
		veto.set("veto")
		for range 3 {
			require.ErrorIs(t, d.store.Update(d.ctx, func(tx *contact.Tx) error {
				_, err := tx.Insert(contact.Values{"yes": true})
				return err
			}), errVeto)
			s := d.eng.Stats()
			require.Equal(t, []uint64{uint64(2 * i), uint64(2 * i), 1}, []uint64{s.Changes, uint64(s.FeedKept), s.FeedOldest})
		}
		veto.set("")
	}
	require.Len(t, d.feed(1), 4)
}

// Since when a contact is in a segment is asked of a version: what the feed has of later ones
// counts no more than what is not in memory any more.
func TestSinceOfVersion(t *testing.T) {
	d := openDesk(t, t.TempDir(), 0, &segment.Options{KeepFeed: -1})
	yes := d.create("yes", "yes = true").ID
	d.insert(1, contact.Values{"yes": true})
	for _, yes := range []bool{false, true, false} {
		d.set(1, contact.Values{"yes": yes})
	}
	d.insert(1, contact.Values{"yes": true})
	for at, want := range []uint64{0, 1, 2, 3, 4, 4} {
		got, err := segment.SinceWhen(d.ctx, d.eng, yes, 1, uint64(at))
		require.NoError(t, err)
		require.Equal(t, want, got, "at change %d", at)
	}
}
