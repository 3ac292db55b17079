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
	grows := q.grows()
	limits := func(c *counted) {
		c.limits(q.rules, func(l *Limit, comes bool) {
			l.reads, l.turns = c.read, turnsAll
			switch {
			case !grows || l.Returns():
			case comes:
				l.turns = turnsTrue
			default:
				l.turns = turnsFalse
			}
			yield(l)
		})
	}
	limits(q.events)
	if q.then != nil {
		limits(q.then)
	}
}

// limits calls yield with the limits of some events, and with whether an event comes to
// count when one that goes forward passes it, or counts no more.
func (q *counted) limits(r *rules, yield func(l *Limit, comes bool)) {
	of := subject{over: OverEvents, event: q.of}
	yield(r.limit(Condition{op: LessEqual}, nowValue, of, true), true)
	r.limits(q.when, of, func(l *Limit) {
		switch {
		case q.when.op == Within && l.key.upper: // the end of a window is now
		case q.when.op == Less:
			yield(l, true)
		case q.when.op == Greater:
			yield(l, false)
		default:
			yield(l, l.key.upper)
		}
	})
}

// turns is what becomes of an answer.
type turns uint8

const (
	turnsTrue turns = 1 << iota
	turnsFalse
	turnsAll = turnsTrue | turnsFalse
)

// negated returns what becomes of the answer's complement.
func (t turns) negated() turns { return t>>1&turnsTrue | t<<1&turnsFalse }

// Turns reports whether the program's answer about a contact may become true, and whether
// it may become false, because the limit comes to an event of the contact: in a window that
// an event leaves, `at least 3 times` can only become false. If the answer changes at an
// instant, a limit that may turn it so comes to the contact then. Both are true of limits
// that do not come to events.
func (l *Limit) Turns() (toTrue, toFalse bool) {
	return l.turns&turnsTrue != 0, l.turns&turnsFalse != 0
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
