package filter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/filter"
)

// behaviours lists texts on behaviour with their canonical form, which is the text itself
// where the second column is empty.
var behaviours = [][2]string{
	// How often.
	{`did login`}, {`never did login`}, {`did login at least 3 times`}, {`did login at most 2 times`}, {`did login exactly 1 time`}, {`did login exactly 2 times`},
	{`did page.hit where (url contains "/pricing" and utm_source = "x") at least 3 times in the last 30 days`},
	{`did not do purchase since 2026-01-01`}, {`never did purchase since 2026-01-01`, `did not do purchase since 2026-01-01`}, {`did not do login`, `never did login`},
	{`not did login`, `never did login`}, {`not never did login`, `did login`}, {`not not did login`, `did login`}, {`NOT (DID login)`, `never did login`},
	{`did login at least 1 times`, `did login`}, {`did login 3 times`, `did login at least 3 times`}, {`did login 1 time`, `did login`}, {`did login 003 times`, `did login at least 3 times`},
	{`did login at most 0 times`, `never did login`}, {`did login exactly 0 times`, `never did login`}, {`not did login exactly 0 times`, `did login`},
	{`not did login at least 3 times`, `did login at most 2 times`}, {`not did login at most 2 times`, `did login at least 3 times`},
	{`did not do login exactly 2 times`}, {`not did login exactly 2 times`, `did not do login exactly 2 times`}, {`never did login exactly 2 times`, `did not do login exactly 2 times`},
	{`did not do login at least 3 times`, `did login at most 2 times`}, {`never did login at most 2 times`, `did login at least 3 times`},
	{`did login in the last 7 days 2 times`, `did login at least 2 times in the last 7 days`},
	{`did email.read at most 2 times from 2026-01-01 to 2026-02-01`}, {`did x at most 1 time`}, {`did x at least 1000000000 times`}, {`did x at most 999999999 times`},

	// Days and different values.
	{`did x on 3 different days`, `did x on at least 3 different days`}, {`did x on at most 0 different days`}, {`did x on exactly 1 different day since today`}, {`did x on at least 1 different day`},
	{`did x with at least 2 different url`}, {`did x with 2 different url in the last 1 day`, `did x with at least 2 different url in the last 1 day`}, {`did x with at most 2 different a.b`},
	{"did x with exactly 2 different `a b`"}, {`not did x on 3 different days`, `did x on at most 2 different days`}, {`not did x with exactly 2 different url`, `did not do x with exactly 2 different url`},
	{`did x on exactly 0 different days`, `did x on at most 0 different days`}, {`did x on 3 different days on 2026-01-01`, `did x on at least 3 different days on 2026-01-01`},

	// Periods.
	{`did x since -30 days`}, {`did x after last month`}, {`did x before 2026-01-01T10:00:00Z`}, {`did x until yesterday`}, {`did x on today`}, {`did x on 3 days ago`}, {`did x on -3 days`}, {`did x on -1 day then y`}, {`did x on +1 day`}, {`did x from first day of last month to -1 day`},
	{`did x within the last 36 hours`, `did x in the last 36 hours`}, {`did x in the last 0 days`}, {`did x since now`}, {`did x on 2026-01-01 and a = 1`}, {`did x before in 2 days`},
	{`did x in the last 9999 years`}, {`did x since 0000-01-01`}, {`did x from 2026-02-01 to 2026-01-01`},

	// What is made of an attribute.
	{`sum of amount of purchase in the last 90 days >= 100`}, {`average of amount of purchase < 5`}, {`min of a.b of c.d = 0`}, {`MAX of a of b > -1`, `max of a of b > -1`}, {`count of a of b between 1 and 2`},
	{`sum of a of b where (c = 1) since 2026-01-01 in (1, 2)`}, {`sum of a of b != 1`}, {`not sum of a of b = 1`, `sum of a of b != 1`}, {`sum of a of b not in (1, 2)`}, {`not sum of a of b > 1`}, {`sum of a of b not between 1 and 2`},
	{`sum of sum of sum = 1`}, {"sum of `first` of `last` = 1"}, {`sum = 1 and count = 2 and min of max of average = 3`},

	// First and last.
	{`first purchase before -1 year`}, {`last email.read where (campaign = 17) within the last 2 weeks`, `last email.read where (campaign = 17) in the last 2 weeks`}, {`not last x since today`}, {`first x on this week`},
	{`url of last page.hit starts with "/docs"`}, {`url of first page.hit where (a = 1 or b = 2) in the last 7 days != "x"`}, {`not url of last x in ("a", "b")`, `url of last x not in ("a", "b")`},
	{`url of last x in the last 3 days in ("a")`}, {`url of last x is empty`}, {`url of last x is not empty`}, {`a of last x > 5`}, {`not a of last x > 5`}, {`a of last x = true`}, {`tags of last x has none ("a")`}, {`a of last x not contains "b"`},
	{`sum of last x > 5`}, {`day of last x = 3`}, {`month of first month = 3`}, {"`and`.b of last x = 1"}, {`a of FIRST x = 1`, `a of first x = 1`}, {`month of a = 3`},

	// Sequences.
	{`did page.hit where (a = 1) then purchase within 7 days without support.ticket`}, {`did a then b`}, {`did a then b without c`}, {`did a then b within 1 hours`, `did a then b within 1 hour`}, {`did a in the last 7 days then b where (x = 1) within 2 months without c where (y = 2 or z = 3)`},
	{`did not do a then b`}, {`not did a then b within 0 days`, `did not do a then b within 0 days`}, {`never did a then b`, `did not do a then b`}, {`did a then a within 9999 years without a`},

	// Names that are words elsewhere, and what stands around.
	{`did where where (where = 1)`}, {`did then then then`}, {`did do`}, {`did not do do`, `never did do`}, {"did `not`"}, {"did `did`.x"}, {"never did `a b` where (`or` = 1)"}, {`did at at least 2 times`}, {`did with with at least 2 different different`}, {`did on on today`},
	{"did `a..b`"}, {`did in_ in the last 1 day`}, {"did x where (not (a = 1 and b = 2))"}, {`did x where ((a = 1))`, `did x where (a = 1)`}, {`did x where (not not a = 1)`, `did x where (a = 1)`},
	{`did x and did y or never did z and a = 1`}, {`(did x or did y) and a = 1`}, {`not (did x and did y)`}, {`did x in zone "UTC"`}, {`did x in the last 7 days in zone of tz else "UTC"`}, {`did a then b in zone "UTC"`}, {`a of last b in (1) in zone "UTC"`},
	{"did\n x WHERE(a=1)AT LEAST 2 TIMES", `did x where (a = 1) at least 2 times`}, {`any company (a = 1) and did x`}, {`did x where (did y where (a = 1))`}, {`did x where (any company (a = 1) or in segment s)`},
}

func TestParseBehaviour(t *testing.T) {
	for _, c := range behaviours {
		text, want := c[0], c[1]
		f, err := filter.Parse(text)
		if want == "" {
			want = text
		}
		require.NoError(t, err, "text: %s", text)
		require.Equal(t, want, f.String(), "text: %s", text)
		checkRoundTrips(t, f)
		require.True(t, filter.Must(filter.Not(filter.Not(filter.Nest(withoutZone(t, f))))).Equal(withoutZone(t, f)), text)
		require.True(t, filter.Must(rebuild(withoutZone(t, f))).Equal(withoutZone(t, f)), text)
	}
}

func withoutZone(t *testing.T, f filter.Filter) filter.Filter {
	f, err := f.WithZone(filter.Zone{})
	require.NoError(t, err)
	return f
}

// Terms that say different things are different, whatever the place.
func TestBehavioursDiffer(t *testing.T) {
	texts := []string{
		`did a`, `never did a`, `did b`, `did a at least 2 times`, `did a at most 2 times`, `did a exactly 2 times`, `did a on at least 2 different days`, `did a with at least 2 different x`, `did a with at least 2 different y`,
		`did a where (x = 1)`, `did a where (x = 2)`, `did a in the last 1 day`, `did a in the last 24 hours`, `did a since today`, `did a on at least 1 different day`, `did a then b`, `did a then c`, `did a then b within 1 day`,
		`did a then b within 24 hours`, `did a then b without c`, `did a then b without d`, `did a then b where (x = 1)`, `first a since today`, `last a since today`, `x of first a = 1`, `x of last a = 1`, `x of last a = 2`,
		`y of last a = 1`, `sum of x of a = 1`, `count of x of a = 1`, `sum of x of a != 1`, `min of x of a = 1`, `x = 1`, `any company (x = 1)`,
	}
	for i, a := range texts {
		for j, b := range texts {
			require.Equal(t, i == j, filter.MustParse(a).Equal(filter.MustParse(b)), "%s and %s", a, b)
			same := i == j || i+j == 14 && i*j == 0 // `did a` and `did a on at least 1 different day`
			require.Equal(t, same, filter.MustParse(a).Fingerprint() == filter.MustParse(b).Fingerprint(), "%s and %s", a, b)
		}
	}
}

func TestBehaviourParts(t *testing.T) {
	f := filter.MustParse(`did a where (x = 1) since 2026-01-01 then b where (y = 2) within 7 days without c where (z = 3)`)
	var got []string
	for path, c := range f.Conditions() {
		require.True(t, path.OnEvent())
		require.False(t, path.OnCompany())
		got = append(got, path.String()+": "+c.String())
	}
	require.Equal(t, []string{"or[0].and[0].where.or[0].and[0]: x = 1", "or[0].and[0].then.where.or[0].and[0]: y = 2", "or[0].and[0].without.where.or[0].and[0]: z = 3"}, got)
	for range f.Conditions() {
		break
	}
	b := onlyTerm(f).(filter.Behaviour)
	then, ok := b.Then()
	require.True(t, ok)
	without, ok := b.Between()
	require.True(t, ok)
	require.Equal(t, []string{"a where (x = 1) since 2026-01-01", "b where (y = 2)", "c where (z = 3)", "7 days", "x = 1", "since 2026-01-01"},
		[]string{b.Events().String(), then.String(), without.String(), b.Gap(), b.Events().Filter().String(), b.Events().Period().String()})
	require.Equal(t, filter.GreaterEqual, b.Events().Period().Op())
	require.False(t, b.Events().Period().Relative())
	require.Equal(t, filter.Condition{}, b.Condition())

	b = onlyTerm(filter.MustParse(`did a at most 4 times in the last 2 days`)).(filter.Behaviour)
	n, exactly := b.Quantity()
	require.Equal(t, []any{5, false, true, filter.DidTimes, ""}, []any{n, exactly, b.Negated(), b.Kind(), b.Gap()})
	require.True(t, b.Events().Period().Relative())
	_, ok = b.Then()
	require.False(t, ok)

	b = onlyTerm(filter.MustParse(`url of last a != "x"`)).(filter.Behaviour)
	require.Equal(t, []any{"url", `url = "x"`, true, filter.OfLast}, []any{b.Attribute(), b.Condition().String(), b.Negated(), b.Kind()})
	require.Empty(t, b.Events().Period().String())
}

func onlyTerm(f filter.Filter) filter.Term {
	for g := range f.Groups() {
		for t := range g.Terms() {
			return t
		}
	}
	return nil
}
