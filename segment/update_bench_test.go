package segment_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
	"github.com/rosterdb/roster/segment/internal/index"
)

// benchSeed makes the data, the definitions and the changes of all benchmarks.
const benchSeed = 20261124

// selective makes the definitions of the selective mix: one to three groups, each
// with a condition on city or first name and one to three on other fields.
func selective(rng *rand.Rand) filter.Filter {
	groups := make([]filter.Term, 1+rng.IntN(3))
	for i := range groups {
		terms := []filter.Term{narrow(rng)}
		for range 1 + rng.IntN(3) {
			terms = append(terms, broad(rng))
		}
		groups[i] = filter.And(terms...)
	}
	return filter.Must(filter.Or(groups...))
}

func narrow(rng *rand.Rand) filter.Term {
	if rng.IntN(2) == 0 {
		return filter.Field("city").Equals(pick(rng, cities))
	}
	return filter.Field("first_name").Equals(pick(rng, firstNames))
}

func broad(rng *rand.Rand) filter.Term {
	switch rng.IntN(8) {
	case 0:
		return filter.Field("country").In(pick(rng, countries), pick(rng, countries))
	case 1:
		return filter.Field("points").AtLeast(rng.IntN(5000))
	case 2:
		return filter.Field("points").LessThan(rng.IntN(10000))
	case 3:
		return filter.Field("is_customer").Equals(rng.IntN(2) == 0)
	case 4:
		return filter.Field("plan").In(pick(rng, plans), pick(rng, plans))
	case 5:
		return filter.Field("tags").HasAny(pick(rng, tagNames), pick(rng, tagNames))
	case 6:
		return filter.Field("revenue").GreaterThan(rng.IntN(2000))
	}
	return filter.Not(filter.Field("dnc").Equals(true))
}

var (
	cities, firstNames = contacttest.Cities(), contacttest.FirstNames()
	countries, plans   = contacttest.Countries(), contacttest.Plans()
	tagNames           = contacttest.TagNames()
)

func pick(rng *rand.Rand, list []string) string { return list[rng.IntN(len(list))] }

// wide makes the definitions of the broad mix: one to three groups, each with two to
// four conditions on fields that many contacts have alike.
func wide(rng *rand.Rand) filter.Filter {
	groups := make([]filter.Term, 1+rng.IntN(3))
	for i := range groups {
		terms := make([]filter.Term, 2+rng.IntN(3))
		for k := range terms {
			terms[k] = broad(rng)
		}
		groups[i] = filter.And(terms...)
	}
	return filter.Must(filter.Or(groups...))
}

// benchEngine returns an engine with n segments of the selective mix on a store of
// its own with 100k contacts.
func benchEngine(b *testing.B, n int) *segment.Engine {
	b.Helper()
	return benchMix(b, n, selective)
}

// benchMix is benchEngine for any mix. More than 10 000 segments are for those who ask for them, see [testflags.NeedSize].
func benchMix(b *testing.B, n int, mix func(*rand.Rand) filter.Filter) *segment.Engine {
	b.Helper()
	if n > 10_000 {
		testflags.NeedSize(b, "1M")
	}
	store, err := contacttest.NewStore(benchSeed, 100_000)
	require.NoError(b, err)
	eng, err := segment.New(store, &segment.Options{KeepFeed: 1_000_000})
	require.NoError(b, err)
	rng := rand.New(rand.NewPCG(benchSeed, 1))
	require.NoError(b, store.Update(context.Background(), func(tx *contact.Tx) error {
		for i := range n {
			if _, err := eng.In(tx).Create(segment.Definition{Name: fmt.Sprint("s", i), Filter: mix(rng)}); err != nil {
				return err
			}
		}
		return nil
	}))
	b.Cleanup(func() { require.NoError(b, store.Close()) })
	return eng
}

// A churn changes one field of one random contact at a time: the fields of the
// definitions in equal shares.
type churn struct {
	store *contact.Store
	rng   *rand.Rand
	n     int
	field [8]contact.Field

	longest *time.Duration // if not nil: of a transaction
}

func newChurn(b testing.TB, store *contact.Store) *churn {
	c := &churn{store: store, rng: rand.New(rand.NewPCG(benchSeed, 2)), n: store.View().Len()}
	for i, name := range churnFields {
		f, ok := store.Schema().Field(name)
		require.True(b, ok, name)
		c.field[i] = f
	}
	return c
}

var churnFields = [8]string{"city", "first_name", "country", "points", "is_customer", "plan", "tags", "revenue"}

// stage stages one change of a random field.
func (c *churn) stage(tx *contact.Tx) error { return c.change(tx, c.rng.IntN(len(c.field))) }

func (c *churn) change(tx *contact.Tx, field int) error {
	id := contact.ID(1 + c.rng.IntN(c.n))
	f, row := c.field[field], tx.Row()
	switch field {
	case 0:
		row.Text(f, pick(c.rng, cities))
	case 1:
		row.Text(f, pick(c.rng, firstNames))
	case 2:
		row.Text(f, pick(c.rng, countries))
	case 3:
		row.Number(f, float64(c.rng.IntN(10_000)))
	case 4:
		row.Bool(f, c.rng.IntN(2) == 0)
	case 5:
		row.Text(f, pick(c.rng, plans))
	case 6:
		row.List(f, pick(c.rng, tagNames), pick(c.rng, tagNames), pick(c.rng, tagNames))
	case 7:
		row.Number(f, float64(c.rng.IntN(200_000))/100)
	}
	return row.Set(id)
}

// run makes n changes in transactions of batch, a View taken after every views of
// them (0: never). It reports enters and leaves per change, and the processor time, that
// of the garbage collector included.
func (c *churn) run(b *testing.B, eng *segment.Engine, batch, views int, stage func(*contact.Tx) error) {
	ctx := context.Background()
	first := uint64(0)
	var was index.Stats
	if eng != nil {
		first, was = eng.LastChange(), segment.FinderStats(eng)
	}
	var held *contact.View
	n := 0
	b.ReportAllocs()
	spent := cpuTime()
	for b.Loop() {
		var begin time.Time
		if c.longest != nil {
			begin = time.Now()
		}
		if err := c.store.Update(ctx, func(tx *contact.Tx) error {
			for range batch {
				if err := stage(tx); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		if c.longest != nil {
			*c.longest = max(*c.longest, time.Since(begin))
		}
		if n++; views > 0 && n%views == 0 {
			held = c.store.View()
		}
	}
	_ = held
	b.ReportMetric(float64((cpuTime()-spent).Nanoseconds())/float64(b.N*batch), "cpu-ns/change")
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "changes/s")
	if eng != nil {
		b.ReportMetric(float64(eng.LastChange()-first)/float64(b.N*batch), "flips/op")
		if stats := segment.FinderStats(eng); stats.Segments > 0 {
			b.ReportMetric(float64(stats.Visited-was.Visited)/float64(b.N*batch), "groups/op")
			b.ReportMetric(float64(stats.Bytes)/float64(stats.Segments), "index-B/segment")
		}
	}
}

// BenchmarkUpdate is one change of one field, all segments right and the feed
// written, the mean over the fields, with no View open.
func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{0, 100, 1000, 10000, 100000} {
		b.Run(fmt.Sprintf("segments=%d", n), func(b *testing.B) {
			eng := benchEngine(b, n)
			c := newChurn(b, eng.Store())
			c.run(b, eng, 1, 0, c.stage)
		})
	}
}

// BenchmarkUpdateBroad is BenchmarkUpdate with the broad mix, in which a change lets a
// contact enter and leave many segments.
func BenchmarkUpdateBroad(b *testing.B) {
	for _, n := range []int{100, 1000, 10000, 100000} {
		b.Run(fmt.Sprintf("segments=%d", n), func(b *testing.B) {
			eng := benchMix(b, n, wide)
			c := newChurn(b, eng.Store())
			c.run(b, eng, 1, 0, c.stage)
		})
	}
}

// BenchmarkUpdateNoFlip is one change of points that crosses no value which a
// condition names: these are whole numbers.
func BenchmarkUpdateNoFlip(b *testing.B) {
	for _, n := range []int{0, 100, 10000, 100000} {
		b.Run(fmt.Sprintf("segments=%d", n), func(b *testing.B) {
			eng := benchEngine(b, n)
			c := newChurn(b, eng.Store())
			const contacts = 10_000
			at := func(i, round int) float64 { return float64(i) + .25 + float64(round%2)/2 }
			set := func(tx *contact.Tx, i, round int) error {
				row := tx.Row()
				row.Number(c.field[3], at(i%contacts, round))
				return row.Set(contact.ID(1 + i%contacts))
			}
			require.NoError(b, c.store.Update(context.Background(), func(tx *contact.Tx) error {
				for i := range contacts {
					if err := set(tx, i, 0); err != nil {
						return err
					}
				}
				return nil
			}))
			i := contacts
			c.run(b, eng, 1, 0, func(tx *contact.Tx) error {
				i++
				return set(tx, i-1, (i-1)/contacts)
			})
		})
	}
}

// BenchmarkUpdateView is BenchmarkUpdate with a View taken every so many changes.
func BenchmarkUpdateView(b *testing.B) {
	for _, views := range []int{1000, 1} {
		for _, n := range []int{0, 1000} {
			b.Run(fmt.Sprintf("views=%d/segments=%d", views, n), func(b *testing.B) {
				eng := benchEngine(b, n)
				c := newChurn(b, eng.Store())
				c.run(b, eng, 1, views, c.stage)
			})
		}
	}
}

// BenchmarkUpdateField is BenchmarkUpdate field by field.
func BenchmarkUpdateField(b *testing.B) {
	for i, field := range churnFields {
		for _, n := range []int{0, 1000} {
			b.Run(fmt.Sprintf("field=%s/segments=%d", field, n), func(b *testing.B) {
				eng := benchEngine(b, n)
				c := newChurn(b, eng.Store())
				c.run(b, eng, 1, 0, func(tx *contact.Tx) error { return c.change(tx, i) })
			})
		}
	}
}

// BenchmarkUpdateBatch is a transaction of 1000 changes.
func BenchmarkUpdateBatch(b *testing.B) {
	for _, n := range []int{0, 1000} {
		b.Run(fmt.Sprintf("segments=%d", n), func(b *testing.B) {
			eng := benchEngine(b, n)
			c := newChurn(b, eng.Store())
			c.run(b, eng, 1000, 0, c.stage)
		})
	}
}

// BenchmarkContains and BenchmarkCountStored ask a stored segment.
func BenchmarkContains(b *testing.B) {
	eng := benchEngine(b, 100)
	rng := rand.New(rand.NewPCG(benchSeed, 3))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := eng.Contains("s7", contact.ID(1+rng.IntN(100_000))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCountStored asks a stored segment for its size.
func BenchmarkCountStored(b *testing.B) {
	eng := benchEngine(b, 100)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := eng.Count("s7"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSegmentsOf lists the segments of a contact among 1000.
func BenchmarkSegmentsOf(b *testing.B) {
	eng := benchEngine(b, 1000)
	rng := rand.New(rand.NewPCG(benchSeed, 3))
	for b.Loop() {
		_ = eng.Of(contact.ID(1 + rng.IntN(100_000)))
	}
}
