package filter

import (
	"github.com/rosterdb/roster/contact"
)

// Explanation tells why a contact matches a filter or why it does not: the filter
// as a tree, with the verdict on every part and what the contact has.
//
// It is plain data without references into a store, and is marshalled to JSON under
// the names of the tags. [Explanation.String] is the same for people.
type Explanation struct {
	Contact contact.ID `json:"contact"`
	Exists  bool       `json:"exists"` // the contact lives; if not, there are no groups
	Matches bool       `json:"matches"`

	// Groups are the groups of the filter in their order, one of which must hold.
	Groups []GroupVerdict `json:"groups,omitempty"`

	// Nearest is the place in Groups, from 0, of the group that lacks the fewest
	// conditions; of several as near it is the first. It is -1 if the contact matches
	// or does not exist.
	Nearest int `json:"nearest"`

	// Decisive are the fewest conditions that would have to turn out otherwise for
	// Matches to be otherwise, as they are in the tree: those that fail in the nearest
	// group, or those that keep the contact in. Conditions count one by one, also
	// where they depend on each other; of several choices as small it is the first in
	// the order of the text.
	Decisive []TermVerdict `json:"decisive,omitempty"`
}

// GroupVerdict tells of one group: it holds if all of its terms do.
type GroupVerdict struct {
	Holds bool `json:"holds"`

	// Distance is the number of conditions, at the fewest, that would have to turn
	// out otherwise for Holds to be otherwise: in a group of conditions that does not
	// hold, how many of them fail.
	Distance int `json:"distance"`

	Terms []TermVerdict `json:"terms"` // in their order
}

// TermVerdict tells of one term: a condition, or a nested filter, which has Groups
// and no Text.
type TermVerdict struct {
	Path     string `json:"path"`              // see [Path]
	Text     string `json:"text,omitempty"`    // the condition as filter text, with its negation
	Negated  bool   `json:"negated,omitempty"` // the term stands for its complement
	Holds    bool   `json:"holds"`             // the term does, so the negation counts
	Distance int    `json:"distance"`          // see [GroupVerdict]; 1 for a condition

	Field    string           `json:"field,omitempty"`    // that the condition reads; empty if it is on segments or on behaviour
	Event    string           `json:"event,omitempty"`    // the type of events that a term on behaviour is about, of a sequence that of its first step
	Value    contact.Value    `json:"-"`                  // what the contact has in the field; of behaviour the number, the time or the attribute that is asked for
	Has      string           `json:"has,omitempty"`      // Value as it would be written in a filter; empty if it is missing
	Segments []SegmentVerdict `json:"segments,omitempty"` // that the condition names, in their order

	Groups []GroupVerdict `json:"groups,omitempty"` // of a nested filter, before its negation
}

// SegmentVerdict tells whether the contact is a member of a segment.
type SegmentVerdict struct {
	Segment string `json:"segment"` // as the filter refers to it
	Member  bool   `json:"member"`
}

// Explain tells why a contact of a version matches f or not. It compiles f for that
// version's schema; the options may be nil and the error is that of [Compile], or
// [ErrNoTime] if the filter has relative dates. A program that is there already
// explains without an error, see [Program.Explain].
func Explain(f Filter, v *contact.View, id contact.ID, opts *CompileOptions) (*Explanation, error) {
	p, err := Compile(f, v.Schema(), opts)
	if err != nil {
		return nil, err
	}
	if p.Relative() {
		return nil, ErrNoTime
	}
	return p.Explain(v, id), nil
}

// Explain tells why a contact of a version matches or not. Unlike [Program.Match]
// it asks every condition, each by itself; relative ones hold for nobody unless
// [Program.At] has told the time. A contact that does not live matches nothing, which
// needs no reason.
func (p *Program) Explain(v *contact.View, id contact.ID) *Explanation {
	e := &Explanation{Contact: id, Exists: v.Exists(id), Nearest: -1}
	if !e.Exists {
		return e
	}
	x := explainer{p, v, v.Schema().WithHidden(), id, p.leaves}
	e.Groups = x.groups(p.filter, Path{})
	holds, _, nearest := judge(e.Groups)
	if e.Matches = holds; !holds {
		e.Nearest = nearest
	}
	e.Decisive = appendDecisive(nil, e.Groups)
	return e
}

// An explainer asks the conditions of a program about one contact.
type explainer struct {
	program *Program
	view    *contact.View
	schema  *contact.Schema
	id      contact.ID
	leaves  []*leaf // of the conditions to come, in the order of the text; those about companies are anywhere
}

// next returns the leaf of the next condition that is not about companies.
func (x *explainer) next() *leaf {
	for {
		l := x.leaves[0]
		if x.leaves = x.leaves[1:]; l.about == nil {
			return l
		}
	}
}

// alone asks a term about companies by itself: in the program it is part of one
// question with those beside it.
func (x *explainer) alone(t Term) bool {
	p := x.program
	c := compiler{schema: x.schema, program: &Program{segments: p.segments, rules: p.rules, now: p.now, timed: p.timed}}
	n := c.group(Group{[]Term{t}}, false)
	return c.program.match(&n, x.view, x.id)
}

func (x *explainer) groups(f Filter, path Path) []GroupVerdict {
	list := make([]GroupVerdict, len(f.groups))
	for i, g := range f.groups {
		list[i] = x.group(g, path, i)
	}
	return list
}

// group asks a group. To make it hold all terms that fail must turn, to make it
// fail one of them must.
func (x *explainer) group(g Group, path Path, place int) GroupVerdict {
	v := GroupVerdict{Holds: true, Terms: make([]TermVerdict, len(g.terms))}
	easiest, missing := 0, 0
	for i, t := range g.terms {
		term := x.term(t, path.at(place, i))
		v.Terms[i] = term
		switch {
		case !term.Holds:
			v.Holds = false
			missing += term.Distance
		case easiest == 0 || term.Distance < easiest:
			easiest = term.Distance
		}
	}
	if v.Distance = missing; v.Holds {
		v.Distance = easiest
	}
	return v
}

func (x *explainer) term(t Term, path Path) TermVerdict {
	v := TermVerdict{Path: path.String(), Negated: t.Negated(), Distance: 1}
	switch t := t.(type) {
	case Nested:
		v.Groups = x.groups(t.filter, path)
		v.Holds, v.Distance, _ = judge(v.Groups)
		v.Holds = v.Holds != v.Negated
	case Scope:
		v.Text = t.String()
		v.Holds = x.alone(t)
	case Behaviour:
		v.Text, v.Event = t.String(), t.events.name
		v.Holds, v.Value = x.behaviour(x.next())
		v.Holds = v.Holds != v.Negated
		v.Has = literalOf(v.Value)
	case Condition:
		v.Text = t.String()
		if isOnCompany(t, x.schema) {
			v.Holds = x.alone(t)
			v.Field = t.field
			companies := x.view.Companies()
			field, _ := fieldOf(x.schema, t.field)
			v.Value = companies.Of(companies.Primary(x.id), field)
			v.Has = literalOf(v.Value)
			return v
		}
		l := x.next()
		v.Holds = x.program.asks[l.index].match(x.program, x.view, x.id) != v.Negated
		for ref := range t.Segments() {
			member := x.program.segments.Members(x.view, ref).Contains(x.id)
			v.Segments = append(v.Segments, SegmentVerdict{ref, member})
		}
		if !l.field.IsZero() {
			v.Field = t.field
			v.Value = x.view.Of(x.id, l.field)
			v.Has = literalOf(v.Value)
		}
	}
	return v
}

// judge returns whether one of the groups holds, how many conditions must turn for
// that to be otherwise, and the place of the nearest group. To make a filter fail
// each group that holds must turn, to make it hold one of them must.
func judge(groups []GroupVerdict) (holds bool, distance, nearest int) {
	sum := 0
	for i, g := range groups {
		switch {
		case g.Holds:
			holds = true
			sum += g.Distance
		case groups[nearest].Holds || g.Distance < groups[nearest].Distance:
			nearest = i
		}
	}
	if holds {
		return true, sum, nearest
	}
	return false, groups[nearest].Distance, nearest
}

// appendDecisive appends the conditions that judge counts.
func appendDecisive(list []TermVerdict, groups []GroupVerdict) []TermVerdict {
	holds, _, nearest := judge(groups)
	if !holds {
		for _, t := range groups[nearest].Terms {
			if !t.Holds {
				list = t.appendDecisive(list)
			}
		}
		return list
	}
	for _, g := range groups {
		if !g.Holds {
			continue
		}
		for _, t := range g.Terms {
			if t.Distance == g.Distance {
				list = t.appendDecisive(list)
				break
			}
		}
	}
	return list
}

func (t *TermVerdict) appendDecisive(list []TermVerdict) []TermVerdict {
	if t.Groups == nil {
		return append(list, *t)
	}
	return appendDecisive(list, t.Groups)
}

// behaviour asks the positive form of a term on behaviour, and what there is to say of it.
// A program that was not told the time says that it does not hold, and nothing else.
func (x *explainer) behaviour(l *leaf) (holds bool, found contact.Value) {
	q := x.program.asks[l.index].(*behaviourQuestion)
	if !q.timed {
		return false, found
	}
	s := q.surveyOf(x.view, x.id)
	return s.holds(x.id), s.found(x.id)
}
