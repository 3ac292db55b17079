package filter

// behaviour looks at one term on behaviour by itself: what is asked of events that there
// cannot be has the same answer for every contact.
func (l *linter) behaviour(b Behaviour, own *lintPart) {
	text, suggestion := "", ""
	switch period := b.events.period.when; {
	case period.op == Within && period.args[0].window().n == 0:
		text, suggestion = "the period is empty", "write a number of units of at least 1"
	case period.op == Between && emptyPeriod(period):
		swapped := Period{Condition{op: Between, args: []Value{period.args[1], period.args[0]}}}
		text, suggestion = "the period ends before it begins", "did you mean "+swapped.String()+"?"
	case b.kind == DidThen && b.gap.unit != noUnit && b.gap.n == 0:
		text, suggestion = "the second step is later than the first, so it cannot come within no time", "write a number of units of at least 1"
	default:
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
