package segment

import (
	"slices"

	"github.com/rosterdb/roster/contact"
)

// An undo says how to take back one thing that was done.
type undo struct {
	segment ID
	layer   int
	contact contact.ID
	set     contact.Set // instead of contact, if not empty
	came    bool
	restore bool // instead of all that: put the definition back, and a deleted roll with it
	roll    roll
	last    ID
}

// undo takes back everything, the newest first.
func (p *preparation) undo() {
	for _, u := range slices.Backward(p.journal) {
		r := p.root.writableRoll(p.c, u.segment)
		if u.restore {
			if r.def != nil { // a definition: what it did to the layers is taken back already, in place
				delete(p.root.writableHandles(p.c), r.def.Handle)
				r.def = u.roll.def
			} else {
				*r = u.roll
				p.root.bury(u.segment, nil)
			}
			if r.def != nil {
				p.root.writableHandles(p.c)[r.def.Handle] = r.def.ID
			}
			p.root.last, p.root.graph, p.root.finder = u.last, nil, nil
			continue
		}
		layer := r.layer(u.layer)
		switch {
		case u.set.Len() > 0 && u.came:
			*layer = p.c.RemoveSet(*layer, u.set)
		case u.set.Len() > 0:
			*layer = p.c.AddSet(*layer, u.set)
		case u.came:
			*layer, _ = p.c.Remove(*layer, u.contact)
		default:
			*layer, _ = p.c.Add(*layer, u.contact)
		}
	}
	p.undoUses()
	p.journal = nil
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
