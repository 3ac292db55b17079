package filter

import (
	"context"
	"math"
	"time"

	"github.com/rosterdb/roster/contact"
)

// A survey is a question on behaviour that is put to contacts of a version at a moment.
type survey struct {
	*behaviourQuestion
	asked
	first, second, between surveyed // the latter two of a sequence
}

// surveyed is which events of a version count.
type surveyed struct {
	view  contact.EventView
	query contact.EventQuery
}

// survey returns the survey for few contacts.
func (q *behaviourQuestion) survey(v *contact.View, a asked) survey {
	s := survey{behaviourQuestion: q, asked: a}
	s.first = q.events.survey(v, q.window(&a))
	if q.then != nil {
		s.second = q.then.survey(v, upTo(a.now))
	}
	if q.but != nil {
		s.between = q.but.survey(v, upTo(a.now))
	}
	return s
}

// surveyAll returns the survey for all contacts. It asks every distinct text, and looks
// at the context meanwhile.
func (q *behaviourQuestion) surveyAll(ctx context.Context, v *contact.View, a asked) (s *survey, err error) {
	s = &survey{behaviourQuestion: q, asked: a}
	if s.first, err = q.events.surveyAll(ctx, v, q.window(&a)); err != nil {
		return nil, err
	}
	if q.then != nil {
		if s.second, err = q.then.surveyAll(ctx, v, upTo(a.now)); err != nil {
			return nil, err
		}
	}
	if q.but != nil {
		s.between, err = q.but.surveyAll(ctx, v, upTo(a.now))
	}
	return s, err
}

// window returns where the events of the term lie, or where they are chosen from: of the
// first and the last of all, the period is asked afterwards.
func (q *behaviourQuestion) window(a *asked) contact.EventWindow {
	if q.term.kind == FirstTime || q.term.kind == LastTime {
		return upTo(a.now)
	}
	return a.period
}

// upTo returns the window of all times up to now.
func upTo(now int64) contact.EventWindow {
	return contact.EventWindow{After: math.MinInt64, To: now}
}

// atLeast returns the contacts that have n such events or more.
func (s *surveyed) atLeast(n int) contact.Set { return s.view.AtLeast(&s.query, n) }

// since returns the contacts that have such an event in a window.
func (s *surveyed) since(w contact.EventWindow) contact.Set {
	query := s.query
	query.Window = w
	return s.view.AtLeast(&query, 1)
}

// extremes returns the contacts of whom the first, or the last, event lies in the period:
// those who have one up to its end and none before it, or the other way round.
func (s *survey) extremes() contact.Set {
	w := s.period
	if s.term.kind == FirstTime {
		return s.first.since(upTo(w.To)).AndNot(s.first.since(upTo(w.After)))
	}
	now := s.moment.now
	return s.first.since(contact.EventWindow{After: w.After, To: now}).AndNot(s.first.since(contact.EventWindow{After: w.To, To: now}))
}

// holds asks one contact.
func (s *survey) holds(id contact.ID) bool {
	switch s.term.kind {
	case DidTimes:
		return s.enough(s.times(id, int(s.term.quantity.n)+1))
	case DidOnDays:
		return s.enough(s.days(id, int(s.term.quantity.n)+1))
	case DidDifferent:
		return s.enough(s.different(id, int(s.term.quantity.n)+1))
	case DidThen:
		return s.follows(id)
	case FirstTime, LastTime:
		at, ok := s.extreme(id)
		return ok && s.period.Holds(at)
	case OfFirst, OfLast:
		return s.ofOne(id)
	}
	return s.lies(s.number(id))
}

// enough reports whether a number is as large as the term asks for.
func (q *behaviourQuestion) enough(n int) bool {
	want := int(q.term.quantity.n)
	return n == want || n > want && !q.term.quantity.exactly
}

// times returns how many events there are, counting up to most.
func (s *survey) times(id contact.ID, most int) int {
	return s.first.view.CountUpTo(id, &s.first.query, most)
}

// extreme returns the time of the first or last of the events, whatever the period.
func (s *survey) extreme(id contact.ID) (at int64, ok bool) {
	if s.term.kind == FirstTime {
		return s.first.view.First(id, &s.first.query)
	}
	return s.first.view.Latest(id, &s.first.query, 1)
}

// days returns on how many days there is an event, counting up to most.
func (s *survey) days(id contact.ID, most int) (n int) {
	end := int64(math.MinInt64) // of the last day counted
	window, more := s.first.query.Window, 0
	for walk := s.first.walk(id); n < most && walk.next(); {
		switch t := walk.Time(); {
		case t >= end:
			end = s.moment.clock.begin(s.moment.clock.day(t) + 1)
			n, more = n+1, 0
		case more == manyOfDay: // perhaps of thousands
			window.After = end - 1
			walk.EventWalk = s.first.view.Ascend(id, window)
		default:
			more++
		}
	}
	return n
}

// manyOfDay events of a day that is counted already are stepped over before the next day is
// sought.
const manyOfDay = 32

// different returns how many values of the attribute there are, counting up to most.
func (s *survey) different(id contact.ID, most int) (n int) {
	var texts distinctSet[string]
	var values distinctSet[contact.EventValue]
	for walk := s.first.walk(id); n < most && walk.next(); {
		v := walk.Value(s.attr.Index())
		if !s.first.has(s.attr, v) || values.has(v) {
			continue
		}
		values.add(v)
		if _, folded, ok := s.first.view.Text(s.attr, v); ok {
			if texts.has(folded) {
				continue
			}
			texts.add(folded)
		}
		n++
	}
	return n
}

// has reports whether a value is one: an empty text is none.
func (s *surveyed) has(attr contact.Field, v contact.EventValue) bool {
	written, _, ok := s.view.Text(attr, v)
	return v != 0 && !(ok && written == "")
}

// ofOne asks the first or last event, and those that share its time.
func (s *survey) ofOne(id contact.ID) bool {
	at, any := int64(0), false
	for walk := s.chosen(id); walk.next() && (!any || walk.Time() == at); {
		if at, any = walk.Time(), true; holdsOf(s.about, s.ask, s.first.view, walk.Value(s.attr.Index())) {
			return true
		}
	}
	return !any && s.empty
}

// chosen returns the walk that begins with the first event, or with the last.
func (s *survey) chosen(id contact.ID) stepWalk {
	walk := s.first.walk(id)
	if s.term.kind == OfLast {
		walk.EventWalk = s.first.view.Descend(id, s.first.query.Window)
	}
	return walk
}

// number returns what the term makes of the attribute, false if there is no such number.
func (s *survey) number(id contact.ID) (float64, bool) {
	if s.summed().IsZero() {
		n := 0
		for walk := s.first.walk(id); walk.next(); {
			if s.first.has(s.attr, walk.Value(s.attr.Index())) {
				n++
			}
		}
		return float64(n), true
	}
	sum := s.first.view.Summarize(id, &s.first.query, s.attr)
	return s.numberOf(&sum)
}

// summed returns the attribute that is added up, the zero Field if it is not one of
// numbers: then the events that have it are counted.
func (q *behaviourQuestion) summed() contact.Field {
	if q.term.kind.aggregated() && q.attr.Kind() == contact.KindNumber {
		return q.attr
	}
	return contact.Field{}
}

// numberOf returns what the term makes of numbers, false if there is no such number.
func (q *behaviourQuestion) numberOf(s *contact.EventSummary) (float64, bool) {
	switch q.term.kind {
	case CountOf:
		return float64(s.Numbers), true
	case SumOf:
		return s.Sum, true
	case AverageOf:
		return s.Average, s.Numbers > 0
	case MinOf:
		return s.Min, s.Numbers > 0
	}
	return s.Max, s.Numbers > 0
}

// lies reports whether a number, if there is one, lies where the term asks for it.
func (q *behaviourQuestion) lies(x float64, ok bool) bool {
	return ok && inSpans{spans: q.spans}.accepts(x)
}

// found returns what there is to say of a contact beside the answer: how often, when, how
// much or what. It is missing if there is nothing; of a sequence it is how many events
// there are that it may begin with.
func (s *survey) found(id contact.ID) contact.Value {
	const all = math.MaxInt
	switch s.term.kind {
	case DidTimes, DidThen:
		return contact.NumberValue(float64(s.times(id, all)))
	case DidOnDays:
		return contact.NumberValue(float64(s.days(id, all)))
	case DidDifferent:
		return contact.NumberValue(float64(s.different(id, all)))
	case FirstTime, LastTime:
		if at, ok := s.extreme(id); ok {
			return contact.DateTimeValue(time.UnixMilli(at))
		}
		return contact.Value{}
	case OfFirst, OfLast:
		if walk := s.chosen(id); walk.next() {
			return s.first.view.Value(s.attr, walk.Value(s.attr.Index()))
		}
		return contact.Value{}
	}
	if x, ok := s.number(id); ok {
		return contact.NumberValue(x)
	}
	return contact.Value{}
}
