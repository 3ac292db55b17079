package filter_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/testflags"
)

// Who does something hundreds of times a day, and thousands of times in all, is counted and
// added up like anybody else.
func TestManyEventsOfOneContact(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 21))
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	store, err := contact.New(contact.MustSchema(contact.EventType("hit", contact.Number("amount"), contact.Bool("paid"))), &contact.Options{Clock: contacttest.NewClock(now)})
	require.NoError(t, err)
	type event struct {
		at     time.Time
		amount int
		paid   bool
	}
	var events []event
	require.NoError(t, store.Update(t.Context(), func(tx *contact.Tx) error {
		id, err := tx.Insert(nil)
		for range 4000 {
			day := now.AddDate(0, 0, -rng.IntN(4)*rng.IntN(4))
			e := event{day.Add(-time.Duration(rng.Int64N(int64(12 * time.Hour)))).Truncate(time.Millisecond), rng.IntN(100), rng.IntN(20) == 0}
			events = append(events, e)
			if err == nil {
				err = tx.Record(id, contact.Event{Type: "hit", At: e.at, Attrs: contact.Values{"amount": e.amount, "paid": e.paid}})
			}
		}
		return err
	}))
	for range testflags.Cases(100) {
		zone, err := time.LoadLocation([]string{"UTC", "Asia/Tokyo", "America/New_York"}[rng.IntN(3)])
		require.NoError(t, err)
		hours, paid := 1+rng.IntN(10*24), rng.IntN(2) == 0
		days, sum, n := map[string]bool{}, 0, 0
		for _, e := range events {
			if e.at.After(now.Add(-time.Duration(hours)*time.Hour)) && (!paid || e.paid) {
				days[e.at.In(zone).Format(time.DateOnly)] = true
				sum += e.amount
				n++
			}
		}
		where := ""
		if paid {
			where = "where (paid = true) "
		}
		for _, text := range []string{
			fmt.Sprintf("did hit %son exactly %d different days in the last %d hours in zone %q", where, len(days), hours, zone),
			fmt.Sprintf("sum of amount of hit %sin the last %d hours = %d", where, hours, sum),
			fmt.Sprintf("did hit %sexactly %d times in the last %d hours", where, n, hours),
		} {
			p, err := filter.Compile(filter.MustParse(text), store.Schema(), nil)
			require.NoError(t, err, text)
			require.True(t, p.At(now).Match(store.View(), 1), text)
			found, err := p.At(now).Count(t.Context(), store.View())
			require.NoError(t, err)
			require.Equal(t, 1, found, text)
		}
	}
}
