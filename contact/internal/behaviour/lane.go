package behaviour

import (
	"encoding/binary"
	"math/bits"
)

// A lane is one attribute of the rows of a page: whole numbers of w bytes each, one
// after the other in the page's memory, least significant byte first, that are added
// to base. A lane whose numbers are all the same takes no byte a row.
type lane struct {
	base uint64
	off  uint32 // of the first row
	w    uint8
}

// pad is the room behind the last lane: numbers are read eight bytes at a time.
const pad = 8

// masks by width: what belongs to a number of the eight bytes read. Sixteen of them,
// so that no index has to be checked.
var masks = [16]uint64{0, 1<<8 - 1, 1<<16 - 1, 1<<24 - 1, 1<<32 - 1, 1<<40 - 1, 1<<48 - 1, 1<<56 - 1, 1<<64 - 1}

// widthOf returns the bytes that numbers up to x take.
func widthOf(x uint64) uint8 { return uint8((bits.Len64(x) + 7) / 8) }

// get returns the number of row i in the lane.
func (l *lane) get(b []byte, i int) uint64 {
	return l.base + binary.LittleEndian.Uint64(b[int(l.off)+i*int(l.w):])&masks[l.w&15]
}

// put writes the number of row i, which the lane must hold. Bytes of other rows stay
// as they are.
func (l *lane) put(b []byte, i int, x uint64) {
	b = b[int(l.off)+i*int(l.w):]
	m := masks[l.w&15]
	binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)&^m|(x-l.base)&m)
}

// holds reports whether the lane can take x as it is.
func (l *lane) holds(x uint64) bool { return x >= l.base && x-l.base <= masks[l.w&15] }

// move makes room for a row at i, or with by = -1 takes row i-1 away, in a lane of n
// rows.
func (l *lane) move(b []byte, i, n, by int) {
	w, off := int(l.w), int(l.off)
	copy(b[off+(i+by)*w:off+(n+by)*w], b[off+i*w:off+n*w])
}
