package filter

import (
	"testing"

	"github.com/stretchr/testify/require"

	_ "github.com/rosterdb/roster/internal/testflags"
)

// A set has what was added, few or many.
func TestDistinctSet(t *testing.T) {
	var seen distinctSet[int]
	for i := range 3 * fewDistinct {
		require.False(t, seen.has(i))
		seen.add(i)
		for j := range 4 * fewDistinct {
			require.Equal(t, j <= i, seen.has(j), "%d of %d", j, i)
		}
	}
}
