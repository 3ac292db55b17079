package index

import (
	"unsafe"

	"github.com/google/btree"
)

// Stats are figures of an index.
type Stats struct {
	Segments int // with a filter
	Places   int // groups, once for each bucket they are in
	Buckets  int
	Bytes    int    // about what it takes in memory, without the filters themselves
	Visited  uint64 // groups looked at, in all
	Found    uint64 // segments found, in all
}

// Stats counts what is in the index: a pass over it.
func (x *Index) Stats() Stats {
	s := Stats{Segments: x.live, Places: len(x.places) - len(x.free.places), Visited: x.visited, Found: x.found}
	s.Bytes = int(unsafe.Sizeof(*x)) + cap(x.words)*int(unsafe.Sizeof(word{})) + cap(x.lits)*int(unsafe.Sizeof(literal{})) +
		cap(x.places)*int(unsafe.Sizeof(place{})) + cap(x.filed)*int(unsafe.Sizeof(filing{})) + 4*cap(x.nothing) + 4*cap(x.seen) +
		4*(cap(x.free.words)+cap(x.free.lits)+cap(x.free.places)) + len(x.litOf)*mapEntry(16+4)
	for _, f := range x.filed {
		s.Bytes += 4 * cap(f.places)
	}
	for i := range x.words {
		if x.words[i].refs > 0 {
			s.Bytes += mapEntry(16+4) + len(x.words[i].text)
		}
		if b := x.words[i].bucket; b != nil {
			s.Buckets++
			s.Bytes += b.bytes()
		}
	}
	for i := range x.lits {
		s.Bytes += 4*(cap(x.lits[i].words)+cap(x.lits[i].reads)) + 2*cap(x.lits[i].slots) + 16*cap(x.lits[i].spans) + literalBytes
	}
	for _, slot := range x.slots {
		if slot != nil {
			s.Bytes += int(unsafe.Sizeof(*slot)) + slot.words.MemoBytes() + treeBytes(slot.lower, 16) + treeBytes(slot.upper, 16)
		}
	}
	s.Bytes += x.readBytes()
	return s
}

// Work returns how many groups were looked at, and how many segments found, in all.
func (x *Index) Work() (visited, found uint64) { return x.visited, x.found }

// mapEntry is about what an entry takes in a map that is half to seven eighths full.
func mapEntry(n int) int { return (n + 1) * 3 / 2 }

// literalBytes is about what a literal of the filter package takes.
const literalBytes = 200

func treeBytes[T any](t *btree.BTreeG[T], n int) int {
	if t == nil {
		return 0
	}
	return t.Len() * n * 3 / 2
}
