package behaviour

import (
	"math/bits"

	"github.com/rosterdb/roster/contact/internal/column"
	"github.com/rosterdb/roster/contact/internal/idset"
)

// A Fetcher brings what a batch of events will be put into near the processor, before they
// are inserted one by one.
//
// Whoever inserts an event finds each place by what was read at the one before: the page in
// the directory, the lanes in the page, the row in the lanes, and so on with the sets. In
// a large history nearly all of them are far from the processor, which waits for one after
// the other. A Fetcher goes through many events together, in loops that read one place for
// each: these do not depend on each other, so that the processor waits for many at once.
// Go has no other way to ask for memory in advance.
//
// Nothing is changed and nothing remembered. Events may be inserted that were not fetched
// for, and the other way round.
//
// A Fetcher belongs to the writer. The zero Fetcher is ready to use.
type Fetcher struct {
	rows []fetchedRow
	sets []fetchedSet
	sum  int // of what was read: the compiler leaves out what nobody uses
}

// A fetchedRow is where the row of an event will lie.
type fetchedRow struct {
	shelf *shelf
	key   key
	page  *page
	at, n int // while it is searched: the row is one of at … at+n
}

// A fetchedSet is one that a contact will be put into.
type fetchedSet struct {
	sets    *column.Rowsets // nil if the set is known
	code    uint32
	contact uint32
	set     *idset.Set
}

// Large reports whether a history is too large for the near caches, so that fetching takes
// less time than it saves.
func (h *History) Large() bool { return h.byContact.n >= 1<<13 }

// Add adds an event that will be inserted into a history, which must not change until
// Fetch. An empty one needs nothing.
func (f *Fetcher) Add(h *History, contact uint32, time int64) {
	if h.Len() == 0 {
		return
	}
	f.rows = append(f.rows, fetchedRow{shelf: &h.byContact, key: key{uint64(contact), ticks(time)}})
	f.sets = append(f.sets, fetchedSet{set: h.ever, contact: contact})
}

// AddValue adds a value of an attribute that an event of a contact will have, like Add.
func (f *Fetcher) AddValue(h *History, contact uint32, attr int, v Value) {
	if a := &h.attrs[attr]; a.indexed && v != 0 && v < maxIndexed {
		f.sets = append(f.sets, fetchedSet{sets: &a.sets, code: uint32(v), contact: contact})
	}
}

// Fetch reads what the events added since the last time will need. Some dozens at a time
// are best: few enough that it all stays near until they are inserted.
func (f *Fetcher) Fetch() {
	f.fetchRows()
	f.fetchSets()
	clear(f.rows) // they hold versions
	clear(f.sets)
	f.rows, f.sets = f.rows[:0], f.sets[:0]
}

// fetchRows reads what the rows need, one place a loop: the directory, the head of the page,
// the first lane's own head, the contacts among which the row is searched, and what has to
// move for it.
func (f *Fetcher) fetchRows() {
	most := 0
	for i := range f.rows {
		r := &f.rows[i]
		b, p := r.shelf.find(r.key)
		r.page = r.shelf.boards[b].pages[p]
	}
	for i := range f.rows {
		r := &f.rows[i]
		r.n = r.page.n
		most = max(most, r.n)
	}
	for i := range f.rows {
		f.sum += int(f.rows[i].page.lanes[0].w)
	}
	for ; most > 0; most /= 2 {
		for i := range f.rows {
			f.rows[i].narrow()
		}
	}
	for i := range f.rows {
		f.sum += f.rows[i].page.behind(f.rows[i].at)
	}
}

// narrow is one step of the search for a row, see page.search: by the contact alone, since
// rows of the same one are near each other.
func (r *fetchedRow) narrow() {
	if r.n == 0 {
		return
	}
	half := (r.n + 1) / 2
	_, below := bits.Sub64(r.page.get(laneContact, r.at+half-1), r.key[0], 0)
	r.at += half & -int(below)
	r.n -= half
}

// behind reads the rows of a page from the one before i on: what makes room for a row at i.
func (p *page) behind(i int) (sum int) {
	for l := range p.lanes {
		w, off := int(p.lanes[l].w), int(p.lanes[l].off)
		if w == 0 {
			continue
		}
		for at := off + max(i-1, 0)*w; at < off+p.n*w; at += 64 { // bytes that are fetched together
			sum += int(p.b[at])
		}
	}
	return sum
}

// fetchSets reads what the sets need, in the same way: where each set is, its head, that of
// the block, and what tells whether the contact is in it.
func (f *Fetcher) fetchSets() {
	for i := range f.sets {
		if s := &f.sets[i]; s.sets != nil {
			s.set = s.sets.Shared(s.code)
		}
	}
	for i := range f.sets {
		f.sum += f.sets[i].set.Len()
	}
	for i := range f.sets {
		f.sum += f.sets[i].set.BlockLen(int(f.sets[i].contact / idset.BlockSize))
	}
	for i := range f.sets {
		if f.sets[i].set.Contains(f.sets[i].contact) {
			f.sum++
		}
	}
}
