package segment_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// relativeFilters are 50 conditions on the dates of the workload, each of one limit or two
// of its own.
func relativeFilters() (list []string) {
	for n := range 10 {
		list = append(list,
			fmt.Sprintf("last_active within the last %d days", 7+9*n),
			fmt.Sprintf("last_active < -%d days", 10+20*n),
			fmt.Sprintf("signup within the last %d months", 1+n),
			fmt.Sprintf("birthday is in the next %d days", 1+n),
			fmt.Sprintf("signup >= -%d hours", 100+500*n))
	}
	return list
}

// newAdvance returns an engine over the contacts of the workload and its clock, at the time
// up to which they were active.
func newAdvance(b testing.TB, n int, filters []string) (*contact.Store, *segment.Engine, *contacttest.Clock) {
	clock := contacttest.NewClock(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))
	store, err := contact.New(contacttest.Schema(), &contact.Options{Clock: clock})
	require.NoError(b, err)
	require.NoError(b, contacttest.Load(context.Background(), store, benchSeed, n, 10_000))
	eng, err := segment.New(store, &segment.Options{NoBackground: true})
	require.NoError(b, err)
	for i, text := range filters {
		_, err := eng.Create(context.Background(), segment.Definition{Name: fmt.Sprint("s", i), Filter: filter.MustParse(text)})
		require.NoError(b, err)
	}
	b.Cleanup(func() { require.NoError(b, store.Close()) })
	return store, eng, clock
}

// BenchmarkAdvance/idle is an Advance when nothing is due; day is a day of 50 relative
// conditions, in steps of an hour.
func BenchmarkAdvance(b *testing.B) {
	ctx := context.Background()
	b.Run("idle", func(b *testing.B) {
		_, eng, _ := newAdvance(b, 100_000, relativeFilters())
		require.NoError(b, eng.Advance(ctx))
		for b.Loop() {
			if err := eng.Advance(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("day", func(b *testing.B) {
		_, eng, clock := newAdvance(b, 100_000, relativeFilters())
		require.NoError(b, eng.Advance(ctx))
		changes, looked := eng.LastChange(), eng.Stats().Looked
		for b.Loop() {
			for range 24 {
				clock.Turn(time.Hour)
				if err := eng.Advance(ctx); err != nil {
					b.Fatal(err)
				}
			}
		}
		flips := float64(eng.LastChange() - changes)
		b.ReportMetric(flips/float64(b.N), "flips/op")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/flips, "ns/flip")
		b.ReportMetric(float64(eng.Stats().Looked-looked)/flips, "looked/flip")
	})
}
