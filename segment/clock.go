package segment

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// A horizon says for how long a version is right: nobody's answer changes after now and
// before next. Instants are in milliseconds since 1970.
type horizon struct {
	sync.Mutex
	number    uint64 // of the version
	now, next int64
	shown     int64 // the latest instant that was told to anybody
	past      []reach
	committed uint64 // the newest version that is visible, as far as the feed knows
	limits    int
	looked    uint64
}

// A reach says up to when a version was right that is not the newest one. It is needed
// while that one is being written, and by readers that took their version just before.
type reach struct {
	number uint64
	now    int64
}

// mostPast is the number of reaches kept of versions that nobody can take any more.
const mostPast = 64

// Now returns the instant as of which everything that is read of the engine answers. It
// never goes back while the store is open. Unless [Options.NoBackground] says that only
// transactions and [Engine.Advance] move it, it is the time of the store's clock, or the
// last moment before something that falls due and is not committed yet.
func (e *Engine) Now() time.Time {
	var now int64
	e.store.Peek(func(v *contact.View) { now = e.instant(v) })
	e.horizon.Lock()
	defer e.horizon.Unlock()
	e.horizon.shown = max(e.horizon.shown, now)
	return time.UnixMilli(e.horizon.shown).UTC()
}

// Advance commits everything that falls due up to the time of the store's clock: each
// instant by itself, in their order, with [contact.CauseClock]. A transaction does so
// before it begins, and unless [Options.NoBackground] says otherwise it happens by itself;
// when Advance returns, it is done and visible. What was committed before the context ended
// or something failed stays committed.
func (e *Engine) Advance(ctx context.Context) error {
	return e.store.Update(ctx, func(*contact.Tx) error { return nil })
}

// instant returns the instant as of which a version is asked: the latest for which its
// members are known to be right. It is the one place that says so for everything that
// reads; a commit has the time of its own.
func (e *Engine) instant(v *contact.View) int64 {
	now := v.Time().UnixMilli()
	h := &e.horizon
	h.Lock()
	defer h.Unlock()
	if h.number != v.Number() { // an older one, or one that is not told of yet
		at, known := slices.BinarySearchFunc(h.past, v.Number(), func(r reach, n uint64) int { return cmp.Compare(r.number, n) })
		if known {
			now = max(now, h.past[at].now)
		}
		return now
	}
	now = max(now, h.now)
	if !e.still {
		now = max(now, min(e.store.Now().UnixMilli(), h.next-1))
	}
	return now
}

// asOf returns the instant of a version for a program.
func (e *Engine) asOf(v *contact.View) time.Time { return time.UnixMilli(e.instant(v)) }

// beginAt notes that nothing moves yet in the version that the engine begins with.
func (e *Engine) beginAt(v *contact.View) {
	h := &e.horizon
	h.Lock()
	defer h.Unlock()
	h.number, h.now, h.next, h.shown = v.Number(), v.Time().UnixMilli(), never, math.MinInt64
	if !e.durable && e.still {
		h.now = max(h.now, e.store.Clock().Now().UnixMilli())
	}
	if e.durable { // nobody has looked
		h.next = h.now + 1
	}
}

// see notes for how long a version is right, and sets the alarm for the end of that.
func (e *Engine) see(number uint64, now int64) {
	next := e.work.agenda.next()
	h := &e.horizon
	h.Lock()
	if h.number != number { // it was right until now
		h.past = append(h.past, reach{h.number, max(h.now, now-1)})
		if n := len(h.past) - mostPast; n > mostPast && h.past[n].number < h.committed {
			h.past = append(h.past[:0], h.past[n:]...)
		}
	}
	h.number, h.now, h.next = number, now, next
	h.limits, h.looked = len(e.work.agenda.limits), e.work.agenda.looked
	h.Unlock()
	e.alarm.set(next)
}

// commit notes that a version is visible.
func (h *horizon) commit(number uint64) {
	h.Lock()
	defer h.Unlock()
	h.committed = number
}

// Next returns the next instant at which something may be due.
func (f *floor) Next(v *contact.View) (time.Time, bool) {
	e := (*Engine)(f)
	if len(e.work.repair) > 0 {
		return v.Time(), true
	}
	a := &e.work.agenda
	a.sync(rootOf(v), v)
	a.fill(v)
	next := a.next()
	return time.UnixMilli(next), next != never
}

// Due says what is due at an instant: first what was found wrong when the store was opened,
// as of the instant up to which it was right, then what time brings.
func (f *floor) Due(v *contact.View, at time.Time) (contact.Due, bool) {
	e := (*Engine)(f)
	if len(e.work.repair) > 0 {
		return contact.Due{Long: true}, true
	}
	now := at.UnixMilli()
	c := e.work.agenda.advance(v, now, func(c *coming) bool { return e.flips(v, c) })
	if c == nil {
		e.see(v.Number(), now)
		return contact.Due{}, false
	}
	return contact.Due{Long: c.count() > longDue}, true
}

// longDue is the number of contacts from which on readers do not wait for what is due.
const longDue = 512

// programs are the filters that are relative, as they are asked at an instant. They
// belong to the writer.
type programs map[ID]timedProgram

type timedProgram struct {
	of, at *filter.Program
	now    int64
}

// at returns the program of a definition as it is asked at an instant.
func (p *programs) at(d *defined, now int64) *filter.Program {
	if !d.program.Relative() {
		return d.program
	}
	known := (*p)[d.ID]
	if known.of != d.program || known.now != now {
		known = timedProgram{d.program, d.program.At(time.UnixMilli(now)), now}
		if *p == nil {
			*p = make(programs)
		}
		(*p)[d.ID] = known
	}
	return known.at
}

// program returns the filter of a definition as this transaction asks it.
func (p *preparation) program(d *defined) *filter.Program {
	return p.engine.work.programs.at(d, p.now)
}

// lookAgain takes back what was seen of a version that has come to nothing: the one before
// is the newest.
func (e *Engine) lookAgain(number uint64) {
	a := &e.work.agenda
	h := &e.horizon
	h.Lock()
	h.past = slices.DeleteFunc(h.past, func(r reach) bool { return r.number >= number })
	h.number, h.now, h.next = number, a.at, a.at+1 // no more is known before the agenda is filled again
	if a.coming != nil {                           // it is what has come to nothing
		h.now, h.next = a.coming.at-1, a.coming.at
	}
	h.Unlock()
	if len(a.limits) > 0 || a.stale || len(a.noted) > 0 {
		e.alarm.set(a.at)
	}
}
