package contact_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// calls notes what happens to floors, in order.
type calls []string

func (c *calls) floor(name string, prepare func(*contact.Commit) error) *testFloor {
	note := func(what string) { *c = append(*c, name+" "+what) }
	return &testFloor{
		prepare: func(commit *contact.Commit) error {
			note("prepare")
			if prepare == nil {
				return nil
			}
			return prepare(commit)
		},
		committed: func(*contact.Commit) { note("committed") },
		abandoned: func(*contact.Commit) { note("abandoned") },
		closed:    func() error { note("closed"); return nil },
	}
}

func (c *calls) take() []string {
	list := *c
	*c = nil
	return list
}

// sizes are those of a transaction applied under the lock and of one applied
// beside the published version.
var txSizes = []int{1, 600}

func grow(store *contact.Store, n int) error {
	return store.Update(ctx, func(tx *contact.Tx) error {
		for i := range n {
			if _, err := tx.Insert(contact.Values{"name": fmt.Sprint("n", i), "tags": []string{"a", "b", "c", "d", "e"}}); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestFloorOrder(t *testing.T) {
	for _, n := range txSizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			var log calls
			var answer error
			store := newStore(t, contact.Text("name"), contact.Tags("tags"))
			require.NoError(t, store.Attach("a", log.floor("a", nil), nil))
			require.NoError(t, store.Attach("b", log.floor("b", nil), nil))
			require.NoError(t, store.Attach("c", log.floor("c", func(*contact.Commit) error { return answer }), nil))
			require.NoError(t, grow(store, n))
			require.Equal(t, []string{"a prepare", "b prepare", "c prepare", "a committed", "b committed", "c committed"}, log.take())

			answer = errVeto
			require.Equal(t, errVeto, grow(store, n))
			require.Equal(t, []string{"a prepare", "b prepare", "c prepare", "b abandoned", "a abandoned"}, log.take(), "the one that refused is not told")

			require.Equal(t, errFailed, store.Update(ctx, func(tx *contact.Tx) error { return errFailed }))
			require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error { return nil }))
			require.Empty(t, log.take(), "nothing to commit")

			require.NoError(t, store.Close())
			require.Equal(t, []string{"c closed", "b closed", "a closed"}, log.take())
		})
	}
}

// A floor that panics leaves the store as it was, and usable.
func TestFloorPanics(t *testing.T) {
	for _, n := range txSizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			var log calls
			broken := true
			store := newStore(t, contact.Text("name"), contact.Tags("tags"))
			require.NoError(t, grow(store, 700))
			require.NoError(t, store.Attach("below", log.floor("below", nil), nil))
			require.NoError(t, store.Attach("broken", log.floor("broken", func(*contact.Commit) error {
				if broken {
					panic("broken")
				}
				return nil
			}), nil))
			before := store.View()
			for range 3 {
				require.PanicsWithValue(t, "broken", func() { _ = grow(store, n) })
				require.Equal(t, []string{"below prepare", "broken prepare", "below abandoned"}, log.take())
				require.Equal(t, before.Len(), store.View().Len())
				require.Equal(t, before.Number(), store.View().Number())
			}
			broken = false
			require.NoError(t, grow(store, n))
			require.Equal(t, before.Len()+n, store.View().Len())
			require.Equal(t, contact.ID(before.Len()+n+1), insert(t, store, nil))
		})
	}
}

// Changes of every kind are taken back, again and again, and leave nothing
// behind that a later transaction could trip over.
func TestVetoTakesEverythingBack(t *testing.T) {
	for _, n := range txSizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			store := newStore(t, contact.Text("name").Unique(), contact.Tags("tags"), contact.Number("points"))
			insertMany(t, store, 800, func(i int) contact.Values {
				return contact.Values{"name": fmt.Sprint("c", i), "tags": []string{"a", "b", "c", "d", "e"}[:i%6%5], "points": i}
			})
			veto := true
			require.NoError(t, store.Attach("guard", &testFloor{prepare: func(*contact.Commit) error {
				if veto {
					return errVeto
				}
				return nil
			}}, nil))
			change := func(round int) error {
				return store.Update(ctx, func(tx *contact.Tx) error {
					for i := range n {
						id := contact.ID(1 + (i*7+round)%700)
						var err error
						switch i % 3 {
						case 0:
							err = tx.Set(id, contact.Values{"tags": []string{"x", "b", "y", "d", "z", "w"}[i%4:], "points": float64(round) + 0.5})
						case 1:
							err = tx.Set(id, contact.Values{"name": fmt.Sprint("r", round, "-", i), "tags": nil})
						default:
							_, err = tx.Insert(contact.Values{"name": fmt.Sprint("new", round, "-", i), "tags": []string{"a", "x", "q", "r", "s"}})
						}
						if err != nil {
							return err
						}
					}
					return tx.Delete(contact.ID(800 - round))
				})
			}
			before := dump(store.View())
			for round := range 4 {
				require.Equal(t, errVeto, change(round))
				require.Equal(t, before, dump(store.View()))
				veto = false
				require.NoError(t, change(round))
				veto = true
				before = dump(store.View())
			}
		})
	}
}

// What a memo learnt about the texts of a vetoed transaction is not taken for an
// answer about other texts, and texts read from it stay what they were.
func TestMemoOfVetoed(t *testing.T) {
	for _, n := range txSizes {
		store := newStore(t, contact.Text("name"))
		name := field(t, store, "name")
		var memo contact.TextMemo
		count := func(v *contact.View) int {
			p, err := v.ProbeMatching(ctx, name, &memo, func(written, _ string) bool { return strings.HasPrefix(written, "yes") })
			require.NoError(t, err)
			got, _ := p.Count()
			return got
		}
		veto := true
		var kept []string
		require.NoError(t, store.Attach("guard", &testFloor{prepare: func(c *contact.Commit) error {
			if !veto {
				return nil
			}
			require.Equal(t, n, count(c.View()))
			for _, touched := range c.Contacts() {
				kept = append(kept, c.View().Of(touched.ID, name).Text())
			}
			return errVeto
		}}, nil))
		fill := func(prefix string) error {
			return store.Update(ctx, func(tx *contact.Tx) error {
				for i := range n {
					if _, err := tx.Insert(contact.Values{"name": fmt.Sprint(prefix, i)}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		require.Equal(t, errVeto, fill("yes"))
		veto = false
		require.NoError(t, fill("not"))
		require.Zero(t, count(store.View()))
		require.NoError(t, fill("yes"))
		require.Equal(t, n, count(store.View()))
		for i, s := range kept {
			require.Equal(t, fmt.Sprint("yes", i), s)
		}
	}
}

// dump writes everything of a version that can be read of its contacts.
func dump(v *contact.View) map[contact.ID]string {
	all := make(map[contact.ID]string)
	for id := range v.Live().All() {
		for f := range v.Schema().Fields() {
			all[id] += f.Name() + "=" + v.Of(id, f).String() + ";"
		}
		if name := v.Of(id, first(v.Schema())); !name.Missing() {
			owner, _, err := v.Lookup("name", name)
			all[id] += fmt.Sprint(owner, err)
		}
	}
	return all
}

func first(s *contact.Schema) contact.Field {
	for f := range s.Fields() {
		return f
	}
	return contact.Field{}
}

func TestAttachTwice(t *testing.T) {
	store := newStore(t)
	require.NoError(t, store.Attach("a", &testFloor{}, 1))
	require.EqualError(t, store.Attach("a", &testFloor{}, 2), `contact: a floor "a" is attached already`)
	require.Equal(t, 1, store.View().Floor("a"))
	require.Nil(t, store.View().Floor("b"))
}

// What a floor keeps per version is seen by the Views of that version.
func TestFloorState(t *testing.T) {
	for _, n := range txSizes {
		store := newStore(t, contact.Text("name"), contact.Tags("tags"))
		early := store.View()
		require.NoError(t, store.Attach("count", &testFloor{prepare: func(c *contact.Commit) error {
			c.SetState("count", c.View().Floor("count").(int)+len(c.Contacts()))
			return nil
		}}, 0))
		attached := store.View()
		require.NoError(t, grow(store, n))
		v := store.View()
		require.NoError(t, grow(store, n))
		require.Nil(t, early.Floor("count"))
		require.Equal(t, 0, attached.Floor("count"))
		require.Equal(t, n, v.Floor("count"))
		require.Equal(t, 2*n, store.View().Floor("count"))
	}
}

func TestCommitShowsTheTransaction(t *testing.T) {
	store := newStore(t, contact.Text("name"), contact.Number("points"), contact.Tags("tags"))
	insertMany(t, store, 3, func(int) contact.Values { return contact.Values{"name": "x", "points": 1} })
	seen := 0
	check := func(c *contact.Commit) {
		seen++
		require.Equal(t, uint64(2), c.Number())
		require.Equal(t, contact.CauseManual, c.Cause())
		actor, note := c.Actor()
		require.Equal(t, []string{"ada", "why"}, []string{actor, note})
		require.Equal(t, "mine", c.Work("floor"))
		require.Nil(t, c.Work("other"))
		require.True(t, c.SchemaChanged())
		require.Equal(t, []contact.Touched{
			{ID: 2, Kind: contact.Updated, Fields: []uint16{1}},
			{ID: 4, Kind: contact.Created, Fields: []uint16{0, 3}},
			{ID: 1, Kind: contact.Deleted, Fields: []uint16{0, 1}},
		}, touchedBy(c))
		require.Equal(t, c.Number(), c.Record().Number)
		require.False(t, c.Time().IsZero())
	}
	require.NoError(t, store.Attach("floor", &testFloor{
		prepare: func(c *contact.Commit) error {
			check(c)
			require.Equal(t, 2.0, value(t, c.View(), 2, "points"))
			require.False(t, c.View().Exists(1))
			c.Append("floor", []byte("one"))
			c.Append("other", []byte("not mine"))
			c.Append("floor", []byte("two"))
			return nil
		},
		committed: check,
	}, nil))
	update(t, store, func(tx *contact.Tx) error {
		tx.By("ada", "why")
		tx.SetCause(contact.CauseManual)
		require.NoError(t, tx.SetWork("floor", "mine"))
		require.Equal(t, "mine", tx.Work("floor"))
		require.Same(t, store, tx.Store())
		require.NoError(t, tx.Set(2, contact.Values{"points": 2, "name": "x"}))
		require.NoError(t, tx.Set(3, contact.Values{"name": "x"}), "changes nothing")
		require.NoError(t, tx.Schema().Add(contact.Bool("new")))
		_, err := tx.Insert(contact.Values{"name": "y", "new": true})
		require.NoError(t, err)
		return tx.Delete(1)
	})
	require.Equal(t, 2, seen)
	records, err := collect(store)
	require.NoError(t, err)
	require.Equal(t, [][]byte{[]byte("one"), []byte("two")}, slices.Collect(records[1].Floor("floor")))
}

// A floor keeps things of its own like the store does: changed in place until a
// View can see them.
func TestFloorOwns(t *testing.T) {
	store := newStore(t, contact.Text("name"), contact.Tags("tags"))
	var stamp uint64
	var owned []bool
	require.NoError(t, store.Attach("a", &testFloor{prepare: func(c *contact.Commit) error {
		require.False(t, c.View().Shared())
		owned = append(owned, c.Owns(stamp))
		stamp = c.Stamp()
		return nil
	}}, nil))
	insert(t, store, nil)
	insert(t, store, nil)
	require.True(t, store.View().Shared())
	insert(t, store, nil)
	insert(t, store, nil)
	store.Peek(func(v *contact.View) { require.False(t, v.Shared()) })
	insert(t, store, nil)
	require.NoError(t, grow(store, 600)) // publishes the version before it
	require.Equal(t, []bool{false, true, false, true, true, false}, owned)
}

// Work of a floor alone makes a transaction one to commit.
func TestWorkAlone(t *testing.T) {
	var log calls
	store := newStore(t)
	require.NoError(t, store.Attach("a", log.floor("a", nil), nil))
	update(t, store, func(tx *contact.Tx) error { return tx.SetWork("a", 1) })
	require.Equal(t, []string{"a prepare", "a committed"}, log.take())
	require.Equal(t, uint64(1), store.View().Number())
}

// timedFloor has work due until its list is empty.
type timedFloor struct {
	testFloor
	due []time.Time
}

func (f *timedFloor) Next(*contact.View) (time.Time, bool) {
	if len(f.due) == 0 {
		return time.Time{}, false
	}
	return f.due[0], true
}

func (f *timedFloor) Due(_ *contact.View, at time.Time) (contact.Due, bool) {
	return contact.Due{}, len(f.due) > 0 && !f.due[0].After(at)
}

func TestDueIsCommittedFirst(t *testing.T) {
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	clock := &testClock{now: at}
	store := newStoreWith(t, &contact.Options{Clock: clock}, contact.Text("name"))
	floor := &timedFloor{due: []time.Time{at.Add(time.Hour), at.Add(2 * time.Hour), at.Add(3 * time.Hour)}}
	var works []any
	var answer error
	floor.prepare = func(c *contact.Commit) error {
		if w := c.Work("timed"); w != nil {
			require.Equal(t, contact.CauseClock, c.Cause())
			works = append(works, w)
			if answer == nil {
				floor.due = floor.due[1:]
			}
			return answer
		}
		return nil
	}
	require.NoError(t, store.Attach("timed", floor, nil))
	insert(t, store, nil)
	require.Empty(t, works)
	clock.Set(at.Add(2 * time.Hour))
	insert(t, store, nil)
	require.Equal(t, []any{contact.Due{At: at.Add(time.Hour)}, contact.Due{At: at.Add(2 * time.Hour)}}, works)
	require.Equal(t, uint64(4), store.View().Number(), "each on its own, then the transaction")

	clock.Set(at.Add(3 * time.Hour))
	answer = errVeto
	err := store.Update(ctx, func(tx *contact.Tx) error { panic("must not run") })
	require.ErrorIs(t, err, errVeto)
	require.EqualError(t, err, `contact: due work of floor "timed": veto`)
	answer = nil
	require.Equal(t, errFailed, store.Update(ctx, func(*contact.Tx) error { return errFailed }))
	require.Equal(t, uint64(5), store.View().Number(), "what is due is committed whatever becomes of the transaction")
}

// What several floors have due comes in the order of time, and at the same time in that
// of attaching; each commit has the time at which it was due.
func TestDueInOrder(t *testing.T) {
	for _, disk := range []bool{false, true} {
		t.Run(fmt.Sprint("disk ", disk), func(t *testing.T) {
			at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
			clock := &testClock{now: at}
			opts := &contact.Options{Clock: clock}
			store := newStoreWith(t, opts, contact.Text("name"))
			if disk {
				var err error
				store, err = contact.Open(t.TempDir(), contact.MustSchema(contact.Text("name")), opts)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, store.Close()) })
			}
			hours := map[string][]int{"b": {1, 3, 5}, "a": {2, 3, 4}}
			for _, name := range []string{"b", "a"} {
				floor := &timedFloor{}
				for _, h := range hours[name] {
					floor.due = append(floor.due, at.Add(time.Duration(h)*time.Hour))
				}
				floor.prepare = func(c *contact.Commit) error {
					if c.Work(name) != nil {
						floor.due = floor.due[1:]
						c.Append(name, []byte(name))
					}
					return nil
				}
				require.NoError(t, store.Attach(name, floor, nil))
			}
			insert(t, store, nil)
			clock.Set(at.Add(4 * time.Hour))
			insert(t, store, nil)
			clock.Set(at.Add(-time.Hour))
			require.Equal(t, 5*time.Hour, store.Stats().ClockBehind)
			insert(t, store, nil) // the clock was set back: nothing is due, and time stands still
			clock.Set(at.Add(6 * time.Hour))
			require.Zero(t, store.Stats().ClockBehind)
			require.NoError(t, store.Update(ctx, func(*contact.Tx) error { return nil }))
			var got []string
			for rec, err := range store.Log(1) {
				require.NoError(t, err)
				line := fmt.Sprint(rec.Cause, " ", rec.Time.Sub(at).Hours())
				for _, name := range []string{"a", "b"} {
					for data := range rec.Floor(name) {
						line += " " + string(data)
					}
				}
				got = append(got, line)
			}
			require.Equal(t, []string{"data 0", "clock 1 b", "clock 2 a", "clock 3 b", "clock 3 a", "clock 4 a", "data 4", "data 4", "clock 5 b"}, got)
		})
	}
}

func TestCloseErrors(t *testing.T) {
	store, err := contact.New(contact.MustSchema(), nil)
	require.NoError(t, err)
	require.NoError(t, store.Attach("a", &testFloor{closed: func() error { return errors.New("stuck") }}, nil))
	require.NoError(t, store.Attach("b", &testFloor{closed: func() error { return errFailed }}, nil))
	err = store.Close()
	require.ErrorIs(t, err, errFailed)
	require.EqualError(t, err, "contact: close floor \"b\": failed\ncontact: close floor \"a\": stuck")
	require.NoError(t, store.Close())
}

// Sets that a floor keeps are used up by changes, but those a View can see stay.
func TestFloorSets(t *testing.T) {
	store := newStore(t)
	f := &testFloor{}
	f.prepare = func(c *contact.Commit) error {
		members := c.View().Floor("members").(contact.Set)
		for _, touched := range c.Contacts() {
			var changed bool
			if touched.Kind == contact.Deleted {
				members, changed = c.Remove(members, touched.ID)
			} else {
				members, changed = c.Add(members, touched.ID)
			}
			require.True(t, changed)
		}
		members = c.AddSet(members, contact.SetOf(1_000_000, 2_000_000))
		members = c.RemoveSet(members, contact.SetOf(2_000_000))
		c.SetState("members", members)
		return nil
	}
	require.NoError(t, store.Attach("members", f, contact.Set{}))
	var held []*contact.View
	for i := range 40 {
		insertMany(t, store, 1+i*20, func(int) contact.Values { return nil })
		held = append(held, store.View())
		remove(t, store, contact.ID(i+1))
	}
	for _, v := range held {
		want := v.Live().Or(contact.SetOf(1_000_000))
		require.True(t, want.Equal(v.Floor("members").(contact.Set)))
	}
}

// The name of a floor is part of keys in the file.
func TestFloorNames(t *testing.T) {
	store := newStore(t)
	for _, name := range []string{"", "a\x00b", "\xff", strings.Repeat("x", 65)} {
		require.ErrorContains(t, store.Attach(name, &testFloor{}, nil), "can't be the name of a floor", "%q", name)
	}
	require.NoError(t, store.Attach(strings.Repeat("ü", 32), &testFloor{}, nil))
}

// touchedBy returns the contacts of a commit as everybody sees them.
func touchedBy(c *contact.Commit) (list []contact.Touched) {
	for _, t := range c.Contacts() {
		list = append(list, contact.Touched{ID: t.ID, Kind: t.Kind, Companies: t.Companies, Primary: t.Primary, Fields: t.Fields})
	}
	return list
}
