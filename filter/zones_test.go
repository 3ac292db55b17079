package filter_test

import (
	"archive/zip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

// The engine agrees with the oracle about the days around the changes of all zones:
// about instants around each, asked shortly before and after it.
func TestEveryZone(t *testing.T) {
	r, err := zip.OpenReader(filepath.Join(testflags.GoRoot(t), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Skip("no list of zones: ", err)
	}
	defer r.Close()
	every, n, asked := testflags.Every()*4, 0, 0
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		loc := zone(t, f.Name)
		at := time.Date(1880, 1, 1, 0, 0, 0, 0, loc)
		for at.Year() < 2040 {
			_, next := at.ZoneBounds()
			if next.IsZero() {
				break
			}
			if !next.After(at) { // the last day of a leap year
				next = at.AddDate(0, 0, 1)
			}
			if n++; n%every == 0 {
				aroundChange(t, loc, next)
				asked++
			}
			at = next
		}
	}
	require.NotZero(t, n)
	t.Logf("%d of %d changes", asked, n)
}

// aroundChange asks about an offset change.
func aroundChange(t *testing.T, loc *time.Location, at time.Time) {
	schema := contact.MustSchema(contact.DateTime("at"), contact.Date("on"))
	p := newPeople(t, schema, loc)
	day := contact.DayIn(at)
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		for _, base := range []time.Time{at, at.Add(-24 * time.Hour), day.In(loc), (day + 1).In(loc), at.AddDate(0, 0, 1), at.AddDate(0, -1, 0)} {
			for _, d := range []time.Duration{-time.Hour, -30 * time.Minute, -time.Millisecond, 0, time.Millisecond, 30 * time.Minute, time.Hour} {
				c := filtertest.Contact{"at": base.Add(d).UTC(), "on": contact.DayIn(base.Add(d))}
				if err := p.insert(tx, c); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	v := p.store.View()
	for _, text := range []string{
		"at = " + day.String(), "at < " + day.String(), "at > " + day.String(), "at = today", "at between yesterday and today", "at <= tomorrow",
		"at within the last 1 day", "at within the next 1 day", "at within the last 1 month", "at within the last 24 hours", "at is today",
		"weekday of at in (sunday)", "hour of at in (0, 1, 2, 3)", "day of at = 1", "on = today", "on within the next 2 days", "at = this week",
	} {
		program, err := p.compile(filter.MustParse(text))
		require.NoError(t, err)
		for _, d := range []time.Duration{-time.Millisecond, 0, 29 * time.Minute, time.Hour, 24 * time.Hour} {
			p.setting.Now = at.Add(d)
			require.NoError(t, p.compare(v, program, schema, p.contacts), "%s, at %v in %v", text, p.setting.Now.UTC(), loc)
		}
	}
}
