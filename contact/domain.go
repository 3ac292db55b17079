package contact

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rosterdb/roster/contact/internal/column"
)

// domainSuffix stands behind the name of an e-mail field where its domain is meant.
const domainSuffix = ".domain"

// Email declares that the texts are e-mail addresses, so that filters may ask for
// their domain: email.domain = "example.com". The column then keeps an index of the
// domains, which makes such a condition, and one like `email ends with "@example.com"`,
// a look-up. Any text is accepted. It fits text.
//
// The domain is what stands behind the last @, without one dot at its end; a text
// without an @, or with nothing behind it, has none. It is compared as the text is:
// without regard to case and accents, unless the field is exact. In a View of a version
// before the declaration nobody has one.
func (p FieldPart) Email() FieldPart {
	p.def.email = true
	return p
}

// Email reports whether the texts of the field are e-mail addresses.
func (f Field) Email() bool { return f.def.email && !f.domain }

// Domain returns the domain of an e-mail field, as a field that can be read but not
// set, and whether f is an e-mail field. Its name is that of f and ".domain", its index
// that of f.
func (f Field) Domain() (Field, bool) {
	if f.def == nil || !f.Email() {
		return Field{}, false
	}
	return Field{f.def, true}, true
}

// Whole returns the field that f is the domain of, f itself if it is none.
func (f Field) Whole() Field { return Field{def: f.def} }

// Readable returns what filters call by a name: a field, or the domain of one.
func (s *Schema) Readable(name string) (Field, bool) {
	if f, ok := s.Field(name); ok {
		return f, true
	}
	whole, ok := strings.CutSuffix(name, domainSuffix)
	if !ok {
		return Field{}, false
	}
	f, ok := s.Field(whole)
	if !ok {
		return Field{}, false
	}
	return f.Domain()
}

// errDerived returns the error for the domain of a field where a field is needed, nil
// if a name is not that of a domain.
func (s *Schema) errDerived(name string) error {
	f, ok := s.Readable(name)
	if !ok || !f.domain {
		return nil
	}
	return &FieldError{Field: f.title(), Err: fmt.Errorf("it is the domain of field %q, which filters can ask for and nothing else; name that field", f.def.title())}
}

// title returns the name as errors spell it.
func (f Field) title() string {
	if f.domain {
		return f.def.title() + domainSuffix
	}
	return f.def.title()
}

// checkDomains refuses a field that is called like the domain of another.
func (s *Schema) checkDomains(wrong *SchemaError) {
	taken := make(map[string]bool, len(s.fields))
	for _, d := range s.fields {
		if !d.dropped {
			taken[d.name] = true
		}
	}
	clash := func(d *fieldDef, path string) {
		if d.email && !d.dropped && taken[path] {
			if s.company {
				path = companyPrefix + path
			}
			wrong.add(fmt.Sprintf("field %q could not be told from the domain of field %q", path, d.title()), nil)
		}
	}
	for _, d := range s.fields {
		clash(d, d.name+domainSuffix)
	}
	for _, d := range s.Companies().fields {
		clash(d, companyPrefix+d.name+domainSuffix)
	}
}

// MakeEmail declares that the texts of a field are e-mail addresses from now on, see
// [FieldPart.Email]. It costs a pass over the field. There is no way back.
func (e SchemaEdit) MakeEmail(field string) error {
	return e.apply(func(s *Schema, limits Limits) (*Schema, error) {
		next, err := s.changed(limits, field, func(d *fieldDef) error {
			d.email = true
			return nil
		})
		if err != nil {
			return nil, err
		}
		whole := next
		if e.company {
			contacts := *e.tx.schema
			contacts.companies, whole = next, &contacts
		}
		var wrong SchemaError
		if next.checkDomains(&wrong); whole != next {
			whole.checkDomains(&wrong)
		}
		if wrong.Problems != nil {
			return nil, &wrong
		}
		return next, nil
	})
}

var errNotWhole = errors.New("a domain cannot be set; set the e-mail address")

// domainsOf returns the column of the field whose domain f is, nil if it is none.
func (v *View) domainsOf(f Field) *column.Text {
	if !f.domain {
		return nil
	}
	c, _ := v.column(f).(*column.Text)
	return c
}

// domainTest asks a predicate about the domain, if f is one.
func (v *View) domainTest(ctx context.Context, f Field, memo *TextMemo, accept func(written, folded string) bool) (Probe, error) {
	c := v.domainsOf(f)
	if c == nil {
		return ProbeSet(Set{}), nil
	}
	test, err := c.DomainMatching(ctx, &memo.memo, accept)
	return Probe{test}, err
}

// ProbeEnding asks for a text whose folded form ends with the given one, if the field's
// index of domains tells that at once: if the field is an e-mail field, and the ending
// begins with @ and has no other.
func (v *View) ProbeEnding(f Field, folded string) (Probe, bool) {
	c, ok := v.column(f).(*column.Text)
	if !ok || f.domain {
		return Probe{}, false
	}
	test, ok := c.Ending(folded)
	return Probe{test}, ok
}
