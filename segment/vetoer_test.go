package segment_test

import (
	"errors"
	"math/rand/v2"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment"
)

// A vetoer is a floor above the engine that refuses when it is told to. What falls due
// may ask it in the background.
type vetoer struct {
	mu    sync.Mutex
	end   string
	asked bool
}

// set says how commits end from now on.
func (v *vetoer) set(end string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.end, v.asked = end, false
}

// wasAsked reports whether there was a commit since set.
func (v *vetoer) wasAsked() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked
}

func (v *vetoer) Prepare(*contact.Commit) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked = true
	switch v.end {
	case "veto":
		return errVeto
	case "crash":
		panic(errVeto)
	}
	return nil
}
func (*vetoer) Committed(*contact.Commit) {}
func (*vetoer) Abandoned(*contact.Commit) {}
func (*vetoer) Close() error              { return nil }

// vetoer attaches one.
func (d *desk) vetoer() *vetoer {
	d.Helper()
	v := &vetoer{}
	require.NoError(d, d.store.Attach("veto", v, nil))
	return v
}

// ends runs a transaction to one of the ends that it may come to, and reports whether it was
// committed: one time in eight each the floor above refuses or panics, the host changes its
// mind, or the engine panics in the middle of an edit.
func (d *desk) ends(rng *rand.Rand, v *vetoer, fn func(tx *contact.Tx) error) (committed bool) {
	d.Helper()
	switch end := rng.IntN(8); end {
	case 0, 1:
		v.set([]string{"veto", "crash"}[end])
		defer v.set("")
		defer func() { _ = recover() }()
		require.ErrorIs(d, d.store.Update(d.ctx, fn), errVeto)
	case 2:
		require.ErrorIs(d, d.store.Update(d.ctx, func(tx *contact.Tx) error { return errors.Join(fn(tx), errHost) }), errHost)
	case 3:
		defer func() { _ = recover() }()
		d.update(func(tx *contact.Tx) error {
			err := fn(tx)
			segment.Sabotage(tx, rng.IntN(40))
			return err
		})
		return true // the step needed nothing of what it lacks
	default:
		d.update(fn)
		return true
	}
	return false
}
