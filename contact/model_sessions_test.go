package contact_test

import (
	"cmp"
	"slices"

	"github.com/rosterdb/roster/contact"
)

// modelSessions returns the sessions of all contacts: their events in a row, cut where the
// next one is too late.
func modelSessions(list []modelEvent, gap int64, types ...string) (sessions []modelEvent) {
	list = slices.DeleteFunc(slices.Clone(list), func(ev modelEvent) bool { return !slices.Contains(types, ev.typ) })
	slices.SortFunc(list, func(a, b modelEvent) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.at, b.at)) })
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].id == list[from].id && list[to].at-list[to-1].at <= gap {
			to++
		}
		sessions = append(sessions, modelEvent{typ: "session", id: list[from].id, at: list[from].at, attrs: contact.Values{
			"events": float64(to - from), "duration": float64(list[to-1].at-list[from].at) / 1000,
		}})
		from = to
	}
	return sessions
}

// settleSessions makes the sessions what the events say. The log tells of each contact
// first what goes, then what comes.
func (m *modelEvents) settleSessions() {
	var was, is []modelEvent
	for _, ev := range m.list {
		if ev.typ == "session" {
			was = append(was, ev)
		}
	}
	is = modelSessions(m.list, modelGap, modelEventTypes...)
	in := func(list []modelEvent, ev modelEvent) bool {
		return slices.ContainsFunc(list, func(other modelEvent) bool { return other.id == ev.id && other.String() == ev.String() })
	}
	var fates []wantEvent
	for _, ev := range was {
		if !in(is, ev) {
			fates = append(fates, wantEvent{ev.id, "deleted " + ev.String()})
		}
	}
	for _, ev := range is {
		if !in(was, ev) {
			fates = append(fates, wantEvent{ev.id, "recorded " + ev.String()})
		}
	}
	slices.SortStableFunc(fates, func(a, b wantEvent) int { return cmp.Compare(a.id, b.id) })
	m.fates = append(m.fates, fates...)
	m.list = slices.DeleteFunc(m.list, func(ev modelEvent) bool { return ev.typ == "session" })
	m.list = append(m.list, is...)
}
