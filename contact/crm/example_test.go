package crm_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/crm"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// The whole schema in one call, a transaction that uses it, and who matches.
func ExampleSchema() {
	schema, err := crm.Schema(&crm.Options{PointGroups: []string{"loyalty"}, Campaigns: []string{"spring"}},
		contact.Calendar{Zone: "Europe/Zurich"}, contact.Text("nickname"))
	if err != nil {
		log.Fatal(err)
	}
	store, err := contact.New(schema, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	eng, err := segment.New(store, nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	err = store.Update(ctx, func(tx *contact.Tx) error {
		ada, err := tx.Upsert(contact.Values{"email": "ada@example.com", "first_name": "Ada", "nickname": "the countess"})
		if err != nil {
			return err
		}
		if _, err := crm.AddPoints(tx, ada, "loyalty", 20); err != nil {
			return err
		}
		bob, err := tx.Upsert(contact.Values{"email": "bob@example.com", "first_name": "Bob"})
		if err != nil {
			return err
		}
		if err := crm.Join(tx, bob, "spring", time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)); err != nil {
			return err
		}
		return crm.Block(tx, bob, "email", crm.Bounced)
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, text := range []string{
		`points_group.loyalty < 10`, // who has no score has 0
		`do_not_contact has any ("email:bounced", "email:unsubscribed", "email:manual")`,
		`campaign_since.spring = 2026-03-01`,
		`date_added within the last 1 hour and date_identified is not empty`,
	} {
		p, err := eng.Preview(ctx, filter.MustParse(text))
		if err != nil {
			log.Fatal(err)
		}
		var names []string
		for id := range p.Members.All() {
			name, err := p.View.Value(contact.ID(id), "first_name")
			if err != nil {
				log.Fatal(err)
			}
			names = append(names, name.Text())
		}
		fmt.Println(names, text)
	}
	// Output:
	// [Bob] points_group.loyalty < 10
	// [Bob] do_not_contact has any ("email:bounced", "email:unsubscribed", "email:manual")
	// [Bob] campaign_since.spring = 2026-03-01
	// [Ada Bob] date_added within the last 1 hour and date_identified is not empty
}

// A host takes the pieces it wants.
func ExampleParts() {
	schema, err := contact.NewSchema(append(crm.Times(),
		contact.Text("login").Unique(), crm.PointGroup("chess"), crm.DoNotContact("email", "push"))...)
	if err != nil {
		log.Fatal(err)
	}
	for f := range schema.Fields() {
		fmt.Println(f.Kind(), f.Name())
	}
	// Output:
	// datetime date_added
	// datetime date_identified
	// datetime date_modified
	// datetime last_active
	// text login
	// number points_group.chess
	// multi-select do_not_contact
}
