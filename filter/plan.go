package filter

import (
	"context"
	"fmt"
	"strings"

	"github.com/rosterdb/roster/contact"
)

// Plan tells how a program runs on a version: the order of evaluation with
// estimated and true sizes. It is plain data, also as JSON, and the caller's.
type Plan struct {
	Contacts int  `json:"contacts"` // living contacts, or companies if it runs over these
	Matches  int  `json:"matches"`  // of them, those that match
	Root     Step `json:"root"`
}

// Step is a part of a plan: a condition, or a branch of which all or any must
// hold.
type Step struct {
	Text     string `json:"text"`            // the condition, "all of" or "any of"
	Estimate int    `json:"estimate"`        // contacts expected to pass; for a branch, by its parts
	Size     int    `json:"size"`            // contacts that pass the condition or the branch by itself
	Left     int    `json:"left"`            // candidates left after the step, where it ran
	Scans    bool   `json:"scans,omitempty"` // the condition looks at contacts one by one
	Steps    []Step `json:"steps,omitempty"` // of a branch, in the order they run; none of a condition

	Companies *Plan `json:"companies,omitempty"` // how the companies were found that the step is about, nil if it is about none
}

// A tally is what a plan tells of a node.
type tally struct {
	share float64 // of the contacts, expected to pass
	left  int
	size  int
}

// note records how many candidates a node has left.
func (r *run) note(n *node, b *contact.Block) {
	if r.tally != nil {
		r.tally[n.id].left += b.Len()
	}
}

// Plan runs the program and tells how. It costs a run and a pass over the blocks for
// every condition.
func (p *Program) Plan(ctx context.Context, v *contact.View) (*Plan, error) {
	r, err := p.bind(ctx, v, nil)
	if err != nil {
		return nil, err
	}
	r.tally = make([]tally, p.nodes)
	r.plan(&p.root)
	plan := &Plan{Contacts: r.live.Len()}
	if err := r.each(func(b *contact.Block) { plan.Matches += b.Len() }); err != nil {
		return nil, err
	}
	if err := r.sizes(); err != nil {
		return nil, err
	}
	if plan.Root, err = r.step(&p.root); err != nil {
		return nil, err
	}
	return plan, nil
}

func (r *run) step(n *node) (Step, error) {
	t := r.tally[n.id]
	s := Step{Estimate: int(t.share*float64(r.live.Len()) + .5), Size: t.size, Left: t.left}
	if n.leaf != nil {
		s.Scans = r.probes[n.leaf.index].Scans()
		s.Text = n.leaf.text()
		var err error
		if n.leaf.about != nil {
			s.Companies, err = r.program.asks[n.leaf.index].(*companyQuestion).companies.Plan(r.ctx, r.view)
		}
		return s, err
	}
	s.Text = "all of"
	if n.any {
		s.Text = "any of"
	}
	for _, child := range r.order[n.id] {
		c, err := r.step(child)
		if err != nil {
			return s, err
		}
		s.Steps = append(s.Steps, c)
	}
	return s, nil
}

// sizes counts for every node the contacts that pass it by itself.
func (r *run) sizes() error {
	all := r.take()
	defer r.give(all)
	for i := range r.live.Blocks() {
		if r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
		r.sizesIn(&r.program.root, all, i)
	}
	return nil
}

// sizesIn counts in one block, and leaves in b who passes the node.
func (r *run) sizesIn(n *node, b *contact.Block, i int) {
	if n.leaf != nil {
		r.startLeaf(n.leaf, b, i)
	} else {
		more := r.take()
		for k := range n.children {
			if k == 0 {
				r.sizesIn(&n.children[k], b, i)
				continue
			}
			r.sizesIn(&n.children[k], more, i)
			if n.any {
				b.Or(more)
			} else {
				b.And(more)
			}
		}
		r.give(more)
	}
	r.tally[n.id].size += b.Len()
}

// text returns the condition as the run asks it: negations around it count.
func (l *leaf) text() string {
	switch {
	case l.about != nil:
		return l.about.text
	case l.did != nil:
		return l.behaviour().String()
	}
	if l.negate != l.condition.Negated() {
		return l.condition.negated().String()
	}
	return l.condition.String()
}

// String returns the plan as indented text, a line a step.
func (p *Plan) String() string {
	var b strings.Builder
	p.write(&b, 0, "contacts")
	return b.String()
}

func (p *Plan) write(b *strings.Builder, depth int, what string) {
	fmt.Fprintf(b, "%s%d of %d %s match\n", strings.Repeat("  ", depth), p.Matches, p.Contacts, what)
	p.Root.write(b, depth)
}

func (s *Step) write(b *strings.Builder, depth int) {
	fmt.Fprintf(b, "%s%s: ", strings.Repeat("  ", depth), clip(s.Text))
	if len(s.Steps) == 0 {
		kind := "index"
		if s.Scans {
			kind = "scan"
		}
		fmt.Fprintf(b, "%s, ", kind)
	}
	fmt.Fprintf(b, "estimated %d, has %d, leaves %d\n", s.Estimate, s.Size, s.Left)
	if s.Companies != nil {
		s.Companies.write(b, depth+1, "companies")
	}
	for i := range s.Steps {
		s.Steps[i].write(b, depth+1)
	}
}
