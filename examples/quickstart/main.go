// Command quickstart reads people from a CSV file, defines four segments, changes a
// few things and prints who enters and leaves each segment, and why.
//
//	go run ./examples/quickstart
package main

import (
	"context"
	"io"
	"log"
	"os"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	// What is known of a person. Every value may be missing.
	store, err := contact.New(contact.MustSchema(
		contact.Text("email").Unique(), contact.Text("name"), contact.Text("country"), contact.Text("city"),
		contact.Number("points"), contact.Select("plan", "free", "basic", "pro"), contact.Date("signup"), contact.Tags("tags"),
	), nil)
	if err != nil {
		return err
	}
	defer store.Close() // closes the engine too
	eng, err := segment.New(store, nil)
	if err != nil {
		return err
	}
	if err := store.Update(ctx, load); err != nil { // people.go
		return err
	}

	// Two segments by a filter, one by hand, one that looks at the other three.
	for _, d := range []segment.Definition{
		{Handle: "regulars", Name: "Regulars", Filter: filter.MustParse(`points >= 500 or tags has any ("vip")`)},
		{Handle: "zurich", Name: "In Zürich", Filter: filter.MustParse(`city = "Zürich"`)},
		{Handle: "dinner", Name: "Guests at the dinner"},
		{Handle: "invite", Name: "To be invited", Filter: filter.MustParse(`in segment regulars and in segment zurich and not in segment dinner`)},
	} {
		if _, err := eng.Create(ctx, d); err != nil {
			return err
		}
	}
	r := report{out, store, eng} // report.go
	r.segments()

	// Changes. When an Update returns, every segment is right again.
	for _, s := range story(eng) {
		before := store.View()
		if err := store.Update(ctx, s.do); err != nil {
			return err
		}
		if err := r.changes(s.title, before); err != nil {
			return err
		}
	}

	// Who would be in a segment that is not saved, and where one person is.
	f := filter.MustParse(`plan = "pro" and signup < 2024-01-01 and points is empty`)
	preview, err := eng.Preview(ctx, f)
	if err != nil {
		return err
	}
	r.preview(f, preview)
	return r.memberships(ada)
}

const ada, bruno, chloe, juerg = "ada.meier@example.com", "bruno@example.org", "chloe.dubois@example.com", "juerg.widmer@example.net"

// story returns what happens, a transaction each; the helpers are in steps.go.
func story(eng *segment.Engine) []step {
	return []step{
		{"Ada earns 30 points.", with(ada, set("points", 510))},
		{"Bruno moves, and writes his new city in capitals.", with(bruno, set("city", "ZURICH"))},
		{"Chloé gets a tag.", with(chloe, tag("VIP"))},
		{"Chloé asks not to be a regular: she is taken out by hand …", with(chloe, hand(eng, segment.ByHand{Remove: []string{"regulars"}}))},
		{"… and stays out, however much she earns.", with(chloe, set("points", 900))},
		{"Ada says yes: she is put on the list of guests by hand.", with(ada, hand(eng, segment.ByHand{Add: []string{"dinner"}}))},
		{"Jürg closes his account.", with(juerg, (*contact.Tx).Delete)},
	}
}
