package idset

import (
	"iter"
	"math/bits"
)

// All returns the ids in ascending order. The set must not be changed in place
// during the loop; the same holds for From and Backward.
func (s *Set) All() iter.Seq[uint32] { return s.From(0) }

// From returns the ids that are not below id in ascending order.
func (s *Set) From(id uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		if s == nil {
			return
		}
		for _, x := range s.small[search(s.small, id):] {
			if !yield(x) {
				return
			}
		}
		low := uint16(id)
		for i := int(id >> 16); i < len(s.blocks); i++ {
			if b := s.blocks[i]; b != nil && !b.forward(uint32(i)<<16, low, yield) {
				return
			}
			low = 0
		}
	}
}

// forward yields the ids of the block that are not below low, with base added,
// and reports whether the loop goes on.
func (b *block) forward(base uint32, low uint16, yield func(uint32) bool) bool {
	if b.dense == nil {
		for _, x := range b.arr[search(b.arr, low):] {
			if !yield(base | uint32(x)) {
				return false
			}
		}
		return true
	}
	mask := ^uint64(0) << (low & 63)
	for w := int(low >> 6); w < Words; w++ {
		x := b.dense.pages[w/pageWords][w%pageWords] & mask
		mask = ^uint64(0)
		for ; x != 0; x &= x - 1 {
			if !yield(base | uint32(w*64+bits.TrailingZeros64(x))) {
				return false
			}
		}
	}
	return true
}

// Backward returns the ids in descending order.
func (s *Set) Backward() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		if s == nil {
			return
		}
		for i := len(s.small) - 1; i >= 0; i-- {
			if !yield(s.small[i]) {
				return
			}
		}
		for i := len(s.blocks) - 1; i >= 0; i-- {
			if b := s.blocks[i]; b != nil && !b.backward(uint32(i)<<16, yield) {
				return
			}
		}
	}
}

// backward yields the ids of the block in descending order, with base added, and
// reports whether the loop goes on.
func (b *block) backward(base uint32, yield func(uint32) bool) bool {
	for i := len(b.arr) - 1; i >= 0; i-- {
		if !yield(base | uint32(b.arr[i])) {
			return false
		}
	}
	if b.dense == nil {
		return true
	}
	for w := Words - 1; w >= 0; w-- {
		for x := b.dense.pages[w/pageWords][w%pageWords]; x != 0; {
			bit := 63 - bits.LeadingZeros64(x)
			if !yield(base | uint32(w*64+bit)) {
				return false
			}
			x &^= 1 << bit
		}
	}
	return true
}

// Select returns the i-th smallest id, counted from 0, and false if there are not
// that many. It takes time proportional to the number of blocks.
func (s *Set) Select(i int) (uint32, bool) {
	if i < 0 || i >= s.Len() {
		return 0, false
	}
	if s.blocks == nil {
		return s.small[i], true
	}
	for k, b := range s.blocks {
		if b == nil {
			continue
		}
		if i < b.n {
			return uint32(k)<<16 | uint32(b.at(i)), true
		}
		i -= b.n
	}
	return 0, false
}

// at returns the i-th smallest id of the block, which must have that many.
func (b *block) at(i int) uint16 {
	if b.dense == nil {
		return b.arr[i]
	}
	for k, p := range b.dense.pages {
		if n := p.count(); i >= n {
			i -= n
			continue
		}
		for w, x := range p {
			if n := bits.OnesCount64(x); i >= n {
				i -= n
				continue
			}
			for ; i > 0; i-- {
				x &= x - 1
			}
			return uint16(k*pageBits + w*64 + bits.TrailingZeros64(x))
		}
	}
	return 0
}
