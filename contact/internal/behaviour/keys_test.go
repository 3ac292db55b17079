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
	record := func(text string, ev behaviour.Event) (behaviour.ID, bool) {
		ev.Key = behaviour.KeyOf(text)
		if id, ok := keys.Find(ev.Key); ok {
			return id, false
		}
		id := w.insert(ev)
		keys.Put(ev.Key, id)
		return id, true
	}
	_, ok := keys.Find(behaviour.KeyOf("a"))
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

	w.open().DeleteContact(&w.e, 3, func(ev *behaviour.Event) {
		require.False(t, ev.Key.IsZero())
		keys.Remove(ev.Key, ev.ID)
	})
	require.Equal(t, w.h.Len(), keys.Len())
	_, ok = keys.Find(behaviour.KeyOf("order 2"))
	require.False(t, ok)
	id, ok := record("order 2", behaviour.Event{ID: behaviour.ID{Contact: 3, Time: 5}})
	require.True(t, ok, "free again")
	ev, ok := w.h.Get(id)
	require.True(t, ok)
	require.Equal(t, behaviour.KeyOf("order 2"), ev.Key)
	require.Equal(t, keys.Len(), w.h.Len())

	keys.Remove(ev.Key, behaviour.ID{Contact: 4, Time: 5})
	_, ok = keys.Find(ev.Key)
	require.True(t, ok, "it is another event's")
}

// No text has no key, and no key is remembered for nothing.
func TestNoKey(t *testing.T) {
	var keys behaviour.Keys
	require.True(t, behaviour.KeyOf("").IsZero())
	keys.Put(behaviour.KeyOf(""), behaviour.ID{Contact: 1})
	keys.Remove(behaviour.Key{}, behaviour.ID{})
	require.Zero(t, keys.Len())
	// Stored for ever: the same on every machine.
	require.Equal(t, behaviour.Key{0xba7816bf8f01cfeb, 0x414140de5dae2223}, behaviour.KeyOf("abc"))
}
