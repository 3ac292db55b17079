package contact_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
)

func TestDay(t *testing.T) {
	require.Zero(t, contact.DayOf(1970, 1, 1))
	require.Equal(t, contact.DayOf(2026, 3, 2), contact.DayOf(2026, 2, 30), "carries over")
	require.Equal(t, "2024-02-29", contact.DayOf(2024, 2, 29).String())
	require.Equal(t, "0000-01-01", contact.DayOf(0, 1, 1).String())
	require.True(t, contact.DayOf(0, 1, 1).Valid())
	require.False(t, (contact.DayOf(0, 1, 1) - 1).Valid())
	require.True(t, contact.DayOf(9999, 12, 31).Valid())
	require.False(t, (contact.DayOf(9999, 12, 31) + 1).Valid())
	require.False(t, contact.DayOf(100_000_000, 1, 1).Valid(), "does not wrap into a valid day")
	require.False(t, contact.DayOf(-100_000_000, 1, 1).Valid())
}

func TestDayRoundTrips(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	first, last := contact.DayOf(0, 1, 1), contact.DayOf(9999, 12, 31)
	for range 20_000 {
		d := first + contact.Day(r.IntN(int(last-first)+1))
		require.Equal(t, d, contact.DayOf(d.Date()))
		parsed, err := contact.ParseDay(d.String())
		require.NoError(t, err)
		require.Equal(t, d, parsed)
		require.Equal(t, d, contact.DayIn(d.In(time.UTC)))
	}
}

func TestParseDay(t *testing.T) {
	for _, s := range []string{"", "2026-11", "2026-11-24T00:00:00Z", "26-11-24", "2026-13-01", "2026-11-31", "2025-02-29", " 2026-11-24", "2026/11/24", "10000-01-01", "-001-01-01"} {
		_, err := contact.ParseDay(s)
		require.Error(t, err, s)
	}
}

// A day begins at midnight, or with the new rule where the clock jumps over
// midnight; a day that a place has skipped begins when the next one does.
func TestDayIn(t *testing.T) {
	for _, c := range []struct{ zone, day, want string }{
		{"UTC", "2026-11-24", "2026-11-24T00:00:00Z"},
		{"Europe/Paris", "2026-11-24", "2026-11-24T00:00:00+01:00"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"}, // no midnight
		{"America/Sao_Paulo", "2018-02-18", "2018-02-18T00:00:00-03:00"}, // the hour before comes twice
		{"Africa/Cairo", "2010-09-10", "2010-09-10T01:00:00+03:00"},
		{"Asia/Beirut", "2022-03-27", "2022-03-27T01:00:00+03:00"},
		{"America/Havana", "2018-11-04", "2018-11-04T00:00:00-04:00"}, // midnight comes twice
		{"Pacific/Saipan", "1969-01-26", "1969-01-26T00:00:00+11:00"}, // and so it does here, back from 00:01 to 23:01
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00"},   // no such day
		{"Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00"},
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Skip("no zone tables: ", err)
		}
		d, err := contact.ParseDay(c.day)
		require.NoError(t, err)
		require.Equal(t, c.want, d.In(loc).Format(time.RFC3339), "%s in %s", c.day, c.zone)
	}
}

// In every zone and on every day, what In returns is the first instant that shows
// the day or a later one.
func TestDayInIsFirstInstant(t *testing.T) {
	for _, zone := range []string{"America/Sao_Paulo", "Africa/Cairo", "Asia/Tehran", "America/Havana", "Pacific/Apia", "Asia/Gaza", "America/Asuncion", "Atlantic/Azores", "Australia/Lord_Howe"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Skip("no zone tables: ", err)
		}
		for d := contact.DayOf(1985, 1, 1); d < contact.DayOf(2030, 1, 1); d++ {
			begin := d.In(loc)
			if contact.DayIn(begin) < d || contact.DayIn(begin.Add(-time.Millisecond)) >= d {
				require.Fail(t, "not the first instant", "%v in %s: %v", d, zone, begin)
			}
		}
	}
}

func TestDayInShowsTheCallersZone(t *testing.T) {
	at := time.Date(2026, 11, 24, 23, 30, 0, 0, time.UTC)
	require.Equal(t, "2026-11-24", contact.DayIn(at).String())
	require.Equal(t, "2026-11-25", contact.DayIn(at.In(time.FixedZone("", 3600))).String())
}

// Instants that no field and no event can have are on their side of those that can,
// however far away they are.
func TestFarInstants(t *testing.T) {
	past, future := time.Date(-400_000_000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(400_000_000, 1, 1, 0, 0, 0, 0, time.UTC)
	store := newStore(t, append(visits(), contact.DateTime("seen"))...)
	ada := insert(t, store, nil)
	update(t, store, func(tx *contact.Tx) error {
		return tx.Record(ada, contact.Event{Type: "login", At: time.UnixMilli(0)}, contact.Event{Type: "login", At: eventTime})
	})
	for _, far := range []struct {
		at                  time.Time
		from, until, forgot int // events that are told, and that are left
		err                 string
	}{
		{past, 2, 0, 2, "lies before 1970"},
		{future, 0, 2, 0, "lies after 9999"},
	} {
		v := store.View()
		require.Len(t, toldEvents(t, v, ada, &contact.EventOptions{From: far.at}), far.from)
		require.Len(t, toldEvents(t, v, ada, &contact.EventOptions{Until: far.at}), far.until)
		err := store.Update(ctx, func(tx *contact.Tx) error {
			require.Error(t, tx.Set(ada, contact.Values{"seen": far.at}))
			return tx.Record(ada, contact.Event{Type: "login", At: far.at})
		})
		require.ErrorContains(t, err, far.err)
		update(t, store, func(tx *contact.Tx) error { return tx.ForgetEvents(far.at) })
		require.Len(t, toldEvents(t, store.View(), ada, nil), far.forgot)
	}
}

// A clock may show any time, also one before there were days. No commit is earlier than the
// one before it.
func TestFarClock(t *testing.T) {
	for _, year := range []int{-400_000_000, -5, 0, 1, 1969, 9999, 10_000, 400_000_000} {
		clock := contacttest.NewClock(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
		store := newStoreWith(t, &contact.Options{Clock: clock})
		insert(t, store, nil)
		first := store.View().Time()
		require.Equal(t, store.Now(), first)
		if year > -1000 && year < 10_000 {
			require.Equal(t, clock.Now(), first)
		}
		clock.Turn(time.Hour)
		insert(t, store, nil)
		require.False(t, store.View().Time().Before(first), year)
		clock.Turn(-2 * time.Hour)
		insert(t, store, nil)
		require.False(t, store.View().Time().Before(first), year)
	}
}
