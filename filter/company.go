package filter

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/rosterdb/roster/contact"
)

// fieldOf returns the field that a condition outside a scope names: a contact's, or as
// company.<name> one of its primary company's; either may be the domain of an e-mail
// field.
func fieldOf(schema *contact.Schema, name string) (contact.Field, error) {
	if f, ok := schema.Readable(name); ok {
		return f, nil
	}
	if err := noDomain(schema, name); err != nil {
		return contact.Field{}, err
	}
	_, ofCompany, ok := schema.CompanyField(name)
	f, _ := schema.Companies().Readable(ofCompany)
	switch {
	case !ok:
		return f, unknownField{schema.Unknown(name)}
	case !schema.HasCompanies():
		return f, unknownField{schema.Unknown(name)}
	case f.IsZero():
		if err := noDomain(schema.Companies(), ofCompany); err != nil {
			return f, err
		}
		return f, unknownField{schema.Companies().Unknown(ofCompany)}
	}
	return f, nil
}

// noDomain returns the error for the domain of a field that has none, nil if a name is
// no such thing.
func noDomain(schema *contact.Schema, name string) error {
	whole, ok := strings.CutSuffix(name, ".domain")
	f, known := schema.Field(whole)
	switch {
	case !ok || !known:
		return nil
	case f.Kind() != contact.KindText:
		return fmt.Errorf("a %s field has no domain; a text field of e-mail addresses has", f.Kind())
	}
	return fmt.Errorf("field %q has no domain: it is not declared as one of e-mail addresses", f.Name())
}

// scope checks what is in a scope.
func (c *checker) scope(s Scope, path Path) {
	switch {
	case path.OnEvent():
		c.errs = append(c.errs, &ConditionError{path, "", errors.New(onlyAttributes)})
	case path.OnCompany():
		c.errs = append(c.errs, &ConditionError{path, "", errors.New(`"any company" inside "any company": all conditions in it speak of one company already`)})
	case !c.schema.HasCompanies():
		c.errs = append(c.errs, &ConditionError{path, "", errors.New("there are no companies here")})
	default:
		c.filter(s.filter, path.scoped())
	}
}

// onCompany returns what is wrong with a condition inside a scope.
func (c *checker) onCompany(cond Condition) []error {
	if cond.Op().OnSegments() {
		return []error{errors.New(`inside "any company" there are only fields of companies, no segments`)}
	}
	companies := c.schema.Companies()
	if f, ok := companies.Readable(cond.Field()); ok {
		return checkCondition(cond, f)
	}
	if err := noDomain(companies, cond.Field()); err != nil {
		return []error{err}
	}
	if f, name, ok := c.schema.CompanyField(cond.Field()); ok && !f.IsZero() {
		return []error{fmt.Errorf(`inside "any company" it is called %q`, name)}
	}
	if _, ok := c.schema.Readable(cond.Field()); ok {
		return []error{errors.New(`inside "any company" there are only fields of companies, and this is one of contacts`)}
	}
	err := companies.Unknown(cond.Field())
	var unknown *contact.UnknownFieldError
	if errors.As(err, &unknown) { // here the names stand alone
		_, near, _ := c.schema.CompanyField(unknown.Nearest)
		err = &contact.UnknownFieldError{Field: cond.Field(), Nearest: near}
	}
	return []error{unknownField{err}}
}

// isOnCompany reports whether a condition is on a field of the primary company.
func isOnCompany(c Condition, schema *contact.Schema) bool {
	if c.op.OnSegments() {
		return false
	}
	f, err := fieldOf(schema, c.field)
	return err == nil && f.OfCompany()
}

// A companyQuestion is a question about a contact's companies. It is asked of all
// companies first, and then who belongs to them: a condition costs the companies, and the
// contacts of those found or, where that is less, the candidates that are left.
type companyQuestion struct {
	any       bool // of any of its companies, else of the primary one
	companies *Program
	text      string // of all of the leaf, negation included
}

func (q *companyQuestion) probe(r *run) (contact.Probe, error) {
	find := func() (contact.Set, error) {
		inner, err := q.companies.bind(r.ctx, r.view, nil)
		if err != nil {
			return contact.Set{}, err
		}
		return inner.collect(true) // used by runs only during which nothing changes
	}
	var rows contact.Set
	var err error
	if r.sharing != nil {
		rows, err = r.sharing.rows(q, find)
	} else {
		rows, err = find()
	}
	if err != nil {
		return contact.Probe{}, err
	}
	if q.any {
		return r.view.ProbeCompanies(contact.CompaniesIn(rows)), nil
	}
	return r.view.ProbePrimary(contact.CompaniesIn(rows)), nil
}

func (q *companyQuestion) match(_ *Program, v *contact.View, id contact.ID) bool {
	p := q.companies
	for company := range q.of(v, id) {
		if p.match(&p.root, v, contact.ID(company)) {
			return true
		}
	}
	return false
}

// of returns the companies of a contact that are asked.
func (q *companyQuestion) of(v *contact.View, id contact.ID) iter.Seq[contact.CompanyID] {
	return func(yield func(contact.CompanyID) bool) {
		if !q.any {
			if company := v.Companies().Primary(id); company != 0 {
				yield(company)
			}
			return
		}
		var buf [16]contact.CompanyID
		for _, company := range v.Companies().AppendIDs(buf[:0], id) {
			if !yield(company) {
				return
			}
		}
	}
}

// over returns what the program runs over.
func (p *Program) over(v *contact.View) contact.Set {
	if p.company {
		return v.Companies().Live().Rows()
	}
	return v.Live()
}

// CompanyFields returns the fields of companies that the program reads, without
// repetition: those it reads of the primary company, and those of any. A program that
// reads none of a sort does not depend on which companies of the sort a contact has.
func (p *Program) CompanyFields() (primary, any []contact.Field) {
	seen := make(map[[2]int]bool)
	for _, q := range p.inner {
		for _, f := range q.companies.Fields() {
			list, key := &primary, [2]int{0, f.Index()}
			if q.any {
				list, key[0] = &any, 1
			}
			if !seen[key] {
				seen[key] = true
				*list = append(*list, f)
			}
		}
	}
	return primary, any
}

// onPrimary reports whether a group is all about the primary company.
func (c *compiler) onPrimary(g Group) bool {
	if c.program.company {
		return false
	}
	for _, t := range g.terms {
		switch t := t.(type) {
		case Nested:
			for _, inner := range t.filter.groups {
				if !c.onPrimary(inner) {
					return false
				}
			}
		case Scope, Behaviour:
			return false
		case Condition:
			if !isOnCompany(t, c.schema) {
				return false
			}
		}
	}
	return true
}

// inner returns a program over companies of a filter on their fields, or of its
// complement.
func (c *compiler) inner(f Filter, schema *contact.Schema, negate bool) *Program {
	p := c.program
	sub := compiler{schema: schema, program: &Program{company: true, rules: p.rules.ofCompanies(), now: p.now, timed: p.timed}}
	sub.program.root = sub.filter(f, negate)
	if c.err == nil {
		c.err = sub.err
	}
	return sub.program
}

// scope compiles `any company ( … )`, or its complement.
func (c *compiler) scope(s Scope, negate bool) node {
	q := &companyQuestion{any: true, companies: c.inner(s.filter, c.schema.Companies(), false)}
	q.text = Scope{s.filter, s.not != negate}.String()
	return c.about(q, s.not != negate)
}

// primary compiles a filter that is all about the primary company, or its complement,
// into one question: it is asked of every company at once. A contact without a primary
// company has no value in any of its fields. If that makes the filter hold, the
// companies of which it does not hold are asked for instead, and the answer turned round.
func (c *compiler) primary(f Filter, negate bool) node {
	q := &companyQuestion{companies: c.inner(f, c.schema, negate)}
	if q.text = f.String(); negate {
		q.text = Not(Nest(f)).String()
	}
	holds := q.companies.root.ofNothing()
	if holds {
		q.companies = c.inner(f, c.schema, !negate)
	}
	return c.about(q, holds)
}

// ofNothing reports whether a node over companies holds of one without any value.
func (n *node) ofNothing() bool {
	if n.leaf != nil {
		return (n.leaf.condition.op == Empty) != n.leaf.negate
	}
	for i := range n.children {
		if n.children[i].ofNothing() == n.any {
			return n.any
		}
	}
	return !n.any
}

func (c *compiler) about(q *companyQuestion, negate bool) node {
	l := &leaf{index: len(c.program.leaves), about: q, negate: negate}
	c.program.leaves, c.program.asks = append(c.program.leaves, l), append(c.program.asks, q)
	c.program.relative = c.program.relative || q.companies.relative
	c.program.inner = append(c.program.inner, q)
	return node{id: c.nextID(), leaf: l}
}
