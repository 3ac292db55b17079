package segment

import (
	"math"
	"slices"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// A register is the sources whose limits come to the values of one field, or to the times of
// the events of one type. Each value that comes is in the stretch of few of them: so the
// stretches lie together, and a look at one takes a nanosecond or two.
type register struct {
	field   contact.Field // of contacts or of companies; zero for events
	sources []*limitSource
	spans   []contact.Span // of values in their stretches, by source
}

// nothing is the span of a source that has not looked ahead.
var nothing = contact.Span{Lo: math.Inf(1), Hi: math.Inf(-1)}

func (r *register) add(s *limitSource) {
	s.register, s.place = r, len(r.sources)
	span := nothing
	if s.full {
		span = s.span
	}
	r.sources, r.spans = append(r.sources, s), append(r.spans, span)
}

// remove takes a source out, and reports whether none is left.
func (r *register) remove(s *limitSource) (none bool) {
	r.sources, r.spans = swapOut(r.sources, s.place), swapOut(r.spans, s.place)
	if s.place < len(r.sources) {
		r.sources[s.place].place = s.place
	}
	s.register = nil
	return len(r.sources) == 0
}

// note takes in that a row has come to have a value.
func (r *register) note(a *agenda, v *contact.View, row contact.ID, x float64) {
	for i := range r.spans {
		if span := &r.spans[i]; x >= span.Lo && x <= span.Hi {
			if s := r.sources[i]; s.noteValue(v, row, x, a.at) {
				a.queue.fix(s.entry)
			}
		}
	}
}

// registers are those of fields, or of types of events, by index.
type registers map[int]*register

// note takes in what a commit has changed of a row, which is a contact or a company.
func (m registers) note(a *agenda, v *contact.View, row contact.ID, kind contact.ChangeKind, fields []uint16) {
	look := func(r *register) {
		if x, ok := v.NumberOf(row, r.field); ok {
			r.note(a, v, row, x)
		}
	}
	switch kind {
	case contact.Deleted:
	case contact.Created:
		for _, r := range m {
			look(r)
		}
	default:
		for _, field := range fields {
			if r := m[int(field)]; r != nil {
				look(r)
			}
		}
	}
}

// home returns the registers that a limit belongs to, and where in them.
func (a *agenda) home(l *filter.Limit) (m registers, i int, field contact.Field) {
	switch l.Over() {
	case filter.OverEvents:
		return a.events, l.Event().Index(), field
	case filter.OverContacts:
		return a.contacts, l.Field().Index(), l.Field()
	}
	return a.companies, l.Field().Index(), l.Field()
}

// enrol files a source under what decides when it comes to a row.
func (a *agenda) enrol(s *limitSource) {
	m, i, field := a.home(s.limit)
	if m[i] == nil {
		m[i] = &register{field: field}
	}
	m[i].add(s)
	if zone, ok := s.limit.Zone(); ok {
		a.zones[zone.Index()] = append(a.zones[zone.Index()], s)
	}
}

// expel undoes enrol.
func (a *agenda) expel(s *limitSource) {
	m, i, _ := a.home(s.limit)
	if m[i].remove(s) {
		delete(m, i)
	}
	if zone, ok := s.limit.Zone(); ok {
		i := zone.Index()
		if a.zones[i] = swapOut(a.zones[i], slices.Index(a.zones[i], s)); len(a.zones[i]) == 0 {
			delete(a.zones, i)
		}
	}
}
