package filter

import (
	"bytes"
	"cmp"
	"slices"
)

// tidied returns c in the form that conditions which say the same have in common,
// as far as that is known without a schema: the values in order and each once, and
// the plainer operator if there is a single one.
func (c Condition) tidied() Condition {
	switch {
	case !c.op.valid() || c.err != nil:
		return c
	case c.op == Between && c.args[0] == c.args[1] && c.args[0].isPoint():
		c.op, c.args = Equal, c.args[:1]
	case c.op.info().arity == manyValues:
		if !strictlyAscending(c.args) {
			c.args = slices.Clone(c.args)
			slices.SortFunc(c.args, compareValues)
			c.args = slices.Compact(c.args)
		}
		if len(c.args) == 1 {
			c.op = plainer(c.op)
		}
	}
	return c
}

// plainer returns the operator that says of one value what a list of that one says.
func plainer(op Op) Op {
	switch op {
	case In:
		return Equal
	case HasAll:
		return HasAny
	case InAnySegment, InAllSegments:
		return InSegment
	}
	return op
}

func strictlyAscending(values []Value) bool {
	for i := 1; i < len(values); i++ {
		if compareValues(values[i-1], values[i]) >= 0 {
			return false
		}
	}
	return true
}

// isPoint reports whether v is a value of an order that stays what it is.
func (v Value) isPoint() bool {
	return v.kind == NumberValue || v.kind == DateValue || v.kind == DateTimeValue || v.kind == TimeOfDayValue
}

// compareValues orders values: by kind, and of one kind by size or as texts are.
func compareValues(a, b Value) int {
	switch {
	case a.kind != b.kind:
		return cmp.Compare(a.kind, b.kind)
	case a.kind == NumberValue:
		return cmp.Compare(a.Number(), b.Number())
	case a.kind == TextValue:
		return cmp.Compare(a.text, b.text)
	case a.bits != b.bits:
		return cmp.Compare(int64(a.bits), int64(b.bits))
	}
	return cmp.Compare(a.String(), b.String())
}

// compareConditions orders tidied conditions for people: by field and operator,
// those on segments first, the negated one of two last.
func compareConditions(a, b Condition) int {
	if d := cmp.Or(cmp.Compare(a.field, b.field), cmp.Compare(a.part, b.part), cmp.Compare(a.op, b.op), slices.CompareFunc(a.args, b.args, compareValues)); d != 0 {
		return d
	}
	switch {
	case a.not == b.not:
		return 0
	case b.not:
		return -1
	}
	return 1
}

// A part is a piece of a filter in which negations stand in front of conditions
// only. Parts that are put together alike have the same key.
type part struct {
	key       Fingerprint
	condition Condition  // of a leaf, tidied, unless it is a scope or on behaviour
	scope     *Scope     // of a leaf that is one, its filter in the normal form if that is not too large
	behaviour *Behaviour // of a leaf that is one, tidied, with its filters as that of a scope
	any       bool       // of a branch: one of the kids suffices, else all must hold
	kids      []*part    // of a branch: at least two, none of which is a branch of the same sort, by key, each once
}

func (p *part) isLeaf() bool { return p.kids == nil }

// term returns the term that a leaf is.
func (p *part) term() Term {
	switch {
	case p.scope != nil:
		return *p.scope
	case p.behaviour != nil:
		return *p.behaviour
	}
	return p.condition
}

// compareLeaves orders leaves for people: conditions first, behaviour last.
func compareLeaves(a, b *part) int {
	switch {
	case a.behaviour != nil && b.behaviour != nil:
		return cmp.Or(cmp.Compare(a.behaviour.positive().String(), b.behaviour.positive().String()), cmp.Compare(a.behaviour.String(), b.behaviour.String()), bytes.Compare(a.key[:], b.key[:]))
	case a.behaviour != nil:
		return 1
	case b.behaviour != nil:
		return -1
	case a.scope == nil && b.scope == nil:
		return compareConditions(a.condition, b.condition)
	case a.scope == nil:
		return -1
	case b.scope == nil:
		return 1
	}
	return cmp.Or(cmp.Compare(a.scope.filter.String(), b.scope.filter.String()), cmp.Compare(a.scope.String(), b.scope.String()))
}

// scopePart returns the leaf that a scope is. What is known of what is in it stays in
// it: conditions there speak of another thing.
func scopePart(s Scope, not bool) *part {
	s.not = not
	normal, inner := s.filter.known()
	s.filter = normal
	sort := "any company"
	if not {
		sort = "no company"
	}
	h := newHash(sort)
	h.Write(inner[:])
	return &part{key: h.sum(), scope: &s}
}

// behaviourPart returns the leaf that a term on behaviour is. What is known of what is in
// its filters stays in them.
func behaviourPart(b Behaviour) *part {
	b.about = b.about.tidied()
	if b.kind == DidOnDays && b.quantity.n == 1 && !b.quantity.exactly {
		b.kind = DidTimes
	}
	plain := b.positive().mapEvents(func(e Events) Events {
		return Events{name: e.name, period: e.period.tidied()}
	})
	sort := "behaviour"
	if b.not {
		sort = "no behaviour"
	}
	h := newHash(sort)
	h.Write(appendBehaviour(nil, plain))
	place := byte(0)
	b = b.mapEvents(func(e Events) Events {
		place++
		normal, inner := e.where.known()
		h.Write(append(inner[:], place))
		e.where, e.period = normal, e.period.tidied()
		return e
	})
	return &part{key: h.sum(), behaviour: &b}
}

// positive returns the key that a leaf and its complement have in common.
func (p *part) positive() Fingerprint {
	switch {
	case p.scope != nil:
		return scopePart(*p.scope, false).key
	case p.behaviour != nil:
		return behaviourPart(p.behaviour.positive()).key
	}
	c := p.condition
	c.not = false
	return fingerprintOf(c)
}

// tidy returns the part that a filter is, or its complement.
func tidy(f Filter, negate bool) *part {
	kids := make([]*part, len(f.groups))
	for i, g := range f.groups {
		terms := make([]*part, len(g.terms))
		for j, t := range g.terms {
			switch t := t.(type) {
			case Condition:
				t.not = t.not != negate
				t = t.tidied()
				terms[j] = &part{key: fingerprintOf(t), condition: t}
			case Scope:
				terms[j] = scopePart(t, t.not != negate)
			case Behaviour:
				t.not = t.not != negate
				terms[j] = behaviourPart(t)
			case Nested:
				terms[j] = tidy(t.filter, t.not != negate)
			}
		}
		kids[i] = join(terms, negate)
	}
	return join(kids, !negate)
}

// join puts parts together.
func join(parts []*part, any bool) *part {
	p := &part{any: any}
	for _, k := range parts {
		if !k.isLeaf() && k.any == any {
			p.kids = append(p.kids, k.kids...)
		} else {
			p.kids = append(p.kids, k)
		}
	}
	slices.SortFunc(p.kids, func(a, b *part) int { return bytes.Compare(a.key[:], b.key[:]) })
	p.kids = slices.CompactFunc(p.kids, func(a, b *part) bool { return a.key == b.key })
	if len(p.kids) == 1 {
		return p.kids[0]
	}
	h := newHash("all")
	if any {
		h = newHash("any")
	}
	for _, k := range p.kids {
		h.Write(k.key[:])
	}
	p.key = h.sum()
	return p
}
