package filter

import (
	"math"
	"time"

	"github.com/rosterdb/roster/contact"
)

// behaviour looks at one term on behaviour by itself: what is asked of events that there
// cannot be has the same answer for every contact.
func (l *linter) behaviour(b Behaviour, own *lintPart) {
	text, suggestion := "", ""
	switch period := b.events.period.when; {
	case period.op == Within && l.emptyWindow(period.args[0].window()):
		text, suggestion = "the period is empty", "write a number of units of at least 1"
	case period.op == Between && emptyPeriod(period):
		swapped := Period{Condition{op: Between, args: []Value{period.args[1], period.args[0]}}}
		text, suggestion = "the period ends before it begins", "did you mean "+swapped.String()+"?"
	case b.kind == DidThen && b.gap.unit != noUnit && b.gap.n == 0:
		text, suggestion = "the second step is later than the first, so it cannot come within no time", "write a number of units of at least 1"
	default:
		l.forgotten(b, own)
		return
	}
	kind := Contradiction
	if holdsOfNothing(b) {
		own.always, kind = true, AlwaysTrue
		text += ", so every contact meets it"
	} else {
		own.dead = true
		text += ", so no contact meets it"
	}
	if b.events.period.when.op == Between {
		kind = EmptyRange
	}
	l.add(kind, own.path, b.String(), text, suggestion)
}

// forgotten reports a period that reaches back to before what is kept: by the time at which
// events were last forgotten, which says how long they are kept. One without a beginning
// asks for what is there.
func (l *linter) forgotten(b Behaviour, own *lintPart) {
	of, ok := l.schema.EventType(b.events.name)
	if !ok || b.events.period.IsZero() {
		return
	}
	before, at, ok := of.Forgotten()
	if !ok {
		return
	}
	m := l.rules.moment(l.rules.clock, at.UnixMilli())
	s := m.spans(b.events.period.when, contact.KindDateTime)[0]
	from := s.Lo
	if math.IsInf(from, -1) {
		from = s.Hi // all of it is gone, or it is not known how much
	}
	if kept := before.UnixMilli(); s.Lo > s.Hi || from >= float64(kept) || l.rules.own != nil && from >= float64(kept-2*millisPerDay) {
		return
	}
	text := "events of " + string(appendField(nil, b.events.name)) + " before " + string(appendDateTime(nil, before.UnixMilli())) + " are forgotten"
	if b.events.period.Relative() {
		text += ", as of " + string(appendDateTime(nil, at.UnixMilli()))
	}
	advice := "ask for a shorter period, or keep events longer than " + keptFor(at.Sub(before))
	if !before.Before(at) {
		advice = "they were forgotten up to a time that is still to come: nothing is found before it"
	}
	l.add(Forgotten, own.path, b.String(), "the period reaches back further than what is kept: "+text, advice)
}

// keptFor tells a length of time in days, or in hours if it is a short one.
func keptFor(d time.Duration) string {
	if days := int64(d.Hours()) / 24; days > 1 {
		return string(unitDay.appendCount(nil, days))
	}
	return string(unitHour.appendCount(nil, max(0, int64(d.Hours()))))
}

// emptyWindow reports whether a window holds nothing, whatever the time is. While clocks show
// an hour for the second time, zero days reach back to where they first did.
func (l *linter) emptyWindow(w window) bool {
	return w.n == 0 && (w.unit.exact() || l.rules.own == nil && l.rules.clock.steady())
}

// emptyPeriod reports whether from … to … ends before it begins whatever the time and
// the zone are.
func emptyPeriod(c Condition) bool {
	from, to := c.args[0], c.args[1]
	return from.kind == to.kind && from.isPoint() && int64(from.bits) > int64(to.bits)
}

// holdsOfNothing reports whether b holds, with its negation, where there is no event.
func holdsOfNothing(b Behaviour) bool {
	holds := false
	switch {
	case b.kind == SumOf || b.kind == CountOf:
		none := moment{}.spans(b.about, 0)
		for _, s := range none {
			holds = holds || s.Lo <= 0 && 0 <= s.Hi
		}
	case b.kind.ofOne():
		holds = b.about.op == Empty
	}
	return holds != b.not
}
