package segment_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// An option that segments name is removed only if that is asked for; then contacts move
// in the same commit, what is defined stays as it is, and new definitions are refused.
func TestRemovedOption(t *testing.T) {
	dir := t.TempDir()
	schema := contact.MustSchema(contact.Select("plan", "Free", "Pro", "Gold"), contact.MultiSelect("langs", "de", "fr"), contact.Text("note"),
		contact.Companies(contact.Select("size", "small", "large")))
	d := openWith(t, dir, schema, &contact.Options{Sync: -1}, nil)
	d.insert(2, contact.Values{"plan": "Pro", "langs": []string{"de", "fr"}})
	d.insert(1, contact.Values{"plan": "Gold"})
	d.create("pro", `plan = "PRO"`)
	d.create("paying", `plan in ("Pro", "Gold") or note = "Free"`)
	d.create("not-pro", `plan != "Pro"`)
	d.create("french", `langs has any ("fr")`)
	d.create("large", `company.size = "large"`)
	d.create("any-large", `any company (size = "large")`)
	edit := func(do func(e contact.SchemaEdit) error) error {
		return d.store.Update(d.ctx, func(tx *contact.Tx) error { return do(tx.Schema()) })
	}
	var used *contact.OptionInUseError
	require.ErrorAs(t, edit(func(e contact.SchemaEdit) error { return e.RemoveOption("plan", "Pro") }), &used)
	require.Equal(t, contact.OptionInUseError{Field: "plan", Option: "Pro", Contacts: 2, Users: []string{`segment "pro"`, `segment "paying"`, `segment "not-pro"`}}, *used)
	require.ErrorAs(t, edit(func(e contact.SchemaEdit) error { return e.Companies().RemoveOption("size", "large") }), &used)
	require.Equal(t, contact.OptionInUseError{Field: "company.size", Option: "large", Users: []string{`segment "large"`, `segment "any-large"`}}, *used)
	require.NoError(t, edit(func(e contact.SchemaEdit) error { return e.RemoveOption("plan", "Free") }), "a text is no option")
	require.NoError(t, edit(func(e contact.SchemaEdit) error { return e.Companies().RemoveOption("size", "small") }))

	last := d.eng.LastChange()
	require.NoError(t, edit(func(e contact.SchemaEdit) error {
		if err := e.UnsetOption("langs", "fr"); err != nil {
			return err
		}
		return e.ReplaceOption("plan", "Pro", "Gold")
	}))
	check := func() {
		t.Helper()
		require.Empty(t, d.members("pro"))
		require.Equal(t, []contact.ID{1, 2, 3}, d.members("paying"))
		require.Equal(t, []contact.ID{1, 2, 3}, d.members("not-pro"))
		require.Empty(t, d.members("french"))
		d.verify()
	}
	check()
	require.Equal(t, last+6, d.eng.LastChange(), "two leave pro, two enter not-pro, two leave french")
	d.close()
	d = openWith(t, dir, nil, &contact.Options{Sync: -1}, &segment.Options{Recheck: true})
	check()
	require.NoError(t, d.eng.Rename(d.ctx, "pro", "Professionals"))
	_, err := d.eng.Create(d.ctx, definition("again", `plan = "Pro"`))
	require.ErrorContains(t, err, `or[0].and[0]: field "plan": option "Pro" was removed, "Gold" has taken its place`)
	_, err = d.eng.Change(d.ctx, "pro", segment.Definition{Name: "Pro", Filter: filter.MustParse(`plan in ("Pro", "Gold")`)})
	require.ErrorContains(t, err, "was removed")
	_, err = d.eng.Create(d.ctx, definition("again", `langs has any ("fr")`))
	require.ErrorContains(t, err, `option "fr" was removed`)
	e, err := d.eng.Explain(d.ctx, "pro", 1, nil)
	require.NoError(t, err)
	require.Contains(t, e.String(), `has "Gold"`)
	d.update(func(tx *contact.Tx) error {
		if err := tx.Schema().AddOptions("plan", contact.Option{Value: "Pro"}); err != nil {
			return err
		}
		return tx.Set(1, contact.Values{"plan": "Pro"})
	})
	require.Equal(t, []contact.ID{1}, d.members("pro"), "declared again, it is what it was")
	d.verify()
}

// The domain of an e-mail field moves contacts like the field itself.
func TestDomainOfMember(t *testing.T) {
	dir := t.TempDir()
	schema := contact.MustSchema(contact.Text("email").Email(), contact.Companies(contact.Text("mail").Email()))
	d := openWith(t, dir, schema, &contact.Options{Sync: -1}, nil)
	id := d.insert(1, contact.Values{"email": "ada@example.com"})
	d.create("example", `email.domain = "example.com"`)
	d.create("none", `email.domain is empty`)
	d.create("firm", `company.mail.domain ends with ".example"`)
	require.Len(t, d.members("example"), 1)
	d.set(id, contact.Values{"email": "ADA@Example.com."})
	require.Len(t, d.members("example"), 1)
	d.set(id, contact.Values{"email": "ada"})
	require.Empty(t, d.members("example"))
	require.Len(t, d.members("none"), 1)
	d.update(func(tx *contact.Tx) error {
		firm, err := tx.Companies().Insert(contact.Values{"mail": "info@firm.example"})
		require.NoError(t, err)
		require.NoError(t, tx.Companies().Associate(id, firm))
		return tx.Companies().SetPrimary(id, firm)
	})
	require.Len(t, d.members("firm"), 1)
	d.update(func(tx *contact.Tx) error { return tx.Companies().Set(1, contact.Values{"mail": "info@firm.org"}) })
	require.Empty(t, d.members("firm"))
	d.verify()
	var used *contact.FieldInUseError
	require.ErrorAs(t, d.store.Update(d.ctx, func(tx *contact.Tx) error { return tx.Schema().Drop("email") }), &used)
	require.Equal(t, []string{`segment "example"`, `segment "none"`}, used.Users)
	d.close()
	d = openWith(t, dir, nil, &contact.Options{Sync: -1}, &segment.Options{Recheck: true})
	require.Len(t, d.members("none"), 1)
	d.verify()
}
