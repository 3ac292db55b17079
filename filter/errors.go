package filter

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rosterdb/roster/contact"
)

// ParseError reports where a filter text stops being one and what was expected
// there.
type ParseError struct {
	Offset   int    // in bytes, from 0; the length of the text if it ended too early
	Line     int    // from 1; a line ends with a line feed
	Column   int    // from 1, in code points
	Expected string // what would have been right at this place, such as "a value"
	Found    string // what stands there instead, as it is shown in the message
	Hint     string // how to say what was probably meant; may be empty
	Err      error  // cause, such as a [*LimitError]; nil if there is none
}

// Error returns the position, what was expected, what was found and the hint.
func (e *ParseError) Error() string {
	return fmt.Sprintf("filter: line %d, column %d: %s", e.Line, e.Column, expectation(e.Expected, e.Found, e.Hint))
}

// Unwrap returns the cause, nil if there is none.
func (e *ParseError) Unwrap() error { return e.Err }

// JSONError reports which part of a filter in JSON is wrong and what was expected
// there.
type JSONError struct {
	Path     string // such as or[0].and[2].value; empty for the filter as a whole
	Offset   int    // in bytes, from 0, inside the JSON of the filter
	Expected string // what would have been right there; empty if Err says it all
	Found    string // what stands there instead, as it is shown in the message
	Hint     string // how to say what was probably meant; may be empty
	Err      error  // cause, such as a [*LimitError] or an error of encoding/json; nil if there is none
}

// Error returns the path, what was expected, what was found and the hint.
func (e *JSONError) Error() string {
	var b strings.Builder
	b.WriteString("filter: ")
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	if e.Expected == "" && e.Err != nil {
		fmt.Fprintf(&b, "byte %d: %v", e.Offset, e.Err)
		return b.String()
	}
	b.WriteString(expectation(e.Expected, e.Found, e.Hint))
	return b.String()
}

// Unwrap returns the cause, nil if there is none.
func (e *JSONError) Unwrap() error { return e.Err }

// ConditionError reports what is wrong with one condition of a filter.
type ConditionError struct {
	Path  Path   // the condition's place in the filter
	Field string // its field; empty if it has none
	Err   error  // what is wrong
}

// Error returns the path, the field and what is wrong.
func (e *ConditionError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("filter: %v: %v", e.Path, e.Err)
	}
	what := "field"
	if e.Path.OnEvent() {
		what = "attribute"
	}
	return fmt.Sprintf("filter: %v: %s %q: %v", e.Path, what, clip(e.Field), e.Err)
}

// Unwrap returns what is wrong.
func (e *ConditionError) Unwrap() error { return e.Err }

// flat returns the errors that are joined in one, none for nil.
func flat(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
		return nil
	case !ok:
		return []error{err}
	}
	var list []error
	for _, e := range joined.Unwrap() {
		list = append(list, flat(e)...)
	}
	return list
}

// LimitError reports that something is larger than a limit allows. Where counting
// stops at the limit, the figure is the first one beyond it.
type LimitError = contact.LimitError

// limitError is the one place where this package makes a [*LimitError].
func limitError(what string, limit, got int) error {
	return &LimitError{What: what, Limit: limit, Got: got}
}

// expectation words what was expected and found.
func expectation(expected, found, hint string) string {
	s := fmt.Sprintf("expected %s, found %s", expected, found)
	if hint != "" {
		s += "; " + hint
	}
	return s
}

// Hints that more than one spelling gives.
const (
	expectNotEmpty = "a text that is not empty"
	hintEmpty      = "contacts without a value are found by `is empty`"
	expectExact    = "a number that float64 holds exactly"
	hintExact      = "keep such numbers in an exact text field and write them as text"
	expectRange    = "a number within the range of float64"
)

// clipRunes is how much of a text an error message shows.
const clipRunes = 40

// clip returns the beginning of s, with an ellipsis if something is left out.
func clip(s string) string { return clipTo(s, clipRunes) }

// clipTo is clip for n code points.
func clipTo(s string, n int) string {
	end := 0
	for range n {
		if end == len(s) {
			return s
		}
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	if end == len(s) {
		return s
	}
	return s[:end] + "…"
}
