package filter

import (
	"errors"
	"fmt"
	"slices"
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
	// Zone is the time zone of a filter that carries none: where its days begin and
	// end. Defaults to that of the schema's calendar, see [contact.Calendar].
	Zone *time.Location
	// WeekStart is the first day of the week, from Monday = 1 to Sunday = 7. Defaults
	// to that of the schema's calendar.
	WeekStart int
	// LeapDayInMarch makes 1 March the anniversary of 29 February in common years.
	// Defaults to what the schema's calendar says; false does not take that back.
	LeapDayInMarch bool
}

// Program is a filter checked against a schema and compiled: it runs on any
// version of a store of that schema, also after the schema has grown. If it has
// relative dates it runs on the program that [Program.At] returns; without it Count,
// Select and Plan fail with [ErrNoTime], and such a condition matches nobody.
//
// Program is immutable and safe for concurrent use.
type Program struct {
	company  bool // it runs over companies
	filter   Filter
	root     node
	inner    []*companyQuestion // what it asks about companies
	leaves   []*leaf
	asks     []question // by leaf
	nodes    int
	rules    *rules
	relative bool
	now      int64 // when it is asked
	timed    bool  // now is known
	segments Segments
}

// Compile checks a filter and makes a program of it. The error joins everything
// that is wrong, see [Check]; it is a [*ZoneError] if what the filter means depends on
// the zone of the schema's calendar and this machine does not know that.
//
// The program keeps the calendar it was compiled with.
func Compile(f Filter, schema *contact.Schema, opts *CompileOptions) (*Program, error) {
	o := opts.withDefaults(schema)
	r, err := newRules(f, schema, &o)
	if err != nil {
		return nil, err
	}
	c := compiler{schema: schema, program: &Program{filter: f, segments: o.Segments, rules: r}}
	c.program.root = c.filter(f, false)
	if c.err != nil {
		return nil, c.err
	}
	return c.program, nil
}

// withDefaults returns a copy of o, which may be nil, with every default filled in
// from the calendar of a schema. Zone stays nil if the machine does not know it.
func (o *CompileOptions) withDefaults(schema *contact.Schema) CompileOptions {
	var c CompileOptions
	if o != nil {
		c = *o
	}
	calendar := schema.Calendar()
	if c.Zone == nil {
		c.Zone, _ = schema.Zone()
	}
	if c.WeekStart == 0 {
		c.WeekStart = calendar.WeekStart
	}
	c.LeapDayInMarch = c.LeapDayInMarch || calendar.LeapDayInMarch
	return c
}

// newRules checks a filter and the options and returns what dates mean in it.
func newRules(f Filter, schema *contact.Schema, o *CompileOptions) (*rules, error) {
	switch {
	case f.IsZero():
		return nil, errors.New("filter: the filter is empty")
	case o.WeekStart < 1 || o.WeekStart > 7:
		return nil, fmt.Errorf("filter: CompileOptions.WeekStart %d: must be from 1, Monday, to 7, Sunday", o.WeekStart)
	}
	if err := Check(f, schema, o.Segments); err != nil {
		return nil, err
	}
	if o.Zone == nil {
		if f.Zone().Name == "" && zonal(f, schema) {
			_, err := schema.Zone()
			return nil, zoneError(Zone{Name: schema.Calendar().Zone}, err)
		}
		o.Zone = time.UTC // nothing looks at it
	}
	r := &rules{weekStart: o.WeekStart, march: o.LeapDayInMarch, clock: newWallClock(o.Zone)}
	z := f.Zone()
	if z.Name != "" {
		loc, err := contact.LoadZone(z.Name)
		if err != nil {
			return nil, zoneError(z, err)
		}
		r.clock = newWallClock(loc)
	}
	if z.Field != "" {
		field, _ := schema.Field(z.Field)
		r.own = &ownClocks{field: field}
	}
	return r, nil
}

// Filter returns the filter that was compiled.
func (p *Program) Filter() Filter { return p.filter }

// Fields returns the fields that the program reads, without repetition: also one of
// which it reads the domain only.
func (p *Program) Fields() []contact.Field {
	var fields []contact.Field
	seen := make(map[int]bool)
	add := func(f contact.Field) {
		if !f.IsZero() && !seen[f.Index()] {
			seen[f.Index()] = true
			fields = append(fields, f.Whole())
		}
	}
	for _, l := range p.leaves {
		add(l.field)
		if p.rules.own != nil && l.zonal() {
			add(p.rules.own.field)
		}
	}
	return fields
}

// Dated reports whether the program has conditions whose meaning depends on a calendar:
// where a day begins, what a week is, when 29 February is celebrated. One that has none
// means the same under every [contact.Calendar].
func (p *Program) Dated() bool {
	return slices.ContainsFunc(p.leaves, func(l *leaf) bool {
		switch {
		case l.about != nil:
			return l.about.companies.Dated()
		case l.did != nil:
			return l.did.term.dated()
		}
		return isDated(l.condition, l.field)
	})
}

// EventTypes returns the types of events that the program reads, without repetition.
func (p *Program) EventTypes() (types []contact.EventHandle) {
	for _, l := range p.leaves {
		if l.did == nil {
			continue
		}
		for _, q := range l.did.parts() {
			if !slices.Contains(types, q.of) {
				types = append(types, q.of)
			}
		}
	}
	return types
}

// zonal reports whether the answer to a question about contacts depends on a time zone.
func (l *leaf) zonal() bool {
	if l.did != nil {
		return l.did.term.zonal()
	}
	return !l.field.IsZero() && isZonal(l.condition, l.field.Kind())
}

// zonal reports whether a condition of a filter depends on a time zone.
func zonal(f Filter, schema *contact.Schema) bool {
	for _, b := range f.Behaviours() {
		if b.dated() {
			return true
		}
	}
	for path, c := range f.Conditions() {
		if c.Op().OnSegments() || path.OnEvent() {
			continue
		}
		of := schema
		if path.OnCompany() {
			of = schema.Companies()
		}
		if field, err := fieldOf(of, c.Field()); err == nil && isDated(c, field) {
			return true
		}
	}
	return false
}

// isDated reports whether what a condition means depends on a calendar.
func isDated(c Condition, f contact.Field) bool {
	if f.IsZero() || f.Kind() != contact.KindDate && f.Kind() != contact.KindDateTime {
		return false
	}
	return isRelative(c) || isZonal(c, f.Kind())
}

// Relative reports whether the program has relative dates or terms on behaviour, so that
// who matches depends on the time: an event counts from its own time on.
func (p *Program) Relative() bool { return p.relative }

// At returns the program as it is asked at an instant, which is cut to the
// millisecond and kept within the years 0 to 9999. A program without relative dates
// is returned as it is. The cost is that of resolving each relative date once.
func (p *Program) At(now time.Time) *Program {
	if !p.relative {
		return p
	}
	at := *p
	at.now, at.timed = nowMillis(now), true
	at.asks = slices.Clone(p.asks)
	for i, l := range p.leaves {
		if l.about != nil || l.did != nil || isRelative(l.condition) {
			at.asks[i] = p.rules.askAt(l, now)
		}
	}
	return &at
}

// askAt returns the question of a leaf that may be relative as it is asked at an instant.
func (r *rules) askAt(l *leaf, now time.Time) question {
	switch {
	case l.about != nil:
		q := *l.about
		q.companies = q.companies.At(now)
		return &q
	case l.did != nil:
		return l.did.at(nowMillis(now))
	}
	return r.ask(l.condition, l.field, nowMillis(now), true)
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
	condition Condition          // zero if it is about companies or on behaviour
	about     *companyQuestion   // nil if it is not
	did       *behaviourQuestion // nil if it is not on behaviour
	field     contact.Field      // zero for membership, for what is about companies and for behaviour
	negate    bool
}

type compiler struct {
	schema  *contact.Schema
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
		case Behaviour:
			children = append(children, c.behaviour(t, negate))
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
	ask, err := c.program.rules.question(cond, l.field, c.program.now, c.program.timed)
	if err != nil && c.err == nil {
		c.err = err
	}
	c.program.leaves, c.program.asks = append(c.program.leaves, l), append(c.program.asks, ask)
	c.program.relative = c.program.relative || isRelative(cond)
	return node{id: c.nextID(), leaf: l}
}
