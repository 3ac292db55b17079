package idset_test

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// inBlock returns the ids of a block, relative to its first.
func inBlock(ids []uint32, b int) []uint16 {
	var low []uint16
	for _, id := range ids {
		if int(id>>16) == b {
			low = append(low, uint16(id))
		}
	}
	return low
}

func toWords(ids []uint16) (words [idset.Words]uint64) {
	for _, id := range ids {
		words[id/64] |= 1 << (id % 64)
	}
	return words
}

// TestKernels compares every block operation with the same on lists of ids.
func TestKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 3))
	for range testflags.Cases(150) {
		s, m := randomSet(r)
		_, other := randomSet(r)
		ids, otherIDs := m.sorted(), other.sorted()
		for b := range 4 {
			mine, ext := inBlock(ids, b), inBlock(otherIDs, b)
			if r.IntN(3) == 0 && len(ext) > 0 {
				ext = ext[:1+r.IntN(len(ext))]
			}
			requireKernels(t, s, b, mine, ext)
		}
	}
}

func requireKernels(t *testing.T, s *idset.Set, b int, mine, ext []uint16) {
	t.Helper()
	my, in := toWords(mine), toWords(ext)
	var and, or, not [idset.Words]uint64
	both := 0
	for i := range my {
		and[i], or[i], not[i] = in[i]&my[i], in[i]|my[i], in[i]&^my[i]
		both += bits.OnesCount64(and[i])
	}
	got := in
	require.Equal(t, both, s.AndCount(b, &got))
	require.True(t, got == in, "AndCount writes")
	s.And(b, &got)
	require.True(t, got == and, "And")
	got = in
	s.Or(b, &got)
	require.True(t, got == or, "Or")
	got = in
	s.AndNot(b, &got)
	require.True(t, got == not, "AndNot")
	require.Equal(t, len(mine), s.Load(b, &got))
	require.True(t, got == my, "Load")
	require.Equal(t, len(mine), s.BlockLen(b))
	require.Equal(t, append([]uint16{9}, mine...), s.AppendIDs(b, []uint16{9}))
	kept := s.Keep(b, slices.Clone(ext))
	require.Equal(t, both, len(kept))
	require.True(t, toWords(kept) == and, "Keep")
	require.True(t, slices.IsSorted(kept), "Keep")
	dropped := s.Drop(b, slices.Clone(ext))
	require.Equal(t, len(ext)-both, len(dropped))
	require.True(t, toWords(dropped) == not, "Drop")
	require.True(t, slices.IsSorted(dropped), "Drop")
}

// TestAlgebra compares the set algebra with maps, on sets in every form.
func TestAlgebra(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 4))
	for range testflags.Cases(80) {
		a, ma := randomSet(r)
		b, mb := randomSet(r)
		if r.IntN(4) == 0 { // let them have blocks in common
			a = idset.Or(a, nil)
			b = idset.Or(a, b)
			for id := range ma {
				mb[id] = true
			}
		}
		and, or, not := model{}, model{}, model{}
		for id := range ma {
			or[id] = true
			if mb[id] {
				and[id] = true
			} else {
				not[id] = true
			}
		}
		for id := range mb {
			or[id] = true
		}
		requireIDs(t, and.sorted(), idset.And(a, b))
		requireIDs(t, or.sorted(), idset.Or(a, b))
		requireIDs(t, not.sorted(), idset.AndNot(a, b))
		require.Equal(t, len(and), idset.AndLen(a, b))
		require.Equal(t, len(and), idset.AndLen(b, a))
		require.Equal(t, len(and) == len(or), idset.Equal(a, b))
		requireIDs(t, ma.sorted(), a)
		requireIDs(t, mb.sorted(), b)

		var e version.Epochs
		sum := (*idset.Set)(nil).AddSet(&e, a).AddSet(&e, b)
		requireIDs(t, or.sorted(), sum)
		require.True(t, idset.Equal(sum, idset.Or(b, a)))
		require.True(t, idset.Equal(idset.AndNot(a, b), sum.RemoveSet(&e, b)))
	}
}

// TestOrMany unites different numbers of sets of mixed forms.
func TestOrMany(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 5))
	for range testflags.Cases(40) {
		all := model{}
		sets := make([]*idset.Set, r.IntN(12))
		for i := range sets {
			s, m := randomSet(r)
			sets[i] = s
			for id := range m {
				all[id] = true
			}
		}
		requireIDs(t, all.sorted(), idset.OrMany(sets))
	}
}

// TestEqualForms compares sets of the same ids that are kept in different forms.
func TestEqualForms(t *testing.T) {
	var e version.Epochs
	var grown *idset.Set
	for id := range uint32(3000) {
		grown, _ = grown.Add(&e, id)
	}
	for id := uint32(3000); id > 600; id-- {
		grown, _ = grown.Remove(&e, id-1)
	}
	built := idset.FromIDs(slices.Collect(grown.All())...)
	require.NotEqual(t, grown.Bytes(), built.Bytes(), "the forms should differ")
	require.True(t, idset.Equal(grown, built))
	require.True(t, idset.Equal(built, grown))
	built, _ = built.Remove(&e, 17)
	require.False(t, idset.Equal(grown, built))
	built, _ = built.Add(&e, 1_000_000)
	require.False(t, idset.Equal(grown, built))
}

// TestBuilder gives blocks in order, out of order and twice.
func TestBuilder(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 6))
	for range testflags.Cases(25) {
		var b idset.Builder
		want := model{}
		for range r.IntN(8) {
			block := r.IntN(5)
			switch r.IntN(4) {
			case 0:
				from := r.Uint32N(1 << 18)
				to := from + r.Uint32N(100_000)
				b.AddRange(from, to)
				for id := from; id <= to; id++ {
					want[id] = true
				}
				b.AddRange(to, from-1)
			case 1:
				_, m := randomSet(r)
				low := inBlock(m.sorted(), 0)
				b.AddIDs(block, low)
				addLow(want, block, low)
			default:
				_, m := randomSet(r)
				low := inBlock(m.sorted(), 0)
				words := toWords(low)
				b.AddWords(block, &words, []int{-1, len(low)}[r.IntN(2)])
				addLow(want, block, low)
			}
		}
		requireIDs(t, want.sorted(), b.Set())
		require.Nil(t, b.Set(), "a builder starts again")
	}
}

func addLow(m model, block int, low []uint16) {
	for _, id := range low {
		m[uint32(block)<<16|uint32(id)] = true
	}
}
