package segment_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/segment"
)

// A world is the model of a store and its segments: plain maps, everything asked
// anew of every contact whenever anything changes.
type world struct {
	schema   *contact.Schema
	zone     string // of the calendar, "" is UTC
	given    contact.ID
	people   map[contact.ID]*person
	firms    map[contact.CompanyID]filtertest.Contact
	founded  contact.CompanyID
	segments map[segment.ID]*rollCall
	names    map[string]segment.ID
	last     segment.ID
	now      time.Time // as of which everything is asked
	told     *told
}

// A person is a contact. It is replaced, never changed.
type person struct {
	values    filtertest.Contact
	companies []contact.CompanyID // ascending
	primary   contact.CompanyID
	memo      map[*defn]bool // answers of filters that name no segment
	did       []*doing       // never written to
}

// A defn is one version of a segment's definition. It is never changed.
type defn struct {
	segment.Definition
	id       segment.ID
	version  int
	refs     map[string]segment.ID
	fields   map[string]bool
	dated    bool // it depends on the calendar
	relative bool // and on the time
}

// A rollCall is a segment in its three layers.
type rollCall struct {
	def                     *defn
	matched, added, removed ids
	users                   map[string]bool
}

type ids map[contact.ID]bool

func newWorld(schema *contact.Schema) *world {
	return &world{schema: schema, people: map[contact.ID]*person{}, firms: map[contact.CompanyID]filtertest.Contact{}, segments: map[segment.ID]*rollCall{}, names: map[string]segment.ID{}}
}

// clone returns a copy of the world that can be changed.
func (w *world) clone() *world {
	c := *w
	c.people, c.names, c.firms = maps.Clone(w.people), maps.Clone(w.names), maps.Clone(w.firms)
	c.segments = make(map[segment.ID]*rollCall)
	for id, r := range w.segments {
		c.segments[id] = &rollCall{r.def, maps.Clone(r.matched), maps.Clone(r.added), maps.Clone(r.removed), maps.Clone(r.users)}
	}
	return &c
}

func (r *rollCall) has(id contact.ID) bool { return (r.matched[id] || r.added[id]) && !r.removed[id] }

func (r *rollCall) members() ids {
	all := ids{}
	for _, layer := range []ids{r.matched, r.added} {
		for id := range layer {
			if r.has(id) {
				all[id] = true
			}
		}
	}
	return all
}

func (s ids) set() contact.Set { return contact.SetOf(slices.Collect(maps.Keys(s))...) }

func (s ids) put(id contact.ID, in bool) {
	if in {
		s[id] = true
	} else {
		delete(s, id)
	}
}

// living returns the ids of the living contacts, ascending.
func (w *world) living() []contact.ID { return slices.Sorted(maps.Keys(w.people)) }

// handles returns the handles in use, ascending.
func (w *world) handles() []string { return slices.Sorted(maps.Keys(w.names)) }

// matches asks a filter about a contact.
func (w *world) matches(d *defn, p *person, member func(segment.ID) bool) bool {
	if d.Filter.IsZero() {
		return false
	}
	if d.relative && len(d.refs) == 0 {
		return w.alike(d, p)
	}
	if len(d.refs) > 0 {
		return w.match(p, d.Filter, func(ref string) bool { return member(d.refs[ref]) })
	}
	in, known := p.memo[d]
	if !known {
		in = w.match(p, d.Filter, nil)
		p.memo[d] = in
	}
	return in
}

// refresh asks the filters of all segments about all contacts, those that others
// name first.
func (w *world) refresh() {
	done := map[segment.ID]bool{}
	var ask func(id segment.ID)
	ask = func(id segment.ID) {
		if done[id] {
			return
		}
		done[id] = true
		r := w.segments[id]
		for _, ref := range r.def.refs {
			ask(ref)
		}
		for who, p := range w.people {
			r.matched.put(who, w.matches(r.def, p, func(ref segment.ID) bool { return w.segments[ref].has(who) }))
		}
	}
	for id := range w.segments {
		ask(id)
	}
}

// A reason is why a contact may have entered or left.
type reason struct {
	cause contact.Cause
	via   segment.ID
}

// A move is one contact entering or leaving one segment.
type move struct {
	segment segment.ID
	contact contact.ID
}

// An expectation is what the feed has to say of a move.
type expectation struct {
	def     *defn
	enter   bool
	reasons []reason // any of them
	bulk    int      // 1 must be, -1 must not be part of a bulk step
}

// A phase is what one step of a transaction does to all segments: its moves come
// in any order, but before those of the next phase.
type phase struct {
	name  string
	moves map[move]*expectation
	at    time.Time
	tx    uint64 // number of the commit; 0 for the newest one
}

// observe runs change and returns what it moved. own is the segment that the
// change is about, 0 if it is about contacts; direct tells which contacts a
// definition has to be asked about because of themselves, and cause is theirs.
func (w *world) observe(name string, own segment.ID, cause contact.Cause, direct func(*defn, contact.ID) bool, change func()) phase {
	before, defs := map[segment.ID]ids{}, map[segment.ID]*defn{}
	for id, r := range w.segments {
		before[id], defs[id] = r.members(), r.def
	}
	change()
	w.refresh()
	for id, r := range w.segments {
		defs[id] = r.def
	}
	moved := map[segment.ID]ids{}
	p := phase{name: name, moves: map[move]*expectation{}, at: w.now}
	for id, d := range defs {
		after := ids{}
		if r := w.segments[id]; r != nil {
			after = r.members()
		}
		moved[id] = ids{}
		for who := range after {
			if !before[id][who] {
				moved[id][who] = true
				p.moves[move{id, who}] = &expectation{def: d, enter: true}
			}
		}
		for who := range before[id] {
			if !after[who] {
				moved[id][who] = true
				p.moves[move{id, who}] = &expectation{def: d}
			}
		}
	}
	for m, e := range p.moves {
		if m.segment == own {
			e.reasons = []reason{{cause, 0}}
			e.bulk = p.bulk(m)
			continue
		}
		e.reasons = explain(e.def, m.contact, cause, direct, moved)
	}
	return p
}

// bulk tells whether a move has company: others the same way in its segment.
func (p *phase) bulk(m move) int {
	n := 0
	for other, e := range p.moves {
		if other.segment == m.segment && e.enter == p.moves[m].enter {
			n++
		}
	}
	if n > 1 {
		return 1
	}
	return -1
}

// explain returns why the feed may say that a contact moved: its own change if the filter
// reads what changed, else the first segment the filter names that it moved in.
func explain(d *defn, who contact.ID, cause contact.Cause, direct func(*defn, contact.ID) bool, moved map[segment.ID]ids) []reason {
	var reasons []reason
	refs := slices.Sorted(maps.Values(d.refs))
	if direct(d, who) {
		reasons = append(reasons, reason{cause, 0})
	} else if i := slices.IndexFunc(refs, func(ref segment.ID) bool { return moved[ref][who] }); i >= 0 {
		reasons = append(reasons, reason{contact.CauseSegment, refs[i]})
	}
	return reasons
}

// A pending is a transaction of the model.
type pending struct {
	old   *world
	new   *world // contacts, schema and names as the transaction has made them; not the layers
	defs  map[segment.ID]*defn
	users map[segment.ID]map[string]bool
	steps []func(w *world, cause contact.Cause) phase
	done  []func()                       // to events, in their order
	did   map[contact.ID]map[string]bool // types of events that are recorded or deleted
	check []func()                       // of what the engine tells once the transaction has committed
}

func (w *world) begin() *pending {
	p := &pending{old: w, new: w.clone(), defs: map[segment.ID]*defn{}, users: map[segment.ID]map[string]bool{}, did: map[contact.ID]map[string]bool{}}
	for id, r := range w.segments {
		p.defs[id], p.users[id] = r.def, maps.Clone(r.users)
	}
	return p
}

// commit returns the world after the transaction and what moved.
func (p *pending) commit(cause contact.Cause) (*world, []phase) {
	w := p.old.clone()
	for _, do := range p.done {
		do()
	}
	w.schema, w.given, w.founded = p.new.schema, p.new.given, p.new.founded
	changed := map[contact.ID]map[string]bool{} // nil for new contacts
	var deleted []contact.ID
	for id, now := range p.new.people {
		if was := p.old.people[id]; was == nil {
			changed[id] = nil
		} else if was != now {
			if fields := differences(was.values, now.values); len(fields) > 0 {
				changed[id] = fields
			}
		}
	}
	p.changedCompanies(changed)
	values := cloned(changed)
	p.changedEvents(changed)
	for id := range p.old.people {
		if p.new.people[id] == nil {
			deleted = append(deleted, id)
		}
	}
	gone := w.observe("delete contacts", 0, contact.CauseDelete, func(*defn, contact.ID) bool { return true }, func() {
		for _, id := range deleted {
			delete(w.people, id)
			for _, r := range w.segments {
				delete(r.matched, id)
				delete(r.added, id)
				delete(r.removed, id)
			}
		}
	})
	for m, e := range gone.moves {
		e.bulk = gone.bulk(m)
	}
	direct := func(d *defn, id contact.ID) bool {
		fields, touched := changed[id]
		return touched && (fields == nil || slices.ContainsFunc(slices.Collect(maps.Keys(fields)), func(f string) bool { return d.fields[f] }))
	}
	calendar := w.setZone(p.new.zone)
	data := w.observe("change contacts", 0, cause, direct, func() {
		w.people, w.firms = maps.Clone(p.new.people), maps.Clone(p.new.firms)
	})
	p.causedByEvents(&data, cause, values)
	phases := append([]phase{gone, data}, calendar()...)
	for _, s := range p.steps {
		phases = append(phases, s(w, cause))
	}
	w.names, w.last = p.new.names, p.new.last
	return w, phases
}

func differences(a, b filtertest.Contact) map[string]bool {
	fields := map[string]bool{}
	for _, m := range []filtertest.Contact{a, b} {
		for f := range m {
			if !reflect.DeepEqual(a[f], b[f]) {
				fields[f] = true
			}
		}
	}
	return fields
}

// define plans a definition, made or changed, and says what is wrong with it.
func (p *pending) define(old *defn, d segment.Definition, effect func() segment.Effect) (*defn, problems) {
	wrong := problems{}
	made := &defn{Definition: d, version: 1, refs: map[string]segment.ID{}, fields: map[string]bool{}}
	if old != nil {
		made.id, made.version = old.id, old.version+1
		if d.Unpublished && !old.Unpublished && p.used(old.id) {
			wrong["in use"] = true
		}
	} else {
		made.id = p.new.last + 1
		p.users[made.id] = map[string]bool{}
		if _, taken := p.new.names[d.Handle]; taken {
			wrong["taken"] = true
		}
	}
	if strings.TrimSpace(d.Name) == "" {
		wrong["name"] = true
	}
	made.readEvents()
	for path, c := range d.Filter.Conditions() {
		if !c.Op().OnSegments() && !path.OnEvent() {
			if !made.read(p.new.schema, path, c) {
				wrong["field"] = true
			}
		}
		for ref := range c.Segments() {
			p.refer(made, old, ref, wrong)
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	made.compile(p.new.schema)
	p.defs[made.id], p.new.names[d.Handle] = made, made.id
	p.new.last = max(p.new.last, made.id)
	p.steps = append(p.steps, func(w *world, _ contact.Cause) phase {
		ph := w.observe(fmt.Sprintf("define %s", d.Handle), made.id, contact.CauseDefinition, nobody, func() {
			if w.segments[made.id] == nil {
				w.segments[made.id] = &rollCall{made, ids{}, ids{}, ids{}, map[string]bool{}}
			}
			w.segments[made.id].def = made
			clear(w.segments[made.id].matched)
		})
		p.expect(&ph, made.id, 0, effect)
		return ph
	})
	return made, nil
}

func nobody(*defn, contact.ID) bool { return false }

func (p *pending) refer(made, old *defn, ref string, wrong problems) {
	id, ok := p.new.names[ref]
	if !ok {
		wrong["unknown"] = true
		return
	}
	made.refs[ref] = id
	if _, had := refsOf(old)[ref]; p.defs[id].Unpublished && !had {
		wrong["unpublished"] = true
	}
	if old != nil && p.reaches(id, made.id) {
		wrong["cycle"] = true
	}
}

func refsOf(d *defn) map[string]segment.ID {
	if d == nil {
		return nil
	}
	return d.refs
}

// reaches tells whether a segment is another one or names it, directly or not.
func (p *pending) reaches(from, to segment.ID) bool {
	return from == to || slices.ContainsFunc(slices.Collect(maps.Values(p.defs[from].refs)), func(ref segment.ID) bool { return p.reaches(ref, to) })
}

func (p *pending) used(id segment.ID) bool {
	for _, d := range p.defs {
		if slices.Contains(slices.Collect(maps.Values(d.refs)), id) {
			return true
		}
	}
	return len(p.users[id]) > 0
}

// use plans that a user comes to a segment or goes.
func (p *pending) use(handle, user string, begin bool) problems {
	id, ok := p.new.names[handle]
	switch {
	case !ok:
		return problems{"unknown": true}
	case begin && p.defs[id].Unpublished && !p.users[id][user]:
		return problems{"unpublished": true}
	case begin:
		p.users[id][user] = true
	default:
		delete(p.users[id], user)
	}
	p.steps = append(p.steps, func(w *world, _ contact.Cause) phase {
		if r := w.segments[id]; begin {
			r.users[user] = true
		} else {
			delete(r.users, user)
		}
		return phase{}
	})
	return nil
}

// drop plans the deletion of a segment.
func (p *pending) drop(handle string, effect func() segment.Effect) problems {
	id, ok := p.new.names[handle]
	if !ok {
		return problems{"unknown": true}
	}
	if p.used(id) {
		return problems{"in use": true}
	}
	delete(p.new.names, handle)
	delete(p.defs, id)
	p.steps = append(p.steps, func(w *world, _ contact.Cause) phase {
		ph := w.observe("drop "+handle, id, contact.CauseDefinition, nobody, func() { delete(w.segments, id) })
		p.expect(&ph, id, 0, effect)
		return ph
	})
	return nil
}

// hand plans an edit by hand of one segment.
func (p *pending) hand(op, handle string, who []contact.ID, effect func() segment.Effect) {
	id := p.new.names[handle]
	p.steps = append(p.steps, func(w *world, cause contact.Cause) phase {
		if cause == contact.CauseData {
			cause = contact.CauseManual
		}
		marked := 0
		ph := w.observe(op+" "+handle, id, cause, nobody, func() {
			r := w.segments[id]
			for _, c := range who {
				if w.people[c] == nil {
					continue
				}
				added, removed := r.added[c], r.removed[c]
				r.added.put(c, op == "add")
				r.removed.put(c, op == "remove")
				if added != r.added[c] || removed != r.removed[c] {
					marked++
				}
			}
		})
		p.expect(&ph, id, marked, effect)
		return ph
	})
}

// expect has an effect checked after the commit. effect may be nil.
func (p *pending) expect(ph *phase, id segment.ID, marked int, effect func() segment.Effect) {
	if effect == nil {
		return
	}
	want := segment.Effect{Marked: marked}
	for m, e := range ph.moves {
		switch {
		case m.segment != id:
		case e.enter:
			want.Entered++
		default:
			want.Left++
		}
	}
	name := ph.name
	p.check = append(p.check, func() {
		got := effect()
		want.Segment = got.Segment
		if got != want {
			panic(failure(fmt.Sprintf("%s: effect is %+v, want %+v", name, got, want)))
		}
	})
}

// previewed returns who matches a filter that is not saved.
func (w *world) previewed(f filter.Filter) ids {
	d := &defn{Definition: segment.Definition{Filter: f}, refs: map[string]segment.ID{}}
	for _, c := range f.Conditions() {
		for ref := range c.Segments() {
			d.refs[ref] = w.names[ref]
		}
	}
	who := ids{}
	for id, p := range w.people {
		if w.match(p, f, func(ref string) bool { return w.segments[d.refs[ref]].has(id) }) {
			who[id] = true
		}
	}
	return who
}
