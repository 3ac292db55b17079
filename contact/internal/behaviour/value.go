package behaviour

import "math"

// A Value is the value of one attribute of an event, in 64 bits. The zero Value is no
// value. Two values of an attribute are equal if and only if they are ==; what is
// small takes few bytes in a page: 1 for codes and whole numbers up to some 60 beyond
// which it is 2 up to some 16 000, and so on.
//
// A Value does not know its kind; the attribute it belongs to does.
type Value uint64

// Text returns the value for a text of the attribute's dictionary, given by its code.
// Code 0, no text, gives no value.
func Text(code uint32) Value { return Value(code) }

// Code returns the code of a text, 0 if there is no value.
func (v Value) Code() uint32 { return uint32(v) }

// Bool returns the value for yes or no.
func Bool(b bool) Value {
	if b {
		return 2
	}
	return 1
}

// Bool returns what Bool was given, and false, false if there is no value.
func (v Value) Bool() (b, ok bool) { return v == 2, v != 0 }

// Numbers are kept as what people write: k for a whole number, c for one of hundredths,
// both zigzag-coded (0, -1, 1, -2 …) so that small ones of either sign are small, and
// what is neither as the bits of the float64.
const (
	maxPlain = 1 << 48 // most that a whole number of ones or hundredths may be
	firstRaw = 1 << 51 // no plain number's value is as large
	quietNaN = 0x7ff8 << 48
)

// Number returns the value for a number, which must be finite: others give no value.
// Every number is kept exactly, and a negative zero as zero.
func Number(x float64) Value {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	if k := int64(x); float64(k) == x && k > -maxPlain && k < maxPlain {
		return Value(zigzag(k)<<1 + 1)
	}
	if c, ok := hundredths(x); ok {
		return Value(zigzag(c)<<1 + 2)
	}
	b := math.Float64bits(x)
	if b < firstRaw { // below 1e-300: kept where the bits would be no number
		b |= quietNaN
	}
	return Value(b)
}

// Number returns what Number was given, and false if there is no value.
func (v Value) Number() (float64, bool) {
	switch {
	case v == 0:
		return 0, false
	case v < firstRaw && v&1 != 0:
		return float64(unzigzag(uint64(v-1) >> 1)), true
	case v < firstRaw:
		return float64(unzigzag(uint64(v-2)>>1)) / 100, true
	case v&quietNaN == quietNaN && v>>63 == 0:
		v &^= quietNaN
	}
	return math.Float64frombits(uint64(v)), true
}

// hundredths returns the whole number of hundredths that x is the float64 of, and false
// if it is none.
func hundredths(x float64) (int64, bool) {
	r := math.RoundToEven(x * 100)
	if r/100 != x || r <= -maxPlain || r >= maxPlain {
		return 0, false
	}
	return int64(r), true
}

func zigzag(k int64) uint64   { return uint64(k<<1) ^ uint64(k>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }
