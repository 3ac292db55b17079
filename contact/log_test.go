package contact_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

func TestLogRecord(t *testing.T) {
	at := time.Date(2026, 11, 24, 10, 0, 0, 999_999, time.UTC)
	clock := &testClock{now: at}
	store := newStoreWith(t, &contact.Options{Clock: clock}, contact.Text("name"), contact.Number("points"), contact.Tags("tags"))
	update(t, store, func(tx *contact.Tx) error {
		tx.By("ada", "first import")
		_, err := tx.Insert(contact.Values{"name": "Ada", "points": 0.1, "tags": []string{"b", "a"}})
		require.NoError(t, err)
		_, err = tx.Insert(nil)
		return err
	})
	clock.Set(at.Add(-time.Hour)) // the log's time never goes back
	update(t, store, func(tx *contact.Tx) error {
		tx.SetCause(contact.CauseManual)
		require.NoError(t, tx.Set(2, contact.Values{"points": 5}))
		require.NoError(t, tx.Set(1, contact.Values{"points": 1e300, "name": "Ada"}))
		require.NoError(t, tx.Set(1, contact.Values{"tags": nil}))
		return tx.Set(2, contact.Values{"points": nil}) // as it was
	})
	remove(t, store, 1)

	records, err := collect(store)
	require.NoError(t, err)
	require.Len(t, records, 3)
	first := records[0]
	require.Equal(t, uint64(1), first.Number)
	require.Equal(t, at.Truncate(time.Millisecond), first.Time)
	require.Equal(t, "ada", first.Actor)
	require.Equal(t, "first import", first.Note)
	require.Equal(t, contact.CauseData, first.Cause)
	require.Equal(t, 2, first.Len())
	require.Equal(t, []string{
		"1 created name:→Ada points:→0.1 tags:→b, a", "2 created",
	}, describe(first))
	require.Equal(t, first.Time, records[1].Time)
	require.Equal(t, contact.CauseManual, records[1].Cause)
	require.Equal(t, []string{"1 updated points:0.1→1" + zeros(300) + " tags:b, a→"}, describe(records[1]), "what was changed and changed back is not told")
	require.Equal(t, []string{"1 deleted name:Ada→ points:1" + zeros(300) + "→"}, describe(records[2]))
	require.Equal(t, records[2].Time, store.View().Time())
}

func TestCauses(t *testing.T) {
	require.Equal(t, "data", contact.CauseData.String())
	require.Equal(t, "repair", contact.CauseRepair.String())
	require.Equal(t, "Cause(99)", contact.Cause(99).String())
	require.Equal(t, "none", contact.ChangeKind(0).String())
}

// The key of a transaction that did not happen is free; that of one that did is in
// its record.
func TestOnceOfFailed(t *testing.T) {
	store := newStore(t)
	once := func(end error) error {
		return store.Update(ctx, func(tx *contact.Tx) error {
			require.NoError(t, tx.Once("order 7"))
			_, err := tx.Insert(nil)
			require.NoError(t, err)
			return end
		})
	}
	require.Equal(t, errFailed, once(errFailed))
	require.NoError(t, once(nil))
	records, err := collect(store)
	require.NoError(t, err)
	require.Equal(t, "order 7", records[0].Key)
}

func zeros(n int) string { return fmt.Sprintf("%0*d", n, 0) }

// describe writes the changes of a record on a line each.
func describe(r *contact.Record) (lines []string) {
	for c := range r.Changes() {
		line := fmt.Sprint(c.ID, " ", c.Kind)
		for _, f := range c.Fields {
			line += fmt.Sprintf(" %s:%v→%v", f.Field.Name(), f.Old, f.New)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestLogFrom(t *testing.T) {
	store := newStore(t)
	for range 5 {
		insert(t, store, nil)
	}
	numbers := func(from uint64) (list []uint64) {
		for r, err := range store.Log(from) {
			require.NoError(t, err)
			list = append(list, r.Number)
		}
		return list
	}
	require.Equal(t, []uint64{1, 2, 3, 4, 5}, numbers(0))
	require.Equal(t, []uint64{1, 2, 3, 4, 5}, numbers(1))
	require.Equal(t, []uint64{4, 5}, numbers(4))
	require.Empty(t, numbers(6))
	require.Empty(t, numbers(1000))
	for r := range store.Log(2) {
		require.Equal(t, uint64(2), r.Number)
		break
	}
	// What is committed while the log is read is not in it.
	n := 0
	for range store.Log(1) {
		insert(t, store, nil)
		n++
	}
	require.Equal(t, 5, n)
	require.Len(t, numbers(1), 10)
}

func TestLogRetention(t *testing.T) {
	store := newStoreWith(t, &contact.Options{KeepLog: 10})
	many := func(n int) { insertMany(t, store, n, func(int) contact.Values { return nil }) }
	for range 4 {
		many(3)
	}
	trimmed := func(from, oldest uint64) {
		t.Helper()
		n := 0
		for r, err := range store.Log(from) {
			require.Nil(t, r)
			require.ErrorIs(t, err, contact.ErrTrimmed)
			var typed *contact.TrimmedError
			require.ErrorAs(t, err, &typed)
			require.Equal(t, contact.TrimmedError{Asked: max(1, from), Oldest: oldest}, *typed)
			require.EqualError(t, err, fmt.Sprintf("contact: log record %d is gone, the oldest kept is %d", max(1, from), oldest))
			n++
		}
		require.Equal(t, 1, n)
	}
	trimmed(0, 2) // twelve changes: the first record had to go
	trimmed(1, 2)
	kept := slices.Collect(func(yield func(uint64) bool) {
		for r, err := range store.Log(2) {
			require.NoError(t, err)
			yield(r.Number)
		}
	})
	require.Equal(t, []uint64{2, 3, 4}, kept)
	many(1000) // larger than all that is kept: the newest stays whatever its size
	trimmed(4, 5)
	for r, err := range store.Log(5) {
		require.NoError(t, err)
		require.Equal(t, 1000, r.Len())
	}
	for range 10 { // a commit without a contact weighs as much as one with one
		update(t, store, func(tx *contact.Tx) error { return tx.Schema().Add() })
	}
	trimmed(5, 6)
}

// A reader of the log keeps what it got, whatever is trimmed meanwhile.
func TestLogReadWhileTrimmed(t *testing.T) {
	store := newStoreWith(t, &contact.Options{KeepLog: 5})
	for range 5 {
		insert(t, store, nil)
	}
	var got []uint64
	for r, err := range store.Log(1) {
		require.NoError(t, err)
		got = append(got, r.Number)
		insert(t, store, nil)
	}
	require.Equal(t, []uint64{1, 2, 3, 4, 5}, got)
}

func TestNoLog(t *testing.T) {
	store := newStoreWith(t, &contact.Options{KeepLog: -1})
	for range 3 {
		insert(t, store, nil)
	}
	_, err := collect(store)
	require.ErrorIs(t, err, contact.ErrTrimmed)
	for range store.Log(4) {
		t.Fatal("nothing there")
	}
	require.Equal(t, uint64(3), store.View().Number())
}

// The same idempotency key commits once, as long as its record is kept.
func TestOnce(t *testing.T) {
	store := newStoreWith(t, &contact.Options{KeepLog: 2}, contact.Text("name"))
	insert := func(key string) error {
		return store.Update(t.Context(), func(tx *contact.Tx) error {
			if err := tx.Once(key); err != nil {
				return err
			}
			_, err := tx.Insert(nil)
			return err
		})
	}
	require.NoError(t, insert("order 7"))
	err := insert("order 7")
	var repeated *contact.RepeatedError
	require.ErrorAs(t, err, &repeated)
	require.Equal(t, &contact.RepeatedError{Key: "order 7", Number: 1}, repeated)
	require.EqualError(t, err, `contact: the transaction "order 7" is commit 1 already`)
	require.Equal(t, 1, store.View().Len())
	require.NoError(t, insert(""))
	require.NoError(t, insert(""), "no key is never the same key")
	require.NoError(t, insert("order 7"), "the log has forgotten it")
}
