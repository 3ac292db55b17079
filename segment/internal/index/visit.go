package index

import "slices"

// visit decides by the conditions of a group whether its segment may have to be asked:
// whether the group, which held or not, does or does not now. A condition on what has
// not changed that fails ends it.
func (x *Index) visit(group []check) {
	h := &group[0]
	if h.not || x.seen[h.a] == x.turn {
		return
	}
	if len(x.changes) == 1 && x.changes[0] == readSlot && !x.created && !x.readsIn(group) {
		return // another word has the same bit
	}
	x.visited++
	now, before, sure, own := true, !x.created, true, true
	for i := range group[1:] {
		c := &group[1+i]
		switch {
		case c.kind == isLiteral && x.lits[c.a].source != nil:
			l := &x.lits[c.a]
			holds := x.ask(l)
			own = own && !l.others
			if x.turned(l) {
				sure, now = false, now && holds // what it was, nobody knows
				break
			}
			now, before = now && holds, before && holds
		case x.changed[c.slot] == x.turn:
			now = now && x.holds(c, x.fact(c.slot))
			before = before && x.holds(c, &x.before[c.slot])
		default:
			if !x.holds(c, x.fact(c.slot)) {
				return
			}
		}
		if !now && !before {
			return
		}
	}
	if now && before && sure {
		return
	}
	if x.matched(h.a) != now {
		x.seen[h.a] = x.turn
		x.found++
		x.yield(h.a, now, own && (now || len(x.filed[h.a].places) == 1))
	}
}

// turned reports whether something that a literal reads has changed.
func (x *Index) turned(l *literal) bool {
	return x.turnedReads(l) || slices.ContainsFunc(l.slots, func(s uint16) bool { return x.changed[s] == x.turn })
}

// ask asks a literal that only the filter can answer, at the instant of the search.
func (x *Index) ask(l *literal) bool {
	if l.asked == nil || !l.at.Equal(x.instant) {
		l.asked, l.at = at(l.source, x.instant), x.instant
	}
	return l.asked.Match(x.view, x.id)
}

// holds reports whether a condition holds of what the contact has in its slot.
func (x *Index) holds(c *check, f *fact) bool {
	holds := false
	switch c.kind {
	case hasWord:
		b, d := uint32(c.x), uint32(c.x>>32)
		for _, w := range f.words {
			holds = holds || w == c.a || w == b || w == d
		}
	case isLeast:
		holds = f.filled && f.number >= c.number()
	case isMost:
		holds = f.filled && f.number <= c.number()
	case isFilled:
		holds = f.filled
	case isLiteral:
		return x.lits[c.a].holds(f) // which has its own negation
	}
	return holds != c.not
}

func (l *literal) holds(f *fact) bool {
	if l.words == nil {
		holds := false
		for _, s := range l.spans {
			holds = holds || f.filled && s.Lo <= f.number && f.number <= s.Hi
		}
		return holds != l.not
	}
	n := 0
	for _, w := range f.words {
		if _, found := slices.BinarySearch(l.words, w); found {
			n++
		}
	}
	if l.all {
		return (n == len(l.words)) != l.not
	}
	return (n > 0) != l.not
}
