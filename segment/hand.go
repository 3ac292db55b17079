package segment

import (
	"context"
	"errors"

	"github.com/rosterdb/roster/contact"
)

// ByHand edits members by hand: a set of contacts, in any number of segments, in
// one step. Hands go above the filter until they are reset, whatever happens to
// the data or the definition. Contacts that do not live are passed over.
type ByHand struct {
	Contacts contact.Set
	Add      []string // handles of segments to put the contacts in
	Remove   []string // to take them out of; after Add, so that a segment in both ends without them
	Reset    []string // to leave to the filter again; after Remove. With all contacts, see [contact.View.Live], every mark goes
}

// Edit puts contacts into segments, takes them out and resets them, all in one
// step. It returns what really changed in each segment, in the order of Add,
// Remove and Reset.
func (e *Engine) Edit(ctx context.Context, h ByHand) ([]Effect, error) {
	var pending []*Effect
	err := e.store.Update(ctx, func(tx *contact.Tx) (err error) {
		pending, err = e.In(tx).Edit(h)
		return err
	})
	if err != nil {
		return nil, err
	}
	effects := make([]Effect, len(pending))
	for i, p := range pending {
		effects[i] = *p
	}
	return effects, nil
}

// Add puts contacts into a segment by hand and returns how many entered.
func (e *Engine) Add(ctx context.Context, handle string, ids ...contact.ID) (int, error) {
	effects, err := e.Edit(ctx, ByHand{Contacts: contact.SetOf(ids...), Add: []string{handle}})
	if err != nil {
		return 0, err
	}
	return effects[0].Entered, nil
}

// Remove takes contacts out of a segment by hand and returns how many left. One
// that is not in it is kept from entering by the filter.
func (e *Engine) Remove(ctx context.Context, handle string, ids ...contact.ID) (int, error) {
	effects, err := e.Edit(ctx, ByHand{Contacts: contact.SetOf(ids...), Remove: []string{handle}})
	if err != nil {
		return 0, err
	}
	return effects[0].Left, nil
}

// Reset leaves contacts of a segment to its filter again.
func (e *Engine) Reset(ctx context.Context, handle string, ids ...contact.ID) (Effect, error) {
	effects, err := e.Edit(ctx, ByHand{Contacts: contact.SetOf(ids...), Reset: []string{handle}})
	if err != nil {
		return Effect{}, err
	}
	return effects[0], nil
}

type handKind uint8

const (
	handAdd handKind = iota + 1
	handRemove
	handReset
)

// A hand is an edit of one segment by hand.
type hand struct {
	kind     handKind
	segment  ID
	contacts contact.Set
}

// Edit edits members by hand, see [Engine.Edit]. The effects are filled in when
// the transaction commits. If a handle is unknown, nothing is done.
func (t Tx) Edit(h ByHand) ([]*Effect, error) {
	w, err := t.begin()
	if err != nil {
		return nil, err
	}
	var steps []step
	var wrong []error
	plan := func(kind handKind, handles []string) {
		for _, handle := range handles {
			d, err := w.find(handle)
			if err != nil {
				wrong = append(wrong, err)
				continue
			}
			steps = append(steps, step{hand: hand{kind, d.ID, h.Contacts}, effect: &Effect{Segment: handle}})
		}
	}
	plan(handAdd, h.Add)
	plan(handRemove, h.Remove)
	plan(handReset, h.Reset)
	if wrong != nil {
		return nil, errors.Join(wrong...)
	}
	effects := make([]*Effect, len(steps))
	for i, s := range steps {
		if err := t.add(w, s); err != nil {
			return nil, err
		}
		effects[i] = s.effect
	}
	return effects, nil
}

// A shift is how the layers of a roll change: what comes to each and what goes.
// The sets to come are disjoint from the layer and those to go are part of it.
type shift struct {
	come, gone [layers]contact.Set
}

// Layers of a roll by number.
const (
	layerMembers = iota
	layerAdded
	layerRemoved
	layerShadow
	layers
)

func (r *roll) layer(n int) *contact.Set {
	return [layers]*contact.Set{&r.members, &r.added, &r.removed, &r.shadow}[n]
}

// shift returns what an edit by hand of living contacts does to a roll.
func (r *roll) shift(kind handKind, ids contact.Set) (s shift) {
	marked := r.added.Or(r.removed)
	fresh := ids.AndNot(marked) // the filter has decided about these so far
	switch kind {
	case handAdd:
		s.come[layerMembers] = ids.AndNot(r.members)
		s.come[layerAdded] = ids.AndNot(r.added)
		s.gone[layerRemoved] = ids.And(r.removed)
		s.come[layerShadow] = fresh.And(r.members)
	case handRemove:
		s.gone[layerMembers] = ids.And(r.members)
		s.come[layerRemoved] = ids.AndNot(r.removed)
		s.gone[layerAdded] = ids.And(r.added)
		s.come[layerShadow] = fresh.And(r.members)
	case handReset:
		reset := ids.And(marked)
		matched := reset.And(r.shadow)
		s.come[layerMembers] = matched.AndNot(r.members)
		s.gone[layerMembers] = reset.AndNot(matched).And(r.members)
		s.gone[layerAdded] = reset.And(r.added)
		s.gone[layerRemoved] = reset.And(r.removed)
		s.gone[layerShadow] = matched
	}
	return s
}

// refill returns what a new answer of the filter does to a roll.
func (r *roll) refill(matched contact.Set) (s shift) {
	marked := r.added.Or(r.removed)
	members := r.by(matched)
	shadow := matched.And(marked)
	s.come[layerMembers] = members.AndNot(r.members)
	s.gone[layerMembers] = r.members.AndNot(members)
	s.come[layerShadow] = shadow.AndNot(r.shadow)
	s.gone[layerShadow] = r.shadow.AndNot(shadow)
	return s
}

// without returns what the end of some contacts does to a roll.
func (r *roll) without(ids contact.Set) (s shift) {
	for n := range layers {
		s.gone[n] = ids.And(*r.layer(n))
	}
	return s
}
