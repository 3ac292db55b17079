package segment_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// changes returns the feed from a number on.
func (d *desk) changes(from uint64) []segment.Change {
	d.Helper()
	var list []segment.Change
	for c, err := range d.eng.Changes(from) {
		require.NoError(d, err)
		list = append(list, c)
	}
	return list
}

// trimmed returns the error of a feed that has dropped what is asked for.
func (d *desk) trimmed(from uint64) (trimmed *segment.TrimmedError) {
	d.Helper()
	n := 0
	for c, err := range d.eng.Changes(from) {
		require.Zero(d, c)
		require.ErrorAs(d, err, &trimmed)
		require.ErrorIs(d, err, segment.ErrTrimmed)
		n++
	}
	require.Equal(d, 1, n)
	return trimmed
}

// TestFirstFill is a bulk step: single changes to the reader, in ascending order.
func TestFirstFill(t *testing.T) {
	d := newDesk(t, nil)
	require.Zero(t, d.eng.LastChange())
	require.Empty(t, d.changes(1))
	d.insert(700, contact.Values{"country": "FR"})
	d.insert(1, contact.Values{"country": "DE"})
	require.Empty(t, d.changes(1), "no segment, no change")
	s := d.create("fr", `country = "FR"`)
	list := d.changes(1)
	require.Len(t, list, 700)
	require.EqualValues(t, 700, d.eng.LastChange())
	for i, c := range list {
		require.Equal(t, segment.Change{Number: uint64(i + 1), Time: s.Created, Segment: "fr", ID: s.ID, Version: 1,
			Contact: contact.ID(i + 1), Kind: segment.Enter, Cause: contact.CauseDefinition, Tx: 3, Bulk: true}, c)
	}
}

// TestFeedFrom begins to read in the middle of bulk steps and single changes.
func TestFeedFrom(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(200, contact.Values{"yes": true})
	d.create("yes", "yes = true")          // 1 to 200
	d.set(7, contact.Values{"yes": false}) // 201
	d.set(7, contact.Values{"yes": true})  // 202
	d.create("no", "not in segment yes")   // nobody
	_, err := d.eng.Remove(d.ctx, "yes", 3, 1, 2)
	require.NoError(t, err) // 203 to 205, and 206 to 208 enter no
	_, err = d.eng.Delete(d.ctx, "no")
	require.NoError(t, err) // 209 to 211
	_, err = d.eng.Reset(d.ctx, "yes", 1)
	require.NoError(t, err)                                                                   // 212
	d.update(func(tx *contact.Tx) error { return errors.Join(tx.Delete(1), tx.Delete(200)) }) // 213 and 214
	all := d.changes(1)
	require.Len(t, all, 214)
	for from := uint64(0); from <= 216; from++ {
		got := d.changes(from)
		want := all[min(len(all), int(max(1, from))-1):]
		require.Equal(t, len(want), len(got), "from %d", from)
		if len(want) > 0 {
			require.Equal(t, want, got, "from %d", from)
		}
	}
	require.Empty(t, d.changes(1<<64-1))
	require.Equal(t, []string{"7 leave yes (data)", "7 enter yes (data)", "1 leave yes (manual)", "2 leave yes (manual)", "3 leave yes (manual)",
		"1 enter no (segment)", "2 enter no (segment)", "3 enter no (segment)",
		"1 leave no (definition)", "2 leave no (definition)", "3 leave no (definition)",
		"1 enter yes (manual)", "1 leave yes (delete)", "200 leave yes (delete)"}, d.feed(201))
	bulk := func(from, to int) (n int) {
		for _, c := range all[from-1 : to] {
			if c.Bulk {
				n++
			}
		}
		return n
	}
	require.Zero(t, bulk(201, 202))
	require.Equal(t, 3, bulk(203, 205))
	require.Zero(t, bulk(206, 208), "each of them for its own reason")
	require.Equal(t, 3, bulk(209, 211))
	require.Zero(t, bulk(212, 212))
	require.Equal(t, 2, bulk(213, 214))
	for i, c := range all[1:] {
		require.Equal(t, all[i].Number+1, c.Number)
		require.GreaterOrEqual(t, c.Tx, all[i].Tx)
	}
}

// TestFeedStops ends the iteration in single changes and in bulk steps.
func TestFeedStops(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(5, contact.Values{"yes": true})
	d.create("yes", "yes = true")
	d.set(2, contact.Values{"yes": false})
	d.set(3, contact.Values{"yes": false})
	for stop := 1; stop <= 7; stop++ {
		n := 0
		for range d.eng.Changes(1) {
			if n++; n == stop {
				break
			}
		}
		require.Equal(t, stop, n)
	}
}

// TestFeedCause is why contacts moved: by themselves, by another segment, or for
// what the transaction is.
func TestFeedCause(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(1, contact.Values{"country": "FR"})
	fr := d.create("fr", `country = "FR"`)
	d.create("rest", `not in segment fr`)
	d.create("both", `in segment rest and points is empty`)
	last := d.eng.LastChange()

	d.update(func(tx *contact.Tx) error {
		tx.SetCause(contact.CauseImport)
		return tx.Set(1, contact.Values{"country": "DE"})
	})
	list := d.changes(last + 1)
	require.Len(t, list, 3)
	require.Equal(t, []any{"fr", contact.CauseImport, segment.ID(0)}, []any{list[0].Segment, list[0].Cause, list[0].Via})
	require.Equal(t, []any{"rest", contact.CauseSegment, fr.ID}, []any{list[1].Segment, list[1].Cause, list[1].Via})
	require.Equal(t, []any{"both", contact.CauseSegment, list[1].ID}, []any{list[2].Segment, list[2].Cause, list[2].Via})

	last = d.eng.LastChange()
	d.set(1, contact.Values{"country": "FR", "points": 1})
	require.Equal(t, []string{"1 enter fr (data)", "1 leave rest (segment)", "1 leave both (data)"}, d.feed(last+1),
		"the filter of both reads the points itself")

	last = d.eng.LastChange()
	d.update(func(tx *contact.Tx) error {
		tx.SetCause(contact.CauseTrigger)
		_, err := d.eng.In(tx).Edit(segment.ByHand{Contacts: contact.SetOf(1), Remove: []string{"fr"}})
		return err
	})
	require.Equal(t, []string{"1 leave fr (trigger)", "1 enter rest (segment)"}, d.feed(last+1))
}

// TestFeedOfFailure has nothing in it, and the next commit goes on without a gap.
func TestFeedOfFailure(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(3, contact.Values{"yes": true})
	d.create("yes", "yes = true")
	require.NoError(t, d.store.Attach("veto", &vetoer{end: "veto"}, nil))
	err := d.store.Update(d.ctx, func(tx *contact.Tx) error {
		if _, err := d.eng.In(tx).Delete("yes"); err != nil {
			return err
		}
		_, err := d.eng.In(tx).Create(definition("new", "yes = true"))
		return errors.Join(err, tx.Delete(1))
	})
	require.ErrorIs(t, err, errVeto)
	require.EqualValues(t, 3, d.eng.LastChange())
	require.Len(t, d.changes(1), 3)
	require.Len(t, d.members("yes"), 3)
	_, err = d.eng.Get("new")
	require.ErrorIs(t, err, segment.ErrNotFound)
}

// TestRetention drops whole commits from the oldest on.
func TestRetention(t *testing.T) {
	d := newDesk(t, &segment.Options{KeepFeed: 10})
	d.insert(1, nil)
	d.create("s", "points > 0")
	flip := func(n int) {
		for i := range n {
			d.set(1, contact.Values{"points": 1 - i%2})
		}
	}
	flip(10)
	require.Len(t, d.changes(1), 10)
	flip(4)
	require.Equal(t, &segment.TrimmedError{Asked: 1, Oldest: 5}, d.trimmed(1))
	require.Equal(t, &segment.TrimmedError{Asked: 4, Oldest: 5}, d.trimmed(4))
	require.EqualError(t, d.trimmed(4), "segment: change 4 is gone, the oldest kept is 5")
	require.Len(t, d.changes(5), 10)
	require.EqualValues(t, 14, d.eng.LastChange())

	d.insert(25, contact.Values{"points": 1}) // 15 to 39: more than is kept, but the newest commit
	require.Equal(t, &segment.TrimmedError{Asked: 14, Oldest: 15}, d.trimmed(14))
	require.Len(t, d.changes(15), 25)
	require.Len(t, d.changes(39), 1)
	require.Empty(t, d.changes(40))
	flip(1)
	require.Equal(t, &segment.TrimmedError{Asked: 15, Oldest: 40}, d.trimmed(15))
	require.Len(t, d.changes(40), 1)
	flip(9)
	require.Len(t, d.changes(40), 9, "a bulk step weighs as much as it has changes")
}

func TestKeepNothing(t *testing.T) {
	d := newDesk(t, &segment.Options{KeepFeed: -1})
	d.insert(3, contact.Values{"yes": true})
	d.create("s", "yes = true")
	require.Len(t, d.changes(1), 3, "the newest commit is always there")
	d.set(1, contact.Values{"yes": false})
	require.Equal(t, &segment.TrimmedError{Asked: 3, Oldest: 4}, d.trimmed(3))
	require.Len(t, d.changes(4), 1)
	require.EqualValues(t, 4, d.eng.LastChange())

	store, err := contact.New(contact.MustSchema(contact.Bool("yes")), nil)
	require.NoError(t, err)
	_, err = segment.New(store, &segment.Options{KeepFeed: -2})
	require.EqualError(t, err, "segment: options: KeepFeed is -2; give a number of changes or -1 for none")
	_, err = segment.New(store, nil)
	require.NoError(t, err)
	_, err = segment.New(store, nil)
	require.ErrorContains(t, err, "attached already", "a store has one engine")
	require.NoError(t, store.Close())
	_, err = segment.New(store, nil)
	require.ErrorIs(t, err, contact.ErrClosed)
}

// TestFeedKeepsBulk looks at a first fill again after the segment has changed in
// place, many times, with no view open.
func TestFeedKeepsBulk(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(2000, contact.Values{"yes": true})
	d.create("s", "yes = true")
	first := d.changes(1)
	for id := contact.ID(1); id <= 2000; id += 3 {
		d.set(id, contact.Values{"yes": false})
	}
	require.Equal(t, first, d.changes(1)[:2000])
	_, err := d.eng.Delete(d.ctx, "s")
	require.NoError(t, err)
	leave := d.changes(2001 + 667)
	require.Len(t, leave, 1333)
	d.create("s", "yes = true")
	for id := contact.ID(1); id <= 2000; id += 3 {
		d.set(id, contact.Values{"yes": true})
	}
	require.Equal(t, leave, d.changes(2001 + 667)[:1333])
	require.Equal(t, first, d.changes(1)[:2000])
}

// TestFeedByTime agrees with the log about commits and their times.
func TestFeedByTime(t *testing.T) {
	schema := contact.MustSchema(contact.Bool("yes"))
	store, err := contact.New(schema, &contact.Options{Clock: &stepClock{now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}})
	require.NoError(t, err)
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	ctx := context.Background()
	_, err = eng.Create(ctx, segment.Definition{Name: "S", Filter: filter.MustParse("yes = true")})
	require.NoError(t, err)
	for i := range 5 {
		require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error {
			_, err := tx.Insert(contact.Values{"yes": i%2 == 0})
			return err
		}))
	}
	var numbers []uint64
	for c, err := range eng.Changes(1) {
		require.NoError(t, err)
		numbers = append(numbers, c.Tx)
		for r, err := range store.Log(c.Tx) {
			require.NoError(t, err)
			require.Equal(t, r.Time, c.Time)
			break
		}
	}
	require.Equal(t, []uint64{2, 4, 6}, numbers)
	require.NoError(t, store.Close())
	require.Len(t, slices.Collect(seqOf(eng)), 3, "what was committed can be read after Close")
}

func seqOf(eng *segment.Engine) func(func(segment.Change) bool) {
	return func(yield func(segment.Change) bool) {
		for c := range eng.Changes(1) {
			if !yield(c) {
				return
			}
		}
	}
}

func TestChangeString(t *testing.T) {
	c := segment.Change{Number: 12, Contact: 7, Kind: segment.Enter, Segment: "vip", Cause: contact.CauseData}
	require.Equal(t, `12: contact 7 enters "vip" (data)`, c.String())
	require.Equal(t, "leave", fmt.Sprint(segment.Leave))
	require.Equal(t, "Kind(9)", segment.Kind(9).String())
}
