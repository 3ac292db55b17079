package segment_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// A contact enters with the event that makes it true, and leaves when the window has left
// the event behind.
func Example_behaviour() {
	ctx := context.Background()
	clock := contacttest.NewClock(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC))
	store, err := contact.New(contact.MustSchema(
		contact.Text("email").Unique(),
		contact.EventType("page.hit", contact.Text("url")),
	), &contact.Options{Clock: clock})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	eng, err := segment.New(store, &segment.Options{NoBackground: true})
	if err != nil {
		log.Fatal(err)
	}
	for handle, text := range map[string]string{
		"interested": `did page.hit where (url starts with "/pricing") at least 2 times in the last 7 days`,
		"silent":     `never did page.hit`,
	} {
		if _, err := eng.Create(ctx, segment.Definition{Handle: handle, Name: handle, Filter: filter.MustParse(text)}); err != nil {
			log.Fatal(err)
		}
	}
	hit := func(tx *contact.Tx, who contact.ID, url string, ago time.Duration) error {
		return tx.Record(who, contact.Event{Type: "page.hit", At: clock.Now().Add(-ago), Attrs: contact.Values{"url": url}})
	}
	var ada contact.ID
	err = store.Update(ctx, func(tx *contact.Tx) (err error) {
		ada, err = tx.Insert(contact.Values{"email": "ada@example.com"})
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	err = store.Update(ctx, func(tx *contact.Tx) error { return hit(tx, ada, "/pricing", 0) })
	if err != nil {
		log.Fatal(err)
	}
	err = store.Update(ctx, func(tx *contact.Tx) error { return hit(tx, ada, "/pricing?plan=pro", 24*time.Hour) }) // it comes late
	if err != nil {
		log.Fatal(err)
	}
	clock.Turn(30 * 24 * time.Hour)
	if err := eng.Advance(ctx); err != nil {
		log.Fatal(err)
	}
	for c, err := range eng.Changes(1) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(c.Time.Format(time.DateTime), c.Segment, c.Kind, c.Contact, c.Cause)
	}
	// Output:
	// 2026-11-25 12:00:00 silent enter 1 data
	// 2026-11-25 12:00:00 silent leave 1 event
	// 2026-11-25 12:00:00 interested enter 1 event
	// 2026-12-01 12:00:00 interested leave 1 clock
}
