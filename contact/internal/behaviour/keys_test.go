package behaviour_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/behaviour"
)

// The use of keys as the floor above makes it.
func TestKeys(t *testing.T) {
	var keys behaviour.Keys
	w := newWriter()
	record := func(key string, ev behaviour.Event) (behaviour.ID, bool) {
		if id, ok := keys.Find(key); ok {
			return id, false
		}
		ev.Key = keys.Add(key)
		id := w.insert(ev)
		keys.Put(ev.Key, id)
		return id, true
	}
	_, ok := keys.Find("a")
	require.False(t, ok)
	require.Zero(t, keys.Bytes())
	ids := map[string]behaviour.ID{}
	for i := range 1000 {
		key := fmt.Sprint("order ", i)
		id, ok := record(key, behaviour.Event{ID: behaviour.ID{Contact: uint32(1 + i%7), Time: int64(i)}})
		require.True(t, ok)
		ids[key] = id
	}
	for key, id := range ids {
		got, ok := record(key, behaviour.Event{ID: behaviour.ID{Contact: 99, Time: 99}})
		require.False(t, ok, "the second time")
		require.Equal(t, id, got)
	}
	require.Equal(t, 1000, keys.Len())
	require.Equal(t, 1000, w.h.Len())
	id, ok := keys.Find("")
	require.False(t, ok)
	require.Zero(t, id)

	w.open().DeleteContact(&w.e, 3, func(ev *behaviour.Event) {
		require.NotZero(t, ev.Key)
		keys.Remove(ev.Key)
	})
	keys.Remove(0)
	require.Equal(t, w.h.Len(), keys.Len())
	_, ok = keys.Find("order 2")
	require.False(t, ok)
	id, ok = record("order 2", behaviour.Event{ID: behaviour.ID{Contact: 3, Time: 5}})
	require.True(t, ok, "free again")
	ev, ok := w.h.Get(id)
	require.True(t, ok)
	require.LessOrEqual(t, ev.Key, uint32(1000), "and so is its number")
	require.Equal(t, keys.Len(), w.h.Len())
}
