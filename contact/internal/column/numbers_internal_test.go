package column

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// edges are values at and beside the limits of every form.
var edges = func() []float64 {
	list := []float64{0, math.Copysign(0, -1), 0.1, 0.01, 0.005, 12.34, -12.34, 0.29, 1.15, 2.675, 1e15 + 0.3, 1e300, -1e300,
		math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 2.2250738585072011e-308,
		21474836.47, 21474836.48, -21474836.48, -21474836.49}
	for _, bits := range []int{7, 8, 15, 16, 31, 32, 52, 53, 62, 63, 64} {
		x := math.Ldexp(1, bits)
		for _, y := range []float64{x - 1, x, x + 1, x - 0.5, x + 0.01, x * 1000, x*1000 + 1} {
			list = append(list, y, -y)
		}
	}
	for _, x := range list[:len(list):len(list)] {
		list = append(list, math.Nextafter(x, math.Inf(1)), math.Nextafter(x, math.Inf(-1)))
	}
	kept := list[:0]
	for _, x := range list {
		if !math.IsInf(x, 0) {
			kept = append(kept, x)
		}
	}
	return kept
}()

var ladders = map[string]func() *Numbers{"numbers": NewNumbers, "unique": NewUniqueNumbers, "days": NewDays, "instants": NewInstants}

// A form holds a value exactly or not at all, and keys have the order of values.
func TestFormsAreExact(t *testing.T) {
	for _, ladder := range [][]form{numberForms, dayForms, instantForms} {
		for _, f := range ladder {
			var last float64
			first := true
			for _, x := range sorted(edges) {
				if x == 0 {
					x = 0
				}
				k, ok := f.key(x)
				if !ok {
					require.NotEqual(t, uint8(64), f.width, "the widest form holds everything")
					continue
				}
				require.Equal(t, math.Float64bits(x), math.Float64bits(f.value(k)), "%v in %+v", x, f)
				if f.width < 64 {
					require.Less(t, k, uint64(1)<<f.width)
				}
				if !first && x > last {
					before, _ := f.key(last)
					require.Less(t, before, k, "%v before %v in %+v", last, x, f)
				}
				last, first = x, false
			}
		}
	}
}

// The whole numbers, cents and seconds that a narrow form can hold are all held.
func TestNarrowFormsAreFull(t *testing.T) {
	for _, f := range []form{numberForms[0], numberForms[1], dayForms[0]} {
		for k := range uint64(1) << f.width {
			back, ok := f.key(f.value(k))
			require.True(t, ok)
			require.Equal(t, k, back)
		}
	}
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	for _, f := range []form{numberForms[2], numberForms[3], dayForms[1], instantForms[0]} {
		for _, k := range append([]uint64{0, 1, math.MaxUint32 - 1, math.MaxUint32}, draw(r, 100_000)...) {
			back, ok := f.key(f.value(k))
			require.True(t, ok, "%d of %+v is %v", k, f, f.value(k))
			require.Equal(t, k, back)
		}
	}
}

func draw(r *rand.Rand, n int) []uint64 {
	keys := make([]uint64, n)
	for i := range keys {
		keys[i] = uint64(r.Uint32())
	}
	return keys
}

// Bounds are turned into keys without letting a value in or out by rounding.
func TestFormBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	for _, ladder := range [][]form{numberForms, dayForms, instantForms} {
		for _, f := range ladder {
			var held []float64
			for _, x := range edges {
				if _, ok := f.key(x); ok {
					held = append(held, x)
				}
			}
			for range 500 {
				k := r.Uint64()
				if f.width < 64 {
					k >>= 64 - f.width
				}
				if x := f.value(k); !math.IsNaN(x) && !math.IsInf(x, 0) {
					held = append(held, x)
				}
			}
			for range 3000 {
				lo, hi := bound(r, held), bound(r, held)
				a, b, ok := f.keys(lo, hi)
				for range 20 {
					x := held[r.IntN(len(held))]
					k, _ := f.key(x)
					require.Equal(t, lo <= x && x <= hi, ok && a <= k && k <= b, "%v in [%v, %v] of %+v", x, lo, hi, f)
				}
			}
		}
	}
}

// bound returns a value, one beside it, or something far out.
func bound(r *rand.Rand, values []float64) float64 {
	x := edges[r.IntN(len(edges))]
	if r.IntN(2) == 0 {
		x = values[r.IntN(len(values))]
	}
	switch r.IntN(8) {
	case 0:
		return math.Inf(1 - 2*r.IntN(2))
	case 1:
		return math.Nextafter(x, math.Inf(1))
	case 2:
		return math.Nextafter(x, math.Inf(-1))
	case 3:
		return x + 0.004999
	}
	return x
}

// A column widens through its forms as values come, takes the narrowest that
// holds them all, and never rounds one.
func TestNumbersWiden(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []float64
		at    []int // the form after each step
	}{
		{"numbers", []float64{0, -128, 127, 128, -32768, 32768, math.MaxInt32, 1 << 31}, []int{0, 0, 0, 1, 1, 2, 2, 4}},
		{"numbers", []float64{7, 0.5, -3.25, 21474836.47, 21474836.48}, []int{0, 3, 3, 3, 4}},
		{"numbers", []float64{40000, 0.01}, []int{2, 3}},
		{"numbers", []float64{math.MaxInt32, 0.01}, []int{2, 4}},
		{"numbers", []float64{1, 0.005, 2}, []int{0, 4, 4}},
		{"numbers", []float64{1, 1 << 53, 0.1, 1e300, 5e-324}, []int{0, 4, 4, 4, 4}},
		{"days", []float64{0, 32767, -32768, 32768, -719528, 2932896}, []int{0, 0, 0, 1, 1, 1}},
		{"instants", []float64{0, 1000, -1000, 1e12, 2147483647000, 1, 253402300799999}, []int{0, 0, 0, 0, 0, 1, 1}},
	} {
		e := new(version.Epochs)
		n := ladders[c.name]().Writable(e)
		for i, x := range c.steps {
			n.Set(e, uint32(i+1), x)
			require.Equal(t, c.at[i], n.at, "%s after %v", c.name, c.steps[:i+1])
			for j, y := range c.steps[:i+1] {
				got, ok := n.Get(uint32(j + 1))
				require.True(t, ok)
				require.Equal(t, y, got)
			}
		}
		// The value that forced a form goes: the form stays, the values too.
		n.Unset(e, uint32(len(c.steps)))
		require.Equal(t, c.at[len(c.at)-1], n.at)
	}
	e := new(version.Epochs)
	n := NewNumbers().Writable(e)
	n.Set(e, 1, math.Copysign(0, -1))
	x, _ := n.Get(1)
	require.False(t, math.Signbit(x), "a negative zero is kept as zero")
}

// TestNumbersModel sets and unsets random values, version after version, and asks
// for random ranges of every version still held.
func TestNumbersModel(t *testing.T) {
	seed := testflags.Seed(t)
	for name, make := range ladders {
		for stage := range 5 {
			t.Run(fmt.Sprint(name, stage), func(t *testing.T) {
				numbersModel(t, rand.New(rand.NewPCG(seed, uint64(stage))), name, make(), stage)
			})
		}
	}
}

func numbersModel(t *testing.T, r *rand.Rand, name string, n *Numbers, stage int) {
	type held struct {
		column *Numbers
		values map[uint32]float64
	}
	e := new(version.Epochs)
	values := make(map[uint32]float64)
	var versions []held
	for range testflags.Steps(2) {
		n = n.Writable(e)
		for range 200 {
			row := randomRow(r)
			if r.IntN(4) == 0 {
				n.Unset(e, row)
				delete(values, row)
				continue
			}
			x := randomNumber(r, name, stage)
			n.Set(e, row, x)
			values[row] = x
		}
		versions = append(versions, held{n, maps.Clone(values)})
		e.Share()
		if len(versions) > 3 {
			versions = versions[1:]
		}
		for _, h := range versions {
			checkNumbers(t, r, h.column, h.values)
		}
	}
}

// randomRow returns a row near the edge of a page or a block, where mistakes are.
func randomRow(r *rand.Rand) uint32 {
	base := []int{1, 10, pageRows, 2 * pageRows, blockRows, 2 * blockRows, 3 * blockRows}[r.IntN(7)]
	return uint32(max(1, base-4+r.IntN(300)))
}

func randomNumber(r *rand.Rand, name string, stage int) float64 {
	switch name {
	case "days":
		return float64(r.IntN([]int{100, 30_000, 2_000_000, 10, 1000}[stage]) - 5)
	case "instants":
		if stage < 3 {
			return float64(r.Int64N(4e9)-2e9) * 1000
		}
		return float64(r.Int64N(4e12))
	}
	switch stage {
	case 0:
		return float64(r.IntN(256) - 128)
	case 1:
		return float64(r.IntN(65536) - 32768)
	case 2:
		return float64(r.Int64N(1<<32) - 1<<31)
	case 3:
		return float64(r.IntN(1<<31)-1<<30) / 100
	}
	if r.IntN(2) == 0 {
		return edges[r.IntN(len(edges))]
	}
	return r.NormFloat64() * math.Pow(10, float64(r.IntN(40)-20))
}

func checkNumbers(t *testing.T, r *rand.Rand, n *Numbers, values map[uint32]float64) {
	t.Helper()
	require.Equal(t, len(values), n.Present().Len())
	var list []float64
	for row, x := range values {
		got, ok := n.Get(row)
		require.True(t, ok)
		require.Equal(t, x, got)
		require.True(t, n.Has(row))
		list = append(list, x)
		if n.rows != nil {
			found := n.Lookup(x)
			require.Equal(t, x, values[found], "row %d", found)
		}
	}
	_, ok := n.Get(77_777)
	require.False(t, ok)
	for range 5 {
		lo, hi := bound(r, list), bound(r, list)
		checkTest(t, r, fmt.Sprintf("[%v, %v]", lo, hi), n.Between(lo, hi), rowsWhere(values, func(x float64) bool {
			return lo <= x && x <= hi
		}))
	}
	for _, few := range []int{0, 1, 3, 40} {
		spans := make([]Span, few)
		for i := range spans {
			spans[i] = Span{bound(r, list), bound(r, list)}
			if r.IntN(3) > 0 {
				spans[i].Hi = spans[i].Lo
			}
		}
		checkTest(t, r, fmt.Sprint(spans), n.InSpans(spans), rowsWhere(values, func(x float64) bool {
			return slices.ContainsFunc(spans, func(s Span) bool { return s.Lo <= x && x <= s.Hi })
		}))
	}
	odd := func(row uint32, x float64) bool { return row%3 == 1 || x > 0 }
	var accepted []uint32
	for row, x := range values {
		if odd(row, x) {
			accepted = append(accepted, row)
		}
	}
	slices.Sort(accepted)
	checkTest(t, r, "accepted", n.Accepted(odd), accepted)
	lo, hi, ok := n.Extent()
	require.Equal(t, len(values) > 0, ok)
	if ok {
		require.LessOrEqual(t, lo, slices.Min(list))
		require.GreaterOrEqual(t, hi, slices.Max(list))
		require.False(t, math.IsInf(lo, 0) || math.IsInf(hi, 0) || math.IsNaN(lo) || math.IsNaN(hi))
		if n.order.shift == 0 {
			require.Equal(t, [2]float64{slices.Min(list), slices.Max(list)}, [2]float64{lo, hi})
		}
	}
	nan := math.NaN()
	for _, test := range []Test{n.Between(nan, nan), n.Between(0, nan), n.Between(nan, 0)} {
		count, ok := test.Count()
		require.True(t, ok)
		require.Zero(t, count)
	}
}

// Beyond maxBuckets distinct values neighbours share a bucket: what is called
// exact still is, and estimates stay near.
func TestManyDistinctNumbers(t *testing.T) {
	const rows = 150_000
	r := rand.New(rand.NewPCG(testflags.Seed(t), 2))
	e := new(version.Epochs)
	n := NewNumbers().Writable(e)
	values := make([]float64, rows+1)
	for row := uint32(1); row <= rows; row++ {
		values[row] = float64(r.IntN(10_000_000))
		n.Set(e, row, values[row])
	}
	require.Positive(t, n.order.shift)
	require.LessOrEqual(t, n.order.n, maxBuckets)
	for range 20_000 { // and shrinks again
		row := uint32(1 + r.IntN(rows))
		values[row] = math.NaN()
		n.Unset(e, row)
	}
	require.Equal(t, n.Present().Len(), n.order.total)
	exact := 0
	for range 200 {
		lo := float64(r.IntN(10_000_000))
		hi := lo + float64(r.IntN(1+r.IntN(10_000_000)))
		switch r.IntN(4) {
		case 0:
			lo, hi = math.Inf(-1), math.Inf(1)
		case 1: // few enough to count, cut only at one end
			lo, hi = math.Inf(-1), float64(r.IntN(100_000))
		}
		want := 0
		for _, x := range values[1:] {
			if lo <= x && x <= hi {
				want++
			}
		}
		test := n.Between(lo, hi)
		if got, ok := test.Count(); ok {
			require.Equal(t, want, got, "[%v, %v]", lo, hi)
			exact++
		}
		require.InDelta(t, want, test.Estimate(), rows/5, "[%v, %v]", lo, hi)
	}
	t.Logf("%d of 200 counts were exact", exact)
}

// Before that every count of a narrow range is exact, without looking at a row.
func TestFewDistinctNumbersCountExactly(t *testing.T) {
	e := new(version.Epochs)
	n := NewNumbers().Writable(e)
	for row := uint32(1); row <= 5000; row++ {
		n.Set(e, row, float64(row%50))
	}
	for lo := range 50 {
		got, ok := n.Between(float64(lo), float64(lo+1)).Count()
		require.True(t, ok)
		require.Equal(t, 200-100*(lo/49), got)
		got, ok = n.InSpans([]Span{{float64(lo), float64(lo)}, {-5, -1}}).Count()
		require.True(t, ok)
		require.Equal(t, 100, got)
	}
}
