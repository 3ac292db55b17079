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

// What a segment is made of, and how many are in it.
func ExampleEngine_SegmentStats() {
	eng := shop()
	ctx := context.Background()
	if _, err := eng.Add(ctx, "big", 3); err != nil {
		log.Fatal(err)
	}
	s, err := eng.SegmentStats("big")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("version %d, %d condition, %d members, %d of them put in by hand\n", s.Version, s.Conditions, s.Members, s.Added)
	fmt.Println("changes so far:", eng.Stats().Changes)
	// Output:
	// version 1, 1 condition, 3 members, 1 of them put in by hand
	// changes so far: 3
}
