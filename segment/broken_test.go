package segment_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/segment"
)

// spoil closes a store whose segment has got another filter in its file, and opens it
// again.
func (d *desk) spoil(dir, handle, filter string) *desk {
	d.Helper()
	segment.SetFilter(d.eng, handle, filter)
	require.NoError(d, d.store.Compact(d.ctx))
	d.close()
	return openDesk(d.T, dir, -1, nil)
}

func (d *desk) get(handle string) segment.Segment {
	d.Helper()
	s, err := d.eng.Get(handle)
	require.NoError(d, err)
	return s
}

// broken returns what is wrong with a segment, which has to be the same everywhere.
func (d *desk) broken(handle string) error {
	d.Helper()
	s := d.get(handle)
	for _, other := range d.eng.List() {
		if other.Handle == handle {
			require.Equal(d, s.Broken, other.Broken)
		}
	}
	return s.Broken
}

// TestBroken isolates a definition that can't be used: its members stay as they are,
// everything else goes on, and another definition repairs it.
func TestBroken(t *testing.T) {
	for name, c := range map[string]struct{ filter, err string }{
		"a field that is gone":     {"gone = 3", `segment "s": filter: or[0].and[0]: field "gone": there is no such field`},
		"an operator":              {`points like "x"`, `"like" does not fit a number field`},
		"a regular expression":     {`country matches "("`, "the regular expression is wrong"},
		"a zone":                   {`yes = true in zone "Nowhere/Land"`, "Nowhere/Land"},
		"a filter of another time": {`yes is truly so`, `segment "s": `},
		"a segment that is gone":   {"in segment nowhere", `no segment "nowhere"`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := openDesk(t, dir, -1, nil)
			d.insert(5, contact.Values{"yes": true})
			d.create("s", "yes = true")
			_, err := d.eng.Edit(d.ctx, segment.ByHand{Contacts: contact.SetOf(1), Remove: []string{"s"}})
			require.NoError(t, err)
			d.create("t", "in segment s and points is empty")
			d.create("other", "yes = true")
			last := d.eng.LastChange()
			d = d.spoil(dir, "s", c.filter)

			wrong := d.broken("s")
			require.Equal(t, []segment.ID{1}, segment.Astray(d.eng))
			require.ErrorAs(t, wrong, new(*segment.DefinitionError))
			require.ErrorContains(t, wrong, c.err)
			s := d.get("s")
			require.True(t, s.Dynamic())
			require.NoError(t, errors.Join(d.broken("t"), d.broken("other")))
			require.Equal(t, last, d.eng.LastChange(), "nobody moves")
			require.Equal(t, []contact.ID{2, 3, 4, 5}, d.members("s"))
			d.verify()

			d.set(2, contact.Values{"yes": false})
			d.insert(1, contact.Values{"yes": true})
			d.update(func(tx *contact.Tx) error { return tx.Delete(3) })
			_, err = d.eng.Add(d.ctx, "s", 1, 6)
			require.NoError(t, err)
			d.set(4, contact.Values{"points": 1, "country": "FR"})
			_, err = d.eng.Remove(d.ctx, "s", 5)
			require.NoError(t, err)
			require.Equal(t, []contact.ID{1, 2, 4, 6}, d.members("s"))
			require.Equal(t, []contact.ID{1, 2, 6}, d.members("t"))
			require.Equal(t, []contact.ID{1, 4, 5, 6}, d.members("other"))
			d.verify()
			d.create("late", "not in segment s and yes = true")
			require.Equal(t, []contact.ID{5}, d.members("late"), "one that is broken can be named")
			last = d.eng.LastChange()
			require.NoError(t, d.eng.Rename(d.ctx, "s", "Renamed"))
			require.Equal(t, wrong, d.broken("s"), "a new name repairs nothing")
			d.close()

			d = openDesk(t, dir, -1, &segment.Options{Recheck: true})
			require.Equal(t, wrong, d.broken("s"))
			require.Equal(t, last, d.eng.LastChange())
			require.Equal(t, "Renamed", d.get("s").Name)
			_, err = d.eng.Change(d.ctx, "s", definition("s", "yes = true"))
			require.NoError(t, err)
			require.NoError(t, d.broken("s"))
			require.Empty(t, segment.Astray(d.eng))
			require.Equal(t, []contact.ID{1, 4, 6}, d.members("s"), "1 is in by hand, 5 out by hand")
			require.Equal(t, []contact.ID{1, 6}, d.members("t"))
			how, err := d.eng.At(d.store.View()).How("s", 5)
			require.NoError(t, err)
			require.Equal(t, segment.Membership{Segment: "s", Matched: true, Removed: true}, how)
			d.verify()
			versions := d.eng.Versions(s.ID)
			require.Len(t, versions, 3)
			d.close()
			for range 2 {
				d = openDesk(t, dir, -1, nil)
				require.NoError(t, d.broken("s"))
				require.Equal(t, versions, d.eng.Versions(s.ID))
				d.verify()
				require.NoError(t, d.store.Compact(d.ctx))
				d.close()
			}
		})
	}
}

// TestBrokenNames is a definition that can't be used and names a segment: whatever
// happens to that one, its own members stay.
func TestBrokenNames(t *testing.T) {
	dir := t.TempDir()
	d := openDesk(t, dir, -1, nil)
	d.insert(1000, contact.Values{"yes": true})
	d.create("base", "yes = true")
	d.create("s", "in segment base")
	d.create("t", "not in segment s")
	d = d.spoil(dir, "s", "in segment base and nothing = 1")
	require.Error(t, d.broken("s"))
	all := d.members("s")
	d.set(1, contact.Values{"yes": false}) // one by one
	d.update(func(tx *contact.Tx) error {  // many at once
		for id := contact.ID(2); id <= 900; id++ {
			if err := tx.Set(id, contact.Values{"yes": false}); err != nil {
				return err
			}
		}
		return nil
	})
	_, err := d.eng.Change(d.ctx, "base", definition("base", "points = 1"))
	require.NoError(t, err)
	_, err = d.eng.Add(d.ctx, "base", 1000)
	require.NoError(t, err)
	require.Equal(t, all, d.members("s"))
	require.Empty(t, d.members("t"))
	require.Equal(t, []contact.ID{1000}, d.members("base"))
	_, err = d.eng.Delete(d.ctx, "base")
	require.EqualError(t, err, `segment "base" is used by segment "s"`)
	d.verify()
	d.close()
	d = openDesk(t, dir, -1, &segment.Options{Recheck: true})
	require.Equal(t, all, d.members("s"))
	_, err = d.eng.Change(d.ctx, "s", definition("s", "in segment base"))
	require.NoError(t, err)
	require.Equal(t, []contact.ID{1000}, d.members("s"))
	require.Len(t, d.members("t"), 999)
	d.verify()
}

// TestBrokenCircle breaks one of the segments that would refer to each other.
func TestBrokenCircle(t *testing.T) {
	for _, c := range []struct {
		name string
		long int // the path
	}{{"a", 2}, {"b", 3}, {"d", 5}} {
		dir := t.TempDir()
		d := openDesk(t, dir, -1, nil)
		d.insert(2, contact.Values{"yes": true})
		d.create("d", "yes = true")
		d.create("c", "in segment d")
		d.create("b", "in segment c")
		d.create("a", "in segment b")
		d.create("z", "in segment a")
		d = d.spoil(dir, c.name, "in segment a")
		broken := 0
		for _, s := range d.eng.List() {
			var cycle *segment.CycleError
			if errors.As(s.Broken, &cycle) {
				broken++
				require.Equal(t, s.Handle, cycle.Path[0])
				require.Equal(t, s.Handle, cycle.Path[len(cycle.Path)-1])
				require.Len(t, cycle.Path, c.long)
			}
			require.Equal(t, []contact.ID{1, 2}, d.members(s.Handle))
		}
		require.Equal(t, 1, broken)
		d.update(func(tx *contact.Tx) error { return tx.Delete(1) })
		require.Equal(t, []contact.ID{2}, d.members("z"))
		for _, s := range d.eng.List() {
			if s.Broken != nil {
				_, err := d.eng.Change(d.ctx, s.Handle, definition(s.Handle, "yes = true"))
				require.NoError(t, err)
			}
		}
		d.close()
		d = openDesk(t, dir, -1, nil)
		for _, s := range d.eng.List() {
			require.NoError(t, s.Broken)
		}
		d.close()
	}
}

// TestBrokenHeals when a program opens the store that can use the definition: what
// happened meanwhile is repaired, though nothing else hints at a difference.
func TestBrokenHeals(t *testing.T) {
	for _, filter := range []string{"later > 2", "yes = true and later > 2"} {
		for _, compact := range []bool{false, true} {
			dir := t.TempDir()
			d := openDesk(t, dir, -1, nil)
			d.insert(3, contact.Values{"yes": true})
			d.create("s", "yes = true")
			d.create("t", "not in segment s")
			d = d.spoil(dir, "s", filter)
			require.Error(t, d.broken("s"))
			d.update(func(tx *contact.Tx) error { return tx.Schema().Add(contact.Number("later")) })
			d.set(2, contact.Values{"later": 3})
			require.Error(t, d.broken("s"), "it is not looked at while the store is open")
			require.Equal(t, []contact.ID{1, 2, 3}, d.members("s"))
			err := d.store.Update(d.ctx, func(tx *contact.Tx) error { return tx.Schema().Drop("later") })
			var used *contact.FieldInUseError
			require.ErrorAs(t, err, &used)
			require.Equal(t, []string{`segment "s"`}, used.Users)
			if compact {
				require.NoError(t, d.store.Compact(d.ctx))
			}
			last := d.eng.LastChange()
			d.close()

			d = openDesk(t, dir, -1, nil)
			require.NoError(t, d.broken("s"))
			require.Equal(t, []contact.ID{2}, d.members("s"))
			require.Equal(t, []string{"1 leave s (repair)", "3 leave s (repair)", "1 enter t (repair)", "3 enter t (repair)"}, d.feed(last+1))
			d.verify()
			number := d.store.View().Number()
			d.close()
			d = openDesk(t, dir, -1, nil)
			require.Equal(t, number, d.store.View().Number(), "there is nothing more to repair")
			d.close()
		}
	}
}

// TestBrokenEdits are refused if they are no better, and taken back with what goes
// wrong elsewhere.
func TestBrokenEdits(t *testing.T) {
	dir := t.TempDir()
	d := openDesk(t, dir, -1, nil)
	d.insert(2, contact.Values{"yes": true})
	d.create("s", "yes = true")
	d.create("t", "in segment s")
	d = d.spoil(dir, "s", `yes is truly so`)
	other := &vetoer{end: "veto"}
	require.NoError(t, d.store.Attach("veto", other, nil))
	_, err := d.eng.Change(d.ctx, "s", definition("s", "nothing = 1"))
	require.ErrorAs(t, err, new(*contact.UnknownFieldError))
	edit := func() error {
		_, err := d.eng.Change(d.ctx, "s", definition("s", "yes = false"))
		return err
	}
	require.ErrorIs(t, edit(), errVeto)
	require.Error(t, d.broken("s"))
	require.Equal(t, []contact.ID{1, 2}, d.members("t"))
	other.end = ""
	_, err = d.eng.Delete(d.ctx, "s")
	require.ErrorAs(t, err, new(*segment.InUseError))
	effect, err := d.eng.Change(d.ctx, "s", segment.Definition{Name: "Static"})
	require.NoError(t, err)
	require.Equal(t, segment.Effect{Segment: "s", Left: 2}, effect, "no filter is a filter that matches nobody")
	require.NoError(t, d.broken("s"))
	require.Empty(t, d.members("t"))
	s := d.get("s")
	d = d.spoil(dir, "s", "nothing = 1")
	require.NoError(t, d.store.Attach("veto", other, nil))
	require.NoError(t, errors.Join(d.eng.Rename(d.ctx, "t", "T"), d.eng.Use(d.ctx, "x: y", "s"), d.eng.Release(d.ctx, "x: y", "s")))
	_, err = d.eng.Change(d.ctx, "t", definition("t", ""))
	require.NoError(t, err)
	require.Equal(t, []segment.ID{1}, segment.Astray(d.eng))
	_, err = d.eng.Delete(d.ctx, "s")
	require.NoError(t, err)
	require.Empty(t, segment.Astray(d.eng))
	require.Len(t, d.eng.Versions(s.ID), 2)
	d.close()
	d = openDesk(t, dir, -1, nil)
	require.Len(t, d.eng.Versions(s.ID), 2)
	require.Len(t, d.eng.List(), 1)
}

// TestExplainBroken says why the members are what they are.
func TestExplainBroken(t *testing.T) {
	dir := t.TempDir()
	d := openDesk(t, dir, -1, nil)
	d.insert(2, contact.Values{"yes": true})
	d.create("s", "yes = true")
	d = d.spoil(dir, "s", "nothing = 1")
	x, err := d.eng.Explain(d.ctx, "s", 1, nil)
	require.NoError(t, err)
	require.True(t, x.Member)
	require.Nil(t, x.Filter)
	require.Equal(t, `filter: or[0].and[0]: field "nothing": there is no such field`, x.Broken)
	require.Contains(t, x.String(), `contact 1 is in segment "s": its members stay as they were, because its definition is broken: filter: or[0]`)
	d.insert(1, nil)
	x, err = d.eng.Explain(d.ctx, "s", 3, nil)
	require.NoError(t, err)
	require.Contains(t, x.String(), `contact 3 is not in segment "s": its members stay as they were`)
	_, err = d.eng.Add(d.ctx, "s", 3)
	require.NoError(t, err)
	x, err = d.eng.Explain(d.ctx, "s", 3, nil)
	require.NoError(t, err)
	require.Contains(t, x.String(), `contact 3 is in segment "s": it was added by hand, and its definition is broken: `)
}

// What a broken definition reads stays, as for others: the field of its zone, and options.
func TestBrokenKeepsWhatItReads(t *testing.T) {
	putZone(t, "Atlantis/Capital", 0)
	dir := t.TempDir()
	d := openWith(t, dir, contact.MustSchema(contact.DateTime("at"), contact.Text("zone"), contact.Select("plan", "free", "pro")), &contact.Options{Sync: -1}, nil)
	d.create("s", `at = 2026-11-25 and plan = "pro" in zone of zone else "Atlantis/Capital"`)
	drop := func() error {
		return d.store.Update(d.ctx, func(tx *contact.Tx) error { return tx.Schema().Drop("zone") })
	}
	remove := func() error {
		return d.store.Update(d.ctx, func(tx *contact.Tx) error { return tx.Schema().RemoveOption("plan", "pro") })
	}
	require.ErrorAs(t, drop(), new(*contact.FieldInUseError))
	require.ErrorAs(t, remove(), new(*contact.OptionInUseError))
	d.close()
	require.NoError(t, os.RemoveAll(zoneDir))
	d = openWith(t, dir, nil, &contact.Options{Sync: -1}, &segment.Options{})
	s, err := d.eng.Get("s")
	require.NoError(t, err)
	require.Error(t, s.Broken)
	require.ErrorAs(t, remove(), new(*contact.OptionInUseError))
	require.ErrorAs(t, drop(), new(*contact.FieldInUseError))
}

// A definition on behaviour that can't be used keeps whom it has, whatever anybody does and
// however the time passes, until another one repairs it.
func TestBrokenBehaviour(t *testing.T) {
	for text, wrong := range map[string]string{
		"did gone in the last 1 hour":                   `there is no event type "gone"`,
		"did hit where (gone = 1) in the last 1 hour":   `attribute "gone": there is no such attribute`,
		"sum of url of hit in the last 1 hour > 1":      "a text attribute has no sum",
		"did hit then hit within 1 hour without gone":   `there is no event type "gone"`,
		"did hit in the last 1 hour in zone of nowhere": `field "nowhere": there is no such field`,
	} {
		t.Run(text, func(t *testing.T) {
			dir, clock := t.TempDir(), contacttest.NewClock(noon)
			open := func() *desk {
				schema := contact.MustSchema(contact.Text("email").Unique(), contact.EventType("hit", contact.Text("url")))
				return openWith(t, dir, schema, &contact.Options{Sync: -1, Clock: clock}, &segment.Options{NoBackground: true})
			}
			hit := func(d *desk, id contact.ID) {
				d.update(func(tx *contact.Tx) error {
					return tx.Record(id, contact.Event{Type: "hit", At: clock.Now(), Attrs: contact.Values{"url": "/"}})
				})
			}
			d := open()
			d.insert(2, nil)
			hit(d, 1)
			d.create("s", "did hit in the last 1 hour")
			d.create("other", "did hit in the last 1 hour and not in segment s")
			segment.SetFilter(d.eng, "s", text)
			require.NoError(t, d.store.Compact(d.ctx))
			d.close()

			d = open()
			require.ErrorContains(t, d.broken("s"), wrong)
			hit(d, 2)
			clock.Turn(2 * time.Hour)
			require.NoError(t, d.eng.Advance(d.ctx))
			hit(d, 2)
			require.Equal(t, []contact.ID{1}, d.members("s"), "as it was")
			require.Equal(t, []contact.ID{2}, d.members("other"))
			s, err := d.eng.SegmentStats("s")
			require.NoError(t, err)
			require.Equal(t, d.broken("s"), s.Broken)
			require.Zero(t, s.Next)
			d.verify()
			_, err = d.eng.Change(d.ctx, "s", definition("s", "did hit in the last 3 hours"))
			require.NoError(t, err)
			require.Equal(t, []contact.ID{1, 2}, d.members("s"))
			require.Empty(t, d.members("other"))
			d.verify()
		})
	}
}

// A broken definition comes to name a segment when one of that handle is made and it is
// renamed: it is not to be deleted any more, and the definition that repairs it follows it.
func TestBrokenNamesLater(t *testing.T) {
	dir := t.TempDir()
	d := openDesk(t, dir, -1, nil)
	id := d.insert(3, contact.Values{"points": 1})
	d.create("s", "yes = true")
	d = d.spoil(dir, "s", "in segment ghost and gone = 3")
	require.ErrorContains(t, d.broken("s"), "gone")
	d.create("ghost", "yes = true")
	require.Empty(t, d.users("ghost"))
	require.NoError(t, d.eng.Rename(d.ctx, "s", "still broken"))
	require.Error(t, d.broken("s"))
	require.Equal(t, `segment "s"`, d.users("ghost"))
	require.NoError(t, segment.CheckGraph(d.eng))
	_, err := d.eng.Delete(d.ctx, "ghost")
	require.ErrorAs(t, err, new(*segment.InUseError))
	_, err = d.eng.Change(d.ctx, "s", definition("s", "in segment ghost"))
	require.NoError(t, err)
	d.set(id, contact.Values{"yes": true})
	require.Equal(t, []contact.ID{id}, d.members("ghost"))
	require.Equal(t, []contact.ID{id}, d.members("s"), "it follows the segment that it names")
	d.verify()
}
