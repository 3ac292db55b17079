package filter

import (
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Period is a stretch of time in which events are looked for: in the last 30 days, since
// 2026-01-01, from last month to today.
//
// `in the last n units` ends now, which is part of it, and begins as many units earlier,
// which is not: at the same time of day by a clock on the wall in the filter's zone, or
// exactly for hours, minutes and seconds. The others compare the time of an event with
// dates, in the filter's zone, as conditions on a datetime field do: since is >=, after
// is >, before is <, until is <=, on is = and from … to … is between.
//
// The zero Period is all of the time up to now. A Period is immutable and safe for
// concurrent use.
type Period struct {
	when Condition // on the time of an event, without a field and without a negation
}

// A periodStart is the word that a period of an operator begins with.
type periodStart struct {
	op   Op
	word string
}

// periodWords are the spellings of periods. They are never written to.
var periodWords = []periodStart{
	{Within, "in"}, {GreaterEqual, "since"}, {Greater, "after"}, {Less, "before"}, {LessEqual, "until"}, {Equal, "on"}, {Between, "from"},
}

// During returns the period of a window such as "the last 30 days". An event counts
// from its own time on, so "the next 7 days" is refused by [New].
func During(window string) Period { return PeriodOf(Within, Window(window)) }

// Since returns the period that begins with a date or datetime, given as for the
// methods of [FieldRef].
func Since(v any) Period { return PeriodOf(GreaterEqual, valueOf(v)) }

// After returns the period that begins after a date or datetime.
func After(v any) Period { return PeriodOf(Greater, valueOf(v)) }

// Before returns the period that ends before a date or datetime.
func Before(v any) Period { return PeriodOf(Less, valueOf(v)) }

// Until returns the period that ends with a date or datetime.
func Until(v any) Period { return PeriodOf(LessEqual, valueOf(v)) }

// On returns the period that is a day, a span of days or an instant.
func On(v any) Period { return PeriodOf(Equal, valueOf(v)) }

// FromTo returns the period from one date or datetime to another; both are part of it.
func FromTo(from, to any) Period { return PeriodOf(Between, valueOf(from), valueOf(to)) }

// PeriodOf returns the period in which a comparison of the time of an event holds; op is
// [Within] with a window of the past, or one of [GreaterEqual], [Greater], [Less],
// [LessEqual], [Equal] and [Between] with dates or datetimes, fixed or relative. What
// does not fit is reported by [New]. The values are copied.
func PeriodOf(op Op, values ...Value) Period {
	c := Condition{op: op, args: slices.Clone(values)}
	if !isPeriod(op) {
		c.err = fmt.Errorf("%q is no period of time; in the last …, since, after, before, until, on and from … to … are", op)
		return Period{c}
	}
	errs := []error{checkArity(op, len(values))}
	for _, v := range values {
		errs = append(errs, checkPeriod(op, v))
	}
	c.err = errors.Join(errs...)
	return Period{c}
}

func isPeriod(op Op) bool { return periodWord(op) != "" }

// periodWord returns the first word of the spelling of a period, "" if op makes none.
func periodWord(op Op) string {
	for _, w := range periodWords {
		if w.op == op {
			return w.word
		}
	}
	return ""
}

const hintComing = "an event counts from its own time on: a period does not lie in the future"

// checkPeriod returns what is wrong with an operand of a period.
func checkPeriod(op Op, v Value) error {
	switch {
	case v.kind == InvalidValue:
		return v.Err()
	case op == Within && v.kind == WindowValue && v.window().next:
		return errors.New(hintComing)
	case op == Within && v.kind == WindowValue:
		return nil
	case op == Within:
		return fmt.Errorf("%q takes a window such as the last 7 days, not the %v %v", op, v.kind, v)
	case v.kind >= DateValue && v.kind <= RelativeDateTimeValue:
		return nil
	}
	return fmt.Errorf("%q takes a date or a datetime, not the %v %v", periodWord(op), v.kind, v)
}

// IsZero reports whether p is all of the time up to now.
func (p Period) IsZero() bool { return p.when.op == 0 }

// Op returns the comparison that holds of the time of an event, 0 of the zero Period.
func (p Period) Op() Op { return p.when.op }

// Values returns an iterator over the operands of [Period.Op].
func (p Period) Values() iter.Seq[Value] { return p.when.Values() }

// Relative reports whether where the period lies depends on the time of asking.
func (p Period) Relative() bool { return p.when.Relative() }

// Equal reports whether p and other are spelled the same.
func (p Period) Equal(other Period) bool { return p.when.Equal(other.when) }

// String returns p as filter text, "" for the zero Period.
func (p Period) String() string {
	if p.IsZero() {
		return ""
	}
	return string(p.appendTo(nil)[1:])
}

// appendTo appends a space and the text of p, nothing for the zero Period.
func (p Period) appendTo(b []byte) []byte {
	if p.IsZero() {
		return b
	}
	b = append(b, ' ')
	b = append(b, periodWord(p.when.op)...)
	for i, v := range p.when.args {
		if i > 0 {
			b = append(b, " to"...)
		}
		b = append(b, ' ')
		b = v.appendTo(b)
	}
	return b
}

// tidied returns p in the form that periods which say the same have in common.
func (p Period) tidied() Period {
	if !p.IsZero() {
		p.when = p.when.tidied()
	}
	return p
}

// startsPeriod reports whether a period begins here, or the "in" of something like one.
func (p *parser) startsPeriod() bool {
	at := p.tok
	defer func() { p.tok = at }()
	if p.accept(kwIn) {
		return p.isWord("the") || p.tok.kind == tokValue
	}
	return slices.ContainsFunc(periodWords, func(w periodStart) bool { return p.isWord(w.word) }) || p.isWord("within")
}

const expectPeriod = "a date or a datetime, fixed or relative"

// period reads a period if there is one here. Behind "in" there may also be a zone or,
// of an attribute, a list.
func (p *parser) period() (Period, error) {
	at := p.tok
	var c Condition
	for _, w := range periodWords {
		if p.isWord(w.word) || w.op == Within && p.isWord("within") {
			c.op = w.op
		}
	}
	if c.op == 0 {
		return Period{}, nil
	}
	p.advance()
	if c.op == Within {
		if at.keyword == kwIn && p.tok.kind == tokValue {
			return Period{}, p.errorAt(p.tok.start, `"the last" and a number of units`, p.found(), "")
		}
		if at.keyword == kwIn && !p.isWord("the") {
			p.tok = at
			return Period{}, nil
		}
		from := p.tok.start
		v, err := p.window()
		if err == nil && v.window().next {
			err = p.errorAt(from, `"the last" and a number of units`, `"the next"`, hintComing)
		}
		c.args = []Value{v}
		return Period{c}, err
	}
	v, err := p.date()
	if err != nil {
		return Period{}, err
	}
	c.args = []Value{v}
	if c.op == Between {
		if err := p.expectWord("to"); err != nil {
			return Period{}, err
		}
		if v, err = p.date(); err != nil {
			return Period{}, err
		}
		c.args = append(c.args, v)
	}
	return Period{c}, nil
}

// date reads a date or a datetime, fixed or relative.
func (p *parser) date() (Value, error) {
	start := p.tok.start
	v, err := p.value()
	if err != nil {
		return v, err
	}
	if checkPeriod(Equal, v) != nil {
		return v, p.errorAt(start, expectPeriod, "the "+v.kind.String()+" "+clip(v.String()), "")
	}
	return v, nil
}
