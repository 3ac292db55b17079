package filter

import (
	"slices"

	"github.com/rosterdb/roster/contact"
)

// A behaviourQuestion is the positive form of a term on behaviour, as it is asked at a
// time. It is never changed.
type behaviourQuestion struct {
	*rules
	term   Behaviour
	events *counted
	then   *counted       // of a sequence
	but    *counted       // of a sequence: what must not come between; nil for nothing
	attr   contact.Field  // that is asked about; zero for none
	about  *leaf          // the condition on the attribute of one event, asked by ask
	ask    question       //
	spans  []contact.Span // that what is made of the attribute has to lie in
	empty  bool           // the answer for who has no event that counts
	now    int64
	timed  bool  // now is known
	common asked // by the filter's clock, if it is
}

// asked is a time at which a term is asked, by a clock.
type asked struct {
	moment
	period contact.EventWindow
}

// behaviour compiles a term on behaviour.
func (c *compiler) behaviour(b Behaviour, negate bool) node {
	p := c.program
	q := &behaviourQuestion{rules: p.rules, term: b.positive(), events: c.counted(b.events), now: p.now, timed: p.timed}
	if b.then != nil {
		q.then = c.counted(*b.then)
	}
	if b.without != nil {
		q.but = c.counted(*b.without)
	}
	if b.about.field != "" {
		q.attr, _ = attributeOf(q.events.of.Attributes(), b.about.field)
	}
	switch {
	case b.kind.aggregated():
		q.spans = newInSpans(contact.Field{}, moment{}.spans(b.about, contact.KindNumber)).spans
	case b.kind.ofOne():
		inner := compiler{schema: q.events.of.Attributes(), program: &Program{rules: p.rules}}
		q.about, q.ask = inner.condition(b.about, false).leaf, inner.program.asks[0]
		if c.err == nil {
			c.err = inner.err
		}
	}
	q.empty = holdsOfNothing(q.term)
	l := &leaf{index: len(p.leaves), did: q, negate: b.not != negate}
	p.leaves, p.asks, p.relative = append(p.leaves, l), append(p.asks, q), true
	return node{id: c.nextID(), leaf: l}
}

// behaviour returns the term as the program asks it: negations around it count.
func (l *leaf) behaviour() Behaviour {
	b := l.did.term
	b.not = l.negate
	return b
}

// at returns the question as it is asked at an instant.
func (q *behaviourQuestion) at(now int64) *behaviourQuestion {
	at := *q
	at.now, at.timed = now, true
	at.common = q.askedAt(q.clock, now)
	return &at
}

func (q *behaviourQuestion) askedAt(clock *wallClock, now int64) asked {
	m := q.moment(clock, now)
	return asked{m, q.events.period(m)}
}

// parts returns the events that the term names.
func (q *behaviourQuestion) parts() []*counted {
	return slices.DeleteFunc([]*counted{q.events, q.then, q.but}, func(c *counted) bool { return c == nil })
}

// zonal reports whether the answer depends on a time zone.
func (b Behaviour) zonal() bool {
	return b.kind == DidOnDays || !b.gap.unit.exact() || isZonal(b.events.period.when, contact.KindDateTime)
}

// dated reports whether the answer depends on a calendar.
func (b Behaviour) dated() bool { return b.zonal() || isRelative(b.events.period.when) }

// after returns the instant before which what comes within the gap after another instant
// lies.
func (g gap) after(m moment, t int64) int64 {
	switch {
	case g.unit == noUnit:
		return m.now + 1
	case g.unit.exact():
		return t + g.n*g.unit.millis()
	}
	return m.clock.shift(t, g.unit, g.n)
}

// ownClock reports whether each contact is asked by its own clock.
func (q *behaviourQuestion) ownClock() bool { return q.own != nil && q.term.zonal() }

// surveyOf returns the survey of one contact, by its clock. It is returned by value, so
// that asking a contact takes no memory for it.
func (q *behaviourQuestion) surveyOf(v *contact.View, id contact.ID) survey {
	if q.ownClock() {
		return q.surveyAt(v, id, q.now)
	}
	return q.survey(v, q.common)
}

// surveyAt is surveyOf at any instant.
func (q *behaviourQuestion) surveyAt(v *contact.View, id contact.ID, now int64) survey {
	clock := q.clock
	if q.ownClock() {
		clock = q.clockOf(v, id)
	}
	return q.survey(v, q.askedAt(clock, now))
}

// match asks one contact.
func (q *behaviourQuestion) match(_ *Program, v *contact.View, id contact.ID) bool {
	if !q.timed {
		return false
	}
	s := q.surveyOf(v, id)
	return s.holds(id)
}

// probe finds contacts by the sets that answer, or finds candidates by these and asks them
// when their turn comes.
func (q *behaviourQuestion) probe(r *run) (contact.Probe, error) {
	v := r.view
	switch {
	case !q.timed:
		return contact.Probe{}, ErrNoTime
	case q.ownClock():
		return contact.ProbeAsked(v.EventsOf(q.events.of).Ever(), q.empty, func(id contact.ID) bool { return q.match(nil, v, id) }), nil
	}
	i, err := q.surveyAll(r.ctx, v, q.common)
	if err != nil {
		return contact.Probe{}, err
	}
	n := int(q.term.quantity.n)
	switch kind := q.term.kind; {
	case kind == DidTimes && q.term.quantity.exactly:
		return contact.ProbeSet(i.first.atLeast(n).AndNot(i.first.atLeast(n + 1))), nil
	case kind == DidTimes:
		return contact.ProbeSet(i.first.atLeast(n)), nil
	case kind == DidOnDays || kind == DidDifferent:
		return contact.ProbeAsked(i.first.atLeast(n), false, i.holds), nil
	case kind == DidThen:
		return contact.ProbeAsked(i.first.atLeast(1).And(i.second.atLeast(1)), false, i.holds), nil
	case kind == FirstTime || kind == LastTime:
		return contact.ProbeSet(i.extremes()), nil
	case kind.ofOne() || q.summed().IsZero():
		return contact.ProbeAsked(i.first.atLeast(1), q.empty, i.holds), nil
	}
	others := i.first.view.Having(&i.first.query, q.attr, func(_ contact.ID, s *contact.EventSummary) bool {
		return q.lies(q.numberOf(s)) != q.empty
	})
	if q.empty {
		return v.ProbeOutside(others), nil
	}
	return contact.ProbeSet(others), nil
}
