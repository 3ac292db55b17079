package segment_test

import (
	"context"
	"fmt"
	"log"
)

// A campaign of the host depends on a segment, which can't be deleted meanwhile.
func ExampleEngine_Use() {
	eng := shop()
	ctx := context.Background()
	if err := eng.Use(ctx, "campaign: spring", "big"); err != nil {
		log.Fatal(err)
	}
	_, err := eng.Delete(ctx, "big")
	fmt.Println(err)
	if err := eng.Release(ctx, "campaign: spring", "big"); err != nil {
		log.Fatal(err)
	}
	_, err = eng.Delete(ctx, "big")
	fmt.Println(err)
	// Output:
	// segment "big" is used by campaign: spring
	// <nil>
}
