package main

import (
	"errors"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/crm"
)

// story is what happens, an hour after each other if it is not said to be later.
var story = []struct {
	what  string
	do    func(tx *contact.Tx) error
	later time.Duration
}{
	{"Ada comes in from the old system: an import writes what the store keeps otherwise.", func(tx *contact.Tx) error {
		tx.SetCause(contact.CauseImport)
		_, err := tx.Upsert(contact.Values{
			"email": "ada@example.com", "first_name": "Ada", "points_group.shop": 250,
			"date_added": time.Date(2017, 5, 2, 9, 30, 0, 0, time.UTC),
		})
		return err
	}, 0},
	{"Bob fills in a form that asks for no e-mail address.", func(tx *contact.Tx) error {
		bob, err := tx.Insert(contact.Values{"first_name": "Bob"})
		if err != nil {
			return err
		}
		if err := crm.Came(tx, bob, crm.Visit{Source: "newsletter", Medium: "email"}); err != nil {
			return err
		}
		return tx.Seen(bob, time.Time{})
	}, 0},
	{"Both join the spring campaign.", func(tx *contact.Tx) error {
		for _, id := range []contact.ID{1, 2} {
			if err := crm.Join(tx, id, "spring", time.Time{}); err != nil {
				return err
			}
		}
		return nil
	}, 0},
	{"Bob gives his address and buys something.", func(tx *contact.Tx) error {
		if err := tx.Set(2, contact.Values{"email": "bob@example.com"}); err != nil {
			return err
		}
		_, err := crm.AddPoints(tx, 2, "shop", 15)
		return err
	}, 0},
	{"A mail to Ada bounces.", func(tx *contact.Tx) error { return crm.Block(tx, 1, "email", crm.Bounced) }, 0},
	{"The office moves to Tokyo: there, it was 1 March already.", func(tx *contact.Tx) error {
		return tx.Schema().SetCalendar(contact.Calendar{Zone: "Asia/Tokyo"})
	}, 0},
	{"Ada has a new address.", func(tx *contact.Tx) error {
		if err := tx.Set(1, contact.Values{"email": "ada@example.org"}); err != nil {
			return err
		}
		return crm.Unblock(tx, 1, "email", crm.Bounced)
	}, 0},
	{"Bob returns what he bought.", func(tx *contact.Tx) error {
		_, err := crm.AddPoints(tx, 2, "shop", -15)
		return err
	}, 0},
	{"The spring e-mail goes out to both.", func(tx *contact.Tx) error {
		return errors.Join(did(tx, ada, "email.sent", "email", "spring"), did(tx, bob, "email.sent", "email", "spring"))
	}, 0},
	{"Ada reads it, clicks and looks at two pages.", func(tx *contact.Tx) error {
		return errors.Join(
			did(tx, ada, "email.read", "email", "spring"), did(tx, ada, "email.clicked", "email", "spring", "link", "pricing"),
			did(tx, ada, "page.hit", "url", "https://example.com/pricing", "email", "spring"), did(tx, ada, "page.hit", "url", "https://example.com/docs"),
			did(tx, ada, "asset.downloaded", "asset", "price list"),
			tx.Seen(ada, time.Time{}),
		)
	}, 0},
	{"Bob asks to be called back.", func(tx *contact.Tx) error {
		return did(tx, bob, "form.submitted", "form", "callback", "page", "pricing")
	}, 0},
	{"The office calls Bob, and he reads the e-mail while it does.", func(tx *contact.Tx) error {
		return errors.Join(did(tx, bob, "call", "minutes", 12), did(tx, bob, "email.read", "email", "spring"))
	}, 0},
	{"The next day, Ada is back at the prices.", func(tx *contact.Tx) error { return did(tx, ada, "page.hit", "url", "https://example.com/pricing") }, 20 * time.Hour},
	{"She buys.", func(tx *contact.Tx) error {
		return did(tx, ada, "purchase", "order", "4711", "amount", 129.9, "currency", "EUR")
	}, 0},
	{"A tracker brings in two visits of Bob that are hours old.", func(tx *contact.Tx) error {
		now := tx.Store().Clock().Now()
		return tx.Record(bob,
			contact.Event{Type: "page.hit", At: now.Add(-9 * time.Hour), Attrs: contact.Values{"url": "https://example.com/docs"}},
			contact.Event{Type: "page.hit", At: now.Add(-2 * time.Hour), Attrs: contact.Values{"url": "https://example.com/pricing"}},
		)
	}, 0},
	{"A week later Ada's order turns out to be a test, and is deleted.", func(tx *contact.Tx) error { return tx.DeleteEvents(ada, "purchase") }, 7 * 24 * time.Hour},
}

// The contacts, in the order in which they come.
const (
	ada = contact.ID(1)
	bob = contact.ID(2)
)

// did records what somebody did just now, with attributes in pairs.
func did(tx *contact.Tx, id contact.ID, what string, attrs ...any) error {
	ev := contact.Event{Type: what, At: tx.Store().Clock().Now(), Attrs: contact.Values{}}
	for i := 0; i < len(attrs); i += 2 {
		ev.Attrs[attrs[i].(string)] = attrs[i+1]
	}
	return tx.Record(id, ev)
}
