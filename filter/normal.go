package filter

import (
	"cmp"
	"fmt"
	"slices"
)

// maxNormal bounds the conditions of a normal form, as far as the filter itself does
// not have more.
const maxNormal = 10_000

// Normal returns the filter that means the same as f and is an OR of groups of
// conditions, without nested filters. Groups, conditions and values are in a fixed
// order and each there once; a group that says what another one says and more is
// left out. Filters that differ only in that have the same normal form, and the
// normal form of a normal form is itself. It knows no schema: texts that compare the
// same and are written differently stay apart. The normal form of the zero Filter is
// the zero Filter.
//
// Multiplying out can make a filter grow without bounds. If the form would have more
// than 10 000 conditions, and more than f has, counted before groups are left out,
// the error wraps a [*LimitError]. Nothing else depends on the form: such a filter is
// checked and run like any other.
func (f Filter) Normal() (Filter, error) {
	if f.IsZero() {
		return f, nil
	}
	p := tidy(f, false)
	n, err := newNormalizer(p)
	if err != nil {
		return Filter{}, err
	}
	out := n.filter(n.expand(p))
	out.zone = f.zone
	return out, nil
}

// known returns the normal form of a filter without a zone that is part of a term, the
// filter itself if that would be too large, and its fingerprint. It looks once at what
// is nested in it, where Normal and Fingerprint look twice, and at what is nested in that
// four times.
func (f Filter) known() (Filter, Fingerprint) {
	if f.IsZero() {
		return f, Fingerprint{}
	}
	p := tidy(f, false)
	n, err := newNormalizer(p)
	if err != nil {
		return f, nestedFingerprint(p)
	}
	groups := n.expand(p)
	key := n.fingerprint(groups)
	return n.filter(groups), key
}

// filter returns the normal form of groups, which it sorts.
func (n *normalizer) filter(groups [][]int32) Filter {
	slices.SortFunc(groups, slices.Compare[[]int32])
	out := Filter{groups: make([]Group, len(groups))}
	for i, g := range groups {
		terms := make([]Term, len(g))
		for j, l := range g {
			terms[j] = n.leaves[l].term()
		}
		out.groups[i] = out.finish(terms)
	}
	return out
}

// A normalizer multiplies parts out. Groups are ascending places in leaves.
type normalizer struct {
	leaves []*part // each once, in the order of compareConditions
	place  map[Fingerprint]int32
}

// newNormalizer refuses a part that would grow too much.
func newNormalizer(p *part) (*normalizer, error) {
	n := &normalizer{place: make(map[Fingerprint]int32)}
	limit := max(maxNormal, n.collect(p))
	if got := p.extent(limit); got.conditions > limit {
		return nil, fmt.Errorf("filter: %w", limitError("conditions in the normal form", limit, got.conditions))
	}
	slices.SortFunc(n.leaves, func(a, b *part) int { return compareLeaves(a, b) })
	for i, l := range n.leaves {
		n.place[l.key] = int32(i)
	}
	return n, nil
}

// collect finds the leaves and returns how often there is one.
func (n *normalizer) collect(p *part) (count int) {
	if p.isLeaf() {
		if _, seen := n.place[p.key]; !seen {
			n.place[p.key] = 0
			n.leaves = append(n.leaves, p)
		}
		return 1
	}
	for _, k := range p.kids {
		count += n.collect(k)
	}
	return count
}

// extent is how much a part is when it is multiplied out.
type extent struct{ groups, conditions int }

// extent counts up to a limit: what is more is the first figure beyond it.
func (p *part) extent(limit int) extent {
	if p.isLeaf() {
		return extent{1, 1}
	}
	sum := extent{0, 0}
	if !p.any {
		sum.groups = 1
	}
	for _, k := range p.kids {
		e := k.extent(limit)
		if p.any {
			sum = extent{sum.groups + e.groups, sum.conditions + e.conditions}
		} else {
			sum = extent{sum.groups * e.groups, sum.conditions*e.groups + e.conditions*sum.groups}
		}
		if sum.conditions > limit {
			return extent{limit + 1, limit + 1}
		}
	}
	return sum
}

// expand multiplies a part out.
func (n *normalizer) expand(p *part) [][]int32 {
	if p.isLeaf() {
		return [][]int32{{n.place[p.key]}}
	}
	var groups [][]int32
	if p.any {
		for _, k := range p.kids {
			groups = append(groups, n.expand(k)...)
		}
		return n.absorb(groups)
	}
	var common []int32 // what every group has
	for _, k := range p.kids {
		if k.isLeaf() {
			common = append(common, n.place[k.key])
		}
	}
	slices.Sort(common)
	groups = [][]int32{common}
	for _, k := range p.kids {
		if !k.isLeaf() {
			groups = n.absorb(product(groups, n.expand(k)))
		}
	}
	return groups
}

// product returns every group of a with every group of b.
func product(a, b [][]int32) [][]int32 {
	groups := make([][]int32, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			both := append(slices.Clone(x), y...)
			slices.Sort(both)
			groups = append(groups, slices.Compact(both))
		}
	}
	return groups
}

// absorb leaves out the groups that have all conditions of another one. A group that
// stays is looked for under the rarest of its conditions.
func (n *normalizer) absorb(groups [][]int32) [][]int32 {
	slices.SortFunc(groups, func(a, b []int32) int { return cmp.Or(cmp.Compare(len(a), len(b)), slices.Compare(a, b)) })
	often := make(map[int32]int)
	for _, g := range groups {
		for _, l := range g {
			often[l]++
		}
	}
	kept := make(map[int32][][]int32)
	out := groups[:0]
	for _, g := range groups {
		if slices.ContainsFunc(g, func(l int32) bool {
			return slices.ContainsFunc(kept[l], func(k []int32) bool { return contains(g, k) })
		}) {
			continue
		}
		rarest := slices.MinFunc(g, func(a, b int32) int { return cmp.Compare(often[a], often[b]) })
		kept[rarest] = append(kept[rarest], g)
		out = append(out, g)
	}
	return out
}

// contains reports whether a group has all conditions of another one.
func contains(g, other []int32) bool {
	for _, l := range g {
		if len(other) > 0 && other[0] == l {
			other = other[1:]
		}
	}
	return len(other) == 0
}
