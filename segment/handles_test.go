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

// A version keeps the handles that it had, whatever is made, deleted and made again after
// it, and what comes to nothing leaves none behind.
func TestHandlesOfVersions(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 11))
	d := newDesk(t, nil)
	veto := d.vetoer()
	type version struct {
		view  *contact.View
		names map[string]segment.ID
	}
	var held []version
	now := map[string]segment.ID{}
	for range testflags.Steps(300) {
		next, done := maps.Clone(now), false
		edit := func(tx *contact.Tx) error {
			for range 1 + rng.IntN(20) {
				handle := fmt.Sprint("h", rng.IntN(600))
				id, there := next[handle]
				var err error
				switch made := (segment.Segment{}); {
				case !there:
					if made, err = d.eng.In(tx).Create(definition(handle, "")); err == nil {
						next[handle] = made.ID
					}
				case rng.IntN(3) > 0:
					if _, err = d.eng.In(tx).Delete(handle); err == nil {
						delete(next, handle)
					}
				default:
					require.NotZero(t, id)
					err = d.eng.In(tx).Rename(handle, fmt.Sprint("name ", rng.IntN(9)))
				}
				if err != nil {
					return err
				}
			}
			done = true
			return nil
		}
		if d.ends(rng, veto, edit) {
			now = next
		}
		require.True(t, done)
		if rng.IntN(4) == 0 {
			held = append(held, version{d.store.View(), maps.Clone(now)})
		}
		if len(held) > 6 {
			held = slices.Delete(held, 0, 1)
		}
		for _, v := range append(held, version{d.store.View(), now})[rng.IntN(len(held)+1):] {
			checkHandles(t, d.eng.At(v.view), v.names, fmt.Sprint("h", rng.IntN(600)))
		}
	}
}

// checkHandles compares the handles of a version with what they are to be, and looks for one
// that may be none.
func checkHandles(t *testing.T, m segment.Members, want map[string]segment.ID, handle string) {
	t.Helper()
	got := map[string]segment.ID{}
	for _, s := range m.List() {
		got[s.Handle] = s.ID
	}
	require.Equal(t, want, got)
	for handle, id := range want {
		s, err := m.Get(handle)
		require.NoError(t, err)
		require.Equal(t, id, s.ID)
	}
	if _, there := want[handle]; !there {
		_, err := m.Get(handle)
		require.ErrorAs(t, err, new(*segment.UnknownError))
	}
}
