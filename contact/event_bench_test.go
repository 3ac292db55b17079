package contact_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rosterdb/roster/contact"
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
