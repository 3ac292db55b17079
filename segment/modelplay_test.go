package segment_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/segment"
)

// A txStep is one transaction of a history, in a form that can be written down.
type txStep struct {
	End   string        `json:"end,omitempty"`   // "" commits, "error" and "panic" end the function, "veto" and "crash" the floor above
	Cause contact.Cause `json:"cause,omitempty"` // of the transaction
	View  string        `json:"view,omitempty"`  // afterwards: "hold" one, "drop" all, "take" one and forget it
	Store string        `json:"store,omitempty"` // of the first step: "", "recorded" or "disk", see newPlayer
	Open  string        `json:"open,omitempty"`  // before: "again" closes the store and opens it, "compact" makes it smaller first; on disk only
	Turn  int64         `json:"turn,omitempty"`  // before: the clock is turned by so many milliseconds, back if negative, while the store is closed
	Wait  bool          `json:"wait,omitempty"`  // nobody but the transaction advances the engine
	Do    []action      `json:"do"`
}

// An action is one thing done in a transaction. What can't be done is an error
// that the model foresees, so that any part of a history is a history.
type action struct {
	Op string     `json:"op"`
	ID contact.ID `json:"id,omitempty"`
	To contact.ID `json:"to,omitempty"` // hand: all contacts from ID to To
	N  int        `json:"n,omitempty"`  // many, staff: this many contacts

	Company contact.CompanyID `json:"company,omitempty"`
	Seed    uint64            `json:"seed,omitempty"`
	Values  contact.Values    `json:"values,omitempty"` // null takes a value away
	Words   []string          `json:"words,omitempty"`
	Handle  string            `json:"handle,omitempty"`
	Name    string            `json:"name,omitempty"`
	Hidden  bool              `json:"hidden,omitempty"` // unpublished
	Filter  string            `json:"filter,omitempty"`
	Add     []string          `json:"add,omitempty"`
	Remove  []string          `json:"remove,omitempty"`
	Restore []string          `json:"reset,omitempty"`
	Events  []eventNote       `json:"events,omitempty"`
}

// modelSchema is what every history begins with.
func modelSchema() *contact.Schema {
	return contact.MustSchema(contact.Text("email").Unique(), contact.Text("country"), contact.Number("points"),
		contact.Bool("vip"), contact.Select("plan", "free", "pro"), contact.Date("day"), contact.Tags("tags"),
		contact.DateTime("seen"), contact.Text("zone"), hitPart, buyPart, mailPart,
		contact.Companies(contact.Text("industry"), contact.Number("employees"), contact.Date("founded")))
}

// failure is what a player panics with when the engine is not as the model is.
type failure string

// problems are the kinds of errors that the model foresees.
type problems map[string]bool

// kinds tells the errors of the engine apart.
var kinds = map[string]func(error) bool{
	"taken":       func(err error) bool { return errors.Is(err, segment.ErrHandleTaken) },
	"unknown":     func(err error) bool { return errors.Is(err, segment.ErrNotFound) },
	"unpublished": func(err error) bool { return errors.Is(err, segment.ErrUnpublished) },
	"cycle":       func(err error) bool { return errors.As(err, new(*segment.CycleError)) },
	"in use":      func(err error) bool { return errors.As(err, new(*segment.InUseError)) },
	"name":        func(err error) bool { return err != nil && strings.Contains(err.Error(), "has no name") },
	"field":       func(err error) bool { return errors.As(err, new(*contact.UnknownFieldError)) },
	"contact":     func(err error) bool { return errors.Is(err, contact.ErrNotFound) },
	"conflict":    func(err error) bool { return errors.As(err, new(*contact.ConflictError)) },
	"identity":    func(err error) bool { return errors.Is(err, contact.ErrNoIdentity) },
	"firm":        func(err error) bool { return errors.Is(err, contact.ErrNoCompany) },
	"schema":      func(err error) bool { return errors.As(err, new(*contact.SchemaError)) },
}

var (
	errHost = errors.New("the host changes its mind")
	errVeto = errors.New("the floor above says no")
)

// A stepClock goes on by a second whenever it is asked.
type stepClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *stepClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Second)
	return c.now
}

func (*stepClock) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

// A player plays a history to an engine and to the model at once.
type player struct {
	store   *contact.Store
	eng     *segment.Engine
	veto    *vetoer
	w       *world
	feed    []segment.Change
	silent  []bool // by place in the feed: from an unpublished segment
	roster  map[segment.ID]ids
	held    []held
	subs    []*listener
	steps   int
	clock   *modelClock
	reached time.Time       // the latest time that the clock has told the store
	mirror  *segment.Mirror // if the store is recorded
	dir     string          // if it is on disk
}

// A held view and what it has to show for ever.
type held struct {
	at    *contact.View
	rolls []snapshot
	live  contact.Set
}

type snapshot struct {
	def                              *defn
	users                            []string
	members, matched, added, removed contact.Set
}

// A listener is a subscription with what it was told.
type listener struct {
	sub   *segment.Subscription
	opts  segment.SubscribeOptions
	wants func(c segment.Change) bool
	mu    sync.Mutex
	heard []segment.Change
	from  uint64
}

func (l *listener) hear(c segment.Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = append(l.heard, c)
}

func insist(ok bool, format string, args ...any) {
	if !ok {
		panic(failure(fmt.Sprintf(format, args...)))
	}
}

// play plays a history from the beginning and returns what went wrong.
func play(history []txStep) error {
	var p *player
	kind := ""
	if len(history) > 0 {
		kind = history[0].Store
	}
	err := attempt(func() { p = newPlayer(kind) })
	for i := 0; i < len(history) && err == nil; i++ {
		if err = attempt(func() { p.step(history[i]) }); err != nil {
			err = fmt.Errorf("step %d: %w", i, err)
		}
	}
	if err == nil {
		err = attempt(p.finish)
	}
	if p != nil {
		p.close()
	}
	return err
}

// attempt turns a panic of a player or the engine into an error.
func attempt(do func()) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case failure:
			err = errors.New(string(v))
		default:
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	do()
	return nil
}

// step plays one transaction and compares everything.
func (p *player) step(s txStep) {
	p.steps++
	still, passed := p.turn(s)
	before := p.number() + uint64(len(passed))
	tx := p.w.begin()
	p.veto.set(s.End)
	err, crashed := p.update(tx, s)
	failed := s.End == "error" || s.End == "panic" || p.veto.wasAsked() && (s.End == "veto" || s.End == "crash")
	switch {
	case s.End == "panic" || s.End == "crash" && failed:
		insist(crashed, "the panic did not go on: %v", err)
	case failed:
		insist(errors.Is(err, errHost) || errors.Is(err, errVeto), "Update returned %v", err)
	default:
		insist(err == nil && !crashed, "Update returned %v", err)
	}
	if failed && p.veto.wasAsked() && len(passed) > 0 && (s.End == "veto" || s.End == "crash") { // what was due is what the floor above refused
		before -= uint64(len(passed))
		p.w, passed = still, nil
	}
	phases := passed
	if failed {
		insist(p.store.Sync(context.Background()) == nil, "Sync") // a panic waits for nothing, also not for what was due before
		insist(p.number() == before, "a failed transaction has got number %d, want %d", p.number(), before)
	} else {
		var more []phase
		p.w, more = tx.commit(s.Cause)
		phases = append(phases, more...)
		insist(p.eng.Now().Equal(p.w.now), "Now is %v, want %v", p.eng.Now(), p.w.now)
	}
	p.compareFeed(phases)
	if !failed {
		for _, check := range tx.check {
			check()
		}
	}
	p.compare()
	err = segment.CheckGraph(p.eng)
	insist(err == nil, "graph: %v", err)
	if p.mirror != nil {
		err := p.mirror.Step()
		insist(err == nil, "mirror: %v", err)
	}
	p.look(s.View)
	if p.steps%20 == 0 {
		p.compareHeard()
	}
}

func (p *player) number() (n uint64) {
	p.store.Peek(func(v *contact.View) { n = v.Number() })
	return n
}

// update runs the transaction; crashed tells whether a planned panic came out.
func (p *player) update(tx *pending, s txStep) (err error, crashed bool) {
	defer func() {
		if v := recover(); v == errHost || v == errVeto {
			crashed = true
		} else if v != nil {
			panic(v)
		}
	}()
	return p.store.Update(context.Background(), func(t *contact.Tx) error {
		t.SetCause(s.Cause)
		for i, a := range s.Do {
			wrong, err := p.do(t, tx, a)
			for name, is := range kinds {
				insist(is(err) == wrong[name], "action %d (%s): error is %v, want %v", i, a.Op, err, slices.Collect(maps.Keys(wrong)))
			}
			insist((err != nil) == (len(wrong) > 0), "action %d (%s): error is %v, want %v", i, a.Op, err, wrong)
		}
		switch s.End {
		case "error":
			return errHost
		case "panic":
			panic(errHost)
		}
		return nil
	}), false
}

// do does one thing in both worlds; it returns what the model finds wrong with it
// and what the engine says.
func (p *player) do(t *contact.Tx, tx *pending, a action) (problems, error) {
	switch a.Op {
	case "insert", "upsert", "set":
		return p.fill(t, tx, a)
	case "tag", "untag":
		return p.tag(t, tx, a)
	case "delete":
		_, lives := tx.new.people[a.ID]
		delete(tx.new.people, a.ID)
		return unless(lives, "contact"), t.Delete(a.ID)
	case "many":
		return nil, p.many(t, tx, a)
	case "grow":
		_, known := tx.new.schema.Field(a.Name)
		err := t.Schema().Add(contact.Number(a.Name))
		tx.new.schema = t.Schema().Current()
		return unless(!known, "schema"), err
	case "calendar":
		return nil, p.calendar(t, tx, a)
	case "hand":
		return p.hand(t, tx, a)
	case "use":
		return tx.use(a.Handle, a.Name, true), p.eng.In(t).Use(a.Name, a.Handle)
	case "release":
		return tx.use(a.Handle, a.Name, false), p.eng.In(t).Release(a.Name, a.Handle)
	case "found", "refound", "close", "join", "leave", "prefer", "staff":
		return p.company(t, tx, a)
	case "record", "crowd", "unrecord", "forget":
		return p.events(t, tx, a)
	}
	return p.define(t, tx, a)
}

func unless(ok bool, problem string) problems {
	if ok {
		return nil
	}
	return problems{problem: true}
}

// native returns values as the model keeps them and the engine takes them.
func native(schema *contact.Schema, values contact.Values) contact.Values {
	out := contact.Values{}
	for name, v := range values {
		f, _ := schema.Field(name)
		switch v := v.(type) {
		case string:
			out[name] = v
			switch f.Kind() {
			case contact.KindDate:
				day, err := contact.ParseDay(v)
				insist(err == nil, "bad day: %v", err)
				out[name] = day
			case contact.KindDateTime:
				at, err := time.Parse(time.RFC3339, v)
				insist(err == nil, "bad time: %v", err)
				out[name] = at
			}
		case []any:
			var words []string
			for _, w := range v {
				words = append(words, w.(string))
			}
			out[name] = words
		default:
			out[name] = v
		}
	}
	return out
}

func (w *world) owner(email any) contact.ID {
	for id, p := range w.people {
		if s, ok := email.(string); ok && s != "" && p.values["email"] != nil && strings.EqualFold(p.values["email"].(string), s) {
			return id
		}
	}
	return 0
}

func (w *world) write(id contact.ID, values contact.Values) {
	now := filtertest.Contact{}
	if was := w.people[id]; was != nil {
		maps.Copy(now, was.values)
	}
	for name, v := range values {
		if list, ok := v.([]string); v == nil || ok && len(list) == 0 {
			delete(now, name)
		} else {
			now[name] = v
		}
	}
	next := &person{values: now, memo: map[*defn]bool{}}
	if was := w.people[id]; was != nil {
		next.companies, next.primary, next.did = was.companies, was.primary, was.did
	}
	w.people[id] = next
}

func (p *player) fill(t *contact.Tx, tx *pending, a action) (problems, error) {
	values := native(tx.new.schema, a.Values)
	owner := tx.new.owner(values["email"])
	id, wrong := a.ID, problems{}
	switch {
	case a.Op == "upsert" && (values["email"] == nil || values["email"] == ""):
		wrong["identity"] = true
	case a.Op == "upsert" && owner != 0:
		id = owner
	case a.Op == "upsert" || a.Op == "insert" && owner == 0:
		tx.new.given++
		id = tx.new.given
	case a.Op == "insert" || owner != 0 && owner != id && tx.new.people[id] != nil:
		wrong["conflict"] = true
	case tx.new.people[id] == nil:
		wrong["contact"] = true
	}
	for name := range values {
		if _, ok := tx.new.schema.Field(name); !ok { // a field that a shrunk history has not added
			insist(false, "no field %q: not a history", name)
		}
	}
	if len(wrong) == 0 {
		tx.new.write(id, values)
	}
	var got contact.ID
	var err error
	switch a.Op {
	case "insert":
		got, err = t.Insert(values)
	case "upsert":
		got, err = t.Upsert(values)
	default:
		got, err = id, t.Set(id, values)
	}
	insist(err != nil || got == id, "%s gave contact %d, want %d", a.Op, got, id)
	return wrong, err
}

func (p *player) tag(t *contact.Tx, tx *pending, a action) (problems, error) {
	edit := t.Add
	if a.Op == "untag" {
		edit = t.Remove
	}
	err := edit(a.ID, "tags", a.Words...)
	person := tx.new.people[a.ID]
	if person == nil {
		return problems{"contact": true}, err
	}
	list, _ := person.values["tags"].([]string)
	list = slices.Clone(list)
	for _, word := range a.Words {
		if i := slices.Index(list, word); i < 0 && a.Op == "tag" {
			list = append(list, word)
		} else if i >= 0 && a.Op == "untag" {
			list = slices.Delete(list, i, i+1)
		}
	}
	slices.Sort(list)
	tx.new.write(a.ID, contact.Values{"tags": list})
	return nil, err
}

// many inserts, changes or deletes many contacts.
func (p *player) many(t *contact.Tx, tx *pending, a action) error {
	rng := rand.New(rand.NewPCG(a.Seed, 0))
	if a.Name == "insert" {
		for range a.N {
			values := native(tx.new.schema, randomValues(rng))
			tx.new.given++
			tx.new.write(tx.new.given, values)
			if id, err := t.Insert(values); err != nil || id != tx.new.given {
				return fmt.Errorf("contact %d: %w", id, err)
			}
		}
		return nil
	}
	list := tx.new.living()
	for _, id := range list[:min(a.N, len(list))] {
		if a.Name == "delete" {
			delete(tx.new.people, id)
			if err := t.Delete(id); err != nil {
				return err
			}
			continue
		}
		values := native(tx.new.schema, randomValues(rng))
		tx.new.write(id, values)
		if err := t.Set(id, values); err != nil {
			return err
		}
	}
	return nil
}

func (p *player) hand(t *contact.Tx, tx *pending, a action) (problems, error) {
	var who []contact.ID
	for id := a.ID; id <= max(a.ID, a.To); id++ {
		who = append(who, id)
	}
	effects, err := p.eng.In(t).Edit(segment.ByHand{Contacts: contact.SetOf(who...), Add: a.Add, Remove: a.Remove, Reset: a.Restore})
	all := slices.Concat(a.Add, a.Remove, a.Restore)
	for _, handle := range all {
		if _, ok := tx.new.names[handle]; !ok {
			return problems{"unknown": true}, err
		}
	}
	insist(err != nil || len(effects) == len(all), "%d effects", len(effects))
	at := 0
	for _, part := range []struct {
		op      string
		handles []string
	}{{"add", a.Add}, {"remove", a.Remove}, {"reset", a.Restore}} {
		for _, handle := range part.handles {
			var effect func() segment.Effect
			if err == nil {
				e := effects[at]
				insist(e.Segment == handle, "effect %d is about %s, want %s", at, e.Segment, handle)
				effect = func() segment.Effect { return *e }
			}
			at++
			tx.hand(part.op, handle, who, effect)
		}
	}
	return nil, err
}

func (p *player) define(t *contact.Tx, tx *pending, a action) (problems, error) {
	in := p.eng.In(t)
	d := segment.Definition{Handle: a.Handle, Name: a.Name, Unpublished: a.Hidden}
	if a.Filter != "" {
		d.Filter = filter.MustParse(a.Filter)
	}
	var effect *segment.Effect
	result := func() segment.Effect { return *effect }
	if a.Op == "create" {
		s, err := in.Create(d)
		made, wrong := tx.define(nil, d, nil)
		insist(err != nil || made == nil || s.ID == made.id && s.Version == 1, "Create returned %+v, want %+v", s, made)
		return wrong, err
	}
	old := tx.defs[tx.new.names[a.Handle]]
	if old == nil && a.Op != "drop" {
		err := in.Rename(a.Handle, a.Name)
		if a.Op == "change" {
			_, err = in.Change(a.Handle, d)
		}
		return problems{"unknown": true}, err
	}
	var err error
	switch a.Op {
	case "drop":
		effect, err = in.Delete(a.Handle)
		return tx.drop(a.Handle, result), err
	case "rename":
		renamed := old.Definition
		renamed.Name = a.Name
		err = in.Rename(a.Handle, a.Name)
		_, wrong := tx.define(old, renamed, nil)
		return wrong, err
	case "change":
		effect, err = in.Change(a.Handle, d)
		_, wrong := tx.define(old, d, result)
		return wrong, err
	}
	panic(fmt.Sprintf("no such action: %q", a.Op))
}

// compareFeed reads what is new in the feed and compares it with what moved.
func (p *player) compareFeed(phases []phase) {
	last, number := uint64(len(p.feed)), p.number()
	var fresh []segment.Change
	for c, err := range p.eng.Changes(last + 1) {
		insist(err == nil, "feed: %v", err)
		insist(c.Number == last+1+uint64(len(fresh)), "feed: %v comes after %d", c, last+uint64(len(fresh)))
		fresh = append(fresh, c)
	}
	insist(p.eng.LastChange() == last+uint64(len(fresh)), "LastChange is %d", p.eng.LastChange())
	rest := fresh
	for _, ph := range phases {
		n := len(ph.moves)
		insist(n <= len(rest), "%s: %d changes in the feed, want %d: %v", ph.name, len(rest), n, lines(rest))
		if ph.tx == 0 {
			ph.tx = number
		}
		p.comparePhase(ph, rest[:n])
		rest = rest[n:]
	}
	insist(len(rest) == 0, "changes too many in the feed: %v", lines(rest))
	p.feed = append(p.feed, fresh...)
}

func (p *player) comparePhase(ph phase, got []segment.Change) {
	seen := map[move]bool{}
	came := map[segment.ID]bool{}
	for i, c := range got {
		m := move{c.ID, c.Contact}
		e := ph.moves[m]
		insist(e != nil && !seen[m], "%s: unexpected %v; want\n%s", ph.name, c, &ph)
		seen[m] = true
		want := segment.Leave
		if e.enter {
			want = segment.Enter
		}
		insist(c.Kind == want, "%s: %v, want %v", ph.name, c, want)
		insist(c.Tx == ph.tx, "%s: %v is of commit %d, want %d", ph.name, c, c.Tx, ph.tx)
		insist(c.Time.Equal(ph.at), "%s: %v is of %v, want %v", ph.name, c, c.Time, ph.at)
		insist(c.Segment == e.def.Handle && c.Version == e.def.version, "%s: %v is of version %d, want %d", ph.name, c, c.Version, e.def.version)
		insist(slices.Contains(e.reasons, reason{c.Cause, c.Via}), "%s: %v via %d, want any of %v", ph.name, c, c.Via, e.reasons)
		insist(e.bulk == 0 || c.Bulk == (e.bulk > 0), "%s: %v: bulk is %v", ph.name, c, c.Bulk)
		insist(c.Via == 0 || came[c.Via], "%s: %v comes before a change of segment %d", ph.name, c, c.Via)
		if i > 0 && c.Bulk {
			before := got[i-1]
			insist(!before.Bulk || before.ID != c.ID || before.Kind != c.Kind || before.Cause != c.Cause || before.Via != c.Via || before.Contact < c.Contact, "%s: %v after %v", ph.name, c, before)
		}
		came[c.ID] = true
		p.silent = append(p.silent, e.def.Unpublished)
		enrol(p.roster, c)
	}
}

// enrol replays a change.
func enrol(roster map[segment.ID]ids, c segment.Change) {
	if roster[c.ID] == nil {
		roster[c.ID] = ids{}
	}
	insist(roster[c.ID][c.Contact] == (c.Kind == segment.Leave), "feed: %v, but it is so already", c)
	roster[c.ID].put(c.Contact, c.Kind == segment.Enter)
}

// lines are changes that are written one below the other.
type lines []segment.Change

func (list lines) String() string {
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "\n\t%v", c)
	}
	return b.String()
}

func (ph *phase) String() string {
	var list []string
	for m, e := range ph.moves {
		list = append(list, fmt.Sprintf("\t%s contact %d enter=%v reasons=%v\n", e.def.Handle, m.contact, e.enter, e.reasons))
	}
	slices.Sort(list)
	return strings.Join(list, "")
}

// freeze returns what the segments of the model are, by id.
func (w *world) freeze() (list []snapshot, live contact.Set) {
	for _, r := range w.segments {
		list = append(list, snapshot{r.def, slices.Sorted(maps.Keys(r.users)), r.members().set(), r.matched.set(), r.added.set(), r.removed.set()})
	}
	slices.SortFunc(list, func(a, b snapshot) int { return cmp.Compare(a.def.id, b.def.id) })
	return list, contact.SetOf(w.living()...)
}

// compare compares the engine with the model, without taking a view: the engine
// may change everything in place.
func (p *player) compare() {
	rolls, live := p.w.freeze()
	p.store.Peek(func(v *contact.View) { compareVersion("now", v, rolls, live) })
	for i, h := range p.held {
		compareVersion(fmt.Sprintf("held view %d", i), h.at, h.rolls, h.live)
	}
	if p.steps%8 == 0 {
		err := segment.CheckAgenda(p.eng)
		insist(err == nil, "%v", err)
	}
	for _, s := range rolls {
		insist(p.roster[s.def.id].set().Equal(s.members), "the feed of %s leads to %v, want %v", s.def.Handle, show(p.roster[s.def.id].set()), show(s.members))
		n, err := p.eng.Count(s.def.Handle)
		insist(err == nil && n == s.members.Len(), "Count of %s is %d, %v", s.def.Handle, n, err)
		in, err := p.eng.Contains(s.def.Handle, p.w.given)
		insist(err == nil && in == s.members.Contains(p.w.given), "Contains of %s is %v, %v", s.def.Handle, in, err)
	}
}

func compareVersion(what string, v *contact.View, rolls []snapshot, live contact.Set) {
	m := segment.At(v)
	insist(v.Live().Equal(live), "%s: the living are %v, want %v", what, show(v.Live()), show(live))
	list := m.List()
	insist(len(list) == len(rolls), "%s: %d segments, want %d", what, len(list), len(rolls))
	for i, want := range rolls {
		d, got := want.def, list[i]
		insist(got.ID == d.id && got.Handle == d.Handle && got.Name == d.Name && got.Version == d.version &&
			got.Unpublished == d.Unpublished && got.Filter.Equal(d.Filter), "%s: segment is %+v, want %+v", what, got, d)
		members, err := m.Members(d.Handle)
		insist(err == nil && members.Equal(want.members), "%s: members of %s are %v, want %v (%v)", what, d.Handle, show(members), show(want.members), err)
		users, err := m.Users(d.Handle)
		insist(err == nil && slices.Equal(users.Registered, want.users), "%s: users of %s are %v, want %v (%v)", what, d.Handle, users, want.users, err)
		n, err := m.Count(d.Handle)
		insist(err == nil && n == want.members.Len(), "%s: Count of %s is %d (%v)", what, d.Handle, n, err)
		layers, err := m.Layers(d.Handle)
		insist(err == nil && layers.Matched.Equal(want.matched), "%s: matched of %s are %v, want %v (%v)", what, d.Handle, show(layers.Matched), show(want.matched), err)
		insist(layers.Added.Equal(want.added) && layers.Removed.Equal(want.removed), "%s: by hand in %s are %v and %v, want %v and %v", what,
			d.Handle, show(layers.Added), show(layers.Removed), show(want.added), show(want.removed))
	}
	for _, who := range []contact.ID{1, 2, 3, 5, 8, 13, 21} {
		compareOne(what, m, who, rolls)
	}
}

// compareOne compares what is told of one contact, living or not.
func compareOne(what string, m segment.Members, who contact.ID, rolls []snapshot) {
	var in []segment.Membership
	for _, s := range rolls {
		want := segment.Membership{Segment: s.def.Handle, Matched: s.matched.Contains(who), Added: s.added.Contains(who), Removed: s.removed.Contains(who)}
		how, err := m.How(s.def.Handle, who)
		insist(err == nil && how == want, "%s: contact %d in %s: %+v, want %+v (%v)", what, who, s.def.Handle, how, want, err)
		insist(how.Member() == s.members.Contains(who), "%s: contact %d in %s: %+v", what, who, s.def.Handle, how)
		if how.Member() {
			in = append(in, want)
		}
	}
	insist(slices.Equal(m.Of(who), in), "%s: contact %d is in %v, want %v", what, who, m.Of(who), in)
}

// show is a set that is written as its ids.
type show contact.Set

func (s show) String() string {
	list := contact.Set(s).IDs()
	return fmt.Sprintf("%d: %v", len(list), list[:min(20, len(list))])
}

// look takes and drops views.
func (p *player) look(how string) {
	switch how {
	case "hold":
		rolls, live := p.w.freeze()
		p.held = append(p.held, held{p.store.View(), rolls, live})
	case "take":
		p.compareExplained()
	case "drop":
		p.held = nil
	}
}

// compareHeard compares what call-backs were told with the feed.
func (p *player) compareHeard() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	insist(p.eng.Flush(ctx) == nil, "Flush does not return")
	for i, l := range p.subs {
		var want []segment.Change
		for k, c := range p.feed {
			if c.Number > l.from && !p.silent[k] && l.wants(c) {
				want = append(want, c)
			}
		}
		l.from = uint64(len(p.feed))
		l.mu.Lock()
		same := slices.EqualFunc(l.heard, want, func(a, b segment.Change) bool { return a.String() == b.String() && a.Time.Equal(b.Time) })
		insist(same, "call-back %d heard %s\nwant %s", i, lines(l.heard), lines(want))
		l.heard = nil
		l.mu.Unlock()
		insist(l.sub.Err() == nil, "call-back %d ended: %v", i, l.sub.Err())
	}
}

// finish compares what is left to the end.
func (p *player) finish() {
	p.compareHeard()
	late := &listener{}
	sub := p.eng.Subscribe(&segment.SubscribeOptions{From: 1, Definitions: true}, late.hear)
	insist(p.eng.Flush(context.Background()) == nil && sub.Err() == nil, "Flush")
	roster, at := map[segment.ID]ids{}, 0
	for c, err := range p.eng.Changes(0) {
		insist(err == nil, "feed: %v", err)
		insist(c.String() == p.feed[c.Number-1].String(), "feed: %v was %v once", c, p.feed[c.Number-1])
		enrol(roster, c)
		if !p.silent[c.Number-1] {
			insist(at < len(late.heard) && late.heard[at].String() == c.String(), "the late call-back missed %v", c)
			at++
		}
	}
	for id, who := range roster {
		want := ids{}
		if r := p.w.segments[id]; r != nil {
			want = r.members()
		}
		insist(maps.Equal(who, want), "the whole feed of segment %d leads to %v, want %v", id, who, want)
	}
	for _, handle := range p.w.handles() {
		f := filter.Must(filter.Not(filter.MemberOf(handle)))
		if p.w.segments[p.w.names[handle]].def.Unpublished {
			continue
		}
		pre, err := p.eng.Preview(context.Background(), f)
		insist(err == nil && pre.Members.Equal(p.w.previewed(f).set()), "preview of %v is %v (%v)", f, show(pre.Members), err)
	}
}
