package filter

import (
	"slices"
	"strconv"
)

// Path is the place of a condition in a filter, counted from 0:
// or[1].and[0].or[2].and[0] is the only condition of the third group of the
// filter that stands first in the second group. The same path leads to the
// condition in the JSON of the filter.
//
// The zero Path is that of the filter itself. A Path is immutable and safe for
// concurrent use.
type Path struct {
	last *step
}

// step is one level of a path. It is never changed, so paths share their
// beginnings.
type step struct {
	outer       *step
	group, term int
	company     bool // the term is a scope, and what follows is in it
}

// at returns the path of a term of the filter that is at p.
func (p Path) at(group, term int) Path {
	return Path{&step{outer: p.last, group: group, term: term}}
}

// scoped returns the path of what is in the scope at p.
func (p Path) scoped() Path {
	s := *p.last
	s.company = true
	return Path{&s}
}

// OnCompany reports whether the place is inside `any company ( … )`, where conditions
// are on fields of companies.
func (p Path) OnCompany() bool {
	for s := p.last; s != nil; s = s.outer {
		if s.company {
			return true
		}
	}
	return false
}

// String returns the path in the form or[1].and[0], "" for the zero Path.
func (p Path) String() string {
	var steps []*step
	for s := p.last; s != nil; s = s.outer {
		steps = append(steps, s)
	}
	var b []byte
	for _, s := range slices.Backward(steps) {
		if len(b) > 0 {
			b = append(b, '.')
		}
		b = append(b, "or["...)
		b = strconv.AppendInt(b, int64(s.group), 10)
		b = append(b, "].and["...)
		b = strconv.AppendInt(b, int64(s.term), 10)
		b = append(b, ']')
	}
	return string(b)
}
