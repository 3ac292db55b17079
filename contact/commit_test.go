package contact_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/internal/testflags"
)

// TestSyncModes takes the file away from a store again and again. All transactions that
// returned are in it, or, with a sync now and then, those before the last Sync and the
// first ones of those after it.
func TestSyncModes(t *testing.T) {
	for _, sync := range []time.Duration{0, -1, time.Hour, time.Millisecond} {
		t.Run(fmt.Sprint(sync), func(t *testing.T) {
			opts := &contact.Options{Sync: sync}
			contacttest.EagerCheckpoints(opts, 800, 300)
			dir := memoryDir(t)
			store := openDir(t, dir, diskSchema(), opts)
			acked := 0
			for n := 1; n <= 60; n++ {
				insertMany(t, store, 3, func(i int) contact.Values {
					return contact.Values{"email": fmt.Sprint(n, "-", i), "tags": []string{fmt.Sprint("t", n)}}
				})
				if sync <= 0 {
					acked = n
				} else if n%10 == 0 {
					require.NoError(t, store.Sync(ctx))
					acked = n
				}
				if n%7 != 0 {
					continue
				}
				to := dirOf(t, imageOf(t, store, dir))
				copied := openDir(t, to, nil, nil)
				v := copied.View()
				last := int(v.Number())
				require.GreaterOrEqual(t, last, acked)
				require.LessOrEqual(t, last, n)
				require.Equal(t, 3*last, v.Len())
				for i := 1; i <= last; i++ {
					id, ok, err := v.Lookup("email", fmt.Sprint(i, "-", i%3))
					require.NoError(t, err)
					require.True(t, ok)
					require.Equal(t, []string{fmt.Sprint("t", i)}, value(t, v, id, "tags"))
				}
				lines, err := toldLog(copied, 1)
				require.NoError(t, err)
				own, err := toldLog(store, 1)
				require.NoError(t, err)
				require.Len(t, own, n, "the log tells what is seen, written or not")
				require.True(t, slices.Equal(own[:last], lines))
				require.NoError(t, copied.Close())
			}
		})
	}
}

// Sync of now and then happens by itself.
func TestSyncByItself(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, diskSchema(), &contact.Options{Sync: time.Millisecond})
	insert(t, store, nil)
	require.Eventually(t, func() bool {
		copied := openDir(t, dirOf(t, imageOf(t, store, dir)), nil, nil)
		defer copied.Close()
		return copied.View().Len() == 1
	}, pace.Patience, 5*time.Millisecond)
}

// TestGroupCommit lets many write at once on a slow disk: they share its syncs. Those whose
// commit has returned are waited for longer than a store waits, so that a slow machine
// shares them too.
func TestGroupCommit(t *testing.T) {
	const writers, each = 64, 25
	dir := memoryDir(t)
	opts := new(contact.Options)
	contacttest.SlowSync(opts, 2*time.Millisecond)
	contacttest.Gather(opts, time.Second/2)
	store := openDir(t, dir, diskSchema(), opts)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range each {
				err := store.Update(ctx, func(tx *contact.Tx) error {
					_, err := tx.Insert(contact.Values{"email": fmt.Sprint(w, "-", i)})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	stats := store.Stats()
	t.Logf("%d transactions in %d commits of the file", stats.Commits, stats.FileCommits)
	require.Equal(t, uint64(writers*each), stats.Commits)
	require.GreaterOrEqual(t, float64(stats.Commits)/float64(stats.FileCommits), 45.0, "half of them if nobody is waited for")
	image := imageOf(t, store, dir)
	store = openDir(t, dirOf(t, image), nil, nil)
	require.Equal(t, writers*each, store.View().Len())
	for w := range writers {
		for i := range each {
			_, ok, err := store.View().Lookup("email", fmt.Sprint(w, "-", i))
			require.NoError(t, err)
			require.True(t, ok)
		}
	}
}

// No commit waits for a checkpoint or a compaction: none takes half as long as these do.
func TestCommitDuringCheckpoint(t *testing.T) {
	dir := memoryDir(t)
	opts := new(contact.Options)
	contacttest.EagerCheckpoints(opts, 1<<20, 1<<20)
	store := openDir(t, dir, contacttest.Schema(), opts)
	require.NoError(t, contacttest.Load(ctx, store, 1, 100_000, 10_000))
	for try := 1; ; try++ {
		longest, all := commitsBesideCompact(t, store)
		if longest < all/2 {
			return
		}
		require.Less(t, try, 20, "a commit took %v of %v", longest, all) // the machine may have stopped in one of them
	}
}

// commitsBesideCompact changes contacts one by one while a checkpoint is written and the file
// made anew, and returns what the longest commit took and what all of it took.
func commitsBesideCompact(t *testing.T, store *contact.Store) (longest, all time.Duration) {
	before := store.Stats()
	done := make(chan error)
	start := time.Now()
	go func() { done <- store.Compact(ctx) }()
	var took []time.Duration
	for running := true; running; {
		select {
		case err := <-done:
			require.NoError(t, err)
			running = false
		default:
			begin := time.Now()
			set(t, store, contact.ID(1+len(took)*7%100_000), contact.Values{"points": len(took)})
			took = append(took, time.Since(begin))
		}
	}
	all = time.Since(start)
	require.Greater(t, store.Stats().Checkpoint, before.Checkpoint)
	slices.Sort(took)
	longest = took[len(took)-1]
	t.Logf("%d changes of one contact beside a checkpoint and a compaction of 100 000, which took %v: the median took %v, the longest %v", len(took), all, took[len(took)/2], longest)
	return longest, all
}

// A record that is longer than one value of the file is kept in parts.
func TestLongRecord(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, diskSchema(), nil)
	insert(t, store, contact.Values{"email": "before"})
	const rows, size = 18, 1 << 20
	text := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), size-i) }
	ids := insertMany(t, store, rows, func(i int) contact.Values { return contact.Values{"name": text(i)} })
	insert(t, store, contact.Values{"email": "after"})
	require.Equal(t, 3, store.Stats().LogRecords)
	check := func() {
		t.Helper()
		v := store.View()
		for i, id := range ids {
			require.True(t, value(t, v, id, "name") == text(i), "contact %d", id)
		}
		records, err := collect(store)
		require.NoError(t, err)
		require.Len(t, records, 3)
		require.Equal(t, rows, records[1].Len())
		i := 0
		for c := range records[1].Changes() {
			require.True(t, c.Fields[0].New.Text() == text(i))
			i++
		}
	}
	check()
	store = openDir(t, dirOf(t, imageOf(t, store, dir)), nil, nil)
	check()
	require.NoError(t, store.Compact(ctx))
	check()
	require.Equal(t, 3, store.Stats().LogRecords)
}

func TestMillionRows(t *testing.T) {
	testflags.NeedSize(t, "1M")
	dir := t.TempDir()
	store := openDir(t, dir, contacttest.Schema(), nil)
	begin := time.Now()
	require.NoError(t, contacttest.Load(ctx, store, 1, 1_000_000, 1_000_000))
	require.Equal(t, uint64(1), store.View().Number())
	t.Logf("one transaction of a million contacts: %v", time.Since(begin))
	begin = time.Now()
	image := imageOf(t, store, dir)
	store = openDir(t, dirOf(t, image), nil, nil)
	t.Logf("opening it out of the log, a file of %d MB: %v", len(image)>>20, time.Since(begin))
	require.Equal(t, 1_000_000, store.View().Len())
	require.NoError(t, store.Compact(ctx))
	records, err := collect(store)
	require.NoError(t, err)
	require.Len(t, records, 1)
	require.Equal(t, 1_000_000, records[0].Len())
}

// A block of long texts is checkpointed in parts, and comes back whole.
func TestLongBlock(t *testing.T) {
	dir := memoryDir(t)
	opts := &contact.Options{Sync: -1}
	store := openDir(t, dir, diskSchema(), opts)
	text := func(i int) string { return fmt.Sprintf("%08d%s", i, strings.Repeat("x", 1<<20-8)) }
	for i := range 10 {
		insert(t, store, contact.Values{"name": text(i)})
	}
	for round := range 3 { // both slots, and one of them again
		require.NoError(t, store.Compact(ctx))
		set(t, store, 1, contact.Values{"name": text(100 + round)})
	}
	require.NoError(t, store.Compact(ctx))
	require.Less(t, store.Stats().FileBytes, int64(40<<20), "parts that do not count are gone, the log has 13 MB twice")
	require.NoError(t, store.Close())
	store = openDir(t, dir, nil, opts)
	require.Equal(t, text(102), value(t, store.View(), 1, "name"))
	require.Equal(t, text(9), value(t, store.View(), 10, "name"))
	for i := range contact.ID(10) { // small again
		set(t, store, i+1, contact.Values{"name": "short"})
	}
	require.NoError(t, store.Compact(ctx))
	require.NoError(t, store.Close())
	require.Equal(t, "short", value(t, openDir(t, dir, nil, opts).View(), 10, "name"))
}
