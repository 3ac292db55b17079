package filtertest

import (
	"maps"
	"slices"
	"strings"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Belongs is the companies that a contact belongs to, each as the plain values of its
// fields, in any order.
type Belongs struct {
	Companies []Contact
	Primary   int // the place of the primary one, counted from 1; 0 if none is
}

// MatchOf is [MatchAt] for a contact that belongs to companies, whose dates are meant in
// the zone of the filter, also where contacts have their own. `company.<name>` is what
// the primary company has in a field, missing if there is none; `any company ( … )`
// holds if for at least one of the companies the filter in it does.
func MatchOf(s Setting, schema *contact.Schema, c Contact, b Belongs, f filter.Filter, members func(ref string) bool) bool {
	o := oracle{setting: s, schema: schema, contact: c, belongs: b, members: members}
	o.clock, o.shared = clock{o.zoneOf(f)}, clock{o.sharedZone(f)}
	return o.filter(f)
}

// scope answers the positive form of a scope.
func (o *oracle) scope(s filter.Scope) bool {
	for _, company := range o.belongs.Companies {
		of := oracle{setting: o.setting, clock: o.shared, shared: o.shared, schema: o.schema.Companies(), contact: company}
		if of.filter(s.Filter()) {
			return true
		}
	}
	return false
}

// look returns a field and what there is in it.
func (o *oracle) look(name string) (field contact.Field, x any, has, ok bool) {
	if field, x, has, ok = in(o.schema, o.contact, name); ok {
		return field, x, has, true
	}
	if name, ok = strings.CutPrefix(name, "company."); !ok {
		return field, nil, false, false
	}
	var primary Contact
	if o.belongs.Primary > 0 {
		primary = o.belongs.Companies[o.belongs.Primary-1]
	}
	return in(o.schema.Companies(), primary, name)
}

// in returns a field of a schema and what there is in it.
func in(schema *contact.Schema, values Contact, name string) (field contact.Field, x any, has, ok bool) {
	if field, ok = schema.Field(name); ok {
		x, has = values[name]
		return field, x, has, true
	}
	if name, ok = strings.CutSuffix(name, ".domain"); !ok {
		return field, nil, false, false
	}
	if field, ok = schema.Field(name); !ok || !field.Email() {
		return field, nil, false, false
	}
	text, _ := values[name].(string)
	if domain := DomainOf(text, field.Exact()); domain != "" {
		x, has = domain, true
	}
	return field, x, has, true
}

// DomainOf returns the domain of a text in an e-mail field, "" if it has none: what is
// behind the last @, without one dot at its end. Unless the field is exact, whatever
// folds to @ is one.
func DomainOf(address string, exact bool) (domain string) {
	for i, r := range address {
		if r == '@' || !exact && Fold(string(r)) == "@" {
			domain = strings.TrimPrefix(address[i:], string(r))
		}
	}
	return strings.TrimSuffix(domain, ".")
}

// companyNames are names of companies' fields, none of which is behind "company." in
// that of a contact's.
func companyNames() []string {
	return slices.DeleteFunc(slices.Clone(fieldNames), func(name string) bool {
		return slices.Contains(fieldNames, "company."+name)
	})
}

// Company returns the plain values of a new company.
func (g *Generator) Company() Contact {
	c := Contact{}
	for _, s := range g.companies {
		if x, ok := s.next(g.choose); ok {
			c[s.field.Name()] = x
		}
	}
	return c
}

// EditCompanies makes one random step about companies in a transaction: one is made,
// changed or deleted, or a contact comes to belong to one or no longer does. Without
// companies in the schema it does nothing.
func (g *Generator) EditCompanies(tx *contact.Tx, contacts map[contact.ID]Contact) error {
	if !g.schema.HasCompanies() {
		return nil
	}
	c := tx.Companies()
	alive := slices.DeleteFunc(slices.Clone(g.ids), func(id contact.CompanyID) bool { return !c.Exists(id) })
	if len(alive) == 0 || g.choose.chance(8) {
		id, err := c.Insert(contact.Values(g.Company()))
		if !slices.Contains(g.ids, id) {
			g.ids = append(g.ids, id)
		}
		return err
	}
	company := oneOf(g.choose, alive)
	step := g.choose(12)
	switch {
	case step == 0:
		return c.Delete(company)
	case step < 4:
		values := contact.Values{}
		for _, s := range g.companies {
			if x, ok := s.next(g.choose); ok && g.choose.chance(2) {
				values[s.field.Name()] = x
			} else if g.choose.chance(3) {
				values[s.field.Name()] = nil
			}
		}
		return c.Set(company, values)
	case len(contacts) == 0:
		return nil
	}
	who := oneOf(g.choose, slices.Sorted(maps.Keys(contacts)))
	switch {
	case step == 4:
		return c.Dissociate(who, company)
	case step == 5:
		return c.SetPrimary(who, 0)
	case step < 8:
		return c.SetPrimary(who, company)
	}
	return c.Associate(who, company)
}

// scope returns `any company ( … )`.
func (g *Generator) scope(depth int) filter.Term {
	of := Generator{choose: g.choose, schema: g.schema.Companies(), sources: g.companies, zone: g.zone, inScope: true}
	return filter.AnyCompany(of.anyOf(min(depth, 1)))
}
