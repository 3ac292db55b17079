package segment

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

// TestHandleTable puts and drops at random and compares with a map.
func TestHandleTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 12))
	for _, n := range []int{10, 5000, 20_000} { // 5000 lie some 20 in a shard
		h, want := &handles{}, map[string]ID{}
		for i := range 6 * n {
			handle := fmt.Sprint("h", rng.IntN(n))
			if more := 5 - i/n; rng.IntN(5) < more {
				want[handle] = ID(1 + rng.IntN(1000))
				h.put(handle, want[handle])
			} else {
				delete(want, handle)
				h.drop(handle)
			}
			require.Equal(t, want[handle], h.find(handle))
			other := fmt.Sprint("h", rng.IntN(n))
			require.Equal(t, want[other], h.find(other))
			if i%n == 0 {
				require.Equal(t, want, maps.Collect(h.all()))
				require.Equal(t, len(want), h.len())
			}
		}
		for handle := range want {
			h.drop(handle)
			require.Zero(t, h.find(handle))
		}
		require.Zero(t, h.len())
		require.Empty(t, maps.Collect(h.all()))
		for i := range h.shards {
			require.Equal(t, make([]handleSlot, len(h.shards[i].slots)), append([]handleSlot{}, h.shards[i].slots...), "nothing stays behind")
		}
	}
}

// After a version was published, an edit that makes or deletes a segment copies one shard of
// the handles, and any other edit none.
func TestEditsCopyFewHandles(t *testing.T) {
	store, err := contact.New(contact.MustSchema(contact.Number("points")), nil)
	require.NoError(t, err)
	defer store.Close()
	e, err := New(store, nil)
	require.NoError(t, err)
	ctx := context.Background()
	require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error {
		for i := range 3000 {
			if _, err := e.In(tx).Create(Definition{Name: fmt.Sprint("s", i)}); err != nil {
				return err
			}
		}
		return nil
	}))
	copied := func(do func() error) (n int) {
		t.Helper()
		v := store.View()
		before, names := rootOf(v).handles, maps.Collect(rootOf(v).handles.all())
		require.NoError(t, do())
		after := rootOf(store.View()).handles
		for i := range before.shards {
			if unsafe.SliceData(before.shards[i].slots) != unsafe.SliceData(after.shards[i].slots) {
				n++
			}
		}
		require.Equal(t, names, maps.Collect(before.all()))
		return n
	}
	require.Equal(t, 1, copied(func() error { _, err := e.Create(ctx, Definition{Name: "x"}); return err }))
	require.Equal(t, 1, copied(func() error { _, err := e.Delete(ctx, "x"); return err }))
	require.Zero(t, copied(func() error { _, err := e.Change(ctx, "s7", Definition{Name: "seven"}); return err }))
	require.Zero(t, copied(func() error { return e.Rename(ctx, "s7", "again") }))
	require.Zero(t, copied(func() error { return e.Use(ctx, "form: x", "s7") }))
	require.Zero(t, copied(func() error { _, err := e.Add(ctx, "s7", 1); return err }))
}

// Without any handles there is none, and nobody has to make them first.
func TestNoHandles(t *testing.T) {
	for _, h := range []*handles{nil, {}} {
		require.Zero(t, h.find("s"))
		require.Zero(t, h.find(""))
		require.Zero(t, h.len())
		require.Empty(t, maps.Collect(h.all()))
	}
	(&handles{}).drop("s")
}
