package contact_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/contact/internal/boltfile/faulttest"
)

// A gate stops the writing of a file at a place.
type gate struct {
	reached, opened chan struct{}
	once, opening   sync.Once
}

// open lets the file go on. A second time is nothing.
func (g *gate) open() { g.opening.Do(func() { close(g.opened) }) }

// gated returns options of a store whose file stops once, before all of a commit but
// its first write or behind its meta page.
func gated(opts *contact.Options, atMeta bool) *gate {
	g := &gate{reached: make(chan struct{}), opened: make(chan struct{})}
	faults := faulttest.New()
	contacttest.Hook(opts, faults.Hook)
	faults.After(func(op faulttest.Op) {
		if op.Meta() == atMeta {
			g.once.Do(func() {
				close(g.reached)
				<-g.opened
			})
		}
	})
	return g
}

// committedFloor notes the numbers it was told of.
type committedFloor struct {
	testFloor
	mu      sync.Mutex
	numbers []uint64
}

func (f *committedFloor) Committed(c *contact.Commit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.numbers = append(f.numbers, c.Number())
}

func (f *committedFloor) told() []uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.numbers
}

// With a sync at every commit nobody sees a transaction before it is durable, but the
// next transaction.
func TestPendingIsNotSeen(t *testing.T) {
	for _, atMeta := range []bool{false, true} {
		for _, rows := range []int{1, 600} { // applied under the lock, or beside it in memory
			t.Run(fmt.Sprint(atMeta, rows), func(t *testing.T) { testPending(t, atMeta, rows) })
		}
	}
}

func testPending(t *testing.T, atMeta bool, rows int) {
	dir := memoryDir(t)
	require.NoError(t, openDir(t, dir, diskSchema(), nil).Close())
	var opts contact.Options
	gate := gated(&opts, atMeta)
	store := openDir(t, dir, nil, &opts)
	t.Cleanup(gate.open)
	floor := &committedFloor{}
	require.NoError(t, store.Attach("floor", floor, nil))

	done := make(chan error, 3)
	seen := make(chan []string, 2)
	run := func(name string, reads ...string) {
		err := store.Update(ctx, func(tx *contact.Tx) error {
			if reads == nil {
				require.NoError(t, tx.Once(name))
			} else {
				require.ErrorAs(t, tx.Once(reads[0]), new(*contact.RepeatedError))
			}
			var found []string
			for i, other := range reads {
				x, err := tx.Value(contact.ID(1+i*rows), "email")
				if err == nil {
					found = append(found, x.Text())
				}
				id, _, err := tx.Lookup("email", other)
				require.NoError(t, err)
				require.Equal(t, contact.ID(1+i*rows), id)
			}
			for i := range rows {
				email := name
				if i > 0 {
					email = fmt.Sprint(name, i)
				}
				if _, err := tx.Insert(contact.Values{"email": email}); err != nil {
					return err
				}
			}
			if reads != nil {
				seen <- found
			}
			return nil
		})
		done <- err
	}
	nothing := func() {
		check := func(v *contact.View) {
			require.Zero(t, v.Len())
			require.Zero(t, v.Number())
			require.True(t, v.Time().IsZero())
			_, ok, err := v.Lookup("email", "a")
			require.NoError(t, err)
			require.False(t, ok)
			_, ok = v.Get(1)
			require.False(t, ok)
		}
		check(store.View())
		store.Peek(check)
		records, err := collect(store)
		require.NoError(t, err)
		require.Empty(t, records)
		require.Empty(t, floor.told())
		require.Empty(t, done, "an Update has returned")
	}

	go run("a")
	<-gate.reached
	nothing()
	go run("b", "a")
	require.Equal(t, []string{"a"}, <-seen)
	nothing()
	go run("c", "a", "b")
	require.Equal(t, []string{"a", "b"}, <-seen)
	nothing()
	held := store.View()
	gate.open()
	within(t, "Update", func() {
		for range 3 {
			require.NoError(t, <-done)
		}
	})
	require.Zero(t, held.Len())
	require.Equal(t, uint64(3), store.View().Number())
	_, ok, err := store.View().Lookup("email", "b")
	require.NoError(t, err)
	require.True(t, ok)
	records, err := collect(store)
	require.NoError(t, err)
	require.Len(t, records, 3)
	require.Equal(t, []uint64{1, 2, 3}, floor.told())
}

// What a transaction has seen of one that is not durable yet leaves it only when that
// is durable: also if it does nothing itself, and if it finds its key used.
func TestPendingIsNotTold(t *testing.T) {
	opts := &contact.Options{}
	contacttest.SlowSync(opts, 300*time.Millisecond)
	store := openDir(t, memoryDir(t), diskSchema(), opts)
	began := make(chan struct{})
	go func() {
		_ = store.Update(ctx, func(tx *contact.Tx) error {
			defer close(began)
			if err := tx.Once("k"); err != nil {
				return err
			}
			_, err := tx.Insert(contact.Values{"email": "ada"})
			return err
		})
	}()
	<-began
	durable := func() bool { return store.View().Number() == 1 }
	var repeated *contact.RepeatedError
	require.ErrorAs(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Once("k") }), &repeated)
	require.Equal(t, uint64(1), repeated.Number)
	require.True(t, durable())
}
