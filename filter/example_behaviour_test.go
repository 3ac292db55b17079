package filter_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

// Terms on what a contact did are made of events, and may stand beside any other term.
func ExampleEvents() {
	pricing := filter.EventsOf("page.hit").Where(filter.Field("url").StartsWith("/pricing"))
	bought := filter.EventsOf("purchase")
	f := filter.Must(filter.And(
		filter.Field("country").Equals("FR"),
		pricing.When(filter.During("the last 30 days")).Times(filter.AtLeast(3)),
		filter.Not(pricing.Then(bought, "7 days").Without(filter.EventsOf("support.ticket"))),
		bought.When(filter.Since(filter.Relative("this year"))).Sum(filter.Field("amount").LessThan(100)),
	))
	for g := range f.Groups() {
		for t := range g.Terms() {
			fmt.Println(t)
		}
	}
	// Output:
	// country = "FR"
	// did page.hit where (url starts with "/pricing") at least 3 times in the last 30 days
	// did not do page.hit where (url starts with "/pricing") then purchase within 7 days without support.ticket
	// sum of amount of purchase since this year < 100
}

// The same in text; what stands for the complement has one spelling.
func ExampleParse_behaviour() {
	for _, text := range []string{
		`not did login in the last 90 days`,
		`not did email.read at least 3 times`,
		`not (url of last page.hit = "/docs")`,
	} {
		fmt.Println(filter.MustParse(text))
	}
	_, err := filter.Parse(`did login at least 0 times`)
	fmt.Println(err)
	// Output:
	// did not do login in the last 90 days
	// did email.read at most 2 times
	// url of last page.hit != "/docs"
	// filter: line 1, column 20: expected a whole number from 1 to 1000000000, found "0"; at least 0 holds for every contact; who did not is found by `never did`
}

// The oracle says what a filter means for what one contact did.
func ExampleEvents_oracle() {
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	h := filtertest.History{
		Types: map[string]*contact.Schema{"login": contact.MustSchema()},
		Events: []filtertest.Event{
			{Type: "login", At: now.AddDate(0, 0, -7)}, // just out
			{Type: "login", At: now.AddDate(0, 0, -6)},
			{Type: "login", At: now.AddDate(0, 0, 1)}, // still to come
		},
	}
	f := filter.MustParse(`did login exactly 1 time in the last 7 days`)
	fmt.Println(filtertest.MatchDid(filtertest.Setting{Now: now}, contact.MustSchema(), nil, filtertest.Belongs{}, h, f, nil))
	// Output: true
}

// The engine says who, and for one contact why not.
func ExampleEvents_program() {
	schema := contact.MustSchema(
		contact.Text("email").Unique(),
		contact.EventType("page.hit", contact.Text("url")),
		contact.EventType("purchase", contact.Number("amount")),
	)
	store, err := contact.New(schema, nil)
	if err != nil {
		panic(err)
	}
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	err = store.Update(context.Background(), func(tx *contact.Tx) error {
		ada, err := tx.Insert(contact.Values{"email": "ada@example.com"})
		if err != nil {
			return err
		}
		bob, err := tx.Insert(contact.Values{"email": "bob@example.com"})
		if err != nil {
			return err
		}
		for days := range 3 {
			hit := contact.Event{Type: "page.hit", At: now.AddDate(0, 0, -days), Attrs: contact.Values{"url": "/pricing"}}
			if err := errors.Join(tx.Record(ada, hit), tx.Record(bob, hit)); err != nil {
				return err
			}
		}
		return tx.Record(bob, contact.Event{Type: "purchase", At: now, Attrs: contact.Values{"amount": 49}})
	})
	if err != nil {
		panic(err)
	}

	f := filter.MustParse(`did page.hit where (url = "/pricing") at least 3 times in the last 7 days and never did purchase`)
	program, err := filter.Compile(f, schema, nil)
	if err != nil {
		panic(err)
	}
	asked := program.At(now)
	set, err := asked.Select(context.Background(), store.View())
	fmt.Println(set.IDs(), err)
	fmt.Print(asked.Explain(store.View(), 2))
	fmt.Println("in a week:", program.At(now.AddDate(0, 0, 7)).Match(store.View(), 1))
	// Output:
	// [1] <nil>
	// contact 2 does not match: 1 condition fails
	// ✗ group 1
	//   ✓ did page.hit where (url = "/pricing") at least 3 times in the last 7 days: has 3
	//   ✗ never did purchase: has 1
	// in a week: false
}
