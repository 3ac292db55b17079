package filter

import (
	"sync"

	"github.com/rosterdb/roster/contact"
)

// A numeric is a question about a number, day or instant by itself.
type numeric interface {
	question
	accepts(x float64) bool
}

// ask returns the question of a condition on a number, date or datetime at a time.
// timed is false if the time is not known.
func (r *rules) ask(c Condition, f contact.Field, now int64, timed bool) question {
	if isRelative(c) && !timed {
		return noTime{}
	}
	if r.own != nil && isZonal(c, f.Kind()) {
		return &ownZoned{rules: r, condition: c, field: f, now: now}
	}
	return r.on(r.clock, c, f, now)
}

// on returns the question of a condition by one clock.
func (r *rules) on(clock *wallClock, c Condition, f contact.Field, now int64) numeric {
	m := moment{rules: r, clock: clock, now: now}
	if isRelative(c) {
		m = r.moment(clock, now)
	}
	switch {
	case c.part == PartHour:
		return hourIs{f, clock, partTable(c)}
	case c.part != noPart:
		table := partTable(c)
		return byDay{f, clock, func(day int64) bool { return table[partOfDay(c.part, day)] }}
	case c.op == Anniversary:
		first, last := m.celebrated(c)
		var table [13][32]bool
		for day := dayOf(2000, 1, 1); day < dayOf(2001, 1, 1); day++ {
			_, month, dom := civil(day)
			table[month][dom] = celebratedIn(day, first, last, r.march)
		}
		return byDay{f, clock, func(day int64) bool {
			_, month, dom := civil(day)
			return table[month][dom]
		}}
	}
	return newInSpans(f, m.spans(c, f.Kind()))
}

// celebrated returns the days that an anniversary condition asks about.
func (m moment) celebrated(c Condition) (first, last int64) {
	v := c.Value(0)
	if v.kind == WindowValue {
		s := m.window(v.window(), contact.KindDate)
		return int64(s.Lo), int64(s.Hi)
	}
	return v.relative().days(m.today, m.weekStart)
}

// noTime is the question of a relative date in a program that was not told the
// time.
type noTime struct{}

func (noTime) probe(*run) (contact.Probe, error) { return contact.Probe{}, ErrNoTime }

func (noTime) match(*Program, *contact.View, contact.ID) bool { return false }

// byDay: the day, or the day that the instant is on, is accepted.
type byDay struct {
	field  contact.Field
	clock  *wallClock
	accept func(day int64) bool
}

// manyDays is about 400 years: in a column that reaches farther, rows are asked
// instead of days.
const manyDays = 150_000

func (q byDay) accepts(x float64) bool {
	if q.field.Kind() == contact.KindDateTime {
		return q.accept(q.clock.day(int64(x)))
	}
	return q.accept(int64(x))
}

// probe asks every day between the smallest and the largest value. Those that follow
// each other are spans; several spans of instants are asked by the day.
func (q byDay) probe(r *run) (contact.Probe, error) {
	lo, hi, ok := r.view.Extent(q.field)
	if !ok {
		return r.view.ProbeSpans(q.field, nil), nil
	}
	m := moment{clock: q.clock}
	first, last := int64(lo), int64(hi)
	if q.field.Kind() == contact.KindDateTime {
		first, last = q.clock.day(first), q.clock.day(last)
	}
	if last-first > manyDays {
		return r.view.ProbeAccepted(q.field, func(_ contact.ID, x float64) bool { return q.accepts(x) }), nil
	}
	table := make([]bool, last-first+1)
	var spans []contact.Span
	for day := first; day <= last; day++ {
		from := day
		for ; day <= last && q.accept(day); day++ {
			table[day-first] = true
		}
		if day > from {
			spans = append(spans, m.days(from, day-1, q.field.Kind()))
		}
	}
	if len(spans) <= 1 || q.field.Kind() == contact.KindDate {
		return r.view.ProbeSpans(q.field, spans), nil
	}
	list := q.clock.between(int64(lo), int64(hi))
	return r.view.ProbeAccepted(q.field, func(_ contact.ID, x float64) bool {
		s := find(list, int64(x))
		return table[floorDiv(max(int64(x)+s.offset, s.shown), millisPerDay)-first]
	}), nil
}

func (q byDay) match(_ *Program, v *contact.View, id contact.ID) bool {
	x, ok := v.NumberOf(id, q.field)
	return ok && q.accepts(x)
}

// hourIs: clocks on the wall showed an hour of a table.
type hourIs struct {
	field contact.Field
	clock *wallClock
	table []bool
}

func (q hourIs) accepts(x float64) bool {
	return q.table[hourOf(q.clock.show(int64(x)))]
}

// hourOf returns the hour of a time shown on the wall.
func hourOf(shown int64) int64 {
	return (shown - floorDiv(shown, millisPerDay)*millisPerDay) / 3_600_000
}

func (q hourIs) probe(r *run) (contact.Probe, error) {
	lo, hi, ok := r.view.Extent(q.field)
	if !ok {
		return r.view.ProbeSpans(q.field, nil), nil
	}
	list := q.clock.between(int64(lo), int64(hi))
	return r.view.ProbeAccepted(q.field, func(_ contact.ID, x float64) bool {
		return q.table[hourOf(int64(x)+find(list, int64(x)).offset)]
	}), nil
}

func (q hourIs) match(_ *Program, v *contact.View, id contact.ID) bool {
	x, ok := v.NumberOf(id, q.field)
	return ok && q.accepts(x)
}

// partTable returns which values of its part a condition accepts. The last two are
// for the years 10000 and -1, which an instant at an end of the calendar is in by the
// clocks of some zones.
func partTable(c Condition) []bool {
	_, high := c.part.bounds()
	table := make([]bool, int(high)+3)
	if c.part == PartWeekday {
		for v := range c.Values() {
			table[v.bits] = true
		}
		return table
	}
	whole := newInSpans(contact.Field{}, moment{}.spans(c, contact.KindNumber))
	for x := range table[:int(high)+1] {
		table[x] = whole.accepts(float64(x))
	}
	table[int(high)+1], table[int(high)+2] = whole.accepts(high+1), whole.accepts(-1)
	return table
}

// partOfDay returns the value of a part of a day.
func partOfDay(p Part, day int64) int64 {
	if p == PartWeekday {
		return int64(weekdayOf(day))
	}
	year, month, dom := civil(day)
	switch p {
	case PartMonth:
		return int64(month)
	case PartDay:
		return int64(dom)
	}
	if year < 0 {
		return maxYear + 2
	}
	return min(year, maxYear+1)
}

// ownClocks are the clocks of contacts whose zone is in a field.
type ownClocks struct {
	field contact.Field
	known sync.Map // by name: *wallClock, nil if there is no such zone
}

// clockOf returns the clock by which a contact is asked where its zone counts.
func (r *rules) clockOf(v *contact.View, id contact.ID) *wallClock {
	if r.own != nil {
		if own := r.own.of(v, id); own != nil {
			return own
		}
	}
	return r.clock
}

// of returns the clock of a contact, nil if it has none of its own.
func (o *ownClocks) of(v *contact.View, id contact.ID) *wallClock {
	name, _, ok := v.TextOf(id, o.field)
	if !ok || len(name) > longestZone {
		return nil
	}
	if clock, ok := o.known.Load(name); ok {
		return clock.(*wallClock)
	}
	var clock *wallClock
	if loc, err := contact.LoadZone(name); err == nil {
		clock = newWallClock(loc)
	}
	kept, _ := o.known.LoadOrStore(name, clock)
	return kept.(*wallClock)
}

// ownZoned is a question that each contact is asked by its own clock.
type ownZoned struct {
	*rules
	condition Condition
	field     contact.Field
	now       int64
	asked     sync.Map // by clock: numeric
}

func (q *ownZoned) by(v *contact.View, id contact.ID) numeric {
	clock := q.clockOf(v, id)
	if n, ok := q.asked.Load(clock); ok {
		return n.(numeric)
	}
	n, _ := q.asked.LoadOrStore(clock, q.on(clock, q.condition, q.field, q.now))
	return n.(numeric)
}

func (q *ownZoned) probe(r *run) (contact.Probe, error) {
	asked := map[string]numeric{} // by what is in the field; "" for nothing
	return r.view.ProbeAccepted(q.field, func(id contact.ID, x float64) bool {
		name, _, _ := r.view.TextOf(id, q.own.field)
		n, ok := asked[name]
		if !ok {
			n = q.by(r.view, id)
			asked[name] = n
		}
		return n.accepts(x)
	}), nil
}

func (q *ownZoned) match(_ *Program, v *contact.View, id contact.ID) bool {
	x, ok := v.NumberOf(id, q.field)
	return ok && q.by(v, id).accepts(x)
}
