package column

import (
	"encoding/binary"
	"slices"
)

// Whole numbers are stored packed: each in the same number of bits, its lowest bit
// first, without gaps; bit i%8 of byte i/8 is bit i. What is left of the last byte
// is zero.

// packedLen returns the bytes that n numbers of w bits take.
func packedLen(n int, w uint) int { return (n*int(w) + 7) / 8 }

// appendPacked appends numbers of at most w bits.
func appendPacked(dst []byte, list []uint64, w uint) []byte {
	if w == 0 {
		return dst
	}
	dst = slices.Grow(dst, packedLen(len(list), w)+8)
	var acc uint64 // bits not written yet, n of them
	var n uint
	for _, x := range list {
		acc |= x << n
		if n += w; n >= 64 {
			dst = binary.LittleEndian.AppendUint64(dst, acc)
			n -= 64
			acc = x >> (w - n)
		}
	}
	for ; n > 0; n -= min(n, 8) {
		dst = append(dst, byte(acc))
		acc >>= 8
	}
	return dst
}

// unpack reads the numbers from position from on, of w bits each, into dst. All of
// them must lie in data.
func unpack(dst []uint64, data []byte, from int, w uint) {
	if w == 0 {
		clear(dst)
		return
	}
	mask := ^uint64(0) >> (64 - w)
	at, i := from*int(w), 0
	if w <= 57 { // any bit of a byte and w more lie in eight bytes
		for ; i < len(dst) && at>>3+8 <= len(data); i++ {
			dst[i] = binary.LittleEndian.Uint64(data[at>>3:]) >> (at & 7) & mask
			at += int(w)
		}
	}
	for ; i < len(dst); i++ {
		var buf [16]byte
		copy(buf[:9], data[at>>3:])
		x := binary.LittleEndian.Uint64(buf[:]) >> (at & 7)
		x |= uint64(buf[8]) << (64 - at&7) // nothing if the first eight bytes begin with it
		dst[i] = x & mask
		at += int(w)
	}
}
