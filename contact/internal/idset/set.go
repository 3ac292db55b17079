package idset

import (
	"unsafe"

	"github.com/rosterdb/roster/contact/internal/version"
)

// BlockSize is the number of ids in a block.
const BlockSize = 1 << 16

// Words is the number of 64-bit words that hold one bit for each id of a block:
// bit i%64 of word i/64 stands for the block's i-th id.
const Words = BlockSize / 64

// The number of ids up to which a set stays a single list, see smallLimit.
const (
	smallMin = 128  // whatever the spread of the ids
	smallMax = 1024 // even if the ids are spread over many blocks
	smallPer = 8    // in between, this many for each block spanned
)

// Set is a set of ids. The nil Set is empty and can be read and changed like any
// other.
//
// A Set that a snapshot can see, and one made by a Builder, FromIDs, FromBitmap
// or the set algebra, is immutable and safe for concurrent use. A Set returned
// by a change (Add, Remove, AddSet, RemoveSet) must not be used by more than one
// goroutine at a time until a snapshot is taken.
//
// The memory of a set that spans n blocks contains n pointers; ids are expected
// to be handed out from 0 upwards.
type Set struct {
	stamp version.Stamp
	n     int
	// small holds all ids in ascending order as long as blocks is nil.
	small []uint32
	// blocks is indexed by id / BlockSize; nil stands for a block without ids.
	// The last one is never nil.
	blocks []*block
}

// smallLimit returns the number of ids up to which a set that spans the given
// number of blocks is kept as one list. Below about eight ids for each block the
// blocks' headers would take more memory than the ids.
func smallLimit(blocks int) int {
	return min(max(smallPer*blocks, smallMin), smallMax)
}

// Len returns the number of ids.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return s.n
}

// Contains reports whether id is in the set.
func (s *Set) Contains(id uint32) bool {
	if s == nil {
		return false
	}
	if s.blocks != nil {
		i := int(id >> 16)
		return i < len(s.blocks) && s.blocks[i] != nil && s.blocks[i].contains(uint16(id))
	}
	i := search(s.small, id)
	return i < len(s.small) && s.small[i] == id
}

// Blocks returns one more than the number of the last block that holds an id, 0
// for the empty set.
func (s *Set) Blocks() int {
	switch {
	case s == nil:
		return 0
	case s.blocks != nil:
		return len(s.blocks)
	case len(s.small) > 0:
		return int(s.small[len(s.small)-1]>>16) + 1
	}
	return 0
}

// BlockLen returns the number of ids in block b, 0 for a block out of range.
func (s *Set) BlockLen(b int) int {
	if blk := s.block(b); blk != nil {
		return blk.n
	}
	return len(s.part(b))
}

// Min returns the smallest id, and false if the set is empty.
func (s *Set) Min() (uint32, bool) {
	for id := range s.All() {
		return id, true
	}
	return 0, false
}

// Max returns the largest id, and false if the set is empty.
func (s *Set) Max() (uint32, bool) {
	for id := range s.Backward() {
		return id, true
	}
	return 0, false
}

// Bytes returns the memory that the set holds. Pieces shared with other sets are
// counted in full. It takes time proportional to the number of blocks.
func (s *Set) Bytes() int {
	if s == nil {
		return 0
	}
	n := int(unsafe.Sizeof(*s)) + 4*cap(s.small) + 8*cap(s.blocks)
	for _, b := range s.blocks {
		if b != nil {
			n += b.bytes()
		}
	}
	return n
}

// block returns block b if the set is kept in blocks and has ids there, else
// nil.
func (s *Set) block(b int) *block {
	if s == nil || uint(b) >= uint(len(s.blocks)) {
		return nil
	}
	return s.blocks[b]
}

// part returns the ids in block b of a set kept as one list. It is empty for a
// set kept in blocks.
func (s *Set) part(b int) []uint32 {
	if s == nil || len(s.small) == 0 || uint(b) >= BlockSize {
		return nil
	}
	first := uint32(b) << 16
	ids := s.small[search(s.small, first):]
	if len(ids) == 0 || ids[len(ids)-1]>>16 == uint32(b) {
		return ids
	}
	return ids[:search(ids, first+BlockSize)]
}

// search returns the position of the first element of the sorted list a that is
// not below x. The comparison is written as arithmetic because the compiler turns
// a condition into a branch here, which is mispredicted half of the time.
func search[T idType](a []T, x T) int {
	lo, n := 0, len(a)
	for n > 1 {
		half := n / 2
		lo += half & int((int64(a[lo+half-1])-int64(x))>>63)
		n -= half
	}
	if n == 1 && a[lo] < x {
		lo++
	}
	return lo
}

// withRoom returns a copy of a with room for some more elements: a quarter of
// its length.
func withRoom[T idType](a []T) []T {
	c := append([]T(nil), make([]T, len(a)+len(a)/4+1)...)[:len(a)]
	copy(c, a)
	return c
}

// insert puts x at position i of a. A full list grows by a quarter, since a
// store keeps thousands of lists that have come to rest.
func insert[T idType](a []T, i int, x T) []T {
	if len(a) == cap(a) {
		a = withRoom(a)
	}
	a = a[:len(a)+1]
	copy(a[i+1:], a[i:])
	a[i] = x
	return a
}

// remove takes the element at position i out of a. A list that has become short
// for its memory is copied to less.
func remove[T idType](a []T, i int) []T {
	a = append(a[:i], a[i+1:]...)
	if cap(a) > 8 && len(a) < cap(a)/2 {
		a = withRoom(a)
	}
	return a
}
