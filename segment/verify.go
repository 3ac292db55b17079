package segment

import (
	"cmp"
	"context"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// A DifferenceError reports that a segment is not what the contacts, its
// definition and the marks by hand make it: an error of the engine, or of the
// machine it runs on.
type DifferenceError struct {
	Segment  string     // the handle
	ID       ID         // of the segment
	Version  int        // of its definition
	Commit   uint64     // number of the version of the store that was looked at
	Layer    string     // what differs: members, matched, added, removed or handle
	Contact  contact.ID // the first that differs, 0 if it is not about one
	Kept     bool       // whether the engine has it in the layer
	Computed bool       // whether it has to be
	Stored   Membership // how the contact stands to the segment by what the engine keeps

	// Filter explains what the filter says of the contact; nil if it is not about one,
	// and if the segment is static or broken.
	Filter *filter.Explanation
}

// Error says what differs.
func (e *DifferenceError) Error() string {
	where := fmt.Sprintf("segment %q (%d), version %d, at commit %d", e.Segment, e.ID, e.Version, e.Commit)
	if e.Contact == 0 {
		return where + ": its " + e.Layer + " does not lead to it"
	}
	in := func(yes bool) string {
		if yes {
			return "in"
		}
		return "not in"
	}
	text := fmt.Sprintf("%s: contact %d is %s %s and has to be %s it", where, e.Contact, in(e.Kept), e.Layer, in(e.Computed))
	if e.Filter != nil {
		text += "; the filter " + e.Filter.Summary()
	}
	return text
}

// Verify computes every segment anew, from the contacts, the definitions and the
// marks by hand of one version, and compares it with what the engine keeps. The
// first difference is a [*DifferenceError], in an order in which segments come after
// those that their filters name. The members of a segment that is broken are not
// looked at. The context ends it early.
//
// It costs a first fill of each segment. Writers go on meanwhile; the version is held
// for as long as it takes, which costs them a copy of each page that they change.
// [Engine.VerifySlice] does the same in small steps.
func (e *Engine) Verify(ctx context.Context) error {
	v := e.store.View()
	r := rootOf(v)
	for handle, id := range r.handles.all() {
		if roll := r.look(id); roll.def == nil || roll.def.Handle != handle {
			return &DifferenceError{Segment: handle, ID: id, Commit: v.Number(), Layer: "handle"}
		}
	}
	for roll := range r.all() {
		if err := r.checkHandle(roll, v); err != nil {
			return err
		}
	}
	return r.matches(ctx, v, e.asOf(v), func(roll *roll, program *filter.Program, matched contact.Set) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		return roll.compare(v, program, matched, nil)
	})
}

// A Slice is a part of what [Engine.VerifySlice] compares: a segment, and in it a block
// of 65 536 contacts. The zero Slice is the first one.
type Slice struct {
	Segment ID
	Block   int // from 0
}

const blockSize = 1 << 16

// VerifySlice does a part of what [Engine.Verify] does and returns the next part, the
// zero Slice if this was the last, so that everything can be compared over and over in
// the background:
//
//	for at := (segment.Slice{}); ctx.Err() == nil; time.Sleep(pause) {
//		if at, err = eng.VerifySlice(ctx, at); err != nil {
//			report(err)
//		}
//	}
//
// Each part is compared in the version that is newest when it is called. A difference
// is a [*DifferenceError], and the next part is good all the same; if the context ends
// it early, it is the same part again. A segment that was deleted meanwhile is passed
// over. What a filter says of the segments that it names is taken from their members as
// they are kept: these have slices of their own.
//
// A part costs at most 65 536 questions to one filter, some 5 ms if that has a few
// conditions, and holds a version for as long; a static segment is one part.
func (e *Engine) VerifySlice(ctx context.Context, at Slice) (next Slice, err error) {
	if ctx.Err() != nil {
		return at, context.Cause(ctx)
	}
	v := e.store.View()
	r := rootOf(v)
	roll, after := r.from(at.Segment)
	if roll == nil {
		return Slice{}, nil
	}
	if at.Block = max(at.Block, 0); roll.def.ID != at.Segment {
		at = Slice{Segment: roll.def.ID}
	}
	if at.Block == 0 {
		err = r.checkHandle(roll, v)
	}
	next = Slice{Segment: after}
	var part *contact.Set // nil: all
	if roll.def.program != nil {
		first := uint64(at.Block) * blockSize
		if roll.last(v) >= first+blockSize {
			next = Slice{at.Segment, at.Block + 1}
		}
		part = span(first, first+blockSize)
	}
	if err != nil {
		return next, err
	}
	program := roll.def.program
	if program != nil {
		program = program.At(e.asOf(v))
	}
	matched, err := roll.ask(ctx, v, program, part)
	if err != nil {
		return at, err
	}
	return next, roll.compare(v, program, matched, part)
}

// last returns the last contact that lives or is in a layer.
func (r *roll) last(v *contact.View) (last uint64) {
	for _, s := range []contact.Set{v.Live(), r.members, r.added, r.removed, r.shadow} {
		for id := range s.Backward() {
			last = max(last, uint64(id))
			break
		}
	}
	return last
}

// checkHandle reports a segment whose handle does not lead to it.
func (r *root) checkHandle(roll *roll, v *contact.View) error {
	if r.handles.find(roll.def.Handle) == roll.def.ID {
		return nil
	}
	return &DifferenceError{Segment: roll.def.Handle, ID: roll.def.ID, Version: roll.def.Version, Commit: v.Number(), Layer: "handle"}
}

// from returns the first segment with at least a certain id, nil if there is none, and
// the id of the one after it, 0 if there is none.
func (r *root) from(id ID) (found *roll, after ID) {
	for id = max(id, 1); id <= r.last; id++ {
		switch roll := r.roll(id); {
		case roll.def == nil:
		case found == nil:
			found = roll
		default:
			return found, id
		}
	}
	return found, 0
}

// span returns the contacts from one id on up to another.
func span(first, end uint64) *contact.Set {
	b := roaring.New()
	b.AddRange(max(first, 1), end)
	s := contact.SetOfBitmap(b)
	return &s
}

// ask returns whom the filter of a segment matches, at least of some contacts.
func (r *roll) ask(ctx context.Context, v *contact.View, program *filter.Program, part *contact.Set) (contact.Set, error) {
	switch {
	case r.def.Broken != nil:
		return r.trusted(), nil
	case program == nil:
		return contact.Set{}, nil
	case v.Len() <= blockSize:
		return program.Select(ctx, v)
	}
	b, n := roaring.New(), 0
	for id := range v.Live().And(*part).All() {
		if n++; n%1024 == 0 && ctx.Err() != nil {
			return contact.Set{}, context.Cause(ctx)
		}
		if program.Match(v, id) {
			b.Add(uint32(id))
		}
	}
	return contact.SetOfBitmap(b), nil
}

// compare compares what is kept of some contacts, nil for all, with whom of them the
// filter matches.
func (r *roll) compare(v *contact.View, program *filter.Program, matched contact.Set, part *contact.Set) error {
	marked := r.added.Or(r.removed)
	added, removed := r.added.And(v.Live()), r.removed.And(v.Live()).AndNot(r.added)
	differs := func(layer string, kept, computed contact.Set) error {
		if part != nil {
			kept, computed = kept.And(*part), computed.And(*part)
		}
		if kept.Equal(computed) {
			return nil
		}
		e := &DifferenceError{Segment: r.def.Handle, ID: r.def.ID, Version: r.def.Version, Commit: v.Number(), Layer: layer}
		for id := range kept.AndNot(computed).Or(computed.AndNot(kept)).All() {
			e.Contact, e.Kept, e.Computed, e.Stored = id, kept.Contains(id), computed.Contains(id), r.membership(id)
			if program != nil {
				e.Filter = program.Explain(v, id)
			}
			break
		}
		return e
	}
	return cmp.Or(
		differs("added", r.added, added),
		differs("removed", r.removed, removed),
		differs("matched", r.shadow, matched.And(marked)),
		differs("members", r.members, r.by(matched)),
	)
}
