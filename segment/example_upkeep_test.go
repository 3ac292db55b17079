package segment_test

import (
	"context"
	"fmt"
	"log"

	"github.com/rosterdb/roster/segment"
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

// Members are compared with what the contacts make them, one part after another.
func ExampleEngine_VerifySlice() {
	eng := shop()
	ctx := context.Background()
	parts := 0
	for at := (segment.Slice{}); parts == 0 || at != (segment.Slice{}); parts++ {
		var err error
		if at, err = eng.VerifySlice(ctx, at); err != nil {
			log.Fatal(err) // a *segment.DifferenceError tells the contact and why
		}
	}
	fmt.Println("parts without a difference:", parts)
	// Output: parts without a difference: 1
}
