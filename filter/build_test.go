package filter_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/filter"
)

func TestConstructors(t *testing.T) {
	at := time.Date(2026, 11, 24, 10, 0, 0, 999_999, time.FixedZone("", 3600))
	a := filter.Field("a")
	for _, c := range []struct {
		term filter.Term
		want string
	}{
		{a.Equals("x"), `a = "x"`},
		{a.NotEquals(true), `a != true`},
		{a.LessThan(1), `a < 1`},
		{a.AtMost(1.5), `a <= 1.5`},
		{a.GreaterThan(int8(-1)), `a > -1`},
		{a.In(int16(1), int32(2), uint(3), uint8(4), uint16(5), uint32(6)), `a in (1, 2, 3, 4, 5, 6)`},
		{a.AtLeast(uint64(1 << 54)), `a >= 1.8014398509481984e+16`},
		{a.Between(filter.Date(2026, 11, 24), at), `a between 2026-11-24 and 2026-11-24T09:00:00Z`},
		{a.In("x", 1, float32(0.5)), `a in ("x", 1, 0.5)`},
		{a.In([]string{"x", "y"}, []int{1}, []int64{2}, []float64{3}, []time.Time{at}, []filter.Value{filter.Bool(false)}, []any{"z", 4}),
			`a in ("x", "y", 1, 2, 3, 2026-11-24T09:00:00Z, false, "z", 4)`},
		{a.NotIn(1), `a not in (1)`},
		{a.Like("x%"), `a like "x%"`},
		{filter.Not(a.Contains("x")), `a not contains "x"`},
		{a.StartsWith("x"), `a starts with "x"`},
		{a.EndsWith("x"), `a ends with "x"`},
		{a.Matches("("), `a matches "("`},
		{a.IsEmpty(), `a is empty`},
		{a.IsNotEmpty(), `a is not empty`},
		{a.HasAny("x"), `a has any ("x")`},
		{a.HasAll("x"), `a has all ("x")`},
		{a.HasNone("x"), `a has none ("x")`},
		{a.LacksAny("x"), `a lacks any ("x")`},
		{filter.MemberOf("vip"), `in segment vip`},
		{filter.MemberOfAny("vip", "a b"), `in any segment (vip, "a b")`},
		{filter.Not(filter.MemberOfAll("vip", "and")), `not in all segments (vip, "and")`},
		{filter.Or(filter.And(a.Equals(1), filter.And(a.Equals(2))), filter.Or(a.Equals(3), a.Equals(4))), `a = 1 and a = 2 or a = 3 or a = 4`},
		{filter.And(a.Equals(1), filter.Or(a.Equals(2), a.Equals(3))), `a = 1 and (a = 2 or a = 3)`},
		{filter.Not(filter.And(a.Equals(1), filter.Nest(filter.MustParse("b = 1 and c = 2")))), `not (a = 1 and b = 1 and c = 2)`},
		{filter.Not(filter.Not(filter.Or(filter.And(filter.Not(filter.And(a.Equals(1))))))), `a != 1`},
	} {
		f, err := filter.New(c.term)
		require.NoError(t, err)
		require.Equal(t, c.want, f.String())
		require.True(t, filter.MustParse(c.want).Equal(f))
	}
}

func TestConstructorsReport(t *testing.T) {
	a := filter.Field("a")
	for _, c := range []struct {
		term filter.Term
		want string
	}{
		{nil, `or[0].and[0]: a term is nil`},
		{filter.Not(nil), `or[0].and[0]: a term is nil`},
		{filter.And(), `or[0].and[0]: a group needs at least one condition`},
		{filter.Or(), `or[0].and[0]: a filter needs at least one group`},
		{filter.Not(filter.And()), `or[0].and[0]: a group needs at least one condition`},
		{filter.Nest(filter.Filter{}), `or[0].and[0]: the zero Filter cannot be a part of a filter`},
		{filter.Not(filter.Nested{}), `or[0].and[0]: the zero Filter cannot be a part of a filter`},
		{filter.Condition{}, `or[0].and[0]: the zero Condition is no condition`},
		{filter.Not(filter.Condition{}), `or[0].and[0]: the zero Condition is no condition`},
		{a.Equals(math.NaN()), `or[0].and[0]: field "a": NaN is not a number that a filter can hold`},
		{a.LessThan(math.Inf(-1)), `or[0].and[0]: field "a": -Inf is not a number that a filter can hold`},
		{a.Equals(int64(1<<53 + 1)), `or[0].and[0]: field "a": 9007199254740993 is not a number that float64 holds exactly; keep such numbers in an exact text field and write them as text`},
		{a.Equals(uint64(math.MaxUint64)), `or[0].and[0]: field "a": 18446744073709551615 is not a number that float64 holds exactly; keep such numbers in an exact text field and write them as text`},
		{a.Equals(nil), `or[0].and[0]: field "a": a value cannot be a <nil>`},
		{a.Equals([]string{"x"}), `or[0].and[0]: field "a": a value cannot be a []string`},
		{a.Equals(filter.Value{}), `or[0].and[0]: field "a": the zero Value is no value`},
		{a.Equals(""), "or[0].and[0]: field \"a\": the text is empty; contacts without a value are found by `is empty`"},
		{a.Like("\xff"), `or[0].and[0]: field "a": text "\xff" is not valid UTF-8`},
		{a.Equals(filter.Date(2026, 2, 30)), `or[0].and[0]: field "a": there is no day 2026-02-30 between the years 0000 and 9999`},
		{a.Equals(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), `or[0].and[0]: field "a": instant 10000-01-01 00:00:00 +0000 UTC is outside the years 0000 to 9999`},
		{a.In(), `or[0].and[0]: field "a": "in" needs a list of at least one value`},
		{a.HasNone([]string{}), `or[0].and[0]: field "a": "has any" needs a list of at least one value`},
		{a.In(1, "x", ""), "or[0].and[0]: field \"a\": value 3: the text is empty; contacts without a value are found by `is empty`"},
		{filter.Field("").IsEmpty(), `or[0].and[0]: the field has no name`},
		{filter.Field("\xff").IsEmpty(), `or[0].and[0]: field "\xff": the name of the field is not valid UTF-8`},
		{filter.MemberOf(""), `or[0].and[0]: the reference to a segment is empty`},
		{filter.MemberOfAny(), `or[0].and[0]: "in any segment" needs a list of at least one value`},
		{filter.NewCondition("a", filter.Like, filter.Number(1)), `or[0].and[0]: field "a": "like" takes a text, not the number 1`},
		{filter.NewCondition("", filter.InSegment, filter.Bool(true)), `or[0].and[0]: "in segment" takes segments, not the bool true`},
		{filter.NewCondition("a", filter.InSegment, filter.Text("x")), `or[0].and[0]: field "a": "in segment" takes no field, only segments`},
		{filter.NewCondition("a", filter.Equal), `or[0].and[0]: field "a": "=" takes 1 values, not 0`},
		{filter.NewCondition("a", filter.Empty, filter.Number(1)), `or[0].and[0]: field "a": "is empty" takes 0 values, not 1`},
		{filter.NewCondition("a", 99, filter.Number(1)), `or[0].and[0]: field "a": there is no operator 99`},
	} {
		f, err := filter.New(c.term)
		require.EqualError(t, err, "filter: "+c.want)
		require.True(t, f.IsZero())
		var ce *filter.ConditionError
		require.ErrorAs(t, err, &ce)
		if c.term != nil {
			_ = c.term.String() // no panic, whatever is wrong with it
		}
		if n, ok := c.term.(filter.Nested); ok {
			require.True(t, n.Filter().IsZero())
		}
	}
}

// TestNewReportsAll checks that every problem is reported, at the path that the
// condition has in the finished filter.
func TestNewReportsAll(t *testing.T) {
	a := filter.Field("a")
	_, err := filter.New(filter.Or(
		filter.And(a.Equals(1), filter.And(a.In(), a.Equals(2))),
		filter.And(a.Equals(1), filter.Not(filter.Or(a.Equals(1), a.Equals(math.NaN())))),
		filter.And(),
	))
	require.EqualError(t, err, `filter: or[0].and[1]: field "a": "in" needs a list of at least one value
filter: or[1].and[1].or[1].and[0]: field "a": NaN is not a number that a filter can hold
filter: or[2].and[0]: a group needs at least one condition`)
	require.PanicsWithValue(t, "filter: or[0].and[0]: a term is nil", func() { filter.Must(nil) })
}

// TestConstructorsShareNothing changes everything that was given or handed out.
func TestConstructorsShareNothing(t *testing.T) {
	values := []filter.Value{filter.Number(1), filter.Number(2)}
	c := filter.NewCondition("a", filter.In, values...)
	values[0] = filter.Number(9)
	list := []any{1, 2}
	d := filter.Field("b").In(list...)
	list[0] = 9
	terms := []filter.Term{c, d, filter.Or(filter.Field("x").Equals(1), filter.Field("y").Equals(1))}
	group := filter.And(terms...)
	before := filter.Must(group)
	terms[0] = nil

	// Terms made of the same term must not see each other.
	longer := filter.And(group, filter.Field("c").IsEmpty())
	other := filter.And(group, filter.Field("d").IsEmpty())
	const want = `a in (1, 2) and b in (1, 2) and (x = 1 or y = 1)`
	require.Equal(t, want, before.String())
	require.Equal(t, want+` and c is empty`, filter.Must(longer).String())
	require.Equal(t, want+` and d is empty`, filter.Must(other).String())
	require.Equal(t, `not (`+want+`)`, filter.Must(filter.Not(group)).String())
	require.Equal(t, want, filter.Must(group).String())

	either := filter.Or(filter.Field("x").Equals(1), filter.Field("y").Equals(1))
	first, second := filter.Or(either, filter.Field("z").Equals(1)), filter.Or(either, either)
	require.Equal(t, `x = 1 or y = 1 or z = 1`, filter.Must(first).String())
	require.Equal(t, `x = 1 or y = 1 or x = 1 or y = 1`, filter.Must(second).String())
}

func TestConditionAccess(t *testing.T) {
	var conditions []filter.Condition
	for _, c := range filter.MustParse(`a.b not in (1, "x") and not in any segment (v, w) and b is empty`).Conditions() {
		conditions = append(conditions, c)
	}
	in, segments, empty := conditions[0], conditions[1], conditions[2]
	for g := range filter.MustParse(`a = 1 and b = 2`).Groups() {
		require.Equal(t, "a = 1 and b = 2", g.String())
	}
	require.Equal(t, "a.b", in.Field())
	require.Equal(t, filter.In, in.Op())
	require.True(t, in.Negated())
	require.Equal(t, 2, in.Len())
	require.Equal(t, filter.Text("x"), in.Value(1))
	for range in.Segments() {
		t.Fatal("no segments")
	}
	require.True(t, segments.Op().OnSegments())
	require.Empty(t, segments.Field())
	var refs []string
	for ref := range segments.Segments() {
		refs = append(refs, ref)
	}
	require.Equal(t, []string{"v", "w"}, refs)
	require.Zero(t, empty.Len())
	require.Equal(t, "invalid operator", filter.Op(0).String())
	require.False(t, filter.Op(77).OnSegments())
}

func TestErrorsUnwrap(t *testing.T) {
	cause := errors.New("cause")
	require.ErrorIs(t, &filter.ParseError{Err: cause}, cause)
	require.ErrorIs(t, &filter.JSONError{Err: cause}, cause)
	require.ErrorIs(t, &filter.ConditionError{Err: cause}, cause)
}
