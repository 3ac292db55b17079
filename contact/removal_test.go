package contact_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// optionFloor is a floor that names options.
type optionFloor struct {
	testFloor
	names []string
}

func (f *optionFloor) OptionUsersOf(_ *contact.View, field contact.Field, option string) (users []string) {
	for _, n := range f.names {
		if n == field.Name()+"="+option {
			users = append(users, "segment one")
		}
	}
	return users
}

func optionValues(t *testing.T, store *contact.Store, name string) (values []string) {
	t.Helper()
	for _, o := range field(t, store, name).Options() {
		values = append(values, o.Value)
	}
	return values
}

func TestRemoveOption(t *testing.T) {
	for _, disk := range []bool{false, true} {
		t.Run(fmt.Sprint(disk), func(t *testing.T) { testRemoveOption(t, disk) })
	}
}

func testRemoveOption(t *testing.T, disk bool) {
	schema := contact.MustSchema(contact.Select("plan", "Free", "Pro", "Gold").OptionLabel("Pro", "Professional"), contact.MultiSelect("langs", "de", "fr", "en"),
		contact.Text("name"), contact.Companies(contact.Select("size", "small", "large")))
	dir := memoryDir(t)
	store, err := contact.New(schema, nil)
	require.NoError(t, err)
	if disk {
		store = openDir(t, dir, schema, nil)
	}
	t.Cleanup(func() { _ = store.Close() })
	floor := &optionFloor{names: []string{"plan=Pro", "plan=Free"}}
	require.NoError(t, store.Attach("floor", floor, nil))
	a := insert(t, store, contact.Values{"plan": "pro", "langs": []string{"de", "fr"}})
	b := insert(t, store, contact.Values{"plan": "Pro", "langs": "fr"})
	c := insert(t, store, contact.Values{"plan": "Gold", "langs": []string{"en", "fr"}})
	edit := func(do func(e contact.SchemaEdit) error) error {
		return store.Update(ctx, func(tx *contact.Tx) error { return do(tx.Schema()) })
	}

	// What is used is not removed.
	err = edit(func(e contact.SchemaEdit) error { return e.RemoveOption("plan", "PRO") })
	var used *contact.OptionInUseError
	require.ErrorAs(t, err, &used)
	require.Equal(t, contact.OptionInUseError{Field: "plan", Option: "Pro", Contacts: 2, Users: []string{"segment one"}}, *used)
	require.EqualError(t, err, `contact: option "Pro" of field "plan" is used by 2 contacts, segment one; ReplaceOption and UnsetOption remove it all the same`)
	err = edit(func(e contact.SchemaEdit) error { return e.RemoveOption("plan", "Free") })
	require.EqualError(t, err, `contact: option "Free" of field "plan" is used by segment one; ReplaceOption and UnsetOption remove it all the same`)
	for _, wrong := range []struct {
		field, option, by, want string
	}{
		{"plan", "Poro", "Free", `contact: field "plan": "Poro" is not a declared option, did you mean "Pro"?`},
		{"plan", "Pro", "Fre", `contact: field "plan": "Fre" is not a declared option, did you mean "Free"?`},
		{"plan", "Pro", "PRO", `contact: field "plan": an option can't take its own place`},
		{"name", "Pro", "Free", `contact: field "name": a text field has no options`},
		{"paln", "Pro", "Free", `contact: unknown field "paln", did you mean "plan"?`},
	} {
		require.EqualError(t, edit(func(e contact.SchemaEdit) error { return e.ReplaceOption(wrong.field, wrong.option, wrong.by) }), wrong.want)
	}
	require.Equal(t, []string{"Free", "Pro", "Gold"}, optionValues(t, store, "plan"))

	// A use that comes with the transaction is found when it commits.
	update(t, store, func(tx *contact.Tx) error { return tx.Schema().AddOptions("plan", contact.Option{Value: "Never"}) })
	floor.prepare = func(*contact.Commit) error { floor.names = append(floor.names, "plan=Never"); return nil }
	require.ErrorAs(t, edit(func(e contact.SchemaEdit) error { return e.RemoveOption("plan", "never") }), &used)
	require.Equal(t, []string{"segment one"}, used.Users)
	floor.prepare, floor.names = nil, floor.names[:2]
	require.NoError(t, edit(func(e contact.SchemaEdit) error { return e.RemoveOption("plan", "never") }))

	// One is replaced, also where the transaction has just set it, the other is taken away.
	held := store.View()
	number := held.Number()
	var d contact.ID
	update(t, store, func(tx *contact.Tx) (err error) {
		if d, err = tx.Insert(contact.Values{"plan": "Pro", "langs": "fr"}); err != nil {
			return err
		}
		require.NoError(t, tx.Set(b, contact.Values{"plan": "Free"}))
		require.NoError(t, tx.Set(c, contact.Values{"plan": "Pro"}))
		require.NoError(t, tx.Schema().ReplaceOption("plan", "Pro", "gold"))
		require.EqualError(t, tx.Set(a, contact.Values{"plan": "Pro"}), `contact: field "plan": option "Pro" was removed, "Gold" has taken its place`)
		require.NoError(t, tx.Schema().ReplaceOption("langs", "fr", "en"))
		require.NoError(t, tx.Schema().UnsetOption("langs", "de"))
		return tx.Schema().Companies().RemoveOption("size", "large")
	})
	check := func() {
		t.Helper()
		v := store.View()
		require.Equal(t, []string{"Free", "Gold"}, optionValues(t, store, "plan"))
		require.Equal(t, []string{"en"}, optionValues(t, store, "langs"))
		for id, want := range map[contact.ID][2]any{a: {"Gold", []string{"en"}}, b: {"Free", []string{"en"}}, c: {"Gold", []string{"en"}}, d: {"Gold", []string{"en"}}} {
			require.Equal(t, want[0], value(t, v, id, "plan"))
			require.Equal(t, want[1], value(t, v, id, "langs"))
		}
		for _, x := range []string{"Pro", "fr", "de"} {
			for _, name := range []string{"plan", "langs"} {
				set, _ := v.ProbeAny(field(t, store, name), []string{x}).Set()
				require.Zero(t, set.Len())
			}
		}
		_, ok := field(t, store, "plan").Option("pro")
		require.False(t, ok)
		shown, _ := store.Schema().WithHidden().Field("plan")
		_, ok = shown.Option("pro")
		require.True(t, ok, "kept filters go on naming it")
		require.EqualError(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Add(a, "langs", "de") }), `contact: field "langs": option "de" was removed`)
	}
	check()
	require.Equal(t, "Pro", value(t, held, a, "plan"), "a version stays")
	lines, err := toldLog(store, number+1)
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(lines), "plan:Pro→Gold", "the log tells it")
	require.Contains(t, fmt.Sprint(lines), "langs:de, fr→en")
	if disk {
		for range 2 { // from the log, from a checkpoint
			require.NoError(t, store.Close())
			store = openDir(t, dir, nil, nil)
			require.NoError(t, store.Attach("floor", floor, nil))
			check()
			require.NoError(t, store.Compact(ctx))
		}
	}

	// Declared again it is there, as it was spelled, and nobody has it; labels go on.
	update(t, store, func(tx *contact.Tx) error {
		return tx.Schema().AddOptions("plan", contact.Option{Value: "PRO", Label: "For professionals"}, contact.Option{Value: "gold", Label: "Best"})
	})
	require.Equal(t, []contact.Option{{Value: "Free", Label: "Free"}, {Value: "Pro", Label: "For professionals"}, {Value: "Gold", Label: "Best"}}, field(t, store, "plan").Options())
	set(t, store, a, contact.Values{"plan": "pro"})
	require.Equal(t, "Pro", value(t, store.View(), a, "plan"))
	floor.names = nil
	require.ErrorAs(t, edit(func(e contact.SchemaEdit) error { return e.RemoveOption("plan", "Pro") }), &used)
	require.Equal(t, 1, used.Contacts)
	require.ErrorContains(t, used, "used by 1 contact;")
	require.NoError(t, edit(func(e contact.SchemaEdit) error { return e.UnsetOption("plan", "Pro") }))
	require.Nil(t, value(t, store.View(), a, "plan"))
	if disk {
		require.NoError(t, store.Close())
		store = openDir(t, dir, schema, nil)
		require.Equal(t, []string{"Free", "Pro", "Gold"}, optionValues(t, store, "plan"), "a given schema declares them again")
		size, _ := store.Schema().Companies().Field("size")
		require.Len(t, size.Options(), 2)
	}
}

// A veto takes a removal back, and what it did to contacts.
func TestRemovalVetoed(t *testing.T) {
	store := newStore(t, contact.Select("plan", "Free", "Pro"))
	ids := insertMany(t, store, 600, func(int) contact.Values { return contact.Values{"plan": "Pro"} })
	before := told(t, store.View())
	veto := true
	require.NoError(t, store.Attach("guard", &testFloor{prepare: func(*contact.Commit) error {
		if veto {
			return errVeto
		}
		return nil
	}}, nil))
	replace := func(tx *contact.Tx) error { return tx.Schema().ReplaceOption("plan", "Pro", "Free") }
	require.ErrorIs(t, store.Update(ctx, replace), errVeto)
	require.Equal(t, before, told(t, store.View()))
	veto = false
	update(t, store, replace)
	for _, id := range ids {
		require.Equal(t, "Free", value(t, store.View(), id, "plan"))
	}
}
