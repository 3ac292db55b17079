package filter_test

import (
	"errors"
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

// Whenever an answer changes by time alone, a limit of the program passes a value at that
// instant: held against Next, which finds it without limits.
func TestLimits(t *testing.T) {
	seed := testflags.Seed(t)
	found := 0
	for i := range uint64(testflags.Cases(20)) {
		rng := rand.New(rand.NewPCG(seed+i, 9))
		g := filtertest.New(filtertest.FromRand(rng))
		p := newPeople(t, g.Schema(), g.Zone())
		p.fill(t, g, filtertest.FromRand(rng), storeSize{contacts: 12})
		for range 6 {
			p.setting = g.Setting()
			term := filter.Term(g.Condition())
			if rng.IntN(4) == 0 {
				term = filter.Nest(g.Filter(2))
			}
			program, err := p.compile(g.Zoned(filter.Must(term)))
			require.NoError(t, err)
			limits := program.Limits()
			if !program.Relative() {
				require.Empty(t, limits)
			}
			for id := range p.contacts {
				now := p.setting.Now
				for range 3 {
					next, ok := program.Next(p.store.View(), id, now)
					if !ok {
						break
					}
					found++
					requirePassed(t, p, program, id, now, next)
					now = next
				}
			}
			for _, l := range limits {
				checkPassing(t, rng, p.store.View(), l, p.setting.Now)
			}
		}
	}
	if testflags.Cases(20) >= 60 {
		require.Greater(t, found, 50)
	}
}

// rowsOf returns the rows of a limit that a contact is asked about through.
func rowsOf(v *contact.View, l *filter.Limit, id contact.ID) (rows []contact.ID) {
	switch l.Over() {
	case filter.OverPrimary:
		if company := v.Companies().Primary(id); company != 0 {
			rows = append(rows, contact.ID(company))
		}
	case filter.OverAnyCompanies:
		for _, company := range v.Companies().AppendIDs(nil, id) {
			rows = append(rows, contact.ID(company))
		}
	default:
		rows = append(rows, id)
	}
	return rows
}

// requirePassed goes from limit to limit up to the instant at which an answer changes, and
// there one has to say that it turns it so.
func requirePassed(t *testing.T, p *people, program *filter.Program, id contact.ID, now, next time.Time) {
	t.Helper()
	v := p.store.View()
	was, is := matchAt(t, program, v, id, now), matchAt(t, program, v, id, next)
	turns := was == is
	for at := now; at.Before(next); {
		first, found := time.Time{}, false
		for _, l := range program.Limits() {
			for _, row := range rowsOf(v, l, id) {
				pass, ok := l.Next(v, row, at)
				if ok && (!found || pass.Before(first)) {
					require.True(t, pass.After(at))
					first, found = pass, true
				}
				if ok && pass.Equal(next) {
					toTrue, toFalse := l.Turns()
					turns = turns || toTrue && is || toFalse && was
				}
			}
		}
		require.True(t, found && !first.After(next), "%s of contact %d: asked at %v in %v, it changes at %v, the limits go on at %v", program.Filter(), id, now, p.setting, next, first)
		at = first
	}
	require.True(t, turns, "%s of contact %d: %v before %v in %v, then %v", program.Filter(), id, was, next, p.setting, is)
}

// matchAt asks a program as of an instant, in each way.
func matchAt(t *testing.T, program *filter.Program, v *contact.View, id contact.ID, at time.Time) bool {
	t.Helper()
	holds := program.At(at).Match(v, id)
	require.Equal(t, holds, program.MatchAt(v, id, at), "%s at %v", program.Filter(), at)
	require.True(t, program.MayMatchAt(v, id, at) || !holds, "%s at %v", program.Filter(), at)
	if len(program.EventReads()) == 0 {
		require.Equal(t, holds, program.MayMatchAt(v, id, at))
	}
	return holds
}

// checkPassing holds Passing and Until against Next row by row.
func checkPassing(t *testing.T, rng *rand.Rand, v *contact.View, l *filter.Limit, from time.Time) {
	t.Helper()
	rows := v.Live()
	if l.Field().OfCompany() {
		rows = v.Companies().Live().Rows()
	}
	n := 1 + rng.IntN(8)
	until, more := l.Until(v, from, n)
	require.True(t, until.After(from) || !more)
	for _, to := range []time.Time{until, from.Add(time.Duration(rng.Int64N(int64(800 * 24 * time.Hour)))), from.Add(time.Millisecond), time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)} {
		got := map[contact.ID]time.Time{}
		last := contact.ID(0)
		l.Passing(v, from, to, func(row contact.ID, _ float64, at time.Time) {
			require.Greater(t, row, last)
			last = row
			got[row] = at
		})
		span, want := l.Span(from, to), map[contact.ID]time.Time{}
		for row := range rows.All() {
			if at, ok := l.Next(v, row, from); ok && !at.After(to) {
				want[row] = at
				x, _ := v.NumberOf(row, l.Field())
				require.True(t, span.Lo <= x && x <= span.Hi)
			}
		}
		require.Equal(t, want, got, "from %v to %v", from, to)
		if to.Equal(until) && !more {
			require.LessOrEqual(t, len(want), rows.Len())
		}
	}
}

// At the end of the calendar no limit has anything more to come to.
func TestLimitsEnd(t *testing.T) {
	end := time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)
	for _, text := range []string{"at within the last 1 month", "at within the next 1 day in zone \"Europe/Zurich\"", "at < -1 hour", "at < today", "on is today", "at within the last 3 days in zone of zone"} {
		schema := contact.MustSchema(contact.DateTime("at"), contact.Date("on"), contact.Text("zone"))
		p := newPeople(t, schema, time.UTC)
		require.NoError(t, p.update(func(tx *contact.Tx) error {
			var err error
			for i := range 5 {
				err = errors.Join(err, p.insert(tx, filtertest.Contact{"at": end.Add(time.Duration(-i) * time.Hour), "on": contact.DayOf(2000, 2, 29)}))
			}
			return err
		}))
		program, err := p.compile(filter.MustParse(text))
		require.NoError(t, err, text)
		for _, l := range program.Limits() {
			until, more := l.Until(p.store.View(), end, 1)
			require.False(t, more, text)
			require.Equal(t, end, until, text)
		}
	}
}

// Limits of the same key are the same, whatever the condition; those that move in another
// way have another one.
func TestLimitKeys(t *testing.T) {
	schema := contact.MustSchema(contact.DateTime("at"), contact.DateTime("seen"), contact.Date("on"), contact.Text("zone"),
		contact.Companies(contact.Date("founded")))
	keys := func(text string) (list []filter.LimitKey) {
		program, err := filter.Compile(filter.MustParse(text), schema, nil)
		require.NoError(t, err)
		for _, l := range program.Limits() {
			list = append(list, l.Key())
		}
		return list
	}
	for _, c := range []struct {
		text string
		n    int
	}{
		{`at = 2026-01-01`, 0}, {`at < today`, 1}, {`at <= today`, 1}, {`at = today`, 2}, {`at < today or at >= today`, 1}, {`at < today or at <= today`, 2},
		{`not at < today and not at >= today`, 1}, {`at within the last 30 days`, 2}, {`at between -3 days and today`, 2},
		{`at between 2020-01-01 and today`, 1}, {`at in (today, 2026-01-01, tomorrow)`, 4}, {`at within the last 1 month or seen within the last 1 month`, 4},
		{`on is today`, 2}, {`on = today`, 2}, {`company.founded = today or any company (founded = today)`, 4}, {`on is today or on = today`, 4},
	} {
		require.Len(t, keys(c.text), c.n, "%s", c.text)
	}
	same := func(a, b string) bool { return fmt.Sprint(keys(a)) == fmt.Sprint(keys(b)) && keys(a)[0] == keys(b)[0] }
	require.True(t, same(`at < -36 hours in zone "Europe/Zurich"`, `at >= -36 hours`), "what is exact is so in every zone")
	require.True(t, same(`at < -36 hours in zone of zone`, `at >= -36 hours`))
	require.True(t, same(`at < today in zone "Europe/Zurich"`, `not (at < today) in zone "Europe/Zurich"`))
	require.False(t, same(`at < today in zone "Europe/Zurich"`, `at < today`))
	require.False(t, same(`at < today in zone of zone`, `at < today`))
	require.False(t, same(`at < today`, `seen < today`))
	require.False(t, same(`on < today`, `at < today`))
	require.False(t, same(`on is today`, `on = today`))
}

// Every form, followed from one change to the next in zones whose clocks are turned.
func TestLimitsOfEveryForm(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 10))
	zones := []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"}
	schema := contact.MustSchema(contact.DateTime("at"), contact.Date("on"))
	for i := range testflags.Cases(120) {
		p := newPeople(t, schema, zone(t, zones[i/len(relativeForms)%len(zones)]))
		p.setting.LeapDayInMarch = rng.IntN(2) == 0
		at := time.Date(2018+rng.IntN(12), time.Month(1+rng.IntN(12)), 1+rng.IntN(31), rng.IntN(24), rng.IntN(60), 0, rng.IntN(2)*1e6, p.setting.Zone)
		require.NoError(t, p.update(func(tx *contact.Tx) error {
			return p.insert(tx, filtertest.Contact{"at": at.UTC(), "on": contact.DayIn(at)})
		}))
		program, err := p.compile(filter.MustParse(relativeForms[i%len(relativeForms)]))
		require.NoError(t, err)
		now := at.AddDate(rng.IntN(3)-1, rng.IntN(5)-2, rng.IntN(60)-30).UTC()
		for range 4 {
			next, ok := program.Next(p.store.View(), 1, now)
			if !ok {
				break
			}
			requirePassed(t, p, program, 1, now, next)
			now = next
		}
	}
}
