package filter_test

import (
	"context"
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

// refused is filters that are wrong for the schema of all sheets, and the whole
// text of the error. docs/semantics.md shows them, and its test checks them.
var refused = [][2]string{
	{`citty = "Bern"`,
		`filter: or[0].and[0]: field "citty": there is no such field, did you mean "city"?`},
	{`whatever = 1`,
		`filter: or[0].and[0]: field "whatever": there is no such field`},
	{`notes = "x"`,
		`filter: or[0].and[0]: field "notes": the field is not available for segments`},
	{`city < "m"`,
		`filter: or[0].and[0]: field "city": "<" does not fit a text field; it takes =, in, like, contains, starts with, ends with, matches, is empty`},
	{`city between "a" and "b"`,
		`filter: or[0].and[0]: field "city": "between" does not fit a text field; it takes =, in, like, contains, starts with, ends with, matches, is empty`},
	{`points contains "5"`,
		`filter: or[0].and[0]: field "points": "contains" does not fit a number field; it takes =, <, <=, >, >=, between, in, is empty`},
	{`points has any (5)`,
		`filter: or[0].and[0]: field "points": "has any" does not fit a number field; it takes =, <, <=, >, >=, between, in, is empty`},
	{`tags = "vip"`,
		`filter: or[0].and[0]: field "tags": "=" does not fit a tags field; it takes is empty, has any, has all`},
	{`active >= true`,
		`filter: or[0].and[0]: field "active": ">=" does not fit a bool field; it takes =, in, is empty`},
	{`plan like "P%"`,
		`filter: or[0].and[0]: field "plan": "like" does not fit a select field; it takes =, in, is empty`},
	{`points = "5"`,
		`filter: or[0].and[0]: field "points": a number field is compared with a number, not with the text "5"`},
	{`city = 5`,
		`filter: or[0].and[0]: field "city": a text field is compared with a text in quotes, not with the number 5`},
	{`active = "yes"`,
		`filter: or[0].and[0]: field "active": a bool field is compared with true or false, not with the text "yes"`},
	{`active = 1`,
		`filter: or[0].and[0]: field "active": a bool field is compared with true or false, not with the number 1`},
	{`born = 2026-11-24T10:00:00Z`,
		`filter: or[0].and[0]: field "born": a date field is compared with a date such as 2026-11-24 or today, not with the datetime 2026-11-24T10:00:00Z`},
	{`born = "2026-11-24"`,
		`filter: or[0].and[0]: field "born": a date field is compared with a date such as 2026-11-24 or today, not with the text "2026-11-24"; without quotes it is a date, in JSON {"date":"2026-11-24"}`},
	{`born > now`,
		`filter: or[0].and[0]: field "born": a date field is compared with a date such as 2026-11-24 or today, not with the relative datetime now`},
	{`born = -36 hours`,
		`filter: or[0].and[0]: field "born": a date field is compared with a date such as 2026-11-24 or today, not with the relative datetime -36 hours`},
	{`born within the last 36 hours`,
		`filter: or[0].and[0]: field "born": a date has no time of day; its window counts days or more, not hours`},
	{`seen = monday`,
		`filter: or[0].and[0]: field "seen": a datetime field is compared with a date or a datetime such as 2026-11-24T10:00:00Z, today or -36 hours, not with the weekday monday; a day of a week is written monday this week`},
	{`points = today`,
		`filter: or[0].and[0]: field "points": a number field is compared with a number, not with the relative date today`},
	{`points within the last 7 days`,
		`filter: or[0].and[0]: field "points": "within" does not fit a number field; it takes =, <, <=, >, >=, between, in, is empty`},
	{`month of points = 3`,
		`filter: or[0].and[0]: field "points": a number field has no month; a date or a datetime has`},
	{`hour of born = 3`,
		`filter: or[0].and[0]: field "born": a date field has no hour; a datetime has`},
	{`month of born = 13`,
		`filter: or[0].and[0]: field "born": the month is compared with a whole number from 1 to 12, not with the number 13`},
	{`hour of seen between 8.5 and 17`,
		`filter: or[0].and[0]: field "seen": the hour is compared with a whole number from 0 to 23, not with the number 8.5`},
	{`year of born = today`,
		`filter: or[0].and[0]: field "born": the year is compared with a whole number from 0 to 9999, not with the relative date today`},
	{`weekday of seen = 1`,
		`filter: or[0].and[0]: field "seen": the weekday is compared with a day such as monday, not with the number 1`},
	{`weekday of seen < friday`,
		`filter: or[0].and[0]: field "seen": "<" does not fit the weekday; it takes =, in`},
	{`day of seen is empty`,
		`filter: or[0].and[0]: field "seen": "is empty" does not fit the day; it takes =, <, <=, >, >=, between, in`},
	{`seen = -30 dys`,
		`filter: line 1, column 12: expected a unit of time such as days, found "dys"; did you mean "days"?`},
	{`seen = last day of febuary`,
		`filter: line 1, column 20: expected a month, or "this", "last" or "next" with week, month, quarter or year, found "febuary"; did you mean "february"?`},
	{`seen = in -3 days`,
		`filter: line 1, column 11: expected a number of units after "in", found the number -3; what is past is written 3 days ago`},
	{`seen = -10000 years`,
		`filter: line 1, column 9: expected at most 9999 years, found "10000"`},
	{`seen = today in zone "Europe/Zürich"`,
		`filter: zone: there is no time zone "Europe/Zürich", did you mean "Europe/Zurich"?`},
	{`seen = today in zone "Local"`,
		`filter: zone: there is no time zone "Local"; names are like Europe/Zurich`},
	{`seen = today in zone of citty else "Mars/Base"`,
		"filter: zone: there is no time zone \"Mars/Base\"; names are like Europe/Zurich\nfilter: zone: field \"citty\": there is no such field, did you mean \"city\"?"},
	{`seen = today in zone of points`,
		`filter: zone: field "points": a time zone is the value of a text field, not of a number field`},
	{`seen = today in zone of notes`,
		`filter: zone: field "notes": the field is not available for segments`},
	{`seen > 20261124`,
		`filter: or[0].and[0]: field "seen": a datetime field is compared with a date or a datetime such as 2026-11-24T10:00:00Z, today or -36 hours, not with the number 20261124`},
	{`tags has any (1)`,
		`filter: or[0].and[0]: field "tags": a tags field is compared with a text in quotes, not with the number 1`},
	{`plan = "Prro"`,
		`filter: or[0].and[0]: field "plan": "Prro" is not a declared option, did you mean "Pro"?`},
	{`langs has all ("de", "Klingon")`,
		`filter: or[0].and[0]: field "langs": "Klingon" is not a declared option`},
	{`plan = true`,
		`filter: or[0].and[0]: field "plan": a select field is compared with a declared option in quotes, not with the bool true`},
	{`city matches "("`,
		"filter: or[0].and[0]: field \"city\": the regular expression is wrong: error parsing regexp: missing closing ): `(`"},
	{`city matches "(a{1000}){1000}"`,
		"filter: or[0].and[0]: field \"city\": the regular expression is wrong: error parsing regexp: invalid repeat count: `{1000}`"},
	{`city matches "a{1000}b{1000}c{1000}d{1000}e{1000}f{1000}g{1000}h{1000}i{1000}j{1000}"`,
		`filter: or[0].and[0]: field "city": the regular expression is too large: instructions: 10002 is over the limit of 10000`},
	{`in segment vpi`,
		`filter: or[0].and[0]: there is no segment "vpi"`},
	{`in any segment (vip, a, "b c")`,
		"filter: or[0].and[0]: there is no segment \"a\"\n" +
			`filter: or[0].and[0]: there is no segment "b c"`},
	{`city = ""`,
		"filter: line 1, column 8: expected a text that is not empty, found \"\"; contacts without a value are found by `is empty`"},
	{`points in ()`,
		`filter: line 1, column 12: expected a value, found ")"`},
	{`points = 12345678901234567`,
		`filter: line 1, column 10: expected a number that float64 holds exactly, found "12345678901234567"; keep such numbers in an exact text field and write them as text`},
	{`born = 2026-02-30`,
		`filter: line 1, column 8: expected a date or a datetime, found "2026-02-30"; there is no such day`},
	{`points = 5 and citty = "x" or not (points = "5" or plan in ("Pro", "Gold"))`,
		"filter: or[0].and[1]: field \"citty\": there is no such field, did you mean \"city\"?\n" +
			"filter: or[1].and[0].or[0].and[0]: field \"points\": a number field is compared with a number, not with the text \"5\"\n" +
			`filter: or[1].and[0].or[1].and[0]: field "plan": "Gold" is not a declared option`},
}

// Everything that is wrong is reported at once, and each problem can be asked for
// its place, its field and its cause.
func TestCheckReportsEverything(t *testing.T) {
	schema := contact.MustSchema(contact.Text("city"), contact.Number("points"))
	f := filter.MustParse(`citty = "x" and points = "5" or not (city matches "(" or in segment a)`)
	err := filter.Check(f, schema, nil)

	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%v", err)
	var places []string
	for _, err := range joined.Unwrap() {
		var ce *filter.ConditionError
		require.ErrorAs(t, err, &ce)
		places = append(places, ce.Path.String()+" "+ce.Field)
	}
	require.Equal(t, []string{"or[0].and[0] citty", "or[0].and[1] points", "or[1].and[0].or[0].and[0] city", "or[1].and[0].or[1].and[0] "}, places)

	var unknown *contact.UnknownFieldError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "city", unknown.Nearest)
	var se *syntax.Error
	require.ErrorAs(t, err, &se)
	require.Equal(t, syntax.ErrMissingParen, se.Code)
	require.ErrorContains(t, err, "filter: or[1].and[0].or[1].and[0]: there are no segments here")

	program, compileErr := filter.Compile(f, schema, nil)
	require.Nil(t, program)
	require.EqualError(t, compileErr, err.Error())
}

func TestCompileRefusesNoFilter(t *testing.T) {
	program, err := filter.Compile(filter.Filter{}, contact.MustSchema(), nil)
	require.Nil(t, program)
	require.EqualError(t, err, "filter: the filter is empty")
}

func TestProgramTellsWhatItReads(t *testing.T) {
	schema := contact.MustSchema(contact.Text("a"), contact.Number("b"), contact.Bool("c"))
	f := filter.MustParse(`b > 1 and (a = "x" or not b < 5) or in segment vip`)
	program, err := filter.Compile(f, schema, &filter.CompileOptions{Segments: &members{known: []string{"vip"}}})
	require.NoError(t, err)
	require.True(t, program.Filter().Equal(f))
	var names []string
	for _, field := range program.Fields() {
		names = append(names, field.Name())
	}
	require.Equal(t, []string{"b", "a"}, names)
}

// A program runs on versions older and newer than its schema; a field that a
// version does not have is missing there.
func TestProgramOutlivesItsSchema(t *testing.T) {
	p := newPeople(t, contact.MustSchema(contact.Number("points"), contact.Select("plan", "Free")), time.UTC)
	insert := func(c filtertest.Contact) {
		require.NoError(t, p.update(func(tx *contact.Tx) error {
			id, err := tx.Insert(contact.Values(c))
			p.contacts[id] = c
			return err
		}))
	}
	insert(filtertest.Contact{"points": 5.0, "plan": "Free"})
	before := p.store.View()
	old, err := p.compile(filter.MustParse(`points = 5 or plan = "free"`))
	require.NoError(t, err)
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		return errors.Join(tx.Schema().Add(contact.Text("city")), tx.Schema().AddOptions("plan", contact.Option{Value: "Pro"}))
	}))
	insert(filtertest.Contact{"points": 5.0, "city": "Bern", "plan": "Pro"})
	for _, text := range []string{`city is empty`, `city = "Bern"`, `city != "Bern"`, `city like "%"`, `plan = "Pro"`, `plan != "Pro"`} {
		program, err := p.compile(filter.MustParse(text))
		require.NoError(t, err)
		require.NoError(t, p.compare(p.store.View(), program, p.store.Schema(), p.contacts), text)
		require.NoError(t, p.compare(before, program, p.store.Schema(), map[contact.ID]filtertest.Contact{1: p.contacts[1]}), text)
	}
	require.NoError(t, p.compare(p.store.View(), old, p.store.Schema(), p.contacts))
	require.NoError(t, p.compare(before, old, before.Schema(), map[contact.ID]filtertest.Contact{1: p.contacts[1]}))
}

// A program of another store's schema gives wrong answers at worst.
func TestProgramOfAnotherSchemaDoesNotPanic(t *testing.T) {
	parts := []contact.Part{contact.Text("a"), contact.Number("b"), contact.Bool("c"), contact.DateTime("d"), contact.Select("e", "x"), contact.Tags("f")}
	schema := contact.MustSchema(parts...)
	slices.Reverse(parts)
	for _, other := range []*contact.Schema{contact.MustSchema(parts...), contact.MustSchema(), contact.MustSchema(parts[:3]...)} {
		store, err := contact.New(other, nil)
		require.NoError(t, err)
		require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
			_, err := tx.Insert(nil)
			return err
		}))
		for _, text := range []string{`a = "x"`, `a like "x%"`, `b > 1`, `b in (1, 2)`, `c = true`, `c in (true, false)`, `d = 2026-11-24`, `e = "x"`, `f has any ("x")`, `f has all ("x", "y")`, `a is empty`, `f is empty`} {
			program, err := filter.Compile(filter.MustParse(text), schema, nil)
			require.NoError(t, err)
			_, err = program.Select(context.Background(), store.View())
			require.NoError(t, err)
			program.Match(store.View(), 1)
		}
	}
}

// One program runs on several versions at once, while writing goes on.
func TestProgramIsSafeForConcurrentUse(t *testing.T) {
	schema := contact.MustSchema(contact.Text("name"), contact.Number("n"), contact.Tags("tags"))
	store, err := contact.New(schema, nil)
	require.NoError(t, err)
	add := func(i int) {
		require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
			for k := range 50 {
				if _, err := tx.Insert(contact.Values{"name": fmt.Sprint("Zoë ", i, k), "n": i * k, "tags": []string{fmt.Sprint(k % 7)}}); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	add(1)
	program, err := filter.Compile(filter.MustParse(`name like "zoe%7%" and (n between 0 and 900 or tags lacks any ("3")) and name matches "\d$"`), schema, nil)
	require.NoError(t, err)
	start := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			<-start
			for range 30 {
				v := store.View()
				set, err := program.Select(context.Background(), v)
				if err != nil {
					t.Error(err)
					return
				}
				for id := range v.Live().All() {
					if program.Match(v, id) != set.Contains(id) {
						t.Errorf("contact %d", id)
					}
				}
			}
		}()
	}
	close(start)
	for i := range 30 {
		add(i)
	}
	all.Wait()
}
