package segment_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/segment"
)

// BenchmarkSmallStore makes a store with 100 contacts and five segments, as a
// tenant among a thousand would be, and reports what one holds on to.
func BenchmarkSmallStore(b *testing.B) {
	var held []*segment.Engine
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	for b.Loop() {
		held = append(held, smallEngine(b))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(held)), "B/store")
	for _, e := range held {
		require.NoError(b, e.Store().Close())
	}
}

func smallEngine(b *testing.B) *segment.Engine {
	ctx := context.Background()
	store, err := contact.New(contacttest.Schema(), nil)
	require.NoError(b, err)
	eng, err := segment.New(store, nil)
	require.NoError(b, err)
	for i := range 5 {
		_, err := eng.Create(ctx, segment.Definition{Name: "Segment", Filter: text(`country in (%q, %q) and points > %d`, countries[i], countries[i+1], i*100)})
		require.NoError(b, err)
	}
	require.NoError(b, contacttest.Load(ctx, store, benchSeed, 100, 1))
	return eng
}
