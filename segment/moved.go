package segment

import (
	"slices"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// moved tells whether a contact that flips because another segment did would have
// been a reason by itself: then that is the one told. The finder passes over segments
// whose answer hangs on the other segment alone.
type moved struct {
	touched []contact.Touched
	byID    map[contact.ID]int32 // once it is needed
}

// read reports whether something that a filter reads of a contact itself has changed.
func (m *moved) read(p *filter.Program, who contact.ID) bool {
	t := m.find(who)
	switch {
	case t == nil:
		return false
	case t.Kind == contact.Created:
		return true
	}
	primary, any := p.CompanyFields()
	return t.Primary && len(primary) > 0 || t.Companies && len(any) > 0 ||
		slices.ContainsFunc(p.Fields(), func(f contact.Field) bool { return slices.Contains(t.Fields, uint16(f.Index())) })
}

// find returns what a transaction did to a contact, nil if nothing.
func (m *moved) find(who contact.ID) *contact.Touched {
	const few = 8
	if len(m.touched) <= few {
		if i := slices.IndexFunc(m.touched, func(t contact.Touched) bool { return t.ID == who }); i >= 0 {
			return &m.touched[i]
		}
		return nil
	}
	if m.byID == nil {
		m.byID = make(map[contact.ID]int32, len(m.touched))
		for i := range m.touched {
			m.byID[m.touched[i].ID] = int32(i)
		}
	}
	if i, ok := m.byID[who]; ok {
		return &m.touched[i]
	}
	return nil
}
