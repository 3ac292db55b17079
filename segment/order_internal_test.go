package segment

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/internal/testflags"
)

// TestRelink changes references at random and compares the graph with one made anew.
func TestRelink(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 5))
	for range testflags.Cases(100) {
		r := &root{}
		g := newGraph(r)
		for range 60 {
			id := ID(1 + rng.IntN(int(r.last)+2))
			r.last = max(r.last, id)
			r.grow(r.last)
			roll, was := r.roll(id), []ID(nil)
			if roll.def != nil {
				was = roll.def.refs
			}
			before := roll.def
			var now []ID
			for range rng.IntN(3) { // upwards only, so that there is no circle
				if ref := ID(1 + rng.IntN(int(id))); ref < id && r.roll(ref).def != nil {
					now = append(now, ref)
				}
			}
			slices.Sort(now)
			now = slices.Compact(now)
			if roll.def = (&defined{Segment: Segment{ID: id}, refs: now}); rng.IntN(6) == 0 && len(g.users[id]) == 0 {
				roll.def, now = nil, nil
			}
			g.relink(r, id, was, now)
			require.NoError(t, g.compare(newGraph(r)))
			g.relink(r, id, was, now)
			require.NoError(t, g.compare(newGraph(r)), "it may be told twice")
			if rng.IntN(4) == 0 { // and taken back
				roll.def = before
				g.relink(r, id, now, was)
				require.NoError(t, g.compare(newGraph(r)))
			}
		}
	}
}

// TestBreakCirclesOfMany looks at each reference once, however long the chains are.
func TestBreakCirclesOfMany(t *testing.T) {
	const n = 100_000
	r := &root{last: n}
	r.grow(n)
	for id := ID(1); id <= n; id++ {
		d := &defined{Segment: Segment{ID: id, Definition: Definition{Handle: fmt.Sprint("s", id)}}}
		for _, ref := range []ID{id - 1, id / 2} {
			if ref > 0 && !slices.Contains(d.refs, ref) {
				d.refs = append(d.refs, ref)
			}
		}
		slices.Sort(d.refs)
		r.roll(id).def = d
	}
	r.breakCircles()
	require.Empty(t, r.broken())
	r.roll(1).def.refs = []ID{n}
	r.breakCircles()
	broken := r.broken()
	require.Equal(t, []ID{2, 3}, broken, "1 names the last, and these name 1")
	for _, id := range broken {
		require.Empty(t, r.roll(id).def.refs)
	}
	r.breakCircles()
	require.Equal(t, broken, r.broken(), "there is no other circle")
}
