package segment_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/segment"
	"github.com/rosterdb/roster/segment/segmenttest"
)

// TestNeverReturns is a subscriber whose function never comes back: neither commits nor
// Close nor other subscribers wait for it.
func TestNeverReturns(t *testing.T) {
	d := segmenttest.Open(t, t.TempDir(), nil, contact.Bool("yes"))
	d.Create("s", "yes = true")
	stuck, release := make(chan struct{}), make(chan struct{})
	sub := d.Engine.Subscribe(nil, func(segment.Change) {
		close(stuck)
		<-release
	})
	var e ear
	other := d.Engine.OnChange(e.hear)
	mark := d.Mark()
	var ids []contact.ID
	for range 100 {
		ids = append(ids, d.Insert(contact.Values{"yes": true}))
	}
	await(t, stuck)
	mark.Enters("s", ids...)
	require.Eventually(t, func() bool { return e.count() == 100 }, pace.Patience, time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, d.Engine.Flush(ctx), context.DeadlineExceeded)
	other()
	closed := make(chan error)
	go func() { closed <- d.Store.Close() }()
	select {
	case err := <-closed:
		require.NoError(t, err)
	case <-time.After(pace.Patience):
		t.Fatal("Close waits for a call-back")
	}
	require.NoError(t, sub.Err())
	close(release)
	noWorkers(t)
	require.NoError(t, sub.Err())
}

// TestPanicOfOne ends the subscription of a function that panics at every change, and
// nothing else.
func TestPanicOfOne(t *testing.T) {
	d := segmenttest.New(t, contact.Bool("yes"))
	d.Create("s", "yes = true")
	bad := d.Engine.Subscribe(nil, func(c segment.Change) {
		_ = make([]string, 0)[c.Number]
	})
	var e ear
	defer d.Engine.OnChange(e.hear)()
	mark := d.Mark()
	mark.Enters("s", d.Insert(contact.Values{"yes": true}), d.Insert(contact.Values{"yes": true}))
	require.NoError(t, d.Engine.Flush(context.Background()))
	require.Equal(t, 2, e.count())
	var fault runtime.Error
	require.ErrorAs(t, bad.Err(), &fault)
	require.Len(t, d.Engine.Stats().Subscriptions, 1)
}

// TestDefinitionsInBulk makes, marks, changes and deletes very many segments in one
// transaction each: the work grows with their number, not with its square.
func TestDefinitionsInBulk(t *testing.T) {
	took := func(n int) (work [4]time.Duration) {
		d := newDesk(t, nil)
		d.insert(3, contact.Values{"points": 5})
		phase := func(i int, do func(in segment.Tx, k int) error) {
			spent := pace.Start()
			d.update(func(tx *contact.Tx) error {
				in := d.eng.In(tx)
				for k := range n {
					if err := do(in, k); err != nil {
						return err
					}
				}
				return nil
			})
			work[i] = spent()
		}
		var list []segment.Segment
		phase(0, func(in segment.Tx, k int) error { // of the same name, each with a mark
			def := segment.Definition{Name: "The same", Filter: definition("", fmt.Sprintf("points = %d", k)).Filter}
			if k%2 == 1 {
				def.Filter = definition("", "not in segment "+list[k-1].Handle).Filter
			}
			s, err := in.Create(def)
			if err != nil {
				return err
			}
			list = append(list, s)
			_, err = in.Edit(segment.ByHand{Contacts: contact.SetOf(1), Add: []string{s.Handle}})
			return err
		})
		phase(1, func(in segment.Tx, k int) error { return in.Use("x: y", list[k].Handle) })
		phase(2, func(in segment.Tx, k int) error { // other references
			def := definition(list[k].Handle, "yes = true")
			if k%2 == 1 {
				def = definition(list[k].Handle, "in segment "+list[n-1-k].Handle)
			}
			_, err := in.Change(def.Handle, def)
			return err
		})
		phase(3, func(in segment.Tx, k int) error {
			handle := list[2*k%n].Handle // after those that name them
			if k < n/2 {
				handle = list[2*k+1].Handle
			}
			if err := in.Release("x: y", handle); err != nil {
				return err
			}
			_, err := in.Delete(handle)
			return err
		})
		require.Empty(t, d.eng.List())
		d.verify()
		return work
	}
	for i, phase := range took(10_000) {
		t.Logf("phase %d: %v", i, phase)
		pace.Check(t, 25*time.Second, fmt.Sprint("phase ", i), phase) // quadratic: a minute and more
	}
}

// A brittleClock panics the next time that it is to wake somebody.
type brittleClock struct {
	*contacttest.Clock
	breaks bool
}

func (c *brittleClock) AfterFunc(d time.Duration, f func()) func() bool {
	if c.breaks {
		c.breaks = false
		panic(errHost)
	}
	return c.Clock.AfterFunc(d, f)
}

// A panic of the host's clock at the end of a commit takes back everything, the feed too.
func TestPanicOfClock(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		clock := &brittleClock{Clock: contacttest.NewClock(noon)}
		opts := &contact.Options{Clock: clock}
		open := func() (*contact.Store, error) { return contact.New(contact.MustSchema(timeParts()...), opts) }
		if dir != "" {
			open = func() (*contact.Store, error) { return contact.Open(dir, contact.MustSchema(timeParts()...), opts) }
		}
		store, err := open()
		require.NoError(t, err)
		eng, err := segment.New(store, nil)
		require.NoError(t, err)
		d := &desk{t, t.Context(), store, eng}
		d.create("recent", "at within the last 1 hour")
		d.insert(1, contact.Values{"at": noon})
		insert := func() { d.insert(1, contact.Values{"at": noon.Add(-time.Minute)}) }
		clock.breaks = true
		require.PanicsWithValue(t, errHost, insert)
		require.Equal(t, []contact.ID{1}, d.members("recent"))
		require.NoError(t, eng.Verify(d.ctx))
		require.Equal(t, uint64(1), eng.LastChange())
		insert()
		insert()
		require.Equal(t, []string{"1 enter recent (data)", "2 enter recent (data)", "3 enter recent (data)"}, d.feed(1))
		require.NoError(t, eng.Verify(d.ctx))
		clock.Turn(59 * time.Minute)
		eventually(t, "the first to leave", func() bool { n, err := eng.Count("recent"); return err == nil && n == 1 })
		require.NoError(t, store.Close())
	}
}
