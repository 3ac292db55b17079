package idset_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/internal/testflags"
)

// storedAgain takes a set through the stored form of its blocks.
func storedAgain(t *testing.T, s *idset.Set) *idset.Set {
	t.Helper()
	var b idset.Builder
	for block := range s.Blocks() {
		data := s.AppendBlock([]byte("x"), block)
		require.Equal(t, s.BlockLen(block) == 0, len(data) == 1)
		if len(data) > 1 {
			require.NoError(t, b.AddStored(block, data[1:]))
		}
	}
	return b.Set()
}

// Sets of every shape come back from their stored blocks.
func TestStored(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(testflags.Seed(t), 2))
			for range 20 {
				ids := model{}
				for range r.IntN(1 + r.IntN(20_000)) {
					ids[shape(r)] = true
				}
				if name != "top" && r.IntN(2) == 0 { // runs with holes
					from := shape(r)
					for range r.IntN(100_000) {
						ids[from] = r.IntN(1000) > 0 || ids[from]
						from++
					}
				}
				for id, in := range ids {
					if !in {
						delete(ids, id)
					}
				}
				requireIDs(t, ids.sorted(), storedAgain(t, idset.FromIDs(ids.sorted()...)))
			}
		})
	}
}

// Each form is taken where it is the shortest.
func TestStoredSize(t *testing.T) {
	block := func(keep func(i int) bool) *idset.Set {
		var ids []uint32
		for i := range idset.BlockSize {
			if keep(i) {
				ids = append(ids, 3*idset.BlockSize+uint32(i))
			}
		}
		return idset.FromIDs(ids...)
	}
	for _, c := range []struct {
		name string
		set  *idset.Set
		want int
	}{
		{"nothing", nil, 0},
		{"all", block(func(int) bool { return true }), 3},
		{"all but the first", block(func(i int) bool { return i > 0 }), 5},
		{"all but some", block(func(i int) bool { return i%100 != 5 }), 3 + 2*656},
		{"some", block(func(i int) bool { return i%100 == 5 }), 3 + 2*656},
		{"one", block(func(i int) bool { return i == 65535 }), 5},
		{"the first part", block(func(i int) bool { return i < 16960 }), 7},
		{"a part in the middle", block(func(i int) bool { return i > 63 && i < 640 }), 7},
		{"runs", block(func(i int) bool { return i%1000 < 500 }), 3 + 4*66},
		{"half of them", block(func(i int) bool { return i%2 == 0 }), 1 + 8192},
	} {
		require.Len(t, c.set.AppendBlock(nil, 3), c.want, c.name)
		require.Empty(t, c.set.AppendBlock(nil, 2), c.name)
		requireIDs(t, slices.Collect(c.set.All()), storedAgain(t, c.set))
	}
}

// offer gives bytes to a builder and reports whether they were taken.
func offer(t *testing.T, data []byte) bool {
	t.Helper()
	var b idset.Builder
	b.AddIDs(0, []uint16{7})
	if err := b.AddStored(1, data); err != nil {
		require.ErrorIs(t, err, idset.ErrStored)
		require.Equal(t, 1, b.Set().Len(), "nothing is added")
		return false
	}
	s := b.Set()
	require.NoError(t, s.Check())
	require.True(t, idset.Equal(s, storedAgain(t, s)))
	return true
}

func TestDamagedStored(t *testing.T) {
	good := [][]byte{
		{1, 2, 0, 1, 0, 5, 0, 9, 0, 9, 0}, {2, 2, 0, 1, 0, 5, 0}, {3, 1, 0, 5, 0}, {3, 0, 0}, {2, 0, 0}, {1, 0, 0},
		append([]byte{4}, make([]byte, 8192)...), {1, 2, 0, 0, 0, 5, 0, 6, 0, 255, 255},
	}
	for _, data := range good {
		require.True(t, offer(t, data), "%.20v", data)
		require.False(t, offer(t, append(slices.Clone(data), 0)), "a byte too many after %.20v", data)
		for n := 0; n < len(data); n += 1 + n/50 {
			require.False(t, offer(t, data[:n:n]), "cut %.20v to %d", data, n)
		}
	}
	for _, data := range [][]byte{
		{}, {0, 0, 0}, {5, 0, 0}, {2, 2, 0, 5, 0, 5, 0}, {2, 2, 0, 6, 0, 5, 0}, {3, 2, 0, 5, 0, 5, 0}, {1, 1, 0, 5, 0, 4, 0},
		{1, 2, 0, 1, 0, 5, 0, 5, 0, 9, 0}, {1, 2, 0, 8, 0, 9, 0, 1, 0, 2, 0},
	} {
		require.False(t, offer(t, data), "%v", data)
	}
	var b idset.Builder
	require.ErrorIs(t, b.AddStored(-1, good[0]), idset.ErrStored)
	require.ErrorIs(t, b.AddStored(idset.BlockSize, good[0]), idset.ErrStored)
}

// FuzzStored offers any bytes as a stored block.
func FuzzStored(f *testing.F) {
	f.Add([]byte{1, 2, 0, 1, 0, 5, 0, 9, 0, 9, 0})
	f.Add([]byte{2, 2, 0, 1, 0, 5, 0})
	f.Add([]byte{3, 1, 0, 5, 0})
	f.Fuzz(func(t *testing.T, data []byte) { offer(t, data) })
}
