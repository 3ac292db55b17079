package filter_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/internal/testflags"
)

var lintSchema = contact.MustSchema(
	contact.Number("a"), contact.Number("b"), contact.Text("t"), contact.Text("x").Exact(), contact.Bool("yes"), contact.Date("day"),
	contact.DateTime("at"), contact.TimeOfDay("opens"), contact.Text("mail").Email(), contact.Select("plan", "Free", "Pro"), contact.MultiSelect("langs", "de", "fr", "en"), contact.Tags("tags"),
)

// linted lists filters with all that is found in them.
var linted = [][2]string{
	// Nothing is wrong with these.
	{`a = 1`, ``}, {`a < 5 or a >= 5`, ``}, {`a != 1 and a is not empty`, ``}, {`a > 1 and a < 2`, ``}, {`day > 2026-01-01 and day < 2026-01-03`, ``},
	{`t = "a" or t != "b"`, `
or[0]: no effect: or[1] finds the same contacts and perhaps more; leave it out`},
	{`tags has any ("a", "b") and tags lacks any ("a", "b")`, ``}, {`t like "%a%" and t not like "%b%"`, ``}, {`plan != "Free" and plan != "Pro" and plan is not empty`, ``},
	{`t matches "^ada$"`, ``}, {`x matches "ada$"`, ``}, {`x matches "^(?i)ada$"`, ``}, {`t starts with "a" and t ends with "a" and t contains "b"`, ``},
	{"t = \"\u0301\" and t is empty", ``}, {"t = \"\u0301\" and t is not empty", ``}, {`t like "%" and t is empty`, ``}, {`t matches "^$" and t is empty`, ``},
	{`t starts with "b" and t in ("a", "bc")`, ``}, {`t like "a_c" and t like "%b%"`, ``}, {`at > 2026-11-24 and at < 2026-11-25T00:00:00.001Z`, ``},
	{`yes = true or yes = false`, ``}, {`in segment a or in segment b`, ``}, {`a between 1 and 1`, ``}, {`not (a = 1 and b = 2)`, ``},

	// Contradictions.
	{`a = 1 and a = 2`, `
contradiction: no contact can match; see what else is found, or remove the filter
or[0]: contradiction: no contact can meet both a = 1 and a = 2; change a condition, or leave the group out`},
	{`b = 1 or a > 5 and a < 3`, `
or[1]: contradiction: no contact can meet both a > 5 and a < 3; change a condition, or leave the group out`},
	{`b = 1 or day > 2026-01-01 and day < 2026-01-02`, `
or[1]: contradiction: no contact can meet both day > 2026-01-01 and day < 2026-01-02; change a condition, or leave the group out`},
	{`b = 1 or a in (1, 2) and a not in (2, 3) and a != 1`, `
or[1]: contradiction: no contact can meet all of it; change a condition, or leave the group out`},
	{`b = 1 or a is empty and not a < 3 and a != 5 and a = 7`, `
or[1]: contradiction: no contact can meet both a is empty and a = 7; change a condition, or leave the group out`},
	{`b = 1 or t = "Zürich" and t = "zurich" and t != "ZURICH"`, `
or[1]: contradiction: no contact can meet both t = "Zürich" and t != "ZURICH"; change a condition, or leave the group out`},
	{`b = 1 or t in ("abc", "b") and t starts with "A" and t ends with "b"`, `
or[1]: contradiction: no contact can meet all of it; change a condition, or leave the group out`},
	{`b = 1 or t starts with "abc" and t not contains "B"`, `
or[1]: contradiction: no contact can meet both t starts with "abc" and t not contains "B"; change a condition, or leave the group out`},
	{`b = 1 or t starts with "ab" and t like "b%"`, `
or[1]: contradiction: no contact can meet both t starts with "ab" and t like "b%"; change a condition, or leave the group out`},
	{`b = 1 or t matches "x" and t not matches "x"`, `
or[1]: contradiction: no contact can meet both t matches "x" and t not matches "x"; change a condition, or leave the group out`},
	{`b = 1 or tags has all ("A", "b") and tags has none ("á")`, `
or[1]: contradiction: no contact can meet both tags has all ("A", "b") and tags has none ("á"); change a condition, or leave the group out`},
	{`b = 1 or langs has any ("de", "fr") and langs has none ("de", "fr", "en")`, `
or[1]: contradiction: no contact can meet both langs has any ("de", "fr") and langs has none ("de", "fr", "en"); change a condition, or leave the group out`},
	{`b = 1 or in segment x and not in any segment (x, y)`, `
or[1]: contradiction: no contact can meet both in segment x and not in any segment (x, y); change a condition, or leave the group out`},
	{`b = 1 or (a = 1 or a = 2) and (a = 3 or a is empty)`, `
or[1]: contradiction: no contact can meet both (a = 1 or a = 2) and (a = 3 or a is empty); change a condition, or leave the group out`},
	{`b = 1 or at = 2026-11-24 and at >= 2026-11-25T00:00:00Z`, `
or[1]: contradiction: no contact can meet both at = 2026-11-24 and at >= 2026-11-25T00:00:00Z; change a condition, or leave the group out`},

	// Always true.
	{`a < 5 or not a < 5`, `
always true: every contact matches; see what else is found, or remove the filter`},
	{`a < 5 or a >= 5 or a is empty`, `
always true: every contact matches; see what else is found, or remove the filter`},
	{`b = 1 and (yes = true or yes = false or yes is empty)`, `
or[0].and[1]: always true: every contact meets it; leave it out`},
	{`b = 1 and not (a = 1 and a = 2)`, `
or[0].and[1]: always true: every contact meets it; leave it out`},
	{`t is empty or t like "%" or t matches "x"`, `
always true: every contact matches; see what else is found, or remove the filter
or[2]: no effect: or[1] finds the same contacts and perhaps more; leave it out`},

	// Empty ranges.
	{`b = 1 or a between 5 and 0`, `
or[1].and[0]: empty range: there is nothing between the two, so no contact meets it; did you mean a between 0 and 5?`},
	{`b = 1 and at not between 2026-11-24 and 2026-11-23T23:00:00Z`, `
or[0].and[1]: empty range: there is nothing between the two, so every contact meets it; did you mean at not between 2026-11-23T23:00:00Z and 2026-11-24?`},
	{`day between 2026-02-01 and 2026-01-01`, `
contradiction: no contact can match; see what else is found, or remove the filter
or[0].and[0]: empty range: there is nothing between the two, so no contact meets it; did you mean day between 2026-01-01 and 2026-02-01?`},

	{`b = 1 or opens between 22:00 and 06:00`, `
or[1].and[0]: empty range: there is nothing between the two, so no contact meets it; did you mean opens >= 22:00 or opens <= 06:00?`},
	{`b = 1 and opens not between 22:00 and 06:00`, `
or[0].and[1]: empty range: there is nothing between the two, so every contact meets it; did you mean not (opens >= 22:00 or opens <= 06:00)?`},

	// Domains have nothing to do with the whole address, as far as is known.
	{`mail = "x" and mail.domain is empty`, ``}, {`mail = "a" and mail.domain = "b"`, ``}, {`mail is empty or mail.domain is not empty`, ``},
	{`b = 1 or mail.domain = "a.com" and mail.domain = "b.com"`, `
or[1]: contradiction: no contact can meet both mail.domain = "a.com" and mail.domain = "b.com"; change a condition, or leave the group out`},
	{`mail.domain ends with ".com" and mail.domain = "A.com"`, `
or[0].and[0]: no effect: mail.domain = "A.com" implies it; leave it out`},

	// Times of day.
	{`opens > 09:30 and opens < 09:30:02`, ``},
	{`b = 1 or opens > 09:30 and opens < 09:30:01`, `
or[1]: contradiction: no contact can meet both opens > 09:30 and opens < 09:30:01; change a condition, or leave the group out`},
	{`b = 1 or opens < 00:00`, `
or[1].and[0]: contradiction: no contact can meet it; leave out the group that it is in`},
	{`opens <= 23:59:59 or opens is empty`, `
always true: every contact matches; see what else is found, or remove the filter`},
	{`opens >= 09:00 and opens in (09:30, 10:00)`, `
or[0].and[0]: no effect: opens in (09:30, 10:00) implies it; leave it out`},

	// Said twice, or without effect.
	{`a = 1 and b = 2 and a in (1)`, `
or[0].and[2]: duplicate: or[0].and[0] says the same; leave it out`},
	{`a = 1 and b = 2 or b = 2 and a = 1`, `
or[1]: duplicate: or[0] says the same; leave it out`},
	{`a > 5 and a > 7`, `
or[0].and[0]: no effect: a > 7 implies it; leave it out`},
	{`a = 1 and a is not empty and b != 2 and b not in (1, 2, 3)`, `
or[0].and[1]: no effect: a = 1 implies it; leave it out
or[0].and[2]: no effect: b not in (1, 2, 3) implies it; leave it out`},
	{`a >= 5 and a <= 5 and a = 5`, `
or[0].and[2]: no effect: the others in its group imply it; leave it out`},
	{`a > 1 and a < 9 and a between 0 and 10`, `
or[0].and[2]: no effect: the others in its group imply it; leave it out`},
	{`a = 1 or a = 1 and b = 2 or a in (1, 2)`, `
or[0]: no effect: or[2] finds the same contacts and perhaps more; leave it out
or[1]: no effect: or[0] finds the same contacts and perhaps more; leave it out`},
	{`b = 1 and not (a = 1 or a in (1, 2))`, `
or[0].and[1].or[0]: no effect: or[0].and[1].or[1] finds the same contacts and perhaps more; leave it out`},
	{`tags has all ("a", "b") and tags has any ("b", "c") and tags is not empty`, `
or[0].and[1]: no effect: tags has all ("a", "b") implies it; leave it out
or[0].and[2]: no effect: tags has all ("a", "b") implies it; leave it out`},
	{`t starts with "zür" and t starts with "zu" and t like "%UR%"`, `
or[0].and[1]: no effect: t starts with "zür" implies it; leave it out
or[0].and[2]: no effect: t starts with "zür" implies it; leave it out`},
	{`plan = "Pro" and plan != "free"`, `
or[0].and[1]: no effect: plan = "Pro" implies it; leave it out`},
	{`in all segments (x, y) and in segment x`, `
or[0].and[1]: no effect: in all segments (x, y) implies it; leave it out`},

	// Dates that depend on the time, parts of them and zones of contacts are left open,
	// but for what is itself or its complement.
	{`at > today and at < yesterday`, ``}, {`day = today and day = 2026-11-24`, ``}, {`day is empty and day = today`, ``}, {`day between today and yesterday`, ``},
	{`at within the last 7 days and at > now`, ``}, {`at within the last 7 days and at within the last 8 days`, ``}, {`day is today and day is tomorrow`, ``},
	{`month of day = 1 and month of day = 2`, ``}, {`month of day between 3 and 1`, ``}, {`month of day < 5 or month of day >= 5`, ``}, {`month of day = 1 and year of day = 1`, ``},
	{`at = 2026-11-24 and at = 2026-11-25 in zone of t`, ``}, {`at between 2026-11-24 and 2026-11-23 in zone of t`, ``},
	{`at = 2026-11-24 and at >= 2026-11-24T23:30:00Z`, ``},
	{`b = 1 or at = 2026-11-24 and at >= 2026-11-24T23:30:00Z in zone "Europe/Zurich"`, `
or[1]: contradiction: no contact can meet both at = 2026-11-24 and at >= 2026-11-24T23:30:00Z; change a condition, or leave the group out`},
	{`b = 1 or day > 2026-01-01 and day < 2026-01-02 in zone of t`, `
or[1]: contradiction: no contact can meet both day > 2026-01-01 and day < 2026-01-02; change a condition, or leave the group out`},
	{`b = 1 or at > 2026-01-02T00:00:00Z and at < 2026-01-01T00:00:00Z in zone of t`, `
or[1]: contradiction: no contact can meet both at > 2026-01-02T00:00:00Z and at < 2026-01-01T00:00:00Z; change a condition, or leave the group out`},
	{`b = 1 or at = today and at != today in zone of t`, `
or[1]: contradiction: no contact can meet both at = today and at != today; change a condition, or leave the group out`},
	{`day is in the next 7 days and b = 1 and day is in the next 7 days`, `
or[0].and[2]: duplicate: or[0].and[0] says the same; leave it out`},
	{`month of day in (1, 1) and month of day = 1`, `
or[0].and[1]: duplicate: or[0].and[0] says the same; leave it out`},
	{`month of day not in (1) or month of day = 1`, `
always true: every contact matches; see what else is found, or remove the filter`},

	// Patterns.
	{`t not like "50\% off"`, `
or[0].and[0]: plain equality: only one text fits the pattern; write t != "50% off"`},
	{`x matches "^a\.b$" and t matches "^a\.b$"`, `
or[0].and[0]: plain equality: only one text fits the pattern; write x = "a.b"`},
	{`t matches "(ab?){600}"`, `
or[0].and[0]: expensive pattern: the regular expression has 3002 instructions, which each text may take for each of its letters; write it shorter, or as an or of conditions`},
	{`t like "%a________________%"`, ``},
}

func TestLint(t *testing.T) {
	for _, c := range linted {
		findings, err := filter.Lint(filter.MustParse(c[0]), lintSchema, &filter.CompileOptions{Segments: &members{known: []string{"x", "y", "a", "b"}}})
		require.NoError(t, err)
		got := ""
		for _, f := range findings {
			got += "\n" + f.String()
		}
		require.Equal(t, c[1], got, c[0])
	}
	_, err := filter.Lint(filter.MustParse("points = 1"), lintSchema, nil)
	require.EqualError(t, err, `filter: or[0].and[0]: field "points": there is no such field`)
	_, err = filter.Lint(filter.MustParse("a = 1"), lintSchema, &filter.CompileOptions{WeekStart: 8})
	require.EqualError(t, err, "filter: CompileOptions.WeekStart 8: must be from 1, Monday, to 7, Sunday")
	_, err = filter.Lint(filter.Filter{}, lintSchema, nil)
	require.EqualError(t, err, "filter: the filter is empty")
	findings, err := filter.Lint(filter.MustParse("a = 1 and a = 2 or t like 'x'"), lintSchema, nil)
	require.NoError(t, err)
	data, err := json.Marshal(findings)
	require.NoError(t, err)
	require.JSONEq(t, `[
		{"kind":"contradiction","path":"or[0]","part":"a = 1 and a = 2","others":["or[0].and[0]","or[0].and[1]"],
			"text":"no contact can meet both a = 1 and a = 2","suggestion":"change a condition, or leave the group out"},
		{"kind":"plain equality","path":"or[1].and[0]","part":"t like \"x\"","text":"only one text fits the pattern","suggestion":"write t = \"x\"","instead":"t = \"x\""}]`, string(data))
}

// No false alarm: what is said to be so is so by the oracle, for every contact, on
// random filters whose conditions have a lot to do with each other.
func TestLintIsRight(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 4))
	choose := filtertest.FromRand(rng)
	seen := map[filter.FindingKind]int{}
	const enough = 250 // for every kind of finding to be made
	cases := testflags.Cases(120)
	for range cases {
		g := narrow(choose)
		contacts := []filtertest.Contact{{}}
		var has [][]string
		f := g.Zoned(crowded(g, choose, 2))
		for range 40 {
			contacts = append(contacts, g.Contact())
		}
		for range contacts {
			has = append(has, slices.DeleteFunc(g.Segments(), func(string) bool { return choose(2) == 0 }))
		}
		s := g.Setting()
		findings, err := filter.Lint(f, g.Schema(), &filter.CompileOptions{Segments: &members{known: g.Segments()}, Zone: s.Zone, WeekStart: s.WeekStart, LeapDayInMarch: s.LeapDayInMarch})
		require.NoError(t, err)
		a := alarm{t, filtertest.Case{Schema: g.Schema(), Zone: s.Zone, WeekStart: s.WeekStart, LeapDayInMarch: s.LeapDayInMarch, Contacts: contacts, Members: has}, f, treeOf(f)}
		var gone []string
		for _, found := range findings {
			seen[found.Kind]++
			if found.Kind == filter.NoEffect || found.Kind == filter.Duplicate {
				gone = append(gone, found.Path.String())
			}
		}
		for _, now := range []time.Time{s.Now, g.Moment()} { // what is so is so at any time
			a.Now = now
			for _, found := range findings {
				a.check(found)
			}
			a.same(a.tree.without(gone...), findings)
		}
	}
	if cases >= enough {
		for _, kind := range []filter.FindingKind{filter.Contradiction, filter.AlwaysTrue, filter.EmptyRange, filter.Duplicate, filter.NoEffect, filter.PlainEquality} {
			require.NotZero(t, seen[kind], "%s is never found", kind)
		}
	}
	t.Log(seen)
}

// narrow returns a generator for a schema of few fields.
func narrow(choose filtertest.Chooser) *filtertest.Generator {
	for {
		g := filtertest.New(choose)
		if g.Schema().Len() <= 2 {
			return g
		}
	}
}

// crowded returns a filter that comes back to the same conditions again and again,
// with values that lie close together.
func crowded(g *filtertest.Generator, choose filtertest.Chooser, depth int) filter.Filter {
	var pool []filter.Condition
	for range 1 + choose(4) {
		c := g.Condition()
		pool = append(pool, c)
		if c.Part() != 0 { // the same part again, with other values
			pool = append(pool, filter.Field(c.Field()).Part(c.Part()).Condition(filter.Equal, c.Value(0)))
			continue
		}
		values := slices.Collect(c.Values())
		for range choose(4) { // the same values under another operator
			op := filter.Op(1 + choose(int(filter.InAllSegments)))
			list := slices.Clone(values)
			if len(list) > 0 && choose(2) == 0 {
				list = list[:1]
			}
			other := filter.NewCondition(c.Field(), op, list...)
			made, err := filter.New(other)
			if err == nil && filter.Check(made, g.Schema(), &members{known: g.Segments()}) == nil {
				pool = append(pool, other)
			}
		}
	}
	var filterOf func(depth int) filter.Term
	filterOf = func(depth int) filter.Term {
		var groups []filter.Term
		for range 1 + choose(3) {
			var terms []filter.Term
			for range 1 + choose(4) {
				var term filter.Term = pool[choose(len(pool))]
				if depth > 0 && choose(5) == 0 {
					term = filterOf(depth - 1)
				}
				if choose(3) == 0 {
					term = filter.Not(term)
				}
				terms = append(terms, term)
			}
			groups = append(groups, filter.And(terms...))
		}
		return filter.Or(groups...)
	}
	return filter.Must(filterOf(depth))
}

// tree is a filter that can be taken apart.
type tree []branch

type branch struct {
	path  string
	terms []twig
}

type twig struct {
	path  string
	plain filter.Term // if it is a condition
	inner tree
	not   bool
}

func treeOf(f filter.Filter) tree { return treeAt(f, "") }

func treeAt(f filter.Filter, path string) (out tree) {
	if path != "" {
		path += "."
	}
	i := 0
	for g := range f.Groups() {
		b := branch{path: fmt.Sprintf("%sor[%d]", path, i)}
		j := 0
		for term := range g.Terms() {
			w := twig{path: fmt.Sprintf("%s.and[%d]", b.path, j), not: term.Negated()}
			if n, ok := term.(filter.Nested); ok {
				w.inner = treeAt(n.Filter(), w.path)
			} else {
				w.plain = term
			}
			b.terms = append(b.terms, w)
			j++
		}
		out = append(out, b)
		i++
	}
	return out
}

// without returns the filter without the parts at some paths.
func (tr tree) without(paths ...string) filter.Term {
	var groups []filter.Term
	for _, b := range tr {
		if !slices.Contains(paths, b.path) {
			groups = append(groups, b.without(paths))
		}
	}
	return filter.Or(groups...)
}

func (b branch) without(paths []string) filter.Term {
	var terms []filter.Term
	for _, w := range b.terms {
		if !slices.Contains(paths, w.path) {
			terms = append(terms, w.without(paths))
		}
	}
	return filter.And(terms...)
}

func (w twig) without(paths []string) filter.Term {
	switch {
	case w.inner == nil:
		return w.plain
	case w.not:
		return filter.Not(w.inner.without(paths...))
	}
	return w.inner.without(paths...)
}

// at returns the part at a path.
func (tr tree) at(path string) filter.Term {
	if path == "" {
		return tr.without()
	}
	for _, b := range tr {
		if b.path == path {
			return b.without(nil)
		}
		for _, w := range b.terms {
			if w.path == path {
				return w.without(nil)
			}
			if strings.HasPrefix(path, w.path+".") {
				return w.inner.at(path)
			}
		}
	}
	return nil
}

// An alarm holds findings against the oracle.
type alarm struct {
	*testing.T
	filtertest.Case
	f    filter.Filter
	tree tree
}

// zoned returns the filter of a term in the zone of the whole.
func (a *alarm) zoned(term filter.Term) filter.Filter {
	f, err := filter.Must(term).WithZone(a.f.Zone())
	require.NoError(a, err)
	return f
}

// found returns how many contacts match.
func (a *alarm) found(term filter.Term) (n int) {
	c := a.Case
	c.Filter = a.zoned(term)
	for i := range c.Contacts {
		if c.Want(i) {
			n++
		}
	}
	return n
}

func (a *alarm) same(term filter.Term, about any) {
	c, d := a.Case, a.Case
	c.Filter, d.Filter = a.f, a.zoned(term)
	for i := range c.Contacts {
		require.Equal(a, c.Want(i), d.Want(i), "%v\n%s\n%s\n%v", about, a.f, d.Filter, c.Contacts[i])
	}
}

func (a *alarm) check(found filter.Finding) {
	part := a.tree.at(found.Path.String())
	require.NotNil(a, part, "%v\n%s", found, a.f)
	switch found.Kind {
	case filter.Contradiction:
		require.Zero(a, a.found(part), "%v\n%s", found, a.f)
	case filter.AlwaysTrue:
		require.Equal(a, len(a.Contacts), a.found(part), "%v\n%s", found, a.f)
	case filter.EmptyRange:
		if part.Negated() {
			part = filter.Not(part)
		}
		require.Zero(a, a.found(part), "%v\n%s", found, a.f)
	case filter.Duplicate, filter.NoEffect:
		a.same(a.tree.without(found.Path.String()), found)
	case filter.PlainEquality:
		b := alarm{a.T, a.Case, a.zoned(part), nil}
		b.same(filter.Nest(filter.MustParse(found.Instead)), found)
	}
	for _, other := range found.Others {
		require.NotNil(a, a.tree.at(other.String()), "%v\n%s", found, a.f)
	}
}

// To look at a filter of very many parts is not too much work.
func TestLintOfMuch(t *testing.T) {
	spent := pace.Start()
	var groups, terms []filter.Term
	for i := range 8_000 {
		groups = append(groups, filter.And(filter.Field("a").NotEquals(i), filter.Field("t").Contains(fmt.Sprint(i))))
		terms = append(terms, filter.Field("a").NotEquals(i))
	}
	for _, term := range []filter.Term{filter.Or(groups...), filter.And(terms...), filter.Or(groups[:900]...), filter.And(terms[:190]...), filter.And(filter.Or(groups...), filter.Not(filter.Or(groups[1:]...)))} {
		f := filter.Must(term)
		_, err := filter.Lint(f, lintSchema, nil)
		require.NoError(t, err)
	}
	many := make([]any, 100_000)
	for i := range many {
		many[i] = fmt.Sprint("text ", i)
	}
	f := filter.Must(filter.And(filter.Field("t").In(many...), filter.Field("t").NotIn(many[1:]...), filter.Field("t").Contains("x")))
	_, err := filter.Lint(f, lintSchema, nil)
	require.NoError(t, err)
	deep := filter.Must(filter.Field("a").Equals(1))
	for i := range 999 {
		deep = filter.Must(filter.Not(filter.And(filter.Nest(deep), filter.Field("b").Equals(i))))
	}
	_, err = filter.Lint(deep, lintSchema, nil)
	require.NoError(t, err)
	pace.Check(t, time.Minute, "lint", spent())
}
