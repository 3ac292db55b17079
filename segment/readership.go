package segment

import (
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// A readership is the segments that have a limit. If it is one of events, some of them
// read only events that have one of some words in an attribute.
type readership struct {
	all   []ID
	of    []reader // the same, if the limit comes to events
	attrs []wordReaders
	words []reader // all those of attrs, each once
}

// A reader is a segment that has a limit of events, and what its answer may become when an
// event is passed.
type reader struct {
	id      ID
	toTrue  bool
	toFalse bool
}

// wordReaders are segments by the words that they read in an attribute.
type wordReaders struct {
	field  contact.Field
	byWord map[string][]reader
}

// add adds a segment that has the limit and reads some of the events.
func (r *readership) add(id ID, l *filter.Limit) {
	is := reader{id: id}
	is.toTrue, is.toFalse = l.Turns()
	reads := l.Reads()
	if reads.Attribute.IsZero() {
		r.all, r.of = append(r.all, id), append(r.of, is)
		return
	}
	i := slices.IndexFunc(r.attrs, func(w wordReaders) bool { return w.field.Index() == reads.Attribute.Index() })
	if i < 0 {
		i = len(r.attrs)
		r.attrs = append(r.attrs, wordReaders{reads.Attribute, make(map[string][]reader)})
	}
	for _, word := range reads.Words {
		r.attrs[i].byWord[word] = append(r.attrs[i].byWord[word], is)
	}
	r.words = append(r.words, is)
}

// remove takes out a segment that was added with a limit, and reports whether none is left.
func (r *readership) remove(id ID, l *filter.Limit) (none bool) {
	without := func(list []reader) []reader {
		return swapOut(list, slices.IndexFunc(list, func(is reader) bool { return is.id == id }))
	}
	reads := l.Reads()
	if reads.Attribute.IsZero() {
		i := slices.Index(r.all, id)
		r.all, r.of = slices.Concat(r.all[:i], r.all[i+1:]), without(r.of) // what is coming holds the list
		return len(r.all)+len(r.words) == 0
	}
	i := slices.IndexFunc(r.attrs, func(w wordReaders) bool { return w.field.Index() == reads.Attribute.Index() })
	byWord := r.attrs[i].byWord
	for _, word := range reads.Words {
		if byWord[word] = without(byWord[word]); len(byWord[word]) == 0 {
			delete(byWord, word)
		}
	}
	if len(byWord) == 0 {
		r.attrs = slices.Delete(r.attrs, i, i+1)
	}
	r.words = without(r.words)
	return len(r.all)+len(r.words) == 0
}

// swapOut takes the i-th one out of a list whose order does not matter.
func swapOut[T any](list []T, i int) []T {
	last := len(list) - 1
	list[i] = list[last]
	return list[:last]
}

// addAll has all segments asked about contacts.
func (r *readership) addAll(c *coming, who []contact.ID) {
	if len(who) > 0 && len(r.all) > 0 {
		c.items = append(c.items, comingItem{r.all, who})
	}
}

// fewWords is the number of segments that read words up to which it is cheaper to look who
// is in them than to look what an event has in its attribute.
const fewWords = 16

// addEvents has segments asked about the contacts of passed events, those whose answer
// they can turn: most of them can't, because it is so already. What an event has in its
// attributes is looked at for the others alone.
func (r *readership) addEvents(c *coming, v *contact.View, event contact.EventHandle, passed []pass) {
	root := rootOf(v)
	for _, is := range r.of {
		for _, p := range passed {
			c.add(v, root, is, p.row)
		}
	}
	if len(r.words) == 0 {
		return
	}
	events := v.EventsOf(event)
	for _, p := range passed {
		if len(r.words) <= fewWords && !slices.ContainsFunc(r.words, func(is reader) bool { return is.open(v, root, c.at, p.row) }) {
			continue
		}
		at := int64(p.value)
		for w := events.Ascend(p.row, contact.EventWindow{After: at - 1, To: at}); w.Next(); {
			for _, a := range r.attrs {
				for _, is := range a.byWord[filter.AttributeWord(a.field, events.Value(a.field, w.Value(a.field.Index())))] {
					c.add(v, root, is, p.row)
				}
			}
		}
	}
}

// open reports whether the answer of the segment about a contact may be turned at an
// instant. Where the segment names others, they may move then too.
func (is reader) open(v *contact.View, r *root, at int64, who contact.ID) bool {
	roll := r.roll(is.id)
	if roll.matched(who) {
		return is.toFalse
	}
	return is.toTrue && (len(roll.def.refs) > 0 || roll.def.program.MayMatchAt(v, who, time.UnixMilli(at)))
}
