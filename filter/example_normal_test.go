package filter_test

import (
	"fmt"
	"log"

	"github.com/rosterdb/roster/filter"
)

func ExampleFilter_Normal() {
	f := filter.MustParse(`points >= 500 and not (country not in ("FR", "DE", "FR") and tags has none ("vip"))`)
	normal, err := f.Normal()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(normal)
	other := filter.MustParse(`(tags has any ("vip") or country in ("DE", "FR")) and points >= 500`)
	fmt.Println(f.Fingerprint() == other.Fingerprint())
	// Output:
	// country in ("DE", "FR") and points >= 500 or points >= 500 and tags has any ("vip")
	// true
}
