package idset

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
)

// The parts of the portable Roaring format that Bitmap writes.
const (
	roaringCookie   = 12346 // no container is run-length coded
	roaringArrayMax = 4096  // most ids in an array container
)

// Bitmap returns a copy of the set as a roaring bitmap without run containers,
// which belongs to the caller.
func (s *Set) Bitmap() *roaring.Bitmap {
	rb := roaring.New()
	if s == nil || s.blocks == nil {
		if s != nil {
			rb.AddMany(s.small)
		}
		return rb
	}
	// The interchange format is the only way to hand over whole containers.
	if _, err := rb.ReadFrom(bytes.NewReader(s.portable())); err != nil {
		panic(fmt.Sprintf("idset: roaring refuses a bitmap written by us: %v", err))
	}
	return rb
}

// portable returns a set kept in blocks in the portable Roaring format.
func (s *Set) portable() []byte {
	count, size := 0, 0
	for _, b := range s.blocks {
		if b != nil {
			count++
			size += b.portableSize()
		}
	}
	header := 8 + 8*count
	out := make([]byte, 8, header+size)
	binary.LittleEndian.PutUint32(out, roaringCookie)
	binary.LittleEndian.PutUint32(out[4:], uint32(count))
	for i, b := range s.blocks {
		if b != nil {
			out = binary.LittleEndian.AppendUint16(out, uint16(i))
			out = binary.LittleEndian.AppendUint16(out, uint16(b.n-1))
		}
	}
	offset := header
	for _, b := range s.blocks {
		if b != nil {
			out = binary.LittleEndian.AppendUint32(out, uint32(offset))
			offset += b.portableSize()
		}
	}
	for _, b := range s.blocks {
		if b != nil {
			out = b.appendPortable(out)
		}
	}
	return out
}

// portableSize returns the length of what appendPortable appends.
func (b *block) portableSize() int {
	if b.n <= roaringArrayMax {
		return 2 * b.n
	}
	return 8 * Words
}

// appendPortable appends the block as a container of the portable format.
func (b *block) appendPortable(out []byte) []byte {
	if b.n <= roaringArrayMax {
		var buf [roaringArrayMax]uint16
		for _, id := range b.appendIDs(buf[:0]) {
			out = binary.LittleEndian.AppendUint16(out, id)
		}
		return out
	}
	for _, p := range b.dense.pages {
		for _, w := range p {
			out = binary.LittleEndian.AppendUint64(out, w)
		}
	}
	return out
}

// fewPerWord is the number of ids for each word of the range spanned from which
// FromBitmap goes through bits rather than single ids.
const fewPerWord = 2

// FromBitmap returns the set of the ids of a roaring bitmap, which is not kept. A
// nil bitmap gives the empty set.
func FromBitmap(rb *roaring.Bitmap) *Set {
	if rb == nil || rb.IsEmpty() {
		return nil
	}
	var b Builder
	if rb.GetCardinality() >= fewPerWord*rb.DenseSize() {
		all := make([]uint64, (rb.DenseSize()+Words-1)/Words*Words)
		rb.WriteDenseTo(all)
		for i := 0; i < len(all); i += Words {
			b.AddWords(i/Words, (*[Words]uint64)(all[i:]), -1)
		}
		return b.Set()
	}
	// Blocks are cut at id borders, so one may arrive in several parts.
	buf := make([]uint32, min(rb.GetCardinality(), 8192))
	for it := rb.ManyIterator(); ; {
		n := it.NextMany(buf)
		if n == 0 {
			return b.Set()
		}
		b.addSorted(buf[:n])
	}
}
