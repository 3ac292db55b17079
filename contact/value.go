package contact

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Value is the value of one field of one contact, or none: the zero Value is
// missing. Its kind is that of the field.
//
// Value is immutable and safe for concurrent use.
type Value struct {
	kind Kind // 0: missing
	num  float64
	text string // of companies: packed, see packCompanies
	list []string
}

// TextValue returns a text.
func TextValue(s string) Value { return Value{kind: KindText, text: s} }

// NumberValue returns a number. NaN and the infinities are refused where the
// value is used.
func NumberValue(x float64) Value { return Value{kind: KindNumber, num: x + 0} }

// BoolValue returns a yes or no.
func BoolValue(b bool) Value {
	v := Value{kind: KindBool}
	if b {
		v.num = 1
	}
	return v
}

// DateValue returns a calendar day.
func DateValue(d Day) Value { return Value{kind: KindDate, num: float64(d)} }

// DateTimeValue returns an instant; what is finer than a millisecond is cut.
func DateTimeValue(t time.Time) Value {
	return Value{kind: KindDateTime, num: float64(millis(t))}
}

// TimeOfDayValue returns a time of day.
func TimeOfDayValue(c ClockTime) Value { return Value{kind: KindTimeOfDay, num: float64(c)} }

// SelectValue returns one option.
func SelectValue(option string) Value { return Value{kind: KindSelect, text: option} }

// OptionsValue returns several options of a multi-select field. The list is
// copied.
func OptionsValue(options ...string) Value {
	return Value{kind: KindMultiSelect, list: slices.Clone(options)}
}

// TagsValue returns several tags. The list is copied.
func TagsValue(tags ...string) Value {
	return Value{kind: KindTags, list: slices.Clone(tags)}
}

// Kind returns the kind of the value, 0 if it is missing.
func (v Value) Kind() Kind { return v.kind }

// Missing reports whether there is no value. An empty text is a value; a list
// without entries is not.
func (v Value) Missing() bool {
	return v.kind == 0 || v.kind.Multiple() && len(v.list) == 0
}

// Text returns the text or the option, "" for other kinds.
func (v Value) Text() string { return v.text }

// Number returns the number, 0 for other kinds.
func (v Value) Number() float64 {
	if v.kind != KindNumber {
		return 0
	}
	return v.num
}

// Bool returns the yes or no, false for other kinds.
func (v Value) Bool() bool { return v.kind == KindBool && v.num != 0 }

// Day returns the calendar day, 1970-01-01 for other kinds.
func (v Value) Day() Day {
	if v.kind != KindDate {
		return 0
	}
	return Day(v.num)
}

// Time returns the instant in UTC, the zero time for other kinds.
func (v Value) Time() time.Time {
	if v.kind != KindDateTime {
		return time.Time{}
	}
	return instant(int64(v.num))
}

// ClockTime returns the time of day, 00:00 for other kinds.
func (v Value) ClockTime() ClockTime {
	if v.kind != KindTimeOfDay {
		return 0
	}
	return ClockTime(v.num)
}

// List returns a copy of the options or tags.
func (v Value) List() []string { return slices.Clone(v.list) }

// Equal reports whether two values are the same: kind, and text as written. Lists
// are equal if they hold the same words in the same order.
func (v Value) Equal(w Value) bool {
	if v.Missing() || w.Missing() {
		return v.Missing() && w.Missing()
	}
	return v.kind == w.kind && v.num == w.num && v.text == w.text && slices.Equal(v.list, w.list)
}

// String returns the value as a reader would write it: text and options bare,
// lists with commas, nothing for a missing value.
func (v Value) String() string {
	switch v.kind {
	case KindText, KindSelect:
		return v.text
	case KindNumber:
		return strconv.FormatFloat(v.num, 'f', -1, 64)
	case KindBool:
		return strconv.FormatBool(v.num != 0)
	case KindDate:
		return Day(v.num).String()
	case KindDateTime:
		return v.Time().Format("2006-01-02T15:04:05.999Z07:00")
	case KindTimeOfDay:
		return ClockTime(v.num).String()
	case KindMultiSelect, KindTags:
		return strings.Join(v.list, ", ")
	}
	return ""
}

// Any returns the value as the Go type that fits its kind best: string, float64,
// bool, [Day], [time.Time], [ClockTime], []string, or nil if it is missing.
func (v Value) Any() any {
	if v.Missing() {
		return nil
	}
	switch v.kind {
	case KindNumber:
		return v.num
	case KindBool:
		return v.num != 0
	case KindDate:
		return v.Day()
	case KindDateTime:
		return v.Time()
	case KindTimeOfDay:
		return v.ClockTime()
	case KindMultiSelect, KindTags:
		return v.List()
	}
	return v.text
}
