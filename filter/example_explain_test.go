package filter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// ada is the version of a store in which contact 1 has 480 points.
func ada() *contact.View {
	store, err := contact.New(contact.MustSchema(contact.Text("country"), contact.Number("points"), contact.Tags("tags")), nil)
	if err != nil {
		log.Fatal(err)
	}
	err = store.Update(context.Background(), func(tx *contact.Tx) error {
		_, err := tx.Insert(contact.Values{"country": "FR", "points": 480})
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	return store.View()
}

func ExampleExplain() {
	f := filter.MustParse(`country in ("FR", "DE") and points >= 500 or tags has any ("vip") and points > 1000`)
	e, err := filter.Explain(f, ada(), 1, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(e)
	for _, d := range e.Decisive {
		fmt.Println("it takes", d.Path, d.Text)
	}
	// Output:
	// contact 1 does not match, group 1 is nearest: 1 condition fails
	// ✗ group 1
	//   ✓ country in ("FR", "DE"): has "FR"
	//   ✗ points >= 500: has 480
	// ✗ group 2
	//   ✗ tags has any ("vip"): has no value
	//   ✗ points > 1000: has 480
	// it takes or[0].and[1] points >= 500
}

// An explanation is plain data, for instance for the pages of a host.
func ExampleExplanation() {
	e, err := filter.Explain(filter.MustParse(`country = "fr" and not points < 400`), ada(), 1, nil)
	if err != nil {
		log.Fatal(err)
	}
	data, err := json.MarshalIndent(e.Groups[0].Terms, "", "  ")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(data))
	// Output:
	// [
	//   {
	//     "path": "or[0].and[0]",
	//     "text": "country = \"fr\"",
	//     "holds": true,
	//     "distance": 1,
	//     "field": "country",
	//     "has": "\"FR\""
	//   },
	//   {
	//     "path": "or[0].and[1]",
	//     "text": "not points \u003c 400",
	//     "negated": true,
	//     "holds": true,
	//     "distance": 1,
	//     "field": "points",
	//     "has": "480"
	//   }
	// ]
}
