package contact_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

const halfHour = 30 * time.Minute

// browsing is a schema with sessions made of two types out of three. They are declared
// before what they are made of.
func browsing() []contact.Part {
	return []contact.Part{
		contact.Sessions("session", halfHour, "click", "hit"),
		contact.EventType("hit", contact.Text("url")), contact.EventType("click"), contact.EventType("mail"),
	}
}

// toldSessions returns the sessions of a contact: minutes since eventTime, events, seconds.
func toldSessions(tb testing.TB, v *contact.View, id contact.ID) (list [][3]float64) {
	tb.Helper()
	events, err := v.Events(id, &contact.EventOptions{Types: []string{"session"}})
	require.NoError(tb, err)
	for is, ev := range events {
		require.Zero(tb, is.Tie)
		require.Len(tb, ev.Attrs, 2)
		list = append(list, [3]float64{ev.At.Sub(eventTime).Minutes(), ev.Attrs["events"].(float64), ev.Attrs["duration"].(float64)})
	}
	return list
}

// after returns events of types, each some time after eventTime.
func after(typ string, times ...time.Duration) (events []contact.Event) {
	for _, d := range times {
		events = append(events, contact.Event{Type: typ, At: eventTime.Add(d)})
	}
	return events
}

const minutes = time.Minute

// What sessions some events make, in whatever order they come: all at once or one by one,
// forwards and backwards.
func TestSessions(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []contact.Event
		want   [][3]float64
	}{
		{"none", nil, nil},
		{"one", after("hit", 0), [][3]float64{{0, 1, 0}}},
		{"of another type", after("mail", 0), nil},
		{"exactly the gap", after("hit", 0, halfHour), [][3]float64{{0, 2, 1800}}},
		{"a millisecond more", after("hit", 0, halfHour+time.Millisecond), [][3]float64{{0, 1, 0}, {30 + 1./60000, 1, 0}}},
		{"finer than a millisecond is cut", after("hit", 0, halfHour+time.Microsecond), [][3]float64{{0, 2, 1800}}},
		{"milliseconds", after("hit", 0, 1234*time.Millisecond), [][3]float64{{0, 2, 1.234}}},
		{"a bridge", after("hit", 0, 50*minutes, 25*minutes), [][3]float64{{0, 3, 3000}}},
		{"two types", append(after("hit", 0, 40*minutes), after("click", 20*minutes)...), [][3]float64{{0, 3, 2400}}},
		{"ties", append(after("hit", 0, 0), after("click", 0)...), [][3]float64{{0, 3, 0}}},
		{"ties at the end", append(after("hit", 0, halfHour, halfHour), after("click", halfHour)...), [][3]float64{{0, 4, 1800}}},
		{"in 1970 and 9999", []contact.Event{
			{Type: "hit", At: time.UnixMilli(0)}, {Type: "hit", At: time.UnixMilli(1)}, {Type: "hit", At: time.UnixMilli(253402300799999)},
		}, [][3]float64{
			{time.UnixMilli(0).Sub(eventTime).Minutes(), 2, .001}, {time.UnixMilli(253402300799999).Sub(eventTime).Minutes(), 1, 0},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := newStore(t, browsing()...)
			ids := insertMany(t, store, 3, func(int) contact.Values { return nil })
			update(t, store, func(tx *contact.Tx) error { return tx.Record(ids[0], c.events...) })
			for i := range c.events {
				update(t, store, func(tx *contact.Tx) error { return tx.Record(ids[1], c.events[i]) })
				update(t, store, func(tx *contact.Tx) error { return tx.Record(ids[2], c.events[len(c.events)-1-i]) })
			}
			for _, id := range ids {
				require.Equal(t, c.want, toldSessions(t, store.View(), id))
			}
		})
	}
}

// What goes makes sessions shorter, parts them or ends them.
func TestSessionsEnd(t *testing.T) {
	events := append(after("hit", 0, 20*minutes, 60*minutes, 61*minutes, 120*minutes), after("click", 40*minutes, 40*minutes)...)
	for _, c := range []struct {
		name string
		do   func(tx *contact.Tx, id contact.ID) error
		want [][3]float64
	}{
		{"nothing", func(*contact.Tx, contact.ID) error { return nil }, [][3]float64{{0, 6, 3660}, {120, 1, 0}}},
		{"one in the middle", deleting("hit", 20*minutes, 0), [][3]float64{{0, 1, 0}, {40, 4, 1260}, {120, 1, 0}}},
		{"the first", deleting("hit", 0, 0), [][3]float64{{20, 5, 2460}, {120, 1, 0}}},
		{"the last", deleting("hit", 61*minutes, 0), [][3]float64{{0, 5, 3600}, {120, 1, 0}}},
		{"one of two at once", deleting("click", 40*minutes, 0), [][3]float64{{0, 5, 3660}, {120, 1, 0}}},
		{"one alone", deleting("hit", 120*minutes, 0), [][3]float64{{0, 6, 3660}}},
		{"a type", func(tx *contact.Tx, id contact.ID) error { return tx.DeleteEvents(id, "click") }, [][3]float64{{0, 2, 1200}, {60, 2, 60}, {120, 1, 0}}},
		{"all", func(tx *contact.Tx, id contact.ID) error { return tx.DeleteEvents(id) }, nil},
		{"the old ones", func(tx *contact.Tx, _ contact.ID) error { return tx.ForgetEvents(eventTime.Add(50 * minutes)) }, [][3]float64{{60, 2, 60}, {120, 1, 0}}},
		{"the contact", func(tx *contact.Tx, id contact.ID) error { return tx.Delete(id) }, nil},
		{"one goes, one comes", func(tx *contact.Tx, id contact.ID) error {
			return errors.Join(deleting("hit", 20*minutes, 0)(tx, id), tx.Record(id, after("hit", 90*minutes)...))
		}, [][3]float64{{0, 1, 0}, {40, 6, 4800}}},
		{"one goes and comes again", func(tx *contact.Tx, id contact.ID) error {
			return errors.Join(deleting("hit", 0, 0)(tx, id), tx.Record(id, after("hit", 0)...))
		}, [][3]float64{{0, 6, 3660}, {120, 1, 0}}},
		{"one comes and goes", func(tx *contact.Tx, id contact.ID) error {
			return errors.Join(tx.Record(id, after("click", 90*minutes)...), tx.DeleteEvents(id, "click"))
		}, [][3]float64{{0, 2, 1200}, {60, 2, 60}, {120, 1, 0}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := newStore(t, browsing()...)
			ada, bob := insert(t, store, nil), insert(t, store, nil)
			before := store.View()
			update(t, store, func(tx *contact.Tx) error {
				return errors.Join(tx.Record(ada, events...), tx.Record(bob, after("hit", 200*minutes)...))
			})
			update(t, store, func(tx *contact.Tx) error { return c.do(tx, ada) })
			require.Equal(t, c.want, toldSessions(t, store.View(), ada))
			require.Equal(t, [][3]float64{{200, 1, 0}}, toldSessions(t, store.View(), bob))
			require.Empty(t, toldSessions(t, before, ada))
		})
	}
}

// deleting deletes an event that is some time after eventTime.
func deleting(typ string, at time.Duration, tie uint32) func(*contact.Tx, contact.ID) error {
	return func(tx *contact.Tx, id contact.ID) error {
		return tx.DeleteEvent(contact.EventID{Type: typ, Contact: id, At: eventTime.Add(at), Tie: tie})
	}
}

// The commit that makes sessions others tells of them, of each contact first what goes.
func TestSessionsAreTold(t *testing.T) {
	store := newStore(t, browsing()...)
	var told []string
	floor := &testFloor{prepare: func(c *contact.Commit) error {
		told = nil
		for ev := range c.Events() {
			word := "recorded"
			if ev.Deleted {
				word = "deleted"
			}
			line := fmt.Sprint(ev.Contact, " ", word, " ", ev.Event.Name(), " ", ev.At.Sub(eventTime).Minutes())
			for f, x := range ev.Values() {
				line += fmt.Sprint(" ", f.Name(), " ", x.Any())
			}
			told = append(told, line)
		}
		require.Len(t, told, c.EventChanges())
		return checkPreparedEvents(c)
	}}
	require.NoError(t, store.Attach("listens", floor, nil))
	ids := insertMany(t, store, 2, func(int) contact.Values { return nil })
	update(t, store, func(tx *contact.Tx) error {
		return errors.Join(tx.Record(ids[1], after("hit", 0)...), tx.Record(ids[0], after("hit", 0, 40*minutes, 0)...))
	})
	require.Equal(t, []string{
		"2 recorded hit 0", "1 recorded hit 0", "1 recorded hit 40", "1 recorded hit 0",
		"1 recorded session 0 events 2 duration 0", "1 recorded session 40 events 1 duration 0", "2 recorded session 0 events 1 duration 0",
	}, told)
	update(t, store, func(tx *contact.Tx) error { return tx.Record(ids[0], after("click", 20*minutes)...) })
	require.Equal(t, []string{
		"1 recorded click 20", "1 deleted session 0 events 2 duration 0", "1 deleted session 40 events 1 duration 0",
		"1 recorded session 0 events 4 duration 2400",
	}, told)
	update(t, store, func(tx *contact.Tx) error {
		return errors.Join(deleting("hit", 0, 0)(tx, ids[0]), tx.Record(ids[0], after("hit", 0)...))
	})
	require.Equal(t, []string{"1 deleted hit 0", "1 recorded hit 0"}, told, "the session is as it was")
	remove(t, store, ids[1])
	require.Equal(t, []string{"2 deleted session 0 events 1 duration 0", "2 deleted hit 0"}, told)
}

// What the store makes is nobody else's.
func TestSessionsAreNotWritten(t *testing.T) {
	store := newStore(t, browsing()...)
	ada := insert(t, store, nil)
	update(t, store, func(tx *contact.Tx) error { return tx.Record(ada, after("hit", 0)...) })
	const want = `contact: event "session": the store makes these events by itself; record or delete those that they are made of: click, hit`
	session := handle(t, store, "session")
	update(t, store, func(tx *contact.Tx) error {
		for _, err := range []error{
			tx.Record(ada, after("session", 0)...),
			tx.EventRow(session).Record(ada, eventTime),
			deleting("session", 0, 0)(tx, ada),
			tx.DeleteEvents(ada, "hit", "session"),
			tx.ForgetEvents(eventTime, "session"),
		} {
			require.EqualError(t, err, want)
			require.ErrorIs(t, err, contact.ErrSessions)
		}
		return nil
	})
	require.Equal(t, [][3]float64{{0, 1, 0}}, toldSessions(t, store.View(), ada))
	gap, types, ok := session.Sessions()
	require.True(t, ok)
	require.Equal(t, halfHour, gap)
	require.Equal(t, []string{"click", "hit"}, types)
	_, _, ok = handle(t, store, "hit").Sessions()
	require.False(t, ok)
}

// What a schema can't say about sessions.
func TestBadSessions(t *testing.T) {
	hit := contact.EventType("hit")
	for _, c := range []struct {
		parts []contact.Part
		want  string
	}{
		{[]contact.Part{hit, contact.Sessions("", time.Hour, "hit")}, `sessions "": the name has to be valid UTF-8 that is not empty`},
		{[]contact.Part{hit, contact.Sessions("s", 0, "hit")}, `sessions "s": the gap has to be a millisecond or more`},
		{[]contact.Part{hit, contact.Sessions("s", -time.Hour, "hit")}, `sessions "s": the gap has to be a millisecond or more`},
		{[]contact.Part{hit, contact.Sessions("s", time.Hour)}, `sessions "s": name the types of event that they are made of`},
		{[]contact.Part{hit, contact.Sessions("s", time.Hour, "hti")}, `sessions "s": unknown event type "hti", did you mean "hit"?`},
		{[]contact.Part{hit, contact.Sessions("s", time.Hour, "hit", "hit")}, `sessions "s": the event type "hit" is named twice`},
		{[]contact.Part{hit, contact.Sessions("s", time.Hour, "s")}, `sessions "s": "s" are sessions themselves`},
		{[]contact.Part{hit, contact.Sessions("s", time.Hour, "hit"), contact.Sessions("t", time.Hour, "s")}, `sessions "t": "s" are sessions themselves`},
		{[]contact.Part{hit, contact.Sessions("hit", time.Hour, "hit")}, `sessions "hit": an event type of that name is declared already`},
		{[]contact.Part{hit, contact.Sessions("s", time.Hour, "hit"), contact.EventType("s", contact.Text("x"))}, `event type "s": it is one of sessions already, which have no other attributes`},
		{[]contact.Part{hit, contact.Companies(contact.Sessions("s", time.Hour, "hit"))}, `sessions "s": they stand inside something else, and are a part of the schema`},
		{[]contact.Part{contact.EventType("a", contact.Sessions("s", time.Hour, "a"))}, `event type "a" has only attributes, fields of the kinds text, number and bool, not a contact.SessionsPart`},
	} {
		_, err := contact.NewSchema(c.parts...)
		require.EqualError(t, err, "contact: schema: "+c.want)
	}
	var unknown *contact.UnknownEventError
	_, err := contact.NewSchema(contact.Sessions("s", time.Hour, "hit"))
	require.ErrorAs(t, err, &unknown)
}

// Sessions that are declared, or declared otherwise, while there are events are made of
// them; a transaction that fails leaves what was.
func TestSessionsOfThePast(t *testing.T) {
	store := newStore(t, contact.EventType("hit"), contact.EventType("click"))
	guard := &testFloor{}
	require.NoError(t, store.Attach("guard", guard, nil))
	ada, bob := insert(t, store, nil), insert(t, store, nil)
	update(t, store, func(tx *contact.Tx) error {
		return errors.Join(tx.Record(ada, after("hit", 0, 10*minutes, 50*minutes)...), tx.Record(bob, after("click", 5*minutes, 30*minutes)...))
	})
	steps := []struct {
		parts    []contact.Part
		ada, bob [][3]float64
	}{
		{[]contact.Part{contact.Sessions("session", 20*minutes, "hit")}, [][3]float64{{0, 2, 600}, {50, 1, 0}}, nil},
		{[]contact.Part{contact.Sessions("session", 40*minutes, "hit")}, [][3]float64{{0, 3, 3000}}, nil},
		{[]contact.Part{contact.Sessions("session", 40*minutes, "click", "hit")}, [][3]float64{{0, 3, 3000}}, [][3]float64{{5, 2, 1500}}},
		{[]contact.Part{contact.EventType("new"), contact.Sessions("session", 20*minutes, "new", "click")}, nil, [][3]float64{{5, 1, 0}, {30, 1, 0}}},
	}
	for i, s := range steps {
		had := [][][3]float64{nil, nil}
		if i > 0 {
			had = [][][3]float64{steps[i-1].ada, steps[i-1].bob}
			guard.prepare = func(*contact.Commit) error { return errors.New("veto") }
			require.Error(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Schema().Add(s.parts...) }))
			guard.prepare = nil
			require.Equal(t, had, [][][3]float64{toldSessions(t, store.View(), ada), toldSessions(t, store.View(), bob)})
		}
		before := store.View()
		update(t, store, func(tx *contact.Tx) error { return tx.Schema().Add(s.parts...) })
		require.Equal(t, s.ada, toldSessions(t, store.View(), ada), "step %d", i)
		require.Equal(t, s.bob, toldSessions(t, store.View(), bob), "step %d", i)
		if i > 0 {
			require.Equal(t, had, [][][3]float64{toldSessions(t, before, ada), toldSessions(t, before, bob)})
		}
	}
	number := store.View().Number()
	update(t, store, func(tx *contact.Tx) error {
		return errors.Join(tx.Schema().Add(contact.Sessions("session", 20*minutes, "click", "new")), tx.Record(bob, after("new", 31*minutes)...))
	})
	require.Equal(t, [][3]float64{{5, 1, 0}, {30, 2, 60}}, toldSessions(t, store.View(), bob))
	require.Equal(t, number+1, store.View().Number())
}

// Where events are forgotten, so are the sessions that were made of them.
func TestForgottenSessions(t *testing.T) {
	store := newStore(t, browsing()...)
	forgotten := func(name string) int {
		before, _, ok := handle(t, store, name).Forgotten()
		if !ok {
			return -1
		}
		return int(before.Sub(eventTime).Minutes())
	}
	update(t, store, func(tx *contact.Tx) error { return tx.ForgetEvents(eventTime, "mail") })
	require.Equal(t, -1, forgotten("session"))
	update(t, store, func(tx *contact.Tx) error { return tx.ForgetEvents(eventTime.Add(5*minutes), "click") })
	require.Equal(t, 5, forgotten("session"))
	update(t, store, func(tx *contact.Tx) error { return tx.ForgetEvents(eventTime, "hit") })
	require.Equal(t, 5, forgotten("session"))
	update(t, store, func(tx *contact.Tx) error { return tx.ForgetEvents(eventTime.Add(7 * minutes)) })
	require.Equal(t, 7, forgotten("session"))
	update(t, store, func(tx *contact.Tx) error {
		return tx.Schema().Add(contact.Sessions("other", time.Hour, "hit", "mail"))
	})
	require.Equal(t, 7, forgotten("other"))
}

// Sessions outlive the process as all events do, and a schema given to Open may declare
// them or not know them. To declare them otherwise takes a transaction.
func TestSessionsOnDisk(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, contact.MustSchema(contact.EventType("hit"), contact.EventType("click")), nil)
	ada := insert(t, store, nil)
	update(t, store, func(tx *contact.Tx) error { return tx.Record(ada, after("hit", 0, 10*minutes, 50*minutes)...) })
	open := func(gap time.Duration, types ...string) {
		t.Helper()
		require.NoError(t, store.Close())
		parts := []contact.Part{contact.EventType("click"), contact.EventType("hit")}
		if gap > 0 {
			parts = append(parts, contact.Sessions("session", gap, types...))
		}
		store = openDir(t, dir, contact.MustSchema(parts...), nil)
	}
	open(20*minutes, "hit")
	require.Equal(t, [][3]float64{{0, 2, 600}, {50, 1, 0}}, toldSessions(t, store.View(), ada))
	number := store.View().Number()
	open(20*minutes, "hit")
	require.Equal(t, number, store.View().Number(), "there was nothing to do")
	update(t, store, func(tx *contact.Tx) error {
		return tx.Schema().Add(contact.Sessions("session", 40*minutes, "click", "hit"))
	})
	require.Equal(t, [][3]float64{{0, 3, 3000}}, toldSessions(t, store.View(), ada))
	open(40*minutes, "hit", "click") // in another order
	require.Equal(t, [][3]float64{{0, 3, 3000}}, toldSessions(t, store.View(), ada))
	open(0) // it goes on being kept
	update(t, store, func(tx *contact.Tx) error {
		require.EqualError(t, tx.Schema().Add(contact.Sessions("session", time.Hour, "hit")), `contact: schema: sessions "session": the name is in the store and hidden; declare it in the schema given to Open`)
		return tx.Record(ada, after("click", 80*minutes)...)
	})
	require.NoError(t, store.Close())
	_, err := contact.Open(dir, contact.MustSchema(contact.EventType("session")), nil)
	require.EqualError(t, err, `contact: schema: event type "session" is one of sessions in the store and not one of sessions in the schema given: that never changes`)
	for _, other := range []contact.SessionsPart{contact.Sessions("session", time.Hour, "click", "hit"), contact.Sessions("session", 40*minutes, "hit")} {
		_, err = contact.Open(dir, contact.MustSchema(contact.EventType("hit"), contact.EventType("click"), other), nil)
		require.ErrorContains(t, err, `contact: schema: sessions "session" are of hit, click with a gap of 40m0s in the store and of `)
		require.ErrorContains(t, err, ` in the schema given: SchemaEdit.Add changes that, in a transaction`)
	}
	for range 2 {
		store = openDir(t, dir, nil, nil)
		require.Equal(t, [][3]float64{{0, 4, 4800}}, toldSessions(t, store.View(), ada))
		require.NoError(t, store.Compact(ctx))
		require.NoError(t, store.Close())
	}
}

// Long sessions that grow, are cut in many places and grow together again are what going
// through all events makes them.
func TestSessionsOfMany(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	for round := range testflags.Cases(60) {
		store := newStore(t, contact.EventType("hit"), contact.EventType("login"), contact.Sessions("session", modelGap*time.Millisecond, "hit", "login"))
		guard := &testFloor{}
		require.NoError(t, store.Attach("guard", guard, nil))
		ids := insertMany(t, store, 2, func(int) contact.Values { return nil })
		var list []modelEvent
		for range 8 {
			guard.prepare = nil
			veto := r.IntN(4) == 0
			if veto {
				guard.prepare = func(*contact.Commit) error { return errors.New("veto") }
			}
			next := modelEvents{list: slices.Clone(list)}
			err := store.Update(ctx, func(tx *contact.Tx) error {
				many := 1 + r.IntN(60)
				comeAndGo(t, r, tx, ids, &next, r.IntN(many), r.IntN(many))
				return nil
			})
			if !veto {
				require.NoError(t, err)
				next.settle(nil, func(contact.ID) bool { return true })
				list = slices.DeleteFunc(next.list, func(ev modelEvent) bool { return ev.typ == "session" })
			}
			want := map[contact.ID][]string{}
			for _, ev := range modelSessions(list, modelGap, modelEventTypes...) {
				want[ev.id] = append(want[ev.id], ev.String())
			}
			for _, id := range ids {
				require.Equal(t, want[id], toldEvents(t, store.View(), id, &contact.EventOptions{Types: []string{"session"}}), "round %d", round)
			}
		}
	}
}

// comeAndGo records and deletes some events, in any order of time.
func comeAndGo(t *testing.T, r *rand.Rand, tx *contact.Tx, ids []contact.ID, m *modelEvents, come, leave int) {
	had := m.list
	for range come {
		ev := modelEvent{typ: modelEventTypes[r.IntN(2)], id: ids[r.IntN(2)], at: 1e6 + r.Int64N(50)*500, attrs: contact.Values{}}
		require.NoError(t, giveEvents(tx, ev.id, []modelEvent{ev}, true))
		m.ops = append(m.ops, modelEventOp{ev, "record"})
	}
	for range min(leave, len(had)) {
		ev := had[r.IntN(len(had))]
		require.NoError(t, tx.DeleteEvent(contact.EventID{Type: ev.typ, Contact: ev.id, At: time.UnixMilli(ev.at), Tie: ev.tie}))
		m.ops = append(m.ops, modelEventOp{ev, "one"})
	}
}
