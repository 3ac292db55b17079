package filter_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

// The normal form makes no difference to who is found, has nothing nested in it, is
// its own normal form, and is the same whatever the order was.
func TestLawOfNormalForm(t *testing.T) {
	large := 0
	laws(t, func(t *testing.T, g *filtertest.Generator, sets func(filter.Term) contact.Set, rng *rand.Rand) {
		f := g.Filter(3)
		zone := g.Zoned(f).Zone()
		shuffled := filter.Must(shuffle(f, rng))
		require.Equal(t, f.Fingerprint(), shuffled.Fingerprint(), "%s\n%s", f, shuffled)
		normal, err := f.Normal()
		if err != nil {
			large++
			var limit *filter.LimitError
			require.ErrorAs(t, err, &limit)
			_, err = shuffled.Normal()
			require.Error(t, err)
			return
		}
		require.True(t, sets(filter.Nest(f)).Equal(sets(filter.Nest(normal))), "%s\n%s", f, normal)
		for group := range normal.Groups() {
			for term := range group.Terms() {
				_, nested := term.(filter.Nested)
				require.False(t, nested, "%s", term)
			}
		}
		inZone(t, f, shuffled, zone)
		again, err := normal.Normal()
		require.NoError(t, err)
		require.True(t, again.Equal(normal), "%s\n%s\n%s", f, normal, again)
		require.Equal(t, f.Fingerprint(), normal.Fingerprint(), "%s\n%s", f, normal)
		other, err := shuffled.Normal()
		require.NoError(t, err)
		require.True(t, other.Equal(normal), "%s\n%s\n%s\n%s", f, shuffled, normal, other)
		parsed, err := filter.Parse(normal.String())
		require.NoError(t, err)
		require.True(t, parsed.Equal(normal), "%s", normal)
	})
	t.Logf("%d filters were too large", large)
}

// inZone checks that the normal form keeps the zone of a filter, and that the
// fingerprint tells it from others.
func inZone(t *testing.T, f, shuffled filter.Filter, zone filter.Zone) {
	plain, err := f.Normal()
	require.NoError(t, err)
	zoned, err := f.WithZone(zone)
	require.NoError(t, err)
	normal, err := zoned.Normal()
	require.NoError(t, err)
	want, err := plain.WithZone(zone)
	require.NoError(t, err)
	require.Equal(t, zone, normal.Zone())
	require.True(t, normal.Equal(want), "%s\n%s", zoned, normal)
	require.Equal(t, zoned.Fingerprint(), normal.Fingerprint(), "%s", zoned)
	other, err := shuffled.WithZone(zone)
	require.NoError(t, err)
	require.Equal(t, zoned.Fingerprint(), other.Fingerprint(), "%s\n%s", zoned, other)
	require.Equal(t, zone.IsZero(), zoned.Fingerprint() == f.Fingerprint(), "%s", zoned)
}

// Filters that find different contacts have different fingerprints, and those that
// are put together differently of the same have one.
func TestLawOfFingerprints(t *testing.T) {
	laws(t, func(t *testing.T, g *filtertest.Generator, sets func(filter.Term) contact.Set, _ *rand.Rand) {
		a, b, c := g.Term(1), g.Term(1), g.Term(1)
		of := func(term filter.Term) filter.Fingerprint { return filter.Must(term).Fingerprint() }
		if !sets(a).Equal(sets(b)) {
			require.NotEqual(t, of(a), of(b), "%s\n%s", a, b)
		}
		require.NotEqual(t, of(a), of(filter.Not(a)), "%s", a)
		for _, x := range []filter.Term{a, b, c} {
			for _, y := range []filter.Term{g.Condition(), filter.Not(g.Condition())} {
				if !sets(x).Equal(sets(y)) {
					require.NotEqual(t, of(x), of(y), "%s\n%s", x, y)
				}
			}
		}
		same := func(x, y filter.Term) {
			t.Helper()
			require.Equal(t, of(x), of(y), "%s\n%s", x, y)
		}
		same(a, filter.And(a, a))
		same(a, filter.Or(a, filter.And(a, b)))
		same(filter.Or(a, b), filter.Or(b, a, b))
		same(filter.Not(filter.And(a, b)), filter.Or(filter.Not(b), filter.Not(a)))
		same(filter.Not(filter.Or(a, b)), filter.And(filter.Not(b), filter.Not(a)))
		if _, err := filter.Must(filter.And(a, filter.Or(b, c))).Normal(); err == nil {
			same(filter.And(a, filter.Or(b, c)), filter.Or(filter.And(a, b), filter.And(c, a)))
		}
	})
}

func TestNormal(t *testing.T) {
	for _, c := range [][2]string{
		{`b = 1 or a = 1`, `a = 1 or b = 1`},
		{`b = 1 and a != 1 and a = 1`, `a = 1 and a != 1 and b = 1`},
		{`a in (3, 1, 2, 1)`, `a in (1, 2, 3)`},
		{`a not in (3, 3) and b lacks any ("x") and c has all ("y", "y")`, `a != 3 and b has none ("x") and c has any ("y")`},
		{`in all segments (x, x) or in any segment (y)`, `in segment x or in segment y`},
		{`a in (true, "b", 2026-11-24T00:00:00Z, 2026-11-24, 1, "a", -1)`, `a in (-1, 1, "a", "b", true, 2026-11-24, 2026-11-24T00:00:00Z)`},
		{`a between 2 and 2 or a not between 1 and 2`, `a = 2 or a not between 1 and 2`},
		{`a between "x" and "x"`, `a between "x" and "x"`}, // no field takes that, and = fits texts
		{`a = 1 and (b = 2 or c = 3)`, `a = 1 and b = 2 or a = 1 and c = 3`},
		{`(a = 1 or b = 2) and (b = 2 or a = 1)`, `a = 1 or b = 2`},
		{`not (a = 1 and b = 2)`, `a != 1 or b != 2`},
		{`not (a < 1 or b = 2 and c = 3)`, `not a < 1 and b != 2 or not a < 1 and c != 3`},
		{`a = 1 or a = 1 and b = 2 or (c = 3 or a = 1) and b = 2`, `a = 1 or b = 2 and c = 3`},
		{`a = 1 and a = 1`, `a = 1`},
		{`a is not today or a in (tomorrow, today, today) or a within the last 7 days and a in (yesterday)`, `a = yesterday and a within the last 7 days or a in (today, tomorrow) or a is not today`},
		{`hour of a in (3, 1, 3) or month of a between 2 and 2 or weekday of a in (sunday, monday, sunday) or not a = 1`, `a != 1 or month of a = 2 or weekday of a in (monday, sunday) or hour of a in (1, 3)`},
		{`not (a is today and b = 2) in zone of c`, `a is not today or b != 2 in zone of c`},
		{`b = 1 or a = 1 in zone of c else "Europe/Zurich"`, `a = 1 or b = 1 in zone of c else "Europe/Zurich"`},
	} {
		f := filter.MustParse(c[0])
		normal, err := f.Normal()
		require.NoError(t, err)
		require.Equal(t, c[1], normal.String(), c[0])
		require.Equal(t, filter.MustParse(c[1]).Fingerprint(), f.Fingerprint(), c[0])
	}
	normal, err := filter.Filter{}.Normal()
	require.NoError(t, err)
	require.True(t, normal.IsZero())
	require.Zero(t, filter.Filter{}.Fingerprint())
}

// What grows too much is refused in time, and has a fingerprint all the same.
func TestNormalTooLarge(t *testing.T) {
	var terms, back []filter.Term
	for i := range 60 {
		pair := func(a, b string) filter.Term {
			return filter.Or(filter.Field(fmt.Sprint(a, i)).Equals(1), filter.Field(fmt.Sprint(b, i)).Equals(2))
		}
		terms = append(terms, pair("a", "b"))
		back = append([]filter.Term{filter.Or(filter.Field(fmt.Sprint("b", i)).In(2), filter.Field(fmt.Sprint("a", i)).In(1, 1))}, back...)
	}
	f := filter.Must(filter.And(terms...))
	_, err := f.Normal()
	require.EqualError(t, err, "filter: conditions in the normal form: 10001 is over the limit of 10000")
	var limit *filter.LimitError
	require.ErrorAs(t, err, &limit)
	require.Equal(t, f.Fingerprint(), filter.Must(filter.And(back...)).Fingerprint())
	require.NotEqual(t, f.Fingerprint(), filter.Must(filter.And(terms[1:]...)).Fingerprint())
	require.Equal(t, filter.Must(filter.Not(filter.Nest(f))).Fingerprint(), filter.Must(filter.Not(filter.And(back...))).Fingerprint())

	// What is large already may stay so, and what would come to nothing does.
	var groups []filter.Term
	for i := range 11_000 {
		groups = append(groups, filter.And(filter.Field("a").Equals(i%7), filter.Field("b").Equals(i)))
	}
	flat, err := filter.Must(filter.Or(groups...)).Normal()
	require.NoError(t, err)
	require.Equal(t, 11_000, strings.Count(flat.String(), " and "))
	deep := filter.Must(filter.Field("a").Equals(1))
	for i := range 999 {
		deep = filter.Must(filter.Not(filter.And(filter.Nest(deep), filter.Field(fmt.Sprint("f", i)).Equals(1))))
	}
	_, err = deep.Normal()
	require.True(t, err == nil || errors.As(err, &limit))
	require.NotZero(t, deep.Fingerprint())
}

// Fingerprints may be stored, so they stay what they are.
func TestFingerprintsStay(t *testing.T) {
	for text, want := range map[string]string{
		`a = 1`: "0090966a58a79efefc8d37beb87ca986",
		`country in ("FR", "DE") and points >= 500 or tags has any ("vip")`:                             "38461c1877c37a5887457a3c9ab6bd97",
		`not a < 1.5 and b between 2026-01-01 and 2026-01-31 and seen > 2026-11-24T10:00:00.250Z`:       "1757a79cbcbb92a061740036f3b46934",
		`birthday is today or birthday is not in the next 7 days`:                                       "022fa0f8edde809395abced32e9e2ddf",
		`seen within the last 36 hours and seen not within the next 2 months`:                           "d726900f08f756b374f544b05d89107d",
		`due in (last day of february last year, first day of this quarter, monday next week)`:          "4afac0c7aa2271bb8ec34c0decb29a4d",
		`due >= -30 days and due < in 2 weeks and due != 3 days ago and due <= +1 year and seen < now`:  "54187810344220730afb40283c88cc0e",
		`month of birthday = 3 and weekday of seen in (monday, sunday) and not hour of seen < 9`:        "b5aff5e8efe8ad8af29fed224535729d",
		`seen = this month in zone of timezone else "Europe/Zurich"`:                                    "4ce121c5d1d13e51f7ae3764e2d85b01",
		`opens between 09:30 and 18:00:30 or any company (opens = 00:00)`:                               "01b105d5cd9c143a660583bf5044c595",
		`in segment vip and not in all segments ("a b", c) and (name like "x%" or active is not empty)`: "47169604b6cadc8b72c3913f2ac79486",
	} {
		require.Equal(t, want, filter.MustParse(text).Fingerprint().String(), text)
	}
	seen := map[filter.Fingerprint]string{}
	for _, text := range []string{`a = 1`, `month of a = 1`, `year of a = 1`, `a = today`, `a is today`, `a = now`, `a within the last 7 days`, `a within the next 7 days`,
		`a is in the last 7 days`, `a within the last 7 hours`, `a = today in zone "UTC"`, `a = today in zone "Europe/Zurich"`, `a = today in zone of b`, `a = today in zone of c`,
		`a = today in zone of b else "UTC"`, `a = today in zone of b else "Europe/Zurich"`, `a = 1 in zone "UTC"`, `weekday of a = monday`, `a = monday`, `a = last month`, `a = last year`} {
		f := filter.MustParse(text)
		require.Empty(t, seen[f.Fingerprint()], text)
		seen[f.Fingerprint()] = text
	}
	c := filter.Field("a").Equals(1)
	require.Equal(t, "8b860bee73bf8e1b20cf6ce1cb33511c", c.Fingerprint().String())
	require.Equal(t, c.Fingerprint(), filter.Field("a").In(1, 1.0).Fingerprint())
	require.NotEqual(t, c.Fingerprint(), filter.Field("a").NotEquals(1).Fingerprint())
	require.NotZero(t, filter.Condition{}.Fingerprint())
	require.NotZero(t, filter.Field("a").Equals(nil).Fingerprint())

	var read filter.Fingerprint
	text, err := c.Fingerprint().MarshalText()
	require.NoError(t, err)
	require.NoError(t, read.UnmarshalText(text))
	require.Equal(t, c.Fingerprint(), read)
	for _, wrong := range []string{"", "ab", strings.Repeat("g", 32), strings.Repeat("0", 31), strings.Repeat("0", 33), strings.Repeat("0", 64)} {
		require.EqualError(t, read.UnmarshalText([]byte(wrong)), fmt.Sprintf("filter: a fingerprint is 32 digits of hexadecimal, not %q", cut(wrong)))
	}
	require.Equal(t, c.Fingerprint(), read)
}

// cut is what an error shows of a text.
func cut(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
