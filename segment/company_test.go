package segment_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// companyWorld is a store with two companies, steel of 5 and food of 50, of which
// contacts 1 and 2 are at the first and contact 2 at both; and a segment for each way to
// ask.
func companyWorld(t *testing.T, store *contact.Store) *segment.Engine {
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	for handle, text := range map[string]string{
		"steel": `company.industry = "steel"`, "large": `any company (employees > 10)`, "none": `no company (employees > 0)`, "unknown": `company.employees is empty`,
	} {
		_, err := eng.Create(context.Background(), segment.Definition{Handle: handle, Name: handle, Filter: filter.MustParse(text)})
		require.NoError(t, err)
	}
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
		c := tx.Companies()
		for _, values := range []contact.Values{{"industry": "steel", "employees": 5}, {"industry": "food", "employees": 50}} {
			_, err := c.Insert(values)
			require.NoError(t, err)
		}
		for range 3 {
			_, err := tx.Insert(nil)
			require.NoError(t, err)
		}
		require.NoError(t, c.Associate(1, 1))
		return c.Associate(2, 1, 2)
	}))
	requireCompanyMembers(t, eng, "steel 1 2, large 2, none 3, unknown 3")
	return eng
}

func companySchema() *contact.Schema {
	return contact.MustSchema(contact.Number("n"), contact.Companies(contact.Text("industry"), contact.Number("employees"), contact.Text("note")))
}

func requireCompanyMembers(t *testing.T, eng *segment.Engine, want string) {
	t.Helper()
	got := ""
	for _, handle := range []string{"steel", "large", "none", "unknown"} {
		set, err := eng.Members(handle)
		require.NoError(t, err)
		if got != "" {
			got += ", "
		}
		got += handle
		for id := range set.All() {
			got += fmt.Sprint(" ", id)
		}
	}
	require.Equal(t, want, got)
	require.NoError(t, eng.Verify(context.Background()))
}

// Every way in which a company can move its contacts does so in the same commit, and
// nothing else does.
func TestCompaniesMoveContacts(t *testing.T) {
	for _, c := range []struct {
		what string
		do   func(tx contact.CompanyTx) error
		want string
	}{
		{"a field of a company", func(tx contact.CompanyTx) error { return tx.Set(1, contact.Values{"employees": 11}) }, "steel 1 2, large 1 2, none 3, unknown 3"},
		{"another field of a company", func(tx contact.CompanyTx) error { return tx.Set(1, contact.Values{"industry": "coal"}) }, "steel, large 2, none 3, unknown 3"},
		{"a field that nobody reads", func(tx contact.CompanyTx) error { return tx.Set(1, contact.Values{"note": "x"}) }, "steel 1 2, large 2, none 3, unknown 3"},
		{"a company that is not primary", func(tx contact.CompanyTx) error {
			return tx.Set(2, contact.Values{"industry": "steel", "employees": nil})
		}, "steel 1 2, large, none 3, unknown 3"},
		{"an association", func(tx contact.CompanyTx) error { return tx.Associate(1, 2) }, "steel 1 2, large 1 2, none 3, unknown 3"},
		{"a first association", func(tx contact.CompanyTx) error { return tx.Associate(3, 1) }, "steel 1 2 3, large 2, none, unknown"},
		{"the end of one", func(tx contact.CompanyTx) error { return tx.Dissociate(2, 2) }, "steel 1 2, large, none 3, unknown 3"},
		{"another primary company", func(tx contact.CompanyTx) error { return tx.SetPrimary(2, 2) }, "steel 1, large 2, none 3, unknown 3"},
		{"no primary company", func(tx contact.CompanyTx) error { return tx.SetPrimary(2, 0) }, "steel 1, large 2, none 3, unknown 2 3"},
		{"the end of a company", func(tx contact.CompanyTx) error { return tx.Delete(1) }, "steel, large 2, none 1 3, unknown 1 2 3"},
		{"a company and an association at once", func(tx contact.CompanyTx) error {
			require.NoError(t, tx.Set(2, contact.Values{"industry": "steel"}))
			return tx.SetPrimary(3, 2)
		}, "steel 1 2 3, large 2 3, none, unknown"},
		{"a new company", func(tx contact.CompanyTx) error {
			id, err := tx.Insert(contact.Values{"industry": "steel"})
			require.NoError(t, err)
			return tx.SetPrimary(3, id)
		}, "steel 1 2 3, large 2, none 3, unknown 3"},
	} {
		t.Run(c.what, func(t *testing.T) {
			store, err := contact.New(companySchema(), nil)
			require.NoError(t, err)
			defer store.Close()
			eng := companyWorld(t, store)
			last := eng.LastChange()
			require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error { return c.do(tx.Companies()) }))
			requireCompanyMembers(t, eng, c.want)
			for change, err := range eng.Changes(last + 1) {
				require.NoError(t, err)
				require.Equal(t, contact.CauseData, change.Cause)
			}
		})
	}
}

// A change of a company with many contacts is one bulk step, refused it is taken back,
// and on disk it is there again.
func TestCompanyOfMany(t *testing.T) {
	dir := t.TempDir()
	store, err := contact.Open(dir, companySchema(), &contact.Options{Sync: -1})
	require.NoError(t, err)
	eng := companyWorld(t, store)
	veto := &vetoer{}
	require.NoError(t, store.Attach("veto", veto, nil))
	const many = 3000
	update := func(fn func(tx *contact.Tx) error) error { return store.Update(context.Background(), fn) }
	require.NoError(t, update(func(tx *contact.Tx) error {
		for range many {
			id, err := tx.Insert(nil)
			require.NoError(t, err)
			require.NoError(t, tx.Companies().Associate(id, 1))
		}
		return nil
	}))
	grow := func(tx *contact.Tx) error { return tx.Companies().Set(1, contact.Values{"employees": 500}) }
	veto.set("veto")
	require.ErrorIs(t, update(grow), errVeto)
	n, err := eng.Count("large")
	require.NoError(t, err)
	require.Equal(t, 1, n)
	veto.set("")
	last := eng.LastChange()
	require.NoError(t, update(grow))
	n, err = eng.Count("large")
	require.NoError(t, err)
	require.Equal(t, many+2, n)
	for change, err := range eng.Changes(last + 1) {
		require.NoError(t, err)
		require.True(t, change.Bulk)
	}
	require.NoError(t, update(func(tx *contact.Tx) error { return tx.Companies().Delete(1) }))
	require.NoError(t, store.Close())

	store, err = contact.Open(dir, nil, nil)
	require.NoError(t, err)
	defer store.Close()
	eng, err = segment.New(store, &segment.Options{Recheck: true})
	require.NoError(t, err)
	require.NoError(t, eng.Verify(context.Background()))
	require.NoError(t, store.Attach("veto", veto, nil))
	n, err = eng.Count("unknown")
	require.NoError(t, err)
	require.Equal(t, many+3, n)

	// A field of a company that a segment reads can't be dropped.
	var inUse *contact.FieldInUseError
	require.ErrorAs(t, store.Update(context.Background(), func(tx *contact.Tx) error { return tx.Schema().Companies().Drop("industry") }), &inUse)
	require.Equal(t, []string{`segment "steel"`}, inUse.Users)
	require.Equal(t, "company.industry", inUse.Field)
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error { return tx.Schema().Companies().Drop("note") }))
}
