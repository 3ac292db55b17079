package filter

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"unicode/utf8"
)

// Condition compares one field with values, or asks for membership of segments.
//
// The zero Condition is refused by [New]. A Condition is immutable and safe for
// concurrent use.
type Condition struct {
	field string
	part  Part
	op    Op
	not   bool
	args  []Value // never written to once the condition is made
	err   error   // why New refuses the condition
}

// NewCondition returns the condition of the field, the operator and its operands.
// For an operator on segments the field is empty and the operands are texts, the
// references to the segments. The [FieldRef] methods and [MemberOf] are the
// readable way to the same; this one is for programs that get the operator from
// elsewhere.
//
// A field, operator or operand that does not fit is reported by [New]. The values
// are copied.
func NewCondition(field string, op Op, values ...Value) Condition {
	return makeCondition(field, op, slices.Clone(values))
}

// makeCondition is NewCondition for values that belong to the condition.
func makeCondition(field string, op Op, values []Value) Condition {
	c := Condition{field: field, op: op, args: values}
	if !op.valid() {
		c.err = fmt.Errorf("there is no operator %d", op)
		return c
	}
	c.err = errors.Join(checkField(field, op), checkArity(op, len(values)), checkOperands(op, values))
	return c
}

// finishCondition makes a condition of what the grammar has checked.
func finishCondition(field string, op Op, not bool, values []Value) Condition {
	return Condition{field: field, op: op, not: not, args: values}
}

// checkField refuses a field name that cannot be written down.
func checkField(field string, op Op) error {
	switch onSegments := op.OnSegments(); {
	case onSegments && field != "":
		return fmt.Errorf("%q takes no field, only segments", op)
	case !onSegments && field == "":
		return errors.New("the field has no name")
	case !utf8.ValidString(field):
		return errors.New("the name of the field is not valid UTF-8")
	}
	return nil
}

// checkArity refuses a wrong number of operands.
func checkArity(op Op, n int) error {
	switch a := op.info().arity; {
	case a == manyValues && n == 0:
		return fmt.Errorf("%q needs a list of at least one value", op)
	case a != manyValues && n != int(a):
		return fmt.Errorf("%q takes %d values, not %d", op, a, n)
	}
	return nil
}

// checkOperands reports the operands that op does not take, the first few of them by
// themselves.
func checkOperands(op Op, values []Value) error {
	var errs []error
	more := 0
	for i, v := range values {
		err := checkOperand(op, v)
		switch {
		case err == nil:
		case len(errs) == wrongValues:
			more++
		case len(values) > 1:
			errs = append(errs, fmt.Errorf("value %d: %w", i+1, err))
		default:
			errs = append(errs, err)
		}
	}
	if more > 0 {
		errs = append(errs, fmt.Errorf("and %d more values are wrong", more))
	}
	return errors.Join(errs...)
}

func checkOperand(op Op, v Value) error {
	kind := op.info().operand
	switch {
	case v.kind == InvalidValue:
		return v.Err()
	case kind == windowOnly && v.kind != WindowValue:
		return fmt.Errorf("%q takes a window such as the last 7 days, not the %v %v", op, v.kind, v)
	case kind == celebrated:
		return checkCelebrated(op, v)
	case v.kind == WindowValue && kind != windowOnly:
		return fmt.Errorf("%q takes no window; %q does", op, Within)
	case v.kind != TextValue && kind == textOnly:
		return fmt.Errorf("%q takes a text, not the %v %v", op, v.kind, v)
	case v.kind != TextValue && kind == segmentRef:
		return fmt.Errorf("%q takes segments, not the %v %v", op, v.kind, v)
	case v.kind == TextValue && v.text == "" && kind == segmentRef:
		return errors.New("the reference to a segment is empty")
	case v.kind == TextValue && v.text == "":
		return errors.New("the text is empty; " + hintEmpty)
	}
	return nil
}

// checkCelebrated reports what is no day, or stretch of days, of anniversaries.
func checkCelebrated(op Op, v Value) error {
	switch {
	case v.kind == WindowValue && v.window().unit.exact():
		return fmt.Errorf("an anniversary lasts a day; its window counts days or more, not %ss", unitNames[v.window().unit])
	case v.kind != RelativeDateValue && v.kind != WindowValue:
		return fmt.Errorf("%q takes a relative day or a window of days, not the %v %v", op, v.kind, v)
	}
	return nil
}

// Part returns the part of the field that is asked about, 0 if it is the whole.
func (c Condition) Part() Part { return c.part }

// Relative reports whether an operand is relative to the time of asking.
func (c Condition) Relative() bool { return isRelative(c) }

// Field returns the name of the field, "" if the operator is on segments.
func (c Condition) Field() string { return c.field }

// Op returns the operator, in its positive form.
func (c Condition) Op() Op { return c.op }

// Negated reports whether the condition stands for its complement.
func (c Condition) Negated() bool { return c.not }

// Len returns the number of operands.
func (c Condition) Len() int { return len(c.args) }

// Value returns operand i, counted from 0. It panics if there is no such operand.
func (c Condition) Value(i int) Value { return c.args[i] }

// Values returns an iterator over the operands, in order. If the operator is on
// segments they are texts, the references.
func (c Condition) Values() iter.Seq[Value] { return slices.Values(c.args) }

// Segments returns an iterator over the segments that an operator on segments
// refers to, in order; over none if the operator is another.
func (c Condition) Segments() iter.Seq[string] {
	return func(yield func(string) bool) {
		if !c.op.OnSegments() {
			return
		}
		for _, v := range c.args {
			if !yield(v.Text()) {
				return
			}
		}
	}
}

// Equal reports whether c and other have the same field, operator, negation and
// operands, in the same order.
func (c Condition) Equal(other Condition) bool {
	return c.field == other.field && c.part == other.part && c.op == other.op && c.not == other.not && slices.Equal(c.args, other.args)
}

// String returns c as filter text, in its short form: a negated `=` is `!=`.
func (c Condition) String() string { return string(appendCondition(nil, c)) }

// negated returns the complement of c.
func (c Condition) negated() Condition {
	c.not = !c.not
	return c
}
