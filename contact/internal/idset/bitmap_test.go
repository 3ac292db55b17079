package idset_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/internal/testflags"
)

// TestBitmap converts to roaring and back, also through bytes and with runs.
func TestBitmap(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 7))
	for range testflags.Cases(10) {
		s, m := randomSet(r)
		if r.IntN(3) == 0 {
			var b idset.Builder
			from := r.Uint32N(1 << 18)
			b.AddRange(from, from+r.Uint32N(200_000))
			s = idset.Or(s, b.Set())
			for id := range s.All() {
				m[id] = true
			}
		}
		rb := s.Bitmap()
		require.NoError(t, rb.Validate())
		require.False(t, rb.HasRunCompression())
		require.Equal(t, m.sorted(), rb.ToArray())
		requireIDs(t, m.sorted(), idset.FromBitmap(rb))

		rb.RunOptimize()
		data, err := rb.ToBytes()
		require.NoError(t, err)
		read := roaring.New()
		_, err = read.ReadFrom(bytes.NewReader(data))
		require.NoError(t, err)
		require.True(t, idset.Equal(s, idset.FromBitmap(read)))

		rb = s.Bitmap()
		for id := range uint32(3000) { // the copy belongs to the caller
			rb.Remove(id)
			rb.Add(id + 100_000)
		}
		requireIDs(t, m.sorted(), s)
	}
}

// TestBitmapTop converts sets with the largest ids.
func TestBitmapTop(t *testing.T) {
	var b idset.Builder
	b.AddRange(0, 10)
	b.AddRange(math.MaxUint32-100_000, math.MaxUint32)
	s := b.Set()
	rb := s.Bitmap()
	require.NoError(t, rb.Validate())
	require.Equal(t, uint64(11+100_001), rb.GetCardinality())
	require.True(t, rb.Contains(math.MaxUint32))
	require.True(t, idset.Equal(s, idset.FromBitmap(rb)))
}
