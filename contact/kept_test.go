package contact_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
)

func keptParts() []contact.Part {
	return []contact.Part{
		contact.Text("email").Unique(), contact.Text("name"), contact.Tags("tags"), contact.Number("points").Default(0), contact.Number("level").Default(1.5),
		contact.DateTime("created").Kept(contact.WhenCreated), contact.DateTime("identified").Kept(contact.WhenIdentified),
		contact.DateTime("changed").Kept(contact.WhenChanged), contact.DateTime("active").Kept(contact.WhenActive),
		contact.Companies(contact.Text("name").Unique(), contact.Number("staff").Default(0),
			contact.DateTime("created").Kept(contact.WhenCreated), contact.DateTime("changed").Kept(contact.WhenChanged)),
	}
}

// minute is a time that a test's clock shows.
func minute(n int) time.Time {
	return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
}

// keptDesk is a store whose clock shows the n-th minute in the n-th transaction.
type keptDesk struct {
	*testing.T
	store *contact.Store
	clock *testClock
	n     int
}

func newKeptDesk(t *testing.T) *keptDesk {
	clock := &testClock{}
	return &keptDesk{t, newStoreWith(t, &contact.Options{Clock: clock}, keptParts()...), clock, 0}
}

func (d *keptDesk) update(fn func(tx *contact.Tx) error) {
	d.Helper()
	d.n++
	d.clock.Set(minute(d.n))
	update(d, d.store, fn)
}

// times returns in which minutes a contact was created, identified, changed and active,
// -1 for never.
func (d *keptDesk) times(id contact.ID) (list [4]int) {
	d.Helper()
	for i, name := range []string{"created", "identified", "changed", "active"} {
		x, err := d.store.View().Value(id, name)
		require.NoError(d, err)
		if list[i] = -1; !x.Missing() {
			list[i] = int(x.Time().Sub(minute(0)) / time.Minute)
		}
	}
	return list
}

// TestKeptTimes is the table of what counts as what.
func TestKeptTimes(t *testing.T) {
	d := newKeptDesk(t)
	var id contact.ID
	var acme contact.CompanyID
	for _, c := range []struct {
		what string
		do   func(tx *contact.Tx) error
		want [4]int
	}{
		{"made without an identity", func(tx *contact.Tx) (err error) { id, err = tx.Insert(contact.Values{"name": "Ada"}); return err }, [4]int{1, -1, -1, -1}},
		{"the same value again", func(tx *contact.Tx) error { return tx.Set(id, contact.Values{"name": "Ada", "points": 0}) }, [4]int{1, -1, -1, -1}},
		{"another value", func(tx *contact.Tx) error { return tx.Set(id, contact.Values{"name": "ada"}) }, [4]int{1, -1, 3, -1}},
		{"an identity", func(tx *contact.Tx) error { return tx.Set(id, contact.Values{"email": "ada"}) }, [4]int{1, 4, 4, -1}},
		{"another identity", func(tx *contact.Tx) error { return tx.Set(id, contact.Values{"email": "bob"}) }, [4]int{1, 4, 5, -1}},
		{"no identity", func(tx *contact.Tx) error { return tx.Unset(id, "email") }, [4]int{1, 4, 6, -1}},
		{"tags", func(tx *contact.Tx) error { return tx.Add(id, "tags", "a", "b") }, [4]int{1, 4, 7, -1}},
		{"the same tags in another order", func(tx *contact.Tx) error { return tx.Set(id, contact.Values{"tags": []string{"B", "a"}}) }, [4]int{1, 4, 7, -1}},
		{"seen", func(tx *contact.Tx) error { return tx.Seen(id, time.Time{}) }, [4]int{1, 4, 7, 9}},
		{"seen before", func(tx *contact.Tx) error { return tx.Seen(id, minute(8)) }, [4]int{1, 4, 7, 9}},
		{"seen in the future, which is now", func(tx *contact.Tx) error { return tx.Seen(id, minute(99)) }, [4]int{1, 4, 7, 11}},
		{"a value and back", func(tx *contact.Tx) error {
			if err := tx.Set(id, contact.Values{"name": "x"}); err != nil {
				return err
			}
			return tx.Set(id, contact.Values{"name": "ada"})
		}, [4]int{1, 4, 7, 11}},
		{"a company", func(tx *contact.Tx) (err error) {
			if acme, err = tx.Companies().Insert(contact.Values{"name": "Acme"}); err != nil {
				return err
			}
			return tx.Companies().Associate(id, acme)
		}, [4]int{1, 4, 13, 11}},
		{"a change of the company", func(tx *contact.Tx) error { return tx.Companies().Set(acme, contact.Values{"staff": 5}) }, [4]int{1, 4, 13, 11}},
		{"the end of the company", func(tx *contact.Tx) error {
			x, err := tx.Companies().Value(acme, "changed")
			require.Equal(t, minute(14), x.Time())
			require.NoError(t, err)
			return tx.Companies().Delete(acme)
		}, [4]int{1, 4, 15, 11}},
		{"an import", func(tx *contact.Tx) error {
			tx.SetCause(contact.CauseImport)
			return tx.Set(id, contact.Values{"created": minute(-5), "identified": nil, "name": "Ada"})
		}, [4]int{-5, -1, 16, 11}},
		{"an import of the change itself", func(tx *contact.Tx) error {
			tx.SetCause(contact.CauseImport)
			return tx.Set(id, contact.Values{"changed": minute(-3), "name": "Ida"})
		}, [4]int{-5, -1, -3, 11}},
		{"made by an import", func(tx *contact.Tx) (err error) {
			tx.SetCause(contact.CauseImport)
			id, err = tx.Upsert(contact.Values{"email": "eve", "created": minute(-9)})
			return err
		}, [4]int{-9, 18, -1, -1}},
		{"made with an identity", func(tx *contact.Tx) (err error) { id, err = tx.Upsert(contact.Values{"email": "kim"}); return err }, [4]int{19, 19, -1, -1}},
		{"a new field with a default", func(tx *contact.Tx) error { return tx.Schema().Add(contact.Number("rank").Default(7)) }, [4]int{19, 19, -1, -1}},
	} {
		d.update(c.do)
		require.Equal(t, c.want, d.times(id), c.what)
	}
	x, err := d.store.View().Value(id, "rank")
	require.NoError(t, err)
	require.Equal(t, 7.0, x.Number())
}

func TestKeptFieldsAreNotWritten(t *testing.T) {
	d := newKeptDesk(t)
	created, ok := d.store.Schema().Field("created")
	require.True(t, ok)
	require.Equal(t, contact.WhenCreated, created.Kept())
	d.update(func(tx *contact.Tx) error {
		id, err := tx.Insert(nil)
		require.NoError(t, err)
		for _, err := range []error{
			tx.Set(id, contact.Values{"created": time.Now()}), tx.Unset(id, "active"), tx.Row().Time(created, time.Now()).Set(id),
			tx.Companies().Set(1, contact.Values{"created": time.Now()}),
		} {
			var wrong *contact.FieldError
			require.ErrorAs(t, err, &wrong)
			require.ErrorIs(t, err, contact.ErrKept)
		}
		require.EqualError(t, tx.Unset(id, "created"), `contact: field "created": the store keeps the field by itself; only a transaction of an import may write it, after SetCause(CauseImport)`)
		require.ErrorIs(t, tx.Seen(id+1, time.Time{}), contact.ErrNotFound)
		return nil
	})
	require.Equal(t, [4]int{1, -1, -1, -1}, d.times(1))
	plain := newStore(t, contact.Text("name"))
	id := insert(t, plain, nil)
	update(t, plain, func(tx *contact.Tx) error { return tx.Seen(id, time.Now()) })
	require.Equal(t, uint64(1), plain.View().Number())
}

func TestKeptSchema(t *testing.T) {
	for want, part := range map[string]contact.Part{
		`field "a": only datetime fields can be kept by the store, not date`:           contact.Date("a").Kept(contact.WhenCreated),
		`field "a": unknown Keep(9)`:                                                   contact.DateTime("a").Kept(9),
		`field "company.a": only contacts are active, not companies`:                   contact.Companies(contact.DateTime("a").Kept(contact.WhenActive)),
		`field "a": only number fields that are not unique can have a default`:         contact.Number("a").Unique().Default(0),
		`field "company.a": only number fields that are not unique can have a default`: contact.Companies(contact.Date("a").Default(0)),
	} {
		_, err := contact.NewSchema(part)
		require.EqualError(t, err, "contact: schema: "+want)
	}
}

// A contact is never without a number in a field with a default.
func TestDefault(t *testing.T) {
	store := newStore(t, contact.Text("email").Unique(), contact.Number("points").Default(0), contact.Number("old"), contact.Companies(contact.Text("name").Unique()))
	f, _ := store.Schema().Field("points")
	x, declared := f.Default()
	require.True(t, declared)
	require.Zero(t, x)
	points := func(name string, id contact.ID) float64 {
		v, err := store.View().Value(id, name)
		require.NoError(t, err)
		require.False(t, v.Missing())
		return v.Number()
	}
	var ada, bob contact.ID
	update(t, store, func(tx *contact.Tx) (err error) {
		ada, err = tx.Insert(contact.Values{"email": "ada"})
		require.NoError(t, err)
		x, err := tx.Value(ada, "points")
		require.NoError(t, err)
		require.Equal(t, contact.NumberValue(0), x, "a transaction reads it at once")
		bob, err = tx.Row().Number(f, 3).Insert()
		return err
	})
	require.Equal(t, []float64{0, 3}, []float64{points("points", ada), points("points", bob)})
	update(t, store, func(tx *contact.Tx) error { return tx.Set(bob, contact.Values{"points": nil, "old": 8}) })
	require.Equal(t, 0.0, points("points", bob))
	var acme contact.CompanyID
	update(t, store, func(tx *contact.Tx) (err error) {
		acme, err = tx.Companies().Insert(nil)
		require.NoError(t, err)
		eve, err := tx.Insert(nil)
		require.NoError(t, err)
		require.NoError(t, tx.Schema().Add(contact.Number("games").Default(-1), contact.Companies(contact.Number("staff").Default(2))))
		require.NoError(t, tx.Schema().SetDefault("old", 4))
		x, err := tx.Value(eve, "games")
		require.Equal(t, contact.NumberValue(-1), x)
		return err
	})
	require.Equal(t, -1.0, points("games", ada))
	require.Equal(t, []float64{4, 8}, []float64{points("old", ada), points("old", bob)})
	staff, err := store.View().Companies().Value(acme, "staff")
	require.NoError(t, err)
	require.Equal(t, 2.0, staff.Number())
	update(t, store, func(tx *contact.Tx) error {
		require.NoError(t, tx.Schema().Companies().Add(contact.Number("rooms")))
		return tx.Schema().Companies().SetDefault("rooms", 6)
	})
	rooms, err := store.View().Companies().Value(acme, "rooms")
	require.NoError(t, err)
	require.Equal(t, 6.0, rooms.Number())
	require.ErrorAs(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Schema().SetDefault("email", 1) }), new(*contact.SchemaError))
	update(t, store, func(tx *contact.Tx) error { return tx.Delete(ada) })
	live := 0
	for id := range store.View().Live().All() {
		_, has := store.View().NumberOf(id, f)
		require.True(t, has)
		live++
	}
	require.Equal(t, 2, live, "bob and eve")
}

// A field with a default that is added by opening fills the contacts there are.
func TestDefaultGivenToOpen(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, contact.MustSchema(contact.Text("email").Unique()), nil)
	id := insert(t, store, contact.Values{"email": "ada"})
	store = reopened(t, store, dir, contact.MustSchema(contact.Text("email").Unique(), contact.Number("points").Default(5), contact.DateTime("added").Kept(contact.WhenCreated)))
	for range 2 {
		require.Equal(t, map[string]any{"email": "ada", "points": 5.0}, anyValues(store.View(), id))
		store = reopened(t, store, dir, nil)
	}
	require.NoError(t, store.Close())
	_, err := contact.Open(dir, contact.MustSchema(contact.Text("email").Unique(), contact.Number("points")), nil)
	require.EqualError(t, err, `contact: schema: field "points" is with the default 5 in the store and without a default in the schema given: SetDefault changes it, in a transaction`)
	store = openDir(t, dir, contact.MustSchema(contact.Text("email").Unique()), nil)
	hidden := insert(t, store, contact.Values{"email": "bob"})
	store = reopened(t, store, dir, contact.MustSchema(contact.Number("points").Default(5), contact.DateTime("added")))
	require.Equal(t, 5.0, anyValues(store.View(), hidden)["points"], "hidden fields are kept too")
	require.NotNil(t, anyValues(store.View(), hidden)["added"])
	f, _ := store.Schema().Field("added")
	require.Zero(t, f.Kept(), "the host says that it writes the field from now on")
}

// TestKeptModel makes random transactions, committed or not, in memory and on disk with
// crashes of the process in between, and derives from the log alone what every field that
// the store keeps has to be.
func TestKeptModel(t *testing.T) {
	seed := testflags.Seed(t)
	for round := range uint64(6) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, round))
			clock := &testClock{}
			clock.Set(minute(0))
			opts := &contact.Options{Clock: clock}
			var store *contact.Store
			dir := ""
			if round%2 == 0 {
				store = newStoreWith(t, opts, keptParts()...)
			} else {
				dir = memoryDir(t)
				contacttest.EagerCheckpoints(opts, 1<<uint(r.IntN(14)), 1<<uint(r.IntN(12)))
				store = openDir(t, dir, contact.MustSchema(keptParts()...), opts)
			}
			for range testflags.Steps(60) {
				clock.Set(clock.Now().Add(time.Duration(r.IntN(3)) * time.Second))
				fails := r.IntN(4) == 0
				err := store.Update(ctx, func(tx *contact.Tx) error {
					for range 1 + r.IntN([]int{5, 5, 800}[r.IntN(3)]) {
						keptStep(r, tx)
					}
					if fails {
						return errFailed
					}
					return nil
				})
				require.Equal(t, fails, err != nil)
				if dir != "" && r.IntN(8) == 0 {
					require.NoError(t, store.Close())
					store = openDir(t, dir, nil, opts)
				}
				if r.IntN(6) == 0 {
					compareKept(t, store)
				}
			}
			compareKept(t, store)
		})
	}
}

// keptStep does one thing; what can't be done is an error and does nothing.
func keptStep(r *rand.Rand, tx *contact.Tx) {
	id := contact.ID(1 + r.IntN(40))
	values := contact.Values{}
	for name, x := range map[string]any{"name": fmt.Sprint(r.IntN(3)), "points": r.IntN(3), "level": nil, "tags": []string{"a", fmt.Sprint(r.IntN(2))}, "email": fmt.Sprint("e", r.IntN(20))} {
		if r.IntN(3) == 0 {
			values[name] = x
		}
	}
	switch r.IntN(8) {
	case 0, 1:
		_, _ = tx.Insert(values)
	case 2:
		_, _ = tx.Upsert(values)
	case 3, 4, 5:
		_ = tx.Set(id, values)
	case 6:
		_ = tx.Seen(id, tx.Store().Clock().Now().Add(time.Duration(r.IntN(5)-3)*time.Second))
	case 7:
		_ = tx.Delete(id)
	}
}

// compareKept compares the newest version with what the log tells: of each contact the
// values, and from them and the times of the records those that the store keeps.
func compareKept(t *testing.T, store *contact.Store) {
	t.Helper()
	want := map[contact.ID]map[string]any{}
	seen := map[contact.ID]any{}
	records, err := collect(store)
	require.NoError(t, err)
	for _, rec := range records {
		for c := range rec.Changes() {
			own, identified := 0, false
			has := want[c.ID]
			if c.Kind == contact.Created {
				has = map[string]any{"created": rec.Time}
				want[c.ID] = has
			}
			for _, f := range c.Fields {
				switch name := f.Field.Name(); {
				case name == "active":
					require.False(t, f.New.Time().After(rec.Time))
					if old, ok := seen[c.ID]; ok && c.Kind == contact.Updated {
						require.True(t, f.New.Time().After(old.(time.Time)), "active goes forward")
					}
					seen[c.ID] = f.New.Time()
				case f.Field.Kept() == 0:
					own++
					if has[name] = f.New.Any(); f.New.Missing() {
						delete(has, name)
					}
					identified = identified || f.Field.Unique() && !f.New.Missing()
				}
			}
			if identified && has["identified"] == nil {
				has["identified"] = rec.Time
			}
			if c.Kind == contact.Updated && own > 0 {
				has["changed"] = rec.Time
			}
			if c.Kind == contact.Deleted {
				delete(want, c.ID)
				delete(seen, c.ID)
			}
		}
	}
	v := store.View()
	require.Equal(t, len(want), v.Len())
	for id, values := range want {
		if at, ok := seen[id]; ok {
			values["active"] = at
		}
		require.Equal(t, values, anyValues(v, id), "contact %d", id)
		require.Contains(t, values, "points")
		require.Contains(t, values, "level")
	}
}
