package idset

import "slices"

// Builder makes a set block by block. The zero Builder is ready to use.
//
// Blocks may be given in any order, though ascending is fastest; ids of a block
// given more than once are united. Blocks outside 0..65535, where no id can be,
// are ignored. What is passed in is copied.
//
// Builder must not be used by more than one goroutine at a time.
type Builder struct {
	set Set // stamp 0; in the form of one list until that gets too long
}

// AddIDs adds the ids of a block, relative to its first, ascending and without
// duplicates.
func (b *Builder) AddIDs(block int, ids []uint16) {
	if len(ids) == 0 || uint(block) >= BlockSize {
		return
	}
	s := &b.set
	if s.blocks == nil && block >= s.Blocks() && s.n+len(ids) <= smallLimit(block+1) {
		for _, id := range ids {
			s.small = append(s.small, uint32(block)<<16|uint32(id))
		}
		s.n += len(ids)
		return
	}
	b.place(block, newBlock(ids))
}

// AddWords adds the ids whose bits are set in words, n of them; n may be -1 if
// the number is not known.
func (b *Builder) AddWords(block int, words *[Words]uint64, n int) {
	if n < 0 {
		n = onesCount(words)
	}
	if n == 0 || uint(block) >= BlockSize {
		return
	}
	if n <= sparseMax {
		var ids [sparseMax]uint16
		b.AddIDs(block, ids[:extract(ids[:], words[:], 0)])
		return
	}
	b.place(block, blockOf(0, words, n))
}

// AddRange adds all ids from the first to the last, which is included.
func (b *Builder) AddRange(from, to uint32) {
	if from > to {
		return
	}
	var words [Words]uint64
	for i := from >> 16; i <= to>>16; i++ {
		lo, hi := 0, BlockSize-1
		if i == from>>16 {
			lo = int(uint16(from))
		}
		if i == to>>16 {
			hi = int(uint16(to))
		}
		clear(words[:])
		for w := lo / 64; w <= hi/64; w++ {
			words[w] = ^uint64(0)
		}
		words[lo/64] &= ^uint64(0) << (lo % 64)
		words[hi/64] &= ^uint64(0) >> (63 - hi%64)
		b.AddWords(int(i), &words, hi-lo+1)
	}
}

// Set returns the set of all ids added, nil if there are none, and empties the
// builder. The set belongs to no epoch: its first change copies it.
func (b *Builder) Set() *Set {
	s := b.set
	b.set = Set{}
	if s.n == 0 {
		return nil
	}
	if s.blocks != nil && s.n <= smallLimit(len(s.blocks)) {
		s.flatten()
	}
	s.small, s.blocks = tight(s.small), slices.Clip(s.blocks)
	return &s
}

// newBlock returns a block of the given ids, which are copied.
func newBlock(ids []uint16) *block {
	b := &block{n: len(ids), arr: ids}
	if b.n > sparseMax {
		b.toDense(0) // lets go of ids
		return b
	}
	b.arr = append([]uint16(nil), ids...)
	return b
}

// place puts an immutable block into the set, united with what is there.
func (b *Builder) place(i int, blk *block) {
	s := &b.set
	if s.blocks == nil {
		s.spread(0)
	}
	s.reach(i)
	if old := s.blocks[i]; old != nil {
		var words [Words]uint64
		s.Load(i, &words)
		s.blocks[i] = blk
		s.n -= old.n
		s.Or(i, &words)
		blk = blockOf(0, &words, onesCount(&words))
	}
	s.blocks[i] = blk
	s.n += blk.n
}

// put adds a block of another set, sharing what nobody can change.
func (b *Builder) put(i int, blk *block) {
	if b.set.blocks == nil && blk.dense == nil {
		b.AddIDs(i, blk.arr)
		return
	}
	b.place(i, blk.share(0))
}

// putFrom adds block i of s, which must have ids there.
func (b *Builder) putFrom(i int, s *Set) {
	if blk := s.block(i); blk != nil {
		b.put(i, blk)
		return
	}
	var buf [smallMax]uint16
	b.AddIDs(i, s.AppendIDs(i, buf[:0]))
}

// FromIDs returns the set of the given ids, which may be in any order and occur
// more than once. The slice is not changed.
func FromIDs(ids ...uint32) *Set {
	if !slices.IsSorted(ids) {
		ids = slices.Clone(ids)
		slices.Sort(ids)
	}
	return ofSorted(ids)
}

// ofSorted returns the set of ids in ascending order, perhaps with duplicates.
func ofSorted(ids []uint32) *Set {
	var b Builder
	b.addSorted(ids)
	return b.Set()
}

// addSorted adds ids in ascending order, perhaps with duplicates.
func (b *Builder) addSorted(ids []uint32) {
	var buf []uint16
	for k := 0; k < len(ids); {
		i := ids[k] >> 16
		buf = buf[:0]
		for ; k < len(ids) && ids[k]>>16 == i; k++ {
			if low := uint16(ids[k]); len(buf) == 0 || buf[len(buf)-1] != low {
				buf = append(buf, low)
			}
		}
		b.AddIDs(int(i), buf)
	}
}
