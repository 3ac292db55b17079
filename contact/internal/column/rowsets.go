package column

import (
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// Rowsets holds a set of rows for each code, for what gives a row any number of
// codes, like the events of a contact. A code of one row costs eight bytes. The zero
// Rowsets is empty and ready to use.
//
// Rowsets is a value: a version is a copy of it, kept where its owner keeps its
// header. Only the newest version may be changed, by the single writer, and none may
// be gone back to.
type Rowsets struct{ posts postings }

// Add puts a row into the set of a code.
func (s *Rowsets) Add(e *version.Epochs, code, row uint32) {
	if !s.Contains(code, row) {
		s.posts.add(e, code, row)
	}
}

// Remove takes a row out of the set of a code.
func (s *Rowsets) Remove(e *version.Epochs, code, row uint32) {
	if s.Contains(code, row) {
		s.posts.remove(e, code, row)
	}
}

// Contains reports whether a row is in the set of a code.
func (s *Rowsets) Contains(code, row uint32) bool {
	switch at := s.posts.codes.get(code); at.n {
	case 0:
		return false
	case 1:
		return at.ref == row
	default:
		return s.posts.sets.get(at.ref).Contains(row)
	}
}

// Len returns the number of rows of a code.
func (s *Rowsets) Len(code uint32) int { return s.posts.len(code) }

// Set returns the rows of a code.
func (s *Rowsets) Set(code uint32) *idset.Set { return s.posts.set(code) }

// Union returns the rows that have any of the codes.
func (s *Rowsets) Union(codes []uint32) *idset.Set {
	total := 0
	for _, c := range codes {
		total += s.posts.len(c)
	}
	if total == 0 {
		return nil
	}
	return s.posts.union(codes, total)
}

// Bytes estimates the memory held.
func (s *Rowsets) Bytes() int { return s.posts.bytes() }
