package column

import (
	"math/bits"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// keys is a dense array of unsigned integers by row, 8, 16, 32 or 64 bits wide.
// The width is set by the owner before the first key and never changed; a wider
// array is a new one.
type keys struct {
	width uint8
	k8    vec[uint8]
	k16   vec[uint16]
	k32   vec[uint32]
	k64   vec[uint64]
}

func (k *keys) get(row uint32) uint64 {
	switch k.width {
	case 8:
		return uint64(k.k8.get(row))
	case 16:
		return uint64(k.k16.get(row))
	case 32:
		return uint64(k.k32.get(row))
	}
	return k.k64.get(row)
}

func (k *keys) set(e *version.Epochs, row uint32, key uint64) {
	switch k.width {
	case 8:
		k.k8.set(e, row, uint8(key))
	case 16:
		k.k16.set(e, row, uint16(key))
	case 32:
		k.k32.set(e, row, uint32(key))
	default:
		k.k64.set(e, row, key)
	}
}

// widened returns a copy of the keys in a wider array.
func (k *keys) widened(e *version.Epochs, width uint8) keys {
	w := keys{width: width}
	switch {
	case k.width == 8 && width == 16:
		copyKeys(&w.k16, &k.k8, e)
	case k.width == 8:
		copyKeys(&w.k32, &k.k8, e)
	default:
		copyKeys(&w.k32, &k.k16, e)
	}
	return w
}

// copyKeys copies keys page by page to an array that is empty.
func copyKeys[To, From unsigned](to *vec[To], from *vec[From], e *version.Epochs) {
	for block := range max(1, len(from.blocks)) {
		for p := range pagesPerBlock {
			if rows := from.page(block, p); len(rows) > 0 {
				page := to.fresh(e, block, p, len(rows)-1)
				for i, x := range rows {
					page[i] = To(x)
				}
			}
		}
	}
}

func (k *keys) bytes() int {
	return k.k8.bytes(1) + k.k16.bytes(2) + k.k32.bytes(4) + k.k64.bytes(8)
}

type unsigned interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

// keepRange clears the bits of the rows of a block whose key is not in
// [lo, lo+span], or with neg the bits of those whose key is. Rows without a
// value, those not in present, are in no range.
func (k *keys) keepRange(block int, words *[idset.Words]uint64, lo, span uint64, present *idset.Set, neg bool) {
	in := words
	var hits [idset.Words]uint64
	if neg {
		hits = *words
		in = &hits
	}
	switch k.width {
	case 8:
		rangeBlock(&k.k8, block, in, uint8(lo), uint8(span))
	case 16:
		rangeBlock(&k.k16, block, in, uint16(lo), uint16(span))
	case 32:
		rangeBlock(&k.k32, block, in, uint32(lo), uint32(span))
	default:
		rangeBlock(&k.k64, block, in, lo, span)
	}
	present.And(block, in)
	if neg {
		for i, h := range hits {
			words[i] &^= h
		}
	}
}

// rangeBlock clears the bits whose key is outside [lo, lo+span]; words that are
// zero already cost nothing.
func rangeBlock[T unsigned](v *vec[T], block int, words *[idset.Words]uint64, lo, span T) {
	for p := range pagesPerBlock {
		w := words[p*pageWords : (p+1)*pageWords]
		rows := v.page(block, p)
		if len(rows) < pageRows {
			shortRange(rows, w, lo, span)
			continue
		}
		for i := range w {
			if w[i] != 0 {
				w[i] &= rangeWord((*[64]T)(rows[i*64:]), lo, span)
			}
		}
	}
}

func shortRange[T unsigned](rows []T, words []uint64, lo, span T) {
	for i := range words {
		var m uint64
		for j := i * 64; j < min(len(rows), (i+1)*64); j++ {
			if rows[j]-lo <= span {
				m |= 1 << (j & 63)
			}
		}
		words[i] &= m
	}
}

// rangeWord compares 64 keys without a branch. Four independent chains of 16
// keep the processor busy; one chain of 64 would wait for itself.
func rangeWord[T unsigned](rows *[64]T, lo, span T) uint64 {
	var a, b, c, d uint64
	for i := range 16 {
		a >>= 1
		b >>= 1
		c >>= 1
		d >>= 1
		a |= bit(rows[i]-lo <= span) << 15
		b |= bit(rows[i+16]-lo <= span) << 15
		c |= bit(rows[i+32]-lo <= span) << 15
		d |= bit(rows[i+48]-lo <= span) << 15
	}
	return a | b<<16 | c<<32 | d<<48
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// keepIDs drops the ids of a block for which in answers otherwise than keep.
func keepIDs[T unsigned](v *vec[T], block int, ids []uint16, keep bool, in func(T) bool) []uint16 {
	n := 0
	for _, id := range ids {
		if in(v.get(uint32(block)<<blockBits|uint32(id))) == keep {
			ids[n] = id
			n++
		}
	}
	return ids[:n]
}

// keepCodes clears the bits of the rows of a block whose key is not set in codes,
// a bitmap by key, or with neg of those whose key is.
func (k *keys) keepCodes(block int, words *[idset.Words]uint64, codes []uint64, neg bool) {
	switch k.width {
	case 8:
		codesBlock(&k.k8, block, words, codes, neg)
	case 16:
		codesBlock(&k.k16, block, words, codes, neg)
	default:
		codesBlock(&k.k32, block, words, codes, neg)
	}
}

func codesBlock[T unsigned](v *vec[T], block int, words *[idset.Words]uint64, codes []uint64, neg bool) {
	for p := range pagesPerBlock {
		rows := v.page(block, p)
		w := words[p*pageWords : (p+1)*pageWords]
		for i := range w {
			if w[i] == 0 {
				continue
			}
			m := codesWord(rows, i*64, w[i], codes)
			if neg {
				m = ^m
			}
			w[i] &= m
		}
	}
}

// codesWord looks up the keys of the candidate rows among 64.
func codesWord[T unsigned](rows []T, from int, candidates uint64, codes []uint64) uint64 {
	var m uint64
	if candidates == ^uint64(0) && from+64 <= len(rows) {
		for i, key := range rows[from : from+64] {
			m |= hasBit(codes, uint64(key)) << (i & 63)
		}
		return m
	}
	for c := candidates; c != 0; c &= c - 1 {
		i := bits.TrailingZeros64(c)
		if from+i < len(rows) {
			m |= hasBit(codes, uint64(rows[from+i])) << (i & 63)
		}
	}
	return m
}

func hasBit(set []uint64, i uint64) uint64 {
	if w := i >> 6; w < uint64(len(set)) {
		return set[w] >> (i & 63) & 1
	}
	return 0
}
