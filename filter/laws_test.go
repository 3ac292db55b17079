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

// laws runs fn on random filters over random contacts. pick is for its own
// choices.
func laws(t *testing.T, fn func(t *testing.T, g *filtertest.Generator, sets func(filter.Term) contact.Set, rng *rand.Rand)) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	choose := filtertest.FromRand(rng)
	for range testflags.Cases(60) {
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
			return set
		}
		for range 4 {
			fn(t, g, sets, rng)
		}
	}
}

func TestLawsOfSets(t *testing.T) {
	laws(t, func(t *testing.T, g *filtertest.Generator, sets func(filter.Term) contact.Set, rng *rand.Rand) {
		a, b := filter.Nest(g.Filter(2)), filter.Nest(g.Filter(2))
		setA, setB, notA := sets(a), sets(b), sets(filter.Not(a))
		everybody := setA.Or(notA)
		equal := func(want contact.Set, term filter.Term, law string) {
			t.Helper()
			require.True(t, sets(term).Equal(want), "%s\na: %s\nb: %s", law, a, b)
		}
		require.Zero(t, setA.AndLen(notA), "nobody is in %s and not", a)
		equal(everybody, filter.Or(b, filter.Not(b)), "b or not b is everybody")
		equal(setA.And(setB), filter.And(a, b), "and")
		equal(setA.Or(setB), filter.Or(a, b), "or")
		equal(setA, filter.Not(filter.Not(a)), "not not a")
		equal(sets(filter.Not(filter.Or(a, b))), filter.And(filter.Not(a), filter.Not(b)), "De Morgan, or")
		equal(sets(filter.Not(filter.And(a, b))), filter.Or(filter.Not(a), filter.Not(b)), "De Morgan, and")
		equal(setA, filter.Or(a, filter.And(a, b)), "absorption")
		equal(sets(filter.Or(filter.And(a, b), filter.And(a, filter.Not(b)))), a, "cases")
	})
}

// The order of groups, terms and values makes no difference to who is found, and
// neither does saying the same twice.
func TestLawOfOrder(t *testing.T) {
	laws(t, func(t *testing.T, g *filtertest.Generator, sets func(filter.Term) contact.Set, rng *rand.Rand) {
		f := g.Filter(3)
		shuffled := shuffle(f, rng)
		require.True(t, sets(filter.Nest(f)).Equal(sets(shuffled)), "%s\n%s", f, filter.Must(shuffled))
		require.True(t, sets(filter.Nest(f)).Equal(sets(filter.And(filter.Nest(f), shuffled, filter.Nest(f)))), "%s", f)
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

// Text and JSON give the same value back.
func TestLawOfSpelling(t *testing.T) {
	laws(t, func(t *testing.T, g *filtertest.Generator, _ func(filter.Term) contact.Set, _ *rand.Rand) {
		f := g.Filter(4)
		parsed, err := filter.Parse(f.String())
		require.NoError(t, err, "%s", f)
		require.True(t, parsed.Equal(f), "%s\n%s", f, parsed)
		require.Equal(t, f.String(), parsed.String())
		data, err := json.Marshal(f)
		require.NoError(t, err)
		var read filter.Filter
		require.NoError(t, json.Unmarshal(data, &read), "%s", data)
		require.True(t, read.Equal(f), "%s\n%s", f, read)
	})
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
