package contact_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
)

// BenchmarkRecord records events of 100 000 contacts in batches, in a store without
// floors, as they happen or in any order; one operation is one event.
func BenchmarkRecord(b *testing.B) {
	for _, batch := range []int{1, 1000} {
		for _, late := range []bool{false, true} {
			b.Run(fmt.Sprintf("batch=%d/late=%v", batch, late), func(b *testing.B) { benchRecord(b, batch, late) })
		}
	}
}

// BenchmarkRecordSessions is BenchmarkRecord in a store that makes sessions of the events.
func BenchmarkRecordSessions(b *testing.B) {
	for _, batch := range []int{1, 1000} {
		for _, late := range []bool{false, true} {
			b.Run(fmt.Sprintf("batch=%d/late=%v", batch, late), func(b *testing.B) {
				benchRecord(b, batch, late, contact.Sessions("session", 30*time.Minute, "hit"))
			})
		}
	}
}

func benchRecord(b *testing.B, batch int, late bool, more ...contact.Part) {
	const contacts = 100_000
	store := newStoreWith(b, &contact.Options{KeepLog: -1}, append(more, contact.EventType("hit", contact.Text("url")))...)
	insertMany(b, store, contacts, func(int) contact.Values { return nil })
	hit := handle(b, store, "hit")
	url, _ := hit.Attribute("url")
	urls := make([]string, 500)
	for i := range urls {
		urls[i] = fmt.Sprint("/page/", i)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; {
		update(b, store, func(tx *contact.Tx) error {
			for range min(batch, b.N-done) {
				n := uint32(done) * 2654435761
				at := eventTime.Add(time.Duration(done) * time.Millisecond)
				if late {
					at = eventTime.Add(-time.Duration(n%7776000) * time.Second)
				}
				if err := tx.EventRow(hit).Text(url, urls[n%500]).Record(contact.ID(1+n%contacts), at); err != nil {
					return err
				}
				done++
			}
			return nil
		})
	}
}

// BenchmarkRecordCold records events beside those of a year, of all types of the workload,
// 1 000 in a transaction, with nothing of the store in the near caches: as if the host did
// other things meanwhile. One operation is a transaction; median-ns/event is what an event
// takes in the one in the middle.
func BenchmarkRecordCold(b *testing.B) {
	for _, size := range []string{"100k", "1M"} {
		b.Run("contacts="+size, func(b *testing.B) { benchRecordCold(b, size) })
	}
}

func benchRecordCold(b *testing.B, size string) {
	const batch = 1000
	testflags.NeedSize(b, size)
	n := testflags.Size(size)
	store := newStoreWith(b, &contact.Options{KeepLog: -1})
	insertMany(b, store, n, func(int) contact.Values { return nil })
	require.NoError(b, contacttest.LoadEvents(ctx, store, benchSeed, n, batch))
	w, err := contacttest.NewEventWriter(store.Schema())
	require.NoError(b, err)
	var events []contacttest.Event
	for i, ev := range contacttest.Events(benchSeed+1, n) {
		if i == 1_000_000 {
			break
		}
		later := *ev
		later.At += (365 * 24 * time.Hour).Milliseconds()
		events = append(events, later)
	}
	other := make([]byte, 16<<20) // more than the near caches hold
	var each []time.Duration
	for b.Loop() {
		b.StopTimer()
		for i := range other {
			other[i]++
		}
		list := events[len(each)*batch%len(events):][:batch]
		before := b.Elapsed()
		b.StartTimer()
		update(b, store, func(tx *contact.Tx) error {
			for i := range list {
				if err := w.Record(tx, &list[i]); err != nil {
					return err
				}
			}
			return nil
		})
		each = append(each, b.Elapsed()-before)
	}
	slices.Sort(each)
	b.ReportMetric(float64(each[len(each)/2])/batch, "median-ns/event")
}
