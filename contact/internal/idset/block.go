package idset

import (
	"unsafe"

	"github.com/rosterdb/roster/contact/internal/version"
)

const (
	sparseMax = 1024 // most ids in the sparse form of a block
	denseMin  = 512  // fewest ids in the dense form, below half of sparseMax so that forms do not flip

	pages     = 8                 // pages of a dense block
	pageWords = Words / pages     // words of a page
	pageBits  = BlockSize / pages // ids of a page
)

// page is the piece of a dense block that is copied on its own.
type page [pageWords]uint64

// zeroPage stands for every page without ids in a set that was built. It has the
// zero stamp wherever it is used, so it is never written to.
var zeroPage page

// block holds the ids of one block, relative to its first. It is never empty.
//
// A block with the zero stamp is immutable with all its pages, so that any
// number of sets may share it.
type block struct {
	stamp version.Stamp
	n     int
	arr   []uint16 // all ids in ascending order, if dense is nil
	dense *dense   // owned like the block itself
}

// dense is the form of a block with many ids: a bit for each possible id.
type dense struct {
	stamps [pages]version.Stamp
	pages  [pages]*page
}

// denseBlock is a block and its dense part in one piece of memory, which saves
// an allocation in every copy.
type denseBlock struct {
	block
	d dense
}

// newDense returns a dense block without pages.
func newDense(stamp version.Stamp, n int) *block {
	b := &denseBlock{block: block{stamp: stamp, n: n}}
	b.block.dense = &b.d
	return &b.block
}

// clone returns a copy of the page. It is not cleared before, unlike new memory
// of a fixed size.
func (p *page) clone() *page { return (*page)(append([]uint64(nil), p[:]...)) }

// has returns 1 if the id is in the block and 0 if not.
func (d *dense) has(low uint16) uint64 {
	return d.pages[low>>13&(pages-1)][low>>6&(pageWords-1)] >> (low & 63) & 1
}

// find reports whether low is in the block and, in a sparse block, where it is
// or would be.
func (b *block) find(low uint16) (int, bool) {
	if b.dense != nil {
		return 0, b.dense.has(low) != 0
	}
	if last := len(b.arr) - 1; b.arr[last] < low { // ids often come in order
		return last + 1, false
	}
	i := search(b.arr, low)
	return i, b.arr[i] == low
}

// contains reports whether low is in the block.
func (b *block) contains(low uint16) bool {
	if b.dense != nil {
		return b.dense.has(low) != 0
	}
	i := search(b.arr, low)
	return i < len(b.arr) && b.arr[i] == low
}

// copy returns a copy of the block under a new stamp. Pages are shared and keep
// theirs.
func (b *block) copy(stamp version.Stamp) *block {
	if b.dense == nil {
		return &block{stamp: stamp, n: b.n, arr: withRoom(b.arr)}
	}
	c := newDense(stamp, b.n)
	*c.dense = *b.dense
	return c
}

// share returns a block with the same ids for use in another set: the block
// itself if nobody can ever change it, else a copy that has the given stamp and
// shares no page that could be changed.
func (b *block) share(stamp version.Stamp) *block {
	if b.stamp == 0 {
		return b
	}
	c := b.copy(stamp)
	if c.dense == nil {
		return c
	}
	for i, s := range c.dense.stamps {
		if s != 0 {
			c.dense.pages[i] = c.dense.pages[i].clone()
			c.dense.stamps[i] = stamp
		}
	}
	return c
}

// ownPage returns page i of a dense block for writing. The block must be owned.
func (b *block) ownPage(e *version.Epochs, i int) *page {
	d := b.dense
	if !e.Owns(d.stamps[i]) {
		d.pages[i] = d.pages[i].clone()
		d.stamps[i] = e.Now()
	}
	return d.pages[i]
}

// insert adds an id that find did not find, at the position it returned. The
// block must be owned.
func (b *block) insert(e *version.Epochs, at int, low uint16) {
	b.n++
	if b.dense == nil {
		if b.n <= sparseMax {
			b.arr = insert(b.arr, at, low)
			return
		}
		b.toDense(e.Now())
	}
	b.ownPage(e, int(low>>13))[low>>6&(pageWords-1)] |= 1 << (low & 63)
}

// remove takes out an id that find found, at the position it returned. The block
// must be owned, and have another id.
func (b *block) remove(e *version.Epochs, at int, low uint16) {
	b.n--
	if b.dense == nil {
		b.arr = remove(b.arr, at)
		return
	}
	b.ownPage(e, int(low>>13))[low>>6&(pageWords-1)] &^= 1 << (low & 63)
	if b.n < denseMin {
		b.toSparse()
	}
}

// toDense changes the form of a sparse block; n is left alone.
func (b *block) toDense(stamp version.Stamp) {
	d := &dense{}
	for i := range d.pages {
		d.pages[i] = &zeroPage
	}
	for _, low := range b.arr {
		i := low >> 13
		if d.pages[i] == &zeroPage {
			d.pages[i], d.stamps[i] = new(page), stamp
		}
		d.pages[i][low>>6&(pageWords-1)] |= 1 << (low & 63)
	}
	b.arr, b.dense = nil, d
}

// toSparse changes the form of a dense block.
func (b *block) toSparse() {
	b.arr, b.dense = b.appendIDs(make([]uint16, 0, b.n+b.n/4)), nil
}

// blockOf returns the block with the n ids of words, in the form that suits their
// number.
func blockOf(stamp version.Stamp, words *[Words]uint64, n int) *block {
	if n <= sparseMax {
		b := &block{stamp: stamp, n: n, arr: make([]uint16, n)}
		extract(b.arr, words[:], 0)
		return b
	}
	b := newDense(stamp, n)
	for i := range b.dense.pages {
		p := pageOf(words, i)
		if *p == zeroPage {
			b.dense.pages[i] = &zeroPage
			continue
		}
		b.dense.pages[i], b.dense.stamps[i] = p.clone(), stamp
	}
	return b
}

// pageOf returns page i of a buffer of words.
func pageOf(words *[Words]uint64, i int) *page {
	return (*page)(words[i*pageWords:])
}

// bytes returns the memory that the block holds.
func (b *block) bytes() int {
	n := int(unsafe.Sizeof(*b)) + 2*cap(b.arr)
	if b.dense != nil {
		n += int(unsafe.Sizeof(*b.dense))
		for _, p := range b.dense.pages {
			if p != &zeroPage {
				n += int(unsafe.Sizeof(*p))
			}
		}
	}
	return n
}
