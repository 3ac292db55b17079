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
	at := s.posts.codes.get(code)
	if at.n < 2 {
		if at.n == 0 || at.ref != row {
			s.posts.add(e, code, row)
		}
		return
	}
	if set, added := s.posts.sets.get(at.ref).Add(e, row); added {
		s.posts.codes.at(e, code).n++
		s.posts.sets.set(e, at.ref, set)
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

// Shared returns the rows of a code that has several, nil if it has one or none. Unlike Set
// it makes nothing.
func (s *Rowsets) Shared(code uint32) *idset.Set {
	if at := s.posts.codes.get(code); at.n > 1 {
		return s.posts.sets.get(at.ref)
	}
	return nil
}

// Union returns the rows that have any of the codes. blocks is how many blocks of rows
// there are.
func (s *Rowsets) Union(codes []uint32, blocks int) *idset.Set {
	total := 0
	some := make([]uint32, 0, len(codes)) // those that have a row
	for _, c := range codes {
		if n := s.posts.len(c); n > 0 {
			some = append(some, c)
			total += n
		}
	}
	if total == 0 {
		return nil
	}
	return s.posts.union(some, total, blocks)
}

// Bytes estimates the memory held.
func (s *Rowsets) Bytes() int { return s.posts.bytes() }
