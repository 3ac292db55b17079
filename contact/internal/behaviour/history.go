package behaviour

import (
	"slices"
	"unsafe"

	"github.com/rosterdb/roster/contact/internal/column"
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// The lanes of a row by contact, and of one by time. What tells rows apart comes first.
const (
	laneContact = iota
	laneTime
	laneTie
	laneKey                  // two of them
	laneValues = laneKey + 2 // the first of them
)

const (
	timeTime = iota
	timeContact
	timeTie
)

const keyParts = 3

// Attribute says what is kept for one attribute of a type of event.
type Attribute struct {
	// Fold makes the attribute one of text: values are codes of a dictionary that finds
	// texts by the folded form. Nil for numbers and booleans.
	Fold func(string) string
	// Indexed keeps, for each value below maxIndexed, the set of contacts that have an
	// event with it: about 3 bytes an event.
	Indexed bool
}

// maxIndexed is the first value that no set is kept for, so that large numbers do not
// make a large table of one attribute. 2^24 are more texts than a dictionary of objects
// has.
const maxIndexed = 1 << 24

// History is one version of all events of one type.
//
// It is changed by the single writer, on what Writable returned in the current epoch. A
// version that a snapshot can see is immutable and safe for concurrent use.
type History struct {
	stamp     version.Stamp
	byContact shelf // contact, time, tie, key, values
	byTime    shelf // time, contact, tie
	ever      *idset.Set
	attrs     []attribute
	wide      int      // attributes that rows may have a lane for, since some were taken back
	row       []uint64 // the writer's scratch
}

type attribute struct {
	texts   *column.Dictionary // nil if it is none of text
	indexed bool
	sets    column.Rowsets // contacts by value, if indexed
}

// New returns an empty history of events with the given attributes.
func New(attrs ...Attribute) *History {
	h := &History{byContact: shelf{parts: keyParts}, byTime: shelf{parts: keyParts}}
	h.attrs = h.grown(attrs)
	return h
}

func (h *History) grown(attrs []Attribute) []attribute {
	list := slices.Clone(h.attrs)
	for _, a := range attrs {
		d := attribute{indexed: a.Indexed}
		if a.Fold != nil {
			d.texts = column.NewDictionary(a.Fold)
		}
		list = append(list, d)
	}
	return list
}

// Writable returns the history to change from now on: h itself, or a copy of its
// header if a snapshot can see h.
func (h *History) Writable(e *version.Epochs) *History {
	if e.Owns(h.stamp) {
		return h
	}
	c := *h
	c.stamp = e.Now()
	c.attrs = slices.Clone(h.attrs)
	return &c
}

// Declare adds attributes behind those there are. Events recorded so far have no value
// of them. It is a change like any other.
func (h *History) Declare(attrs ...Attribute) { h.attrs = h.grown(attrs) }

// Undeclare takes back the declaration of all attributes but the first n, when no event
// has a value of the others any more.
func (h *History) Undeclare(n int) {
	h.wide = max(h.wide, len(h.attrs))
	h.attrs = slices.Clone(h.attrs[:n])
}

// Attributes returns the number of declared attributes.
func (h *History) Attributes() int { return len(h.attrs) }

// Len returns the number of events.
func (h *History) Len() int { return h.byContact.n }

// Ever returns the contacts that have an event, dated in the past or in the future.
func (h *History) Ever() *idset.Set { return h.ever }

// Texts returns the dictionary of a text attribute, nil for any other one. It holds what
// no event has any more, too: to drop that, load the events into a new history.
func (h *History) Texts(attr int) *column.Dictionary {
	if uint(attr) >= uint(len(h.attrs)) {
		return nil
	}
	return h.attrs[attr].texts
}

// Used reports whether an event has a value other than none of an attribute that is
// indexed. Of a value from maxIndexed on it is not known, and said to be so.
func (h *History) Used(attr int, v Value) bool {
	return v >= maxIndexed || h.attrs[attr].sets.Len(uint32(v)) > 0
}

// AddText returns the value for a text of a text attribute, which is added to its
// dictionary if it is not there. It stays there when a transaction is undone. For an
// attribute of another kind it is no value.
func (h *History) AddText(e *version.Epochs, attr int, text string) Value {
	if h.Texts(attr) == nil {
		return 0
	}
	d := h.attrs[attr].texts.Writable(e)
	h.attrs[attr].texts = d
	return Text(d.Add(e, text))
}

// FindText returns the value for a text of a text attribute, none if it has not been added.
func (h *History) FindText(attr int, text string) Value {
	if h.Texts(attr) == nil {
		return 0
	}
	return Text(h.attrs[attr].texts.Code(text))
}

// Insert records an event and returns its ID. The tie in ev is not looked at: the event
// gets the number after the highest one that the contact has at that millisecond. Values
// beyond the declared attributes are left out. ev is not kept.
func (h *History) Insert(e *version.Epochs, ev *Event) ID {
	id := ev.ID
	id.Tie = 0
	k := key{uint64(id.Contact), ticks(id.Time), 1 << 32} // behind every tie
	at := h.byContact.seek(k)
	if p, i := h.byContact.before(at); p != nil && p.get(laneContact, i) == k[0] && p.get(laneTime, i) == k[1] {
		id.Tie = uint32(p.get(laneTie, i)) + 1
	}
	if id.Tie > 0 || at.row == 0 { // a bound that another tie has left may lie between the two
		at = h.byContact.seek(id.key())
	}
	k[2] = uint64(id.Tie)
	h.put(e, id, at, ev)
	return id
}

// Restore puts back an event that Delete or its kin took out, under the ID it had, and
// reports whether that was free; if not, nothing is changed. ev is not kept.
func (h *History) Restore(e *version.Epochs, ev *Event) bool {
	at := h.byContact.seek(ev.ID.key())
	if h.is(at, ev.ID) {
		return false
	}
	h.put(e, ev.ID, at, ev)
	return true
}

// Replace gives the event of an ID other values, and reports whether there is one; if not,
// nothing is changed. Its key stays. Values beyond the declared attributes are left out,
// and those not given are missing. ev is not kept.
func (h *History) Replace(e *version.Epochs, ev *Event) bool {
	at := h.byContact.seek(ev.ID.key())
	if !h.is(at, ev.ID) {
		return false
	}
	p, _ := h.byContact.settle(&at)
	had := h.event(p, at.row)
	k := ev.ID.key()
	row := append(h.row[:0], k[0], k[1], k[2], had.Key[0], had.Key[1])
	for len(row) < laneValues+max(len(h.attrs), h.wide) {
		row = append(row, 0)
	}
	for i, v := range ev.Values[:min(len(ev.Values), len(h.attrs))] {
		row[laneValues+i] = uint64(v)
	}
	h.byContact.replace(e, at, row)
	h.row = row
	for i, old := range had.Values {
		v := Value(row[laneValues+i])
		if a := &h.attrs[i]; a.indexed && v != old {
			if v != 0 && v < maxIndexed {
				a.sets.Add(e, uint32(v), ev.Contact)
			}
			if old != 0 && old < maxIndexed && !h.did(ev.Contact, i, old) {
				a.sets.Remove(e, uint32(old), ev.Contact)
			}
		}
	}
	return true
}

func (id ID) key() key { return key{uint64(id.Contact), ticks(id.Time), uint64(id.Tie)} }

func (id ID) timeKey() key { return key{ticks(id.Time), uint64(id.Contact), uint64(id.Tie)} }

// is reports whether the row at a place that seek returned has the ID.
func (h *History) is(at place, id ID) bool {
	p, ok := h.byContact.settle(&at)
	k := id.key()
	return ok && p.get(0, at.row) == k[0] && p.get(1, at.row) == k[1] && p.get(2, at.row) == k[2]
}

// put puts an event into both orders, at the place that is its own among the rows by
// contact.
func (h *History) put(e *version.Epochs, id ID, at place, ev *Event) {
	h.putByContact(e, id, at, ev)
	k := id.timeKey()
	h.byTime.insert(e, h.byTime.seekLate(k), k, k[:])
}

// putByContact puts an event into all but the rows by time.
func (h *History) putByContact(e *version.Epochs, id ID, at place, ev *Event) {
	values := ev.Values[:min(len(ev.Values), len(h.attrs))]
	k := id.key()
	row := append(h.row[:0], k[0], k[1], k[2], ev.Key[0], ev.Key[1])
	for i, v := range values {
		row = append(row, uint64(v))
		if a := &h.attrs[i]; a.indexed && v != 0 && v < maxIndexed {
			a.sets.Add(e, uint32(v), id.Contact)
		}
	}
	for len(row) < laneValues+max(len(h.attrs), h.wide) {
		row = append(row, 0)
	}
	h.byContact.insert(e, at, k, row)
	h.row = row
	h.ever, _ = h.ever.Add(e, id.Contact)
}

// Get returns an event, and false if there is none of that ID. The values are the
// caller's.
func (h *History) Get(id ID) (Event, bool) {
	at := h.byContact.seek(id.key())
	if !h.is(at, id) {
		return Event{}, false
	}
	p, _ := h.byContact.settle(&at)
	return h.event(p, at.row), true
}

// event returns the event of a row, with values of its own.
func (h *History) event(p *page, i int) Event {
	ev := Event{Values: make([]Value, len(h.attrs))}
	h.read(&ev, p, i)
	return ev
}

// read makes ev the event of a row.
func (h *History) read(ev *Event, p *page, i int) {
	ev.ID = ID{uint32(p.get(laneContact, i)), fromTicks(p.get(laneTime, i)), uint32(p.get(laneTie, i))}
	ev.Key = Key{p.get(laneKey, i), p.get(laneKey+1, i)}
	for a := range ev.Values {
		ev.Values[a] = Value(p.get(laneValues+a, i))
	}
}

// Delete takes an event out and returns it, so that it can be restored; false if there
// is none of that ID. Where an attribute is indexed it takes time proportional to the
// events of the contact up to one with the same value.
func (h *History) Delete(e *version.Epochs, id ID) (Event, bool) {
	ev, ok := h.Get(id)
	if !ok {
		return ev, false
	}
	h.drop(e, id)
	if h.Count(id.Contact, Always) == 0 {
		h.ever, _ = h.ever.Remove(e, id.Contact)
	}
	for a, v := range ev.Values {
		if at := &h.attrs[a]; at.indexed && v != 0 && v < maxIndexed && !h.did(id.Contact, a, v) {
			at.sets.Remove(e, uint32(v), id.Contact)
		}
	}
	return ev, true
}

// drop takes the rows of an event out of both orders.
func (h *History) drop(e *version.Epochs, id ID) {
	at := h.byContact.seek(id.key())
	h.byContact.settle(&at)
	h.byContact.remove(e, at)
	at = h.byTime.seek(id.timeKey())
	h.byTime.settle(&at)
	h.byTime.remove(e, at)
}

// did reports whether a contact has an event with a value.
func (h *History) did(contact uint32, attr int, v Value) bool {
	for w := h.Ascend(contact, Always); w.Next(); {
		if w.Value(attr) == v {
			return true
		}
	}
	return false
}

// DeleteContact takes all events of a contact out and calls gone with each, in
// ascending order, before the first is taken out. gone may be nil; the event's values
// are its own.
func (h *History) DeleteContact(e *version.Epochs, contact uint32, gone func(*Event)) {
	var ids []ID
	for w := h.Ascend(contact, Always); w.Next(); {
		ev := h.event(w.page, w.at.row)
		ids = append(ids, ev.ID)
		if gone != nil {
			gone(&ev)
		}
		for a, v := range ev.Values {
			if at := &h.attrs[a]; at.indexed && v != 0 && v < maxIndexed {
				at.sets.Remove(e, uint32(v), contact)
			}
		}
	}
	for _, id := range slices.Backward(ids) {
		h.drop(e, id)
	}
	h.ever, _ = h.ever.Remove(e, contact)
}

// Forget takes out the oldest events dated before t, most of them at most, and calls
// gone with each, oldest first; gone may be nil. It returns their number: less than
// most if no such event is left. So a long past is forgotten in steps that nobody has
// to wait for.
func (h *History) Forget(e *version.Epochs, t int64, most int, gone func(*Event)) (n int) {
	for ; n < most; n++ {
		p := h.byTime.at(place{})
		if p == nil || p.get(timeTime, 0) >= ticks(t) {
			break
		}
		ev, _ := h.Delete(e, ID{uint32(p.get(timeContact, 0)), fromTicks(p.get(timeTime, 0)), uint32(p.get(timeTie, 0))})
		if gone != nil {
			gone(&ev)
		}
	}
	return n
}

// Bytes estimates the memory held.
func (h *History) Bytes() int {
	n := int(unsafe.Sizeof(*h)) + h.byContact.bytes() + h.byTime.bytes() + h.ever.Bytes() + cap(h.attrs)*int(unsafe.Sizeof(attribute{}))
	for i := range h.attrs {
		n += h.attrs[i].sets.Bytes()
		if d := h.attrs[i].texts; d != nil {
			n += d.Bytes()
		}
	}
	return n
}
