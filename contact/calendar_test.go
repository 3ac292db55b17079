package contact_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// zoneDir is where package time looks for zones first; it is made if a test needs a
// zone that comes and goes.
var zoneDir = filepath.Join(os.TempDir(), fmt.Sprintf("roster-zones-contact-%d", os.Getpid()))

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

func TestLoadZone(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Zurich", "America/Argentina/Buenos_Aires", "EST5EDT", "Etc/GMT+5"} {
		loc, err := contact.LoadZone(name)
		require.NoError(t, err)
		require.Equal(t, name, loc.String())
	}
	for name, want := range map[string]string{
		"":                        `there is no time zone ""; names are like Europe/Zurich`,
		"Local":                   `there is no time zone "Local"; names are like Europe/Zurich`,
		"../../etc/passwd":        `there is no time zone "../../etc/passwd"; names are like Europe/Zurich`,
		"Europe/Zurch":            `there is no time zone "Europe/Zurch", did you mean "Europe/Zurich"?`,
		"europe/zurich ":          `there is no time zone "europe/zurich ", did you mean "Europe/Zurich"?`,
		"Zürich":                  `there is no time zone "Zürich", did you mean "Europe/Zurich"?`,
		"new york":                `there is no time zone "new york", did you mean "America/New_York"?`,
		string(make([]byte, 100)): `there is no time zone ` + fmt.Sprintf("%q", string(make([]byte, 64))+"…") + `; names are like Europe/Zurich`,
	} {
		_, err := contact.LoadZone(name)
		var unknown *contact.UnknownZoneError
		require.ErrorAs(t, err, &unknown, name)
		require.Equal(t, name, unknown.Zone)
		require.EqualError(t, err, "contact: "+want)
	}
}

func TestCalendarOfSchema(t *testing.T) {
	plain := contact.MustSchema(contact.Text("email"))
	require.Equal(t, contact.Calendar{Zone: "UTC", WeekStart: 1}, plain.Calendar())
	require.Empty(t, plain.Calendar().Mark())
	zurich := contact.Calendar{Zone: "Europe/Zurich", WeekStart: 7, LeapDayInMarch: true}
	s := contact.MustSchema(contact.Text("email"), zurich)
	require.Equal(t, zurich, s.Calendar())
	require.Equal(t, zurich, s.WithHidden().Calendar())
	require.Equal(t, "Europe/Zurich, weeks from Sunday, 29 February on 1 March", s.Calendar().String())
	loc, err := s.Calendar().Location()
	require.NoError(t, err)
	require.Equal(t, "Europe/Zurich", loc.String())
	for _, c := range []struct {
		parts []contact.Part
		want  string
	}{
		{[]contact.Part{contact.Calendar{Zone: "Europe/Zurch", WeekStart: 8}},
			`contact: schema: calendar: WeekStart is 8; give a day from 1, Monday, to 7, Sunday; calendar: there is no time zone "Europe/Zurch", did you mean "Europe/Zurich"?`},
		{[]contact.Part{contact.Calendar{}, contact.Calendar{}}, `contact: schema: a calendar is declared twice; SetCalendar changes it`},
		{[]contact.Part{contact.Companies(contact.Calendar{})}, `contact: schema: a calendar among the fields of companies`},
	} {
		_, err := contact.NewSchema(c.parts...)
		require.EqualError(t, err, c.want)
	}
}

// The calendar is that of the version: a View keeps the one it was taken with, the
// transaction sees its own, and the log tells the change.
func TestSetCalendar(t *testing.T) {
	for _, disk := range []bool{false, true} {
		t.Run(fmt.Sprint("disk ", disk), func(t *testing.T) {
			store, dir := newStore(t, contact.Text("email")), ""
			if disk {
				dir = memoryDir(t)
				store = openDir(t, dir, contact.MustSchema(contact.Text("email")), nil)
			}
			utc := store.View()
			zurich := contact.Calendar{Zone: "Europe/Zurich", WeekStart: 1}
			update(t, store, func(tx *contact.Tx) error {
				var wrong *contact.SchemaError
				require.ErrorAs(t, tx.Schema().SetCalendar(contact.Calendar{Zone: "Zurich"}), &wrong)
				require.ErrorAs(t, wrong, new(*contact.UnknownZoneError))
				require.NoError(t, tx.Schema().SetCalendar(contact.Calendar{Zone: "Europe/Zurich"}))
				require.Equal(t, zurich, tx.Schema().Current().Calendar())
				require.Equal(t, "UTC", store.Schema().Calendar().Zone)
				return nil
			})
			require.Equal(t, zurich, store.Schema().Calendar())
			require.Equal(t, "UTC", utc.Schema().Calendar().Zone)
			update(t, store, func(tx *contact.Tx) error { return tx.Schema().SetCalendar(zurich) })
			require.Equal(t, uint64(1), store.View().Number(), "nothing new is no commit")
			require.ErrorIs(t, store.Update(ctx, func(tx *contact.Tx) error {
				require.NoError(t, tx.Schema().SetCalendar(contact.Calendar{WeekStart: 7}))
				return errFailed
			}), errFailed)
			require.Equal(t, zurich, store.Schema().Calendar())
			update(t, store, func(tx *contact.Tx) error { return tx.Schema().SetLabel("email", "E-mail") })
			if disk {
				store = reopened(t, store, dir, nil)
				require.Equal(t, zurich, store.Schema().Calendar())
				store = reopened(t, store, dir, contact.MustSchema(contact.Text("email")))
				require.Equal(t, zurich, store.Schema().Calendar(), "a schema without a calendar says nothing of it")
				require.NoError(t, store.Compact(ctx))
				store = reopened(t, store, dir, store.Schema())
			}
			records, err := collect(store)
			require.NoError(t, err)
			require.Len(t, records, 2)
			change, changed := records[0].Calendar()
			require.True(t, changed)
			require.Equal(t, contact.CalendarChange{Old: utc.Schema().Calendar(), New: zurich}, change)
			_, changed = records[1].Calendar()
			require.False(t, changed)
		})
	}
}

// A commit that a floor refuses leaves the calendar what it was.
func TestCalendarVetoed(t *testing.T) {
	store := newStore(t, contact.Text("email"))
	require.NoError(t, store.Attach("guard", &testFloor{prepare: func(c *contact.Commit) error {
		_, changed := c.Record().Calendar()
		require.True(t, changed)
		require.Equal(t, 7, c.View().Schema().Calendar().WeekStart)
		return errVeto
	}}, nil))
	err := store.Update(ctx, func(tx *contact.Tx) error { return tx.Schema().SetCalendar(contact.Calendar{WeekStart: 7}) })
	require.ErrorIs(t, err, errVeto)
	require.Equal(t, 1, store.Schema().Calendar().WeekStart)
}

// Opening a store with another calendar than it has is refused, unless nobody can
// follow that one any more.
func TestOpenWithAnotherCalendar(t *testing.T) {
	putZone(t, "Atlantis/Capital", 3)
	dir := memoryDir(t)
	with := func(c contact.Calendar) *contact.Schema { return contact.MustSchema(contact.Text("email"), c) }
	atlantis := contact.Calendar{Zone: "Atlantis/Capital", WeekStart: 1}
	store := openDir(t, dir, with(atlantis), nil)
	insert(t, store, contact.Values{"email": "ada"})
	mark := store.Schema().Calendar().Mark()
	require.Contains(t, mark, "Atlantis/Capital")
	require.NoError(t, store.Close())
	_, err := contact.Open(dir, with(contact.Calendar{WeekStart: 7}), nil)
	require.EqualError(t, err, "contact: schema: the calendar is Atlantis/Capital, weeks from Monday, 29 February on 28 February in the store and "+
		"UTC, weeks from Sunday, 29 February on 28 February in the schema given: SetCalendar changes it, in a transaction")

	putZone(t, "Atlantis/Capital", 4)
	store = openDir(t, dir, nil, nil)
	require.NotEqual(t, mark, store.Schema().Calendar().Mark(), "the zone means something else now")
	require.NoError(t, os.RemoveAll(zoneDir))
	store = reopened(t, store, dir, nil)
	require.Equal(t, atlantis, store.Schema().Calendar(), "a zone that is gone is kept")
	require.Equal(t, 1, store.View().Len())
	insert(t, store, contact.Values{"email": "bob"})
	_, err = store.Schema().Calendar().Location()
	require.ErrorAs(t, err, new(*contact.UnknownZoneError))

	store = reopened(t, store, dir, with(contact.Calendar{Zone: "Europe/Athens"}))
	require.Equal(t, "Europe/Athens", store.Schema().Calendar().Zone)
	require.Equal(t, 2, store.View().Len())
	records, err := collect(store)
	require.NoError(t, err)
	change, changed := records[len(records)-1].Calendar()
	require.True(t, changed)
	require.Equal(t, "Atlantis/Capital", change.Old.Zone)
	require.Equal(t, "Europe/Athens", change.New.Zone)
	require.Equal(t, "Europe/Athens", reopened(t, store, dir, nil).Schema().Calendar().Zone)
}

// The marks of two zones differ if they ever showed different times.
func TestCalendarMark(t *testing.T) {
	marks := map[string]string{}
	for _, zone := range []string{"Europe/Zurich", "Europe/Kyiv", "Europe/Moscow", "Asia/Tokyo", "Etc/GMT-9"} {
		mark := contact.Calendar{Zone: zone}.Mark()
		require.Equal(t, mark, contact.Calendar{Zone: zone}.Mark())
		table := mark[len(zone):]
		require.Empty(t, marks[table], zone)
		marks[table] = zone
	}
	require.NotEqual(t, contact.Calendar{WeekStart: 7}.Mark(), contact.Calendar{LeapDayInMarch: true}.Mark())
}

// opCalendar changes the calendar, or gives it anew.
func (w *world) opCalendar(tx *contact.Tx, next *model) {
	zones := []string{"UTC", "Europe/Zurich", "America/New_York"}
	c := contact.Calendar{Zone: zones[w.r.IntN(len(zones))], WeekStart: 1 + w.r.IntN(7), LeapDayInMarch: w.r.IntN(2) == 0}
	require.NoError(w.t, tx.Schema().SetCalendar(c))
	next.edited = next.edited || c != next.calendar
	next.calendar = c
	require.Equal(w.t, c, tx.Schema().Current().Calendar())
}

// compareCalendar checks what a log record tells of the calendar.
func (w *world) compareCalendar(r *contact.Record) {
	change, changed := r.Calendar()
	require.Equal(w.t, w.calendars[r.Number], change)
	require.Equal(w.t, w.calendars[r.Number] != contact.CalendarChange{}, changed)
}
