package column

import (
	"fmt"
	"maps"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/internal/testflags"
)

func sorted(x []float64) []float64 {
	x = slices.Clone(x)
	slices.Sort(x)
	return x
}

// rowsWhere returns the rows whose value passes.
func rowsWhere[V any](values map[uint32]V, passes func(V) bool) (rows []uint32) {
	for row, x := range values {
		if passes(x) {
			rows = append(rows, row)
		}
	}
	return rows
}

// checkTest compares a test with the rows that must pass: by bitmap and by list,
// straight and negated, each block in some density of candidates.
func checkTest(t *testing.T, r *rand.Rand, name string, test Test, rows []uint32) {
	t.Helper()
	const blocks = 5 // one more than any row is in
	want := make([][idset.Words]uint64, blocks)
	for _, row := range rows {
		want[row>>blockBits][row%blockRows/64] |= 1 << (row % 64)
	}
	densities := []int{0, 1, 3, 40, 64} // candidates of 64
	for block := range want {
		if r.IntN(2) == 0 { // half of them each time
			continue
		}
		name := fmt.Sprintf("%s in block %d", name, block)
		checkBlock(t, name, test, block, candidates(r, densities[r.IntN(len(densities))]), &want[block])
		var words [idset.Words]uint64
		words[7] = 7
		if n, ok := test.Load(block, &words); ok {
			require.True(t, want[block] == words, "%s, loaded", name)
			if n >= 0 {
				require.Len(t, list(&words), n, name)
			}
		} else {
			require.Equal(t, uint64(7), words[7])
		}
	}
	if n, ok := test.Count(); ok {
		require.Equal(t, len(rows), n, name)
	}
	if set, ok := test.Set(); ok {
		require.Equal(t, len(rows), set.Len(), name)
		for _, row := range rows {
			require.True(t, set.Contains(row), name)
		}
	}
	require.GreaterOrEqual(t, test.Estimate(), 0)
}

func checkBlock(t *testing.T, name string, test Test, block int, words, want *[idset.Words]uint64) {
	t.Helper()
	for _, neg := range []bool{false, true} {
		var left [idset.Words]uint64
		for i, w := range words {
			left[i] = w & want[i]
			if neg {
				left[i] = w &^ want[i]
			}
		}
		ids := test.KeepIDs(block, list(words), neg)
		if !slices.Equal(list(&left), ids) {
			require.Equal(t, list(&left), ids, "list of %s, negated %v", name, neg)
		}
		got := *words
		test.Keep(block, &got, neg)
		if got != left {
			require.Equal(t, list(&left), list(&got), "bitmap of %s, negated %v", name, neg)
		}
	}
}

func candidates(r *rand.Rand, density int) *[idset.Words]uint64 {
	words := new([idset.Words]uint64)
	for i := range words {
		switch {
		case density == 64:
			words[i] = ^uint64(0)
		case density == 1 && r.IntN(4) > 0:
		default:
			for range density {
				words[i] |= 1 << r.IntN(64)
			}
		}
	}
	if density > 0 { // the edges of pages and of the block
		words[0] |= 3
		words[pageWords-1] |= 1 << 63
		words[pageWords] |= 1
		words[idset.Words-1] |= 1 << 63
	}
	return words
}

func list(words *[idset.Words]uint64) []uint16 {
	ids := make([]uint16, 0, 64)
	for i, w := range words {
		for ; w != 0; w &= w - 1 {
			ids = append(ids, uint16(i*64+bits.TrailingZeros64(w)))
		}
	}
	return ids
}

// TestSetTests compares the tests made of sets with a naive answer.
func TestSetTests(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	some := func(n int) (*idset.Set, map[uint32]bool) {
		rows := make(map[uint32]bool)
		for range n {
			row := uint32(r.IntN(3 * blockRows))
			if r.IntN(5) == 0 {
				row = randomRow(r)
			}
			rows[row] = true
		}
		return idset.FromIDs(slices.Collect(maps.Keys(rows))...), rows
	}
	for _, n := range []int{0, 1, 50, 3000, 100_000} {
		a, inA := some(n)
		b, inB := some(n/2 + 1)
		c, inC := some(2000)
		all := make(map[uint32]uint32) // every row there is
		for _, rows := range []map[uint32]bool{inA, inB, inC} {
			for row := range rows {
				all[row] = row
			}
		}
		check := func(name string, test Test, passes func(row uint32) bool) {
			t.Helper()
			checkTest(t, r, fmt.Sprint(name, " of ", n), test, rowsWhere(all, passes))
		}
		check("in", In(a), func(row uint32) bool { return inA[row] })
		check("without", Without(a, idset.And(a, c)), func(row uint32) bool { return inA[row] && !inC[row] })
		check("without nothing", Without(a, nil), func(row uint32) bool { return inA[row] })
		check("any of two", Any([]*idset.Set{a, b}, false), func(row uint32) bool { return inA[row] || inB[row] })
		check("any of three", Any([]*idset.Set{a, b, c}, false), func(row uint32) bool { return inA[row] || inB[row] || inC[row] })
		check("any apart", Any([]*idset.Set{a, idset.AndNot(b, a)}, true), func(row uint32) bool { return inA[row] || inB[row] })
		check("all of two", All([]*idset.Set{a, b}), func(row uint32) bool { return inA[row] && inB[row] })
		check("all of three", All([]*idset.Set{a, b, c}), func(row uint32) bool { return inA[row] && inB[row] && inC[row] })
		check("all of one", All([]*idset.Set{a}), func(row uint32) bool { return inA[row] })
		check("all with nobody", All([]*idset.Set{a, nil, c}), func(uint32) bool { return false })
	}
	checkTest(t, r, "any of none", Any(nil, false), nil)
	checkTest(t, r, "in nothing", In(nil), nil)
}
