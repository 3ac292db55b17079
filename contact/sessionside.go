package contact

import (
	"cmp"
	"math"
	"slices"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/contact/internal/idset"
)

// A touch is an event that a commit has recorded or deleted and that sessions are made of.
type touch struct {
	contact uint32
	event   int32 // place of its type
	at      int64
	deleted bool
}

// A session is one of a contact's: the times of its first and its last event, and how many
// there are.
type session struct {
	from, to int64
	events   int
}

// A sessionMaker brings the sessions of one type up to date with the events that a commit
// has left, contact by contact.
type sessionMaker struct {
	side    *eventSide
	place   int // of the type
	rule    *sessionRule
	contact uint32
	was     []session // those of the contact that may be others now
	now     []session // what they are
	touched []touch   // of the contact, ascending in time
}

// makeSessions brings the sessions of all types up to date, those of the given types from
// the beginning.
func (s *eventSide) makeSessions(ruled []int) {
	schema := s.st.schema
	if len(s.touched) == 0 && ruled == nil {
		return
	}
	slices.SortFunc(s.touched, func(a, b touch) int {
		if a.contact != b.contact {
			return cmp.Compare(a.contact, b.contact)
		}
		return cmp.Compare(a.at, b.at)
	})
	for _, i := range schema.sessions {
		m := sessionMaker{side: s, place: i, rule: schema.events[i].sessions}
		if slices.Contains(ruled, i) {
			m.makeAll()
		} else {
			m.update()
		}
	}
}

// ruled returns the types of sessions that a transaction declares, or declares otherwise.
func (tx *Tx) ruled() (list []int) {
	before := tx.before()
	if tx.schema == before {
		return nil
	}
	for _, i := range tx.schema.sessions {
		if i >= len(before.events) || !tx.schema.events[i].sessions.same(before.events[i].sessions) {
			list = append(list, i)
		}
	}
	return list
}

// update makes the sessions anew that the touched events may have changed.
func (m *sessionMaker) update() {
	for rest := m.side.touched; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].contact == rest[0].contact {
			n++
		}
		m.contact, m.touched = rest[0].contact, m.touched[:0]
		for _, t := range rest[:n] {
			if _, ours := slices.BinarySearch(m.rule.places, int(t.event)); ours {
				m.touched = append(m.touched, t)
			}
		}
		rest = rest[n:]
		if len(m.touched) > 0 && m.side.st.live.Contains(m.contact) { // those of a deleted contact are gone
			m.was, m.now = m.was[:0], m.now[:0]
			m.join()
			m.part()
			m.apply()
		}
	}
}

// join collects the sessions there are that the touched events lie in or near, and in now
// the sessions that these make together with the touched events, as if nothing had been
// deleted.
func (m *sessionMaker) join() {
	for _, t := range m.touched {
		n := len(m.now)
		if n == 0 || t.at > m.now[n-1].to+m.rule.gap {
			m.now = append(m.now, m.around(t.at))
		} else if s := &m.now[n-1]; t.at > s.to {
			s.to = t.at
			if w := m.had().Ascend(m.contact, behaviour.Window{After: t.at, To: t.at + m.rule.gap}); w.Next() {
				m.was = append(m.was, sessionAt(&w))
				s.add(m.was[len(m.was)-1])
			}
		}
		m.now[len(m.now)-1].events++ // part counts again if it is one that was deleted
	}
}

// around returns the session that the sessions at most the gap away from a time make
// together with that time. Sessions that there are lie more than the gap apart, so it is one
// before and one behind it at most.
func (m *sessionMaker) around(at int64) session {
	s := session{from: at, to: at}
	w := m.had().Descend(m.contact, behaviour.Window{After: math.MinInt64, To: at + m.rule.gap})
	more := w.Next()
	var behind session
	if more && w.Time() > at {
		behind = sessionAt(&w)
		more = w.Next()
	}
	if more {
		if before := sessionAt(&w); before.to+m.rule.gap >= at {
			m.was = append(m.was, before)
			s.add(before)
		}
	}
	if behind.events > 0 {
		m.was = append(m.was, behind)
		s.add(behind)
	}
	return s
}

// add makes a session one with another.
func (s *session) add(other session) {
	s.from, s.to, s.events = min(s.from, other.from), max(s.to, other.to), s.events+other.events
}

// part cuts the sessions where deleted events leave a gap.
func (m *sessionMaker) part() {
	if !slices.ContainsFunc(m.touched, func(t touch) bool { return t.deleted }) {
		return
	}
	joined := slices.Clone(m.now)
	m.now = m.now[:0]
	for _, s := range joined {
		left := true // something of it
		for len(m.touched) > 0 && m.touched[0].at <= s.to {
			t := m.touched[0]
			m.touched = m.touched[1:]
			if !left || !t.deleted || t.at < s.from {
				continue
			}
			last, any := m.last(behaviour.Window{After: s.from - 1, To: t.at})
			next, more := m.next(behaviour.Window{After: t.at, To: s.to})
			switch {
			case !any:
				s.from = next
			case !more || next-last > m.rule.gap:
				m.found(s.from, last)
				s.from = next
			}
			left = more
		}
		if left {
			m.found(s.from, s.to)
		}
	}
}

// found notes a session from one time to another.
func (m *sessionMaker) found(from, to int64) {
	s := session{from: from, to: to}
	for _, i := range m.rule.places {
		s.events += m.side.st.events[i].Count(m.contact, behaviour.Window{After: from - 1, To: to})
	}
	m.now = append(m.now, s)
}

// last returns the time of the last event in a window, and whether there is one.
func (m *sessionMaker) last(w behaviour.Window) (at int64, ok bool) {
	for _, i := range m.rule.places {
		if walk := m.side.st.events[i].Descend(m.contact, w); walk.Next() && (!ok || walk.Time() > at) {
			at, ok = walk.Time(), true
		}
	}
	return at, ok
}

// next returns the time of the first event in a window, and whether there is one.
func (m *sessionMaker) next(w behaviour.Window) (at int64, ok bool) {
	for _, i := range m.rule.places {
		if walk := m.side.st.events[i].Ascend(m.contact, w); walk.Next() && (!ok || walk.Time() < at) {
			at, ok = walk.Time(), true
		}
	}
	return at, ok
}

// makeAll makes the sessions of all contacts anew.
func (m *sessionMaker) makeAll() {
	of := []*idset.Set{m.had().Ever()}
	for _, i := range m.rule.places {
		of = append(of, m.side.st.events[i].Ever())
	}
	for _, contact := range slices.Collect(idset.OrMany(of).All()) { // apply changes what is in the sets
		m.contact, m.was, m.now = contact, m.was[:0], m.now[:0]
		for w := m.had().Ascend(contact, behaviour.Always); w.Next(); {
			m.was = append(m.was, sessionAt(&w))
		}
		m.walk()
		m.apply()
	}
}

// walk finds the sessions of a contact by going through its events.
func (m *sessionMaker) walk() {
	walks := make([]behaviour.Walk, 0, len(m.rule.places))
	for _, i := range m.rule.places {
		if w := m.side.st.events[i].Ascend(m.contact, behaviour.Always); w.Next() {
			walks = append(walks, w)
		}
	}
	for len(walks) > 0 {
		first := 0
		for i := range walks {
			if walks[i].Time() < walks[first].Time() {
				first = i
			}
		}
		at := walks[first].Time()
		if n := len(m.now); n > 0 && at <= m.now[n-1].to+m.rule.gap {
			m.now[n-1].to = at
			m.now[n-1].events++
		} else {
			m.now = append(m.now, session{at, at, 1})
		}
		if !walks[first].Next() {
			walks = slices.Delete(walks, first, first+1)
		}
	}
}

// apply replaces the sessions that were by those that are, where they differ. One that
// begins as before keeps its place.
func (m *sessionMaker) apply() {
	s := m.side
	e := &s.store.epochs
	for _, old := range m.was {
		i, same := m.find(m.now, old)
		if same && m.now[i] == old {
			continue
		}
		h, ev := s.st.events.writable(e, m.place), m.event(old)
		if !same {
			h.Delete(e, ev.ID)
		}
		s.gone(m.place, h, &ev)
	}
	for _, x := range m.now {
		i, same := m.find(m.was, x)
		if same && m.was[i] == x {
			continue
		}
		h, ev := s.st.events.writable(e, m.place), m.event(x)
		if same {
			h.Replace(e, &ev)
		} else {
			h.Insert(e, &ev)
		}
		s.seal(m.place, h, eventRecorded, &ev)
	}
}

// event returns the event of a session, good until the next one.
func (m *sessionMaker) event(x session) behaviour.Event {
	m.side.values = append(m.side.values[:0], behaviour.Number(float64(x.events)), behaviour.Number(float64(x.to-x.from)/1000))
	return behaviour.Event{ID: behaviour.ID{Contact: m.contact, Time: x.from}, Values: m.side.values}
}

// find returns the place of the session in a list that begins when another does.
func (m *sessionMaker) find(list []session, s session) (int, bool) {
	return slices.BinarySearchFunc(list, s, func(a, b session) int { return cmp.Compare(a.from, b.from) })
}

func (m *sessionMaker) had() *behaviour.History { return m.side.st.events[m.place] }

// sessionAt returns the session whose event a walk is at.
func sessionAt(w *behaviour.Walk) session {
	events, _ := w.Value(sessionEvents).Number()
	seconds, _ := w.Value(sessionDuration).Number()
	return session{w.Time(), w.Time() + int64(math.Round(seconds*1000)), int(events)}
}
