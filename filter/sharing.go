package filter

import (
	"context"

	"github.com/rosterdb/roster/contact"
)

// Sharing is what several programs have in common that are run on one version, one
// after the other: the filters of many new segments, say. What a range finds is kept
// once its conditions have cost as much together as a pass over all contacts, and what
// a condition on companies finds among these at once. So it never costs twice what the
// programs cost by themselves, and much less where they say the same.
//
// It keeps up to 64 MiB. Memberships of segments are not kept: they may change between
// two programs. Everything else of the version must not.
//
// A Sharing must not be used by more than one goroutine at a time.
type Sharing struct {
	view      *contact.View
	ranges    map[rangeKey]*shared
	companies map[companyKey]contact.Set
	free      int // bytes it may still take
}

// sharingMost is the memory that a Sharing takes, in bytes.
const sharingMost = 64 << 20

// rangeKey is a range of values of a field.
type rangeKey struct {
	field  int
	lo, hi float64
}

// companyKey is a condition on companies at a time.
type companyKey struct {
	text string
	any  bool
	zone string
	week int
	leap bool
	now  int64
}

// shared is what several programs find by a condition.
type shared struct {
	asked float64 // contacts looked at until now
	set   contact.Set
	kept  bool
}

// NewSharing returns what programs that run on a version share: nothing yet.
func NewSharing(v *contact.View) *Sharing {
	return &Sharing{view: v, ranges: make(map[rangeKey]*shared), companies: make(map[companyKey]contact.Set), free: sharingMost}
}

// Select is [Program.Select] on the version of s, with what it shares with the
// programs before it.
func (s *Sharing) Select(ctx context.Context, p *Program) (contact.Set, error) {
	r, err := p.bind(ctx, s.view, s)
	if err != nil {
		return contact.Set{}, err
	}
	if p.root.leaf == nil && !p.company {
		s.ready(r, &p.root, float64(r.live.Len()))
	}
	return r.collect(s.view.Shared())
}

// take reports whether there is room for a set, which it then takes.
func (s *Sharing) take(set contact.Set) bool {
	const block = contact.BlockSize / 8
	if n := set.Blocks() * block; n <= s.free {
		s.free -= n
		return true
	}
	return false
}

// ready replaces the ranges below a node that are kept. candidates is how many contacts
// the node is expected to be asked about.
func (s *Sharing) ready(r *run, n *node, candidates float64) {
	if n.leaf != nil {
		s.readyLeaf(r, n.leaf, candidates)
		return
	}
	for _, child := range r.order[n.id] {
		s.ready(r, child, candidates)
		if share := r.shares[child.id]; n.any {
			candidates *= 1 - share
		} else {
			candidates *= share
		}
	}
}

func (s *Sharing) readyLeaf(r *run, l *leaf, candidates float64) {
	q, ok := r.program.asks[l.index].(inSpans)
	if !ok || len(q.spans) != 1 || !r.probes[l.index].Scans() {
		return
	}
	key := rangeKey{q.field.Index(), q.spans[0].Lo, q.spans[0].Hi}
	known := s.ranges[key]
	if known == nil {
		known = new(shared)
		s.ranges[key] = known
	}
	if known.asked += candidates; !known.kept && known.asked > float64(r.live.Len()) {
		set := r.scan(r.probes[l.index])
		if !s.take(set) {
			return
		}
		known.set, known.kept = set, true
	}
	if known.kept {
		r.probes[l.index] = contact.ProbeSet(known.set)
	}
}

// scan returns who passes a probe.
func (r *run) scan(p contact.Probe) contact.Set {
	b := r.take()
	defer r.give(b)
	var builder contact.SetBuilder
	for i := range r.live.Blocks() {
		b.Load(r.live, i)
		if b.Keep(p, false); b.Len() > 0 {
			builder.Add(b)
		}
	}
	return builder.Set()
}

// rows returns the companies that a condition on companies finds.
func (s *Sharing) rows(q *companyQuestion, find func() (contact.Set, error)) (contact.Set, error) {
	rules := q.companies.rules
	key := companyKey{q.text, q.any, rules.clock.loc.String(), rules.weekStart, rules.march, q.companies.now}
	if set, ok := s.companies[key]; ok {
		return set, nil
	}
	set, err := find()
	if err == nil && s.take(set) {
		s.companies[key] = set
	}
	return set, err
}
