package contact_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
)

// oldest returns the number of the oldest record that a store keeps, by the error for
// those before.
func oldest(t *testing.T, store *contact.Store) uint64 {
	t.Helper()
	require.NoError(t, store.Quiet()) // a checkpoint on its way trims the log
	for _, err := range store.Log(1) {
		var trimmed *contact.TrimmedError
		if !errors.As(err, &trimmed) {
			require.NoError(t, err)
			return 1
		}
		require.ErrorIs(t, err, contact.ErrTrimmed)
		require.Equal(t, uint64(1), trimmed.Asked)
		lines, err := toldLog(store, trimmed.Oldest)
		require.NoError(t, err)
		require.Len(t, lines, int(store.View().Number()-trimmed.Oldest+1))
		_, err = toldLog(store, trimmed.Oldest-1)
		require.ErrorIs(t, err, contact.ErrTrimmed)
		return trimmed.Oldest
	}
	return 1
}

// once makes a contact under an idempotency key, and returns the number of the commit
// that did so before.
func once(t *testing.T, store *contact.Store, n int) uint64 {
	t.Helper()
	key := fmt.Sprint("key ", n)
	err := store.Update(ctx, func(tx *contact.Tx) error {
		if err := tx.Once(key); err != nil {
			return err
		}
		_, err := tx.Insert(contact.Values{"email": fmt.Sprint(n)})
		return err
	})
	var repeated *contact.RepeatedError
	if errors.As(err, &repeated) {
		require.Equal(t, key, repeated.Key)
		return repeated.Number
	}
	require.NoError(t, err)
	return 0
}

// The oldest records go when there are more changes than are kept, but only once a
// checkpoint makes the next opening possible without them.
func TestKeepLog(t *testing.T) {
	dir := memoryDir(t)
	opts := &contact.Options{KeepLog: 10}
	store := openDir(t, dir, diskSchema(), opts)
	for n := 1; n <= 30; n++ {
		require.Zero(t, once(t, store, n))
	}
	require.Equal(t, uint64(1), oldest(t, store), "no checkpoint yet")
	require.Equal(t, uint64(5), once(t, store, 5))
	require.NoError(t, store.Compact(ctx))
	require.Zero(t, once(t, store, 31)) // the next commit trims
	require.Equal(t, uint64(22), oldest(t, store))
	require.Equal(t, 10, store.Stats().LogRecords)

	for range 2 {
		require.Equal(t, uint64(22), oldest(t, store))
		require.Equal(t, uint64(22), once(t, store, 22))
		require.Equal(t, uint64(31), once(t, store, 31))
		store = reopenedWith(t, store, dir, opts)
	}
	require.ErrorAs(t, store.Update(ctx, func(tx *contact.Tx) error {
		require.NoError(t, tx.Once("key 21"), "the key went with its record")
		_, err := tx.Insert(contact.Values{"email": "21"})
		return err
	}), new(*contact.ConflictError))

	// A transaction of many changes counts as many; the newest stays in any case.
	insertMany(t, store, 50, func(i int) contact.Values { return nil })
	require.Equal(t, uint64(31), oldest(t, store), "the next opening needs it")
	require.NoError(t, store.Compact(ctx))
	insert(t, store, nil)
	require.Equal(t, uint64(33), oldest(t, store))
	require.NoError(t, store.Compact(ctx))
	last := insertMany(t, store, 50, func(i int) contact.Values { return nil })
	require.NotEmpty(t, last)
	require.Equal(t, uint64(34), oldest(t, store))
	want := told(t, store.View())
	store = reopenedWith(t, store, dir, opts)
	require.Equal(t, want, told(t, store.View()))
}

func reopenedWith(t *testing.T, store *contact.Store, dir string, opts *contact.Options) *contact.Store {
	t.Helper()
	require.NoError(t, store.Close())
	return openDir(t, dir, nil, opts)
}

// With none to be kept, those stay that the next opening needs.
func TestKeepNoLog(t *testing.T) {
	dir := memoryDir(t)
	opts := &contact.Options{KeepLog: -1}
	contacttest.EagerCheckpoints(opts, 1000, 1<<20)
	store := openDir(t, dir, diskSchema(), opts)
	for n := 1; n <= 200; n++ {
		require.Zero(t, once(t, store, n))
	}
	require.Greater(t, oldest(t, store), uint64(100))
	require.Less(t, store.Stats().LogRecords, 100)
	want := told(t, store.View())
	store = reopenedWith(t, store, dir, opts)
	require.Equal(t, want, told(t, store.View()))
	require.NoError(t, store.Compact(ctx))
	require.Zero(t, once(t, store, 201))
	require.Equal(t, uint64(201), oldest(t, store))
	// Whoever opens it to keep all keeps what is there.
	store = reopenedWith(t, store, dir, nil)
	for n := 202; n <= 210; n++ {
		require.Zero(t, once(t, store, n))
	}
	require.NoError(t, store.Compact(ctx))
	require.Zero(t, once(t, store, 211))
	require.Equal(t, uint64(201), oldest(t, store))
}
