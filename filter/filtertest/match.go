package filtertest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Contact is one contact as plain Go values by field name. A value is a string for
// text and select fields, a float64, a bool, a [contact.Day], a [time.Time], a [contact.ClockTime], or a
// []string for multi-select fields and tags. A field that is not in the map, or
// whose list has no entries, is missing.
//
// This package never changes a Contact; it makes new ones.
type Contact map[string]any

// Match is the definition of what a filter means for one contact. The filter must
// be one that [filter.Check] accepts for the schema. members says whether the
// contact is a member of a segment; it may be nil if the filter names none. Bare
// dates are whole days in UTC; for relative dates there is [MatchAt].
func Match(schema *contact.Schema, c Contact, f filter.Filter, members func(ref string) bool) bool {
	return MatchIn(time.UTC, schema, c, f, members)
}

// MatchIn is [Match] with bare dates as whole days in a time zone: an instant lies
// on the latest day that a calendar on a wall in the zone has shown up to that moment.
func MatchIn(zone *time.Location, schema *contact.Schema, c Contact, f filter.Filter, members func(ref string) bool) bool {
	return MatchAt(Setting{Zone: zone}, schema, c, f, members)
}

// MatchAt is [Match] in a setting, which tells the time.
func MatchAt(s Setting, schema *contact.Schema, c Contact, f filter.Filter, members func(ref string) bool) bool {
	return MatchOf(s, schema, c, Belongs{}, f, members)
}

type oracle struct {
	setting Setting
	clock   clock // of the contact
	shared  clock // of the filter, for companies
	schema  *contact.Schema
	contact Contact
	belongs Belongs
	history History
	members func(ref string) bool
}

// filter: any group, of which all terms.
func (o *oracle) filter(f filter.Filter) bool {
	for g := range f.Groups() {
		all := true
		for t := range g.Terms() {
			all = all && o.term(t)
		}
		if all {
			return true
		}
	}
	return false
}

// term: a negation turns the answer round, whatever the contact has.
func (o *oracle) term(t filter.Term) bool {
	switch t := t.(type) {
	case filter.Nested:
		return o.filter(t.Filter()) != t.Negated()
	case filter.Condition:
		return o.condition(t) != t.Negated()
	case filter.Scope:
		return o.scope(t) != t.Negated()
	case filter.Behaviour:
		return o.behaviour(t) != t.Negated()
	}
	panic(fmt.Sprintf("filtertest: unknown term %T", t))
}

// condition answers the positive form of a condition.
func (o *oracle) condition(c filter.Condition) bool {
	switch c.Op() {
	case filter.InSegment, filter.InAnySegment:
		return slices.ContainsFunc(slices.Collect(c.Segments()), o.members)
	case filter.InAllSegments:
		return !slices.ContainsFunc(slices.Collect(c.Segments()), func(ref string) bool { return !o.members(ref) })
	}
	field, x, has, ok := o.look(c.Field())
	if !ok {
		panic(fmt.Sprintf("filtertest: no field %q", c.Field()))
	}
	if field.OfCompany() {
		of := *o
		of.clock, o = o.shared, &of
	}
	if list, ok := x.([]string); ok && len(list) == 0 {
		has = false
	}
	if c.Op() == filter.Empty {
		return !has || x == ""
	}
	if !has {
		return false
	}
	switch {
	case c.Part() != 0:
		return o.ofPart(c, x)
	case c.Op() == filter.Within:
		return o.within(x, c.Value(0))
	case c.Op() == filter.Anniversary:
		return o.anniversary(x, c.Value(0))
	}
	switch field.Kind() {
	case contact.KindText:
		return text(c, x.(string), field.Exact())
	case contact.KindSelect:
		return slices.Contains(folded(c), Fold(x.(string)))
	case contact.KindMultiSelect, contact.KindTags:
		return list(c, x.([]string))
	}
	return ordered(c, func(v filter.Value) int { return o.compare(x, v) })
}

// compare says whether a contact's value lies before (-1), on (0) or after (1) an
// operand.
func (o *oracle) compare(x any, v filter.Value) int {
	switch x := x.(type) {
	case float64:
		return cmp.Compare(x, v.Number())
	case bool:
		if x == v.Bool() {
			return 0
		}
		return 1
	case contact.ClockTime:
		return cmp.Compare(seconds(x.String()), seconds(v.String()))
	case contact.Day, time.Time:
		return o.position(x, v)
	}
	panic(fmt.Sprintf("filtertest: a contact has a %T", x))
}

// seconds returns the distance of a time of day, as it is written, from 00:00.
func seconds(clock string) (n int) {
	parts := append(strings.Split(clock, ":"), "0")
	for i, unit := range []int{3600, 60, 1} {
		x, err := strconv.Atoi(parts[i])
		if err != nil {
			panic(err)
		}
		n += x * unit
	}
	return n
}

// ordered answers a comparison; bools have only = and in.
func ordered(c filter.Condition, compare func(filter.Value) int) bool {
	switch c.Op() {
	case filter.Equal, filter.In:
		for v := range c.Values() {
			if compare(v) == 0 {
				return true
			}
		}
		return false
	case filter.Less:
		return compare(c.Value(0)) < 0
	case filter.LessEqual:
		return compare(c.Value(0)) <= 0
	case filter.Greater:
		return compare(c.Value(0)) > 0
	case filter.GreaterEqual:
		return compare(c.Value(0)) >= 0
	case filter.Between:
		return compare(c.Value(0)) >= 0 && compare(c.Value(1)) <= 0
	}
	panic(fmt.Sprintf("filtertest: %q does not fit here", c.Op()))
}

// text answers a condition on a text that the contact has; it may be empty.
func text(c filter.Condition, x string, exact bool) bool {
	if c.Op() == filter.Matches {
		expr := c.Value(0).Text()
		if !exact {
			expr = "(?i)" + expr
		}
		return regexp.MustCompile(expr).MatchString(x)
	}
	fold := Fold
	if exact {
		fold = func(s string) string { return s }
	}
	x = fold(x)
	switch c.Op() {
	case filter.Equal, filter.In:
		for v := range c.Values() {
			if fold(v.Text()) == x {
				return true
			}
		}
		return false
	case filter.Like:
		return Like(c.Value(0).Text(), x, fold)
	case filter.Contains:
		return strings.Contains(x, fold(c.Value(0).Text()))
	case filter.StartsWith:
		return strings.HasPrefix(x, fold(c.Value(0).Text()))
	case filter.EndsWith:
		return strings.HasSuffix(x, fold(c.Value(0).Text()))
	}
	panic(fmt.Sprintf("filtertest: %q does not fit a text", c.Op()))
}

// list answers a condition on options or tags.
func list(c filter.Condition, has []string) bool {
	mine := make(map[string]bool)
	for _, w := range has {
		mine[Fold(w)] = true
	}
	asked := folded(c)
	switch c.Op() {
	case filter.HasAny:
		return slices.ContainsFunc(asked, func(w string) bool { return mine[w] })
	case filter.HasAll:
		return !slices.ContainsFunc(asked, func(w string) bool { return !mine[w] })
	}
	panic(fmt.Sprintf("filtertest: %q does not fit a list", c.Op()))
}

func folded(c filter.Condition) (list []string) {
	for v := range c.Values() {
		list = append(list, Fold(v.Text()))
	}
	return list
}
