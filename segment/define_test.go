package segment_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/segment"
)

func (d *desk) refused(err error) *segment.DefinitionError {
	d.Helper()
	var wrong *segment.DefinitionError
	require.ErrorAs(d, err, &wrong)
	return wrong
}

// TestHandleFromName makes handles that a filter can name without quotes.
func TestHandleFromName(t *testing.T) {
	d := newDesk(t, nil)
	for _, test := range []struct{ name, handle string }{
		{"VIP", "vip"},
		{"Not VIP", "not_vip"},
		{"  Big   spenders (2026) ", "big_spenders_2026"},
		{"vip", "vip_2"},
		{"Víp!", "vip_3"},
		{"2024 buyers", "_2024_buyers"},
		{"And", "_and"},
		{"last", "_last"},
		{"名前", "名前"},
		{"Straße", "strasse"},
		{"!!!", "segment"},
		{"???", "segment_2"},
		{"हिन्दी", "हिन्दी"}, // written with marks: the exception
		{strings.Repeat("long ", 1000), strings.TrimSuffix(strings.Repeat("long_", 48), "_")},
		{strings.Repeat("名", 1000), strings.Repeat("名", 80)},
		{strings.Repeat("名", 1001), strings.Repeat("名", 80) + "_2"},
	} {
		s, err := d.eng.Create(d.ctx, segment.Definition{Name: test.name})
		require.NoError(t, err, test.name)
		require.Equal(t, test.handle, s.Handle)
		require.Equal(t, test.name, s.Name)
		f := filter.Must(filter.MemberOf(s.Handle))
		require.Equal(t, test.name != "हिन्दी", f.String() == "in segment "+s.Handle, "%v", f)
		_, err = d.eng.Preview(d.ctx, f)
		require.NoError(t, err)
	}
}

// TestHandles are unique whatever the state of the segment, never change, and are
// free again after the segment is deleted.
func TestHandles(t *testing.T) {
	d := newDesk(t, nil)
	hidden := definition("s", "")
	hidden.Unpublished = true
	s, err := d.eng.Create(d.ctx, hidden)
	require.NoError(t, err)
	_, err = d.eng.Create(d.ctx, definition("s", ""))
	require.ErrorIs(t, err, segment.ErrHandleTaken)
	require.EqualError(t, err, `segment "s": the handle is taken`)

	_, err = d.eng.Change(d.ctx, "s", definition("other", ""))
	require.ErrorIs(t, err, segment.ErrHandleFixed)
	require.ErrorContains(t, err, `it would become "other"`)
	_, err = d.eng.Change(d.ctx, "s", segment.Definition{Name: "A new name"})
	require.NoError(t, err, "the handle may be left out")

	_, err = d.eng.Delete(d.ctx, "s")
	require.NoError(t, err)
	_, err = d.eng.Get("s")
	require.ErrorIs(t, err, segment.ErrNotFound)
	again, err := d.eng.Create(d.ctx, definition("s", ""))
	require.NoError(t, err)
	require.Equal(t, s.ID+1, again.ID, "an id is never given again")
	require.Equal(t, 1, again.Version)

	for _, op := range []func() error{
		func() error { _, err := d.eng.Change(d.ctx, "t", definition("t", "")); return err },
		func() error { _, err := d.eng.Delete(d.ctx, "t"); return err },
		func() error { return d.eng.Rename(d.ctx, "t", "T") },
		func() error { _, err := d.eng.Count("t"); return err },
		func() error { _, err := d.eng.Contains("t", 1); return err },
		func() error { _, err := d.eng.Members("t"); return err },
		func() error { _, err := d.eng.At(d.store.View()).Layers("t"); return err },
		func() error { _, err := d.eng.At(d.store.View()).How("t", 1); return err },
	} {
		require.ErrorIs(t, op(), segment.ErrNotFound)
	}
	var unknown *segment.UnknownError
	_, err = d.eng.Count("")
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "", unknown.Handle)
}

// TestIDsAfterFailure are given back by a transaction that failed.
func TestIDsAfterFailure(t *testing.T) {
	d := newDesk(t, nil)
	d.create("a", "")
	err := d.store.Update(d.ctx, func(tx *contact.Tx) error {
		s, err := d.eng.In(tx).Create(definition("b", ""))
		require.EqualValues(t, 2, s.ID)
		return errors.Join(err, errHost)
	})
	require.ErrorIs(t, err, errHost)
	require.EqualValues(t, 2, d.create("c", "").ID)
}

func TestRename(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(2, contact.Values{"yes": true})
	made, err := d.eng.Create(d.ctx, segment.Definition{Handle: "s", Name: "S", Description: "About S", Labels: []string{"x"}, Public: true,
		Filter: filter.MustParse("yes = true")})
	require.NoError(t, err)
	d.create("user", "in segment s")
	last := d.eng.LastChange()
	d.update(func(tx *contact.Tx) error {
		tx.By("ada", "nicer")
		return d.eng.In(tx).Rename("s", "S, renamed")
	})
	require.Equal(t, last, d.eng.LastChange(), "nobody moves")
	got, err := d.eng.Get("s")
	require.NoError(t, err)
	require.Equal(t, made.Created, made.Changed)
	require.True(t, got.Changed.After(made.Changed))
	want := made
	want.Name, want.Version, want.Changed, want.Actor = "S, renamed", 2, got.Changed, "ada"
	require.Equal(t, want, got)
	require.Equal(t, made.Created, got.Created)
	require.Error(t, d.eng.Rename(d.ctx, "s", "\t"))
}

// TestCopies shows that what the engine returns and was given is not its own.
func TestCopies(t *testing.T) {
	d := newDesk(t, nil)
	labels := []string{"x", "y"}
	def := definition("s", "yes = true")
	def.Labels = labels
	made, err := d.eng.Create(d.ctx, def)
	require.NoError(t, err)
	labels[0] = "changed"
	made.Labels[1], made.Name = "changed", "changed"
	got, err := d.eng.Get("s")
	require.NoError(t, err)
	require.Equal(t, []string{"x", "y"}, got.Labels)
	got.Labels[0] = "changed"
	list := d.eng.List()
	require.Len(t, list, 1)
	require.Equal(t, []string{"x", "y"}, list[0].Labels)
	list[0].Labels[0] = "changed"
	got, err = d.eng.Get("s")
	require.NoError(t, err)
	require.Equal(t, []string{"x", "y"}, got.Labels)
	require.Equal(t, "s", got.Name)
	require.True(t, got.Dynamic())
}

// TestUnpublished segments are kept exact, can't be named by a filter, and can't be
// unpublished while one names them.
func TestUnpublished(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(1, contact.Values{"yes": true})
	hidden := definition("hidden", "yes = true")
	hidden.Unpublished = true
	_, err := d.eng.Create(d.ctx, hidden)
	require.NoError(t, err)
	require.Equal(t, []contact.ID{1}, d.members("hidden"))
	d.set(1, contact.Values{"yes": false})
	require.Empty(t, d.members("hidden"))

	_, err = d.eng.Create(d.ctx, definition("user", "points = 1 or in segment hidden"))
	require.ErrorIs(t, err, segment.ErrUnpublished)
	require.EqualError(t, err, `segment "user": filter: or[1].and[0]: segment "hidden" can't be used in a filter: the segment is not published`)
	_, err = d.eng.Preview(d.ctx, filter.MustParse("in segment hidden"))
	require.ErrorIs(t, err, segment.ErrUnpublished)

	hidden.Unpublished = false
	_, err = d.eng.Change(d.ctx, "hidden", hidden)
	require.NoError(t, err)
	d.create("user", "in segment hidden")
	d.create("second", "not in segment hidden")
	hidden.Unpublished = true
	_, err = d.eng.Change(d.ctx, "hidden", hidden)
	var used *segment.InUseError
	require.ErrorAs(t, err, &used)
	require.Equal(t, segment.Users{Segments: []string{"user", "second"}}, used.Users)
	require.EqualError(t, err, `segment "hidden": segment "hidden" is used by segment "user", segment "second"`)
	_, err = d.eng.Delete(d.ctx, "hidden")
	require.EqualError(t, err, `segment "hidden" is used by segment "user", segment "second"`)
	require.ErrorAs(t, err, &used)

	err = d.store.Update(d.ctx, func(tx *contact.Tx) error {
		in := d.eng.In(tx)
		_, err := in.Create(definition("base", ""))
		_, err2 := in.Create(definition("new", "in segment base"))
		require.NoError(t, errors.Join(err, err2))
		_, err = in.Delete("base")
		require.ErrorAs(t, err, &used)
		require.Equal(t, []string{"new"}, used.Users.Segments)
		_, err = in.Delete("new")
		_, err2 = in.Delete("base")
		require.NoError(t, errors.Join(err, err2))
		for _, h := range []string{"second", "user", "hidden"} {
			if _, err := in.Delete(h); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(t, err, "users deleted before in the same transaction do not count")
	require.Empty(t, d.eng.List())
}

// TestCycles names the way round.
func TestCycles(t *testing.T) {
	for _, test := range []struct {
		chain []string // each names the next one; the last one is to name the first
		path  string
	}{
		{[]string{"a"}, "a → a"},
		{[]string{"a", "b"}, "b → a → b"},
		{[]string{"a", "b", "c"}, "c → a → b → c"},
		{[]string{"a", "b", "c", "d"}, "d → a → b → c → d"},
	} {
		d := newDesk(t, nil)
		d.insert(1, nil)
		for _, h := range test.chain {
			d.create(h, "")
		}
		for i, h := range test.chain[:len(test.chain)-1] {
			_, err := d.eng.Change(d.ctx, h, definition(h, "yes = true or not in segment "+test.chain[i+1]))
			require.NoError(t, err)
		}
		last := test.chain[len(test.chain)-1]
		_, err := d.eng.Change(d.ctx, last, definition(last, "in any segment (a) and yes = true"))
		var cycle *segment.CycleError
		require.ErrorAs(t, err, &cycle)
		require.Equal(t, last, d.refused(err).Handle)
		require.EqualError(t, cycle, "the segments would refer to each other in a circle: "+test.path)
		require.Equal(t, strings.Split(test.path, " → "), cycle.Path)
		d.set(1, contact.Values{"yes": true}) // all goes on
	}
}

// TestCycleInTransaction is found among definitions that are not committed yet.
func TestCycleInTransaction(t *testing.T) {
	d := newDesk(t, nil)
	d.update(func(tx *contact.Tx) error {
		in := d.eng.In(tx)
		for _, h := range []string{"a", "b"} {
			if _, err := in.Create(definition(h, "")); err != nil {
				return err
			}
		}
		_, err := in.Change("a", definition("a", "in segment b"))
		require.NoError(t, err)
		_, err = in.Change("b", definition("b", "in segment a"))
		require.ErrorContains(t, err, "b → a → b")
		_, err = in.Change("a", definition("a", ""))
		require.NoError(t, err)
		_, err = in.Change("b", definition("b", "in segment a"))
		return err
	})
	_, err := d.eng.Create(d.ctx, definition("self", "in segment self"))
	require.ErrorIs(t, err, segment.ErrNotFound, "before it is made there is none of that name")
	a, err := d.eng.Get("a")
	require.NoError(t, err)
	require.Equal(t, 3, a.Version)
}

// TestBrokenDefinitions tells all problems together, each with its place.
func TestBrokenDefinitions(t *testing.T) {
	d := newDesk(t, nil)
	d.create("vip", "")
	d.create("taken", "in segment vip")
	_, err := d.eng.Create(d.ctx, segment.Definition{Handle: "taken", Name: " ", Labels: []string{"\xff"},
		Filter: filter.MustParse(`contry = "FR" and points like "x" or not (in any segment (vip, vipp) or country matches "(")`)})
	wrong := d.refused(err)
	require.Equal(t, "taken", wrong.Handle)
	for _, part := range []string{
		"the handle is taken",
		"the segment has no name",
		`"\xff" is not valid UTF-8`,
		`or[0].and[0]: field "contry": there is no such field, did you mean "country"?`,
		`or[0].and[1]: field "points": "like" does not fit a number field`,
		`no segment "vipp", did you mean "vip"?`,
		"the regular expression is wrong",
	} {
		require.ErrorContains(t, err, part)
	}
	var unknownField *contact.UnknownFieldError
	require.ErrorAs(t, err, &unknownField)

	vip := segment.Definition{Handle: "vipp", Name: "", Unpublished: true, Filter: filter.MustParse(`in segment taken and nothing = 1`)}
	_, err = d.eng.Change(d.ctx, "vip", vip)
	for _, part := range []string{"a handle never changes", `is used by segment "taken"`, "has no name", `field "nothing": there is no such field`, "vip → taken → vip"} {
		require.ErrorContains(t, err, part)
	}
	require.ErrorIs(t, err, segment.ErrHandleFixed)

	var limit *contact.LimitError
	_, err = d.eng.Create(d.ctx, segment.Definition{Handle: strings.Repeat("x", 256), Name: "x"})
	require.ErrorAs(t, err, &limit)
	_, err = d.eng.Create(d.ctx, segment.Definition{Handle: strings.Repeat("x", 255), Name: "x"})
	require.NoError(t, err)
	_, err = d.eng.Create(d.ctx, segment.Definition{Handle: "a\x00b", Name: "x"})
	require.ErrorContains(t, err, "control characters")
	_, err = d.eng.Create(d.ctx, segment.Definition{})
	require.ErrorContains(t, err, "no name")
	require.Len(t, d.eng.List(), 3, "what is refused leaves nothing behind")
}

// TestBrokenStopsNoOther goes on after a definition was refused, in the same
// transaction.
func TestBrokenStopsNoOther(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(1, contact.Values{"yes": true})
	d.update(func(tx *contact.Tx) error {
		in := d.eng.In(tx)
		_, err := in.Create(definition("good", "yes = true"))
		require.NoError(t, err)
		_, err = in.Create(definition("broken", "in segment god"))
		require.ErrorContains(t, err, `no segment "god", did you mean "good"?`, "also of what this transaction has made")
		_, err = in.Change("good", definition("good", "nothing = 1"))
		require.Error(t, err)
		_, err = in.Delete("god")
		require.ErrorIs(t, err, segment.ErrNotFound)
		_, err = in.Create(definition("better", "in segment good"))
		return err
	})
	require.Equal(t, []contact.ID{1}, d.members("good"))
	require.Equal(t, []contact.ID{1}, d.members("better"))
	d.update(func(tx *contact.Tx) error {
		in := d.eng.In(tx)
		_, err := in.Delete("better")
		require.NoError(t, err)
		_, err = in.Create(definition("x", "in segment better"))
		require.EqualError(t, err, `segment "x": filter: or[0].and[0]: segment: no segment "better"`, "what is deleted is not suggested")
		_, err = in.Create(definition("better", "points = 1"))
		return err
	})
	require.Empty(t, d.members("better"))
}

// TestOneTransaction makes, changes, fills and deletes segments that name each
// other, together with contacts.
func TestOneTransaction(t *testing.T) {
	d := newDesk(t, nil)
	var ada, bob contact.ID
	var effects []*segment.Effect
	d.update(func(tx *contact.Tx) (err error) {
		in := d.eng.In(tx)
		s, err := in.Create(definition("one", "yes = true"))
		require.NoError(t, err)
		require.EqualValues(t, 1, s.ID)
		ada, err = tx.Insert(contact.Values{"yes": true})
		require.NoError(t, err)
		_, err = in.Create(definition("two", "not in segment one"))
		require.NoError(t, err)
		bob, err = tx.Insert(nil)
		require.NoError(t, err)
		effects, err = in.Edit(segment.ByHand{Contacts: contact.SetOf(ada), Add: []string{"two"}, Remove: []string{"one"}})
		require.NoError(t, err)
		require.Zero(t, effects[0].Entered, "what it does is known when the transaction commits")
		_, err = in.Create(definition("three", "in segment one"))
		require.NoError(t, err)
		change, err := in.Change("one", definition("one", "yes is empty"))
		effects = append(effects, change)
		require.NoError(t, err)
		gone, err := in.Delete("three")
		effects = append(effects, gone)
		return err
	})
	require.Equal(t, []segment.Effect{{"two", 1, 0, 1}, {"one", 0, 1, 1}, {"one", 1, 0, 0}, {"three", 0, 1, 0}},
		[]segment.Effect{*effects[0], *effects[1], *effects[2], *effects[3]})
	require.Equal(t, []contact.ID{bob}, d.members("one"))
	require.Equal(t, []contact.ID{ada}, d.members("two"))
	require.Equal(t, []string{
		"1 enter one (definition)", "2 enter two (definition)",
		"1 enter two (manual)",
		"1 leave one (manual)",
		"2 enter one (definition)", "2 leave two (segment)", "2 enter three (segment)",
		"2 leave three (definition)",
	}, d.feed(1))
}

// TestTxMisuse is refused without harm.
func TestTxMisuse(t *testing.T) {
	d, other := newDesk(t, nil), newDesk(t, nil)
	other.create("s", "")
	var late segment.Tx
	d.update(func(tx *contact.Tx) error {
		late = d.eng.In(tx)
		foreign := other.eng.In(tx)
		_, err := foreign.Create(definition("x", ""))
		require.ErrorContains(t, err, "another store")
		_, err = foreign.Delete("s")
		require.ErrorContains(t, err, "another store")
		_, err = foreign.Edit(segment.ByHand{Add: []string{"s"}})
		require.ErrorContains(t, err, "another store")
		_, err = d.eng.Create(tx.Context(), definition("x", ""))
		require.ErrorIs(t, err, contact.ErrNested)
		_, err = late.Create(definition("kept", ""))
		return err
	})
	_, err := late.Create(definition("late", ""))
	require.ErrorIs(t, err, contact.ErrTxDone)
	_, err = late.Change("kept", definition("kept", "yes = true"))
	require.ErrorIs(t, err, contact.ErrTxDone)
	require.ErrorIs(t, late.Rename("kept", "x"), contact.ErrTxDone)
	_, err = late.Delete("kept")
	require.ErrorIs(t, err, contact.ErrTxDone)
	_, err = late.Edit(segment.ByHand{Add: []string{"kept"}})
	require.ErrorIs(t, err, contact.ErrTxDone)
	require.Len(t, d.eng.List(), 1)
	require.NoError(t, d.store.Close())
	_, err = d.eng.Create(d.ctx, definition("x", ""))
	require.ErrorIs(t, err, contact.ErrClosed)
	n, err := d.eng.Count("kept")
	require.NoError(t, err)
	require.Zero(t, n)
}

// TestManyDefinitions makes ten thousand segments in one transaction, then one
// more, and changes a contact.
func TestManyDefinitions(t *testing.T) {
	const n = 10_000
	d := newDesk(t, nil)
	d.insert(100, contact.Values{"points": 50})
	spent := pace.Start()
	d.update(func(tx *contact.Tx) error {
		in := d.eng.In(tx)
		for i := range n {
			text := fmt.Sprintf("points > %d", i%100)
			if i%2 == 1 {
				text = fmt.Sprintf("in segment s%d", i-1)
			}
			if i > n-1000 { // a long chain
				text = fmt.Sprintf("not in segment s%d", i-1)
			}
			if _, err := in.Create(definition(fmt.Sprintf("s%d", i), text)); err != nil {
				return err
			}
		}
		return nil
	})
	made := spent()
	require.Len(t, d.eng.List(), n)
	spent = pace.Start()
	for range 10 {
		_, err := d.eng.Create(d.ctx, segment.Definition{Name: "One more"})
		require.NoError(t, err)
	}
	more := spent() / 10
	spent = pace.Start()
	d.set(1, contact.Values{"points": 51})
	d.set(1, contact.Values{"points": 50})
	changed := spent() / 2
	spent = pace.Start()
	d.update(func(tx *contact.Tx) error {
		for i := range 200 {
			if _, err := d.eng.In(tx).Delete(fmt.Sprintf("s%d", n-1-i)); err != nil {
				return err
			}
		}
		return nil
	})
	t.Logf("%d definitions in one transaction: %v; one more: %v; a change of a contact: %v; 200 deleted: %v", n, made, more, changed, spent())
	pace.Check(t, 30*time.Second, "all in one transaction", made)
	pace.Check(t, time.Second, "one more", more)
}
