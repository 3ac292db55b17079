package contact_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/pace"
)

// fieldLines describes the visible fields of a schema.
func fieldLines(s *contact.Schema) (lines []string) {
	for f := range s.Fields() {
		lines = append(lines, fieldLine(f))
	}
	return lines
}

// reopened closes a store and opens it with a schema.
func reopened(t *testing.T, store *contact.Store, dir string, schema *contact.Schema) *contact.Store {
	t.Helper()
	require.NoError(t, store.Close())
	return openDir(t, dir, schema, nil)
}

// Times of day survive, in the log and in a checkpoint.
func TestStoredTimesOfDay(t *testing.T) {
	dir := t.TempDir()
	schema := contact.MustSchema(contact.TimeOfDay("opens"), contact.Companies(contact.TimeOfDay("lunch")))
	want := map[contact.ID]any{}
	for round := range 3 { // the second reads the log, the third a checkpoint
		store, err := contact.Open(dir, schema, nil)
		require.NoError(t, err)
		for id, x := range want {
			require.Equal(t, x, value(t, store.View(), id, "opens"))
		}
		f, ok := store.Schema().Field("opens")
		require.True(t, ok)
		require.Equal(t, contact.KindTimeOfDay, f.Kind())
		for i := range 3 {
			c := contact.ClockTime(86399 - 40000*i - round)
			id := insert(t, store, contact.Values{"opens": c})
			want[id] = c
		}
		insert(t, store, contact.Values{})
		if round == 1 {
			require.NoError(t, store.Compact(ctx))
		}
		require.NoError(t, store.Close())
		schema = nil
	}
}

func TestStoredSchema(t *testing.T) {
	dir := memoryDir(t)
	given := contact.MustSchema(contact.Text("email").Unique().Label("E-mail"), contact.Text("code").Exact(), contact.Number("no").Unique(),
		contact.Select("plan", "free").OptionLabel("team", "Team plan"), contact.Tags("tags").NotForSegments())
	store := openDir(t, dir, given, nil)
	require.Equal(t, fieldLines(given), fieldLines(store.Schema()))
	require.Zero(t, store.View().Number(), "making a store is no commit")
	store = reopened(t, store, dir, nil)
	require.Equal(t, fieldLines(given), fieldLines(store.Schema()))

	update(t, store, func(tx *contact.Tx) error {
		require.NoError(t, tx.Schema().Add(contact.Date("born")))
		require.NoError(t, tx.Schema().SetLabel("born", "Birthday"))
		return tx.Schema().AddOptions("plan", contact.Option{Value: "pro", Label: "For professionals"})
	})
	lines := fieldLines(store.Schema())
	store = reopened(t, store, dir, nil)
	require.Equal(t, lines, fieldLines(store.Schema()))
	store = reopened(t, store, dir, store.Schema())
	require.Equal(t, lines, fieldLines(store.Schema()))
	require.Equal(t, uint64(1), store.View().Number(), "nothing new is no commit")
}

// What a given schema has more than the stored one stays, and its handles fit although
// the order is another one.
func TestStoredSchemaGrows(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, contact.MustSchema(contact.Text("email").Unique(), contact.Number("points"), contact.Select("plan", "free", "Team")), nil)
	id := insert(t, store, contact.Values{"email": "ada", "points": 1, "plan": "team"})
	given := contact.MustSchema(contact.Tags("tags"), contact.Select("plan", "pro", "FREE", "team").OptionLabel("team", "For teams"),
		contact.Number("points").Label("Score").NotForSegments(), contact.Text("email").Unique(), contact.Bool("customer"))
	store = reopened(t, store, dir, given)
	lines := []string{
		"email/email text true false true []",
		"points/Score number false false false []",
		"plan/plan select false false true [{free free} {Team For teams} {pro pro}]",
		"tags/tags tags false false true []",
		"customer/customer bool false false true []",
	}
	require.Equal(t, lines, fieldLines(store.Schema()))
	require.Equal(t, uint64(2), store.View().Number())

	handle := func(name string) contact.Field {
		f, ok := given.Field(name)
		require.True(t, ok)
		return f
	}
	update(t, store, func(tx *contact.Tx) error {
		return tx.Row().Number(handle("points"), 2).List(handle("tags"), "a", "b").Bool(handle("customer"), true).
			Text(handle("plan"), "PRO").Text(handle("email"), "Ada").Set(id)
	})
	for _, opened := range []*contact.Schema{given, nil, given} {
		store = reopened(t, store, dir, opened)
		v := store.View()
		require.Equal(t, map[string]any{
			"email": "Ada", "points": 2.0, "tags": []string{"a", "b"}, "plan": "pro", "customer": true,
		}, anyValues(v, id))
		require.Equal(t, lines, fieldLines(store.Schema()))
		n, _ := v.ProbeBool(handle("customer"), true).Count()
		if opened == nil { // the handles are of a schema that nobody gave
			require.True(t, v.Of(id, handle("email")).Missing())
			require.Zero(t, n)
			continue
		}
		require.Equal(t, "Ada", v.Of(id, handle("email")).Any())
		require.Equal(t, 2.0, v.Of(id, handle("points")).Any())
		require.Equal(t, 1, n)
	}
	stranger := contact.MustSchema(contact.Number("points"))
	f, _ := stranger.Field("points")
	require.ErrorIs(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Row().Number(f, 2).Set(id) }), contact.ErrForeignField)
	require.True(t, store.View().Of(id, f).Missing())
}

func anyValues(v *contact.View, id contact.ID) map[string]any {
	values, _ := v.Get(id)
	all := make(map[string]any)
	for name, x := range values {
		all[name] = x.Any()
	}
	return all
}

// A field that the given schema lacks is hidden, and all of it is there when it is
// declared again.
func TestHiddenField(t *testing.T) {
	dir := memoryDir(t)
	full := func() *contact.Schema {
		return contact.MustSchema(contact.Text("email").Unique(), contact.Number("no").Unique(), contact.Tags("tags"))
	}
	store := openDir(t, dir, full(), nil)
	kept := insert(t, store, contact.Values{"email": "kept", "no": 1, "tags": []string{"a"}})
	gone := insert(t, store, contact.Values{"email": "gone", "no": 2, "tags": []string{"b"}})
	handle := field(t, store, "no")

	store = reopened(t, store, dir, contact.MustSchema(contact.Text("email").Unique()))
	v := store.View()
	require.Equal(t, uint64(2), v.Number())
	require.Equal(t, 1, store.Schema().Len())
	require.Len(t, fieldLines(store.Schema()), 1)
	_, ok := store.Schema().Field("no")
	require.False(t, ok)
	require.Equal(t, map[string]any{"email": "kept"}, anyValues(v, kept))
	_, err := v.Value(kept, "tags")
	require.ErrorAs(t, err, new(*contact.UnknownFieldError))
	_, _, err = v.Lookup("no", 1)
	require.ErrorAs(t, err, new(*contact.UnknownFieldError))
	require.True(t, v.Of(kept, handle).Missing(), "a handle of the store before")

	all := store.Schema().WithHidden()
	require.Equal(t, 3, all.Len())
	no, ok := all.Field("no")
	require.True(t, ok)
	require.Equal(t, 1.0, v.Of(kept, no).Any())
	require.Equal(t, []string{"email", "no", "tags"}, names(all))

	require.ErrorAs(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Set(kept, contact.Values{"no": 3}) }), new(*contact.UnknownFieldError))
	require.ErrorAs(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Schema().Add(contact.Text("no")) }), new(*contact.SchemaError))
	set(t, store, kept, contact.Values{"email": "still kept"})
	remove(t, store, gone)
	update(t, store, func(tx *contact.Tx) error { return tx.Schema().Add(contact.Bool("new")) })

	for range 2 { // also out of a checkpoint
		store = reopened(t, store, dir, full())
		require.Equal(t, []string{"email", "no", "tags"}, names(store.Schema()))
		require.Equal(t, map[string]any{"email": "still kept", "no": 1.0, "tags": []string{"a"}}, anyValues(store.View(), kept))
		id, ok, err := store.View().Lookup("no", 1)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, kept, id)
		_, ok, err = store.View().Lookup("no", 2)
		require.NoError(t, err)
		require.False(t, ok, "that contact was deleted")
		require.NoError(t, store.Compact(ctx))
	}
	store = reopened(t, store, dir, nil)
	require.Equal(t, []string{"email", "no", "tags", "new"}, names(store.Schema()))
}

func names(s *contact.Schema) (list []string) {
	for f := range s.Fields() {
		list = append(list, f.Name())
	}
	return list
}

// What never changes is refused, all of it at once, and nothing has changed then.
func TestStoredSchemaRefusal(t *testing.T) {
	dir := memoryDir(t)
	stored := func() *contact.Schema {
		return contact.MustSchema(contact.Text("a"), contact.Text("b"), contact.Text("c").Exact(), contact.Number("d").Unique(), contact.Select("e", "x"))
	}
	store := openDir(t, dir, stored(), nil)
	insert(t, store, contact.Values{"a": "1", "b": "2", "c": "3", "d": 4, "e": "x"})
	require.NoError(t, store.Close())
	before := imageOfClosed(t, dir)

	_, err := contact.Open(dir, contact.MustSchema(contact.Number("a"), contact.Text("b").Unique(), contact.Text("c"),
		contact.Number("d"), contact.MultiSelect("e", "x"), contact.Text("new")), nil)
	var wrong *contact.SchemaError
	require.ErrorAs(t, err, &wrong)
	require.Len(t, wrong.Problems, 5)
	for i, words := range [][]string{
		{`field "a"`, "text", "number"}, {`field "b"`, "not unique", "unique"}, {`field "c"`, "exact"}, {`field "d"`, "unique"}, {`field "e"`, "select"},
	} {
		for _, w := range words {
			require.Contains(t, wrong.Problems[i], w)
		}
	}
	require.Equal(t, before, imageOfClosed(t, dir))
	_, err = contact.Open(dir, contact.MustSchema(contact.Text("f"), contact.Text("g")), &contact.Options{Limits: contact.Limits{Fields: 6}})
	require.ErrorAs(t, err, &wrong)
	require.ErrorAs(t, err, new(*contact.LimitError))
	_, err = contact.Open(dir, contact.MustSchema(contact.Select("e", "y", "z")), &contact.Options{Limits: contact.Limits{Options: 2}})
	require.ErrorAs(t, err, new(*contact.LimitError))
	require.Equal(t, before, imageOfClosed(t, dir))
	store = openDir(t, dir, nil, nil)
	require.Equal(t, fieldLines(stored()), fieldLines(store.Schema()))
}

// usingFloor says which fields are used.
type usingFloor struct {
	testFloor
	users func(v *contact.View, f contact.Field) []string
}

func (f *usingFloor) UsersOf(v *contact.View, field contact.Field) []string { return f.users(v, field) }

func TestDrop(t *testing.T) {
	for _, disk := range []bool{false, true} {
		t.Run(fmt.Sprint(disk), func(t *testing.T) { testDrop(t, disk) })
	}
}

func testDrop(t *testing.T, disk bool) {
	schema := contact.MustSchema(contact.Text("email").Unique(), contact.Tags("tags"), contact.Number("points"))
	dir := memoryDir(t)
	store, err := contact.New(schema, nil)
	require.NoError(t, err)
	if disk {
		store = openDir(t, dir, schema, nil)
	}
	t.Cleanup(func() { _ = store.Close() })
	var uses []string // fields, by transactions that have committed or are about to
	floor := &usingFloor{users: func(_ *contact.View, f contact.Field) []string {
		if slices.Contains(uses, f.Name()) {
			return []string{"segment one", "segment two"}
		}
		return nil
	}}
	require.NoError(t, store.Attach("floor", floor, nil))
	id := insert(t, store, contact.Values{"email": "ada", "tags": []string{"a", "b"}, "points": 5})
	many := insertMany(t, store, 700, func(i int) contact.Values { return contact.Values{"email": fmt.Sprint(i), "points": i} })

	uses = []string{"points"}
	drop := func(name string) error {
		return store.Update(ctx, func(tx *contact.Tx) error { return tx.Schema().Drop(name) })
	}
	var used *contact.FieldInUseError
	require.ErrorAs(t, drop("points"), &used)
	require.Equal(t, contact.FieldInUseError{Field: "points", Users: []string{"segment one", "segment two"}}, *used)
	require.Contains(t, used.Error(), "segment two")
	require.ErrorAs(t, drop("nothing"), new(*contact.UnknownFieldError))

	// The use appears in the transaction that drops: nothing of it has happened.
	before := told(t, store.View())
	for _, rows := range []int{1, 700} {
		uses = nil
		floor.prepare = func(*contact.Commit) error { uses = []string{"email"}; return nil }
		err = store.Update(ctx, func(tx *contact.Tx) error {
			for i, row := range many[:rows] {
				if err := tx.Set(row, contact.Values{"points": -i, "email": fmt.Sprint("other ", i), "tags": []string{"new"}}); err != nil {
					return err
				}
			}
			if err := tx.Schema().Drop("email"); err != nil {
				return err
			}
			return tx.Schema().Add(contact.Text("email"))
		})
		require.ErrorAs(t, err, &used)
		require.Equal(t, "email", used.Field)
		require.Equal(t, before, told(t, store.View()))
	}
	floor.prepare, uses = nil, nil

	held := store.View()
	require.NoError(t, drop("points"))
	require.NoError(t, drop("tags"))
	require.Equal(t, 5.0, value(t, held, id, "points"))
	require.Equal(t, map[string]any{"email": "ada"}, anyValues(store.View(), id))
	update(t, store, func(tx *contact.Tx) error {
		if err := tx.Schema().Add(contact.Text("points"), contact.Tags("more")); err != nil {
			return err
		}
		return tx.Set(id, contact.Values{"points": "many", "more": []string{"c"}})
	})
	want := told(t, store.View())
	lines, err := toldLog(store, 1)
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(lines), "points:→5", "the log keeps what is in it")
	if !disk {
		return
	}
	for range 2 {
		store = reopened(t, store, dir, nil)
		require.Equal(t, want, told(t, store.View()))
		again, err := toldLog(store, 1)
		require.NoError(t, err)
		require.Equal(t, lines, again)
		require.NoError(t, store.Compact(ctx))
	}
	// A schema that declares a dropped name again gets a new field.
	store = reopened(t, store, dir, contact.MustSchema(contact.Bool("tags"), contact.Text("email").Unique(), contact.Text("points"), contact.Tags("more")))
	require.True(t, store.View().Number() > held.Number())
	n, _ := store.View().ProbeFilled(field(t, store, "tags")).Count()
	require.Zero(t, n)
}

// As many options as a field may have cost no more than their number.
func TestManyOptions(t *testing.T) {
	options := make([]string, 65_535)
	for i := range options {
		options[i] = fmt.Sprint("option number ", i)
	}
	dir := memoryDir(t)
	schema := contact.MustSchema(contact.Select("sel", options...))
	spent := pace.Start()
	require.NoError(t, openDir(t, dir, schema, nil).Close())
	store := openDir(t, dir, schema, nil)
	pace.Check(t, 10*time.Second, "opening it twice", spent()) // it was 70 s when each was compared with each
	f, _ := store.Schema().Field("sel")
	require.Len(t, f.Options(), len(options))
}
