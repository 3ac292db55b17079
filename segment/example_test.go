package segment_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

func Example() {
	ctx := context.Background()
	schema := contact.MustSchema(
		contact.Text("email").Unique(),
		contact.Text("country"),
		contact.Number("points"),
		contact.Tags("tags"),
	)
	store, err := contact.New(schema, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close() // closes the engine too
	eng, err := segment.New(store, nil)
	if err != nil {
		log.Fatal(err)
	}
	_, err = eng.Create(ctx, segment.Definition{Handle: "vip", Name: "VIP", Public: true,
		Filter: filter.MustParse(`country in ("FR", "DE") and points >= 500 or tags has any ("vip")`)})
	if err != nil {
		log.Fatal(err)
	}
	stop := eng.OnChange(func(c segment.Change) { fmt.Println(c.Segment, c.Kind, c.Contact, c.Cause) })
	defer stop()

	var ada contact.ID
	err = store.Update(ctx, func(tx *contact.Tx) (err error) { // all or nothing; every segment is right when it returns
		ada, err = tx.Upsert(contact.Values{"email": "ada@example.com", "country": "FR", "points": 510})
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	n, err := eng.Count("vip")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("members:", n)

	err = store.Update(ctx, func(tx *contact.Tx) error { return tx.Set(ada, contact.Values{"points": 10}) })
	if err != nil {
		log.Fatal(err)
	}
	if err := eng.Flush(ctx); err != nil { // every call-back up to here has run
		log.Fatal(err)
	}
	// Unordered output:
	// members: 1
	// vip enter 1 data
	// vip leave 1 data
}

// shop returns an engine with three contacts, of whom the first two are in segment
// big.
func shop() *segment.Engine {
	schema := contact.MustSchema(contact.Text("email").Unique(), contact.Number("points"))
	store, err := contact.New(schema, nil)
	if err != nil {
		log.Fatal(err)
	}
	eng, err := segment.New(store, nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	err = store.Update(ctx, func(tx *contact.Tx) error {
		_, err1 := tx.Upsert(contact.Values{"email": "ada@example.com", "points": 700})
		_, err2 := tx.Upsert(contact.Values{"email": "bob@example.com", "points": 600})
		_, err3 := tx.Upsert(contact.Values{"email": "eve@example.com", "points": 5})
		return errors.Join(err1, err2, err3)
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = eng.Create(ctx, segment.Definition{Handle: "big", Name: "Big spenders", Filter: filter.MustParse("points >= 500")})
	if err != nil {
		log.Fatal(err)
	}
	return eng
}

// The feed is read from any number on, for instance the one after the last that
// was worked off before a restart.
func ExampleEngine_Changes() {
	eng := shop()
	ctx := context.Background()
	if _, err := eng.Remove(ctx, "big", 2); err != nil {
		log.Fatal(err)
	}
	err := eng.Store().Update(ctx, func(tx *contact.Tx) error { return tx.Delete(1) })
	if err != nil {
		log.Fatal(err)
	}
	for c, err := range eng.Changes(2) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(c)
	}
	// Output:
	// 2: contact 2 enters "big" (definition)
	// 3: contact 2 leaves "big" (manual)
	// 4: contact 1 leaves "big" (delete)
}

// Contacts are added to some segments and removed from others in one step. Hands go
// above the filter.
func ExampleEngine_Edit() {
	eng := shop()
	ctx := context.Background()
	if _, err := eng.Create(ctx, segment.Definition{Handle: "newsletter", Name: "Newsletter"}); err != nil {
		log.Fatal(err)
	}
	effects, err := eng.Edit(ctx, segment.ByHand{
		Contacts: contact.SetOf(1, 3),
		Add:      []string{"newsletter"},
		Remove:   []string{"big"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range effects {
		fmt.Printf("%s: %d entered, %d left\n", e.Segment, e.Entered, e.Left)
	}
	how, err := eng.At(eng.Store().View()).How("big", 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("matched:", how.Matched, "removed by hand:", how.Removed, "member:", how.Member())
	// Output:
	// newsletter: 2 entered, 0 left
	// big: 0 entered, 1 left
	// matched: true removed by hand: true member: false
}

// A filter is tried before it is saved: how many, and who.
func ExampleEngine_Preview() {
	eng := shop()
	pre, err := eng.Preview(context.Background(), filter.MustParse("points > 650 or not in segment big"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pre.Count())
	for id := range pre.Members.All() {
		email, err := pre.View.Value(id, "email")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(id, email)
	}
	// Output:
	// 2
	// 1 ada@example.com
	// 3 eve@example.com
}

// A view shows contacts and segments of the same moment for as long as it is held.
// The engine follows the clock: whoever comes to a limit enters or leaves at that instant.
// Here the clock is turned by hand.
func ExampleEngine_Advance() {
	ctx := context.Background()
	clock := contacttest.NewClock(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC))
	store, err := contact.New(contact.MustSchema(contact.Text("name"), contact.DateTime("last_active"), contact.Date("birthday")), &contact.Options{Clock: clock})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	eng, err := segment.New(store, &segment.Options{NoBackground: true})
	if err != nil {
		log.Fatal(err)
	}
	for handle, text := range map[string]string{
		"active":   `last_active within the last 30 days`,
		"birthday": `birthday is today in zone "Europe/Zurich"`,
	} {
		if _, err := eng.Create(ctx, segment.Definition{Handle: handle, Name: handle, Filter: filter.MustParse(text)}); err != nil {
			log.Fatal(err)
		}
	}
	err = store.Update(ctx, func(tx *contact.Tx) error {
		_, err := tx.Insert(contact.Values{"name": "Ada", "last_active": clock.Now(), "birthday": contact.DayOf(1990, 12, 10)})
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	clock.Turn(60 * 24 * time.Hour)
	if err := eng.Advance(ctx); err != nil {
		log.Fatal(err)
	}
	for c, err := range eng.Changes(1) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(c.Time.Format(time.DateTime), c.Kind, c.Segment, c.Cause)
	}
	// Output:
	// 2026-11-25 12:00:00 enter active data
	// 2026-12-09 23:00:00 enter birthday clock
	// 2026-12-10 23:00:00 leave birthday clock
	// 2026-12-25 12:00:00 leave active clock
}

func ExampleEngine_At() {
	eng := shop()
	ctx := context.Background()
	before := eng.At(eng.Store().View())
	err := eng.Store().Update(ctx, func(tx *contact.Tx) error { return tx.Set(3, contact.Values{"points": 900}) })
	if err != nil {
		log.Fatal(err)
	}
	was, err := before.Count("big")
	if err != nil {
		log.Fatal(err)
	}
	is, err := eng.Count("big")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("was:", was, "is:", is)
	// Output: was: 2 is: 3
}

// Segments and contacts are changed in one transaction: all of it happens, or
// nothing.
func ExampleEngine_In() {
	eng := shop()
	var change *segment.Effect
	err := eng.Store().Update(context.Background(), func(tx *contact.Tx) error {
		tx.By("ada", "spring clean")
		if err := tx.Set(3, contact.Values{"points": 300}); err != nil {
			return err
		}
		in := eng.In(tx)
		if _, err := in.Create(segment.Definition{Handle: "rest", Name: "The rest", Filter: filter.MustParse("not in segment big")}); err != nil {
			return err
		}
		var err error
		change, err = in.Change("big", segment.Definition{Name: "Spenders", Filter: filter.MustParse("points >= 300")})
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("entered big:", change.Entered)
	for _, s := range eng.List() {
		n, err := eng.Count(s.Handle)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s (%s, version %d, by %s): %d\n", s.Handle, s.Name, s.Version, s.Actor, n)
	}
	// Output:
	// entered big: 1
	// big (Spenders, version 2, by ada): 3
	// rest (The rest, version 1, by ada): 0
}

// The calendar says in which time zone days begin. When it changes, so do the members
// of the segments that compare instants with days, in the same commit.
func ExampleEngine_calendar() {
	store, err := contact.New(contact.MustSchema(
		contact.Calendar{Zone: "America/New_York", WeekStart: 7}, contact.DateTime("signup"),
	), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	eng, err := segment.New(store, nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	_, err = eng.Create(ctx, segment.Definition{Handle: "first", Name: "First day", Filter: filter.MustParse("signup = 2026-03-01")})
	if err != nil {
		log.Fatal(err)
	}
	err = store.Update(ctx, func(tx *contact.Tx) error {
		_, err := tx.Insert(contact.Values{"signup": time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)})
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	err = store.Update(ctx, func(tx *contact.Tx) error {
		tx.By("anna", "the office has moved")
		return tx.Schema().SetCalendar(contact.Calendar{Zone: "Europe/Zurich"})
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(store.Schema().Calendar())
	for c, err := range eng.Changes(1) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(c.Contact, c.Kind, c.Segment, c.Cause)
	}
	// Output:
	// Europe/Zurich, weeks from Monday, 29 February on 28 February
	// 1 enter first data
	// 1 leave first definition
}
