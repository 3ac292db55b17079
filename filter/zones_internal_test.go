package filter

import (
	"archive/zip"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

// zoneNames returns the names of the time zone database that Go comes with.
func zoneNames(t *testing.T) (names []string) {
	r, err := zip.OpenReader(filepath.Join(testflags.GoRoot(t), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Skip("no list of zones: ", err)
	}
	defer r.Close()
	for _, f := range r.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	require.Greater(t, len(names), 400)
	return names
}

// changes calls fn for offset changes of all zones, every one or each of a few.
func changes(t *testing.T, fn func(loc *time.Location, at time.Time)) {
	every, n := testflags.Every(), 0
	for _, name := range zoneNames(t) {
		loc, err := contact.LoadZone(name)
		require.NoError(t, err)
		at := time.Date(1800, 1, 1, 0, 0, 0, 0, loc)
		for at.Year() < 2045 {
			_, next := at.ZoneBounds()
			if next.IsZero() {
				break
			}
			if !next.After(at) {
				next = at.AddDate(0, 0, 1)
			}
			_, was := at.Zone()
			if _, is := next.Zone(); is != was {
				if n++; n%every == 0 {
					fn(loc, next)
				}
			}
			at = next
		}
	}
	require.NotZero(t, n)
}

// wall is what clocks show, as milliseconds.
func wall(t int64, loc *time.Location) int64 {
	_, seconds := time.UnixMilli(t).In(loc).Zone()
	return t + int64(seconds)*1000
}

// latest is the latest time shown up to t, by looking at every quarter of an hour
// of two days and at the milliseconds before a change.
func latest(t int64, loc *time.Location, change time.Time) int64 {
	most := wall(t, loc)
	for at := t - 2*millisPerDay; at < t; at += 900_000 {
		most = max(most, wall(at, loc))
	}
	if c := change.UnixMilli() - 1; c < t && t-c < 2*millisPerDay {
		most = max(most, wall(c, loc))
	}
	return most
}

// The clock of a filter shows what Go's time shows and never goes back; its days
// begin with their first instant, as [contact.Day.In] says; and each time has the first
// instant at which it, or a later one, is shown. Around every change of every zone.
func TestWallClockAroundChanges(t *testing.T) {
	clocks := map[*time.Location]*wallClock{}
	changes(t, func(loc *time.Location, at time.Time) {
		w, ok := clocks[loc]
		if !ok {
			w = newWallClock(loc)
			clocks[loc] = w
		}
		c := at.UnixMilli()
		for _, d := range []int64{-millisPerDay, -7_200_000, -3_600_000, -1, 0, 1, 1_800_000, 3_599_999, 3_600_000, 7_200_000, millisPerDay} {
			x := c + d
			require.Equal(t, wall(x, loc), w.show(x), "%v at %d", loc, x)
			local := w.local(x)
			require.Equal(t, latest(x, loc, at), local, "%v at %d", loc, x)
			first := w.first(local)
			require.LessOrEqual(t, first, x, "%v at %d", loc, x)
			require.GreaterOrEqual(t, w.local(first), local, "%v at %d", loc, x)
			require.Less(t, w.local(first-1), local, "%v at %d", loc, x)
			skipped := w.first(wall(x, loc) + 1)
			require.GreaterOrEqual(t, w.local(skipped), wall(x, loc)+1)
			require.Less(t, w.local(skipped-1), wall(x, loc)+1)
		}
		for day := w.day(c) - 2; day <= w.day(c)+2; day++ {
			begin := w.begin(day)
			require.GreaterOrEqual(t, w.day(begin), day)
			require.Less(t, w.day(begin-1), day)
			require.Equal(t, contact.Day(day).In(loc).UnixMilli(), begin, "%v: %s", loc, contact.Day(day))
		}
	})
}

// The calendar agrees with Go's, on every day of 800 years.
func TestCalendar(t *testing.T) {
	for day := int64(-200_000); day < 100_000; day++ {
		year, month, dom := civil(day)
		d := contact.Day(day)
		y, m, n := d.Date()
		require.Equal(t, [3]int{y, int(m), n}, [3]int{int(year), month, dom})
		require.Equal(t, day, dayOf(year, month, dom))
		require.Equal(t, (int(time.Unix(day*86400, 0).UTC().Weekday())+6)%7+1, weekdayOf(day))
		require.Equal(t, time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day(), monthLength(year, month))
	}
	for _, c := range [][3]string{
		{"2026-01-31", "1", "2026-02-28"}, {"2028-01-31", "1", "2028-02-29"}, {"2026-03-31", "-1", "2026-02-28"}, {"2024-02-29", "12", "2025-02-28"},
		{"2024-02-29", "48", "2028-02-29"}, {"2026-12-31", "2", "2027-02-28"}, {"2026-01-01", "-1", "2025-12-01"}, {"0000-03-31", "-1", "0000-02-29"},
	} {
		from, err := contact.ParseDay(c[0])
		require.NoError(t, err)
		want, err := contact.ParseDay(c[2])
		require.NoError(t, err)
		n, _ := ParseValue(c[1])
		require.Equal(t, int64(want), addMonths(int64(from), int64(n.Number())), "%v", c)
	}
}
