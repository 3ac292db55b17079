package filter

import (
	"iter"
	"math"
	"time"

	"github.com/rosterdb/roster/contact"
)

// eventWindow returns the window of the events whose times are in a span.
func eventWindow(s contact.Span) contact.EventWindow {
	return contact.EventWindow{After: int64(s.Lo) - 1, To: int64(s.Hi)}
}

// values iterates over what the limit may come to in a span, with the rows.
func (l *Limit) values(v *contact.View, s contact.Span) iter.Seq2[contact.ID, float64] {
	if l.of.over != OverEvents {
		return v.Between(l.of.field, s.Lo, s.Hi)
	}
	return func(yield func(contact.ID, float64) bool) {
		for t := v.EventsOf(l.of.event).Timeline(eventWindow(s)); t.Next(); {
			if !yield(contact.ID(t.Contact()), float64(t.Time())) {
				return
			}
		}
	}
}

// Ahead iterates over the values that a row of a version has and that the limit may pass
// after an instant: one at most, or if they are the times of events, any number in their
// order.
func (l *Limit) Ahead(v *contact.View, row contact.ID, after time.Time) iter.Seq[float64] {
	return func(yield func(float64) bool) {
		if l.of.over != OverEvents {
			if x, ok := v.NumberOf(row, l.of.field); ok {
				yield(x)
			}
			return
		}
		for w := l.eventsAhead(v, row, nowMillis(after)); w.Next(); {
			if !yield(float64(w.Time())) {
				return
			}
		}
	}
}

// eventsAhead returns the walk over the events of a contact that the limit may pass after
// an instant.
func (l *Limit) eventsAhead(v *contact.View, row contact.ID, after int64) contact.EventWalk {
	s := l.span(after, after)
	s.Hi = lastMoment
	return v.EventsOf(l.of.event).Ascend(row, eventWindow(s))
}

// ahead returns a value up to which about n values lie above another, +Inf if there are
// no more.
func (l *Limit) ahead(v *contact.View, above float64, n int) float64 {
	if l.of.over != OverEvents {
		return v.Ahead(l.of.field, above, n)
	}
	t := v.EventsOf(l.of.event).Timeline(eventWindow(contact.Span{Lo: above + 1, Hi: lastMoment}))
	for range n {
		if !t.Next() {
			return math.Inf(1)
		}
	}
	return float64(t.Time())
}
