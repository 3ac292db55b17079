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
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// BenchmarkChange gives a segment another filter, beside many that have a window of their
// own each: what one edit costs, whatever else is defined.
func BenchmarkChange(b *testing.B) {
	besideSegments(b, benchChange)
}

// besideSegments runs a benchmark beside so many segments.
func besideSegments(b *testing.B, run func(b *testing.B, n int)) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprintf("segments=%d", n), func(b *testing.B) {
			if n > 10_000 {
				testflags.NeedSize(b, "1M")
			}
			run(b, n)
		})
	}
}

func benchChange(b *testing.B, n int) {
	ctx := context.Background()
	clock := contacttest.NewClock(noon)
	store, err := contact.New(contact.MustSchema(contact.DateTime("seen")), &contact.Options{Clock: clock})
	require.NoError(b, err)
	defer store.Close()
	eng, err := segment.New(store, &segment.Options{NoBackground: true})
	require.NoError(b, err)
	within := func(hours int) filter.Filter {
		return text("seen within the last %d hours", hours)
	}
	require.NoError(b, store.Update(ctx, func(tx *contact.Tx) error {
		for i := range 1000 {
			if _, err := tx.Insert(contact.Values{"seen": noon.Add(-time.Duration(i) * time.Hour)}); err != nil {
				return err
			}
		}
		for i := range n {
			if _, err := eng.In(tx).Create(segment.Definition{Name: fmt.Sprint("s", i), Filter: within(i)}); err != nil {
				return err
			}
		}
		return nil
	}))
	i := 0
	for b.Loop() {
		i++
		_, err := eng.Change(ctx, "s7", segment.Definition{Name: "s7", Filter: within(i % 700)})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkChangeReference has a segment name another one than before, beside many that name
// each other in chains of ten: what one edit costs while somebody reads, whatever else names
// what.
func BenchmarkChangeReference(b *testing.B) {
	besideSegments(b, benchChangeReference)
}

func benchChangeReference(b *testing.B, n int) {
	ctx := context.Background()
	store, err := contact.New(contact.MustSchema(contact.Number("points")), &contact.Options{Clock: contacttest.NewClock(noon)})
	require.NoError(b, err)
	defer store.Close()
	eng, err := segment.New(store, &segment.Options{NoBackground: true})
	require.NoError(b, err)
	require.NoError(b, store.Update(ctx, func(tx *contact.Tx) error {
		for i := range 1000 {
			if _, err := tx.Insert(contact.Values{"points": i}); err != nil {
				return err
			}
		}
		for i := range n {
			def := segment.Definition{Name: fmt.Sprint("s", i), Filter: text("points = %d", i)}
			if i%10 > 0 {
				def.Filter = text("in segment s%d and points = %d", i-1, i)
			}
			if _, err := eng.In(tx).Create(def); err != nil {
				return err
			}
		}
		return nil
	}))
	i := 0
	for b.Loop() {
		i++
		_ = store.View()
		_, err := eng.Change(ctx, "s99", segment.Definition{Name: "s99", Filter: text("in segment s%d", i%90)})
		if err != nil {
			b.Fatal(err)
		}
	}
}
