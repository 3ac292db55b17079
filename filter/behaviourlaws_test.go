package filter_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

// An eventWorld is a random history, and a contact and a time to ask at.
type eventWorld struct {
	*filtertest.Generator
	events  *filtertest.EventGenerator
	setting filtertest.Setting
	contact filtertest.Contact
	history filtertest.History
}

func newEventWorld(choose filtertest.Chooser) eventWorld {
	g := filtertest.New(choose)
	w := eventWorld{Generator: g, events: g.Events(), contact: g.Contact()}
	w.history = w.events.History()
	w.setting = w.events.Setting()
	return w
}

func (w eventWorld) holds(f filter.Filter) bool { return w.holdsOf(f, w.history) }

func (w eventWorld) holdsOf(f filter.Filter, h filtertest.History) bool {
	return filtertest.MatchDid(w.setting, w.Schema(), w.contact, filtertest.Belongs{}, h, f, func(string) bool { return false })
}

// What is true of every term on behaviour: its complement holds exactly where it does not,
// in whatever order the events came, in whatever form it is written, nothing that is
// still to come counts, and what lint says of it is so.
func TestBehaviourLaws(t *testing.T) {
	seed := testflags.Seed(t)
	both := map[bool]int{}
	for i := range uint64(testflags.Cases(1000)) {
		rng := rand.New(rand.NewPCG(seed, i))
		w := newEventWorld(filtertest.FromRand(rng))
		f := w.events.Filter(2)
		if rng.IntN(3) == 0 {
			f = w.Zoned(f)
		}
		checkRoundTrips(t, f)
		schema := withEvents(t, w.Schema(), w.events.Types())
		require.NoError(t, filter.Check(f, schema, anySegment{}), "case %d: %s", i, f)
		holds := w.holds(f)
		both[holds]++
		if i%8 == 0 {
			findings, err := filter.Lint(f, schema, &filter.CompileOptions{Segments: anySegment{}, Zone: w.setting.Zone})
			require.NoError(t, err)
			for _, found := range findings {
				if found.Path == (filter.Path{}) {
					require.Equal(t, found.Kind == filter.AlwaysTrue, holds, "case %d: %s: %s", i, f, found)
				}
			}
		}

		complement := filter.Must(filter.Not(filter.Nest(withoutZone(t, f))))
		complement, err := complement.WithZone(f.Zone())
		require.NoError(t, err)
		require.Equal(t, !holds, w.holds(complement), "case %d: %s", i, f)
		normal, err := f.Normal()
		require.NoError(t, err)
		require.Equal(t, holds, w.holds(normal), "case %d: %s\n%s", i, f, normal)
		require.Equal(t, f.Fingerprint(), normal.Fingerprint(), "case %d: %s", i, f)

		other := filtertest.History{Types: w.history.Types}
		for _, k := range rng.Perm(len(w.history.Events)) {
			other.Events = append(other.Events, w.history.Events[k])
		}
		late := w.events.Event()
		if late.At = w.setting.Now.Add(time.Millisecond); rng.IntN(2) == 0 {
			late.At = late.At.AddDate(0, 0, rng.IntN(100))
		}
		other.Events = append(other.Events, late)
		require.Equal(t, holds, w.holdsOf(f, other), "case %d: %s", i, f)
	}
	if testflags.Cases(1000) >= 1000 {
		require.Greater(t, both[true], 100)
		require.Greater(t, both[false], 100)
	}
}

// anySegment is a segment for every name.
type anySegment struct{}

func (anySegment) Check(string) error                        { return nil }
func (anySegment) Members(*contact.View, string) contact.Set { return contact.Set{} }

// Terms that say the same in other words hold together.
func TestBehaviourInOtherWords(t *testing.T) {
	seed := testflags.Seed(t)
	held := map[string]int{}
	for i := range uint64(testflags.Cases(1000)) {
		rng := rand.New(rand.NewPCG(seed, i))
		w := newEventWorld(filtertest.FromRand(rng))
		b := behaviourOf(w.events.Behaviour())
		e, n := b.Events(), 1+rng.IntN(4)
		where := e.When(filter.Period{})
		same := func(name string, x, y filter.Term) {
			f, g := filter.Must(x), filter.Must(y)
			holds := w.holds(f)
			require.Equal(t, holds, w.holds(g), "case %d, %s: %s and %s at %v", i, name, f, g, w.setting.Now)
			held[fmt.Sprint(name, " ", holds)]++
		}
		same("exactly", e.Times(filter.Exactly(n)), filter.And(e.Times(filter.AtLeast(n)), e.Times(filter.AtMost(n))))
		same("days", e.Did(), e.OnDays(filter.AtLeast(1)))
		same("count", e.Times(filter.AtLeast(n)), filter.Or(e.Times(filter.Exactly(n)), e.Times(filter.AtLeast(n+1))))
		same("last", where.When(filter.During("the last 7 days")).Last(), where.When(filter.During("the last 7 days")).Did())
		since := filter.Since(w.setting.Now.Add(-time.Duration(rng.IntN(100)) * time.Hour))
		same("last since", where.When(since).Last(), where.When(since).Did())
		until := filter.Until(w.setting.Now.Add(-time.Duration(rng.IntN(100)) * time.Hour))
		same("first until", where.When(until).First(), where.When(until).Did())
		same("not until", filter.And(where.Did(), filter.Not(where.When(until).First())), filter.And(where.Did(), where.When(filter.PeriodOf(filter.Greater, oneValue(until))).First()))
		same("hours", e.When(filter.During("the last 3 hours")).Times(filter.AtLeast(n)), e.When(filter.During("the last 180 minutes")).Times(filter.AtLeast(n)))
		same("now", where.When(filter.Until(filter.Relative("now"))).Times(filter.AtLeast(n)), where.Times(filter.AtLeast(n)))
		same("any gap", e.Then(where, ""), e.Then(where, "9000 years"))
		same("min and max", filter.And(e.Count(filter.Field("amount").AtLeast(1)), e.Min(filter.Field("amount").AtLeast(0))), filter.And(e.Count(filter.Field("amount").AtLeast(1)), filter.Not(e.Min(filter.Field("amount").LessThan(0)))))
	}
	if testflags.Cases(1000) >= 1000 {
		for _, name := range []string{"exactly", "days", "count", "last", "last since", "first until", "not until", "hours", "now", "any gap", "min and max"} {
			require.NotZero(t, held[name+" true"], name)
			require.NotZero(t, held[name+" false"], name)
		}
	}
}

func oneValue(p filter.Period) filter.Value {
	for v := range p.Values() {
		return v
	}
	return filter.Value{}
}

func behaviourOf(t filter.Term) filter.Behaviour { return t.(filter.Behaviour) }

// What the random tests test is every kind of term, negated and not, with and without a
// filter and a period, every form of a period and of a quantity, and of both outcomes.
func TestEventGeneratorMakesEverything(t *testing.T) {
	const most = 40_000 // by far: some are rare, and all are mostly met among a few thousand
	missing := eventKeys()
	seed := testflags.Seed(t)
	for i := uint64(0); i < most && len(missing) > 0; i++ {
		w := newEventWorld(filtertest.FromRand(rand.New(rand.NewPCG(seed, i))))
		for range 5 {
			b := behaviourOf(w.events.Behaviour())
			_, exactly := b.Quantity()
			_, without := b.Between()
			for _, key := range []string{
				fmt.Sprintf("kind %d, negated %v, holds %v", b.Kind(), b.Negated(), w.holds(filter.Must(b))),
				fmt.Sprintf("kind %d, filter %v, period %v", b.Kind(), !b.Events().Filter().IsZero(), !b.Events().Period().IsZero()),
				fmt.Sprintf("period %d", b.Events().Period().Op()),
				fmt.Sprintf("kind %d, operator %d", b.Kind(), b.Condition().Op()),
				fmt.Sprintf("kind %d, exactly %v, gap %v, without %v", b.Kind(), exactly, b.Gap() != "", without),
			} {
				delete(missing, key)
			}
		}
	}
	require.Empty(t, missing)
}

// eventKeys are what the generator has to make.
func eventKeys() map[string]bool {
	keys := map[string]bool{}
	need := func(format string, args ...any) { keys[fmt.Sprintf(format, args...)] = true }
	yes := []bool{false, true}
	for kind := filter.DidTimes; kind <= filter.OfLast; kind++ {
		for _, a := range yes {
			for _, b := range yes {
				need("kind %d, negated %v, holds %v", kind, a, b)
				if b || kind != filter.FirstTime && kind != filter.LastTime {
					need("kind %d, filter %v, period %v", kind, a, b)
				}
				need("kind %d, exactly false, gap %v, without %v", filter.DidThen, a, b)
			}
			if kind <= filter.DidDifferent {
				need("kind %d, exactly %v, gap false, without false", kind, a)
			}
		}
		if kind >= filter.OfFirst {
			for _, op := range filtertest.Operators(contact.KindText) {
				need("kind %d, operator %d", kind, op)
			}
		}
		if kind >= filter.SumOf && kind != filter.FirstTime && kind != filter.LastTime {
			for op := filter.Equal; op <= filter.In; op++ {
				need("kind %d, operator %d", kind, op)
			}
		}
	}
	for _, op := range []filter.Op{0, filter.Within, filter.GreaterEqual, filter.Greater, filter.Less, filter.LessEqual, filter.Equal, filter.Between} {
		need("period %d", op)
	}
	return keys
}
