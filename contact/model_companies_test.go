package contact_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// A tableTx is the part of a transaction about contacts or about companies, whose ids
// are contacts' here.
type tableTx interface {
	Insert(contact.Values) (contact.ID, error)
	Upsert(contact.Values) (contact.ID, error)
	Set(contact.ID, contact.Values) error
	Unset(contact.ID, ...string) error
	Add(contact.ID, string, ...string) error
	Remove(contact.ID, string, ...string) error
	Delete(contact.ID) error
	Exists(contact.ID) bool
	Created(contact.ID) bool
	Value(contact.ID, string) (contact.Value, error)
	Lookup(string, any) (contact.ID, bool, error)
	byRow(op string, id contact.ID, cells []rowCell) (contact.ID, error)
	schema() contact.SchemaEdit
}

type contactTable struct{ *contact.Tx }

func (c contactTable) schema() contact.SchemaEdit { return c.Schema() }

func (c contactTable) byRow(op string, id contact.ID, cells []rowCell) (contact.ID, error) {
	return giveRow(c.Row(), op, id, cells)
}

type companyTable struct {
	c  contact.CompanyTx
	tx *contact.Tx
}

func (t companyTable) Insert(v contact.Values) (contact.ID, error) {
	id, err := t.c.Insert(v)
	return contact.ID(id), err
}

func (t companyTable) Upsert(v contact.Values) (contact.ID, error) {
	id, err := t.c.Upsert(v)
	return contact.ID(id), err
}

func (t companyTable) Set(id contact.ID, v contact.Values) error {
	return t.c.Set(contact.CompanyID(id), v)
}

func (t companyTable) Unset(id contact.ID, fields ...string) error {
	return t.c.Unset(contact.CompanyID(id), fields...)
}

func (t companyTable) Add(id contact.ID, field string, words ...string) error {
	return t.c.Add(contact.CompanyID(id), field, words...)
}

func (t companyTable) Remove(id contact.ID, field string, words ...string) error {
	return t.c.Remove(contact.CompanyID(id), field, words...)
}

func (t companyTable) Delete(id contact.ID) error { return t.c.Delete(contact.CompanyID(id)) }
func (t companyTable) Exists(id contact.ID) bool  { return t.c.Exists(contact.CompanyID(id)) }
func (t companyTable) Created(id contact.ID) bool { return t.c.Created(contact.CompanyID(id)) }
func (t companyTable) schema() contact.SchemaEdit { return t.tx.Schema().Companies() }

func (t companyTable) Value(id contact.ID, field string) (contact.Value, error) {
	return t.c.Value(contact.CompanyID(id), field)
}

func (t companyTable) Lookup(field string, x any) (contact.ID, bool, error) {
	id, ok, err := t.c.Lookup(field, x)
	return contact.ID(id), ok, err
}

func (t companyTable) byRow(op string, id contact.ID, cells []rowCell) (contact.ID, error) {
	return giveRow(t.c.Row(), op, id, cells)
}

// tableRows is the contacts or the companies of a version.
type tableRows interface {
	Len() int
	Get(contact.ID) (map[string]contact.Value, bool)
	Lookup(string, any) (contact.ID, bool, error)
	live() []contact.ID
	schema() *contact.Schema
}

type contactRows struct{ *contact.View }

func (r contactRows) live() []contact.ID      { return r.Live().IDs() }
func (r contactRows) schema() *contact.Schema { return r.Schema() }

type companyRows struct {
	c contact.CompanyView
	v *contact.View
}

func (r companyRows) Len() int                { return r.c.Len() }
func (r companyRows) live() []contact.ID      { return r.c.Live().Rows().IDs() }
func (r companyRows) schema() *contact.Schema { return r.v.Schema().Companies() }

func (r companyRows) Get(id contact.ID) (map[string]contact.Value, bool) {
	return r.c.Get(contact.CompanyID(id))
}

func (r companyRows) Lookup(field string, x any) (contact.ID, bool, error) {
	id, ok, err := r.c.Lookup(field, x)
	return contact.ID(id), ok, err
}

// linked is what a contact belongs to; never changed in place.
type linked struct {
	companies []contact.CompanyID
	primary   contact.CompanyID
}

func newFirmsModel(r *rand.Rand) *model {
	m := newModel()
	m.company = true
	for range 1 + r.IntN(4) {
		m.fields = append(m.fields, randomField(r, fmt.Sprint("f", len(m.fields))))
	}
	return m
}

func (m *model) companiesPart() contact.Part {
	var parts []contact.Part
	for _, f := range m.fields {
		parts = append(parts, f.part())
	}
	return contact.Companies(parts...)
}

func (m *model) notFound() error {
	if m.company {
		return contact.ErrNoCompany
	}
	return contact.ErrNotFound
}

// without returns what is left when companies are gone.
func (l linked) without(gone func(contact.CompanyID) bool) linked {
	l.companies = slices.DeleteFunc(slices.Clone(l.companies), gone)
	if gone(l.primary) {
		l.primary = 0
	}
	return l
}

func (l linked) with(id contact.CompanyID) linked {
	if !slices.Contains(l.companies, id) {
		l.companies = append(slices.Clone(l.companies), id)
		slices.Sort(l.companies)
	}
	return l
}

func (l linked) equal(k linked) bool {
	return l.primary == k.primary && slices.Equal(l.companies, k.companies)
}

// link gives a contact other companies.
func (m *model) link(id contact.ID, l linked) {
	if l.equal(m.links[id]) {
		return
	}
	m.touch(id)
	m.links[id] = l
	if len(l.companies) == 0 {
		delete(m.links, id)
	}
}

// unlink ends the associations of companies that are gone, which the log tells later.
func (m *model) unlink() {
	if len(m.firms.deleted) == 0 {
		return
	}
	for id, l := range m.links {
		l = l.without(func(c contact.CompanyID) bool { return c != 0 && m.firms.contacts[contact.ID(c)] == nil })
		m.links[id] = l
		if len(l.companies) == 0 {
			delete(m.links, id)
		}
	}
}

// settle notes the contacts that lost a company.
func (m *model) settle() {
	if m.firms == nil {
		return
	}
	for _, company := range m.firms.deleted {
		for _, id := range m.base.live {
			if m.contacts[id] != nil && slices.Contains(m.base.links[id].companies, contact.CompanyID(company)) {
				m.touch(id)
			}
		}
	}
}

// linkChange returns what the log has to say of a contact's companies.
func linkChange(old, now linked) *contact.AssociationChange {
	if old.equal(now) {
		return nil
	}
	var c contact.AssociationChange
	for _, id := range now.companies {
		if !slices.Contains(old.companies, id) {
			c.Added = append(c.Added, id)
		}
	}
	for _, id := range old.companies {
		if !slices.Contains(now.companies, id) {
			c.Removed = append(c.Removed, id)
		}
	}
	if old.primary != now.primary {
		c.OldPrimary, c.NewPrimary = old.primary, now.primary
	}
	return &c
}

// linkValues returns how many values that is.
func linkValues(c *contact.AssociationChange) (n int) {
	if c == nil {
		return 0
	}
	if len(c.Added)+len(c.Removed) > 0 {
		n++
	}
	if c.OldPrimary != c.NewPrimary {
		n++
	}
	return n
}

// opLink changes who belongs to a company.
func opLink(t *testing.T, r *rand.Rand, tx *contact.Tx, m *model) {
	id := m.someID(r)
	companies := make([]contact.CompanyID, r.IntN(3))
	unknown := false
	for i := range companies {
		companies[i] = contact.CompanyID(m.firms.someID(r))
		unknown = unknown || m.firms.contacts[contact.ID(companies[i])] == nil
	}
	c := tx.Companies()
	l := m.links[id]
	var err error
	switch r.IntN(5) {
	case 0, 1:
		err = c.Associate(id, companies...)
		for _, company := range companies {
			if slices.Contains(l.companies, company) {
				continue
			}
			if l = l.with(company); l.primary == 0 {
				l.primary = company
			}
		}
	case 2:
		unknown = false
		err = c.Dissociate(id, companies...)
		l = l.without(func(company contact.CompanyID) bool { return slices.Contains(companies, company) })
	case 3:
		companies, unknown = nil, false
		err = c.SetPrimary(id, 0)
		l.primary = 0
	default:
		company := contact.CompanyID(m.firms.someID(r))
		unknown = company != 0 && m.firms.contacts[contact.ID(company)] == nil
		err = c.SetPrimary(id, company)
		if company != 0 {
			l = l.with(company)
		}
		l.primary = company
	}
	switch {
	case m.contacts[id] == nil:
		require.ErrorIs(t, err, contact.ErrNotFound)
	case unknown:
		require.ErrorIs(t, err, contact.ErrNoCompany)
	default:
		require.NoError(t, err)
		m.link(id, l)
	}
}

// readLinks compares what a transaction reads of associations with what was written in
// it.
func (m *model) readLinks(t *testing.T, r *rand.Rand, tx *contact.Tx) {
	id := m.someID(r)
	a, err := tx.Companies().Of(id)
	if m.contacts[id] == nil {
		require.ErrorIs(t, err, contact.ErrNotFound)
		return
	}
	require.NoError(t, err)
	require.True(t, m.links[id].equal(linked{a.Companies, a.Primary}), "companies of %d are %v, want %v", id, a, m.links[id])
}

// compareLinks checks who belongs to a company in a version.
func (w *world) compareLinks(v *contact.View, m *model) {
	t, c := w.t, v.Companies()
	contacts := make(map[contact.CompanyID][]contact.ID)
	primary := make(map[contact.CompanyID][]contact.ID)
	for _, id := range m.live {
		l := m.links[id]
		for _, company := range l.companies {
			contacts[company] = append(contacts[company], id)
		}
		if l.primary != 0 {
			primary[l.primary] = append(primary[l.primary], id)
		}
		if w.r.IntN(10) == 0 {
			a := c.Associations(id)
			require.True(t, l.equal(linked{a.Companies, a.Primary}), "companies of %d are %v, want %v", id, a, l)
			require.Equal(t, l.primary, c.Primary(id))
			require.True(t, slices.Equal(l.companies, c.AppendIDs(nil, id)))
		}
	}
	var some []contact.CompanyID
	var any, any1 contact.Set
	for id := contact.CompanyID(1); id <= contact.CompanyID(m.firms.next)+1; id++ {
		require.True(t, slices.Equal(contacts[id], c.Contacts(id).IDs()), "contacts of company %d", id)
		require.True(t, slices.Equal(primary[id], c.PrimaryContacts(id).IDs()), "contacts of primary company %d", id)
		if w.r.IntN(3) == 0 {
			some = append(some, id)
			any, any1 = any.Or(contact.SetOf(contacts[id]...)), any1.Or(contact.SetOf(primary[id]...))
		}
	}
	require.True(t, any.Equal(c.ContactsOfAny(contact.CompanySetOf(some...))))
	require.True(t, any1.Equal(c.PrimaryContactsOfAny(contact.CompanySetOf(some...))))
}
