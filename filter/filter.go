package filter

import (
	"fmt"
	"iter"
	"slices"
)

// Filter says which contacts are meant: an OR of groups, each group an AND of
// terms.
//
// The zero Filter is no filter at all, which is not the same as one that everybody
// matches. Every other Filter comes from [Parse], from JSON or from [New], has at
// least one group, and is canonical: nots that cancel and parentheses that change
// nothing are not part of it. A Filter is immutable and safe for concurrent use.
type Filter struct {
	groups []Group
	depth  int // how deep filters are nested in it; 0 if it has conditions only
	zone   Zone
	broken bool // holds a condition that New refuses; never true outside this package
}

// Group is the AND of its terms, of which it has at least one.
//
// A Group is immutable and safe for concurrent use.
type Group struct {
	terms []Term
}

// Term is one part of a [Group]: a [Condition], a [Nested] filter, a [Scope] or a
// [Behaviour]. There are no other implementations.
//
// A Term is immutable and safe for concurrent use.
type Term interface {
	// Negated reports whether the term stands for its complement.
	Negated() bool
	// String returns the term as filter text.
	String() string
	term()
}

// Nested is a filter inside a group, in parentheses.
//
// The zero Nested is refused by [New]. A Nested is immutable and safe for
// concurrent use.
type Nested struct {
	filter Filter
	not    bool
}

func (Nested) term()    {}
func (Condition) term() {}

// Filter returns the filter in the parentheses, the zero Filter if [New] would
// refuse it.
func (n Nested) Filter() Filter {
	if n.filter.broken {
		return Filter{}
	}
	return n.filter
}

// Negated reports whether the filter in the parentheses is negated.
func (n Nested) Negated() bool { return n.not }

// IsZero reports whether f is no filter.
func (f Filter) IsZero() bool { return len(f.groups) == 0 }

// Groups returns an iterator over the groups of f, in order.
func (f Filter) Groups() iter.Seq[Group] { return slices.Values(f.groups) }

// Terms returns an iterator over the terms of g, in order.
func (g Group) Terms() iter.Seq[Term] { return slices.Values(g.terms) }

// Conditions returns an iterator over the conditions of f with their paths, in the
// order of the text, those of nested filters, of scopes and of filters over the
// attributes of events among them: [Path.OnCompany] and [Path.OnEvent] tell the latter
// two. A [Behaviour] is no condition. A condition is yielded as it is, whatever negation
// there is around it.
func (f Filter) Conditions() iter.Seq2[Path, Condition] {
	return func(yield func(Path, Condition) bool) {
		f.walk(Path{}, yield)
	}
}

// Behaviours returns an iterator over the terms on behaviour of f with their paths, in the
// order of the text. A term is yielded as it is, whatever negation there is around it.
func (f Filter) Behaviours() iter.Seq2[Path, Behaviour] {
	return func(yield func(Path, Behaviour) bool) { f.walkBehaviours(Path{}, yield) }
}

func (f Filter) walkBehaviours(path Path, yield func(Path, Behaviour) bool) bool {
	for i, g := range f.groups {
		for j, t := range g.terms {
			at := path.at(i, j)
			switch t := t.(type) {
			case Behaviour:
				if !yield(at, t) {
					return false
				}
			case Nested:
				if !t.filter.walkBehaviours(at, yield) {
					return false
				}
			}
		}
	}
	return true
}

// walk yields the conditions of f, which is at path; false means stop.
func (f Filter) walk(path Path, yield func(Path, Condition) bool) bool {
	for i, g := range f.groups {
		for j, t := range g.terms {
			at := path.at(i, j)
			switch t := t.(type) {
			case Condition:
				if !yield(at, t) {
					return false
				}
			case Nested:
				if !t.filter.walk(at, yield) {
					return false
				}
			case Scope:
				if !t.filter.walk(at.scoped(), yield) {
					return false
				}
			case Behaviour:
				for place, e := range t.places() {
					if !e.where.walk(at.ofEvent(place), yield) {
						return false
					}
				}
			}
		}
	}
	return true
}

// Equal reports whether f and other are the same value: the same groups of the
// same terms, in the same order, in the same zone. Filters that mean the same and are written
// differently are not equal.
func (f Filter) Equal(other Filter) bool {
	return f.zone == other.zone && slices.EqualFunc(f.groups, other.groups, func(a, b Group) bool {
		return slices.EqualFunc(a.terms, b.terms, equalTerms)
	})
}

func equalTerms(a, b Term) bool {
	switch a := a.(type) {
	case Condition:
		b, ok := b.(Condition)
		return ok && a.Equal(b)
	case Nested:
		b, ok := b.(Nested)
		return ok && a.not == b.not && a.filter.Equal(b.filter)
	case Scope:
		b, ok := b.(Scope)
		return ok && a.not == b.not && a.filter.Equal(b.filter)
	case Behaviour:
		b, ok := b.(Behaviour)
		return ok && a.Equal(b)
	}
	return false
}

// String returns f as canonical text: [Parse] turns it back into an equal Filter.
// The zero Filter gives "".
func (f Filter) String() string { return string(appendWhole(nil, f)) }

// String returns g as filter text.
func (g Group) String() string { return string(appendGroup(nil, g)) }

// String returns n as filter text, in parentheses.
func (n Nested) String() string { return string(appendNested(nil, n)) }

// MarshalText returns the text of [Filter.String].
func (f Filter) MarshalText() ([]byte, error) { return appendWhole(nil, f), nil }

// UnmarshalText sets f to what [Parse] makes of text. The empty text, which Parse
// refuses, is the zero Filter here. On error f stays as it was.
func (f *Filter) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*f = Filter{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*f = parsed
	return nil
}

// Parse reads a filter from text; the package comment has the grammar. It needs
// no schema: whether the fields exist and the operators fit them is not looked at,
// nor are regular expressions compiled.
//
// The error is a [*ParseError], or wraps a [*LimitError] if the text is longer than
// the default of [Limits]. The time is linear in the length of the text.
func Parse(text string) (Filter, error) { return Limits{}.Parse(text) }

// MustParse is [Parse] for texts that are part of a program. It panics on an
// error.
func MustParse(text string) Filter {
	f, err := Parse(text)
	if err != nil {
		panic(fmt.Sprintf("%v in %q", err, clip(text)))
	}
	return f
}
