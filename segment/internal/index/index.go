// Package index finds, for one changed contact, the segments that it may enter or
// leave, without a look at the others.
//
// Every filter is filed as the groups of its normal form. A group lies in a bucket:
// that of its most selective word, say city = Bern, or that of the groups without any.
// A changed contact opens the buckets of its own words and the latter, and in each of
// them goes to the groups whose conditions turn between the old and the new value. What
// else such a group asks is decided at once from a record of 16 bytes a condition.
//
// What is found is a superset: the filter itself decides. Conditions on other segments
// are asked by the members of before; whoever moves there is pushed to the segments that
// name it, so that the answer is asked for again if it matters. So are the contacts of a
// company whose own fields change.
package index

import (
	"slices"
	"unsafe"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Index holds the filters of segments, by the id of the segment. It belongs to one
// goroutine at a time.
type Index struct {
	slots  []*slot // nil if no group reads it
	words  []word  // by number; number 0 is for the groups without a key
	litOf  map[filter.Fingerprint]uint32
	lits   []literal
	places []place
	filed  []filing // by segment
	live   int      // how many of them have a filter
	plain  int      // groups of a bucket without a fan, at most
	free   struct{ words, lits, places []uint32 }

	nothing []uint32 // places of groups that hold of a contact without values

	events   []eventReads      // by type
	reading  int               // readers of them, over all types
	readKeys map[uint32][]pair // by word of events: as the keys of a slot

	search
}

// A slot is what can change of a contact: a field, or one of the slots below.
type slot struct {
	field   contact.Field
	words   contact.WordNumbers // of those that conditions name
	points  map[float64]uint32  // the same of a field of numbers: its words are these
	lower   numbers             // where conditions turn, as in a turning
	upper   numbers
	filled  int // conditions that turn with there being a value
	other   int // conditions that may turn with any change
	keyed   int // groups in buckets of its words
	readers int // segments that read it
	keys    []pair
	turn    uint32 // see search
}

// The slots before those of the fields.
const (
	primarySlot uint16 = iota // which company is the primary one
	companySlot               // which companies there are
	readSlot                  // events
	firstField
)

// A pair says how many groups that read a slot are in buckets of another slot's words.
type pair struct {
	key uint16
	n   int
}

// A word is a text, option, tag, number, yes or no that some condition names.
type word struct {
	point  float64 // of a field of numbers: which
	slot   uint16
	event  uint16 // of a word of events: the type
	attr   uint16 // and the attribute, or anyEvent
	reads  uint32 // the slots that groups in the bucket read, as bits, and perhaps some more
	refs   int
	text   string
	bucket *bucket
}

// A place is where a group is filed. A group whose key has several words has several.
type place struct {
	word uint32 // the bucket
	at   uint32 // in its records
}

// A filing is what a segment has in the index.
type filing struct {
	program *filter.Program
	places  []uint32
}

// Bytes returns about what the index takes for a segment: its groups, once for each bucket
// they are in. What it shares with others (words, bounds, buckets, conditions) is left out.
func (x *Index) Bytes(id uint32) int {
	if int(id) >= len(x.filed) || x.filed[id].program == nil {
		return 0
	}
	n := int(unsafe.Sizeof(filing{})) + 4*cap(x.filed[id].places)
	for _, number := range x.filed[id].places {
		p := x.places[number]
		n += int(unsafe.Sizeof(p)) + len(x.words[p.word].bucket.group(p.at))*int(unsafe.Sizeof(check{}))
	}
	return n
}

// New returns an empty index.
func New() *Index {
	x := &Index{plain: mostPlain, litOf: make(map[filter.Fingerprint]uint32), words: make([]word, 1)}
	x.search.begin(x)
	return x
}

// Program returns the filter that is filed for a segment, nil if none is.
func (x *Index) Program(id uint32) *filter.Program {
	if int(id) < len(x.filed) {
		return x.filed[id].program
	}
	return nil
}

// Put files the filter of a segment instead of what was filed for it; nil files
// none. The version tells how selective conditions are. It costs what the normal form
// costs, and a few look-ups for each of its conditions.
func (x *Index) Put(v *contact.View, id uint32, p *filter.Program) {
	for int(id) >= len(x.filed) {
		x.filed = append(x.filed, filing{})
		x.seen = append(x.seen, 0)
	}
	f := &x.filed[id]
	if f.program != nil {
		for _, place := range f.places {
			x.take(place)
		}
		x.count(f.program, -1)
		x.live--
	}
	*f = filing{program: p}
	if p == nil {
		return
	}
	x.count(p, 1)
	x.live++
	groups, ok := p.Groups()
	if !ok {
		x.file(id, &draft{checks: []check{x.opaque(p)}, nothing: true})
		return
	}
	for _, g := range groups {
		x.file(id, x.draft(v, g))
	}
	f.places = slices.Clip(f.places)
}

// count counts a filter among the readers of its fields.
func (x *Index) count(p *filter.Program, n int) {
	for s := range slotsOf(p) {
		x.slot(s).readers += n
	}
	x.countReads(p, n)
}

func slotsOf(p *filter.Program) func(func(uint16) bool) {
	return func(yield func(uint16) bool) {
		for _, f := range p.Fields() {
			if !yield(slotOf(f)) {
				return
			}
		}
		primary, any := p.CompanyFields()
		_ = (len(primary) == 0 || yield(primarySlot)) && (len(any) == 0 || yield(companySlot))
	}
}

func slotOf(f contact.Field) uint16 { return firstField + uint16(f.Index()) }

// slot returns a slot, making it if needed.
func (x *Index) slot(s uint16) *slot {
	for int(s) >= len(x.slots) {
		x.slots = append(x.slots, nil)
		x.now = append(x.now, fact{})
		x.before = append(x.before, fact{})
		x.changed = append(x.changed, 0)
	}
	if x.slots[s] == nil {
		x.slots[s] = &slot{}
	}
	return x.slots[s]
}

// look is slot for reading: nil if no group reads it.
func (x *Index) look(s uint16) *slot {
	if int(s) < len(x.slots) {
		return x.slots[s]
	}
	return nil
}

// file puts a group into the buckets of its key, or into the one of those without.
func (x *Index) file(id uint32, d *draft) {
	if d.keys == nil {
		d.keys = []uint32{0}
	}
	for _, w := range d.keys {
		number := uint32(len(x.places))
		if n := len(x.free.places); n > 0 {
			number, x.free.places = x.free.places[n-1], x.free.places[:n-1]
		} else {
			x.places = append(x.places, place{})
		}
		if x.words[w].bucket == nil {
			x.words[w].bucket = &bucket{}
		}
		b := x.words[w].bucket
		x.places[number] = place{w, uint32(len(b.records))}
		head := x.head(id, number, d.checks)
		x.words[w].reads |= head.bloom()
		b.records = append(append(b.records, head), d.checks...)
		b.live++
		for i := range d.checks {
			x.hold(&d.checks[i], 1)
			x.link(&d.checks[i], w, 1)
		}
		x.post(b, number, d.checks, true)
		if w == 0 && d.nothing {
			x.nothing = append(x.nothing, number)
		}
		x.filed[id].places = append(x.filed[id].places, number)
	}
}

// take takes a group out of one of its buckets.
func (x *Index) take(number uint32) {
	p := x.places[number]
	b := x.words[p.word].bucket
	checks := b.checks(p.at)
	x.post(b, number, checks, false)
	if p.word == 0 {
		if i := slices.Index(x.nothing, number); i >= 0 {
			x.nothing = swapOut(x.nothing, i)
		}
	}
	for i := range checks {
		x.link(&checks[i], p.word, -1)
	}
	held := slices.Clone(checks) // released last: the bucket's own word is among theirs
	b.kill(p.at, x.places)
	if b.live == 0 {
		x.words[p.word].bucket, x.words[p.word].reads = nil, 0
	}
	for i := range held {
		x.hold(&held[i], -1)
	}
	x.free.places = append(x.free.places, number)
}

// link counts a condition of a group in the bucket of a word, or counts it out.
func (x *Index) link(c *check, bucket uint32, n int) {
	for t := range x.turnings(c) {
		s := x.slot(t.slot)
		switch t.kind {
		case atLower:
			s.lower.count(t.at, n)
		case atUpper:
			s.upper.count(t.at, n)
		case atFilled:
			s.filled += n
		case atAny:
			s.other += n
		}
		switch {
		case bucket == 0:
		case t.slot == readSlot:
			x.pairRead(t.word, x.words[bucket].slot, n)
		default:
			s.keys = countPair(s.keys, x.words[bucket].slot, n)
		}
	}
	if bucket != 0 && x.isKey(c, bucket) {
		x.slot(x.words[bucket].slot).keyed += n
	}
}

// isKey reports whether a condition is one on a bucket's word. A group may have two
// such: they are counted in and out alike.
func (x *Index) isKey(c *check, bucket uint32) bool {
	for t := range x.turnings(c) {
		if t.kind == atWord && t.word == bucket {
			return true
		}
	}
	return false
}

// countPair counts groups in buckets of the words of a slot.
func countPair(list []pair, key uint16, n int) []pair {
	i := slices.IndexFunc(list, func(p pair) bool { return p.key == key })
	if i < 0 {
		i = len(list)
		list = append(list, pair{key: key})
	}
	if list[i].n += n; list[i].n == 0 {
		list = swapOut(list, i)
	}
	return list
}

func swapOut[T any](list []T, i int) []T {
	last := len(list) - 1
	list[i] = list[last]
	return list[:last]
}

// word returns the number of a word of a slot, giving it one if needed.
func (x *Index) word(s uint16, text string) uint32 {
	slot := x.slot(s)
	if w := slot.words.Number(text); w != 0 {
		return w
	}
	number := x.newWord(word{slot: s, text: text})
	slot.words.Set(text, number)
	return number
}

// point is word for a number.
func (x *Index) point(s uint16, number float64) uint32 {
	slot := x.slot(s)
	if w := slot.points[number]; w != 0 {
		return w
	}
	if slot.points == nil {
		slot.points = make(map[float64]uint32)
	}
	slot.points[number] = x.newWord(word{slot: s, point: number})
	return slot.points[number]
}

// newWord gives a word a number.
func (x *Index) newWord(w word) uint32 {
	number := uint32(len(x.words))
	if n := len(x.free.words); n > 0 {
		number, x.free.words = x.free.words[n-1], x.free.words[:n-1]
	} else {
		x.words = append(x.words, word{})
	}
	x.words[number] = w
	return number
}

// refer counts the uses of a word and forgets it with the last one.
func (x *Index) refer(w uint32, n int) {
	if x.words[w].refs += n; x.words[w].refs == 0 {
		switch slot := x.slots[x.words[w].slot]; {
		case x.words[w].slot == readSlot:
			x.forgetRead(&x.words[w])
		case slot.points[x.words[w].point] == w:
			delete(slot.points, x.words[w].point)
		default:
			slot.words.Set(x.words[w].text, 0)
		}
		x.words[w] = word{}
		x.free.words = append(x.free.words, w)
	}
}

// Readers calls yield with the segments whose filter reads something that changed of
// one of some contacts, or events of one of some types, each once, ascending. It costs a
// pass over all filters.
func (x *Index) Readers(touched []contact.Touched, events func(event int) bool, yield func(id uint32)) {
	read := make([]bool, len(x.slots))
	all := x.reads(touched, read)
	for id := range x.filed {
		p := x.filed[id].program
		if p == nil {
			continue
		}
		found := all
		for s := range slotsOf(p) {
			found = found || read[s]
		}
		for event := range typesOf(p) {
			found = found || events(event)
		}
		if found {
			yield(uint32(id))
		}
	}
}

// CountReaders returns how many segments [Index.Readers] comes to at most.
func (x *Index) CountReaders(touched []contact.Touched, events func(event int) bool) (n int) {
	read := make([]bool, len(x.slots))
	if x.reads(touched, read) {
		return x.live
	}
	for s, changed := range read {
		if changed && x.slots[s] != nil {
			n += x.slots[s].readers
		}
	}
	for event := range x.events {
		if events(event) {
			n += x.events[event].readers
		}
	}
	return min(n, x.live)
}

// reads marks the slots that changed of some contacts; all is true if any of them was
// created.
func (x *Index) reads(touched []contact.Touched, read []bool) (all bool) {
	mark := func(s uint16) {
		if int(s) < len(read) {
			read[s] = true
		}
	}
	for i := range touched {
		t := &touched[i]
		all = all || t.Kind == contact.Created
		for _, f := range t.Fields {
			mark(firstField + f)
		}
		if t.Primary {
			mark(primarySlot)
		}
		if t.Companies {
			mark(companySlot)
		}
	}
	return all
}
