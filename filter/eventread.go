package filter

import (
	"slices"
	"strconv"

	"github.com/rosterdb/roster/contact"
)

// An EventRead is what a term on behaviour reads of the events of one type: all of them,
// or those alone that have one of some words in an attribute, because no other event can
// be one that it counts.
type EventRead struct {
	Event contact.EventHandle
	// Attribute is the zero Field if all events are read.
	Attribute contact.Field
	// Words are values of the attribute as [AttributeWord] writes them; sorted and
	// distinct.
	Words []string
}

// AttributeWord returns a value of an attribute of events as a word: a text in the form
// it is compared in, a number in as few digits as tell it, or yes or no. It is "" for no
// value.
func AttributeWord(a contact.Field, v contact.Value) string {
	switch {
	case v.Missing():
		return ""
	case a.Kind() == contact.KindNumber:
		return numberWord(v.Number())
	case a.Kind() == contact.KindBool:
		return boolWord(v.Bool())
	}
	return textWord(a, v.Text())
}

func numberWord(x float64) string { return strconv.FormatFloat(x+0, 'g', -1, 64) } // -0 is 0

func boolWord(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func textWord(a contact.Field, s string) string {
	if a.Exact() {
		return s
	}
	return contact.Fold(s)
}

// EventReads returns what the program reads of events, for each term and each type that
// it names.
func (p *Program) EventReads() (list []EventRead) {
	for _, l := range p.leaves {
		if l.did != nil {
			list = append(list, l.did.reads()...)
		}
	}
	return list
}

// reads returns what a term reads of events.
func (q *behaviourQuestion) reads() (list []EventRead) {
	for _, c := range q.parts() {
		list = append(list, c.read)
	}
	return list
}

// grows reports whether one more event never makes the term false.
func (q *behaviourQuestion) grows() bool {
	switch q.term.kind {
	case DidTimes, DidOnDays, DidDifferent:
		return !q.term.quantity.exactly
	case DidThen:
		return q.but == nil
	}
	return false
}

// mostReadWords is the largest number of words of an [EventRead].
const mostReadWords = 256

// read returns what is read of events of a type: those that have one of the fewest words,
// if each alternative of the filter over their attributes demands one.
func (e Events) read(h contact.EventHandle) EventRead {
	r := EventRead{Event: h}
	seen := make(map[string]bool)
	for _, c := range e.where.Conditions() {
		if seen[c.field] || !demands(c) {
			continue
		}
		seen[c.field] = true
		a, ok := h.Attributes().Field(c.field)
		if !ok {
			continue
		}
		words, ok := demanded(e.where, a)
		if ok && (r.Words == nil || len(words) < len(r.Words)) {
			r.Attribute, r.Words = a, words
		}
	}
	return r
}

// demands reports whether a condition holds only of what has one of its values.
func demands(c Condition) bool { return !c.not && (c.op == Equal || c.op == In) && c.part == noPart }

// demanded returns words of which an event has one in an attribute if a filter holds of
// it; false if there are none such, or too many.
func demanded(f Filter, a contact.Field) (words []string, ok bool) {
	for _, g := range f.groups {
		more, ok := demandedBy(g, a)
		if !ok {
			return nil, false
		}
		if words = distinct(append(words, more...)); len(words) > mostReadWords {
			return nil, false
		}
	}
	return words, true
}

// demandedBy is demanded for a group: the fewest that one of its terms demands.
func demandedBy(g Group, a contact.Field) (words []string, ok bool) {
	for _, t := range g.terms {
		var list []string
		found := false
		switch t := t.(type) {
		case Condition:
			if demands(t) && t.field == a.Name() {
				list, found = attributeWords(t, a)
			}
		case Nested:
			if !t.not {
				list, found = demanded(t.filter, a)
			}
		}
		if found && (!ok || len(list) < len(words)) {
			words, ok = list, true
		}
	}
	return words, ok
}

// attributeWords returns the operands of a condition on an attribute as words; false if
// something else is equal to one of them.
func attributeWords(c Condition, a contact.Field) ([]string, bool) {
	words := make([]string, 0, c.Len())
	for v := range c.Values() {
		switch a.Kind() {
		case contact.KindNumber:
			words = append(words, numberWord(v.Number()))
		case contact.KindBool:
			words = append(words, boolWord(v.Bool()))
		default:
			words = append(words, textWord(a, v.Text()))
		}
	}
	words = distinct(words)
	return words, !slices.Contains(words, "") // which is that of no value, too
}
