package contact_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

func companyStore(tb testing.TB, opts *contact.Options) *contact.Store {
	return newStoreWith(tb, opts, contact.Text("email").Unique(),
		contact.Companies(contact.Text("name").Unique(), contact.Text("industry"), contact.Number("employees")))
}

// The rules of associations: what a contact belongs to before, what is done, and
// what it belongs to afterwards. The table in docs/semantics.md is this one.
func TestAssociationRules(t *testing.T) {
	const a, b, c = 1, 2, 3
	set := func(primary contact.CompanyID, companies ...contact.CompanyID) contact.Associations {
		return contact.Associations{Companies: companies, Primary: primary}
	}
	none := set(0)
	type do func(tx contact.CompanyTx) error
	associate := func(ids ...contact.CompanyID) do {
		return func(tx contact.CompanyTx) error { return tx.Associate(1, ids...) }
	}
	dissociate := func(ids ...contact.CompanyID) do {
		return func(tx contact.CompanyTx) error { return tx.Dissociate(1, ids...) }
	}
	primary := func(id contact.CompanyID) do {
		return func(tx contact.CompanyTx) error { return tx.SetPrimary(1, id) }
	}
	remove := func(id contact.CompanyID) do {
		return func(tx contact.CompanyTx) error { return tx.Delete(id) }
	}
	for _, row := range []struct {
		before contact.Associations
		what   string
		do     do
		after  contact.Associations
	}{
		{none, "Associate A", associate(a), set(a, a)},
		{none, "Associate B, A", associate(b, a), set(b, a, b)},
		{none, "Associate nothing", associate(), none},
		{set(a, a), "Associate B", associate(b), set(a, a, b)},
		{set(a, a), "Associate A", associate(a), set(a, a)},
		{set(0, a), "Associate A", associate(a), set(0, a)},
		{set(0, a), "Associate B", associate(b), set(b, a, b)},
		{set(0, a), "Associate A, B", associate(a, b), set(b, a, b)},
		{set(a, a, b), "Dissociate A", dissociate(a), set(0, b)},
		{set(a, a, b), "Dissociate B", dissociate(b), set(a, a)},
		{set(a, a, b), "Dissociate C", dissociate(c), set(a, a, b)},
		{set(a, a, b), "Dissociate A, B", dissociate(a, b), none},
		{none, "SetPrimary A", primary(a), set(a, a)},
		{set(a, a), "SetPrimary B", primary(b), set(b, a, b)},
		{set(a, a, b), "SetPrimary B", primary(b), set(b, a, b)},
		{set(a, a, b), "SetPrimary A", primary(a), set(a, a, b)},
		{set(a, a, b), "SetPrimary 0", primary(0), set(0, a, b)},
		{none, "SetPrimary 0", primary(0), none},
		{set(a, a, b), "Delete A", remove(a), set(0, b)},
		{set(a, a, b), "Delete B", remove(b), set(a, a)},
		{set(a, a, b), "Delete C", remove(c), set(a, a, b)},
	} {
		t.Run(fmt.Sprint(row.before, " ", row.what), func(t *testing.T) {
			store := companyStore(t, nil)
			update(t, store, func(tx *contact.Tx) error {
				for range 3 {
					_, err := tx.Companies().Insert(nil)
					require.NoError(t, err)
				}
				_, err := tx.Insert(nil)
				require.NoError(t, err)
				require.NoError(t, tx.Companies().Associate(1, row.before.Companies...))
				return tx.Companies().SetPrimary(1, row.before.Primary)
			})
			require.Equal(t, row.before, store.View().Companies().Associations(1))
			update(t, store, func(tx *contact.Tx) error {
				require.NoError(t, row.do(tx.Companies()))
				now, err := tx.Companies().Of(1)
				require.NoError(t, err)
				require.True(t, row.after.Primary == now.Primary && slices.Equal(row.after.Companies, now.Companies), "%v in its transaction", now)
				return nil
			})
			v := store.View()
			require.Equal(t, row.after, v.Companies().Associations(1))
			for id := contact.CompanyID(1); id <= 3; id++ {
				require.Equal(t, slices.Contains(row.after.Companies, id), v.Companies().Contacts(id).Contains(1))
				require.Equal(t, row.after.Primary == id, v.Companies().PrimaryContacts(id).Contains(1))
			}
			if changed := fmt.Sprint(row.before) != fmt.Sprint(row.after); !changed && row.what[:6] != "Delete" {
				require.Equal(t, uint64(1), v.Number(), "nothing changed, and nothing is logged")
			}
		})
	}
}

func TestCompanyOfTransaction(t *testing.T) {
	store := companyStore(t, &contact.Options{Limits: contact.Limits{Companies: 2}})
	update(t, store, func(tx *contact.Tx) error {
		c := tx.Companies()
		acme, err := c.Upsert(contact.Values{"name": "Acme", "industry": "steel"})
		require.NoError(t, err)
		require.True(t, c.Created(acme))
		again, err := c.Upsert(contact.Values{"name": "ACME", "employees": 7})
		require.NoError(t, err)
		require.Equal(t, acme, again)
		x, err := c.Value(acme, "employees")
		require.NoError(t, err)
		require.Equal(t, 7.0, x.Any())
		id, found, err := c.Lookup("name", "acme")
		require.NoError(t, err)
		require.True(t, found && id == acme)

		_, err = c.Insert(contact.Values{"name": "acme"})
		var conflict *contact.ConflictError
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, []contact.CompanyID{acme}, conflict.Companies)
		require.EqualError(t, err, `contact: the value of unique field "company.name" belongs to company 1`)
		_, err = c.Upsert(contact.Values{"industry": "steel"})
		require.ErrorIs(t, err, contact.ErrNoIdentity)
		_, err = c.Insert(contact.Values{"email": "x"})
		require.EqualError(t, err, `contact: unknown field "company.email"`)
		_, err = tx.Insert(contact.Values{"industry": "x"})
		require.EqualError(t, err, `contact: unknown field "industry"`)
		require.EqualError(t, c.Set(acme, contact.Values{"employees": "many"}),
			`contact: field "company.employees": a Go string does not fit a number field; give a Go number`)
		require.ErrorIs(t, c.Set(9, nil), contact.ErrNoCompany)
		require.ErrorIs(t, c.Delete(9), contact.ErrNoCompany)

		ada, err := tx.Insert(contact.Values{"email": "ada@example.com"})
		require.NoError(t, err)
		require.ErrorIs(t, c.Associate(99, acme), contact.ErrNotFound)
		require.ErrorIs(t, c.Associate(ada, 99), contact.ErrNoCompany)
		require.ErrorIs(t, c.SetPrimary(ada, 99), contact.ErrNoCompany)
		require.NoError(t, c.Associate(ada, acme))
		two, err := c.Insert(nil)
		require.NoError(t, err)
		three, err := c.Insert(nil)
		require.NoError(t, err)
		var limit *contact.LimitError
		require.ErrorAs(t, c.Associate(ada, two, three), &limit)
		require.Equal(t, 3, limit.Got)
		require.NoError(t, c.Associate(ada, two))
		return c.Delete(three)
	})
	v := store.View()
	require.Equal(t, []contact.CompanyID{1, 2}, v.Companies().Live().IDs())
	got, ok := v.Companies().Get(1)
	require.True(t, ok)
	require.Len(t, got, 3)
	require.Equal(t, contact.Associations{Companies: []contact.CompanyID{1, 2}, Primary: 1}, v.Companies().Associations(1))

	remove(t, store, 1)
	require.Zero(t, store.View().Companies().Contacts(1).Len())
	require.Equal(t, []contact.Change{{ID: 1, Kind: contact.Deleted, Fields: changes(t, store)[0].Fields,
		Companies: &contact.AssociationChange{Removed: []contact.CompanyID{1, 2}, OldPrimary: 1}}}, changes(t, store))
	require.Equal(t, 1, v.Companies().Contacts(1).Len(), "the view before stays what it was")
}

// Companies need to be declared; without them nothing is there and nothing panics.
func TestNoCompanies(t *testing.T) {
	store := newStore(t, contact.Text("email"))
	update(t, store, func(tx *contact.Tx) error {
		c := tx.Companies()
		_, err := c.Insert(nil)
		require.ErrorIs(t, err, contact.ErrNoCompanies)
		require.ErrorIs(t, c.Associate(1, 1), contact.ErrNoCompanies)
		require.ErrorIs(t, c.Delete(1), contact.ErrNoCompanies)
		require.Nil(t, c.Row())
		require.False(t, c.Exists(1))
		return nil
	})
	v := store.View()
	require.Zero(t, v.Companies().Len())
	require.Zero(t, v.Companies().Contacts(1).Len())
	require.Zero(t, v.Companies().Primary(1))
	require.Equal(t, contact.Associations{}, v.Companies().Associations(1))

	var after contact.CompanyTx // declared while the store is open, used in the same transaction
	update(t, store, func(tx *contact.Tx) error {
		require.NoError(t, tx.Schema().Companies().Add(contact.Text("name").Unique()))
		ada, err := tx.Insert(nil)
		require.NoError(t, err)
		acme, err := tx.Companies().Row().Insert()
		require.NoError(t, err)
		after = tx.Companies()
		return after.SetPrimary(ada, acme)
	})
	require.Equal(t, contact.CompanyID(1), store.View().Companies().Primary(1))
	_, err := after.Insert(nil)
	require.ErrorIs(t, err, contact.ErrTxDone)
	require.Nil(t, after.Row())
}

func TestCompanySchema(t *testing.T) {
	for _, c := range []struct {
		parts []contact.Part
		want  string
	}{
		{[]contact.Part{contact.Companies(contact.Text("a"), contact.Text("a"))}, `field "company.a" is declared twice`},
		{[]contact.Part{contact.Companies(contact.Companies())}, `companies inside companies`},
		{[]contact.Part{contact.Companies(contact.Bool("a").Unique())}, `field "company.a": only text and number fields can be unique, not bool`},
		{[]contact.Part{contact.Text("company.a"), contact.Companies(contact.Text("a"))}, `field "company.a" of contacts could not be told from field "a" of companies`},
		{[]contact.Part{contact.Companies(nil)}, `a nil part`},
	} {
		_, err := contact.NewSchema(c.parts...)
		require.EqualError(t, err, "contact: schema: "+c.want)
	}
	store := companyStore(t, nil)
	require.Equal(t, 1, store.Schema().Len(), "the places of companies are no fields")
	require.Equal(t, 3, store.Schema().Companies().Len())
	update(t, store, func(tx *contact.Tx) error {
		e := tx.Schema().Companies()
		require.Error(t, tx.Schema().Add(contact.Text("company.name")))
		require.NoError(t, tx.Schema().Add(contact.Companies(contact.Select("size", "small"))))
		require.NoError(t, e.AddOptions("size", contact.Option{Value: "large"}))
		require.NoError(t, e.SetLabel("size", "How many"))
		require.NoError(t, e.Drop("employees"))
		_, err := tx.Companies().Insert(contact.Values{"size": "LARGE"})
		return err
	})
	x, err := store.View().Companies().Value(1, "size")
	require.NoError(t, err)
	require.Equal(t, "large", x.Any())
	_, ok := store.Schema().Companies().Field("employees")
	require.False(t, ok)
	f, name, ok := store.Schema().CompanyField("company.size")
	require.True(t, ok && name == "size" && f.OfCompany() && f.Label() == "How many")
}

// The stored schema and a given one are merged, for companies as for contacts.
func TestCompanySchemaMerged(t *testing.T) {
	dir := t.TempDir()
	open := func(parts ...contact.Part) *contact.Store {
		schema, err := contact.NewSchema(parts...)
		require.NoError(t, err)
		store, err := contact.Open(dir, schema, nil)
		require.NoError(t, err)
		return store
	}
	store := open(contact.Text("email"))
	require.NoError(t, store.Close())
	store = open(contact.Text("email"), contact.Companies(contact.Text("name").Unique(), contact.Tags("tags")))
	update(t, store, func(tx *contact.Tx) error {
		acme, err := tx.Companies().Insert(contact.Values{"name": "Acme", "tags": "old"})
		require.NoError(t, err)
		ada, err := tx.Insert(nil)
		require.NoError(t, err)
		return tx.Companies().Associate(ada, acme)
	})
	require.NoError(t, store.Close())
	given := contact.MustSchema(contact.Companies(contact.Number("n"), contact.Text("name").Unique()), contact.Text("city"))
	handle, _ := given.Companies().Field("name")
	store, err := contact.Open(dir, given, nil)
	require.NoError(t, err)
	v := store.View()
	require.Equal(t, contact.CompanyID(1), v.Companies().Primary(1))
	require.Equal(t, "Acme", v.Companies().Of(1, handle).Any(), "a handle of the schema given")
	_, err = v.Companies().Value(1, "tags")
	require.Error(t, err, "hidden")
	require.Equal(t, 2, v.Schema().Companies().Len())
	require.NoError(t, store.Close())
	_, err = contact.Open(dir, contact.MustSchema(contact.Companies(contact.Number("name"))), nil)
	require.ErrorContains(t, err, `field "company.name" is text in the store and number in the schema given: a kind never changes`)
	store = open(contact.Text("email")) // without companies all of theirs is hidden
	require.Equal(t, 0, store.Schema().Companies().Len())
	require.Equal(t, contact.CompanyID(1), store.View().Companies().Primary(1))
	require.NoError(t, store.Close())
}

func TestCompanyPage(t *testing.T) {
	store := companyStore(t, nil)
	update(t, store, func(tx *contact.Tx) error {
		for i := range 5 {
			_, err := tx.Companies().Insert(contact.Values{"employees": 10 - i, "name": fmt.Sprint("c", i)})
			require.NoError(t, err)
		}
		return nil
	})
	c := store.View().Companies()
	ids, next, err := c.Page(c.Live(), &contact.PageOptions{By: "employees", Limit: 3})
	require.NoError(t, err)
	require.Equal(t, []contact.CompanyID{5, 4, 3}, ids)
	ids, next, err = c.Page(c.Live(), &contact.PageOptions{By: "employees", Limit: 3, After: next})
	require.NoError(t, err)
	require.Equal(t, []contact.CompanyID{2, 1}, ids)
	require.Empty(t, next)
	_, _, err = c.Page(c.Live(), &contact.PageOptions{By: "email"})
	require.Error(t, err)
}

// A veto takes back companies that were declared, made and belonged to in the same
// transaction, and they can be declared again.
func TestCompaniesVetoed(t *testing.T) {
	for _, many := range []int{1, 2000} {
		store := newStore(t, contact.Text("email"))
		guard := &testFloor{}
		require.NoError(t, store.Attach("guard", guard, nil))
		insert(t, store, contact.Values{"email": "ada@example.com"})
		declare := func(tx *contact.Tx) error {
			require.NoError(t, tx.Schema().Add(contact.Companies(contact.Text("name").Unique(), contact.Tags("tags"))))
			for i := range many {
				id, err := tx.Companies().Insert(contact.Values{"name": fmt.Sprint("c", i), "tags": "new"})
				require.NoError(t, err)
				require.NoError(t, tx.Companies().SetPrimary(1, id))
				require.NoError(t, tx.Companies().Dissociate(1, id-1))
			}
			return nil
		}
		guard.prepare = func(c *contact.Commit) error {
			require.Equal(t, many, c.View().Companies().Len())
			require.Equal(t, many+1, c.Changes())
			return errVeto
		}
		require.ErrorIs(t, store.Update(ctx, declare), errVeto)
		require.False(t, store.Schema().HasCompanies())
		require.Zero(t, store.View().Companies().Len())
		guard.prepare = nil
		update(t, store, declare)
		v := store.View()
		require.Equal(t, many, v.Companies().Len())
		require.Equal(t, contact.CompanyID(many), v.Companies().Primary(1))
		guard.prepare = func(*contact.Commit) error { return errVeto }
		require.ErrorIs(t, store.Update(ctx, func(tx *contact.Tx) error {
			_, err := tx.Companies().Insert(contact.Values{"tags": "newer"})
			require.NoError(t, err)
			return tx.Companies().Delete(contact.CompanyID(many))
		}), errVeto)
		guard.prepare = nil
		require.Equal(t, contact.CompanyID(many), store.View().Companies().Primary(1))
		update(t, store, func(tx *contact.Tx) error {
			id, err := tx.Companies().Insert(contact.Values{"tags": []string{"last", "new"}})
			require.Equal(t, contact.CompanyID(many+1), id, "the id was given back")
			return err
		})
		x, err := store.View().Companies().Value(contact.CompanyID(many+1), "tags")
		require.NoError(t, err)
		require.Equal(t, []string{"new", "last"}, x.List(), "the word that was vetoed has no number")
	}
}

// A dropped field of companies is gone after opening too, and its name is free for
// another kind; ids of companies that died last are not given again.
func TestCompanyFieldDroppedOnDisk(t *testing.T) {
	dir := t.TempDir()
	for step, compact := range []bool{false, true, true} {
		store, err := contact.Open(dir, contact.MustSchema(contact.Companies(contact.Text("name"))), nil)
		require.NoError(t, err)
		name := fmt.Sprint("size", step)
		update(t, store, func(tx *contact.Tx) error {
			require.NoError(t, tx.Schema().Companies().Add(contact.Tags("size")))
			id, err := tx.Companies().Insert(contact.Values{"name": name, "size": "large"})
			require.Equal(t, contact.CompanyID(2*step+1), id)
			return err
		})
		if compact {
			require.NoError(t, store.Compact(ctx))
		}
		update(t, store, func(tx *contact.Tx) error {
			require.NoError(t, tx.Schema().Companies().Drop("size"))
			require.NoError(t, tx.Schema().Companies().Add(contact.Number("size")))
			id, err := tx.Companies().Insert(contact.Values{"size": 7})
			require.NoError(t, err)
			require.NoError(t, tx.Companies().Set(id, contact.Values{"name": "last"}))
			return tx.Schema().Companies().Drop("size")
		})
		remove := contact.CompanyID(2*step + 2)
		update(t, store, func(tx *contact.Tx) error { return tx.Companies().Delete(remove) })
		require.NoError(t, store.Close())
		store, err = contact.Open(dir, nil, nil)
		require.NoError(t, err)
		c := store.View().Companies()
		require.Equal(t, step+1, c.Len())
		got, ok := c.Get(remove - 1)
		require.True(t, ok)
		require.Len(t, got, 1)
		require.Equal(t, name, got["name"].Text())
		require.False(t, c.Exists(remove))
		require.NoError(t, store.Close())
	}
}

// The primary company is the one that was set, also if it comes after many that nobody
// belongs to.
func TestPrimaryBeyondMany(t *testing.T) {
	store, err := contact.New(contact.MustSchema(contact.Companies(contact.Text("name"))), nil)
	require.NoError(t, err)
	var id contact.ID
	var last contact.CompanyID
	require.NoError(t, store.Update(t.Context(), func(tx *contact.Tx) error {
		for range 70_000 {
			if last, err = tx.Companies().Insert(nil); err != nil {
				return err
			}
		}
		if id, err = tx.Insert(nil); err != nil {
			return err
		}
		return tx.Companies().Associate(id, last)
	}))
	require.Equal(t, last, store.View().Companies().Primary(id))
}
