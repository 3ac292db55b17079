package filter

import (
	"slices"

	"github.com/rosterdb/roster/contact"
)

// nowValue is now as a relative date.
var nowValue = relative{form: formNow}.value()

// limits calls yield with the limits of a term on behaviour: an event comes to count when
// it is its time, and as a period moves, it comes into it and falls out of it. The events
// that must not come between two others change nothing by their time alone: the later of
// the two has its time after them.
func (q *behaviourQuestion) limits(yield func(*Limit)) {
	q.events.limits(q.rules, yield)
	if q.then != nil {
		q.then.limits(q.rules, yield)
	}
}

func (q *counted) limits(r *rules, yield func(*Limit)) {
	of := subject{over: OverEvents, event: q.of}
	yield(r.limit(Condition{op: LessEqual}, nowValue, of, true).reading(q.read))
	r.limits(q.when, of, func(l *Limit) {
		if q.when.op != Within || !l.key.upper { // the end of a window is now
			yield(l.reading(q.read))
		}
	})
}

// reading returns the limit of some of the events.
func (l *Limit) reading(r EventRead) *Limit {
	l.reads = r
	return l
}

// Reads returns what the program reads of the events whose times the limit comes to: when
// it comes to another one, no answer changes.
func (l *Limit) Reads() EventRead { return l.reads }

// joined returns what is read by either of two limits of one type of event.
func (r EventRead) joined(other EventRead) EventRead {
	if r.Attribute.IsZero() || other.Attribute.IsZero() || r.Attribute.Index() != other.Attribute.Index() {
		return EventRead{Event: r.Event}
	}
	words := distinct(slices.Concat(r.Words, other.Words))
	if len(words) > mostReadWords {
		return EventRead{Event: r.Event}
	}
	r.Words = words
	return r
}

// next returns the first instant after now at which the answer for a contact changes. It
// asks at each instant at which one of the limits passes an event of the contact.
func (q *behaviourQuestion) next(v *contact.View, id contact.ID, now int64) (int64, bool) {
	var times []int64
	q.limits(func(l *Limit) {
		clock := l.clock(v, id)
		for w := l.eventsAhead(v, id, now); w.Next(); {
			x := float64(w.Time())
			for t, ok := l.next(clock, x, now); ok; t, ok = l.next(clock, x, t) {
				times = append(times, t)
			}
		}
	})
	slices.Sort(times)
	was := q.at(now).match(nil, v, id)
	for _, t := range slices.Compact(times) {
		if q.at(t).match(nil, v, id) != was {
			return t, true
		}
	}
	return 0, false
}
