package filter_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

var (
	smallSteel = filtertest.Contact{"industry": "steel", "employees": 7.0}
	food       = filtertest.Contact{"industry": "food", "employees": 200.0}
	largeSteel = filtertest.Contact{"industry": "steel", "employees": 200.0}
	unknown    = filtertest.Contact{}
)

var ofCompanies = []person{
	{title: "of no company"},
	{title: "steel 7, not primary", belongs: filtertest.Belongs{Companies: []filtertest.Contact{smallSteel}}},
	{title: "steel 7", belongs: filtertest.Belongs{Companies: []filtertest.Contact{smallSteel}, Primary: 1}},
	{title: "food 200, and steel 7", belongs: filtertest.Belongs{Companies: []filtertest.Contact{smallSteel, food}, Primary: 2}},
	{title: "unknown", belongs: filtertest.Belongs{Companies: []filtertest.Contact{unknown}, Primary: 1}},
	{title: "steel 200", belongs: filtertest.Belongs{Companies: []filtertest.Contact{largeSteel}, Primary: 1}},
}

var companyParts = []contact.Part{contact.Companies(contact.Text("industry"), contact.Number("employees"))}

// companySheets are sheets about companies.
var companySheets = []sheet{{
	name: "primary company", parts: companyParts, people: ofCompanies,
	rows: []verdicts{
		{`company.industry = "steel"`, ". . + . . +", `company.industry != "steel"`},
		{`company.industry in ("steel", "food")`, ". . + + . +", `company.industry not in ("steel", "food")`},
		{`company.employees > 100`, ". . . + . +", `not company.employees > 100`},
		{`company.employees is empty`, "+ + . . + .", `company.employees is not empty`},
		{`company.industry = "steel" and company.employees > 100`, ". . . . . +", `not (company.industry = "steel" and company.employees > 100)`},
		{`company.industry != "steel" and not company.employees > 100`, "+ + . . + .", `not (company.industry != "steel" and not company.employees > 100)`},
		{`company.industry = "food" or company.employees is empty`, "+ + . + + .", `not (company.industry = "food" or company.employees is empty)`},
		{`company.industry = "food" or not company.employees < 100`, "+ + . + + +", `not (company.industry = "food" or not company.employees < 100)`},
	},
}, {
	name: "any company", parts: companyParts, people: ofCompanies,
	rows: []verdicts{
		{`any company (industry = "steel")`, ". + + + . +", `no company (industry = "steel")`},
		{`any company (industry != "steel")`, ". . . + + .", `no company (industry != "steel")`},
		{`any company (industry is empty)`, ". . . . + .", `no company (industry is empty)`},
		{`any company (industry = "steel" and employees > 100)`, ". . . . . +", `no company (industry = "steel" and employees > 100)`},
		{`any company (industry = "steel") and any company (employees > 100)`, ". . . + . +", `not (any company (industry = "steel") and any company (employees > 100))`},
		{`any company (industry = "food" or employees is empty)`, ". . . + + .", `no company (industry = "food" or employees is empty)`},
		{`any company (not (industry = "food" or employees is empty))`, ". + + + . +", `no company (not (industry = "food" or employees is empty))`},
		{`company.industry = "food" and any company (industry = "steel")`, ". . . + . .", `not (company.industry = "food" and any company (industry = "steel"))`},
	},
}}

// Dates of companies move with the time, and are in the zone of the filter where each
// contact has its own.
func TestDatesOfCompanies(t *testing.T) {
	schema := contact.MustSchema(contact.Text("tz"), contact.DateTime("seen"), contact.Companies(contact.DateTime("met"), contact.Date("founded")))
	evening := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC) // the next day in Tokyo
	firm := filtertest.Contact{"met": evening, "founded": contact.DayOf(2016, 11, 25)}
	other := filtertest.Contact{"met": evening.AddDate(0, 0, 3), "founded": contact.DayOf(2020, 1, 1)}
	people := filtertest.Case{
		Schema: schema, Now: evening.Add(time.Hour),
		Contacts: []filtertest.Contact{{"tz": "Asia/Tokyo", "seen": evening}, {"tz": "Asia/Tokyo", "seen": evening}, {}},
		Belongs:  []filtertest.Belongs{{Companies: []filtertest.Contact{firm, other}, Primary: 1}, {Companies: []filtertest.Contact{other, firm}, Primary: 1}, {}},
	}
	for _, c := range []struct {
		text string
		want [3]bool
		next [3]time.Duration // from Now on, 0 for never
	}{
		{`company.met = today`, [3]bool{true}, [3]time.Duration{3 * time.Hour, 51 * time.Hour}},
		{`not company.met is today`, [3]bool{false, true, true}, [3]time.Duration{3 * time.Hour, 51 * time.Hour}},
		{`company.met is today in zone "Asia/Tokyo"`, [3]bool{true}, [3]time.Duration{18 * time.Hour, 66 * time.Hour}},
		{`company.met = 2026-11-24 in zone of tz`, [3]bool{true}, [3]time.Duration{}},
		{`company.met = 2026-11-24 in zone of tz else "Asia/Tokyo"`, [3]bool{}, [3]time.Duration{}},
		{`company.founded is tomorrow`, [3]bool{true}, [3]time.Duration{3 * time.Hour, 36*24*time.Hour + 3*time.Hour}},
		{`company.met within the last 90 minutes`, [3]bool{true}, [3]time.Duration{30 * time.Minute, 71 * time.Hour}},
		{`any company (met = today)`, [3]bool{true, true}, [3]time.Duration{3 * time.Hour, 3 * time.Hour}},
		{`no company (met is today)`, [3]bool{false, false, true}, [3]time.Duration{3 * time.Hour, 3 * time.Hour}},
		{`any company (met > now and month of founded = 1)`, [3]bool{true, true}, [3]time.Duration{71 * time.Hour, 71 * time.Hour}},
		{`any company (hour of met = 20) in zone of tz`, [3]bool{true, true}, [3]time.Duration{}},
		{`seen = 2026-11-25 and any company (met = 2026-11-24) in zone of tz`, [3]bool{true, true}, [3]time.Duration{}},
	} {
		f := filter.MustParse(c.text)
		people.Filter = f
		check(t, people)
		p := newPeople(t, schema, time.UTC)
		require.NoError(t, p.update(func(tx *contact.Tx) error {
			for i, x := range people.Contacts {
				if err := p.insert(tx, x); err != nil {
					return err
				}
				if err := belong(tx, contact.ID(i+1), people.BelongsTo(i)); err != nil {
					return err
				}
			}
			return nil
		}))
		program, err := p.compile(f)
		require.NoError(t, err)
		v := p.store.View()
		if program.Relative() {
			_, err := program.Count(context.Background(), v)
			require.ErrorIs(t, err, filter.ErrNoTime, c.text)
		}
		told := program.At(people.Now)
		for i, want := range c.want {
			id := contact.ID(i + 1)
			require.Equal(t, want, people.Want(i), "%s of %d", c.text, id)
			require.Equal(t, want, told.Explain(v, id).Matches, "%s of %d", c.text, id)
			next, ok := program.Next(v, id, people.Now)
			require.Equal(t, c.next[i] != 0, ok, "%s of %d: %v", c.text, id, next)
			if ok {
				require.Equal(t, people.Now.Add(c.next[i]), next, "%s of %d", c.text, id)
			}
		}
	}
}

// refusedOfCompanies is more of refused.
var refusedOfCompanies = [][2]string{
	{`company.industri = "x"`, `filter: or[0].and[0]: field "company.industri": there is no such field, did you mean "company.industry"?`},
	{`company.employees = "x"`, `filter: or[0].and[0]: field "company.employees": a number field is compared with a number, not with the text "x"`},
	{`points = 1 or any company (industry = "x" and (employees > 1 or citty = "x"))`, `filter: or[1].and[0].or[0].and[1].or[1].and[0]: field "citty": there is no such field`},
	{`any company (industri = "x")`, `filter: or[0].and[0].or[0].and[0]: field "industri": there is no such field, did you mean "industry"?`},
	{`any company (company.industry = "x")`, `filter: or[0].and[0].or[0].and[0]: field "company.industry": inside "any company" it is called "industry"`},
	{`any company (points > 1)`, `filter: or[0].and[0].or[0].and[0]: field "points": inside "any company" there are only fields of companies, and this is one of contacts`},
	{`no company (in segment vip)`, `filter: or[0].and[0].or[0].and[0]: inside "any company" there are only fields of companies, no segments`},
	{`any company (no company (industry = "x"))`, `filter: or[0].and[0].or[0].and[0]: "any company" inside "any company": all conditions in it speak of one company already`},
	{`any company industry = "x"`, `filter: line 1, column 13: expected "(", found "industry"`},
	{`any contact (industry = "x")`, `filter: line 1, column 5: expected "company", found "contact"`},
	{`no company ()`, `filter: line 1, column 13: expected a condition, found ")"`},
}

func TestNoCompaniesToAskFor(t *testing.T) {
	schema := contact.MustSchema(contact.Text("city"))
	require.EqualError(t, filter.Check(filter.MustParse(`any company (a = 1)`), schema, nil), "filter: or[0].and[0]: there are no companies here")
	require.EqualError(t, filter.Check(filter.MustParse(`company.a = 1`), schema, nil), `filter: or[0].and[0]: field "company.a": there is no such field`)
	_, err := filter.New(filter.Scope{})
	require.EqualError(t, err, "filter: or[0].and[0]: the zero Scope is no condition")
	_, err = filter.New(filter.AnyCompany(filter.And(filter.Field("a").Equals(1), filter.Field("").Equals(1))))
	require.EqualError(t, err, "filter: or[0].and[0].or[0].and[1]: the field has no name")
}

func TestScopeSpellings(t *testing.T) {
	want := filter.MustParse(`a = 1 and no company (b = 2 or c = 3)`)
	for _, text := range []string{`a = 1 and not any company (b = 2 or (c = 3))`, "a = 1 AND not not NO\nCompany((b = 2 or c = 3))"} {
		require.True(t, filter.MustParse(strings.ReplaceAll(text, `\n`, "\n")).Equal(want), text)
	}
	built := filter.Must(filter.And(filter.Field("a").Equals(1), filter.NoCompany(filter.Or(filter.Field("b").Equals(2), filter.Field("c").Equals(3)))))
	require.True(t, built.Equal(want))
	data, err := want.MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, `{"or":[{"and":[{"field":"a","op":"=","value":1},{"any":"company","or":[{"and":[{"field":"b","op":"=","value":2}]},{"and":[{"field":"c","op":"=","value":3}]}],"not":true}]}]}`, string(data))
	var read filter.Filter
	require.NoError(t, read.UnmarshalJSON(data))
	require.True(t, read.Equal(want))
	var inside []bool
	for path := range want.Conditions() {
		inside = append(inside, path.OnCompany())
	}
	require.Equal(t, []bool{false, true, true}, inside)
	for _, c := range [][2]string{
		{`{"or":[{"and":[{"any":"contact","or":[{"and":[{"field":"a","op":"is empty"}]}]}]}]}`, `filter: or[0].and[0].any: expected "company", found "contact"`},
		{`{"or":[{"and":[{"any":"company"}]}]}`, `filter: or[0].and[0]: expected the key "or" beside "any", found none`},
		{`{"or":[{"and":[{"any":"company","field":"a","or":[{"and":[{"field":"a","op":"is empty"}]}]}]}]}`, `filter: or[0].and[0]: expected only "not" beside "or", found the key "field"`},
	} {
		require.EqualError(t, read.UnmarshalJSON([]byte(c[0])), c[1])
	}
}

// A filter says which fields of companies it reads, and of which company.
func TestCompanyFields(t *testing.T) {
	schema := contact.MustSchema(contact.Text("city"), contact.Companies(contact.Text("a"), contact.Text("b"), contact.Text("c")))
	program, err := filter.Compile(filter.MustParse(`city = "x" and company.a = "x" or any company (a = "x" and b = "y") or not company.a is empty`), schema, nil)
	require.NoError(t, err)
	names := func(list []contact.Field) (names []string) {
		for _, f := range list {
			names = append(names, f.Name())
		}
		return names
	}
	primary, any := program.CompanyFields()
	require.Equal(t, []string{"city"}, names(program.Fields()))
	require.Equal(t, []string{"a"}, names(primary))
	require.Equal(t, []string{"a", "b"}, names(any))
}

// The plan shows how the companies are found, all conditions on the primary one in one
// step.
func TestCompanyPlan(t *testing.T) {
	store, err := contact.New(contact.MustSchema(append(companyParts, contact.Number("points"))...), nil)
	require.NoError(t, err)
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
		for i := range 100 {
			_, err := tx.Companies().Insert(contact.Values{"industry": fmt.Sprint("industry ", i%10), "employees": i})
			require.NoError(t, err)
		}
		for i := range 1000 {
			id, err := tx.Insert(contact.Values{"points": i})
			require.NoError(t, err)
			require.NoError(t, tx.Companies().Associate(id, contact.CompanyID(1+i%100)))
		}
		return nil
	}))
	for _, c := range [][2]string{
		{`company.industry = "industry 3" and points < 500 and company.employees >= 50`, `
25 of 1000 contacts match
all of: estimated 26, has 25, leaves 25
  company.industry = "industry 3" and comp…: index, estimated 50, has 50, leaves 50
    5 of 100 companies match
    all of: estimated 10, has 5, leaves 5
      company.industry = "industry 3": index, estimated 10, has 10, leaves 10
      company.employees >= 50: scan, estimated 100, has 50, leaves 5
  points < 500: scan, estimated 515, has 500, leaves 25
`},
		{`no company (employees < 10)`, `
900 of 1000 contacts match
no company (employees < 10): index, estimated 900, has 900, leaves 900
  10 of 100 companies match
  employees < 10: scan, estimated 10, has 10, leaves 10
`},
	} {
		require.Equal(t, c[1], "\n"+planOf(t, store.View(), c[0]).String(), c[0])
	}
}

// associationTable shows the rules of associations, each of which is tried.
func associationTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| Companies, the primary one marked | what is done | afterwards |\n|---|---|---|\n")
	for _, row := range [][3]string{
		{"", "Associate A", "A*"}, {"", "Associate B, A", "A B*"},
		{"A*", "Associate B", "A* B"}, {"A*", "Associate A", "A*"}, {"A", "Associate A", "A"}, {"A", "Associate B", "A B*"},
		{"A* B", "Dissociate A", "B"}, {"A* B", "Dissociate B", "A*"}, {"A* B", "Dissociate C", "A* B"},
		{"", "SetPrimary A", "A*"}, {"A*", "SetPrimary B", "A B*"}, {"A* B", "SetPrimary none", "A B"},
		{"A* B", "Delete A", "B"}, {"A* B", "Delete B", "A*"},
	} {
		require.Equal(t, row[2], associated(t, row[0], row[1]), "%s, %s", row[0], row[1])
		show := func(s string) string {
			if s == "" {
				return "none"
			}
			return strings.ReplaceAll(s, "*", " ★")
		}
		b.WriteString(rowOf(show(row[0]), row[1], show(row[2])))
	}
	return b.String()
}

// associated plays one row of the table.
func associated(t *testing.T, before, what string) string {
	store, err := contact.New(contact.MustSchema(contact.Companies()), nil)
	require.NoError(t, err)
	number := func(letter string) contact.CompanyID { return contact.CompanyID(letter[0] - 'A' + 1) }
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
		c := tx.Companies()
		for range 3 {
			_, err := c.Insert(nil)
			require.NoError(t, err)
		}
		_, err := tx.Insert(nil)
		require.NoError(t, err)
		for _, letter := range strings.Fields(before) {
			require.NoError(t, c.Associate(1, number(letter)))
		}
		if !strings.Contains(before, "*") {
			require.NoError(t, c.SetPrimary(1, 0))
		}
		op, list, _ := strings.Cut(what, " ")
		var ids []contact.CompanyID
		for _, letter := range strings.Split(list, ", ") {
			ids = append(ids, number(letter))
		}
		switch {
		case list == "none":
			return c.SetPrimary(1, 0)
		case op == "Associate":
			return c.Associate(1, ids...)
		case op == "Dissociate":
			return c.Dissociate(1, ids...)
		case op == "SetPrimary":
			return c.SetPrimary(1, ids[0])
		}
		return c.Delete(ids[0])
	}))
	a := store.View().Companies().Associations(1)
	var after []string
	for _, id := range a.Companies {
		letter := string(rune('A' + id - 1))
		if id == a.Primary {
			letter += "*"
		}
		after = append(after, letter)
	}
	return strings.Join(after, " ")
}
