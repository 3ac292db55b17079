package contact_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

func TestSchema(t *testing.T) {
	s := contact.MustSchema(
		contact.Text("email").Unique().Label("E-mail"),
		contact.Text("key").Exact(),
		contact.Select("plan", "free").OptionLabel("free", "Free of charge").OptionLabel("pro", "Professional"),
		contact.Tags("secret").NotForSegments(),
	)
	require.Equal(t, 4, s.Len())
	email, ok := s.Field("email")
	require.True(t, ok)
	require.Equal(t, "E-mail", email.Label())
	require.True(t, email.Unique())
	require.False(t, email.Exact())
	require.True(t, email.ForSegments())
	require.Equal(t, 0, email.Index())
	key, _ := s.Field("key")
	require.Equal(t, "key", key.Label(), "the name if no label was given")
	require.True(t, key.Exact())
	plan, _ := s.Field("plan")
	require.Equal(t, []contact.Option{{Value: "free", Label: "Free of charge"}, {Value: "pro", Label: "Professional"}}, plan.Options())
	plan.Options()[0].Value = "changed"
	require.Equal(t, "free", plan.Options()[0].Value)
	secret, _ := s.Field("secret")
	require.False(t, secret.ForSegments())
	_, ok = s.Field("Email")
	require.False(t, ok, "names are as written")
	require.True(t, contact.Field{}.IsZero())
	require.False(t, email.IsZero())

	var names []string
	for f := range s.Fields() {
		if names = append(names, f.Name()); len(names) == 3 {
			break
		}
	}
	require.Equal(t, []string{"email", "key", "plan"}, names)
}

// A part is a value: what is derived from it does not change it.
func TestPartsAreValues(t *testing.T) {
	base := contact.Select("plan", "free", "pro")
	one, two := base.OptionLabel("free", "One"), base.OptionLabel("free", "Two").Unique()
	s := contact.MustSchema(one)
	plan, _ := s.Field("plan")
	require.Equal(t, "One", plan.Options()[0].Label)
	_, err := contact.NewSchema(two)
	require.Error(t, err)
	s = contact.MustSchema(base)
	plan, _ = s.Field("plan")
	require.Equal(t, "free", plan.Options()[0].Label)
	require.Panics(t, func() { contact.MustSchema(two) })
}

// All problems are reported at once, in order.
func TestSchemaProblems(t *testing.T) {
	_, err := contact.NewSchema(
		contact.Text(""),
		contact.Text("a\xff"),
		contact.Bool("flag").Unique(),
		contact.Number("points").Exact(),
		contact.Text("text").OptionLabel("x", "X"),
		contact.Select("plan", "Free", "FREE", "", "b\xff"),
		contact.Text("twice"), contact.Number("twice"),
		nil,
	)
	var wrong *contact.SchemaError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, []string{
		"a field without a name",
		`field "a\xff": the name is not valid UTF-8`,
		`field "flag": only text and number fields can be unique, not bool`,
		`field "points": only text fields can be exact, not number`,
		`field "text": only select and multi-select fields have options, not text`,
		`field "plan": options "Free" and "FREE" are the same but for case and accents`,
		`field "plan": an empty option`,
		`field "plan": option "b\xff" is not valid UTF-8`,
		`field "twice" is declared twice`,
		"a nil part",
	}, wrong.Problems)
}

func TestSchemaGrows(t *testing.T) {
	store := newStore(t, contact.Text("name"), contact.Select("plan", "free"))
	id := insert(t, store, contact.Values{"name": "Ada"})
	before, name := store.View(), field(t, store, "name")
	update(t, store, func(tx *contact.Tx) error {
		edit := tx.Schema()
		require.NoError(t, edit.Add(contact.Number("points"), contact.Tags("tags")))
		require.NoError(t, edit.AddOptions("plan", contact.Option{Value: "pro", Label: "Pro!"}, contact.Option{Value: "FREE", Label: "Free!"}))
		require.NoError(t, edit.SetLabel("name", "Full name"))
		require.Equal(t, 4, edit.Current().Len())
		points, ok := edit.Current().Field("points")
		require.True(t, ok)
		require.NoError(t, tx.Row().Number(points, 7).Text(name, "Ada L.").Set(id))
		return tx.Set(id, contact.Values{"plan": "PRO"})
	})
	require.Equal(t, 2, before.Schema().Len())
	_, err := before.Value(id, "points")
	require.EqualError(t, err, `contact: unknown field "points"`)
	after := store.View()
	require.Equal(t, 7.0, value(t, after, id, "points"))
	require.Equal(t, "pro", value(t, after, id, "plan"))
	require.Equal(t, "Ada L.", after.Of(id, name).Text(), "an old handle is good")
	require.Equal(t, "name", name.Label(), "and shows the label of its schema")
	require.Equal(t, "Full name", field(t, store, "name").Label())
	require.Equal(t, []contact.Option{{Value: "free", Label: "Free!"}, {Value: "pro", Label: "Pro!"}}, field(t, store, "plan").Options())

	// A new handle on an old View: nothing there yet.
	points := field(t, store, "points")
	require.True(t, before.Of(id, points).Missing())
	n, ok := before.ProbeFilled(points).Count()
	require.True(t, ok)
	require.Zero(t, n)
	n, _ = before.ProbeRange(points, 0, 10).Count()
	require.Zero(t, n)
}

func TestSchemaEditErrors(t *testing.T) {
	store := newStore(t, contact.Text("name"), contact.Select("plan", "free"))
	update(t, store, func(tx *contact.Tx) error {
		edit := tx.Schema()
		require.EqualError(t, edit.Add(contact.Text("name")), `contact: schema: field "name" is declared twice`)
		require.EqualError(t, edit.Add(contact.Text("good"), contact.Bool("bad").Unique()), `contact: schema: field "bad": only text and number fields can be unique, not bool`)
		require.EqualError(t, edit.AddOptions("name", contact.Option{Value: "x"}), `contact: schema: field "name": only select and multi-select fields have options, not text`)
		require.EqualError(t, edit.AddOptions("plan", contact.Option{}), `contact: schema: field "plan": an empty option`)
		require.EqualError(t, edit.AddOptions("plam", contact.Option{Value: "x"}), `contact: unknown field "plam", did you mean "plan"?`)
		require.EqualError(t, edit.SetLabel("nmae", "x"), `contact: unknown field "nmae", did you mean "name"?`)
		require.Equal(t, 2, edit.Current().Len())
		return nil
	})
	require.Zero(t, store.View().Number())
}

// A handle of a schema that was not to be belongs to nobody, even when another
// field takes its place.
func TestHandleOfRolledBackSchema(t *testing.T) {
	store := newStore(t, contact.Text("name"))
	id := insert(t, store, nil)
	var lost contact.Field
	require.Equal(t, errFailed, store.Update(ctx, func(tx *contact.Tx) error {
		require.NoError(t, tx.Schema().Add(contact.Number("lost")))
		lost, _ = tx.Schema().Current().Field("lost")
		require.NoError(t, tx.Row().Number(lost, 1).Set(id))
		return errFailed
	}))
	require.Equal(t, 1, store.Schema().Len())
	update(t, store, func(tx *contact.Tx) error {
		require.NoError(t, tx.Schema().Add(contact.Number("other")))
		require.ErrorIs(t, tx.Row().Number(lost, 1).Set(id), contact.ErrForeignField)
		return nil
	})
	require.True(t, store.View().Of(id, lost).Missing())
}

// The log keeps the schema each record was written under.
func TestLogAcrossSchemas(t *testing.T) {
	store := newStore(t, contact.Text("name"))
	insert(t, store, contact.Values{"name": "Ada"})
	update(t, store, func(tx *contact.Tx) error { return tx.Schema().Add(contact.Select("plan", "free")) })
	set(t, store, 1, contact.Values{"plan": "free"})
	records, err := collect(store)
	require.NoError(t, err)
	require.Len(t, records, 3)
	require.Zero(t, records[1].Len())
	last := slices.Collect(records[2].Changes())
	require.Equal(t, "plan", last[0].Fields[0].Field.Name())
	require.Equal(t, contact.SelectValue("free"), last[0].Fields[0].New)
}

func TestSuggest(t *testing.T) {
	among := slices.Values([]string{"country", "city", "points", "Größe"})
	for word, want := range map[string]string{
		"contry": "country", "COUNTRY": "country", "coutnry": "country", "groesse": "Größe", "grosse": "Größe", "grose": "Größe",
		"cty": "city", "c": "", "xyz": "", "": "", "point": "points", "tpoins": "points",
	} {
		require.Equal(t, want, contact.Suggest(word, among), word)
	}
}
