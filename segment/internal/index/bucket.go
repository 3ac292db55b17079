package index

import (
	"slices"
	"unsafe"

	"github.com/google/btree"
)

// A bucket holds groups one after the other: a head and the checks of each. A small
// one is read from end to end; a large one also has a fan, to go to those that turn.
type bucket struct {
	records []check
	live    int // groups
	dead    int // checks, heads included, of groups that are gone
	fan     map[uint16]*blade
}

// A blade is the groups of a bucket by where one slot turns them.
type blade struct {
	words  map[uint32][]uint32 // places
	lower  *btree.BTreeG[bound]
	upper  *btree.BTreeG[bound]
	filled []uint32
	any    []uint32
}

// A bound is a number at which a group turns.
type bound struct {
	at    float64
	place uint32
}

// degree is that of the trees of bounds.
const degree = 16

func lessBound(a, b bound) bool { return a.at < b.at || a.at == b.at && a.place < b.place }

// A bucket of more than so many groups gets a fan, and one of a third of it loses it: reading
// a group that does not read what changed takes about 2 ns, going to one about 20.
const mostPlain = 48

// SetPlain has buckets of more than n groups get a fan, for tests. Nothing must be filed
// yet.
func (x *Index) SetPlain(n int) { x.plain = n }

// checks returns the checks of the group at a place.
func (b *bucket) checks(at uint32) []check {
	return b.records[at+1 : at+1+uint32(b.records[at].slot)]
}

// kill marks the group at a place as gone, and moves the others together when half of
// all are gone.
func (b *bucket) kill(at uint32, places []place) {
	b.records[at].not = true
	b.dead += 1 + int(b.records[at].slot)
	b.live--
	if b.live == 0 || b.dead*2 < len(b.records) {
		return
	}
	kept := make([]check, 0, len(b.records)-b.dead)
	for i := 0; i < len(b.records); i += 1 + int(b.records[i].slot) {
		if h := &b.records[i]; !h.not {
			places[h.place()].at = uint32(len(kept))
			kept = append(kept, b.records[i:i+1+int(h.slot)]...)
		}
	}
	b.records, b.dead = kept, 0
}

// post files a group, which is among the records, in the fan, or takes it out.
func (x *Index) post(b *bucket, number uint32, checks []check, in bool) {
	switch {
	case b.fan != nil && !in && b.live <= x.plain/3:
		b.fan = nil
	case b.fan != nil:
		x.fan(b, number, checks, in)
	case in && b.live > x.plain:
		b.fan = make(map[uint16]*blade)
		for i := 0; i < len(b.records); i += 1 + int(b.records[i].slot) {
			if h := &b.records[i]; !h.not {
				x.fan(b, h.place(), b.checks(uint32(i)), true)
			}
		}
	}
}

func (x *Index) fan(b *bucket, number uint32, checks []check, in bool) {
	for i := range checks {
		for t := range x.turnings(&checks[i]) {
			f := b.fan[t.slot]
			if f == nil {
				f = &blade{}
				b.fan[t.slot] = f
			}
			f.post(t, number, in)
		}
	}
}

func (f *blade) post(t turning, number uint32, in bool) {
	switch t.kind {
	case atWord:
		if f.words == nil {
			f.words = make(map[uint32][]uint32)
		}
		if list := postPlace(f.words[t.word], number, in); len(list) > 0 {
			f.words[t.word] = list
		} else {
			delete(f.words, t.word)
		}
	case atLower:
		f.lower = postBound(f.lower, bound{t.at, number}, in)
	case atUpper:
		f.upper = postBound(f.upper, bound{t.at, number}, in)
	case atFilled:
		f.filled = postPlace(f.filled, number, in)
	case atAny:
		f.any = postPlace(f.any, number, in)
	}
}

// postPlace adds a place to a list or takes it out. A group that turns twice at the
// same is in it twice.
func postPlace(list []uint32, number uint32, in bool) []uint32 {
	if in {
		return append(list, number)
	}
	return swapOut(list, slices.Index(list, number))
}

func postBound(t *btree.BTreeG[bound], b bound, in bool) *btree.BTreeG[bound] {
	if t == nil {
		t = btree.NewG(degree, lessBound)
	}
	if in {
		t.ReplaceOrInsert(b)
	} else {
		t.Delete(b)
	}
	return t
}

func (b *bucket) bytes() int {
	n := int(unsafe.Sizeof(*b)) + cap(b.records)*int(unsafe.Sizeof(check{}))
	for _, f := range b.fan {
		n += mapEntry(2+8) + int(unsafe.Sizeof(*f)) + 4*(cap(f.filled)+cap(f.any)) +
			treeBytes(f.lower, 16) + treeBytes(f.upper, 16)
		for _, list := range f.words {
			n += mapEntry(4+24) + 4*cap(list)
		}
	}
	return n
}
