package filtertest

import "math/rand/v2"

// A Chooser makes the choices of a generator: it returns a number in [0, n), where
// 0 is always the smallest choice. n is at least 1.
//
// A Chooser must not be used by more than one goroutine at a time.
type Chooser func(n int) int

// FromRand returns a Chooser that chooses at random.
func FromRand(rng *rand.Rand) Chooser { return rng.IntN }

// FromBytes returns a Chooser that reads each choice from the next byte, or the
// next two if there is more to choose from than a byte can say, and answers 0 when
// they run out: a fuzzer that edits a byte edits a choice. data stays the caller's
// and must not be changed meanwhile.
func FromBytes(data []byte) Chooser {
	next := func() int {
		if len(data) == 0 {
			return 0
		}
		c := int(data[0])
		data = data[1:]
		return c
	}
	return func(n int) int {
		c := next()
		if n > 256 {
			c = c<<8 | next()
		}
		return c % n
	}
}

// oneOf returns one of a list.
func oneOf[T any](choose Chooser, list []T) T { return list[choose(len(list))] }

// chance reports true once in n times; choice 0 is false.
func (choose Chooser) chance(n int) bool { return choose(n) == n-1 }
