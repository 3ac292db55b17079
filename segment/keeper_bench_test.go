package segment_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/segment"
)

// diskEngine is benchEngine on disk.
func diskEngine(b *testing.B, dir string, n int, opts *contact.Options) *segment.Engine {
	b.Helper()
	store, err := contact.Open(dir, contacttest.Schema(), opts)
	require.NoError(b, err)
	eng, err := segment.New(store, nil)
	require.NoError(b, err)
	ctx := context.Background()
	require.NoError(b, contacttest.Load(ctx, store, benchSeed, 100_000, 1000))
	rng := rand.New(rand.NewPCG(benchSeed, 1))
	require.NoError(b, store.Update(ctx, func(tx *contact.Tx) error {
		for i := range n {
			if _, err := eng.In(tx).Create(segment.Definition{Name: fmt.Sprint("s", i), Filter: selective(rng)}); err != nil {
				return err
			}
		}
		return nil
	}))
	b.Cleanup(func() { require.NoError(b, store.Close()) })
	return eng
}

// BenchmarkUpdateDisk is BenchmarkUpdate in a store on disk that is not synced, with
// the bytes that a change takes in the log: all of them, and those of the segments.
func BenchmarkUpdateDisk(b *testing.B) {
	for _, n := range []int{0, 1000} {
		b.Run(fmt.Sprintf("segments=%d", n), func(b *testing.B) {
			eng := diskEngine(b, b.TempDir(), n, &contact.Options{Sync: -1})
			store := eng.Store()
			number, before := store.View().Number(), store.Stats().LogBytes
			c := newChurn(b, store)
			c.run(b, eng, 1, 0, c.stage)
			own, records := 0, 0
			for rec, err := range store.Log(number + 1) {
				require.NoError(b, err)
				records++
				for data := range rec.Floor("segment") {
					own += len(data)
				}
			}
			b.ReportMetric(float64(store.Stats().LogBytes-before)/float64(records), "log-B/op")
			b.ReportMetric(float64(own)/float64(records), "own-B/op")
		})
	}
}

// BenchmarkOpenSegments opens a store of 100k contacts, and beside it the segments.
func BenchmarkOpenSegments(b *testing.B) {
	for _, recheck := range []bool{false, true} {
		for _, n := range []int{0, 1000} {
			b.Run(fmt.Sprintf("recheck=%v/segments=%d", recheck, n), func(b *testing.B) {
				dir := b.TempDir()
				eng := diskEngine(b, dir, n, &contact.Options{Sync: -1})
				require.NoError(b, eng.Store().Compact(context.Background()))
				require.NoError(b, eng.Store().Close())
				for b.Loop() {
					store, err := contact.Open(dir, nil, nil)
					require.NoError(b, err)
					_, err = segment.New(store, &segment.Options{Recheck: recheck})
					require.NoError(b, err)
					require.NoError(b, store.Close())
				}
			})
		}
	}
}
