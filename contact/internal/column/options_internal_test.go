package column

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// TestChoicesModel gives rows lists of every length, with numbers that fit a
// packed list and numbers that do not.
func TestChoicesModel(t *testing.T) {
	seed := testflags.Seed(t)
	for i, names := range []int{3, 30, packLimit + 20} {
		t.Run(fmt.Sprint(names), func(t *testing.T) {
			choicesModel(t, rand.New(rand.NewPCG(seed, uint64(i))), names)
		})
	}
}

type heldChoices struct {
	column *Choices
	values map[uint32][]uint32
}

func choicesModel(t *testing.T, r *rand.Rand, names int) {
	e := new(version.Epochs)
	c := NewChoices(strings.ToLower).Writable(e)
	for i := range names {
		require.Equal(t, uint32(i+1), c.Declare(e, fmt.Sprint("Name", i+1)))
	}
	require.Equal(t, names, c.Numbers())
	values := make(map[uint32][]uint32)
	var versions []heldChoices
	for range testflags.Steps(6) {
		c = c.Writable(e)
		for range 300 {
			row, codes := randomRow(r), randomCodes(r, names)
			c.Set(e, row, codes)
			values[row] = codes
			if len(codes) == 0 {
				delete(values, row)
			}
		}
		versions = append(versions, heldChoices{c, maps.Clone(values)})
		e.Share()
		if len(versions) > 3 {
			versions = versions[1:]
		}
		for _, h := range versions {
			checkChoices(t, r, h, names)
		}
	}
}

func randomCodes(r *rand.Rand, names int) []uint32 {
	var codes []uint32
	for range r.IntN(8) {
		code := 1 + uint32(r.IntN(names))
		if r.IntN(3) == 0 {
			code = uint32(max(1, names-r.IntN(30))) // the numbers that do not fit
		}
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func checkChoices(t *testing.T, r *rand.Rand, h heldChoices, names int) {
	t.Helper()
	require.Equal(t, len(h.values), h.column.Present().Len())
	for row, want := range h.values {
		require.Equal(t, want, h.column.AppendCodes(nil, row))
		require.True(t, h.column.Has(row))
		for _, code := range append(randomCodes(r, names), want...) {
			require.Equal(t, slices.Contains(want, code), h.column.HasCode(row, code))
		}
	}
	require.Empty(t, h.column.AppendCodes(nil, 77_777))
	for _, code := range append(randomCodes(r, names), 1, uint32(names)) {
		set := h.column.Having(code)
		n := 0
		for row, codes := range h.values {
			if slices.Contains(codes, code) {
				require.True(t, set.Contains(row))
				n++
			}
		}
		require.Equal(t, n, set.Len())
		require.Equal(t, code, h.column.Number(fmt.Sprint("NAME", code)))
		require.Equal(t, fmt.Sprint("Name", code), h.column.Name(code))
		require.Equal(t, fmt.Sprint("name", code), h.column.Folded(code))
	}
	require.Zero(t, h.column.Number("nobody"))
}

// TestChoiceModel widens the codes of a column of one option a row.
func TestChoiceModel(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 3))
	e := new(version.Epochs)
	c := NewChoice(strings.ToLower)
	values := make(map[uint32]uint32)
	type held struct {
		column *Choice
		values map[uint32]uint32
	}
	var versions []held
	declared := 0
	for _, names := range []int{2, 255, 256, 300, 65_535, 65_536, 65_600} {
		c = c.Writable(e)
		for ; declared < names; declared++ {
			c.Declare(e, fmt.Sprint(declared))
		}
		for i := range 300 {
			row := randomRow(r)
			if i > 0 && r.IntN(5) == 0 {
				c.Unset(e, row)
				delete(values, row)
				continue
			}
			code := 1 + uint32(r.IntN(names))
			if i == 0 {
				code = uint32(names)
			}
			c.Set(e, row, code)
			values[row] = code
		}
		versions = append(versions, held{c, maps.Clone(values)})
		e.Share()
		for _, h := range versions {
			require.Equal(t, len(h.values), h.column.Present().Len())
			rows := make(map[uint32]int)
			for row, code := range h.values {
				require.Equal(t, code, h.column.Code(row))
				require.True(t, h.column.Having(code).Contains(row))
				rows[code]++
			}
			for code, n := range rows {
				require.Equal(t, n, h.column.Having(code).Len())
			}
			require.Zero(t, h.column.Code(77_777))
		}
	}
	require.Equal(t, uint8(32), c.codes.width)
	require.Equal(t, uint8(8), versions[0].column.codes.width)
}

// Forgotten names are as if they had never been; what came before them stays.
func TestForget(t *testing.T) {
	e := new(version.Epochs)
	c := NewChoices(strings.ToLower).Writable(e)
	for i := range 200 {
		c.Declare(e, fmt.Sprint("Name", i))
	}
	c.Set(e, 5, []uint32{1, 150})
	e.Share()
	d := c.Writable(e)
	d.Declare(e, "LATE")
	d.Set(e, 5, []uint32{1, 150, 201})
	d.Set(e, 5, []uint32{1, 150})
	d.Forget(e, 200)
	require.Equal(t, 200, d.Numbers())
	require.Zero(t, d.Number("late"))
	require.Equal(t, uint32(150), d.Number("name149"))
	require.Equal(t, []uint32{1, 150}, d.AppendCodes(nil, 5))
	require.Equal(t, uint32(201), d.Declare(e, "Late"))
	require.Equal(t, "Late", d.Name(201))
	require.Zero(t, d.Having(201).Len())
	require.Zero(t, c.Number("late"))
	require.Equal(t, "Name0", c.Name(1))
}

func TestBoolsModel(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 4))
	e := new(version.Epochs)
	c := NewBools()
	values := make(map[uint32]bool)
	for range 20 {
		old, was := c, maps.Clone(values)
		e.Share()
		c = c.Writable(e)
		for range 300 {
			row := randomRow(r)
			if r.IntN(4) == 0 {
				c.Unset(e, row)
				delete(values, row)
				continue
			}
			values[row] = r.IntN(2) == 0
			c.Set(e, row, values[row])
		}
		for column, want := range map[*Bools]map[uint32]bool{old: was, c: values} {
			require.Equal(t, len(want), column.Present().Len())
			for row, x := range want {
				got, ok := column.Get(row)
				require.True(t, ok && column.Has(row))
				require.Equal(t, x, got)
			}
			checkTest(t, r, "no", Without(column.Present(), column.Yes()), rowsWhere(want, func(yes bool) bool { return !yes }))
		}
	}
}

// Places of long lists and of sets are used again, and never while one is still
// in use.
func TestPlacesAreUsedAgain(t *testing.T) {
	e := new(version.Epochs)
	c := NewChoices(strings.ToLower).Writable(e)
	long := []uint32{1, 2, 3, 4, 5}
	for i := range 10 {
		c.Declare(e, fmt.Sprint(i))
	}
	for round := range 5 {
		for row := uint32(1); row <= 50; row++ {
			c.Set(e, row, long[:round%2*5])
		}
	}
	require.Equal(t, uint32(50), c.used)
	p := NewText(strings.ToLower).Writable(e)
	for round := range 6 {
		for row := uint32(1); row <= 60; row++ {
			p.Set(e, row, fmt.Sprint(round%2, row/3))
		}
	}
	require.LessOrEqual(t, p.posts.used, uint32(45))
}
