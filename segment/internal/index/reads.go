package index

import (
	"math"
	"slices"
	"unsafe"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// What conditions read of events are words of one slot: a word for all the events of a
// type, and one for each value of an attribute that some condition demands of them. An
// event that is recorded or deleted has the words of its type and of its values, and
// turns the groups that have one of them.

// anyEvent stands for all the events of a type, in the place of an attribute.
const anyEvent = math.MaxUint16

// A Read is a word of an event of a contact. Reads are ordered by the contact.
type Read uint64

func newRead(id contact.ID, word uint32) Read { return Read(uint64(id)<<32 | uint64(word)) }

// Contact returns whose event it is.
func (r Read) Contact() contact.ID { return contact.ID(r >> 32) }

// Word returns the word.
func (r Read) Word() uint32 { return uint32(r) }

// eventReads is what is read of one type of event.
type eventReads struct {
	all     uint32 // the word of any event, 0 if nobody reads that
	attrs   []attributeReads
	readers int // segments that read some of it
}

// attributeReads are the words of the values of an attribute.
type attributeReads struct {
	field contact.Field
	words map[string]uint32
	memo  map[string]uint32 // of texts as they are written, also of those that have none
}

// mostMemo is the number of texts that are remembered of an attribute.
const mostMemo = 1 << 12

// reads returns what is read of a type, making a place for it if needed.
func (x *Index) readsOf(event int) *eventReads {
	for event >= len(x.events) {
		x.events = append(x.events, eventReads{})
	}
	return &x.events[event]
}

// attribute returns the reads of an attribute, making a place for them if needed.
func (e *eventReads) attribute(f contact.Field) *attributeReads {
	i := slices.IndexFunc(e.attrs, func(a attributeReads) bool { return a.field.Index() == f.Index() })
	if i < 0 {
		i = len(e.attrs)
		e.attrs = append(e.attrs, attributeReads{field: f, words: make(map[string]uint32)})
	}
	return &e.attrs[i]
}

// readWords appends the words of what a condition reads of events.
func (x *Index) readWords(words []uint32, r *filter.EventRead) []uint32 {
	e := x.readsOf(r.Event.Index())
	if r.Attribute.IsZero() {
		if e.all == 0 {
			e.all = x.newWord(word{slot: readSlot, event: uint16(r.Event.Index()), attr: anyEvent})
		}
		return append(words, e.all)
	}
	a := e.attribute(r.Attribute)
	for _, text := range r.Words {
		w := a.words[text]
		if w == 0 {
			w = x.newWord(word{slot: readSlot, text: text, event: uint16(r.Event.Index()), attr: uint16(r.Attribute.Index())})
			a.words[text], a.memo = w, nil
		}
		words = append(words, w)
	}
	return words
}

// forgetRead takes a word of events out of the places that lead to it.
func (x *Index) forgetRead(w *word) {
	e := &x.events[w.event]
	if w.attr == anyEvent {
		e.all = 0
		return
	}
	i := slices.IndexFunc(e.attrs, func(a attributeReads) bool { return a.field.Index() == int(w.attr) })
	if a := &e.attrs[i]; len(a.words) > 1 {
		delete(a.words, w.text)
		a.memo = nil
		return
	}
	e.attrs = slices.Delete(e.attrs, i, i+1)
}

// ReadsEvents reports whether a filter reads events.
func (x *Index) ReadsEvents() bool { return x.reading > 0 }

// AppendReads appends what filters read of an event that was recorded or deleted.
func (x *Index) AppendReads(list []Read, c *contact.EventChange) []Read {
	i := c.Event.Index()
	if i >= len(x.events) {
		return list
	}
	e := &x.events[i]
	if e.all != 0 {
		list = append(list, newRead(c.Contact, e.all))
	}
	if len(e.attrs) == 0 {
		return list
	}
	for f, v := range c.Values() {
		for k := range e.attrs {
			if a := &e.attrs[k]; a.field.Index() == f.Index() {
				if w := a.word(v); w != 0 {
					list = append(list, newRead(c.Contact, w))
				}
			}
		}
	}
	return list
}

// word returns the number of a value, 0 if it has none.
func (a *attributeReads) word(v contact.Value) uint32 {
	if v.Kind() != contact.KindText {
		return a.words[filter.AttributeWord(a.field, v)]
	}
	w, known := a.memo[v.Text()]
	if !known {
		if len(a.memo) == mostMemo || a.memo == nil {
			a.memo = make(map[string]uint32)
		}
		w = a.words[filter.AttributeWord(a.field, v)]
		a.memo[v.Text()] = w
	}
	return w
}

// EventReaders returns how many filters read events of a type.
func (x *Index) EventReaders(event int) int {
	if event < len(x.events) {
		return x.events[event].readers
	}
	return 0
}

// countReads counts a filter among the readers of types of events.
func (x *Index) countReads(p *filter.Program, n int) {
	for event := range typesOf(p) {
		x.readsOf(event).readers += n
		x.reading += n
	}
}

// typesOf iterates over the types of events that a filter reads, each once.
func typesOf(p *filter.Program) func(func(int) bool) {
	return func(yield func(int) bool) {
		var seen []int
		for _, r := range p.EventReads() {
			if event := r.Event.Index(); !slices.Contains(seen, event) {
				if seen = append(seen, event); !yield(event) {
					return
				}
			}
		}
	}
}

// pairRead counts the groups in buckets of a slot's words that read a word of events.
func (x *Index) pairRead(read uint32, key uint16, n int) {
	if x.readKeys == nil {
		x.readKeys = make(map[uint32][]pair)
	}
	if list := countPair(x.readKeys[read], key, n); len(list) > 0 {
		x.readKeys[read] = list
	} else {
		delete(x.readKeys, read)
	}
}

// changeReads notes what is read of the events of the contact that is looked for.
func (x *Index) changeReads(reads []Read) {
	x.slot(readSlot)
	now, before := &x.now[readSlot], &x.before[readSlot]
	now.turn, now.words, before.turn, before.words = x.turn, now.words[:0], x.turn, before.words[:0]
	for _, r := range reads {
		now.words = append(now.words, r.Word())
		x.bloom |= readBit(r.Word())
	}
	x.changed[readSlot] = x.turn
	x.changes = append(x.changes, readSlot)
}

// readBit is the bit of a word of events in a bloom.
func readBit(word uint32) uint32 { return 1 << (word % 32) }

// readsIn reports whether a group reads an event that came or went.
func (x *Index) readsIn(group []check) bool {
	for i := range group[1:] {
		if c := &group[1+i]; c.kind == isLiteral && x.turnedReads(&x.lits[c.a]) {
			return true
		}
	}
	return false
}

// turnedReads reports whether a literal reads an event that came or went.
func (x *Index) turnedReads(l *literal) bool {
	if len(l.reads) == 0 || x.changed[readSlot] != x.turn {
		return false
	}
	for _, w := range x.now[readSlot].words {
		if slices.Contains(l.reads, w) {
			return true
		}
	}
	return false
}

// readBytes is about what the reads take in memory.
func (x *Index) readBytes() int {
	n := cap(x.events) * int(unsafe.Sizeof(eventReads{}))
	for i := range x.events {
		for _, a := range x.events[i].attrs {
			n += int(unsafe.Sizeof(a)) + len(a.words)*mapEntry(16+4) + len(a.memo)*mapEntry(16+4+16)
		}
	}
	for _, keys := range x.readKeys {
		n += mapEntry(4+24) + cap(keys)*int(unsafe.Sizeof(pair{}))
	}
	return n
}
