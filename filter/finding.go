package filter

import (
	"strings"
)

// FindingKind says what sort of thing a [Finding] is.
type FindingKind string

// The kinds. A part is the whole filter, a group, a condition or a nested filter,
// with the negation in front of it.
const (
	// Contradiction: no contact can meet the part, whatever it has.
	Contradiction FindingKind = "contradiction"
	// AlwaysTrue: every contact meets the part, whatever it has.
	AlwaysTrue FindingKind = "always true"
	// EmptyRange: the two ends of a `between` leave nothing between them.
	EmptyRange FindingKind = "empty range"
	// Duplicate: the part says what another one beside it says already.
	Duplicate FindingKind = "duplicate"
	// NoEffect: without the part the same contacts are found, because those beside it
	// imply it, or, for a group, because whom it finds is found by another group.
	NoEffect FindingKind = "no effect"
	// PlainEquality: a pattern that only one text fits.
	PlainEquality FindingKind = "plain equality"
	// Forgotten: a period that reaches back to when events are not kept any more.
	Forgotten FindingKind = "forgotten"
	// ExpensivePattern: a pattern that takes long on each distinct text.
	ExpensivePattern FindingKind = "expensive pattern"
)

// Finding is something that is probably not meant, or not needed, in a filter.
type Finding struct {
	Kind       FindingKind `json:"kind"`
	Path       Path        `json:"path"`             // of the part; the zero Path is the whole filter, or[1] its second group
	Part       string      `json:"part"`             // the part as filter text, cut if it is long
	Others     []Path      `json:"others,omitempty"` // the parts that it conflicts with, says again or is implied by, where that is known
	Text       string      `json:"text"`             // what is so
	Suggestion string      `json:"suggestion"`       // what to do about it

	// Instead is the condition that could stand in the place of the part and mean the
	// same, as filter text; empty if there is none.
	Instead string `json:"instead,omitempty"`
}

// String returns the path, the kind, what is so and what to do, in one line.
func (f Finding) String() string {
	var b strings.Builder
	if at := f.Path.String(); at != "" {
		b.WriteString(at + ": ")
	}
	b.WriteString(string(f.Kind) + ": " + f.Text)
	if f.Suggestion != "" {
		b.WriteString("; " + f.Suggestion)
	}
	return b.String()
}
