package boltfile

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/boltfile/faulttest"
	"github.com/rosterdb/roster/internal/testflags"
)

// outage is a recorded sequence of commits.
type outage struct {
	faults *faulttest.Faults
	states []*state
	marks  []int // how many ops there were when each state was acknowledged
	cases  int
	path   string
}

func record(t *testing.T, r *rand.Rand, commits int) *outage {
	b, states := image(t, r, 150, 2)
	x := &outage{faults: faulttest.New(), states: states[2:], marks: []int{0}, path: write(t, nil)}
	o := options()
	o.Hook = x.faults.Hook
	f := opened(t, write(t, b), o)
	require.NoError(t, x.faults.Record())
	s := x.states[0]
	for i := range commits {
		s = s.clone()
		require.NoError(t, f.Update(func(tx *Tx) error {
			if i%4 == 2 { // lets the file grow
				if err := s.put(tx, "texts", fmt.Appendf(nil, "large %d", i), random(r, 40000)); err != nil {
					return err
				}
			}
			return s.edit(tx, r, 150)
		}))
		x.states = append(x.states, s)
		x.marks = append(x.marks, len(x.faults.Ops()))
	}
	return x
}

// check opens what is left after n ops. It holds all acknowledged commits, and the one
// under way whole or not at all.
func (x *outage) check(n int, keep func(i int, op faulttest.Op) []faulttest.Span) error {
	x.cases++
	acked := 0
	for acked+1 < len(x.marks) && x.marks[acked+1] <= n {
		acked++
	}
	if err := os.WriteFile(x.path, x.faults.Replay(n, keep), 0o600); err != nil {
		return err
	}
	f, err := Open(x.path, options())
	if err != nil {
		return err
	}
	defer f.Close()
	got, err := read(f)
	if err != nil {
		return err
	}
	d := got.differs(x.states[acked])
	if d != "" && acked+1 < len(x.states) {
		if acked++; got.differs(x.states[acked]) == "" {
			d = ""
		}
	}
	if d != "" {
		return errors.New(d)
	}
	return x.goOn(f, got)
}

// goOn commits once more, and then takes away both what is left of older commits and
// the older meta page: the new commit still is what the file holds.
func (x *outage) goOn(f *File, s *state) error {
	if x.cases%8 != 0 {
		return nil
	}
	err := f.Update(func(tx *Tx) error { return s.put(tx, "few", []byte("after"), []byte("all")) })
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	b, err := os.ReadFile(x.path)
	if err != nil {
		return err
	}
	b[x.cases/8%2*pageSize+headerSize+3] ^= 4
	if err := os.WriteFile(x.path, b, 0o600); err != nil {
		return err
	}
	var o outcomes
	if err := o.judge(x.path, s); err != nil || o.intact != 1 {
		return fmt.Errorf("after another commit: %v, %w", o, err)
	}
	return nil
}

// The power goes at every moment, and what was not synced is lost, kept or torn.
func TestPowerLoss(t *testing.T) {
	inChild(t, func(t *testing.T, r *rand.Rand) {
		x := record(t, r, 10)
		n := len(x.faults.Ops())
		require.Greater(t, n, 60)
		for prefix := range n + 1 {
			every := func(keep func(faulttest.Op) []faulttest.Span) func(int, faulttest.Op) []faulttest.Span {
				return func(_ int, op faulttest.Op) []faulttest.Span { return keep(op) }
			}
			require.NoError(t, x.check(prefix, every(faulttest.Whole)), "%d ops", prefix)
			pending := x.faults.Pending(prefix)
			if len(pending) == 0 {
				continue
			}
			require.NoError(t, x.check(prefix, every(faulttest.Nothing)), "%d ops, none kept", prefix)
			for _, only := range pending {
				require.NoError(t, x.check(prefix, func(i int, op faulttest.Op) []faulttest.Span {
					if i != only {
						return nil
					}
					return faulttest.Whole(op)
				}), "%d ops, only %d kept", prefix, only)
			}
			for round := range testflags.Rounds(2) {
				for name, keep := range map[string]func(faulttest.Op) []faulttest.Span{
					"chance": faulttest.Chance(r), "sectors": faulttest.Sectors(r), "torn": faulttest.Torn(r),
				} {
					require.NoError(t, x.check(prefix, every(keep)), "%d ops, %s, round %d", prefix, name, round)
				}
			}
		}
		fmt.Printf("cases: %d, %d ops\n", x.cases, n)
	})
}

// A commit whose pages were all written, but not its meta page, is not acknowledged. It
// is not there after opening, and it does not come back when a meta page is damaged.
func TestUnfinishedCommitIsForgotten(t *testing.T) {
	x := record(t, source1(t), 1)
	ops := x.faults.Ops()
	n := len(ops) - 3 // without sync, meta page, sync
	require.True(t, ops[n+1].Meta())
	left := x.faults.Replay(n, func(_ int, op faulttest.Op) []faulttest.Span { return faulttest.Whole(op) })
	m := newest(t, left)

	// Whoever does not open the file in between has to take it for one that was
	// acknowledged.
	other := m.before().slot() * pageSize
	damaged := append([]byte(nil), left...)
	damaged[other+20] ^= 1
	holds(t, opened(t, write(t, damaged), options()), x.states[1])

	path := write(t, left)
	f := opened(t, path, options())
	holds(t, f, x.states[0])
	require.NoError(t, f.Close())
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, m, newest(t, b))
	b[other+20] ^= 1
	holds(t, opened(t, write(t, b), options()), x.states[0])
}
