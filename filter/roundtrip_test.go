package filter_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/testflags"
)

// gen makes random terms, odd ones more often than a user would.
type gen struct{ *rand.Rand }

func newGen(seed uint64) gen { return gen{rand.New(rand.NewPCG(seed, 0))} }

func pick[T any](g gen, of ...T) T { return of[g.IntN(len(of))] }

func (g gen) text() string {
	return pick(g, "x", "FR", "it's", `say "hi"`, "`", "a.b", "and", "a\nb", "%_\\", "é", "e\u0301", "名", "😀", "\u2028", "\x00", " ", `\ud800`, "\ufffd", "2026-11-24", "1", "<&>", "true")
}

func (g gen) field() string {
	return pick(g, "a", "b.c", "größe", "_", "and", "First", "a.last", "a b", "a..b", ".", "a.", "`", "a`.b", "名前", "1a", "x\ny", "a.b.not.c", g.text())
}

func (g gen) value() filter.Value {
	switch g.IntN(9) {
	case 6:
		return filter.Weekday(time.Weekday(g.IntN(7)))
	case 7:
		return g.relative(false)
	case 8:
		return filter.TimeOfDay(g.IntN(24), g.IntN(60), pick(g, 0, g.IntN(60)))
	case 0:
		return filter.Number(math.Float64frombits(g.Uint64()&^(1<<62) | uint64(g.IntN(2))<<52))
	case 1:
		return filter.Number(pick(g, 0, -1, 0.5, 1e21, 1e-7, 1<<53, 1<<53+2, 123456789012345680, math.MaxFloat64, math.SmallestNonzeroFloat64, float64(g.IntN(1000))))
	case 2:
		return filter.Bool(g.IntN(2) == 0)
	case 3:
		return filter.Date(g.IntN(10000), time.Month(1+g.IntN(12)), 1+g.IntN(28))
	case 4:
		return filter.DateTime(time.Date(g.IntN(10000), 1, 1, 0, 0, g.IntN(365*86400), pick(g, 0, g.IntN(1e9)), time.UTC))
	}
	return filter.Text(g.text())
}

// relative spells a relative date, of days only if asked.
func (g gen) relative(days bool) filter.Value {
	which, span := pick(g, "this", "last", "NEXT"), pick(g, "week", "month", "Quarter", "year")
	month := pick(g, "january", "February", "december", "may")
	unit := pick(g, "days", "day", "week", "months", "quarters", "years")
	if !days {
		unit = pick(g, unit, "hours", "second", "minutes")
	}
	n := strconv.Itoa(pick(g, 0, 1, 2, 9999, g.IntN(400)))
	texts := []string{"today", "Tomorrow", " yesterday ", which + "\n" + span, "-" + n + " " + unit, "+" + n + " " + unit, "+ 007 " + unit,
		n + " " + unit + " ago", "in " + n + " " + unit, "first day of " + which + " " + span, "last day of " + month,
		"First Day Of " + month + " " + which + " year", pick(g, "monday", "Sunday") + " " + which + " week"}
	if !days {
		texts = append(texts, "now")
	}
	return filter.Relative(pick(g, texts...))
}

func (g gen) window(days bool) filter.Value {
	unit := pick(g, "days", "day", "week", "months", "quarters", "years")
	if !days {
		unit = pick(g, unit, "hours", "second", "minutes")
	}
	return filter.Window("the " + pick(g, "last", "next") + " " + strconv.Itoa(g.IntN(400)) + " " + unit)
}

func (g gen) condition() filter.Term {
	op := filter.Equal + filter.Op(g.IntN(int(filter.InAllSegments)))
	var c filter.Condition
	field := filter.Field(g.field())
	if g.IntN(4) == 0 {
		field = field.Part(pick(g, filter.PartYear, filter.PartMonth, filter.PartDay, filter.PartWeekday, filter.PartHour))
	}
	texts := make([]filter.Value, 1+g.IntN(3))
	values := make([]filter.Value, 1+g.IntN(3))
	for i := range texts {
		texts[i] = filter.Text(g.text())
	}
	for i := range values {
		values[i] = g.value()
	}
	switch {
	case op == filter.InSegment:
		c = filter.NewCondition("", op, texts[0])
	case op.OnSegments():
		c = filter.NewCondition("", op, texts...)
	case op >= filter.Like && op <= filter.Matches:
		c = field.Condition(op, texts[0])
	case op == filter.Empty:
		c = field.Condition(op)
	case op == filter.Within:
		c = field.Condition(op, g.window(false))
	case op == filter.Anniversary:
		c = field.Condition(op, pick(g, g.window(true), g.relative(true)))
	case op == filter.Between:
		c = field.Condition(op, g.value(), g.value())
	case op == filter.In || op == filter.HasAny || op == filter.HasAll:
		c = field.Condition(op, values...)
	default:
		c = field.Condition(op, values[0])
	}
	if g.IntN(2) == 0 {
		return filter.Not(c)
	}
	return c
}

func (g gen) term(depth int) filter.Term {
	if g.IntN(6) == 0 {
		return g.behaviour(depth)
	}
	if depth == 0 || g.IntN(3) == 0 {
		return g.condition()
	}
	terms := make([]filter.Term, 1+g.IntN(3))
	for i := range terms {
		terms[i] = g.term(depth - 1)
	}
	switch g.IntN(6) {
	case 4:
		return filter.AnyCompany(filter.Or(terms...))
	case 5:
		return filter.NoCompany(terms[0])
	case 0:
		return filter.And(terms...)
	case 1:
		return filter.Or(terms...)
	case 2:
		return filter.Not(terms[0])
	}
	return filter.Nest(filter.Must(terms[0]))
}

// raw spells a term with every needless pair of parentheses and some needless nots,
// the way it was put together and not the way it ends.
func raw(g gen, t filter.Term) string {
	text := t.String()
	if s, ok := t.(filter.Scope); ok {
		inner := raw(g, filter.Nest(s.Filter()))
		text = pick(g, "ANY company("+inner+")", "any Company (not not ("+inner+"))", "not NO company\n( "+inner+" )")
		if s.Negated() {
			text = "not " + text
		}
	}
	if n, ok := t.(filter.Nested); ok {
		text = ""
		for group := range n.Filter().Groups() {
			if text != "" {
				text += " OR "
			}
			inner := ""
			for t := range group.Terms() {
				if inner != "" {
					inner += "\tand "
				}
				inner += raw(g, t)
			}
			text += pick(g, inner, "("+inner+")", "( not not (("+inner+")))", "not(not ("+inner+"))")
		}
		text = "(" + text + ")"
		if n.Negated() {
			text = "Not" + text
		}
	}
	return pick(g, text, "("+text+")", "not not "+text, "not (not "+text+")")
}

func TestRoundTrips(t *testing.T) {
	seed := testflags.Seed(t)
	for i := range testflags.Cases(5000) {
		g := newGen(seed + uint64(i))
		term := g.term(4)
		f, err := filter.New(term)
		require.NoError(t, err)
		if g.IntN(4) == 0 {
			zone := filter.Zone{Name: pick(g, "", "Europe/Zurich", g.text()), Field: pick(g, "", "", g.field())}
			zoned, err := f.WithZone(zone)
			require.NoError(t, err)
			require.Equal(t, zone, zoned.Zone())
			checkRoundTrips(t, zoned)
			require.Equal(t, zone.IsZero(), zoned.Equal(f))
		}
		checkRoundTrips(t, f)

		odd, err := filter.Parse(raw(g, filter.Nest(f)))
		require.NoError(t, err)
		require.True(t, odd.Equal(f), "%s\n%s", odd, f)
		require.True(t, filter.Must(filter.Not(filter.Not(filter.And(filter.Or(term))))).Equal(f))
		require.True(t, filter.Must(rebuild(f)).Equal(f))
	}
}

// rebuild makes f again from what its methods hand out.
func rebuild(f filter.Filter) filter.Term {
	var groups []filter.Term
	for g := range f.Groups() {
		var terms []filter.Term
		for t := range g.Terms() {
			switch t := t.(type) {
			case filter.Condition:
				var values []filter.Value
				for v := range t.Values() {
					values = append(values, v)
				}
				terms = append(terms, negate(conditionOf(t, values), t.Negated()))
			case filter.Nested:
				terms = append(terms, negate(rebuild(t.Filter()), t.Negated()))
			case filter.Scope:
				terms = append(terms, negate(filter.AnyCompany(rebuild(t.Filter())), t.Negated()))
			case filter.Behaviour:
				terms = append(terms, negate(rebuildBehaviour(t), t.Negated()))
			}
		}
		groups = append(groups, filter.And(terms...))
	}
	return filter.Or(groups...)
}

// conditionOf makes the positive condition like c, with other values.
func conditionOf(c filter.Condition, values []filter.Value) filter.Condition {
	if c.Op().OnSegments() {
		return filter.NewCondition(c.Field(), c.Op(), values...)
	}
	return filter.Field(c.Field()).Part(c.Part()).Condition(c.Op(), values...)
}

func negate(t filter.Term, not bool) filter.Term {
	if not {
		return filter.Not(t)
	}
	return t
}

// checkRoundTrips sends f through every spelling and checks that it is canonical.
func checkRoundTrips(t *testing.T, f filter.Filter) {
	t.Helper()
	text := f.String()
	parsed, err := filter.Parse(text)
	require.NoError(t, err, "text: %s", text)
	require.True(t, parsed.Equal(f), "text: %s\nthen: %s", text, parsed)
	require.Equal(t, text, parsed.String())

	data, err := json.Marshal(f)
	require.NoError(t, err)
	var decoded filter.Filter
	require.NoError(t, json.Unmarshal(data, &decoded), "JSON: %s", data)
	require.True(t, decoded.Equal(f), "text: %s\nJSON: %s", text, data)
	direct, err := f.MarshalJSON()
	require.NoError(t, err)
	require.NoError(t, decoded.UnmarshalJSON(direct), "JSON: %s", direct)
	require.True(t, decoded.Equal(f))

	data, err = f.MarshalText()
	require.NoError(t, err)
	require.NoError(t, decoded.UnmarshalText(data))
	require.True(t, decoded.Equal(f))
	checkCanonical(t, f)
}

// checkCanonical checks that no parentheses are left that change nothing.
func checkCanonical(t *testing.T, f filter.Filter) {
	t.Helper()
	groups := 0
	for g := range f.Groups() {
		groups++
		var terms []filter.Term
		for term := range g.Terms() {
			terms = append(terms, term)
		}
		require.NotEmpty(t, terms)
		for _, term := range terms {
			n, ok := term.(filter.Nested)
			if !ok {
				continue
			}
			inner, conditions := 0, 0
			for g := range n.Filter().Groups() {
				inner++
				for range g.Terms() {
					conditions++
				}
			}
			if n.Negated() {
				require.Greater(t, conditions, 1, "%s", f)
			} else {
				require.Greater(t, inner, 1, "%s", f)
				require.Greater(t, len(terms), 1, "%s", f)
			}
			checkCanonical(t, n.Filter())
		}
	}
	require.Positive(t, groups)
}

func TestConditionsHavePaths(t *testing.T) {
	f := filter.MustParse(`a = 1 or b = 2 and not (c = 3 and d = 4 or in segment e) and f = 5`)
	var got []string
	for path, c := range f.Conditions() {
		got = append(got, path.String()+": "+c.String())
	}
	require.Equal(t, []string{
		"or[0].and[0]: a = 1",
		"or[1].and[0]: b = 2",
		"or[1].and[1].or[0].and[0]: c = 3",
		"or[1].and[1].or[0].and[1]: d = 4",
		"or[1].and[1].or[1].and[0]: in segment e",
		"or[1].and[2]: f = 5",
	}, got)
	for n := range 6 {
		i := 0
		for range f.Conditions() {
			if i == n {
				break
			}
			i++
		}
		require.Equal(t, n, i)
	}
	require.Empty(t, filter.Path{}.String())
}

func TestEqual(t *testing.T) {
	texts := []string{`a = 1`, `a != 1`, `a = 2`, `b = 1`, `a = "1"`, `a < 1`, `a = true`, `a = 2026-01-01`, `a = 2026-01-01T00:00:00Z`,
		`a in (1, 2)`, `a in (2, 1)`, `a = 1 and b = 2`, `a = 1 or b = 2`, `b = 2 or a = 1`, `not (a = 1 and b = 2)`, `not (a = 1 or b = 2)`, `c = 1 and (a = 1 or b = 2)`,
		`in segment a`, `in any segment (a)`, `in all segments (a)`, `c = 1 and not (a = 1 or b = 2)`}
	for i, a := range texts {
		for j, b := range texts {
			require.Equal(t, i == j, filter.MustParse(a).Equal(filter.MustParse(b)), "%s and %s", a, b)
		}
		require.False(t, filter.MustParse(a).Equal(filter.Filter{}))
	}
	require.True(t, filter.Filter{}.Equal(filter.Filter{}))
}

func TestZeroFilter(t *testing.T) {
	var f filter.Filter
	require.True(t, f.IsZero())
	require.Empty(t, f.String())
	data, err := json.Marshal(struct{ F filter.Filter }{})
	require.NoError(t, err)
	require.JSONEq(t, `{"F": null}`, string(data))

	g := filter.MustParse(`a = 1`)
	require.False(t, g.IsZero())
	require.NoError(t, g.UnmarshalJSON([]byte("null")))
	require.True(t, g.IsZero())
	g = filter.MustParse(`a = 1`)
	require.Error(t, g.UnmarshalText([]byte(" ")))
	require.Error(t, g.UnmarshalJSON([]byte(`{}`)))
	require.Equal(t, "a = 1", g.String(), "left as it was")
	require.NoError(t, g.UnmarshalText(nil))
	require.True(t, g.IsZero())
}

func FuzzParse(f *testing.F) {
	for _, c := range slices.Concat(accepted, behaviours) {
		f.Add(c[0])
	}
	f.Add(`a = 2026-02-30 or (b = "`)
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := filter.Parse(text)
		if err == nil {
			checkRoundTrips(t, parsed)
			return
		}
		var pe *filter.ParseError
		require.ErrorAs(t, err, &pe)
		require.GreaterOrEqual(t, pe.Offset, 0)
		require.LessOrEqual(t, pe.Offset, len(text))
		require.NotEmpty(t, pe.Expected)
		require.NotEmpty(t, pe.Found)
	})
}

func FuzzJSON(f *testing.F) {
	for _, c := range slices.Concat(accepted, behaviours) {
		data, err := filter.MustParse(c[0]).MarshalJSON()
		require.NoError(f, err)
		f.Add(data)
	}
	for _, c := range jsonErrors {
		f.Add([]byte(c[0]))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var parsed filter.Filter
		err := parsed.UnmarshalJSON(data)
		if err == nil {
			require.True(t, json.Valid(data))
			if !parsed.IsZero() {
				checkRoundTrips(t, parsed)
			}
			return
		}
		var je *filter.JSONError
		require.True(t, errors.As(err, &je), "%v", err)
		require.GreaterOrEqual(t, je.Offset, 0)
		require.LessOrEqual(t, je.Offset, len(data))
	})
}
