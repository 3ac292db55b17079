package index

import "slices"

// visit decides by the conditions of a group whether its segment may have to be asked:
// whether the group, which held or not, does or does not now. A condition on what has
// not changed that fails ends it.
func (x *Index) visit(group []check) {
	h := &group[0]
	if h.not {
		return
	}
	if x.did && !x.readsIn(group) {
		return // another word has the same bit
	}
	x.visited++
	now, before, sure, own, settled := true, !x.created, true, true, !x.did || !x.growing
	for i := range group[1:] {
		c := &group[1+i]
		switch {
		case c.kind == isLiteral && x.lits[c.a].source != nil:
			l := &x.lits[c.a]
			if !settled && x.turnedReads(l) {
				if settled = true; x.staysSo(group) {
					return
				}
			}
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
	x.candidates = append(x.candidates, candidate{segment: h.a, now: now, own: own})
}

// staysSo reports whether the answer of a group's segment can't become another one by the
// group, because events that are recorded make it only more true, and it is true, or less.
func (x *Index) staysSo(group []check) bool {
	grows, shrinks := true, true
	for i := range group[1:] {
		if c := &group[1+i]; c.kind == isLiteral && x.turnedReads(&x.lits[c.a]) {
			grows, shrinks = grows && x.lits[c.a].grows, shrinks && x.lits[c.a].shrink
		}
	}
	if !grows && !shrinks {
		return false
	}
	matched := x.matched(group[0].a)
	return grows && matched || shrinks && !matched
}

// A candidate is the segment of a group whose answer may be another one now.
type candidate struct {
	segment  uint32
	now, own bool // whether the group holds, and whether only values of the contact itself say so
	was      bool // the answer that is stored
}

// decide finds the candidates whose stored answer is not that of the group. All answers
// are read before the first is used: they lie far apart, and a processor that has nothing else to do fetches many at once.
func (x *Index) decide() {
	for i := range x.candidates {
		c := &x.candidates[i]
		c.was = x.matched(c.segment)
	}
	for _, c := range x.candidates {
		if c.was == c.now || x.seen[c.segment] == x.turn {
			continue
		}
		sure := c.own
		if !c.now {
			holds, known := x.anyHolds(c.segment)
			if holds {
				continue
			}
			sure = known
		}
		x.seen[c.segment] = x.turn
		x.found++
		x.yield(c.segment, c.now, sure)
	}
}

// anyHolds reports whether a group of a segment holds by the values of the contact itself.
// If none does, known is false if one may by something else.
func (x *Index) anyHolds(segment uint32) (holds, known bool) {
	known = true
	for _, number := range x.filed[segment].places {
		p := x.places[number]
		switch group, own := x.groupHolds(x.words[p.word].bucket.group(p.at)); {
		case group && own:
			return true, true
		case group:
			known = false
		}
	}
	return false, known
}

// groupHolds reports whether a group may hold now, and whether only values of the contact
// itself say so.
func (x *Index) groupHolds(group []check) (holds, own bool) {
	own = true
	for i := range group[1:] {
		c := &group[1+i]
		if c.kind == isLiteral && x.lits[c.a].source != nil {
			own = false
		} else if !x.holds(c, x.fact(c.slot)) {
			return false, true
		}
	}
	return true, own
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
