package segment_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

// A doing is an event of the model, known by its address.
type doing struct {
	filtertest.Event
	key string
}

// An eventNote is an event as a history writes it down.
type eventNote struct {
	Type  string         `json:"type"`
	At    string         `json:"at"`
	Attrs contact.Values `json:"attrs,omitempty"`
	Key   string         `json:"key,omitempty"`
}

func (n *eventNote) event() contact.Event {
	at, err := time.Parse(time.RFC3339Nano, n.At)
	insist(err == nil, "bad time: %v", err)
	return contact.Event{Type: n.Type, At: at, Attrs: n.Attrs, Key: n.Key}
}

// history returns what a contact did as the oracle takes it.
func (p *person) history(schema *contact.Schema) filtertest.History {
	h := filtertest.History{Types: attributesOf(schema)}
	for _, d := range p.did {
		h.Events = append(h.Events, d.Event)
	}
	return h
}

// doings tells apart what contacts did.
func (p *person) doings() string { return fmt.Sprint("|", p.did) }

// readEvents notes which events a definition reads.
func (d *defn) readEvents() {
	for _, b := range d.Filter.Behaviours() {
		d.fields[itsEvents+b.Events().Type()] = true
		for _, more := range []func() (filter.Events, bool){b.Then, b.Between} {
			if e, ok := more(); ok {
				d.fields[itsEvents+e.Type()] = true
			}
		}
	}
}

// itsEvents and the name of a type tell that events of that type change.
const itsEvents = "@did "

// changedEvents adds what a transaction does to the events of contacts to what it changes
// of them.
func (p *pending) changedEvents(changed map[contact.ID]map[string]bool) {
	for id, types := range p.did {
		fields, known := changed[id]
		if p.new.people[id] == nil || known && fields == nil {
			continue // it is gone or new
		}
		own := cloned(fields)
		for name := range types {
			own[itsEvents+name] = true
		}
		changed[id] = own
	}
}

// causedByEvents says of whom moves only because of what it did that this is the cause, if
// the transaction names no other. values is what changed of contacts without their events.
func (p *pending) causedByEvents(ph *phase, cause contact.Cause, values map[contact.ID]map[string]bool) {
	if cause != contact.CauseData || len(p.did) == 0 {
		return
	}
	for m, e := range ph.moves {
		fields, touched := values[m.contact]
		byValue := touched && (fields == nil || overlaps(fields, e.def.fields))
		byEvent := false
		for name := range p.did[m.contact] {
			byEvent = byEvent || e.def.fields[itsEvents+name]
		}
		for i, r := range e.reasons {
			if byEvent && !byValue && r == (reason{contact.CauseData, 0}) {
				e.reasons[i].cause = contact.CauseEvent
			}
		}
	}
}

func overlaps(a, b map[string]bool) bool {
	for name := range a {
		if b[name] {
			return true
		}
	}
	return false
}

// do has a change of the events of a contact made when the transaction commits.
func (p *pending) do(id contact.ID, edit func(did []*doing) []*doing) {
	p.done = append(p.done, func() {
		was := p.new.people[id]
		if was == nil {
			return
		}
		did := edit(slices.Clone(was.did))
		for _, list := range [][2][]*doing{{was.did, did}, {did, was.did}} {
			for _, d := range list[0] {
				if !slices.Contains(list[1], d) {
					if p.did[id] == nil {
						p.did[id] = map[string]bool{}
					}
					p.did[id][d.Type] = true
				}
			}
		}
		if !slices.Equal(did, was.did) {
			p.new.link(id, func(next *person) { next.did = did })
		}
	})
}

// record has events recorded. One whose key is known is not.
func (p *pending) record(id contact.ID, ev contact.Event) {
	d := &doing{filtertest.Event{Type: ev.Type, At: ev.At, Attrs: filtertest.Contact(ev.Attrs)}, ev.Key}
	p.do(id, func(did []*doing) []*doing {
		for _, other := range p.new.people {
			if d.key != "" && slices.ContainsFunc(other.did, func(o *doing) bool { return o.Type == d.Type && o.key == d.key }) {
				return did
			}
		}
		return append(did, d)
	})
}

// events does something about events in both worlds.
func (p *player) events(t *contact.Tx, tx *pending, a action) (problems, error) {
	switch a.Op {
	case "crowd":
		rng := rand.New(rand.NewPCG(a.Seed, 0))
		list := tx.new.living()
		for _, id := range list[:min(a.N, len(list))] {
			ev := stored(randomEvent(rng, p.clock.Now()))
			tx.record(id, ev)
			if err := t.Record(id, ev); err != nil {
				return nil, err
			}
		}
		return nil, nil
	case "forget":
		at := p.clock.Now().Add(time.Duration(a.N) * time.Hour)
		for id := range tx.new.people {
			tx.do(id, func(did []*doing) []*doing {
				return slices.DeleteFunc(did, func(d *doing) bool { return a.names(d) && d.At.Before(at) })
			})
		}
		return nil, t.ForgetEvents(at, a.Words...)
	}
	if tx.new.people[a.ID] == nil {
		return problems{"contact": true}, t.DeleteEvents(a.ID, a.Words...)
	}
	if a.Op == "record" {
		var events []contact.Event
		for _, n := range a.Events {
			events = append(events, n.event())
			tx.record(a.ID, n.event())
		}
		return nil, t.Record(a.ID, events...)
	}
	if a.N < 0 {
		tx.do(a.ID, func(did []*doing) []*doing { return slices.DeleteFunc(did, a.names) })
		return nil, t.DeleteEvents(a.ID, a.Words...)
	}
	return nil, p.unrecord(t, tx, a)
}

// names reports whether an action names the type of an event, or none.
func (a *action) names(d *doing) bool { return len(a.Words) == 0 || slices.Contains(a.Words, d.Type) }

// unrecord deletes one of the events that a contact had when the transaction began.
func (p *player) unrecord(t *contact.Tx, tx *pending, a action) error {
	was := tx.old.people[a.ID]
	if was == nil || len(was.did) == 0 {
		return nil
	}
	gone := was.did[a.N%len(was.did)]
	nth := 0 // among those that look the same
	same := func(e contact.Event) bool {
		return e.Type == gone.Type && e.At.Equal(gone.At) && maps.Equal(e.Attrs, contact.Values(gone.Attrs))
	}
	for _, d := range was.did {
		if d == gone {
			break
		}
		if same(stored(d.Event)) {
			nth++
		}
	}
	var id contact.EventID
	p.store.Peek(func(v *contact.View) {
		events, err := v.Events(a.ID, nil)
		insist(err == nil, "Events: %v", err)
		for is, e := range events {
			if same(e) {
				if nth--; nth < 0 {
					id = is
					break
				}
			}
		}
	})
	insist(nth < 0, "contact %d has not done %v", a.ID, gone)
	tx.do(a.ID, func(did []*doing) []*doing { return slices.DeleteFunc(did, func(d *doing) bool { return d == gone }) })
	return t.DeleteEvent(id)
}

// doing returns an action about events.
func (g *wanderer) doing() action {
	a := action{ID: g.contact()}
	some := func() []string {
		if g.chance(2) {
			return nil
		}
		return []string{g.oneOf("hit", "buy", "mail")}
	}
	switch k := g.IntN(20); {
	case k < 1:
		return action{Op: "crowd", N: 1 + g.IntN(200), Seed: g.Uint64N(1000)}
	case k < 2:
		return action{Op: "forget", N: g.IntN(500) - 400, Words: some()}
	case k < 4:
		return action{Op: "unrecord", ID: a.ID, N: -1, Words: some()}
	case k < 8:
		return action{Op: "unrecord", ID: a.ID, N: g.IntN(100)}
	}
	a.Op = "record"
	for range 1 + g.IntN(4) {
		e := randomEvent(g.Rand, g.p.clock.Now())
		n := eventNote{Type: e.Type, At: e.At.Format(time.RFC3339Nano), Attrs: contact.Values(e.Attrs)}
		if g.chance(3) {
			n.Key = g.oneOf("a", "b", "c", "d")
			if n.Attrs["code"] != nil || n.Type == "hit" {
				n.Attrs["code"] = n.Key
			}
		}
		a.Events = append(a.Events, n)
	}
	return a
}

// behaviour returns a term on behaviour.
func (g *wanderer) behaviour() string {
	if g.chance(3) {
		return g.oneOf("did hit", "never did hit", "did mail where (campaign = 17)", "did mail where (campaign in (16, 18)) at least 2 times", "did hit in the last 2 days", "did buy")
	}
	return windowForms[g.IntN(len(windowForms))]
}
