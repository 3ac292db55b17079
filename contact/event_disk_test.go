package contact_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// Events, their keys and their order outlive the process: from the log, from a
// checkpoint, and from both.
func TestEventsOnDisk(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, contact.MustSchema(visits()...), nil)
	ids := insertMany(t, store, 3000, func(int) contact.Values { return nil })
	hit := func(i int) contact.Event {
		ev := contact.Event{Type: "page.hit", At: eventTime.AddDate(0, 0, -i%50), Attrs: contact.Values{"url": fmt.Sprint("/", i%7)}}
		switch i % 4 {
		case 0:
			ev.Key = fmt.Sprint("key ", i)
		case 1:
			ev.Attrs["amount"], ev.Attrs["x"] = float64(i)/100, i%2 == 0
		case 2:
			ev.Type, ev.Attrs = "login", nil
		}
		return ev
	}
	update(t, store, func(tx *contact.Tx) error {
		for i := range 9000 {
			if err := tx.Record(ids[i*7%3000], hit(i)); err != nil {
				return err
			}
		}
		return nil
	})
	tell := func() (lines []string) {
		for id := range store.View().Live().All() {
			lines = append(lines, toldEvents(t, store.View(), id, nil)...)
		}
		return lines
	}
	want := tell()
	require.Len(t, want, 9000)
	again := func(compact bool) {
		if compact {
			require.NoError(t, store.Compact(ctx))
		}
		require.NoError(t, store.Close())
		store = openDir(t, dir, nil, nil)
		require.Equal(t, want, tell())
		update(t, store, func(tx *contact.Tx) error { return tx.Record(ids[0], hit(4), hit(8)) })
		require.Equal(t, want, tell(), "the keys are known")
	}
	again(false)
	again(true)
	update(t, store, func(tx *contact.Tx) error {
		require.NoError(t, tx.DeleteEvents(ids[2047]))
		return tx.Delete(ids[1])
	})
	want = tell()
	require.Less(t, len(want), 9000)
	again(false)
	again(true)
	require.Equal(t, 3, int(store.View().EventsOf(handle(t, store, "page.hit")).Count(ids[7], contact.EverWindow)+
		store.View().EventsOf(handle(t, store, "login")).Count(ids[7], contact.EverWindow)))
}

func handle(tb testing.TB, store *contact.Store, name string) contact.EventHandle {
	tb.Helper()
	h, ok := store.View().Schema().EventType(name)
	require.True(tb, ok)
	return h
}

// A schema given to Open is merged into the stored one, types of events too.
func TestStoredEventTypes(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, contact.MustSchema(contact.EventType("old", contact.Text("a")).Label("Old things"), contact.EventType("hit", contact.Text("url").Exact().Label("Page"), contact.Number("n"))), nil)
	id := insert(t, store, nil)
	update(t, store, func(tx *contact.Tx) error {
		return tx.Record(id, contact.Event{Type: "old", At: eventTime, Attrs: contact.Values{"a": "b"}}, contact.Event{Type: "hit", At: eventTime, Attrs: contact.Values{"n": 7, "url": "/"}})
	})
	require.NoError(t, store.Close())

	given := contact.MustSchema(contact.EventType("new"), contact.EventType("hit", contact.Bool("x"), contact.Text("url").Exact()).Label("Hits"))
	hit, _ := given.EventType("hit")
	x, _ := hit.Attribute("x")
	store = openDir(t, dir, given, nil)
	update(t, store, func(tx *contact.Tx) error {
		require.EqualError(t, tx.Schema().Add(contact.EventType("old")), `contact: schema: event type "old" is in the store and hidden; declare it in the schema given to Open`)
		require.ErrorAs(t, tx.Schema().Add(contact.EventType("hit", contact.Number("n"))), new(*contact.SchemaError))
		require.NoError(t, tx.Record(id, contact.Event{Type: "new", At: eventTime}))
		require.Error(t, tx.Record(id, contact.Event{Type: "old", At: eventTime}))
		return tx.EventRow(hit).Bool(x, true).Record(id, eventTime) // the handles of the schema given are good
	})
	ms := eventTime.UnixMilli()
	require.Equal(t, []string{fmt.Sprintf("hit %d 0 map[url:/]", ms), fmt.Sprintf("hit %d 1 map[x:true]", ms), fmt.Sprintf("new %d 0 map[]", ms)}, toldEvents(t, store.View(), id, nil))
	_, shown := store.View().Schema().WithHidden().EventType("old")
	require.True(t, shown)
	require.NoError(t, store.Compact(ctx))
	require.NoError(t, store.Close())

	_, err := contact.Open(dir, contact.MustSchema(contact.EventType("hit", contact.Text("url"), contact.Text("n"))), nil)
	require.EqualError(t, err, `contact: schema: field "url of hit" is exact in the store and not exact in the schema given: the way of comparing never changes; field "n of hit" is number in the store and text in the schema given: a kind never changes`)

	store = openDir(t, dir, nil, nil)
	require.Equal(t, []string{
		fmt.Sprintf("old %d 0 map[a:b]", ms), fmt.Sprintf("hit %d 0 map[n:7 url:/]", ms),
		fmt.Sprintf("hit %d 1 map[x:true]", ms), fmt.Sprintf("new %d 0 map[]", ms),
	}, toldEvents(t, store.View(), id, nil))
	url, _ := handle(t, store, "hit").Attribute("url")
	require.Equal(t, "Page", url.Label())
	labels := ""
	for h := range store.Schema().EventTypes() {
		labels += h.Name() + ": " + h.Label() + "; "
	}
	require.Equal(t, "old: Old things; hit: Hits; new: new; ", labels)
	require.True(t, url.Exact())
	require.Equal(t, "hit", url.OfEvent())
}
