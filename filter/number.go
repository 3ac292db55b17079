package filter

import (
	"math"
	"strconv"
	"strings"
)

// numberProblem says what is wrong with a literal of the number grammar.
type numberProblem uint8

const (
	numberFine     numberProblem = iota
	numberInexact                // all digits, and float64 has no such integer
	numberOverflow               // beyond the largest float64
)

// maxPlain is the largest number printed without an exponent: from there on,
// neighbouring float64 values are more than 1 apart, so an integer written in
// full might claim more digits than the value has.
const maxPlain = 1 << 53

// minPlain is the smallest number, apart from 0, printed without an exponent.
const minPlain = 1e-6

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// digits returns the length of the run of digits at the start of s.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// scanNumber returns the length of the longest number at the start of s, 0 if
// there is none, and whether it is an integer written in digits only.
func scanNumber(s string) (n int, plain bool) {
	if strings.HasPrefix(s, "-") {
		n++
	}
	d := digits(s[n:])
	if d == 0 {
		return 0, false
	}
	n += d
	plain = true
	if n < len(s) && s[n] == '.' {
		if d = digits(s[n+1:]); d == 0 {
			return n, plain
		}
		n += 1 + d
		plain = false
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		e := n + 1
		if e < len(s) && (s[e] == '+' || s[e] == '-') {
			e++
		}
		if d = digits(s[e:]); d > 0 {
			return e + d, false
		}
	}
	return n, plain
}

// parseNumber returns the number that s stands for, which must be all of one
// number as [scanNumber] sees it. An integer in digits only must be exact; other
// spellings are rounded to the nearest float64.
func parseNumber(s string) (float64, numberProblem) {
	if x, ok := smallInt(s); ok {
		return x, numberFine
	}
	_, plain := scanNumber(s)
	x, _ := strconv.ParseFloat(s, 64) // the grammar is checked: only the range can fail
	if math.IsInf(x, 0) {
		return 0, numberOverflow
	}
	if plain {
		want := strings.TrimLeft(strings.TrimPrefix(s, "-"), "0")
		if want == "" {
			want = "0"
		}
		if strconv.FormatFloat(math.Abs(x), 'f', 0, 64) != want {
			return 0, numberInexact
		}
	}
	return x, numberFine
}

// smallInt is the quick way for integers of up to 15 digits, which float64 always
// holds.
func smallInt(s string) (float64, bool) {
	d := strings.TrimPrefix(s, "-")
	if len(d) > 15 || digits(d) != len(d) {
		return 0, false
	}
	var n int64
	for i := range len(d) {
		n = n*10 + int64(d[i]-'0')
	}
	if len(d) < len(s) {
		n = -n
	}
	return float64(n), true
}

// appendNumber appends the shortest literal that reads back as x.
func appendNumber(b []byte, x float64) []byte {
	format := byte('f')
	if a := math.Abs(x); a > maxPlain || a != 0 && a < minPlain {
		format = 'e'
	}
	return strconv.AppendFloat(b, x, format, -1, 64)
}
