package contact_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
)

// BenchmarkEventMemory measures what the events of the workload take, ten for each
// contact, with their attributes and all indexes: by the store's own estimate and by the
// heap.
func BenchmarkEventMemory(b *testing.B) {
	for _, size := range []string{"100k", "1M"} {
		b.Run(size, func(b *testing.B) {
			testflags.NeedSize(b, size)
			n := testflags.Size(size)
			measureEvents(b, n, func(store *contact.Store) {
				require.NoError(b, contacttest.LoadEvents(ctx, store, 1, n, 1000))
			})
		})
	}
}

// BenchmarkEventMemoryOf is the same for events of one type without an attribute, and with
// one: a text of 2 000, such a number, an amount in hundredths, yes or no; and with a key.
// What such events take beyond those without is what it costs.
func BenchmarkEventMemoryOf(b *testing.B) {
	const n = 100_000
	for _, c := range []struct {
		name      string
		attribute contact.Part
		set       func(r *contact.EventRow, f contact.Field, i int, ev *contacttest.Event)
	}{
		{"nothing", contact.Text("x"), func(*contact.EventRow, contact.Field, int, *contacttest.Event) {}},
		{"text", contact.Text("x"), func(r *contact.EventRow, f contact.Field, _ int, ev *contacttest.Event) {
			r.Text(f, contacttest.ObjectName(ev.Object))
		}},
		{"number", contact.Number("x"), func(r *contact.EventRow, f contact.Field, _ int, ev *contacttest.Event) {
			r.Number(f, float64(ev.Object))
		}},
		{"amount", contact.Number("x"), func(r *contact.EventRow, f contact.Field, i int, _ *contacttest.Event) {
			r.Number(f, float64(1+i*7919%200_000)/100)
		}},
		{"bool", contact.Bool("x"), func(r *contact.EventRow, f contact.Field, i int, _ *contacttest.Event) { r.Bool(f, i%3 == 0) }},
		{"key", contact.Text("x"), func(r *contact.EventRow, _ contact.Field, i int, _ *contacttest.Event) { r.Key(fmt.Sprint("key ", i)) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			measureEvents(b, n, func(store *contact.Store) {
				update(b, store, func(tx *contact.Tx) error { return tx.Schema().Add(contact.EventType("did", c.attribute)) })
				did := handle(b, store, "did")
				x, _ := did.Attribute("x")
				recordBatches(b, store, n, func(tx *contact.Tx, i int, ev *contacttest.Event) error {
					r := tx.EventRow(did)
					c.set(r, x, i, ev)
					return r.Record(contact.ID(ev.Contact+1), time.UnixMilli(ev.At))
				})
			})
		})
	}
}

// recordBatches does something for each event of the workload, a thousand of them in a
// transaction.
func recordBatches(b *testing.B, store *contact.Store, n int, do func(tx *contact.Tx, i int, ev *contacttest.Event) error) {
	var batch []contacttest.Event
	for i, ev := range contacttest.Events(1, n) {
		if batch = append(batch, *ev); len(batch) < 1000 {
			continue
		}
		update(b, store, func(tx *contact.Tx) error {
			for k := range batch {
				if err := do(tx, i+1-len(batch)+k, &batch[k]); err != nil {
					return err
				}
			}
			return nil
		})
		batch = batch[:0]
	}
}

// measureEvents reports what the events take that load puts into a store of n contacts.
func measureEvents(b *testing.B, n int, load func(store *contact.Store)) {
	for range b.N {
		store := newStoreWith(b, &contact.Options{KeepLog: -1})
		insertMany(b, store, n, func(int) contact.Values { return nil })
		update(b, store, func(tx *contact.Tx) error { return tx.SetWork("nobody", 1) }) // lets go of what the one before it needed
		before := int64(heap())
		load(store)
		after := int64(heap())
		v, bytes, events := store.View(), 0, 0
		for h := range v.Schema().EventTypes() {
			bytes += v.Memory()["event "+h.Name()]
			events += v.EventsOf(h).Len()
		}
		b.ReportMetric(float64(bytes)/float64(events), "B/event")
		b.ReportMetric(float64(after-before)/float64(events), "heapB/event")
	}
}
