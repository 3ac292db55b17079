package column

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// TestTextModel changes random rows, version after version, with few and with many
// distinct texts, and asks everything of every version still held.
func TestTextModel(t *testing.T) {
	seed := testflags.Seed(t)
	for i, distinct := range []int{3, 200, 400, 70_000} {
		t.Run(fmt.Sprint(distinct), func(t *testing.T) {
			textModel(t, rand.New(rand.NewPCG(seed, uint64(i))), distinct)
		})
	}
}

type heldText struct {
	column *Text
	values map[uint32]string
}

func textModel(t *testing.T, r *rand.Rand, distinct int) {
	e := new(version.Epochs)
	c := NewText(strings.ToLower)
	values := make(map[uint32]string)
	var versions []heldText
	var memo Memo // one for all versions
	for range testflags.Steps(3) {
		c = c.Writable(e)
		for range 400 {
			row := randomRow(r)
			if r.IntN(5) == 0 {
				c.Unset(e, row)
				delete(values, row)
				continue
			}
			s := randomText(r, distinct)
			c.Set(e, row, s)
			values[row] = s
		}
		c = c.Compact(e)
		versions = append(versions, heldText{c, maps.Clone(values)})
		e.Share()
		if len(versions) > 3 {
			versions = versions[1:]
		}
		for _, h := range versions {
			checkText(t, r, h, distinct, &memo)
		}
	}
}

func randomText(r *rand.Rand, distinct int) string {
	n := r.IntN(distinct)
	switch n % 7 {
	case 0:
		return fmt.Sprint("Text", n)
	case 1:
		return fmt.Sprint("TEXT", n-1) // folds like the one before it
	case 2:
		return strings.Repeat("long ", n%40*8) + fmt.Sprint(n)
	}
	return fmt.Sprint(n)
}

func checkText(t *testing.T, r *rand.Rand, h heldText, distinct int, memo *Memo) {
	t.Helper()
	require.Equal(t, len(h.values), h.column.Present().Len())
	seen := make(map[string]bool)
	for row, want := range h.values {
		got, ok := h.column.Get(row)
		require.True(t, ok)
		require.Equal(t, want, got)
		written, folded, ok := h.column.Both(row)
		require.True(t, ok)
		require.Equal(t, want, written)
		require.Equal(t, strings.ToLower(want), folded)
		seen[want] = true
	}
	require.Equal(t, len(seen), h.column.Distinct())
	for range 5 {
		s := randomText(r, distinct)
		row := h.column.Lookup(strings.ToLower(s), func(written string) bool { return written == s })
		require.Equal(t, seen[s], row != 0)
		if row != 0 {
			require.Equal(t, s, h.values[row])
		}
	}
	for _, n := range []int{0, 1, 5, 30} {
		ask := make(map[string]bool)
		var folded []string
		for range n {
			s := strings.ToLower(randomText(r, distinct))
			ask[s] = true
			folded = append(folded, s)
		}
		checkTest(t, r, fmt.Sprint(n, " texts"), h.column.OneOf(folded), rowsWhere(h.values, func(s string) bool {
			return ask[strings.ToLower(s)]
		}))
	}
	accept := func(written, folded string) bool { return strings.ContainsAny(written, "T357") }
	test, err := h.column.Matching(context.Background(), memo, accept)
	require.NoError(t, err)
	checkTest(t, r, "matching", test, rowsWhere(h.values, func(s string) bool { return accept(s, "") }))
	for row := range h.values {
		require.Equal(t, accept(h.values[row], ""), h.column.Accepts(row, memo, accept))
	}
	require.False(t, h.column.Accepts(77_777, memo, accept))
	require.Zero(t, h.column.Empty().Len())
}

// Texts that no row has any more are dropped once they are the larger part, and
// only then; versions from before keep theirs.
func TestCompact(t *testing.T) {
	e := new(version.Epochs)
	c := NewText(strings.ToLower).Writable(e)
	for i := range 3000 {
		c.Set(e, uint32(1+i), fmt.Sprint("old", i))
	}
	old := c
	e.Share()
	c = c.Writable(e)
	for round := range 3 {
		for i := range 3000 {
			c.Set(e, uint32(1+i), fmt.Sprint("new", round, "-", i))
		}
	}
	require.Equal(t, 12_000, int(c.dict.n))
	before := c.Bytes()
	c = c.Compact(e)
	require.Equal(t, 3000, int(c.dict.n))
	require.Equal(t, 3000, c.Distinct())
	require.Less(t, c.Bytes(), before)
	require.Same(t, c, c.Compact(e), "nothing to do")
	s, _ := c.Get(3000)
	require.Equal(t, "new2-2999", s)
	s, _ = old.Get(3000)
	require.Equal(t, "old2999", s)
	require.Equal(t, uint32(7), old.Lookup("old6", func(string) bool { return true }))
	require.Zero(t, c.Lookup("old6", func(string) bool { return true }))
}

// The rows of many texts are collected from those of single texts and the sets of
// the others.
func TestManyTextsAsSet(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 9))
	e := new(version.Epochs)
	c := NewText(strings.ToLower).Writable(e)
	values := make(map[uint32]string)
	for row := uint32(1); row <= 60_000; row++ {
		values[row] = fmt.Sprint("single", row)
		if row%4 == 0 {
			values[row] = fmt.Sprint("shared", r.IntN(300))
		}
		c.Set(e, row, values[row])
	}
	for _, n := range []int{9, 100, 6000, 40_000} {
		ask := make(map[string]bool)
		var folded []string
		for i := range n {
			s := fmt.Sprint("single", 1+r.IntN(60_000))
			if i < 20 {
				s = fmt.Sprint("shared", r.IntN(300))
			}
			ask[s] = true
			folded = append(folded, s)
		}
		for range 3 {
			checkTest(t, r, fmt.Sprint(n), c.OneOf(folded), rowsWhere(values, func(s string) bool { return ask[s] }))
		}
	}
}

// A memo of the old dictionary is not asked about the new one.
func TestMemoAcrossCompact(t *testing.T) {
	e := new(version.Epochs)
	c := NewText(strings.ToLower).Writable(e)
	var memo Memo
	old := c
	first := c.dict.id
	for round := range 5 {
		for i := range 3000 {
			c.Set(e, uint32(1+i), fmt.Sprint("text", round, "-", i*(round+1)))
		}
		accept := func(written, _ string) bool { return strings.HasSuffix(written, "7") }
		for _, column := range []*Text{c, old, c} {
			test, err := column.Matching(context.Background(), &memo, accept)
			require.NoError(t, err)
			n := 0
			for row := range column.Present().All() {
				s, _ := column.Get(row)
				require.Equal(t, accept(s, ""), column.Accepts(row, &memo, accept))
				if accept(s, "") {
					n++
				}
			}
			got, ok := test.Count()
			require.True(t, ok)
			require.Equal(t, n, got)
		}
		old = c
		e.Share()
		c = c.Writable(e).Compact(e)
	}
	require.NotSame(t, first, c.dict.id, "there was a new dictionary")
}

// A text keeps every byte: empty, long, at the edges of chunks.
func TestDictKeepsBytes(t *testing.T) {
	e := new(version.Epochs)
	d := newDict(strings.ToLower)
	texts := []string{"", "a", "A", "\x00", "ß", strings.Repeat("x", 127), strings.Repeat("x", 128), strings.Repeat("X", 16_383), strings.Repeat("X", 16_384),
		strings.Repeat("y", firstChunk), strings.Repeat("y", chunkBytes-4), strings.Repeat("y", chunkBytes), strings.Repeat("Y", 3*chunkBytes)}
	for i := range 3000 {
		texts = append(texts, fmt.Sprint("Text ", i, strings.Repeat("z", i%50)))
	}
	for i, s := range texts {
		require.Equal(t, uint32(i+1), d.add(e, s))
	}
	for i, s := range texts {
		require.Equal(t, uint32(i+1), d.add(e, s), "known")
		require.Equal(t, uint32(i+1), d.code(s))
		require.Equal(t, s, d.written(uint32(i+1)))
		require.Equal(t, strings.ToLower(s), d.folded(uint32(i+1)))
	}
	require.Zero(t, d.code("not there"))
}

// Many goroutines ask one memo about several versions while the column grows.
func TestMemoConcurrently(t *testing.T) {
	e := new(version.Epochs)
	c := NewText(strings.ToLower)
	var memo Memo
	var wg sync.WaitGroup
	for round := range 20 {
		c = c.Writable(e)
		for i := range 100 {
			c.Set(e, uint32(1+round*100+i), fmt.Sprint(round*100+i))
		}
		e.Share()
		shared, want := c, (round+1)*10
		for range 2 {
			wg.Go(func() {
				test, err := shared.Matching(context.Background(), &memo, func(written, _ string) bool { return strings.HasSuffix(written, "7") })
				if err != nil {
					t.Error(err)
					return
				}
				if n, ok := test.Count(); !ok || n != want {
					t.Errorf("%d of %d", n, want)
				}
			})
		}
	}
	wg.Wait()
}
