package filter

import (
	"slices"

	"github.com/rosterdb/roster/contact"
)

// A refuter looks for proofs that no contact can match. It never takes one for
// another: what it says is proven, and what it cannot prove in time, or with what it
// knows of the operators, it leaves open.
type refuter struct {
	schema *contact.Schema
	rules  *rules
	claims map[Fingerprint]*claim // of conditions with their negation
	effort int                    // what is left to spend on all questions together
}

// Effort is counted in claims that are held against each other, a list counting by
// its length.
const (
	wholeEffort    = 3_000_000
	questionEffort = 100_000
)

// refutes reports whether it is proven that no contact meets all of the parts.
func (r *refuter) refutes(parts ...*part) bool {
	q := inquiry{r, min(questionEffort, r.effort)}
	before := q.effort
	found := q.search(nil, slices.Clone(parts))
	r.effort -= before - max(0, q.effort)
	return found
}

// inquiry is one question to a refuter.
type inquiry struct {
	*refuter
	effort int
}

// search reports whether it is proven that no contact meets the claims and the
// parts. It goes through the choices that there are, the smallest first.
func (q *inquiry) search(have []*claim, todo []*part) bool {
	var choices []*part
	known := len(have)
	for len(todo) > 0 && q.effort > 0 {
		q.effort--
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		switch {
		case p.isLeaf():
			have = append(have, q.claim(p))
		case p.any:
			choices = append(choices, p)
		default:
			todo = append(todo, p.kids...)
		}
	}
	if q.clash(have, known) {
		return true
	}
	if len(choices) == 0 {
		return false
	}
	small := 0
	for i, c := range choices {
		if len(c.kids) < len(choices[small].kids) {
			small = i
		}
	}
	rest := slices.Delete(slices.Clone(choices), small, small+1)
	for _, kid := range choices[small].kids {
		q.effort -= len(choices)
		if q.effort <= 0 || !q.search(slices.Clip(have), append(slices.Clip(rest), kid)) {
			return false
		}
	}
	return true
}

// clash reports whether the claims contradict each other on a field of those that
// are not known yet.
func (q *inquiry) clash(have []*claim, known int) bool {
	for i, c := range have[known:] {
		q.effort -= len(have)
		if q.effort <= 0 {
			return false
		}
		if slices.ContainsFunc(have[known:known+i], c.sameField) {
			continue // looked at already
		}
		var same []*claim
		for _, other := range have {
			if other.sameField(c) {
				q.effort -= other.weight
				same = append(same, other)
			}
		}
		if q.effort > 0 && q.conflict(same) {
			return true
		}
	}
	return false
}

// conflict reports whether no contact can meet all of the claims, which are about
// one field. If it is not sure it says no.
func (q *inquiry) conflict(claims []*claim) bool {
	said := make(map[Fingerprint]bool, len(claims))
	for _, c := range claims {
		if not, ok := said[c.positive]; ok && not != c.not {
			return true
		}
		said[c.positive] = c.not
	}
	for _, c := range claims {
		switch c.say.(type) {
		case ranged:
			return noRange(claims, &q.effort)
		case *lettered:
			return noText(claims, &q.effort)
		case worded:
			return noWords(claims)
		}
	}
	return false
}

// claim returns the claim of a leaf, made once.
func (r *refuter) claim(p *part) *claim {
	c, ok := r.claims[p.key]
	if !ok {
		c = newClaim(p, r.schema, r.rules)
		r.claims[p.key] = c
	}
	return c
}
