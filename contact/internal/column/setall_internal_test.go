package column

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// SetAll is Set of each row, whatever the rows had before and whoever looks.
func TestSetAll(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 6))
	e := new(version.Epochs)
	texts, textsOne := NewText(strings.ToLower), NewText(strings.ToLower)
	numbers, numbersOne := NewUniqueNumbers(), NewUniqueNumbers()
	bools, boolsOne := NewBools(), NewBools()
	next := uint32(1)
	for round := range 120 {
		var rows []uint32
		var words []string
		var nums []float64
		row := next
		if round%3 == 2 {
			row = 1 + r.Uint32N(next)
		}
		for range r.IntN(1500) {
			rows = append(rows, row)
			words = append(words, fmt.Sprintf("%c%d", "aAbB"[r.IntN(4)], r.IntN(1<<r.IntN(18))))
			nums = append(nums, float64(r.IntN(1<<(1+r.IntN(round+1)%50)))/float64(1+99*(round/100)))
			row += 1 + r.Uint32N(3)
		}
		next = max(next, row)
		texts, textsOne = texts.Writable(e), textsOne.Writable(e)
		numbers, numbersOne = numbers.Writable(e), numbersOne.Writable(e)
		bools, boolsOne = bools.Writable(e), boolsOne.Writable(e)
		texts.SetAll(e, rows, words)
		numbers.SetAll(e, rows, nums)
		yes := make([]float64, len(rows))
		for i := range yes {
			yes[i] = float64(r.IntN(2))
		}
		bools.SetAll(e, rows, yes)
		for i, row := range rows {
			textsOne.Set(e, row, words[i])
			numbersOne.Set(e, row, nums[i])
			boolsOne.Set(e, row, yes[i] != 0)
		}
		if r.IntN(3) == 0 {
			e.Share()
		}
	}
	for block := range int(next>>blockBits) + 1 {
		require.True(t, string(textsOne.AppendBlock(nil, block)) == string(texts.AppendBlock(nil, block)))
		require.True(t, string(numbersOne.AppendBlock(nil, block)) == string(numbers.AppendBlock(nil, block)))
		require.True(t, string(boolsOne.AppendBlock(nil, block)) == string(bools.AppendBlock(nil, block)))
	}
	require.Equal(t, textsOne.live, texts.live)
	require.Equal(t, textsOne.present.Len(), texts.present.Len())
	require.Equal(t, numbersOne.present.Len(), numbers.present.Len())
	require.Equal(t, boolsOne.yes.Len(), bools.yes.Len())
	for code := uint32(1); code <= texts.dict.n; code++ {
		w := texts.dict.written(code)
		require.Equal(t, textsOne.posts.set(textsOne.dict.code(w)).Len(), texts.posts.set(code).Len())
	}
	require.Equal(t, numbersOne.at, numbers.at)
	require.Equal(t, numbersOne.order.total, numbers.order.total)
	require.Equal(t, bucketsOf(&numbersOne.order), bucketsOf(&numbers.order))
	require.Equal(t, numbersOne.rows.Len(), numbers.rows.Len())
}
