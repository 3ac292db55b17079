package filter_test

import (
	"strconv"

	"github.com/rosterdb/roster/filter"
)

// events makes events, with a filter now and then.
func (g gen) events(depth int) filter.Events {
	e := filter.EventsOf(g.field())
	if depth > 0 && g.IntN(2) == 0 {
		e = e.Where(g.term(depth - 1))
	}
	return e
}

// date makes an operand of a period.
func (g gen) date() filter.Value {
	for {
		if v := g.value(); v.Kind() >= filter.DateValue && v.Kind() <= filter.RelativeDateTimeValue {
			return v
		}
	}
}

func (g gen) period() filter.Period {
	unit := pick(g, "days", "day", "week", "months", "hours", "seconds")
	return pick(g, filter.During("the last "+strconv.Itoa(g.IntN(400))+" "+unit), filter.Since(g.date()), filter.After(g.date()),
		filter.Before(g.date()), filter.Until(g.date()), filter.On(g.date()), filter.FromTo(g.date(), g.date()))
}

// about makes a condition on an attribute, or on a number made of it.
func (g gen) about(numbers bool) filter.Condition {
	for {
		c, ok := g.condition().(filter.Condition)
		switch {
		case !ok || c.Op().OnSegments() || c.Part() != 0 || c.Op() == filter.Within || c.Op() == filter.Anniversary:
			continue
		case !numbers:
			return c
		case c.Op() > filter.In:
			continue
		}
		values := make([]filter.Value, c.Len())
		for i := range values {
			values[i] = filter.Number(float64(g.IntN(1000)-500) / 4)
		}
		return filter.NewCondition(c.Field(), c.Op(), values...)
	}
}

// behaviour makes a term on behaviour of any kind.
func (g gen) behaviour(depth int) filter.Term {
	e := g.events(depth)
	if g.IntN(2) == 0 {
		e = e.When(g.period())
	}
	n := pick(g, 1, 2, 3, 999_999_999, 1+g.IntN(100))
	q := pick(g, filter.AtLeast(n), filter.AtMost(n-1), filter.Exactly(n-1), filter.Exactly(n))
	var t filter.Term
	switch g.IntN(13) {
	case 0, 1:
		t = e.Times(q)
	case 2:
		t = e.OnDays(q)
	case 3:
		t = e.Different(g.field(), q)
	case 4, 5:
		s := e.Then(g.events(depth), pick(g, "", strconv.Itoa(g.IntN(99))+" "+pick(g, "days", "hours", "month", "seconds")))
		if t = s; g.IntN(2) == 0 {
			t = s.Without(g.events(depth))
		}
	case 6:
		t = pick(g, filter.Events.Sum, filter.Events.Average, filter.Events.Min, filter.Events.Max, filter.Events.Count)(e, g.about(true))
	case 7:
		t = pick(g, filter.Events.Did, filter.Events.NeverDid)(e)
	case 8, 9:
		t = pick(g, filter.Events.First, filter.Events.Last)(e.When(g.period()))
	default:
		t = pick(g, filter.Events.OfFirst, filter.Events.OfLast)(e, g.about(false))
	}
	if g.IntN(2) == 0 {
		return filter.Not(t)
	}
	return t
}

// rebuildBehaviour makes the positive form of b again from what its methods hand out.
func rebuildBehaviour(b filter.Behaviour) filter.Term {
	events := func(e filter.Events) filter.Events {
		again := filter.EventsOf(e.Type()).When(filter.Period{})
		if !e.Filter().IsZero() {
			again = again.Where(rebuild(e.Filter()))
		}
		if p := e.Period(); !p.IsZero() {
			var values []filter.Value
			for v := range p.Values() {
				values = append(values, v)
			}
			again = again.When(filter.PeriodOf(p.Op(), values...))
		}
		return again
	}
	e := events(b.Events())
	n, exactly := b.Quantity()
	q := filter.AtLeast(n)
	if exactly {
		q = filter.Exactly(n)
	}
	c := b.Condition()
	if c.Op() != 0 {
		var values []filter.Value
		for v := range c.Values() {
			values = append(values, v)
		}
		c = filter.NewCondition(c.Field(), c.Op(), values...)
	}
	switch b.Kind() {
	case filter.DidTimes:
		return e.Times(q)
	case filter.DidOnDays:
		return e.OnDays(q)
	case filter.DidDifferent:
		return e.Different(b.Attribute(), q)
	case filter.DidThen:
		then, _ := b.Then()
		s := e.Then(events(then), b.Gap())
		if without, ok := b.Between(); ok {
			s = s.Without(events(without))
		}
		return s
	case filter.FirstTime:
		return e.First()
	case filter.LastTime:
		return e.Last()
	}
	return map[filter.BehaviourKind]func(filter.Condition) filter.Behaviour{
		filter.SumOf: e.Sum, filter.AverageOf: e.Average, filter.MinOf: e.Min, filter.MaxOf: e.Max, filter.CountOf: e.Count,
		filter.OfFirst: e.OfFirst, filter.OfLast: e.OfLast,
	}[b.Kind()](c)
}
