package column

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// Rows come and go any number of times, and versions that are held stay as they are.
func TestRowsetsModel(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	type pair struct{ code, row uint32 }
	type held struct {
		sets  Rowsets
		pairs map[pair]bool
	}
	var e version.Epochs
	var sets Rowsets
	pairs := map[pair]bool{}
	var versions []held
	for range testflags.Steps(30) {
		for range 300 {
			p := pair{uint32(r.IntN(1 + r.IntN(200))), randomRow(r)}
			if r.IntN(3) > 0 {
				sets.Add(&e, p.code, p.row)
				pairs[p] = true
			} else {
				for q := range pairs {
					if r.IntN(2) == 0 {
						p = q
					}
					break
				}
				sets.Remove(&e, p.code, p.row)
				delete(pairs, p)
			}
		}
		kept := map[pair]bool{}
		for p := range pairs {
			kept[p] = true
		}
		versions = append(versions, held{sets, kept})
		e.Share()
		if len(versions) > 3 {
			versions = versions[1:]
		}
		for _, v := range versions {
			for code := range uint32(200) {
				var want []uint32
				for p := range v.pairs {
					if p.code == code {
						want = append(want, p.row)
					}
				}
				slices.Sort(want)
				require.Equal(t, want, slices.Collect(v.sets.Set(code).All()))
				require.Equal(t, len(want), v.sets.Len(code))
				p := pair{code, randomRow(r)}
				require.Equal(t, v.pairs[p], v.sets.Contains(code, p.row))
			}
		}
	}
	require.Positive(t, sets.Bytes())
}

// A row that has several of the codes is in their union once.
func TestRowsetsUnion(t *testing.T) {
	var e version.Epochs
	var sets Rowsets
	require.Nil(t, sets.Union(nil, 0))
	require.Nil(t, sets.Union([]uint32{1, 2}, 0))
	want := map[uint32]bool{}
	for code := uint32(1); code < 60; code++ {
		for i := range code * 7 {
			row := 1 + i*i*code%5000*40
			sets.Add(&e, code, row)
			want[row] = true
		}
	}
	sets.Add(&e, 61, 3)
	sets.Add(&e, 62, 3)
	want[3] = true
	var codes []uint32
	for code := range uint32(70) {
		codes = append(codes, code)
	}
	union := sets.Union(codes, 4)
	require.Equal(t, len(want), union.Len())
	for row := range want {
		require.True(t, union.Contains(row))
	}
	require.True(t, idset.Equal(sets.Set(5), sets.Union([]uint32{5}, 4)))
	require.Equal(t, 1, sets.Union([]uint32{61, 62, 63}, 4).Len())
}
