package filter

import (
	"context"
	"fmt"
	"strings"

	"github.com/rosterdb/roster/contact"
)

// Plan tells how a program runs on a version: the order of evaluation with
// estimated and true sizes.
type Plan struct {
	Contacts int // living contacts, or companies if it runs over these
	Matches  int // of them, those that match
	Root     Step
}

// Step is a part of a plan: a condition, or a branch of which all or any must
// hold.
type Step struct {
	Text     string // the condition, "all of" or "any of"
	Estimate int    // contacts expected to pass; for a branch, by its parts
	Size     int    // contacts that pass the condition by itself; -1 for a branch
	Left     int    // candidates left after the step, where it ran
	Scans    bool   // the condition looks at contacts one by one
	Steps    []Step // in the order they run

	Companies *Plan // how the companies were found that the step is about, nil if it is about none
}

// A tally is what a plan tells of a node.
type tally struct {
	share float64 // of the contacts, expected to pass
	left  int
}

// note records how many candidates a node has left.
func (r *run) note(n *node, b *contact.Block) {
	if r.tally != nil {
		r.tally[n.id].left += b.Len()
	}
}

// Plan runs the program and tells how. It costs a run and a count of every
// condition by itself.
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
	if plan.Root, err = r.step(&p.root); err != nil {
		return nil, err
	}
	return plan, nil
}

func (r *run) step(n *node) (Step, error) {
	t := r.tally[n.id]
	s := Step{Estimate: int(t.share*float64(r.live.Len()) + .5), Left: t.left}
	if n.leaf != nil {
		s.Scans = r.probes[n.leaf.index].Scans()
		s.Text = n.leaf.text()
		var err error
		if s.Size, err = r.size(n); err == nil && n.leaf.about != nil {
			s.Companies, err = r.program.asks[n.leaf.index].(*companyQuestion).companies.Plan(r.ctx, r.view)
		}
		return s, err
	}
	s.Text, s.Size = "all of", -1
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

// size counts the contacts that pass a leaf by itself.
func (r *run) size(n *node) (int, error) {
	if c, ok := r.count(n); ok {
		return c, nil
	}
	alone := &run{ctx: r.ctx, program: &Program{root: *n, leaves: r.program.leaves}, view: r.view, live: r.live, probes: r.probes}
	total := 0
	err := alone.each(func(b *contact.Block) { total += b.Len() })
	return total, err
}

// text returns the condition as the run asks it: negations around it count.
func (l *leaf) text() string {
	if l.about != nil {
		return l.about.text
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
	if s.Size >= 0 {
		kind := "index"
		if s.Scans {
			kind = "scan"
		}
		fmt.Fprintf(b, "%s, estimated %d, has %d, leaves %d\n", kind, s.Estimate, s.Size, s.Left)
		if s.Companies != nil {
			s.Companies.write(b, depth+1, "companies")
		}
		return
	}
	fmt.Fprintf(b, "estimated %d, leaves %d\n", s.Estimate, s.Left)
	for i := range s.Steps {
		s.Steps[i].write(b, depth+1)
	}
}
