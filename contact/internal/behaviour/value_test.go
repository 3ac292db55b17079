package behaviour_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/internal/testflags"
)

// Numbers come back exactly, and no two of them are the same value.
func TestNumbersAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	list := []float64{0, 1, -1, 0.01, -0.01, 0.1, 0.3, 0.1 + 0.2, 1.005, 12.34, 1 << 48, 1<<48 - 1, 1<<48 + 1, -(1 << 48), 1 << 53, 1 << 62, math.MaxInt64, 1 << 63, -(1 << 63),
		(1<<48 - 1) / 100.0, (1 << 48) / 100.0, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 2.2250738585072011e-308, 1e-320, 1e-310, math.Pi}
	for exp := -1074; exp < 1024; exp += 7 {
		list = append(list, math.Ldexp(1, exp), math.Ldexp(-1.1, exp), math.Ldexp(1+r.Float64(), exp))
	}
	for range 20_000 {
		list = append(list, randomNumber(r), math.Float64frombits(r.Uint64()))
	}
	seen := map[behaviour.Value]float64{}
	for _, x := range list {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			continue
		}
		v := behaviour.Number(x)
		require.NotZero(t, v, "%v", x)
		back, ok := v.Number()
		require.True(t, ok)
		require.Equal(t, math.Float64bits(x), math.Float64bits(back), "%v", x)
		if y, ok := seen[v]; ok {
			require.Equal(t, y, x)
		}
		seen[v] = x
	}
	require.Equal(t, behaviour.Number(0), behaviour.Number(math.Copysign(0, -1)))
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		require.Zero(t, behaviour.Number(x))
	}
	_, ok := behaviour.Value(0).Number()
	require.False(t, ok)
	require.Less(t, behaviour.Number(60), behaviour.Value(256), "a byte")
	require.Less(t, behaviour.Number(99.99), behaviour.Value(1<<16), "two bytes")
}

func TestOtherValues(t *testing.T) {
	for _, b := range []bool{false, true} {
		got, ok := behaviour.Bool(b).Bool()
		require.True(t, ok)
		require.Equal(t, b, got)
	}
	_, ok := behaviour.Value(0).Bool()
	require.False(t, ok)
	require.Equal(t, uint32(math.MaxUint32), behaviour.Text(math.MaxUint32).Code())
	require.Zero(t, behaviour.Text(0))
}

// Sums are the nearest number to the exact sum, whatever the order.
func TestSums(t *testing.T) {
	ten := make([]float64, 10)
	for i := range ten {
		ten[i] = 0.1
	}
	for _, c := range []struct {
		numbers []float64
		want    float64
	}{
		{nil, 0},
		{ten, 1},
		{[]float64{0.1, 0.2}, 0.3},
		{[]float64{12.34, -12.34}, 0},
		{[]float64{1.0 / 3, 1.0 / 3, 1.0 / 3}, 0.9999999999999999}, // as written
		{[]float64{0.001, 0.002, 0.1}, 0.103},
		{[]float64{1e22, 0.123456789, -1e22}, 0.123456789},
		{[]float64{1e16, 1, -1e16}, 1},
		{[]float64{math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64}, math.MaxFloat64},
		{[]float64{math.MaxFloat64, math.MaxFloat64}, math.Inf(1)},
		{[]float64{math.MaxFloat64, 1e-300, -math.MaxFloat64}, 1e-300},
		{[]float64{1e100, 0.01, -1e100}, 0.01},
		{[]float64{1 << 47, 1 << 47, 0.01}, 1<<48 + 0.01},
		{[]float64{1, 1.11e-16}, 1},                   // less than half of the last place
		{[]float64{1, 1.2e-16}, math.Nextafter(1, 2)}, // a little more than half
		{[]float64{1 << 53, 1}, 1 << 53},              // half: to the even one
		{[]float64{1<<53 + 2, 1}, 1<<53 + 4},
		{[]float64{1 << 53, 1, 1e-40}, 1<<53 + 2},
	} {
		w := newWriter()
		for range 2 {
			id := behaviour.ID{Contact: uint32(1 + w.h.Len()/max(1, len(c.numbers))), Time: 5}
			for i := range c.numbers {
				x := c.numbers[i]
				if id.Contact > 1 {
					x = c.numbers[len(c.numbers)-1-i]
				}
				w.insert(behaviour.Event{ID: id, Values: []behaviour.Value{0, behaviour.Number(x)}})
			}
			s := w.h.Summarize(id.Contact, &behaviour.Query{Window: behaviour.Always}, attrAmount)
			require.Equal(t, c.want, s.Sum, "%v", c.numbers)
			require.Equal(t, len(c.numbers), s.Numbers)
			if total, average := exactly(c.numbers); len(c.numbers) > 0 {
				require.Equal(t, [2]float64{total, average}, [2]float64{s.Sum, s.Average}, "%v", c.numbers)
			}
		}
	}
}

// exactly adds decimals up as fractions, and divides them.
func exactly(numbers []float64) (total, average float64) {
	sum := new(big.Rat)
	for _, x := range numbers {
		y, _ := new(big.Rat).SetString(strconv.FormatFloat(x, 'g', -1, 64))
		sum.Add(sum, y)
	}
	total, _ = sum.Float64()
	if len(numbers) > 0 {
		average, _ = sum.Quo(sum, big.NewRat(int64(len(numbers)), 1)).Float64()
	}
	return total, average
}

// Values without a number count, and take no part in what numbers say.
func TestMissingNumbers(t *testing.T) {
	w := newWriter()
	for i, v := range []behaviour.Value{0, behaviour.Number(-3), 0, behaviour.Number(0)} {
		w.insert(behaviour.Event{ID: behaviour.ID{Contact: 1, Time: int64(i)}, Values: []behaviour.Value{0, v}})
	}
	q := behaviour.Query{Window: behaviour.Always}
	require.Equal(t, behaviour.Summary{Count: 4, First: 0, Last: 3, Numbers: 2, Sum: -3, Average: -1.5, Min: -3, Max: 0}, w.h.Summarize(1, &q, attrAmount))
	require.Equal(t, behaviour.Summary{Count: 4, First: 0, Last: 3}, w.h.Summarize(1, &q, -1))
	require.Equal(t, behaviour.Summary{}, w.h.Summarize(2, &q, attrAmount))
}
