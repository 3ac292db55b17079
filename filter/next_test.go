package filter_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

// Up to Next the oracle answers what it answers now, and for a single condition it
// answers something else then: asked on both sides of every boundary that comes before
// it, of days, hours and the contact's own values, and at random.
func TestNext(t *testing.T) {
	seed := testflags.Seed(t)
	found := 0
	for i := range uint64(testflags.Cases(60)) {
		rng := rand.New(rand.NewPCG(seed+i, 7))
		g := filtertest.New(filtertest.FromRand(rng))
		p := newPeople(t, g.Schema(), g.Zone())
		p.fill(t, g, filtertest.FromRand(rng), storeSize{contacts: 4})
		for range 6 {
			p.setting = g.Setting()
			term := filter.Term(g.Condition())
			if rng.IntN(4) == 0 {
				term = filter.Nest(g.Filter(2))
			}
			f := g.Zoned(filter.Must(term))
			program, err := p.compile(f)
			require.NoError(t, err, "%s", f)
			for id, c := range p.contacts {
				if checkNext(t, p, program, rng, id, c) {
					found++
				}
			}
		}
	}
	if testflags.Cases(60) >= 60 {
		require.Greater(t, found, 50)
	}
}

// checkNext holds Next for one contact against the oracle and reports whether there
// is one.
func checkNext(t *testing.T, p *people, program *filter.Program, rng *rand.Rand, id contact.ID, c filtertest.Contact) bool {
	now := p.setting.Now
	f, v := program.Filter(), p.store.View()
	next, ok := program.Next(v, id, now)
	answer := func(at time.Time) bool {
		s := p.setting
		s.Now = at
		return filtertest.MatchAt(s, p.store.Schema(), c, f, func(ref string) bool { return p.segments.has(ref, id) })
	}
	end := next
	if !ok {
		end = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).Add(time.Millisecond)
	} else {
		require.True(t, next.After(now), "%s", f)
	}
	was := answer(now)
	for _, at := range probes(p, rng, now, end, c) {
		if at.After(now) && at.Before(end) {
			require.Equal(t, was, answer(at), "%s of %v at %v: asked at %v, Next is %v %v", f, c, at, now, next, ok)
		}
	}
	conditions := 0
	for range f.Conditions() {
		conditions++
	}
	if ok && conditions == 1 {
		require.NotEqual(t, was, answer(next), "%s of %v does not change at %v, asked at %v in %v", f, c, next, now, p.setting)
	}
	return ok
}

// probes returns instants between two others at which something may change.
func probes(p *people, rng *rand.Rand, now, end time.Time, c filtertest.Contact) (list []time.Time) {
	both := func(t time.Time) { list = append(list, t, t.Add(-time.Millisecond), t.Add(time.Millisecond)) }
	both(end)
	both(now)
	if end.After(now) {
		for range 5 { // far apart: anywhere
			list = append(list, time.UnixMilli(now.UnixMilli()+rng.Int64N(end.UnixMilli()-now.UnixMilli()+1)))
		}
	}
	day := contact.DayIn(now.In(p.setting.Zone))
	for _, d := range []int{0, 1, 2, 3, 6, 7, 28, 30, 31, 60, 90, 180, 364, 365, 366, 731, 1461} {
		both((day + contact.Day(d)).In(p.setting.Zone))
	}
	for _, x := range c {
		if at, ok := x.(time.Time); ok {
			for _, d := range []time.Duration{0, time.Hour, -time.Hour, 24 * time.Hour, 7 * 24 * time.Hour} {
				both(at.Add(d))
			}
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}
