package segment_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// BenchmarkRecordClock records events of 100k contacts, beside the million of a year, as they
// happen. One operation is a transaction of 1 000 events, under no segments, under 1 000 of
// the selective mix, and under 1 000 of which 100 read behaviour. The clock goes with them,
// so that older events leave windows; what that takes is not in the operation but reported
// for each event as due-cpu-ns.
func BenchmarkRecordClock(b *testing.B) {
	for _, c := range []struct {
		name            string
		plain, behaving int
	}{{"segments=0", 0, 0}, {"segments=1000/behaviour=0", 1000, 0}, {"segments=1000/behaviour=100", 900, 100}} {
		b.Run(c.name, func(b *testing.B) { benchRecordClock(b, c.plain, c.behaving) })
	}
}

func benchRecordClock(b *testing.B, plain, behaving int) {
	const n, batch = 100_000, 1000
	ctx := context.Background()
	store, clock := eventStore(b, n)
	defer store.Close()
	eng, err := segment.New(store, &segment.Options{NoBackground: true, KeepFeed: 1_000_000})
	require.NoError(b, err)
	rng := rand.New(rand.NewPCG(benchSeed, 4))
	require.NoError(b, store.Update(ctx, func(tx *contact.Tx) error {
		for i := range plain + behaving {
			f := selective(rng)
			if i >= plain {
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
	next, stop := iter.Pull(years(n))
	defer stop()
	events := make([]contacttest.Event, batch)
	first := eng.LastChange()
	var spent, due time.Duration
	for b.Loop() {
		b.StopTimer()
		for i := range events {
			events[i], _ = next()
		}
		due -= cpuTime()
		clock.Set(time.UnixMilli(events[batch-1].At))
		require.NoError(b, eng.Advance(ctx))
		due += cpuTime()
		spent -= cpuTime()
		b.StartTimer()
		err := store.Update(ctx, func(tx *contact.Tx) error {
			for i := range events {
				if err := w.Record(tx, &events[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		spent += cpuTime()
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N*batch), "cpu-ns/event")
	b.ReportMetric(float64(due.Nanoseconds())/float64(b.N*batch), "due-cpu-ns/event")
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(eng.LastChange()-first)/float64(b.N*batch), "flips/event")
}

// years yields the events of the workload of n contacts, year after year behind the one
// that is loaded.
func years(n int) iter.Seq[contacttest.Event] {
	return func(yield func(contacttest.Event) bool) {
		for year := int64(1); ; year++ {
			for _, ev := range contacttest.Events(benchSeed+uint64(year), n) {
				later := *ev
				later.At += year * (365 * 24 * time.Hour).Milliseconds()
				if !yield(later) {
					return
				}
			}
		}
	}
}

// behaviour makes the definitions about what contacts did: ever or lately, often or not,
// of one object or any, for half of them with a condition on a field.
func behaviour(rng *rand.Rand) filter.Filter {
	e := filter.EventsOf(pick(rng, recordedTypes))
	if rng.IntN(2) == 0 {
		e = e.Where(filter.Field("object").Equals(contacttest.ObjectName(1 + rng.IntN(100))))
	}
	if rng.IntN(3) > 0 {
		e = e.When(filter.During(fmt.Sprintf("the last %d days", 1+rng.IntN(90))))
	}
	term := filter.Term(e.Times(filter.AtLeast(1 + rng.IntN(3))))
	if rng.IntN(4) == 0 {
		term = e.NeverDid()
	}
	if rng.IntN(2) == 0 {
		term = filter.And(term, broad(rng))
	}
	return filter.Must(term)
}

var recordedTypes = contacttest.EventTypes()
