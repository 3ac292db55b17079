package filter_test

import (
	"fmt"
	"log"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

func ExampleLint() {
	schema := contact.MustSchema(contact.Text("country"), contact.Text("sku").Exact(), contact.Number("points"))
	f := filter.MustParse(`
		country = "FR" and country = "DE"
		or points >= 500 and points > 100 and points between 900 and 800
		or points >= 500 and points is not empty
		or sku matches "^A-17$"`)
	findings, err := filter.Lint(f, schema, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, found := range findings {
		fmt.Println(found)
	}
	// Output:
	// or[0]: contradiction: no contact can meet both country = "FR" and country = "DE"; change a condition, or leave the group out
	// or[1].and[2]: empty range: there is nothing between the two, so no contact meets it; did you mean points between 800 and 900?
	// or[2].and[1]: no effect: points >= 500 implies it; leave it out
	// or[3].and[0]: plain equality: only one text fits the pattern; write sku = "A-17"
}
