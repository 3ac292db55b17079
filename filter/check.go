package filter

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/rosterdb/roster/contact"
)

// Fits reports whether an operator applies to fields of a kind. Operators on
// segments have no field and fit none.
func (op Op) Fits(kind contact.Kind) bool {
	switch op {
	case Equal, In:
		return !kind.Multiple()
	case Less, LessEqual, Greater, GreaterEqual, Between:
		return kind == contact.KindNumber || kind == contact.KindDate || kind == contact.KindDateTime || kind == contact.KindTimeOfDay
	case Like, Contains, StartsWith, EndsWith, Matches:
		return kind == contact.KindText
	case HasAny, HasAll:
		return kind.Multiple()
	case Within, Anniversary:
		return kind == contact.KindDate || kind == contact.KindDateTime
	case Empty:
		return true
	}
	return false
}

// Takes reports whether a field of a kind is compared with values of a kind: a
// datetime also with a whole day. Of the windows a date takes only those that count
// days or more.
func Takes(kind contact.Kind, v ValueKind) bool {
	switch kind {
	case contact.KindNumber:
		return v == NumberValue
	case contact.KindBool:
		return v == BoolValue
	case contact.KindDate:
		return v == DateValue || v == RelativeDateValue || v == WindowValue
	case contact.KindDateTime:
		return v >= DateValue && v <= WindowValue
	case contact.KindTimeOfDay:
		return v == TimeOfDayValue
	}
	return v == TextValue
}

// Check reports everything that is wrong with a filter for a schema, each with
// the path of its condition, joined; nil if it can be compiled. segments may be
// nil if the filter names none.
func Check(f Filter, schema *contact.Schema, segments Segments) error {
	c := checker{schema: schema, segments: segments}
	for _, err := range checkZone(f.Zone(), schema) {
		c.errs = append(c.errs, zoneError(f.Zone(), err))
	}
	c.filter(f, Path{})
	return errors.Join(c.errs...)
}

// A checker gathers what is wrong with a filter.
type checker struct {
	schema   *contact.Schema
	segments Segments
	event    *contact.Schema // the attributes of the event that is looked at
	errs     []error
}

func (c *checker) filter(f Filter, path Path) {
	for i, g := range f.groups {
		for j, t := range g.terms {
			at := path.at(i, j)
			switch t := t.(type) {
			case Nested:
				c.filter(t.filter, at)
			case Scope:
				c.scope(t, at)
			case Condition:
				c.condition(t, at)
			case Behaviour:
				c.behaviour(t, at)
			}
		}
	}
}

func (c *checker) condition(cond Condition, path Path) {
	switch {
	case path.OnEvent():
		for _, err := range c.onEvent(cond) {
			c.errs = append(c.errs, &ConditionError{path, cond.Field(), err})
		}
	case path.OnCompany():
		for _, err := range c.onCompany(cond) {
			c.errs = append(c.errs, &ConditionError{path, cond.Field(), err})
		}
	case cond.Op().OnSegments():
		for _, err := range checkSegments(cond, c.segments) {
			c.errs = append(c.errs, &ConditionError{path, "", err})
		}
	default:
		field, err := fieldOf(c.schema, cond.Field())
		if err != nil {
			c.errs = append(c.errs, &ConditionError{path, cond.Field(), err})
			return
		}
		for _, err := range checkCondition(cond, field) {
			c.errs = append(c.errs, &ConditionError{path, cond.Field(), err})
		}
	}
}

// wrongValues is how many wrong values of one condition are reported by themselves.
const wrongValues = 10

// checkCondition returns what is wrong with a condition on a field.
func checkCondition(c Condition, field contact.Field) (errs []error) {
	switch {
	case !field.ForSegments():
		return []error{errors.New("the field is not available for segments")}
	case c.part != noPart:
		if err := checkPart(c, field.Kind()); err != nil {
			return []error{err}
		}
		return nil
	case !c.Op().Fits(field.Kind()):
		return []error{fmt.Errorf("%q does not fit a %s field; it takes %s", c.Op(), field.Kind(), operatorsOf(field.Kind()))}
	}
	more := 0
	for v := range c.Values() {
		if len(errs) == wrongValues {
			if valueFits(field, v) {
				continue
			}
			more++
		} else if err := checkValue(field, v); err != nil {
			errs = append(errs, err)
		}
	}
	if more > 0 {
		errs = append(errs, fmt.Errorf("and %d more values are wrong", more))
	}
	if c.Op() == Matches && errs == nil {
		if _, err := compileRegexp(c.Value(0).Text(), field.Exact()); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// checkPart returns what is wrong with a condition on a part of a date.
func checkPart(c Condition, kind contact.Kind) error {
	switch {
	case kind == contact.KindTimeOfDay:
		return fmt.Errorf("a time of day field has no %s; it is compared with a time of day such as 09:30", c.part)
	case kind != contact.KindDate && kind != contact.KindDateTime:
		return fmt.Errorf("a %s field has no %s; a date or a datetime has", kind, c.part)
	case kind == contact.KindDate && c.part == PartHour:
		return errors.New("a date field has no hour; a datetime has")
	case c.part == PartWeekday && !c.part.fits(c.op):
		return fmt.Errorf("%q does not fit the weekday; it takes =, in", c.op)
	case !c.part.fits(c.op):
		return fmt.Errorf("%q does not fit the %s; it takes =, <, <=, >, >=, between, in", c.op, c.part)
	}
	low, high := c.part.bounds()
	for v := range c.Values() {
		switch x := v.Number(); {
		case c.part == PartWeekday && v.kind != WeekdayValue:
			return fmt.Errorf("the weekday is compared with a day such as monday, not with the %s %s", v.kind, clip(v.String()))
		case c.part != PartWeekday && (v.kind != NumberValue || x < low || x > high || x != math.Trunc(x)):
			return fmt.Errorf("the %s is compared with a whole number from %v to %v, not with the %s %s", c.part, low, high, v.kind, clip(v.String()))
		}
	}
	return nil
}

// checkZone returns what is wrong with the zone of a filter.
func checkZone(z Zone, schema *contact.Schema) (errs []error) {
	if z.Name != "" {
		if _, err := contact.LoadZone(z.Name); err != nil {
			errs = append(errs, err)
		}
	}
	if z.Field != "" {
		switch field, ok := schema.Field(z.Field); {
		case !ok:
			errs = append(errs, fmt.Errorf("field %q: %w", clip(z.Field), unknownField{schema.Unknown(z.Field)}))
		case !field.ForSegments():
			errs = append(errs, fmt.Errorf("field %q: the field is not available for segments", clip(z.Field)))
		case field.Kind() != contact.KindText:
			errs = append(errs, fmt.Errorf("field %q: a time zone is the value of a text field, not of a %s field", clip(z.Field), field.Kind()))
		}
	}
	return errs
}

// unknownField is the error for an unknown field where the name has been said.
type unknownField struct{ error }

func (e unknownField) Error() string {
	var unknown *contact.UnknownFieldError
	if errors.As(e.error, &unknown) && unknown.Nearest != "" {
		return fmt.Sprintf("there is no such field, did you mean %q?", unknown.Nearest)
	}
	return "there is no such field"
}

func (e unknownField) Unwrap() error { return e.error }

// checkSegments returns what is wrong with each segment that a condition names.
func checkSegments(c Condition, segments Segments) (errs []error) {
	if segments == nil {
		return []error{errors.New("there are no segments here")}
	}
	for ref := range c.Segments() {
		if err := segments.Check(ref); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// checkValue returns what is wrong with an operand, which costs a look at all options
// if it is none of them.
func checkValue(field contact.Field, v Value) error {
	switch {
	case valueFits(field, v):
		return nil
	case timeOfDay(field, v):
		return fmt.Errorf("a date has no time of day; its window counts days or more, not %ss", unitNames[v.window().unit])
	case Takes(field.Kind(), v.Kind()):
		return field.Undeclared(v.Text())
	}
	return fmt.Errorf("a %s field is compared with %s, not with the %s %s%s",
		field.Kind(), wantedBy(field.Kind()), v.Kind(), clip(v.String()), meantValue(field, v))
}

// timeOfDay reports whether a window of hours or less is put to a date.
func timeOfDay(field contact.Field, v Value) bool {
	return v.Kind() == WindowValue && field.Kind() == contact.KindDate && v.window().unit.exact()
}

// valueFits reports whether a field can be compared with a value.
func valueFits(field contact.Field, v Value) bool {
	if !Takes(field.Kind(), v.Kind()) {
		return false
	}
	if timeOfDay(field, v) {
		return false
	}
	if field.Kind().Declared() {
		_, ok := field.Option(v.Text())
		return ok
	}
	return true
}

func wantedBy(kind contact.Kind) string {
	switch kind {
	case contact.KindNumber:
		return "a number"
	case contact.KindBool:
		return "true or false"
	case contact.KindDate:
		return "a date such as 2026-11-24 or today"
	case contact.KindDateTime:
		return "a date or a datetime such as 2026-11-24T10:00:00Z, today or -36 hours"
	case contact.KindTimeOfDay:
		return "a time of day such as 09:30"
	case contact.KindText, contact.KindTags:
		return "a text in quotes"
	}
	return "a declared option in quotes"
}

// operatorsOf lists the operators that fit a kind.
func operatorsOf(kind contact.Kind) string {
	var words []string
	for op := Equal; op.valid(); op++ {
		if op.Fits(kind) {
			words = append(words, op.String())
		}
	}
	return strings.Join(words, ", ")
}

// maxRegexp bounds the instructions of a compiled regular expression: matching
// takes their number times the length of the text. It is room for a thousand words
// of ten letters.
const maxRegexp = 10_000

// compileRegexp compiles an unanchored RE2 expression; case counts only for exact
// fields.
func compileRegexp(expr string, exact bool) (*regexp.Regexp, error) {
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("the regular expression is wrong: %w", err)
	}
	if prog, err := syntax.Compile(parsed.Simplify()); err == nil && len(prog.Inst) > maxRegexp {
		return nil, fmt.Errorf("the regular expression is too large: %w", limitError("instructions", maxRegexp, len(prog.Inst)))
	}
	if !exact {
		expr = "(?i)" + expr
	}
	return regexp.Compile(expr)
}
