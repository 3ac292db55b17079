package segment

import (
	"slices"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// A because is why a contact moves: the cause, and if that is a segment, which.
type because struct {
	cause contact.Cause
	via   ID
}

// cause returns why a segment is brought up to date: for a change of a segment it
// names, or else for what the transaction itself is.
func (p *preparation) cause(via ID) contact.Cause {
	switch {
	case via != 0:
		return contact.CauseSegment
	case p.mending:
		return contact.CauseRepair
	case p.dated:
		return contact.CauseDefinition
	case p.moved.c != nil && p.c.Cause() == contact.CauseData && p.c.Changes() == 0:
		return contact.CauseEvent
	}
	return p.c.Cause()
}

// causeOf returns why one contact flips.
func (p *preparation) causeOf(program *filter.Program, who contact.ID, via ID) contact.Cause {
	if via == 0 && p.moved.c != nil {
		return p.moved.cause(program, who)
	}
	return p.cause(via)
}

// tell puts the moves of a segment that was asked about all contacts into the feed, each
// with the reason that it would have if it had been asked about alone: one record for all
// that share theirs.
func (p *preparation) tell(d *defined, kind Kind, set contact.Set, asked popped) {
	if set.Len() == 0 {
		return
	}
	if why, same := p.reasonOfAll(d, &asked); same {
		p.report(d, kind, set, why)
		return
	}
	var whys []because
	var parts [][]contact.ID
	for who := range set.All() {
		why := p.reasonOf(d.program, who, &asked)
		at := slices.Index(whys, why)
		if at < 0 {
			at = len(whys)
			whys, parts = append(whys, why), append(parts, nil)
		}
		parts[at] = append(parts[at], who)
	}
	for i, why := range whys {
		p.report(d, kind, contact.SetOf(parts[i]...), why)
	}
}

// reasonOfAll returns the reason of all moves of a segment, if it is clear that they have
// the same.
func (p *preparation) reasonOfAll(d *defined, asked *popped) (because, bool) {
	switch {
	case len(d.refs) > 0 && (p.moved.c != nil || len(asked.crowds) > 1 || len(asked.contacts) > 0):
		return because{}, false
	case p.moved.mixed():
		return because{}, false
	}
	via := asked.crowds[0].via
	return because{p.cause(via), via}, true
}

// reasonOf returns why a contact moves in a segment that was asked about all.
func (p *preparation) reasonOf(program *filter.Program, who contact.ID, asked *popped) because {
	via := asked.via(who)
	if via != 0 && p.moved.read(program, who) {
		via = 0
	}
	return because{p.causeOf(program, who, via), via}
}

// via returns the first segment because of which a contact is asked about, 0 if it is the
// contact itself.
func (a *popped) via(who contact.ID) (first ID) {
	found := false
	if i, ok := slices.BinarySearchFunc(a.contacts, who, func(a asked, who contact.ID) int { return int(a.contact) - int(who) }); ok {
		first, found = a.contacts[i].via, true
	}
	for _, c := range a.crowds {
		if (!found || c.via < first) && c.who.Contains(who) {
			first, found = c.via, true
		}
	}
	return first
}
