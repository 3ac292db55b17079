package contact

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rosterdb/roster/contact/internal/behaviour"
)

// An Event is something that a contact did, as it is given to [Tx.Record] and shown by
// [View.Events].
type Event struct {
	// Type is the name of a type of event of the schema.
	Type string
	// At is when it happened, past or future, from 1970 to 9999; what is finer than a
	// millisecond is cut.
	At time.Time
	// Attrs are the values of the attributes by name; those left out are missing. The Go
	// types that fit are those of fields, see [Kind].
	Attrs Values
	// Key makes the event one that is recorded once: as long as an event of the type with
	// the same key is kept, another one is that event, whatever else it says, also of
	// another contact. The store keeps 128 bits of a hash of it and never shows it. Empty
	// for none; at most 1 024 bytes.
	Key string
}

// An EventID tells an event of a store from all others for as long as it is kept.
type EventID struct {
	Type    string
	Contact ID
	At      time.Time
	Tie     uint32 // numbers the events of a contact and type at one millisecond as they came
}

// ErrNoEvent is returned for an [EventID] that no event has.
var ErrNoEvent = errors.New("contact: no such event")

// Record records events of a contact. They are seen in the version that the transaction
// makes, not by reading in the transaction itself. The order in which events come makes
// no difference to any answer, but for the order of those at the same millisecond.
//
// A contact that does not live is [ErrNotFound], an unknown type an
// [*UnknownEventError], an unknown attribute an [*UnknownFieldError], a value that does
// not fit a [*FieldError], and a time or a key that can't be, or a type made by [Sessions],
// an [*EventError]; of more than one event the error tells which. Then none is recorded. If the transaction
// deletes the contact later, its events are not recorded either.
//
// An event takes 32 bytes until the commit, and 16 and its text for each value.
// [Tx.EventRow] is the fast way.
func (tx *Tx) Record(id ID, events ...Event) error {
	if err := tx.enter(); err != nil {
		return err
	}
	defer tx.leave()
	if !tx.contacts.exists(id) {
		return ErrNotFound
	}
	d := tx.eventDraft()
	before := d.mark()
	for i := range events {
		if err := d.record(tx, id, &events[i]); err != nil {
			d.cut(before)
			if len(events) > 1 {
				err = fmt.Errorf("event %d of %d: %w", i+1, len(events), err)
			}
			return err
		}
	}
	return nil
}

func (d *eventDraft) record(tx *Tx, id ID, ev *Event) error {
	def, err := tx.schema.findByHand(ev.Type)
	if err != nil {
		return err
	}
	op, err := d.newOp(def, id, ev.At, ev.Key)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(ev.Attrs)) {
		a, err := def.attrs.find(name)
		if err != nil {
			return err
		}
		v, err := a.convert(ev.Attrs[name], &tx.store.opts.Limits)
		if err != nil {
			return err
		}
		d.push(&op, a, v)
	}
	d.ops = append(roomy(d.ops), op)
	return nil
}

// EventRow is the fast way to record: attributes by handles instead of names, without a
// map and without boxing. It is filled, then [EventRow.Record] stages the event by the
// same rules as [Tx.Record], and the next one is taken with [Tx.EventRow]. A wrong value
// is reported by Record; then nothing of it is staged.
//
// An EventRow must not be used by more than one goroutine at a time.
type EventRow struct {
	tx    *Tx
	def   *eventDef
	key   string
	cells []cell
	errs  []error
}

// EventRow returns the transaction's one EventRow, emptied, for an event of a type.
func (tx *Tx) EventRow(h EventHandle) *EventRow {
	if tx.eventRow == nil {
		tx.eventRow = &EventRow{}
	}
	r := tx.eventRow
	r.tx, r.key, r.cells, r.errs = tx, "", r.cells[:0], nil
	var err error
	if r.def, err = tx.schema.ownEvent(h); err == nil {
		err = r.def.byHand()
	}
	if err != nil {
		r.errs = append(r.errs, err)
	}
	return r
}

// Text sets a text attribute.
func (r *EventRow) Text(f Field, s string) *EventRow { return r.set(f, TextValue(s)) }

// Number sets a number attribute.
func (r *EventRow) Number(f Field, x float64) *EventRow { return r.set(f, NumberValue(x)) }

// Bool sets a yes-or-no attribute.
func (r *EventRow) Bool(f Field, b bool) *EventRow { return r.set(f, BoolValue(b)) }

// Key sets the idempotency key, see [Event].
func (r *EventRow) Key(key string) *EventRow {
	r.key = key
	return r
}

func (r *EventRow) set(f Field, v Value) *EventRow {
	if r.def == nil {
		return r
	}
	a, err := r.def.attrs.own(f)
	switch {
	case err != nil:
		r.errs = append(r.errs, err)
		return r
	case a.kind != v.kind:
		r.errs = append(r.errs, &FieldError{a.title(), v, fmt.Errorf("a %s value does not fit a %s field", v.kind, a.kind)})
		return r
	}
	if v, err = a.check(v, &r.tx.store.opts.Limits); err != nil {
		r.errs = append(r.errs, &FieldError{a.title(), v, err})
		return r
	}
	for i := range r.cells {
		if r.cells[i].def == a {
			r.cells[i].value = v
			return r
		}
	}
	r.cells = append(r.cells, cell{a, v})
	return r
}

// Record stages the event, of a contact and at a time, see [Tx.Record].
func (r *EventRow) Record(id ID, at time.Time) error {
	tx := r.tx
	if err := tx.enter(); err != nil {
		return err
	}
	defer tx.leave()
	switch {
	case len(r.errs) > 0:
		return errors.Join(r.errs...)
	case !tx.contacts.exists(id):
		return ErrNotFound
	}
	d := tx.eventDraft()
	op, err := d.newOp(r.def, id, at, r.key)
	if err != nil {
		return err
	}
	for _, c := range r.cells {
		d.push(&op, c.def, c.value)
	}
	d.ops = append(roomy(d.ops), op)
	return nil
}

// DeleteEvent deletes an event that was there when the transaction began. Its key may be
// given again. One that is not there is [ErrNoEvent].
func (tx *Tx) DeleteEvent(id EventID) error {
	if err := tx.enter(); err != nil {
		return err
	}
	defer tx.leave()
	def, err := tx.schema.findByHand(id.Type)
	if err != nil {
		return err
	}
	is := behaviour.ID{Contact: uint32(id.Contact), Time: millis(id.At), Tie: id.Tie}
	if h := tx.base.history(def); h == nil || !tx.contacts.exists(id.Contact) {
		return ErrNoEvent
	} else if _, ok := h.Get(is); !ok {
		return ErrNoEvent
	}
	d := tx.eventDraft()
	d.ops = append(d.ops, eventOp{kind: eventDelete, event: int32(def.index), id: id.Contact, at: is.Time, extra: is.Tie})
	return nil
}

// DeleteEvents deletes all events of a contact, of the given types or of all, those that
// the transaction has recorded before included. A contact that does not live is
// [ErrNotFound], an unknown type an [*UnknownEventError].
func (tx *Tx) DeleteEvents(id ID, types ...string) error {
	if err := tx.enter(); err != nil {
		return err
	}
	defer tx.leave()
	if !tx.contacts.exists(id) {
		return ErrNotFound
	}
	return tx.stageOfTypes(eventOp{kind: eventDeleteAll, id: id}, types)
}

// ForgetEvents deletes the events of all contacts dated before a time, of the given types
// or of all, those that the transaction has recorded before included. To conditions it is
// as if they had never happened; the schema tells that they are forgotten, see
// [EventHandle.Forgotten]. It costs about a microsecond for each of them.
func (tx *Tx) ForgetEvents(before time.Time, types ...string) error {
	if err := tx.enter(); err != nil {
		return err
	}
	defer tx.leave()
	return tx.stageOfTypes(eventOp{kind: eventForget, at: millis(before)}, types)
}

// stageOfTypes stages an operation for each of some types of event, of all if there are
// none, the hidden ones included. Sessions follow by themselves.
func (tx *Tx) stageOfTypes(op eventOp, types []string) error {
	defs := tx.schema.events
	if len(types) > 0 {
		defs = nil
	}
	for _, name := range types {
		def, err := tx.schema.findByHand(name)
		if err != nil {
			return err
		}
		defs = append(defs, def)
	}
	d := tx.eventDraft()
	named := make(map[int]bool, len(defs))
	for _, def := range defs {
		named[def.index] = true
		if def.sessions == nil {
			op.event = int32(def.index)
			d.ops = append(d.ops, op)
		}
	}
	for _, i := range tx.schema.sessions { // what is left of a session is another one
		named[i] = named[i] || slices.ContainsFunc(tx.schema.events[i].sessions.places, func(at int) bool { return named[at] })
	}
	if op.kind == eventForget && op.at > 0 { // there are none before
		tx.schema = tx.schema.forgotten(op.at, millis(tx.store.Now()), named)
	}
	return nil
}
