package contact_test

import (
	"context"
	"fmt"

	"github.com/rosterdb/roster/contact"
)

func ExampleTx_Companies() {
	schema := contact.MustSchema(
		contact.Text("name"),
		contact.Companies(contact.Text("name").Unique(), contact.Text("industry")),
	)
	store, err := contact.New(schema, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	err = store.Update(context.Background(), func(tx *contact.Tx) error {
		ada, err := tx.Insert(contact.Values{"name": "Ada"})
		if err != nil {
			return err
		}
		for _, name := range []string{"Analytical Engines", "Royal Society", "analytical engines"} {
			company, err := tx.Companies().Upsert(contact.Values{"name": name})
			if err != nil {
				return err
			}
			if err := tx.Companies().Associate(ada, company); err != nil {
				return err
			}
		}
		return tx.Companies().SetPrimary(ada, 2)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	companies := store.View().Companies()
	for _, id := range companies.Associations(1).Companies {
		name, _ := companies.Value(id, "name")
		fmt.Println(id, name, "primary:", id == companies.Primary(1))
	}
	// Output:
	// 1 analytical engines primary: false
	// 2 Royal Society primary: true
}
