package column

import (
	"hash/maphash"

	"github.com/rosterdb/roster/contact/internal/version"
)

// A textIndex is the hash table of a dict while a [TextLoader] fills it: the same
// open addressing, but in one piece, and with 32 bits of the hash beside each code, so
// that it grows without looking at the texts.
type textIndex struct {
	slots []uint64 // hash<<32 | code, 0 if free; as many as a power of two
	hash  []uint32 // scratch

	touched uint64 // written so that the compiler keeps the loads
}

// number appends the codes of texts, given as written and folded, to dst; those the
// dict does not have are added to it.
//
// A large table is nowhere near the processor. All slots are touched before the
// first is looked at, so that the waits overlap.
func (x *textIndex) number(d *dict, dst []uint32, written, folded []string) []uint32 {
	x.reserve(int(d.n) + len(written))
	mask := uint32(len(x.slots) - 1)
	x.hash = x.hash[:0]
	var touched uint64
	for _, f := range folded {
		h := uint32(maphash.String(d.seed, f))
		x.hash = append(x.hash, h)
		touched |= x.slots[h&mask]
	}
	x.touched = touched
	for i, h := range x.hash {
		dst = append(dst, x.code(d, h, written[i], folded[i]))
	}
	return dst
}

func (x *textIndex) code(d *dict, h uint32, written, folded string) uint32 {
	mask := uint32(len(x.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		slot := x.slots[i]
		if slot == 0 {
			d.append(written, folded)
			x.slots[i] = uint64(h)<<32 | uint64(d.n)
			return d.n
		}
		if uint32(slot>>32) == h {
			if w, f := d.record(uint32(slot)); w == written && f == folded {
				return uint32(slot)
			}
		}
	}
}

// reserve makes room for n texts.
func (x *textIndex) reserve(n int) {
	if size := dictSize(n); size > len(x.slots) {
		x.resize(size)
	}
}

// dictSize returns the slots of a table of n texts: at most four fifths are used.
func dictSize(n int) int {
	size := 16
	for n*5 > size*4 {
		size *= 2
	}
	return size
}

// resize moves to a table of another size. Texts of one hash keep their order, which
// is that of their numbers: the table is walked from where no chain of slots crosses.
func (x *textIndex) resize(size int) {
	old := x.slots
	x.slots = make([]uint64, size)
	start := 0
	for start < len(old) && old[start] != 0 {
		start++
	}
	mask := uint32(size - 1)
	for k := range old {
		slot := old[(start+k)&(len(old)-1)]
		if slot == 0 {
			continue
		}
		i := uint32(slot>>32) & mask
		for x.slots[i] != 0 {
			i = (i + 1) & mask
		}
		x.slots[i] = slot
	}
}

// finish gives the dict its table and empties the index.
func (x *textIndex) finish(e *version.Epochs, d *dict) {
	if d.n == 0 {
		return
	}
	if size := dictSize(int(d.n)); size != len(x.slots) {
		x.resize(size)
	}
	d.size = uint32(len(x.slots))
	for i := 0; i < len(x.slots); i += tableRows {
		page := d.slots.page(e, uint32(i))
		for j, slot := range x.slots[i:min(i+tableRows, len(x.slots))] {
			if slot != 0 {
				page[j] = uint32(slot) | d.tag(slot>>32)
			}
		}
	}
	*x = textIndex{}
}
