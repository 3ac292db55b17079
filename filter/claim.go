package filter

import (
	"math"
	"slices"
	"strings"

	"github.com/rosterdb/roster/contact"
)

// A claim is what a condition, with its negation, says of one contact, in a form in
// which it can be held against others on the same field. What it does not know it
// leaves open: nothing follows from it then.
type claim struct {
	field    contact.Field // zero for membership
	positive Fingerprint   // of the condition without its negation
	not      bool
	say      statement // nil: nothing but itself and its complement is known
	weight   int       // how long it takes to look at it
}

// A statement is what is known of a claim. There is one sort for each way to hold
// values: ranged, lettered and worded.
type statement interface{ negated() statement }

// newClaim returns the claim of a leaf that has been checked. What is about companies
// or behaviour is left open.
func newClaim(p *part, schema *contact.Schema, r *rules) *claim {
	if p.scope != nil || p.behaviour != nil {
		return &claim{not: p.term().Negated(), weight: 1, positive: p.positive()}
	}
	c := p.condition
	cl := &claim{not: c.not, weight: 1 + c.Len(), positive: p.positive()}
	c.not = false
	if isOnCompany(c, schema) {
		return cl
	}
	if !c.op.OnSegments() {
		cl.field, _ = schema.Readable(c.field)
	}
	if slices.ContainsFunc(c.args, func(v Value) bool {
		return (v.kind < NumberValue || v.kind > DateTimeValue) && v.kind != TimeOfDayValue
	}) {
		return cl
	}
	switch kind := cl.kind(); {
	case c.part != noPart, isRelative(c), r.own != nil && isZonal(c, kind):
		return cl
	case kind == 0 || kind.Multiple():
		cl.say = newWorded(c)
	case kind == contact.KindText || kind == contact.KindSelect:
		cl.say = newLettered(c, cl.field.Exact())
	case kind == contact.KindBool:
		cl.say = newYesNo(c)
	default:
		cl.say = newRanged(c, kind, r)
	}
	if cl.not && cl.say != nil {
		cl.say = cl.say.negated()
	}
	return cl
}

// kind is that of the field, 0 for membership.
func (c *claim) kind() contact.Kind {
	if c.field.IsZero() {
		return 0
	}
	return c.field.Kind()
}

// sameField reports whether two claims are about the same field.
func (c *claim) sameField(d *claim) bool {
	if c.field.IsZero() || d.field.IsZero() {
		return c.field.IsZero() && d.field.IsZero()
	}
	return c.field.Index() == d.field.Index() && c.field.Name() == d.field.Name()
}

// ranged is the claim that there is no value, if missing, or one within the spans.
type ranged struct {
	missing bool
	spans   []contact.Span // sorted, apart, without those that hold no value
	whole   bool           // values are whole numbers
	clock   bool           // values are times of day
}

func newRanged(c Condition, kind contact.Kind, rules *rules) statement {
	r := ranged{whole: kind != contact.KindNumber, clock: kind == contact.KindTimeOfDay}
	switch c.op {
	case Empty:
		r.missing = true
	case Equal, In, Less, LessEqual, Greater, GreaterEqual, Between:
		r.spans = r.settle(newInSpans(contact.Field{}, rules.fixed(c, kind)).spans)
	default:
		return nil
	}
	return r
}

// newYesNo tells no and yes as 0 and 1.
func newYesNo(c Condition) statement {
	r := ranged{whole: true}
	switch c.op {
	case Empty:
		r.missing = true
	case Equal, In:
		q := newBoolIs(contact.Field{}, c)
		if q.no {
			r.spans = append(r.spans, contact.Span{Lo: math.Inf(-1), Hi: 0})
		}
		if q.yes {
			r.spans = append(r.spans, contact.Span{Lo: 1, Hi: math.Inf(1)})
		}
	default:
		return nil
	}
	return r
}

// settle cuts spans down to the values that there are.
func (r ranged) settle(list []contact.Span) []contact.Span {
	var out []contact.Span
	for _, s := range list {
		if r.clock {
			s.Lo, s.Hi = max(s.Lo, 0), min(s.Hi, 24*60*60-1)
		}
		if r.whole {
			s.Lo, s.Hi = math.Ceil(s.Lo), math.Floor(s.Hi)
		} else {
			s.Lo, s.Hi = max(s.Lo, -math.MaxFloat64), min(s.Hi, math.MaxFloat64)
		}
		if s.Lo <= s.Hi {
			out = append(out, s)
		}
	}
	return out
}

// step returns the value behind x, or the one in front of it.
func (r ranged) step(x, towards float64) float64 {
	if !r.whole {
		return math.Nextafter(x, towards)
	}
	return x + math.Copysign(1, towards)
}

func (r ranged) negated() statement {
	inf := math.Inf(1)
	out := ranged{missing: !r.missing, whole: r.whole, clock: r.clock}
	var gaps []contact.Span
	from := -inf
	for _, s := range r.spans {
		if s.Lo > -inf {
			gaps = append(gaps, contact.Span{Lo: from, Hi: r.step(s.Lo, -inf)})
		}
		if from = inf; s.Hi < inf {
			from = r.step(s.Hi, inf)
		}
	}
	if len(r.spans) == 0 || r.spans[len(r.spans)-1].Hi < inf {
		gaps = append(gaps, contact.Span{Lo: from, Hi: inf})
	}
	out.spans = r.settle(gaps)
	return out
}

// noRange reports whether no value, and not having one, is left. It takes what it
// costs off the effort.
func noRange(claims []*claim, effort *int) bool {
	left := ranged{missing: true, spans: []contact.Span{{Lo: math.Inf(-1), Hi: math.Inf(1)}}}
	for _, c := range claims {
		if r, ok := c.say.(ranged); ok {
			left.missing = left.missing && r.missing
			left.spans = common(left.spans, r.spans)
			if *effort -= len(left.spans); *effort <= 0 {
				return false
			}
		}
	}
	return !left.missing && len(left.spans) == 0
}

// common returns what is in a span of both lists.
func common(a, b []contact.Span) (out []contact.Span) {
	for len(a) > 0 && len(b) > 0 {
		if s := (contact.Span{Lo: max(a[0].Lo, b[0].Lo), Hi: min(a[0].Hi, b[0].Hi)}); s.Lo <= s.Hi {
			out = append(out, s)
		}
		if a[0].Hi < b[0].Hi {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}

// worded is the claim of having words, or of being in segments.
type worded struct {
	op    Op // Empty, HasAny or HasAll, which stand for segments too
	words []string
	not   bool
}

func newWorded(c Condition) statement {
	w := worded{op: c.op}
	for _, v := range c.args {
		word := v.text
		if !c.op.OnSegments() {
			word = contact.Fold(word)
		}
		w.words = append(w.words, word)
	}
	switch c.op {
	case InSegment, InAnySegment:
		w.op = HasAny
	case InAllSegments:
		w.op = HasAll
	case Empty, HasAny, HasAll:
	default:
		return nil
	}
	return w
}

func (w worded) negated() statement {
	w.not = !w.not
	return w
}

// noWords reports whether no set of words is left. It looks at each claim beside
// what the contact must have and must not have.
func noWords(claims []*claim) bool {
	must, mustNot := map[string]bool{}, map[string]bool{}
	bare := false // no words at all
	for _, c := range claims {
		w, ok := c.say.(worded)
		if !ok {
			continue
		}
		single := len(w.words) == 1
		for _, word := range w.words {
			switch {
			case !w.not && (w.op == HasAll || single):
				must[word] = true
			case w.not && (w.op == HasAny || single):
				mustNot[word] = true
			}
		}
		bare = bare || w.op == Empty && !w.not
	}
	never := func(word string) bool { return bare || mustNot[word] }
	for word := range must {
		if never(word) {
			return true
		}
	}
	for _, c := range claims {
		w, ok := c.say.(worded)
		switch {
		case !ok:
		case w.op == Empty && w.not && bare:
			return true
		case w.op == HasAny && !w.not && !slices.ContainsFunc(w.words, func(s string) bool { return !never(s) }):
			return true
		case w.op == HasAll && w.not && !slices.ContainsFunc(w.words, func(s string) bool { return !must[s] }):
			return true
		}
	}
	return false
}

// shape is a pattern as far as it is understood: the text that it looks for, and
// where.
type shape struct {
	op   Op     // StartsWith, EndsWith or Contains; 0 if it is more than that
	text string // folded
}

// implies reports whether every text that s accepts is accepted by t.
func (s shape) implies(t shape) bool {
	switch {
	case s.op == 0 || t.op == 0:
		return false
	case t.op == Contains:
		return strings.Contains(s.text, t.text)
	case t.op == StartsWith && s.op == StartsWith:
		return strings.HasPrefix(s.text, t.text)
	case t.op == EndsWith && s.op == EndsWith:
		return strings.HasSuffix(s.text, t.text)
	}
	return false
}

// excludes reports whether no text is accepted by both.
func (s shape) excludes(t shape) bool {
	return s.op == t.op && (s.op == StartsWith || s.op == EndsWith) && !s.implies(t) && !t.implies(s)
}
