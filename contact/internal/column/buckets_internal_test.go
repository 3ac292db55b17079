package column

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// checkBuckets compares buckets with the rows they must have by key, and looks at the
// nodes.
func checkBuckets(t *testing.T, b *buckets, want map[uint64]uint32) {
	t.Helper()
	keys := slices.Sorted(maps.Keys(want))
	require.Equal(t, len(keys), b.n)
	at := 0
	b.from(0, func(key uint64, n uint32) bool {
		require.Equal(t, keys[at], key)
		require.Equal(t, want[key], n)
		at++
		return true
	})
	require.Equal(t, len(keys), at)
	lo, hi, ok := b.ends()
	require.Equal(t, len(keys) > 0, ok)
	if ok {
		require.Equal(t, [2]uint64{keys[0], keys[len(keys)-1]}, [2]uint64{lo, hi})
	}
	for r, entry := range b.root {
		require.NotZero(t, entry.branch.n)
		require.True(t, r < 2 || b.root[r-1].low < entry.low)
		for i, l := range entry.branch.vals {
			require.Equal(t, i < entry.branch.n, l != nil)
			require.True(t, l == nil || l.n > 0 && l.n <= nodeKeys)
		}
	}
}

// Keys that come and go in every pattern, with snapshots that stay what they were.
func TestBuckets(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 5))
	for _, draw := range []func(i int) uint64{
		func(int) uint64 { return r.Uint64N(40) },
		func(int) uint64 { return r.Uint64N(20_000) },
		func(int) uint64 { return r.Uint64() },
		func(i int) uint64 { return uint64(i) },
		func(i int) uint64 { return math.MaxUint64 - uint64(i) },
		func(i int) uint64 { return uint64(i%7)<<40 + uint64(i) },
	} {
		var b, snapshot buckets
		e, want, seen := new(version.Epochs), map[uint64]uint32{}, map[uint64]uint32{}
		var keys []uint64
		const steps = 30_000
		for i := range steps {
			grows := i < steps/2 || i%5 == 0 // and then shrinks
			if grows || len(keys) == 0 {
				key := draw(i)
				n := 1 + r.Uint32N(3)
				b.add(e, key, n)
				if want[key] == 0 {
					keys = append(keys, key)
				}
				want[key] += n
			} else {
				k := r.IntN(len(keys))
				key := keys[k]
				require.True(t, b.remove(e, key))
				if want[key]--; want[key] == 0 {
					delete(want, key)
					keys[k] = keys[len(keys)-1]
					keys = keys[:len(keys)-1]
					require.False(t, b.remove(e, key))
				}
			}
			if i%3000 == 0 {
				checkBuckets(t, &b, want)
				checkBuckets(t, &snapshot, seen)
				e.Share()
				snapshot, seen = b, maps.Clone(want)
			}
			if i%100 == 0 {
				from := draw(r.IntN(i + 1))
				b.from(from, func(key uint64, _ uint32) bool {
					require.GreaterOrEqual(t, key, from)
					_, found := want[key]
					require.True(t, found)
					if key > from {
						_, found = want[from]
						require.False(t, found, "skipped")
					}
					return false
				})
			}
		}
		for len(keys) > 0 {
			if b.remove(e, keys[0]); want[keys[0]] > 1 {
				want[keys[0]]--
				continue
			}
			delete(want, keys[0])
			keys = keys[1:]
		}
		checkBuckets(t, &b, want)
	}
}
