package contact_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
)

// A conveyor is a store whose contents follow from the number of its last commit:
// contact 1 counts the commits, each of which makes a contact, and lets go of the one
// made some commits before.
type conveyor struct {
	t     *testing.T
	dir   string
	store *contact.Store
	stop  chan struct{}
	wg    sync.WaitGroup
}

const conveyorLength = 60

func newConveyor(t *testing.T, opts *contact.Options) *conveyor {
	c := &conveyor{t: t, dir: memoryDir(t)}
	c.store = openDir(t, c.dir, diskSchema(), opts)
	insert(t, c.store, contact.Values{"email": "counter", "points": 1})
	return c
}

// move runs the next transaction.
func (c *conveyor) move() error {
	return c.store.Update(ctx, func(tx *contact.Tx) error {
		x, err := tx.Value(1, "points")
		if err != nil {
			return err
		}
		n := int(x.Number()) + 1
		if err := tx.Set(1, contact.Values{"points": n}); err != nil {
			return err
		}
		if id, ok, _ := tx.Lookup("email", strconv.Itoa(n-conveyorLength)); ok {
			if err := tx.Delete(id); err != nil {
				return err
			}
		}
		_, err = tx.Insert(contact.Values{"email": strconv.Itoa(n), "tags": []string{fmt.Sprint("tag", n%90)}, "name": fmt.Sprint("name ", n)})
		return err
	})
}

// run starts writers that end when rest is called.
func (c *conveyor) run(writers int) {
	c.stop = make(chan struct{})
	for range writers {
		c.wg.Add(1)
		go func() {
			defer c.wg.Done()
			for {
				select {
				case <-c.stop:
					return
				default:
					if err := c.move(); err != nil {
						c.t.Error(err)
						return
					}
					time.Sleep(100 * time.Microsecond) // what is checked grows with the log
				}
			}
		}()
	}
}

func (c *conveyor) rest() {
	close(c.stop)
	c.wg.Wait()
}

// check requires that a store is as its number says.
func (c *conveyor) check(store *contact.Store) {
	t, v := c.t, store.View()
	n := int(v.Number())
	require.Equal(t, float64(n), value(t, v, 1, "points"))
	first := max(2, n-conveyorLength+1)
	require.Equal(t, 1+n-first+1, v.Len())
	for i := first; i <= n; i++ {
		id, ok, err := v.Lookup("email", strconv.Itoa(i))
		require.NoError(t, err)
		require.True(t, ok, "contact %d of %d", i, n)
		require.Equal(t, contact.ID(i), id)
		require.Equal(t, []string{fmt.Sprint("tag", i%90)}, value(t, v, id, "tags"))
		require.Equal(t, fmt.Sprint("name ", i), value(t, v, id, "name"))
	}
	records, err := collect(store)
	require.NoError(t, err)
	require.Len(t, records, n)
}

// TestBackup makes copies while writing goes on. Each is the store at one commit during
// the call.
func TestBackup(t *testing.T) {
	for _, sync := range []time.Duration{0, time.Hour, -1} {
		opts := &contact.Options{Sync: sync}
		contacttest.EagerCheckpoints(opts, 1000, 500)
		c := newConveyor(t, opts)
		c.run(3)
		for range 8 {
			time.Sleep(3 * time.Millisecond)
			before := c.store.View().Number()
			var b bytes.Buffer
			require.NoError(t, c.store.Backup(ctx, &b))
			after := c.store.View().Number()
			dir := dirOf(t, b.Bytes())
			store := openDir(t, dir, nil, nil)
			require.GreaterOrEqual(t, store.View().Number(), before)
			require.LessOrEqual(t, store.View().Number(), after+3, "three may be on their way")
			c.check(store)
			insert(t, store, nil)
			require.NoError(t, store.Close())
			require.NoError(t, os.RemoveAll(dir))
		}
		c.rest()
		c.check(c.store)
	}
}

// writerFunc is a writer.
type writerFunc func(b []byte) (int, error)

func (w writerFunc) Write(b []byte) (int, error) { return w(b) }

func TestBackupFails(t *testing.T) {
	c := newConveyor(t, nil)
	for range 300 {
		require.NoError(t, c.move())
	}
	ended, cancel := context.WithCancel(ctx)
	written := 0
	err := c.store.Backup(ended, writerFunc(func(b []byte) (int, error) {
		cancel()
		written += len(b)
		return len(b), nil
	}))
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, int64(written), c.store.Stats().FileBytes)
	require.ErrorIs(t, c.store.Backup(ended, new(bytes.Buffer)), context.Canceled)
	n := 0
	require.ErrorIs(t, c.store.Backup(ctx, writerFunc(func(b []byte) (int, error) {
		if n++; n == 2 {
			return 0, errFailed
		}
		return len(b), nil
	})), errFailed)
	require.NoError(t, c.move())
	require.NoError(t, c.store.Backup(ctx, new(bytes.Buffer)))

	memory := newStore(t)
	require.ErrorContains(t, memory.Backup(ctx, new(bytes.Buffer)), "keeps nothing on disk")
	require.NoError(t, memory.Compact(ctx))
	require.NoError(t, memory.Sync(ctx))
	require.False(t, memory.Durable())
}

// TestCompact writes the file anew while writing goes on.
func TestCompact(t *testing.T) {
	for _, sync := range []time.Duration{0, time.Hour, -1} {
		opts := &contact.Options{Sync: sync}
		contacttest.EagerCheckpoints(opts, 1000, 500)
		c := newConveyor(t, opts)
		c.run(3)
		for i := range 12 {
			time.Sleep(2 * time.Millisecond)
			if i%3 == 2 {
				c.cancelled(time.Duration(i) * 100 * time.Microsecond)
				continue
			}
			before := c.store.View().Number()
			require.NoError(t, c.store.Compact(ctx))
			require.GreaterOrEqual(t, c.store.Stats().Checkpoint, before)
			require.NoFileExists(t, filePath(c.dir)+".new")
			c.reopen()
		}
		c.rest()
		require.NoError(t, c.store.Sync(ctx))
		c.check(c.store)
		c.reopen()
		require.NoError(t, c.store.Close())
		c.check(openDir(t, c.dir, nil, nil))
	}
}

// cancelled ends a compaction early, or not. It leaves nothing behind.
func (c *conveyor) cancelled(after time.Duration) {
	short, cancel := context.WithTimeout(ctx, after)
	defer cancel()
	if err := c.store.Compact(short); err != nil {
		require.ErrorIs(c.t, err, context.DeadlineExceeded)
	}
	require.NoFileExists(c.t, filePath(c.dir)+".new")
}

// reopen checks what a crash would leave now.
func (c *conveyor) reopen() {
	dir := dirOf(c.t, imageOf(c.t, c.store, c.dir))
	store := openDir(c.t, dir, nil, nil)
	c.check(store)
	require.NoError(c.t, store.Close())
	require.NoError(c.t, os.RemoveAll(dir))
}

func TestCompactShrinks(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, diskSchema(), &contact.Options{KeepLog: -1})
	ids := insertMany(t, store, 20000, func(i int) contact.Values {
		return contact.Values{"email": fmt.Sprint("someone", i, "@example.com"), "name": fmt.Sprint("a longer name ", i)}
	})
	require.NoError(t, store.Compact(ctx))
	full := store.Stats().FileBytes
	update(t, store, func(tx *contact.Tx) error {
		for _, id := range ids[:19900] {
			if err := tx.Delete(id); err != nil {
				return err
			}
		}
		return nil
	})
	insert(t, store, nil)
	require.NoError(t, store.Compact(ctx))
	insert(t, store, nil)
	require.NoError(t, store.Compact(ctx))
	require.Less(t, store.Stats().FileBytes, full/10)
	require.Less(t, len(imageOf(t, store, dir)), int(full/10))
	require.Equal(t, 102, store.View().Len())
	store = reopened(t, store, dir, nil)
	require.Equal(t, 102, store.View().Len())
}

// A store stays where it was opened, wherever the process goes.
func TestChdir(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	t.Chdir(b)
	other := openDir(t, "store", diskSchema(), nil)
	insert(t, other, contact.Values{"email": "b"})
	require.NoError(t, other.Close())
	t.Chdir(a)
	store := openDir(t, "store", diskSchema(), nil)
	insert(t, store, contact.Values{"email": "a"})
	t.Chdir(b)
	require.NoError(t, store.Compact(ctx))
	require.NoError(t, store.Close())
	other = openDir(t, filepath.Join(b, "store"), nil, nil)
	_, ok, err := other.View().Lookup("email", "b")
	require.NoError(t, err)
	require.True(t, ok)
}

// stalled is a writer that waits until it is let go.
type stalled struct {
	at, on chan struct{}
	once   sync.Once
}

func (w *stalled) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.at) })
	<-w.on
	return len(p), nil
}

// A backup to somebody slow keeps nobody waiting but those who want the file itself,
// and they go when their context ends.
func TestSlowBackup(t *testing.T) {
	store := openDir(t, memoryDir(t), diskSchema(), nil)
	insert(t, store, contact.Values{"email": "a"})
	w := &stalled{at: make(chan struct{}), on: make(chan struct{})}
	done := make(chan error)
	go func() { done <- store.Backup(ctx, w) }()
	<-w.at
	c, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, store.Compact(c), context.DeadlineExceeded)
	insert(t, store, contact.Values{"email": "b"})
	records, err := collect(store)
	require.NoError(t, err)
	require.Len(t, records, 2)
	close(w.on)
	require.NoError(t, <-done)
	require.NoError(t, store.Compact(ctx))
}

// The new file has the mode of the old one.
func TestCompactKeepsMode(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, diskSchema(), nil)
	require.NoError(t, os.Chmod(filePath(dir), 0o640))
	require.NoError(t, store.Compact(ctx))
	info, err := os.Stat(filePath(dir))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o640), info.Mode().Perm())
}
