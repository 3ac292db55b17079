package filter

import (
	"cmp"
	"slices"
	"strconv"
)

// Path is the place of a condition in a filter, counted from 0:
// or[1].and[0].or[2].and[0] is the only condition of the third group of the
// filter that stands first in the second group, and or[0].and[0].where.or[0].and[0] is the
// first condition on an attribute in a term on behaviour. The same path leads to the
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
	company     bool  // the term is a scope, and what follows is in it
	event       uint8 // the term is a Behaviour, and what follows is in it; in whereNames
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

// ofEvent returns the path of what is in a filter over the attributes of an event that
// is part of the term at p.
func (p Path) ofEvent(place uint8) Path {
	s := *p.last
	s.event = place
	return Path{&s}
}

// OnEvent reports whether the place is inside `where ( … )`, where conditions are on
// attributes of an event.
func (p Path) OnEvent() bool {
	for s := p.last; s != nil; s = s.outer {
		if s.event != 0 {
			return true
		}
	}
	return false
}

// wholeGroup is the place in a path that means the group and not a term of it.
const wholeGroup = -1

// String returns the path in the form or[1].and[0], "" for the zero Path. That of a
// group ends with the group: or[1].
func (p Path) String() string {
	var b []byte
	for _, s := range p.steps() {
		if len(b) > 0 {
			b = append(b, '.')
		}
		b = append(b, "or["...)
		b = strconv.AppendInt(b, int64(s.group), 10)
		if s.term != wholeGroup {
			b = append(b, "].and["...)
			b = strconv.AppendInt(b, int64(s.term), 10)
		}
		b = append(b, ']')
		if s.event != 0 {
			b = append(append(b, '.'), whereNames[s.event]...)
		}
	}
	return string(b)
}

// MarshalText returns the text of [Path.String].
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// steps returns the steps of a path, the outermost first.
func (p Path) steps() (steps []*step) {
	for s := p.last; s != nil; s = s.outer {
		steps = append(steps, s)
	}
	slices.Reverse(steps)
	return steps
}

// compare orders paths as what they lead to stands in the text: what holds something
// comes before what is in it.
func (p Path) compare(q Path) int {
	return slices.CompareFunc(p.steps(), q.steps(), func(a, b *step) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.term, b.term), cmp.Compare(a.event, b.event))
	})
}
