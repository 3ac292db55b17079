package contacttest

import (
	"context"
	"fmt"
	"iter"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/rosterdb/roster/contact"
)

// Event is one event as plain values.
//
// An Event must not be used by more than one goroutine at a time.
type Event struct {
	Contact int     // the position of its contact
	Type    string  // one of EventTypes
	Object  int     // 1 to MostObjects, the most frequent first
	Amount  float64 // of a purchase, 1 to 2 000 with two decimals; 0 of others
	At      int64   // milliseconds since 1970 UTC
}

const (
	// EventsEach is the number of events for each contact, on average.
	EventsEach = 10
	// MostObjects is the number of objects of events.
	MostObjects = 2000
	// Purchase is the type of event that has an amount.
	Purchase = "purchase"

	yearMillis  = 365 * secondsPerDay * 1000
	eventStream = 3 // of random numbers, see companyStream
)

var (
	eventTypes = []string{"page.hit", "email.sent", "email.read", "email.click", "form.submit", "asset.download", "login", Purchase}

	// eventSteps are the types of events, whose shares are such that the queries on
	// behaviour match about as many contacts as where the figures to compare with come
	// from.
	eventSteps = steps{{3000, 0, 1}, {2200, 1, 2}, {2000, 2, 3}, {1000, 3, 4}, {800, 4, 5}, {600, 5, 6}, {240, 6, 7}, {160, 7, 8}}

	// amountSteps are in cents.
	amountSteps = steps{{4000, 1_00, 30_00}, {3500, 30_00, 100_00}, {2000, 100_00, 500_00}, {500, 500_00, 2000_01}}

	objectZipf = sync.OnceValue(func() zipf { return newZipf(MostObjects) })
)

// EventTypes returns the types of events, the most frequent first.
func EventTypes() []string { return slices.Clone(eventTypes) }

// ObjectName returns the text of an object as it stands in a store, such as "object 17".
func ObjectName(object int) string { return "object " + strconv.Itoa(object) }

// Events yields the events of a workload of n contacts, [EventsEach] times n, with their
// positions from 0 on, in the order of time: evenly spread over the year before [Now]. An
// event costs some 60 nanoseconds and no allocation. The Event is overwritten by the next
// one.
//
// The sequence depends on the seed and on n. It can be walked any number of times, by
// several goroutines at once, and the rows for the seed do not depend on it.
func Events(seed uint64, n int) iter.Seq2[int, *Event] {
	return func(yield func(int, *Event) bool) {
		if n <= 0 {
			return
		}
		src := rand.NewPCG(seed, eventStream)
		object, total := objectZipf(), uint64(n)*EventsEach
		var ev Event
		for i := range total {
			// One in each of as many stretches of the year as there are events.
			lo, hi := i*yearMillis/total, (i+1)*yearMillis/total
			ev.At = nowSeconds*1000 - yearMillis + int64(lo+below(src, max(hi-lo, 1)))
			ev.Type = eventTypes[eventSteps.draw(src)]
			ev.Contact = active(src, uint64(n))
			ev.Object = 1 + object.draw(src)
			ev.Amount = 0
			if ev.Type == Purchase {
				ev.Amount = float64(amountSteps.draw(src)) / 100
			}
			if !yield(int(i), &ev) {
				return
			}
		}
	}
}

// active draws one of n contacts: the cube of an even share is its place among them by
// activity, and contacts beside each other there are far from each other.
func active(src *rand.PCG, n uint64) int {
	u := src.Uint64() >> 32
	rank, _ := bits.Mul64(u*u>>32*u, n)
	return int(rank * 2_654_435_761 % n) // a prime: no two places give the same contact
}

// EventParts returns the parts of a schema for the events of the workload: each type has
// an object, a purchase an amount, too.
func EventParts() []contact.Part {
	parts := make([]contact.Part, len(eventTypes))
	for i, name := range eventTypes {
		attributes := []contact.Part{contact.Text("object").Label("Object")}
		if name == Purchase {
			attributes = append(attributes, contact.Number("amount").Label("Amount"))
		}
		parts[i] = contact.EventType(name, attributes...)
	}
	return parts
}

// LoadEvents adds the events of the workload to a store that [Load] has put the first n
// rows into, in transactions of batch events, and their types to its schema. It takes some
// two microseconds an event, a thousand of them at once being the cheapest. Events are looked at from [Now] on: give the store a [Clock].
func LoadEvents(ctx context.Context, store *contact.Store, seed uint64, n, batch int) error {
	err := store.Update(ctx, func(tx *contact.Tx) error { return tx.Schema().Add(EventParts()...) })
	if err != nil {
		return err
	}
	w, err := NewEventWriter(store.Schema())
	if err != nil {
		return err
	}
	list := make([]Event, 0, max(batch, 1))
	for i, ev := range Events(seed, n) {
		list = append(list, *ev)
		if len(list) < cap(list) && i+1 < n*EventsEach {
			continue
		}
		err := store.Update(ctx, func(tx *contact.Tx) error {
			for k := range list {
				if err := w.Record(tx, &list[k]); err != nil {
					return fmt.Errorf("event %d: %w", i+1-len(list)+k, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		list = list[:0]
	}
	return nil
}

// EventWriter records events of the workload in a store whose schema has [EventParts].
//
// An EventWriter is not changed by what it does and is safe for concurrent use.
type EventWriter struct {
	types   map[string]eventFields
	objects [MostObjects + 1]string
}

type eventFields struct {
	handle         contact.EventHandle
	object, amount contact.Field
}

// NewEventWriter returns a writer for stores of a schema. A type or an attribute that the
// schema does not have is an error.
func NewEventWriter(schema *contact.Schema) (*EventWriter, error) {
	w := &EventWriter{types: make(map[string]eventFields)}
	for _, name := range eventTypes {
		var f eventFields
		var ok bool
		if f.handle, ok = schema.EventType(name); !ok {
			return nil, schema.UnknownEvent(name)
		}
		if f.object, ok = f.handle.Attribute("object"); !ok {
			return nil, f.handle.Attributes().Unknown("object")
		}
		if f.amount, ok = f.handle.Attribute("amount"); !ok && name == Purchase {
			return nil, f.handle.Attributes().Unknown("amount")
		}
		w.types[name] = f
	}
	for i := range w.objects {
		w.objects[i] = ObjectName(i)
	}
	return w, nil
}

// Record stages an event of the contact that [Load] made of the row at its position. The
// errors are those of [contact.EventRow.Record].
func (w *EventWriter) Record(tx *contact.Tx, ev *Event) error {
	f := w.types[ev.Type]
	row := tx.EventRow(f.handle).Text(f.object, w.objects[ev.Object])
	if ev.Amount != 0 {
		row.Number(f.amount, ev.Amount)
	}
	return row.Record(contact.ID(ev.Contact+1), time.UnixMilli(ev.At))
}
