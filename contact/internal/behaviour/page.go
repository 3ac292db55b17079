package behaviour

import (
	"encoding/binary"
	"math"
	"math/bits"
	"sync/atomic"
	"unsafe"

	"github.com/rosterdb/roster/contact/internal/version"
)

// A key says where a row lies: rows ascend by it. Its parts are the first lanes of the
// row.
type key [3]uint64

func (k key) less(l key) bool {
	if k[0] != l[0] {
		return k[0] < l[0]
	}
	if k[1] != l[1] {
		return k[1] < l[1]
	}
	return k[2] < l[2]
}

// framed lanes have a base that follows their numbers. The others, most of which are
// small or 0, count from 0.
const framed = 2

// A page is a number of rows in ascending order, lane by lane in one piece of memory.
// It is the unit of copying.
type page struct {
	stamp version.Stamp
	n     int    // rows
	room  int    // rows there is memory for
	lanes []lane // never changed: a page gets new ones
	b     []byte
	tally atomic.Pointer[pageTally] // of all rows, nil until somebody asks; see tallyOf
}

// get returns the number of a row in a lane, 0 in a lane that the page does not have.
func (p *page) get(l, i int) uint64 {
	if l >= len(p.lanes) {
		return 0
	}
	return p.lanes[l].get(p.b, i)
}

// search returns the first row that is not below k, of which parts parts count. The
// comparison is written as arithmetic, because a branch would be mispredicted half of the
// time; rows with the same first part are few.
func (p *page) search(k key, parts int) int {
	if p.n == 0 || k[0] < p.lanes[0].base {
		return 0
	}
	first, m, w := k[0]-p.lanes[0].base, masks[p.lanes[0].w&15], int(p.lanes[0].w)
	b := p.b[p.lanes[0].off:]
	lo := 0
	for n := p.n; n > 0; {
		half := (n + 1) / 2
		x := binary.LittleEndian.Uint64(b[(lo+half-1)*w:]) & m
		_, below := bits.Sub64(x, first, 0)
		if x == first && p.below(lo+half-1, k, parts) {
			below = 1
		}
		lo += half & -int(below)
		n -= half
	}
	return lo
}

// below reports whether row i is below k.
func (p *page) below(i int, k key, parts int) bool {
	for l := range parts {
		if x := p.lanes[l].get(p.b, i); x != k[l] {
			return x < k[l]
		}
	}
	return false
}

// insert puts a row at i. The page must be owned, and the row have a number for each of
// its lanes.
func (p *page) insert(i int, row []uint64) {
	p.forget()
	if p.n == p.room || !p.holds(row) {
		p.reshape(row)
	}
	for l := range p.lanes {
		p.lanes[l].move(p.b, i, p.n, 1)
		p.lanes[l].put(p.b, i, row[l])
	}
	p.n++
}

// replace puts a row in the place of row i. The page must be owned, and the row have a
// number for each of its lanes.
func (p *page) replace(i int, row []uint64) {
	p.forget()
	if !p.holds(row) {
		p.reshape(row)
	}
	for l := range p.lanes {
		p.lanes[l].put(p.b, i, row[l])
	}
}

func (p *page) holds(row []uint64) bool {
	if len(row) > len(p.lanes) {
		return false
	}
	for l, x := range row {
		if !p.lanes[l].holds(x) {
			return false
		}
	}
	return true
}

// remove takes row i away. The page must be owned.
func (p *page) remove(i int) {
	p.forget()
	for l := range p.lanes {
		p.lanes[l].move(p.b, i+1, p.n, -1)
	}
	p.n--
}

// reshape gives the page memory for one more row than it has, and lanes that hold the
// given one.
func (p *page) reshape(row []uint64) {
	lanes := make([]lane, len(row))
	copy(lanes, p.lanes)
	for l, x := range row {
		if lanes[l].holds(x) && (p.n > 0 || l >= framed) {
			continue
		}
		lo, hi := x, x
		if l < framed {
			a, b := p.span(l, 0, p.n)
			if p.n > 0 && x > a {
				lo = p.lanes[l].base
			} else if p.n > 0 {
				lo -= min(lo, (b-x)/4) // rows that come in descending order shall not move the base each time
			}
			hi = max(hi, b)
		} else {
			lo = 0
		}
		lanes[l].base = lo
		lanes[l].w = max(lanes[l].w, widthOf(hi-lo))
	}
	room := p.room
	if p.n == room {
		room = p.n + spare(p.n)
	}
	c := p.copied(p.stamp, lanes, room)
	p.room, p.lanes, p.b = c.room, c.lanes, c.b
}

// span returns the smallest and the largest number of rows from to to in a lane.
func (p *page) span(l, from, to int) (lo, hi uint64) {
	lo = math.MaxUint64
	for i := from; i < to; i++ {
		x := p.get(l, i)
		lo, hi = min(lo, x), max(hi, x)
	}
	return lo, hi
}

// copied returns a copy of the page with room rows of the given lanes, which must hold
// all there is. The lanes are taken over and get their places.
func (p *page) copied(stamp version.Stamp, lanes []lane, room int) *page {
	c := newPage(stamp, lanes, room)
	c.take(p, 0, p.n)
	return c
}

// newPage returns a page without rows. The memory is as much as the allocator gives
// for the room asked for.
func newPage(stamp version.Stamp, lanes []lane, room int) *page {
	width := 0
	for _, l := range lanes {
		width += int(l.w)
	}
	b := append([]byte(nil), make([]byte, room*width+pad)...)
	b = b[:cap(b)]
	if width > 0 {
		room = min((len(b)-pad)/width, pageRoom)
	}
	off := 0
	for l := range lanes {
		lanes[l].off = uint32(off)
		off += room * int(lanes[l].w)
	}
	return &page{stamp: stamp, room: room, lanes: lanes, b: b}
}

// take appends rows from to to of another page, which the lanes must hold.
func (p *page) take(q *page, from, to int) {
	for l := range p.lanes {
		d := &p.lanes[l]
		if l < len(q.lanes) {
			s := &q.lanes[l]
			if s.w == d.w && s.base == d.base {
				w := int(d.w)
				copy(p.b[int(d.off)+p.n*w:], q.b[int(s.off)+from*w:int(s.off)+to*w])
				continue
			}
		}
		if d.w == 0 {
			continue
		}
		for i := from; i < to; i++ {
			d.put(p.b, p.n+i-from, q.get(l, i))
		}
	}
	p.n += to - from
}

// clone returns a copy of the page. The lanes are shared.
func (p *page) clone(stamp version.Stamp) *page {
	return &page{stamp: stamp, n: p.n, room: p.room, lanes: p.lanes, b: append([]byte(nil), p.b...)}
}

// part returns a page of rows from to to, in the narrowest lanes.
func (p *page) part(stamp version.Stamp, from, to int) *page {
	lanes := make([]lane, len(p.lanes))
	for l := range lanes {
		lo, hi := p.span(l, from, to)
		lanes[l] = frame(l, lo, hi)
		if old := &p.lanes[l]; old.w == lanes[l].w {
			lanes[l].base = old.base // the bytes can be copied as they are
		}
	}
	c := newPage(stamp, lanes, to-from+spare(to-from))
	c.take(p, from, to)
	return c
}

// joined returns a page of the rows of p and of q behind them.
func (p *page) joined(stamp version.Stamp, q *page) *page {
	lanes := make([]lane, max(len(p.lanes), len(q.lanes)))
	for l := range lanes {
		a, b := p.span(l, 0, p.n)
		c, d := q.span(l, 0, q.n)
		lanes[l] = frame(l, min(a, c), max(b, d))
	}
	c := newPage(stamp, lanes, p.n+q.n+spare(p.n+q.n))
	c.take(p, 0, p.n)
	c.take(q, 0, q.n)
	return c
}

// frame returns the narrowest lane for numbers from lo to hi.
func frame(l int, lo, hi uint64) lane {
	if l >= framed {
		lo = 0
	}
	return lane{base: lo, w: widthOf(hi - lo)}
}

// spare returns the rows that a page of n gets room for beyond them.
func spare(n int) int { return max(8, n/16) }

func (p *page) bytes() int {
	n := 0
	if p.tally.Load() != nil {
		n = int(unsafe.Sizeof(pageTally{}))
	}
	return n + int(unsafe.Sizeof(*p)) + cap(p.lanes)*int(unsafe.Sizeof(lane{})) + cap(p.b)
}
