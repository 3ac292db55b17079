// Command crm shows the ready-made schema at work: contacts come in by an import and by
// a form, collect points, join a campaign, unsubscribe, and the office moves to another
// time zone; and what they do counts: they are sent an e-mail, read it, click, look around,
// download, buy and call, and some days pass. After each step it prints who has entered and
// left which segment, and why.
//
//	go run ./examples/crm
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/crm"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// segments are what the mailer works with.
var segments = []struct{ handle, filter string }{
	{"reachable", `email is not empty and do_not_contact has none ("email:bounced", "email:unsubscribed", "email:manual")`},
	{"newcomers", `points_group.shop < 10`}, // also who never bought anything
	{"spring", `campaigns has any ("spring") and in segment reachable`},
	{"march", `campaign_since.spring >= 2026-03-01`},
	{"veterans", `date_added < 2020-01-01`},
	{"never-changed", `date_modified is empty`},

	// What somebody did.
	{"unopened", `did email.sent where (email = "spring") and never did email.read where (email = "spring")`},
	{"warm", `did email.clicked in the last 7 days or did form.submitted where (form = "callback")`},
	{"browsing", `did session at least 2 times in the last 3 days`},
	{"undecided", `did page.hit where (url contains "/pricing") then page.hit where (url contains "/pricing") within 3 days without purchase`},
	{"informed", `did asset.downloaded where (asset = "price list") and did page.hit with at least 2 different url`},
	{"spenders", `sum of amount of purchase in the last 1 year >= 100 and tags has none ("staff")`},
	{"to-call", `in segment warm and did not do call where (minutes >= 5) in the last 7 days`}, // an event of the host's own
}

// run tells the story.
func run(ctx context.Context, out io.Writer) error {
	schema, err := crm.Schema(&crm.Options{PointGroups: []string{"shop"}, Campaigns: []string{"spring"}},
		contact.EventType("call", contact.Number("minutes")).Label("Was called"))
	if err != nil {
		return err
	}
	clock := &calendarClock{now: time.Date(2026, 2, 28, 17, 0, 0, 0, time.UTC)}
	store, err := contact.New(schema, &contact.Options{Clock: clock})
	if err != nil {
		return err
	}
	defer store.Close() // closes the engine too
	eng, err := segment.New(store, nil)
	if err != nil {
		return err
	}
	for _, s := range segments {
		f, err := filter.Parse(s.filter)
		if err != nil {
			return err
		}
		if _, err := eng.Create(ctx, segment.Definition{Handle: s.handle, Name: s.handle, Filter: f}); err != nil {
			return err
		}
		fmt.Fprintf(out, "%-14s %s\n", s.handle, s.filter)
	}
	for _, step := range story {
		clock.now = clock.now.Add(step.later)
		fmt.Fprintf(out, "\n%s\n", step.what)
		next := eng.LastChange() + 1
		if err := store.Update(ctx, step.do); err != nil {
			return err
		}
		for c, err := range eng.Changes(next) {
			if err != nil {
				return err
			}
			name, err := store.View().Value(c.Contact, "first_name")
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "  %-5s %-6s %-14s %s\n", name, c.Kind, c.Segment, c.Cause)
		}
		clock.now = clock.now.Add(time.Hour)
	}
	return times(store, out)
}

// times prints what the store has kept by itself.
func times(store *contact.Store, out io.Writer) error {
	v := store.View()
	fmt.Fprintln(out)
	for id := range v.Live().All() {
		values, _ := v.Get(contact.ID(id))
		fmt.Fprintf(out, "%-5s added %s", values["first_name"], day(values["date_added"]))
		for _, what := range []string{"modified", "active"} {
			name := map[string]string{"modified": "date_modified", "active": "last_active"}[what]
			if x, ok := values[name]; ok {
				fmt.Fprintf(out, ", %s %s", what, day(x))
			}
		}
		fmt.Fprintln(out)
	}
	return nil
}

func day(v contact.Value) string { return v.Time().Format("2006-01-02 15:04") }

// calendarClock shows the time of the story.
type calendarClock struct{ now time.Time }

// Now returns the time of the story.
func (c *calendarClock) Now() time.Time { return c.now }

// AfterFunc never calls f: nothing in the story waits for the clock.
func (*calendarClock) AfterFunc(time.Duration, func()) (stop func() bool) {
	return func() bool { return true }
}
