package contact

import (
	"math/bits"
	"slices"

	"github.com/rosterdb/roster/contact/internal/idset"
)

// BlockSize is the number of ids in a [Block]: ids i*BlockSize to
// (i+1)*BlockSize-1 are block i.
const BlockSize = idset.BlockSize

// Block holds the candidates among the contacts of one block while a filter runs
// over it: as a bitmap, or as a list once few are left. The zero Block is empty.
//
// A Block must not be used by more than one goroutine at a time. It is large (16
// KiB): make a few and use them again.
type Block struct {
	index  int
	listed bool
	n      int // candidates, -1 if not counted; bitmap only
	words  [idset.Words]uint64
	ids    []uint16
}

// listBelow is the number of candidates below which looking at them one by one is
// cheaper than passing over the block: a candidate costs about 10 ns with its
// listing, a row passed over 0.7.
const listBelow = 4096

// Blocks returns how many blocks a filter has to run over.
func (v *View) Blocks() int { return v.st.live.Blocks() }

// Blocks returns how many blocks a filter has to run over to see all of a set.
func (s Set) Blocks() int { return s.ids.Blocks() }

// Load makes the members of a set in block i the candidates.
func (b *Block) Load(set Set, i int) {
	b.index, b.listed = i, false
	b.n = set.ids.Load(i, &b.words)
}

// LoadProbe makes the contacts of block i that pass a probe the candidates, and
// reports whether it did: it does not if that would mean to look at every contact.
func (b *Block) LoadProbe(p Probe, i int) bool {
	n, ok := p.test.Load(i, &b.words)
	if ok {
		b.index, b.listed, b.n = i, false, n
	}
	return ok
}

// Copy makes the candidates of another block those of b.
func (b *Block) Copy(from *Block) {
	b.index, b.listed, b.n = from.index, from.listed, from.n
	if from.listed {
		b.ids = append(b.ids[:0], from.ids...)
	} else {
		b.words = from.words
	}
}

// Clear leaves no candidate, in the block that other is of.
func (b *Block) Clear(other *Block) {
	b.index, b.listed, b.ids = other.index, true, b.ids[:0]
}

// Len returns the number of candidates.
func (b *Block) Len() int {
	if b.listed {
		return len(b.ids)
	}
	if b.n < 0 {
		b.n = 0
		for _, w := range b.words {
			b.n += bits.OnesCount64(w)
		}
	}
	return b.n
}

// Keep drops the candidates that fail a probe, or with negate those that pass.
func (b *Block) Keep(p Probe, negate bool) {
	if !b.listed && p.test.Scans() && b.Len() < listBelow {
		b.list()
	}
	if b.listed {
		b.ids = p.test.KeepIDs(b.index, b.ids, negate)
		return
	}
	p.test.Keep(b.index, &b.words, negate)
	b.n = -1
}

// list turns the bitmap into a list.
func (b *Block) list() {
	b.ids = b.ids[:0]
	for i, w := range b.words {
		for ; w != 0; w &= w - 1 {
			b.ids = append(b.ids, uint16(i<<6|bits.TrailingZeros64(w)))
		}
	}
	b.listed = true
}

// spread turns the list into a bitmap.
func (b *Block) spread() {
	if !b.listed {
		return
	}
	b.words = [idset.Words]uint64{}
	for _, id := range b.ids {
		b.words[id>>6] |= 1 << (id & 63)
	}
	b.listed, b.n = false, len(b.ids)
}

// Or adds the candidates of another block of the same index.
func (b *Block) Or(from *Block) {
	if b.listed && len(b.ids) == 0 {
		b.Copy(from)
		return
	}
	b.spread()
	b.n = -1
	if from.listed {
		for _, id := range from.ids {
			b.words[id>>6] |= 1 << (id & 63)
		}
		return
	}
	for i, w := range from.words {
		b.words[i] |= w
	}
}

// And drops the candidates that another block of the same index does not have.
func (b *Block) And(from *Block) {
	switch {
	case b.listed:
		b.ids = slices.DeleteFunc(b.ids, func(id uint16) bool { return !from.has(id) })
	case from.listed:
		kept := b.ids[:0]
		for _, id := range from.ids {
			if b.words[id>>6]>>(id&63)&1 != 0 {
				kept = append(kept, id)
			}
		}
		b.ids, b.listed = kept, true
	default:
		b.n = -1
		for i, w := range from.words {
			b.words[i] &= w
		}
	}
}

// has reports whether an id is a candidate.
func (b *Block) has(id uint16) bool {
	if b.listed {
		_, found := slices.BinarySearch(b.ids, id)
		return found
	}
	return b.words[id>>6]>>(id&63)&1 != 0
}

// AndNot drops the candidates that another block of the same index has.
func (b *Block) AndNot(from *Block) {
	switch {
	case b.listed:
		b.ids = slices.DeleteFunc(b.ids, from.has)
	case from.listed:
		b.n = -1
		for _, id := range from.ids {
			b.words[id>>6] &^= 1 << (id & 63)
		}
	default:
		b.n = -1
		for i, w := range from.words {
			b.words[i] &^= w
		}
	}
}

// SetBuilder collects the candidates left in blocks into a [Set], blocks in
// ascending order. The zero SetBuilder is ready to use.
//
// A SetBuilder must not be used by more than one goroutine at a time.
type SetBuilder struct{ b idset.Builder }

// Add adds the candidates of a block, which stays the caller's.
func (s *SetBuilder) Add(b *Block) {
	if b.listed {
		s.b.AddIDs(b.index, b.ids)
		return
	}
	s.b.AddWords(b.index, &b.words, b.Len())
}

// Set returns the set and empties the builder.
func (s *SetBuilder) Set() Set { return Set{s.b.Set()} }
