package idset

import "github.com/rosterdb/roster/contact/internal/version"

// Add returns the set with id, and whether id is new in it. The result is to be
// kept and s dropped, unless a snapshot holds it: s itself is changed if no
// snapshot can see it. If id was there already, s is returned and nothing is
// copied.
func (s *Set) Add(e *version.Epochs, id uint32) (*Set, bool) {
	if s == nil {
		return &Set{stamp: e.Now(), n: 1, small: []uint32{id}}, true
	}
	if s.blocks == nil {
		return s.addSmall(e, id)
	}
	i, low := int(id>>16), uint16(id)
	b := s.block(i)
	if b == nil {
		s = s.own(e)
		s.reach(i)
		s.blocks[i] = &block{stamp: e.Now(), n: 1, arr: []uint16{low}}
		s.n++
		return s, true
	}
	at, found := b.find(low)
	if found {
		return s, false
	}
	s = s.own(e)
	s.ownBlock(e, i).insert(e, at, low)
	s.n++
	return s, true
}

// AddAll returns the set with all the given ids, like an [Set.Add] of each. It is
// quickest if they ascend.
func (s *Set) AddAll(e *version.Epochs, ids []uint32) *Set {
	for i := 0; i < len(ids); {
		b := s.block(int(ids[i] >> 16))
		if b == nil || b.dense == nil {
			s, _ = s.Add(e, ids[i])
			i++
			continue
		}
		if b.dense.has(uint16(ids[i])) != 0 { // nothing is copied for it
			i++
			continue
		}
		s = s.own(e)
		at := ids[i] / pageBits
		b = s.ownBlock(e, int(ids[i]>>16))
		p, n := b.ownPage(e, int(at%pages)), b.n
		for ; i < len(ids) && ids[i]/pageBits == at; i++ {
			w, bit := &p[ids[i]>>6&(pageWords-1)], uint64(1)<<(ids[i]&63)
			if *w&bit == 0 {
				*w |= bit
				b.n++
			}
		}
		s.n += b.n - n
	}
	return s
}

// Remove returns the set without id, and whether id was in it. The result is to
// be kept and s dropped, unless a snapshot holds it: s itself is changed if no
// snapshot can see it. If id was not there, s is returned and nothing is copied;
// if no id is left, nil is returned.
func (s *Set) Remove(e *version.Epochs, id uint32) (*Set, bool) {
	if s == nil {
		return nil, false
	}
	if s.blocks == nil {
		return s.removeSmall(e, id)
	}
	i, low := int(id>>16), uint16(id)
	b := s.block(i)
	if b == nil {
		return s, false
	}
	at, found := b.find(low)
	if !found {
		return s, false
	}
	s = s.own(e)
	if b.n > 1 {
		s.ownBlock(e, i).remove(e, at, low)
	} else {
		s.blocks[i] = nil
	}
	s.n--
	return s.shrink(), true
}

// addSmall is Add for a set kept as one list.
func (s *Set) addSmall(e *version.Epochs, id uint32) (*Set, bool) {
	at := len(s.small)
	if at > 0 && s.small[at-1] >= id { // ids often come in order
		at = search(s.small, id)
		if s.small[at] == id {
			return s, false
		}
	}
	s = s.own(e)
	s.small = insert(s.small, at, id)
	s.n++
	if s.n > smallMin && s.n > smallLimit(s.Blocks()) {
		s.spread(e.Now())
	}
	return s, true
}

// removeSmall is Remove for a set kept as one list.
func (s *Set) removeSmall(e *version.Epochs, id uint32) (*Set, bool) {
	at := search(s.small, id)
	if at == len(s.small) || s.small[at] != id {
		return s, false
	}
	if s.n == 1 {
		return nil, true
	}
	s = s.own(e)
	s.small = remove(s.small, at)
	s.n--
	return s, true
}

// own returns s for writing: itself, or a copy of the header if a snapshot may
// see it.
func (s *Set) own(e *version.Epochs) *Set {
	if e.Owns(s.stamp) {
		return s
	}
	c := &Set{stamp: e.Now(), n: s.n}
	if s.blocks == nil {
		c.small = withRoom(s.small)
	} else {
		c.blocks = append(c.blocks, s.blocks...)
	}
	return c
}

// ownBlock returns block i, which must exist, for writing. The set must be
// owned.
func (s *Set) ownBlock(e *version.Epochs, i int) *block {
	b := s.blocks[i]
	if !e.Owns(b.stamp) {
		b = b.copy(e.Now())
		s.blocks[i] = b
	}
	return b
}

// reach makes room for block i. The caller must fill it, since the last block is
// never nil.
func (s *Set) reach(i int) {
	if i >= len(s.blocks) {
		s.blocks = append(s.blocks, make([]*block, i+1-len(s.blocks))...)
	}
}

// shrink restores the form after ids were taken out of an owned set. It returns
// nil if no id is left.
func (s *Set) shrink() *Set {
	if s.n == 0 {
		return nil
	}
	if s.blocks == nil {
		return s
	}
	last := len(s.blocks)
	for s.blocks[last-1] == nil {
		last--
	}
	s.blocks = s.blocks[:last]
	if s.n <= smallLimit(last)/2 {
		s.flatten()
	}
	return s
}

// spread turns the one list of an owned set into blocks under the given stamp.
func (s *Set) spread(stamp version.Stamp) {
	s.blocks = make([]*block, s.Blocks())
	runs(s.small, func(i int, ids []uint32) {
		arr := make([]uint16, len(ids), len(ids)+len(ids)/4+1)
		for k := range arr {
			arr[k] = uint16(ids[k])
		}
		s.blocks[i] = &block{stamp: stamp, n: len(ids), arr: arr}
		if len(ids) > sparseMax { // a list far up may hold one block's ids alone
			s.blocks[i].toDense(stamp)
		}
	})
	s.small = nil
}

// flatten turns the blocks of an owned set into one list.
func (s *Set) flatten() {
	ids := make([]uint32, 0, s.n+s.n/4)
	for id := range s.All() {
		ids = append(ids, id)
	}
	s.small, s.blocks = ids, nil
}
