package segment

import (
	"math"
	"slices"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment/internal/index"
)

// A seeking is the search for the segments that the contacts of a commit may enter or
// leave: those that are touched, each with what is read of its events, and those of which
// only events were recorded or deleted. Its memory is used again for the next commit.
type seeking struct {
	p       *preparation
	touched []contact.Touched
	reads   []index.Read          // of events, by contact, each once
	taken   []bool                // by place of the first one of a contact: it is touched, too
	types   []contact.EventHandle // of these events
	changed []bool                // by type
	deletes bool                  // some of these are deleted
	n       int                   // contacts, those that are touched and have events twice
	forward float64               // what it costs to run all filters that read what changed

	done           int // contacts
	visited, found uint64
}

// What finding costs, in nanoseconds, as measured at 100 000 contacts: backward for
// each contact, each group looked at and each segment found, forward for each segment and
// each contact of the store, and if it reads events, for each of these.
const (
	costContact = 1500
	costVisit   = 20
	costFound   = 300
	costSegment = 4000
	costRow     = 0.4
	costEvent   = 2
)

// fewTouched contacts are always looked up backward.
const fewTouched = 64

// find queues the segments that contacts may enter or leave by what has changed of
// themselves. If these contacts are so many, or find so much, that running the filters
// that read what changed over all contacts costs less, it queues that instead.
func (p *preparation) find(touched []contact.Touched) {
	f := p.finder()
	s := &f.seeking
	defer s.end()
	s.p, s.touched, s.n, s.forward = p, touched, len(touched), math.Inf(1)
	if p.c.EventChanges() > 0 && f.index.ReadsEvents() {
		s.collect(f.index)
	}
	if s.n > fewTouched {
		s.forward = s.costForward(f.index)
	}
	f.asking.p = p
	f.index.Begin(p.c, p.instant(), !s.deletes)
	if !s.backward(f) {
		nobody := contact.Set{} // moved knows whom
		f.index.Readers(touched, s.changes, func(id uint32) { p.queue.pushAll(ID(id), nobody, 0) })
	}
	f.asking.p = nil
	f.index.End()
}

// end lets go of the commit, and of much memory.
func (s *seeking) end() {
	const most = 1 << 16
	for _, h := range s.types {
		s.changed[h.Index()] = false
	}
	clear(s.types)
	clear(s.taken)
	*s = seeking{reads: s.reads[:0], taken: s.taken[:0], types: s.types[:0], changed: s.changed}
	if cap(s.reads) > most {
		s.reads, s.taken = nil, nil
	}
}

// collect finds out what is read of the events that were recorded and deleted. Those of
// which nothing is read are left out.
func (s *seeking) collect(x *index.Index) {
	for e := range s.p.c.Events() {
		i := e.Event.Index()
		if x.EventReaders(i) == 0 {
			continue
		}
		for i >= len(s.changed) {
			s.changed = append(s.changed, false)
		}
		if !s.changed[i] {
			s.changed[i] = true
			s.types = append(s.types, e.Event)
		}
		s.deletes = s.deletes || e.Deleted
		s.reads = x.AppendReads(s.reads, &e)
	}
	slices.Sort(s.reads)
	s.reads = slices.Compact(s.reads)
	for i := range s.reads {
		if i == 0 || s.reads[i].Contact() != s.reads[i-1].Contact() {
			s.n++
		}
	}
	if len(s.touched) > 0 {
		s.taken = append(s.taken, make([]bool, len(s.reads))...)
	}
}

// changes reports whether events of a type were recorded or deleted.
func (s *seeking) changes(event int) bool { return event < len(s.changed) && s.changed[event] }

// costForward is what it costs to run all filters that read what changed.
func (s *seeking) costForward(x *index.Index) float64 {
	v := s.p.c.View()
	cost := float64(x.CountReaders(s.touched, s.changes)) * (costSegment + costRow*float64(v.Len()))
	for _, h := range s.types {
		cost += float64(x.EventReaders(h.Index())) * costEvent * float64(v.EventsOf(h).Len())
	}
	return cost
}

// backward goes from contact to contact. It is false if it was given up, because what it
// has cost so far tells that forward is cheaper.
func (s *seeking) backward(f *finder) bool {
	s.visited, s.found = f.index.Work()
	for i := range s.touched {
		t := &s.touched[i]
		if !s.look(f, t, s.readsOf(t.ID)) {
			return false
		}
	}
	for at := 0; at < len(s.reads); {
		who, from := s.reads[at].Contact(), at
		for at < len(s.reads) && s.reads[at].Contact() == who {
			at++
		}
		if len(s.taken) > 0 && s.taken[from] {
			continue
		}
		t := contact.Touched{ID: who, Kind: contact.Updated}
		if !s.look(f, &t, s.reads[from:at]) {
			return false
		}
	}
	return true
}

// readsOf returns what is read of the events of a touched contact.
func (s *seeking) readsOf(who contact.ID) []index.Read {
	if len(s.reads) == 0 {
		return nil
	}
	from, _ := slices.BinarySearchFunc(s.reads, who, func(r index.Read, who contact.ID) int { return int(r.Contact()) - int(who) })
	to := from
	for to < len(s.reads) && s.reads[to].Contact() == who {
		to++
	}
	if to > from {
		s.taken[from] = true
	}
	return s.reads[from:to]
}

// look asks the index about one contact. It is false if it is time to give up.
func (s *seeking) look(f *finder, t *contact.Touched, reads []index.Read) bool {
	if s.done%fewTouched == 0 {
		v, g := f.index.Work()
		each := costContact + (costVisit*float64(v-s.visited)+costFound*float64(g-s.found))/float64(max(s.done, 1))
		if float64(s.n)*each > s.forward {
			return false
		}
	}
	s.done++
	if t.Kind != contact.Deleted {
		f.asking.who = t.ID
		f.index.Find(t, reads, f.asking.matched, f.asking.push)
	}
	return true
}
