package behaviour

import (
	"math"
	"math/big"
	"math/bits"
)

// A Summary tells about some events of one contact: those that count for a query.
type Summary struct {
	Count       int
	First, Last int64 // times, if Count > 0
	// Numbers is how many of the events have a number. The others do not take part in
	// what follows.
	Numbers int
	// Sum is the nearest float64 to the exact sum, so the order of the events makes no
	// difference; 0 without numbers. A number that is the float64 nearest to a whole
	// number of hundredths, up to some 2.8e12, counts as that: ten times 0.1 is 1.
	Sum      float64
	Min, Max float64 // if Numbers > 0
}

// A tally makes a Summary of the rows it is given in ascending order.
type tally struct {
	s   Summary
	sum sum
}

func (t *tally) addTime(at int64) {
	if t.s.Count == 0 {
		t.s.First = at
	}
	t.s.Count++
	t.s.Last = at
}

func (t *tally) addNumber(v Value) {
	x, ok := v.Number()
	if !ok {
		return
	}
	if t.s.Numbers == 0 {
		t.s.Min, t.s.Max = x, x
	}
	t.s.Numbers++
	t.s.Min, t.s.Max = min(t.s.Min, x), max(t.s.Max, x)
	t.sum.add(v, x)
}

// summary returns what has been added up; nothing more can be added then but by reset.
func (t *tally) summary() Summary {
	if t.s.Numbers > 0 {
		t.s.Sum = t.sum.total()
	}
	return t.s
}

func (t *tally) reset() {
	if t.s.Numbers == 0 {
		t.s = Summary{}
		return
	}
	t.s = Summary{}
	t.sum.low, t.sum.high = 0, 0
	t.sum.small, t.sum.large = t.sum.small[:0], t.sum.large[:0]
}

// A sum adds numbers up so that the order makes no difference.
type sum struct {
	low, high    uint64   // hundredths, a two's complement of 128 bits
	small, large partials // what is no hundredths; large ones are scaled by 2^-64, so that no step overflows
}

const scale = 1 << 64

func (s *sum) add(v Value, x float64) {
	if v >= firstRaw {
		if math.Abs(x) < 0x1p900 {
			s.small.add(x)
		} else {
			s.large.add(x / scale)
		}
		return
	}
	var c int64
	if v&1 != 0 {
		c = unzigzag(uint64(v-1)>>1) * 100
	} else {
		c = unzigzag(uint64(v-2) >> 1)
	}
	var carry uint64
	s.low, carry = bits.Add64(s.low, uint64(c), 0)
	s.high, _ = bits.Add64(s.high, uint64(c>>63), carry)
}

// total returns the nearest float64 to the sum.
func (s *sum) total() float64 {
	c := int64(s.low)
	fits := int64(s.high) == c>>63 && c >= -1<<53 && c <= 1<<53
	switch {
	case fits && len(s.small)+len(s.large) == 0:
		return float64(c) / 100
	case fits && c == 0 && len(s.large) == 0:
		return s.small.total()
	}
	n := new(big.Int).Lsh(big.NewInt(int64(s.high)), 64)
	total := new(big.Rat).SetFrac(n.Add(n, new(big.Int).SetUint64(s.low)), big.NewInt(100))
	for _, x := range s.small {
		total.Add(total, new(big.Rat).SetFloat64(x))
	}
	for _, x := range s.large {
		y := new(big.Rat).SetFloat64(x)
		total.Add(total, y.Mul(y, new(big.Rat).SetFloat64(scale)))
	}
	x, _ := total.Float64()
	return x
}

// partials are numbers that do not overlap and add up to what was put in, exactly
// (Shewchuk 1997), the smallest first.
type partials []float64

func (p *partials) add(x float64) {
	list := *p
	n := 0
	for _, y := range list {
		if math.Abs(x) < math.Abs(y) {
			x, y = y, x
		}
		hi := x + y
		if lo := y - (hi - x); lo != 0 {
			list[n] = lo
			n++
		}
		x = hi
	}
	*p = append(list[:n], x)
}

// total returns the nearest float64 to the sum of one number or more.
func (p partials) total() float64 {
	n := len(p) - 1
	hi, lo := p[n], 0.0
	for n > 0 && lo == 0 {
		n--
		x := hi
		hi = x + p[n]
		lo = p[n] - (hi - x)
	}
	// Where lo is half of hi's last place, what is left below decides.
	if n > 0 && (lo < 0 && p[n-1] < 0 || lo > 0 && p[n-1] > 0) {
		if y := lo * 2; hi+y-hi == y {
			hi += y
		}
	}
	return hi
}
