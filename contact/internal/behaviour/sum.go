package behaviour

import (
	"math/big"
	"math/bits"
	"strconv"
)

// A sum adds numbers up exactly, each as the shortest decimal that stands for it. So the
// order makes no difference, and sums of prices are what people make them.
type sum struct {
	hundredths wide
	rest       []decimals // of numbers that are not kept as hundredths
}

// wide is a whole number in two's complement of 128 bits: room for more numbers of 17
// digits than there can be events.
type wide struct{ high, low uint64 }

func (w *wide) add(x int64) { w.addWide(wide{uint64(x >> 63), uint64(x)}) }

func (w *wide) addWide(x wide) {
	var carry uint64
	w.low, carry = bits.Add64(w.low, x.low, 0)
	w.high, _ = bits.Add64(w.high, x.high, carry)
}

// small returns w, and false if a float64 does not hold it exactly.
func (w wide) small() (int64, bool) {
	const most = 1 << 53
	x := int64(w.low)
	return x, int64(w.high) == x>>63 && x >= -most && x <= most
}

func (w wide) big() *big.Int {
	n := new(big.Int).Lsh(big.NewInt(int64(w.high)), 64)
	return n.Add(n, new(big.Int).SetUint64(w.low))
}

// decimals is a whole number of 10^exponent.
type decimals struct {
	exponent int
	n        wide
}

// merge adds what another sum has, which stays as it is.
func (s *sum) merge(t *sum) {
	s.hundredths.addWide(t.hundredths)
	for _, d := range t.rest {
		s.ofExponent(d.exponent).addWide(d.n)
	}
}

// ofExponent returns the part of the sum that is a multiple of a power of 10.
func (s *sum) ofExponent(exponent int) *wide {
	for i := range s.rest {
		if s.rest[i].exponent == exponent {
			return &s.rest[i].n
		}
	}
	s.rest = append(s.rest, decimals{exponent: exponent})
	return &s.rest[len(s.rest)-1].n
}

func (s *sum) add(v Value, x float64) {
	switch {
	case v >= firstRaw:
		s.addDecimal(x)
	case v&1 != 0:
		s.hundredths.add(unzigzag(uint64(v-1)>>1) * 100)
	default:
		s.hundredths.add(unzigzag(uint64(v-2) >> 1))
	}
}

// addDecimal adds a number of any size.
func (s *sum) addDecimal(x float64) {
	var buf [32]byte
	text := strconv.AppendFloat(buf[:0], x, 'e', -1, 64) // -d.ddde±dd
	negative := text[0] == '-'
	if negative {
		text = text[1:]
	}
	digits, exponent := int64(text[0]-'0'), 0
	for i := 1; text[i] != 'e'; i++ {
		if text[i] != '.' {
			digits = digits*10 + int64(text[i]-'0')
			exponent--
		}
	}
	for i := range text {
		if text[i] == 'e' {
			e, _ := strconv.Atoi(string(text[i+1:]))
			exponent += e
		}
	}
	if negative {
		digits = -digits
	}
	s.ofExponent(exponent).add(digits)
}

// total returns the float64s nearest to the sum and to the average of n numbers.
func (s *sum) total(n int) (total, average float64) {
	if x, ok := s.hundredths.small(); ok && len(s.rest) == 0 {
		return float64(x) / 100, float64(x) / (100 * float64(n))
	}
	exact := new(big.Rat).SetFrac(s.hundredths.big(), big.NewInt(100))
	for _, d := range s.rest {
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(d.exponent, -d.exponent))), nil)
		part := new(big.Rat).SetInt(d.n.big())
		if d.exponent < 0 {
			part.Quo(part, new(big.Rat).SetInt(power))
		} else {
			part.Mul(part, new(big.Rat).SetInt(power))
		}
		exact.Add(exact, part)
	}
	total, _ = exact.Float64()
	average, _ = exact.Quo(exact, new(big.Rat).SetInt64(int64(n))).Float64()
	return total, average
}
