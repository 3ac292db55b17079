package filter_test

import (
	"encoding/json"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

// Every verdict of an explanation is what the oracle says of that part of the
// filter alone, and what the contact has is what it was given.
func TestExplainAgreesWithTheOracle(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 3))
	choose := filtertest.FromRand(rng)
	met := coverage{}
	for range testflags.Cases(60) {
		g := filtertest.New(choose)
		p := newPeople(t, g.Schema(), g.Zone())
		p.fill(t, g, choose, storeSize{contacts: 25})
		p.setting = g.Setting()
		v := p.store.View()
		for range 5 {
			f := g.Zoned(g.Filter(3))
			met.note(g.Schema(), f)
			program, err := p.compile(f)
			require.NoError(t, err)
			p.setting.Now = g.Moment()
			program = program.At(p.setting.Now)
			for id, c := range p.contacts {
				e := program.Explain(v, id)
				b, _ := belongsIn(v, g.Schema())(id)
				x := explained{T: t, p: p, c: c, belongs: b, id: id, schema: g.Schema(), zone: f.Zone()}
				x.groups(f, e.Groups)
				require.Equal(t, x.holds(f), e.Matches, "%s\n%s", f, e)
				require.Equal(t, program.Match(v, id), e.Matches, "%s\n%s", f, e)
				require.NotContains(t, e.Tree(), "\n\n")
				turned(t, e)
				_, err := json.Marshal(e)
				require.NoError(t, err)
			}
		}
	}
	if testflags.Cases(60) >= 150 {
		met.requireAll(t)
	}
}

// explained checks one explanation.
type explained struct {
	*testing.T
	p       *people
	c       filtertest.Contact
	belongs filtertest.Belongs
	id      contact.ID
	schema  *contact.Schema
	zone    filter.Zone // of the whole filter
}

// holds is what the oracle says of the whole filter, or of a part of it.
func (x *explained) holds(f filter.Filter) bool {
	f, err := f.WithZone(x.zone)
	require.NoError(x, err)
	return filtertest.MatchOf(x.p.setting, x.schema, x.c, x.belongs, f, func(ref string) bool { return x.p.segments.has(ref, x.id) })
}

func (x *explained) groups(f filter.Filter, list []filter.GroupVerdict) {
	i := 0
	for g := range f.Groups() {
		var terms []filter.Term
		for term := range g.Terms() {
			terms = append(terms, term)
		}
		require.Len(x, list[i].Terms, len(terms))
		require.Equal(x, x.holds(filter.Must(filter.And(terms...))), list[i].Holds, "%s", g)
		for j, term := range terms {
			x.term(term, &list[i].Terms[j])
		}
		i++
	}
	require.Len(x, list, i)
}

// has returns what the contact, or its primary company, has in a field.
func (x *explained) has(field string) (any, bool) {
	if _, own := x.schema.Field(field); own || !strings.HasPrefix(field, "company.") {
		has, ok := x.c[field]
		return has, ok
	}
	if x.belongs.Primary == 0 {
		return nil, false
	}
	has, ok := x.belongs.Companies[x.belongs.Primary-1][strings.TrimPrefix(field, "company.")]
	return has, ok
}

// hasDomain is has for the domain of an e-mail field.
func (x *explained) hasDomain(path string) (any, bool) {
	whole := strings.TrimSuffix(path, ".domain")
	f, ok := x.p.store.Schema().Field(whole)
	if !ok {
		f, _, _ = x.p.store.Schema().CompanyField(whole)
	}
	address, _ := x.has(whole)
	s, _ := address.(string)
	domain := filtertest.DomainOf(s, f.Exact())
	return domain, domain != ""
}

func (x *explained) term(term filter.Term, v *filter.TermVerdict) {
	require.Equal(x, x.holds(filter.Must(term)), v.Holds, "%s", term)
	require.Equal(x, term.Negated(), v.Negated)
	switch n := term.(type) {
	case filter.Nested:
		require.Empty(x, v.Text)
		x.groups(n.Filter(), v.Groups)
		return
	case filter.Scope:
		require.Equal(x, n.String(), v.Text)
		require.Equal(x, 1, v.Distance)
		return
	}
	c := term.(filter.Condition)
	require.Equal(x, c.String(), v.Text)
	require.Equal(x, c.Field(), v.Field)
	require.Equal(x, 1, v.Distance)
	i := 0
	for ref := range c.Segments() {
		require.Equal(x, filter.SegmentVerdict{Segment: ref, Member: x.p.segments.has(ref, x.id)}, v.Segments[i])
		i++
	}
	require.Len(x, v.Segments, i)
	has, ok := x.has(c.Field())
	if strings.HasSuffix(c.Field(), ".domain") { // no field of these schemas is called so
		has, ok = x.hasDomain(c.Field())
	}
	if list, isList := has.([]string); isList {
		ok = len(list) > 0
	}
	require.Equal(x, ok, !v.Value.Missing(), "%v", v)
	require.Equal(x, ok, v.Has != "", "%v", v)
	if ok && !v.Value.Kind().Multiple() && !v.Value.Kind().Declared() {
		// What it has is written as a filter would have to write it.
		if s, isText := has.(string); isText && s == "" {
			require.Equal(x, `""`, v.Has)
			return
		}
		f := filter.MustParse(filter.Must(filter.Field(c.Field()).IsEmpty()).String()[:len(filter.Must(filter.Field(c.Field()).IsEmpty()).String())-len("is empty")] + "= " + v.Has)
		require.True(x, x.holds(f), "%s", f)
	}
}

// turned checks that the decisive conditions turn the verdict, as many as the
// distance says, and that no fewer do.
func turned(t *testing.T, e *filter.Explanation) {
	var paths []string
	var collect func(groups []filter.GroupVerdict)
	collect = func(groups []filter.GroupVerdict) {
		for _, g := range groups {
			for _, term := range g.Terms {
				if collect(term.Groups); term.Groups == nil {
					paths = append(paths, term.Path)
				}
			}
		}
	}
	collect(e.Groups)
	other := map[string]bool{}
	for _, d := range e.Decisive {
		other[d.Path] = true
	}
	require.Len(t, other, len(e.Decisive))
	require.NotEqual(t, e.Matches, anyGroup(e.Groups, other), "%s", e)
	if e.Matches {
		require.Equal(t, -1, e.Nearest)
	} else {
		require.Len(t, e.Decisive, e.Groups[e.Nearest].Distance, "%s", e)
		for i, g := range e.Groups {
			require.False(t, g.Distance < len(e.Decisive) || g.Distance == len(e.Decisive) && i < e.Nearest, "%s", e)
		}
	}
	if len(paths) > 10 {
		return
	}
	for set := range 1 << len(paths) {
		if bits.OnesCount(uint(set)) >= len(e.Decisive) {
			continue
		}
		other := map[string]bool{}
		for i, path := range paths {
			other[path] = set>>i&1 == 1
		}
		require.Equal(t, e.Matches, anyGroup(e.Groups, other), "%s\n%v", e, other)
	}
}

// anyGroup evaluates the tree with some conditions turned.
func anyGroup(groups []filter.GroupVerdict, other map[string]bool) bool {
	for _, g := range groups {
		all := true
		for _, term := range g.Terms {
			holds := term.Holds != other[term.Path]
			if term.Groups != nil {
				holds = anyGroup(term.Groups, other) != term.Negated
			}
			all = all && holds
		}
		if all {
			return true
		}
	}
	return false
}

func TestExplainText(t *testing.T) {
	p := newPeople(t, contact.MustSchema(
		contact.Text("country"), contact.Number("points"), contact.Tags("tags"), contact.Date("born"), contact.DateTime("seen"),
		contact.Bool("yes"), contact.Select("plan", "Free", "Pro"), contact.Text("note"),
	), time.UTC)
	p.segments.known = []string{"vip", "a b"}
	p.segments.has = func(ref string, _ contact.ID) bool { return ref == "vip" }
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		return p.insert(tx, filtertest.Contact{"country": "FR", "points": 480.5, "tags": []string{"new", `x"y`}, "born": contact.DayOf(1990, 2, 28),
			"seen": time.Date(2026, 11, 24, 10, 0, 0, 250e6, time.UTC), "yes": false, "plan": "Pro", "note": "two\nlines"})
	}))
	v := p.store.View()
	for _, c := range [][2]string{
		{`country = "fr"`, `
contact 1 matches
✓ group 1
  ✓ country = "fr": has "FR"
`},
		{`country = "fr" and points >= 500 and tags has any ("vip") or in all segments (vip, "a b") and yes = false`, `
contact 1 does not match, group 2 is nearest: 1 condition fails
✗ group 1
  ✓ country = "fr": has "FR"
  ✗ points >= 500: has 480.5
  ✗ tags has any ("vip"): has "new", "x""y"
✗ group 2
  ✗ in all segments (vip, "a b"): in vip, not in a b
  ✓ yes = false: has false
`},
		{`not (country = "fr" and points < 500) and born = 1990-02-28 and seen < 2026-11-24 and (plan = "Free" or note is empty and yes = true or plan = "Pro")`, `
contact 1 does not match: 2 conditions fail
✗ group 1
  ✗ not all of
    ✓ country = "fr": has "FR"
    ✓ points < 500: has 480.5
  ✓ born = 1990-02-28: has 1990-02-28
  ✗ seen < 2026-11-24: has 2026-11-24T10:00:00.250Z
  ✓ any of
    ✗ group 1
      ✗ plan = "Free": has "Pro"
    ✗ group 2
      ✗ note is empty: has "two⏎lines"
      ✗ yes = true: has false
    ✓ group 3
      ✓ plan = "Pro": has "Pro"
`},
		{`not (country = "DE" or country = "FR") and not in segment vip`, `
contact 1 does not match: 2 conditions fail
✗ group 1
  ✗ not any of
    ✗ group 1
      ✗ country = "DE": has "FR"
    ✓ group 2
      ✓ country = "FR": has "FR"
  ✗ not in segment vip: in vip
`},
	} {
		e, err := filter.Explain(filter.MustParse(c[0]), v, 1, &filter.CompileOptions{Segments: p.segments})
		require.NoError(t, err)
		require.Equal(t, c[1], "\n"+e.String())
	}
	program, err := p.compile(filter.MustParse(`seen within the last 2 hours and born is not tomorrow and month of born = 3 and seen = today in zone "Asia/Tokyo"`))
	require.NoError(t, err)
	require.Equal(t, `
contact 1 does not match: 1 condition fails
✗ group 1
  ✓ seen within the last 2 hours: has 2026-11-24T10:00:00.250Z
  ✓ born is not tomorrow: has 1990-02-28
  ✗ month of born = 3: has 1990-02-28
  ✓ seen = today: has 2026-11-24T10:00:00.250Z
`, "\n"+program.At(time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)).Explain(v, 1).String())
	_, err = filter.Explain(filter.MustParse(`seen < now`), v, 1, nil)
	require.ErrorIs(t, err, filter.ErrNoTime)
	// Ties go to the first.
	e, err := filter.Explain(filter.MustParse(`points > 900 and yes = true or points < 10 or points > 1000`), v, 1, nil)
	require.NoError(t, err)
	require.Equal(t, 1, e.Nearest)
	require.Equal(t, "or[1].and[0]", e.Decisive[0].Path)
	require.Equal(t, 480.5, e.Decisive[0].Value.Number())

	e, err = filter.Explain(filter.MustParse(`points is empty`), v, 2, nil)
	require.NoError(t, err)
	require.Equal(t, "contact 2 does not exist\n", e.String())
	data, err := json.Marshal(e)
	require.NoError(t, err)
	require.Equal(t, `{"contact":2,"exists":false,"matches":false,"nearest":-1}`, string(data))
	_, err = filter.Explain(filter.MustParse(`pionts = 1`), v, 1, nil)
	require.ErrorContains(t, err, `did you mean "points"?`)
	require.Equal(t, "contact 0 does not match\n", (&filter.Explanation{Exists: true}).String())
}
