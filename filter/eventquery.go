package filter

import (
	"context"
	"math"
	"slices"

	"github.com/rosterdb/roster/contact"
)

// counted is which events of a type count for a term: an [Events], compiled. It is
// immutable but for what it remembers of texts.
type counted struct {
	of    contact.EventHandle
	read  EventRead // what of them
	when  Condition // the period; zero for none
	where *Program  // over attributes; nil for none. Only the tree and the questions in it are used
	tests []*attributeTest
	rest  []*node // what is about several attributes at once
}

// An attributeTest is all that a filter over attributes says of one of them.
type attributeTest struct {
	field   contact.Field
	node    *node
	memo    contact.TextMemo                  // of a text
	text    func(written, folded string) bool // whether a text passes
	missing bool                              // whether events pass that have no text
	value   func(contact.EventValue) bool     // whether a number, or yes or no, passes
}

// counted compiles the events of a term.
func (c *compiler) counted(e Events) *counted {
	of, _ := c.schema.EventType(e.name)
	q := &counted{of: of, read: e.read(of), when: e.period.when}
	if e.where.IsZero() {
		return q
	}
	inner := compiler{schema: of.Attributes(), program: &Program{rules: c.program.rules}}
	inner.program.root = inner.filter(e.where, false)
	if c.err == nil {
		c.err = inner.err
	}
	q.where = inner.program
	q.split()
	return q
}

// split tells what has to hold of one attribute from what is about several.
func (q *counted) split() {
	parts := []*node{&q.where.root}
	if root := &q.where.root; root.leaf == nil && !root.any {
		parts = parts[:0]
		for i := range root.children {
			parts = append(parts, &root.children[i])
		}
	}
	for _, n := range parts {
		if f, ok := n.attribute(); ok {
			t := &attributeTest{field: f, node: n, missing: q.each(n, func(l *leaf, ask question) bool { return textHolds(l, ask, "", "", false) })}
			t.text = func(written, folded string) bool {
				return q.each(n, func(l *leaf, ask question) bool { return textHolds(l, ask, written, folded, true) })
			}
			t.value = func(v contact.EventValue) bool {
				return q.each(n, func(l *leaf, ask question) bool { return valueHolds(l, ask, v) })
			}
			q.tests = append(q.tests, t)
		} else {
			q.rest = append(q.rest, n)
		}
	}
}

// attribute returns the one attribute that all leaves of a node are about, false if there
// are several.
func (n *node) attribute() (f contact.Field, ok bool) {
	if n.leaf != nil {
		return n.leaf.field, true
	}
	for i := range n.children {
		g, ok := n.children[i].attribute()
		if !ok || i > 0 && g != f {
			return f, false
		}
		f = g
	}
	return f, true
}

// survey returns which events of a version in a window count, for few contacts.
func (q *counted) survey(v *contact.View, w contact.EventWindow) surveyed {
	e := v.EventsOf(q.of)
	query := contact.EventQuery{Window: w, Keep: q.keep(e)}
	if len(q.tests) > 0 {
		query.Tests = make([]contact.EventTest, len(q.tests))
	}
	for i, t := range q.tests {
		if t.field.Kind() == contact.KindText {
			query.Tests[i] = e.TestText(t.field, &t.memo, t.missing, t.text)
		} else {
			query.Tests[i] = e.TestFunc(t.field, t.value)
		}
	}
	return surveyed{e, query}
}

// surveyAll is survey for all contacts: it asks every distinct text, and looks at the
// context meanwhile.
func (q *counted) surveyAll(ctx context.Context, v *contact.View, w contact.EventWindow) (surveyed, error) {
	e := v.EventsOf(q.of)
	query := contact.EventQuery{Window: w, Keep: q.keep(e), Tests: make([]contact.EventTest, len(q.tests))}
	for i, t := range q.tests {
		var err error
		if values, ok := q.equals(e, t); ok {
			query.Tests[i] = e.Test(t.field, values...)
		} else if t.field.Kind() != contact.KindText {
			query.Tests[i] = e.TestFunc(t.field, t.value)
		} else if query.Tests[i], err = e.TestTexts(ctx, t.field, &t.memo, t.missing, t.text); err != nil {
			return surveyed{}, err
		}
	}
	return surveyed{e, query}, nil
}

// equals returns the values that an attribute has to have one of, false if it is not that
// simple.
func (q *counted) equals(e contact.EventView, t *attributeTest) (values []contact.EventValue, ok bool) {
	l := t.node.leaf
	if l == nil || l.negate {
		return nil, false
	}
	switch ask := q.where.asks[l.index].(type) {
	case textIs:
		for _, s := range ask.folded {
			values = append(values, e.Find(t.field, s)...)
		}
		return values, true
	case boolIs:
		if ask.yes {
			values = append(values, contact.EventBool(true))
		}
		if ask.no {
			values = append(values, contact.EventBool(false))
		}
		return values, true
	case inSpans:
		for _, s := range ask.spans {
			if s.Lo != s.Hi {
				return nil, false
			}
			if v := contact.EventNumber(s.Lo); v != 0 { // no number is less than the least one
				values = append(values, v)
			}
		}
		return values, true
	}
	return nil, false
}

// keep returns the question about an event as a whole, nil if there is none.
func (q *counted) keep(e contact.EventView) func(contact.EventWalk) bool {
	if len(q.rest) == 0 {
		return nil
	}
	return func(w contact.EventWalk) bool {
		for _, n := range q.rest {
			if !q.holds(n, e, &w) {
				return false
			}
		}
		return true
	}
}

// holds reports whether a part of the filter holds of the event that a walk is at.
func (q *counted) holds(n *node, e contact.EventView, w *contact.EventWalk) bool {
	if n.leaf != nil {
		return holdsOf(n.leaf, q.where.asks[n.leaf.index], e, w.Value(n.leaf.field.Index()))
	}
	for i := range n.children {
		if q.holds(&n.children[i], e, w) == n.any {
			return n.any
		}
	}
	return !n.any
}

// holdsOf reports whether a condition holds of a value of its attribute.
func holdsOf(l *leaf, ask question, e contact.EventView, v contact.EventValue) bool {
	if l.field.Kind() == contact.KindText {
		written, folded, ok := e.Text(l.field, v)
		return textHolds(l, ask, written, folded, ok)
	}
	return valueHolds(l, ask, v)
}

// each combines what is said of the leaves of a node.
func (q *counted) each(n *node, holds func(l *leaf, ask question) bool) bool {
	if n.leaf != nil {
		return holds(n.leaf, q.where.asks[n.leaf.index])
	}
	for i := range n.children {
		if q.each(&n.children[i], holds) == n.any {
			return n.any
		}
	}
	return !n.any
}

// textHolds reports whether a condition holds of a text, or of there being none.
func textHolds(l *leaf, ask question, written, folded string, has bool) bool {
	holds := false
	switch ask := ask.(type) {
	case isEmpty:
		holds = !has || written == ""
	case textIs:
		if has {
			_, holds = slices.BinarySearch(ask.folded, folded)
		}
	case *accepts:
		holds = has && ask.accept(written, folded)
	}
	return holds != l.negate
}

// valueHolds reports whether a condition holds of a number or of yes or no, or of there
// being none.
func valueHolds(l *leaf, ask question, v contact.EventValue) bool {
	holds := false
	switch ask := ask.(type) {
	case isEmpty:
		holds = v == 0
	case boolIs:
		yes, has := v.Bool()
		holds = has && (yes && ask.yes || !yes && ask.no)
	case inSpans:
		x, has := v.Number()
		holds = has && ask.accepts(x)
	}
	return holds != l.negate
}

// windowOf returns the part of a span of instants up to now.
func windowOf(s contact.Span, now int64) contact.EventWindow {
	w := contact.EventWindow{After: math.MinInt64, To: now}
	if s.Lo > math.MinInt64 {
		w.After = int64(math.Ceil(s.Lo)) - 1
	}
	if s.Hi < float64(now) {
		w.To = int64(math.Floor(s.Hi))
	}
	return w
}

// period returns the window in which the events lie at a moment.
func (q *counted) period(m moment) contact.EventWindow {
	if q.when.op == 0 {
		return contact.EventWindow{After: math.MinInt64, To: m.now}
	}
	return windowOf(q.span(m), m.now)
}

// span returns the instants of the period, which must not be zero, whatever now is.
func (q *counted) span(m moment) contact.Span { return m.spans(q.when, contact.KindDateTime)[0] }
