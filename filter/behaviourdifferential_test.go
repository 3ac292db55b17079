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
	seed, cases := testflags.Seed(t), testflags.Cases(100)
	held, at := map[string]int{}, seed
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the last case alone: -roster.cases=1 -roster.seed=%d", at)
		}
	})
	for i := range uint64(cases) {
		at = seed + i
		runDoers(t, filtertest.FromRand(rand.New(rand.NewPCG(at, 0))), held)
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

func runDoers(t testing.TB, choose filtertest.Chooser, held map[string]int) {
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
				require.NoError(t, d.agree(state, p, g.Schema(), held))
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
	for id := range state.contacts {
		if e := at.Explain(state.view, id); e.Matches != slices.Contains(want, id) {
			return say("Explain", e.String(), id)
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

// Every form of a question on behaviour is asked in every way that a run asks.
func TestEveryProbeOfBehaviourInEveryForm(t *testing.T) {
	schema := withEvents(t, contact.MustSchema(contact.Number("row"), contact.Number("none"), contact.Text("tz")), doings)
	p := newPeople(t, schema, time.UTC)
	p.setting.Now = instant("2026-11-25T10:00:00Z")
	did := make([]filtertest.History, 6000)
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		for i := range did {
			did[i] = history(doneBy(i))
			id, err := tx.Insert(contact.Values{"row": float64(i), "tz": []string{"Europe/Zurich", "Asia/Tokyo", "nowhere"}[i%3]})
			for _, e := range did[i].Events {
				if err == nil {
					err = tx.Record(id, contact.Event{Type: e.Type, At: e.At, Attrs: contact.Values(e.Attrs)})
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	}))
	v := p.store.View()
	for _, ask := range []string{
		`did hit`, `did ticket`, `did hit in the last 2 days`, `did hit where (url = "/a")`, `did hit where (url in ("/a", "/b") and sec > 3) at least 2 times`, `did hit exactly 2 times`, `did hit where (not url = "/a" or sec > 50)`,
		`did hit on 2 different days`, `did hit where (url starts with "/") on exactly 1 different day`, `did hit with 2 different url`, `did hit then buy within 1 day`, `did hit where (url = "/a") then buy without hit where (sec = 7)`,
		`sum of sec of hit > 9`, `sum of sec of hit where (url = "/b") <= 3`, `count of url of hit = 2`, `count of url of hit = 0`, `average of sec of hit > 3.5`, `max of amount of buy > 2`, `min of sec of hit since 2026-11-24 < 9`,
		`first hit before 2026-11-24`, `last hit on 2026-11-24`, `last hit where (sec > 5) in the last 30 hours`, `url of last hit = "/a"`, `url of last hit is empty`, `sec of first hit > 5`,
	} {
		for _, form := range []string{ask, ask + ` in zone "Europe/Zurich"`, ask + ` in zone of tz else "UTC"`} {
			f := filter.MustParse(form)
			setting := p.setting
			leaf := []contact.ID{}
			for i, h := range did {
				c := p.store.View()
				values, _ := c.Get(contact.ID(i + 1))
				if filtertest.MatchDid(setting, schema, filtertest.Contact{"tz": values["tz"].Any()}, filtertest.Belongs{}, h, f, nil) {
					leaf = append(leaf, contact.ID(i+1))
				}
			}
			if form == ask {
				require.True(t, len(leaf) > 0 && len(leaf) < 6000 || ask == `did ticket`, "%s: %d", ask, len(leaf))
				requireEveryForm(t, p, v, form, leaf)
				continue
			}
			program, err := p.compile(f)
			require.NoError(t, err)
			set, err := program.At(p.setting.Now).Select(context.Background(), v)
			require.NoError(t, err)
			require.Equal(t, leaf, set.IDs(), form)
		}
	}
}

// doneBy is what contact i of a store did in which every sort of event, and its absence, is
// frequent.
func doneBy(i int) string {
	if i%7 == 0 {
		return ""
	}
	var list []string
	for k := range 1 + i%4 {
		at := instant("2026-11-25T11:00:00Z").Add(-time.Duration((i*37+k*1009)%4321) * time.Minute)
		switch kind := (i + k) % 5; {
		case kind == 4:
			list = append(list, fmt.Sprintf("buy %s amount=%d", at.Format(time.RFC3339), i%5))
		case kind == 3:
			list = append(list, fmt.Sprintf("hit %s", at.Format(time.RFC3339)))
		default:
			list = append(list, fmt.Sprintf("hit %s url=/%c sec=%d", at.Format(time.RFC3339), "abAc"[(i/3+k)%4], i%8))
		}
	}
	return strings.Join(list, "; ")
}
