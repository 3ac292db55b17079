package segment

import (
	"container/heap"
	"math"
	"sync"
	"sync/atomic"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// never is an instant that does not come.
const never = math.MaxInt64

// A source is something that comes to contacts as time passes: a limit of relative
// conditions. It says when it comes to the next ones, and then to whom. Instants are in
// milliseconds since 1970. A source may name contacts in vain, and must name each one whose
// answer changes.
type source interface {
	// due returns the next instant at which it has something to do, never if there is
	// none. It may be one at which it comes to nobody.
	due() int64
	// take does what is due at an instant, and adds to whom it comes then, and which
	// segments have to be asked about them.
	take(v *contact.View, c *coming)
}

// An agenda holds what falls due by the clock alone. It belongs to the writer. It is
// made from the contacts and the definitions of a version and is brought up to date
// with each commit, so nothing of it is stored.
type agenda struct {
	at     int64 // everything up to it is done
	stale  bool  // all definitions have to be looked at
	noted  []ID  // these, too: their filter may be another one than is filed
	filed  map[ID]*filter.Program
	hungry []*limitSource // they have to look ahead
	queue  dueQueue

	reading sync.RWMutex // of limits: the writer holds it while it changes the map, readers while they look
	limits  map[filter.LimitKey]*limitSource
	known   map[filter.LimitKey]*limitSource // nil but while all are filed anew: those of before
	filled  []*limitSource                   // in the preparation under way

	contacts, companies registers              // by index of a field that they read
	events              registers              // by index of a type of event
	zones               map[int][]*limitSource // by index of a field of contacts that tells a zone

	coming *coming // what is to be done next, until that is prepared
	passed []pass  // memory for the one that is taken
	looked uint64  // contacts looked at so far
}

// begin prepares an empty agenda, for which no time has been seen and nothing is filed.
func (a *agenda) begin() {
	a.stale, a.at = true, math.MinInt64/2
	a.clear()
}

// next returns the next instant at which something is to be done.
func (a *agenda) next() int64 {
	switch {
	case a.coming != nil:
		return a.coming.at
	case len(a.queue) > 0:
		return a.queue[0].next
	}
	return never
}

// advance does what is due up to now until something changes somebody's answer, which
// flips tells, and returns that. It is nil if nothing does: then the agenda is at now.
func (a *agenda) advance(v *contact.View, now int64, flips func(*coming) bool) *coming {
	var c *coming
	for a.coming == nil {
		next := a.next()
		if next > now {
			a.at = max(a.at, now)
			return nil
		}
		a.at = max(a.at, next)
		if c == nil {
			c = &coming{}
		}
		c.at = next
		for len(a.queue) > 0 && a.queue[0].next == next {
			e := a.queue[0]
			e.source.take(v, c)
			a.queue.fix(e)
		}
		if c.empty() {
			continue
		}
		a.looked += uint64(c.count())
		if flips(c) {
			a.coming = c
			return c
		}
		c.reset()
	}
	return a.coming
}

// redefined has the filter of a segment compared with what is filed, at the next sync.
func (a *agenda) redefined(id ID) { a.noted = append(a.noted, id) }

// sync makes the sources those of the definitions of a root. It costs what the definitions
// cost that have changed, and a look at those that share their limits.
func (a *agenda) sync(r *root, v *contact.View) {
	switch n := len(a.noted); {
	case a.stale, n > fewNoted && n > len(a.filed)/noteShare:
		a.fileAll(r)
	case n == 0:
		return
	}
	for _, id := range a.noted {
		var program *filter.Program
		if d := r.look(id).def; d != nil {
			program = d.program
		}
		a.file(id, program)
	}
	a.noted = a.noted[:0]
	a.fill(v)
}

// Taking a segment from those that share a limit costs a look at them, so that where many
// definitions change at once, a share of all, all are filed anew.
const (
	fewNoted  = 256
	noteShare = 16
)

// fileAll files the filters of all segments anew. Sources that are needed still know what
// they have looked up.
func (a *agenda) fileAll(r *root) {
	a.known = a.limits
	a.stale = false
	a.reading.Lock()
	a.clear()
	a.reading.Unlock()
	for _, s := range a.known {
		s.register = nil
	}
	for roll := range r.all() {
		a.file(roll.def.ID, roll.def.program)
	}
	a.known = nil
}

// clear forgets what is filed, and every source.
func (a *agenda) clear() {
	a.filed, a.limits, a.queue = make(map[ID]*filter.Program), make(map[filter.LimitKey]*limitSource), nil
	a.contacts, a.companies, a.events, a.zones = make(registers), make(registers), make(registers), make(map[int][]*limitSource)
}

// file puts the limits of a segment's filter in the place of those that are filed for it.
func (a *agenda) file(id ID, program *filter.Program) {
	if program != nil && !program.Relative() {
		program = nil
	}
	old := a.filed[id]
	if old == program {
		return
	}
	if program != nil {
		for _, l := range program.Limits() { // before the old ones go: they may be the same
			a.sourceOf(l).users.add(id, l)
		}
		a.filed[id] = program
	} else {
		delete(a.filed, id)
	}
	if old != nil {
		for _, l := range old.Limits() {
			if s := a.limits[l.Key()]; s.users.remove(id, l) {
				a.drop(s)
			}
		}
	}
}

// sourceOf returns the source of a limit, making it if there is none.
func (a *agenda) sourceOf(l *filter.Limit) *limitSource {
	if s := a.limits[l.Key()]; s != nil {
		return s
	}
	s := a.known[l.Key()]
	if s == nil {
		s = newLimitSource(a, l)
		a.hungry = append(a.hungry, s)
	}
	s.users = &readership{}
	a.reading.Lock()
	a.limits[s.limit.Key()] = s
	a.reading.Unlock()
	a.enrol(s)
	s.entry.next = s.due()
	s.entry.shown.Store(s.entry.next)
	heap.Push(&a.queue, s.entry)
	return s
}

// drop forgets a source that nobody has any more.
func (a *agenda) drop(s *limitSource) {
	a.reading.Lock()
	delete(a.limits, s.limit.Key())
	a.reading.Unlock()
	a.expel(s)
	heap.Remove(&a.queue, s.entry.place)
}

// fill has the sources look ahead that have not yet, or not far enough.
func (a *agenda) fill(v *contact.View) {
	for _, s := range a.hungry {
		if !s.full && a.limits[s.limit.Key()] == s {
			s.fill(v, a.at)
			a.queue.fix(s.entry)
		}
	}
	clear(a.hungry)
	a.hungry = a.hungry[:0]
}

// note takes in what a commit has changed.
func (a *agenda) note(c *contact.Commit) {
	if len(a.limits) == 0 {
		return
	}
	v := c.View()
	for _, t := range c.Contacts() {
		a.contacts.note(a, v, t.ID, t.Kind, t.Fields)
		if t.Kind == contact.Updated && len(a.zones) > 0 {
			a.noteZone(v, t.ID, t.Fields)
		}
	}
	for t := range c.Companies() {
		a.companies.note(a, v, contact.ID(t.ID), t.Kind, t.Fields)
	}
	a.noteEvents(c)
	a.fill(v)
}

// noteEvents takes in the events that a commit has recorded. Those that it has deleted
// leave their entries behind.
func (a *agenda) noteEvents(c *contact.Commit) {
	if len(a.events) == 0 || c.EventChanges() == 0 {
		return
	}
	v := c.View()
	for e := range c.Events() {
		if e.Deleted {
			continue
		}
		if r := a.events[e.Event.Index()]; r != nil {
			r.note(a, v, e.Contact, float64(e.At.UnixMilli()))
		}
	}
}

// noteZone takes in that a contact may have come to be asked by another clock.
func (a *agenda) noteZone(v *contact.View, who contact.ID, fields []uint16) {
	for _, field := range fields {
		for _, s := range a.zones[int(field)] {
			s.note(v, who, a.at)
			a.queue.fix(s.entry)
		}
	}
}

// undo takes back what a preparation did that comes to nothing: what was looked up in
// its version has to be looked up again, and what was due is so still.
func (a *agenda) undo(taken *coming) {
	if taken != nil {
		taken.forget()
		a.coming = taken
	}
	for _, s := range a.filled {
		s.empty()
		if s.entry.place < len(a.queue) && a.queue[s.entry.place] == s.entry {
			a.queue.fix(s.entry)
		}
	}
	a.filled = a.filled[:0]
}

// A dueQueue is a heap of sources by the instants at which they are due.
type dueQueue []*dueEntry

// A dueEntry is a source in the queue.
type dueEntry struct {
	source source
	next   int64
	place  int
	shown  atomic.Int64 // next, for readers
}

func (q dueQueue) Len() int           { return len(q) }
func (q dueQueue) Less(i, j int) bool { return q[i].next < q[j].next }
func (q dueQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

// Push adds an entry, for [heap.Interface].
func (q *dueQueue) Push(x any) {
	e := x.(*dueEntry)
	e.place = len(*q)
	*q = append(*q, e)
}

// Pop takes the last one, for [heap.Interface].
func (q *dueQueue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return e
}

// fix puts a source in its place, whose instant may be another one now.
func (q *dueQueue) fix(e *dueEntry) {
	if due := e.source.due(); due != e.next {
		e.next = due
		e.shown.Store(due)
		heap.Fix(q, e.place)
	}
}
