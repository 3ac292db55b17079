package segment

import (
	"container/heap"
	"math"
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
	stale  bool  // the definitions are others now
	hungry bool  // some sources have to look ahead
	limits map[filter.LimitKey]*limitSource
	queue  dueQueue
	filled []*limitSource // in the preparation under way

	contacts, companies map[int][]*limitSource // by index of a field that they read
	events              map[int][]*limitSource // by index of a type of event

	coming *coming // what is to be done next, until that is prepared
	passed []pass  // memory for the one that is taken
	looked uint64  // contacts looked at so far

	shown atomic.Pointer[map[filter.LimitKey]*limitSource] // limits, for readers; the map is never changed
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

// sync makes the sources those of the definitions of a root.
func (a *agenda) sync(r *root, v *contact.View) {
	if !a.stale {
		return
	}
	a.stale = false
	users := make(map[filter.LimitKey]*readership)
	was := a.limits
	a.limits = make(map[filter.LimitKey]*limitSource)
	for roll := range r.all() {
		if roll.def.program == nil || !roll.def.program.Relative() {
			continue
		}
		for _, l := range roll.def.program.Limits() {
			key := l.Key()
			if users[key] == nil {
				users[key] = &readership{}
			}
			users[key].add(roll.def.ID, l)
			if a.limits[key] != nil {
				continue
			}
			if a.limits[key] = was[key]; was[key] == nil {
				a.limits[key] = newLimitSource(a, l)
			}
		}
	}
	a.queue = a.queue[:0]
	a.contacts, a.companies, a.events = make(map[int][]*limitSource), make(map[int][]*limitSource), make(map[int][]*limitSource)
	for key, s := range a.limits {
		s.users = users[key]
		s.entry.place, s.entry.next = len(a.queue), s.due()
		s.entry.shown.Store(s.entry.next)
		a.queue = append(a.queue, s.entry)
		a.register(s)
	}
	heap.Init(&a.queue)
	limits := a.limits
	a.shown.Store(&limits)
	a.hungry = true
	a.fill(v)
}

// register files a limit under what decides when it comes to a row.
func (a *agenda) register(s *limitSource) {
	file := func(limits map[int][]*limitSource, i int) { limits[i] = append(limits[i], s) }
	switch s.limit.Over() {
	case filter.OverEvents:
		file(a.events, s.limit.Event().Index())
	case filter.OverContacts:
		file(a.contacts, s.limit.Field().Index())
	default:
		file(a.companies, s.limit.Field().Index())
		return
	}
	if zone, ok := s.limit.Zone(); ok {
		file(a.contacts, zone.Index())
	}
}

// fill has the sources look ahead that have not yet, or not far enough.
func (a *agenda) fill(v *contact.View) {
	if !a.hungry {
		return
	}
	a.hungry = false
	for _, s := range a.limits {
		if !s.full {
			s.fill(v, a.at)
			a.queue.fix(s.entry)
		}
	}
}

// note takes in what a commit has changed.
func (a *agenda) note(c *contact.Commit) {
	if len(a.limits) == 0 {
		return
	}
	v := c.View()
	note := func(s *limitSource, row contact.ID) {
		s.note(v, row, a.at)
		a.queue.fix(s.entry)
	}
	for _, t := range c.Contacts() {
		noteRow(a.contacts, t.ID, t.Kind, t.Fields, note)
	}
	for t := range c.Companies() {
		noteRow(a.companies, contact.ID(t.ID), t.Kind, t.Fields, note)
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
		at := float64(e.At.UnixMilli())
		for _, s := range a.events[e.Event.Index()] {
			if s.noteValue(v, e.Contact, at, a.at) {
				a.queue.fix(s.entry)
			}
		}
	}
}

// noteRow calls note with the limits that a changed row may be before now.
func noteRow(limits map[int][]*limitSource, row contact.ID, kind contact.ChangeKind, fields []uint16, note func(*limitSource, contact.ID)) {
	switch kind {
	case contact.Deleted:
	case contact.Created:
		for _, list := range limits {
			for _, s := range list {
				note(s, row)
			}
		}
	default:
		for _, field := range fields {
			for _, s := range limits[int(field)] {
				note(s, row)
			}
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

// Push and Pop are part of [heap.Interface] and never called: sources come and go all
// at once.
func (q dueQueue) Push(any) {}

// Pop is never called, see Push.
func (q dueQueue) Pop() any { return nil }

// fix puts a source in its place, whose instant may be another one now.
func (q *dueQueue) fix(e *dueEntry) {
	if due := e.source.due(); due != e.next {
		e.next = due
		e.shown.Store(due)
		heap.Fix(q, e.place)
	}
}
