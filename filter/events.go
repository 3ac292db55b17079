package filter

import (
	"errors"
	"unicode/utf8"
)

// Events says which events are meant: those of a type for which a filter over their
// attributes holds, in a period. Its methods make terms of what a contact did, each a
// [Behaviour]:
//
//	filter.EventsOf("page.hit").Where(filter.Field("url").Contains("/pricing")).
//		When(filter.During("the last 30 days")).Times(filter.AtLeast(3))
//
// What is wrong with it is reported by [New]. An Events is immutable and safe for
// concurrent use.
type Events struct {
	name   string
	where  Filter // over the attributes of one and the same event; zero for all
	period Period
}

// EventsOf returns the events of a type, whose name is written as that of a field.
func EventsOf(name string) Events { return Events{name: name} }

// Where returns those of the events for which t holds, beside what they are asked
// already. t is made of conditions on attributes, which are called by their names alone;
// what else is in it is refused by [Check].
func (e Events) Where(t Term) Events {
	f := Or(t).(Nested).filter
	if e.where.groups != nil {
		f = Or(And(Nest(e.where), t)).(Nested).filter
	}
	e.where = f
	return e
}

// When returns those of the events that lie in a period, in place of the period that
// they had to lie in.
func (e Events) When(p Period) Events {
	e.period = p
	return e
}

// Type returns the name of the type.
func (e Events) Type() string { return e.name }

// Filter returns the filter over the attributes of an event, the zero Filter if there is
// none or [New] would refuse it.
func (e Events) Filter() Filter { return Nested{filter: e.where}.Filter() }

// Period returns the period in which the events lie.
func (e Events) Period() Period { return e.period }

// Equal reports whether e and other are spelled the same.
func (e Events) Equal(other Events) bool {
	return e.name == other.name && e.where.Equal(other.where) && e.period.Equal(other.period)
}

// String returns e as it stands in filter text.
func (e Events) String() string { return string(e.period.appendTo(e.appendTo(nil))) }

// appendTo appends e without its period.
func (e Events) appendTo(b []byte) []byte {
	b = appendField(b, e.name)
	if !e.where.IsZero() {
		b = append(b, " where ("...)
		b = append(appendFilter(b, e.where), ')')
	}
	return b
}

// check returns what is wrong with e but for what is wrong inside its filter.
func (e Events) check() error {
	var err error
	if e.name == "" || !utf8.ValidString(e.name) {
		err = errors.New("an event type has a name of valid UTF-8 that is not empty")
	}
	return errors.Join(err, e.period.when.err)
}

// Did returns the term that there is such an event.
func (e Events) Did() Behaviour { return e.Times(AtLeast(1)) }

// NeverDid returns the term that there is no such event.
func (e Events) NeverDid() Behaviour { return e.Times(AtMost(0)) }

// Times returns the term on the number of such events.
func (e Events) Times(q Quantity) Behaviour { return e.counted(DidTimes, q) }

// OnDays returns the term on the number of different days on which there is such an
// event. Days are those that a calendar in the filter's zone shows.
func (e Events) OnDays(q Quantity) Behaviour { return e.counted(DidOnDays, q) }

// Different returns the term on the number of different values that such events have
// in an attribute. An event that has none does not count.
func (e Events) Different(attribute string, q Quantity) Behaviour {
	b := e.counted(DidDifferent, q)
	b.about.field = attribute
	return b
}

func (e Events) counted(kind BehaviourKind, q Quantity) Behaviour {
	b := Behaviour{kind: kind, events: e, not: q.not, err: q.err}
	if q.not = false; q.n == 0 && q.err == nil {
		b.err = errors.New("the zero Quantity is no quantity")
	}
	b.quantity = q
	return b
}

// Sum returns the term that a comparison with numbers holds of the sum of the attribute
// that the comparison names: EventsOf("purchase").Sum(Field("amount").AtLeast(100)).
// Over no event it is 0.
func (e Events) Sum(c Condition) Behaviour { return e.about(SumOf, c) }

// Average is [Events.Sum] for the average of the events that have the attribute. Over
// none it is missing.
func (e Events) Average(c Condition) Behaviour { return e.about(AverageOf, c) }

// Min is [Events.Average] for the smallest value.
func (e Events) Min(c Condition) Behaviour { return e.about(MinOf, c) }

// Max is [Events.Average] for the largest value.
func (e Events) Max(c Condition) Behaviour { return e.about(MaxOf, c) }

// Count is [Events.Sum] for the number of events that have the attribute.
func (e Events) Count(c Condition) Behaviour { return e.about(CountOf, c) }

// First returns the term that the first of the events, whenever it was, lies in the
// period of e. Without a period it is refused by [New].
func (e Events) First() Behaviour { return Behaviour{kind: FirstTime, events: e} }

// Last is [Events.First] for the last event.
func (e Events) Last() Behaviour { return Behaviour{kind: LastTime, events: e} }

// OfFirst returns the term that a condition on an attribute holds of the first of such
// events. If several share the time, it holds if it does of one of them; if there is
// none, the attribute is missing.
func (e Events) OfFirst(c Condition) Behaviour { return e.about(OfFirst, c) }

// OfLast is [Events.OfFirst] for the last event.
func (e Events) OfLast(c Condition) Behaviour { return e.about(OfLast, c) }

func (e Events) about(kind BehaviourKind, c Condition) Behaviour {
	b := Behaviour{kind: kind, events: e, not: c.not, about: c, err: c.err}
	b.about.not, b.about.err = false, nil
	if b.err == nil {
		b.err = checkAbout(kind, c)
	}
	return b
}

// Then returns the term that such an event is followed, strictly later, by one of
// others, within a gap such as "7 days", or at any time if the gap is "". The second one
// comes less than the gap after the first: before the same time of day that many days
// later by a clock on the wall in the filter's zone, or exactly for hours, minutes and
// seconds. The other events have no period.
func (e Events) Then(next Events, gap string) Behaviour {
	b := Behaviour{kind: DidThen, events: e, then: &next}
	if gap != "" {
		b.gap, b.err = parseGap(gap)
	}
	return b
}
