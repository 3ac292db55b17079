package filter

import "errors"

// Scope is a filter about companies inside a group: `any company ( … )` holds for the
// contacts that belong to a company for which the filter in the parentheses holds, all
// of it for one and the same company. Its conditions name fields of companies as they
// are. Negated it is `no company ( … )`.
//
// The zero Scope is refused by [New]. A Scope is immutable and safe for concurrent use.
type Scope struct {
	filter Filter
	not    bool
}

func (Scope) term() {}

// Filter returns the filter about one company, the zero Filter if [New] would refuse
// it.
func (s Scope) Filter() Filter { return Nested{filter: s.filter}.Filter() }

// Negated reports whether no company must be so.
func (s Scope) Negated() bool { return s.not }

// String returns s as filter text.
func (s Scope) String() string { return string(appendScope(nil, s)) }

// AnyCompany returns the scope in which t speaks of one and the same company of the
// contact. t is made of conditions on fields of companies; what else is in it, and a
// scope inside a scope, is refused by [Check].
func AnyCompany(t Term) Term { return Scope{filter: Or(t).(Nested).filter} }

// NoCompany returns the complement of [AnyCompany]: of no company of the contact t
// holds, perhaps because it has none.
func NoCompany(t Term) Term { return Not(AnyCompany(t)) }

// checked returns s, or a condition that says why New refuses it.
func (s Scope) checked() Term {
	switch {
	case s.filter.IsZero():
		return Condition{err: errors.New("the zero Scope is no condition")}
	case s.filter.depth >= maxNesting:
		return Condition{err: limitError("nesting of filters", maxNesting, s.filter.depth+1)}
	}
	return s
}

// appendScope appends the text of s.
func appendScope(b []byte, s Scope) []byte {
	if s.not {
		b = append(b, "no company ("...)
	} else {
		b = append(b, "any company ("...)
	}
	return append(appendFilter(b, s.filter), ')')
}

// scope = ( "any" | "no" ) "company" "(" filter ")"
func (p *parser) scope(ts *terms, not bool) error {
	if p.tok.keyword == kwNo {
		not = !not
	}
	p.advance()
	if err := p.expectWord("company"); err != nil {
		return err
	}
	if !p.is("(") {
		return p.unexpected(`"("`)
	}
	gs, err := p.parenthesised()
	if err != nil {
		return err
	}
	ts.push(Scope{gs.filter(), not})
	return nil
}

// scopeCompany is what "any" is in the JSON of a scope.
const scopeCompany = "company"

// scope adds the scope that an object with "any" is.
func (d *decoder) scope(ts *terms, t *jsonTerm) error {
	switch {
	case t.scope != scopeCompany:
		return d.errorAt(t, keyAny, `"company"`, quoteJSON(t.scope), "")
	case !t.has(keyOr):
		return d.errorHere(`the key "or" beside "any"`, "none", "")
	}
	ts.push(Scope{t.groups.filter(), t.not})
	return nil
}
