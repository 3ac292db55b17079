package segment

import (
	"fmt"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// followCalendar brings the segments up to date with another calendar: their filters
// mean something else now, so the cause is the definition.
func (p *preparation) followCalendar() error {
	schema := p.c.View().Schema().WithHidden() // a filter that is stored may read what hosts don't see any more
	p.setProof(proof{meaning: meaning(schema), astray: p.root.astray, repair: p.engine.work.repair})
	p.queue.reset(p.root.links())
	p.dated = true
	defer func() { p.dated = false }()
	for roll := range p.root.all() {
		if roll.def.program == nil || !roll.def.program.Dated() {
			continue
		}
		if err := p.recompile(roll.def.ID, schema); err != nil {
			return err
		}
		p.queue.pushAll(roll.def.ID, 0)
	}
	return p.settle()
}

// recompile makes the program of a segment anew: it keeps the calendar it was compiled
// with.
func (p *preparation) recompile(id ID, schema *contact.Schema) error {
	r := p.root.writableRoll(p.c, id)
	d := *r.def
	if err := d.compile(schema); err != nil {
		return err
	}
	p.journal = append(p.journal, undo{segment: id, restore: true, roll: roll{def: r.def}, last: p.root.last})
	r.def = &d
	return nil
}

// compile makes the program of a definition that was checked before.
func (d *defined) compile(schema *contact.Schema) (err error) {
	if d.program, err = filter.Compile(d.Filter, schema, &filter.CompileOptions{Segments: stored{}}); err != nil {
		return fmt.Errorf("segment %q: %w", d.Handle, err)
	}
	return nil
}
