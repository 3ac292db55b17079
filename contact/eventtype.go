package contact

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
	"unicode/utf8"
)

// EventTypePart describes a type of event of a schema to be.
type EventTypePart struct {
	name, label string
	parts       []Part
}

func (EventTypePart) isPart() {}

// Label gives the type a label for people. It returns a changed copy.
func (p EventTypePart) Label(label string) EventTypePart {
	p.label = label
	return p
}

// EventType returns the part of a schema that declares a type of event, something that
// contacts do, with its attributes: fields of the kinds text, exact or not, number and
// bool. Given again, it adds attributes and changes the label. The names of types are apart from those of
// fields, and the names of attributes from those of other types.
func EventType(name string, attributes ...Part) EventTypePart {
	return EventTypePart{name: name, parts: attributes}
}

// EventHandle is a type of event of a schema, and the handle by which the fast ways name
// it. The zero EventHandle belongs to no schema.
//
// EventHandle is immutable and safe for concurrent use. A handle stays good while its
// store grows; it shows the attributes of the schema it was taken from.
type EventHandle struct{ def *eventDef }

// An eventDef is never changed once its schema is made; an edit makes another one with
// the same lineage.
type eventDef struct {
	name    string
	label   string // "" if none was given
	attrs   *Schema
	hidden  bool // the schema given to Open lacks it; never stored
	forgot  *forgetting
	index   int
	lineage *byte

	sessions *sessionRule // nil if hosts record the events
}

// Name returns the name of the type.
func (h EventHandle) Name() string { return h.def.name }

// Label returns the label for people, the name if none was given.
func (h EventHandle) Label() string {
	if h.def.label == "" {
		return h.def.name
	}
	return h.def.label
}

// Attributes returns the schema of the attributes.
func (h EventHandle) Attributes() *Schema { return h.def.attrs }

// Attribute returns the attribute of a name.
func (h EventHandle) Attribute(name string) (Field, bool) { return h.def.attrs.Field(name) }

// Forgotten returns the time before which [Tx.ForgetEvents] has deleted the events of the
// type, the latest of those that were given, and the time at which that was done: the
// difference is how long events are kept. ok is false if none was forgotten. Events may be
// recorded all the same that are dated before it.
func (h EventHandle) Forgotten() (before, at time.Time, ok bool) {
	if h.def.forgot == nil {
		return before, at, false
	}
	return instant(h.def.forgot.Before), instant(h.def.forgot.At), true
}

// A forgetting is up to when events of a type are forgotten, in milliseconds. It is never
// changed.
type forgetting struct {
	Before int64 `json:"before"`
	At     int64 `json:"at"` // when it was done
}

// forgotten returns a schema that tells that events of some types are forgotten.
func (s *Schema) forgotten(before, at int64, types map[int]bool) *Schema {
	next := s
	for i, d := range s.events {
		if !types[i] || d.forgot != nil && d.forgot.Before >= before {
			continue
		}
		if next == s {
			next = s.clone()
		}
		m := *d
		m.forgot = &forgetting{before, at}
		next.events[i] = &m
	}
	return next
}

// Index returns the place of the type in its schema, which never changes.
func (h EventHandle) Index() int { return h.def.index }

// IsZero reports whether h is the zero EventHandle.
func (h EventHandle) IsZero() bool { return h.def == nil }

// EventTypes iterates over the types of events in the order they were declared, hidden
// ones left out.
func (s *Schema) EventTypes() iter.Seq[EventHandle] {
	return func(yield func(EventHandle) bool) {
		for _, d := range s.events {
			if !d.hidden && !yield(EventHandle{d}) {
				return
			}
		}
	}
}

// EventType returns the type of event of a name.
func (s *Schema) EventType(name string) (EventHandle, bool) {
	i, ok := s.eventByName[name]
	if !ok {
		return EventHandle{}, false
	}
	return EventHandle{s.events[i]}, true
}

// findEvent is EventType with an error that says which name was probably meant.
func (s *Schema) findEvent(name string) (*eventDef, error) {
	i, ok := s.eventByName[name]
	if !ok {
		return nil, s.UnknownEvent(name)
	}
	return s.events[i], nil
}

// UnknownEvent returns the error for a name that is no type of event of s, with the type
// probably meant.
func (s *Schema) UnknownEvent(name string) error {
	names := func(yield func(string) bool) {
		s.EventTypes()(func(h EventHandle) bool { return yield(h.Name()) })
	}
	return &UnknownEventError{name, Suggest(name, names)}
}

// ownEvent returns this schema's definition of a handle's type.
func (s *Schema) ownEvent(h EventHandle) (*eventDef, error) {
	if h.def == nil {
		return nil, ErrForeignEvent
	}
	if i := h.def.index; i < len(s.events) && s.events[i].lineage == h.def.lineage {
		return s.events[i], nil
	}
	if i, ok := s.movedEvents[h.def.lineage]; ok {
		return s.events[i], nil
	}
	return nil, ErrForeignEvent
}

// declareEvent adds a type of event to a schema that is being made, or attributes to one.
func (s *Schema) declareEvent(p EventTypePart, limits Limits, wrong *SchemaError) {
	if s.company || s.event != "" {
		wrong.add(fmt.Sprintf("event type %q inside something else; it is a part of the schema", p.name), nil)
		return
	}
	switch i, known := s.eventByName[p.name]; {
	case p.name == "":
		wrong.add("an event type without a name", nil)
		return
	case !utf8.ValidString(p.name):
		wrong.add(fmt.Sprintf("event type %q: the name is not valid UTF-8", p.name), nil)
		return
	case known && s.events[i].sessions != nil:
		wrong.add(fmt.Sprintf("event type %q: it is one of sessions already, which have no other attributes", p.name), nil)
		return
	case known:
		d := *s.events[i]
		d.label = cmp.Or(p.label, d.label)
		d.attrs = d.attrs.withAttributes(p, limits, wrong)
		s.events[i] = &d
		return
	}
	if s.hidesEvent(p.name) {
		wrong.add(fmt.Sprintf("event type %q is in the store and hidden; declare it in the schema given to Open", p.name), nil)
		return
	}
	attrs := (&Schema{event: p.name, byName: map[string]int{}}).withAttributes(p, limits, wrong)
	s.placeEvent(eventDef{name: p.name, label: p.label, attrs: attrs, lineage: new(byte)})
}

// hidesEvent reports whether a name is that of a hidden type.
func (s *Schema) hidesEvent(name string) bool {
	return slices.ContainsFunc(s.events, func(d *eventDef) bool { return d.hidden && d.name == name })
}

// placeEvent appends a type to a schema that is being made.
func (s *Schema) placeEvent(d eventDef) {
	if s.eventByName == nil {
		s.eventByName = make(map[string]int)
	}
	d.index = len(s.events)
	s.events = append(s.events, &d)
	if !d.hidden {
		s.eventByName[d.name] = d.index
	}
}

// withAttributes returns the schema of a type's attributes with more of them, or s itself
// if something is wrong with them.
func (s *Schema) withAttributes(p EventTypePart, limits Limits, wrong *SchemaError) *Schema {
	for _, part := range p.parts {
		if _, ok := part.(FieldPart); !ok {
			wrong.add(fmt.Sprintf("event type %q has only attributes, fields of the kinds text, number and bool, not a %T", p.name, part), nil)
			return s
		}
	}
	next, err := s.extended(limits, p.parts...)
	if err != nil {
		wrong.include(err)
		return s
	}
	return next
}

// attributeProblems notes what is wrong with a field as an attribute.
func (d *fieldDef) attributeProblems(add func(format string, args ...any)) {
	if d.event == "" {
		return
	}
	if d.kind != KindText && d.kind != KindNumber && d.kind != KindBool {
		add("only text, number and bool can be the kind of an attribute, not %s", d.kind)
	}
	if d.unique {
		add("an attribute can't be unique; give the event a key")
	}
	if d.email || d.initial != nil || d.kept != 0 {
		add("an attribute has no domain, no default and is not kept by the store")
	}
}

// checkEvents checks the types against the limits of a store.
func (s *Schema) checkEvents(limits Limits, wrong *SchemaError) {
	if len(s.events) > min(limits.Fields, mostEvents) {
		err := &LimitError{"event types", min(limits.Fields, mostEvents), len(s.events)}
		wrong.add(err.Error(), err)
	}
	for _, d := range s.events {
		wrong.include(d.attrs.within(limits))
	}
}

// mostEvents is the largest number of types, so that they have places in the file.
const mostEvents = 1 << 16

// cloneEvents gives a copy of a schema lists of its own.
func (s *Schema) cloneEvents() {
	s.events, s.eventByName = slices.Clone(s.events), maps.Clone(s.eventByName)
}

// showEvents shows the types and attributes that are hidden in a copy of a schema.
func (s *Schema) showEvents() {
	for i, d := range s.events {
		shown := *d
		shown.hidden, shown.attrs = false, d.attrs.WithHidden()
		s.events[i] = &shown
		s.eventByName[d.name] = i
	}
}

// mergeEvents adds to a schema that is being made the types of a stored one and those of
// a given one. See merged.
func (s *Schema) mergeEvents(stored, given *Schema, limits Limits, wrong *SchemaError) {
	s.eventByName, s.movedEvents = make(map[string]int), make(map[*byte]int)
	for _, d := range stored.events {
		m := *d
		i, ok := given.eventByName[d.name]
		if m.hidden = !ok; ok {
			attrs, err := d.attrs.merged(given.events[i].attrs, limits)
			if wrong.include(err); err == nil {
				m.attrs = attrs
			}
			m.label = cmp.Or(given.events[i].label, d.label)
			m.takeSessions(given.events[i], wrong)
			m.lineage = given.events[i].lineage
		}
		s.placeEvent(m)
		s.movedEvents[m.lineage] = len(s.events) - 1
	}
	for _, d := range given.events {
		if _, known := s.eventByName[d.name]; !known && !d.hidden {
			s.placeEvent(*d)
			s.movedEvents[d.lineage] = len(s.events) - 1
		}
	}
	s.findSessions(wrong)
}

// storedEvent is a type of event as the file keeps it.
type storedEvent struct {
	Name       string          `json:"name"`
	Label      string          `json:"label,omitempty"`
	Attributes []storedField   `json:"attributes,omitempty"`
	Sessions   *storedSessions `json:"sessions,omitempty"`
	Forgot     *forgetting     `json:"forgot,omitempty"`
}

// storedEvents returns the types as the file keeps them.
func (s *Schema) storedEvents() (list []storedField) {
	for _, d := range s.events {
		e := storedEvent{Name: d.name, Label: d.label, Sessions: d.sessions.stored(), Forgot: d.forgot}
		for _, a := range d.attrs.fields {
			e.Attributes = append(e.Attributes, a.stored())
		}
		list = append(list, storedField{Event: &e})
	}
	return list
}

// add is the inverse of storedEvents for one type.
func (e *storedEvent) add(s *Schema) error {
	attrs := &Schema{event: e.Name, byName: make(map[string]int)}
	for _, a := range e.Attributes {
		d, err := a.field()
		if err != nil {
			return err
		}
		d.event, d.index = e.Name, len(attrs.fields)
		attrs.fields = append(attrs.fields, d.sealed())
		if d.visible() {
			attrs.byName[d.name] = d.index
		}
	}
	s.placeEvent(eventDef{name: e.Name, label: e.Label, attrs: attrs, sessions: e.Sessions.rule(), forgot: e.Forgot, lineage: new(byte)})
	return nil
}
