package segmenttest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment/segmenttest"
)

// A printer stands for the *testing.T of a test and prints what goes wrong in it.
type printer struct{ testing.TB }

func (printer) Helper()           {}
func (printer) Cleanup(func())    {}
func (printer) Error(args ...any) { fmt.Println(args...) }

// Three visits make somebody interested, for as long as a week has not passed since the
// first of them.
func Example() {
	t := printer{} // in a test, what it is called with
	d := segmenttest.New(t, contact.Text("email").Unique(), contact.EventType("page.hit", contact.Text("url")))
	d.Create("interested", `did page.hit where (url starts with "/pricing") at least 3 times in the last 7 days`)
	ada := d.Insert(contact.Values{"email": "ada@example.com"})
	visit := contact.Event{Type: "page.hit", Attrs: contact.Values{"url": "/pricing"}}

	mark := d.Mark()
	d.Record(ada, visit)
	d.Clock.Turn(time.Hour)
	d.Record(ada, visit)
	mark.Stays("interested", ada)
	d.Record(ada, visit)
	mark.Enters("interested", ada)

	mark.Again()
	d.Clock.Turn(167*time.Hour - time.Millisecond)
	mark.Nothing()
	d.Clock.Turn(time.Millisecond)
	mark.Leaves("interested", ada)
	mark.Stays("interested", ada) // this claim does not hold
	// Output:
	// contact 1 was to stay as it was in segment "interested", but it moved: leave
	// the feed since the mark:
	// 	2: contact 1 leaves "interested" (clock)
}
