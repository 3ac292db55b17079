package contact_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
)

// benchSeed makes the rows of the benchmarks.
const benchSeed = 20261124

// benchRows returns the first n rows of the workload, made before the clock runs.
func benchRows(n int) []*contacttest.Row {
	rows := make([]*contacttest.Row, 0, n)
	for _, row := range contacttest.Rows(benchSeed, n) {
		rows = append(rows, row.Clone())
	}
	return rows
}

// A rowFiller fills a typed row by field handles.
type rowFiller [14]contact.Field

func newRowFiller(b *testing.B, schema *contact.Schema) *rowFiller {
	f := new(rowFiller)
	for i, field := range []string{"email", "first_name", "last_name", "country", "city", "points", "revenue",
		"signup", "last_active", "birthday", "is_customer", "plan", "tags", "dnc"} {
		var ok bool
		f[i], ok = schema.Field(field)
		require.True(b, ok, field)
	}
	return f
}

// fill returns how many values the row has beside.
func (f *rowFiller) fill(r *contact.Row, row *contacttest.Row) (*contact.Row, int) {
	n := 11
	r.Text(f[0], row.Email).Text(f[1], row.First).Text(f[2], row.Last).Text(f[3], row.Country).Text(f[4], row.City)
	r.Number(f[5], float64(row.Points))
	if row.HasRevenue {
		r.Number(f[6], row.Revenue)
		n++
	}
	r.Millis(f[7], row.Signup)
	if row.HasLastActive {
		r.Millis(f[8], row.LastActive)
		n++
	}
	r.Day(f[9], contact.Day(row.Birthday)).Bool(f[10], row.IsCustomer).Text(f[11], row.Plan)
	if len(row.Tags) > 0 {
		r.List(f[12], row.Tags...)
		n++
	}
	return r.Bool(f[13], row.DNC), n
}

// BenchmarkInsert loads an empty store with typed rows of the workload, so many in a
// transaction.
func BenchmarkInsert(b *testing.B) {
	for _, size := range []string{"100k", "1M"} {
		for _, batch := range []int{1000, 100_000} {
			b.Run(fmt.Sprintf("rows=%s/batch=%d", size, batch), func(b *testing.B) {
				testflags.NeedSize(b, size)
				benchInsert(b, testflags.Size(size), batch)
			})
		}
	}
}

func benchInsert(b *testing.B, n, batch int) {
	rows := benchRows(n)
	values, kept := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		store, err := contact.New(contacttest.Schema(), &contact.Options{KeepLog: -1})
		require.NoError(b, err)
		f := newRowFiller(b, store.Schema())
		for from := 0; from < n; from += batch {
			err := store.Update(context.Background(), func(tx *contact.Tx) error {
				for _, row := range rows[from:min(n, from+batch)] {
					r, filled := f.fill(tx.Row(), row)
					values += filled
					if _, err := r.Insert(); err != nil {
						return err
					}
				}
				return nil
			})
			require.NoError(b, err)
		}
		b.StopTimer()
		kept = 0
		for _, bytes := range store.View().Memory() {
			kept += bytes
		}
		require.NoError(b, store.Close())
		runtime.GC()
		b.StartTimer()
	}
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(b.N*n)/seconds, "rows/s")
	b.ReportMetric(seconds*1e9/float64(values), "ns/value")
	b.ReportMetric(float64(kept)/float64(n), "kept-B/row")
}
