package behaviour

import (
	"errors"
	"fmt"
)

// PageMax and BoardMax are where shelves are cut.
const (
	PageMax  = pageMax
	BoardMax = boardMax
)

// Check looks at the inner order of a history.
func (h *History) Check() error {
	if h.byContact.n != h.byTime.n {
		return fmt.Errorf("%d rows by contact, %d by time", h.byContact.n, h.byTime.n)
	}
	if err := h.byContact.check(); err != nil {
		return fmt.Errorf("by contact: %w", err)
	}
	if err := h.byTime.check(); err != nil {
		return fmt.Errorf("by time: %w", err)
	}
	return nil
}

func (s *shelf) check() error {
	if len(s.from) != len(s.boards) {
		return fmt.Errorf("%d bounds of %d boards", len(s.from), len(s.boards))
	}
	rows := 0
	var last key
	for i, b := range s.boards {
		if len(b.pages) == 0 || len(b.pages) > boardMax || len(b.from) != len(b.pages) || b.from[0] != s.from[i] {
			return fmt.Errorf("board %d has %d pages, %d bounds", i, len(b.pages), len(b.from))
		}
		n := 0
		for j, p := range b.pages {
			if i+j == 0 && b.from[0] != (key{}) {
				return fmt.Errorf("the first bound is %v", b.from[0])
			}
			if p.n == 0 || p.n > p.room || p.n > pageRoom {
				return fmt.Errorf("page %d of board %d has %d rows, room for %d", j, i, p.n, p.room)
			}
			for r := range p.n {
				k := key{p.get(0, r), p.get(1, r), p.get(2, r)}
				if !last.less(k) || k.less(b.from[j]) {
					return fmt.Errorf("row %d of page %d of board %d: %v after %v, bound %v", r, j, i, k, last, b.from[j])
				}
				last = k
			}
			n += p.n
		}
		if n != b.n {
			return fmt.Errorf("board %d counts %d rows, has %d", i, b.n, n)
		}
		rows += n
	}
	if rows != s.n {
		return fmt.Errorf("%d rows counted, %d there", s.n, rows)
	}
	return nil
}

// Check fetches, and holds what is found for each event against what inserting it looks for.
func (f *Fetcher) Check() error {
	f.fetchRows()
	f.fetchSets()
	for i := range f.rows {
		r := &f.rows[i]
		if p := r.shelf.at(r.shelf.seek(r.key)); r.page != p || r.at != p.search(r.key, 1) || r.n != 0 {
			return fmt.Errorf("the row of contact %d is fetched at %d, not at %d of its page", r.key[0], r.at, p.search(r.key, 1))
		}
	}
	for i := range f.sets {
		if s := &f.sets[i]; s.sets != nil && s.set.Len() != s.sets.Len(s.code) && s.sets.Len(s.code) > 1 {
			return fmt.Errorf("the set of value %d is fetched with %d contacts, not %d", s.code, s.set.Len(), s.sets.Len(s.code))
		}
	}
	if f.Fetch(); len(f.rows)+len(f.sets) > 0 {
		return errors.New("something is left when all is fetched")
	}
	return nil
}
