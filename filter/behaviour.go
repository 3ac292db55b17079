package filter

import (
	"errors"
	"fmt"
	"iter"
	"unicode/utf8"
)

// BehaviourKind says what a [Behaviour] looks at.
type BehaviourKind uint8

// The kinds of a [Behaviour], with their spelling.
const (
	DidTimes     BehaviourKind = iota + 1 // did T at least 3 times, never did T
	DidOnDays                             // did T on at least 3 different days
	DidDifferent                          // did T with at least 2 different a
	DidThen                               // did T then U within 7 days without V
	SumOf                                 // sum of a of T >= 100
	AverageOf                             // average of a of T
	MinOf                                 // min of a of T
	MaxOf                                 // max of a of T
	CountOf                               // count of a of T
	FirstTime                             // first T before 2026-01-01
	LastTime                              // last T in the last 2 weeks
	OfFirst                               // a of first T = "x"
	OfLast                                // a of last T = "x"
)

// behaviourWords are the words in front, those of [SumOf] and so on being the names of
// the kinds. They are never written to.
var behaviourWords = [...]string{DidTimes: "did", DidOnDays: "did", DidDifferent: "did", DidThen: "did",
	SumOf: "sum", AverageOf: "average", MinOf: "min", MaxOf: "max", CountOf: "count",
	FirstTime: "first", LastTime: "last", OfFirst: "first", OfLast: "last"}

// aggregated reports whether a kind makes one number of an attribute of the events.
func (k BehaviourKind) aggregated() bool { return k >= SumOf && k <= CountOf }

// ofOne reports whether a kind looks at an attribute of one event.
func (k BehaviourKind) ofOne() bool { return k == OfFirst || k == OfLast }

// counted reports whether a kind has a quantity.
func (k BehaviourKind) counted() bool { return k >= DidTimes && k <= DidDifferent }

// Behaviour is a term on what a contact did: how often there were such events, what they
// amount to, when the first or last one was and what it was like, and in what order.
// Whatever is said of an event is said of one and the same: its type, its attributes,
// its time.
//
// An event counts from its own time on; until then it is as if there were none.
//
// A Behaviour is made by the methods of [Events]. The zero Behaviour is refused by
// [New]. A Behaviour is immutable and safe for concurrent use.
type Behaviour struct {
	kind     BehaviourKind
	not      bool
	events   Events
	quantity Quantity  // of what is counted, in its positive form
	about    Condition // on an attribute, in its positive form; where values are told apart, its field only
	then     *Events   // of a sequence
	without  *Events   // of a sequence; nil for none
	gap      gap
	err      error
}

func (Behaviour) term() {}

// Kind returns what b looks at.
func (b Behaviour) Kind() BehaviourKind { return b.kind }

// Negated reports whether b stands for its complement: it does where filter text says
// `never did`, `did not do`, `at most` and `!=`.
func (b Behaviour) Negated() bool { return b.not }

// Events returns which events are meant, of a sequence those that come first. Where b
// asks for the time of the first or last event, the period is what that time is compared
// with.
func (b Behaviour) Events() Events { return b.events }

// Quantity returns the number of times, days or different values, and whether it must be
// exactly that; otherwise it is at least that, in the positive form. It is 0 where
// nothing is counted.
func (b Behaviour) Quantity() (n int, exactly bool) {
	return int(b.quantity.n), b.quantity.exactly
}

// Attribute returns the attribute that b looks at, "" if it looks at none. The filter
// over the attributes may look at others.
func (b Behaviour) Attribute() string { return b.about.field }

// Condition returns the condition on [Behaviour.Attribute], or on what is made of it, in
// its positive form; the zero Condition if there is none.
func (b Behaviour) Condition() Condition {
	if !b.kind.aggregated() && !b.kind.ofOne() {
		return Condition{}
	}
	return b.about
}

// Then returns the events that a sequence ends with, false if b is no sequence.
func (b Behaviour) Then() (Events, bool) { return deref(b.then) }

// Gap returns the time within which a sequence ends, such as "7 days", "" if it may
// take any time.
func (b Behaviour) Gap() string { return string(b.gap.appendTo(nil)) }

// Between returns the events of which there is none between the two of a sequence, false
// if that is not asked.
func (b Behaviour) Between() (Events, bool) { return deref(b.without) }

func deref(e *Events) (Events, bool) {
	if e == nil {
		return Events{}, false
	}
	return *e, true
}

// Without returns the sequence b for which none of some other events lies between its
// two: later than the first and earlier than the second. They have no period. A term
// that is no sequence, and one that has others already, is refused by [New].
func (b Behaviour) Without(others Events) Behaviour {
	switch {
	case b.kind != DidThen:
		b.err = errors.Join(b.err, errors.New("only a sequence has events that must not come between"))
	case b.without != nil:
		b.err = errors.Join(b.err, errors.New("a sequence has one sort of events that must not come between"))
	}
	b.without = &others
	return b
}

// Equal reports whether b and other are the same in every part.
func (b Behaviour) Equal(other Behaviour) bool {
	same := func(a, b *Events) bool { return a == b || a != nil && b != nil && a.Equal(*b) }
	return b.kind == other.kind && b.not == other.not && b.events.Equal(other.events) &&
		b.quantity.n == other.quantity.n && b.quantity.exactly == other.quantity.exactly && b.about.Equal(other.about) &&
		same(b.then, other.then) && same(b.without, other.without) && b.gap == other.gap
}

// negated returns the complement of b.
func (b Behaviour) negated() Behaviour {
	b.not = !b.not
	return b
}

// positive returns b without its negation.
func (b Behaviour) positive() Behaviour {
	b.not = false
	return b
}

// whereNames are the places of filters over attributes in a term. They are never
// written to.
var whereNames = [...]string{"", "where", "then.where", "without.where"}

// places iterates over the events that b names, with their place in whereNames.
func (b Behaviour) places() iter.Seq2[uint8, Events] {
	return func(yield func(uint8, Events) bool) {
		if !yield(1, b.events) || b.then != nil && !yield(2, *b.then) {
			return
		}
		if b.without != nil {
			yield(3, *b.without)
		}
	}
}

// mapEvents returns b with its events replaced.
func (b Behaviour) mapEvents(change func(Events) Events) Behaviour {
	b.events = change(b.events)
	for _, p := range []**Events{&b.then, &b.without} {
		if *p != nil {
			changed := change(**p)
			*p = &changed
		}
	}
	return b
}

// checked returns b, or a condition that says why New refuses it.
func (b Behaviour) checked() Term {
	if b.kind == 0 {
		return Condition{err: errors.New("the zero Behaviour is no condition")}
	}
	errs := []error{b.err}
	for place, e := range b.places() {
		errs = append(errs, e.check())
		if place > 1 && !e.period.IsZero() {
			errs = append(errs, fmt.Errorf("%q has a period; in a sequence only the first step has one", e.name))
		}
		if e.where.depth >= maxNesting {
			errs = append(errs, limitError("nesting of filters", maxNesting, e.where.depth+1))
		}
	}
	if b.kind == DidDifferent && (b.about.field == "" || !utf8.ValidString(b.about.field)) {
		errs = append(errs, errors.New("an attribute has a name of valid UTF-8 that is not empty"))
	}
	if (b.kind == FirstTime || b.kind == LastTime) && b.events.period.IsZero() {
		errs = append(errs, fmt.Errorf("%q needs a period that the event lies in", behaviourWords[b.kind]))
	}
	if err := errors.Join(errs...); err != nil {
		return Condition{err: err}
	}
	return b
}

// checkAbout returns what is wrong with a condition on an attribute, or on what is made
// of it.
func checkAbout(kind BehaviourKind, c Condition) error {
	switch {
	case c.op == 0:
		return errors.New("the zero Condition is no condition")
	case c.op.OnSegments():
		return fmt.Errorf("%q asks for segments, not for an attribute", c.op)
	case c.part != noPart:
		return fmt.Errorf("an attribute has no %s", c.part)
	case kind.ofOne() && (c.op == Within || c.op == Anniversary):
		return fmt.Errorf("%q does not fit an attribute: it is a text, a number or a bool", c.op)
	case kind.ofOne():
		return nil
	case c.op > In:
		return fmt.Errorf("%q does not fit a number; it takes =, <, <=, >, >=, between, in", c.op)
	}
	for v := range c.Values() {
		if v.kind != NumberValue {
			return fmt.Errorf("the %s is compared with a number, not with the %s %s", behaviourWords[kind], v.kind, clip(v.String()))
		}
	}
	return nil
}

// gap is the time within which a sequence ends; the zero gap is any.
type gap struct {
	n    int64
	unit unit
}

func (g gap) appendTo(b []byte) []byte {
	if g.unit == noUnit {
		return b
	}
	return g.unit.appendCount(b, g.n)
}

// String returns b as filter text.
func (b Behaviour) String() string { return string(appendBehaviour(nil, b)) }

// appendBehaviour appends the text of b in its short form.
func appendBehaviour(text []byte, b Behaviour) []byte {
	switch {
	case b.kind.counted():
		return b.appendCounted(text)
	case b.kind == DidThen:
		text = append(text, "did "...)
		if b.not {
			text = append(text, "not do "...)
		}
		text = b.events.period.appendTo(b.events.appendTo(text))
		text = b.then.appendTo(append(text, " then "...))
		if b.gap != (gap{}) {
			text = b.gap.appendTo(append(text, " within "...))
		}
		if b.without != nil {
			text = b.without.appendTo(append(text, " without "...))
		}
		return text
	case b.kind == 0:
		return append(text, "<invalid condition>"...)
	}
	row, negated := b.about.op.info(), b.not
	words := row.words
	if negated && row.negation != "" {
		words, negated = row.negation, false
	}
	if negated {
		text = append(text, "not "...)
	}
	if b.kind.aggregated() {
		text = append(append(text, behaviourWords[b.kind]...), " of "...)
	}
	if b.about.op != 0 {
		text = append(appendField(text, b.about.field), " of "...)
	}
	if !b.kind.aggregated() {
		text = append(append(text, behaviourWords[b.kind]...), ' ')
	}
	text = b.events.period.appendTo(b.events.appendTo(text))
	if b.about.op != 0 {
		text = append(append(text, ' '), words...)
		text = appendOperands(text, b.about)
	}
	return text
}

// appendCounted appends the text of what is counted.
func (b Behaviour) appendCounted(text []byte) []byte {
	q := b.quantity
	q.not = b.not
	plain := b.kind == DidTimes && q.n == 1 && !q.exactly
	switch {
	case plain && b.not && b.events.period.IsZero():
		text = append(text, "never did "...)
	case b.not && (plain || q.exactly):
		text = append(text, "did not do "...)
	default:
		text = append(text, "did "...)
	}
	text = b.events.appendTo(text)
	if !plain {
		text = q.appendPhrase(append(text, ' '), b.kind, b.about.field)
	}
	return b.events.period.appendTo(text)
}

// appendPhrase appends what is said of a number of things.
func (q Quantity) appendPhrase(text []byte, kind BehaviourKind, attribute string) []byte {
	one := false
	switch kind {
	case DidOnDays:
		text = append(text, "on "...)
	case DidDifferent:
		text = append(text, "with "...)
	}
	text, one = q.appendTo(text)
	switch {
	case kind == DidDifferent:
		return appendField(append(text, " different "...), attribute)
	case kind == DidOnDays && one:
		return append(text, " different day"...)
	case kind == DidOnDays:
		return append(text, " different days"...)
	case one:
		return append(text, " time"...)
	}
	return append(text, " times"...)
}
