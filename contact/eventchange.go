package contact

import (
	"encoding/binary"
	"iter"
	"time"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/contact/internal/version"
)

// An EventChange is what a commit did to one event: it was recorded or deleted, alone or
// with its contact. An event is never changed.
type EventChange struct {
	Event   EventHandle
	Contact ID
	At      time.Time
	Deleted bool // instead of recorded

	tie    uint32
	key    behaviour.Key
	n      int    // number of values
	values []byte // sealed
}

// ID returns what tells the event from all others.
func (c *EventChange) ID() EventID { return EventID{c.Event.Name(), c.Contact, c.At, c.tie} }

// Values iterates over the attributes that the event has a value of, in the order they
// were declared.
func (c *EventChange) Values() iter.Seq2[Field, Value] {
	return func(yield func(Field, Value) bool) {
		d := decoder{c.values}
		for range c.n {
			f := c.Event.def.attrs.fields[d.uvarint()]
			if !yield(Field{def: f}, d.value(f.kind)) {
				return
			}
		}
	}
}

// Value returns the value of an attribute by its handle: missing if the event has none or
// the handle belongs to another schema.
func (c *EventChange) Value(f Field) Value {
	a, err := c.Event.def.attrs.own(f)
	if err != nil {
		return Value{}
	}
	for g, v := range c.Values() {
		if g.def.index == a.index {
			return v
		}
	}
	return Value{}
}

func (c *EventChange) id() behaviour.ID {
	return behaviour.ID{Contact: uint32(c.Contact), Time: millis(c.At), Tie: c.tie}
}

// event returns the event as a history takes it.
func (c *EventChange) event(e *version.Epochs, h *behaviour.History) behaviour.Event {
	ev := behaviour.Event{ID: c.id(), Key: c.key, Values: make([]behaviour.Value, h.Attributes())}
	for f, v := range c.Values() {
		ev.Values[f.def.index] = attributeValue(e, h, f.def, v)
	}
	return ev
}

// Events iterates over the events recorded and deleted, in the order in which that was
// done: first those deleted with their contacts, then as the transaction asked for it, and
// last the sessions that are others now, of each contact first what goes.
// Those of erased contacts are left out.
func (r *Record) Events() iter.Seq[EventChange] { return eventChanges(r.eventData, r.schema) }

// EventChanges returns the number of events recorded and deleted, those of erased
// contacts included.
func (r *Record) EventChanges() int { return r.events }

// Events iterates over the events recorded and deleted by the transaction, see
// [Record.Events]. What it yields is good during the call.
func (c *Commit) Events() iter.Seq[EventChange] { return c.record.Events() }

// EventChanges returns how many events are recorded and deleted.
func (c *Commit) EventChanges() int { return c.record.events }

// eventChanges decodes what appendEvent has written.
func eventChanges(data []byte, schema *Schema) iter.Seq[EventChange] {
	return func(yield func(EventChange) bool) {
		d := decoder{data}
		for len(d.b) > 0 {
			if c, erased := d.event(schema); !erased && !yield(c) {
				return
			}
		}
	}
}

// event reads a change of an event.
func (d *decoder) event(schema *Schema) (c EventChange, erased bool) {
	what := d.byte()
	if what == eventErased {
		return c, true
	}
	c.Event = EventHandle{schema.events[d.uvarint()]}
	c.Contact, c.At = ID(d.uvarint()), instant(d.varint())
	c.Deleted = what&eventWhat == eventDeleted
	if what&eventTied != 0 {
		c.tie = uint32(d.uvarint())
	}
	if what&eventKeyed != 0 {
		c.key = behaviour.Key{binary.BigEndian.Uint64(d.b), binary.BigEndian.Uint64(d.b[8:])}
		d.b = d.b[16:]
	}
	c.n = int(d.uvarint())
	c.values = d.b
	for range c.n {
		d.skip(schema.events[c.Event.def.index].attrs.fields[d.uvarint()].kind)
	}
	c.values = c.values[:len(c.values)-len(d.b)]
	return c, false
}

// skip reads over a value.
func (d *decoder) skip(kind Kind) {
	if d.b[0] != sealText {
		d.value(kind)
		return
	}
	d.b = d.b[1:]
	d.b = d.b[d.count():]
}

// checkEventChanges walks through the events of a record that comes from a file.
func checkEventChanges(data []byte, schema *Schema, want int) error {
	d := decoder{data}
	n := 0
	for ; len(d.b) > 0; n++ {
		c, erased := d.event(schema)
		if !erased && c.Contact == 0 {
			return errSealed
		}
	}
	return wanted(n, want)
}

// redactEvents returns the changes of events without those of some contacts: that
// something was there stays, all else goes. The data is returned as it is if there are
// none of them in it.
func redactEvents(data []byte, schema *Schema, erased func(ID) bool) (redacted []byte, hit int) {
	for c := range eventChanges(data, schema) {
		if erased(c.Contact) {
			hit++
		}
	}
	if hit == 0 {
		return data, 0
	}
	out := make([]byte, 0, len(data))
	for d := (decoder{data}); len(d.b) > 0; {
		from := d.b
		c, blank := d.event(schema)
		if blank || erased(c.Contact) {
			out = append(out, eventErased)
		} else {
			out = append(out, from[:len(from)-len(d.b)]...)
		}
	}
	return out, hit
}

// redact takes what a record tells of erased contacts out of it. The bytes it had are not
// written to.
func (r *Record) redact(erased func(ID) bool) (hit int) {
	data, fields := redact(r.data, r.schema, erased)
	events, n := redactEvents(r.eventData, r.schema, erased)
	r.data, r.eventData = data, events
	return fields + n
}
