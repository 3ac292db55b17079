package contacttest_test

import (
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
)

// The rows of a seed are fixed for good: figures measured on them would otherwise not
// compare. Whoever has to change this hash changes every benchmark of the project.
func TestGolden(t *testing.T) {
	h := sha256.New()
	for i, r := range contacttest.Rows(42, 1000) {
		fmt.Fprintf(h, "%d %+v\n", i, *r)
	}
	require.Equal(t, "2129637d56249d470ca6dceba3fac6d7e8657b91e7468a9f5f127cb64f17a267", fmt.Sprintf("%x", h.Sum(nil)))
}

func TestNow(t *testing.T) {
	require.Equal(t, time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), contacttest.Now())
}

func TestShorterIsPrefix(t *testing.T) {
	var long []*contacttest.Row
	for _, r := range contacttest.Rows(7, 500) {
		long = append(long, r.Clone())
	}
	seq := contacttest.Rows(7, 100)
	for range 2 { // a sequence can be walked again
		n := 0
		for i, r := range seq {
			require.Equal(t, n, i)
			require.Equal(t, long[i], r)
			n++
		}
		require.Equal(t, 100, n)
	}
	for i, r := range contacttest.Rows(8, 100) {
		require.NotEqual(t, long[i], r)
		if i == 50 {
			break
		}
	}
	for range contacttest.Rows(7, 0) {
		t.Fatal("a row of none")
	}
}

func TestClone(t *testing.T) {
	for _, r := range contacttest.Rows(1, 100) {
		c := r.Clone()
		require.Equal(t, r, c)
		if len(c.Tags) > 0 {
			before := r.Tags[0]
			c.Tags[0] = "other"
			require.Equal(t, before, r.Tags[0])
		}
	}
}

func TestRowsAreValid(t *testing.T) {
	const n = 20_000
	countries, cities := setOf(contacttest.Countries()), setOf(contacttest.Cities())
	plans, tags := setOf(contacttest.Plans()), setOf(contacttest.TagNames())
	first, last := setOf(contacttest.FirstNames()), setOf(contacttest.LastNames())
	emails := make(map[string]bool, n)
	now := contacttest.Now()
	for _, r := range contacttest.Rows(testflags.Seed(t), n) {
		require.False(t, emails[r.Email], r.Email)
		emails[r.Email] = true
		require.Equal(t, strings.ToLower(r.Email), r.Email)
		require.Equal(t, len(r.Email), utf8.RuneCountInString(r.Email), "not ASCII: %s", r.Email)
		require.True(t, countries[r.Country] && cities[r.City] && plans[r.Plan] && first[r.First] && last[r.Last], "%+v", r)
		require.True(t, 0 <= r.Points && r.Points <= 10_000, r.Points)
		require.True(t, 0 <= r.Revenue && r.Revenue <= 5000, r.Revenue)
		require.Equal(t, math.Round(r.Revenue*100)/100, r.Revenue)
		require.True(t, r.HasRevenue || r.Revenue == 0)

		signup, active := time.UnixMilli(r.Signup), time.UnixMilli(r.LastActive)
		require.True(t, !signup.Before(now.AddDate(-5, 0, 0)) && signup.Before(now), signup)
		require.Zero(t, r.Signup%1000)
		require.Equal(t, r.HasLastActive, r.LastActive != 0)
		if r.HasLastActive {
			require.True(t, !active.Before(now.AddDate(-2, 0, 0)) && active.Before(now) && !active.Before(signup), active)
			require.Zero(t, r.LastActive%1000)
		}
		birthday := time.Unix(int64(r.Birthday)*86400, 0).UTC()
		require.True(t, birthday.Before(now.AddDate(-16, 0, 1)) && birthday.After(now.AddDate(-90, 0, -2)), birthday)

		require.LessOrEqual(t, len(r.Tags), 6)
		require.Len(t, setOf(r.Tags), len(r.Tags), "a tag twice: %v", r.Tags)
		for _, tag := range r.Tags {
			require.True(t, tags[tag], tag)
		}
	}
}

func setOf(words []string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range words {
		set[w] = true
	}
	return set
}

// fold does for the names of the workload what comparing folded texts would.
var fold = strings.NewReplacer("Á", "A", "á", "a", "å", "a", "ä", "a", "ó", "o", "ö", "o", "ø", "o")

// startsWith reports whether s starts with prefix, without regard to case and accents.
func startsWith(s, prefix string) bool {
	return strings.HasPrefix(strings.ToLower(fold.Replace(s)), prefix)
}

// topCity is the most frequent city.
var topCity = contacttest.Cities()[0]

// shares are what the package comment promises, in contacts of a thousand.
var shares = []struct {
	name string
	want float64
	in   func(r *contacttest.Row) bool
}{
	{"most frequent country", 170, func(r *contacttest.Row) bool { return r.Country == "US" }},
	{"country FR", 34, func(r *contacttest.Row) bool { return r.Country == "FR" }},
	{"domain example7.com", 9.9, func(r *contacttest.Row) bool { return strings.HasSuffix(r.Email, "@example7.com") }},
	{"most frequent city", 95, func(r *contacttest.Row) bool { return r.City == topCity }},
	{"first name ma", 4, func(r *contacttest.Row) bool { return startsWith(r.First, "ma") }},
	{"first name jo", 4, func(r *contacttest.Row) bool { return startsWith(r.First, "jo") }},
	{"points from 500", 500, func(r *contacttest.Row) bool { return r.Points >= 500 }},
	{"points 2000 to 4000", 100, func(r *contacttest.Row) bool { return r.Points >= 2000 && r.Points <= 4000 }},
	{"revenue missing", 300, func(r *contacttest.Row) bool { return !r.HasRevenue }},
	{"revenue over 500", 140, func(r *contacttest.Row) bool { return r.Revenue > 500 }},
	{"last active missing", 200, func(r *contacttest.Row) bool { return !r.HasLastActive }},
	{"signed up in 30 days", 16.4, func(r *contacttest.Row) bool { return r.Signup >= daysAgo(30) }},
	{"signed up in 30 days and customer", 3.3, func(r *contacttest.Row) bool {
		return r.Signup >= daysAgo(30) && r.IsCustomer
	}},
	{"customer", 200, func(r *contacttest.Row) bool { return r.IsCustomer }},
	{"do not contact", 30, func(r *contacttest.Row) bool { return r.DNC }},
	{"plan free", 450, func(r *contacttest.Row) bool { return r.Plan == "free" }},
	{"plan partner", 20, func(r *contacttest.Row) bool { return r.Plan == "partner" }},
	{"no tags", 60, func(r *contacttest.Row) bool { return len(r.Tags) == 0 }},
	{"first name with accent", 124, func(r *contacttest.Row) bool { return len(r.First) != utf8.RuneCountInString(r.First) }},
	{"older than 60 years", 190, func(r *contacttest.Row) bool { return int(r.Birthday) < 20_781-21_915 }},
}

// daysAgo returns the instant n days before Now, in the unit of a Row.
func daysAgo(n int) int64 { return contacttest.Now().AddDate(0, 0, -n).UnixMilli() }

func TestShares(t *testing.T) {
	const n = 100_000
	seed := testflags.Seed(t)
	got := make([]int, len(shares))
	tags, points := 0, make(map[int]bool)
	for _, r := range contacttest.Rows(seed, n) {
		for k, s := range shares {
			if s.in(r) {
				got[k]++
			}
		}
		tags += len(r.Tags)
		points[r.Points] = true
	}
	for k, s := range shares {
		want := s.want * n / 1000
		// A tenth of the share, and five standard deviations of the drawing.
		require.InDelta(t, want, got[k], want/10+5*math.Sqrt(want), s.name)
	}
	require.InDelta(t, 3*n, tags, n/30)
	require.InDelta(t, 5005, len(points), 150, "different points")
}

func TestSharesAtOneMillion(t *testing.T) {
	testflags.NeedSize(t, "1M")
	points := make(map[int]bool)
	for _, r := range contacttest.Rows(testflags.Seed(t), 1_000_000) {
		points[r.Points] = true
	}
	require.InDelta(t, 6776, len(points), 150)
}

func TestVocabularies(t *testing.T) {
	for _, v := range []struct {
		name string
		list func() []string
		n    int
	}{
		{"Countries", contacttest.Countries, 200}, {"Cities", contacttest.Cities, 20_000},
		{"Plans", contacttest.Plans, 6}, {"TagNames", contacttest.TagNames, 500},
		{"FirstNames", contacttest.FirstNames, 5_000}, {"LastNames", contacttest.LastNames, 5_000},
		{"Domains", contacttest.Domains, 306},
	} {
		words := v.list()
		require.Len(t, words, v.n, v.name)
		require.Len(t, setOf(words), v.n, "%s: a word twice", v.name)
		require.False(t, slices.Contains(words, ""), v.name)
		words[0] = "changed"
		require.NotEqual(t, words[0], v.list()[0], "%s hands out its own memory", v.name)
	}
	require.Equal(t, "FR", contacttest.Countries()[4])
	require.Equal(t, "example7.com", contacttest.Domains()[15])
}

func TestOneAllocationPerRow(t *testing.T) {
	const n = 1000
	per := testing.AllocsPerRun(10, func() {
		for range contacttest.Rows(1, n) {
		}
	}) / n
	require.Less(t, per, 1.02)
}

func BenchmarkRows(b *testing.B) {
	contacttest.Cities() // the vocabularies are made once
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for range contacttest.Rows(1, 1000) {
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/row")
}

func ExampleRows() {
	for i, r := range contacttest.Rows(1, 3) {
		fmt.Println(i, r.Email, r.First, r.Country, r.City, r.Points, r.Plan, r.Tags)
	}
	// Output:
	// 0 hokaso.stieninnmann.1@example290.com Hokaso FR Fadisham 905 starter [fashion-newsletter books-member hiking-club tennis-referral cooking-member fashion-trial]
	// 1 houleavin.drousadski.2@example58.com Houleavin ZA Ponnissburg 986 starter [cycling-speaker hiking-reader running-partner]
	// 2 drirrido.lendmann.3@example215.com Drirrido US Jinimville 1985 business [cycling-speaker yoga-member running-member craft-club]
}
