package segment_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// docs/explain.md shows what is printed.
func TestExplainDoc(t *testing.T) {
	page, err := os.ReadFile("../docs/explain.md")
	require.NoError(t, err)
	block := func(mark string) string {
		t.Helper()
		_, after, found := strings.Cut(string(page), "<!-- "+mark+" -->\n```\n")
		require.True(t, found, mark)
		text, _, found := strings.Cut(after, "```\n")
		require.True(t, found, mark)
		return text
	}
	ctx := context.Background()
	schema := contact.MustSchema(contact.Text("country"), contact.Number("points"), contact.Tags("tags"))
	store, err := contact.New(schema, &contact.Options{Clock: &stepClock{now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}})
	require.NoError(t, err)
	defer store.Close()
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error {
		for _, values := range []contact.Values{{"country": "FR", "points": 480}, {"country": "DE", "points": 900}} {
			if _, err := tx.Insert(values); err != nil {
				return err
			}
		}
		return nil
	}))
	f := filter.MustParse(`country in ("FR", "DE") and points >= 500 or tags has any ("vip") and points > 1000`)
	program, err := filter.Compile(f, schema, nil)
	require.NoError(t, err)
	require.Equal(t, block("filter"), program.Explain(store.View(), 1).String())
	plan, err := program.Plan(ctx, store.View())
	require.NoError(t, err)
	require.Equal(t, block("plan"), plan.String())

	_, err = eng.Create(ctx, segment.Definition{Handle: "vip", Name: "VIP", Filter: f})
	require.NoError(t, err)
	require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error {
		tx.By("eve", "")
		_, err := eng.In(tx).Edit(segment.ByHand{Contacts: contact.SetOf(2), Remove: []string{"vip"}})
		return err
	}))
	why, err := eng.Explain(ctx, "vip", 2, nil)
	require.NoError(t, err)
	require.Equal(t, block("segment"), why.String())

	findings, err := filter.Lint(filter.MustParse(block("linted")), schema, nil)
	require.NoError(t, err)
	var found strings.Builder
	for _, f := range findings {
		found.WriteString(f.String() + "\n")
	}
	require.Equal(t, block("lint"), found.String())

	nested, want, _ := strings.Cut(block("normal"), "\n")
	normal, err := filter.MustParse(nested).Normal()
	require.NoError(t, err)
	require.Equal(t, want, normal.String()+"\n")
}
