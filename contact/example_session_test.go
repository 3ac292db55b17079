package contact_test

import (
	"context"
	"fmt"
	"time"

	"github.com/rosterdb/roster/contact"
)

func ExampleSessions() {
	schema := contact.MustSchema(
		contact.Text("email").Unique(),
		contact.EventType("page.hit", contact.Text("url")),
		contact.EventType("email.click"),
		contact.Sessions("session", 30*time.Minute, "page.hit", "email.click"),
	)
	store, err := contact.New(schema, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	happen := func(typ string, minutes ...time.Duration) {
		err := store.Update(context.Background(), func(tx *contact.Tx) error {
			ada, err := tx.Upsert(contact.Values{"email": "ada@example.com"})
			for _, m := range minutes {
				if err == nil {
					err = tx.Record(ada, contact.Event{Type: typ, At: noon.Add(m * time.Minute)})
				}
			}
			return err
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		sessions, err := store.View().Events(1, &contact.EventOptions{Types: []string{"session"}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(typ)
		for _, s := range sessions {
			fmt.Println(" ", s.At.Format(time.TimeOnly), s.Attrs["events"], "events in", s.Attrs["duration"], "seconds")
		}
	}
	happen("page.hit", 0, 5, 50)
	happen("email.click", 25) // a late one, between the two
	// Output:
	// page.hit
	//   12:00:00 2 events in 300 seconds
	//   12:50:00 1 events in 0 seconds
	// email.click
	//   12:00:00 4 events in 3000 seconds
}
