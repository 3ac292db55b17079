package contact

import (
	"errors"
	"fmt"
	"time"

	"github.com/rosterdb/roster/contact/internal/behaviour"
)

// An eventDraft is what a transaction wants to do to events, in the order it was asked
// for. Nothing of the store is touched before the commit.
type eventDraft struct {
	ops   []eventOp
	cells []eventCell // of the operations that record, one after the other
	texts []string
	keys  []behaviour.Key
}

type eventOpKind uint8

const (
	eventRecord    eventOpKind = iota
	eventDelete                // the one at a time, whose tie is extra
	eventDeleteAll             // of a contact
	eventForget                // those before a time
)

type eventOp struct {
	at    int64 // milliseconds since 1970
	id    ID
	event int32  // place of the type in the schema
	extra uint32 // when recording: the place of the key plus 1, 0 if there is none
	from  uint32 // place of the first of its cells
	n     uint16
	kind  eventOpKind
}

// An eventCell is the value of an attribute. That of a text is its place in texts.
type eventCell struct {
	value behaviour.Value
	attr  uint16
	text  bool
}

// eventDraft returns what the transaction wants to do to events.
func (tx *Tx) eventDraft() *eventDraft {
	if tx.events == nil {
		s := tx.store
		tx.events, s.eventScratch = s.eventScratch, nil
		if tx.events == nil {
			tx.events = &eventDraft{}
		}
	}
	return tx.events
}

// takeEvents gets the lists of a transaction that is over back, for the next one.
func (s *Store) takeEvents(tx *Tx) {
	d := tx.events
	if d == nil {
		return
	}
	tx.events = nil
	if cap(d.ops) > scratchMost || cap(d.cells) > scratchMost {
		return
	}
	clear(d.texts) // they belong to others
	d.ops, d.cells, d.texts, d.keys = d.ops[:0], d.cells[:0], d.texts[:0], d.keys[:0]
	s.eventScratch = d
}

// size returns the number of operations.
func (d *eventDraft) size() int {
	if d == nil {
		return 0
	}
	return len(d.ops)
}

// long reports whether the operations are too many to be done under the lock.
func (d *eventDraft) long() bool {
	if d.size() > longOps {
		return true
	}
	for i := range d.size() {
		if d.ops[i].kind == eventForget {
			return true
		}
	}
	return false
}

type draftMark struct{ ops, cells, texts, keys int }

func (d *eventDraft) mark() draftMark {
	return draftMark{len(d.ops), len(d.cells), len(d.texts), len(d.keys)}
}

// cut takes back what was staged since a mark.
func (d *eventDraft) cut(m draftMark) {
	d.ops, d.cells, d.texts, d.keys = d.ops[:m.ops], d.cells[:m.cells], d.texts[:m.texts], d.keys[:m.keys]
}

// newOp returns the operation that records an event, without its values.
func (d *eventDraft) newOp(def *eventDef, id ID, at time.Time, key string) (eventOp, error) {
	op := eventOp{kind: eventRecord, event: int32(def.index), id: id, at: millis(at), from: uint32(len(d.cells))}
	switch {
	case at.IsZero():
		return op, &EventError{def.name, errNoTime}
	case op.at < 0:
		return op, &EventError{def.name, fmt.Errorf("the time %v lies before 1970", at)}
	case op.at > maxMS:
		return op, &EventError{def.name, fmt.Errorf("the time %v lies after 9999", at)}
	case len(key) > longestKey:
		return op, &EventError{def.name, &LimitError{"bytes of an idempotency key", longestKey, len(key)}}
	case key != "":
		d.keys = append(d.keys, behaviour.KeyOf(key))
		op.extra = uint32(len(d.keys))
	}
	return op, nil
}

var errNoTime = errors.New("it has no time; give the one when it happened")

// push gives the event of an operation a value.
func (d *eventDraft) push(op *eventOp, a *fieldDef, v Value) {
	c := eventCell{attr: uint16(a.index)}
	switch {
	case v.Missing():
	case a.kind == KindText:
		d.texts = append(roomy(d.texts), v.text)
		c.text, c.value = true, behaviour.Value(len(d.texts)-1)
	case a.kind == KindBool:
		c.value = behaviour.Bool(v.num != 0)
	default:
		c.value = behaviour.Number(v.num)
	}
	d.cells = append(roomy(d.cells), c)
	op.n++
}
