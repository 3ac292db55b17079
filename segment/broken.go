package segment

import (
	"slices"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// A broken definition is one that was accepted once and that this program can't use:
// its filter names a field that the schema no longer has, a time zone that this machine
// does not know, an expression that another version of the program understood. It is
// found when a store is opened. Its segment keeps the members it has, but for contacts
// that are deleted and edits by hand, until it gets a definition that can be used, or
// until a program opens the store that can use this one. That the members of a segment
// are not what its filter says any more is noted on disk, or else they would be
// trusted then.

// breaks returns the definition as one that can't be used.
func (d *defined) breaks(err error) *defined {
	made := *d
	made.program = nil
	made.Broken = &DefinitionError{d.Handle, err}
	return &made
}

// asBroken returns the definition with what is wrong with another one.
func (d *defined) asBroken(as *defined) { d.program, d.Broken, d.raw = nil, as.Broken, as.raw }

// compile makes programs of all filters and resolves the segments they name. Where that
// fails the definition is broken, and the others go on.
func (r *root) compile(schema *contact.Schema) {
	schema = schema.WithHidden() // a filter that is stored may read what hosts don't see any more
	for roll := range r.all() {
		if roll.def.Broken == nil && roll.def.Dynamic() {
			roll.def = r.compiled(roll.def, schema)
		}
	}
	r.breakCircles()
}

// compiled returns a definition with its program, or broken.
func (r *root) compiled(d *defined, schema *contact.Schema) *defined {
	made, whole := *d, true
	for _, c := range d.Filter.Conditions() {
		for ref := range c.Segments() {
			if id := r.handles.find(ref); id != 0 {
				made.refs = append(made.refs, id)
			} else {
				whole = false
			}
		}
	}
	slices.Sort(made.refs)
	made.refs = slices.Compact(made.refs)
	var err error
	if made.program, err = filter.Compile(d.Filter, schema, &filter.CompileOptions{Segments: stored{}}); err == nil && !whole {
		err = filter.Check(d.Filter, schema, knower{r})
	}
	if err != nil {
		return made.breaks(err)
	}
	return &made
}

// A knower refuses handles that name no segment, whatever the state of the others.
type knower struct{ root *root }

func (k knower) Check(ref string) error {
	_, err := k.root.lookup(ref)
	return err
}

func (knower) Members(v *contact.View, ref string) contact.Set { return stored{}.Members(v, ref) }

// breakCircles breaks a definition of each circle of references, without which there is
// none. It looks at each reference once.
func (r *root) breakCircles() {
	const (
		underWay = 1 + iota
		done
	)
	state := make([]uint8, r.last+1)
	var way []ID
	var visit func(id ID)
	visit = func(id ID) {
		state[id] = underWay
		way = append(way, id)
		for _, ref := range r.roll(id).def.refs {
			if state[ref] == 0 {
				visit(ref)
			}
			if state[ref] == underWay {
				r.roll(id).def = r.breakCircle(way[slices.Index(way, ref):])
				break
			}
		}
		way = way[:len(way)-1]
		state[id] = done
	}
	for roll := range r.all() {
		if id := roll.def.ID; state[id] == 0 {
			visit(id)
		}
	}
}

// breakCircle returns the last of some segments that refer to each other in a circle,
// broken and without references.
func (r *root) breakCircle(circle []ID) *defined {
	d := r.roll(circle[len(circle)-1]).def
	handles := []string{d.Handle}
	for _, id := range circle {
		handles = append(handles, r.roll(id).def.Handle)
	}
	made := d.breaks(&CycleError{handles})
	made.refs = nil
	return made
}

// broken returns the segments whose definition is broken, by ascending id.
func (r *root) broken() (list []ID) {
	for roll := range r.all() {
		if roll.def.Broken != nil {
			list = append(list, roll.def.ID)
		}
	}
	return list
}

// healed reports whether a segment that was broken is so no more.
func (r *root) healed() bool {
	return slices.ContainsFunc(r.astray, func(id ID) bool {
		def := r.look(id).def
		return def != nil && def.Broken == nil
	})
}

// mend notes that a broken segment is not broken any more, or deleted.
func (p *preparation) mend(id ID) {
	at, found := slices.BinarySearch(p.root.astray, id)
	if !found {
		return
	}
	rest := slices.Delete(slices.Clone(p.root.astray), at, at+1)
	p.setProof(proof{meaning: p.root.meaning, astray: rest, repair: p.engine.work.repair})
}

// trusted returns whom the filter of a broken segment is taken to match: the members
// that it has, but for those that a hand has put in.
func (r *roll) trusted() contact.Set { return r.members.AndNot(r.added).Or(r.shadow) }

// mayRead reports whether a broken filter names a field.
func mayRead(f filter.Filter, field contact.Field) bool {
	name := field.Name()
	for path, c := range f.Conditions() {
		switch {
		case path.OnEvent(): // an attribute
		case field.OfCompany() && (path.OnCompany() && c.Field() == name || c.Field() == "company."+name):
			return true
		case !field.OfCompany() && !path.OnCompany() && c.Field() == name:
			return true
		}
	}
	return false
}

// ofZone reports whether a filter has each contact's zone from a field.
func ofZone(f filter.Filter, field contact.Field) bool {
	return !field.OfCompany() && f.Zone().Field == field.Name()
}
