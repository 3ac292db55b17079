package idset

import "github.com/rosterdb/roster/contact/internal/version"

// AddSet returns the set with all ids of t. Like Add, it changes s itself if no
// snapshot can see it. t is not changed, and later changes of either set do not
// show in the other; only pieces that nobody can change are shared. It takes
// time proportional to the ids of a small t, else to the blocks of t.
func (s *Set) AddSet(e *version.Epochs, t *Set) *Set {
	switch {
	case t.Len() == 0 || s == t:
		return s
	case s.Len() == 0:
		return t.share(e.Now())
	case t.blocks == nil:
		for _, id := range t.small {
			s, _ = s.Add(e, id)
		}
		return s
	}
	if s.blocks == nil {
		s = s.own(e)
		s.spread(e.Now())
	}
	for i, tb := range t.blocks {
		b := s.block(i)
		switch {
		case tb == nil || b != nil && b.covers(tb):
		case b == nil:
			s = s.own(e)
			s.reach(i)
			s.blocks[i] = tb.share(e.Now())
			s.n += tb.n
		default:
			s = s.own(e)
			b = s.ownBlock(e, i)
			s.n -= b.n
			b.or(e, tb)
			s.n += b.n
		}
	}
	return s
}

// RemoveSet returns the set without the ids of t. Like Remove, it changes s
// itself if no snapshot can see it, and returns nil if no id is left. t is not
// changed.
func (s *Set) RemoveSet(e *version.Epochs, t *Set) *Set {
	switch {
	case s.Len() == 0 || s == t:
		return nil
	case t.Len() == 0:
		return s
	case s.blocks == nil:
		return s.removeFromSmall(e, t)
	case t.blocks == nil:
		for _, id := range t.small {
			s, _ = s.Remove(e, id)
		}
		return s
	}
	n := s.n
	for i, tb := range t.blocks {
		b := s.block(i)
		if tb == nil || b == nil || !b.meets(tb) {
			continue
		}
		s = s.own(e)
		s.n -= b.n
		if b == tb {
			s.blocks[i] = nil
			continue
		}
		b = s.ownBlock(e, i)
		if b.andNot(e, tb); b.n == 0 {
			s.blocks[i] = nil
		}
		s.n += b.n
	}
	if s.n == n {
		return s
	}
	return s.shrink()
}

// removeFromSmall is RemoveSet for a set kept as one list.
func (s *Set) removeFromSmall(e *version.Epochs, t *Set) *Set {
	left := make([]uint32, 0, s.n)
	for _, id := range s.small {
		if !t.Contains(id) {
			left = append(left, id)
		}
	}
	switch len(left) {
	case s.n:
		return s
	case 0:
		return nil
	}
	if !e.Owns(s.stamp) {
		s = &Set{stamp: e.Now()}
	}
	s.small, s.n = tight(left), len(left)
	return s
}

// share returns a set with the same ids that can be kept beside s: s itself if
// nobody can ever change it, else a copy under the given stamp.
func (s *Set) share(stamp version.Stamp) *Set {
	switch {
	case s.Len() == 0:
		return nil
	case s.stamp == 0:
		return s
	}
	c := &Set{stamp: stamp, n: s.n}
	if s.blocks == nil {
		c.small = append(c.small, s.small...)
		return c
	}
	c.blocks = make([]*block, len(s.blocks))
	for i, b := range s.blocks {
		if b != nil {
			c.blocks[i] = b.share(stamp)
		}
	}
	return c
}

// tight returns a with at most a quarter of room.
func tight[T idType](a []T) []T {
	if cap(a) > 8 && cap(a) > len(a)+len(a)/4+1 {
		return append([]T(nil), a...)
	}
	return a
}

// covers reports whether the block has all ids of t.
func (b *block) covers(t *block) bool {
	switch {
	case b == t:
		return true
	case b.n < t.n:
		return false
	case t.dense == nil && b.dense == nil:
		return countBoth(t.arr, b.arr) == t.n
	case t.dense == nil:
		for _, low := range t.arr {
			if b.dense.has(low) == 0 {
				return false
			}
		}
		return true
	case b.dense == nil: // t may be in the dense form with few ids
		return countIn(b.arr, t.dense) == t.n
	}
	for i, p := range t.dense.pages {
		if q := b.dense.pages[i]; p != q && !q.covers(p) {
			return false
		}
	}
	return true
}

// meets reports whether the blocks have an id in common.
func (b *block) meets(t *block) bool {
	switch {
	case b == t:
		return true
	case b.dense == nil && t.dense == nil:
		return countBoth(b.arr, t.arr) > 0
	case b.dense == nil:
		return countIn(b.arr, t.dense) > 0
	case t.dense == nil:
		return countIn(t.arr, b.dense) > 0
	}
	for i, p := range t.dense.pages {
		if p != &zeroPage && b.dense.pages[i].meets(p) {
			return true
		}
	}
	return false
}

// or adds the ids of t to an owned block.
func (b *block) or(e *version.Epochs, t *block) {
	switch {
	case b.dense == nil && t.dense == nil:
		var words [Words]uint64
		orIDs(&words, b.arr)
		orIDs(&words, t.arr)
		stamp := b.stamp
		*b = *blockOf(e.Now(), &words, onesCount(&words))
		b.stamp = stamp
	case b.dense == nil:
		c := t.share(e.Now())
		if c == t {
			c = t.copy(e.Now())
		}
		for _, low := range b.arr {
			if _, found := c.find(low); !found {
				c.insert(e, 0, low)
			}
		}
		b.arr, b.dense, b.n = nil, c.dense, c.n
	case t.dense == nil:
		for _, low := range t.arr {
			if b.dense.has(low) == 0 {
				b.insert(e, 0, low)
			}
		}
	default:
		for i, p := range t.dense.pages {
			if b.dense.pages[i].covers(p) {
				continue
			}
			q := b.ownPage(e, i)
			b.n -= q.count()
			q.or(p)
			b.n += q.count()
		}
	}
}

// andNot takes the ids of t out of an owned block, which may become empty.
func (b *block) andNot(e *version.Epochs, t *block) {
	if b.dense == nil {
		b.arr = tight(t.drop(b.arr))
		b.n = len(b.arr)
		return
	}
	if t.dense == nil {
		for _, low := range t.arr {
			if b.dense.has(low) != 0 {
				b.ownPage(e, int(low>>13))[low>>6&(pageWords-1)] &^= 1 << (low & 63)
				b.n--
			}
		}
	} else {
		for i, p := range t.dense.pages {
			if p == &zeroPage || !b.dense.pages[i].meets(p) {
				continue
			}
			q := b.ownPage(e, i)
			b.n -= q.count()
			q.andNot(p)
			b.n += q.count()
		}
	}
	if b.n < denseMin {
		b.toSparse()
	}
}
