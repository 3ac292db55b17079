package filter

import (
	"context"
	"fmt"
	"time"

	"github.com/rosterdb/roster/contact"
)

// A Shape says what decides about a [Literal], so that an index can file it by the
// values at which its answer turns.
type Shape uint8

// The shapes.
const (
	OtherShape Shape = iota // whatever Match does
	AnyWord                 // having at least one of Words
	AllWords                // having all of Words
	InSpan                  // a value in one of Spans
	NoValue                 // having no value; an empty text is none
)

// A Literal is a condition as it stands in a group of a program's normal form:
// compiled, and perhaps negated. It is what an index of many filters works with, see
// [Program.Groups].
//
// Literal is immutable and safe for concurrent use; nothing in it may be changed.
type Literal struct {
	// Key is the same for literals that say the same, in whatever filter.
	Key Fingerprint
	// Negated turns the answer of the shape round. Match has it in it.
	Negated bool
	// OfNothing tells that the literal holds for a contact that has no values, is in no
	// segment and belongs to no company.
	OfNothing bool
	Shape     Shape
	// Fields are the fields of contacts it reads: one for every shape but OtherShape.
	Fields []contact.Field
	// Primary and Companies tell that it reads something of the contact's primary
	// company, or of any.
	Primary, Companies bool
	// Events are what it reads of events, of each type that it names.
	Events []EventRead
	// Grows tells that one more event never makes it false, Shrinks that none ever makes it
	// true.
	Grows, Shrinks bool
	// Words are texts, options or tags in the form they are compared in, and of a field of
	// yes or no "yes" and "no"; sorted and distinct.
	Words []string
	// Spans are values of a number, a date in days since 1970-01-01, or a datetime in
	// milliseconds since 1970 UTC; sorted and apart.
	Spans []contact.Span
	// Relative tells that what it says depends on the time, see [Literal.At].
	Relative bool

	program *Program // with what Match needs
	leaf    *leaf
	ask     question
}

// Groups returns the normal form of a program: one of the groups has to hold, and
// in it all literals. A literal that is in several groups is one. ok is false if the
// form would be too large, see [Filter.Normal]; then nothing but [Program.Match] is
// left.
//
// Literals with relative dates need [Literal.At] before they are matched. The cost
// is that of the normal form.
func (p *Program) Groups() (groups [][]*Literal, ok bool) {
	lits := make(map[Fingerprint]*Literal, len(p.leaves))
	own := &Program{segments: p.segments, rules: p.rules}
	root := p.part(&p.root, own, lits)
	n, err := newNormalizer(root)
	if err != nil {
		return nil, false
	}
	expanded := n.expand(root)
	groups = make([][]*Literal, len(expanded))
	for i, g := range expanded {
		groups[i] = make([]*Literal, len(g))
		for j, l := range g {
			groups[i][j] = lits[n.leaves[l].key]
		}
	}
	return groups, true
}

// part returns the part that a node is, its leaves put down in lits.
func (p *Program) part(n *node, own *Program, lits map[Fingerprint]*Literal) *part {
	if n.leaf == nil {
		kids := make([]*part, len(n.children))
		for i := range n.children {
			kids[i] = p.part(&n.children[i], own, lits)
		}
		return join(kids, n.any)
	}
	l := p.literal(n.leaf, own)
	if lits[l.Key] == nil {
		lits[l.Key] = l
	}
	return &part{key: l.Key, condition: n.leaf.condition}
}

func (p *Program) literal(l *leaf, own *Program) *Literal {
	lit := &Literal{
		Key: p.literalKey(l), Negated: l.negate, program: own, leaf: l, ask: p.asks[l.index],
		OfNothing: (l.about == nil && l.condition.op == Empty) != l.negate,
		Relative:  isRelative(l.condition),
	}
	if l.about != nil {
		lit.Primary, lit.Companies = !l.about.any, l.about.any
		lit.Relative = l.about.companies.relative
		return lit
	}
	if l.did != nil {
		lit.OfNothing, lit.Relative = l.did.empty != l.negate, true
		lit.Events = l.did.reads()
		lit.Grows, lit.Shrinks = l.did.grows() && !l.negate, l.did.grows() && l.negate
		if l.did.ownClock() {
			lit.Fields = []contact.Field{p.rules.own.field}
		}
		return lit
	}
	if l.field.IsZero() {
		return lit
	}
	lit.Fields = []contact.Field{l.field.Whole()}
	if p.rules.own != nil && isZonal(l.condition, l.field.Kind()) {
		lit.Fields = append(lit.Fields, p.rules.own.field)
		return lit
	}
	if lit.Relative || l.condition.part != noPart || l.field != l.field.Whole() { // what is compared is not the value itself
		return lit
	}
	switch q := lit.ask.(type) {
	case isEmpty:
		lit.Shape = NoValue
	case textIs:
		if q.folded[0] != "" { // else the empty text, which is no value, is equal to what folds to it
			lit.Shape, lit.Words = AnyWord, q.folded
		}
	case hasWords:
		if lit.Shape = AnyWord; q.all {
			lit.Shape = AllWords
		}
		lit.Words = folded(q.words)
	case boolIs:
		lit.Shape, lit.Words = AnyWord, q.words()
	case inSpans:
		lit.Shape, lit.Spans = InSpan, q.spans
	}
	return lit
}

func (q boolIs) words() (list []string) {
	if q.no {
		list = append(list, "no")
	}
	if q.yes {
		list = append(list, "yes")
	}
	return list
}

// literalKey is the fingerprint of a leaf. Where the meaning depends on more than
// the condition, that is part of it.
func (p *Program) literalKey(l *leaf) Fingerprint {
	h := newHash("literal")
	switch {
	case l.about != nil:
		fmt.Fprintf(h, "%v %s", l.about.any, l.about.text)
	case l.did != nil:
		key := behaviourPart(l.behaviour()).key
		h.Write(key[:])
	default:
		c := l.condition.tidied()
		c.not = l.negate
		h.Write(appendCondition(nil, c))
	}
	if l.about != nil || isRelative(l.condition) || l.zonal() || l.did != nil && l.did.term.dated() {
		r := p.rules
		fmt.Fprintf(h, "\n%d %v %s", r.weekStart, r.march, r.clock.loc)
		if r.own != nil {
			fmt.Fprintf(h, " %d", r.own.field.Index())
		}
	}
	return h.sum()
}

// Match reports whether the literal holds for one living contact of a version. A
// relative one that was not told the time answers as if nobody passed.
func (l *Literal) Match(v *contact.View, id contact.ID) bool {
	return l.ask.match(l.program, v, id) != l.Negated
}

// At returns the literal as it is asked at an instant, which is kept as
// [Program.At] keeps it. One that is not relative is returned as it is.
func (l *Literal) At(now time.Time) *Literal {
	if !l.Relative {
		return l
	}
	at := *l
	at.ask = l.program.rules.askAt(l.leaf, now)
	return &at
}

// Estimate returns about how many contacts of a version the literal holds for. ok
// is false if that takes more than a look, as it does for OtherShape.
func (l *Literal) Estimate(v *contact.View) (n int, ok bool) {
	if l.Shape == OtherShape {
		return 0, false
	}
	p, err := l.ask.probe(&run{ctx: context.Background(), program: l.program, view: v})
	if err != nil {
		return 0, false
	}
	if n = p.Estimate(); l.Negated {
		n = v.Len() - n
	}
	return n, true
}
