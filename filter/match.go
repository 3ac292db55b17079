package filter

import "github.com/rosterdb/roster/contact"

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
