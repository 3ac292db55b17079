package segment_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// A hunt compares what the finder finds with every segment whose answer is another
// one: none may be missing.
type hunt struct {
	t        *testing.T
	choose   filtertest.Chooser
	g        *filtertest.Generator
	events   *filtertest.EventGenerator
	now      time.Time
	did      map[contact.ID][]filtertest.Event
	eng      *segment.Engine
	contacts map[contact.ID]filtertest.Contact
	found    map[pair]bool
	guard    *vetoer
	flips    int // answers that are other ones, where the finder had to find the segment
	more     int // found beside these
	handles  []string
}

type pair struct {
	segment segment.ID
	contact contact.ID
}

func newHunt(t *testing.T, seed uint64) *hunt {
	choose := filtertest.FromRand(rand.New(rand.NewPCG(seed, 7)))
	h := &hunt{t: t, choose: choose, g: filtertest.New(choose), contacts: map[contact.ID]filtertest.Contact{}, found: map[pair]bool{}, guard: &vetoer{}}
	h.events, h.did = h.g.Events(), map[contact.ID][]filtertest.Event{}
	h.now = h.events.Setting().Now
	store, err := contact.New(h.g.Schema(), &contact.Options{Clock: contacttest.NewClock(h.now)})
	require.NoError(t, err)
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error { return tx.Schema().Add(h.events.Parts()...) }))
	h.eng, err = segment.New(store, nil)
	require.NoError(t, err)
	require.NoError(t, store.Attach("guard", h.guard, nil))
	for _, ref := range h.g.Segments() {
		_, err := h.eng.Create(context.Background(), segment.Definition{Handle: ref, Name: "named"})
		require.NoError(t, err)
		h.handles = append(h.handles, ref)
	}
	segment.WatchFinder(h.eng, []int{0, 3, 48}[choose(3)], func(id segment.ID, who contact.ID) {
		require.False(t, h.found[pair{id, who}], "segment %d found twice for contact %d", id, who)
		h.found[pair{id, who}] = true
	})
	return h
}

// filter returns a filter that the engine takes.
func (h *hunt) filter() filter.Filter {
	for {
		f := h.g.Filter(h.choose(4))
		if h.choose(2) == 0 {
			f = h.events.Filter(h.choose(3))
		}
		if f = h.g.Zoned(f); filter.Check(f, h.eng.Store().Schema(), anyRef{}) == nil {
			return f
		}
	}
}

// anyRef knows every segment, by the members that an engine says it has in a version.
type anyRef struct{}

func (anyRef) Check(string) error { return nil }

func (anyRef) Members(v *contact.View, ref string) contact.Set {
	set, _ := segment.At(v).Members(ref)
	return set
}

// edit makes, changes or deletes a segment. An error only says that it can't be.
func (h *hunt) edit(tx *contact.Tx) {
	switch {
	case h.choose(3) == 0 && len(h.handles) > 30:
		handle := h.handles[h.choose(len(h.handles))]
		if _, err := h.eng.In(tx).Delete(handle); err == nil {
			h.handles = slices.DeleteFunc(h.handles, func(x string) bool { return x == handle })
		}
	case h.choose(3) == 0:
		_, _ = h.eng.In(tx).Change(h.handles[h.choose(len(h.handles))], segment.Definition{Name: "changed", Filter: h.filter()})
	case len(h.handles) < 60:
		if s, err := h.eng.In(tx).Create(segment.Definition{Name: "made", Filter: h.filter()}); err == nil {
			h.handles = append(h.handles, s.Handle)
		}
	}
}

// step is one transaction: contacts, companies, segments and hands.
func (h *hunt) step() {
	clear(h.found)
	before, handles := h.eng.Store().View(), slices.Clone(h.handles)
	var contacts map[contact.ID]filtertest.Contact
	h.guard.set([]string{"veto", "", "", "", "", ""}[h.choose(6)])
	did := cloned(h.did)
	err := h.eng.Store().Update(context.Background(), func(tx *contact.Tx) error {
		contacts = cloned(h.contacts)
		for range h.choose(8) {
			step := h.g.Edit
			if h.choose(4) == 0 {
				step = h.g.EditCompanies
			}
			if err := step(tx, contacts); err != nil {
				return err
			}
		}
		if h.choose(3) == 0 {
			h.edit(tx)
		}
		if h.choose(3) > 0 {
			return h.events.Edit(tx, before, contacts, h.did)
		}
		return nil
	})
	if err != nil {
		require.ErrorIs(h.t, err, errVeto)
		h.handles, h.did = handles, did
	} else {
		h.contacts = contacts
		maps.DeleteFunc(h.did, func(id contact.ID, _ []filtertest.Event) bool { return contacts[id] == nil })
		h.compare(before, h.eng.Store().View())
	}
	require.NoError(h.t, segment.CheckFinder(h.eng))
}

func cloned[K comparable, V any](m map[K]V) map[K]V {
	c := make(map[K]V, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

// compare asks every filter that stayed about every contact that changed.
func (h *hunt) compare(before, after *contact.View) {
	if before.Number() == after.Number() {
		return
	}
	changed, reached := h.changed(before, after)
	for _, s := range segment.At(after).List() {
		old, err := segment.At(before).Get(s.Handle)
		if err != nil || old.Version != s.Version || old.ID != s.ID || s.Filter.IsZero() {
			continue
		}
		p, err := filter.Compile(s.Filter, after.Schema(), &filter.CompileOptions{Segments: anyRef{}})
		require.NoError(h.t, err)
		p = p.At(h.now)
		primary, any := p.CompanyFields()
		for _, id := range changed {
			if p.Match(before, id) == p.Match(after, id) {
				continue
			}
			if h.moved(before, after, s.Filter, id) || reached[id] && len(primary)+len(any) > 0 {
				continue // pushed by what it names, or by the company
			}
			h.flips++
			require.True(h.t, h.found[pair{s.ID, id}], "contact %d: %s says %v now and was not found", id, s.Filter, p.Match(after, id))
			delete(h.found, pair{s.ID, id})
		}
	}
	h.more += len(h.found)
}

// changed returns the living contacts that a commit changed, and those whose company
// it changed.
func (h *hunt) changed(before, after *contact.View) (list []contact.ID, reached map[contact.ID]bool) {
	reached = make(map[contact.ID]bool)
	for rec, err := range h.eng.Store().Log(before.Number() + 1) {
		require.NoError(h.t, err)
		for c := range rec.Changes() {
			if c.Kind != contact.Deleted {
				list = append(list, c.ID)
			}
		}
		for c := range rec.Events() {
			if after.Exists(c.Contact) && !slices.Contains(list, c.Contact) {
				list = append(list, c.Contact)
			}
		}
		for c := range rec.CompanyChanges() {
			for id := range after.Companies().Contacts(c.ID).All() {
				reached[id] = reached[id] || c.Kind == contact.Updated
			}
		}
	}
	return list, reached
}

// moved reports whether a contact moved in a segment that a filter names.
func (h *hunt) moved(before, after *contact.View, f filter.Filter, id contact.ID) bool {
	for _, c := range f.Conditions() {
		for ref := range c.Segments() {
			if (anyRef{}).Members(before, ref).Contains(id) != (anyRef{}).Members(after, ref).Contains(id) {
				return true
			}
		}
	}
	return false
}

// What the finder finds has everything in it whose answer is another one, on random
// schemas, filters and changes, while definitions come and go; and when all are gone,
// nothing is left in the index.
func TestFinderMissesNothing(t *testing.T) {
	seed, cases := testflags.Seed(t), testflags.Cases(40)
	flips, more := 0, 0
	for i := range uint64(cases) {
		h := newHunt(t, seed+i)
		for range 40 {
			h.step()
		}
		flips, more = flips+h.flips, more+h.more
		h.guard.set("")
		for range 20 { // those that others name last
			for _, handle := range h.handles {
				_, _ = h.eng.Delete(context.Background(), handle)
			}
		}
		require.Empty(t, h.eng.List())
		stats := segment.FinderStats(h.eng)
		require.Zero(t, stats.Segments+stats.Places+stats.Buckets)
		require.NoError(t, segment.CheckFinder(h.eng))
		require.NoError(t, h.eng.Store().Close())
		if t.Failed() {
			t.Logf("this case alone: -roster.cases=1 -roster.seed=%d", seed+i)
			return
		}
	}
	t.Logf("%d flips, and %d found beside them", flips, more)
	if cases >= 40 {
		require.Greater(t, flips, 500)
		require.Less(t, more, flips, "the index finds more than it should")
	}
}

// A filter whose normal form is too large is asked whenever a field that it reads
// changes.
func TestFinderOfLargeFilter(t *testing.T) {
	store, err := contact.New(contact.MustSchema(contact.Number("points"), contact.Text("name"), contact.Text("city")), nil)
	require.NoError(t, err)
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	var terms []filter.Term
	for i := range 40 {
		terms = append(terms, filter.Or(filter.Field("points").AtLeast(i), filter.Field("name").Equals(fmt.Sprint(i))))
	}
	ctx := context.Background()
	_, err = eng.Create(ctx, segment.Definition{Handle: "large", Name: "Large", Filter: filter.Must(filter.And(terms...))})
	require.NoError(t, err)
	found := 0
	segment.WatchFinder(eng, 48, func(segment.ID, contact.ID) { found++ })
	var id contact.ID
	for i, c := range []struct {
		values contact.Values
		in     bool
	}{
		{contact.Values{"name": "0"}, false}, {contact.Values{"points": 38}, false}, {contact.Values{"name": "39"}, true},
		{contact.Values{"city": "Bern"}, true}, {contact.Values{"points": nil}, false},
	} {
		require.NoError(t, store.Update(ctx, func(tx *contact.Tx) (err error) {
			if i == 0 {
				id, err = tx.Insert(c.values)
				return err
			}
			return tx.Set(id, c.values)
		}))
		in, err := eng.Contains("large", id)
		require.NoError(t, err)
		require.Equal(t, c.in, in, "%v", c.values)
	}
	require.Equal(t, 2, found)
	require.NoError(t, segment.CheckFinder(eng))
	require.NoError(t, store.Close())
}

// On the selective mix a change looks at few groups, and what is found nearly always
// flips.
func TestFinderIsSelective(t *testing.T) {
	const segments, changes = 2000, 2000
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	store, err := contacttest.NewStore(benchSeed, 5000)
	require.NoError(t, err)
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
		for i := range segments {
			if _, err := eng.In(tx).Create(segment.Definition{Name: fmt.Sprint("s", i), Filter: selective(rng)}); err != nil {
				return err
			}
		}
		return nil
	}))
	c := newChurn(t, store)
	c.rng = rng
	was, first := segment.FinderStats(eng), eng.LastChange()
	for range changes {
		require.NoError(t, store.Update(context.Background(), c.stage))
	}
	stats, flips := segment.FinderStats(eng), eng.LastChange()-first
	visited, found := stats.Visited-was.Visited, stats.Found-was.Found
	t.Logf("%d changes, %d groups looked at, %d segments found, %d flips, %d bytes a segment", changes, visited, found, flips, stats.Bytes/segments)
	require.Greater(t, flips, uint64(changes/100))
	require.Less(t, visited, uint64(changes*segments/200), "half a per cent of the segments")
	require.Less(t, found, flips+flips/5)
	require.Less(t, stats.Bytes, 1024*segments)
	require.NoError(t, store.Close())
}

// A number or a day that filters name turns those that name it, and not others that lie
// between the old and the new value.
func TestFinderOfNumbers(t *testing.T) {
	d := newDesk(t, nil)
	const stages = 200
	d.update(func(tx *contact.Tx) error {
		for i := range stages {
			for _, text := range []string{"points = %d", "points = %d and country = \"FR\"", "points in (%d, 1000, 1001, 1002, 1003)", "points not in (%d, 5000) and yes = true"} {
				if _, err := d.eng.In(tx).Create(definition(fmt.Sprintf("s%d-%d", i, len(text)), fmt.Sprintf(text, i))); err != nil {
					return err
				}
			}
		}
		return nil
	})
	ada := d.insert(1, contact.Values{"country": "FR"})
	for _, c := range []struct {
		values contact.Values
		flips  uint64
	}{
		{contact.Values{"points": 7}, 3}, {contact.Values{"points": 150}, 6}, {contact.Values{"points": 150.5}, 3}, {contact.Values{"points": 7}, 3},
		{contact.Values{"points": 1002}, 2 + stages - 1}, {contact.Values{"points": nil}, stages}, {contact.Values{"points": -5}, 0}, {contact.Values{"points": 5000, "yes": true}, 0},
		{contact.Values{"points": 7}, 3 + stages - 1}, {contact.Values{"points": 8}, 8},
	} {
		was, first := segment.FinderStats(d.eng), d.eng.LastChange()
		d.set(ada, c.values)
		require.Equal(t, c.flips, d.eng.LastChange()-first, "%v", c.values)
		if c.values["yes"] == nil { // which is the word that a fourth of all are filed by
			require.Less(t, segment.FinderStats(d.eng).Visited-was.Visited, 2*c.flips+8, "%v", c.values)
		}
	}
	was := segment.FinderStats(d.eng)
	d.insert(1, contact.Values{"points": 7})
	require.Less(t, segment.FinderStats(d.eng).Visited-was.Visited, uint64(16))
	require.NoError(t, d.eng.Verify(d.ctx))
	require.NoError(t, segment.CheckFinder(d.eng))
}
