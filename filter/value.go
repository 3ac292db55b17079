package filter

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/rosterdb/roster/contact"
)

// ValueKind says which of the literals of the filter text a [Value] is.
type ValueKind uint8

// The kinds of a [Value].
const (
	InvalidValue          ValueKind = iota // the zero Value, or one that a constructor refused
	NumberValue                            // a finite float64
	TextValue                              // valid UTF-8
	BoolValue                              // true or false
	DateValue                              // a calendar day of the years 0000 to 9999
	DateTimeValue                          // an instant to the millisecond, of the years 0000 to 9999 in UTC
	RelativeDateValue                      // a day, or a span of days, that depends on the time: today, last month
	RelativeDateTimeValue                  // an instant that depends on the time: now, -36 hours
	WindowValue                            // a stretch of time that ends or begins now: the last 7 days
	WeekdayValue                           // a day of the week
	TimeOfDayValue                         // a time of day to the second: 09:30
)

// String returns the word that error messages use for k.
func (k ValueKind) String() string {
	switch k {
	case NumberValue:
		return "number"
	case TextValue:
		return "text"
	case BoolValue:
		return "bool"
	case DateValue:
		return "date"
	case DateTimeValue:
		return "datetime"
	case RelativeDateValue:
		return "relative date"
	case RelativeDateTimeValue:
		return "relative datetime"
	case WindowValue:
		return "window"
	case WeekdayValue:
		return "weekday"
	case TimeOfDayValue:
		return "time of day"
	}
	return "invalid value"
}

// Value is one operand of a condition: a number, a text, a bool, a date or
// datetime, fixed or relative to the time at which the filter is asked, a window,
// a weekday or a time of day.
//
// The zero Value is invalid; so is what a constructor returns for something that
// no filter can hold, such as NaN. An invalid Value says why in [Value.Err], and
// [New] refuses it. Two values are equal exactly if == says so; a date never
// equals a datetime. A Value is immutable and safe for concurrent use.
type Value struct {
	kind ValueKind
	bits uint64 // number: IEEE bits; bool: 0 or 1; date: days; datetime: milliseconds; time of day: seconds; others: packed
	text string // text: itself; invalid: the reason
}

// Number returns x as a value. NaN and the infinities give an invalid value;
// negative zero becomes zero.
func Number(x float64) Value {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return invalid("%v is not a number that a filter can hold", x)
	}
	if x == 0 {
		x = 0 // drops the sign of negative zero
	}
	return Value{kind: NumberValue, bits: math.Float64bits(x)}
}

// Text returns s as a value. Text that is not valid UTF-8 gives an invalid value.
// The empty text is a value, but no condition takes it as an operand.
func Text(s string) Value {
	if !utf8.ValidString(s) {
		return invalid("text %q is not valid UTF-8", clip(s))
	}
	return Value{kind: TextValue, text: s}
}

// Bool returns b as a value.
func Bool(b bool) Value {
	v := Value{kind: BoolValue}
	if b {
		v.bits = 1
	}
	return v
}

// Date returns a calendar day as a value. A day that does not exist, such as 30
// February, and a year outside 0 to 9999 give an invalid value.
func Date(year int, month time.Month, day int) Value {
	days, ok := daysOf(year, month, day)
	if !ok {
		return invalid("there is no day %04d-%02d-%02d between the years 0000 and 9999", year, int(month), day)
	}
	return dateValue(days)
}

// DateTime returns the instant t as a value, cut to the millisecond towards the
// past. An instant outside the years 0 to 9999 in UTC gives an invalid value.
func DateTime(t time.Time) Value {
	if y := t.UTC().Year(); y < 0 || y > maxYear {
		return invalid("instant %v is outside the years 0000 to 9999", t)
	}
	return dateTimeValue(t.UnixMilli())
}

// TimeOfDay returns a time of day as a value. One outside 00:00:00 to 23:59:59 gives
// an invalid value.
func TimeOfDay(hour, minute, second int) Value {
	c := contact.ClockTimeOf(hour, minute, second)
	if !c.Valid() || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return invalid("there is no time of day %02d:%02d:%02d", hour, minute, second)
	}
	return clockValue(c)
}

func clockValue(c contact.ClockTime) Value {
	return Value{kind: TimeOfDayValue, bits: uint64(c)}
}

func dateValue(days int32) Value {
	return Value{kind: DateValue, bits: uint64(int64(days))}
}

func dateTimeValue(millis int64) Value {
	return Value{kind: DateTimeValue, bits: uint64(millis)}
}

func invalid(format string, args ...any) Value {
	return Value{text: fmt.Sprintf(format, args...)}
}

// Kind returns the kind of v.
func (v Value) Kind() ValueKind { return v.kind }

// Number returns the number, 0 if v is of another kind.
func (v Value) Number() float64 {
	if v.kind != NumberValue {
		return 0
	}
	return math.Float64frombits(v.bits)
}

// Text returns the text, "" if v is of another kind.
func (v Value) Text() string {
	if v.kind != TextValue {
		return ""
	}
	return v.text
}

// Bool returns the bool, false if v is of another kind.
func (v Value) Bool() bool { return v.kind == BoolValue && v.bits == 1 }

// Days returns the date as days since 1970-01-01, 0 if v is of another kind.
func (v Value) Days() int32 {
	if v.kind != DateValue {
		return 0
	}
	return int32(int64(v.bits))
}

// Millis returns the datetime as milliseconds since 1970-01-01T00:00:00Z, 0 if v
// is of another kind.
func (v Value) Millis() int64 {
	if v.kind != DateTimeValue {
		return 0
	}
	return int64(v.bits)
}

// ClockTime returns the time of day, 00:00 if v is of another kind.
func (v Value) ClockTime() contact.ClockTime {
	if v.kind != TimeOfDayValue {
		return 0
	}
	return contact.ClockTime(v.bits)
}

// Err returns why v is invalid, nil if it is not.
func (v Value) Err() error {
	switch {
	case v.kind != InvalidValue:
		return nil
	case v.text == "":
		return errors.New("the zero Value is no value")
	}
	return errors.New(v.text)
}

// String returns the literal that the filter text has for v. An invalid value
// gives its reason in angle brackets, which is no literal.
func (v Value) String() string {
	if err := v.Err(); err != nil {
		return "<" + err.Error() + ">"
	}
	return string(v.appendTo(nil))
}

// appendTo appends the literal of v to b. The value must be valid.
func (v Value) appendTo(b []byte) []byte {
	switch v.kind {
	case NumberValue:
		return appendNumber(b, v.Number())
	case TextValue:
		return appendQuoted(b, v.text, '"')
	case BoolValue:
		return strconv.AppendBool(b, v.Bool())
	case DateValue:
		return appendDate(b, v.Days())
	case DateTimeValue:
		return appendDateTime(b, v.Millis())
	case RelativeDateValue, RelativeDateTimeValue:
		return v.relative().appendTo(b)
	case WindowValue:
		return v.window().appendTo(b)
	case WeekdayValue:
		return append(b, weekdayNames[v.bits]...)
	case TimeOfDayValue:
		return append(b, v.ClockTime().String()...)
	}
	return b
}

// ParseValue returns the value whose literal is exactly text: a number, true or
// false (in any case), a date, a datetime or a time of day. It returns false for anything else:
// also for a quoted text, for a relative date, for a literal with space around it, and for a number
// that float64 cannot hold. Leading zeros of a number are fine, as in a filter.
func ParseValue(text string) (Value, bool) {
	if text == "" {
		return Value{}, false
	}
	switch c := text[0]; {
	case c == '-' || isDigit(c):
		if startsDate(text) {
			v, problem := parseDateOrDateTime(text)
			return v, problem == ""
		}
		if startsClock(text) {
			c, err := contact.ParseClockTime(text)
			return clockValue(c), err == nil
		}
		if n, _ := scanNumber(text); n != len(text) {
			return Value{}, false
		}
		x, problem := parseNumber(text)
		return Number(x), problem == numberFine
	case c|0x20 == 't' || c|0x20 == 'f':
		switch keywordOf(text) {
		case kwTrue:
			return Bool(true), true
		case kwFalse:
			return Bool(false), true
		}
	}
	return Value{}, false
}
