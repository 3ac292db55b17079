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
	for i := range uint64(testflags.Cases(20)) {
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
	if testflags.Cases(20) >= 60 {
		require.Greater(t, found, 50)
	}
}

// checkNext holds Next for one contact against the oracle and reports whether there
// is one.
func checkNext(t *testing.T, p *people, program *filter.Program, rng *rand.Rand, id contact.ID, c filtertest.Contact) bool {
	now := p.setting.Now
	f, v := program.Filter(), p.store.View()
	belongs, _ := belongsIn(v, p.store.Schema())(id)
	next, ok := program.Next(v, id, now)
	answer := func(at time.Time) bool {
		s := p.setting
		s.Now = at
		return filtertest.MatchOf(s, p.store.Schema(), c, belongs, f, func(ref string) bool { return p.segments.has(ref, id) })
	}
	end := next
	if !ok {
		end = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).Add(time.Millisecond)
	} else {
		require.True(t, next.After(now), "%s", f)
	}
	was := answer(now)
	for _, at := range probes(p, rng, now, end, append(belongs.Companies, c)) {
		if at.After(now) && at.Before(end) {
			require.Equal(t, was, answer(at), "%s of %v at %v: asked at %v, Next is %v %v", f, c, at, now, next, ok)
		}
	}
	conditions, one := 0, true // of any company the answer may be the same
	for path := range f.Conditions() {
		conditions++
		one = conditions == 1 && !path.OnCompany()
	}
	if ok && one {
		require.NotEqual(t, was, answer(next), "%s of %v does not change at %v, asked at %v in %v", f, c, next, now, p.setting)
	}
	return ok
}

// probes returns instants between two others at which something may change.
func probes(p *people, rng *rand.Rand, now, end time.Time, of []filtertest.Contact) (list []time.Time) {
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
	for _, c := range of {
		for _, x := range c {
			if at, ok := x.(time.Time); ok {
				for _, d := range []time.Duration{0, time.Hour, -time.Hour, 24 * time.Hour, 7 * 24 * time.Hour} {
					both(at.Add(d))
				}
			}
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}

// relativeForms are conditions on a datetime and a date, one of each form.
var relativeForms = []string{
	"at = today", "at < now", "at >= -36 hours", "at in (now, tomorrow, -1 month)", "at between last month and in 3 hours", "at = this quarter",
	"at within the last 36 hours", "at within the next 90 minutes", "at within the last 1 month", "at within the next 1 month", "at within the last 1 year",
	"at within the next 2 weeks", "at is today", "at is in the next 2 months", "at = last day of february", "at > sunday next week", "not at is this month",
	"on = yesterday", "on <= -1 month", "on within the last 1 month", "on within the next 7 days", "on = monday this week", "on is tomorrow",
	"on is first day of next month", "on is in the last 1 year", "on is this year", "on = -3 years", "on > first day of march next year", "at != 2026-11-24 or on = today",
}

// Each form of a relative condition, followed from one change of the answer to the
// next, in zones whose clocks are turned.
func TestNextOfEveryForm(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 8))
	zones := []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"}
	schema := contact.MustSchema(contact.DateTime("at"), contact.Date("on"))
	for i := range testflags.Cases(120) {
		p := newPeople(t, schema, zone(t, zones[i/len(relativeForms)%len(zones)]))
		p.setting.LeapDayInMarch = rng.IntN(2) == 0
		at := time.Date(2018+rng.IntN(12), time.Month(1+rng.IntN(12)), 1+rng.IntN(31), rng.IntN(24), rng.IntN(60), 0, rng.IntN(2)*1e6, p.setting.Zone)
		c := filtertest.Contact{"at": at.UTC(), "on": contact.DayIn(at)}
		require.NoError(t, p.update(func(tx *contact.Tx) error { return p.insert(tx, c) }))
		program, err := p.compile(filter.MustParse(relativeForms[i%len(relativeForms)]))
		require.NoError(t, err)
		p.setting.Now = at.AddDate(rng.IntN(3)-1, rng.IntN(5)-2, rng.IntN(60)-30).UTC()
		for range 4 {
			if !checkNext(t, p, program, rng, 1, c) {
				break
			}
			next, _ := program.Next(p.store.View(), 1, p.setting.Now)
			p.setting.Now = next
		}
	}
}

// The month that ends on 31 July begins on 30 June, like the one that ends on 30 July:
// who has left it by the clock of the 30th is in again when the 31st begins.
func TestNextWhereMonthsAreShort(t *testing.T) {
	const ms = time.Millisecond
	day := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
	}
	for _, c := range []struct {
		text  string
		at    time.Time
		now   time.Time
		flips []time.Time
	}{
		{"at within the last 1 month", day(6, 30, 9), day(7, 1, 0), []time.Time{day(7, 30, 9), day(7, 31, 0), day(7, 31, 9)}},
		{"at within the last 1 month", day(2, 28, 9), day(2, 28, 8), []time.Time{
			day(2, 28, 9), day(3, 28, 9), day(3, 29, 0), day(3, 29, 9), day(3, 30, 0), day(3, 30, 9), day(3, 31, 0), day(3, 31, 9)}},
		{"at within the next 1 month", day(2, 28, 9), day(1, 1, 0), []time.Time{
			day(1, 28, 9).Add(ms), day(1, 29, 0), day(1, 29, 9).Add(ms), day(1, 30, 0), day(1, 30, 9).Add(ms), day(1, 31, 0), day(1, 31, 9).Add(ms), day(2, 28, 9).Add(ms)}},
	} {
		p := newPeople(t, contact.MustSchema(contact.DateTime("at")), time.UTC)
		require.NoError(t, p.update(func(tx *contact.Tx) error { return p.insert(tx, filtertest.Contact{"at": c.at}) }))
		program, err := p.compile(filter.MustParse(c.text))
		require.NoError(t, err)
		now := c.now
		var got []time.Time
		for {
			next, ok := program.Next(p.store.View(), 1, now)
			if !ok {
				break
			}
			got, now = append(got, next), next
		}
		require.Equal(t, c.flips, got, c.text)
	}
}

// The end of the calendar is the end of changes.
func TestNextAtTheEnd(t *testing.T) {
	p := newPeople(t, contact.MustSchema(contact.DateTime("at"), contact.Date("on")), time.UTC)
	last := time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		return p.insert(tx, filtertest.Contact{"at": last, "on": contact.DayIn(last)})
	}))
	for _, c := range []struct {
		text      string
		now, want time.Time
	}{
		{"on = today", last.AddDate(0, 0, -2), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)},
		{"on = today", last, time.Time{}},
		{"at <= now", last.Add(-time.Hour), last},
		{"at < now", last.Add(-time.Hour), time.Time{}},
		{"at < now", last.AddDate(5, 0, 0), time.Time{}},
		{"on is tomorrow", last.AddDate(-1, 0, 1), time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC)},
		{"on = 2026-11-24", last.AddDate(-1, 0, 0), time.Time{}},
		{"on is this year", last.AddDate(-1, 0, 0), time.Time{}},
	} {
		program, err := p.compile(filter.MustParse(c.text))
		require.NoError(t, err)
		next, ok := program.Next(p.store.View(), 1, c.now)
		require.Equal(t, !c.want.IsZero(), ok, "%s: %v", c.text, next)
		require.Equal(t, c.want, next, c.text)
		_, ok = program.Next(p.store.View(), 2, c.now)
		require.False(t, ok, "nobody")
	}
}

// A window of months leaps over days that the month before has and this one has not, also
// when it is asked in the last millisecond before.
func TestNextBeforeALeap(t *testing.T) {
	p := newPeople(t, contact.MustSchema(contact.DateTime("seen")), zone(t, "Europe/Zurich"))
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		return p.insert(tx, filtertest.Contact{"seen": instant("2026-01-30T00:00:00Z")})
	}))
	program, err := p.compile(filter.MustParse("seen within the last 1 month"))
	require.NoError(t, err)
	leaves := instant("2026-02-28T23:00:00Z") // the first of March there
	for _, before := range []time.Duration{time.Millisecond, 2 * time.Millisecond, time.Hour, 24 * time.Hour, 20 * 24 * time.Hour} {
		next, ok := program.Next(p.store.View(), 1, leaves.Add(-before))
		require.True(t, ok, before)
		require.Equal(t, leaves, next, before)
	}
	_, ok := program.Next(p.store.View(), 1, leaves)
	require.False(t, ok)
}
