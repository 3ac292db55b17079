package filter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Two conditions whose contacts are at hand as sets are counted without a set of those
// who meet both, in every combination of and, or and not.
func TestCountOfTwoSets(t *testing.T) {
	store, err := contact.New(contact.MustSchema(contact.Bool("a"), contact.Tags("t")), nil)
	require.NoError(t, err)
	require.NoError(t, store.Update(t.Context(), func(tx *contact.Tx) error {
		for i := range 100_000 { // more than a block
			values := contact.Values{}
			if i%2 == 0 {
				values["a"] = true
			}
			if i%5 == 0 {
				values["t"] = "x"
			}
			if _, err := tx.Insert(values); err != nil {
				return err
			}
		}
		return nil
	}))
	v := store.View()
	for text, want := range map[string]int{
		`a = true and t has any ("x")`:            10_000,
		`a = true and t has none ("x")`:           40_000,
		`a != true and t has any ("x")`:           10_000,
		`a != true and t has none ("x")`:          40_000,
		`a = true or t has any ("x")`:             60_000,
		`a = true or t has none ("x")`:            90_000,
		`a != true or t has any ("x")`:            60_000,
		`a != true or t has none ("x")`:           90_000,
		`not (a = true and t has any ("x"))`:      90_000,
		`not (a != true or t has any ("x"))`:      40_000,
		`a = true and t has any ("nobody")`:       0,
		`a = true or t has none ("nobody")`:       100_000,
		`a = false and t has none ("x")`:          0,
		`a = true and a = true`:                   50_000,
		`a is empty and t has any ("x", "y")`:     10_000,
		`a is empty and a = true`:                 0,
		`a is not empty or t has any ("x", "no")`: 60_000,
	} {
		program, err := filter.Compile(filter.MustParse(text), v.Schema(), nil)
		require.NoError(t, err)
		n, err := program.Count(t.Context(), v)
		require.NoError(t, err)
		require.Equal(t, want, n, text)
		set, err := program.Select(t.Context(), v)
		require.NoError(t, err)
		require.Equal(t, want, set.Len(), text)
	}
}
