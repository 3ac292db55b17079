package segment

import (
	"cmp"
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// A limitSource comes to the contacts whose values, or the times of whose events, a limit
// passes. It is one for all conditions, of any number of segments, that have the limit.
//
// It looks ahead for a stretch of time: it holds the rows that the limit passes in it, as
// the column has them when it looks, sorted, and those that come to be there by a commit.
// At the end of the stretch it looks again. A value that is changed meanwhile, or an event
// that is deleted, leaves its entry behind; that is noticed when it is due.
type limitSource struct {
	agenda *agenda
	limit  *filter.Limit
	users  *readership
	entry  *dueEntry

	register *register // nil once it is registered no more
	place    int       // in that

	stretch
}

// A stretch is what a source has looked up.
type stretch struct {
	full bool         // the fields below hold
	to   int64        // the end of the stretch
	more bool         // there is something to look for after it
	span contact.Span // of values that are passed in it
	rows []pass       // ascending
	late passes       // a heap, of what came by commits
}

// A pass is a value of a row and the instant at which a limit passes it.
type pass struct {
	at    int64
	value float64
	row   contact.ID
}

func newLimitSource(a *agenda, l *filter.Limit) *limitSource {
	s := &limitSource{agenda: a, limit: l}
	s.entry = &dueEntry{source: s}
	return s
}

// The number of values that a limit looks ahead for: a share of all, so that the pass over
// the column that finds them costs little for each. Events are in the order of time.
const (
	fewestAhead = 256
	mostAhead   = 1 << 15
	aheadShare  = 32
	eventsAhead = 1 << 10
)

func (s *limitSource) due() int64 {
	next := int64(never)
	if len(s.rows) > 0 {
		next = s.rows[0].at
	}
	if len(s.late) > 0 {
		next = min(next, s.late[0].at)
	}
	if s.more {
		next = min(next, s.to)
	}
	return next
}

// empty forgets what was looked up.
func (s *limitSource) empty() {
	s.stretch = stretch{}
	if s.register != nil {
		s.register.spans[s.place] = nothing
	}
	s.agenda.hungry = append(s.agenda.hungry, s)
}

// fill looks ahead from an instant on.
func (s *limitSource) fill(v *contact.View, from int64) {
	begin := time.UnixMilli(from)
	end, more := s.limit.Until(v, begin, s.ahead(v))
	rows := s.rows[:0]
	s.limit.Passing(v, begin, end, func(row contact.ID, value float64, at time.Time) {
		rows = append(rows, pass{at.UnixMilli(), value, row})
	})
	slices.SortFunc(rows, comparePasses)
	s.stretch = stretch{full: true, to: end.UnixMilli(), more: more && end.After(begin), span: s.limit.Span(begin, end), rows: rows}
	s.register.spans[s.place] = s.span
	s.agenda.filled = append(s.agenda.filled, s)
}

// ahead returns for how many values to look ahead.
func (s *limitSource) ahead(v *contact.View) int {
	n := v.Len()
	switch s.limit.Over() {
	case filter.OverEvents:
		return eventsAhead
	case filter.OverPrimary, filter.OverAnyCompanies:
		n = v.Companies().Len()
	}
	return min(max(n/aheadShare, fewestAhead), mostAhead)
}

// ofEvents reports whether the limit comes to the times of events.
func (s *limitSource) ofEvents() bool { return s.limit.Over() == filter.OverEvents }

func comparePasses(a, b pass) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.row, b.row))
}

// note takes in that a row may have other values now, or be asked by another clock.
func (s *limitSource) note(v *contact.View, row contact.ID, now int64) {
	if s.full {
		for x := range s.limit.Ahead(v, row, time.UnixMilli(now)) {
			s.noteValue(v, row, x, now)
		}
	}
}

// noteValue takes in that a row has a value. It reports whether the limit comes to it in
// the stretch.
func (s *limitSource) noteValue(v *contact.View, row contact.ID, x float64, now int64) bool {
	if !s.full || x < s.span.Lo || x > s.span.Hi {
		return false
	}
	at, ok := s.limit.NextOf(v, row, x, time.UnixMilli(now))
	if !ok || at.UnixMilli() > s.to {
		return false
	}
	s.late.push(pass{at.UnixMilli(), x, row})
	most := mostAhead
	if s.ofEvents() {
		most = 4 * eventsAhead
	}
	if len(s.late) > most+len(s.rows) {
		s.empty() // most of it is stale, or beyond where a new stretch would end
	}
	return true
}

// take looks at the values that are due, and leaves out those that have changed.
func (s *limitSource) take(v *contact.View, c *coming) {
	due := s.pop(c.at)
	passed := due[:0]
	for _, p := range due {
		if s.stale(v, p) {
			s.agenda.looked++
			continue
		}
		passed = append(passed, p)
		if !s.limit.Returns() {
			continue
		}
		if next, ok := s.limit.NextOf(v, p.row, p.value, time.UnixMilli(c.at)); ok && next.UnixMilli() <= s.to {
			s.late.push(pass{next.UnixMilli(), p.value, p.row})
		}
	}
	if s.more && c.at >= s.to {
		s.fill(v, c.at)
	}
	if s.ofEvents() {
		s.users.addEvents(c, v, s.limit.Event(), passed)
		return
	}
	rows := make([]contact.ID, len(passed))
	for i, p := range passed {
		rows[i] = p.row
	}
	s.users.addAll(c, s.contacts(v, slices.Compact(rows)))
}

// pop takes out what is due at an instant, by row and value, each once. It is good until
// the next pop of any source.
func (s *limitSource) pop(at int64) []pass {
	due, n := s.agenda.passed[:0], 0
	for ; n < len(s.rows) && s.rows[n].at <= at; n++ {
		due = append(due, s.rows[n])
	}
	s.rows = s.rows[n:]
	for len(s.late) > 0 && s.late[0].at <= at {
		due = append(due, s.late.pop())
	}
	if s.agenda.passed = due; cap(due) > mostAhead {
		s.agenda.passed = nil
	}
	if len(due) > 1 {
		slices.SortFunc(due, func(a, b pass) int { return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.value, b.value)) })
		due = slices.Compact(due)
	}
	return due
}

// stale reports whether a row has the value no more, or is asked by another clock now. An
// event that is deleted meanwhile is found out when it is looked at.
func (s *limitSource) stale(v *contact.View, p pass) bool {
	if _, own := s.limit.Zone(); s.ofEvents() && !own {
		return false
	}
	next, ok := s.limit.NextOf(v, p.row, p.value, time.UnixMilli(p.at-1))
	return !ok || next.UnixMilli() != p.at || !s.limit.Has(v, p.row, p.value)
}

// contacts returns the contacts that are asked about through rows.
func (s *limitSource) contacts(v *contact.View, rows []contact.ID) []contact.ID {
	if s.limit.Over() == filter.OverContacts || len(rows) == 0 {
		return rows
	}
	companies := contact.CompaniesIn(contact.SetOf(rows...))
	if s.limit.Over() == filter.OverPrimary {
		return v.Companies().PrimaryContactsOfAny(companies).IDs()
	}
	return v.Companies().ContactsOfAny(companies).IDs()
}

// passes is a heap by instant. It is written out because package heap would allocate each of
// them.
type passes []pass

func (p *passes) push(x pass) {
	list := append(*p, x)
	*p = list
	for i := len(list) - 1; i > 0; {
		up := (i - 1) / 2
		if list[up].at <= x.at {
			break
		}
		list[i], list[up] = list[up], x
		i = up
	}
}

// pop takes out the first one.
func (p *passes) pop() pass {
	list := *p
	first, last := list[0], len(list)-1
	x := list[last]
	list = list[:last]
	*p = list
	for i := 0; i < last; {
		down := 2*i + 1
		if down+1 < last && list[down+1].at < list[down].at {
			down++
		}
		if down >= last || x.at <= list[down].at {
			list[i] = x
			break
		}
		list[i] = list[down]
		i = down
	}
	return first
}
