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

// rotation is the number of different operands of each query: no answer is ever
// remembered from an earlier iteration.
const rotation = 64

// A query is one of the workload's questions: as a filter with its i-th operands,
// and the same by hand over ready arrays and bitmaps. Windows are absolute dates, but for
// those of events.
type query struct {
	name   string
	filter func(i int) filter.Filter
	bound  func(d *boundData, i int, ids bool) (int, []uint32)
	events bool // it runs on a store with the events of the workload, and no segments
}

var queries = []query{
	{"Q01", func(i int) filter.Filter { return text(`country = %q`, countries[i+3]) }, boundQ01, false},
	{"Q02", func(i int) filter.Filter {
		c := countries[i%40:]
		return text(`country in (%q, %q, %q, %q, %q) and points >= %d`, c[0], c[3], c[5], c[8], c[9], 500+i)
	}, boundQ02, false},
	{"Q03", func(i int) filter.Filter { return text(`points between %d and %d`, 1970+i, 3970+i) }, boundQ03, false},
	{"Q04", func(i int) filter.Filter { return text(`email ends with %q`, "@"+domains[i+10]) }, boundQ04, false},
	{"Q05", func(i int) filter.Filter { return text(`first_name starts with %q`, prefixes[i]) }, boundQ05, false},
	{"Q06", func(i int) filter.Filter {
		return text(`signup >= %s and is_customer = true`, q06From(i).Format("2006-01-02T15:04:05Z"))
	}, boundQ06, false},
	{"Q07", func(i int) filter.Filter {
		t := tagNames[i:]
		return text(`revenue > %d and plan in (%q, %q) or tags has any (%q, %q, %q) and tags has none (%q)`,
			500+i, plans[1+i%2], plans[3], t[0], t[1], t[2], t[5])
	}, boundQ07, false},
	{"Q08", func(int) filter.Filter { return text(`last_active is empty`) }, boundQ08, false},
	{"Q09", q09Filter, boundQ09, false},
	{"Q10", func(i int) filter.Filter {
		return text(`company.industry = %q and company.employees > %d`, q10Industry(i), q10Over(i))
	}, boundQ10, false},
	{"Q11", q11Filter, boundQ11, true},
	{"Q12", q12Filter, boundQ12, true},
	{"Q13", q13Filter, boundQ13, true},
	{"Q14", func(i int) filter.Filter { return text(`city matches %q`, q14Pattern(i)) }, boundQ14, false},
	{"Q15", func(i int) filter.Filter {
		a, b := q15Pair(i)
		return text(`in segment s%d and not in segment s%d`, a, b)
	}, boundQ15, false},
}

var (
	domains    = contacttest.Domains()
	industries = contacttest.Industries()
	prefixes   = namePrefixes()
)

func text(format string, args ...any) filter.Filter {
	return filter.MustParse(fmt.Sprintf(format, args...))
}

// namePrefixes returns as many different beginnings of first names as needed.
func namePrefixes() []string {
	var list []string
	seen := map[string]bool{}
	for _, n := range firstNames {
		if p := contact.Fold(n)[:2]; !seen[p] && len(list) < rotation {
			seen[p] = true
			list = append(list, p)
		}
	}
	return list
}

func q06From(i int) time.Time {
	return contacttest.Now().AddDate(0, 0, -30).Add(time.Duration(i) * time.Minute)
}

// q09Filter is three groups of four conditions.
func q09Filter(i int) filter.Filter {
	c, t, city := countries[i%40:], tagNames[i%64:], cities[i%64:]
	return text(`country in (%q, %q, %q) and points >= %d and is_customer = true and dnc != true`+
		` or plan = %q and revenue > %d and tags has any (%q, %q) and last_active >= %s`+
		` or city in (%q, %q, %q, %q, %q) and signup >= %s and first_name starts with "jo" and company.employees > %d`,
		c[0], c[2], c[4], 1000+i, plans[i%4], 300+i, t[0], t[2], q09Active(i).Format("2006-01-02T15:04:05Z"),
		city[0], city[1], city[2], city[3], city[4], q09Signup(i).Format("2006-01-02T15:04:05Z"), 100+i)
}

func q09Active(i int) time.Time {
	return contacttest.Now().AddDate(0, 0, -90).Add(time.Duration(i) * time.Minute)
}

func q09Signup(i int) time.Time {
	return contacttest.Now().AddDate(-1, 0, 0).Add(time.Duration(i) * time.Minute)
}

func q10Industry(i int) string { return industries[1+i%4] }

func q10Over(i int) int { return 1000 + i }

func q14Pattern(i int) string {
	return fmt.Sprintf("^[%c%c].*(%c|%c)$", 'a'+i%20, 'b'+i%20, 'a'+i%7, 'n'+i%5)
}

// Segments s1 to s12 are made for Q15.
const q15Segments = 12

func q15Pair(i int) (a, b int) {
	a = i % q15Segments
	return a + 1, (a+1+i/q15Segments)%q15Segments + 1
}

// queryEngine returns an engine over the workload with the segments that Q15
// names, made once per size.
func queryEngine(b *testing.B, n int) *segment.Engine {
	b.Helper()
	if e := queryEngines[n]; e != nil {
		return e
	}
	store, err := contacttest.NewStore(benchSeed, n)
	require.NoError(b, err)
	require.NoError(b, contacttest.LoadCompanies(context.Background(), store, benchSeed, n, 10_000))
	eng, err := segment.New(store, nil)
	require.NoError(b, err)
	for i := range q15Segments {
		_, err := eng.Create(context.Background(), segment.Definition{Name: fmt.Sprint("s", i+1), Filter: text(
			`country in (%q, %q, %q) and points >= %d or is_customer = true and plan = %q`,
			countries[i], countries[i+1], countries[i+2], 200+i*10, plans[i%len(plans)])})
		require.NoError(b, err)
	}
	queryEngines[n] = eng
	return eng
}

var queryEngines = map[int]*segment.Engine{}

// engine returns the engine that a query runs on.
func (q query) engine(b *testing.B, n int) *segment.Engine {
	if q.events {
		return eventEngine(b, n)
	}
	return queryEngine(b, n)
}

// data returns what the query by hand runs on.
func (q query) data(b *testing.B, n int) *boundData {
	if q.events {
		return boundEventsOf(n)
	}
	return boundDataOf(b, n)
}

// eachQuery runs a benchmark for every query and size.
func eachQuery(b *testing.B, run func(b *testing.B, q query, n int)) {
	for _, q := range queries {
		b.Run(q.name, func(b *testing.B) {
			for _, size := range []string{"100k", "1M", "10M"} {
				if q.events && size == "10M" {
					continue // 100 million events
				}
				b.Run(size, func(b *testing.B) {
					testflags.NeedSize(b, size)
					run(b, q, testflags.Size(size))
				})
			}
		})
	}
}

type segmentsOf struct{ eng *segment.Engine }

func (s segmentsOf) Check(ref string) error { _, err := s.eng.Get(ref); return err }

func (segmentsOf) Members(v *contact.View, ref string) contact.Set {
	set, _ := segment.At(v).Members(ref)
	return set
}

// compileQuery compiles a filter anew, so that nothing is remembered of it.
func compileQuery(b *testing.B, eng *segment.Engine, v *contact.View, f filter.Filter) *filter.Program {
	p, err := filter.Compile(f, v.Schema(), &filter.CompileOptions{Segments: segmentsOf{eng}})
	if err != nil {
		b.Fatal(err)
	}
	return p.At(contacttest.Now())
}

func operands(q query) []filter.Filter {
	list := make([]filter.Filter, rotation)
	for i := range list {
		list[i] = q.filter(i)
	}
	return list
}

// BenchmarkCount counts the matches of a filter, compiled anew each time.
func BenchmarkCount(b *testing.B) {
	eachQuery(b, func(b *testing.B, q query, n int) {
		eng := q.engine(b, n)
		v, filters, matches := eng.Store().View(), operands(q), 0
		i := 0
		for b.Loop() {
			c, err := compileQuery(b, eng, v, filters[i%rotation]).Count(context.Background(), v)
			if err != nil {
				b.Fatal(err)
			}
			matches += c
			i++
		}
		report(b, n, matches)
	})
}

// BenchmarkSelect iterates over the matches of a filter, compiled anew each time.
func BenchmarkSelect(b *testing.B) {
	eachQuery(b, func(b *testing.B, q query, n int) {
		eng := q.engine(b, n)
		v, filters, matches := eng.Store().View(), operands(q), 0
		i := 0
		for b.Loop() {
			set, err := compileQuery(b, eng, v, filters[i%rotation]).Select(context.Background(), v)
			if err != nil {
				b.Fatal(err)
			}
			for range set.All() {
				matches++
			}
			i++
		}
		report(b, n, matches)
	})
}

// BenchmarkBound counts the same by hand: a plain loop over ready arrays and
// bitmaps, with nothing around it.
func BenchmarkBound(b *testing.B) { bench(b, false) }

// BenchmarkBoundSelect lists the same by hand.
func BenchmarkBoundSelect(b *testing.B) { bench(b, true) }

func bench(b *testing.B, ids bool) {
	eachQuery(b, func(b *testing.B, q query, n int) {
		d, matches := q.data(b, n), 0
		i := 0
		for b.Loop() {
			c, list := q.bound(d, i%rotation, ids)
			if ids {
				c = len(list)
			}
			matches += c
			i++
		}
		report(b, n, matches)
	})
}

func report(b *testing.B, n, matches int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
	b.ReportMetric(float64(matches)/float64(b.N), "matches")
}

// TestBound checks that the queries by hand ask the same as the filters.
func TestBound(t *testing.T) {
	const n = 20_000
	b := &testing.B{}
	for _, q := range queries {
		eng, d := q.engine(b, n), q.data(b, n)
		v := eng.Store().View()
		for i := range rotation {
			p, err := filter.Compile(q.filter(i), v.Schema(), &filter.CompileOptions{Segments: segmentsOf{eng}})
			require.NoError(t, err)
			set, err := p.At(contacttest.Now()).Select(context.Background(), v)
			require.NoError(t, err)
			c, _ := q.bound(d, i, false)
			require.Equal(t, set.Len(), c, "%s %d", q.name, i)
			_, ids := q.bound(d, i, true)
			require.Equal(t, set.IDs(), asIDs(ids), "%s %d", q.name, i)
		}
	}
}

func asIDs(raw []uint32) []contact.ID {
	ids := make([]contact.ID, len(raw))
	for i, id := range raw {
		ids[i] = contact.ID(id)
	}
	return ids
}
