package segment_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// What contacts do.
var (
	hitPart  = contact.EventType("hit", contact.Text("url"), contact.Number("amount"), contact.Text("code").Exact(), contact.Bool("again"))
	buyPart  = contact.EventType("buy", contact.Number("amount"))
	mailPart = contact.EventType("mail", contact.Number("campaign"))
)

// eventParts are the fields and events of a store in which contacts do something.
func eventParts() []contact.Part { return append(timeParts(), hitPart, buyPart, mailPart) }

// newActors returns a watch on an empty store in which contacts do something.
func newActors(t *testing.T, now time.Time, opts *segment.Options) *watch {
	t.Helper()
	clock := contacttest.NewClock(now)
	store, err := contact.New(contact.MustSchema(eventParts()...), &contact.Options{Clock: clock})
	require.NoError(t, err)
	eng, err := segment.New(store, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return &watch{&desk{t, context.Background(), store, eng}, clock}
}

// record records events of a contact in one transaction.
func (d *desk) record(id contact.ID, events ...contact.Event) {
	d.Helper()
	d.update(func(tx *contact.Tx) error { return tx.Record(id, events...) })
}

// hit is an event of the page with a URL.
func hit(at time.Time, url string) contact.Event {
	return contact.Event{Type: "hit", At: at, Attrs: contact.Values{"url": url}}
}

// An event moves its contact in the commit that records or deletes it, and by the clock
// when it is its time or a window leaves it behind.
func TestBehaviour(t *testing.T) {
	w := newActors(t, noon, &segment.Options{NoBackground: true})
	w.create("priced", `did hit where (url contains "/pricing") at least 2 times in the last 1 day`)
	w.create("never", `never did hit`)
	w.create("french", `zone = "FR" and did hit`)
	w.create("both", `in segment priced and in segment french`)
	one, two := w.insert(1, contact.Values{"zone": "FR"}), w.insert(1, nil)
	w.record(one, hit(noon, "/pricing"))
	w.record(one, hit(noon.Add(-time.Hour), "/PRICING?x"), hit(noon, "/about")) // late
	w.record(two, hit(noon.Add(time.Minute), "/pricing"), hit(noon.Add(2*time.Minute), "/pricing"))
	w.turn(noon.Add(90 * time.Second))
	w.update(func(tx *contact.Tx) error { return tx.DeleteEvents(two, "buy", "hit") })
	w.turn(noon.Add(22*time.Hour + 59*time.Minute + 59*time.Second + 999*time.Millisecond))
	last := w.eng.LastChange()
	w.turn(noon.Add(23 * time.Hour))
	require.Equal(t, last+2, w.eng.LastChange())
	w.update(func(tx *contact.Tx) error { return tx.ForgetEvents(noon.Add(time.Hour)) })
	require.NoError(t, w.eng.Verify(w.ctx))
	require.Equal(t, []string{
		"2026-11-25T12:00:00.000 1 enter never (data)",
		"2026-11-25T12:00:00.000 2 enter never (data)",
		"2026-11-25T12:00:00.000 1 leave never (event)",
		"2026-11-25T12:00:00.000 1 enter french (event)",
		"2026-11-25T12:00:00.000 1 enter priced (event)",
		"2026-11-25T12:00:00.000 1 enter both (segment)",
		"2026-11-25T12:01:00.000 2 leave never (clock)",
		"2026-11-25T12:01:30.000 2 enter never (event)",
		"2026-11-26T11:00:00.000 1 leave priced (clock)",
		"2026-11-26T11:00:00.000 1 leave both (segment)",
		"2026-11-26T11:00:00.000 1 enter never (event)",
		"2026-11-26T11:00:00.000 1 leave french (event)",
	}, w.timed(1))
}

// Why a contact moves is what changed of it: its values, or else what it did. A cause that
// the transaction names stands above that.
func TestCauseOfEvents(t *testing.T) {
	for _, many := range []int{1, 200} {
		w := newActors(t, noon, &segment.Options{NoBackground: true})
		w.insert(many, nil)
		w.create("doers", `did hit`)
		w.create("happy", `yes = true`)
		w.create("either", `did hit and yes is empty`)
		of := func(from uint64) map[string]bool {
			causes := map[string]bool{}
			for c, err := range w.eng.Changes(from) {
				require.NoError(t, err)
				causes[c.Segment+" "+c.Cause.String()] = true
			}
			return causes
		}
		all := func(cause contact.Cause, values contact.Values, record bool) uint64 {
			from := w.eng.LastChange() + 1
			w.update(func(tx *contact.Tx) error {
				tx.SetCause(cause)
				for id := contact.ID(1); id <= contact.ID(many); id++ {
					if values != nil {
						require.NoError(t, tx.Set(id, values))
					}
					if record {
						require.NoError(t, tx.Record(id, hit(noon, "")))
					} else {
						require.NoError(t, tx.DeleteEvents(id))
					}
				}
				return nil
			})
			return from
		}
		require.Equal(t, map[string]bool{"doers event": true, "either event": true}, of(all(0, nil, true)))
		require.Equal(t, map[string]bool{"doers event": true, "either event": true}, of(all(0, nil, false)))
		require.Equal(t, map[string]bool{"doers import": true, "either import": true}, of(all(contact.CauseImport, nil, true)))
		if many == 1 {
			require.Equal(t, map[string]bool{"doers event": true, "happy data": true, "either data": true}, of(all(0, contact.Values{"yes": true, "email": "x"}, false)))
		}
		require.NoError(t, w.eng.Verify(w.ctx))
	}
}

// windowForms are terms with each form of a period.
var windowForms = []string{
	"did hit", "never did hit", "did hit in the last 36 hours", "did hit at least 2 times in the last 3 days", "did not do hit in the last 1 month", "did hit exactly 1 time in the last 2 weeks",
	"did hit on at least 2 different days in the last 4 days", "did hit since today", "did hit before yesterday", "did hit on today", "did hit from -3 days to -1 day", "did hit until -36 hours",
	"did hit after last month", "did hit with at least 2 different url in the last 1 quarter", "did hit then buy within 1 day", "did hit in the last 2 days then buy without mail",
	"did buy then hit within 36 hours without mail", "sum of amount of hit in the last 3 days >= 2", "average of amount of hit in the last 1 week < 2", "count of amount of hit = 0",
	"min of amount of hit in the last 90 minutes <= 1", "first hit in the last 3 days", "last hit before -2 days", "last hit in the last 1 month", "url of last hit = \"a\"",
	"url of first hit in the last 3 days is empty", "amount of last hit since monday this week > 1", "max of amount of hit where (url = \"a\") in the last 1 year != 1",
	"did hit where (url = \"a\" and not amount = 2) in the last 5 days", "did mail where (campaign = 17) in the last 1 day",
}

// randomEvent makes an event close to a time.
func randomEvent(rng *rand.Rand, around time.Time) filtertest.Event {
	at := around.Add(time.Duration(rng.IntN(9)-4)*24*time.Hour + []time.Duration{0, 0, time.Millisecond, -time.Millisecond, time.Hour, time.Duration(rng.IntN(100_000_000)) * time.Millisecond}[rng.IntN(6)])
	if rng.IntN(6) == 0 {
		at = at.AddDate(0, rng.IntN(3)-1, 0)
	}
	oneOf := func(list ...any) any { return list[rng.IntN(len(list))] }
	e := filtertest.Event{Type: []string{"hit", "hit", "hit", "buy", "mail"}[rng.IntN(5)], At: at.UTC(), Attrs: filtertest.Contact{}}
	switch e.Type {
	case "hit":
		e.Attrs = filtertest.Contact{"url": oneOf("a", "A", "b", "", nil), "amount": oneOf(0.0, 1.0, 2.0, -1.5, nil), "code": oneOf("a", "A", nil), "again": oneOf(true, false, nil)}
	case "buy":
		e.Attrs["amount"] = oneOf(0.0, 1.0, 2.0, nil)
	case "mail":
		e.Attrs["campaign"] = oneOf(16.0, 17.0, 18.0)
	}
	maps.DeleteFunc(e.Attrs, func(_ string, x any) bool { return x == nil })
	return e
}

// stored returns an event as a store takes it.
func stored(e filtertest.Event) contact.Event {
	return contact.Event{Type: e.Type, At: e.At, Attrs: contact.Values(e.Attrs)}
}

// attributesOf returns the attributes of the events of each type of a schema.
func attributesOf(schema *contact.Schema) map[string]*contact.Schema {
	types := map[string]*contact.Schema{}
	for h := range schema.EventTypes() {
		types[h.Name()] = h.Attributes()
	}
	return types
}

// Each form, in zones whose clocks are turned, of the filter or of the contact: a
// millisecond before a boundary nothing has happened, on it the contact has moved, at that
// time and by the clock.
func TestBoundariesOfBehaviour(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 2))
	zones := []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"}
	for i, form := range windowForms {
		t.Run(form, func(t *testing.T) {
			zone := zones[(i+rng.IntN(4))%4]
			loc, err := time.LoadLocation(zone)
			require.NoError(t, err)
			text := form + []string{fmt.Sprintf(" in zone %q", zone), " in zone of zone"}[rng.IntN(2)]
			around := time.Date(2018+rng.IntN(8), time.Month(1+rng.IntN(12)), 1+rng.IntN(31), rng.IntN(24), rng.IntN(60), 0, rng.IntN(2)*1e6, loc)
			w := newActors(t, around.AddDate(0, 0, -rng.IntN(9)), &segment.Options{NoBackground: true})
			c := filtertest.Contact{"zone": zone}
			id := w.insert(1, contact.Values(c))
			h := filtertest.History{Types: attributesOf(w.store.Schema())}
			for range 1 + rng.IntN(8) {
				e := randomEvent(rng, around)
				w.record(id, stored(e))
				h.Events = append(h.Events, e)
			}
			w.create("s", text)
			f := filter.MustParse(text)
			program, err := filter.Compile(f, w.store.Schema(), nil)
			require.NoError(t, err)
			holds := func(now time.Time) bool {
				return filtertest.MatchDid(filtertest.Setting{Now: now}, w.store.Schema(), c, filtertest.Belongs{}, h, f, nil)
			}
			for range 8 {
				now := w.eng.Now()
				in, err := w.eng.Contains("s", id)
				require.NoError(t, err)
				require.Equal(t, holds(now), in, "at %v", now)
				last := w.eng.LastChange()
				next, ok := program.Next(w.store.View(), id, now)
				if !ok {
					w.turn(now.AddDate(30, 0, 0))
					require.Empty(t, w.feed(last+1))
					return
				}
				w.turn(next.Add(-time.Millisecond))
				require.Empty(t, w.feed(last+1), "before %v", next)
				w.turn(next)
				kind := segment.Leave
				if !in {
					kind = segment.Enter
				}
				require.Equal(t, []string{next.Format("2006-01-02T15:04:05.000 ") + fmt.Sprintf("1 %v s (clock)", kind)}, w.timed(last+1))
				require.Equal(t, !in, holds(next))
				w.turn(next.Add(time.Duration(rng.IntN(3)) * time.Hour))
				require.NoError(t, w.eng.Verify(w.ctx))
			}
		})
	}
}

// In whatever order events arrive, each by itself, the members are the same ones in the
// end: every order of a few, and some orders of many.
func TestArrivalOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 3))
	for i := range testflags.Cases(12) {
		n := 4
		if i%2 == 1 {
			n = 10 + rng.IntN(30)
		}
		var events []filtertest.Event
		for range n {
			e := randomEvent(rng, noon)
			if len(events) > 0 && rng.IntN(4) == 0 { // at the same time as another one
				e.At = events[rng.IntN(len(events))].At
			}
			events = append(events, e)
		}
		want := ""
		for _, order := range orders(rng, n) {
			w := newActors(t, noon, &segment.Options{NoBackground: true})
			w.insert(1, nil)
			for k, text := range windowForms {
				w.create(fmt.Sprint("s", k), text)
			}
			for _, at := range order {
				w.record(1, stored(events[at]))
			}
			got := fmt.Sprint(w.eng.Of(1))
			if want == "" {
				want = got
				require.NoError(t, w.eng.Verify(w.ctx))
			}
			require.Equal(t, want, got, "in the order %v of %v", order, events)
		}
	}
}

// orders returns all orders of a few things, and a few of many.
func orders(rng *rand.Rand, n int) (list [][]int) {
	if n > 4 {
		for range 5 {
			list = append(list, rng.Perm(n))
		}
		return list
	}
	var place func(order []int)
	place = func(order []int) {
		if len(order) == n {
			list = append(list, slices.Clone(order))
		}
		for i := range n {
			if !slices.Contains(order, i) {
				place(append(order, i))
			}
		}
	}
	place(nil)
	return list
}

// A contact that comes to another zone is asked by its clock about what it did before.
func TestZoneOfBehaviour(t *testing.T) {
	w := newActors(t, noon, &segment.Options{NoBackground: true})
	w.create("today", "did hit on today in zone of zone")
	w.create("days", "did hit on at least 2 different days in zone of zone")
	for range 3 {
		w.insert(1, contact.Values{"zone": "UTC"})
	}
	for id := range contact.ID(3) {
		w.record(id+1, hit(noon, ""), hit(noon.Add(-3*time.Hour), ""))
	}
	w.set(1, contact.Values{"zone": "Pacific/Kiritimati"}) // where it is two in the morning, and it was eleven in the evening
	w.set(2, contact.Values{"zone": "America/New_York"})
	last := w.eng.LastChange()
	require.Equal(t, []contact.ID{1}, w.members("days"))
	w.turn(noon.AddDate(0, 0, 2))
	require.Equal(t, []string{
		"2026-11-26T00:00:00.000 3 leave today (clock)",
		"2026-11-26T05:00:00.000 2 leave today (clock)",
		"2026-11-26T10:00:00.000 1 leave today (clock)",
	}, w.timed(last+1))
	require.NoError(t, w.eng.Verify(w.ctx))
}

// Where days begin decides about behaviour, too: another calendar moves contacts by
// definition.
func TestCalendarOfBehaviour(t *testing.T) {
	w := newActors(t, noon, &segment.Options{NoBackground: true})
	w.create("days", "did hit on at least 2 different days")
	w.create("ever", "did hit")
	w.insert(1, nil)
	w.record(1, hit(noon, ""), hit(noon.Add(-3*time.Hour), ""))
	last := w.eng.LastChange()
	w.update(func(tx *contact.Tx) error {
		return tx.Schema().SetCalendar(contact.Calendar{Zone: "Pacific/Kiritimati"})
	})
	require.Equal(t, []string{"1 enter days (definition)"}, w.feed(last+1))
	require.NoError(t, w.eng.Verify(w.ctx))
}
