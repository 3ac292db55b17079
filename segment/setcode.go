package segment

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/rosterdb/roster/contact"
)

// How a set is written: a byte, then what it asks for.
const (
	setIDs     = iota // count, then each id less the one before
	setRoaring        // portable Roaring with its length
	setAgain          // which of the sets before in this record it is, 1 for the last
)

const (
	fewInSet  = 8  // ids that are written as they are, whatever Roaring would take
	againFrom = 32 // ids from which a set is looked for among those before
	againBack = 4  // sets looked at
)

// set writes a set in the shortest way.
func (w *recordWriter) set(s contact.Set) {
	if n := len(w.sets); s.Len() >= againFrom {
		for back := 1; back <= min(n, againBack); back++ {
			if old := w.sets[n-back]; old.Len() == s.Len() && old.Equal(s) {
				w.b = append(w.b, setAgain, byte(back))
				return
			}
		}
	}
	w.sets = append(w.sets, s)
	w.b = appendSet(w.b, s)
}

func appendSet(b []byte, s contact.Set) []byte {
	var dense []byte
	if s.Len() > fewInSet {
		dense = marshalSet(s)
	}
	begin := len(b)
	b = binary.AppendUvarint(append(b, setIDs), uint64(s.Len()))
	last := contact.ID(0)
	for id := range s.All() {
		b = binary.AppendUvarint(b, uint64(id-last))
		last = id
		if dense != nil && len(b)-begin > len(dense)+4 {
			b = binary.AppendUvarint(append(b[:begin], setRoaring), uint64(len(dense)))
			return append(b, dense...)
		}
	}
	return b
}

// marshalSet returns a set in the portable Roaring format, with its runs made
// short; nil if it is empty.
func marshalSet(s contact.Set) []byte {
	if s.Len() == 0 {
		return nil
	}
	bitmap := s.Bitmap()
	bitmap.RunOptimize()
	data, err := bitmap.ToBytes()
	if err != nil { // it writes to memory
		panic(err)
	}
	return data
}

var errBitmap = errors.New("not a bitmap")

// unmarshalSet is the inverse of marshalSet. The data may be anything.
func unmarshalSet(data []byte) (set contact.Set, err error) {
	defer func() {
		if recover() != nil { // Roaring trusts what it reads
			set, err = contact.Set{}, errBitmap
		}
	}()
	if len(data) == 0 {
		return contact.Set{}, nil
	}
	bitmap := roaring.New()
	n, err := bitmap.FromBuffer(slices.Clone(data))
	if err != nil || n != int64(len(data)) || bitmap.Validate() != nil || bitmap.Contains(0) {
		return contact.Set{}, errBitmap
	}
	return contact.SetOfBitmap(bitmap), nil
}

// set reads what recordWriter.set has written.
func (r *recordReader) set() contact.Set {
	kind := r.byte()
	if kind == setAgain {
		back := int(r.byte())
		if back == 0 || back > len(r.sets) {
			r.fail("a set that is not there")
			return contact.Set{}
		}
		return r.sets[len(r.sets)-back]
	}
	var s contact.Set
	switch kind {
	case setIDs:
		s = r.ids()
	case setRoaring:
		var err error
		if s, err = unmarshalSet(r.bytes()); err != nil {
			r.fail("a set is damaged")
		}
	default:
		r.fail("a set of an unknown kind")
	}
	if r.err == nil && s.Len() < 2 {
		r.fail("a set of less than two")
	}
	r.sets = append(r.sets, s)
	return s
}

func (r *recordReader) ids() contact.Set {
	n := r.count()
	list := make([]contact.ID, 0, n)
	last := uint64(0)
	for range n {
		gap := r.uvarint()
		if last += gap; gap == 0 || gap > mostID || last > mostID {
			r.fail("ids out of order")
			return contact.Set{}
		}
		list = append(list, contact.ID(last))
	}
	return contact.SetOf(list...)
}
