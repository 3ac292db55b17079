package filter_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/testflags"
)

// BenchmarkDates counts contacts by dates, each time at another instant; the first
// two have fixed dates, to compare with.
func BenchmarkDates(b *testing.B) {
	for _, size := range []string{"100k", "1M"} {
		b.Run(size, func(b *testing.B) {
			testflags.NeedSize(b, size)
			store, err := contacttest.NewStore(1, testflags.Size(size))
			require.NoError(b, err)
			v := store.View()
			for _, text := range []string{
				"last_active > 2026-10-20", "birthday between 1990-01-01 and 1999-12-31",
				"last_active > -30 days", "last_active within the last 36 hours", "signup = last month", `signup = last month in zone "Europe/Zurich"`,
				"birthday is in the next 7 days", "signup is this month", "month of birthday = 3", "weekday of signup in (saturday, sunday)", "hour of last_active between 9 and 16",
				"signup = last month in zone of city", "birthday is in the next 7 days in zone of city",
			} {
				b.Run(text, func(b *testing.B) { benchmarkDates(b, v, text) })
			}
		})
	}
}

func benchmarkDates(b *testing.B, v *contact.View, text string) {
	program, err := filter.Compile(filter.MustParse(text), v.Schema(), nil)
	require.NoError(b, err)
	i, n := 0, 0
	for b.Loop() {
		i++
		if n, err = program.At(contacttest.Now().Add(time.Duration(i)*time.Second)).Count(context.Background(), v); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n), "contacts")
}

// BenchmarkNext asks when the answer about one contact changes.
func BenchmarkNext(b *testing.B) {
	store, err := contacttest.NewStore(1, 1000)
	require.NoError(b, err)
	v := store.View()
	for _, text := range []string{"last_active > -30 days", "last_active within the last 36 hours", "last_active within the last 1 month", "birthday is today", "birthday is this year"} {
		b.Run(text, func(b *testing.B) {
			program, err := filter.Compile(filter.Must(filter.Nest(filter.MustParse(text))), v.Schema(), nil)
			require.NoError(b, err)
			for i := 0; b.Loop(); i++ {
				program.Next(v, contact.ID(1+i%1000), contacttest.Now())
			}
		})
	}
}
