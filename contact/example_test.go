package contact_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact"
)

func ExampleStore_Update() {
	ctx := context.Background()
	store, err := contact.New(contact.MustSchema(
		contact.Text("email").Unique(),
		contact.Text("country"),
		contact.Number("points"),
		contact.Tags("tags"),
	), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	var ada contact.ID
	err = store.Update(ctx, func(tx *contact.Tx) (err error) { // all or nothing
		tx.By("shop", "first order")
		ada, err = tx.Upsert(contact.Values{"email": "ada@example.com", "country": "FR", "points": 510})
		if err != nil {
			return err
		}
		return tx.Add(ada, "tags", "customer")
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	err = store.Update(ctx, func(tx *contact.Tx) error {
		if err := tx.Set(ada, contact.Values{"country": "DE"}); err != nil {
			return err
		}
		return tx.Set(ada, contact.Values{"ponits": 700})
	})
	fmt.Println(err)
	country, _ := store.View().Value(ada, "country")
	fmt.Println("still", country)
	// Output:
	// contact: unknown field "ponits", did you mean "points"?
	// still FR
}

func ExampleView() {
	ctx := context.Background()
	store, _ := contact.New(contact.MustSchema(contact.Text("name"), contact.Number("points")), nil)
	defer store.Close()
	var id contact.ID
	_ = store.Update(ctx, func(tx *contact.Tx) (err error) {
		id, err = tx.Insert(contact.Values{"name": "Ada", "points": 1})
		return err
	})

	before := store.View() // stays as it is for as long as it is held
	_ = store.Update(ctx, func(tx *contact.Tx) error { return tx.Set(id, contact.Values{"points": 2}) })

	then, _ := before.Value(id, "points")
	now, _ := store.View().Value(id, "points")
	fmt.Println(then, now)
	// Output: 1 2
}

func ExampleTx_Row() {
	ctx := context.Background()
	store, _ := contact.New(contact.MustSchema(contact.Text("email").Unique(), contact.Number("points")), nil)
	defer store.Close()
	email, _ := store.Schema().Field("email") // resolved once
	points, _ := store.Schema().Field("points")

	err := store.Update(ctx, func(tx *contact.Tx) error {
		for i := range 1000 {
			row := tx.Row().Text(email, fmt.Sprintf("user%d@example.com", i)).Number(points, float64(i))
			if _, err := row.Upsert(); err != nil {
				return err
			}
		}
		return nil
	})
	fmt.Println(store.View().Len(), err)
	// Output: 1000 <nil>
}

func ExampleTx_Upsert() {
	ctx := context.Background()
	store, _ := contact.New(contact.MustSchema(contact.Text("email").Unique(), contact.Number("customer").Unique()), nil)
	defer store.Close()

	err := store.Update(ctx, func(tx *contact.Tx) error {
		ada, err := tx.Upsert(contact.Values{"email": "ada@example.com"})
		if err != nil {
			return err
		}
		fmt.Println(ada, tx.Created(ada))
		again, err := tx.Upsert(contact.Values{"email": "ADA@example.com", "customer": 7})
		if err != nil {
			return err
		}
		fmt.Println(again == ada)
		if _, err = tx.Upsert(contact.Values{"email": "grace@example.com", "customer": 8}); err != nil {
			return err
		}
		_, err = tx.Upsert(contact.Values{"email": "grace@example.com", "customer": 7})
		return err
	})
	var conflict *contact.ConflictError
	if errors.As(err, &conflict) {
		fmt.Println(conflict.Fields, conflict.IDs)
	}
	fmt.Println(err)
	// Output:
	// 1 true
	// true
	// [customer email] [1 2]
	// contact: the values of the unique fields customer, email belong to different contacts: 1, 2
}

func ExampleView_Page() {
	ctx := context.Background()
	store, _ := contact.New(contact.MustSchema(contact.Text("name"), contact.Number("points")), nil)
	defer store.Close()
	_ = store.Update(ctx, func(tx *contact.Tx) error {
		for name, points := range map[string]any{"Ada": 3, "Grace": 9, "Edsger": nil, "Barbara": 7} {
			if _, err := tx.Insert(contact.Values{"name": name, "points": points}); err != nil {
				return err
			}
		}
		return nil
	})

	view := store.View()
	list := contact.PageOptions{By: "points", Down: true, Limit: 3}
	for {
		page, err := view.Page(view.Live(), &list)
		if err != nil {
			fmt.Println(err)
			return
		}
		var names []string
		for _, id := range page.IDs {
			name, _ := view.Value(id, "name")
			names = append(names, name.Text())
		}
		fmt.Println(strings.Join(names, ", "))
		if page.Next == "" {
			return
		}
		list.After = page.Next
	}
	// Output:
	// Grace, Barbara, Ada
	// Edsger
}

func ExampleStore_Log() {
	ctx := context.Background()
	store, _ := contact.New(contact.MustSchema(contact.Text("name"), contact.Number("points")), nil)
	defer store.Close()
	_ = store.Update(ctx, func(tx *contact.Tx) error {
		tx.By("ada", "sign-up form")
		_, err := tx.Insert(contact.Values{"name": "Grace", "points": 1})
		return err
	})
	_ = store.Update(ctx, func(tx *contact.Tx) error {
		tx.By("shop", "first order")
		return tx.Set(1, contact.Values{"points": 5})
	})

	for record, err := range store.Log(1) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d by %s (%s)\n", record.Number, record.Actor, record.Note)
		for change := range record.Changes() {
			for _, f := range change.Fields {
				fmt.Printf("  contact %d %v, %s: %q to %q\n", change.ID, change.Kind, f.Field.Name(), f.Old, f.New)
			}
		}
	}
	// Output:
	// 1 by ada (sign-up form)
	//   contact 1 created, name: "" to "Grace"
	//   contact 1 created, points: "" to "1"
	// 2 by shop (first order)
	//   contact 1 updated, points: "1" to "5"
}

// stopped is a clock that stands still.
type stopped time.Time

func (c stopped) Now() time.Time { return time.Time(c) }

func (c stopped) AfterFunc(time.Duration, func()) func() bool { return func() bool { return true } }

func ExampleOptions() {
	clock := stopped(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	store, err := contact.New(contact.MustSchema(contact.Text("name")), &contact.Options{
		Clock:   clock,
		KeepLog: 1000,
		Limits:  contact.Limits{Text: 10},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	err = store.Update(context.Background(), func(tx *contact.Tx) error {
		if _, err := tx.Insert(contact.Values{"name": "Ada"}); err != nil {
			return err
		}
		_, err := tx.Insert(contact.Values{"name": "a name far too long"})
		fmt.Println(err)
		return nil
	})
	fmt.Println(store.View().Time(), err)
	// Output:
	// contact: field "name": bytes of a text value: 19 is over the limit of 10
	// 2026-11-24 10:00:00 +0000 UTC <nil>
}
