package filter_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// edgeSheets are about the values that are easily taken for none or lie at an end, for
// each kind whose sheet has not got them all.
var edgeSheets = []sheet{{
	name:  "edges of numbers",
	parts: []contact.Part{contact.Number("n")},
	people: []person{missing, with("0", "n", 0.0), with("-0", "n", math.Copysign(0, -1)), with("the smallest above 0", "n", math.SmallestNonzeroFloat64),
		with("2⁵³", "n", float64(1<<53)), with("-2⁵³", "n", -float64(1<<53)), with("the largest", "n", math.MaxFloat64), with("0.1 + 0.2", "n", 0.30000000000000004)},
	rows: []verdicts{
		{`n = 0`, ". + + . . . . .", `n != 0`},
		{`n in (0, 0.3)`, ". + + . . . . .", `n not in (0, 0.3)`},
		{`n > 0`, ". . . + + . + +", `not n > 0`},
		{`n >= 0`, ". + + + + . + +", `not n >= 0`},
		{`n < 0`, ". . . . . + . .", `not n < 0`},
		{`n <= 0`, ". + + . . + . .", `not n <= 0`},
		{`n between -9007199254740992 and 0`, ". + + . . + . .", `n not between -9007199254740992 and 0`},
		{`n > 9007199254740991`, ". . . . + . + .", `not n > 9007199254740991`},
		{`n is empty`, "+ . . . . . . .", `n is not empty`},
	},
}, {
	name:  "edges of texts",
	parts: []contact.Part{contact.Text("t")},
	people: []person{missing, with("the empty text", "t", ""), with("a space", "t", " "), with("a lone accent", "t", "\u0301"),
		with("a line break", "t", "\n"), with("%", "t", "%"), with("a\u0301 as two code points", "t", "a\u0301")},
	rows: []verdicts{
		{`t is empty`, "+ + . . . . .", `t is not empty`},
		{`t = " "`, ". . + . . . .", `t != " "`},
		{`t in ("%", "Á")`, ". . . . . + +", `t not in ("%", "Á")`},
		{`t like "_"`, ". . + . + + +", `t not like "_"`},
		{`t like "\%"`, ". . . . . + .", `t not like "\%"`},
		{`t contains "%"`, ". . . . . + .", `t not contains "%"`},
		{`t starts with "a"`, ". . . . . . +", `t not starts with "a"`},
		{`t ends with "a"`, ". . . . . . +", `t not ends with "a"`},
		{`t matches "^$"`, ". + . . . . .", `t not matches "^$"`},
		{`t matches "."`, ". . + + . + +", `t not matches "."`},
	},
}, {
	name:  "edges of dates",
	now:   instant("1970-01-01T12:00:00Z"),
	parts: []contact.Part{contact.Date("d")},
	people: []person{missing, with("1970-01-01", "d", contact.Day(0)), with("1969-12-31", "d", contact.Day(-1)), with("1968-02-29", "d", contact.DayOf(1968, 2, 29)),
		with("0000-01-01", "d", contact.DayOf(0, 1, 1)), with("9999-12-31", "d", contact.DayOf(9999, 12, 31))},
	rows: []verdicts{
		{`d = 1970-01-01`, ". + . . . .", `d != 1970-01-01`},
		{`d in (1970-01-01, 0000-01-01)`, ". + . . + .", `d not in (1970-01-01, 0000-01-01)`},
		{`d < 1970-01-01`, ". . + + + .", `not d < 1970-01-01`},
		{`d <= 0000-01-01`, ". . . . + .", `not d <= 0000-01-01`},
		{`d > 1970-01-01`, ". . . . . +", `not d > 1970-01-01`},
		{`d >= 9999-12-31`, ". . . . . +", `not d >= 9999-12-31`},
		{`d between 1969-12-31 and 1970-01-01`, ". + + . . .", `d not between 1969-12-31 and 1970-01-01`},
		{`d = today`, ". + . . . .", `d != today`},
		{`d within the last 2 days`, ". + + . . .", `d not within the last 2 days`},
		{`d is today`, ". + . . + .", `d is not today`},
		{`d is in the last 2 months`, ". + + . + +", `d is not in the last 2 months`},
		{`d is empty`, "+ . . . . .", `d is not empty`},
	},
}, {
	name:  "edges of datetimes",
	now:   instant("1970-01-01T00:00:00Z"),
	parts: []contact.Part{contact.DateTime("at")},
	people: []person{missing, with("1970-01-01 00:00", "at", instant("1970-01-01T00:00:00Z")), with("a millisecond before", "at", instant("1969-12-31T23:59:59.999Z")),
		with("a millisecond after", "at", instant("1970-01-01T00:00:00.001Z")), with("the first", "at", instant("0000-01-01T00:00:00Z")),
		with("the last", "at", instant("9999-12-31T23:59:59.999Z"))},
	rows: []verdicts{
		{`at = 1970-01-01T00:00:00Z`, ". + . . . .", `at != 1970-01-01T00:00:00Z`},
		{`at in (1969-12-31, 9999-12-31)`, ". . + . . +", `at not in (1969-12-31, 9999-12-31)`},
		{`at < 1970-01-01`, ". . + . + .", `not at < 1970-01-01`},
		{`at <= 1970-01-01`, ". + + + + .", `not at <= 1970-01-01`},
		{`at > 1970-01-01T00:00:00Z`, ". . . + . +", `not at > 1970-01-01T00:00:00Z`},
		{`at >= 1970-01-01T00:00:00Z`, ". + . + . +", `not at >= 1970-01-01T00:00:00Z`},
		{`at between 0000-01-01 and now`, ". + + . + .", `at not between 0000-01-01 and now`},
		{`at within the last 1 day`, ". + + . . .", `at not within the last 1 day`},
		{`at within the next 1 second`, ". + . + . .", `at not within the next 1 second`},
		{`at is today`, ". + . + + .", `at is not today`},
		{`at is empty`, "+ . . . . .", `at is not empty`},
	},
}, {
	name:   "edges of tags",
	parts:  []contact.Part{contact.Tags("tags")},
	people: []person{missing, with("an empty list", "tags", []string{}), with("one space", "tags", []string{" "}), with("twice the same", "tags", []string{"a", "Á"})},
	rows: []verdicts{
		{`tags has any ("a")`, ". . . +", `tags has none ("a")`},
		{`tags has any (" ", "a")`, ". . + +", `tags has none (" ", "a")`},
		{`tags has all ("a", "A")`, ". . . +", `tags lacks any ("a", "A")`},
		{`tags is empty`, "+ + . .", `tags is not empty`},
	},
}}

func TestTruthTableOfEdges(t *testing.T) {
	for _, s := range edgeSheets {
		t.Run(s.name, func(t *testing.T) {
			p := newPeople(t, contact.MustSchema(s.parts...), time.UTC)
			p.setting.Now = s.now
			ids := s.load(t, p)
			for _, row := range s.rows {
				s.check(t, p, ids, row)
			}
		})
	}
}

// everyKind returns the kinds of fields that a schema can declare.
func everyKind() (list []contact.Kind) {
	for k := contact.KindText; !strings.HasPrefix(k.String(), "Kind("); k++ {
		if name := k.String(); name != "companies" && name != "primary company" {
			list = append(list, k)
		}
	}
	return list
}

// nothing tells of a value that is not missing that it is easily taken for it, and of
// which kind.
func nothing(x any) bool {
	switch x := x.(type) {
	case time.Time:
		return x.UnixMilli() == 0
	case []string:
		return len(x) == 0
	}
	return reflect.ValueOf(x).IsZero()
}

// Every operator on every kind has a row, with its exact negation, beside a contact
// without a value and one whose value is easily taken for none, or it is refused with an
// error that lists those that have one.
func TestTruthTableIsComplete(t *testing.T) {
	type pair struct {
		op   filter.Op
		kind contact.Kind
	}
	rows, zero := map[pair]bool{}, map[pair]bool{}
	schemas := map[contact.Kind]*contact.Schema{}
	for _, s := range slices.Concat(sheets, edgeSheets) {
		schema := contact.MustSchema(s.parts...)
		for f := range schema.Fields() {
			schemas[f.Kind()] = schema
		}
		for _, row := range s.rows {
			f := filter.MustParse(row.condition)
			require.Equal(t, row.complement, filter.Must(filter.Not(filter.Nest(f))).String())
			for _, c := range f.Conditions() {
				field, ok := schema.Field(c.Field())
				if !ok || c.Part() != 0 || f.IsZero() {
					continue
				}
				p := pair{c.Op(), field.Kind()}
				has := func(is func(any, bool) bool) bool {
					return slices.ContainsFunc(s.people, func(x person) bool {
						v, ok := x.values[c.Field()]
						return is(v, ok)
					})
				}
				rows[p] = rows[p] || has(func(_ any, ok bool) bool { return !ok })
				zero[p] = zero[p] || has(func(v any, ok bool) bool { return ok && nothing(v) })
			}
		}
	}
	operands := map[filter.Op][]filter.Value{filter.Between: {filter.Number(1), filter.Number(2)}, filter.Within: {filter.Window("the last 2 days")},
		filter.Anniversary: {filter.Relative("today")}, filter.Empty: nil}
	for _, kind := range everyKind() {
		var takes []string
		for op := filter.Equal; !op.OnSegments(); op++ {
			if rows[pair{op, kind}] {
				takes = append(takes, op.String())
			}
		}
		for op := filter.Equal; !op.OnSegments(); op++ {
			p := pair{op, kind}
			require.Equal(t, rows[p], op.Fits(kind), "%q on %s has a row if it fits", op, kind)
			if rows[p] {
				if kind != contact.KindSelect { // has no such value: an option is not empty
					require.True(t, zero[p], "%q on %s: nobody in its rows has a value that is easily taken for none", op, kind)
				}
				continue
			}
			values, ok := operands[op]
			if !ok {
				values = []filter.Value{filter.Text("1")}
			}
			require.NotNil(t, schemas[kind], kind)
			name := ""
			for f := range schemas[kind].Fields() {
				if f.Kind() == kind {
					name = f.Name()
				}
			}
			for _, not := range []bool{false, true} {
				var term filter.Term = filter.NewCondition(name, op, values...)
				if not {
					term = filter.Not(term)
				}
				err := filter.Check(filter.Must(term), schemas[kind], nil)
				require.EqualError(t, err, fmt.Sprintf(`filter: or[0].and[0]: field %q: %q does not fit a %s field; it takes %s`, name, op.String(), kind, strings.Join(takes, ", ")))
			}
		}
	}
	for _, op := range []filter.Op{filter.InSegment, filter.InAnySegment, filter.InAllSegments} {
		require.True(t, slices.ContainsFunc(sheets, func(s sheet) bool {
			return s.name == "segments" && slices.ContainsFunc(s.rows, func(r verdicts) bool {
				return strings.Contains(r.condition, op.String()) && strings.HasPrefix(r.complement, "not in")
			})
		}), op)
	}
}
