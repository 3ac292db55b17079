package filtertest

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
)

// Parts returns the parts of a schema that declare the types.
func (e *EventGenerator) Parts() []contact.Part { return EventParts(e.types) }

// EventParts returns the parts of a schema that declare types of events, given by the
// schemas of their attributes.
func EventParts(types map[string]*contact.Schema) (parts []contact.Part) {
	for _, name := range slices.Sorted(maps.Keys(types)) {
		var attributes []contact.Part
		for f := range types[name].Fields() {
			part := contact.Text(f.Name())
			switch f.Kind() {
			case contact.KindNumber:
				part = contact.Number(f.Name())
			case contact.KindBool:
				part = contact.Bool(f.Name())
			}
			if f.Exact() {
				part = part.Exact()
			}
			if !f.ForSegments() {
				part = part.NotForSegments()
			}
			attributes = append(attributes, part)
		}
		parts = append(parts, contact.EventType(name, attributes...))
	}
	return parts
}

// Edit records events or deletes some, in a transaction and in did, which has what each of
// some contacts did. before is the version that the transaction began with; a transaction
// takes one Edit. Slices in did are replaced, not changed.
func (e *EventGenerator) Edit(tx *contact.Tx, before *contact.View, contacts map[contact.ID]Contact, did map[contact.ID][]Event) error {
	g := e.of
	ids := slices.Sorted(maps.Keys(contacts))
	if len(ids) == 0 {
		return nil
	}
	id := oneOf(g.choose, ids)
	switch g.choose(12) {
	case 0:
		return e.deleteAll(tx, id, did)
	case 1:
		return e.forget(tx, did)
	case 2, 3, 4:
		return e.deleteSome(tx, before, id, did)
	}
	for range 1 + g.choose(8) {
		ev := e.Event()
		if err := tx.Record(id, contact.Event{Type: ev.Type, At: ev.At, Attrs: contact.Values(ev.Attrs)}); err != nil {
			return err
		}
		did[id] = append(slices.Clip(did[id]), ev)
		if g.choose.chance(3) {
			id = oneOf(g.choose, ids)
		}
	}
	return nil
}

func (e *EventGenerator) deleteAll(tx *contact.Tx, id contact.ID, did map[contact.ID][]Event) error {
	if e.of.choose.chance(2) {
		delete(did, id)
		return tx.DeleteEvents(id)
	}
	name := oneOf(e.of.choose, e.names())
	did[id] = without(did[id], func(ev Event) bool { return ev.Type == name })
	return tx.DeleteEvents(id, name)
}

func (e *EventGenerator) forget(tx *contact.Tx, did map[contact.ID][]Event) error {
	name, end := oneOf(e.of.choose, e.names()), e.moment()
	for id, list := range did {
		did[id] = without(list, func(ev Event) bool { return ev.Type == name && ev.At.Truncate(time.Millisecond).Before(end) })
	}
	return tx.ForgetEvents(end, name)
}

func (e *EventGenerator) deleteSome(tx *contact.Tx, before *contact.View, id contact.ID, did map[contact.ID][]Event) error {
	events, err := before.Events(id, nil)
	if err != nil {
		return err
	}
	for is, ev := range events {
		if !e.of.choose.chance(3) {
			continue
		}
		if err := tx.DeleteEvent(is); err != nil {
			return err
		}
		i := slices.IndexFunc(did[id], func(known Event) bool { return sameEvent(known, ev) })
		did[id] = slices.Delete(slices.Clone(did[id]), i, i+1)
	}
	return nil
}

// sameEvent reports whether an event is the one that a store shows.
func sameEvent(known Event, shown contact.Event) bool {
	attrs := contact.Values{}
	for name, x := range known.Attrs {
		if x != nil {
			attrs[name] = x
		}
	}
	return known.Type == shown.Type && known.At.Truncate(time.Millisecond).Equal(shown.At) && reflect.DeepEqual(attrs, shown.Attrs)
}

func without(list []Event, gone func(Event) bool) []Event {
	return slices.DeleteFunc(slices.Clone(list), gone)
}
