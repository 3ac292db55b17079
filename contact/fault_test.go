package contact_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/contact/internal/boltfile/faulttest"
)

// TestFaults lets the k-th write of the file fail, for every k and in every way,
// while several transactions wait for one sync.
func TestFaults(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, diskSchema(), nil)
	insert(t, store, contact.Values{"email": "first"})
	require.NoError(t, store.Close())
	base, err := os.ReadFile(filePath(dir))
	require.NoError(t, err)
	for _, kind := range faulttest.Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			cases, together := 0, 0
			for k := 1; ; k++ {
				f := newFaulty(t, base, fmt.Sprintf("%v at write %d", kind, k))
				f.faults.FailAt(k, kind)
				f.run()
				if f.failed == 0 && f.harmless(k) {
					break
				}
				if f.failed > 0 {
					f.checkBroken()
				}
				if f.failed > 1 {
					together++
				}
				f.reopen()
				cases++
			}
			require.Greater(t, cases, 8)
			require.Positive(t, together, "no two transactions failed together")
			t.Logf("%d cases, in %d several transactions failed", cases, together)
		})
	}
}

// faulty is a store whose writing is about to fail.
type faulty struct {
	t      *testing.T
	what   string
	dir    string
	store  *contact.Store
	faults *faulttest.Faults

	mu     sync.Mutex
	acked  []string // actors whose transaction returned nil
	failed int      // transactions that returned an error
	err    error
}

const (
	faultyWriters = 4
	faultyTxs     = 5
	faultyRows    = 3
)

func newFaulty(t *testing.T, base []byte, what string) *faulty {
	f := &faulty{t: t, what: what, dir: dirOf(t, base), faults: faulttest.New()}
	var opts contact.Options
	contacttest.Hook(&opts, f.faults.Hook)
	contacttest.EagerCheckpoints(&opts, 600, 400)
	contacttest.SlowSync(&opts, time.Millisecond)
	f.store = openDir(t, f.dir, nil, &opts)
	return f
}

// run lets writers make transactions of several contacts each.
func (f *faulty) run() {
	var wg sync.WaitGroup
	for g := range faultyWriters {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range faultyTxs {
				actor := fmt.Sprint(g, "-", i)
				err := f.store.Update(ctx, func(tx *contact.Tx) error {
					tx.By(actor, "")
					for row := range faultyRows {
						if _, err := tx.Insert(contact.Values{"email": fmt.Sprint(actor, "-", row), "tags": []string{actor}}); err != nil {
							return err
						}
					}
					return nil
				})
				f.mu.Lock()
				if err == nil {
					f.acked = append(f.acked, actor)
				} else {
					f.failed++
					f.err = err
				}
				f.mu.Unlock()
			}
		}()
	}
	within(f.t, "Update, "+f.what, wg.Wait)
}

// harmless closes a store whose transactions have all been written, and reports whether
// the k-th write has not come. Otherwise it was part of a checkpoint.
func (f *faulty) harmless(k int) bool {
	within(f.t, "Close, "+f.what, func() {
		time.Sleep(5 * time.Millisecond)
		require.NoError(f.t, f.faults.Restore())
		_ = f.store.Close()
	})
	return f.faults.Writes() < k
}

// checkBroken requires that nothing of what failed is visible, that nothing more is
// written, and that the store can be closed.
func (f *faulty) checkBroken() {
	t := f.t
	var wrong *contact.WriteError
	require.ErrorAs(t, f.err, &wrong, f.what)
	within(t, "use, "+f.what, func() {
		v := f.store.View()
		require.Equal(t, 1+faultyRows*len(f.acked), v.Len(), f.what)
		f.store.Peek(func(p *contact.View) { require.Equal(t, v.Number(), p.Number()) })
		for _, actor := range f.acked {
			_, ok, err := v.Lookup("email", actor+"-0")
			require.NoError(t, err)
			require.True(t, ok, f.what)
		}
		n := uint64(0)
		for r, err := range f.store.Log(1) {
			if err != nil {
				require.Equal(t, f.err, err, f.what)
				break
			}
			require.True(t, r.Number == 1 || slices.Contains(f.acked, r.Actor), "%s: the log tells %q", f.what, r.Actor)
			n++
		}
		require.LessOrEqual(t, n, v.Number())
		require.Equal(t, f.err, f.store.Update(ctx, func(*contact.Tx) error { return nil }), f.what)
		_, err := f.store.Erase(ctx, 1)
		require.Equal(t, f.err, err, f.what)
		require.Equal(t, f.err, f.store.Compact(ctx), f.what)
		require.Equal(t, f.err, f.store.Sync(ctx), f.what)
		require.ErrorAs(t, f.store.Backup(ctx, new(bytes.Buffer)), &wrong, f.what)
		require.ErrorAs(t, f.store.Attach("late", &testFloor{}, nil), &wrong, f.what)
		require.Equal(t, v.Len(), f.store.Stats().Contacts)
		require.NoError(t, f.faults.Restore())
		require.ErrorAs(t, f.store.Close(), &wrong, f.what)
		require.NoError(t, f.store.Close())
		require.Equal(t, 1+faultyRows*len(f.acked), f.store.View().Len())
	})
}

// reopen requires that every transaction is there whole or not at all, those
// acknowledged in any case, and that no earlier one of a writer is missing.
func (f *faulty) reopen() {
	t := f.t
	store := openDir(t, f.dir, nil, nil)
	v := store.View()
	records, err := collect(store)
	require.NoError(t, err, f.what)
	require.Len(t, records, int(v.Number()), f.what)
	require.Equal(t, 1+faultyRows*(len(records)-1), v.Len(), f.what)
	next := map[string]int{}
	var there []string
	for _, r := range records[1:] {
		g, i, _ := strings.Cut(r.Actor, "-")
		require.Equal(t, fmt.Sprint(next[g]), i, "%s: writer %s", f.what, g)
		next[g]++
		there = append(there, r.Actor)
		for row := range faultyRows {
			id, ok, err := v.Lookup("email", fmt.Sprint(r.Actor, "-", row))
			require.NoError(t, err)
			require.True(t, ok, f.what)
			require.Equal(t, []string{r.Actor}, value(t, v, id, "tags"), f.what)
		}
	}
	require.Subset(t, there, f.acked, f.what)
	insert(t, store, contact.Values{"email": "afterwards"})
	require.NoError(t, store.Close())
}

// A transaction that is being applied while the writing fails gets the error too.
func TestFaultDuringPrepare(t *testing.T) {
	for _, sync := range []time.Duration{0, time.Hour} {
		t.Run(fmt.Sprint(sync), func(t *testing.T) {
			dir := memoryDir(t)
			require.NoError(t, openDir(t, dir, diskSchema(), nil).Close())
			faults := faulttest.New()
			opts := contact.Options{Sync: sync}
			contacttest.Hook(&opts, faults.Hook)
			store := openDir(t, dir, nil, &opts)
			writing, preparing, failed := make(chan struct{}), make(chan struct{}), make(chan struct{})
			require.NoError(t, store.Attach("floor", &testFloor{prepare: func(c *contact.Commit) error {
				if c.Number() == 2 {
					close(preparing)
					<-failed
				}
				return nil
			}}, nil))
			faults.After(func(faulttest.Op) {
				close(writing)
				<-preparing
			})
			faults.FailAt(2, faulttest.WriteError)

			first, second := make(chan error, 1), make(chan error, 1)
			add := func() error {
				return store.Update(ctx, func(tx *contact.Tx) error {
					_, err := tx.Insert(nil)
					return err
				})
			}
			go func() {
				err := add()
				if sync > 0 && err == nil {
					err = store.Sync(ctx)
				}
				first <- err
			}()
			<-writing
			go func() { second <- add() }()
			var wrong *contact.WriteError
			within(t, "Update", func() {
				err := <-first
				require.ErrorAs(t, err, &wrong)
				close(failed)
				require.Equal(t, err, <-second)
				require.Equal(t, err, add())
			})
			within(t, "Close", func() { require.ErrorAs(t, store.Close(), &wrong) })
			require.NoError(t, openDir(t, dir, nil, nil).Close())
		})
	}
}

// With a sync now and then, what was seen and could not be written is an error of the
// next Sync, and of everything that writes after it.
func TestFaultOfSync(t *testing.T) {
	for k := 1; k < 4; k++ {
		dir := memoryDir(t)
		require.NoError(t, openDir(t, dir, diskSchema(), nil).Close())
		faults := faulttest.New()
		opts := contact.Options{Sync: time.Hour}
		contacttest.Hook(&opts, faults.Hook)
		store := openDir(t, dir, nil, &opts)
		insert(t, store, contact.Values{"email": "kept"})
		require.NoError(t, store.Sync(ctx))
		insert(t, store, contact.Values{"email": "lost?"})
		faults.FailAt(k, faulttest.ShortWrite)
		err := store.Sync(ctx)
		var wrong *contact.WriteError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, err, store.Sync(ctx))
		require.Equal(t, err, store.Update(ctx, func(tx *contact.Tx) error { _, err := tx.Insert(nil); return err }))
		require.Equal(t, 2, store.View().Len(), "it was seen before")
		require.Error(t, store.Close())
		store = openDir(t, dir, nil, nil)
		require.Contains(t, []int{1, 2}, store.View().Len(), "half a meta page may be enough")
		require.Equal(t, "kept", value(t, store.View(), 1, "email"))
	}
}
