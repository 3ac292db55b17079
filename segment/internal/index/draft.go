package index

import (
	"cmp"
	"math"
	"slices"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// A draft is a group on its way into the index.
type draft struct {
	checks  []check
	keys    []uint32 // words of its key, nil if it has none
	nothing bool     // it holds of a contact without values
}

// mostKeys is the largest number of words that a key has.
const mostKeys = 32

// draft decides how a group is filed.
func (x *Index) draft(v *contact.View, group []*filter.Literal) *draft {
	type ranked struct {
		checks []check
		words  []uint32
		rank   float64
	}
	list := make([]ranked, 0, len(group))
	d := &draft{nothing: true}
	best, key := math.Inf(1), -1
	for _, l := range group {
		d.nothing = d.nothing && l.OfNothing
		share := shareOf(v, l)
		checks, words := x.checks(l)
		if len(words) > 0 && len(words) <= mostKeys {
			// A longer list is in more buckets: of two alike the shorter one is the key.
			if cost := share * (1 + float64(len(words))/mostKeys); cost < best {
				best, key = cost, len(list)
			}
		}
		if l.Shape == filter.OtherShape {
			share++ // asked last: it takes longest
		}
		list = append(list, ranked{checks, words, share})
	}
	if key >= 0 {
		d.keys = list[key].words
		list[key].rank = 3 // it holds in nearly every visit
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	for _, r := range list {
		d.checks = append(d.checks, r.checks...)
	}
	return d
}

// shareOf estimates the share of contacts that a literal holds for. As long as there
// are few contacts, the kind of the field counts for more than they do.
func shareOf(v *contact.View, l *filter.Literal) float64 {
	prior := 0.3
	if points := ofPoints(l); points || l.Shape == filter.AnyWord || l.Shape == filter.AllWords {
		n := len(l.Words) + len(l.Spans) // it has one of the two
		switch kind := l.Fields[0].Kind(); {
		case points:
			prior = 0.01
		case kind == contact.KindText:
			prior = 0.001
		case kind == contact.KindBool:
			prior = 0.5
		default:
			prior = 0.05
		}
		prior = min(0.9, prior*float64(n))
		if l.Negated {
			prior = 1 - prior
		}
	}
	n, ok := l.Estimate(v)
	if !ok {
		return prior
	}
	const weight = 200
	return (float64(n) + prior*weight) / (float64(v.Len()) + weight)
}
