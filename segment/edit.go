package segment

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Create makes a segment and fills it. The error is a [*DefinitionError] with
// everything that is wrong.
func (e *Engine) Create(ctx context.Context, d Definition) (Segment, error) {
	var made *defined
	err := e.store.Update(ctx, func(tx *contact.Tx) (err error) {
		made, err = e.In(tx).create(d)
		return err
	})
	if err != nil {
		return Segment{}, err
	}
	return made.segment(), nil
}

// Change gives a segment a new definition and says how many enter and leave by
// it. Marks by hand stay. The handle may be left out; another one is an error.
func (e *Engine) Change(ctx context.Context, handle string, d Definition) (Effect, error) {
	return e.effect(ctx, func(tx Tx) (*Effect, error) { return tx.Change(handle, d) })
}

// Rename changes the name of a segment and nothing else.
func (e *Engine) Rename(ctx context.Context, handle, name string) error {
	return e.store.Update(ctx, func(tx *contact.Tx) error { return e.In(tx).Rename(handle, name) })
}

// Delete deletes a segment: every member leaves it, and its handle is free again.
// A segment that is in use, by a filter that names it or by [Engine.Use], is refused
// with an [*InUseError].
func (e *Engine) Delete(ctx context.Context, handle string) (Effect, error) {
	return e.effect(ctx, func(tx Tx) (*Effect, error) { return tx.Delete(handle) })
}

func (e *Engine) effect(ctx context.Context, do func(Tx) (*Effect, error)) (Effect, error) {
	var out *Effect
	err := e.store.Update(ctx, func(tx *contact.Tx) (err error) {
		out, err = do(e.In(tx))
		return err
	})
	if err != nil {
		return Effect{}, err
	}
	return *out, nil
}

// Effect says what a step did to a segment. What a transaction returns is filled
// in when it commits.
type Effect struct {
	Segment string // the handle
	Entered int    // contacts that entered by it
	Left    int    // contacts that left by it
	Marked  int    // contacts whose mark by hand changed, member or not
}

// Tx edits segments within a transaction. What it is asked to do is checked at
// once and done when the transaction commits; until then membership is that of
// the transaction's beginning.
//
// A Tx must not be used by more than one goroutine at a time, nor after its
// transaction.
type Tx struct {
	engine *Engine
	tx     *contact.Tx
}

// In returns the means to edit segments in a transaction of the engine's store.
func (e *Engine) In(tx *contact.Tx) Tx { return Tx{e, tx} }

var errForeignTx = errors.New("segment: the transaction belongs to another store")

// work is what a transaction wants done to segments.
type work struct {
	base  *root
	steps []step
	defs  map[ID]*defined // definitions made or changed; nil: deleted
	names map[string]ID   // handles given; 0: freed
	last  ID              // the last id given
	tried map[string]int  // by base of handles made: the last number tried, see number
	taken map[string]int  // by base of handles made: all lower numbers are taken in base, see number
	freed bool            // a handle was freed

	uses    map[ID][]string    // users registered, of segments whose users change
	naming  map[ID]map[ID]bool // by segment: those among defs whose filters name it
	scratch *scratch           // the writer's, which the transaction is
}

// A step is one edit, in the order asked for.
type step struct {
	def    *defined // a definition made or changed
	delete ID       // or a segment deleted
	hand   hand     // or an edit by hand
	use    use      // or a user that comes or goes
	effect *Effect

	calendar contact.Calendar // by which the definition was compiled
}

// begin returns the transaction's work, to which add will add.
func (t Tx) begin() (*work, error) {
	if t.tx.Store() != t.engine.store {
		return nil, errForeignTx
	}
	if w, ok := t.tx.Work(floorName).(*work); ok {
		return w, nil
	}
	w := &work{defs: map[ID]*defined{}, names: map[string]ID{}, tried: map[string]int{}, taken: map[string]int{}, naming: map[ID]map[ID]bool{}, scratch: &t.engine.work}
	w.base = t.tx.Floor(floorName).(*root)
	w.last = w.base.last
	return w, nil
}

func (t Tx) add(w *work, s step) error {
	if err := t.tx.SetWork(floorName, w); err != nil {
		return err
	}
	w.steps = append(w.steps, s)
	return nil
}

// find returns a definition as the transaction has made it so far.
func (w *work) find(handle string) (*defined, error) {
	if d := w.lookup(handle); d != nil {
		return d, nil
	}
	return nil, &UnknownError{handle, contact.Suggest(handle, w.handles())}
}

// lookup is find without the cost of an error: nil if there is none.
func (w *work) lookup(handle string) *defined {
	if id, ok := w.names[handle]; ok {
		return w.defs[id] // nil if the handle was freed
	}
	if roll := w.base.find(handle); roll != nil {
		return w.get(roll.def.ID)
	}
	return nil
}

// handles iterates over the handles in use.
func (w *work) handles() iter.Seq[string] {
	return func(yield func(string) bool) {
		for handle := range w.base.handles.names() {
			if _, changed := w.names[handle]; !changed && !yield(handle) {
				return
			}
		}
		for handle, id := range w.names {
			if id != 0 && !yield(handle) {
				return
			}
		}
	}
}

func (w *work) get(id ID) *defined {
	if d, ok := w.defs[id]; ok {
		return d
	}
	return w.base.roll(id).def
}

// A checker answers what a filter asks of the segments while a definition is
// checked, by the transaction's work. old are the references that the definition
// had before, which it may keep.
type checker struct {
	work *work
	old  []ID
}

func (c checker) Check(ref string) error {
	d, err := c.work.find(ref)
	if err == nil && d.Unpublished && !slices.Contains(c.old, d.ID) {
		err = fmt.Errorf("segment %q can't be used in a filter: %w", ref, ErrUnpublished)
	}
	return err
}

func (checker) Members(v *contact.View, ref string) contact.Set { return stored{}.Members(v, ref) }

// Create makes a segment, see [Engine.Create]. Its times are known when the
// transaction has committed.
func (t Tx) Create(d Definition) (Segment, error) {
	made, err := t.create(d)
	if err != nil {
		return Segment{}, err
	}
	return made.segment(), nil
}

func (t Tx) create(d Definition) (*defined, error) {
	w, err := t.begin()
	if err != nil {
		return nil, err
	}
	d = d.clone()
	var wrong error
	if d.Handle == "" {
		d.Handle = w.makeHandle(d.Name)
	} else if w.lookup(d.Handle) != nil {
		wrong = ErrHandleTaken
	}
	made := &defined{Segment: Segment{Definition: d, ID: w.last + 1, Version: 1}}
	if err := t.define(w, made, nil, &Effect{Segment: d.Handle}, wrong); err != nil {
		return nil, err
	}
	w.last = made.ID
	return made, nil
}

// Change gives a segment a new definition, see [Engine.Change].
func (t Tx) Change(handle string, d Definition) (*Effect, error) { return t.change(handle, d, false) }

// change is Change, or one that leaves the filter as it is, also if it can't be read.
func (t Tx) change(handle string, d Definition, keep bool) (*Effect, error) {
	w, err := t.begin()
	if err != nil {
		return nil, err
	}
	old, err := w.find(handle)
	if err != nil {
		return nil, err
	}
	var wrong []error
	if d.Handle != "" && d.Handle != handle {
		wrong = append(wrong, fmt.Errorf("%w: it would become %q", ErrHandleFixed, d.Handle))
	}
	d = d.clone()
	d.Handle = handle
	made := &defined{Segment: old.Segment}
	made.Definition, made.Broken = d, nil
	made.Version++
	if keep && old.raw != "" {
		made.asBroken(old)
	}
	if made.Unpublished && !old.Unpublished {
		wrong = append(wrong, w.free(old))
	}
	effect := &Effect{Segment: handle}
	if err := t.define(w, made, old, effect, wrong...); err != nil {
		return nil, err
	}
	return effect, nil
}

// Rename changes the name of a segment, see [Engine.Rename].
func (t Tx) Rename(handle, name string) error {
	w, err := t.begin()
	if err != nil {
		return err
	}
	old, err := w.find(handle)
	if err != nil {
		return err
	}
	d := old.Definition
	d.Name = name
	_, err = t.change(handle, d, true)
	return err
}

// define checks a definition in full and adds it to the work. wrong is what was
// found wrong with it before.
func (t Tx) define(w *work, made, old *defined, effect *Effect, wrong ...error) error {
	wrong = append(wrong, made.check())
	if !made.Filter.IsZero() {
		c := checker{work: w}
		if old != nil {
			c.old = old.refs
		}
		schema := t.tx.Schema().Current()
		same := old != nil && old.Filter.Equal(made.Filter)
		if same { // it may read what is hidden by now
			schema = schema.WithHidden()
		}
		err := filter.Check(made.Filter, schema, c)
		if err == nil { // a program lives long: it must not hold the transaction's work
			made.program, err = filter.Compile(made.Filter, schema, &filter.CompileOptions{Segments: stored{}})
		}
		if err != nil && same && old.Broken != nil { // it stays as broken as it is
			made.asBroken(old)
			err = nil
		}
		wrong = append(wrong, err)
		w.link(made)
		if old != nil { // nobody can name a new one yet
			wrong = append(wrong, w.circle(made, old))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return &DefinitionError{made.Handle, err}
	}
	if err := t.add(w, step{def: made, effect: effect, calendar: t.tx.Schema().Current().Calendar()}); err != nil {
		return err
	}
	w.index(old, false)
	w.index(made, true)
	w.defs[made.ID], w.names[made.Handle] = made, made.ID
	return nil
}

// link resolves the segments that a definition names, as far as there are any.
func (w *work) link(made *defined) {
	for _, c := range made.Filter.Conditions() {
		for ref := range c.Segments() {
			if d := w.lookup(ref); d != nil {
				made.refs = append(made.refs, d.ID)
			}
		}
	}
	slices.Sort(made.refs)
	made.refs = slices.Compact(made.refs)
}

// circle refuses a definition that would name itself, directly or through others. The
// references that it had before lead to no circle.
func (w *work) circle(made, old *defined) error {
	fresh := made.refs
	if old.Broken == nil {
		fresh = slices.DeleteFunc(slices.Clone(made.refs), old.names)
	}
	path := cyclePath(made.ID, fresh, func(id ID) []ID { return w.get(id).refs })
	if path == nil {
		return nil
	}
	handles := make([]string, len(path))
	for i, id := range path {
		handles[i] = made.Handle
		if id != made.ID {
			handles[i] = w.get(id).Handle
		}
	}
	return &CycleError{handles}
}

// Delete deletes a segment, see [Engine.Delete].
func (t Tx) Delete(handle string) (*Effect, error) {
	w, err := t.begin()
	if err != nil {
		return nil, err
	}
	d, err := w.find(handle)
	if err != nil {
		return nil, err
	}
	if err := w.free(d); err != nil {
		return nil, err
	}
	effect := &Effect{Segment: handle}
	if err := t.add(w, step{delete: d.ID, effect: effect}); err != nil {
		return nil, err
	}
	w.index(d, false)
	clear(w.tried)
	w.freed = true
	w.defs[d.ID], w.names[handle] = nil, 0
	return effect, nil
}
