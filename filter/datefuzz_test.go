package filter_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

// FuzzRelative reads dates, windows and zones that a fuzzer writes: what is accepted
// goes through every spelling, and means to the engine what it means to the oracle;
// what is refused says where and what would be right.
func FuzzRelative(f *testing.F) {
	for _, s := range []string{
		"= now", "= -30 days", "< 3 days ago", ">= in 2 months", "= last day of february next year", "in (today, monday this week, +1 quarter)",
		"between last month and tomorrow", "within the last 36 hours", "in the next 7 days", "is today", "is not in the last 2 weeks", "is first day of next quarter",
		`= today in zone "Europe/Zurich"`, "= -30 dys", "= last day of febuary", "= in -3 days", "= -99999 years", "within the last 0 seconds", "= -9999 years",
	} {
		f.Add(s, int64(1764064800000))
	}
	schema := contact.MustSchema(contact.DateTime("at"), contact.Date("on"), contact.Text("tz"))
	f.Fuzz(func(t *testing.T, text string, ms int64) {
		now := time.UnixMilli(ms % 253402300799999)
		people := []filtertest.Contact{{"at": time.UnixMilli(1764064800000).UTC(), "on": contact.DayOf(2025, 11, 25)},
			{"at": time.UnixMilli(1709208000001).UTC(), "on": contact.DayOf(2024, 2, 29), "tz": "America/Sao_Paulo"}}
		for _, subject := range []string{"at ", "on ", "month of at ", "weekday of on "} {
			parsed, err := filter.Parse(subject + text)
			if err != nil {
				var pe *filter.ParseError
				require.ErrorAs(t, err, &pe)
				require.NotEmpty(t, pe.Expected)
				require.NotEmpty(t, pe.Found)
				require.LessOrEqual(t, pe.Offset, len(subject+text))
				continue
			}
			checkRoundTrips(t, parsed)
			if filter.Check(parsed, schema, nil) == nil && now.UTC().Year() >= 0 {
				check(t, filtertest.Case{Schema: schema, Now: now, Contacts: people, Filter: parsed})
			}
		}
	})
}
