package segment_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// zoneDir is where package time looks for zones first; it is made if a test needs a
// zone that comes and goes.
var zoneDir = filepath.Join(os.TempDir(), fmt.Sprintf("roster-zones-segment-%d", os.Getpid()))

func init() { os.Setenv("ZONEINFO", zoneDir) }

// putZone makes a time zone that is so many hours before UTC all the time, until the
// test ends.
func putZone(t *testing.T, name string, hours int) {
	t.Helper()
	file := append([]byte("TZif"), make([]byte, 16)...)
	for _, count := range []uint32{0, 0, 0, 0, 1, 4} { // one sort of time, an abbreviation of four bytes
		file = binary.BigEndian.AppendUint32(file, count)
	}
	file = binary.BigEndian.AppendUint32(file, uint32(int32(hours*3600)))
	file = append(file, 0, 0, 'A', 'B', 'C', 0)
	require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(zoneDir, name)), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(zoneDir, name), file, 0o600))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(zoneDir)) })
}

func calendarSchema(parts ...contact.Part) *contact.Schema {
	return contact.MustSchema(append(parts, contact.Number("points"), contact.DateTime("seen"), contact.Date("born"), contact.Companies(contact.DateTime("founded")))...)
}

// lateOn is shortly before midnight in UTC, when in Zurich it is the next day.
var lateOn = time.Date(2026, 11, 24, 23, 30, 0, 0, time.UTC)

// calendarDesk returns an engine with one contact, seen late on 24 November, on a store
// in memory or in a directory.
func calendarDesk(t *testing.T, dir string, parts ...contact.Part) *desk {
	t.Helper()
	var store *contact.Store
	var err error
	if opts := (&contact.Options{Clock: &stepClock{now: lateOn}}); dir == "" {
		store, err = contact.New(calendarSchema(parts...), opts)
	} else {
		store, err = contact.Open(dir, calendarSchema(parts...), opts)
	}
	require.NoError(t, err)
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	d := &desk{t, context.Background(), store, eng}
	d.create("then", "seen = 2026-11-24")
	d.create("later", "seen = 2026-11-25")
	d.create("nested", "not (points > 5 and not seen = 2026-11-25)")
	d.create("own", `seen = 2026-11-25 in zone "UTC"`)
	d.create("rich", "points > 5")
	d.create("either", "in segment later or in segment rich")
	d.create("firm", "company.founded = 2026-11-25")
	d.create("any", "any company (founded = 2026-11-25)")
	d.update(func(tx *contact.Tx) error {
		ada, err := tx.Insert(contact.Values{"points": 9, "seen": lateOn})
		if err != nil {
			return err
		}
		acme, err := tx.Companies().Insert(contact.Values{"founded": lateOn})
		if err != nil {
			return err
		}
		return tx.Companies().Associate(ada, acme)
	})
	return d
}

func (d *desk) setCalendar(c contact.Calendar) {
	d.Helper()
	d.update(func(tx *contact.Tx) error { return tx.Schema().SetCalendar(c) })
}

// Every segment whose answer depends on the calendar is brought up to date in the commit
// that changes it, with cause definition, and those that name it with cause segment. A
// View taken before has the members and the calendar of before.
func TestCalendarMovesSegments(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		t.Run(fmt.Sprint("disk ", dir != ""), func(t *testing.T) {
			d := calendarDesk(t, dir)
			before, last := d.store.View(), d.eng.LastChange()
			d.setCalendar(contact.Calendar{Zone: "Europe/Zurich"})
			require.Equal(t, []string{
				"1 leave then (definition)", "1 enter later (definition)", "1 enter nested (definition)",
				"1 enter firm (definition)", "1 enter any (definition)",
			}, d.feed(last+1), "either stays right by rich, own and rich do not depend on it")
			require.NoError(t, d.eng.Verify(d.ctx))
			members, err := d.eng.At(before).Members("then")
			require.NoError(t, err)
			require.Equal(t, []contact.ID{1}, members.IDs())

			x, err := d.eng.Explain(d.ctx, "later", 1, nil)
			require.NoError(t, err)
			require.True(t, x.Member)
			require.Equal(t, contact.CauseDefinition, x.Since.Cause)
			p, err := d.eng.Preview(d.ctx, filter.MustParse("seen = 2026-11-25"))
			require.NoError(t, err)
			require.Equal(t, 1, p.Count())
			p, err = d.eng.Preview(d.ctx, filter.MustParse("seen = tomorrow"))
			require.NoError(t, err)
			require.Equal(t, 0, p.Count(), "today has begun in Zurich")
			d.create("new", "seen = 2026-11-25")
			require.Equal(t, []contact.ID{1}, d.members("new"))

			last = d.eng.LastChange()
			d.update(func(tx *contact.Tx) error { return tx.Set(1, contact.Values{"points": 0}) })
			require.Equal(t, []string{"1 leave rich (data)"}, d.feed(last+1))
			d.setCalendar(contact.Calendar{WeekStart: 7})
			require.NoError(t, d.eng.Verify(d.ctx))
			require.Equal(t, []contact.ID{1}, d.members("then"))
			require.Empty(t, d.members("either"))
		})
	}
}

// In one transaction the contacts move first, by the calendar of before; definitions
// made in it are meant in the new one, whatever came first.
func TestCalendarWithOtherEdits(t *testing.T) {
	d := calendarDesk(t, "")
	last := d.eng.LastChange()
	d.update(func(tx *contact.Tx) error {
		if _, err := d.eng.In(tx).Create(definition("before", "seen = 2026-11-25")); err != nil {
			return err
		}
		if err := tx.Schema().SetCalendar(contact.Calendar{Zone: "Asia/Tokyo"}); err != nil {
			return err
		}
		if _, err := d.eng.In(tx).Create(definition("after", "seen = 2026-11-25")); err != nil {
			return err
		}
		return tx.Set(1, contact.Values{"points": 5})
	})
	require.NoError(t, d.eng.Verify(d.ctx))
	require.Equal(t, []contact.ID{1}, d.members("before"))
	require.Equal(t, []contact.ID{1}, d.members("after"))
	feed := d.feed(last + 1)
	require.Equal(t, "1 enter nested (data)", feed[0])
	require.Contains(t, feed, "1 leave then (definition)")
	d.set(1, contact.Values{"points": 6})
	require.Equal(t, []contact.ID{1}, d.members("nested"))
}

// A commit that is refused leaves the programs what they were.
func TestCalendarVetoed(t *testing.T) {
	d := calendarDesk(t, "")
	veto := &vetoer{end: "veto"}
	require.NoError(t, d.store.Attach("veto", veto, nil))
	last := d.eng.LastChange()
	err := d.store.Update(d.ctx, func(tx *contact.Tx) error { return tx.Schema().SetCalendar(contact.Calendar{Zone: "Asia/Tokyo"}) })
	require.ErrorIs(t, err, errVeto)
	veto.set("")
	require.Empty(t, d.feed(last+1))
	require.NoError(t, d.eng.Verify(d.ctx))
	d.set(1, contact.Values{"seen": lateOn.Add(-time.Minute)})
	require.Equal(t, []contact.ID{1}, d.members("then"))
}

// What a zone means may be another thing on the machine that opens a store, or nothing:
// then what differs is repaired, or it is said what can be done; no contact is lost.
func TestCalendarOfAnotherMachine(t *testing.T) {
	putZone(t, "Atlantis/Capital", 0)
	dir := t.TempDir()
	atlantis := contact.Calendar{Zone: "Atlantis/Capital", WeekStart: 1}
	d := calendarDesk(t, dir, atlantis)
	require.Equal(t, []contact.ID{1}, d.members("then"))
	last := d.eng.LastChange()
	require.NoError(t, d.store.Close())

	putZone(t, "Atlantis/Capital", 1)
	store, err := contact.Open(dir, nil, nil)
	require.NoError(t, err)
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	d = &desk{t, context.Background(), store, eng}
	require.Equal(t, []string{"1 leave then (repair)", "1 enter later (repair)", "1 enter nested (repair)", "1 enter firm (repair)", "1 enter any (repair)"}, d.feed(last+1))
	require.NoError(t, eng.Verify(d.ctx))
	last = eng.LastChange()
	require.NoError(t, store.Close())

	require.NoError(t, os.RemoveAll(zoneDir))
	store, err = contact.Open(dir, nil, nil)
	require.NoError(t, err)
	require.Equal(t, 1, store.View().Len(), "contacts can be read")
	require.Equal(t, atlantis, store.Schema().Calendar())
	eng, err = segment.New(store, nil)
	require.NoError(t, err)
	d = &desk{t, context.Background(), store, eng}
	later, err := eng.Get("later")
	require.NoError(t, err)
	require.ErrorAs(t, later.Broken, new(*filter.ZoneError))
	require.ErrorContains(t, later.Broken, `there is no time zone "Atlantis/Capital"`)
	require.Equal(t, []contact.ID{1}, d.members("later"), "they stay")
	require.Empty(t, d.feed(last+1))
	d.set(1, contact.Values{"points": 0})
	require.Empty(t, d.members("rich"), "what needs no zone goes on")
	d.set(1, contact.Values{"points": 9})
	last = eng.LastChange()
	d.setCalendar(contact.Calendar{Zone: "Etc/GMT-1"})
	require.Empty(t, d.feed(last+1), "the same days as in Atlantis")
	d.setCalendar(contact.Calendar{Zone: "UTC"})
	require.Equal(t, []contact.ID{1}, d.members("then"))
	later, err = eng.Get("later")
	require.NoError(t, err)
	require.NoError(t, later.Broken)
	require.NoError(t, eng.Verify(d.ctx))
	putZone(t, "Atlantis/Capital", 1)
	d.setCalendar(atlantis)
	last = eng.LastChange()
	require.NoError(t, store.Close())
	require.NoError(t, os.RemoveAll(zoneDir))

	store, err = contact.Open(dir, calendarSchema(contact.Calendar{Zone: "UTC"}), nil)
	require.NoError(t, err)
	eng, err = segment.New(store, nil)
	require.NoError(t, err)
	d = &desk{t, context.Background(), store, eng}
	require.Equal(t, []contact.ID{1}, d.members("then"))
	require.Equal(t, "1 enter then (repair)", d.feed(last + 1)[0])
	require.NoError(t, eng.Verify(d.ctx))
	require.NoError(t, store.Close())
}

// A definition that is made while the calendar is another one for a moment is meant in that
// which the transaction ends with.
func TestCalendarThereAndBack(t *testing.T) {
	d := calendarDesk(t, "")
	d.update(func(tx *contact.Tx) error {
		if err := tx.Schema().SetCalendar(contact.Calendar{Zone: "Asia/Tokyo"}); err != nil {
			return err
		}
		if _, err := d.eng.In(tx).Create(definition("made", "seen = 2026-11-24")); err != nil {
			return err
		}
		return tx.Schema().SetCalendar(contact.Calendar{})
	})
	require.Equal(t, []contact.ID{1}, d.members("then"))
	require.Equal(t, []contact.ID{1}, d.members("made"))
}

// A segment that was broken by the calendar of before and is renamed in the transaction
// that gives the store another one is what its filter says.
func TestCalendarHealsWhatIsRenamed(t *testing.T) {
	putZone(t, "Atlantis/Capital", 0)
	dir := t.TempDir()
	d := calendarDesk(t, dir, contact.Calendar{Zone: "Atlantis/Capital"})
	require.Equal(t, []contact.ID{1}, d.members("then"))
	require.NoError(t, d.store.Close())
	require.NoError(t, os.RemoveAll(zoneDir))
	d = openWith(t, dir, nil, nil, nil)
	then, err := d.eng.Get("then")
	require.NoError(t, err)
	require.Error(t, then.Broken)
	last := d.eng.LastChange()
	d.update(func(tx *contact.Tx) error {
		if err := d.eng.In(tx).Rename("then", "Then"); err != nil {
			return err
		}
		return tx.Schema().SetCalendar(contact.Calendar{})
	})
	require.Equal(t, []contact.ID{1}, d.members("then"))
	require.Empty(t, d.feed(last+1))
	then, err = d.eng.Get("then")
	require.NoError(t, err)
	require.NoError(t, then.Broken)
	require.Equal(t, "Then", then.Name)
	require.NoError(t, d.eng.Verify(d.ctx))
	d.set(1, contact.Values{"seen": lateOn.AddDate(0, 0, 1)})
	require.Empty(t, d.members("then"))
}
