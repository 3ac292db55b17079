package segment_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// A handle made from a name has the first number that makes it unique, whatever handles came
// and went before, in transactions that were committed or not.
func TestHandlesOfOneName(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 14))
	d := newDesk(t, nil)
	veto := d.vetoer()
	now := map[string]bool{}
	first := func(handles map[string]bool, base string) string {
		handle := base
		for n := 2; handles[handle]; n++ {
			handle = fmt.Sprint(base, "_", n)
		}
		return handle
	}
	for range testflags.Steps(400) {
		next := maps.Clone(now)
		edit := func(tx *contact.Tx) error {
			for range 1 + rng.IntN(6) {
				switch all := slices.Sorted(maps.Keys(next)); {
				case len(all) > 0 && rng.IntN(5) < 2:
					handle := all[rng.IntN(len(all))]
					_, err := d.eng.In(tx).Delete(handle)
					require.NoError(t, err)
					delete(next, handle)
				case rng.IntN(6) == 0: // a number that a host has given
					handle := fmt.Sprint("s_", rng.IntN(60))
					if _, err := d.eng.In(tx).Create(definition(handle, "")); err == nil {
						next[handle] = true
					}
				default:
					def := definition("", "")
					def.Name = []string{"s", "S", "s 2", "s!", "t"}[rng.IntN(5)]
					base := map[string]string{"s": "s", "S": "s", "s 2": "s_2", "s!": "s", "t": "t"}[def.Name]
					made, err := d.eng.In(tx).Create(def)
					require.NoError(t, err)
					require.Equal(t, first(next, base), made.Handle, "%v", all)
					next[made.Handle] = true
				}
			}
			_, err := tx.Insert(nil) // so that there is something to commit
			return err
		}
		if d.ends(rng, veto, edit) {
			now = next
		}
		if rng.IntN(3) == 0 {
			_ = d.store.View()
		}
	}
}

// A transaction that is over leaves no trace in the handles that others are given.
func TestHandleTooLate(t *testing.T) {
	d := newDesk(t, nil)
	create := func() string {
		made, err := d.eng.Create(d.ctx, segment.Definition{Name: "s"})
		require.NoError(t, err)
		return made.Handle
	}
	require.Equal(t, []string{"s", "s_2", "s_3"}, []string{create(), create(), create()})
	var late segment.Tx
	d.update(func(tx *contact.Tx) error {
		late = d.eng.In(tx)
		return late.Rename("s", "S")
	})
	_ = d.store.View()
	_, err := d.eng.Delete(d.ctx, "s_2")
	require.NoError(t, err)
	_, err = late.Create(segment.Definition{Name: "s"})
	require.ErrorIs(t, err, contact.ErrTxDone)
	require.Equal(t, []string{"s_2", "s_4"}, []string{create(), create()})
}
