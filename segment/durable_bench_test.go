package segment_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// durableEngine is benchEngine on a store on disk, without a log to replay.
func durableEngine(b *testing.B, opts *contact.Options, n int) *segment.Engine {
	b.Helper()
	store, err := contacttest.OpenStore(b.TempDir(), opts, benchSeed, 100_000)
	require.NoError(b, err)
	eng, err := segment.New(store, nil)
	require.NoError(b, err)
	rng := rand.New(rand.NewPCG(benchSeed, 1))
	require.NoError(b, store.Update(context.Background(), func(tx *contact.Tx) error {
		for i := range n {
			if _, err := eng.In(tx).Create(segment.Definition{Name: fmt.Sprint("s", i), Filter: selective(rng)}); err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(b, store.Compact(context.Background()))
	b.Cleanup(func() { require.NoError(b, store.Close()) })
	return eng
}

// reportWritten reports what the file's commits since before cost.
func reportWritten(b *testing.B, store *contact.Store, before contact.Stats, changes int) {
	b.Helper()
	s := store.Stats()
	commits := float64(s.FileCommits - before.FileCommits)
	written := float64(s.BytesWritten - before.BytesWritten)
	b.ReportMetric(float64(s.Syncs-before.Syncs)/commits, "syncs/commit")
	b.ReportMetric(written/commits, "written-B/commit")
	b.ReportMetric(written/float64(changes), "written-B/change")
	b.ReportMetric(float64(changes)/b.Elapsed().Seconds(), "changes/s")
}

// syncTime returns how long the disk of a directory takes to sync a page.
func syncTime(b *testing.B) time.Duration {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "sync"))
	require.NoError(b, err)
	defer f.Close()
	const n = 20
	begin := time.Now()
	for i := range n {
		_, err := f.WriteAt(make([]byte, 4096), int64(i%4)*4096)
		require.NoError(b, err)
		require.NoError(b, f.Sync())
	}
	return time.Since(begin) / n
}

// BenchmarkCommit is one durable transaction of so many changes of one field each,
// by one goroutine: checkpoints included, each commit synced.
func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{0, 1000} {
		for _, batch := range []int{1, 100, 1000} {
			b.Run(fmt.Sprintf("segments=%d/batch=%d", n, batch), func(b *testing.B) {
				eng := durableEngine(b, nil, n)
				sync := syncTime(b)
				c := newChurn(b, eng.Store())
				before := eng.Store().Stats()
				c.longest = new(time.Duration)
				c.run(b, eng, batch, 0, c.stage)
				reportWritten(b, eng.Store(), before, b.N*batch)
				b.ReportMetric(float64(sync.Microseconds()), "sync-µs")
				b.ReportMetric(float64(c.longest.Microseconds())/1000, "longest-ms")
			})
		}
	}
}

// BenchmarkGroupCommit is one durable change by each of so many goroutines, on a
// disk whose sync takes 2 ms more than this one's.
func BenchmarkGroupCommit(b *testing.B) {
	for _, goroutines := range []int{1, 64} {
		b.Run(fmt.Sprintf("goroutines=%d", goroutines), func(b *testing.B) {
			opts := &contact.Options{}
			contacttest.SlowSync(opts, 2*time.Millisecond)
			eng := durableEngine(b, opts, 0)
			c := newChurn(b, eng.Store())
			before := eng.Store().Stats()
			b.ResetTimer()
			var mu sync.Mutex
			b.SetParallelism(max(1, goroutines/runtime.GOMAXPROCS(0)))
			if goroutines == 1 {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					err := eng.Store().Update(context.Background(), func(tx *contact.Tx) error {
						mu.Lock()
						defer mu.Unlock()
						return c.stage(tx)
					})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
			reportWritten(b, eng.Store(), before, b.N)
			s := eng.Store().Stats()
			b.ReportMetric(float64(s.Commits-before.Commits)/float64(s.FileCommits-before.FileCommits), "tx/commit")
		})
	}
}

// BenchmarkOpen is opening a store of the workload without segments and closing it,
// with the file in the system's cache. read-ms is reading the file once, for
// comparison.
func BenchmarkOpen(b *testing.B) {
	for _, size := range []string{"100k", "1M", "10M"} {
		b.Run(size, func(b *testing.B) {
			testflags.NeedSize(b, size)
			dir := b.TempDir()
			store, err := contacttest.OpenStore(dir, &contact.Options{Sync: -1, KeepLog: 1_000_000}, benchSeed, testflags.Size(size))
			require.NoError(b, err)
			require.NoError(b, store.Compact(context.Background()))
			require.NoError(b, store.Close())
			path := filepath.Join(dir, contact.FileName)
			read := readTime(b, path)
			info, err := os.Stat(path)
			require.NoError(b, err)
			for b.Loop() {
				store, err := contact.Open(dir, nil, nil)
				if err != nil {
					b.Fatal(err)
				}
				if err := store.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(read.Milliseconds()), "read-ms")
			b.ReportMetric(float64(info.Size())/float64(testflags.Size(size)), "B/contact")
		})
	}
}

func readTime(b *testing.B, path string) time.Duration {
	b.Helper()
	begin := time.Now()
	f, err := os.Open(path)
	require.NoError(b, err)
	defer f.Close()
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, make([]byte, 1<<20))
	require.NoError(b, err)
	return time.Since(begin)
}

// BenchmarkBackup is a copy of the file of 100k contacts, to nowhere.
func BenchmarkBackup(b *testing.B) {
	eng := durableEngine(b, nil, 0)
	b.SetBytes(eng.Store().Stats().FileBytes)
	for b.Loop() {
		if err := eng.Store().Backup(context.Background(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
