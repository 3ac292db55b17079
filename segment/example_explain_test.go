package segment_test

import (
	"context"
	"fmt"
	"log"

	"github.com/rosterdb/roster/contact"
)

// Why somebody is in a segment, or is not, and since when.
func ExampleEngine_Explain() {
	eng := shop()
	ctx := context.Background()
	why, err := eng.Explain(ctx, "big", 3, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(why)
	err = eng.Store().Update(ctx, func(tx *contact.Tx) error { return tx.Set(3, contact.Values{"points": 500}) })
	if err != nil {
		log.Fatal(err)
	}
	if why, err = eng.Explain(ctx, "big", 3, nil); err != nil {
		log.Fatal(err)
	}
	fmt.Println(why.Member, why.Matched, why.Since.Kind, why.Since.Cause)
	// Output:
	// contact 3 is not in segment "big": the filter does not match: 1 condition fails
	// it never was in it
	// ✗ group 1
	//   ✗ points >= 500: has 5
	// true true enter data
}
