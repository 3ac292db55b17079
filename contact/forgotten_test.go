package contact_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
)

// The schema tells up to when events of a type are forgotten, also when it is read again.
func TestForgottenIsTold(t *testing.T) {
	at := func(days int) time.Time { return time.UnixMilli(0).UTC().AddDate(0, 0, days) }
	clock := contacttest.NewClock(at(1000))
	dir := t.TempDir()
	schema := contact.MustSchema(contact.EventType("login"), contact.EventType("hit"))
	open := func() *contact.Store {
		store, err := contact.Open(filepath.Join(dir, "s"), schema, &contact.Options{Clock: clock})
		require.NoError(t, err)
		return store
	}
	store := open()
	forget := func(before time.Time, types ...string) {
		require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error { return tx.ForgetEvents(before, types...) }))
	}
	told := func(name string) string {
		of, _ := store.Schema().EventType(name)
		before, then, ok := of.Forgotten()
		return fmt.Sprint(before.Sub(at(0)), then.Sub(at(0)), ok)
	}
	none := fmt.Sprint(time.Time{}.Sub(at(0)), time.Time{}.Sub(at(0)), false)
	require.Equal(t, none, told("login"))
	forget(at(0).Add(-5*time.Hour), "login") // there are no events before 1970
	require.Equal(t, none, told("login"))
	forget(at(600), "login")
	require.Equal(t, fmt.Sprint(600*24*time.Hour, 1000*24*time.Hour, true), told("login"))
	require.Equal(t, none, told("hit"))
	clock.Turn(24 * time.Hour)
	forget(at(500)) // those of login are gone already
	require.Equal(t, fmt.Sprint(600*24*time.Hour, 1000*24*time.Hour, true), told("login"))
	require.Equal(t, fmt.Sprint(500*24*time.Hour, 1001*24*time.Hour, true), told("hit"))
	require.NoError(t, store.Close())
	store = open()
	defer func() { require.NoError(t, store.Close()) }()
	require.Equal(t, fmt.Sprint(600*24*time.Hour, 1000*24*time.Hour, true), told("login"))
	require.Equal(t, fmt.Sprint(500*24*time.Hour, 1001*24*time.Hour, true), told("hit"))
}
