package filter_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

// The engine agrees with the oracle on what contacts did: on random events, recorded in any
// order, deleted and forgotten, beside edits of contacts and companies, on the newest
// version and on older ones.
func TestDifferentialBehaviour(t *testing.T) {
	seed, cases := testflags.Seed(t), testflags.Cases(300)
	held := map[string]int{}
	for i := range uint64(cases) {
		choose := filtertest.FromRand(rand.New(rand.NewPCG(seed+i, 0)))
		runDoers(t, choose, seed+i, held)
		if t.Failed() {
			return
		}
	}
	if cases >= 300 {
		for kind := filter.DidTimes; kind <= filter.OfLast; kind++ {
			for _, holds := range []bool{false, true} {
				require.NotZero(t, held[fmt.Sprint(kind, holds)], "kind %d, %v", kind, holds)
			}
		}
	}
}

// doers is people who also did something.
type doers struct {
	*people
	events *filtertest.EventGenerator
	did    map[contact.ID][]filtertest.Event
}

// A doing is contacts and what they did, as they were in a version.
type doing struct {
	view     *contact.View
	contacts map[contact.ID]filtertest.Contact
	did      map[contact.ID][]filtertest.Event
}

func runDoers(t testing.TB, choose filtertest.Chooser, seed uint64, held map[string]int) {
	g := filtertest.New(choose)
	d := &doers{newPeople(t, g.Schema(), g.Zone()), g.Events(), map[contact.ID][]filtertest.Event{}}
	d.setting = g.Setting()
	d.fill(t, g, choose, storeSize{contacts: 1 + choose([]int{1, 5, 30}[choose(3)])})
	require.NoError(t, d.update(func(tx *contact.Tx) error { return tx.Schema().Add(d.events.Parts()...) }))
	var programs []*filter.Program
	for range 1 + choose(4) {
		f := d.events.Filter(choose(3))
		if choose(3) == 0 {
			f = g.Zoned(f)
		}
		program, err := d.compile(f)
		require.NoError(t, err, "%s", f)
		programs = append(programs, program)
	}
	var old []doing
	for range 2 + choose(3) {
		for range choose(3) {
			d.act(t, g, choose)
		}
		now := doing{d.store.View(), maps.Clone(d.contacts), maps.Clone(d.did)}
		for _, state := range append(old, now) {
			for _, p := range programs {
				d.setting.Now = d.events.Setting().Now
				if err := d.agree(state, p, g.Schema(), held); err != nil {
					t.Fatalf("%v\nthis case alone: -roster.cases=1 -roster.seed=%d", err, seed)
				}
			}
		}
		old = append(old, now)
	}
}

// act runs a transaction, which is undone now and then.
func (d *doers) act(t testing.TB, g *filtertest.Generator, choose filtertest.Chooser) {
	did, before, undo := maps.Clone(d.did), d.store.View(), choose(8) == 7
	err := d.update(func(tx *contact.Tx) error {
		for range choose(4) {
			step := g.Edit
			if choose(3) == 2 {
				step = g.EditCompanies
			}
			if err := step(tx, d.contacts); err != nil {
				return err
			}
		}
		if err := d.events.Edit(tx, before, d.contacts, d.did); err != nil || !undo {
			return err
		}
		return errUndo
	})
	if undo {
		require.ErrorIs(t, err, errUndo)
		d.did = did
		return
	}
	require.NoError(t, err)
	maps.DeleteFunc(d.did, func(id contact.ID, _ []filtertest.Event) bool { return d.contacts[id] == nil })
}

// agree asks the engine in every way it has, and the oracle.
func (d *doers) agree(state doing, program *filter.Program, schema *contact.Schema, held map[string]int) error {
	ctx, f := context.Background(), program.Filter()
	belongs := belongsIn(state.view, schema)
	want := []contact.ID{}
	for _, id := range slices.Sorted(maps.Keys(state.contacts)) {
		b, _ := belongs(id)
		h := filtertest.History{Types: d.events.Types(), Events: state.did[id]}
		member := func(ref string) bool { return d.segments.has(ref, id) }
		if filtertest.MatchDid(d.setting, schema, state.contacts[id], b, h, f, member) {
			want = append(want, id)
		}
		for _, term := range f.Behaviours() {
			one := filter.Must(term)
			held[fmt.Sprint(term.Kind(), filtertest.MatchDid(d.setting, schema, state.contacts[id], b, h, one, member))]++
		}
	}
	say := func(how, what string, id contact.ID) error {
		return fmt.Errorf("%s: %s\nfilter: %s\nat %v, zone %v\ncontact %d %v did %s", how, what, f, d.setting.Now.UTC(), d.setting.Zone, id, state.contacts[id], told(state.did[id]))
	}
	if err := compareGroups(state.view, program, d.setting.Now, slices.Collect(maps.Keys(state.contacts)), want); err != nil {
		return say("Groups", err.Error(), 0)
	}
	at := program.At(d.setting.Now)
	for id := range state.contacts {
		if _, found := slices.BinarySearch(want, id); at.Match(state.view, id) != found {
			return say("Match", fmt.Sprintf("not %v", found), id)
		}
	}
	set, err := at.Select(ctx, state.view)
	if err != nil || !slices.Equal(set.IDs(), want) {
		for id := range state.contacts {
			if _, found := slices.BinarySearch(want, id); set.Contains(id) != found {
				return say("Select", fmt.Sprintf("not %v", found), id)
			}
		}
		return say("Select", fmt.Sprintf("%v %v, not %v", err, set.IDs(), want), 0)
	}
	if n, err := at.Count(ctx, state.view); err != nil || n != len(want) {
		return say("Count", fmt.Sprintf("%d (%v), not %d", n, err, len(want)), 0)
	}
	if plan, err := at.Plan(ctx, state.view); err != nil || plan.Matches != len(want) || plan.Root.Size != len(want) || plan.Root.Left != len(want) {
		return say("Plan", fmt.Sprintf("%v (%v), want %d", plan, err, len(want)), 0)
	}
	return nil
}

func told(events []filtertest.Event) string {
	var lines []string
	for _, e := range events {
		lines = append(lines, fmt.Sprintf("%s %s %v", e.Type, e.At.Format(time.RFC3339Nano), e.Attrs))
	}
	return strings.Join(lines, "; ")
}
