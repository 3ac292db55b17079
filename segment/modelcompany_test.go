package segment_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

// match asks a filter about a contact and its companies.
func (w *world) match(p *person, f filter.Filter, members func(string) bool) bool {
	var b filtertest.Belongs
	for i, id := range p.companies {
		b.Companies = append(b.Companies, w.firms[id])
		if id == p.primary {
			b.Primary = i + 1
		}
	}
	return filtertest.MatchDid(filtertest.Setting{Now: w.now, Zone: modelZone(w.zone)}, w.schema, p.values, b, p.history(w.schema), f, members)
}

// What a definition reads of companies, and what a transaction changes of them, is
// told like fields: company.<name> of the primary one, any.<name> of any, and these two
// for the companies themselves.
const (
	itsPrimary   = "@primary"
	itsCompanies = "@companies"
)

// read notes that a definition reads a field and reports whether there is such a field.
func (d *defn) read(schema *contact.Schema, path filter.Path, c filter.Condition) bool {
	_, ok := schema.Field(c.Field())
	if name, primary := strings.CutPrefix(c.Field(), "company."); primary || path.OnCompany() {
		_, ok = schema.Companies().Field(name)
		d.fields[itsPrimary] = d.fields[itsPrimary] || primary
	}
	if path.OnCompany() {
		d.fields[itsCompanies], d.fields["any."+c.Field()] = true, true
		return ok
	}
	d.fields[c.Field()] = true
	return ok
}

// changedCompanies adds what a transaction changes of contacts' companies to what it
// changes of them.
func (p *pending) changedCompanies(changed map[contact.ID]map[string]bool) {
	note := func(id contact.ID, what string) {
		if fields, known := changed[id]; known && fields == nil {
			return // a new contact
		}
		if changed[id] == nil {
			changed[id] = map[string]bool{}
		}
		changed[id][what] = true
	}
	edited := map[contact.CompanyID]map[string]bool{}
	for id, now := range p.new.firms {
		if was, lived := p.old.firms[id]; lived {
			edited[id] = differences(was, now)
		}
	}
	for id, now := range p.new.people {
		was := p.old.people[id]
		if was == nil {
			continue
		}
		if was.primary != now.primary {
			note(id, itsPrimary)
		}
		if !slices.Equal(was.companies, now.companies) {
			note(id, itsCompanies)
		}
		for _, company := range now.companies {
			for f := range edited[company] {
				note(id, "any."+f)
				if company == now.primary {
					note(id, "company."+f)
				}
			}
		}
	}
}

// reach replaces everybody who belongs to a company: what filters said of them may be
// another thing now.
func (w *world) reach(company contact.CompanyID, edit func(p *person)) {
	for id, p := range w.people {
		if slices.Contains(p.companies, company) {
			w.link(id, edit)
		}
	}
}

// link replaces a contact by one with other companies.
func (w *world) link(id contact.ID, edit func(p *person)) {
	next := *w.people[id]
	next.companies, next.memo = slices.Clone(next.companies), map[*defn]bool{}
	edit(&next)
	w.people[id] = &next
}

func (p *person) join(company contact.CompanyID) {
	if slices.Contains(p.companies, company) {
		return
	}
	p.companies = append(p.companies, company)
	slices.Sort(p.companies)
	if p.primary == 0 {
		p.primary = company
	}
}

func (p *person) leave(company contact.CompanyID) {
	p.companies = slices.DeleteFunc(p.companies, func(id contact.CompanyID) bool { return id == company })
	if p.primary == company {
		p.primary = 0
	}
}

// company does something about companies in both worlds.
func (p *player) company(t *contact.Tx, tx *pending, a action) (problems, error) {
	c, w := t.Companies(), tx.new
	firm, lives := w.firms[a.Company]
	switch a.Op {
	case "found":
		values := native(w.schema.Companies(), a.Values)
		w.founded++
		w.firms[w.founded] = edited(nil, values)
		id, err := c.Insert(values)
		insist(err != nil || id == w.founded, "company %d, want %d", id, w.founded)
		return nil, err
	case "refound":
		values := native(w.schema.Companies(), a.Values)
		if lives {
			w.firms[a.Company] = edited(firm, values)
			w.reach(a.Company, func(*person) {})
		}
		return unless(lives, "firm"), c.Set(a.Company, values)
	case "close":
		delete(w.firms, a.Company)
		w.reach(a.Company, func(p *person) { p.leave(a.Company) })
		return unless(lives, "firm"), c.Delete(a.Company)
	case "staff":
		if !lives {
			return problems{"firm": true}, c.Set(a.Company, nil)
		}
		list := w.living()
		for _, id := range list[:min(a.N, len(list))] {
			w.link(id, func(p *person) { p.join(a.Company) })
			if err := c.Associate(id, a.Company); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}
	return p.join(t, tx, a, lives)
}

// join changes the companies of one contact.
func (p *player) join(t *contact.Tx, tx *pending, a action, lives bool) (problems, error) {
	wrong := problems{}
	switch {
	case tx.new.people[a.ID] == nil:
		wrong["contact"] = true
	case !lives && a.Op == "join", !lives && a.Op == "prefer" && a.Company != 0:
		wrong["firm"] = true
	default:
		tx.new.link(a.ID, func(p *person) {
			switch {
			case a.Op == "leave":
				p.leave(a.Company)
			case a.Op == "join":
				p.join(a.Company)
			case a.Company == 0:
				p.primary = 0
			default:
				p.join(a.Company)
				p.primary = a.Company
			}
		})
	}
	switch a.Op {
	case "leave":
		return wrong, t.Companies().Dissociate(a.ID, a.Company)
	case "join":
		return wrong, t.Companies().Associate(a.ID, a.Company)
	}
	return wrong, t.Companies().SetPrimary(a.ID, a.Company)
}

// edited returns values with some of them changed.
func edited(was filtertest.Contact, values contact.Values) filtertest.Contact {
	now := filtertest.Contact{}
	maps.Copy(now, was)
	for name, v := range values {
		if now[name] = v; v == nil {
			delete(now, name)
		}
	}
	return now
}

// company returns an action about companies.
func (g *wanderer) company() action {
	a := action{ID: g.contact(), Company: contact.CompanyID(g.IntN(int(g.p.w.founded) + 2))}
	if alive := slices.Sorted(maps.Keys(g.p.w.firms)); len(alive) > 0 && !g.chance(12) {
		a.Company = alive[g.IntN(len(alive))]
	}
	oneOf := func(list ...any) any { return list[g.IntN(len(list))] }
	values := contact.Values{"industry": oneOf("steel", "Food", "", nil), "employees": oneOf(0.0, 1.0, 2.0, 3.0, nil), "founded": randomDay(g.Rand)}
	switch k := g.IntN(20); {
	case len(g.p.w.firms) < 3 || k < 2:
		return action{Op: "found", Values: values}
	case k < 7:
		return action{Op: "refound", Company: a.Company, Values: g.some(values)}
	case k < 8:
		return action{Op: "close", Company: a.Company}
	case k < 9:
		return action{Op: "staff", Company: a.Company, N: 1 + g.IntN(700)}
	case k < 14:
		a.Op = "join"
	case k < 16:
		a.Op = "leave"
	default:
		a.Op = "prefer"
		if g.chance(5) {
			a.Company = 0
		}
	}
	return a
}
