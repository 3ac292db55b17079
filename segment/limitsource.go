package segment

import (
	"cmp"
	"container/heap"
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// A limitSource comes to the contacts whose values a limit passes. It is one for all
// conditions, of any number of segments, that have the limit.
//
// It looks ahead for a stretch of time: it holds the rows that the limit passes in it, as
// the column has them when it looks, sorted, and those that come to be there by a commit.
// At the end of the stretch it looks again. A value that is changed meanwhile leaves its
// entry behind; that is noticed when it is due.
type limitSource struct {
	agenda   *agenda
	limit    *filter.Limit
	segments []ID
	entry    *dueEntry

	full bool         // the fields below hold
	to   int64        // the end of the stretch
	more bool         // there is something to look for after it
	span contact.Span // of values that are passed in it
	rows []pass       // ascending
	late passes       // a heap, of what came by commits
}

// A pass is a row and the instant at which a limit passes its value.
type pass struct {
	at  int64
	row contact.ID
}

func newLimitSource(a *agenda, l *filter.Limit) *limitSource {
	s := &limitSource{agenda: a, limit: l}
	s.entry = &dueEntry{source: s}
	return s
}

// The number of rows that a limit looks ahead for: a share of all, so that the pass over
// the column that finds them costs little for each.
const (
	fewestAhead = 256
	mostAhead   = 1 << 15
	aheadShare  = 32
)

func (s *limitSource) users() []ID { return s.segments }

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
	*s = limitSource{agenda: s.agenda, limit: s.limit, segments: s.segments, entry: s.entry}
	s.agenda.hungry = true
}

// fill looks ahead from an instant on.
func (s *limitSource) fill(v *contact.View, from int64) {
	n := v.Len()
	if s.limit.Over() != filter.OverContacts {
		n = v.Companies().Len()
	}
	n = min(max(n/aheadShare, fewestAhead), mostAhead)
	begin := time.UnixMilli(from)
	end, more := s.limit.Until(v, begin, n)
	rows := s.rows[:0]
	s.limit.Passing(v, begin, end, func(row contact.ID, at time.Time) {
		rows = append(rows, pass{at.UnixMilli(), row})
	})
	slices.SortFunc(rows, comparePasses)
	*s = limitSource{agenda: s.agenda, limit: s.limit, segments: s.segments, entry: s.entry,
		full: true, to: end.UnixMilli(), more: more && end.After(begin), span: s.limit.Span(begin, end), rows: rows}
	s.agenda.filled = append(s.agenda.filled, s)
}

func comparePasses(a, b pass) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.row, b.row))
}

// note takes in that a row may have another value now.
func (s *limitSource) note(v *contact.View, row contact.ID, now int64) {
	if !s.full {
		return
	}
	x, ok := v.NumberOf(row, s.limit.Field())
	if !ok || x < s.span.Lo || x > s.span.Hi {
		return
	}
	at, ok := s.limit.Next(v, row, time.UnixMilli(now))
	if !ok {
		return
	}
	if p := (pass{at.UnixMilli(), row}); p.at <= s.to {
		heap.Push(&s.late, p)
		if len(s.late) > mostAhead+len(s.rows) {
			s.empty() // most of it is stale: values change more often than they are passed
		}
	}
}

// take looks at the rows that are due, leaves out those whose value has changed, and
// returns the contacts that they stand for.
func (s *limitSource) take(v *contact.View, at int64) (who []contact.ID) {
	var rows []contact.ID
	n := 0
	for ; n < len(s.rows) && s.rows[n].at <= at; n++ {
		rows = append(rows, s.rows[n].row)
	}
	s.rows = s.rows[n:]
	for len(s.late) > 0 && s.late[0].at <= at {
		rows = append(rows, heap.Pop(&s.late).(pass).row)
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	before, now := time.UnixMilli(at-1), time.UnixMilli(at)
	passed := rows[:0]
	for _, row := range rows {
		if next, ok := s.limit.Next(v, row, before); !ok || next.UnixMilli() != at {
			s.agenda.looked++
			continue
		}
		passed = append(passed, row)
		if next, ok := s.limit.Next(v, row, now); ok && next.UnixMilli() <= s.to {
			heap.Push(&s.late, pass{next.UnixMilli(), row})
		}
	}
	if s.more && at >= s.to {
		s.fill(v, at)
	}
	return s.contacts(v, passed)
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

// passes is a heap by instant.
type passes []pass

func (p passes) Len() int           { return len(p) }
func (p passes) Less(i, j int) bool { return p[i].at < p[j].at }
func (p passes) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }

// Push adds a pass, for [heap.Interface].
func (p *passes) Push(x any) { *p = append(*p, x.(pass)) }

// Pop takes the last one, for [heap.Interface].
func (p *passes) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
}
