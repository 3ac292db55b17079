package idset

import "math/bits"

// The functions of this file are the loops over words of bits.

// idType is the type of the ids in a list: a sparse block holds 16-bit ids, a set
// kept as one list whole ids, of which only the low 16 bits count within a block.
type idType interface{ uint16 | uint32 }

// onesCount returns the number of bits set.
func onesCount(words *[Words]uint64) int {
	n := 0
	for i := range pages {
		n += pageOf(words, i).count()
	}
	return n
}

// count returns the number of bits set. Four sums keep the additions from waiting
// for each other.
func (p *page) count() int {
	var a, b, c, d int
	for i := 0; i < pageWords; i += 8 {
		w := (*[8]uint64)(p[i:])
		a += bits.OnesCount64(w[0]) + bits.OnesCount64(w[4])
		b += bits.OnesCount64(w[1]) + bits.OnesCount64(w[5])
		c += bits.OnesCount64(w[2]) + bits.OnesCount64(w[6])
		d += bits.OnesCount64(w[3]) + bits.OnesCount64(w[7])
	}
	return a + b + c + d
}

// andCount returns the number of bits set in both pages.
func (p *page) andCount(q *page) int {
	var a, b, c, d int
	for i := 0; i < pageWords; i += 8 {
		v, w := (*[8]uint64)(p[i:]), (*[8]uint64)(q[i:])
		a += bits.OnesCount64(v[0] & w[0])
		b += bits.OnesCount64(v[1] & w[1])
		c += bits.OnesCount64(v[2] & w[2])
		d += bits.OnesCount64(v[3] & w[3])
		a += bits.OnesCount64(v[4] & w[4])
		b += bits.OnesCount64(v[5] & w[5])
		c += bits.OnesCount64(v[6] & w[6])
		d += bits.OnesCount64(v[7] & w[7])
	}
	return a + b + c + d
}

// and clears the bits of p that are not in q.
func (p *page) and(q *page) {
	for i := 0; i < pageWords; i += 4 {
		v, w := (*[4]uint64)(p[i:]), (*[4]uint64)(q[i:])
		v[0] &= w[0]
		v[1] &= w[1]
		v[2] &= w[2]
		v[3] &= w[3]
	}
}

// andNot clears the bits of p that are in q.
func (p *page) andNot(q *page) {
	for i := 0; i < pageWords; i += 4 {
		v, w := (*[4]uint64)(p[i:]), (*[4]uint64)(q[i:])
		v[0] &^= w[0]
		v[1] &^= w[1]
		v[2] &^= w[2]
		v[3] &^= w[3]
	}
}

// or sets the bits of p that are in q.
func (p *page) or(q *page) {
	for i := 0; i < pageWords; i += 4 {
		v, w := (*[4]uint64)(p[i:]), (*[4]uint64)(q[i:])
		v[0] |= w[0]
		v[1] |= w[1]
		v[2] |= w[2]
		v[3] |= w[3]
	}
}

// covers reports whether p has all bits of q.
func (p *page) covers(q *page) bool {
	for i, w := range q {
		if w&^p[i] != 0 {
			return false
		}
	}
	return true
}

// meets reports whether p and q have a bit in common.
func (p *page) meets(q *page) bool {
	for i, w := range q {
		if w&p[i] != 0 {
			return true
		}
	}
	return false
}

// extract writes the position of every bit set in words, plus base, to dst,
// which must be long enough, and returns their number.
func extract(dst []uint16, words []uint64, base int) int {
	k := 0
	for i, w := range words {
		first := uint16(base + i*64)
		for w != 0 {
			dst[k] = first + uint16(bits.TrailingZeros64(w))
			k++
			w &= w - 1
		}
	}
	return k
}

// orIDs sets the bits of ids in words.
func orIDs[T idType](words *[Words]uint64, ids []T) {
	for _, id := range ids {
		words[uint16(id)>>6] |= 1 << (id & 63)
	}
}

// andNotIDs clears the bits of ids in words.
func andNotIDs[T idType](words *[Words]uint64, ids []T) {
	for _, id := range ids {
		words[uint16(id)>>6] &^= 1 << (id & 63)
	}
}

// andIDs clears all bits of words but those of ids, of which there are at most
// sparseMax.
func andIDs[T idType](words *[Words]uint64, ids []T) {
	var hits [sparseMax]uint16
	k := 0
	for _, id := range ids {
		hits[k&(sparseMax-1)] = uint16(id)
		k += int(words[uint16(id)>>6] >> (id & 63) & 1)
	}
	clear(words[:])
	orIDs(words, hits[:k])
}

// countIDs returns the number of ids whose bit is set in words.
func countIDs[T idType](words *[Words]uint64, ids []T) int {
	var n uint64
	for _, id := range ids {
		n += words[uint16(id)>>6] >> (id & 63) & 1
	}
	return int(n)
}
