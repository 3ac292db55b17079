package segment

import (
	"cmp"
	"context"
	"fmt"

	"github.com/rosterdb/roster/contact"
)

// A DifferenceError reports that a segment is not what the contacts, its
// definition and the marks by hand make it: an error of the engine, or of the
// machine it runs on.
type DifferenceError struct {
	Segment  string     // the handle
	ID       ID         // of the segment
	Layer    string     // what differs: members, matched, added, removed or handle
	Contact  contact.ID // the first that differs, 0 if it is not about one
	Kept     bool       // whether the engine has it in the layer
	Computed bool       // whether it has to be
}

// Error says what differs.
func (e *DifferenceError) Error() string {
	if e.Contact == 0 {
		return fmt.Sprintf("segment %q (%d): its %s does not lead to it", e.Segment, e.ID, e.Layer)
	}
	in := func(yes bool) string {
		if yes {
			return "in"
		}
		return "not in"
	}
	return fmt.Sprintf("segment %q (%d): contact %d is %s %s and has to be %s it", e.Segment, e.ID, e.Contact, in(e.Kept), e.Layer, in(e.Computed))
}

// Verify computes every segment anew, from the contacts, the definitions and the
// marks by hand of one version, and compares it with what the engine keeps. The
// first difference is a [*DifferenceError]. The context ends it early. It costs a
// first fill of each segment; writers go on meanwhile.
func (e *Engine) Verify(ctx context.Context) error {
	v := e.store.View()
	r := rootOf(v)
	for handle, id := range r.handles {
		if roll := r.look(id); roll.def == nil || roll.def.Handle != handle {
			return &DifferenceError{Segment: handle, ID: id, Layer: "handle"}
		}
	}
	return r.matches(ctx, v, e.asOf(v), func(roll *roll, matched, members contact.Set) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		marked := roll.added.Or(roll.removed)
		live := v.Live()
		return cmp.Or(
			roll.differs("added", roll.added, roll.added.And(live)),
			roll.differs("removed", roll.removed, roll.removed.And(live).AndNot(roll.added)),
			roll.differs("matched", roll.shadow, matched.And(marked)),
			roll.differs("members", roll.members, members),
		)
	})
}

// differs returns the first difference between what is kept of a layer and what
// was computed.
func (r *roll) differs(layer string, kept, computed contact.Set) error {
	if kept.Equal(computed) {
		return nil
	}
	e := &DifferenceError{Segment: r.def.Handle, ID: r.def.ID, Layer: layer}
	for id := range kept.AndNot(computed).Or(computed.AndNot(kept)).All() {
		e.Contact, e.Kept, e.Computed = id, kept.Contains(id), computed.Contains(id)
		break
	}
	return e
}
