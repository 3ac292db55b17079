package contact

import (
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/contact/internal/idset"
)

// The events of a type lie in chunks of so many contacts, so that one event does not make
// a checkpoint write those of a whole block anew.
const eventShelf = 1024

// The columns of the events of a type follow each other: a column has 65 536 chunks.
const (
	eventColumns   = 1 << 17 // the first of all, behind those of companies
	columnsOfEvent = 1 << (32 - 16 - 10)
)

// eventKey returns the column and the block of a shelf of events.
func eventKey(event, shelf int) (col, block int) {
	return eventColumns + event*columnsOfEvent + shelf>>16, shelf & (1<<16 - 1)
}

// A chunk of events begins with its version. The number of the type's attributes comes
// next, and for each that is one of text the texts that follow by their numbers from 1:
// count, then length and bytes. Then the events in ascending order: what contact it is
// more than the last one's, times four, with a bit for a tie and one for a key; the time
// in milliseconds, more than the last one's if it is the same contact's; the tie and the
// key, if there are any; and a number for each attribute: that of the text, or what package
// behaviour makes of a number or a bool, 0 for none.
const eventChunkVersion = 1

const (
	chunkTied  = 1
	chunkKeyed = 2
)

// An eventWriter writes chunks of the events of one type.
type eventWriter struct {
	def   *eventDef
	h     *behaviour.History
	texts []map[uint32]uint64 // by attribute, if it is of text: the number of a code in the chunk
	heads [][]byte            // by attribute: the texts
}

// append appends the chunk of a shelf, nothing if it has no event.
func (w *eventWriter) append(dst []byte, shelf int) []byte {
	w.texts = make([]map[uint32]uint64, w.h.Attributes())
	w.heads = make([][]byte, w.h.Attributes())
	first := uint32(shelf * eventShelf)
	var body []byte
	last := behaviour.ID{Contact: first}
	for ev := range w.h.Of(first, first+eventShelf-1) {
		body = w.event(body, ev, last)
		last = ev.ID
	}
	if body == nil {
		return dst
	}
	dst = binary.AppendUvarint(append(dst, eventChunkVersion), uint64(len(w.texts)))
	for i, codes := range w.texts {
		if w.h.Texts(i) != nil {
			dst = append(binary.AppendUvarint(dst, uint64(len(codes))), w.heads[i]...)
		}
	}
	return append(dst, body...)
}

func (w *eventWriter) event(b []byte, ev *behaviour.Event, last behaviour.ID) []byte {
	head := uint64(ev.Contact-last.Contact) << 2
	if ev.Tie > 0 {
		head |= chunkTied
	}
	if !ev.Key.IsZero() {
		head |= chunkKeyed
	}
	b = binary.AppendUvarint(b, head)
	at := ev.Time
	if ev.Contact == last.Contact {
		at -= last.Time
	}
	b = binary.AppendVarint(b, at)
	if ev.Tie > 0 {
		b = binary.AppendUvarint(b, uint64(ev.Tie))
	}
	if !ev.Key.IsZero() {
		b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, ev.Key[0]), ev.Key[1])
	}
	for i, v := range ev.Values {
		b = binary.AppendUvarint(b, w.value(i, v))
	}
	return b
}

// value returns the number that stands for a value in the chunk.
func (w *eventWriter) value(attr int, v behaviour.Value) uint64 {
	words := w.h.Texts(attr)
	if words == nil || v == 0 {
		return uint64(v)
	}
	n, known := w.texts[attr][v.Code()]
	if !known {
		if w.texts[attr] == nil {
			w.texts[attr] = make(map[uint32]uint64)
		}
		n = uint64(len(w.texts[attr]) + 1)
		w.texts[attr][v.Code()] = n
		written, _ := words.Both(v.Code())
		w.heads[attr] = appendText(w.heads[attr], written)
	}
	return n
}

// eventEntries yields the shelves of events that have changed.
func (d *durable) eventEntries(st *state, changed [][]uint64, yield func(entry) bool) bool {
	for i, bits := range changed {
		if i >= len(st.events) { // a type whose transaction was vetoed
			return true
		}
		w := eventWriter{def: st.schema.events[i], h: st.events[i]}
		for shelf := range setBits(bits) {
			for e := range d.chunkEntries(chunkKey(eventKey(i, shelf)), w.append(nil, shelf)) {
				if !yield(e) {
					return false
				}
			}
		}
	}
	return true
}

// An eventReader reads the chunks of the events of one type, in their order.
type eventReader struct {
	def   *eventDef
	s     *Store
	h     *behaviour.History
	keys  *behaviour.Keys
	texts [][]behaviour.Value // by attribute, if it is of text: the values of the chunk's numbers
	ev    behaviour.Event
}

// loadEvents reads the events of a type.
func (s *Store) loadEvents(def *eventDef) error {
	r := eventReader{def: def, s: s, h: behaviour.New(def.declared(0)...), keys: &s.eventKeys[def.index]}
	var failed error
	events := func(yield func(*behaviour.Event) bool) {
		for shelf := 0; shelf <= int(s.durable.kept.given/eventShelf) && failed == nil; shelf += 1 << 16 {
			col, _ := eventKey(def.index, shelf)
			failed = s.durable.chunks(col, func(block int, data []byte) error { return r.chunk(shelf+block, data, yield) })
		}
	}
	err := r.h.Load(&s.epochs, iter.Seq[*behaviour.Event](events))
	if err != nil { // failed is that it was not read to the end
		return &CorruptError{File: s.durable.path(), Offset: -1, What: fmt.Sprintf("events of the type %q: %v", def.name, err)}
	}
	if failed != nil {
		return failed
	}
	s.cur.events[def.index] = r.h
	return nil
}

// checkEventContacts refuses events of contacts that do not live.
func (s *Store) checkEventContacts() error {
	for i, h := range s.cur.events {
		if lost := idset.AndNot(h.Ever(), s.cur.live); lost.Len() > 0 {
			return &CorruptError{File: s.durable.path(), Offset: -1, What: fmt.Sprintf("events of the type %q: %d of their contacts do not live", s.cur.schema.events[i].name, lost.Len())}
		}
	}
	return nil
}

// chunk hands out the events of a shelf.
func (r *eventReader) chunk(shelf int, data []byte, yield func(*behaviour.Event) bool) (err error) {
	defer func() {
		if recover() != nil { // ran over the end
			err = errSealed
		}
	}()
	d := decoder{data}
	if d.byte() != eventChunkVersion {
		return errSealed
	}
	n := d.count()
	if n > r.h.Attributes() {
		return fmt.Errorf("events with %d attributes of a type with %d", n, r.h.Attributes())
	}
	r.texts = make([][]behaviour.Value, n)
	for i := range n {
		if r.h.Texts(i) == nil {
			continue
		}
		r.texts[i] = append(r.texts[i], 0)
		for range d.count() {
			r.texts[i] = append(r.texts[i], r.h.AddText(&r.s.epochs, i, d.text()))
		}
	}
	r.ev.Values = make([]behaviour.Value, n)
	first := uint32(shelf * eventShelf)
	for last := (behaviour.ID{Contact: first}); len(d.b) > 0; last = r.ev.ID {
		r.event(&d, last)
		if r.ev.Contact == 0 || r.ev.Contact >= first+eventShelf {
			return fmt.Errorf("an event of contact %d among those from %d on", r.ev.Contact, first)
		}
		r.keys.Put(r.ev.Key, r.ev.ID)
		if !yield(&r.ev) {
			return errEnd
		}
	}
	return nil
}

func (r *eventReader) event(d *decoder, last behaviour.ID) {
	head := d.uvarint()
	id := behaviour.ID{Contact: last.Contact + uint32(head>>2), Time: d.varint()}
	if id.Contact == last.Contact {
		id.Time += last.Time
	}
	if head&chunkTied != 0 {
		id.Tie = uint32(d.uvarint())
	}
	r.ev.ID, r.ev.Key = id, behaviour.Key{}
	if head&chunkKeyed != 0 {
		r.ev.Key = behaviour.Key{binary.BigEndian.Uint64(d.b), binary.BigEndian.Uint64(d.b[8:])}
		d.b = d.b[16:]
	}
	for i := range r.ev.Values {
		x := d.uvarint()
		if texts := r.texts[i]; texts != nil {
			r.ev.Values[i] = texts[x]
		} else {
			r.ev.Values[i] = behaviour.Value(x)
		}
	}
}
