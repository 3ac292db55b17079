package contact

import (
	"iter"

	"github.com/rosterdb/roster/contact/internal/column"
	"github.com/rosterdb/roster/contact/internal/idset"
)

// CompanyView is the companies in a [View], and who belongs to them.
//
// CompanyView is immutable and safe for concurrent use.
type CompanyView struct{ v *View }

// Companies returns the companies of this version.
func (v *View) Companies() CompanyView { return CompanyView{v} }

// Len returns the number of living companies.
func (c CompanyView) Len() int { return c.v.st.firms.live.Len() }

// Live returns the living companies.
func (c CompanyView) Live() CompanySet { return CompanySet{Set{c.v.st.firms.live}} }

// Exists reports whether a company lives.
func (c CompanyView) Exists(id CompanyID) bool { return c.v.st.firms.live.Contains(uint32(id)) }

// Value returns what a company has in a field: missing if it has nothing there or
// does not live.
func (c CompanyView) Value(id CompanyID, field string) (Value, error) {
	d, err := c.v.st.schema.Companies().find(field)
	if err != nil {
		return Value{}, err
	}
	return c.v.st.firms.value(d, ID(id)), nil
}

// Of returns what a company has in a field by its handle: missing if it has nothing
// there or the handle belongs to another schema.
func (c CompanyView) Of(id CompanyID, f Field) Value {
	if f.def == nil || !f.def.company {
		return Value{}
	}
	return c.v.Of(ID(id), f)
}

// Get returns all values a company has, by field name, and whether it lives.
func (c CompanyView) Get(id CompanyID) (map[string]Value, bool) {
	if !c.Exists(id) {
		return nil, false
	}
	return c.v.st.firms.values(c.v.st.schema.Companies(), ID(id)), true
}

// Lookup returns the company that has a value in a unique field, and whether there is
// one.
func (c CompanyView) Lookup(field string, value any) (CompanyID, bool, error) {
	d, x, err := c.v.st.schema.Companies().identity(field, value, &noLimits)
	if err != nil || !identifies(x) {
		return 0, false, err
	}
	id := c.v.st.firms.lookup(d, x)
	return CompanyID(id), id != 0, nil
}

// Associations returns the companies that a contact belongs to: none if it does not
// live.
func (c CompanyView) Associations(contact ID) Associations {
	st := c.v.st
	companies, primary := st.schema.links()
	if companies == nil {
		return Associations{}
	}
	return associations(st.value(companies, contact), st.value(primary, contact))
}

// AppendIDs appends the companies that a contact belongs to, ascending: what a filter
// uses to decide about a single contact.
func (c CompanyView) AppendIDs(dst []CompanyID, contact ID) []CompanyID {
	companies, _ := c.v.st.linkColumns()
	if companies == nil {
		return dst
	}
	var buf [16]uint32
	for _, id := range companies.AppendCodes(buf[:0], uint32(contact)) {
		dst = append(dst, CompanyID(id))
	}
	return dst
}

// Primary returns the primary company of a contact, 0 if it has none.
func (c CompanyView) Primary(contact ID) CompanyID {
	_, primary := c.v.st.linkColumns()
	if primary == nil {
		return 0
	}
	return CompanyID(primary.Code(uint32(contact)))
}

// Contacts returns the contacts that belong to a company.
func (c CompanyView) Contacts(id CompanyID) Set {
	companies, _ := c.v.st.linkColumns()
	if companies == nil {
		return Set{}
	}
	return Set{companies.Having(uint32(id))}
}

// PrimaryContacts returns the contacts whose primary company is the given one.
func (c CompanyView) PrimaryContacts(id CompanyID) Set {
	_, primary := c.v.st.linkColumns()
	if primary == nil {
		return Set{}
	}
	return Set{primary.Having(uint32(id))}
}

// ContactsOfAny returns the contacts that belong to any of some companies. It costs
// these companies and their contacts, or a pass over all contacts where that is less.
func (c CompanyView) ContactsOfAny(s CompanySet) Set {
	set, _ := c.v.ProbeCompanies(s).Set()
	return set
}

// PrimaryContactsOfAny returns the contacts whose primary company is one of some, at
// the cost of [CompanyView.ContactsOfAny].
func (c CompanyView) PrimaryContactsOfAny(s CompanySet) Set {
	set, _ := c.v.ProbePrimary(s).Set()
	return set
}

// linkColumns returns the columns of contacts' companies and of their primary ones,
// nil if there are no companies.
func (st *state) linkColumns() (companies *column.Choices, primary *column.Choice) {
	d, p := st.schema.links()
	if d == nil || p.index >= len(st.cols) {
		return nil, nil
	}
	return st.cols[d.index].(*column.Choices), st.cols[p.index].(*column.Choice)
}

// having returns the contacts of a company.
func (st *state) having(companies *fieldDef, company ID) *idset.Set {
	if companies.index >= len(st.cols) {
		return nil
	}
	return st.cols[companies.index].(*column.Choices).Having(uint32(company))
}

// Page lists the living companies of a set page by page, like [View.Page]; a Page's
// ids are those of companies here.
func (c CompanyView) Page(s CompanySet, opts *PageOptions) (ids []CompanyID, next string, err error) {
	p, err := c.v.page(c.v.st.schema.Companies(), s.set.And(Set{c.v.st.firms.live}), opts)
	for _, id := range p.IDs {
		ids = append(ids, CompanyID(id))
	}
	return ids, p.Next, err
}

// CompanySet is an immutable set of companies. The zero CompanySet is empty.
//
// CompanySet is immutable and safe for concurrent use; it may be kept after the View
// it came from is gone.
type CompanySet struct{ set Set }

// CompanySetOf returns the set of the given companies, in any order.
func CompanySetOf(ids ...CompanyID) CompanySet {
	raw := make([]uint32, len(ids))
	for i, id := range ids {
		raw[i] = uint32(id)
	}
	return CompanySet{Set{idset.FromIDs(raw...)}}
}

// CompaniesIn returns the set of companies with the ids of a set of rows: what a run
// over the companies has found, see [CompanySet.Rows].
func CompaniesIn(rows Set) CompanySet { return CompanySet{rows} }

// Rows returns the ids of the companies as a [Set], for [Block] and the probes of
// their fields.
func (s CompanySet) Rows() Set { return s.set }

// Len returns the number of companies. It is kept, not counted.
func (s CompanySet) Len() int { return s.set.Len() }

// Contains reports whether a company is in the set.
func (s CompanySet) Contains(id CompanyID) bool { return s.set.Contains(ID(id)) }

// All iterates over the companies in ascending order.
func (s CompanySet) All() iter.Seq[CompanyID] {
	return func(yield func(CompanyID) bool) {
		s.set.ids.All()(func(id uint32) bool { return yield(CompanyID(id)) })
	}
}

// IDs returns the companies in ascending order.
func (s CompanySet) IDs() []CompanyID {
	ids := make([]CompanyID, 0, s.Len())
	for id := range s.All() {
		ids = append(ids, id)
	}
	return ids
}
