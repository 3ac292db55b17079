package behaviour

import (
	"math/bits"
	"slices"
	"unsafe"

	"github.com/rosterdb/roster/contact/internal/version"
)

const (
	pageMax  = 512 // most rows that a page is given memory for
	pageRoom = 768 // most rows of a page, whose memory may turn out larger than asked for
	boardMax = 64  // most pages of a board
)

// A shelf holds rows in ascending order of their keys: pages on boards. Every page and
// every board covers the keys from a lower bound, set when it was made, to the next
// one's; so what is put in or taken out changes one page alone.
//
// A shelf is a value: a version of it is a copy, see package version.
type shelf struct {
	stamp  version.Stamp // of the two lists
	from   []key         // lower bound by board; never changed, but replaced
	boards []*board
	parts  int // of a key
	n      int // rows
}

// A board is a number of neighbouring pages.
type board struct {
	stamp version.Stamp
	n     int   // rows
	from  []key // lower bound by page; never changed, but replaced
	pages []*page
}

// A place is where a row lies or would lie: a board, a page of it, a row of that.
type place struct{ board, page, row int }

// find returns the page that covers a key.
func (s *shelf) find(k key) (board, page int) {
	if len(s.boards) == 0 {
		return 0, 0
	}
	board = covering(s.from, k)
	return board, covering(s.boards[board].from, k)
}

// covering returns the last of the bounds that is not above k; the first bound is below
// every key.
func covering(from []key, k key) int {
	n := len(from) - 1
	if !k.less(from[n]) {
		return n
	}
	lo := 0
	for n > 0 { // the answer is in lo … lo+n
		half := (n + 1) / 2
		x := &from[lo+half]
		_, above := bits.Sub64(k[0], x[0], 0)
		if k[0] == x[0] && k.less(*x) {
			above = 1
		}
		lo += half & (int(above) - 1)
		n -= half
	}
	return lo
}

// seek returns the place of the first row that is not below k, which may be behind the
// last row of its page.
func (s *shelf) seek(k key) place {
	b, p := s.find(k)
	if len(s.boards) == 0 {
		return place{}
	}
	return place{b, p, s.boards[b].pages[p].search(k, s.parts)}
}

// seekLate is seek for a key that is likely to be above all others.
func (s *shelf) seekLate(k key) place {
	if len(s.boards) > 0 {
		b := s.boards[len(s.boards)-1]
		p := b.pages[len(b.pages)-1]
		if !k.less(b.from[len(b.from)-1]) && p.below(p.n-1, k, s.parts) {
			return place{len(s.boards) - 1, len(b.pages) - 1, p.n}
		}
	}
	return s.seek(k)
}

// at returns the page of a place; nil if the shelf is empty.
func (s *shelf) at(at place) *page {
	if at.board >= len(s.boards) {
		return nil
	}
	return s.boards[at.board].pages[at.page]
}

// settle moves a place behind the last row of its page to the first row of the next,
// and reports whether there is a row.
func (s *shelf) settle(at *place) (*page, bool) {
	p := s.at(*at)
	for p != nil && at.row >= p.n {
		if p = s.next(at); p == nil {
			return nil, false
		}
	}
	return p, p != nil
}

// next moves a place to the beginning of the next page, which it returns; nil if there
// is none.
func (s *shelf) next(at *place) *page {
	if at.page+1 < len(s.boards[at.board].pages) {
		at.page, at.row = at.page+1, 0
	} else if at.board+1 < len(s.boards) {
		*at = place{board: at.board + 1}
	} else {
		return nil
	}
	return s.at(*at)
}

// back moves a place to behind the last row of the page before, which it returns; nil
// if there is none.
func (s *shelf) back(at *place) *page {
	if at.page > 0 {
		at.page--
	} else if at.board > 0 {
		at.board--
		at.page = len(s.boards[at.board].pages) - 1
	} else {
		return nil
	}
	p := s.at(*at)
	at.row = p.n
	return p
}

// before returns the row before a place; nil if there is none.
func (s *shelf) before(at place) (*page, int) {
	p := s.at(at)
	for p != nil && at.row == 0 {
		p = s.back(&at)
	}
	return p, at.row - 1
}

// between returns the number of rows from one place to a later one.
func (s *shelf) between(from, to place) int {
	if from.board == to.board && from.page == to.page {
		return max(0, to.row-from.row)
	}
	n := to.row - from.row
	for b := from.board; b <= to.board && b < len(s.boards); b++ {
		pages := s.boards[b].pages
		first, last := 0, len(pages)
		if b == from.board {
			first = from.page
		}
		if b == to.board {
			last = to.page
		}
		if first == 0 && last == len(pages) {
			n += s.boards[b].n
			continue
		}
		for _, p := range pages[first:max(first, last)] {
			n += p.n
		}
	}
	return max(0, n)
}

// insert puts a row with the key k into the place that seek returned for it.
func (s *shelf) insert(e *version.Epochs, at place, k key, row []uint64) {
	if len(s.boards) == 0 {
		s.own(e)
		s.from = []key{{}}
		s.boards = append(s.boards, &board{stamp: e.Now(), from: []key{{}}, pages: []*page{newPage(e.Now(), nil, 4)}})
	}
	p := s.ownPage(e, at.board, at.page)
	if p.n >= pageMax && p.n == p.room {
		at = s.split(e, at, k)
		p = s.at(at)
	}
	p.insert(at.row, row)
	s.boards[at.board].n++
	s.n++
}

// replace puts a row in the place of one with the same key.
func (s *shelf) replace(e *version.Epochs, at place, row []uint64) {
	s.ownPage(e, at.board, at.page).replace(at.row, row)
}

// split makes room in a full page, which is owned, and returns the new place. If the
// row goes behind the last one of all, the page stays as full as it is: rows that come
// in order leave full pages behind.
func (s *shelf) split(e *version.Epochs, at place, k key) place {
	b := s.boards[at.board]
	p := b.pages[at.page]
	var next *page
	var from key
	if at.row == p.n && at.board == len(s.boards)-1 && at.page == len(b.pages)-1 {
		lanes := slices.Clone(p.lanes)
		for l := range min(framed, len(lanes)) {
			lanes[l].base = k[l]
		}
		next, from = newPage(e.Now(), lanes, pageMax), k
	} else {
		half := p.n / 2
		for l := range s.parts {
			from[l] = p.get(l, half)
		}
		next = p.part(e.Now(), half, p.n)
		b.pages[at.page] = p.part(e.Now(), 0, half)
	}
	b.from = slices.Insert(slices.Clip(b.from), at.page+1, from)
	b.pages = slices.Insert(b.pages, at.page+1, next)
	if rows := b.pages[at.page].n; at.row > rows || at.row == rows && !k.less(from) {
		at.page, at.row = at.page+1, at.row-rows
	}
	if len(b.pages) > boardMax {
		at = s.splitBoard(e, at)
	}
	return at
}

// splitBoard halves a board that has become too long; at the end of the shelf it
// stays as full as it is.
func (s *shelf) splitBoard(e *version.Epochs, at place) place {
	b := s.boards[at.board]
	half := len(b.pages) / 2
	if at.board == len(s.boards)-1 && at.page == len(b.pages)-1 {
		half = at.page
	}
	next := &board{stamp: e.Now(), from: b.from[half:], pages: slices.Clone(b.pages[half:])}
	for _, p := range next.pages {
		next.n += p.n
	}
	b.n -= next.n
	clear(b.pages[half:])
	b.from, b.pages = b.from[:half], b.pages[:half]
	s.from = slices.Insert(slices.Clip(s.from), at.board+1, next.from[0])
	s.boards = slices.Insert(s.boards, at.board+1, next)
	if at.page >= half {
		at.board, at.page = at.board+1, at.page-half
	}
	return at
}

// remove takes the row at a place away.
func (s *shelf) remove(e *version.Epochs, at place) {
	p := s.ownPage(e, at.board, at.page)
	p.remove(at.row)
	b := s.boards[at.board]
	b.n--
	s.n--
	if p.n == 0 {
		s.drop(e, at)
	} else if p.n < pageMax/4 && at.page+1 < len(b.pages) && p.n+b.pages[at.page+1].n <= pageMax/2 {
		b.pages[at.page] = p.joined(e.Now(), b.pages[at.page+1])
		b.from = without(b.from, at.page+1)
		b.pages = slices.Delete(b.pages, at.page+1, at.page+2)
	}
}

// drop takes an empty page of an owned board away. What it covered is covered by the
// page before it, or after it if it was the first.
func (s *shelf) drop(e *version.Epochs, at place) {
	b := s.boards[at.board]
	if len(b.pages) > 1 {
		b.from = without(b.from, max(at.page, 1))
		b.pages = slices.Delete(b.pages, at.page, at.page+1)
		return
	}
	if at.board == 0 && len(s.boards) > 1 {
		next := s.ownBoard(e, 1)
		next.from = append([]key{{}}, next.from[1:]...)
	}
	if len(s.boards) == 1 {
		s.from = nil
	} else {
		s.from = without(s.from, max(at.board, 1))
	}
	s.boards = slices.Delete(s.boards, at.board, at.board+1)
}

// without returns a new list without the i-th bound. The one before it then covers
// what it did; the first bound stays, whichever piece goes.
func without(from []key, i int) []key {
	return append(slices.Clip(from[:i]), from[i+1:]...)
}

// own makes the two lists the writer's own.
func (s *shelf) own(e *version.Epochs) {
	if !e.Owns(s.stamp) {
		s.boards, s.stamp = slices.Clone(s.boards), e.Now()
	}
}

// ownBoard returns a board for writing.
func (s *shelf) ownBoard(e *version.Epochs, i int) *board {
	s.own(e)
	b := s.boards[i]
	if !e.Owns(b.stamp) {
		b = &board{stamp: e.Now(), n: b.n, from: b.from, pages: slices.Clone(b.pages)}
		s.boards[i] = b
	}
	return b
}

// ownPage returns a page for writing; its board is owned then.
func (s *shelf) ownPage(e *version.Epochs, board, page int) *page {
	b := s.ownBoard(e, board)
	p := b.pages[page]
	if !e.Owns(p.stamp) {
		p = p.clone(e.Now())
		b.pages[page] = p
	}
	return p
}

func (s *shelf) bytes() int {
	n := cap(s.from)*int(unsafe.Sizeof(key{})) + 8*cap(s.boards)
	for _, b := range s.boards {
		n += int(unsafe.Sizeof(*b)) + cap(b.from)*int(unsafe.Sizeof(key{})) + 8*cap(b.pages)
		for _, p := range b.pages {
			n += p.bytes()
		}
	}
	return n
}
