package index

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/internal/testflags"
)

// TestNumbersModel counts uses in and out at random and looks for the next number from
// everywhere, beside a plain map.
func TestNumbersModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	for range testflags.Cases(20) {
		var s numbers
		uses := map[float64]int{}
		spread := []int{5, 100, 5000}[rng.IntN(3)]
		growing := true
		for step := range testflags.Steps(6000) {
			if step%2000 == 0 {
				growing = !growing || rng.IntN(2) == 0
			}
			at := float64(rng.IntN(spread)-spread/2) / 4
			n := 1 + rng.IntN(3)
			if uses[at] > 0 && (!growing || rng.IntN(4) == 0) {
				if n = -n; uses[at]+n < 0 {
					n = -uses[at]
				}
			} else if !growing && rng.IntN(4) > 0 {
				continue
			}
			s.count(at, n)
			if uses[at] += n; uses[at] == 0 {
				delete(uses, at)
			}
			if step%500 == 0 {
				checkNumbers(t, rng, &s, uses, spread)
			}
		}
		for _, at := range slices.Sorted(maps.Keys(uses)) {
			s.count(at, -uses[at])
		}
		checkNumbers(t, rng, &s, nil, spread)
		require.Empty(t, s.pages)
	}
}

func checkNumbers(t *testing.T, rng *rand.Rand, s *numbers, uses map[float64]int, spread int) {
	require.Equal(t, len(uses), s.n)
	sorted := slices.Sorted(maps.Keys(uses))
	for range 100 {
		from := float64(rng.IntN(spread+2)-spread/2)/4 - .125*float64(rng.IntN(2))
		switch rng.IntN(20) {
		case 0:
			from = math.Inf(-1)
		case 1:
			from = math.Inf(1)
		}
		to := from + float64(rng.IntN(8))/4
		i, _ := slices.BinarySearch(sorted, from)
		require.Equal(t, i < len(sorted) && sorted[i] <= to, s.meets(from, to), "%v to %v", from, to)
	}
	at := 0
	for _, p := range s.pages {
		require.LessOrEqual(t, len(p.keys), mostNumbers)
		for i, key := range p.keys {
			require.Equal(t, keyOf(sorted[at]), key)
			require.EqualValues(t, uses[sorted[at]], p.uses[i])
			at++
		}
	}
}

// Keys are in the order of the numbers.
func TestKeyOf(t *testing.T) {
	list := []float64{math.Inf(-1), -math.MaxFloat64, -2, -1, -math.SmallestNonzeroFloat64, 0, math.SmallestNonzeroFloat64, 1, 1.5, math.MaxFloat64, math.Inf(1)}
	for i := range list[1:] {
		require.Less(t, keyOf(list[i]), keyOf(list[i+1]))
	}
	require.Equal(t, keyOf(0), keyOf(math.Copysign(0, -1)))
}
