package contacttest

import (
	"math/bits"
	"math/rand/v2"
)

// below returns a number in [0, n), evenly but for a bias of n in 2⁶⁴.
func below(src *rand.PCG, n uint64) uint64 {
	hi, _ := bits.Mul64(src.Uint64(), n)
	return hi
}

// chance is true in perMille of a thousand cases.
func chance(src *rand.PCG, perMille uint64) bool { return below(src, 1000) < perMille }

// zipf draws ranks from 0 on by Zipf's law: rank k with a weight of 1/(k+1). It is an
// alias table: every slot holds one rank for the lower part of its width and another
// one for the rest, so that a draw costs one random number and one look-up. It is
// made in integers, because floating point may differ from machine to machine.
//
// A zipf is immutable and safe for concurrent use.
type zipf []slot

// slot is one slot of an alias table.
type slot struct {
	own   uint64 // the part of 2³² that belongs to the slot's own rank
	alias uint32 // the rank the rest belongs to
}

// newZipf makes the table for n ranks, n from 1 to 100 000.
func newZipf(n int) zipf {
	weight := make([]uint64, n) // in units of 1/n of a slot's width
	var width uint64
	for k := range weight {
		w := (1 << 27) / uint64(k+1) // small enough that no product below reaches 2⁶⁴
		weight[k] = w * uint64(n)
		width += w
	}
	var small, large []int // ranks with less than a slot's width, and the others
	for k, w := range weight {
		if w < width {
			small = append(small, k)
		} else {
			large = append(large, k)
		}
	}
	z := make(zipf, n)
	for len(small) > 0 { // the weights add up to n widths: while one is small, one is large
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		z[s] = slot{own: weight[s] << 32 / width, alias: uint32(l)}
		if weight[l] -= width - weight[s]; weight[l] < width {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, l := range large {
		z[l] = slot{own: 1 << 32}
	}
	return z
}

// draw returns a rank.
func (z zipf) draw(src *rand.PCG) int {
	k, rest := bits.Mul64(src.Uint64(), uint64(len(z)))
	if rest>>32 < z[k].own {
		return int(k)
	}
	return int(z[k].alias)
}

// steps is a distribution given as a staircase: each step has a share, and the numbers
// on a step are equally likely. The shares add up to shareUnit.
//
// Steps are immutable and safe for concurrent use.
type steps []step

// step is one step: the numbers in [lo, hi).
type step struct {
	share  uint32
	lo, hi uint32
}

// shareUnit is the whole of which a step has a share.
const shareUnit = 10_000

// draw returns a number.
func (s steps) draw(src *rand.PCG) uint32 {
	u := uint32(below(src, shareUnit))
	for _, st := range s[:len(s)-1] {
		if u < st.share {
			return st.lo + uint32(below(src, uint64(st.hi-st.lo)))
		}
		u -= st.share
	}
	last := s[len(s)-1]
	return last.lo + uint32(below(src, uint64(last.hi-last.lo)))
}
