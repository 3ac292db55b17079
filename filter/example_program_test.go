package filter_test

import (
	"context"
	"fmt"
	"log"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// friends returns a store with four contacts.
func friends() *contact.Store {
	store, err := contact.New(contact.MustSchema(
		contact.Text("name"),
		contact.Text("country"),
		contact.Number("points"),
	), nil)
	if err != nil {
		log.Fatal(err)
	}
	err = store.Update(context.Background(), func(tx *contact.Tx) error {
		for _, values := range []contact.Values{
			{"name": "Ada", "country": "FR", "points": 510},
			{"name": "Zoë", "country": "DE", "points": 120},
			{"name": "Bob", "country": "FR"},
			{"name": "Łukasz", "points": 900},
		} {
			if _, err := tx.Insert(values); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	return store
}

func ExampleCompile() {
	store := friends()
	f := filter.MustParse(`country in ("fr", "de") and points >= 500 or name = "lukasz"`)
	program, err := filter.Compile(f, store.Schema(), nil)
	if err != nil {
		log.Fatal(err)
	}
	view := store.View()
	set, err := program.Select(context.Background(), view)
	if err != nil {
		log.Fatal(err)
	}
	for id := range set.All() {
		name, _ := view.Value(id, "name")
		fmt.Println(id, name)
	}

	_, err = filter.Compile(filter.MustParse(`contry = "FR" and points > "many"`), store.Schema(), nil)
	fmt.Println(err)
	// Output:
	// 1 Ada
	// 4 Łukasz
	// filter: or[0].and[0]: field "contry": there is no such field, did you mean "country"?
	// filter: or[0].and[1]: field "points": a number field is compared with a number, not with the text "many"
}

// A negation finds everybody whom the condition leaves out, those without a value
// among them.
func ExampleCompile_complement() {
	store := friends()
	for _, text := range []string{
		`points > 500`,
		`not points > 500`,
		`not points > 500 and points is not empty`,
	} {
		program, err := filter.Compile(filter.MustParse(text), store.Schema(), nil)
		if err != nil {
			log.Fatal(err)
		}
		set, err := program.Select(context.Background(), store.View())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(set.IDs(), text)
	}
	// Output:
	// [1 4] points > 500
	// [2 3] not points > 500
	// [2] not points > 500 and points is not empty
}

func ExampleProgram_Match() {
	store := friends()
	program, err := filter.Compile(filter.MustParse(`name starts with "zoe"`), store.Schema(), nil)
	if err != nil {
		log.Fatal(err)
	}
	view := store.View()
	fmt.Println(program.Match(view, 1), program.Match(view, 2))
	// Output: false true
}

func ExampleProgram_Plan() {
	store := friends()
	program, err := filter.Compile(filter.MustParse(`points >= 100 and country = "FR"`), store.Schema(), nil)
	if err != nil {
		log.Fatal(err)
	}
	plan, err := program.Plan(context.Background(), store.View())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(plan)
	// Output:
	// 1 of 4 contacts match
	// all of: estimated 2, has 1, leaves 1
	//   country = "FR": index, estimated 2, has 2, leaves 2
	//   points >= 100: scan, estimated 3, has 3, leaves 1
}
