package filter

import (
	"slices"
)

// clashing reports a group that nobody can be in, with the two terms that contradict
// each other if there are two.
func (l *linter) clashing(group *lintPart, terms []*lintPart) {
	text, others := "no contact can meet all of it", []Path(nil)
	if len(terms) <= lintTerms {
		if a, b := l.clashOf(terms); a != nil {
			text = "no contact can meet both " + clip(a.text()) + " and " + clip(b.text())
			others = []Path{a.path, b.path}
		}
	}
	l.add(Contradiction, group.path, group.text(), text, "change a condition, or leave the group out").Others = others
}

// clashOf returns the first two terms that contradict each other, nil if there are
// none.
func (l *linter) clashOf(terms []*lintPart) (a, b *lintPart) {
	for i, b := range terms {
		for _, a := range terms[:i] {
			if l.refutes(a.part, b.part) {
				return a, b
			}
		}
	}
	return nil, nil
}

// redundantTerms reports the terms of a group that say what another one says, or
// that those beside them imply.
func (l *linter) redundantTerms(terms []*lintPart) {
	stay := slices.DeleteFunc(slices.Clone(terms), func(t *lintPart) bool { return t.always })
	stay = l.duplicates(stay)
	if len(stay) > lintTerms {
		return
	}
	for i := len(stay) - 1; i >= 0 && len(stay) > 1; i-- {
		t, rest := stay[i], slices.Delete(slices.Clone(stay), i, i+1)
		all := []*part{t.complement}
		for _, o := range rest {
			all = append(all, o.part)
		}
		if !l.refutes(all...) {
			continue
		}
		stay = rest
		text, others := "the others in its group imply it", []Path(nil)
		if k := slices.IndexFunc(rest, func(o *lintPart) bool { return l.refutes(o.part, t.complement) }); k >= 0 {
			text, others = clip(rest[k].text())+" implies it", []Path{rest[k].path}
		}
		l.add(NoEffect, t.path, t.text(), text, "leave it out").Others = others
	}
}

// duplicates reports the parts that say what one in front of them says, and returns
// the others.
func (l *linter) duplicates(parts []*lintPart) (stay []*lintPart) {
	first := make(map[Fingerprint]*lintPart)
	for _, p := range parts {
		twin := first[p.part.key]
		if twin == nil {
			first[p.part.key] = p
			stay = append(stay, p)
			continue
		}
		l.add(Duplicate, p.path, p.text(), twin.path.String()+" says the same", "leave it out").Others = []Path{twin.path}
	}
	return stay
}

// redundantGroups reports the groups whose contacts another group finds as well.
func (l *linter) redundantGroups(groups []*lintPart) {
	stay := slices.DeleteFunc(slices.Clone(groups), func(g *lintPart) bool { return g.dead })
	stay = l.duplicates(stay)
	if len(stay) > lintGroups {
		return
	}
	for i := len(stay) - 1; i >= 0; i-- {
		g, rest := stay[i], slices.Delete(slices.Clone(stay), i, i+1)
		if k := slices.IndexFunc(rest, func(o *lintPart) bool { return l.within(g, o) }); k >= 0 {
			l.add(NoEffect, g.path, g.text(), rest[k].path.String()+" finds the same contacts and perhaps more", "leave it out").Others = []Path{rest[k].path}
			stay = rest
		}
	}
}

// within reports whether it is proven that whom a group finds is found by another
// one. What reads a field that the group does not read cannot follow from it.
func (l *linter) within(g, other *lintPart) bool {
	for field := range other.fields {
		if !g.fields[field] {
			return false
		}
	}
	return l.refutes(g.part, other.complement)
}
