package main

import (
	"context"
	"fmt"
	"io"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment"
)

// compare opens the store and holds it against what was acknowledged.
func (w *witness) compare(ctx context.Context, dir string, out io.Writer) error {
	store, eng, err := open(ctx, dir)
	if err != nil {
		return err
	}
	defer store.Close()
	last := newest(store)
	if last < w.last || last > w.last+1 {
		return fmt.Errorf("work %d was acknowledged last, the store ends with %d", w.last, last)
	}
	if err := w.compareContacts(store); err != nil {
		return err
	}
	fmt.Fprintf(out, "  the store ends with work %d: every acknowledged commit is there", last)
	if last > w.last {
		fmt.Fprint(out, ", and one that was on its way")
	}
	from := w.feed
	if err := w.compareFeed(eng); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n  the feed goes on after change %d, the last one told: %d more, no number left out or twice\n", from, w.feed-from)
	if err := eng.Verify(ctx); err != nil {
		return err
	}
	good, err := eng.Count("good")
	if err != nil {
		return err
	}
	invited, err := eng.Count("invited")
	fmt.Fprintf(out, "  %d members in good, %d invited by hand: computed anew from the contacts, the same\n", good, invited)
	return err
}

func (w *witness) compareContacts(store *contact.Store) error {
	v := store.View()
	for person, work := range w.latest {
		id, ok, err := v.Lookup("email", email(person))
		if err != nil {
			return err
		}
		value, err := v.Value(id, "work")
		if err != nil {
			return err
		}
		if !ok || int(value.Number()) < work {
			return fmt.Errorf("work %d on person %d was acknowledged, the store has %v", work, person, value)
		}
	}
	return nil
}

// compareFeed reads the feed from the change after the last one that was told, as
// somebody does who goes on where he stopped.
func (w *witness) compareFeed(eng *segment.Engine) error {
	for c, err := range eng.Changes(w.feed + 1) {
		if err != nil {
			return err
		}
		if c.Number != w.feed+1 {
			return fmt.Errorf("change %d follows change %d", c.Number, w.feed)
		}
		w.feed = c.Number
	}
	return nil
}
