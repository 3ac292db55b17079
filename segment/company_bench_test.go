package segment_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/segment"
)

// BenchmarkUpdateCompany changes the number of employees of one company, of 10 000 with
// 100k contacts, under segments that ask for it.
func BenchmarkUpdateCompany(b *testing.B) {
	store, err := contacttest.NewStore(benchSeed, 100_000)
	require.NoError(b, err)
	defer store.Close()
	ctx := context.Background()
	require.NoError(b, contacttest.LoadCompanies(ctx, store, benchSeed, 100_000, 10_000))
	eng, err := segment.New(store, nil)
	require.NoError(b, err)
	for i, handle := range []string{"a", "b", "c", "d"} {
		_, err := eng.Create(ctx, segment.Definition{Name: handle, Filter: text(`company.employees > %d or any company (industry = %q and employees < %d)`, 100*(i+1), industries[i], 20*i+20)})
		require.NoError(b, err)
	}
	employees, _ := store.Schema().Companies().Field("employees")
	rng := rand.New(rand.NewPCG(1, 0))
	total := contacttest.CompaniesOf(100_000)
	v, reached, last := store.View(), 0, eng.LastChange()
	for b.Loop() {
		id := contact.CompanyID(1 + rng.IntN(total))
		reached += v.Companies().Contacts(id).Len()
		err := store.Update(ctx, func(tx *contact.Tx) error {
			return tx.Companies().Row().Number(employees, float64(rng.IntN(1000))).Set(id)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(reached)/float64(b.N), "contacts/op")
	b.ReportMetric(float64(eng.LastChange()-last)/float64(b.N), "flips/op")
}
