package filter

import "math/bits"

// modulus is a prime, 2⁶⁴ - 2³² + 1, in whose arithmetic there are roots of unity of
// every power of two up to 2³², and remainders are cheap.
const (
	modulus = 1<<64 - 1<<32 + 1
	wrapped = 1<<32 - 1 // 2⁶⁴ in that arithmetic
	unity   = 7         // its powers are all numbers but 0
)

func addMod(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	if carry != 0 || sum >= modulus {
		sum -= modulus
	}
	return sum
}

func subMod(a, b uint64) uint64 {
	d, borrow := bits.Sub64(a, b, 0)
	if borrow != 0 {
		d += modulus
	}
	return d
}

func mulMod(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	// 2⁹⁶ is -1, so the upper half of hi is taken away, and 2⁶⁴ is wrapped.
	x, borrow := bits.Sub64(lo, hi>>32, 0)
	if borrow != 0 {
		x -= wrapped
	}
	x, carry := bits.Add64(x, hi<<32>>32*wrapped, 0)
	if carry != 0 {
		x += wrapped
	}
	if x >= modulus {
		x -= modulus
	}
	return x
}

func powMod(a, n uint64) uint64 {
	x := uint64(1)
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			x = mulMod(x, a)
		}
		a = mulMod(a, a)
	}
	return x
}

// A transform turns a convolution of lists of one length, a power of two, into a
// product number by number: transform both, multiply, transform back. All in the
// arithmetic of modulus. Transformed lists are in an order of their own.
//
// A transform is immutable and safe for concurrent use.
type transform struct {
	size    int
	roots   []uint64 // the powers of a root of unity of that order, half of them
	inverse []uint64 // of its inverse
}

func newTransform(size int) *transform {
	t := &transform{size: size, roots: make([]uint64, max(1, size/2)), inverse: make([]uint64, max(1, size/2))}
	root := powMod(unity, (modulus-1)/uint64(size))
	inverse := powMod(root, modulus-2)
	x, y := uint64(1), uint64(1)
	for i := range t.roots {
		t.roots[i], t.inverse[i] = x, y
		x, y = mulMod(x, root), mulMod(y, inverse)
	}
	return t
}

// forward transforms a list.
func (t *transform) forward(list []uint64) {
	for half, step := t.size/2, 1; half > 0; half, step = half/2, step*2 {
		for from := 0; from < t.size; from += 2 * half {
			a, b := list[from:from+half], list[from+half:from+2*half]
			for i, x := range a {
				y := b[i]
				a[i] = addMod(x, y)
				b[i] = mulMod(subMod(x, y), t.roots[i*step])
			}
		}
	}
}

// backward undoes forward.
func (t *transform) backward(list []uint64) {
	for half, step := 1, t.size/2; half < t.size; half, step = half*2, step/2 {
		for from := 0; from < t.size; from += 2 * half {
			a, b := list[from:from+half], list[from+half:from+2*half]
			for i, x := range a {
				y := mulMod(b[i], t.inverse[i*step])
				a[i] = addMod(x, y)
				b[i] = subMod(x, y)
			}
		}
	}
	scale := powMod(uint64(t.size), modulus-2)
	for i, x := range list {
		list[i] = mulMod(x, scale)
	}
}
