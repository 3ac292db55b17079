package filter

// Every spelling of a filter is put together here, so that all of them end in the
// same canonical value:
//
//   - nots cancel, and a negated filter of one condition is the negated condition;
//   - a nested filter of one group, not negated, is part of the group around it;
//   - a group that is nothing but a nested filter, not negated, is part of the
//     filter around it.
//
// What is left as a nested filter is therefore negated and more than one
// condition, or has several groups and stands beside other terms.

// rope is a sequence with cheap concatenation. Splicing nested filters with
// slices would copy a long list once per pair of parentheses around it; here
// every item is copied once, at the end.
type rope[T any] struct {
	head, tail *chunk[T]
	n          int
}

// chunk is a piece of a rope and never empty. Its items are only ever appended to.
type chunk[T any] struct {
	items []T
	next  *chunk[T]
}

// ropeOf returns a rope of one or more items, which it shares and never writes to.
func ropeOf[T any](items []T) rope[T] {
	c := &chunk[T]{items: items[:len(items):len(items)]}
	return rope[T]{c, c, len(items)}
}

// push appends an item.
func (r *rope[T]) push(item T) {
	if r.tail == nil {
		r.tail = &chunk[T]{}
		r.head = r.tail
	}
	r.tail.items = append(r.tail.items, item)
	r.n++
}

// concat appends the items of other, which must not be empty and must not be used
// afterwards.
func (r *rope[T]) concat(other rope[T]) {
	if r.tail == nil {
		*r = other
		return
	}
	r.tail.next = other.head
	r.tail = other.tail
	r.n += other.n
}

// only returns the item of a rope that has exactly one.
func (r *rope[T]) only() T {
	return r.head.items[0]
}

// slice returns the items of a rope that is not empty. The result may share the
// rope's memory.
func (r *rope[T]) slice() []T {
	if r.head == r.tail {
		return r.head.items
	}
	items := make([]T, 0, r.n)
	for c := r.head; c != nil; c = c.next {
		items = append(items, c.items...)
	}
	return items
}

// terms is a group being built.
type terms struct{ rope[Term] }

// groups is a filter being built.
type groups struct{ rope[terms] }

// pending is a nested filter being built. It never leaves this file.
type pending struct {
	groups groups
	not    bool
}

// These make pending a Term; none of them is ever called.
func (*pending) term()            {}
func (p *pending) Negated() bool  { return p.not }
func (p *pending) String() string { return "" }

// open returns the groups of f, to be built on. It costs one step per group.
func open(f Filter) groups {
	var gs groups
	for _, g := range f.groups {
		gs.push(terms{ropeOf(g.terms)})
	}
	return gs
}

// addNested adds the filter gs, which must not be empty and must not be used
// afterwards, negated or not.
func (ts *terms) addNested(gs groups, not bool) {
	if gs.n == 1 {
		inner := gs.only()
		if !not {
			ts.concat(inner.rope)
			return
		}
		if inner.n == 1 {
			ts.addNegated(inner.only())
			return
		}
	}
	ts.push(&pending{gs, not})
}

// addNegated adds the complement of t. What it takes out of a negated nested
// filter is canonical, so this goes no deeper.
func (ts *terms) addNegated(t Term) {
	switch t := t.(type) {
	case Condition:
		ts.push(t.negated())
	case Nested:
		ts.addNested(open(t.filter), !t.not)
	case Scope:
		ts.push(Scope{t.filter, !t.not})
	case Behaviour:
		ts.push(t.negated())
	case *pending:
		ts.addNested(t.groups, !t.not)
	}
}

// add adds a group, which must not be empty and must not be used afterwards. A
// nested filter that is alone in it and not negated has just come from addNested,
// so it is pending: in a finished filter there is none.
func (gs *groups) add(ts terms) {
	if ts.n == 1 {
		if p, ok := ts.only().(*pending); ok && !p.not {
			gs.concat(p.groups.rope)
			return
		}
	}
	gs.push(ts)
}

// filter returns the finished filter.
func (gs *groups) filter() Filter {
	f := Filter{groups: make([]Group, 0, gs.n)}
	for c := gs.head; c != nil; c = c.next {
		for _, ts := range c.items {
			f.groups = append(f.groups, f.finish(ts.slice()))
		}
	}
	return f
}

// finish makes a group of f from terms. Only terms built here are pending, so a
// slice shared with a finished filter is not written to.
func (f *Filter) finish(terms []Term) Group {
	for i, t := range terms {
		if p, ok := t.(*pending); ok {
			t = Nested{p.groups.filter(), p.not}
			terms[i] = t
		}
		switch t := t.(type) {
		case Condition:
			f.broken = f.broken || t.err != nil
		case Nested:
			f.broken = f.broken || t.filter.broken
			f.depth = max(f.depth, t.filter.depth+1)
		case Scope:
			f.broken = f.broken || t.filter.broken
			f.depth = max(f.depth, t.filter.depth+1)
		case Behaviour:
			for _, e := range t.places() {
				f.broken = f.broken || e.where.broken
				if !e.where.IsZero() {
					f.depth = max(f.depth, e.where.depth+1)
				}
			}
		}
	}
	return Group{terms}
}
