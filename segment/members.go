package segment

import (
	"slices"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Members are the segments in one version of a store: who is in which, all of the
// same moment.
//
// Members is immutable and safe for concurrent use.
type Members struct{ root *root }

// At returns the segments in a version of a store that an engine is attached to.
func At(v *contact.View) Members { return Members{rootOf(v)} }

// Resolver returns what a filter that is not saved needs to know of the segments: for
// [filter.Check], [filter.Lint], [filter.Explain] and [filter.Compile]. Handles that
// name no segment of this version, or an unpublished one, are refused. What is
// compiled with it runs on any version of the store.
func (m Members) Resolver() filter.Segments { return resolver{root: m.root} }

// Count returns the number of members of a segment.
func (m Members) Count(handle string) (int, error) {
	roll, err := m.root.lookup(handle)
	if err != nil {
		return 0, err
	}
	return roll.members.Len(), nil
}

// Contains reports whether a contact is a member of a segment.
func (m Members) Contains(handle string, id contact.ID) (bool, error) {
	roll, err := m.root.lookup(handle)
	if err != nil {
		return false, err
	}
	return roll.members.Contains(id), nil
}

// Members returns the members of a segment.
func (m Members) Members(handle string) (contact.Set, error) {
	roll, err := m.root.lookup(handle)
	if err != nil {
		return contact.Set{}, err
	}
	return roll.members, nil
}

// Layers are the three layers of a segment, kept apart: its members are those
// matched or added, without those removed.
type Layers struct {
	Matched contact.Set // by the filter
	Added   contact.Set // by hand
	Removed contact.Set // by hand
}

// Layers returns the layers of a segment.
func (m Members) Layers(handle string) (Layers, error) {
	r, err := m.root.lookup(handle)
	if err != nil {
		return Layers{}, err
	}
	return Layers{r.members.AndNot(r.added).Or(r.shadow), r.added, r.removed}, nil
}

// Get returns a segment as it is defined.
func (m Members) Get(handle string) (Segment, error) {
	roll, err := m.root.lookup(handle)
	if err != nil {
		return Segment{}, err
	}
	return roll.def.segment(), nil
}

// Versions returns every version that the definition of a segment has had, in their
// order, also if it is deleted; none for an id that was never given.
func (m Members) Versions(id ID) []Segment {
	var list []Segment
	for d := m.root.latest(id); d != nil; d = d.old {
		list = append(list, d.segment())
	}
	slices.Reverse(list)
	return list
}

// segment returns the segment for a caller, who may change what is in it.
func (d *defined) segment() Segment {
	s := d.Segment
	s.Definition = s.clone()
	return s
}

// List returns all segments as they are defined, by ascending id.
func (m Members) List() []Segment {
	var list []Segment
	for roll := range m.root.all() {
		list = append(list, roll.def.segment())
	}
	return list
}

// Membership says how a contact stands to a segment.
type Membership struct {
	Segment string // the handle
	Matched bool   // the filter matches
	Added   bool   // put in by hand
	Removed bool   // taken out by hand, and so no member
}

// Member reports whether the contact is in the segment.
func (m Membership) Member() bool { return (m.Matched || m.Added) && !m.Removed }

// Of returns the segments that a contact is in, by ascending id, with how it is
// in each. It asks every segment.
func (m Members) Of(id contact.ID) []Membership {
	var list []Membership
	for r := range m.root.all() {
		if r.members.Contains(id) {
			list = append(list, r.membership(id))
		}
	}
	return list
}

// How returns how a contact stands to a segment, member or not.
func (m Members) How(handle string, id contact.ID) (Membership, error) {
	r, err := m.root.lookup(handle)
	if err != nil {
		return Membership{}, err
	}
	return r.membership(id), nil
}

func (r *roll) membership(id contact.ID) Membership {
	return Membership{
		Segment: r.def.Handle, Matched: r.matched(id),
		Added: r.added.Contains(id), Removed: r.removed.Contains(id),
	}
}
