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

// BenchmarkRecord records events that happen now, of 100k contacts with a year of
// events, while the clock stands still: what it costs to find the segments that an event
// concerns. A tenth of the segments read behaviour, the others are of the selective mix. One operation is an event
// of its own transaction.
func BenchmarkRecord(b *testing.B) {
	for _, segments := range []int{0, 1000, 10_000} {
		b.Run(fmt.Sprintf("segments=%d", segments), func(b *testing.B) { benchRecord(b, segments, 1) })
	}
}

// BenchmarkRecordBatch is BenchmarkRecord in transactions of 1 000 events.
func BenchmarkRecordBatch(b *testing.B) {
	for _, segments := range []int{0, 1000, 10_000} {
		b.Run(fmt.Sprintf("segments=%d", segments), func(b *testing.B) { benchRecord(b, segments, 1000) })
	}
}

func benchRecord(b *testing.B, segments, batch int) {
	const n = 100_000
	ctx := context.Background()
	store, _ := eventStore(b, n)
	defer store.Close()
	eng, err := segment.New(store, &segment.Options{NoBackground: true, KeepFeed: 1_000_000})
	require.NoError(b, err)
	rng := rand.New(rand.NewPCG(benchSeed, 5))
	require.NoError(b, store.Update(ctx, func(tx *contact.Tx) error {
		for i := range segments {
			f := selective(rng)
			if i%10 == 0 {
				f = behaviour(rng)
			}
			if _, err := eng.In(tx).Create(segment.Definition{Name: fmt.Sprint("s", i), Filter: f}); err != nil {
				return err
			}
		}
		return nil
	}))
	w, err := contacttest.NewEventWriter(store.Schema())
	require.NoError(b, err)
	events := make([]contacttest.Event, 0, 100_000)
	for _, ev := range contacttest.Events(benchSeed+1, n) {
		if events = append(events, *ev); len(events) == cap(events) {
			break
		}
	}
	now, at := store.Now().UnixMilli(), 0
	record := func() {
		err := store.Update(ctx, func(tx *contact.Tx) error {
			for range batch {
				ev := events[at%len(events)]
				ev.At = now
				if err := w.Record(tx, &ev); err != nil {
					return err
				}
				at++
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	record()
	first, spent := eng.LastChange(), -cpuTime()
	begun := at
	for b.Loop() {
		record()
	}
	done := float64(at - begun)
	b.ReportMetric(float64((spent+cpuTime()).Nanoseconds())/done, "cpu-ns/event")
	b.ReportMetric(done/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(eng.LastChange()-first)/done, "flips/event")
}
