// Command clock shows segments that follow the clock: who is active, whose birthday it is
// where they are, who is about to be lost. Days and months pass, also while the program is
// off, nobody touches a contact, and people enter and leave at the very instant.
//
// The clock is one to turn, so that a year takes a moment and the output is always the
// same. A program that gives none follows the clock of the machine.
//
//	go run ./examples/clock
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
	"github.com/rosterdb/roster/segment/segmenttest"
)

func main() {
	dir, err := os.MkdirTemp("", "roster-clock")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := run(context.Background(), dir, os.Stdout); err != nil {
		log.Print(err)
	}
}

// segments follow the clock, the last one through another one.
var segments = []struct{ handle, filter string }{
	{"newcomers", `joined within the last 36 hours`},
	{"active", `last_active within the last 30 days`},
	{"birthday", `birthday is today in zone of timezone`},
	{"party-soon", `birthday is in the next 7 days`},
	{"win-back", `renewal within the next 2 weeks and not in segment active`},
}

// A shop is a store with its engine and the clock of both.
type shop struct {
	clock *segmenttest.Clock
	dir   string
	out   io.Writer
	store *contact.Store
	eng   *segment.Engine
	told  uint64 // changes up to here are printed
}

// open opens the store and the engine. What fell due since they were closed is in the feed
// when it returns.
func (s *shop) open() (err error) {
	schema, err := contact.NewSchema(contact.Text("name").Unique(), contact.Date("birthday"), contact.Text("timezone"),
		contact.DateTime("joined").Kept(contact.WhenCreated), contact.DateTime("last_active").Kept(contact.WhenActive), contact.Date("renewal"))
	if err != nil {
		return err
	}
	if s.store, err = contact.Open(s.dir, schema, &contact.Options{Clock: s.clock}); err != nil {
		return err
	}
	s.eng, err = segment.New(s.store, nil)
	return err
}

// run tells the story.
func run(ctx context.Context, dir string, out io.Writer) error {
	s := &shop{clock: segmenttest.NewClock(time.Date(2026, 12, 24, 16, 0, 0, 0, time.UTC)), dir: dir, out: out}
	defer func() {
		if s.store != nil {
			s.store.Close() // closes the engine too; nothing is lost by an error here: each commit is on the disk
		}
	}()
	if err := s.open(); err != nil {
		return err
	}
	for _, d := range segments {
		f, err := filter.Parse(d.filter)
		if err != nil {
			return err
		}
		if _, err := s.eng.Create(ctx, segment.Definition{Handle: d.handle, Name: d.handle, Filter: f}); err != nil {
			return err
		}
		fmt.Fprintf(out, "%-10s %s\n", d.handle, d.filter)
	}
	for _, step := range story {
		fmt.Fprintf(out, "\n%s\n", step.what)
		if err := step.do(ctx, s); err != nil {
			return err
		}
		if err := s.tell(); err != nil {
			return err
		}
	}
	return nil
}

// tell prints what has come into the feed since it was last called, and what comes next.
func (s *shop) tell() error {
	for c, err := range s.eng.Changes(s.told + 1) {
		if err != nil {
			return err
		}
		name, err := s.store.View().Value(c.Contact, "name")
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "  %s  %-5s %ss %-10s  %s\n", c.Time.UTC().Format("2006-01-02 15:04"), name, c.Kind, c.Segment, c.Cause)
		s.told = c.Number
	}
	if next := s.eng.Stats().Next; !next.IsZero() {
		fmt.Fprintf(s.out, "  it is %s, and nothing can happen before %s\n", s.eng.Now().UTC().Format("2006-01-02 15:04"), next.Format("2006-01-02 15:04"))
	}
	return nil
}
