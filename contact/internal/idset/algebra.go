package idset

import "slices"

// And returns the ids that are in both sets. Neither is changed, and later
// changes of them do not show in the result; the same holds for Or, AndNot and
// OrMany.
func And(a, b *Set) *Set {
	switch {
	case a.Len() == 0 || b.Len() == 0:
		return nil
	case a == b:
		return a.share(0)
	case a.blocks == nil:
		return a.filter(b, true)
	case b.blocks == nil:
		return b.filter(a, true)
	}
	var (
		res   Builder
		words [Words]uint64
		buf   [sparseMax]uint16
	)
	for i := range min(len(a.blocks), len(b.blocks)) {
		x, y := a.blocks[i], b.blocks[i]
		if x == nil || y == nil {
			continue
		}
		if x == y {
			res.put(i, x)
			continue
		}
		if x.dense != nil && y.dense != nil {
			a.Load(i, &words)
			b.And(i, &words)
			res.AddWords(i, &words, -1)
			continue
		}
		if y.dense == nil && (x.dense != nil || y.n < x.n) {
			x, y = y, x
		}
		res.AddIDs(i, y.keep(x.appendIDs(buf[:0])))
	}
	return res.Set()
}

// mergeMax is the number of ids of a block up to which a union is made by merging
// or sorting lists, rather than through bits.
const mergeMax = 128

// Or returns the ids that are in at least one of the sets.
func Or(a, b *Set) *Set {
	switch {
	case a.Len() == 0 || a == b:
		return b.share(0)
	case b.Len() == 0:
		return a.share(0)
	case a.blocks == nil && b.blocks == nil:
		return ofSorted(union(make([]uint32, 0, a.n+b.n), a.small, b.small))
	}
	var (
		res        Builder
		words      [Words]uint64
		buf        [mergeMax]uint16
		bufA, bufB [mergeMax]uint16
	)
	for i := range max(a.Blocks(), b.Blocks()) {
		x, y := a.block(i), b.block(i)
		switch {
		case b.BlockLen(i) == 0 || x != nil && x == y:
			res.putFrom(i, a)
		case a.BlockLen(i) == 0:
			res.putFrom(i, b)
		case a.BlockLen(i)+b.BlockLen(i) > mergeMax:
			a.Load(i, &words)
			b.Or(i, &words)
			res.AddWords(i, &words, -1)
		default:
			res.AddIDs(i, union(buf[:0], a.AppendIDs(i, bufA[:0]), b.AppendIDs(i, bufB[:0])))
		}
	}
	return res.Set()
}

// AndNot returns the ids that are in a and not in b.
func AndNot(a, b *Set) *Set {
	switch {
	case a.Len() == 0 || a == b:
		return nil
	case b.Len() == 0:
		return a.share(0)
	case a.blocks == nil:
		return a.filter(b, false)
	}
	var (
		res   Builder
		words [Words]uint64
		buf   [sparseMax]uint16
	)
	for i, x := range a.blocks {
		switch {
		case x == nil || x == b.block(i):
		case b.BlockLen(i) == 0:
			res.put(i, x)
		case x.dense == nil:
			res.AddIDs(i, b.Drop(i, x.appendIDs(buf[:0])))
		default:
			a.Load(i, &words)
			b.AndNot(i, &words)
			res.AddWords(i, &words, -1)
		}
	}
	return res.Set()
}

// AndLen returns the number of ids that are in both sets, without making their
// intersection.
func AndLen(a, b *Set) int {
	switch {
	case a.Len() == 0 || b.Len() == 0:
		return 0
	case a.blocks == nil && (b.blocks != nil || a.n <= b.n):
		return a.countIn(b)
	case b.blocks == nil:
		return b.countIn(a)
	}
	n := 0
	for i := range min(len(a.blocks), len(b.blocks)) {
		if x, y := a.blocks[i], b.blocks[i]; x != nil && y != nil {
			n += x.andLen(y)
		}
	}
	return n
}

// andLen is AndLen for one block.
func (b *block) andLen(t *block) int {
	switch {
	case b == t:
		return b.n
	case b.dense == nil && t.dense == nil:
		return countBoth(b.arr, t.arr)
	case b.dense == nil:
		return countIn(b.arr, t.dense)
	case t.dense == nil:
		return countIn(t.arr, b.dense)
	}
	n := 0
	for i, p := range b.dense.pages {
		if q := t.dense.pages[i]; p != &zeroPage && q != &zeroPage {
			n += p.andCount(q)
		}
	}
	return n
}

// OrMany returns the ids that are in at least one of the sets, of which any
// number may be nil. It takes one pass over the blocks, whatever the number of
// sets.
func OrMany(sets []*Set) *Set {
	var small [][]uint32 // what is left of the sets kept as one list
	var large []*Set
	blocks := 0
	for _, s := range sets {
		blocks = max(blocks, s.Blocks())
		switch {
		case s.Len() == 0:
		case s.blocks == nil:
			small = append(small, s.small)
		default:
			large = append(large, s)
		}
	}
	if len(small) == 0 && len(large) == 1 {
		return large[0].share(0)
	}
	var res Builder
	var u unionBlock
	for i := range blocks {
		for k, ids := range small {
			n := 0
			for n < len(ids) && ids[n]>>16 == uint32(i) {
				u.add(uint16(ids[n]))
				n++
			}
			small[k] = ids[n:]
		}
		for _, s := range large {
			if b := s.block(i); b != nil {
				u.addBlock(b)
			}
		}
		u.flush(i, &res)
	}
	return res.Set()
}

// unionBlock collects one block of a union: as a list while it is short, then as
// bits.
type unionBlock struct {
	ids    []uint16 // in any order, while bits is false
	bits   bool
	words  [Words]uint64
	blocks int    // blocks added since the last flush
	ownIDs int    // single ids added since then
	only   *block // the last of the blocks
}

func (u *unionBlock) add(id uint16) {
	u.ownIDs++
	if u.bits {
		u.words[id>>6] |= 1 << (id & 63)
		return
	}
	u.ids = append(u.ids, id)
	if len(u.ids) > mergeMax {
		u.toBits()
	}
}

func (u *unionBlock) addBlock(b *block) {
	if u.blocks++; u.blocks == 1 && u.ownIDs == 0 {
		u.only = b // perhaps there will be no other
		return
	}
	if first := u.only; first != nil {
		u.only = nil
		u.merge(first)
	}
	u.merge(b)
}

// merge puts the ids of b among those collected.
func (u *unionBlock) merge(b *block) {
	if !u.bits && b.dense == nil && len(u.ids)+b.n <= mergeMax {
		u.ids = append(u.ids, b.arr...)
		return
	}
	u.toBits()
	if b.dense == nil {
		orIDs(&u.words, b.arr)
		return
	}
	for i, p := range b.dense.pages {
		if p != &zeroPage {
			pageOf(&u.words, i).or(p)
		}
	}
}

func (u *unionBlock) toBits() {
	if !u.bits {
		u.bits = true
		orIDs(&u.words, u.ids)
		u.ids = u.ids[:0]
	}
}

// flush moves what was collected into block i of res.
func (u *unionBlock) flush(i int, res *Builder) {
	switch {
	case u.only != nil:
		res.put(i, u.only)
	case u.bits:
		res.AddWords(i, &u.words, -1)
		clear(u.words[:])
	default:
		slices.Sort(u.ids)
		res.AddIDs(i, slices.Compact(u.ids))
	}
	u.ids, u.bits, u.blocks, u.ownIDs, u.only = u.ids[:0], false, 0, 0, nil
}

// Equal reports whether the sets hold the same ids.
func Equal(a, b *Set) bool {
	switch {
	case a.Len() != b.Len():
		return false
	case a == b || a.Len() == 0:
		return true
	case a.blocks != nil && b.blocks != nil && len(a.blocks) != len(b.blocks):
		return false
	}
	return AndLen(a, b) == a.n
}

// filter returns the ids of a set kept as one list that are in t, or those that
// are not.
func (s *Set) filter(t *Set, in bool) *Set {
	ids := make([]uint32, 0, s.n)
	for _, id := range s.small {
		if t.Contains(id) == in {
			ids = append(ids, id)
		}
	}
	return ofSorted(ids)
}

// countIn returns the number of ids of a set kept as one list that are in t.
func (s *Set) countIn(t *Set) int {
	if t.blocks == nil {
		return countWhole(s.small, t.small)
	}
	n := 0
	runs(s.small, func(i int, ids []uint32) {
		switch b := t.block(i); {
		case b == nil:
		case b.dense != nil:
			n += countIn(ids, b.dense)
		default:
			n += countBoth(ids, b.arr)
		}
	})
	return n
}
