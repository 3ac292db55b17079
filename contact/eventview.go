package contact

import (
	"iter"
	"time"

	"github.com/rosterdb/roster/contact/internal/behaviour"
)

// EventOptions says which events of a contact to tell, and in which order.
type EventOptions struct {
	// Types are the types of event. Defaults to all.
	Types []string
	// From is the first millisecond. Defaults to the beginning of time.
	From time.Time
	// Until is the millisecond behind the last one. Defaults to the end of time.
	Until time.Time
	// NewestFirst turns the order around.
	NewestFirst bool
}

// Events returns an iterator over the events of a contact: in the order of their times,
// those at the same millisecond by their types in the order of the schema, and those of
// the same type as they came. The events have no key. The options may be nil; a type that
// is unknown is an [*UnknownEventError]. A contact that does not live has no events.
func (v *View) Events(id ID, opts *EventOptions) (iter.Seq2[EventID, Event], error) {
	var o EventOptions
	if opts != nil {
		o = *opts
	}
	var defs []*eventDef
	for _, name := range o.Types {
		d, err := v.st.schema.findEvent(name)
		if err != nil {
			return nil, err
		}
		defs = append(defs, d)
	}
	if o.Types == nil {
		for h := range v.st.schema.EventTypes() {
			defs = append(defs, h.def)
		}
	}
	w := behaviour.Always
	if !o.From.IsZero() {
		w.After = millis(o.From) - 1
	}
	if !o.Until.IsZero() {
		w.To = millis(o.Until) - 1
	}
	return func(yield func(EventID, Event) bool) { v.tell(defs, id, w, o.NewestFirst, yield) }, nil
}

// An eventWalk is a walk that knows whether there is an event.
type eventWalk struct {
	behaviour.Walk
	def  *eventDef
	more bool
}

// tell merges the walks over the events of some types.
func (v *View) tell(defs []*eventDef, id ID, w behaviour.Window, newest bool, yield func(EventID, Event) bool) {
	var walks []*eventWalk
	for i := range v.st.schema.events { // in their order, each once
		for _, d := range defs {
			h := v.st.history(d)
			if d.index != i || h == nil {
				continue
			}
			walk := &eventWalk{Walk: h.Ascend(uint32(id), w), def: d}
			if newest {
				walk.Walk = h.Descend(uint32(id), w)
			}
			walk.more = walk.Next()
			walks = append(walks, walk)
			break
		}
	}
	for {
		var next *eventWalk
		for _, walk := range walks {
			if walk.more && (next == nil || !newest && walk.Time() < next.Time() || newest && walk.Time() >= next.Time()) {
				next = walk
			}
		}
		if next == nil || !yield(v.event(next)) {
			return
		}
		next.more = next.Next()
	}
}

// event returns the event that a walk is at.
func (v *View) event(w *eventWalk) (EventID, Event) {
	is := w.ID()
	ev := Event{Type: w.def.name, At: instant(is.Time), Attrs: make(Values)}
	for _, a := range w.def.attrs.fields {
		if x := attribute(v.st.events[w.def.index], a, w.Value(a.index)); a.visible() && !x.Missing() {
			ev.Attrs[a.name] = x.Any()
		}
	}
	return EventID{w.def.name, ID(is.Contact), ev.At, is.Tie}, ev
}

// EventCounts returns how many events of each type a contact has, by the names of the
// types it has any of.
func (v *View) EventCounts(id ID) map[string]int {
	counts := make(map[string]int)
	for h := range v.st.schema.EventTypes() {
		if n := v.EventsOf(h).Count(id, EverWindow); n > 0 {
			counts[h.Name()] = n
		}
	}
	return counts
}

// An EventWindow is a span of time in milliseconds since 1970 UTC: later than After, up to
// To, which is in it.
type EventWindow = behaviour.Window

// EverWindow is the window of all times, the future included.
var EverWindow = behaviour.Always

// An EventValue is the value of an attribute in the form that tests look at: 0 if there is
// none. It is good for the version it comes from and those after it.
type EventValue = behaviour.Value

// An EventTest is a question about one attribute of an event: see [EventView.Test].
type EventTest = behaviour.Test

// An EventSummary tells about the events of one contact that count for a query.
type EventSummary = behaviour.Summary

// An EventWalk goes through events of one contact.
type EventWalk = behaviour.Walk

// A Timeline goes through the events of all contacts in the order of time.
type Timeline = behaviour.Timeline

// An EventQuery says which events count: those in the window that pass every test. It may
// be used by any number of goroutines at the same time.
type EventQuery struct {
	Window EventWindow
	Tests  []EventTest
	// Keep is asked about the event that a walk is at, of those that pass every test; nil
	// keeps all. It must answer the same for the same event, and may
	// be called by several goroutines at the same time.
	Keep func(EventWalk) bool
	// Among are the contacts whose answer is of interest, nil for all. Only what answers
	// with a set looks at it.
	Among *Set
}

func (q *EventQuery) query() behaviour.Query {
	return behaviour.Query{Window: q.Window, Tests: q.Tests, Keep: q.Keep}
}

// Counts reports whether the event that a walk is at passes the tests and is kept. The
// window is the walk's.
func (q *EventQuery) Counts(w *EventWalk) bool {
	b := q.query()
	return b.Counts(w)
}

// EventView is the events of one type in a [View]: the fast ways to read, for filters.
//
// EventView is immutable and safe for concurrent use.
type EventView struct {
	h     *behaviour.History
	attrs *Schema
}

var noHistory = behaviour.New()

// EventsOf returns the events of a type. There are none if the handle belongs to another
// schema or the type is newer than the version.
func (v *View) EventsOf(h EventHandle) EventView {
	d, err := v.st.schema.ownEvent(h)
	if err != nil {
		return EventView{noHistory, noAttributes}
	}
	if events := v.st.history(d); events != nil {
		return EventView{events, d.attrs}
	}
	return EventView{noHistory, noAttributes}
}

var noAttributes = &Schema{}

// Len returns the number of events.
func (e EventView) Len() int { return e.h.Len() }

// Ever returns the contacts that have an event, of the past or of the future.
func (e EventView) Ever() Set { return Set{e.h.Ever()} }

// attr returns the place of an attribute, -1 if it is none of this type.
func (e EventView) attr(f Field) int {
	a, err := e.attrs.own(f)
	if err != nil {
		return -1
	}
	return a.index
}

// Texts iterates over the texts that events have in a text attribute, as written and in
// the form they are compared in, with the values for tests.
func (e EventView) Texts(f Field) iter.Seq2[EventValue, [2]string] {
	return func(yield func(EventValue, [2]string) bool) {
		words := e.h.Texts(e.attr(f))
		if words == nil {
			return
		}
		for code := uint32(1); int(code) <= words.Len(); code++ {
			written, folded := words.Both(code)
			if e.h.Used(e.attr(f), behaviour.Text(code)) && !yield(behaviour.Text(code), [2]string{written, folded}) {
				return
			}
		}
	}
}

// Find returns the values that events have in a text attribute and whose texts have a folded form, see [Fold];
// an exact attribute compares texts as written.
func (e EventView) Find(f Field, folded string) (values []EventValue) {
	if words := e.h.Texts(e.attr(f)); words != nil {
		words.Find(folded, func(code uint32) bool {
			if e.h.Used(e.attr(f), behaviour.Text(code)) {
				values = append(values, behaviour.Text(code))
			}
			return true
		})
	}
	return values
}

// Value returns a value as the host knows it. A text that no event has is missing.
func (e EventView) Value(f Field, v EventValue) Value {
	a, err := e.attrs.own(f)
	if words := e.h.Texts(e.attr(f)); err != nil || words != nil && (int(v.Code()) > words.Len() || !e.h.Used(a.index, v)) {
		return Value{}
	}
	return attribute(e.h, a, v)
}

// Count returns the number of events of a contact in a window.
func (e EventView) Count(id ID, w EventWindow) int { return e.h.Count(uint32(id), w) }

// CountUpTo returns how many events of a contact count, and stops at most.
func (e EventView) CountUpTo(id ID, q *EventQuery, most int) int {
	b := q.query()
	return e.h.CountUpTo(uint32(id), &b, most)
}

// Latest returns the time in milliseconds of the n-th latest event of a contact that
// counts, n = 1 being the last, and false if there are not that many.
func (e EventView) Latest(id ID, q *EventQuery, n int) (at int64, ok bool) {
	b := q.query()
	is, ok := e.h.Latest(uint32(id), &b, n)
	return is.Time, ok
}

// First returns the time in milliseconds of the first event of a contact that counts, and
// false if none does.
func (e EventView) First(id ID, q *EventQuery) (at int64, ok bool) {
	b := q.query()
	is, ok := e.h.First(uint32(id), &b)
	return is.Time, ok
}

// Summarize returns what there is to say about the events of a contact that count. f is
// the attribute of numbers to add up, the zero Field for none.
func (e EventView) Summarize(id ID, q *EventQuery, f Field) EventSummary {
	b := q.query()
	return e.h.Summarize(uint32(id), &b, e.attr(f))
}

// Ascend returns the walk over a contact's events in a window, the oldest first.
func (e EventView) Ascend(id ID, w EventWindow) EventWalk { return e.h.Ascend(uint32(id), w) }

// Descend returns the walk over a contact's events in a window, the latest first.
func (e EventView) Descend(id ID, w EventWindow) EventWalk { return e.h.Descend(uint32(id), w) }

// AtLeast returns the contacts of whose events at least n count, n being 1 or more: a set
// that stays good as long as the View may be kept.
func (e EventView) AtLeast(q *EventQuery, n int) Set {
	b := q.query()
	if q.Among != nil {
		if b.Among = q.Among.ids; q.Among.Len() == 0 {
			return Set{}
		}
	}
	return Set{e.h.AtLeast(&b, n)}
}

// Having returns the contacts for whose events that count keep returns true; contacts of
// which none counts are not asked. f is the attribute of numbers to add up, the zero Field
// for none. The summary is good until keep returns.
func (e EventView) Having(q *EventQuery, f Field, keep func(id ID, s *EventSummary) bool) Set {
	b := q.query()
	if q.Among != nil {
		if b.Among = q.Among.ids; q.Among.Len() == 0 {
			return Set{}
		}
	}
	return Set{e.h.Having(&b, e.attr(f), func(contact uint32, s *EventSummary) bool { return keep(ID(contact), s) })}
}

// Timeline returns the walk over all events in a window in the order of time: what the
// clock needs. Its first event later than a time is the next that falls due.
func (e EventView) Timeline(w EventWindow) Timeline { return e.h.Timeline(w) }

// CountAll returns the number of events of all contacts in a window.
func (e EventView) CountAll(w EventWindow) int { return e.h.CountAll(w) }
