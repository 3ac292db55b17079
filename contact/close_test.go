package contact_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
)

func TestClosed(t *testing.T) {
	for _, disk := range []bool{false, true} {
		t.Run(fmt.Sprint(disk), func(t *testing.T) {
			store, err := contact.New(diskSchema(), nil)
			require.NoError(t, err)
			if disk {
				store = openDir(t, memoryDir(t), diskSchema(), nil)
			}
			attachLedger(t, store)
			id := insert(t, store, contact.Values{"email": "ada"})
			held := store.View()
			require.NoError(t, store.Close())
			require.NoError(t, store.Close())

			require.Equal(t, contact.ErrClosed, store.Update(ctx, func(*contact.Tx) error { panic("it runs") }))
			require.Equal(t, contact.ErrClosed, store.Attach("late", &testFloor{}, nil))
			_, err = collect(store)
			require.Equal(t, contact.ErrClosed, err)
			_, _, err = store.FindMark("ledger", 1)
			require.Equal(t, contact.ErrClosed, err)
			_, err = store.Erase(ctx, id)
			require.Equal(t, contact.ErrClosed, err)
			require.Equal(t, contact.ErrClosed, store.Compact(ctx))
			require.Equal(t, contact.ErrClosed, store.Backup(ctx, new(bytes.Buffer)))
			require.Equal(t, contact.ErrClosed, store.Sync(ctx))
			require.Equal(t, 1, store.Stats().Contacts)
			require.Equal(t, "ada", value(t, held, id, "email"))
			require.Equal(t, told(t, held), told(t, store.View()))
			_, yes := store.Salvaged()
			require.False(t, yes)
			require.Equal(t, disk, store.Durable())
			require.Equal(t, 11, store.Schema().Len())
		})
	}
}

// Close waits for the transaction that runs, and for those that wait to be durable.
func TestCloseWaits(t *testing.T) {
	for _, sync := range []time.Duration{0, time.Hour, -1} {
		t.Run(fmt.Sprint(sync), func(t *testing.T) {
			dir := memoryDir(t)
			require.NoError(t, openDir(t, dir, diskSchema(), nil).Close())
			opts := contact.Options{Sync: sync}
			gate := gated(&opts, false)
			store := openDir(t, dir, nil, &opts)
			t.Cleanup(gate.open)
			running, goOn := make(chan struct{}), make(chan struct{})
			updates, closed := make(chan error, 2), make(chan error, 1)
			add := func(email string, during func()) {
				updates <- store.Update(ctx, func(tx *contact.Tx) error {
					during()
					_, err := tx.Insert(contact.Values{"email": email})
					return err
				})
			}
			go add("first", func() {})
			if sync <= 0 {
				<-gate.reached // it waits for the file
			} else {
				require.NoError(t, <-updates)
				updates <- nil
			}
			go add("second", func() { close(running); <-goOn })
			<-running
			go func() { closed <- store.Close() }()
			time.Sleep(5 * time.Millisecond)
			require.Empty(t, closed)
			close(goOn)
			if sync > 0 {
				<-gate.reached
			}
			time.Sleep(5 * time.Millisecond)
			require.Empty(t, closed, "what was committed is not written yet")
			gate.open()
			within(t, "Close", func() {
				require.NoError(t, <-closed)
				require.NoError(t, <-updates)
				require.NoError(t, <-updates)
			})
			require.Equal(t, 2, store.View().Len())
			require.Equal(t, 2, openDir(t, dir, nil, nil).View().Len())
		})
	}
}

// Close beside everything else that may run: nothing hangs, panics or says anything
// else than that the store is closed, and nothing is left in the directory.
func TestCloseBeside(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, diskSchema(), nil)
	attachLedger(t, store)
	insertMany(t, store, 3000, func(i int) contact.Values { return contact.Values{"email": fmt.Sprint(i), "points": i} })
	for i := range 600 {
		set(t, store, contact.ID(1+i), contact.Values{"points": -i})
	}
	require.NoError(t, store.Close())
	image := imageOfClosed(t, dir)
	for round := range 20 {
		dir := dirOf(t, image)
		opts := &contact.Options{Sync: []time.Duration{0, time.Millisecond, -1}[round%3]}
		contacttest.EagerCheckpoints(opts, 1<<uint(round%14), 2000)
		store := openDir(t, dir, nil, opts)
		attachLedger(t, store)
		var wg sync.WaitGroup
		beside := func(what string, do func() error) {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for {
					if err := do(); err != nil {
						if !errors.Is(err, contact.ErrClosed) {
							t.Errorf("%s: %v", what, err)
						}
						return
					}
				}
			}()
		}
		beside("Update", func() error {
			return store.Update(ctx, func(tx *contact.Tx) error {
				if err := tx.Once(fmt.Sprint("key", store.View().Number())); err != nil && !errors.As(err, new(*contact.RepeatedError)) {
					return err
				}
				return tx.Set(7, contact.Values{"points": store.View().Number()})
			})
		})
		beside("Compact", func() error { return store.Compact(ctx) })
		beside("Backup", func() error { return store.Backup(ctx, new(bytes.Buffer)) })
		beside("Log", func() error { _, err := collect(store); return err })
		beside("FindMark", func() error { _, _, err := store.FindMark("ledger", 3000); return err })
		beside("Sync", func() error { return store.Sync(ctx) })
		beside("Erase", func() error {
			_, err := store.Erase(ctx, contact.ID(1000+store.View().Number()%1000))
			if errors.Is(err, contact.ErrNotFound) {
				return nil
			}
			return err
		})
		beside("Stats", func() error {
			if store.Stats().FileBytes == 0 {
				return contact.ErrClosed
			}
			return nil
		})
		time.Sleep(time.Duration(round) * time.Millisecond / 2)
		within(t, fmt.Sprint("Close, round ", round), func() {
			require.NoError(t, store.Close())
			require.NoFileExists(t, filePath(dir)+".new", "a compaction goes on")
			wg.Wait()
		})
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		require.Len(t, files, 2, "%v", files)
		want := told(t, store.View())
		store = openDir(t, dir, nil, nil)
		require.Equal(t, want, told(t, store.View()))
		require.NoError(t, store.Close())
		require.NoError(t, os.RemoveAll(dir))
	}
}

// The time that a store has told does not go back with its clock, also for commits.
func TestNowNeverGoesBack(t *testing.T) {
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	clock := contacttest.NewClock(noon)
	store, err := contact.New(contact.MustSchema(contact.Number("points")), &contact.Options{Clock: clock})
	require.NoError(t, err)
	clock.Turn(time.Hour + time.Microsecond)
	require.Equal(t, noon.Add(time.Hour), store.Now())
	clock.Set(noon)
	require.Equal(t, noon.Add(time.Hour), store.Now())
	require.Equal(t, time.Hour, store.Stats().ClockBehind)
	require.NoError(t, store.Update(t.Context(), func(tx *contact.Tx) error {
		_, err := tx.Insert(contact.Values{"points": 1})
		return err
	}))
	require.Equal(t, noon.Add(time.Hour), store.View().Time())
	require.NoError(t, store.Close())
}
