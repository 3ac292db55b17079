package filter

import (
	"errors"
	"time"

	"github.com/rosterdb/roster/contact"
)

// Segments is what a filter needs to know of the segments it names.
type Segments interface {
	// Check returns an error if a filter must not refer to this segment: it does
	// not exist, or it would refer to itself.
	Check(ref string) error
	// Members returns the members of a segment in a version. It is called while a
	// filter runs, possibly by several goroutines at once.
	Members(v *contact.View, ref string) contact.Set
}

// CompileOptions configures [Compile]. A nil *CompileOptions and every zero field
// mean the documented default.
type CompileOptions struct {
	// Segments resolves the segments that the filter names. Defaults to none: a
	// filter that names one is refused.
	Segments Segments
	// Zone is the time zone in which a bare date means a whole day. Defaults to
	// UTC.
	Zone *time.Location
}

// Program is a filter checked against a schema and compiled: it runs on any
// version of a store of that schema, also after the schema has grown.
//
// Program is immutable and safe for concurrent use.
type Program struct {
	company  bool // it runs over companies
	filter   Filter
	root     node
	zone     *time.Location
	inner    []*companyQuestion // what it asks about companies
	leaves   []*leaf
	nodes    int
	segments Segments
}

// Compile checks a filter and makes a program of it. The error joins everything
// that is wrong, see [Check].
func Compile(f Filter, schema *contact.Schema, opts *CompileOptions) (*Program, error) {
	var o CompileOptions
	if opts != nil {
		o = *opts
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if f.IsZero() {
		return nil, errors.New("filter: the filter is empty")
	}
	if err := Check(f, schema, o.Segments); err != nil {
		return nil, err
	}
	c := compiler{schema: schema, zone: o.Zone, program: &Program{filter: f, segments: o.Segments, zone: o.Zone}}
	c.program.root = c.filter(f, false)
	if c.err != nil {
		return nil, c.err
	}
	return c.program, nil
}

// Filter returns the filter that was compiled.
func (p *Program) Filter() Filter { return p.filter }

// Fields returns the fields that the program reads, without repetition.
func (p *Program) Fields() []contact.Field {
	var fields []contact.Field
	seen := make(map[int]bool)
	for _, l := range p.leaves {
		if !l.field.IsZero() && !seen[l.field.Index()] {
			seen[l.field.Index()] = true
			fields = append(fields, l.field)
		}
	}
	return fields
}

// A node is a part of a program. Negations have been pushed down to the leaves,
// so a node only ever takes candidates away.
type node struct {
	id       int
	leaf     *leaf  // nil for a branch
	any      bool   // branch: one child suffices; else all must hold
	children []node // at least two
}

// A leaf is a condition with its question and whether the answer is turned round.
type leaf struct {
	index     int
	condition Condition        // zero if it is about companies
	about     *companyQuestion // nil if it is not
	field     contact.Field    // zero for membership and for what is about companies
	ask       question
	negate    bool
}

type compiler struct {
	schema  *contact.Schema
	zone    *time.Location
	program *Program
	err     error
}

// filter compiles a filter, or its complement: not (a or b) is not a and not b.
func (c *compiler) filter(f Filter, negate bool) node {
	var children []node
	var primary []Group
	for _, g := range f.groups {
		if c.onPrimary(g) {
			primary = append(primary, g)
		} else {
			children = append(children, c.group(g, negate))
		}
	}
	if primary != nil {
		children = append(children, c.primary(Filter{groups: primary}, negate))
	}
	return c.branch(children, !negate)
}

func (c *compiler) group(g Group, negate bool) node {
	var children []node
	var primary []Term
	for _, t := range g.terms {
		if c.onPrimary(Group{[]Term{t}}) {
			primary = append(primary, t)
			continue
		}
		switch t := t.(type) {
		case Nested:
			children = append(children, c.filter(t.Filter(), t.Negated() != negate))
		case Scope:
			children = append(children, c.scope(t, negate))
		case Condition:
			children = append(children, c.condition(t, negate))
		}
	}
	if primary != nil {
		children = append(children, c.primary(Filter{groups: []Group{{primary}}}, negate))
	}
	return c.branch(children, negate)
}

// branch joins children; one of the same kind is merged into its parent.
func (c *compiler) branch(children []node, any bool) node {
	if len(children) == 1 {
		return children[0]
	}
	n := node{id: c.nextID(), any: any}
	for _, child := range children {
		if child.leaf == nil && child.any == any {
			n.children = append(n.children, child.children...)
		} else {
			n.children = append(n.children, child)
		}
	}
	return n
}

func (c *compiler) nextID() int {
	c.program.nodes++
	return c.program.nodes - 1
}

func (c *compiler) condition(cond Condition, negate bool) node {
	l := &leaf{index: len(c.program.leaves), condition: cond, negate: cond.Negated() != negate}
	if !cond.Op().OnSegments() {
		l.field, _ = fieldOf(c.schema, cond.Field())
	}
	var err error
	if l.ask, err = makeQuestion(cond, l.field, c.zone); err != nil && c.err == nil {
		c.err = err
	}
	c.program.leaves = append(c.program.leaves, l)
	return node{id: c.nextID(), leaf: l}
}
