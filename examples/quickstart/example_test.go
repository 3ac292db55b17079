package main

import (
	"context"
	"fmt"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

func Example() {
	if err := vip(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Unordered output:
	// Ada is in vip: true
	// contact 1 enters vip, cause: data
}

func vip(ctx context.Context) error {
	store, err := contact.New(contact.MustSchema(
		contact.Text("email").Unique(), contact.Text("country"), contact.Number("points"), contact.Tags("tags"),
	), nil)
	if err != nil {
		return err
	}
	defer store.Close() // closes the engine too
	eng, err := segment.New(store, nil)
	if err != nil {
		return err
	}
	_, err = eng.Create(ctx, segment.Definition{Handle: "vip", Name: "VIP", Filter: filter.MustParse(
		`country in ("FR", "DE") and points >= 500 or tags has any ("vip")`)})
	if err != nil {
		return err
	}
	stop := eng.OnChange(func(c segment.Change) { // runs on a goroutine of its own
		fmt.Printf("contact %d %ss %s, cause: %s\n", c.Contact, c.Kind, c.Segment, c.Cause)
	})
	defer stop()

	var ada contact.ID
	err = store.Update(ctx, func(tx *contact.Tx) (err error) { // all of it happens, or nothing
		ada, err = tx.Upsert(contact.Values{"email": "ada@example.com", "country": "fr", "points": 510})
		return err
	})
	if err != nil {
		return err
	}
	in, err := eng.Contains("vip", ada) // right since Update has returned
	if err != nil {
		return err
	}
	fmt.Println("Ada is in vip:", in)
	return eng.Flush(ctx) // every call-back up to here has run
}
