package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// These tests hold what the README promises and the story does not show.

// scored returns an engine with three contacts and a segment of those with 5
// points, which nobody has yet.
func scored(t *testing.T, opts *segment.Options) (*contact.Store, *segment.Engine, []contact.ID) {
	t.Helper()
	store, ids := newStore(t, []contact.Part{contact.Number("points")}, nil, nil, nil)
	eng, err := segment.New(store, opts)
	require.NoError(t, err)
	_, err = eng.Create(context.Background(), segment.Definition{Name: "Five", Filter: filter.MustParse("points = 5")})
	require.NoError(t, err)
	return store, eng, ids
}

func score(t *testing.T, store *contact.Store, id contact.ID, points int) {
	t.Helper()
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
		return tx.Set(id, contact.Values{"points": points})
	}))
}

func TestReadmeViews(t *testing.T) {
	store, eng, ids := scored(t, nil)
	before := store.View()
	score(t, store, ids[0], 5)
	for v, want := range map[*contact.View]int{before: 0, store.View(): 1} {
		n, err := eng.At(v).Count("five")
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
}

func TestReadmeFeed(t *testing.T) {
	store, eng, ids := scored(t, &segment.Options{KeepFeed: 3})
	for _, id := range ids {
		score(t, store, id, 5)
	}
	number := uint64(1)
	for c, err := range eng.Changes(number) {
		require.NoError(t, err)
		require.Equal(t, number, c.Number)
		require.Equal(t, ids[number-1], c.Contact)
		number++
	}
	require.EqualValues(t, 4, number)

	score(t, store, ids[0], 6) // the fourth change; three are kept
	for _, err := range eng.Changes(1) {
		var gone *segment.TrimmedError
		require.ErrorAs(t, err, &gone)
		require.EqualValues(t, 2, gone.Oldest)
	}
	for c, err := range eng.Changes(4) {
		require.NoError(t, err)
		require.Equal(t, segment.Leave, c.Kind)
	}
}

func TestReadmeCallBacks(t *testing.T) {
	ctx := context.Background()
	store, eng, ids := scored(t, nil)
	release := make(chan struct{})
	var heard []uint64
	defer eng.OnChange(func(c segment.Change) {
		<-release
		heard = append(heard, c.Number)
	})()
	bad := eng.Subscribe(nil, func(segment.Change) { panic("no") })
	for _, id := range ids {
		score(t, store, id, 5) // returns although the first call-back is held up
	}
	close(release)
	require.NoError(t, eng.Flush(ctx))
	require.Equal(t, []uint64{1, 2, 3}, heard)
	var panicked *segment.PanicError
	require.ErrorAs(t, bad.Err(), &panicked)
	require.Equal(t, "no", panicked.Value)

	// A call-back that waits for itself is freed by its context.
	ended := make(chan error, 1)
	defer eng.OnChange(func(segment.Change) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		ended <- eng.Flush(ctx)
	})()
	score(t, store, ids[0], 6)
	require.ErrorIs(t, <-ended, context.Canceled)
}

func TestReadmeCompanies(t *testing.T) {
	ctx := context.Background()
	store, ids := newStore(t, []contact.Part{contact.Companies(contact.Text("industry"), contact.Number("employees"))}, nil, nil)
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	for handle, text := range map[string]string{
		"steel": `company.industry = "steel"`, "large_steel": `any company (industry = "steel" and employees > 100)`,
	} {
		_, err := eng.Create(ctx, segment.Definition{Name: handle, Filter: filter.MustParse(text)})
		require.NoError(t, err)
	}
	members := func(handle string) []contact.ID {
		set, err := eng.Members(handle)
		require.NoError(t, err)
		return set.IDs()
	}
	var acme, food contact.CompanyID
	require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error {
		c := tx.Companies()
		acme, err = c.Insert(contact.Values{"industry": "steel", "employees": 50})
		require.NoError(t, err)
		food, err = c.Insert(contact.Values{"industry": "food", "employees": 500})
		require.NoError(t, err)
		require.NoError(t, c.Associate(ids[0], acme, food)) // the first becomes the primary one
		return c.Associate(ids[1], food, acme)
	}))
	require.Equal(t, ids[:1], members("steel"))
	require.Empty(t, members("large_steel"), "no one company is both")
	require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error {
		return tx.Companies().Set(acme, contact.Values{"employees": 150})
	}))
	require.Equal(t, ids, members("large_steel"))
}

func TestReadmeCircle(t *testing.T) {
	ctx := context.Background()
	_, eng, _ := scored(t, nil)
	_, err := eng.Create(ctx, segment.Definition{Name: "Others", Filter: filter.MustParse("not in segment five")})
	require.NoError(t, err)
	_, err = eng.Change(ctx, "five", segment.Definition{Name: "Five", Filter: filter.MustParse("in segment others")})
	var circle *segment.CycleError
	require.ErrorAs(t, err, &circle)
	require.Equal(t, []string{"five", "others", "five"}, circle.Path)
}
