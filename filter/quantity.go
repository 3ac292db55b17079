package filter

import "fmt"

// maxTimes is the largest number in a [Quantity]: no contact has as many events.
const maxTimes = 1_000_000_000

// Quantity says how many: at least, at most or exactly a number. At most a number is
// the complement of at least one more, and so it is kept; at most none and exactly none
// are the complement of at least one.
//
// The zero Quantity is refused by [New]. A Quantity is immutable and safe for concurrent
// use.
type Quantity struct {
	n       int64
	exactly bool
	not     bool
	err     error
}

// AtLeast returns the quantity "at least n", where n is 1 or more.
func AtLeast(n int) Quantity {
	q := Quantity{n: int64(n)}
	switch {
	case n == 0:
		q.err = fmt.Errorf("%s; %s", holdsForAll, hintNever)
	case n < 0 || n > maxTimes:
		q.err = fmt.Errorf("at least %d is not from 1 to %d", n, maxTimes)
	}
	return q
}

// AtMost returns the quantity "at most n", where n is 0 or more: it holds for who has
// none.
func AtMost(n int) Quantity {
	q := Quantity{n: int64(n) + 1, not: true}
	if n < 0 || n >= maxTimes {
		q.err = fmt.Errorf("at most %d is not from 0 to %d", n, maxTimes-1)
	}
	return q
}

// Exactly returns the quantity "exactly n", where n is 0 or more.
func Exactly(n int) Quantity {
	if n == 0 {
		return AtMost(0)
	}
	q := Quantity{n: int64(n), exactly: true}
	if n < 0 || n > maxTimes {
		q.err = fmt.Errorf("exactly %d is not from 0 to %d", n, maxTimes)
	}
	return q
}

const (
	holdsForAll = "at least 0 holds for every contact"
	hintNever   = "who did not is found by `never did`"
)

// appendTo appends the spelling of q, "at least 3", and reports whether it is that of
// one thing.
func (q Quantity) appendTo(b []byte) (text []byte, one bool) {
	n := q.n
	switch {
	case q.exactly:
		b = append(b, "exactly "...)
	case q.not:
		n--
		b = append(b, "at most "...)
	default:
		b = append(b, "at least "...)
	}
	return fmt.Appendf(b, "%d", n), n == 1
}
