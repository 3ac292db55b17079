package filter

import (
	"errors"
	"math"
	"time"

	"github.com/rosterdb/roster/contact"
)

// ErrNoTime is wrapped by the error of running a program with relative dates that
// was not told the time, see [Program.At].
var ErrNoTime = errors.New("the filter has relative dates and was not told the time")

// rules are what dates mean, whatever the time is.
type rules struct {
	weekStart int  // from Monday = 1
	march     bool // 29 February is celebrated on 1 March
	clock     *wallClock
	own       *ownClocks // nil: every contact has the same clock
}

// moment is a time at which a filter is asked, as a clock shows it.
type moment struct {
	*rules
	clock *wallClock // not the rules' if the contact has its own
	now   int64
	today int64
}

func (r *rules) moment(clock *wallClock, now int64) moment {
	return moment{r, clock, now, clock.day(now)}
}

// fixed returns the values that a comparison without relative dates accepts, where
// no contact has its own zone.
func (r *rules) fixed(c Condition, kind contact.Kind) []contact.Span {
	return moment{rules: r, clock: r.clock}.spans(c, kind)
}

// ofCompanies returns the rules for fields of companies: no company has a zone of its
// own, nor that of one of its contacts.
func (r *rules) ofCompanies() *rules {
	of := *r
	of.own = nil
	return &of
}

// nowMillis returns an instant as filters keep it: to the millisecond, within the
// years 0 to 9999.
func nowMillis(t time.Time) int64 {
	const first, last = firstDay * millisPerDay, (lastDay+1)*millisPerDay - 1
	switch s := t.Unix(); {
	case s < first/1000:
		return first
	case s > last/1000:
		return last
	}
	return t.UnixMilli()
}

// isRelative reports whether what a condition means depends on the time.
func isRelative(c Condition) bool {
	for _, v := range c.args {
		switch v.kind {
		case RelativeDateValue, RelativeDateTimeValue, WindowValue:
			return true
		}
	}
	return false
}

// isZonal reports whether what a condition on a date or datetime means depends on
// the time zone.
func isZonal(c Condition, kind contact.Kind) bool {
	if c.part != noPart {
		return kind == contact.KindDateTime
	}
	for _, v := range c.args {
		switch v.kind {
		case RelativeDateValue:
			return true
		case DateValue:
			if kind == contact.KindDateTime {
				return true
			}
		case WindowValue:
			if !v.window().unit.exact() {
				return true
			}
		}
	}
	return false
}

// spans returns the values that a comparison or a window accepts. Each operand is
// a span itself: a bare date compared with a datetime is its whole day.
func (m moment) spans(c Condition, kind contact.Kind) []contact.Span {
	inf := math.Inf(1)
	if c.Op() == Within {
		return []contact.Span{m.window(c.Value(0).window(), kind)}
	}
	first := m.operand(c.Value(0), kind)
	switch c.Op() {
	case Less:
		return []contact.Span{{Lo: -inf, Hi: math.Nextafter(first.Lo, -inf)}}
	case LessEqual:
		return []contact.Span{{Lo: -inf, Hi: first.Hi}}
	case Greater:
		return []contact.Span{{Lo: math.Nextafter(first.Hi, inf), Hi: inf}}
	case GreaterEqual:
		return []contact.Span{{Lo: first.Lo, Hi: inf}}
	case Between:
		return []contact.Span{{Lo: first.Lo, Hi: m.operand(c.Value(1), kind).Hi}}
	}
	list := make([]contact.Span, 0, c.Len())
	for v := range c.Values() {
		list = append(list, m.operand(v, kind))
	}
	return list
}

// operand returns the values that are equal to an operand.
func (m moment) operand(v Value, kind contact.Kind) contact.Span {
	switch v.kind {
	case NumberValue:
		return contact.Span{Lo: v.Number(), Hi: v.Number()}
	case DateTimeValue:
		return contact.Span{Lo: float64(v.Millis()), Hi: float64(v.Millis())}
	case TimeOfDayValue:
		return contact.Span{Lo: float64(v.ClockTime()), Hi: float64(v.ClockTime())}
	case RelativeDateTimeValue:
		t := float64(m.now + v.relative().distance())
		return contact.Span{Lo: t, Hi: t}
	case RelativeDateValue:
		first, last := v.relative().days(m.today, m.weekStart)
		return m.days(first, last, kind)
	}
	return m.days(int64(v.Days()), int64(v.Days()), kind)
}

// days returns what a field of a kind has on the days from first to last.
func (m moment) days(first, last int64, kind contact.Kind) contact.Span {
	if kind == contact.KindDateTime {
		return contact.Span{Lo: float64(m.clock.begin(first)), Hi: float64(m.clock.begin(last+1) - 1)}
	}
	return contact.Span{Lo: float64(first), Hi: float64(last)}
}

// window returns what lies in a window: it holds now, and not its other end.
func (m moment) window(w window, kind contact.Kind) contact.Span {
	n := -w.n
	if w.next {
		n = w.n
	}
	now, other := m.now, int64(0)
	switch {
	case kind == contact.KindDate:
		now, other = m.today, shift(m.today, w.unit, n)
	case w.unit.exact():
		other = m.now + n*w.unit.millis()
	default:
		other = m.clock.shift(m.now, w.unit, n)
	}
	if w.next {
		return contact.Span{Lo: float64(now), Hi: float64(other - 1)}
	}
	return contact.Span{Lo: float64(other + 1), Hi: float64(now)}
}
