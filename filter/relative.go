package filter

import (
	"strconv"
	"strings"
	"time"
)

// unit is a unit of time. Those up to the hour are exact, the others are units of
// the calendar.
type unit uint8

const (
	noUnit unit = iota
	unitSecond
	unitMinute
	unitHour
	unitDay
	unitWeek
	unitMonth
	unitQuarter
	unitYear
)

// unitNames is indexed by unit. It is never written to.
var unitNames = [...]string{"", "second", "minute", "hour", "day", "week", "month", "quarter", "year"}

// unitMost is how many units 9 999 years are at most. It is never written to.
var unitMost = [...]int64{0, 315_537_897_599, 5_258_964_959, 87_649_415, 3_652_058, 521_722, 119_988, 39_996, 9_999}

// exact reports whether the unit has a fixed length, whatever the calendar.
func (u unit) exact() bool { return u <= unitHour }

// millis returns the length of an exact unit.
func (u unit) millis() int64 {
	switch u {
	case unitSecond:
		return 1000
	case unitMinute:
		return 60_000
	}
	return 3_600_000
}

// appendCount appends a number of units: 1 day, 2 days.
func (u unit) appendCount(b []byte, n int64) []byte {
	b = strconv.AppendInt(b, n, 10)
	b = append(b, ' ')
	b = append(b, unitNames[u]...)
	if n != 1 {
		b = append(b, 's')
	}
	return b
}

// weekdayNames are in the order of ISO 8601, monthNames in that of the year. They
// are never written to.
var (
	weekdayNames = [...]string{"", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	monthNames   = [...]string{"", "january", "february", "march", "april", "may", "june", "july", "august",
		"september", "october", "november", "december"}
	whichNames = [...]string{"last", "this", "next"}
)

// form is the spelling of a relative date. Two forms may mean the same and are two
// values all the same, so that a filter is printed as it was written.
type form uint8

const (
	formNow       form = iota + 1 // now
	formDay                       // yesterday, today, tomorrow
	formSpan                      // last month, this week, next year
	formOffset                    // -30 days, +2 weeks
	formAgo                       // 3 days ago
	formIn                        // in 2 months
	formEdge                      // first day of last month
	formMonthEdge                 // last day of february, first day of march next year
	formWeekday                   // monday this week
)

// relative is a date that depends on the time at which a filter is asked.
type relative struct {
	form  form
	unit  unit
	which int8  // -1 last or past, 0 this, +1 next or future
	last  bool  // of an edge: the last day and not the first
	name  uint8 // the month, or the weekday from Monday = 1
	n     int64
}

// kind tells days from instants.
func (r relative) kind() ValueKind {
	if r.form == formNow || (r.form == formOffset || r.form == formAgo || r.form == formIn) && r.unit.exact() {
		return RelativeDateTimeValue
	}
	return RelativeDateValue
}

// value packs r into a [Value], which stays comparable with ==.
func (r relative) value() Value {
	bits := uint64(r.n)<<20 | uint64(r.name)<<12 | uint64(r.form)<<8 | uint64(r.unit)<<4 | uint64(r.which+1)<<1
	if r.last {
		bits |= 1
	}
	return Value{kind: r.kind(), bits: bits}
}

// relative unpacks what [relative.value] has packed.
func (v Value) relative() relative {
	return relative{
		form: form(v.bits >> 8 & 15), unit: unit(v.bits >> 4 & 15), which: int8(v.bits>>1&3) - 1,
		last: v.bits&1 != 0, name: uint8(v.bits >> 12), n: int64(v.bits >> 20),
	}
}

// appendTo appends the canonical spelling of r.
func (r relative) appendTo(b []byte) []byte {
	switch r.form {
	case formNow:
		return append(b, "now"...)
	case formDay:
		return append(b, [...]string{"yesterday", "today", "tomorrow"}[r.which+1]...)
	case formOffset:
		return r.unit.appendCount(append(b, "-+"[(r.which+1)/2]), r.n)
	case formAgo:
		return append(r.unit.appendCount(b, r.n), " ago"...)
	case formIn:
		return r.unit.appendCount(append(b, "in "...), r.n)
	case formEdge, formMonthEdge:
		edge := "first day of "
		if r.last {
			edge = "last day of "
		}
		b = append(b, edge...)
	}
	switch r.form {
	case formWeekday:
		b = append(b, weekdayNames[r.name]+" "...)
	case formMonthEdge:
		b = append(b, monthNames[r.name]...)
		if r.which == 0 {
			return b
		}
		b = append(b, ' ')
	}
	return append(b, whichNames[r.which+1]+" "+unitNames[r.unit]...)
}

// window is a stretch of time that ends or begins now.
type window struct {
	next bool
	unit unit
	n    int64
}

// value packs w into a [Value].
func (w window) value() Value {
	bits := uint64(w.n)<<8 | uint64(w.unit)<<1
	if w.next {
		bits |= 1
	}
	return Value{kind: WindowValue, bits: bits}
}

// window unpacks what [window.value] has packed.
func (v Value) window() window {
	return window{next: v.bits&1 != 0, unit: unit(v.bits >> 1 & 15), n: int64(v.bits >> 8)}
}

// appendTo appends the canonical spelling of w.
func (w window) appendTo(b []byte) []byte {
	b = append(b, "the last "...)
	if w.next {
		b = append(b[:len(b)-len("last ")], "next "...)
	}
	return w.unit.appendCount(b, w.n)
}

// weekdayValue returns a day of the week, from Monday = 1.
func weekdayValue(n uint8) Value { return Value{kind: WeekdayValue, bits: uint64(n)} }

// Relative returns a date that depends on the time at which the filter is asked, in
// the spelling of the filter text: today, -30 days, first day of last month. A text
// that is none gives an invalid value.
func Relative(text string) Value {
	return spelled(text, "a relative date", func(v Value) bool {
		return v.kind == RelativeDateValue || v.kind == RelativeDateTimeValue
	}, (*parser).value)
}

// Window returns a stretch of time that ends or begins when the filter is asked, in
// the spelling of the filter text: the last 36 hours, the next 7 days. It is the
// operand of [Within] and [Anniversary] only. A text that is none gives an invalid
// value.
func Window(text string) Value {
	return spelled(text, "a window", func(v Value) bool { return v.kind == WindowValue }, (*parser).window)
}

// Weekday returns a day of the week as a value, for [PartWeekday].
func Weekday(d time.Weekday) Value {
	if d < time.Sunday || d > time.Saturday {
		return invalid("there is no day %d of the week", int(d))
	}
	return weekdayValue(uint8((d+6)%7 + 1))
}

// spelled returns the value that text spells.
func spelled(text, what string, fits func(Value) bool, read func(*parser) (Value, error)) Value {
	v, problem := parseSpelled(text, what, fits, read)
	if problem != nil {
		return invalid("%q is not %s: %s", clip(strings.ToValidUTF8(text, "\ufffd")), what, expectation(problem.Expected, problem.Found, problem.Hint))
	}
	return v
}

// parseSpelled reads one value that is the whole of text.
func parseSpelled(text, what string, fits func(Value) bool, read func(*parser) (Value, error)) (Value, *ParseError) {
	p := &parser{lexer: lexer{text: text}}
	if i := invalidUTF8(text); i >= 0 {
		return Value{}, p.errorAt(i, "valid UTF-8", "byte 0x"+strconv.FormatUint(uint64(text[i]), 16), "")
	}
	p.advance()
	if p.tok.kind == tokEnd {
		return Value{}, p.errorAt(0, what, foundEnd, "")
	}
	v, err := read(p)
	switch problem, _ := err.(*ParseError); {
	case problem != nil:
		return Value{}, problem
	case !fits(v):
		return Value{}, p.errorAt(0, what, "the "+v.kind.String()+" "+clip(v.String()), "")
	case p.tok.kind != tokEnd:
		return Value{}, p.errorAt(p.tok.start, foundEnd, p.found(), "")
	}
	return v, nil
}
