package filter

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact"
)

// New returns the filter that consists of t. Terms are made by the methods of
// [FieldRef] and [Events], by [MemberOf] and its siblings, and put together by [And], [Or] and
// [Not].
//
// These never fail: what is wrong with a term stays with it until New reports
// everything at once, joined, each as a [*ConditionError] with its path. Nesting
// beyond the default of [Limits] is a [*LimitError].
func New(t Term) (Filter, error) { return Limits{}.New(t) }

// New is the package's [New] under the limit of nesting of l.
func (l Limits) New(t Term) (Filter, error) {
	l, err := l.withDefaults()
	if err != nil {
		return Filter{}, err
	}
	f := Or(t).(Nested).filter
	var errs []error
	if f.broken {
		for path, c := range f.Conditions() {
			for _, err := range flat(c.err) {
				errs = append(errs, &ConditionError{path, c.field, err})
			}
		}
	}
	if f.depth > l.Nesting {
		errs = append(errs, fmt.Errorf("filter: %w", l.nestingError(f.depth)))
	}
	if len(errs) > 0 {
		return Filter{}, errors.Join(errs...)
	}
	return f, nil
}

// Must is [New] for filters that are part of a program. It panics on an error.
func Must(t Term) Filter {
	f, err := New(t)
	if err != nil {
		panic(err.Error())
	}
	return f
}

// And returns the group of the terms. Without a term it is refused by [New].
// What is given is not changed; a term that is itself an And is copied into the
// new group.
func And(ts ...Term) Term {
	var all terms
	for _, t := range ts {
		all.addGiven(t)
	}
	if all.n == 0 {
		all.push(Condition{err: errors.New("a group needs at least one condition")})
	}
	var gs groups
	gs.add(all)
	return nest(gs, false)
}

// Or returns the filter of which each term is a group. Without a term it is
// refused by [New]. What is given is not changed; a term that is itself an Or is
// copied into the new filter.
func Or(ts ...Term) Term {
	var gs groups
	for _, t := range ts {
		var group terms
		group.addGiven(t)
		gs.add(group)
	}
	if gs.n == 0 {
		var group terms
		group.push(Condition{err: errors.New("a filter needs at least one group")})
		gs.add(group)
	}
	return nest(gs, false)
}

// Not returns the complement of t.
func Not(t Term) Term {
	switch t := t.(type) {
	case Condition:
		return t.negated()
	case Nested:
		return Nested{t.filter, !t.not}
	case Scope:
		return Scope{t.filter, !t.not}
	case Behaviour:
		return t.negated()
	}
	return And(t)
}

// Nest returns f as a term, so that a filter can become a part of another one. The
// zero Filter is refused by [New].
func Nest(f Filter) Term { return Nested{f, false} }

// addGiven adds a term that a caller made.
func (ts *terms) addGiven(t Term) {
	switch t := t.(type) {
	case Condition:
		if t.op == 0 && t.err == nil {
			t.err = errors.New("the zero Condition is no condition")
		}
		ts.push(t)
	case Nested:
		if !t.filter.zone.IsZero() {
			ts.push(Condition{err: errZoneInside})
			return
		}
		if t.filter.IsZero() {
			ts.push(Condition{err: errors.New("the zero Filter cannot be a part of a filter")})
			return
		}
		ts.addNested(open(t.filter), t.not)
	case Scope:
		ts.push(t.checked())
	case Behaviour:
		ts.push(t.checked())
	default:
		ts.push(Condition{err: errors.New("a term is nil")})
	}
}

// nest returns a finished nested filter. One that is too deep for any limit is
// replaced by a condition that says so: no filter that exists is too deep for a
// recursion.
func nest(gs groups, not bool) Term {
	f := gs.filter()
	if f.depth > maxNesting {
		err := limitError("nesting of filters", maxNesting, f.depth)
		f = Filter{groups: []Group{{[]Term{Condition{err: err}}}}, broken: true}
	}
	return Nested{f, not}
}

// FieldRef is a field on the left of an operator; its methods make conditions.
//
// Values may be given as string, bool, any integer or float type, [time.Time] (an
// instant), [time.Weekday], [time.Month], [contact.Day], [contact.ClockTime] or [Value]. Where a method takes a list, a slice of string, int, int64,
// float64, time.Time, Value or any stands for its elements. An integer that float64
// does not hold exactly is refused by [New], like everything else that is wrong
// with a condition. A FieldRef is immutable and safe for concurrent use.
type FieldRef struct {
	name string
	part Part
}

// Field returns the field with the given name, its parts joined by dots.
func Field(name string) FieldRef { return FieldRef{name: name} }

// Part returns a part of a date or datetime field, on which conditions can be made
// as on a field: Field("birthday").Part(PartMonth).Equals(3).
func (f FieldRef) Part(p Part) FieldRef { return FieldRef{f.name, p} }

// Condition returns the condition of any operator and its operands, see
// [NewCondition].
func (f FieldRef) Condition(op Op, values ...Value) Condition {
	return f.make(op, slices.Clone(values))
}

func (f FieldRef) make(op Op, values []Value) Condition {
	c := makeCondition(f.name, op, values)
	if c.part = f.part; !c.part.valid() {
		c.err = errors.Join(c.err, fmt.Errorf("there is no part %d of a date", c.part))
	}
	return c
}

func (f FieldRef) one(op Op, v any) Condition { return f.make(op, []Value{valueOf(v)}) }

func (f FieldRef) text(op Op, s string) Condition { return f.make(op, []Value{Text(s)}) }

func (f FieldRef) list(op Op, values []any) Condition { return f.make(op, valuesOf(values)) }

// Equals returns the condition `field = v`.
func (f FieldRef) Equals(v any) Condition { return f.one(Equal, v) }

// NotEquals returns the condition `field != v`.
func (f FieldRef) NotEquals(v any) Condition { return f.one(Equal, v).negated() }

// LessThan returns the condition `field < v`.
func (f FieldRef) LessThan(v any) Condition { return f.one(Less, v) }

// AtMost returns the condition `field <= v`.
func (f FieldRef) AtMost(v any) Condition { return f.one(LessEqual, v) }

// GreaterThan returns the condition `field > v`.
func (f FieldRef) GreaterThan(v any) Condition { return f.one(Greater, v) }

// AtLeast returns the condition `field >= v`.
func (f FieldRef) AtLeast(v any) Condition { return f.one(GreaterEqual, v) }

// Between returns the condition `field between low and high`; both are included.
func (f FieldRef) Between(low, high any) Condition {
	return f.make(Between, []Value{valueOf(low), valueOf(high)})
}

// In returns the condition `field in (…)`.
func (f FieldRef) In(values ...any) Condition { return f.list(In, values) }

// NotIn returns the condition `field not in (…)`.
func (f FieldRef) NotIn(values ...any) Condition { return f.list(In, values).negated() }

// Like returns the condition `field like "pattern"`.
func (f FieldRef) Like(pattern string) Condition { return f.text(Like, pattern) }

// Contains returns the condition `field contains "s"`.
func (f FieldRef) Contains(s string) Condition { return f.text(Contains, s) }

// StartsWith returns the condition `field starts with "s"`.
func (f FieldRef) StartsWith(s string) Condition { return f.text(StartsWith, s) }

// EndsWith returns the condition `field ends with "s"`.
func (f FieldRef) EndsWith(s string) Condition { return f.text(EndsWith, s) }

// Matches returns the condition `field matches "regexp"`.
func (f FieldRef) Matches(regexp string) Condition { return f.text(Matches, regexp) }

// IsEmpty returns the condition `field is empty`.
func (f FieldRef) IsEmpty() Condition { return f.make(Empty, nil) }

// IsNotEmpty returns the condition `field is not empty`.
func (f FieldRef) IsNotEmpty() Condition { return f.IsEmpty().negated() }

// HasAny returns the condition `field has any (…)`.
func (f FieldRef) HasAny(values ...any) Condition { return f.list(HasAny, values) }

// HasAll returns the condition `field has all (…)`.
func (f FieldRef) HasAll(values ...any) Condition { return f.list(HasAll, values) }

// HasNone returns the condition `field has none (…)`: not has any.
func (f FieldRef) HasNone(values ...any) Condition { return f.list(HasAny, values).negated() }

// LacksAny returns the condition `field lacks any (…)`: not has all.
func (f FieldRef) LacksAny(values ...any) Condition { return f.list(HasAll, values).negated() }

// Within returns the condition `field within the last 36 hours` for a window such as
// "the last 36 hours" or "the next 2 months".
func (f FieldRef) Within(window string) Condition { return f.one(Within, Window(window)) }

// Anniversary returns the condition `field is today` for a day such as "today",
// "-1 week" or "this month", or `field is in the next 7 days` for a window such as
// "the next 7 days": an anniversary of the date falls there.
func (f FieldRef) Anniversary(day string) Condition {
	if p := strings.TrimSpace(day); len(p) >= 4 && isWord(p[:4], "the ") {
		return f.one(Anniversary, Window(p))
	}
	return f.one(Anniversary, Relative(day))
}

// MemberOf returns the condition `in segment ref`.
func MemberOf(ref string) Condition { return segments(InSegment, []string{ref}) }

// MemberOfAny returns the condition `in any segment (…)`.
func MemberOfAny(refs ...string) Condition { return segments(InAnySegment, refs) }

// MemberOfAll returns the condition `in all segments (…)`.
func MemberOfAll(refs ...string) Condition { return segments(InAllSegments, refs) }

func segments(op Op, refs []string) Condition {
	values := make([]Value, len(refs))
	for i, ref := range refs {
		values[i] = Text(ref)
	}
	return makeCondition("", op, values)
}

// valuesOf converts a list, in which slices stand for their elements.
func valuesOf(list []any) []Value {
	values := make([]Value, 0, len(list))
	for _, v := range list {
		switch v := v.(type) {
		case []string:
			values = appendValues(values, v)
		case []int:
			values = appendValues(values, v)
		case []int64:
			values = appendValues(values, v)
		case []float64:
			values = appendValues(values, v)
		case []time.Time:
			values = appendValues(values, v)
		case []Value:
			values = append(values, v...)
		case []any:
			values = appendValues(values, v)
		default:
			values = append(values, valueOf(v))
		}
	}
	return values
}

func appendValues[T any](values []Value, list []T) []Value {
	for _, v := range list {
		values = append(values, valueOf(v))
	}
	return values
}

// valueOf converts one of the Go types listed at [FieldRef].
func valueOf(v any) Value {
	switch v := v.(type) {
	case Value:
		return v
	case string:
		return Text(v)
	case bool:
		return Bool(v)
	case time.Time:
		return DateTime(v)
	case time.Weekday:
		return Weekday(v)
	case time.Month:
		return Number(float64(v))
	case contact.Day:
		return Date(v.Date())
	case contact.ClockTime:
		return TimeOfDay(v.Clock())
	case float64:
		return Number(v)
	case float32:
		return Number(float64(v))
	case int:
		return exactInt(int64(v))
	case int8:
		return exactInt(int64(v))
	case int16:
		return exactInt(int64(v))
	case int32:
		return exactInt(int64(v))
	case int64:
		return exactInt(v)
	case uint:
		return exactUint(uint64(v))
	case uint8:
		return exactUint(uint64(v))
	case uint16:
		return exactUint(uint64(v))
	case uint32:
		return exactUint(uint64(v))
	case uint64:
		return exactUint(v)
	}
	return invalid("a value cannot be a %T", v)
}

// exactInt applies the rule for integers in digits to an integer of Go.
func exactInt(n int64) Value {
	if -maxPlain <= n && n <= maxPlain {
		return Number(float64(n))
	}
	return exactDigits(strconv.FormatInt(n, 10))
}

func exactUint(n uint64) Value {
	if n <= maxPlain {
		return Number(float64(n))
	}
	return exactDigits(strconv.FormatUint(n, 10))
}

func exactDigits(s string) Value {
	x, problem := parseNumber(s)
	if problem != numberFine {
		return invalid("%s is not %s; %s", s, expectExact, hintExact)
	}
	return Number(x)
}
