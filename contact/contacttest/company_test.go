package contacttest_test

import (
	"context"
	"hash/fnv"
	"io"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
)

// The companies for a seed never change.
func TestCompaniesStay(t *testing.T) {
	h := fnv.New64a()
	for _, c := range contacttest.Companies(1, 1000) {
		_, _ = io.WriteString(h, c.Name+c.Industry+strconv.Itoa(c.Employees)+strconv.FormatBool(c.HasEmployees))
	}
	for _, e := range contacttest.Employments(1, 10_000) {
		_, _ = io.WriteString(h, strconv.Itoa(e.Primary)+" "+strconv.Itoa(e.Other)+"\n")
	}
	require.Equal(t, "e3a42025f0adf155", strconv.FormatUint(h.Sum64(), 16))
}

func TestCompanyShares(t *testing.T) {
	const n = 100_000
	large, huge := 0, 0
	for _, c := range contacttest.Companies(1, n) {
		if c.Employees > 100 {
			large++
		}
		if c.Employees > 1000 {
			huge++
		}
	}
	require.InDelta(t, .43, float64(large)/n, .01)
	require.InDelta(t, .14, float64(huge)/n, .01)
	with, second := 0, 0
	for _, e := range contacttest.Employments(1, n) {
		if e.Primary >= 0 {
			with++
		}
		if e.Other >= 0 {
			second++
		}
	}
	require.InDelta(t, .9, float64(with)/n, .01)
	require.InDelta(t, .09, float64(second)/n, .005)
}

func TestLoadCompanies(t *testing.T) {
	const n = 3000
	store, err := contacttest.NewStore(1, n)
	require.NoError(t, err)
	require.NoError(t, contacttest.LoadCompanies(context.Background(), store, 1, n, 700))
	c := store.View().Companies()
	require.Equal(t, contacttest.CompaniesOf(n), c.Len())
	for i, company := range contacttest.Companies(1, c.Len()) {
		id := contact.CompanyID(i + 1)
		x, err := c.Value(id, "industry")
		require.NoError(t, err)
		require.Equal(t, company.Industry, x.Text())
	}
	for i, e := range contacttest.Employments(1, n) {
		require.Equal(t, contact.CompanyID(e.Primary+1), c.Primary(contact.ID(i+1)))
		require.Equal(t, e.Other >= 0, len(c.AppendIDs(nil, contact.ID(i+1))) == 2)
	}
}
