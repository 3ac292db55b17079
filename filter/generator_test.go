package filter_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

// forms is every form of what the generator must come to, as a pattern of the printed
// value with one group for each word that has to come in all its meanings.
var forms = []struct {
	pattern string
	words   [][]string
}{
	{`now|today|yesterday|tomorrow`, [][]string{{"now", "today", "yesterday", "tomorrow"}}},
	{`(this|last|next) (week|month|quarter|year)`, [][]string{whiches, spans}},
	{`([+-])\d+ ([a-z]+?)s?`, [][]string{{"+", "-"}, units}},
	{`\d+ ([a-z]+?)s? ago`, [][]string{units}},
	{`in \d+ ([a-z]+?)s?`, [][]string{units}},
	{`(first|last) day of (this|last|next) (week|month|quarter|year)`, [][]string{{"first", "last"}, whiches, spans}},
	{`(first|last) day of (january|february|march|april|may|june|july|august|september|october|november|december)`, [][]string{{"first", "last"}, months12}},
	{`(first|last) day of [a-z]+ (last|next) year`, [][]string{{"first", "last"}, {"last", "next"}}}, // this year goes without saying
	{`([a-z]+day) (this|last|next) week`, [][]string{weekdays, whiches}},
	{`the (last|next) \d+ ([a-z]+?)s?`, [][]string{{"last", "next"}, units}},
}

var (
	whiches  = []string{"this", "last", "next"}
	spans    = []string{"week", "month", "quarter", "year"}
	units    = []string{"day", "week", "month", "quarter", "year", "hour", "minute", "second"}
	months12 = strings.Fields("january february march april may june july august september october november december")
	weekdays = strings.Fields("monday tuesday wednesday thursday friday saturday sunday")
)

// What the random tests test is what the generator makes: every operator on every kind, of
// contacts, of the primary company and of any, negated and not; every form of a relative
// date and of a window; every part of a date with every operator that fits it; zones by
// name and by field; filters in filters, and scopes.
func TestGeneratorMakesEverything(t *testing.T) {
	met := coverage{}
	seen := map[string]int{}
	expressions := make([]*regexp.Regexp, len(forms))
	for i, f := range forms {
		expressions[i] = regexp.MustCompile(`^(?:` + f.pattern + `)$`)
	}
	seed := testflags.Seed(t)
	for i := range uint64(max(4000, testflags.Cases(4000))) {
		choose := filtertest.FromRand(rand.New(rand.NewPCG(seed, i)))
		g := filtertest.New(choose)
		g.Contact()
		for range 5 {
			f := g.Zoned(g.Filter(3))
			met.note(g.Schema(), f)
			z := f.Zone()
			seen[fmt.Sprint("zone by name ", z.Name != "", ", by field ", z.Field != "")]++
			noteTerms(f, 0, seen)
			for _, c := range f.Conditions() {
				if c.Part() != 0 {
					seen[fmt.Sprintf("part %v %s", c.Part(), c.Op())]++
				}
				for v := range c.Values() {
					for k, e := range expressions {
						if m := e.FindStringSubmatch(v.String()); m != nil && v.Kind() != filter.TextValue {
							for at, word := range m[min(1, len(m)-1):] {
								seen[fmt.Sprint(forms[k].pattern, at, word)]++
							}
						}
					}
				}
			}
		}
	}
	met.requireAll(t)
	met.requireCompanies(t)
	for _, f := range forms {
		for at, words := range f.words {
			for _, w := range words {
				require.NotZero(t, seen[fmt.Sprint(f.pattern, at, w)], "no value %s with %q in place %d", f.pattern, w, at)
			}
		}
	}
	for _, byName := range []bool{false, true} {
		for _, byField := range []bool{false, true} {
			require.NotZero(t, seen[fmt.Sprint("zone by name ", byName, ", by field ", byField)], "zone by name %v, by field %v", byName, byField)
		}
	}
	ordered := []filter.Op{filter.Equal, filter.In, filter.Less, filter.LessEqual, filter.Greater, filter.GreaterEqual, filter.Between}
	for _, part := range []filter.Part{filter.PartMonth, filter.PartDay, filter.PartYear, filter.PartHour} {
		for _, op := range ordered {
			require.NotZero(t, seen[fmt.Sprintf("part %v %s", part, op)], "%v %s", part, op)
		}
	}
	for _, op := range ordered[:2] {
		require.NotZero(t, seen[fmt.Sprintf("part %v %s", filter.PartWeekday, op)], "weekday %s", op)
	}
	for _, what := range []string{"nested", "nested, negated", "deep", "scope", "scope, negated", "scope in nested"} {
		require.NotZero(t, seen[what], what)
	}
}

// noteTerms counts what is nested.
func noteTerms(f filter.Filter, depth int, seen map[string]int) {
	for g := range f.Groups() {
		for term := range g.Terms() {
			switch term := term.(type) {
			case filter.Nested:
				seen["nested"]++
				if term.Negated() {
					seen["nested, negated"]++
				}
				if depth > 0 {
					seen["deep"]++
				}
				noteTerms(term.Filter(), depth+1, seen)
			case filter.Scope:
				seen["scope"]++
				if term.Negated() {
					seen["scope, negated"]++
				}
				if depth > 0 {
					seen["scope in nested"]++
				}
			}
		}
	}
}
