package contact_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/internal/testflags"
)

func TestNoDirtyRead(t *testing.T) {
	store := newStore(t, contact.Number("points"))
	id := insert(t, store, contact.Values{"points": 1})
	err := store.Update(ctx, func(tx *contact.Tx) error {
		require.NoError(t, tx.Set(id, contact.Values{"points": 2}))
		_, err := tx.Insert(nil)
		require.NoError(t, err)
		require.Equal(t, 1.0, value(t, store.View(), id, "points"))
		require.Equal(t, 1, store.View().Len())
		store.Peek(func(v *contact.View) { require.Equal(t, 1.0, value(t, v, id, "points")) })
		return errFailed
	})
	require.Equal(t, errFailed, err)
	require.Equal(t, 1.0, value(t, store.View(), id, "points"))
	require.Equal(t, 1, store.View().Len())
}

func TestNoDirtyReadOfVetoed(t *testing.T) {
	for _, n := range []int{1, 600} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			store := newStore(t, contact.Number("points"))
			id := insert(t, store, contact.Values{"points": 1})
			seen := make(chan float64, 1)
			require.NoError(t, store.Attach("guard", &testFloor{prepare: func(c *contact.Commit) error {
				require.Equal(t, 2.0, value(t, c.View(), id, "points"))
				go store.Peek(func(v *contact.View) { seen <- value(t, v, id, "points").(float64) })
				return errVeto
			}}, nil))
			require.Equal(t, errVeto, store.Update(ctx, func(tx *contact.Tx) error {
				for range n {
					if _, err := tx.Insert(nil); err != nil {
						return err
					}
				}
				return tx.Set(id, contact.Values{"points": 2})
			}))
			require.Equal(t, 1.0, <-seen)
			require.Equal(t, 1, store.View().Len())
		})
	}
}

func TestNoNonRepeatableRead(t *testing.T) {
	store := newStore(t, contact.Number("points"), contact.Text("name"), contact.Tags("tags"))
	id := insert(t, store, contact.Values{"points": 1, "name": "Ada", "tags": "a"})
	v := store.View()
	for i := range 3 {
		set(t, store, id, contact.Values{"points": 10 + i, "name": fmt.Sprint("Ada", i), "tags": []string{"b"}})
		require.Equal(t, 1.0, value(t, v, id, "points"))
		require.Equal(t, "Ada", value(t, v, id, "name"))
		require.Equal(t, []string{"a"}, value(t, v, id, "tags"))
	}
	remove(t, store, id)
	require.Equal(t, "Ada", value(t, v, id, "name"))
	require.True(t, v.Exists(id))
	require.Nil(t, value(t, store.View(), id, "name"))
}

func TestNoPhantom(t *testing.T) {
	store := newStore(t, contact.Number("points"), contact.Text("email").Unique())
	insert(t, store, contact.Values{"points": 1})
	v := store.View()
	points := field(t, store, "points")
	all := v.ProbeRange(points, 0, 10)
	insert(t, store, contact.Values{"points": 2, "email": "b@x"})
	require.Equal(t, 1, v.Len())
	n, ok := all.Count()
	require.True(t, ok)
	require.Equal(t, 1, n)
	_, found, err := v.Lookup("email", "b@x")
	require.NoError(t, err)
	require.False(t, found)
	page, err := v.Page(v.Live(), nil)
	require.NoError(t, err)
	require.Equal(t, []contact.ID{1}, page.IDs)
}

func TestReadsOwnWrites(t *testing.T) {
	store := newStore(t, contact.Text("email").Unique(), contact.Tags("tags"))
	old := insert(t, store, contact.Values{"email": "old@x", "tags": []string{"a"}})
	update(t, store, func(tx *contact.Tx) error {
		id, err := tx.Insert(contact.Values{"email": "new@x"})
		require.NoError(t, err)
		require.True(t, tx.Exists(id))
		require.True(t, tx.Created(id))
		require.False(t, tx.Created(old))
		got, found, err := tx.Lookup("email", "NEW@x")
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, id, got)

		require.NoError(t, tx.Add(old, "tags", "b"))
		require.NoError(t, tx.Remove(old, "tags", "a"))
		tags, err := tx.Value(old, "tags")
		require.NoError(t, err)
		require.Equal(t, []string{"b"}, tags.List())

		require.NoError(t, tx.Delete(old))
		require.False(t, tx.Exists(old))
		_, err = tx.Value(old, "tags")
		require.ErrorIs(t, err, contact.ErrNotFound)
		_, found, err = tx.Lookup("email", "old@x")
		require.NoError(t, err)
		require.False(t, found, "deleted in this transaction")
		return tx.Set(id, contact.Values{"email": "old@x"})
	})
}

// A View asked for while a long transaction is applied beside the published
// version shows the version before it, whole.
func TestViewDuringLongTransaction(t *testing.T) {
	store := newStore(t, contact.Number("points"))
	ids := insertMany(t, store, 2000, func(int) contact.Values { return contact.Values{"points": 1} })
	checked := 0
	require.NoError(t, store.Attach("watch", &testFloor{prepare: func(c *contact.Commit) error {
		if len(c.Contacts()) != len(ids) {
			return nil
		}
		v := store.View() // the long transaction is applied, not committed, and mu is free
		for _, id := range ids {
			require.Equal(t, 1.0, value(t, v, id, "points"))
		}
		require.Equal(t, uint64(1), v.Number())
		store.Peek(func(p *contact.View) { require.Equal(t, uint64(1), p.Number()) })
		checked++
		return nil
	}}, nil))
	update(t, store, func(tx *contact.Tx) error {
		for _, id := range ids {
			if err := tx.Set(id, contact.Values{"points": 2}); err != nil {
				return err
			}
		}
		return nil
	})
	require.Equal(t, 1, checked)
	require.Equal(t, 2.0, value(t, store.View(), ids[1500], "points"))
}

// What came from a View stays right when the View itself is gone: sets, probes
// and texts share memory with the store.
func TestWhatOutlivesItsView(t *testing.T) {
	store := newStore(t, contact.Number("points"), contact.Tags("tags"), contact.Text("name"))
	insertMany(t, store, 3000, func(i int) contact.Values {
		return contact.Values{"points": i % 7, "tags": []string{"vip"}, "name": fmt.Sprint("name", i)}
	})
	v := store.View()
	live := v.Live()
	vip, ok := v.ProbeAny(field(t, store, "tags"), []string{"vip"}).Set()
	require.True(t, ok)
	scan := v.ProbeRange(field(t, store, "points"), 0, 3)
	name, err := v.Value(17, "name")
	require.NoError(t, err)
	gone := weak.Make(v)
	v = nil
	for i := range 20 {
		set(t, store, contact.ID(1+i), contact.Values{"points": 100, "tags": nil, "name": "gone"})
		remove(t, store, contact.ID(1000+i))
		runtime.GC()
	}
	require.Nil(t, gone.Value(), "the View is collected")
	require.Equal(t, 3000, live.Len())
	require.True(t, live.Contains(1000))
	require.Equal(t, 3000, vip.Len())
	require.True(t, vip.Contains(1))
	require.Equal(t, "name16", name.Text())
	var b contact.Block
	b.Load(live, 0)
	b.Keep(scan, false)
	want := 0
	for i := range 3000 {
		if i%7 <= 3 {
			want++
		}
	}
	require.Equal(t, want, b.Len())
}

// A store that nobody holds is collected, the View it has handed out last
// included.
func TestDroppedStoreIsCollected(t *testing.T) {
	dropped := func() weak.Pointer[contact.Store] {
		store, err := contact.New(contact.MustSchema(contact.Text("name")), nil)
		require.NoError(t, err)
		insert(t, store, contact.Values{"name": "Ada"})
		store.View()
		return weak.Make(store)
	}()
	require.Eventually(t, func() bool {
		runtime.GC()
		return dropped.Value() == nil
	}, pace.Patience, time.Millisecond)
}

// TestConcurrentReaders lets readers of every sort go at full speed beside a
// writer of small and large transactions. Every committed version has the same
// sums: what one contact gains another loses.
func TestConcurrentReaders(t *testing.T) {
	const n, each = 1500, 100
	store := newStore(t, contact.Number("left"), contact.Number("right"), contact.Text("sum"), contact.Tags("side"))
	ids := insertMany(t, store, n, func(i int) contact.Values {
		return contact.Values{"left": each, "right": 0, "sum": fmt.Sprint(each), "side": []string{"left"}}
	})
	left, right, side := field(t, store, "left"), field(t, store, "right"), field(t, store, "side")
	check := func(v *contact.View) error {
		lefts := 0
		for _, id := range ids {
			l, okl := v.NumberOf(id, left)
			r, okr := v.NumberOf(id, right)
			if !okl || !okr || l+r != each {
				return fmt.Errorf("version %d: contact %d has %v and %v", v.Number(), id, l, r)
			}
			if v.HasWord(id, side, "left") != (l > 0) {
				return fmt.Errorf("version %d: contact %d has %v left and tags %v", v.Number(), id, l, v.Of(id, side))
			}
			if l > 0 {
				lefts++
			}
		}
		if n, _ := v.ProbeAny(side, []string{"left"}).Count(); n != lefts {
			return fmt.Errorf("version %d: %d by the set of the tag, %d by value", v.Number(), n, lefts)
		}
		var b contact.Block
		b.Load(v.Live(), 0)
		b.Keep(v.ProbeRange(left, 1, each), false)
		if b.Len() != lefts {
			return fmt.Errorf("version %d: %d by scan, %d by value", v.Number(), b.Len(), lefts)
		}
		return nil
	}
	page := func(v *contact.View) error {
		p, err := v.Page(v.Live(), &contact.PageOptions{By: "left", Down: true, Limit: n})
		if err == nil && len(p.IDs) != n {
			err = fmt.Errorf("a page of %d", len(p.IDs))
		}
		return err
	}
	peek := func(do func(*contact.View) error) (err error) {
		store.Peek(func(v *contact.View) { err = do(v) })
		return err
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	readers := []func() error{
		func() error { return check(store.View()) },
		func() error { return peek(check) },
		func() error { return page(store.View()) },
		func() error { // a View held for a while
			v := store.View()
			runtime.Gosched()
			return check(v)
		},
	}
	for i, read := range readers {
		wg.Go(func() {
			for !stop.Load() {
				if err := read(); err != nil {
					t.Errorf("reader %d: %v", i, err)
					return
				}
			}
		})
	}
	seed := testflags.Seed(t)
	r := rand.New(rand.NewPCG(seed, 0))
	for range testflags.Steps(60) {
		many := 1 + r.IntN(5)
		if r.IntN(6) == 0 {
			many = 1200
		}
		fail := r.IntN(5) == 0
		err := store.Update(ctx, func(tx *contact.Tx) error {
			for range many {
				l := r.IntN(each + 1)
				x := contact.Values{"left": l, "right": each - l, "side": nil}
				if l > 0 {
					x["side"] = []string{"left", fmt.Sprint("l", l)}
				}
				if err := tx.Set(ids[r.IntN(n)], x); err != nil {
					return err
				}
			}
			if fail {
				return errFailed
			}
			return nil
		})
		if !fail {
			require.NoError(t, err)
		}
	}
	stop.Store(true)
	wg.Wait()
}
