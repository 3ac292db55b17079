package filter

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/internal/testflags"
)

// The arithmetic is that of whole numbers with the remainder taken.
func TestModulus(t *testing.T) {
	m := new(big.Int).SetUint64(modulus)
	require.True(t, m.ProbablyPrime(32))
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	edges := []uint64{0, 1, 2, modulus - 1, modulus - 2, 1 << 32, 1<<32 - 1, 1<<32 + 1, 1 << 63, modulus - 1<<32}
	number := func() uint64 {
		if rng.IntN(2) == 0 {
			return edges[rng.IntN(len(edges))]
		}
		return rng.Uint64N(modulus)
	}
	for range testflags.Cases(100_000) {
		a, b := number(), number()
		x, y := new(big.Int).SetUint64(a), new(big.Int).SetUint64(b)
		is := func(want *big.Int, got uint64, op string) {
			if want.Mod(want, m).Uint64() != got {
				t.Fatalf("%d %s %d is %d, not %d", a, op, b, want, got)
			}
		}
		is(new(big.Int).Add(x, y), addMod(a, b), "+")
		is(new(big.Int).Sub(x, y), subMod(a, b), "-")
		is(new(big.Int).Mul(x, y), mulMod(a, b), "*")
	}
	require.Equal(t, uint64(modulus-1), powMod(unity, (modulus-1)/2), "unity is no square")
}

// A product of transformed lists is the convolution of the lists.
func TestTransform(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	for size := 1; size <= 256; size *= 2 {
		a, b, want := make([]uint64, size), make([]uint64, size), make([]uint64, size)
		for i := range a {
			a[i], b[i] = rng.Uint64N(modulus), rng.Uint64N(modulus)
		}
		for i := range a {
			for k := range b {
				want[(i+k)%size] = addMod(want[(i+k)%size], mulMod(a[i], b[k]))
			}
		}
		field := newTransform(size)
		field.forward(a)
		field.forward(b)
		for i := range a {
			a[i] = mulMod(a[i], b[i])
		}
		field.backward(a)
		require.Equal(t, want, a, size)
	}
}
