package segment_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// BenchmarkFirstFill is the definition of one dynamic segment, filled: Q2, about
// 94 of 1 000 contacts, with operands that rotate; and of 10 000 in one transaction, of
// the selective mix.
func BenchmarkFirstFill(b *testing.B) {
	b.Run("definitions=10000", func(b *testing.B) { fillMany(b, 10_000, selective) })
	for _, size := range []string{"100k", "1M"} {
		b.Run(size, func(b *testing.B) {
			testflags.NeedSize(b, size)
			store, err := contacttest.NewStore(benchSeed, testflags.Size(size))
			require.NoError(b, err)
			eng, err := segment.New(store, &segment.Options{KeepFeed: -1})
			require.NoError(b, err)
			ctx := context.Background()
			i := 0
			for b.Loop() {
				i++
				_, err := eng.Create(ctx, segment.Definition{Handle: "fill", Name: "Fill", Filter: filter.Must(filter.And(
					filter.Field("country").In(countries[i%64], countries[i%64+1], countries[i%64+2], countries[i%64+3], countries[i%64+4]),
					filter.Field("points").AtLeast(500)))})
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				_, err = eng.Delete(ctx, "fill")
				require.NoError(b, err)
				b.StartTimer()
			}
			require.NoError(b, store.Close())
		})
	}
}

// BenchmarkFirstFillRound is the definition of 10 000 segments in one transaction, with
// conditions such as people choose them: in any field, and with round numbers, so that
// many segments say the same.
func BenchmarkFirstFillRound(b *testing.B) {
	b.Run("definitions=10000", func(b *testing.B) { fillMany(b, 10_000, round) })
}

// fillMany defines n segments at once on 100k contacts.
func fillMany(b *testing.B, n int, mix func(*rand.Rand) filter.Filter) {
	ctx := context.Background()
	for b.Loop() {
		b.StopTimer()
		store, err := contacttest.NewStore(benchSeed, 100_000)
		require.NoError(b, err)
		eng, err := segment.New(store, &segment.Options{KeepFeed: -1})
		require.NoError(b, err)
		rng := rand.New(rand.NewPCG(benchSeed, 1))
		filters := make([]filter.Filter, n)
		for i := range filters {
			filters[i] = mix(rng)
		}
		b.StartTimer()
		require.NoError(b, store.Update(ctx, func(tx *contact.Tx) error {
			for i, f := range filters {
				if _, err := eng.In(tx).Create(segment.Definition{Name: fmt.Sprint("s", i), Filter: f}); err != nil {
					return err
				}
			}
			return nil
		}))
		b.StopTimer()
		require.NoError(b, store.Close())
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/definition")
}

// round makes the definitions of one to three groups of two to four conditions.
func round(rng *rand.Rand) filter.Filter {
	groups := make([]filter.Term, 1+rng.IntN(3))
	for i := range groups {
		var terms []filter.Term
		for range 2 + rng.IntN(3) {
			switch rng.IntN(4) {
			case 0:
				terms = append(terms, filter.Field("points").AtLeast(rng.IntN(20)*250))
			case 1:
				terms = append(terms, filter.Field("revenue").GreaterThan(rng.IntN(20)*100))
			default:
				terms = append(terms, broad(rng))
			}
		}
		groups[i] = filter.And(terms...)
	}
	return filter.Must(filter.Or(groups...))
}
