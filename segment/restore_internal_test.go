package segment

import (
	"context"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// recorded returns a view with two segments, the second naming the first, a deleted
// third, and all entries about them.
func recorded(t *testing.T) (*contact.View, map[string][]byte) {
	t.Helper()
	store, err := contact.New(contact.MustSchema(contact.Number("points")), nil)
	require.NoError(t, err)
	e, err := NewRecorded(store, nil)
	require.NoError(t, err)
	ctx := context.Background()
	for range 3 {
		require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error {
			_, err := tx.Insert(contact.Values{"points": 1})
			return err
		}))
	}
	for _, d := range []Definition{
		{Handle: "a", Name: "A", Filter: filter.MustParse("points = 1")},
		{Handle: "b", Name: "B", Filter: filter.MustParse("in segment a")},
		{Handle: "c", Name: "C"},
	} {
		_, err := e.Create(ctx, d)
		require.NoError(t, err)
	}
	_, err = e.Remove(ctx, "a", 2)
	require.NoError(t, err)
	_, err = e.Delete(ctx, "c")
	require.NoError(t, err)
	entries := map[string][]byte{}
	v := store.View()
	for key, value := range (keeper{(*floor)(e)}).Checkpoint(v, true) {
		put(entries, key, value)
	}
	return v, entries
}

// TestRestoreDamaged refuses what can't be whole.
func TestRestoreDamaged(t *testing.T) {
	v, entries := recorded(t)
	r, _, err := restore(v, entries, nil, false)
	require.NoError(t, err)
	require.NoError(t, sameRoots(r, rootOf(v)))
	definition := func(id ID, version int, handle, text string) []byte {
		d := &defined{Segment: Segment{ID: id, Version: version, Definition: Definition{Handle: handle, Name: "N"}}}
		if text != "" {
			d.Filter = filter.MustParse(text)
		}
		data, err := d.marshal()
		require.NoError(t, err)
		return data
	}
	for _, c := range []struct {
		key   string
		value []byte // nil takes the entry away
		err   string
	}{
		{"def/1/1", nil, "segment 1 has 0 versions of 0"},
		{"def/3/1", nil, "segment 3 has 0 versions of 0"},
		{"def/2/1", definition(2, 1, "a", ""), `are both "a"`},
		{"def/2/3", definition(2, 3, "b", ""), "segment 2 has 2 versions of 3"},
		{"def/9/1", definition(9, 1, "z", ""), "4 segments are known, 9 were made"},
		{"members/9", marshalSet(contact.SetOf(1)), "4 segments are known, 3 were made"},
		{"members/1", []byte{1, 2, 3}, `entry "members/1"`},
		{"members/0", []byte{1}, `entry "members/0"`},
		{"members/x", []byte{1}, `entry "members/x"`},
		{"users/1", []byte(`["x: b","x: a"]`), `entry "users/1"`},
		{"users/1", []byte(`{}`), `entry "users/1"`},
		{"shadow/1", []byte{1}, `entry "shadow/1"`},
		{"def", []byte{1}, `entry "def"`},
		{"def/1/1", []byte("{"), "definition"},
		{"meta", []byte("{"), "entry meta"},
		{"meta", []byte(`{"last":4}`), "3 segments are known, 4 were made"},
		{"gone/3", nil, ""},
		{"members/2", nil, "segments [2] are wrong"},
		{"removed/1", nil, "segments [1 2] are wrong"},
		{"added/1", marshalSet(contact.SetOf(2)), "segments [1 2] are wrong"},
		{"def/1/2", definition(1, 2, "a", ""), "segments [1 2] are wrong"},
		{"def/2/2", definition(2, 2, "b", "not in segment a"), "segments [2] are wrong"},
		{"def/3/2", definition(3, 2, "c", "points > 5"), ""},
		{"members/3", marshalSet(contact.SetOf(1)), ""},
		{"def/1000/1", definition(1_000_000_000, 1, "z", ""), "1000000000 were made"},
		{"removed/1", marshalSet(contact.SetOf(1, 2)), "segments [1 2] are wrong"},
	} {
		spoilt := maps.Clone(entries)
		put(spoilt, c.key, c.value)
		_, _, err := restore(v, spoilt, nil, true)
		if c.err == "" {
			require.NoError(t, err, c.key)
			continue
		}
		require.ErrorContains(t, err, c.err, c.key)
	}
}
