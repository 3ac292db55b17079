package contact

import (
	"iter"
	"math/bits"
)

// A dirty knows which blocks of which columns have changed since the checkpoint
// before.
type dirty struct {
	contacts, companies tableDirty
	events              [][]uint64 // by type: a bit for each shelf of contacts
}

// A tableDirty is the part of a dirty about one table: a bit for each block.
type tableDirty struct {
	cols [][]uint64 // by field
	live []uint64
}

func (d *tableDirty) note(id ID, kind ChangeKind, fields []uint16) {
	block := int(id / BlockSize)
	for _, f := range fields {
		d.set(int(f), block)
	}
	if kind != Updated {
		setBit(&d.live, block)
	}
}

// noteDropped notes all blocks of a field, given the last id: nothing of it stays in
// the file.
func (d *tableDirty) noteDropped(field int, last ID) {
	for block := range int(last/BlockSize) + 1 {
		d.set(field, block)
	}
}

func (d *tableDirty) set(field, block int) {
	for field >= len(d.cols) {
		d.cols = append(d.cols, nil)
	}
	setBit(&d.cols[field], block)
}

// noteEvent notes that events of a contact have changed.
func (d *dirty) noteEvent(event int, id ID) {
	for event >= len(d.events) {
		d.events = append(d.events, nil)
	}
	setBit(&d.events[event], int(id/eventShelf))
}

func setBit(words *[]uint64, i int) {
	for i/64 >= len(*words) {
		*words = append(*words, 0)
	}
	(*words)[i/64] |= 1 << (i % 64)
}

// take returns what has changed and begins anew.
func (d *dirty) take() dirty {
	t := *d
	*d = dirty{}
	return t
}

// setBits iterates over the places of the bits that are set.
func setBits(words []uint64) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, w := range words {
			for ; w != 0; w &= w - 1 {
				if !yield(i*64 + bits.TrailingZeros64(w)) {
					return
				}
			}
		}
	}
}
