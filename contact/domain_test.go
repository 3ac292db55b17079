package contact_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// domainsTold is what a version says of the domains of a field, as its index has them
// and as each contact has.
func domainsTold(t *testing.T, v *contact.View, name string) map[string][]contact.ID {
	t.Helper()
	f, ok := v.Schema().Readable(name)
	require.True(t, ok)
	told := map[string][]contact.ID{}
	for id := range v.Live().All() {
		written, folded, ok := v.TextOf(id, f)
		require.Equal(t, ok, v.FilledOf(id, f))
		require.Equal(t, ok, !v.Of(id, f).Missing())
		require.Equal(t, written, v.Of(id, f).Text())
		told[folded] = append(told[folded], id)
	}
	for domain, want := range told {
		p := v.ProbeText(f, []string{domain})
		if domain == "" {
			p = v.ProbeEmpty(f)
		}
		set, ok := p.Set()
		require.True(t, ok, domain)
		require.Equal(t, want, set.IDs(), domain)
		p, err := v.ProbeMatching(context.Background(), f, nil, func(_, folded string) bool { return folded == domain })
		require.NoError(t, err)
		set, _ = p.Set()
		require.Equal(t, domain == "", set.Len() == 0, domain)
	}
	return told
}

func TestEmailField(t *testing.T) {
	s := contact.MustSchema(contact.Text("email").Email().Unique().Label("E-mail"), contact.Text("name"), contact.Companies(contact.Text("mail").Email().Exact()))
	email, _ := s.Field("email")
	require.True(t, email.Email())
	domain, ok := email.Domain()
	require.True(t, ok)
	require.Equal(t, "email.domain", domain.Name())
	require.Equal(t, "E-mail (domain)", domain.Label())
	require.False(t, domain.Unique())
	require.False(t, domain.Email())
	require.Equal(t, contact.KindText, domain.Kind())
	require.Equal(t, email.Index(), domain.Index())
	require.Equal(t, email, domain.Whole())
	_, ok = domain.Domain()
	require.False(t, ok)
	name, _ := s.Field("name")
	_, ok = name.Domain()
	require.False(t, ok)
	_, ok = s.Field("email.domain")
	require.False(t, ok, "it is no field")
	got, ok := s.Readable("email.domain")
	require.True(t, ok)
	require.Equal(t, domain, got)
	for _, no := range []string{"name.domain", "domain", ".domain", "email.domain.domain", "mail.domain"} {
		_, ok = s.Readable(no)
		require.False(t, ok, no)
	}
	of, ok := s.Companies().Readable("mail.domain")
	require.True(t, ok)
	require.True(t, of.Exact())
	require.Equal(t, "mail.domain", of.Label())

	_, err := contact.NewSchema(contact.Number("n").Email(), contact.Text("a").Email(), contact.Text("a.domain"), contact.Text("company.b.domain"),
		contact.Companies(contact.Text("b").Email(), contact.Text("c").Email(), contact.Text("c.domain")))
	require.EqualError(t, err, `contact: schema: field "n": only text fields hold e-mail addresses, not number; `+
		`field "company.c.domain" could not be told from the domain of field "company.c"; field "a.domain" could not be told from the domain of field "a"`)
	_, err = contact.NewSchema(contact.Text("a").Email(), contact.Text("a.domain"), contact.Text("company.b.domain"), contact.Companies(contact.Text("b").Email()))
	require.EqualError(t, err, `contact: schema: field "a.domain" could not be told from the domain of field "a"; `+
		`field "company.b.domain" could not be told from the domain of field "company.b"`)
}

// A domain is read and never written.
func TestDomainIsDerived(t *testing.T) {
	store := newStore(t, contact.Text("email").Email())
	domain, _ := store.Schema().Readable("email.domain")
	const derived = `contact: field "email.domain": it is the domain of field "email", which filters can ask for and nothing else; name that field`
	require.EqualError(t, store.Update(ctx, func(tx *contact.Tx) error {
		_, err := tx.Insert(contact.Values{"email.domain": "example.com"})
		return err
	}), derived)
	require.EqualError(t, store.Update(ctx, func(tx *contact.Tx) error {
		_, err := tx.Row().Text(domain, "example.com").Insert()
		return err
	}), `contact: field "email.domain": a domain cannot be set; set the e-mail address`)
	_, err := store.View().Page(store.View().Live(), &contact.PageOptions{By: "email.domain"})
	require.EqualError(t, err, derived)
	_, err = store.View().Value(1, "emial.domain")
	require.EqualError(t, err, `contact: unknown field "emial.domain", did you mean "email.domain"?`)
}

// The index is right in every version, whatever happens: changes, vetoes, deletions,
// a field that becomes one of e-mail addresses.
func TestDomainsInEveryVersion(t *testing.T) {
	store := newStore(t, contact.Text("email").Email(), contact.Text("other"))
	veto := false
	require.NoError(t, store.Attach("guard", &testFloor{prepare: func(*contact.Commit) error {
		if veto {
			return errVeto
		}
		return nil
	}}, nil))
	address := func(i int) string { return fmt.Sprintf("user%d@d%d.example", i, i%7) }
	ids := insertMany(t, store, 900, func(i int) contact.Values { return contact.Values{"email": address(i), "other": address(i + 1)} })
	old := store.View()
	told := domainsTold(t, old, "email.domain")
	require.Len(t, told, 7)
	for _, n := range []int{3, 600} { // under the lock, and beside the published version
		change := func(tx *contact.Tx) error {
			for _, id := range ids[:n] {
				if !tx.Exists(id) {
					continue
				}
				if err := tx.Set(id, contact.Values{"email": fmt.Sprintf("new@n%d.example", id%3)}); err != nil {
					return err
				}
			}
			if err := tx.Delete(ids[n]); err != nil {
				return err
			}
			return tx.Schema().MakeEmail("other")
		}
		veto = true
		require.ErrorIs(t, store.Update(ctx, change), errVeto)
		require.Equal(t, told, domainsTold(t, store.View(), "email.domain"))
		_, ok := store.Schema().Readable("other.domain")
		require.Equal(t, n > 3, ok)
		veto = false
		update(t, store, change)
		require.Contains(t, domainsTold(t, store.View(), "email.domain"), "n1.example")
		require.Len(t, domainsTold(t, store.View(), "other.domain"), 7)
		require.Equal(t, told, domainsTold(t, old, "email.domain"), "a version stays")
		told, old = domainsTold(t, store.View(), "email.domain"), store.View()
	}
	require.ErrorContains(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Schema().Add(contact.Text("email.domain")) }), "could not be told")
	require.ErrorAs(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Schema().MakeEmail("nobody") }), new(*contact.UnknownFieldError))
	update(t, store, func(tx *contact.Tx) error {
		return tx.Schema().Add(contact.Text("x.domain"), contact.Text("x"), contact.Number("n"))
	})
	require.ErrorContains(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Schema().MakeEmail("x") }), "could not be told")
	require.ErrorContains(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Schema().MakeEmail("n") }), "only text fields")
}

// What is on disk is the declaration; the index is made when the store is opened, and
// erased contacts are in it no more.
func TestStoredDomains(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, contact.MustSchema(contact.Text("email").Email(), contact.Text("other"), contact.Companies(contact.Text("mail").Email())), nil)
	ids := insertMany(t, store, 300, func(i int) contact.Values {
		return contact.Values{"email": fmt.Sprintf("u%d@d%d.example", i, i%5), "other": fmt.Sprintf("x@o%d.example", i%3)}
	})
	update(t, store, func(tx *contact.Tx) error {
		_, err := tx.Companies().Insert(contact.Values{"mail": "info@firm.example"})
		return err
	})
	want := domainsTold(t, store.View(), "email.domain")
	store = reopened(t, store, dir, nil)
	require.Equal(t, want, domainsTold(t, store.View(), "email.domain"), "from the log")
	require.NoError(t, store.Compact(ctx))
	_, err := store.Erase(ctx, ids[0])
	require.NoError(t, err)
	want = domainsTold(t, store.View(), "email.domain")
	require.Len(t, want["d0.example"], 59)
	schema := contact.MustSchema(contact.Text("email"), contact.Text("other").Email(), contact.Companies(contact.Text("mail")))
	store = reopened(t, store, dir, schema)
	require.Equal(t, want, domainsTold(t, store.View(), "email.domain"), "a given schema takes nothing away")
	require.Len(t, domainsTold(t, store.View(), "other.domain"), 3, "and may declare it")
	mail, _ := store.Schema().Companies().Readable("mail.domain")
	require.Equal(t, "firm.example", store.View().Companies().Of(1, mail).Text())
	set(t, store, ids[1], contact.Values{"email": "later@later.example", "other": nil})
	want = domainsTold(t, store.View(), "email.domain")
	store = reopened(t, store, dir, nil)
	require.Equal(t, want, domainsTold(t, store.View(), "email.domain"))
	require.Len(t, domainsTold(t, store.View(), "other.domain"), 4)

	update(t, store, func(tx *contact.Tx) error { return tx.Schema().Drop("email") })
	_, ok := store.Schema().Readable("email.domain")
	require.False(t, ok)
	update(t, store, func(tx *contact.Tx) error {
		return tx.Schema().Add(contact.Text("email.domain"), contact.Text("email"))
	})
	require.NoError(t, store.Close())
}
