package main

import (
	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// guessable are the kinds that cells can show and -kinds can give.
var guessable = [...]contact.Kind{
	contact.KindText, contact.KindNumber, contact.KindBool, contact.KindDate, contact.KindDateTime,
}

// literal returns the kind of a cell that is not empty, with its value unless it is
// text. A cell is of another kind than text only if it is, as it stands, that kind's
// literal in the text of a filter. Numbers with leading zeros are text, although
// filters take them: they are codes, and two different ones would become equal.
func literal(cell string) (filter.Value, contact.Kind) {
	v, ok := filter.ParseValue(cell)
	if !ok {
		return v, contact.KindText
	}
	switch v.Kind() {
	case filter.NumberValue:
		if !leadingZero(cell) {
			return v, contact.KindNumber
		}
	case filter.BoolValue:
		return v, contact.KindBool
	case filter.DateValue:
		return v, contact.KindDate
	case filter.DateTimeValue:
		return v, contact.KindDateTime
	}
	return v, contact.KindText
}

// leadingZero reports whether a literal of a number has digits behind a zero in
// front.
func leadingZero(number string) bool {
	if number[0] == '-' {
		number = number[1:]
	}
	return len(number) > 1 && number[0] == '0' && '0' <= number[1] && number[1] <= '9'
}

// wanted says how a cell of a kind is written.
func wanted(kind contact.Kind) string {
	switch kind {
	case contact.KindNumber:
		return "a number such as 12, -0.5 or 1.5e3, without leading zeros, that float64 holds"
	case contact.KindBool:
		return "true or false"
	case contact.KindDate:
		return "a date such as 2026-11-24"
	case contact.KindDateTime:
		return "a datetime such as 2026-11-24T10:00:00Z"
	}
	return "a text"
}
