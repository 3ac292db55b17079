package filter

import (
	"math"
	"sort"
	"time"

	"github.com/rosterdb/roster/contact"
)

// A Limit is an end of what a relative condition compares a field with. It moves as
// time passes and so comes to the values that contacts have in the field: a condition's
// answer about a contact changes by time alone only at an instant at which one of its
// limits passes the contact's value. Limits go forward, but for those of windows of
// months, quarters and years, which go back by up to a day when a day begins that the
// month they have come to does not have.
//
// A limit of a term on behaviour comes to the times of the events of a type.
//
// Rows are contacts, or if the field is one of companies, companies.
//
// A Limit is immutable and safe for concurrent use.
type Limit struct {
	key   LimitKey
	rules *rules
	of    subject
	reads EventRead // of OverEvents
	turns turns
	value Value

	form     limitForm
	distance int64 // of a form that keeps it
}

// A subject is whose values a limit comes to: those of a field, or the times of the
// events of a type.
type subject struct {
	over  Over
	field contact.Field
	event contact.EventHandle // of OverEvents, instead of a field
}

func (s subject) kind() contact.Kind {
	if s.over == OverEvents {
		return contact.KindDateTime
	}
	return s.field.Kind()
}

func (s subject) index() int {
	if s.over == OverEvents {
		return s.event.Index()
	}
	return s.field.Index()
}

// A LimitKey tells limits apart: those of the same key move alike over the same field,
// whatever the conditions and the programs are. It is comparable with ==.
type LimitKey struct {
	of    int // the field, or the type of event
	over  Over
	value Value
	upper bool
	form  limitForm
	zone  string // "" if it does not matter
	own   int    // the field that holds the contact's zone, -1 if it does not matter
	week  int
	march bool
}

// Over says what the rows of a [Limit] are to the contacts.
type Over uint8

// What the rows are.
const (
	OverContacts     Over = iota // the contacts themselves
	OverPrimary                  // companies, asked about as the primary one of contacts
	OverAnyCompanies             // companies, asked about as any of those of contacts
	OverEvents                   // contacts, whose values are the times of their events of a type
)

type limitForm uint8

const (
	limitExact       limitForm = iota // it keeps its distance from now
	limitDaily                        // it is a day, another one when a day begins
	limitAnniversary                  // so it is, and what it passes is anniversaries
	limitWall                         // it keeps the distance that clocks show
)

// Limits returns the limits of the program's relative conditions and of its terms on
// behaviour, each once; none if the program is not relative. A term has a limit that is
// now: each event passes it when it comes to count.
func (p *Program) Limits() []*Limit {
	var list []*Limit
	seen := make(map[LimitKey]*Limit)
	p.limits(OverContacts, func(l *Limit) {
		if known := seen[l.key]; known != nil {
			known.reads, known.turns = known.reads.joined(l.reads), known.turns|l.turns
			return
		}
		seen[l.key] = l
		list = append(list, l)
	})
	return list
}

func (p *Program) limits(over Over, yield func(*Limit)) {
	for _, l := range p.leaves {
		switch {
		case l.about != nil && l.about.any:
			l.about.companies.limits(OverAnyCompanies, yield)
		case l.about != nil:
			l.about.companies.limits(OverPrimary, yield)
		case l.did != nil:
			l.did.limits(func(limit *Limit) {
				if l.negate {
					limit.turns = limit.turns.negated()
				}
				yield(limit)
			})
		case isRelative(l.condition):
			p.rules.limits(l.condition, subject{over: over, field: l.field}, yield)
		}
	}
}

// limits calls yield with the limits of a relative condition.
func (r *rules) limits(c Condition, of subject, yield func(*Limit)) {
	for i := range c.Len() {
		v := c.Value(i)
		if !isRelative(Condition{args: []Value{v}}) {
			continue
		}
		lower, upper := true, true
		switch c.op {
		case Less, GreaterEqual:
			upper = false
		case LessEqual, Greater:
			lower = false
		case Between:
			lower, upper = i == 0, i == 1
		}
		if lower {
			yield(r.limit(c, v, of, false))
		}
		if upper {
			yield(r.limit(c, v, of, true))
		}
	}
}

// limit returns the limit at the upper end of an operand, or at the lower one: there it
// is what comes before the values that are equal to the operand.
func (r *rules) limit(c Condition, v Value, of subject, upper bool) *Limit {
	l := &Limit{rules: r, of: of, value: v, turns: turnsAll}
	l.key = LimitKey{of: of.index(), over: of.over, value: v, upper: upper, own: -1}
	switch {
	case c.op == Anniversary:
		l.form = limitAnniversary
	case v.kind == RelativeDateValue || of.kind() == contact.KindDate:
		l.form = limitDaily
	case v.kind == WindowValue && v.window().next == upper && !r.isExact(v.window().unit):
		l.form = limitWall
	default:
		l.distance = int64(l.end(moment{rules: r, clock: r.clock})) // of 1970
	}
	l.key.form = l.form
	if l.form != limitExact {
		l.key.zone, l.key.week, l.key.march = r.clock.loc.String(), r.weekStart, r.march
		if r.own != nil {
			l.key.own = r.own.field.Index()
		}
	}
	return l
}

// isExact reports whether a unit of time is always as long, by the clocks that are asked: a
// day is where they are never put forward or back.
func (r *rules) isExact(u unit) bool {
	return u.exact() || u <= unitWeek && r.own == nil && r.clock.steady()
}

// Key returns what tells the limit from others.
func (l *Limit) Key() LimitKey { return l.key }

// Field returns the field whose values the limit comes to, the zero Field if it comes to
// the times of events.
func (l *Limit) Field() contact.Field { return l.of.field }

// Event returns the type of the events whose times the limit comes to, the zero
// EventHandle if it comes to the values of a field.
func (l *Limit) Event() contact.EventHandle { return l.of.event }

// Over returns what the rows are to the contacts.
func (l *Limit) Over() Over { return l.of.over }

// Zone returns the field that holds the time zone by which the limit moves for each
// contact, and false if it moves alike for all.
func (l *Limit) Zone() (contact.Field, bool) {
	if l.key.own < 0 {
		return contact.Field{}, false
	}
	return l.rules.own.field, true
}

// Returns reports whether the limit may pass a value again that it has passed: one of
// anniversaries does, and one that may go back.
func (l *Limit) Returns() bool {
	return l.form == limitAnniversary || l.form == limitWall && l.value.window().unit > unitWeek
}

// Next returns the first instant after another at which the limit passes the value that
// a row of a version has, forward or back, or the first of such instants if it has
// events. It is false if there is none up to the end of the year 9999, and if the row has
// no value.
func (l *Limit) Next(v *contact.View, row contact.ID, after time.Time) (next time.Time, ok bool) {
	for x := range l.Ahead(v, row, after) {
		if at, passes := l.NextOf(v, row, x, after); passes && (!ok || at.Before(next)) {
			next, ok = at, true
		}
	}
	return next, ok
}

// NextOf is [Limit.Next] for one value, whether the row has it or not: a number as
// [contact.View.NumberOf] tells it, or the time of an event in milliseconds since 1970.
func (l *Limit) NextOf(v *contact.View, row contact.ID, value float64, after time.Time) (time.Time, bool) {
	next, ok := l.next(l.clock(v, row), value, nowMillis(after))
	if !ok {
		return time.Time{}, false
	}
	return time.UnixMilli(next).UTC(), true
}

// Has reports whether a row of a version has a value, or an event at that time.
func (l *Limit) Has(v *contact.View, row contact.ID, value float64) bool {
	if l.of.over == OverEvents {
		return v.EventsOf(l.of.event).Count(row, eventWindow(contact.Span{Lo: value, Hi: value})) > 0
	}
	x, ok := v.NumberOf(row, l.of.field)
	return ok && x == value
}

// Passing calls yield with each value that the limit passes after from and up to to, with
// its row and with the first instant at which it does: in the order of the rows, or if
// they are the times of events in their own. It costs a pass over the column, or over the
// events of [Limit.Span], and a little for each value that is close to the limit.
func (l *Limit) Passing(v *contact.View, from, to time.Time, yield func(row contact.ID, value float64, at time.Time)) {
	after, end := nowMillis(from), nowMillis(to)
	known := make(map[passed]int64) // 0 for never, which is long past
	for row, x := range l.values(v, l.Span(from, to)) {
		clock := l.clock(v, row)
		key, remember := l.likeness(clock, x)
		at, seen := known[key]
		if !remember || !seen {
			var ok bool
			if at, ok = l.next(clock, x, after); !ok {
				at = math.MinInt64
			}
			if remember {
				known[key] = at
			}
		}
		if after < at && at <= end {
			yield(row, x, time.UnixMilli(at).UTC())
		}
	}
}

// passed is what values have in common that are passed at the same time.
type passed struct {
	clock *wallClock
	day   int64
}

// likeness returns what decides with the clock when a value is passed, and whether it
// is shared by enough values to remember.
func (l *Limit) likeness(clock *wallClock, x float64) (passed, bool) {
	if l.form == limitExact || l.form == limitWall {
		return passed{}, false
	}
	day := l.day(clock, x)
	if l.form == limitAnniversary {
		_, month, dom := civil(day)
		day = int64(month*32 + dom)
	}
	return passed{clock, day}, true
}

// Span returns the values outside of which the limit passes none after from and up to
// to, in the terms of [contact.View.NumberOf]. It may hold more.
func (l *Limit) Span(from, to time.Time) contact.Span {
	return l.span(nowMillis(from), nowMillis(to))
}

func (l *Limit) span(after, end int64) contact.Span {
	inf := math.Inf(1)
	if l.form == limitAnniversary {
		return contact.Span{Lo: -inf, Hi: inf}
	}
	if l.form == limitExact {
		return contact.Span{Lo: float64(after + l.distance + 1), Hi: float64(end + l.distance)}
	}
	slack := int64(0) // of days: by it clocks of other zones differ, and more
	if l.key.own >= 0 {
		slack = 2
	}
	clock := l.rules.clock
	if l.form == limitWall {
		slack = 2*slack + 2 // it may go back
		lo, hi := l.at(clock, after-slack*millisPerDay), l.at(clock, end+slack*millisPerDay)
		return contact.Span{Lo: lo - float64(slack*millisPerDay), Hi: hi + float64(slack*millisPerDay)}
	}
	first, last := l.at(clock, after-slack*millisPerDay)+1, l.at(clock, end+slack*millisPerDay)
	if l.of.kind() == contact.KindDate {
		return contact.Span{Lo: first, Hi: last}
	}
	return contact.Span{
		Lo: float64(clock.begin(int64(first)) - slack*millisPerDay),
		Hi: float64(clock.begin(int64(last)+1) - 1 + slack*millisPerDay),
	}
}

// Until returns an instant after from up to which the limit passes about n values of a
// version: fewer if they are unlike, more if many are alike. It is
// false if there are no more, for as long as no value changes: then it is the end of the
// year 9999.
func (l *Limit) Until(v *contact.View, from time.Time, n int) (time.Time, bool) {
	never := time.UnixMilli(lastMoment).UTC()
	after, clock := nowMillis(from), l.rules.clock
	if after >= lastMoment {
		return never, false
	}
	if l.form == limitAnniversary {
		rows, _ := v.ProbeFilled(l.of.field).Count()
		if rows <= n {
			return never, false
		}
		days := max(1, 366*int64(n)/int64(rows))
		return time.UnixMilli(clock.begin(clock.day(after) + days)).UTC(), true
	}
	x := l.ahead(v, l.Span(from, from).Lo-1, n)
	if math.IsInf(x, 1) {
		return never, false
	}
	to, ok := l.next(clock, x, after)
	if !ok && l.there(clock, x, lastMoment) { // behind the limit, but not for every clock
		to = after
	} else if !ok {
		return never, false
	}
	if l.form == limitWall || l.key.own >= 0 {
		to = max(to, after+millisPerDay)
	}
	return time.UnixMilli(min(to, lastMoment)).UTC(), true
}

// clock returns the clock by which a row is asked.
func (l *Limit) clock(v *contact.View, row contact.ID) *wallClock {
	if l.key.own >= 0 {
		return l.rules.clockOf(v, row)
	}
	return l.rules.clock
}

// end returns where the limit is at a moment: an instant, or for forms of days a day.
func (l *Limit) end(m moment) float64 {
	kind := contact.KindDateTime
	if l.form == limitDaily || l.form == limitAnniversary {
		kind = contact.KindDate
	}
	var s contact.Span
	if l.value.kind == WindowValue {
		s = m.window(l.value.window(), kind)
	} else {
		s = m.operand(l.value, kind)
	}
	if l.key.upper {
		return s.Hi
	}
	return s.Lo - 1
}

// at returns where the limit is by a clock.
func (l *Limit) at(clock *wallClock, now int64) float64 { return l.end(l.rules.moment(clock, now)) }

// on returns the day that a limit of days is on a day.
func (l *Limit) on(today int64) int64 {
	return int64(l.end(moment{rules: l.rules, today: today}))
}

// day returns the day of a value.
func (l *Limit) day(clock *wallClock, x float64) int64 {
	if l.of.kind() == contact.KindDateTime {
		return clock.day(int64(x))
	}
	return int64(x)
}

// there reports whether the limit, which is no anniversary, is at a value or beyond it.
func (l *Limit) there(clock *wallClock, x float64, now int64) bool {
	if l.form == limitDaily {
		return l.on(clock.day(now)) >= l.day(clock, x)
	}
	return l.at(clock, now) >= x
}

// next is Next by a clock, for a value.
func (l *Limit) next(clock *wallClock, x float64, after int64) (next int64, ok bool) {
	switch l.form {
	case limitExact:
		next = int64(x) - l.distance
	case limitDaily:
		today, day := clock.day(after), l.day(clock, x)
		if l.on(today) >= day {
			return 0, false
		}
		next = clock.begin(firstAfter(today, func(d int64) bool { return l.on(d) >= day }))
	case limitAnniversary:
		today := clock.day(after)
		day := nextCelebrated(l.day(clock, x), l.on(today), l.rules.march)
		next = clock.begin(firstAfter(today, func(d int64) bool { return l.on(d) >= day }))
	case limitWall:
		next, ok = l.nextOnWall(clock, x, after)
		if !ok {
			return 0, false
		}
	}
	return next, after < next && next <= lastMoment
}

// nextOnWall is next for a limit that moves with the clock on the wall: forward within a
// day, while it begins each day no earlier than the day before.
func (l *Limit) nextOnWall(clock *wallClock, x float64, after int64) (int64, bool) {
	if t := after + int64(x-l.at(clock, after)); !l.Returns() && t > after && l.there(clock, x, t) && !l.there(clock, x, t-1) {
		return t, true // clocks are not turned meanwhile
	}
	today := clock.day(after)
	if l.there(clock, x, after) {
		morrow := clock.begin(today + 1)
		return morrow, !l.there(clock, x, morrow)
	}
	last := func(d int64) int64 { return clock.begin(d+1) - 1 }
	d := today
	if !l.there(clock, x, last(today)) {
		d = firstAfter(today, func(d int64) bool { return l.there(clock, x, last(d)) })
	}
	if d > lastDay+1 {
		return 0, false
	}
	begin, end := max(clock.begin(d), after+1), last(d)
	// Mostly it moves as fast as time does.
	if t := begin + int64(x-l.at(clock, begin)); begin < t && t <= end && l.there(clock, x, t) && !l.there(clock, x, t-1) {
		return t, true
	}
	n := sort.Search(int(end-begin), func(i int) bool { return l.there(clock, x, begin+int64(i)) })
	return begin + int64(n), true
}

// firstAfter returns the first day after one on which something holds that holds from
// then on, or one beyond the calendar. It looks at the nearest days first.
func firstAfter(day int64, holds func(day int64) bool) int64 {
	const beyond = lastDay + 2
	step := int64(1)
	for day+step < beyond && !holds(day+step) {
		step *= 2
	}
	from := day + step/2 + 1
	return from + int64(sort.Search(int(max(0, min(day+step, beyond)-from)), func(i int) bool { return holds(from + int64(i)) }))
}
