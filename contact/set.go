package contact

import (
	"io"
	"iter"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/rosterdb/roster/contact/internal/idset"
)

// Set is an immutable set of contact ids. The zero Set is empty. Operations
// return new Sets, share what they can and leave both operands alone.
//
// Set is immutable and safe for concurrent use; it may be kept after the View it
// came from is gone.
type Set struct{ ids *idset.Set }

// SetOf returns the set of the given ids, in any order.
func SetOf(ids ...ID) Set {
	raw := make([]uint32, len(ids))
	for i, id := range ids {
		raw[i] = uint32(id)
	}
	return Set{idset.FromIDs(raw...)}
}

// SetOfBitmap returns the set of the ids in a bitmap, which stays the caller's.
func SetOfBitmap(b *roaring.Bitmap) Set { return Set{idset.FromBitmap(b)} }

// Len returns the number of ids. It is kept, not counted.
func (s Set) Len() int { return s.ids.Len() }

// Contains reports whether an id is in the set.
func (s Set) Contains(id ID) bool { return s.ids.Contains(uint32(id)) }

// And returns the ids in both sets.
func (s Set) And(t Set) Set { return Set{idset.And(s.ids, t.ids)} }

// Or returns the ids in either set.
func (s Set) Or(t Set) Set { return Set{idset.Or(s.ids, t.ids)} }

// AndNot returns the ids in s that are not in t.
func (s Set) AndNot(t Set) Set { return Set{idset.AndNot(s.ids, t.ids)} }

// AndLen returns the number of ids in both sets without making the set of them.
func (s Set) AndLen(t Set) int { return idset.AndLen(s.ids, t.ids) }

// Equal reports whether both sets hold the same ids.
func (s Set) Equal(t Set) bool { return idset.Equal(s.ids, t.ids) }

// All iterates over the ids in ascending order.
func (s Set) All() iter.Seq[ID] { return convertSeq(s.ids.All()) }

// From iterates over the ids from one on, in ascending order.
func (s Set) From(id ID) iter.Seq[ID] { return convertSeq(s.ids.From(uint32(id))) }

// Backward iterates over the ids in descending order.
func (s Set) Backward() iter.Seq[ID] { return convertSeq(s.ids.Backward()) }

func convertSeq(ids iter.Seq[uint32]) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		ids(func(id uint32) bool { return yield(ID(id)) })
	}
}

// Same reports whether both are one and the same set in memory, which is quicker
// than [Set.Equal] and may say no for sets that are equal.
func (s Set) Same(t Set) bool { return s.ids == t.ids }

// IDs returns the ids in ascending order.
func (s Set) IDs() []ID {
	ids := make([]ID, 0, s.Len())
	for id := range s.ids.All() {
		ids = append(ids, ID(id))
	}
	return ids
}

// Bitmap returns the set as a Roaring bitmap of the caller's own.
func (s Set) Bitmap() *roaring.Bitmap { return s.ids.Bitmap() }

// WriteTo writes the set in the portable Roaring format, which the Roaring
// libraries of all languages and many databases read.
func (s Set) WriteTo(w io.Writer) (int64, error) { return s.ids.Bitmap().WriteTo(w) }

// MarshalBinary returns the set in the portable Roaring format.
func (s Set) MarshalBinary() ([]byte, error) { return s.ids.Bitmap().ToBytes() }
