package idset

import "slices"

// Load overwrites words with the ids of block b and returns their number. A
// block out of range is empty here and in all methods below.
func (s *Set) Load(b int, words *[Words]uint64) int {
	blk := s.block(b)
	if blk != nil && blk.dense != nil {
		for i, p := range blk.dense.pages {
			*pageOf(words, i) = *p
		}
		return blk.n
	}
	clear(words[:])
	s.Or(b, words)
	return s.BlockLen(b)
}

// And clears the bits of words that are not in block b.
func (s *Set) And(b int, words *[Words]uint64) {
	blk := s.block(b)
	switch {
	case blk == nil:
		if ids := s.part(b); len(ids) > 0 {
			andIDs(words, ids)
		} else {
			clear(words[:])
		}
	case blk.dense == nil:
		andIDs(words, blk.arr)
	default:
		for i, p := range blk.dense.pages {
			pageOf(words, i).and(p)
		}
	}
}

// AndNot clears the bits of words that are in block b.
func (s *Set) AndNot(b int, words *[Words]uint64) {
	blk := s.block(b)
	switch {
	case blk == nil:
		andNotIDs(words, s.part(b))
	case blk.dense == nil:
		andNotIDs(words, blk.arr)
	default:
		for i, p := range blk.dense.pages {
			if p != &zeroPage {
				pageOf(words, i).andNot(p)
			}
		}
	}
}

// Or sets the bits of words that are in block b.
func (s *Set) Or(b int, words *[Words]uint64) {
	blk := s.block(b)
	switch {
	case blk == nil:
		orIDs(words, s.part(b))
	case blk.dense == nil:
		orIDs(words, blk.arr)
	default:
		for i, p := range blk.dense.pages {
			if p != &zeroPage {
				pageOf(words, i).or(p)
			}
		}
	}
}

// AndCount returns the number of bits that are in words and in block b. Nothing
// is written.
func (s *Set) AndCount(b int, words *[Words]uint64) int {
	blk := s.block(b)
	switch {
	case blk == nil:
		return countIDs(words, s.part(b))
	case blk.dense == nil:
		return countIDs(words, blk.arr)
	}
	n := 0
	for i, p := range blk.dense.pages {
		if p != &zeroPage {
			n += pageOf(words, i).andCount(p)
		}
	}
	return n
}

// Keep filters ids, which are relative to the first of block b, ascending and
// without duplicates, in place and returns those that are in the block.
func (s *Set) Keep(b int, ids []uint16) []uint16 {
	if blk := s.block(b); blk != nil {
		return blk.keep(ids)
	}
	return keepIDs(ids, s.part(b))
}

// Drop filters ids, which are relative to the first of block b, ascending and
// without duplicates, in place and returns those that are not in the block.
func (s *Set) Drop(b int, ids []uint16) []uint16 {
	if blk := s.block(b); blk != nil {
		return blk.drop(ids)
	}
	return dropIDs(ids, s.part(b))
}

// keep is Keep for one block.
func (b *block) keep(ids []uint16) []uint16 {
	if b.dense == nil {
		return keepIDs(ids, b.arr)
	}
	k := 0
	for _, id := range ids {
		ids[k] = id
		k += int(b.dense.has(id))
	}
	return ids[:k]
}

// drop is Drop for one block.
func (b *block) drop(ids []uint16) []uint16 {
	if b.dense == nil {
		return dropIDs(ids, b.arr)
	}
	k := 0
	for _, id := range ids {
		ids[k] = id
		k += int(b.dense.has(id) ^ 1)
	}
	return ids[:k]
}

// AppendIDs appends the ids of block b, relative to its first and ascending, to
// dst and returns the extended slice.
func (s *Set) AppendIDs(b int, dst []uint16) []uint16 {
	if blk := s.block(b); blk != nil {
		return blk.appendIDs(dst)
	}
	for _, id := range s.part(b) {
		dst = append(dst, uint16(id))
	}
	return dst
}

// appendIDs appends the ids of the block to dst.
func (b *block) appendIDs(dst []uint16) []uint16 {
	if b.dense == nil {
		return append(dst, b.arr...)
	}
	k := len(dst)
	dst = slices.Grow(dst, b.n)[:k+b.n]
	for i, p := range b.dense.pages {
		if p != &zeroPage {
			k += extract(dst[k:], p[:], i*pageBits)
		}
	}
	return dst
}
