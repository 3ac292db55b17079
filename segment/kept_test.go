package segment_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment"
)

// Segments see what the store writes by itself in the commit that writes it, and find it
// again when the store is opened.
func TestSegmentsSeeKeptFields(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		t.Run(fmt.Sprint("disk ", dir != ""), func(t *testing.T) {
			schema := contact.MustSchema(contact.Text("email").Unique(), contact.Text("name"), contact.Number("points").Default(0), contact.Number("late"),
				contact.DateTime("created").Kept(contact.WhenCreated), contact.DateTime("changed").Kept(contact.WhenChanged),
				contact.DateTime("active").Kept(contact.WhenActive), contact.DateTime("identified").Kept(contact.WhenIdentified))
			opts := &contact.Options{Clock: &stepClock{now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}}
			var store *contact.Store
			var err error
			if dir == "" {
				store, err = contact.New(schema, opts)
			} else {
				store, err = contact.Open(dir, schema, opts)
			}
			require.NoError(t, err)
			eng, err := segment.New(store, nil)
			require.NoError(t, err)
			t.Cleanup(func() { _ = store.Close() })
			d := &desk{t, context.Background(), store, eng}
			d.create("poor", "points < 10")
			d.create("new", "created = 2026-11-24 and changed is empty")
			d.create("active", "active > 2026-11-01")
			d.create("anonymous", "identified is empty")
			d.create("late", "late < 10")

			last := eng.LastChange()
			id := d.insert(1, contact.Values{"name": "Ada"})
			require.Equal(t, []string{"1 enter poor (data)", "1 enter new (data)", "1 enter anonymous (data)"}, d.feed(last+1))
			last = eng.LastChange()
			d.set(id, contact.Values{"points": 20, "email": "ada"})
			require.Equal(t, []string{"1 leave poor (data)", "1 leave new (data)", "1 leave anonymous (data)"}, d.feed(last+1))
			last = eng.LastChange()
			d.update(func(tx *contact.Tx) error { return tx.Seen(id, time.Time{}) })
			d.set(id, contact.Values{"points": nil})
			d.update(func(tx *contact.Tx) error { return tx.Schema().SetDefault("late", 3) })
			require.Equal(t, []string{"1 enter active (data)", "1 enter poor (data)", "1 enter late (data)"}, d.feed(last+1))
			require.NoError(t, eng.Verify(d.ctx))
			if dir == "" {
				return
			}
			require.NoError(t, store.Close())
			store, err = contact.Open(dir, contact.MustSchema(contact.Text("email").Unique(), contact.Text("name"), contact.Number("points").Default(0),
				contact.Number("late").Default(3), contact.Number("games").Default(0)), opts)
			require.NoError(t, err)
			eng, err = segment.New(store, &segment.Options{Recheck: true})
			require.NoError(t, err)
			d = &desk{t, context.Background(), store, eng}
			require.NoError(t, eng.Verify(d.ctx))
			d.create("players", "games < 1")
			require.Equal(t, []contact.ID{1}, d.members("players"))
			last = eng.LastChange()
			d.insert(1, nil)
			require.Equal(t, []string{"2 enter poor (data)", "2 enter new (data)", "2 enter anonymous (data)", "2 enter late (data)", "2 enter players (data)"}, d.feed(last+1))
		})
	}
}

// Who is seen now is seen at the time of the commit, not after it.
func TestSeenNow(t *testing.T) {
	store, err := contact.New(contact.MustSchema(contact.DateTime("active").Kept(contact.WhenActive)), &contact.Options{Clock: &stepClock{now: noon}})
	require.NoError(t, err)
	eng, err := segment.New(store, &segment.Options{NoBackground: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	d := &desk{t, t.Context(), store, eng}
	d.create("seen", "active <= now")
	id := d.insert(1, nil)
	for _, at := range []time.Time{{}, noon.AddDate(1, 0, 0)} {
		d.update(func(tx *contact.Tx) error { return tx.Seen(id, at) })
		require.Equal(t, []contact.ID{id}, d.members("seen"))
		require.NoError(t, eng.Verify(d.ctx))
	}
	require.Equal(t, []string{"1 enter seen (data)"}, d.feed(1))
}

// What belongs to a company that is deleted has changed.
func TestChangedByCompany(t *testing.T) {
	schema := contact.MustSchema(contact.Number("points"), contact.DateTime("changed").Kept(contact.WhenChanged), contact.Companies(contact.Text("name"), contact.DateTime("changed").Kept(contact.WhenChanged)))
	store, err := contact.New(schema, &contact.Options{Clock: &stepClock{now: noon}})
	require.NoError(t, err)
	eng, err := segment.New(store, &segment.Options{NoBackground: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	d := &desk{t, t.Context(), store, eng}
	d.create("untouched", "changed is empty")
	one, two := d.insert(1, nil), d.insert(1, nil)
	var a contact.CompanyID
	d.update(func(tx *contact.Tx) (err error) {
		a, err = tx.Companies().Insert(contact.Values{"name": "a"})
		return err
	})
	d.update(func(tx *contact.Tx) error { return tx.Companies().Associate(one, a) })
	require.Equal(t, []contact.ID{two}, d.members("untouched"))
	changed := func() time.Time { v, _ := store.View().Get(one); return v["changed"].Time() }
	before := changed()
	d.update(func(tx *contact.Tx) error { return tx.Companies().Delete(a) })
	require.True(t, changed().After(before))
	before = changed()
	d.update(func(tx *contact.Tx) error { return tx.Set(one, contact.Values{"points": nil}) })
	require.Equal(t, before, changed())
	require.NoError(t, eng.Verify(d.ctx))
}
