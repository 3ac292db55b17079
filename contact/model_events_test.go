package contact_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// modelEvents is all events as a plain list, ascending by type, contact, time and tie, and
// what a transaction is to do to them.
type modelEvents struct {
	list  []modelEvent
	more  []string // attributes of hit that were added, of numbers
	ops   []modelEventOp
	fates []wantEvent // what the log has to say, after settle
}

type modelEvent struct {
	typ   string
	id    contact.ID
	at    int64
	tie   uint32
	key   string
	attrs contact.Values
	fresh bool // recorded by the transaction under way
}

type modelEventOp struct {
	modelEvent
	do string // record, one, all, forget
}

type wantEvent struct {
	id   contact.ID
	line string
}

var modelEventTypes = []string{"hit", "login"}

// modelGap is the gap of sessions: that between most times of the model.
const modelGap = 1000

// eventParts declares the types of the model.
func eventParts() []contact.Part {
	return []contact.Part{
		contact.EventType("hit", contact.Text("url"), contact.Number("amount"), contact.Bool("x")),
		contact.EventType("login", contact.Text("how").Exact()),
		contact.Sessions("session", modelGap*time.Millisecond, "login", "hit"),
	}
}

func (m *modelEvents) begin() modelEvents {
	return modelEvents{list: slices.Clone(m.list), more: slices.Clone(m.more)}
}

func (ev *modelEvent) order(other modelEvent) int {
	return cmp.Or(cmp.Compare(ev.typ, other.typ), cmp.Compare(ev.id, other.id), cmp.Compare(ev.at, other.at), cmp.Compare(ev.tie, other.tie))
}

func (ev *modelEvent) String() string {
	return fmt.Sprint(ev.typ, " ", ev.at, " ", ev.tie, " ", ev.attrs)
}

// take takes out the events that a function picks, in their order.
func (m *modelEvents) take(pick func(*modelEvent) bool) {
	m.list = slices.DeleteFunc(m.list, func(ev modelEvent) bool {
		if pick(&ev) {
			m.fates = append(m.fates, wantEvent{ev.id, "deleted " + ev.String()})
			return true
		}
		return false
	})
}

// settle does what a transaction has asked for. Events of contacts that are deleted go
// first.
func (m *modelEvents) settle(deleted []contact.ID, lives func(contact.ID) bool) {
	for _, id := range deleted {
		m.take(func(ev *modelEvent) bool { return ev.id == id })
	}
	for _, op := range m.ops {
		switch op.do {
		case "record":
			if lives(op.id) {
				m.record(op.modelEvent)
			}
		case "one":
			m.take(func(ev *modelEvent) bool { return !ev.fresh && ev.order(op.modelEvent) == 0 })
		case "all":
			m.take(func(ev *modelEvent) bool { return ev.typ == op.typ && ev.id == op.id })
		case "forget":
			from := len(m.fates)
			var gone []modelEvent
			for _, ev := range m.list {
				if ev.typ == op.typ && ev.at < op.at {
					gone = append(gone, ev)
				}
			}
			m.take(func(ev *modelEvent) bool { return ev.typ == op.typ && ev.at < op.at })
			slices.SortStableFunc(gone, func(a, b modelEvent) int { return cmp.Compare(a.at, b.at) })
			for i, ev := range gone { // told in the order of time
				m.fates[from+i] = wantEvent{ev.id, "deleted " + ev.String()}
			}
		}
	}
	m.ops = nil
	for i := range m.list {
		m.list[i].fresh = false
	}
	m.settleSessions()
}

func (m *modelEvents) record(ev modelEvent) {
	for _, had := range m.list {
		switch {
		case had.typ != ev.typ:
		case ev.key != "" && had.key == ev.key:
			return
		case had.id == ev.id && had.at == ev.at:
			ev.tie = had.tie + 1
		}
	}
	ev.fresh = true
	i, _ := slices.BinarySearchFunc(m.list, ev, func(a, b modelEvent) int { return a.order(b) })
	m.list = slices.Insert(m.list, i, ev)
	m.fates = append(m.fates, wantEvent{ev.id, "recorded " + ev.String()})
}

// randomEvent returns an event as a host gives it: many at the same time, some late, some
// in the future.
func (m *modelEvents) random(r *rand.Rand, id contact.ID) modelEvent {
	ev := modelEvent{typ: modelEventTypes[r.IntN(2)], id: id, at: eventTime.UnixMilli() + int64(r.IntN(10)-5)*1000, attrs: contact.Values{}}
	if r.IntN(3) == 0 {
		ev.at = r.Int64N(eventTime.UnixMilli() * 2)
	}
	if r.IntN(4) == 0 {
		ev.key = fmt.Sprint("key ", r.IntN(50))
	}
	all := contact.Values{"how": []string{"sso", "SSO", ""}[r.IntN(3)]}
	if ev.typ == "hit" {
		all = contact.Values{"url": []string{"/", "/a", "/A", "", fmt.Sprint("/", r.IntN(1000))}[r.IntN(5)], "amount": []float64{1, -0.01, 1e300, float64(r.IntN(1e6)) / 100}[r.IntN(4)], "x": r.IntN(2) == 0}
		for _, name := range m.more {
			all[name] = float64(r.IntN(3))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if r.IntN(2) == 0 {
			ev.attrs[name] = all[name]
		}
	}
	return ev
}

// opEvent does something to events.
func (w *world) opEvent(tx *contact.Tx, m *model) {
	t, r := w.t, w.r
	id := m.someID(r)
	lives := m.contacts[id] != nil
	types := modelEventTypes
	if r.IntN(2) == 0 {
		types = types[r.IntN(2):][:1]
	}
	switch r.IntN(16) {
	case 0:
		err := tx.DeleteEvents(id, types...)
		if !lives {
			require.ErrorIs(t, err, contact.ErrNotFound)
			return
		}
		require.NoError(t, err)
		for _, typ := range types {
			m.events.ops = append(m.events.ops, modelEventOp{modelEvent{typ: typ, id: id}, "all"})
		}
	case 1:
		before := eventTime.Add(time.Duration(r.IntN(12)-6) * time.Second)
		require.NoError(t, tx.ForgetEvents(before, types...))
		for _, typ := range types {
			m.events.ops = append(m.events.ops, modelEventOp{modelEvent{typ: typ, at: before.UnixMilli()}, "forget"})
		}
	case 2, 3:
		w.opDeleteEvent(tx, m)
	case 4:
		if r.IntN(8) == 0 {
			m.edited = true
			m.events.more = append(m.events.more, fmt.Sprint("more", len(m.events.more)))
			require.NoError(t, tx.Schema().Add(contact.EventType("hit", contact.Number(m.events.more[len(m.events.more)-1]))))
		}
	default:
		list := make([]modelEvent, 1+r.IntN(3))
		for i := range list {
			list[i] = m.events.random(r, id)
		}
		if err := giveEvents(tx, id, list, r.IntN(2) == 0); !lives {
			require.ErrorIs(t, err, contact.ErrNotFound)
			return
		} else {
			require.NoError(t, err)
		}
		for _, ev := range list {
			m.events.ops = append(m.events.ops, modelEventOp{ev, "record"})
		}
	}
}

// opDeleteEvent deletes one event that was there when the transaction began.
func (w *world) opDeleteEvent(tx *contact.Tx, m *model) {
	before := m.base.events.list
	if len(before) == 0 {
		return
	}
	ev := before[w.r.IntN(len(before))]
	err := tx.DeleteEvent(contact.EventID{Type: ev.typ, Contact: ev.id, At: time.UnixMilli(ev.at), Tie: ev.tie})
	if ev.typ == "session" {
		require.ErrorIs(w.t, err, contact.ErrSessions)
		return
	}
	if m.contacts[ev.id] == nil {
		require.ErrorIs(w.t, err, contact.ErrNoEvent)
		return
	}
	require.NoError(w.t, err)
	m.events.ops = append(m.events.ops, modelEventOp{ev, "one"})
}

// giveEvents records events by one way or the other.
func giveEvents(tx *contact.Tx, id contact.ID, list []modelEvent, byRow bool) error {
	var events []contact.Event
	for _, ev := range list {
		events = append(events, contact.Event{Type: ev.typ, At: time.UnixMilli(ev.at), Attrs: ev.attrs, Key: ev.key})
	}
	if !byRow {
		return tx.Record(id, events...)
	}
	for _, ev := range events {
		h, _ := tx.Schema().Current().EventType(ev.Type)
		row := tx.EventRow(h).Key(ev.Key)
		for name, x := range ev.Attrs {
			f, _ := h.Attribute(name)
			switch x := x.(type) {
			case string:
				row.Text(f, x)
			case float64:
				row.Number(f, x)
			case bool:
				row.Bool(f, x)
			}
		}
		if err := row.Record(id, ev.At); err != nil {
			return err
		}
	}
	return nil
}

// describeEvents returns what a record tells of events.
func describeEvents(r *contact.Record) (list []wantEvent) {
	for c := range r.Events() {
		ev := modelEvent{typ: c.Event.Name(), id: c.Contact, at: c.At.UnixMilli(), tie: c.ID().Tie, attrs: contact.Values{}}
		for f, x := range c.Values() {
			ev.attrs[f.Name()] = x.Any()
			if !c.Value(f).Equal(x) {
				panic(fmt.Sprint("value of ", f.Name()))
			}
		}
		word := "recorded "
		if c.Deleted {
			word = "deleted "
		}
		list = append(list, wantEvent{c.Contact, word + ev.String()})
	}
	return list
}

// checkPreparedEvents compares what a floor is told of events with the version being made.
func checkPreparedEvents(c *contact.Commit) error {
	last := make(map[contact.EventID]bool) // whether it is there
	n := 0
	for ev := range c.Events() {
		last[ev.ID()] = !ev.Deleted
		n++
	}
	if n != c.EventChanges() {
		return fmt.Errorf("%d events told, %d counted", n, c.EventChanges())
	}
	for id, there := range last {
		events, err := c.View().Events(id.Contact, &contact.EventOptions{Types: []string{id.Type}, From: id.At, Until: id.At.Add(time.Millisecond)})
		if err != nil {
			return err
		}
		found := false
		for is := range events {
			found = found || is == id
		}
		if found != there {
			return fmt.Errorf("event %v: found %v, told %v", id, found, there)
		}
	}
	return nil
}

// compareEvents checks the events of a version.
func (w *world) compareEvents(v *contact.View, m *model) {
	t := w.t
	byID := make(map[contact.ID][]modelEvent)
	for _, ev := range m.events.list {
		byID[ev.id] = append(byID[ev.id], ev)
	}
	for id, list := range byID {
		if w.r.IntN(1+len(byID)/30) > 0 {
			continue
		}
		counts, lines := make(map[string]int), []string(nil)
		slices.SortStableFunc(list, func(a, b modelEvent) int { return cmp.Compare(a.at, b.at) })
		for _, ev := range list {
			counts[ev.typ]++
			lines = append(lines, ev.String())
		}
		require.Equal(t, lines, toldEvents(t, v, id, nil))
		require.Equal(t, counts, v.EventCounts(id))
	}
	for h := range v.Schema().EventTypes() {
		w.compareEventView(v.EventsOf(h), h, m.events.list)
	}
}

// compareEventView asks a version about all contacts.
func (w *world) compareEventView(e contact.EventView, h contact.EventHandle, list []modelEvent) {
	t := w.t
	list = slices.DeleteFunc(slices.Clone(list), func(ev modelEvent) bool { return ev.typ != h.Name() })
	require.Equal(t, len(list), e.Len())
	from := eventTime.UnixMilli() + int64(w.r.IntN(10)-5)*1000
	window := contact.EventWindow{After: from, To: from + int64(w.r.IntN(8))*1000}
	q := &contact.EventQuery{Window: window}
	pass := func(*modelEvent) bool { return true }
	if f, ok := h.Attribute("url"); ok && w.r.IntN(2) == 0 {
		q.Tests = append(q.Tests, e.Test(f, e.Find(f, "/a")...))
		pass = func(ev *modelEvent) bool { s, _ := ev.attrs["url"].(string); return strings.EqualFold(s, "/a") }
	}
	counts := make(map[contact.ID]int)
	inWindow := 0
	for _, ev := range list {
		if window.Holds(ev.at) {
			inWindow++
			if pass(&ev) {
				counts[ev.id]++
			}
		}
	}
	n := 1 + w.r.IntN(2)
	want := []contact.ID{}
	for id, got := range counts {
		require.Equal(t, got, e.CountUpTo(id, q, 1000))
		if got >= n {
			want = append(want, id)
		}
	}
	slices.Sort(want)
	require.Equal(t, want, e.AtLeast(q, n).IDs())
	keep := func(_ contact.ID, s *contact.EventSummary) bool { return s.Count >= n }
	require.Equal(t, want, e.Having(q, contact.Field{}, keep).IDs())
	require.Equal(t, inWindow, e.CountAll(window))
	for line := e.Timeline(window); line.Next(); inWindow-- {
		require.True(t, window.Holds(line.Time()))
	}
	require.Zero(t, inWindow)
}

// Where there are no events everything is told all the same.
func TestNoEvents(t *testing.T) {
	store := newStore(t, eventParts()...)
	other := contact.MustSchema(contact.EventType("hit", contact.Text("url")))
	foreign, _ := other.EventType("hit")
	url, _ := foreign.Attribute("url")
	id := insert(t, store, nil)
	update(t, store, func(tx *contact.Tx) error { return tx.Record(id, contact.Event{Type: "login", At: eventTime}) })
	v := store.View()
	login, _ := v.Schema().EventType("login")
	for _, e := range []contact.EventView{v.EventsOf(foreign), v.EventsOf(contact.EventHandle{})} {
		require.Zero(t, e.Len())
		require.Zero(t, e.Ever().Len())
		require.Zero(t, e.Count(id, contact.EverWindow))
		require.Zero(t, e.AtLeast(&contact.EventQuery{Window: contact.EverWindow, Tests: []contact.EventTest{e.Test(url, 1)}}, 1).Len())
	}
	e := v.EventsOf(login)
	none := &contact.EventQuery{Window: contact.EverWindow, Tests: []contact.EventTest{e.Test(url, 0)}}
	require.Zero(t, e.AtLeast(none, 1).Len())
	require.Zero(t, e.CountUpTo(id, none, 1))
	require.Empty(t, e.Find(url, "/"))
	require.True(t, e.Value(url, 1).Missing())
	all := &contact.EventQuery{Window: contact.EverWindow}
	require.Equal(t, 1, e.AtLeast(all, 1).Len())
	all.Among = new(contact.Set)
	require.Zero(t, e.AtLeast(all, 1).Len())
	require.Zero(t, e.Having(all, contact.Field{}, func(contact.ID, *contact.EventSummary) bool { return true }).Len())
}
