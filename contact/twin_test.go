package contact_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
)

// A twin is a store in memory to which the same happens as to one on disk, and what it
// told after each commit.
type twin struct {
	tb     testing.TB
	store  *contact.Store
	clock  *testClock
	actor  actor
	acts   int
	states map[uint64]twinState
}

type twinState struct {
	told, ledger string
	log          []string
}

func newTwin(tb testing.TB, seed uint64) *twin {
	w := &twin{
		tb: tb, clock: &testClock{now: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)},
		actor: actor{tb: tb, seed: seed}, states: make(map[uint64]twinState),
	}
	store, err := contact.New(diskSchema(), &contact.Options{Clock: w.clock})
	require.NoError(tb, err)
	w.store = store
	attachLedger(tb, store)
	w.note()
	return w
}

// note remembers what the twin tells.
func (w *twin) note() {
	v := w.store.View()
	lines, err := toldLog(w.store, 1)
	require.NoError(w.tb, err)
	w.states[v.Number()] = twinState{told(w.tb, v), toldLedger(v), lines}
}

// both does something to the twin and to a store.
func (w *twin) both(store *contact.Store, do func(*contact.Store) error) {
	require.NoError(w.tb, do(w.store))
	require.NoError(w.tb, do(store))
	w.note()
}

// act runs the next random transaction on both.
func (w *twin) act(store *contact.Store) {
	w.clock.Set(w.clock.Now().Add(time.Second))
	n := w.acts
	w.acts++
	w.both(store, func(s *contact.Store) error { return w.actor.act(s, n) })
}

// spread makes the next ids lie at the border of a block of rows.
func (w *twin) spread(store *contact.Store) {
	const until = contact.BlockSize - 20
	before := store.View().Live()
	w.both(store, func(s *contact.Store) error {
		return s.Update(ctx, func(tx *contact.Tx) error {
			for {
				id, err := tx.Insert(nil)
				if err != nil || id >= until {
					return err
				}
			}
		})
	})
	w.both(store, func(s *contact.Store) error {
		v := s.View()
		return s.Update(ctx, func(tx *contact.Tx) error {
			for id := range v.Live().AndNot(before).All() { // perhaps not without values: fields have defaults
				if err := tx.Delete(id); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// compare returns what a store tells otherwise than the twin told at the same commit,
// nil if nothing.
func (w *twin) compare(store *contact.Store) error {
	v := store.View()
	want, ok := w.states[v.Number()]
	if !ok {
		return fmt.Errorf("commit %d was never there", v.Number())
	}
	if got := told(w.tb, v); got != want.told {
		return fmt.Errorf("at commit %d the store tells\n%s\nthe twin\n%s", v.Number(), got, want.told)
	}
	if got := toldLedger(v); got != want.ledger {
		return fmt.Errorf("at commit %d the ledger tells\n%s\nthe twin's\n%s", v.Number(), got, want.ledger)
	}
	lines, err := toldLog(store, 1)
	var trimmed *contact.TrimmedError
	if errors.As(err, &trimmed) {
		lines, err = toldLog(store, trimmed.Oldest)
	}
	if err != nil {
		return err
	}
	if len(lines) == 0 && v.Number() > 0 {
		return fmt.Errorf("no log at commit %d", v.Number())
	}
	if tail := want.log[len(want.log)-len(lines):]; !slices.Equal(lines, tail) {
		return fmt.Errorf("at commit %d the log tells\n%s\nthe twin's\n%s", v.Number(), strings.Join(lines, "\n"), strings.Join(tail, "\n"))
	}
	return nil
}

// twinImage makes the file of a store with all that a file can hold: a checkpoint, log
// since it, entries of a floor, erased contacts that wait for compaction, tags that
// nobody has. It is of several blocks of rows.
func twinImage(tb testing.TB, seed uint64, acts int) (w *twin, image []byte) {
	w = newTwin(tb, seed)
	dir := memoryDir(tb)
	opts := &contact.Options{Clock: w.clock, KeepLog: 60}
	store := openDir(tb, dir, diskSchema(), opts)
	attachLedger(tb, store)
	for range 20 {
		w.act(store)
	}
	w.spread(store)
	require.NoError(tb, store.Compact(ctx))
	for n := store.View().Number(); store.View().Number() == n; {
		w.act(store) // a commit trims the log; an act may also come to nothing
	}
	require.NoError(tb, store.Compact(ctx))
	require.NoError(tb, store.Close())
	eager := *opts
	contacttest.EagerCheckpoints(&eager, 4000, 1<<20)
	store = openDir(tb, dir, nil, &eager)
	attachLedger(tb, store)
	for range acts {
		w.act(store)
	}
	require.NoError(tb, store.Quiet()) // a checkpoint on its way trims the log that is compared
	require.NoError(tb, w.compare(store))
	image = imageOf(tb, store, dir)
	require.NoError(tb, store.Close())
	return w, image
}
