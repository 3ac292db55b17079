package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// open opens the store with its segments, making them the first time.
func open(ctx context.Context, dir string) (*contact.Store, *segment.Engine, error) {
	schema := contact.MustSchema(contact.Text("email").Unique(), contact.Number("work"), contact.Number("points"))
	store, err := contact.Open(dir, schema, nil) // every commit is synced before it is acknowledged
	if err != nil {
		return nil, nil, err
	}
	eng, err := segment.New(store, nil)
	if err == nil && len(eng.List()) == 0 {
		err = store.Update(ctx, func(tx *contact.Tx) error {
			_, err := eng.In(tx).Create(segment.Definition{Name: "Good", Filter: filter.MustParse("points >= 50")})
			if err == nil {
				_, err = eng.In(tx).Create(segment.Definition{Name: "Invited"})
			}
			return err
		})
	}
	if err != nil {
		store.Close()
		return nil, nil, err
	}
	return store, eng, nil
}

func email(person int) string { return fmt.Sprintf("person%d@example.com", person) }

// write changes one person after another and says after each commit that it is
// done, and of each change of a segment what number it has, until it kills its own
// process at a moment that nothing chooses.
func write(ctx context.Context, dir string, out io.Writer) error {
	store, eng, err := open(ctx, dir)
	if err != nil {
		return err
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	stop := eng.OnChange(func(c segment.Change) { fmt.Fprintf(out, "change %d\n", c.Number) })
	defer stop()
	time.AfterFunc(time.Duration(200+rand.IntN(300))*time.Millisecond, func() { self.Kill() })

	for work := newest(store) + 1; ; work++ {
		err := store.Update(ctx, func(tx *contact.Tx) error {
			id, err := tx.Upsert(contact.Values{"email": email(work % people), "work": work, "points": rand.IntN(100)})
			if err == nil && work%10 == 0 {
				_, err = eng.In(tx).Edit(segment.ByHand{Contacts: contact.SetOf(id), Add: []string{"invited"}})
			}
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "done %d\n", work) // one write each: it is out when the process dies
	}
}

// newest returns the last work that is in the store.
func newest(store *contact.Store) (last int) {
	v := store.View()
	work, _ := v.Schema().Field("work")
	for id := range v.Live().All() {
		if n, ok := v.NumberOf(id, work); ok {
			last = max(last, int(n))
		}
	}
	return last
}
