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
	c       *contact.Commit // nil but while contacts move because of what changed of them
	touched []contact.Touched
	byID    map[contact.ID]int32           // once it is needed
	did     map[did]bool                   // the same
	edited  map[contact.CompanyID][]uint16 // the same: which fields

	companies []contact.CompanyID // of a contact
}

// A did says that events of a type, of a contact, were recorded or deleted.
type did struct {
	who   contact.ID
	event int
}

// read reports whether something that a filter reads of a contact itself has changed.
func (m *moved) read(p *filter.Program, who contact.ID) bool {
	return m.readValues(p, who) || m.readEvents(p, who)
}

// readValues reports whether a field that a filter reads has changed, or a company.
func (m *moved) readValues(p *filter.Program, who contact.ID) bool {
	t := m.find(who)
	switch {
	case t == nil:
		return false
	case t.Kind == contact.Created:
		return true
	}
	primary, any := p.CompanyFields()
	return t.Primary && len(primary) > 0 || t.Companies && len(any) > 0 ||
		overlap(p.Fields(), t.Fields)
}

// readEvents reports whether events that a filter reads were recorded or deleted.
func (m *moved) readEvents(p *filter.Program, who contact.ID) bool {
	if m.c == nil || m.c.EventChanges() == 0 {
		return false
	}
	if m.did == nil {
		m.did = make(map[did]bool)
		for e := range m.c.Events() {
			m.did[did{e.Contact, e.Event.Index()}] = true
		}
	}
	return slices.ContainsFunc(p.EventTypes(), func(h contact.EventHandle) bool { return m.did[did{who, h.Index()}] })
}

// mixed reports whether contacts move by what they did and others, or the same ones, by
// what else has changed.
func (m *moved) mixed() bool {
	return m.c != nil && m.c.Cause() == contact.CauseData && m.c.EventChanges() > 0 && m.c.Changes() > 0
}

// cause returns why a contact flips that is itself the reason: what it did, if nothing
// else of it, or of its companies, has changed and the transaction says no other cause.
func (m *moved) cause(p *filter.Program, who contact.ID) contact.Cause {
	cause := m.c.Cause()
	switch {
	case cause != contact.CauseData || m.c.EventChanges() == 0:
		return cause
	case m.c.Changes() == 0, m.readEvents(p, who) && !m.readValues(p, who) && !m.readCompanies(p, who):
		return contact.CauseEvent
	}
	return cause
}

// readCompanies reports whether a field that a filter reads has changed of a company that
// a contact has.
func (m *moved) readCompanies(p *filter.Program, who contact.ID) bool {
	primary, any := p.CompanyFields()
	if len(primary)+len(any) == 0 {
		return false
	}
	if m.edited == nil {
		m.edited = make(map[contact.CompanyID][]uint16)
		for t := range m.c.Companies() {
			if t.Kind == contact.Updated {
				m.edited[t.ID] = t.Fields
			}
		}
	}
	companies := m.c.View().Companies()
	if overlap(primary, m.edited[companies.Primary(who)]) {
		return true
	}
	if len(any) == 0 || len(m.edited) == 0 {
		return false
	}
	m.companies = companies.AppendIDs(m.companies[:0], who)
	return slices.ContainsFunc(m.companies, func(id contact.CompanyID) bool { return overlap(any, m.edited[id]) })
}

// overlap reports whether a field is among the changed ones.
func overlap(fields []contact.Field, changed []uint16) bool {
	return slices.ContainsFunc(fields, func(f contact.Field) bool { return slices.Contains(changed, uint16(f.Index())) })
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
