package segment

import (
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Stats are figures of an engine.
type Stats struct {
	Segments int
	Dynamic  int // of these, with a filter
	Broken   int // of these, with a definition that can't be used, see [Segment]
	Added    int // marks by hand over all segments: contacts put in
	Removed  int // and taken out

	Changes    uint64 // number of the newest change
	FeedKept   int    // changes in memory
	FeedOldest uint64 // number of the oldest of these; of the next change if there are none

	Limits int       // that move with time, of all conditions: equal ones count once
	Next   time.Time // when something may fall due next; zero if nothing will unless something changes
	Looked uint64    // contacts looked at because of time alone, since the engine was made

	Subscriptions []SubscriptionStats // those that run, the oldest first
}

// SubscriptionStats are figures of a subscription that runs.
type SubscriptionStats struct {
	Segments    []string // the handles it hears of; nil: all
	Definitions bool     // whether it hears of first fills, edits and deletions of segments
	Next        uint64   // everything before it has been delivered or passed over
	Behind      uint64   // changes from there on, whether it wants them or not; the one under way counts
}

// SegmentStats are figures of a segment.
type SegmentStats struct {
	Segment    string // the handle
	ID         ID
	Version    int // of the definition
	Dynamic    bool
	Broken     error // see [Segment]
	Members    int
	Added      int // contacts put in by hand, members by the filter or not
	Removed    int // contacts taken out by hand
	Conditions int // of the filter; a term on behaviour is one
	Limits     int // that move with time, of its conditions: equal ones count once
	Names      int // segments that the filter names
	Registered int // users registered with [Engine.Use]

	// FillTime is how long it took to ask the filter about all contacts when the
	// segment was made, or when the filter last became another one. It is zero if that
	// was before the store was opened, and for a static segment.
	FillTime time.Duration
	// FillMoved is how many contacts entered and left by that.
	FillMoved int

	// IndexBytes is about what the filter takes in the index by which changes find it,
	// without what it shares with others. It is 0 until a transaction has looked. This and
	// what follows is told by [Engine.SegmentStats] only.
	IndexBytes int
	// Next is when contacts may enter or leave next because of time alone; zero if none
	// will unless something changes, and for a segment that follows others which move.
	Next time.Time
	// Last is the latest commit that let contacts enter or leave, by whatever cause, as far
	// as the feed in memory goes back; its Tx is 0 if there is none.
	Last SegmentMove
	// Upkeep is what the latest commit took that had the filter asked, since the engine was made,
	// first fills not counted; its Tx is 0 if there is none.
	Upkeep SegmentUpkeep
}

// SegmentMove is what one commit did to the members of a segment.
type SegmentMove struct {
	Tx      uint64 // number of the commit, see [contact.Store.Log]
	Time    time.Time
	Entered int
	Left    int
}

// Stats returns figures of the engine. It looks at every segment, but not at contacts.
func (e *Engine) Stats() Stats {
	var s Stats
	for roll := range rootOf(e.store.View()).all() {
		s.Segments++
		s.Added += roll.added.Len()
		s.Removed += roll.removed.Len()
		if roll.def.Dynamic() {
			s.Dynamic++
		}
		if roll.def.Broken != nil {
			s.Broken++
		}
	}
	e.subs.Lock()
	list := slices.Clone(e.subs.list)
	e.subs.Unlock()
	for _, sub := range list {
		sub.mu.Lock()
		if !sub.over {
			s.Subscriptions = append(s.Subscriptions, SubscriptionStats{
				Segments: slices.Clone(sub.opts.Segments), Definitions: sub.opts.Definitions, Next: sub.next})
		}
		sub.mu.Unlock()
	}
	h := &e.horizon
	h.Lock()
	if s.Limits, s.Looked = h.limits, h.looked; h.next != never {
		s.Next = time.UnixMilli(h.next).UTC()
	}
	h.Unlock()
	s.Changes = e.LastChange() // after it was asked what is next
	s.FeedKept, s.FeedOldest = e.feed.stats(s.Changes)
	for i := range s.Subscriptions {
		if next := s.Subscriptions[i].Next; next <= s.Changes {
			s.Subscriptions[i].Behind = s.Changes + 1 - next
		}
	}
	return s
}

// stats returns how many changes up to a number are kept, and the number of the oldest
// of them.
func (f *feed) stats(last uint64) (kept int, oldest uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	oldest = last + 1
	if len(f.batches) > 0 {
		oldest = min(oldest, f.batches[0].first)
	}
	return max(0, f.kept-int(f.last-last)), oldest
}

// SegmentStats returns figures of a segment now.
func (e *Engine) SegmentStats(handle string) (s SegmentStats, err error) {
	var limits []*filter.Limit
	var last uint64
	e.store.Peek(func(v *contact.View) {
		last = At(v).LastChange()
		if s, err = At(v).SegmentStats(handle); err == nil {
			if p := rootOf(v).roll(s.ID).def.program; p != nil {
				limits = p.Limits()
			}
		}
	})
	if err != nil {
		return s, err
	}
	s.IndexBytes = e.work.finder.sizes.of(s.ID)
	if next := e.work.agenda.nextOf(limits); next != never {
		s.Next = time.UnixMilli(next).UTC()
	}
	s.Last = e.feed.lastOf(s.ID, last)
	s.Upkeep = e.upkeeps.of(s.ID)
	return s, nil
}

// nextOf returns the next instant at which one of some limits comes to somebody, never if
// none does. It may be called at any time.
func (a *agenda) nextOf(limits []*filter.Limit) int64 {
	next := int64(never)
	a.reading.RLock()
	defer a.reading.RUnlock()
	for _, l := range limits {
		if s := a.limits[l.Key()]; s != nil {
			next = min(next, s.entry.shown.Load())
		}
	}
	return next
}

// lastOf returns what the latest batch up to a number with changes of a segment did to it.
func (f *feed) lastOf(id ID, last uint64) (m SegmentMove) {
	batches, _ := f.all()
	for _, b := range slices.Backward(batches) {
		if b.first > last {
			continue
		}
		for i := range b.entries {
			e := &b.entries[i]
			if e.def.ID != id {
				continue
			}
			m.Tx, m.Time = b.tx, b.at
			n := 1
			if e.bulk {
				n = b.sets[e.contact].Len()
			}
			if e.kind == Enter {
				m.Entered += n
			} else {
				m.Left += n
			}
		}
		if m.Tx != 0 {
			break
		}
	}
	return m
}

// SegmentStats returns figures of a segment. Its cost grows with the conditions of the
// filter.
func (m Members) SegmentStats(handle string) (SegmentStats, error) {
	r, err := m.root.lookup(handle)
	if err != nil {
		return SegmentStats{}, err
	}
	s := SegmentStats{
		Segment: r.def.Handle, ID: r.def.ID, Version: r.def.Version, Dynamic: r.def.Dynamic(), Broken: r.def.Broken,
		Members: r.members.Len(), Added: r.added.Len(), Removed: r.removed.Len(),
		Names: len(r.def.refs), Registered: len(r.users), FillTime: r.def.filled.took, FillMoved: r.def.filled.moved,
	}
	for path := range r.def.Filter.Conditions() {
		if !path.OnEvent() {
			s.Conditions++
		}
	}
	for range r.def.Filter.Behaviours() {
		s.Conditions++
	}
	if r.def.program != nil {
		s.Limits = len(r.def.program.Limits())
	}
	return s, nil
}

// A fill says what it cost to ask a new filter about all contacts.
type fill struct {
	took  time.Duration
	moved int
}

// firstFill asks a new filter about all contacts and notes what that took.
func (p *preparation) firstFill(d *defined) (contact.Set, error) {
	elapsed := p.c.Stopwatch()
	matched, err := p.everyone(d)
	if d.program != nil {
		d.filled.took = elapsed()
	}
	return matched, err
}
