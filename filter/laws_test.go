package filter_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

// laws runs fn on random filters over random contacts. sets finds who matches, and rng is
// for choices of its own.
func laws(t *testing.T, fn func(t *testing.T, g *filtertest.Generator, sets func(filter.Term) contact.Set, rng *rand.Rand)) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	choose := filtertest.FromRand(rng)
	for range testflags.Cases(25) {
		g := filtertest.New(choose)
		p := newPeople(t, g.Schema(), g.Zone())
		p.fill(t, g, choose, storeSize{contacts: 40})
		p.setting = g.Setting()
		v := p.store.View()
		sets := func(term filter.Term) contact.Set {
			f, err := filter.New(term)
			require.NoError(t, err)
			program, err := p.compile(f)
			require.NoError(t, err, "%s", f)
			program = program.At(p.setting.Now)
			set, err := program.Select(context.Background(), v)
			require.NoError(t, err)
			for id := range v.Live().All() {
				require.Equal(t, set.Contains(id), program.Match(v, id), "Match and Select of %s", f)
			}
			require.Zero(t, set.AndNot(v.Live()).Len(), "%s finds somebody who does not live", f)
			n, err := program.Count(context.Background(), v)
			require.NoError(t, err)
			require.Equal(t, set.Len(), n, "Count and Select of %s", f)
			not, err := p.compile(filter.Must(filter.Not(term)))
			require.NoError(t, err)
			others, err := not.At(p.setting.Now).Select(context.Background(), v)
			require.NoError(t, err)
			require.True(t, set.Or(others).Equal(v.Live()), "%s: it and its negation are everybody", f)
			require.Zero(t, set.AndLen(others), "%s: nobody is in both it and its negation", f)
			return set
		}
		for range 4 {
			fn(t, g, sets, rng)
		}
	}
}

// A law is something that holds for any two filters, whoever the contacts are. It says
// so with the sets of those who are found, or of the filters as values.
type law struct {
	name  string
	holds func(x *lawCase) bool
}

// lawCase is two filters, as terms and as values, and what finds who matches.
type lawCase struct {
	a, b filter.Term
	f    filter.Filter // a
	find func(filter.Term) contact.Set
	rng  *rand.Rand
}

// same reports whether two terms find the same contacts.
func (x *lawCase) same(a, b filter.Term) bool { return x.find(a).Equal(x.find(b)) }

// theLaws is all of them. That a program counts whom it selects and matches, that nobody
// is in a filter and its negation and that everybody is in one of them is asked of every
// filter that any of these looks at, see laws.
var theLaws = []law{
	{"a and b is the intersection", func(x *lawCase) bool { return x.find(filter.And(x.a, x.b)).Equal(x.find(x.a).And(x.find(x.b))) }},
	{"a or b is the union", func(x *lawCase) bool { return x.find(filter.Or(x.a, x.b)).Equal(x.find(x.a).Or(x.find(x.b))) }},
	{"not is the difference", func(x *lawCase) bool {
		return x.find(filter.And(x.a, filter.Not(x.b))).Equal(x.find(x.a).AndNot(x.find(x.b)))
	}},
	{"a and not a is nobody", func(x *lawCase) bool { return x.find(filter.And(x.a, filter.Not(x.a))).Len() == 0 }},
	{"a or not a is b or not b", func(x *lawCase) bool { return x.same(filter.Or(x.a, filter.Not(x.a)), filter.Or(x.b, filter.Not(x.b))) }},
	{"not not a is a", func(x *lawCase) bool { return x.same(filter.Not(filter.Not(x.a)), x.a) }},
	{"De Morgan, of or", func(x *lawCase) bool {
		return x.same(filter.Not(filter.Or(x.a, x.b)), filter.And(filter.Not(x.a), filter.Not(x.b)))
	}},
	{"De Morgan, of and", func(x *lawCase) bool {
		return x.same(filter.Not(filter.And(x.a, x.b)), filter.Or(filter.Not(x.a), filter.Not(x.b)))
	}},
	{"a or a and b is a", func(x *lawCase) bool { return x.same(filter.Or(x.a, filter.And(x.a, x.b)), x.a) }},
	{"a and (a or b) is a", func(x *lawCase) bool { return x.same(filter.And(x.a, filter.Or(x.a, x.b)), x.a) }},
	{"cases", func(x *lawCase) bool {
		return x.same(filter.Or(filter.And(x.a, x.b), filter.And(x.a, filter.Not(x.b))), x.a)
	}},
	{"the order of groups, terms and values", func(x *lawCase) bool { return x.same(shuffle(x.f, x.rng), x.a) }},
	{"saying it again in another order", func(x *lawCase) bool { return x.same(filter.And(x.a, shuffle(x.f, x.rng), x.a), x.a) }},
	{"the normal form", func(x *lawCase) bool {
		n, err := x.f.Normal()
		return err != nil || x.same(filter.Nest(n), x.a) // one that would be too large there is none
	}},
	{"the fingerprint in any order", func(x *lawCase) bool { return filter.Must(shuffle(x.f, x.rng)).Fingerprint() == x.f.Fingerprint() }},
	{"parsed as printed", func(x *lawCase) bool {
		parsed, err := filter.Parse(x.f.String())
		return err == nil && parsed.Equal(x.f) && parsed.String() == x.f.String()
	}},
	{"read as written in JSON", func(x *lawCase) bool {
		data, err := json.Marshal(x.f)
		var read filter.Filter
		return err == nil && json.Unmarshal(data, &read) == nil && read.Equal(x.f)
	}},
}

func TestLaws(t *testing.T) {
	laws(t, func(t *testing.T, g *filtertest.Generator, sets func(filter.Term) contact.Set, rng *rand.Rand) {
		f := g.Filter(3)
		found := map[string]contact.Set{}
		x := &lawCase{a: filter.Nest(f), b: filter.Nest(g.Filter(2)), f: f, rng: rng, find: func(term filter.Term) contact.Set {
			text := filter.Must(term).String()
			if _, ok := found[text]; !ok {
				found[text] = sets(term)
			}
			return found[text]
		}}
		for _, l := range theLaws {
			require.True(t, l.holds(x), "%s\na: %s\nb: %s", l.name, x.a, x.b)
		}
	})
}

func shuffle(f filter.Filter, rng *rand.Rand) filter.Term {
	var groups []filter.Term
	for g := range f.Groups() {
		var terms []filter.Term
		for t := range g.Terms() {
			switch t := t.(type) {
			case filter.Nested:
				inner := shuffle(t.Filter(), rng)
				if t.Negated() {
					inner = filter.Not(inner)
				}
				terms = append(terms, inner)
			case filter.Scope:
				inner := filter.AnyCompany(shuffle(t.Filter(), rng))
				if t.Negated() {
					inner = filter.Not(inner)
				}
				terms = append(terms, inner)
			case filter.Condition:
				terms = append(terms, shuffleValues(t, rng))
			}
		}
		rng.Shuffle(len(terms), func(i, j int) { terms[i], terms[j] = terms[j], terms[i] })
		groups = append(groups, filter.And(terms...))
	}
	rng.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
	return filter.Or(groups...)
}

func shuffleValues(c filter.Condition, rng *rand.Rand) filter.Term {
	if c.Op() == filter.Between {
		return c
	}
	values := slices.Collect(c.Values())
	rng.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	if len(values) > 1 {
		values = append(values, values[0])
	}
	shuffled := conditionOf(c, values)
	if c.Negated() {
		return filter.Not(shuffled)
	}
	return shuffled
}

// The oracle's folding and `like` say what the engine's say, of more texts than
// contacts have.
func TestFoldingAgrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 2))
	choose := filtertest.FromRand(rng)
	g := filtertest.For(choose, contact.MustSchema(contact.Text("t")))
	for range testflags.Cases(3000) {
		s := ""
		for range rng.IntN(6) {
			switch rng.IntN(4) {
			case 0:
				s += string(rune(rng.IntN(0x3200)))
			case 1:
				s += string(rune(0xa000 + rng.IntN(0x7000)))
			default:
				if x, ok := g.Contact()["t"].(string); ok {
					s += x
				}
			}
		}
		folded := contact.Fold(s)
		require.Equal(t, filtertest.Fold(s), folded, "%+q", s)
		pattern := []rune(s)
		for i := range pattern {
			if choose(3) == 0 {
				pattern[i] = []rune(`%_\`)[choose(3)]
			}
		}
		p := string(pattern)
		require.Equal(t, filtertest.Like(p, folded, filtertest.Fold), filter.CompileLike(p, contact.Fold).Match(folded), "%+q like %+q", s, p)
	}
}

// The same choices make the same case.
func TestGeneratorRepeats(t *testing.T) {
	seed := testflags.Seed(t)
	source := func() string {
		g := filtertest.New(filtertest.FromRand(rand.New(rand.NewPCG(seed, 0))))
		c := filtertest.Case{Schema: g.Schema(), Zone: g.Zone(), Contacts: []filtertest.Contact{g.Contact(), g.Contact()}}
		c.Filter = g.Filter(3)
		return c.Source()
	}
	require.Equal(t, source(), source())
}

// Shrinking finds the one condition and the one contact that matter.
func TestShrink(t *testing.T) {
	c := filtertest.Case{Schema: contact.MustSchema(contact.Number("n"), contact.Text("t"))}
	for i := range 50 {
		c.Contacts = append(c.Contacts, filtertest.Contact{"n": float64(i), "t": "x"})
	}
	c.Filter = filter.MustParse(`t = "x" and not (n < 3 or n in (1, 17, 40) and t != "y") or n > 100`)
	fails := func(c filtertest.Case) bool {
		mentions := false
		for _, cond := range c.Filter.Conditions() {
			for v := range cond.Values() {
				mentions = mentions || v == filter.Number(17)
			}
		}
		return mentions && slices.ContainsFunc(c.Contacts, func(x filtertest.Contact) bool { return x["n"] == 17.0 })
	}
	small := c.Shrink(fails)
	require.Equal(t, []filtertest.Contact{{"n": 17.0}}, small.Contacts)
	require.Equal(t, "n in (17)", small.Filter.String())
	require.Equal(t, `filtertest.Case{
	Schema: contact.MustSchema(
		contact.Number("n"),
	),
	Contacts: []filtertest.Contact{
		{"n": float64(17)},
	},
	Filter: filter.MustParse("n in (17)"),
}`, small.Source())
}
