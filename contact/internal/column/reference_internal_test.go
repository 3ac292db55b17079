package column

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// TestReferences gives rows references at random, and compares who has any of some
// with what was given, for few and for many of them, also after storing and loading.
func TestReferences(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	for _, last := range []uint32{1, 40, 3000, 70_000} {
		e := new(version.Epochs)
		one, many := NewReference().Writable(e), NewReferences().Writable(e)
		has := make(map[uint32][]uint32)
		first := make(map[uint32]uint32)
		for range 3000 {
			row := 1 + uint32(r.IntN(70_000))
			codes := make([]uint32, r.IntN(4))
			for i := range codes {
				codes[i] = 1 + uint32(r.IntN(int(last)))
			}
			slices.Sort(codes)
			codes = slices.Compact(codes)
			many.Set(e, row, codes)
			if len(codes) > 0 {
				one.Set(e, row, codes[0])
				first[row], has[row] = codes[0], codes
			} else {
				one.Unset(e, row)
				delete(first, row)
				delete(has, row)
			}
		}
		checkReferences(t, r, one, many, last, first, has)
		loadOne, loadMany := NewReferenceLoader(e, last), NewReferencesLoader(e, last)
		for block := range 2 {
			if b := one.AppendBlock(nil, block); b != nil {
				require.NoError(t, loadOne.Block(block, b))
			}
			if b := many.AppendBlock(nil, block); b != nil {
				require.NoError(t, loadMany.Block(block, b))
			}
		}
		checkReferences(t, r, loadOne.Done(), loadMany.Done(), last, first, has)
		require.Positive(t, one.Bytes()+many.Bytes())
	}
}

func checkReferences(t *testing.T, r *rand.Rand, one *Choice, many *Choices, last uint32, first map[uint32]uint32, has map[uint32][]uint32) {
	t.Helper()
	require.Equal(t, len(has), many.Present().Len())
	for _, share := range []int{1, 2, 50} { // the last of them few
		var b idset.Builder
		wanted := make(map[uint32]bool)
		for code := uint32(1); code <= last; code++ {
			if r.IntN(share) == 0 {
				wanted[code] = true
				b.AddRange(code, code)
			}
		}
		codes := b.Set()
		var wantOne, wantMany []uint32
		for _, row := range slices.Sorted(maps.Keys(has)) {
			if wanted[first[row]] {
				wantOne = append(wantOne, row)
			}
			if slices.ContainsFunc(has[row], func(code uint32) bool { return wanted[code] }) {
				wantMany = append(wantMany, row)
			}
		}
		require.Equal(t, wantOne, slices.Collect(one.Rows(codes).All()))
		require.Equal(t, wantMany, slices.Collect(many.Rows(codes).All()))
		require.Equal(t, wantOne, slices.Collect(one.options.union(codes).All()))
		require.Equal(t, wantMany, slices.Collect(many.options.union(codes).All()))
	}
}

// TestReferenceLoaderRefuses what no store has written: a reference beyond the last.
func TestReferenceLoaderRefuses(t *testing.T) {
	e := new(version.Epochs)
	one, many := NewReference().Writable(e), NewReferences().Writable(e)
	one.Set(e, 1, 8)
	many.Set(e, 1, []uint32{8})
	require.ErrorIs(t, NewReferenceLoader(e, 7).Block(0, one.AppendBlock(nil, 0)), ErrStored)
	require.ErrorIs(t, NewReferencesLoader(e, 7).Block(0, many.AppendBlock(nil, 0)), ErrStored)
}
