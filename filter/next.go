package filter

import (
	"slices"
	"sort"
	"time"

	"github.com/rosterdb/roster/contact"
)

// Next returns the next instant after now at which the program's answer for a
// contact may change though nothing about the contact, its companies and its events does:
// up to it, the answer is the one of now. If the program is a single condition, and not one
// inside `any company`, or a single term on behaviour, the answer does change then. It is false if the answer stays
// as it is up to the end of the year 9999, because nothing in the program is relative
// or nothing about the contact and its companies is reached, and if the contact does
// not live.
//
// Memberships of segments count as they are now. A term on behaviour is asked about each
// event of the contact that its limits pass.
func (p *Program) Next(v *contact.View, id contact.ID, now time.Time) (time.Time, bool) {
	if !p.relative || !v.Exists(id) {
		return time.Time{}, false
	}
	next, found := p.next(v, id, nowMillis(now))
	if !found {
		return time.Time{}, false
	}
	return time.UnixMilli(next).UTC(), true
}

// next returns the first instant after now at which the answer of a condition changes,
// for a contact or for one of its companies.
func (p *Program) next(v *contact.View, id contact.ID, now int64) (next int64, found bool) {
	note := func(t int64, ok bool) {
		if ok && (!found || t < next) {
			next, found = t, true
		}
	}
	for _, l := range p.leaves {
		if l.about != nil {
			for company := range l.about.of(v, id) {
				note(l.about.companies.next(v, contact.ID(company), now))
			}
			continue
		}
		if l.did != nil {
			note(l.did.next(v, id, now))
			continue
		}
		if !isRelative(l.condition) {
			continue
		}
		x, ok := v.NumberOf(id, l.field)
		if !ok {
			continue
		}
		q := asking{p.rules, p.rules.clockOf(v, id), l.condition, l.field, x}
		note(q.next(now))
	}
	return next, found
}

// asking is a relative condition that one value is asked about.
type asking struct {
	*rules
	clock     *wallClock
	condition Condition
	field     contact.Field
	x         float64
}

// lastMoment is the last instant at which a filter can be asked.
const lastMoment = (lastDay+1)*millisPerDay - 1

func (q asking) answer(now int64) bool {
	return q.on(q.clock, q.condition, q.field, now).accepts(q.x)
}

// next returns the first instant after now at which the answer is another one.
//
// What a condition but an anniversary compares with moves forward, so the answer can
// change only where a limit reaches the value or leaves it behind. Each limit does
// that once, but for those of windows of months: 31 July, 0:00, is a month after 30
// June, 0:00, and 30 July, 23:59, a month after 30 June, 23:59, so that 30 June is
// passed twice.
func (q asking) next(now int64) (int64, bool) {
	if q.condition.op == Anniversary {
		return q.nextAnniversary(now)
	}
	var times []int64
	for _, l := range q.limits() {
		for _, beyond := range []bool{false, true} {
			times = append(times, q.passes(l, beyond, now)...)
		}
	}
	slices.Sort(times)
	was := q.answer(now)
	for _, t := range slices.Compact(times) {
		if t > now && t <= lastMoment && q.answer(t) != was {
			return t, true
		}
	}
	return 0, false
}

// A limit is an end of what a condition compares with.
type limit struct {
	daily    bool // it moves when a day begins
	exact    bool // it keeps its distance from now
	distance int64
	at       func(m moment) float64
}

// limits returns the limits of the condition that move.
func (q asking) limits() (list []limit) {
	kind := q.field.Kind()
	for v := range q.condition.Values() {
		switch v.kind {
		case RelativeDateTimeValue:
			list = append(list, limit{exact: true, distance: v.relative().distance()})
		case RelativeDateValue:
			list = append(list,
				limit{daily: true, at: func(m moment) float64 { return m.operand(v, kind).Lo }},
				limit{daily: true, at: func(m moment) float64 { return m.operand(v, kind).Hi }})
		case WindowValue:
			daily, exact := kind == contact.KindDate, v.window().unit.exact()
			lo := limit{daily: daily, at: func(m moment) float64 { return m.window(v.window(), kind).Lo }}
			hi := limit{daily: daily, at: func(m moment) float64 { return m.window(v.window(), kind).Hi }}
			if !daily {
				s := moment{rules: q.rules, clock: q.clock}.window(v.window(), kind) // of 1970: exact distances only
				lo.exact, lo.distance = exact || v.window().next, int64(s.Lo)
				hi.exact, hi.distance = exact || !v.window().next, int64(s.Hi)
			}
			list = append(list, lo, hi)
		}
	}
	return list
}

// passes returns the instants after now at which a limit may come to be at the value
// or beyond it, or no longer.
func (q asking) passes(l limit, beyond bool, now int64) []int64 {
	there := func(at float64) bool { return at > q.x || at == q.x && !beyond }
	switch {
	case l.exact:
		t := int64(q.x) - l.distance
		if beyond {
			t++
		}
		return []int64{t}
	case l.daily:
		today := q.clock.day(now)
		n := sort.Search(int(lastDay+1-today), func(i int) bool {
			return there(l.at(moment{rules: q.rules, clock: q.clock, today: today + 1 + int64(i)}))
		})
		return []int64{q.clock.begin(today + 1 + int64(n))}
	}
	return q.passesByDay(l, there, now)
}

// passesByDay is passes for a limit that moves forward within a day of the clock and
// may begin the same day again when the next one begins: it looks at each day on
// which the limit is close to the value.
func (q asking) passesByDay(l limit, there func(at float64) bool, now int64) (times []int64) {
	day, today := q.clock.day(int64(q.x)), q.clock.day(now)
	at := func(t int64) float64 { return l.at(q.moment(q.clock, t)) }
	n := sort.Search(int(lastDay+1-today), func(i int) bool { // the first day that ends close to it
		return q.clock.day(int64(at(q.clock.begin(today+1+int64(i))))) >= day-1
	})
	for d := today + int64(n); d <= lastDay; d++ {
		begin, end := max(q.clock.begin(d), now+1), q.clock.begin(d+1)
		times = append(times, begin) // it may leap over the value with the day
		if q.clock.day(int64(at(begin))) > day+1 {
			break
		}
		steps := sort.Search(int(max(0, end-begin)), func(i int) bool { return there(at(begin + int64(i))) })
		times = append(times, begin+int64(steps))
	}
	return times
}

// cycle is the number of days after which the calendar repeats, weekdays included:
// an answer that no day of it changes is never changed.
const cycle = 146_097

// nextAnniversary goes from one day on which the answer may change to the next. The days
// asked about never go back, so an anniversary among them stays so until the first of them
// has passed it, and while there is none the last of them has to reach the next one.
func (q asking) nextAnniversary(now int64) (int64, bool) {
	day, today := int64(q.x), q.clock.day(now)
	if q.field.Kind() == contact.KindDateTime {
		day = q.clock.day(day)
	}
	days := func(today int64) (first, last int64) {
		return moment{rules: q.rules, today: today}.celebrated(q.condition)
	}
	first, last := days(today)
	was := celebratedIn(day, first, last, q.march)
	for end := min(today+cycle, lastDay+1); today < end; {
		latest, next := lastCelebrated(day, last, q.march), nextCelebrated(day, last, q.march)
		today += 1 + int64(sort.Search(int(end-today), func(i int) bool {
			first, last := days(today + 1 + int64(i))
			return was && first > latest || !was && last >= next
		}))
		if first, last = days(today); today <= end && celebratedIn(day, first, last, q.march) != was {
			t := q.clock.begin(today)
			return t, t <= lastMoment
		}
	}
	return 0, false
}
