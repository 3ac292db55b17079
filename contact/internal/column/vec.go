package column

import "github.com/rosterdb/roster/contact/internal/version"

const (
	pageBits  = 10
	pageRows  = 1 << pageBits // rows of a page, the unit of copying
	blockBits = 16
	blockRows = 1 << blockBits // rows of a block, the unit of scanning
	pageMask  = pageRows - 1

	pagesPerBlock = blockRows / pageRows
	pageWords     = pageRows / 64
)

// A vec is a paged array of values by row. The zero vec is empty; a row never
// written reads as the zero value. The rows of the first page lie in a list that
// grows by doubling, so that the column of a small store stays small.
type vec[T any] struct {
	stamp      version.Stamp // of the slice of blocks
	firstStamp version.Stamp
	first      []T // rows below pageRows
	blocks     []*vecBlock[T]
}

type vecBlock[T any] struct {
	stamp  version.Stamp
	stamps [pagesPerBlock]version.Stamp
	pages  [pagesPerBlock]*[pageRows]T // nil: all zero; the first of block 0 is never made
}

func (v *vec[T]) get(row uint32) T {
	var zero T
	if row < pageRows {
		if int(row) < len(v.first) {
			return v.first[row]
		}
		return zero
	}
	if b := int(row >> blockBits); b < len(v.blocks) && v.blocks[b] != nil {
		if p := v.blocks[b].pages[row>>pageBits&(pagesPerBlock-1)]; p != nil {
			return p[row&pageMask]
		}
	}
	return zero
}

// page returns the rows of the p-th page of a block, nil if none was written. The
// first page of all may be shorter than a page: what is beyond is zero.
func (v *vec[T]) page(block, p int) []T {
	if block == 0 && p == 0 {
		return v.first
	}
	if block >= len(v.blocks) || v.blocks[block] == nil || v.blocks[block].pages[p] == nil {
		return nil
	}
	return v.blocks[block].pages[p][:]
}

func (v *vec[T]) set(e *version.Epochs, row uint32, x T) { *v.at(e, row) = x }

// at returns the place of a row for writing, copying what a snapshot can see.
// The pointer is good until the next call.
func (v *vec[T]) at(e *version.Epochs, row uint32) *T {
	if row < pageRows {
		if int(row) >= len(v.first) || !e.Owns(v.firstStamp) {
			v.ownFirst(e, int(row))
		}
		return &v.first[row]
	}
	b := int(row >> blockBits)
	if b >= len(v.blocks) || !e.Owns(v.stamp) {
		v.ownBlocks(e, b+1)
	}
	blk := v.blocks[b]
	if blk == nil || !e.Owns(blk.stamp) {
		blk = v.ownBlock(e, b)
	}
	p := row >> pageBits & (pagesPerBlock - 1)
	if blk.pages[p] == nil || !e.Owns(blk.stamps[p]) {
		page := new([pageRows]T)
		if old := blk.pages[p]; old != nil {
			*page = *old
		}
		blk.pages[p], blk.stamps[p] = page, e.Now()
	}
	return &blk.pages[p][row&pageMask]
}

func (v *vec[T]) ownFirst(e *version.Epochs, i int) {
	n := max(len(v.first), 16)
	for n <= i {
		n *= 2
	}
	first := make([]T, n)
	copy(first, v.first)
	v.first, v.firstStamp = first, e.Now()
}

func (v *vec[T]) ownBlocks(e *version.Epochs, n int) {
	if !e.Owns(v.stamp) {
		v.blocks = append(make([]*vecBlock[T], 0, max(n, len(v.blocks))), v.blocks...)
		v.stamp = e.Now()
	}
	for len(v.blocks) < n {
		v.blocks = append(v.blocks, nil)
	}
}

func (v *vec[T]) ownBlock(e *version.Epochs, b int) *vecBlock[T] {
	blk := new(vecBlock[T])
	if old := v.blocks[b]; old != nil {
		*blk = *old
	}
	blk.stamp = e.Now()
	v.blocks[b] = blk
	return blk
}

// bytes estimates the memory held, elem being the size of a T.
func (v *vec[T]) bytes(elem int) int {
	n := 8*cap(v.blocks) + elem*cap(v.first)
	for _, b := range v.blocks {
		if b == nil {
			continue
		}
		n += 8 + pagesPerBlock*16
		for _, p := range b.pages {
			if p != nil {
				n += elem * pageRows
			}
		}
	}
	return n
}
