package segment

import (
	"context"
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// finish makes what was gathered into the segments of a version, and returns those
// whose members are not what their filter says at the version's time. With recheck every filter is
// asked about everybody; without it only if the members were stored under another
// meaning of filters, or by an engine that did not say, or if a definition can be used
// again that was broken.
func (r *restorer) finish(v *contact.View, recheck bool) (out *root, wrong []ID, err error) {
	if err := r.check(); err != nil {
		return nil, nil, err
	}
	out = r.root()
	out.compile(v.Schema())
	schema := v.Schema()
	changed := out.last == 0 && out.meaning != meaning(schema, nil) || out.last > 0 && !stillMeant(out.meaning, schema, out.zones())
	if changed && out.last > 0 || out.healed() {
		recheck = true
	}
	if recheck {
		wrong, err = out.recompute(v)
	} else {
		err = out.shade(v)
	}
	if err != nil {
		return nil, nil, err
	}
	if broken := out.broken(); wrong == nil && (changed || !slices.Equal(out.astray, broken)) {
		if changed {
			out.meaning = meaning(schema, out.zones())
		}
		out.astray, out.noted = broken, false
	}
	return out, wrong, nil
}

// shade asks the filters about those marked by hand.
func (r *root) shade(v *contact.View) error {
	members := func(id ID) contact.Set { return r.roll(id).members }
	for roll := range r.all() {
		marked := roll.added.Or(roll.removed)
		if marked.Len() == 0 || !roll.def.Dynamic() || roll.def.Broken != nil {
			continue
		}
		program, err := r.bind(roll.def, v.Schema(), members)
		if err != nil {
			return err
		}
		program = program.At(v.Time())
		if manyOf(marked.Len(), v) {
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
	err = r.matches(context.Background(), v, v.Time(), func(roll *roll, _ *filter.Program, matched contact.Set) error {
		roll.shadow = matched.And(roll.added.Or(roll.removed))
		if !roll.members.Equal(roll.by(matched)) {
			wrong = append(wrong, roll.def.ID)
		}
		return nil
	})
	slices.Sort(wrong)
	return wrong, err
}

// matches calls yield for each segment, after those it names, with whom its filter
// matches and the program that says so, all from the contacts, the definitions and the
// marks by hand, as of an instant. A segment that is broken is what it is.
func (r *root) matches(ctx context.Context, v *contact.View, at time.Time, yield func(*roll, *filter.Program, contact.Set) error) error {
	computed := make(map[ID]contact.Set)
	g := newGraph(r)
	for _, id := range g.order(r) {
		roll := r.roll(id)
		var matched contact.Set
		var program *filter.Program
		switch {
		case roll.def.Broken != nil:
			matched = roll.trusted()
		case roll.def.Dynamic():
			var err error
			if program, err = r.bind(roll.def, v.Schema(), func(ref ID) contact.Set { return computed[ref] }); err != nil {
				return err
			}
			program = program.At(at)
			if matched, err = program.Select(ctx, v); err != nil {
				return err
			}
		}
		if len(g.users[id]) > 0 {
			computed[id] = roll.by(matched)
		}
		if err := yield(roll, program, matched); err != nil {
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
	if id := b.root.handles.find(ref); id != 0 {
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
