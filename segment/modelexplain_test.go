package segment_test

import (
	"context"
	"slices"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment"
)

// compareExplained compares what is explained of some contacts, living or not, with
// the model and with the feed. It takes a view.
func (p *player) compareExplained() {
	rolls, _ := p.w.freeze()
	for _, who := range []contact.ID{1, 3, 8, p.w.given} {
		for _, s := range rolls {
			x, err := p.eng.Explain(context.Background(), s.def.Handle, who, &segment.ExplainOptions{Segments: true})
			insist(err == nil, "explain %s: %v", s.def.Handle, err)
			p.compareExplanation(x, who, rolls)
			seen := []string{x.Segment}
			for _, other := range x.Segments {
				insist(other.Segments == nil && !slices.Contains(seen, other.Segment), "%s is explained twice\n%s", other.Segment, x)
				seen = append(seen, other.Segment)
				p.compareExplanation(other, who, rolls)
			}
			for ref := range s.def.refs {
				insist(slices.Contains(seen, ref), "%s is not explained\n%s", ref, x)
			}
		}
	}
}

func (p *player) compareExplanation(x *segment.Explanation, who contact.ID, rolls []snapshot) {
	at := slices.IndexFunc(rolls, func(s snapshot) bool { return s.def.Handle == x.Segment })
	insist(at >= 0, "%s is no segment\n%s", x.Segment, x)
	s := rolls[at]
	insist(x.Contact == who && x.Version == s.def.version && x.Exists == p.store.View().Exists(who), "explained is %+v", x)
	insist(x.Member == s.members.Contains(who) && x.Matched == s.matched.Contains(who) && x.Added == s.added.Contains(who) &&
		x.Removed == s.removed.Contains(who), "contact %d in %s: %+v", who, s.def.Handle, x)
	insist((x.Filter == nil) == s.def.Filter.IsZero(), "filter of %s: %+v", s.def.Handle, x)
	insist(x.Filter == nil || x.Filter.Matches == x.Matched && x.Filter.Contact == who, "filter of %s\n%s", s.def.Handle, x)
	var last *segment.Change
	for i := range p.feed {
		if c := &p.feed[i]; c.ID == s.def.id && c.Contact == who {
			last = c
		}
	}
	insist(x.Whole, "the feed is kept\n%s", x)
	if last == nil {
		insist(x.Since == nil, "%v and no change\n%s", x.Since, x)
		return
	}
	insist(x.Since != nil, "%v is not found\n%s", last, x)
	since := x.Since
	insist(since.Change == last.Number && since.Tx == last.Tx && since.Kind == last.Kind && since.Cause == last.Cause && since.Version == last.Version &&
		since.Time.Equal(last.Time), "%+v, want %v\n%s", since, last, x)
	insist((since.Kind == segment.Enter) == x.Member, "%v\n%s", last, x)
}
