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
		for _, few := range []bool{true, false} {
			checkReferring(t, r, func() Test { return one.Referring(codes) }, wantOne, few)
			checkReferring(t, r, func() Test { return many.Referring(codes) }, wantMany, few)
		}
	}
}

// checkReferring asks in every form, with and without the sets of the options.
func checkReferring(t *testing.T, r *rand.Rand, ask func() Test, want []uint32, few bool) {
	t.Helper()
	test := func() Test {
		c := ask()
		c.(*referenceTest).few = few
		return c
	}
	set, ok := test().Set()
	require.True(t, ok)
	require.Equal(t, want, slices.Collect(set.All()))
	if n, ok := test().Count(); ok {
		require.Equal(t, len(want), n)
	}
	require.GreaterOrEqual(t, test().Estimate(), 0)
	for block := range 2 {
		var words, all [idset.Words]uint64
		for i := range words {
			words[i] = r.Uint64()
		}
		var ids []uint16
		for i, w := range words {
			for k := range 64 {
				if w>>k&1 != 0 && i < 20 {
					ids = append(ids, uint16(i*64+k))
				}
			}
		}
		is := func(id int) bool { return set.Contains(uint32(block<<blockBits | id)) }
		if _, ok := test().Load(block, &all); ok {
			for id := range idset.BlockSize {
				if is(id) != (all[id>>6]>>(id&63)&1 != 0) {
					t.Fatalf("row %d of block %d is loaded wrongly", id, block)
				}
			}
		}
		for _, neg := range []bool{false, true} {
			kept := words
			test().Keep(block, &kept, neg)
			for id := range idset.BlockSize {
				if want := words[id>>6]>>(id&63)&1 != 0 && is(id) != neg; want != (kept[id>>6]>>(id&63)&1 != 0) {
					t.Fatalf("row %d of block %d: neg %v, want %v", id, block, neg, want)
				}
			}
			list := test().KeepIDs(block, slices.Clone(ids), neg)
			wantIDs := slices.DeleteFunc(slices.Clone(ids), func(id uint16) bool { return is(int(id)) == neg })
			require.True(t, slices.Equal(wantIDs, list))
		}
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

// A number that is too large even for twice the width of those before it is kept whole.
func TestReferenceFarAway(t *testing.T) {
	for _, codes := range [][]uint32{{70_000}, {1, 70_000}, {1, 300, 70_000}, {255, 65_536}, {70_000, 1}} {
		e := new(version.Epochs)
		one := NewReference().Writable(e)
		for i, code := range codes {
			one.Set(e, uint32(i+1), code)
		}
		for i, code := range codes {
			require.Equal(t, code, one.Code(uint32(i+1)), "%v", codes)
		}
	}
}
