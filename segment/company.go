package segment

import "github.com/rosterdb/roster/contact"

// moveCompanies queues the segments that read what has changed of companies, to be
// asked about the contacts that are reached through these. Contacts that belong to
// another company, or to none any more, are among the touched ones, of which there are
// n.
func (p *preparation) moveCompanies(n int) {
	finder, companies := p.finder(), p.c.View().Companies()
	if len(finder.primary.byField)+len(finder.any.byField) == 0 {
		return
	}
	ways := []struct {
		finder   *companyFinder
		contacts func(contact.CompanyID) contact.Set
	}{{&finder.primary, companies.PrimaryContacts}, {&finder.any, companies.Contacts}}
	for t := range p.c.Companies() {
		for _, way := range ways {
			if t.Kind == contact.Updated && way.finder.reads(t.Fields) {
				n += way.contacts(t.ID).Len()
			}
		}
	}
	many := p.many(n)
	for t := range p.c.Companies() {
		if t.Kind != contact.Updated {
			continue
		}
		for _, way := range ways {
			for _, field := range t.Fields {
				for _, id := range way.finder.byField[int(field)] {
					p.reach(id, way.contacts(t.ID), 0, many)
				}
			}
		}
	}
}
