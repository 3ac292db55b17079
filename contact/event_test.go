package contact_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

var eventTime = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func visits() []contact.Part {
	return []contact.Part{
		contact.Text("email").Unique(),
		contact.EventType("page.hit", contact.Text("url"), contact.Number("amount"), contact.Bool("x")),
		contact.EventType("login"),
	}
}

// toldEvents returns the events of a contact, one a line.
func toldEvents(tb testing.TB, v *contact.View, id contact.ID, opts *contact.EventOptions) (lines []string) {
	tb.Helper()
	events, err := v.Events(id, opts)
	require.NoError(tb, err)
	for is, ev := range events {
		require.Equal(tb, contact.EventID{Type: ev.Type, Contact: id, At: ev.At, Tie: is.Tie}, is)
		lines = append(lines, fmt.Sprint(ev.Type, " ", ev.At.UnixMilli(), " ", is.Tie, " ", ev.Attrs))
	}
	return lines
}

// What is recorded is read back in every order, and seen by the versions since alone.
func TestEvents(t *testing.T) {
	store := newStore(t, visits()...)
	ada := insert(t, store, contact.Values{"email": "ada@example.com"})
	before := store.View()
	update(t, store, func(tx *contact.Tx) error {
		return tx.Record(ada,
			contact.Event{Type: "page.hit", At: eventTime.Add(time.Second), Attrs: contact.Values{"url": "/Late", "amount": 2.5, "x": true}},
			contact.Event{Type: "login", At: eventTime.Add(time.Second)},
			contact.Event{Type: "page.hit", At: eventTime, Attrs: contact.Values{"url": "", "x": false, "amount": nil}},
			contact.Event{Type: "page.hit", At: eventTime, Attrs: contact.Values{"url": "/tie"}},
			contact.Event{Type: "page.hit", At: time.Date(9999, 12, 31, 23, 59, 59, 1e9-1, time.UTC)},
			contact.Event{Type: "login", At: time.UnixMilli(0)},
		)
	})
	v := store.View()
	require.Empty(t, toldEvents(t, before, ada, nil))
	ms := eventTime.UnixMilli()
	all := []string{
		"login 0 0 map[]",
		fmt.Sprintf("page.hit %d 0 map[url: x:false]", ms),
		fmt.Sprintf("page.hit %d 1 map[url:/tie]", ms),
		fmt.Sprintf("page.hit %d 0 map[amount:2.5 url:/Late x:true]", ms+1000),
		fmt.Sprintf("login %d 0 map[]", ms+1000),
		"page.hit 253402300799999 0 map[]",
	}
	require.Equal(t, all, toldEvents(t, v, ada, nil))
	require.Equal(t, []string{all[5], all[4], all[3], all[2], all[1], all[0]}, toldEvents(t, v, ada, &contact.EventOptions{NewestFirst: true}))
	require.Equal(t, []string{all[0], all[4]}, toldEvents(t, v, ada, &contact.EventOptions{Types: []string{"login", "login"}}))
	require.Equal(t, all[1:3], toldEvents(t, v, ada, &contact.EventOptions{From: eventTime, Until: eventTime.Add(time.Second)}))
	require.Empty(t, toldEvents(t, v, ada, &contact.EventOptions{Types: []string{}}))
	_, err := v.Events(ada, &contact.EventOptions{Types: []string{"page.hits"}})
	require.EqualError(t, err, `contact: unknown event type "page.hits", did you mean "page.hit"?`)
	require.Equal(t, map[string]int{"page.hit": 4, "login": 2}, v.EventCounts(ada))
	require.Empty(t, v.EventCounts(99))

	remove(t, store, ada)
	require.Empty(t, toldEvents(t, store.View(), ada, nil))
	require.Equal(t, all, toldEvents(t, v, ada, nil))
}

// An event that comes a second time with its key is the one that is kept.
func TestEventKeys(t *testing.T) {
	store := newStore(t, visits()...)
	ada, bob := insert(t, store, nil), insert(t, store, nil)
	record := func(id contact.ID, typ, key string) {
		update(t, store, func(tx *contact.Tx) error {
			ev := contact.Event{Type: typ, At: eventTime, Key: key}
			return tx.Record(id, ev, ev)
		})
	}
	counts := func() [2]map[string]int {
		return [2]map[string]int{store.View().EventCounts(ada), store.View().EventCounts(bob)}
	}
	record(ada, "login", "k")
	record(ada, "login", "k")
	record(bob, "login", "k")
	require.Equal(t, [2]map[string]int{{"login": 1}, {}}, counts())
	number := store.View().Number()
	record(bob, "page.hit", "k") // the keys of another type
	require.Equal(t, [2]map[string]int{{"login": 1}, {"page.hit": 1}}, counts())
	require.Equal(t, number+1, store.View().Number())
	err := store.Update(ctx, func(tx *contact.Tx) error {
		require.NoError(t, tx.Record(bob, contact.Event{Type: "login", At: eventTime, Key: "undone"}))
		require.NoError(t, tx.DeleteEvents(ada))
		require.NoError(t, tx.Record(bob, contact.Event{Type: "login", At: eventTime, Key: "k"}))
		return errors.New("no")
	})
	require.Error(t, err)
	record(bob, "login", "undone")
	require.Equal(t, [2]map[string]int{{"login": 1}, {"login": 1, "page.hit": 1}}, counts())
	update(t, store, func(tx *contact.Tx) error {
		require.NoError(t, tx.DeleteEvents(ada, "login"))
		return tx.Record(bob, contact.Event{Type: "login", At: eventTime, Key: "k"})
	})
	require.Equal(t, [2]map[string]int{{}, {"login": 2, "page.hit": 1}}, counts())
}

// The fast way in records the same.
func TestEventRow(t *testing.T) {
	store := newStore(t, visits()...)
	ada := insert(t, store, nil)
	hit, ok := store.View().Schema().EventType("page.hit")
	require.True(t, ok)
	url, _ := hit.Attribute("url")
	amount, _ := hit.Attribute("amount")
	x, _ := hit.Attribute("x")
	update(t, store, func(tx *contact.Tx) error {
		return tx.EventRow(hit).Text(url, "/a").Number(amount, -0.1).Bool(x, true).Key("k").Record(ada, eventTime)
	})
	var late *contact.EventRow
	update(t, store, func(tx *contact.Tx) error {
		late = tx.EventRow(hit)
		require.ErrorIs(t, tx.EventRow(contact.EventHandle{}).Text(url, "").Record(ada, eventTime), contact.ErrForeignEvent)
		require.ErrorIs(t, tx.EventRow(hit).Text(field(t, store, "email"), "").Record(ada, eventTime), contact.ErrForeignField)
		require.EqualError(t, tx.EventRow(hit).Text(amount, "").Record(ada, eventTime), `contact: field "amount of page.hit": a text value does not fit a number field`)
		require.Error(t, tx.EventRow(hit).Number(amount, math.NaN()).Record(ada, eventTime))
		require.ErrorIs(t, tx.EventRow(hit).Record(99, eventTime), contact.ErrNotFound)
		require.NoError(t, tx.EventRow(hit).Key("k").Record(ada, eventTime))
		return tx.EventRow(hit).Text(url, "/a").Text(url, "/b").Record(ada, eventTime)
	})
	require.ErrorIs(t, late.Record(ada, eventTime), contact.ErrTxDone)
	ms := eventTime.UnixMilli()
	require.Equal(t, []string{
		fmt.Sprintf("page.hit %d 0 map[amount:-0.1 url:/a x:true]", ms),
		fmt.Sprintf("page.hit %d 1 map[url:/b]", ms),
	}, toldEvents(t, store.View(), ada, nil))
}

// What a host can give and the store does not take.
func TestBadEvents(t *testing.T) {
	store := newStore(t, visits()...)
	ada, gone := insert(t, store, nil), insert(t, store, nil)
	remove(t, store, gone)
	at := func(ev contact.Event, ms int64) contact.Event {
		ev.Type, ev.At = "page.hit", time.UnixMilli(ms).UTC()
		return ev
	}
	with := func(name string, x any) contact.Event {
		return at(contact.Event{Attrs: contact.Values{name: x}}, 0)
	}
	for _, c := range []struct {
		id   contact.ID
		ev   contact.Event
		want string
	}{
		{gone, at(contact.Event{}, 0), "contact: no such contact"},
		{0, at(contact.Event{}, 0), "contact: no such contact"},
		{ada, contact.Event{At: eventTime}, `contact: unknown event type ""`},
		{ada, contact.Event{Type: "page.hti", At: eventTime}, `contact: unknown event type "page.hti", did you mean "page.hit"?`},
		{ada, contact.Event{Type: "page.hit"}, `contact: event "page.hit": it has no time; give the one when it happened`},
		{ada, at(contact.Event{}, -1), `contact: event "page.hit": the time 1969-12-31 23:59:59.999 +0000 UTC lies before 1970`},
		{ada, at(contact.Event{}, 253402300800000), `contact: event "page.hit": the time 10000-01-01 00:00:00 +0000 UTC lies after 9999`},
		{ada, at(contact.Event{Key: strings.Repeat("k", 1025)}, 0), `contact: event "page.hit": bytes of an idempotency key: 1025 is over the limit of 1024`},
		{ada, with("ulr", ""), `contact: unknown field "ulr of page.hit", did you mean "url of page.hit"?`},
		{ada, with("url", 1), `contact: field "url of page.hit": a Go int does not fit a text field; give a string`},
		{ada, with("url", "\xff"), `contact: field "url of page.hit": the text is not valid UTF-8`},
		{ada, with("amount", "1"), `contact: field "amount of page.hit": a Go string does not fit a number field; give a Go number`},
		{ada, with("amount", math.Inf(1)), `contact: field "amount of page.hit": +Inf is no number that can be compared; leave the value out instead`},
		{ada, with("x", 1), `contact: field "x of page.hit": a Go int does not fit a bool field; give a bool`},
	} {
		update(t, store, func(tx *contact.Tx) error {
			require.EqualError(t, tx.Record(c.id, c.ev), c.want)
			if c.id == ada {
				require.EqualError(t, tx.Record(c.id, at(contact.Event{}, 0), c.ev), "event 2 of 2: "+c.want)
			}
			return nil
		})
	}
	require.Empty(t, store.View().EventCounts(ada))
	var kept *contact.Tx
	update(t, store, func(tx *contact.Tx) error {
		kept = tx
		require.NoError(t, tx.Record(ada))
		require.ErrorIs(t, tx.DeleteEvent(contact.EventID{Type: "login", Contact: ada, At: eventTime}), contact.ErrNoEvent)
		require.Error(t, tx.DeleteEvent(contact.EventID{Contact: ada, At: eventTime}))
		require.ErrorIs(t, tx.DeleteEvents(gone), contact.ErrNotFound)
		require.Error(t, tx.DeleteEvents(ada, "logn"))
		require.Error(t, tx.ForgetEvents(eventTime, "login", "logn"))
		return nil
	})
	require.ErrorIs(t, kept.Record(ada, at(contact.Event{}, 0)), contact.ErrTxDone)
	require.ErrorIs(t, kept.DeleteEvents(ada), contact.ErrTxDone)
	require.Zero(t, store.View().Number()-3, "none of these was something to commit")
}

// DeleteEvent deletes what was there when the transaction began: not an event that the
// transaction has recorded since, at the address of the one that is gone.
func TestDeleteEventThatIsGone(t *testing.T) {
	store, err := contact.New(contact.MustSchema(contact.EventType("login", contact.Number("n"))), nil)
	require.NoError(t, err)
	login := func(n int) contact.Event {
		return contact.Event{Type: "login", At: eventTime, Attrs: contact.Values{"n": n}, Key: "k"}
	}
	left := func() (list []any) {
		events, err := store.View().Events(1, nil)
		require.NoError(t, err)
		for _, ev := range events {
			list = append(list, ev.Attrs["n"])
		}
		return list
	}
	was := contact.EventID{Type: "login", Contact: 1, At: eventTime}
	update(t, store, func(tx *contact.Tx) error {
		_, err := tx.Insert(nil)
		return errors.Join(err, tx.Record(1, login(1)))
	})
	for n, gone := range []func(tx *contact.Tx) error{
		func(tx *contact.Tx) error { return tx.DeleteEvent(was) },
		func(tx *contact.Tx) error { return tx.DeleteEvents(1) },
		func(tx *contact.Tx) error { return tx.ForgetEvents(eventTime.Add(time.Second)) },
	} {
		update(t, store, func(tx *contact.Tx) error {
			return errors.Join(gone(tx), tx.Record(1, login(10+n)), tx.DeleteEvent(was))
		})
		require.Equal(t, []any{10.0 + float64(n)}, left())
	}
	update(t, store, func(tx *contact.Tx) error { return errors.Join(tx.Record(1, login(2)), tx.DeleteEvent(was)) })
	require.Empty(t, left(), "the second one had the key of the first")
}

// What a schema can't say about events.
func TestBadEventTypes(t *testing.T) {
	for _, c := range []struct {
		part contact.Part
		want string
	}{
		{contact.EventType(""), "an event type without a name"},
		{contact.EventType("\xff"), `event type "\xff": the name is not valid UTF-8`},
		{contact.EventType("a", contact.Text("")), "a field without a name"},
		{contact.EventType("a", contact.Text("b"), contact.Number("b")), `field "b of a" is declared twice`},
		{contact.EventType("a", contact.Date("b")), `field "b of a": only text, number and bool can be the kind of an attribute, not date`},
		{contact.EventType("a", contact.Tags("b")), `field "b of a": only text, number and bool can be the kind of an attribute, not tags`},
		{contact.EventType("a", contact.Text("b").Unique()), `field "b of a": an attribute can't be unique; give the event a key`},
		{contact.EventType("a", contact.Number("b").Default(1)), `field "b of a": an attribute has no domain, no default and is not kept by the store`},
		{contact.EventType("a", contact.Number("b").Exact()), `field "b of a": only text fields can be exact, not number`},
		{contact.EventType("a", contact.EventType("b")), `event type "a" has only attributes, fields of the kinds text, number and bool, not a contact.EventTypePart`},
		{contact.EventType("a", nil), `event type "a" has only attributes, fields of the kinds text, number and bool, not a <nil>`},
		{contact.Companies(contact.EventType("a")), `event type "a" inside something else; it is a part of the schema`},
	} {
		_, err := contact.NewSchema(c.part)
		require.EqualError(t, err, "contact: schema: "+c.want)
	}
	_, err := contact.New(contact.MustSchema(contact.EventType("a", contact.Text("b"), contact.Text("c"))), &contact.Options{Limits: contact.Limits{Fields: 1}})
	var limit *contact.LimitError
	require.ErrorAs(t, err, &limit)
	require.Equal(t, contact.LimitError{What: "attributes of an event type", Limit: 1, Got: 2}, *limit)
}

// Types and attributes are added while the store is open; a transaction that fails takes
// them back, and others may come in their place.
func TestEventSchemaGrows(t *testing.T) {
	store := newStore(t, contact.EventType("a", contact.Text("url")))
	guard := &testFloor{}
	require.NoError(t, store.Attach("guard", guard, nil))
	id := insert(t, store, nil)
	old, _ := store.View().Schema().EventType("a")
	grow := func(parts ...contact.Part) func(tx *contact.Tx) error {
		return func(tx *contact.Tx) error {
			if err := tx.Schema().Add(parts...); err != nil {
				return err
			}
			return tx.Record(id, contact.Event{Type: "a", At: eventTime, Attrs: contact.Values{"more": 1, "url": "/"}}, contact.Event{Type: "b", At: eventTime})
		}
	}
	guard.prepare = func(*contact.Commit) error { return errors.New("veto") }
	require.Error(t, store.Update(ctx, grow(contact.EventType("a", contact.Number("more")), contact.EventType("b"))))
	guard.prepare = nil
	require.Empty(t, store.View().EventCounts(id))
	_, ok := store.View().Schema().EventType("b")
	require.False(t, ok)
	update(t, store, func(tx *contact.Tx) error {
		require.NoError(t, tx.Schema().Add(contact.EventType("a", contact.Text("more").Label("More")), contact.EventType("b", contact.Bool("c"))))
		require.Error(t, tx.Schema().Add(contact.EventType("a", contact.Text("more"))))
		return tx.Record(id, contact.Event{Type: "a", At: eventTime, Attrs: contact.Values{"more": "x"}})
	})
	update(t, store, func(tx *contact.Tx) error {
		return tx.EventRow(old).Record(id, eventTime)
	})
	ms := eventTime.UnixMilli()
	require.Equal(t, []string{fmt.Sprintf("a %d 0 map[more:x]", ms), fmt.Sprintf("a %d 1 map[]", ms)}, toldEvents(t, store.View(), id, nil))
}

// Versions stay what they are while events are recorded and deleted.
func TestEventIsolation(t *testing.T) {
	store := newStore(t, visits()...)
	ids := insertMany(t, store, 20, func(int) contact.Values { return nil })
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				v := store.View()
				hits := v.EventsOf(handle(t, store, "page.hit"))
				url, _ := handle(t, store, "page.hit").Attribute("url")
				sum := 0
				for _, id := range ids {
					sum += hits.Count(id, contact.EverWindow)
				}
				texts := 0
				for range hits.Texts(url) {
					texts++
				}
				if sum != hits.Len() || sum%20 != 0 || texts > sum {
					t.Errorf("%d events, %d told, %d texts", hits.Len(), sum, texts)
					return
				}
			}
		}()
	}
	for n := range 200 {
		update(t, store, func(tx *contact.Tx) error {
			for i, id := range ids {
				if err := tx.Record(id, contact.Event{Type: "page.hit", At: eventTime.Add(time.Duration(n%7) * time.Hour), Attrs: contact.Values{"url": fmt.Sprint(n, i)}}); err != nil {
					return err
				}
			}
			if n%50 == 49 {
				return tx.ForgetEvents(eventTime.Add(time.Minute * 90))
			}
			return nil
		})
	}
	close(stop)
	wg.Wait()
}
