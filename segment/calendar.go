package segment

import (
	"errors"
	"fmt"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// followCalendar brings the segments up to date with another calendar: their filters
// mean something else now, so the cause is the definition. Those that were broken because
// the machine does not know the zone of the calendar before are broken no more.
func (p *preparation) followCalendar() error {
	schema := p.c.View().Schema().WithHidden() // a filter that is stored may read what hosts don't see any more
	p.setProof(proof{meaning: meaning(schema, p.root.zones()), astray: p.root.astray, repair: p.engine.work.repair})
	p.queue.reset(p.links())
	p.dated = true
	defer func() { p.dated = false }()
	for roll := range p.root.all() {
		d := roll.def
		zoneless := d.Broken != nil && errors.As(d.Broken, new(*filter.ZoneError)) && d.Filter.Zone().Name == "" // by the calendar of before
		if !zoneless && (d.program == nil || !d.program.Dated()) {
			continue
		}
		if err := p.recompile(roll.def.ID, schema); err != nil {
			return err
		}
		p.queue.pushAll(roll.def.ID, p.c.View().Live(), 0)
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
	p.journal = append(p.journal, undo{segment: id, back: &former{roll{def: r.def}, p.root.last}})
	p.engine.work.redefined(id)
	if d.Broken != nil {
		d.Broken = nil
		p.mend(id)
	}
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

// compileAnew makes the program of a new definition anew if the transaction has come to
// have another calendar after it was made.
func (p *preparation) compileAnew(s step) error {
	if schema := p.c.View().Schema(); s.def.program != nil && s.calendar != schema.Calendar() {
		return s.def.compile(schema.WithHidden())
	}
	return nil
}

// mendedAs notes that a definition with the same filter as the one before is broken no
// more: that was so when the new one was made, and the calendar of the transaction has
// mended it meanwhile.
func (d *defined) mendedAs(old *defined) {
	if old.Broken == nil {
		d.Broken = nil
	}
}
