package main

import (
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/crm"
)

// story is what happens, an hour after each other.
var story = []struct {
	what string
	do   func(tx *contact.Tx) error
}{
	{"Ada comes in from the old system: an import writes what the store keeps otherwise.", func(tx *contact.Tx) error {
		tx.SetCause(contact.CauseImport)
		_, err := tx.Upsert(contact.Values{
			"email": "ada@example.com", "first_name": "Ada", "points_group.shop": 250,
			"date_added": time.Date(2017, 5, 2, 9, 30, 0, 0, time.UTC),
		})
		return err
	}},
	{"Bob fills in a form that asks for no e-mail address.", func(tx *contact.Tx) error {
		bob, err := tx.Insert(contact.Values{"first_name": "Bob"})
		if err != nil {
			return err
		}
		if err := crm.Came(tx, bob, crm.Visit{Source: "newsletter", Medium: "email"}); err != nil {
			return err
		}
		return tx.Seen(bob, time.Time{})
	}},
	{"Both join the spring campaign.", func(tx *contact.Tx) error {
		for _, id := range []contact.ID{1, 2} {
			if err := crm.Join(tx, id, "spring", time.Time{}); err != nil {
				return err
			}
		}
		return nil
	}},
	{"Bob gives his address and buys something.", func(tx *contact.Tx) error {
		if err := tx.Set(2, contact.Values{"email": "bob@example.com"}); err != nil {
			return err
		}
		_, err := crm.AddPoints(tx, 2, "shop", 15)
		return err
	}},
	{"A mail to Ada bounces.", func(tx *contact.Tx) error { return crm.Block(tx, 1, "email", crm.Bounced) }},
	{"The office moves to Tokyo: there, it was 1 March already.", func(tx *contact.Tx) error {
		return tx.Schema().SetCalendar(contact.Calendar{Zone: "Asia/Tokyo"})
	}},
	{"Ada has a new address.", func(tx *contact.Tx) error {
		if err := tx.Set(1, contact.Values{"email": "ada@example.org"}); err != nil {
			return err
		}
		return crm.Unblock(tx, 1, "email", crm.Bounced)
	}},
	{"Bob returns what he bought.", func(tx *contact.Tx) error {
		_, err := crm.AddPoints(tx, 2, "shop", -15)
		return err
	}},
}
