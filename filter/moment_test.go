package filter_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

func compiled(t *testing.T, schema *contact.Schema, text string, opts *filter.CompileOptions) *filter.Program {
	t.Helper()
	p, err := filter.Compile(filter.MustParse(text), schema, opts)
	require.NoError(t, err)
	return p
}

// A program with relative dates says so, and without a time it fails instead of
// answering.
func TestProgramWithoutTime(t *testing.T) {
	p := newPeople(t, contact.MustSchema(contact.Date("on"), contact.Number("n")), time.UTC)
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		return p.insert(tx, filtertest.Contact{"on": contact.DayOf(2026, 11, 25), "n": 1.0})
	}))
	v, ctx := p.store.View(), context.Background()
	fixed := compiled(t, v.Schema(), "on = 2026-11-25 and month of on = 11", nil)
	require.False(t, fixed.Relative())
	require.Same(t, fixed, fixed.At(aWednesday))
	for _, text := range []string{"on = today", "n = 1 and not (n = 2 or on is today)", "on within the last 1 day"} {
		program := compiled(t, v.Schema(), text, nil)
		require.True(t, program.Relative())
		_, err := program.Count(ctx, v)
		require.ErrorIs(t, err, filter.ErrNoTime)
		_, err = program.Select(ctx, v)
		require.ErrorIs(t, err, filter.ErrNoTime)
		_, err = program.Plan(ctx, v)
		require.ErrorIs(t, err, filter.ErrNoTime)
	}
	program := compiled(t, v.Schema(), "on = today", nil)
	require.False(t, program.Match(v, 1))
	at := program.At(aWednesday)
	require.True(t, at.Match(v, 1))
	require.True(t, at.Relative())
	require.False(t, at.At(aWednesday.AddDate(0, 0, 1)).Match(v, 1), "asked again")
	require.False(t, program.Match(v, 1), "left as it was")
	_, err := program.At(time.Time{}.AddDate(-20000, 0, 0)).Count(ctx, v)
	require.NoError(t, err, "long before the calendar")
	_, err = program.At(time.Unix(1<<60, 0)).Count(ctx, v)
	require.NoError(t, err, "long after it")
}

// The options say where weeks begin and what is done about 29 February.
func TestOptionsOfDates(t *testing.T) {
	schema := contact.MustSchema(contact.Date("on"))
	for _, start := range []int{-1, 8} {
		_, err := filter.Compile(filter.MustParse("on = this week"), schema, &filter.CompileOptions{WeekStart: start})
		require.EqualError(t, err, fmt.Sprintf("filter: CompileOptions.WeekStart %d: must be from 1, Monday, to 7, Sunday", start))
	}
	sunday := contact.DayOf(2026, 11, 22)
	for start := 0; start <= 7; start++ {
		check(t, filtertest.Case{Schema: schema, Now: aWednesday, WeekStart: start, Filter: filter.MustParse("on in (this week, sunday next week)"),
			Contacts: []filtertest.Contact{{"on": sunday}, {"on": sunday + 1}, {"on": sunday + 3}, {"on": sunday + 6}, {"on": sunday + 7}, {"on": sunday + 14}}})
	}
	leap := filtertest.Case{Schema: schema, Filter: filter.MustParse("on is today"), Contacts: []filtertest.Contact{{"on": contact.DayOf(2024, 2, 29)}}}
	for _, c := range []struct {
		now   string
		march bool
		want  bool
	}{
		{"2027-02-28T12:00:00Z", false, true}, {"2027-03-01T12:00:00Z", false, false}, {"2027-02-28T12:00:00Z", true, false},
		{"2027-03-01T12:00:00Z", true, true}, {"2028-02-28T12:00:00Z", false, false}, {"2028-02-29T12:00:00Z", false, true},
		{"2028-02-29T12:00:00Z", true, true}, {"2028-03-01T12:00:00Z", true, false}, {"2100-02-28T12:00:00Z", false, true},
	} {
		leap.Now, leap.LeapDayInMarch = instant(c.now), c.march
		require.Equal(t, c.want, leap.Want(0), "%v", c)
		check(t, leap)
	}
}

// The field of the zone counts as read where the zone matters, and only there.
func TestFieldsOfZones(t *testing.T) {
	schema := contact.MustSchema(contact.Date("on"), contact.DateTime("at"), contact.Text("tz"), contact.Number("n"))
	for text, want := range map[string]string{
		"n = 1 in zone of tz": "[n]", "on = 2026-11-24 in zone of tz": "[on]", "on = today in zone of tz": "[on tz]", "at = 2026-11-24 in zone of tz": "[at tz]",
		"at = 2026-11-24T10:00:00Z in zone of tz": "[at]", "at > -36 hours in zone of tz": "[at]", "at within the last 2 hours in zone of tz": "[at]",
		"at within the last 2 days in zone of tz": "[at tz]", "month of on = 3 in zone of tz": "[on]", "hour of at = 3 in zone of tz": "[at tz]", "on is today in zone of tz": "[on tz]",
		`at is empty in zone of tz else "UTC"`: "[at]",
	} {
		var names []string
		for _, f := range compiled(t, schema, text, nil).Fields() {
			names = append(names, f.Name())
		}
		require.Equal(t, want, fmt.Sprint(names), text)
	}
}

// Zones of contacts are looked up by many goroutines at once; names that are none,
// and there may be many, count as none.
func TestZonesOfContacts(t *testing.T) {
	p := newPeople(t, contact.MustSchema(contact.DateTime("at"), contact.Text("tz")), time.UTC)
	p.setting.Now = instant("2026-11-25T23:30:00Z")
	names := []string{"Asia/Tokyo", "Local", "../../etc/passwd", "/etc/passwd", "America/Lima", "", "UTC", "Asia/Tokyo ", "Nowhere/At_All", "\x00"}
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		for i := range 500 {
			c := filtertest.Contact{"at": instant("2026-11-25T12:00:00Z").Add(time.Duration(i%40) * time.Hour), "tz": names[i%len(names)]}
			if i%7 == 0 {
				c["tz"] = fmt.Sprint("Junk/", i)
			}
			if err := p.insert(tx, c); err != nil {
				return err
			}
		}
		return nil
	}))
	v := p.store.View()
	program, err := p.compile(filter.MustParse(`at = today or hour of at = 3 and at is tomorrow in zone of tz else "Europe/Zurich"`))
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := p.compare(v, program, p.store.Schema(), p.contacts); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// What can't be a zone, or a part of a filter, is refused where it is put together.
func TestWithZone(t *testing.T) {
	f := filter.MustParse("a = today")
	zoned, err := f.WithZone(filter.Zone{Name: "Europe/Zurich", Field: "tz"})
	require.NoError(t, err)
	require.Equal(t, `a = today in zone of tz else "Europe/Zurich"`, zoned.String())
	plain, err := zoned.WithZone(filter.Zone{})
	require.NoError(t, err)
	require.True(t, plain.Equal(f))
	_, err = f.WithZone(filter.Zone{Name: "\xff"})
	require.EqualError(t, err, "filter: the name of the zone is not valid UTF-8")
	_, err = filter.Filter{}.WithZone(filter.Zone{Name: "UTC"})
	require.EqualError(t, err, "filter: the zero Filter has no zone")
	_, err = filter.New(filter.And(filter.Nest(zoned), filter.Field("b").IsEmpty()))
	require.EqualError(t, err, "filter: or[0].and[0]: a filter inside another one can't have a zone of its own")
	var ze *filter.ZoneError
	require.ErrorAs(t, filter.Check(zoned, contact.MustSchema(contact.Date("a")), nil), &ze)
	require.Equal(t, zoned.Zone(), ze.Zone)
}

// In Go, what can't be written down is refused by New.
func TestDatesInGo(t *testing.T) {
	for _, c := range [][2]string{
		{filter.Must(filter.Field("a").GreaterThan(filter.Relative("-30 DAYS"))).String(), `a > -30 days`},
		{filter.Must(filter.Field("a").Within("the last 36 hours")).String(), `a within the last 36 hours`},
		{filter.Must(filter.Not(filter.Field("a").Within("The next 1 week"))).String(), `a not within the next 1 week`},
		{filter.Must(filter.Field("a").Anniversary("today")).String(), `a is today`},
		{filter.Must(filter.Field("a").Anniversary("the next 7 days")).String(), `a is in the next 7 days`},
		{filter.Must(filter.Field("a").Part(filter.PartMonth).Equals(time.March)).String(), `month of a = 3`},
		{filter.Must(filter.Field("a").Part(filter.PartWeekday).In(time.Sunday, time.Monday)).String(), `weekday of a in (sunday, monday)`},
	} {
		require.Equal(t, c[1], c[0])
	}
	for _, c := range []struct {
		term filter.Term
		want string
	}{
		{filter.Field("a").Equals(filter.Relative("-30 dys")), `"-30 dys" is not a relative date: expected a unit of time such as days, found "dys"; did you mean "days"?`},
		{filter.Field("a").Equals(filter.Relative("")), `"" is not a relative date: expected a relative date, found the end of the text`},
		{filter.Field("a").Equals(filter.Relative("2026-11-24")), `"2026-11-24" is not a relative date: expected a relative date, found the date 2026-11-24`},
		{filter.Field("a").Equals(filter.Relative("today\xff")), `"today�" is not a relative date: expected valid UTF-8, found byte 0xff`},
		{filter.Field("a").Within("last week"), `"last week" is not a window: expected "the", found "last"; did you mean "the last"?`},
		{filter.Field("a").Equals(filter.Window("the last 1 day")), `"=" takes no window; "within" does`},
		{filter.Field("a").Anniversary("now"), `"is" takes a relative day or a window of days, not the relative datetime now`},
		{filter.Field("a").Anniversary("the last 3 hours"), `an anniversary lasts a day; its window counts days or more, not hours`},
		{filter.NewCondition("a", filter.Within, filter.Number(5)), `"within" takes a window such as the last 7 days, not the number 5`},
		{filter.Field("a").Part(filter.PartWeekday).Equals(time.Weekday(9)), `there is no day 9 of the week`},
		{filter.Field("a").Part(9).Equals(1), `there is no part 9 of a date`},
	} {
		_, err := filter.New(c.term)
		require.EqualError(t, err, `filter: or[0].and[0]: field "a": `+c.want)
	}
}
