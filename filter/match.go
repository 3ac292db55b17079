package filter

import (
	"time"

	"github.com/rosterdb/roster/contact"
)

// Match reports whether one living contact of a version matches. It looks at the
// contact's own values only, and at as few of them as decide.
func (p *Program) Match(v *contact.View, id contact.ID) bool {
	return v.Exists(id) && p.match(&p.root, v, id)
}

func (p *Program) match(n *node, v *contact.View, id contact.ID) bool {
	if n.leaf != nil {
		return p.asks[n.leaf.index].match(p, v, id) != n.leaf.negate
	}
	for i := range n.children {
		if p.match(&n.children[i], v, id) == n.any {
			return n.any
		}
	}
	return !n.any
}

// MatchAt is Match of the program as it is asked at an instant, see [Program.At]: for one
// contact it costs less than to make that program.
func (p *Program) MatchAt(v *contact.View, id contact.ID, now time.Time) bool {
	return v.Exists(id) && p.matchAt(&p.root, v, id, now, false)
}

// MayMatchAt reports whether a contact would match at an instant if each of the program's
// terms on behaviour held, or with its negation did not. It reads no events, and is
// true where [Program.MatchAt] is.
func (p *Program) MayMatchAt(v *contact.View, id contact.ID, now time.Time) bool {
	return v.Exists(id) && p.matchAt(&p.root, v, id, now, true)
}

// matchAt asks a node as of an instant, or what it would be if behaviour did not matter.
func (p *Program) matchAt(n *node, v *contact.View, id contact.ID, now time.Time, may bool) bool {
	if l := n.leaf; l != nil {
		if l.did != nil {
			if may {
				return true
			}
			s := l.did.surveyAt(v, id, nowMillis(now))
			return s.holds(id) != l.negate
		}
		ask := p.asks[l.index]
		if l.about != nil || isRelative(l.condition) {
			ask = p.rules.askAt(l, now)
		}
		return ask.match(p, v, id) != l.negate
	}
	for i := range n.children {
		if p.matchAt(&n.children[i], v, id, now, may) == n.any {
			return n.any
		}
	}
	return !n.any
}
