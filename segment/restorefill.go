package segment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// finish makes what was gathered into the segments of a version, and returns those
// whose members are not what their filter says at the version's time. With recheck every filter is
// asked about everybody; without it only if the members were stored under another
// meaning of filters, or by an engine that did not say.
func (r *restorer) finish(v *contact.View, recheck bool) (out *root, wrong []ID, err error) {
	if err := r.check(); err != nil {
		return nil, nil, err
	}
	out = r.root()
	if err := out.compile(v.Schema()); err != nil {
		return nil, nil, err
	}
	changed := out.last == 0 && out.meaning != meaning(nil)
	if out.last > 0 && !stillMeant(out.meaning, out.zones()) {
		recheck, changed = true, true
	}
	if recheck {
		wrong, err = out.recompute(v)
	} else {
		err = out.shade(v)
	}
	if err != nil {
		return nil, nil, err
	}
	if changed && wrong == nil {
		out.meaning, out.noted = meaning(out.zones()), false
	}
	return out, wrong, nil
}

// compile makes programs of all filters and resolves the segments they name.
func (r *root) compile(schema *contact.Schema) error {
	schema = schema.WithHidden() // a filter that is stored may read what hosts don't see any more
	for roll := range r.all() {
		if !roll.def.Dynamic() {
			continue
		}
		d := *roll.def
		var err error
		if d.program, err = filter.Compile(d.Filter, schema, &filter.CompileOptions{Segments: stored{}}); err != nil {
			return fmt.Errorf("segment %q: %w", d.Handle, err)
		}
		for _, c := range d.Filter.Conditions() {
			for ref := range c.Segments() {
				id, ok := r.handles[ref]
				if !ok {
					return damaged("segment %q names %q, which does not exist", d.Handle, ref)
				}
				d.refs = append(d.refs, id)
			}
		}
		slices.Sort(d.refs)
		d.refs = slices.Compact(d.refs)
		roll.def = &d
	}
	refs := func(id ID) []ID { return r.roll(id).def.refs }
	for roll := range r.all() {
		if path := cyclePath(roll.def.ID, roll.def.refs, refs); path != nil {
			return damaged("segment %q refers to itself", roll.def.Handle)
		}
	}
	return nil
}

// shade asks the filters about those marked by hand.
func (r *root) shade(v *contact.View) error {
	members := func(id ID) contact.Set { return r.roll(id).members }
	for roll := range r.all() {
		marked := roll.added.Or(roll.removed)
		if marked.Len() == 0 || !roll.def.Dynamic() {
			continue
		}
		program, err := r.bind(roll.def, v.Schema(), members)
		if err != nil {
			return err
		}
		program = program.At(v.Time())
		if marked.Len() > 256+v.Len()/64 { // as in preparation.many
			matched, err := program.Select(context.Background(), v)
			if err != nil {
				return err
			}
			roll.shadow = matched.And(marked)
			continue
		}
		var in []contact.ID
		for id := range marked.All() {
			if program.Match(v, id) {
				in = append(in, id)
			}
		}
		roll.shadow = contact.SetOf(in...)
	}
	return nil
}

// recompute asks the filters about everybody. It sets the shadows and returns the
// segments whose members are others.
func (r *root) recompute(v *contact.View) (wrong []ID, err error) {
	err = r.matches(context.Background(), v, v.Time(), func(roll *roll, matched, members contact.Set) error {
		roll.shadow = matched.And(roll.added.Or(roll.removed))
		if !roll.members.Equal(members) {
			wrong = append(wrong, roll.def.ID)
		}
		return nil
	})
	slices.Sort(wrong)
	return wrong, err
}

// matches calls yield for each segment, after those it names, with whom its filter
// matches and who its members have to be, all from the contacts, the definitions
// and the marks by hand, as of an instant.
func (r *root) matches(ctx context.Context, v *contact.View, at time.Time, yield func(roll *roll, matched, members contact.Set) error) error {
	computed := make(map[ID]contact.Set)
	g := newGraph(r)
	for _, id := range g.order(r) {
		roll := r.roll(id)
		var matched contact.Set
		if roll.def.Dynamic() {
			program, err := r.bind(roll.def, v.Schema(), func(ref ID) contact.Set { return computed[ref] })
			if err != nil {
				return err
			}
			if matched, err = program.At(at).Select(ctx, v); err != nil {
				return err
			}
		}
		members := matched.AndNot(roll.removed).Or(roll.added)
		if len(g.users[id]) > 0 {
			computed[id] = members
		}
		if err := yield(roll, matched, members); err != nil {
			return err
		}
	}
	return nil
}

// bound answers what a program asks of segments in its own way.
type bound struct {
	root    *root
	members func(ID) contact.Set
}

func (bound) Check(string) error { return nil }

func (b bound) Members(_ *contact.View, ref string) contact.Set {
	if id, ok := b.root.handles[ref]; ok {
		return b.members(id)
	}
	return contact.Set{}
}

// bind compiles a filter anew, with its own members for the segments that it names.
func (r *root) bind(d *defined, schema *contact.Schema, members func(ID) contact.Set) (*filter.Program, error) {
	if len(d.refs) == 0 && d.program != nil {
		return d.program, nil
	}
	return filter.Compile(d.Filter, schema.WithHidden(), &filter.CompileOptions{Segments: bound{r, members}})
}
