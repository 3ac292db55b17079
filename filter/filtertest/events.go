package filtertest

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// An EventGenerator makes histories, and filters on what contacts did, that fit each
// other and the filters and contacts of the [Generator] it comes from.
//
// It must not be used by more than one goroutine at a time, nor while its Generator is.
type EventGenerator struct {
	of    *Generator
	types map[string]*contact.Schema
	inner map[string]*Generator // of the attributes of each type
	times []time.Time           // given to events
}

// eventNames are names of types of events, some of which are words elsewhere.
var eventNames = []string{"page.hit", "purchase", "login", "then", "a b", "not"}

// Events returns a generator of a few types of events.
func (g *Generator) Events() *EventGenerator {
	e := &EventGenerator{of: g, types: map[string]*contact.Schema{}, inner: map[string]*Generator{}}
	first := g.choose(len(eventNames))
	for i := range 2 + g.choose(2) {
		name := eventNames[(first+i)%len(eventNames)]
		parts := []contact.Part{contact.Number("amount"), contact.Text("url")}
		for _, p := range []contact.Part{contact.Text("code").Exact(), contact.Bool("where"), contact.Number("first")} {
			if g.choose.chance(2) {
				parts = append(parts, p)
			}
		}
		schema := contact.MustSchema(parts...)
		e.types[name] = schema
		e.inner[name] = &Generator{choose: g.choose, zone: g.zone, inScope: true}
		e.inner[name].adopt(schema)
	}
	base := g.Moment().UnixMilli()
	e.times = []time.Time{time.UnixMilli(min(max(base, 10*dayMillis), maxMillis-400*dayMillis)).UTC()}
	return e
}

// Types returns the attributes of the events of each type.
func (e *EventGenerator) Types() map[string]*contact.Schema { return maps.Clone(e.types) }

const dayMillis = 86_400_000

// moment returns an instant that is close to one that has been given out, often as far
// from it as a window or a gap is long.
func (e *EventGenerator) moment() time.Time {
	g := e.of
	t := oneOf(g.choose, e.times)
	steps := []time.Duration{0, 24 * time.Hour, -24 * time.Hour, time.Hour, -time.Hour, -7 * 24 * time.Hour, 7 * 24 * time.Hour, time.Duration(g.choose(dayMillis)) * time.Millisecond}
	t = t.Add(oneOf(g.choose, steps))
	if g.choose.chance(6) {
		t = t.AddDate(0, oneOf(g.choose, []int{1, -1, 2}), 0)
	}
	t = t.Add(time.Duration(oneOf(g.choose, []int{0, 0, 0, 1, -1})) * time.Millisecond)
	return time.UnixMilli(min(max(t.UnixMilli(), 0), maxMillis)).UTC()
}

// Setting is [Generator.Setting] at a moment close to what happens.
func (e *EventGenerator) Setting() Setting {
	s := e.of.Setting()
	s.Now = e.moment()
	return s
}

// names returns the types in a fixed order.
func (e *EventGenerator) names() []string { return slices.Sorted(maps.Keys(e.types)) }

// Event returns a new event, now and then at the time of another one.
func (e *EventGenerator) Event() Event {
	g := e.of
	name := oneOf(g.choose, e.names())
	at := e.moment()
	if g.choose.chance(4) {
		at = oneOf(g.choose, e.times)
	}
	if len(e.times) < 40 {
		e.times = append(e.times, at)
	}
	return Event{Type: name, At: at, Attrs: e.inner[name].Contact()}
}

// History returns what one contact did, perhaps nothing.
func (e *EventGenerator) History() History {
	h := History{Types: e.types}
	for range e.of.choose(oneOf(e.of.choose, []int{3, 8, 20})) {
		h.Events = append(h.Events, e.Event())
	}
	return h
}

// Filter returns a filter with at least one term on behaviour, beside what
// [Generator.Term] makes.
func (e *EventGenerator) Filter(depth int) filter.Filter {
	g := e.of
	terms := []filter.Term{e.Behaviour()}
	for range g.choose(3) {
		t := e.Behaviour()
		if g.choose.chance(3) {
			t = g.Term(depth)
		}
		if g.choose.chance(3) {
			terms = []filter.Term{filter.Not(filter.Or(filter.And(terms...), t))}
		} else {
			terms = append(terms, t)
		}
	}
	if g.choose.chance(2) {
		return filter.Must(filter.And(terms...))
	}
	return filter.Must(filter.Or(terms...))
}

// Behaviour returns a term on behaviour of any kind, negated now and then.
func (e *EventGenerator) Behaviour() filter.Term {
	g := e.of
	events := e.events()
	if g.choose.chance(2) {
		events = events.When(e.period())
	}
	t := e.about(events)
	if g.choose.chance(4) {
		t = filter.Not(t)
	}
	return t
}

// about returns what is said of events.
func (e *EventGenerator) about(events filter.Events) filter.Term {
	g := e.of
	inner := e.inner[events.Type()]
	switch g.choose(9) {
	case 0, 1:
		return events.Times(e.quantity())
	case 2:
		return events.OnDays(e.quantity())
	case 3:
		return events.Different(oneOf(g.choose, inner.sources).field.Name(), e.quantity())
	case 4, 5:
		gap := ""
		if !g.choose.chance(4) {
			gap = e.count()
		}
		sequence := events.Then(e.events(), gap)
		if g.choose.chance(2) {
			sequence = sequence.Without(e.events())
		}
		return sequence
	case 6:
		of := oneOf(g.choose, []func(filter.Events, filter.Condition) filter.Behaviour{filter.Events.Sum, filter.Events.Average, filter.Events.Min, filter.Events.Max, filter.Events.Count})
		return of(events, e.number(inner))
	case 7:
		return oneOf(g.choose, []func(filter.Events) filter.Behaviour{filter.Events.First, filter.Events.Last})(events.When(e.period()))
	}
	c := inner.Condition()
	return oneOf(g.choose, []func(filter.Events, filter.Condition) filter.Behaviour{filter.Events.OfFirst, filter.Events.OfLast})(events, c)
}

// events returns the events of a type, or some of them.
func (e *EventGenerator) events() filter.Events {
	name := oneOf(e.of.choose, e.names())
	events := filter.EventsOf(name)
	if e.of.choose.chance(2) {
		events = events.Where(e.inner[name].anyOf(1))
	}
	return events
}

func (e *EventGenerator) quantity() filter.Quantity {
	n := 1 + e.of.choose(oneOf(e.of.choose, []int{3, 6}))
	return oneOf(e.of.choose, []filter.Quantity{filter.AtLeast(n), filter.AtMost(n - 1), filter.Exactly(n - 1)})
}

// count returns a number of units such as "7 days", mostly as long as from one event to
// another.
func (e *EventGenerator) count() string {
	g := e.of
	if g.choose.chance(2) {
		return oneOf(g.choose, []string{"1 day", "7 days", "1 week", "24 hours", "168 hours", "1 hour", "1 month"})
	}
	return strconv.Itoa(g.choose(40)) + " " + oneOf(g.choose, slices.Concat(dayUnits, exactUnits))
}

func (e *EventGenerator) period() filter.Period {
	g := e.of
	date := func() filter.Value {
		t := e.moment()
		switch g.choose(3) {
		case 0:
			return filter.DateTime(t)
		case 1:
			return g.relative(true)
		}
		return dateValue(contact.DayIn(t.In(g.zone)))
	}
	switch g.choose(8) {
	case 0, 1:
		return filter.During("the last " + e.count())
	case 2:
		return filter.Since(date())
	case 3:
		return filter.After(date())
	case 4:
		return filter.Before(date())
	case 5:
		return filter.Until(date())
	case 6:
		return filter.On(date())
	}
	return filter.FromTo(date(), date())
}

// number returns a comparison of what is made of a number.
func (e *EventGenerator) number(inner *Generator) filter.Condition {
	g := e.of
	s := inner.sources[slices.IndexFunc(inner.sources, func(s *source) bool { return s.field.Kind() == contact.KindNumber })]
	if last := inner.sources[len(inner.sources)-1]; last.field.Kind() == contact.KindNumber && g.choose.chance(2) {
		s = last
	}
	ops := slices.DeleteFunc(Operators(contact.KindNumber), func(op filter.Op) bool { return op == filter.Empty })
	op := oneOf(g.choose, ops)
	values := make([]filter.Value, 0, 3)
	for range map[filter.Op]int{filter.Between: 2, filter.In: 1 + g.choose(3)}[op] {
		values = append(values, e.near(s))
	}
	if len(values) == 0 {
		values = append(values, e.near(s))
	}
	return filter.NewCondition(s.field.Name(), op, values...)
}

// near returns a number that may be a count, or that an event has.
func (e *EventGenerator) near(s *source) filter.Value {
	if e.of.choose.chance(2) {
		return filter.Number(float64(e.of.choose(5)))
	}
	return e.of.operand(s)
}
