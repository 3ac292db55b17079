package contact_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	_ "github.com/rosterdb/roster/internal/testflags"
)

var ctx = context.Background()

// newStore returns a store of the given fields that is closed with the test.
func newStore(tb testing.TB, parts ...contact.Part) *contact.Store {
	tb.Helper()
	return newStoreWith(tb, nil, parts...)
}

func newStoreWith(tb testing.TB, opts *contact.Options, parts ...contact.Part) *contact.Store {
	tb.Helper()
	schema, err := contact.NewSchema(parts...)
	require.NoError(tb, err)
	store, err := contact.New(schema, opts)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, store.Close()) })
	return store
}

// update runs a transaction that must succeed.
func update(tb testing.TB, store *contact.Store, fn func(tx *contact.Tx) error) {
	tb.Helper()
	require.NoError(tb, store.Update(ctx, fn))
}

// insert makes one contact in a transaction of its own.
func insert(tb testing.TB, store *contact.Store, values contact.Values) (id contact.ID) {
	tb.Helper()
	update(tb, store, func(tx *contact.Tx) (err error) {
		id, err = tx.Insert(values)
		return err
	})
	return id
}

// insertMany makes contacts from a function of their place, in one transaction.
func insertMany(tb testing.TB, store *contact.Store, n int, values func(i int) contact.Values) (ids []contact.ID) {
	tb.Helper()
	update(tb, store, func(tx *contact.Tx) error {
		for i := range n {
			id, err := tx.Insert(values(i))
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	})
	return ids
}

// set changes one contact in a transaction of its own.
func set(tb testing.TB, store *contact.Store, id contact.ID, values contact.Values) {
	tb.Helper()
	update(tb, store, func(tx *contact.Tx) error { return tx.Set(id, values) })
}

func remove(tb testing.TB, store *contact.Store, id contact.ID) {
	tb.Helper()
	update(tb, store, func(tx *contact.Tx) error { return tx.Delete(id) })
}

// field returns the handle of a field that must be there.
func field(tb testing.TB, store *contact.Store, name string) contact.Field {
	tb.Helper()
	f, ok := store.Schema().Field(name)
	require.True(tb, ok, name)
	return f
}

// value returns what a contact has in a field, as a Go value.
func value(tb testing.TB, v *contact.View, id contact.ID, name string) any {
	tb.Helper()
	x, err := v.Value(id, name)
	require.NoError(tb, err)
	return x.Any()
}

func collect(store *contact.Store) (records []*contact.Record, err error) {
	for r, e := range store.Log(1) {
		if e != nil {
			return records, e
		}
		records = append(records, r)
	}
	return records, nil
}

// changes returns the changes of the newest log record.
func changes(tb testing.TB, store *contact.Store) []contact.Change {
	tb.Helper()
	records, err := collect(store)
	require.NoError(tb, err)
	require.NotEmpty(tb, records)
	return slices.Collect(records[len(records)-1].Changes())
}

// testClock is a clock that a test turns by hand.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func (c *testClock) AfterFunc(time.Duration, func()) func() bool { return func() bool { return true } }

// testFloor is a floor whose answers a test sets. What is nil says yes to
// everything.
type testFloor struct {
	prepare   func(c *contact.Commit) error
	committed func(c *contact.Commit)
	abandoned func(c *contact.Commit)
	closed    func() error
}

func (f *testFloor) Prepare(c *contact.Commit) error {
	if f.prepare == nil {
		return nil
	}
	return f.prepare(c)
}

func (f *testFloor) Committed(c *contact.Commit) {
	if f.committed != nil {
		f.committed(c)
	}
}

func (f *testFloor) Abandoned(c *contact.Commit) {
	if f.abandoned != nil {
		f.abandoned(c)
	}
}

func (f *testFloor) Close() error {
	if f.closed == nil {
		return nil
	}
	return f.closed()
}

// errVeto is what test floors refuse with, errFailed what test transactions
// fail with.
var (
	errVeto   = errors.New("veto")
	errFailed = errors.New("failed")
)
