package index

import (
	"math"
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
)

// A search is what the index knows while it looks for the segments of one contact.
// Its memory is used again for the next.
type search struct {
	commit  *contact.Commit
	view    *contact.View
	instant time.Time
	growing bool // no events are deleted

	id      contact.ID
	created bool
	did     bool     // nothing but events of the contact has changed
	turn    uint32   // number of the search; what bears another is of an earlier one
	changed []uint32 // by slot: the turn in which it turns something
	now     []fact   // by slot
	before  []fact   // by slot, of those that changed
	seen    []uint32 // by segment: the turn in which it was found
	changes []uint16 // slots that turn something
	bloom   uint32   // their bits

	candidates []candidate // see decide
	sought     []*bucket   // see seek

	matched func(id uint32) bool
	yield   func(id uint32, holds, sure bool)

	// What walks the trees; made once, so that a search allocates nothing.
	walk    func(bound) bool
	last    float64 // where the walk ends
	open    bool    // without the end itself
	in      *bucket
	visited uint64
	found   uint64
}

// A fact is what the contact has in a slot, now or before.
type fact struct {
	turn   uint32
	filled bool
	number float64
	words  []uint32 // those that conditions name
}

func (s *search) begin(x *Index) {
	s.walk = func(b bound) bool {
		if b.at > s.last || s.open && b.at == s.last {
			return false
		}
		x.visit(s.in.group(x.places[b.place].at))
		return true
	}
}

// group returns the head and the checks of the group at a place.
func (b *bucket) group(at uint32) []check {
	return b.records[at : at+1+uint32(b.records[at].slot)]
}

// Begin prepares for the contacts of a commit. now is the instant at which relative
// conditions are asked; grows says that of the events that are read some were recorded and
// none deleted.
func (x *Index) Begin(c *contact.Commit, now time.Time, grows bool) {
	x.commit, x.view, x.instant, x.growing = c, c.View(), now, grows
}

// End lets go of the commit.
func (x *Index) End() { x.commit, x.view = nil, nil }

// Find calls yield with the segments that a contact of the commit may enter or leave
// by what changed of itself, each once. matched tells what a segment's filter said of it
// before. If it is sure, holds is what the filter says now: it says yes if a group of it
// holds by the values of the contact itself, and no if none can by them. A contact that
// is deleted has nothing to be asked.
//
// The cost is that of the groups whose conditions turn between the old and the new
// values, or read its events, and of a look at each bucket of the contact's words. reads
// are those of its events, see [Index.AppendReads], each once.
func (x *Index) Find(t *contact.Touched, reads []Read, matched func(id uint32) bool, yield func(id uint32, holds, sure bool)) {
	x.next(t)
	x.matched, x.yield = matched, yield
	for i, f := range t.Fields {
		if s := firstField + f; x.look(s) != nil && x.turns(s, t, i) {
			x.change(s)
		}
	}
	if t.Primary && x.look(primarySlot) != nil {
		x.change(primarySlot)
	}
	if t.Companies && x.look(companySlot) != nil {
		x.change(companySlot)
	}
	if len(reads) > 0 {
		x.changeReads(reads)
	}
	x.did = len(x.changes) == 1 && x.changes[0] == readSlot && !x.created
	if none := x.words[0].bucket; none != nil {
		x.open1(none)
		if x.created {
			for _, number := range x.nothing {
				x.visit(none.group(x.places[number].at))
			}
		}
	}
	for _, s := range x.changes {
		if x.slots[s].keyed > 0 {
			x.openChanged(s)
		}
		x.seekPaired(x.slots[s].keys)
	}
	for _, r := range reads {
		x.seekPaired(x.readKeys[r.Word()])
	}
	for _, b := range x.sought {
		x.open1(b)
	}
	x.decide()
}

// seekPaired seeks the buckets of the contact's words in those of some slots that have not
// changed.
func (x *Index) seekPaired(keys []pair) {
	for _, p := range keys {
		if x.changed[p.key] != x.turn {
			x.seek(p.key)
		}
	}
}

// next begins a new search.
func (x *Index) next(t *contact.Touched) {
	if x.turn == math.MaxUint32 { // what bears old turns must not seem new
		x.turn = 0
		clear(x.seen)
		clear(x.changed)
		for i := range x.slots {
			x.now[i].turn, x.before[i].turn = 0, 0
			if x.slots[i] != nil {
				x.slots[i].turn = 0
			}
		}
	}
	x.turn++
	x.id, x.created = t.ID, t.Kind == contact.Created
	x.changes, x.bloom, x.candidates, x.sought = x.changes[:0], 0, x.candidates[:0], x.sought[:0]
}

func (x *Index) change(s uint16) {
	x.changed[s] = x.turn
	x.changes = append(x.changes, s)
	x.bloom |= bit(s)
}

// openChanged opens the buckets of a slot's words where the slot has changed: those of
// the words that came or went are read from end to end.
func (x *Index) openChanged(s uint16) {
	now, before := x.now[s].words, x.before[s].words
	for _, w := range now {
		b := x.words[w].bucket
		switch {
		case b == nil:
		case slices.Contains(before, w):
			x.open1(b)
		default:
			x.read(b)
		}
	}
	for _, w := range before {
		if b := x.words[w].bucket; b != nil && !slices.Contains(now, w) {
			x.read(b)
		}
	}
}

// seek notes the buckets of the words of a slot that has not changed, once, of which a
// group may read what has. All of a contact are sought before one is opened, so that the processor
// can fetch them together.
func (x *Index) seek(s uint16) {
	if x.slots[s].turn == x.turn {
		return
	}
	x.slots[s].turn = x.turn
	for _, w := range x.fact(s).words {
		if word := &x.words[w]; word.reads&x.bloom != 0 {
			x.sought = append(x.sought, word.bucket)
		}
	}
}

// read visits all groups of a bucket.
func (x *Index) read(b *bucket) {
	for i := 0; i < len(b.records); {
		n := 1 + int(b.records[i].slot)
		x.visit(b.records[i : i+n])
		i += n
	}
}

// open1 visits the groups of a bucket that what changed may turn.
func (x *Index) open1(b *bucket) {
	if b.fan == nil {
		for i := 0; i < len(b.records); {
			n := 1 + int(b.records[i].slot)
			if b.records[i].bloom()&x.bloom != 0 {
				x.visit(b.records[i : i+n])
			}
			i += n
		}
		return
	}
	for _, s := range x.changes {
		if f := b.fan[s]; f != nil {
			x.openBlade(b, f, &x.now[s], &x.before[s])
		}
	}
}

func (x *Index) openBlade(b *bucket, f *blade, now, before *fact) {
	x.each(b, f.any)
	if now.turn != x.turn { // no field
		return
	}
	if now.filled != before.filled {
		x.each(b, f.filled)
	}
	if f.words != nil {
		for _, w := range now.words {
			if !slices.Contains(before.words, w) {
				x.each(b, f.words[w])
			}
		}
		for _, w := range before.words {
			if !slices.Contains(now.words, w) {
				x.each(b, f.words[w])
			}
		}
	}
	x.in = b
	if from, ok := x.lowerSpan(now, before); ok && f.lower != nil {
		f.lower.AscendGreaterOrEqual(bound{from, 0}, x.walk)
	}
	if from, ok := x.upperSpan(now, before); ok && f.upper != nil {
		f.upper.AscendGreaterOrEqual(bound{from, 0}, x.walk)
	}
}

func (x *Index) each(b *bucket, list []uint32) {
	for _, number := range list {
		x.visit(b.group(x.places[number].at))
	}
}

// lowerSpan says which lower bounds lie between two values: those above the smaller
// one up to the larger one, which is put down as the end. Nothing is below all.
func (x *Index) lowerSpan(a, b *fact) (from float64, ok bool) {
	x.open = false
	switch {
	case a.filled && b.filled:
		x.last = max(a.number, b.number)
		return math.Nextafter(min(a.number, b.number), math.Inf(1)), a.number != b.number
	case a.filled:
		x.last = a.number
	case b.filled:
		x.last = b.number
	default:
		return 0, false
	}
	return math.Inf(-1), true
}

// upperSpan says which upper bounds lie between two values: those from the smaller one
// on and below the larger one. Nothing is above all.
func (x *Index) upperSpan(a, b *fact) (from float64, ok bool) {
	x.open = true
	switch {
	case a.filled && b.filled:
		x.last = max(a.number, b.number)
		return min(a.number, b.number), a.number != b.number
	case a.filled:
		from = a.number
	case b.filled:
		from = b.number
	default:
		return 0, false
	}
	x.open, x.last = false, math.Inf(1)
	return from, true
}

// turns reports whether a changed field turns any condition at all, and reads what it
// is and was.
func (x *Index) turns(s uint16, t *contact.Touched, i int) bool {
	slot := x.slots[s]
	if slot.field.IsZero() {
		return false
	}
	now, before := x.fact(s), &x.before[s]
	before.turn, before.words, before.filled = x.turn, before.words[:0], false
	if !x.created {
		x.readBefore(slot, before, t, i)
	}
	if slot.other > 0 || slot.filled > 0 && now.filled != before.filled || !slices.Equal(now.words, before.words) {
		return true
	}
	if from, ok := x.lowerSpan(now, before); ok && x.meets(&slot.lower, from) {
		return true
	}
	from, ok := x.upperSpan(now, before)
	return ok && x.meets(&slot.upper, from)
}

// meets reports whether one of the bounds lies between a value and the end.
func (x *Index) meets(bounds *numbers, from float64) bool {
	to := x.last
	if x.open {
		to = math.Nextafter(to, math.Inf(-1))
	}
	return bounds.meets(from, to)
}

// fact returns what the contact has in a field's slot now.
func (x *Index) fact(s uint16) *fact {
	f := &x.now[s]
	if f.turn == x.turn {
		return f
	}
	slot := x.slots[s]
	f.turn, f.words, f.filled = x.turn, f.words[:0], false
	switch slot.field.Kind() {
	case contact.KindText, contact.KindSelect, contact.KindMultiSelect, contact.KindTags:
		var words int
		f.words, words = x.view.AppendNumbers(f.words, x.id, slot.field, &slot.words)
		f.filled = words > 0
	case contact.KindBool:
		var yes bool
		yes, f.filled = x.view.BoolOf(x.id, slot.field)
		f.answer(slot, yes)
	default:
		f.number, f.filled = x.view.NumberOf(x.id, slot.field)
		f.look(slot)
	}
	return f
}

// readBefore reads what the contact had in a changed field.
func (x *Index) readBefore(slot *slot, f *fact, t *contact.Touched, i int) {
	switch slot.field.Kind() {
	case contact.KindText, contact.KindSelect, contact.KindMultiSelect, contact.KindTags:
		var words int
		f.words, words = x.commit.AppendOldNumbers(f.words, t, i, &slot.words)
		f.filled = words > 0
	case contact.KindBool:
		var yes float64
		yes, f.filled = x.commit.OldNumber(t, i)
		f.answer(slot, yes != 0)
	default:
		f.number, f.filled = x.commit.OldNumber(t, i)
		f.look(slot)
	}
}

// look notes the word of a number, if some condition names it.
func (f *fact) look(slot *slot) {
	if w := slot.points[f.number]; w != 0 && f.filled {
		f.words = append(f.words, w)
	}
}

// answer notes yes or no, if there is any.
func (f *fact) answer(slot *slot, yes bool) {
	text := "no"
	if yes {
		text = "yes"
	}
	if w := slot.words.Number(text); w != 0 && f.filled {
		f.words = append(f.words, w)
	}
}
