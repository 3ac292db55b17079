package filter

import (
	"cmp"
	"context"
	"slices"

	"github.com/rosterdb/roster/contact"
)

// Count returns how many living contacts of a version match. A single condition
// that the version can count without touching contacts costs nothing more;
// otherwise the cost is a pass over the blocks. The context is looked at between
// blocks.
func (p *Program) Count(ctx context.Context, v *contact.View) (int, error) {
	r, err := p.bind(ctx, v, nil)
	if err != nil {
		return 0, err
	}
	if n, ok := r.count(&p.root); ok {
		return n, context.Cause(ctx)
	}
	total := 0
	err = r.each(func(b *contact.Block) { total += b.Len() })
	return total, err
}

// Select returns the living contacts of a version that match.
func (p *Program) Select(ctx context.Context, v *contact.View) (contact.Set, error) {
	r, err := p.bind(ctx, v, nil)
	if err != nil {
		return contact.Set{}, err
	}
	return r.collect(v.Shared())
}

// collect returns what passes. A set that is at hand is returned only if it may be: it
// may change when the version does.
func (r *run) collect(atHand bool) (contact.Set, error) {
	if l := r.program.root.leaf; l != nil && !l.negate && atHand {
		if set, ok := r.probes[l.index].Set(); ok {
			return set, context.Cause(r.ctx)
		}
	}
	var builder contact.SetBuilder
	if err := r.each(builder.Add); err != nil {
		return contact.Set{}, err
	}
	return builder.Set(), nil
}

// A run is one execution of a program on one version. It belongs to one
// goroutine.
type run struct {
	ctx     context.Context
	program *Program
	view    *contact.View
	live    contact.Set     // what it runs over
	probes  []contact.Probe // by leaf
	order   [][]*node       // by node: the children, the one to start with first
	spare   []*contact.Block
	tally   []tally   // by node, for Plan; nil otherwise
	sharing *Sharing  // nil if the program runs by itself
	shares  []float64 // by node, the estimated share that passes, for sharing; nil otherwise
}

// bind asks every question of the version and decides the order of evaluation. The
// context is looked at between the questions, and inside those that ask every
// distinct text. s may be nil.
func (p *Program) bind(ctx context.Context, v *contact.View, s *Sharing) (*run, error) {
	r := &run{ctx: ctx, program: p, view: v, live: p.over(v), probes: make([]contact.Probe, len(p.leaves)), order: make([][]*node, p.nodes), sharing: s}
	if s != nil {
		r.shares = make([]float64, p.nodes)
	}
	for i, ask := range p.asks {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var err error
		if r.probes[i], err = ask.probe(r); err != nil {
			return nil, err
		}
	}
	if p.root.leaf == nil {
		r.plan(&p.root)
	}
	return r, nil
}

// count answers what the version knows without looking at contacts.
func (r *run) count(n *node) (int, bool) {
	if n.leaf == nil {
		return r.countTwo(n)
	}
	c, ok := r.probes[n.leaf.index].Count()
	if n.leaf.negate {
		c = r.live.Len() - c
	}
	return c, ok
}

// countTwo answers a branch of two conditions whose contacts are at hand as sets: it
// takes what they have in common, and no set has to be made.
func (r *run) countTwo(n *node) (int, bool) {
	if len(n.children) != 2 || n.children[0].leaf == nil || n.children[1].leaf == nil {
		return 0, false
	}
	p, q := n.children[0].leaf, n.children[1].leaf
	both, ok := r.probes[p.index].CountBoth(r.probes[q.index])
	if !ok {
		return 0, false
	}
	one, _ := r.probes[p.index].Count()
	other, _ := r.probes[q.index].Count()
	all := r.live.Len()
	// One or the other is everybody but those who are neither.
	notOne, notOther := p.negate != n.any, q.negate != n.any
	switch {
	case notOne && notOther:
		both = all - one - other + both
	case notOne:
		both = other - both
	case notOther:
		both = one - both
	}
	if n.any {
		return all - both, true
	}
	return both, true
}

// The cost of asking a probe of one candidate, relative to a scan.
const (
	scanCost = 1.0
	setCost  = 0.02
)

// plan orders the children of every branch and returns the estimated share of
// contacts that pass a node, and what asking it of one candidate costs. Children
// that all must hold come in the order of what they take away per cost; of those
// where one suffices, the cheapest comes first.
func (r *run) plan(n *node) (share, cost float64) {
	if n.leaf != nil {
		share, cost = r.planLeaf(n.leaf)
	} else {
		share, cost = r.planBranch(n)
	}
	if r.tally != nil {
		r.tally[n.id].share = share
	}
	if r.shares != nil {
		r.shares[n.id] = share
	}
	return share, cost
}

func (r *run) planLeaf(l *leaf) (share, cost float64) {
	p := r.probes[l.index]
	share = min(1, float64(p.Estimate())/float64(max(1, r.live.Len())))
	if l.negate {
		share = 1 - share
	}
	if p.Scans() {
		return share, scanCost
	}
	return share, setCost
}

func (r *run) planBranch(n *node) (share, cost float64) {
	type ranked struct {
		child       *node
		share, cost float64
	}
	list := make([]ranked, len(n.children))
	for i := range n.children {
		child := &n.children[i]
		s, c := r.plan(child)
		list[i] = ranked{child, s, c}
	}
	slices.SortStableFunc(list, func(a, b ranked) int {
		if n.any {
			return cmp.Compare(a.cost, b.cost)
		}
		return cmp.Compare((1-b.share)/b.cost, (1-a.share)/a.cost)
	})
	children := make([]*node, len(list))
	fails, passes := 1.0, 1.0
	for i, l := range list {
		children[i] = l.child
		if n.any {
			cost += l.cost
		} else {
			cost += l.cost * passes
		}
		passes *= l.share
		fails *= 1 - l.share
	}
	r.order[n.id] = children
	if n.any {
		return 1 - fails, cost
	}
	return passes, cost
}

// each calls do with the matching contacts of every block in turn. The block
// belongs to the run and is good during the call.
func (r *run) each(do func(*contact.Block)) error {
	out := r.take()
	defer r.give(out)
	for i := range r.live.Blocks() {
		if r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
		r.start(&r.program.root, out, i, nil)
		if out.Len() > 0 {
			do(out)
		}
	}
	return context.Cause(r.ctx)
}

// start makes the contacts of block i that pass a node the candidates of b, but
// for those in but, which may be nil: they are found already.
func (r *run) start(n *node, b *contact.Block, i int, but *contact.Block) {
	switch {
	case n.leaf != nil:
		r.startLeaf(n.leaf, b, i)
	case n.any:
		more := r.take()
		for k, child := range r.order[n.id] {
			if k == 0 {
				r.start(child, b, i, but)
				continue
			}
			r.start(child, more, i, b)
			b.Or(more)
		}
		r.give(more)
	default:
		for k, child := range r.order[n.id] {
			if k > 0 {
				r.keep(child, b)
			} else if r.start(child, b, i, nil); but != nil {
				b.AndNot(but)
			}
			if b.Len() == 0 {
				break
			}
		}
	}
	r.note(n, b)
}

func (r *run) startLeaf(l *leaf, b *contact.Block, i int) {
	p := r.probes[l.index]
	if !l.negate && b.LoadProbe(p, i) {
		return
	}
	b.Load(r.live, i)
	b.Keep(p, l.negate)
}

// keep drops the candidates of b that fail a node.
func (r *run) keep(n *node, b *contact.Block) {
	switch {
	case n.leaf != nil:
		b.Keep(r.probes[n.leaf.index], n.leaf.negate)
	case n.any:
		r.keepAny(n, b)
	default:
		for _, child := range r.order[n.id] {
			r.keep(child, b)
			if b.Len() == 0 {
				break
			}
		}
	}
	r.note(n, b)
}

// keepAny asks each child only about the candidates that no child before it has
// let pass.
func (r *run) keepAny(n *node, b *contact.Block) {
	passed, try := r.take(), r.take()
	passed.Clear(b)
	for _, child := range r.order[n.id] {
		try.Copy(b)
		r.keep(child, try)
		passed.Or(try)
		b.AndNot(try)
		if b.Len() == 0 {
			break
		}
	}
	b.Copy(passed)
	r.give(passed)
	r.give(try)
}

func (r *run) take() *contact.Block {
	if n := len(r.spare); n > 0 {
		b := r.spare[n-1]
		r.spare = r.spare[:n-1]
		return b
	}
	return new(contact.Block)
}

func (r *run) give(b *contact.Block) { r.spare = append(r.spare, b) }
