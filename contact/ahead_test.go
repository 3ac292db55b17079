package contact_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

// Between tells who has a value in a range, and Ahead how far it is to the n-th value
// above one: both as a look at every contact does.
func TestAhead(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 3))
	for _, c := range []struct{ n, distinct int }{{0, 1}, {1, 1}, {300, 40}, {5000, 100}, {3000, 1}, {140_000, 130_000}} {
		t.Run(fmt.Sprint(c.n, " contacts of ", c.distinct), func(t *testing.T) {
			store := newStore(t, contact.Number("x"), contact.Text("y"))
			update(t, store, func(tx *contact.Tx) error {
				for range c.n {
					values := contact.Values{"x": rng.IntN(c.distinct) - 20}
					if rng.IntN(9) == 0 {
						values = nil
					}
					if _, err := tx.Insert(values); err != nil {
						return err
					}
				}
				return nil
			})
			v := store.View()
			f, _ := v.Schema().Field("x")
			above := func(lo, hi float64) (n int, ids []contact.ID) {
				for id := range v.Live().All() {
					if x, ok := v.NumberOf(id, f); ok && lo < x && x <= hi {
						n, ids = n+1, append(ids, id)
					}
				}
				return n, ids
			}
			for range 20 {
				lo, n := float64(rng.IntN(c.distinct+50)-30), rng.IntN(c.n+10)
				hi := v.Ahead(f, lo, n)
				ahead, _ := above(lo, math.Inf(1))
				got, ids := above(lo, hi)
				if c.distinct < 1<<16 && ahead <= n || ahead == 0 {
					require.True(t, math.IsInf(hi, 1))
				}
				if c.distinct == 100 && ahead > n+200 {
					require.False(t, math.IsInf(hi, 1))
				}
				if !math.IsInf(hi, 1) {
					require.GreaterOrEqual(t, got, n-16)
					before, _ := above(lo, hi-1)
					require.LessOrEqual(t, before, n+16)
				}
				var between []contact.ID
				for id, x := range v.Between(f, lo+1, hi) {
					require.Equal(t, x, must(v.NumberOf(id, f)))
					between = append(between, id)
				}
				require.True(t, slices.Equal(ids, between))
			}
			for range v.Between(f, math.Inf(-1), math.Inf(1)) {
				break
			}
			text, _ := v.Schema().Field("y")
			require.True(t, math.IsInf(v.Ahead(text, 0, 1), 1))
			for id := range v.Between(text, math.Inf(-1), math.Inf(1)) {
				require.Fail(t, "text has an order", "%d", id)
			}
		})
	}
}

func must(x float64, ok bool) float64 {
	if !ok {
		return math.NaN()
	}
	return x
}
