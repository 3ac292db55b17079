package contact_test

import (
	"context"
	"fmt"
	"time"

	"github.com/rosterdb/roster/contact"
)

func ExampleTx_Record() {
	schema := contact.MustSchema(
		contact.Text("email").Unique(),
		contact.EventType("page.hit", contact.Text("url")),
		contact.EventType("purchase", contact.Number("amount"), contact.Text("currency")),
	)
	store, err := contact.New(schema, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	buy := contact.Event{
		Type: "purchase", At: noon, Key: "order 4711",
		Attrs: contact.Values{"amount": 99.9, "currency": "EUR"},
	}
	err = store.Update(context.Background(), func(tx *contact.Tx) error {
		ada, err := tx.Upsert(contact.Values{"email": "ada@example.com"})
		if err != nil {
			return err
		}
		hit := contact.Event{Type: "page.hit", At: noon.Add(-time.Hour), Attrs: contact.Values{"url": "/pricing"}}
		return tx.Record(ada, buy, hit, buy) // the second purchase is the first one
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	events, err := store.View().Events(1, &contact.EventOptions{NewestFirst: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, ev := range events {
		fmt.Println(ev.At.Format(time.TimeOnly), ev.Type, ev.Attrs)
	}
	err = store.Update(context.Background(), func(tx *contact.Tx) error {
		return tx.Record(1, contact.Event{Type: "page.hits", At: noon})
	})
	fmt.Println(err)
	// Output:
	// 12:00:00 purchase map[amount:99.9 currency:EUR]
	// 11:00:00 page.hit map[url:/pricing]
	// contact: unknown event type "page.hits", did you mean "page.hit"?
}
