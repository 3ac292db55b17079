package contact

import "fmt"

// Kind says what values a field holds and which operators apply to it.
type Kind uint8

// The kinds of fields. Each comment names the Go types that [Values] accepts;
// nil takes a value away for every kind, and a [Value] of the same kind is
// accepted by all of them.
const (
	KindText        Kind = iota + 1 // string
	KindNumber                      // every integer and float type, json.Number; kept as a float64
	KindBool                        // bool
	KindDate                        // Day, time.Time (the calendar day it shows), string "2026-11-24"
	KindDateTime                    // time.Time, string in RFC 3339 with seconds; kept to the millisecond
	KindTimeOfDay                   // ClockTime, time.Time (the time of day it shows, cut to the second), string "09:30" or "09:30:15"
	KindSelect                      // string: one declared option
	KindMultiSelect                 // []string or []any of strings, string: declared options
	KindTags                        // []string or []any of strings, string: any words

	kindCompanies // of the place for a contact's companies, see Schema.declareCompanies
	kindPrimary   // of the place for its primary one
)

var kindNames = [...]string{"", "text", "number", "bool", "date", "datetime", "time of day", "select", "multi-select", "tags", "companies", "primary company"}

// String returns the name of the kind as messages and documents spell it.
func (k Kind) String() string {
	if int(k) < len(kindNames) && k > 0 {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Multiple reports whether a field of this kind holds any number of values.
func (k Kind) Multiple() bool { return k == KindMultiSelect || k == KindTags }

// Declared reports whether the values of a field of this kind are declared
// options.
func (k Kind) Declared() bool { return k == KindSelect || k == KindMultiSelect }
