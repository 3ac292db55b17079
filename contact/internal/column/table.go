package column

import "github.com/rosterdb/roster/contact/internal/version"

const (
	tableBits = 6
	tableRows = 1 << tableBits // entries of a page of a table, and pages of its blocks
	tableMask = tableRows - 1
)

// A table is a paged array of values by code: like a vec, but in small pages,
// since a change touches a code or two and nothing ever scans it.
type table[T any] struct {
	stamp  version.Stamp // of the slice of blocks
	blocks []*tableBlock[T]
}

type tableBlock[T any] struct {
	stamp  version.Stamp
	stamps [tableRows]version.Stamp
	pages  [tableRows]*[tableRows]T // nil: all zero
}

func (t *table[T]) get(code uint32) T {
	if b := int(code >> (2 * tableBits)); b < len(t.blocks) && t.blocks[b] != nil {
		if p := t.blocks[b].pages[code>>tableBits&tableMask]; p != nil {
			return p[code&tableMask]
		}
	}
	var zero T
	return zero
}

func (t *table[T]) set(e *version.Epochs, code uint32, x T) { *t.at(e, code) = x }

// at returns the place of a code for writing, copying what a snapshot can see.
// The pointer is good until the next call.
func (t *table[T]) at(e *version.Epochs, code uint32) *T { return &t.page(e, code)[code&tableMask] }

// page is like at for the whole page that the code is in.
func (t *table[T]) page(e *version.Epochs, code uint32) *[tableRows]T {
	b := int(code >> (2 * tableBits))
	if b >= len(t.blocks) || !e.Owns(t.stamp) {
		t.ownBlocks(e, b+1)
	}
	blk := t.blocks[b]
	if blk == nil || !e.Owns(blk.stamp) {
		own := new(tableBlock[T])
		if blk != nil {
			*own = *blk
		}
		own.stamp = e.Now()
		t.blocks[b], blk = own, own
	}
	p := code >> tableBits & tableMask
	if blk.pages[p] == nil || !e.Owns(blk.stamps[p]) {
		page := new([tableRows]T)
		if old := blk.pages[p]; old != nil {
			*page = *old
		}
		blk.pages[p], blk.stamps[p] = page, e.Now()
	}
	return blk.pages[p]
}

func (t *table[T]) ownBlocks(e *version.Epochs, n int) {
	if !e.Owns(t.stamp) {
		t.blocks = append(make([]*tableBlock[T], 0, max(n, len(t.blocks))), t.blocks...)
		t.stamp = e.Now()
	}
	for len(t.blocks) < n {
		t.blocks = append(t.blocks, nil)
	}
}

// each calls f with every place of the pages there are.
func (t *table[T]) each(f func(*T)) {
	for _, b := range t.blocks {
		if b == nil {
			continue
		}
		for _, p := range b.pages {
			if p == nil {
				continue
			}
			for i := range p {
				f(&p[i])
			}
		}
	}
}

// bytes estimates the memory held, elem being the size of a T.
func (t *table[T]) bytes(elem int) int {
	n := 8 * cap(t.blocks)
	for _, b := range t.blocks {
		if b == nil {
			continue
		}
		n += 8 + tableRows*16
		for _, p := range b.pages {
			if p != nil {
				n += elem * tableRows
			}
		}
	}
	return n
}
