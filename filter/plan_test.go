package filter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// planned is a store of 10 000 contacts in which every share is known: a tenth is
// in each of ten countries, points go from 0 to 9 999, one in a hundred has the tag
// vip, half have a name.
func planned(t testing.TB) *contact.View {
	t.Helper()
	schema := contact.MustSchema(contact.Text("country"), contact.Number("points"), contact.Tags("tags"), contact.Text("name"))
	store, err := contact.New(schema, nil)
	require.NoError(t, err)
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
		for i := range 10_000 {
			values := contact.Values{"country": fmt.Sprint("country ", i%10), "points": i}
			if i%100 == 0 {
				values["tags"] = "vip"
			}
			if i%2 == 0 {
				values["name"] = fmt.Sprint("name ", i)
			}
			if _, err := tx.Insert(values); err != nil {
				return err
			}
		}
		return nil
	}))
	return store.View()
}

func planOf(t testing.TB, v *contact.View, text string) *filter.Plan {
	t.Helper()
	program, err := filter.Compile(filter.MustParse(text), v.Schema(), nil)
	require.NoError(t, err)
	plan, err := program.Plan(context.Background(), v)
	require.NoError(t, err)
	return plan
}

func TestPlanText(t *testing.T) {
	v := planned(t)
	for _, c := range [][2]string{
		{`country = "country 3"`, `
1000 of 10000 contacts match
country = "country 3": index, estimated 1000, has 1000, leaves 1000
`},
		{`country != "country 3"`, `
9000 of 10000 contacts match
country != "country 3": index, estimated 9000, has 9000, leaves 9000
`},
		{`tags has none ("vip") and country = "country 3" and points < 20`, `
2 of 10000 contacts match
all of: estimated 2, has 2, leaves 2
  country = "country 3": index, estimated 1000, has 1000, leaves 1000
  points < 20: scan, estimated 20, has 20, leaves 2
  tags has none ("vip"): index, estimated 9900, has 9900, leaves 2
`},
		{`country = "country 4" and not (tags has any ("vip") or name contains "99")`, `
981 of 10000 contacts match
all of: estimated 981, has 981, leaves 981
  country = "country 4": index, estimated 1000, has 1000, leaves 1000
  tags has none ("vip"): index, estimated 9900, has 9900, leaves 1000
  name not contains "99": index, estimated 9905, has 9905, leaves 981
`},
		{`country in ("country 1", "country 2") and points < 20 or name is empty and tags is not empty`, `
4 of 10000 contacts match
any of: estimated 54, has 4, leaves 4
  all of: estimated 50, has 0, leaves 0
    tags is not empty: index, estimated 100, has 100, leaves 100
    name is empty: index, estimated 5000, has 5000, leaves 0
  all of: estimated 4, has 4, leaves 4
    country in ("country 1", "country 2"): index, estimated 2000, has 2000, leaves 2000
    points < 20: scan, estimated 20, has 20, leaves 4
`},
		{`tags has any ("vip") and (points < 20 or points > 9900)`, `
1 of 10000 contacts match
all of: estimated 2, has 1, leaves 1
  tags has any ("vip"): index, estimated 100, has 100, leaves 100
  any of: estimated 176, has 119, leaves 1
    points < 20: scan, estimated 20, has 20, leaves 1
    points > 9900: scan, estimated 156, has 99, leaves 0
`},
		{`points > 20000 and name like "%1%"`, `
0 of 10000 contacts match
all of: estimated 0, has 0, leaves 0
  points > 20000: scan, estimated 0, has 0, leaves 0
  name like "%1%": scan, estimated 1355, has 1355, leaves 0
`},
	} {
		require.Equal(t, c[1], "\n"+planOf(t, v, c[0]).String(), c[0])
	}
}

// A conjunction starts with what leaves the fewest, whatever the order in which it
// is written, and the rest looks at what is left only.
func TestPlanStartsWithTheMostSelective(t *testing.T) {
	v := planned(t)
	for _, text := range []string{
		`points >= 100 and country = "country 0" and tags has any ("vip")`,
		`tags has any ("vip") and points >= 100 and country = "country 0"`,
		`country = "country 0" and tags has any ("vip") and points >= 100`,
	} {
		root := planOf(t, v, text).Root
		require.Equal(t, "all of", root.Text)
		require.Equal(t, root.Left, root.Size)
		require.Len(t, root.Steps, 3)
		require.Equal(t, `tags has any ("vip")`, root.Steps[0].Text, text)
		require.Equal(t, 100, root.Steps[0].Left)
		require.Equal(t, `points >= 100`, root.Steps[2].Text, text)
		require.True(t, root.Steps[2].Scans)
		require.Equal(t, root.Left, root.Steps[2].Left)
	}
}

// Sizes are true whatever was estimated.
func TestPlanSizes(t *testing.T) {
	v := planned(t)
	plan := planOf(t, v, `points between 1000 and 1999 and name is not empty and tags lacks any ("vip", "x")`)
	require.Equal(t, 10_000, plan.Contacts)
	require.Equal(t, 500, plan.Matches)
	sizes := map[string]int{}
	for _, s := range plan.Root.Steps {
		sizes[s.Text] = s.Size
	}
	require.Equal(t, map[string]int{`points between 1000 and 1999`: 1000, `name is not empty`: 5000, `tags lacks any ("vip", "x")`: 10_000}, sizes)
}

func TestPlanOfNobody(t *testing.T) {
	store, err := contact.New(contact.MustSchema(contact.Text("a"), contact.Number("b")), nil)
	require.NoError(t, err)
	plan := planOf(t, store.View(), `a = "x" and (b > 1 or b is empty)`)
	require.Zero(t, plan.Matches)
	require.Zero(t, plan.Contacts)
	require.NotContains(t, plan.String(), "NaN")
}

// A plan is plain data: JSON gives it back.
func TestPlanJSON(t *testing.T) {
	plan := planOf(t, planned(t), `tags has any ("vip") and (country = "country 1" or points < 200)`)
	data, err := json.Marshal(plan)
	require.NoError(t, err)
	require.JSONEq(t, `{"contacts": 10000, "matches": 2, "root": {"text": "all of", "estimate": 14, "size": 2, "left": 2, "steps": [
		{"text": "tags has any (\"vip\")", "estimate": 100, "size": 100, "left": 100},
		{"text": "any of", "estimate": 1421, "size": 1180, "left": 2, "steps": [
			{"text": "country = \"country 1\"", "estimate": 1000, "size": 1000, "left": 0},
			{"text": "points < 200", "estimate": 468, "size": 200, "left": 2, "scans": true}]}]}}`, string(data))
	var read filter.Plan
	require.NoError(t, json.Unmarshal(data, &read))
	require.Equal(t, *plan, read)
}
