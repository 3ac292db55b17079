package filter

import "github.com/rosterdb/roster/contact"

// A stepWalk goes through the events of one contact that count, in the order of time.
type stepWalk struct {
	contact.EventWalk
	query       contact.EventQuery
	begun, done bool
}

// walk returns the walk through the events of a contact that count.
func (s *surveyed) walk(id contact.ID) stepWalk {
	return stepWalk{EventWalk: s.view.Ascend(id, s.query.Window), query: s.query}
}

// next moves on and reports whether there is one more.
func (s *stepWalk) next() bool {
	s.begun = true
	for s.Next() {
		if s.query.Counts(&s.EventWalk) {
			return true
		}
	}
	s.done = true
	return false
}

// beyond moves on to the first one later than t, if it is not there already, and reports
// whether there is one.
func (s *stepWalk) beyond(t int64) bool {
	if !s.begun {
		s.next()
	}
	for !s.done && s.Time() <= t {
		s.next()
	}
	return !s.done
}

// follows reports whether a first step of a contact is followed by a second one. The next
// second step is the best one for every first: it is the soonest, and has the fewest events
// before it. So the walks only go forward.
func (s *survey) follows(id contact.ID) bool {
	first, second := s.first.walk(id), s.second.walk(id)
	var between stepWalk
	if s.but != nil {
		between = s.between.walk(id)
	}
	for first.next() {
		at := first.Time()
		if !second.beyond(at) {
			return false
		}
		if second.Time() >= s.term.gap.after(s.moment, at) {
			continue
		}
		if s.but == nil || !between.beyond(at) || between.Time() >= second.Time() {
			return true
		}
	}
	return false
}
