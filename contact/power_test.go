package contact_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/contact/internal/boltfile/faulttest"
	"github.com/rosterdb/roster/internal/testflags"
)

// TestPowerLoss lets the power go at every moment of a run of transactions and
// checkpoints. What was not synced is lost, kept or torn. What is opened then is the
// store as it was at one commit, and no acknowledged one is missing.
func TestPowerLoss(t *testing.T) {
	seed := testflags.Seed(t)
	for _, sync := range []time.Duration{0, time.Hour} {
		t.Run(fmt.Sprint(sync), func(t *testing.T) {
			o := newOutage(t, seed, sync)
			r := rand.New(rand.NewPCG(seed, 1))
			stride := max(1, testflags.Every()/10)
			n := len(o.faults.Ops())
			for prefix := r.IntN(stride); prefix <= n; prefix += stride {
				o.check(prefix, "all of it kept", faulttest.Whole)
				if len(o.faults.Pending(prefix)) == 0 {
					continue
				}
				o.check(prefix, "nothing kept", faulttest.Nothing)
				for range testflags.Rounds(1) {
					o.check(prefix, "writes kept by chance", faulttest.Chance(r))
					o.check(prefix, "sectors kept by chance", faulttest.Sectors(r))
					o.check(prefix, "torn writes", faulttest.Torn(r))
				}
			}
			for _, mark := range o.marks[1:] { // written, and not acknowledged yet
				o.check(mark-1, "all of it kept", faulttest.Whole)
			}
			require.Positive(t, o.beyond, "no case has more than what was acknowledged")
			t.Logf("%d cases of %d writes and syncs of %d transactions and %d checkpoints; %d have more than what was acknowledged",
				o.cases, n, o.acts, o.checkpoints, o.beyond)
		})
	}
}

// outage is a recorded run.
type outage struct {
	t           *testing.T
	twin        *twin
	faults      *faulttest.Faults
	dir         string
	marks       []int    // how many operations there were when a commit was acknowledged
	numbers     []uint64 // of those commits
	acts        int
	checkpoints int
	cases       int
	beyond      int
}

func newOutage(t *testing.T, seed uint64, sync time.Duration) *outage {
	w, image := twinImage(t, seed, 6)
	o := &outage{t: t, twin: w, faults: faulttest.New(), dir: memoryDir(t)}
	opts := &contact.Options{Clock: w.clock, KeepLog: 60, Sync: sync}
	contacttest.Hook(opts, o.faults.Hook)
	contacttest.EagerCheckpoints(opts, 700, 500)
	store := openDir(t, dirOf(t, image), nil, opts)
	attachLedger(t, store)
	require.NoError(t, o.faults.Record())
	o.marks, o.numbers = []int{0}, []uint64{store.View().Number()}
	last := store.Stats().Checkpoint
	const acts, checkpoints = 30, 3 // the parts of these are written with transactions and, if there is time, between them
	for i := 0; i < acts || o.checkpoints < checkpoints && i < 30*acts; i++ {
		w.act(store)
		o.acts++
		if sync > 0 {
			if i%3 != 2 {
				continue
			}
			require.NoError(t, store.Sync(ctx))
		}
		o.marks = append(o.marks, len(o.faults.Ops()))
		o.numbers = append(o.numbers, store.View().Number())
		if now := store.Stats().Checkpoint; now > last {
			last = now
			o.checkpoints++
		}
	}
	require.NoError(t, store.Close())
	require.GreaterOrEqual(t, o.checkpoints, checkpoints)
	return o
}

// check opens what is left after n operations.
func (o *outage) check(n int, what string, keep func(faulttest.Op) []faulttest.Span) {
	t := o.t
	o.cases++
	acked := uint64(0)
	for i, mark := range o.marks {
		if mark <= n {
			acked = o.numbers[i]
		}
	}
	what = fmt.Sprintf("%d operations, %s, %d acknowledged", n, what, acked)
	image := o.faults.Replay(n, func(_ int, op faulttest.Op) []faulttest.Span { return keep(op) })
	require.NoError(t, os.WriteFile(filePath(o.dir), image, 0o600))
	opts := &contact.Options{Clock: o.twin.clock, KeepLog: 60}
	store, err := contact.Open(o.dir, nil, opts)
	require.NoError(t, err, what)
	attachLedger(t, store)
	number := store.View().Number()
	require.GreaterOrEqual(t, number, acked, what)
	if number > acked {
		o.beyond++
	}
	require.NoError(t, o.twin.compare(store), what)
	if o.cases%8 == 0 { // it goes on from there
		require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error {
			_, err := tx.Insert(contact.Values{"name": "afterwards"})
			return err
		}), what)
		expected := told(t, store.View())
		require.NoError(t, store.Close())
		store, err = contact.Open(o.dir, nil, opts)
		require.NoError(t, err, what)
		require.Equal(t, expected, told(t, store.View()), what)
	}
	require.NoError(t, store.Close())
}
