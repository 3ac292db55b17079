package idset_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// TestEmpty calls everything on the nil set and on the zero one.
func TestEmpty(t *testing.T) {
	for _, s := range []*idset.Set{nil, {}} {
		var e version.Epochs
		var words [idset.Words]uint64
		words[5] = 7
		requireIDs(t, nil, s)
		require.False(t, s.Contains(0))
		require.Zero(t, s.BlockLen(0))
		s.Or(0, &words)
		s.AndNot(0, &words)
		require.Equal(t, uint64(7), words[5])
		require.Zero(t, s.AndCount(0, &words))
		s.And(0, &words)
		require.Zero(t, words)
		words[5] = 7
		require.Zero(t, s.Load(0, &words))
		require.Zero(t, words)
		require.Empty(t, s.Keep(0, []uint16{1}))
		require.Equal(t, []uint16{1}, s.Drop(0, []uint16{1}))
		require.Empty(t, s.AppendIDs(0, nil))
		require.Empty(t, slices.Collect(s.From(3)))
		require.Nil(t, s.RemoveSet(&e, idset.FromIDs(1)))
		require.True(t, s.Bitmap().IsEmpty())
		require.True(t, idset.Equal(s, nil))
		require.Nil(t, idset.And(s, s))
		require.Nil(t, idset.Or(s, nil))
		require.Nil(t, idset.AndNot(s, idset.FromIDs(1)))
		require.Nil(t, idset.OrMany([]*idset.Set{s, nil}))
		_, changed := s.Remove(&e, 1)
		require.False(t, changed)
		s, changed = s.Add(&e, math.MaxUint32)
		require.True(t, changed)
		requireIDs(t, []uint32{math.MaxUint32}, s)
		s, changed = s.Remove(&e, math.MaxUint32)
		require.True(t, changed)
		require.Nil(t, s)
	}
	require.Nil(t, idset.FromIDs())
	require.Nil(t, idset.OrMany(nil))
	require.Nil(t, idset.FromBitmap(nil))
	require.Nil(t, idset.FromBitmap(roaring.New()))
}

// TestOutOfRange gives block numbers that no id can have.
func TestOutOfRange(t *testing.T) {
	s := idset.FromIDs(0, 70_000, math.MaxUint32)
	for _, b := range []int{-1, 1 << 16, math.MaxInt, math.MinInt} {
		require.Zero(t, s.BlockLen(b))
		require.Empty(t, s.AppendIDs(b, nil))
		require.Empty(t, s.Keep(b, []uint16{0, 1}))
		var build idset.Builder
		build.AddIDs(b, []uint16{1})
		build.AddWords(b, &[idset.Words]uint64{1}, 1)
		require.Nil(t, build.Set())
	}
	require.Equal(t, 1, s.BlockLen(1<<16-1))
}

// TestBytes bounds the memory of the sets of which a store has thousands.
func TestBytes(t *testing.T) {
	var e version.Epochs
	for _, c := range []struct{ n, most int }{{1, 120}, {50, 304}, {128, 720}, {1000, 3000}} {
		var s *idset.Set
		for i := range c.n {
			s, _ = s.Add(&e, uint32(i*50))
		}
		require.LessOrEqual(t, s.Bytes(), c.most, "%d ids", c.n)
	}
	var s *idset.Set
	for i := range uint32(200_000) {
		s, _ = s.Add(&e, i)
	}
	require.LessOrEqual(t, s.Bytes(), 4*(8192+512))
	for i := range uint32(200_000 - 40) {
		s, _ = s.Remove(&e, i)
	}
	require.NoError(t, s.Check())
	require.LessOrEqual(t, s.Bytes(), 400, "memory goes down with the ids")
	require.Zero(t, (*idset.Set)(nil).Bytes())
}

// TestSharing checks that a change under a snapshot copies no more than it must.
func TestSharing(t *testing.T) {
	var e version.Epochs
	var build idset.Builder
	build.AddRange(0, 1<<20-1)
	s := build.Set()
	old := s
	const changes = 1000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range changes / 2 {
		e.Share()
		s, _ = s.Remove(&e, 100_000)
		e.Share()
		s, _ = s.Add(&e, 100_000)
	}
	runtime.ReadMemStats(&after)
	require.LessOrEqual(t, int(after.TotalAlloc-before.TotalAlloc)/changes, 1600)
	require.Equal(t, 1<<20, old.Len())
	require.True(t, old.Contains(100_000))
}

func TestAllocations(t *testing.T) {
	var build idset.Builder
	build.AddRange(10, 200_000)
	build.AddIDs(9, []uint16{1, 2, 3})
	dense, small := build.Set(), idset.FromIDs(4, 70_000, 150_000)
	var words [idset.Words]uint64
	ids := make([]uint16, 0, idset.BlockSize)
	n := 0
	require.Zero(t, testing.AllocsPerRun(100, func() {
		for _, s := range []*idset.Set{dense, small} {
			n += s.Len() + s.BlockLen(1) + s.Blocks()
			s.Contains(70_000)
			n += s.Load(1, &words)
			s.And(1, &words)
			s.Or(1, &words)
			s.AndNot(1, &words)
			n += s.AndCount(1, &words)
			ids = s.AppendIDs(1, ids[:0])
			ids = s.Keep(1, ids)
			ids = s.Drop(1, ids)
			n += idset.AndLen(dense, s)
			s.Min()
			s.Max()
		}
	}))
	require.Positive(t, n)
}

// randomSet returns a set of one of the shapes and its model.
func randomSet(r *rand.Rand) (*idset.Set, model) {
	m := model{}
	names := []string{"tiny", "small", "sparse", "dense", "border", "mixed"}
	for range 1 + r.IntN(2) {
		shape := shapes[names[r.IntN(len(names))]]
		for range []int{3, 60, 700, 4000}[r.IntN(4)] {
			m[shape(r)] = true
		}
	}
	if r.IntN(4) == 0 {
		return idset.FromIDs(m.sorted()...), m
	}
	var e version.Epochs
	var s *idset.Set
	for id := range m {
		s, _ = s.Add(&e, id)
	}
	return s, m
}

// TestAliasing changes both operands and the result of every operation and looks
// for changes that show elsewhere.
func TestAliasing(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 2))
	for range testflags.Cases(60) {
		var e version.Epochs
		a, ma := randomSet(r)
		b, mb := randomSet(r)
		if r.IntN(2) == 0 {
			a.RemoveSet(&e, nil)
			e.Share() // some pieces of the operands are no longer owned
			for _, id := range []uint32{1, 65_536, 140_000} {
				a, _ = a.Add(&e, id)
				ma[id] = true
			}
		}
		res := []*idset.Set{
			idset.And(a, b), idset.Or(a, b), idset.AndNot(a, b), idset.OrMany([]*idset.Set{a, b}),
			idset.Or(a, nil), idset.OrMany([]*idset.Set{a}),
			idset.FromIDs(1, 70_000).AddSet(&e, a), (*idset.Set)(nil).AddSet(&e, a),
			idset.Or(b, nil).AddSet(&e, a).RemoveSet(&e, b),
		}
		want := make([][]uint32, len(res))
		for i, s := range res {
			want[i] = slices.Collect(s.All())
		}
		scramble := func(s *idset.Set, m model) *idset.Set {
			for range 300 {
				id := r.Uint32N(1 << 18)
				if m != nil && r.IntN(2) == 0 {
					for id = range m {
						break
					}
				}
				if r.IntN(2) == 0 {
					s, _ = s.Add(&e, id)
				} else {
					s, _ = s.Remove(&e, id)
				}
			}
			return s
		}
		scramble(a, ma)
		scramble(b, mb)
		for i, s := range res {
			require.NoError(t, s.Check())
			require.Equal(t, want[i], slices.Collect(s.All()), "result %d follows an operand", i)
		}
		for i := range res {
			scramble(res[i], nil)
			for k := i + 1; k < len(res); k++ {
				require.Equal(t, want[k], slices.Collect(res[k].All()), "result %d follows result %d", k, i)
			}
		}
	}
}

// A thin set far up is kept as one list for longer: when all its ids lie in one
// block, that block is dense at once.
func TestSpreadOneBlock(t *testing.T) {
	var e version.Epochs
	var s *idset.Set
	for id := range uint32(1100) {
		s, _ = s.Add(&e, math.MaxUint32-id*3)
		require.NoError(t, s.Check())
	}
	require.Equal(t, 1100, s.Len())
	require.Equal(t, 1100, idset.AndLen(s, s))
}
