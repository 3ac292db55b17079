package contact

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/contact/internal/version"
)

// histories are the events of a version, by the place of their type in the schema.
type histories []*behaviour.History

// history returns the events of a type, nil if it is newer than the version.
func (st *state) history(d *eventDef) *behaviour.History {
	if d.index >= len(st.events) {
		return nil
	}
	return st.events[d.index]
}

// writable returns the events of a type to change from now on.
func (hs histories) writable(e *version.Epochs, i int) *behaviour.History {
	hs[i] = hs[i].Writable(e)
	return hs[i]
}

// adoptEvents makes histories for the types that the state does not have yet, and
// declares new attributes.
func (st *state) adoptEvents(e *version.Epochs, schema *Schema) {
	for i, d := range schema.events {
		switch {
		case i == len(st.events):
			st.events = append(st.events, behaviour.New(d.declared(0)...))
		case st.events[i].Attributes() < len(d.attrs.fields):
			h := st.events.writable(e, i)
			h.Declare(d.declared(h.Attributes())...)
		}
	}
}

// disownEvents takes back what adoptEvents did for a schema that failed. The events that
// were recorded are taken back before.
func (st *state) disownEvents(e *version.Epochs, schema *Schema) {
	clear(st.events[len(schema.events):])
	st.events = st.events[:len(schema.events)]
	for i, d := range schema.events {
		if n := len(d.attrs.fields); st.events[i].Attributes() > n {
			st.events.writable(e, i).Undeclare(n)
		}
	}
}

// declared returns what a history keeps for the attributes from one on: of each text also
// who has an event with it.
func (d *eventDef) declared(from int) (list []behaviour.Attribute) {
	for _, a := range d.attrs.fields[from:] {
		var b behaviour.Attribute
		if a.kind == KindText {
			b = behaviour.Attribute{Fold: a.folder(), Indexed: true}
		}
		list = append(list, b)
	}
	return list
}

// attribute returns the value of an attribute as the host knows it.
func attribute(h *behaviour.History, a *fieldDef, v behaviour.Value) Value {
	if v == 0 {
		return Value{}
	}
	switch a.kind {
	case KindText:
		written, _ := h.Texts(a.index).Both(v.Code())
		return TextValue(written)
	case KindBool:
		yes, _ := v.Bool()
		return BoolValue(yes)
	}
	x, _ := v.Number()
	return NumberValue(x)
}

// attributeValue is the inverse of attribute.
func attributeValue(e *version.Epochs, h *behaviour.History, a *fieldDef, v Value) behaviour.Value {
	switch {
	case v.Missing():
		return 0
	case a.kind == KindText:
		return h.AddText(e, a.index, v.text)
	case a.kind == KindBool:
		return behaviour.Bool(v.num != 0)
	}
	return behaviour.Number(v.num)
}

// An eventSide is what a commit does to events.
type eventSide struct {
	store  *Store
	st     *state
	dirty  *dirty // nil if the store keeps nothing on disk
	data   []byte // the changes, sealed
	n      int    // of them
	values []behaviour.Value

	touched []touch // what sessions are made of

	// Events that the commit has recorded, if it deletes single ones too: these were there
	// before, and one that is recorded may have got the address of one that is gone.
	fresh map[freshEvent]bool
}

// A freshEvent is the address of an event that a commit has recorded.
type freshEvent struct {
	event int32 // place of its type
	id    behaviour.ID
}

// applyEvents takes out the events of the contacts that are deleted, applies the staged
// operations, and brings the sessions up to date.
func (c *Commit) applyEvents() {
	if c.tx.events == nil && len(c.st.events) == 0 {
		return
	}
	c.events = eventSide{store: c.store, st: c.st, values: c.store.eventValues, touched: c.store.eventTouched[:0]}
	s := &c.events
	if !c.long {
		s.data = c.store.eventData[:0]
	}
	if d := c.store.durable; d != nil {
		s.dirty = &d.dirty
	}
	for _, t := range c.contacts.touched {
		for i := range s.st.events {
			if t.Kind == Deleted {
				s.deleteAll(i, t.ID)
			}
		}
	}
	if d := c.tx.events; d != nil {
		if slices.ContainsFunc(d.ops, func(op eventOp) bool { return op.kind == eventDelete }) {
			s.fresh = make(map[freshEvent]bool)
		}
		for i := range d.ops {
			if i%fetchOps == 0 {
				s.fetch(d, d.ops[i:min(i+fetchOps, len(d.ops))])
			}
			s.apply(d, &d.ops[i])
		}
	}
	s.makeSessions(c.ruled)
	c.store.eventValues = s.values
	if cap(s.touched) <= scratchMost {
		c.store.eventTouched = s.touched[:0]
	}
	if !c.long && cap(s.data) <= scratchMost {
		c.store.eventData = s.data[:0]
	}
	c.record.eventData, c.record.events = s.data, s.n
}

// fetchOps operations are looked at together before they are done one by one.
const fetchOps = 64

// fetch brings what events will be put into near the processor, see [behaviour.Fetcher],
// and finds the codes of their texts. A few events alone are quicker without.
func (s *eventSide) fetch(d *eventDraft, ops []eventOp) {
	if len(ops) < 4 {
		return
	}
	f := &s.store.eventFetcher
	for i := range ops {
		op := &ops[i]
		h := s.st.events[op.event]
		if op.kind != eventRecord || !h.Large() {
			continue
		}
		f.Add(h, uint32(op.id), op.at)
		cells := d.cells[op.from : op.from+uint32(op.n)]
		for i := range cells {
			c := &cells[i]
			if c.text {
				v := h.FindText(int(c.attr), d.texts[c.value])
				if v == 0 {
					continue // it is given a code only if the event is recorded
				}
				c.text, c.value = false, v
			}
			f.AddValue(h, uint32(op.id), int(c.attr), c.value)
		}
	}
	f.Fetch()
}

func (s *eventSide) apply(d *eventDraft, op *eventOp) {
	e, i := &s.store.epochs, int(op.event)
	switch op.kind {
	case eventRecord:
		s.record(d, op)
	case eventDelete:
		id := behaviour.ID{Contact: uint32(op.id), Time: op.at, Tie: op.extra}
		if s.fresh[freshEvent{op.event, id}] {
			return // the one that was meant is gone
		}
		h := s.st.events.writable(e, i)
		if ev, ok := h.Delete(e, id); ok {
			s.gone(i, h, &ev)
		}
	case eventDeleteAll:
		s.deleteAll(i, op.id)
	case eventForget:
		h := s.st.events.writable(e, i)
		h.Forget(e, op.at, math.MaxInt, func(ev *behaviour.Event) { s.gone(i, h, ev) })
	}
}

func (s *eventSide) record(d *eventDraft, op *eventOp) {
	e, i := &s.store.epochs, int(op.event)
	if !s.st.live.Contains(uint32(op.id)) {
		return // deleted later in the transaction
	}
	ev := behaviour.Event{ID: behaviour.ID{Contact: uint32(op.id), Time: op.at}}
	if op.extra > 0 {
		ev.Key = d.keys[op.extra-1]
		if _, known := s.store.keysOf(i).Find(ev.Key); known {
			return
		}
	}
	h := s.st.events.writable(e, i)
	ev.Values = append(s.values[:0], make([]behaviour.Value, h.Attributes())...)
	s.values = ev.Values
	for _, c := range d.cells[op.from : op.from+uint32(op.n)] {
		if c.text {
			c.value = h.AddText(e, int(c.attr), d.texts[c.value])
		}
		ev.Values[c.attr] = c.value
	}
	ev.ID = h.Insert(e, &ev)
	if s.fresh != nil {
		s.fresh[freshEvent{op.event, ev.ID}] = true
	}
	s.store.keysOf(i).Put(ev.Key, ev.ID)
	s.seal(i, h, eventRecorded, &ev)
}

func (s *eventSide) deleteAll(i int, id ID) {
	if !s.st.events[i].Ever().Contains(uint32(id)) {
		return
	}
	e := &s.store.epochs
	h := s.st.events.writable(e, i)
	h.DeleteContact(e, uint32(id), func(ev *behaviour.Event) { s.gone(i, h, ev) })
}

// gone notes an event that was taken out.
func (s *eventSide) gone(i int, h *behaviour.History, ev *behaviour.Event) {
	s.store.keysOf(i).Remove(ev.Key, ev.ID)
	s.seal(i, h, eventDeleted, ev)
}

// seal appends a change.
func (s *eventSide) seal(i int, h *behaviour.History, kind byte, ev *behaviour.Event) {
	s.n++
	if sources := s.st.schema.sources; i < len(sources) && sources[i] {
		s.touched = append(roomy(s.touched), touch{ev.Contact, int32(i), ev.Time, kind == eventDeleted})
	}
	s.data = appendEvent(roomy(s.data), s.st.schema.events[i], h, kind, ev)
	if s.dirty != nil {
		s.dirty.noteEvent(i, ID(ev.Contact))
	}
}

// undo takes every change back that is sealed, the last one first.
func (s *eventSide) undo() {
	if s.n == 0 {
		return
	}
	e := &s.store.epochs
	list := make([]EventChange, 0, s.n)
	for c := range eventChanges(s.data, s.st.schema) {
		list = append(list, c)
	}
	for _, c := range slices.Backward(list) {
		i := c.Event.def.index
		h := s.st.events.writable(e, i)
		if c.Deleted {
			ev := c.event(e, h)
			h.Restore(e, &ev)
			s.store.keysOf(i).Put(ev.Key, ev.ID)
		} else {
			h.Delete(e, c.id())
			s.store.keysOf(i).Remove(c.key, c.id())
		}
	}
}

// keysOf returns the idempotency keys of the events of a type.
func (s *Store) keysOf(event int) *behaviour.Keys {
	for event >= len(s.eventKeys) {
		s.eventKeys = append(s.eventKeys, behaviour.Keys{})
	}
	return &s.eventKeys[event]
}

// replayEvents applies the changes of a record to the newest version, which may hold
// them already.
func (s *Store) replayEvents(r *Record) {
	e, st := &s.epochs, s.cur
	for c := range changes(r.data, r.schema) {
		if !slices.ContainsFunc(st.events, func(h *behaviour.History) bool { return h.Len() > 0 }) {
			break
		}
		if c.Kind != Deleted { // a record whose values are erased does not tell its events
			continue
		}
		for i := range st.events {
			if st.events[i].Ever().Contains(uint32(c.ID)) {
				st.events.writable(e, i).DeleteContact(e, uint32(c.ID), func(ev *behaviour.Event) { s.keysOf(i).Remove(ev.Key, ev.ID) })
				s.durable.dirty.noteEvent(i, c.ID)
			}
		}
	}
	for c := range eventChanges(r.eventData, r.schema) {
		i := c.Event.def.index
		h := st.events.writable(e, i)
		if ev, there := h.Delete(e, c.id()); there {
			s.keysOf(i).Remove(ev.Key, ev.ID)
		}
		if !c.Deleted {
			ev := c.event(e, h)
			h.Restore(e, &ev)
			s.keysOf(i).Put(ev.Key, ev.ID)
		}
		s.durable.dirty.noteEvent(i, c.Contact)
	}
}

// What a sealed event's first byte says: what happened, and which of its parts follow.
const (
	eventErased   = 0 // of an erased contact: nothing follows
	eventRecorded = 1
	eventDeleted  = 2
	eventWhat     = 1<<2 - 1
	eventTied     = 1 << 2
	eventKeyed    = 1 << 3
)

// appendEvent seals a change of an event: after the first byte the place of its type, the
// contact, the time in milliseconds, the tie and the key if there are any, and the number
// of its values with the place and the value of each.
func appendEvent(b []byte, d *eventDef, h *behaviour.History, what byte, ev *behaviour.Event) []byte {
	if ev.Tie > 0 {
		what |= eventTied
	}
	if !ev.Key.IsZero() {
		what |= eventKeyed
	}
	b = binary.AppendUvarint(append(b, what), uint64(d.index))
	b = binary.AppendUvarint(b, uint64(ev.Contact))
	b = binary.AppendVarint(b, ev.Time)
	if ev.Tie > 0 {
		b = binary.AppendUvarint(b, uint64(ev.Tie))
	}
	if !ev.Key.IsZero() {
		b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, ev.Key[0]), ev.Key[1])
	}
	n := 0
	for _, v := range ev.Values {
		if v != 0 {
			n++
		}
	}
	b = binary.AppendUvarint(b, uint64(n))
	for i, v := range ev.Values {
		if v != 0 {
			b = binary.AppendUvarint(b, uint64(i))
			b = appendValue(b, attribute(h, d.attrs.fields[i], v))
		}
	}
	return b
}
