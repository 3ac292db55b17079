package segment

import (
	"slices"

	"github.com/rosterdb/roster/contact"
)

// An undo says how to take back one thing that was done.
type undo struct {
	segment ID
	contact contact.ID
	set     contact.Set // instead of contact, if not empty
	back    *former     // instead of a change of a layer: what the segment was
	layer   uint8
	came    bool
}

// A former is what a segment was before its definition changed, with the last id given then:
// its definition only, or all of it if it was deleted.
type former struct {
	roll roll
	last ID
}

// undo takes back everything, the newest first.
func (p *preparation) undo() {
	for _, u := range slices.Backward(p.journal) {
		r := p.root.writableRoll(p.c, u.segment)
		if u.back != nil {
			was := r.def.references()
			if r.def != nil { // a definition: what it did to the layers is taken back already, in place
				if u.back.roll.def == nil {
					p.root.dropHandle(p.c, r.def.Handle)
				}
				r.def = u.back.roll.def
			} else {
				*r = u.back.roll
				p.root.bury(u.segment, nil)
			}
			if r.def != nil {
				p.root.putHandle(p.c, r.def.Handle, r.def.ID)
			}
			p.links().relink(p.root, u.segment, was, r.def.references())
			p.root.last = u.back.last
			p.engine.work.redefined(u.segment)
			continue
		}
		l := r.layer(int(u.layer))
		switch {
		case u.set.Len() > 0 && u.came:
			*l = p.c.RemoveSet(*l, u.set)
		case u.set.Len() > 0:
			*l = p.c.AddSet(*l, u.set)
		case u.came:
			*l, _ = p.c.Remove(*l, u.contact)
		default:
			*l, _ = p.c.Add(*l, u.contact)
		}
	}
	p.undoUses()
	p.journal = nil
	p.engine.work.agenda.undo(p.taken)
	p.taken = nil
	p.root.change = p.batch.first - 1
	if p.before != nil {
		p.setProof(*p.before)
	}
}

// edits are the definitions that a transaction made, changed and deleted, and the users
// that came and went.
type edits struct {
	made    []*defined
	deleted []ID
	uses    []used
}

// A proof is what is known of the members being right.
type proof struct {
	meaning string
	astray  []ID
	noted   bool
	repair  []ID // see scratch
}

// edited returns the edits, to add to them.
func (p *preparation) edited() *edits {
	if p.edits == nil {
		p.edits = &edits{}
	}
	return p.edits
}

// setProof changes what is known of the members, and notes what was.
func (p *preparation) setProof(now proof) {
	if p.before == nil {
		p.before = &proof{p.root.meaning, p.root.astray, p.root.noted, p.engine.work.repair}
	}
	p.root.meaning, p.root.astray, p.root.noted, p.engine.work.repair = now.meaning, now.astray, now.noted, now.repair
}
