package filter_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// compareGroups reports where the groups of a program, or what their literals tell
// of themselves, do not agree with the answer for contacts, the first few of them.
func compareGroups(v *contact.View, program *filter.Program, now time.Time, contacts []contact.ID, want []contact.ID) error {
	groups, ok := program.Groups()
	if !ok {
		return nil
	}
	for _, id := range contacts[:min(len(contacts), 200)] {
		any := false
		for _, g := range groups {
			all := true
			for _, l := range g {
				l = l.At(now)
				holds := l.Match(v, id)
				if shaped, ok := byShape(v, l, id); ok && shaped != holds {
					return fmt.Errorf("contact %d: a literal of shape %d, words %q, spans %v, negated %v: Match says %v, shape %v", id, l.Shape, l.Words, l.Spans, l.Negated, holds, shaped)
				}
				all = all && holds
			}
			any = any || all
		}
		if _, found := slices.BinarySearch(want, id); found != any {
			return fmt.Errorf("contact %d: the groups say %v, want %v", id, any, found)
		}
	}
	return nil
}

// byShape answers for a literal by its shape.
func byShape(v *contact.View, l *filter.Literal, id contact.ID) (holds, ok bool) {
	if l.Shape == filter.OtherShape {
		return false, false
	}
	field := l.Fields[0]
	words := v.AppendWords(nil, id, field)
	if yes, ok := v.BoolOf(id, field); ok {
		words = append(words, map[bool]string{true: "yes", false: "no"}[yes])
	}
	x, has := v.NumberOf(id, field)
	has1 := func(w string) bool { return slices.Contains(words, w) }
	switch l.Shape {
	case filter.AnyWord:
		holds = slices.ContainsFunc(l.Words, has1)
	case filter.AllWords:
		holds = !slices.ContainsFunc(l.Words, func(w string) bool { return !has1(w) })
	case filter.InSpan:
		holds = has && slices.ContainsFunc(l.Spans, func(s contact.Span) bool { return s.Lo <= x && x <= s.Hi })
	case filter.NoValue:
		holds = len(words) == 0 && !has
	}
	return holds != l.Negated, true
}

func groupsOf(t *testing.T, schema *contact.Schema, text string, zone *time.Location) [][]*filter.Literal {
	t.Helper()
	program, err := filter.Compile(filter.MustParse(text), schema, &filter.CompileOptions{Segments: &members{has: everyThird, known: []string{"s"}}, Zone: zone})
	require.NoError(t, err)
	groups, ok := program.Groups()
	require.True(t, ok)
	return groups
}

func TestLiteralShapes(t *testing.T) {
	schema := contact.MustSchema(contact.Text("name"), contact.Text("code").Exact(), contact.Number("points"), contact.Tags("tags"),
		contact.Bool("vip"), contact.Select("plan", "Free", "Pro"), contact.Date("born"), contact.DateTime("seen"),
		contact.Companies(contact.Text("industry")))
	for _, c := range []struct{ text, want string }{
		{`name in ("Zoë", "ADA", "ada")`, `any word ["ada" "zoe"] of name`},
		{`name != "Ada"`, `not any word ["ada"] of name, of nothing`},
		{`code = "Ada"`, `any word ["Ada"] of code`},
		{`plan = "pro"`, `any word ["pro"] of plan`},
		{`vip = true`, `any word ["yes"] of vip`},
		{`not vip in (true, false)`, `not any word ["no" "yes"] of vip, of nothing`},
		{`tags has all ("B", "a")`, `all words ["a" "b"] of tags`},
		{`tags has none ("B", "a")`, `not any word ["a" "b"] of tags, of nothing`},
		{`points > 5`, `in [{5.000000000000001 +Inf}] of points`},
		{`points not between 2 and 3`, `not in [{2 3}] of points, of nothing`},
		{`points in (3, 1)`, `in [{1 1} {3 3}] of points`},
		{`born <= 1970-01-03`, `in [{-Inf 2}] of born`},
		{`name is empty`, `no value of name, of nothing`},
		{`name is not empty`, `not no value of name`},
		{`name contains "x"`, `other of name`},
		{`name not contains "x"`, `not other of name, of nothing`},
		{`born = today`, `other of born, relative`},
		{`month of born = 3`, `other of born`},
		{`seen = 1970-01-03 in zone of code`, `other of seen code`},
		{`in segment s`, `other`},
		{`not in segment s`, `not other, of nothing`},
		{`company.industry = "x"`, `other, primary`},
		{`company.industry != "x"`, `not other, of nothing, primary`},
		{`any company (industry = "x")`, `other, companies`},
		{`no company (industry = "x")`, `not other, of nothing, companies`},
	} {
		groups := groupsOf(t, schema, c.text, nil)
		require.Len(t, groups, 1, c.text)
		require.Len(t, groups[0], 1, c.text)
		require.Equal(t, c.want, describe(groups[0][0]), c.text)
	}
}

func describe(l *filter.Literal) (s string) {
	if l.Negated {
		s = "not "
	}
	switch l.Shape {
	case filter.OtherShape:
		s += "other"
	case filter.AnyWord:
		s += fmt.Sprintf("any word %q", l.Words)
	case filter.AllWords:
		s += fmt.Sprintf("all words %q", l.Words)
	case filter.InSpan:
		s += fmt.Sprintf("in %v", l.Spans)
	case filter.NoValue:
		s += "no value"
	}
	for i, f := range l.Fields {
		if i == 0 {
			s += " of"
		}
		s += " " + f.Name()
	}
	for _, flag := range []struct {
		is   bool
		name string
	}{{l.OfNothing, "of nothing"}, {l.Relative, "relative"}, {l.Primary, "primary"}, {l.Companies, "companies"}} {
		if flag.is {
			s += ", " + flag.name
		}
	}
	return s
}

// Literals have the same key if they say the same, in whatever filter, and only then.
func TestLiteralKeys(t *testing.T) {
	schema := contact.MustSchema(contact.Text("name"), contact.DateTime("seen"), contact.Number("points"), contact.Text("zone"))
	key := func(text string, zone *time.Location) filter.Fingerprint {
		return groupsOf(t, schema, text, zone)[0][0].Key
	}
	paris := zone(t, "Europe/Paris")
	require.Equal(t, key(`name in ("b", "a")`, nil), key(`not name not in ("a", "b")`, nil))
	require.Equal(t, key(`points = 1`, nil), key(`points in (1)`, paris), "a number has no zone")
	require.Equal(t, key(`seen = 2026-01-01`, paris), key(`seen = 2026-01-01 in zone "Europe/Paris"`, nil))
	all := []filter.Fingerprint{
		key(`name = "a"`, nil), key(`name != "a"`, nil), key(`seen = 2026-01-01`, nil), key(`seen = 2026-01-01`, paris),
		key(`seen = 2026-01-01 in zone of zone`, nil), key(`seen != 2026-01-01`, nil), key(`seen = today`, nil), key(`seen = today`, paris),
	}
	for i, k := range all {
		require.NotContains(t, all[:i], k, "%d", i)
	}
}

func TestGroups(t *testing.T) {
	schema := contact.MustSchema(contact.Text("name"), contact.Number("points"))
	groups := groupsOf(t, schema, `(name = "a" or name = "b") and points > 5`, nil)
	require.Len(t, groups, 2)
	require.Len(t, groups[0], 2)
	shared := 0
	for _, l := range groups[0] {
		if slices.Contains(groups[1], l) {
			shared++
		}
	}
	require.Equal(t, 1, shared, "points is one literal in both")

	term := filter.Or(filter.Field("points").Equals(1), filter.Field("name").Equals("x"))
	var terms []filter.Term
	for i := range 40 {
		terms = append(terms, filter.Or(filter.Field("points").Equals(i), filter.Field("name").Equals(fmt.Sprint(i))))
	}
	program, err := filter.Compile(filter.Must(filter.And(append(terms, term)...)), schema, nil)
	require.NoError(t, err)
	_, ok := program.Groups()
	require.False(t, ok, "2⁴¹ groups")
}

func TestLiteralEstimate(t *testing.T) {
	v := planned(t)
	for _, c := range []struct {
		text string
		n    int
		ok   bool
	}{
		{`country = "Country 3"`, 1000, true},
		{`country != "country 3"`, 9000, true},
		{`points < 20`, 20, true},
		{`tags has all ("vip")`, 100, true},
		{`name is empty`, 5000, true},
		{`name contains "x"`, 0, false},
	} {
		n, ok := groupsOf(t, v.Schema(), c.text, nil)[0][0].Estimate(v)
		require.Equal(t, c.ok, ok, c.text)
		require.Equal(t, c.n, n, c.text)
	}
}
