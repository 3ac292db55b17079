package filter_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

// A sheet says of some contacts which conditions on a field they satisfy. Its
// verdicts are written by hand; nothing computes them.
type sheet struct {
	name   string
	now    time.Time
	parts  []contact.Part
	people []person
	rows   []verdicts
}

// person is a contact of a sheet, by what is written above its column.
type person struct {
	title   string
	values  filtertest.Contact
	in      []string // segments
	belongs filtertest.Belongs
}

// verdicts is a condition, for each person + if they satisfy it and . if not, and
// the spelling of the condition that all others satisfy.
type verdicts struct{ condition, say, complement string }

var missing = person{title: "missing"}

// with is a person who has one value.
func with(title, field string, x any) person {
	return person{title: title, values: filtertest.Contact{field: x}}
}

// aWednesday is when the sheets of relative dates are asked.
var aWednesday = instant("2026-11-25T10:00:00Z")

func onDay(title, field string, month time.Month, day int) person {
	return with(title, field, contact.DayOf(2026, month, day))
}

func born(title string, year int, month time.Month, day int) person {
	return with(title, "birthday", contact.DayOf(year, month, day))
}

func bornOn(title string, year int, month time.Month, day int) person {
	return with(title, "born", contact.DayOf(year, month, day))
}

func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

var sheets = []sheet{{
	name:  "number",
	parts: []contact.Part{contact.Number("points")},
	people: []person{missing, with("0", "points", 0.0), with("-1", "points", -1.0), with("0.29", "points", 0.29),
		with("5", "points", 5.0), with("5.01", "points", 5.01), with("100", "points", 100.0)},
	rows: []verdicts{
		{`points = 5`, ". . . . + . .", `points != 5`},
		{`points = 0`, ". + . . . . .", `points != 0`},
		{`points = 0.29`, ". . . + . . .", `points != 0.29`},
		{`points in (0, 100)`, ". + . . . . +", `points not in (0, 100)`},
		{`points < 5`, ". + + + . . .", `not points < 5`},
		{`points < 0`, ". . + . . . .", `not points < 0`},
		{`points <= 5`, ". + + + + . .", `not points <= 5`},
		{`points > 5`, ". . . . . + +", `not points > 5`},
		{`points >= 5`, ". . . . + + +", `not points >= 5`},
		{`points between 0 and 5`, ". + . + + . .", `points not between 0 and 5`},
		{`points between 5 and 0`, ". . . . . . .", `points not between 5 and 0`},
		{`points is empty`, "+ . . . . . .", `points is not empty`},
	},
}, {
	name:  "text",
	parts: []contact.Part{contact.Text("city")},
	people: []person{missing, with(`""`, "city", ""), with(`"Zürich"`, "city", "Zürich"), with(`"ZURICH"`, "city", "ZURICH"),
		with(`"Zürich HB"`, "city", "Zürich HB"), with(`"Bern"`, "city", "Bern")},
	rows: []verdicts{
		{`city = "zurich"`, ". . + + . .", `city != "zurich"`},
		{`city in ("bern", "Zürich")`, ". . + + . +", `city not in ("bern", "Zürich")`},
		{`city like "zur%"`, ". . + + + .", `city not like "zur%"`},
		{`city like "z_rich"`, ". . + + . .", `city not like "z_rich"`},
		{`city like "%"`, ". + + + + +", `city not like "%"`},
		{`city contains "RICH"`, ". . + + + .", `city not contains "RICH"`},
		{`city starts with "zü"`, ". . + + + .", `city not starts with "zü"`},
		{`city ends with "ICH"`, ". . + + . .", `city not ends with "ICH"`},
		{`city matches "^z.rich$"`, ". . + + . .", `city not matches "^z.rich$"`},
		{`city matches "zurich"`, ". . . + . .", `city not matches "zurich"`},
		{`city is empty`, "+ + . . . .", `city is not empty`},
	},
}, {
	name:  "exact text",
	parts: []contact.Part{contact.Text("code").Exact()},
	people: []person{missing, with(`""`, "code", ""), with(`"ab"`, "code", "ab"), with(`"AB"`, "code", "AB"),
		with(`"áb"`, "code", "áb"), with(`"áb" as three code points`, "code", "a\u0301b")},
	rows: []verdicts{
		{`code = "ab"`, ". . + . . .", `code != "ab"`},
		{`code = "áb"`, ". . . . + .", `code != "áb"`},
		{`code in ("AB", "áb")`, ". . . + + .", `code not in ("AB", "áb")`},
		{`code like "_b"`, ". . + . + .", `code not like "_b"`},
		{`code like "A%"`, ". . . + . .", `code not like "A%"`},
		{`code like "á%"`, ". . . . + .", `code not like "á%"`},
		{`code like "a%b"`, ". . + . . +", `code not like "a%b"`},
		{`code contains "b"`, ". . + . + +", `code not contains "b"`},
		{`code contains "B"`, ". . . + . .", `code not contains "B"`},
		{`code contains "á"`, ". . . . + .", `code not contains "á"`},
		{`code starts with "a"`, ". . + . . +", `code not starts with "a"`},
		{`code starts with "á"`, ". . . . + .", `code not starts with "á"`},
		{`code ends with "B"`, ". . . + . .", `code not ends with "B"`},
		{`code ends with "áb"`, ". . . . + .", `code not ends with "áb"`},
		{`code matches "^a"`, ". . + . . +", `code not matches "^a"`},
		{`code matches "(?i)^a"`, ". . + + . +", `code not matches "(?i)^a"`},
		{`code matches "^á"`, ". . . . + .", `code not matches "^á"`},
		{`code is empty`, "+ + . . . .", `code is not empty`},
	},
}, {
	name:  "e-mail domain",
	parts: []contact.Part{contact.Text("email").Email()},
	people: []person{missing, with(`""`, "email", ""), with("ada", "email", "ada"), with("ada@", "email", "ada@"), with("ada@example.com", "email", "ada@example.com"),
		with("BOB@EXAMPLE.COM.", "email", "BOB@EXAMPLE.COM."), with(`"a@b"@mail.example.com`, "email", `"a@b"@mail.example.com`), with("zoe@bücher.de", "email", "zoe@bücher.de")},
	rows: []verdicts{
		{`email.domain = "Example.com"`, ". . . . + + . .", `email.domain != "Example.com"`},
		{`email.domain in ("example.com", "bucher.de")`, ". . . . + + . +", `email.domain not in ("example.com", "bucher.de")`},
		{`email.domain like "%.example.com"`, ". . . . . . + .", `email.domain not like "%.example.com"`},
		{`email.domain like "%"`, ". . . . + + + +", `email.domain not like "%"`},
		{`email.domain contains "EXAMPLE"`, ". . . . + + + .", `email.domain not contains "EXAMPLE"`},
		{`email.domain starts with "b"`, ". . . . . . . +", `email.domain not starts with "b"`},
		{`email.domain ends with "example.com"`, ". . . . + + + .", `email.domain not ends with "example.com"`},
		{`email.domain matches "^[a-z]+[.]com$"`, ". . . . + + . .", `email.domain not matches "^[a-z]+[.]com$"`},
		{`email.domain is empty`, "+ + + + . . . .", `email.domain is not empty`},
		{`email ends with "@example.com"`, ". . . . + . . .", `email not ends with "@example.com"`},
		{`email ends with "@example.com."`, ". . . . . + . .", `email not ends with "@example.com."`},
		{`email like "%@BUCHER.de"`, ". . . . . . . +", `email not like "%@BUCHER.de"`},
		{`email ends with "@"`, ". . . + . . . .", `email not ends with "@"`},
		{`email ends with "example.com"`, ". . . . + . + .", `email not ends with "example.com"`},
	},
}, {
	name:   "exact e-mail domain",
	parts:  []contact.Part{contact.Text("email").Email().Exact()},
	people: []person{missing, with("ada@example.com", "email", "ada@example.com"), with("bob@Example.com", "email", "bob@Example.com"), with("zoe@bücher.de", "email", "zoe@bücher.de")},
	rows: []verdicts{
		{`email.domain = "example.com"`, ". + . .", `email.domain != "example.com"`},
		{`email.domain in ("Example.com", "bucher.de")`, ". . + .", `email.domain not in ("Example.com", "bucher.de")`},
		{`email.domain matches "^e"`, ". + . .", `email.domain not matches "^e"`},
		{`email.domain starts with "bü"`, ". . . +", `email.domain not starts with "bü"`},
		{`email ends with "@Example.com"`, ". . + .", `email not ends with "@Example.com"`},
		{`email.domain is empty`, "+ . . .", `email.domain is not empty`},
	},
}, {
	name:   "bool",
	parts:  []contact.Part{contact.Bool("active")},
	people: []person{missing, with("false", "active", false), with("true", "active", true)},
	rows: []verdicts{
		{`active = true`, ". . +", `active != true`},
		{`active = false`, ". + .", `active != false`},
		{`active in (true, false)`, ". + +", `active not in (true, false)`},
		{`active is empty`, "+ . .", `active is not empty`},
	},
}, {
	name:  "date",
	parts: []contact.Part{contact.Date("born")},
	people: []person{missing, with("1970-01-01", "born", contact.Day(0)), with("2026-02-27", "born", contact.DayOf(2026, 2, 27)),
		with("2026-02-28", "born", contact.DayOf(2026, 2, 28)), with("2026-03-01", "born", contact.DayOf(2026, 3, 1)),
		with("2028-02-29", "born", contact.DayOf(2028, 2, 29))},
	rows: []verdicts{
		{`born = 2026-02-28`, ". . . + . .", `born != 2026-02-28`},
		{`born in (1970-01-01, 2028-02-29)`, ". + . . . +", `born not in (1970-01-01, 2028-02-29)`},
		{`born < 2026-02-28`, ". + + . . .", `not born < 2026-02-28`},
		{`born <= 2026-02-28`, ". + + + . .", `not born <= 2026-02-28`},
		{`born > 2026-02-28`, ". . . . + +", `not born > 2026-02-28`},
		{`born >= 2026-02-28`, ". . . + + +", `not born >= 2026-02-28`},
		{`born between 2026-02-28 and 2026-03-01`, ". . . + + .", `born not between 2026-02-28 and 2026-03-01`},
		{`born is empty`, "+ . . . . .", `born is not empty`},
	},
}, {
	name:  "datetime",
	parts: []contact.Part{contact.DateTime("seen")},
	people: []person{missing, with("23rd 23:59:59.999", "seen", instant("2026-11-23T23:59:59.999Z")),
		with("24th 00:00", "seen", instant("2026-11-24T00:00:00Z")), with("24th 10:00", "seen", instant("2026-11-24T10:00:00Z")),
		with("24th 23:59:59.999", "seen", instant("2026-11-24T23:59:59.999Z")), with("25th 00:00", "seen", instant("2026-11-25T00:00:00Z"))},
	rows: []verdicts{
		{`seen = 2026-11-24`, ". . + + + .", `seen != 2026-11-24`},
		{`seen < 2026-11-24`, ". + . . . .", `not seen < 2026-11-24`},
		{`seen <= 2026-11-24`, ". + + + + .", `not seen <= 2026-11-24`},
		{`seen > 2026-11-24`, ". . . . . +", `not seen > 2026-11-24`},
		{`seen >= 2026-11-24`, ". . + + + +", `not seen >= 2026-11-24`},
		{`seen between 2026-11-24 and 2026-11-24`, ". . + + + .", `seen not between 2026-11-24 and 2026-11-24`},
		{`seen in (2026-11-23, 2026-11-25)`, ". + . . . +", `seen not in (2026-11-23, 2026-11-25)`},
		{`seen = 2026-11-24T10:00:00Z`, ". . . + . .", `seen != 2026-11-24T10:00:00Z`},
		{`seen < 2026-11-24T10:00:00Z`, ". + + . . .", `not seen < 2026-11-24T10:00:00Z`},
		{`seen <= 2026-11-24T10:00:00Z`, ". + + + . .", `not seen <= 2026-11-24T10:00:00Z`},
		{`seen > 2026-11-24T10:00:00Z`, ". . . . + +", `not seen > 2026-11-24T10:00:00Z`},
		{`seen >= 2026-11-24T10:00:00Z`, ". . . + + +", `not seen >= 2026-11-24T10:00:00Z`},
		{`seen between 2026-11-24T10:00:00Z and 2026-11-24`, ". . . + + .", `seen not between 2026-11-24T10:00:00Z and 2026-11-24`},
		{`seen in (2026-11-23, 2026-11-24T10:00:00Z)`, ". + . + . .", `seen not in (2026-11-23, 2026-11-24T10:00:00Z)`},
		{`seen is empty`, "+ . . . . .", `seen is not empty`},
	},
}, {
	name:  "time of day",
	parts: []contact.Part{contact.TimeOfDay("opens")},
	people: []person{missing, with("00:00", "opens", contact.ClockTime(0)), with("09:29:59", "opens", contact.ClockTimeOf(9, 29, 59)),
		with("09:30", "opens", contact.ClockTimeOf(9, 30, 0)), with("09:30:01", "opens", contact.ClockTimeOf(9, 30, 1)), with("23:59:59", "opens", contact.ClockTimeOf(23, 59, 59))},
	rows: []verdicts{
		{`opens = 09:30`, ". . . + . .", `opens != 09:30`},
		{`opens = 00:00`, ". + . . . .", `opens != 00:00`},
		{`opens in (00:00, 09:30:01)`, ". + . . + .", `opens not in (00:00, 09:30:01)`},
		{`opens < 09:30`, ". + + . . .", `not opens < 09:30`},
		{`opens <= 09:30`, ". + + + . .", `not opens <= 09:30`},
		{`opens > 09:30`, ". . . . + +", `not opens > 09:30`},
		{`opens >= 09:30`, ". . . + + +", `not opens >= 09:30`},
		{`opens between 09:30 and 23:59:59`, ". . . + + +", `opens not between 09:30 and 23:59:59`},
		{`opens between 22:00 and 06:00`, ". . . . . .", `opens not between 22:00 and 06:00`},
		{`opens >= 22:00 or opens <= 06:00`, ". + . . . +", `not (opens >= 22:00 or opens <= 06:00)`},
		{`opens is empty`, "+ . . . . .", `opens is not empty`},
	},
}, {
	name:  "relative date",
	now:   aWednesday,
	parts: []contact.Part{contact.Date("due")},
	people: []person{missing, onDay("October 31", "due", 10, 31), onDay("November 18", "due", 11, 18), onDay("November 19", "due", 11, 19),
		onDay("November 23", "due", 11, 23), onDay("November 24", "due", 11, 24), onDay("November 25", "due", 11, 25),
		onDay("November 30", "due", 11, 30), onDay("December 1", "due", 12, 1)},
	rows: []verdicts{
		{`due = today`, ". . . . . . + . .", `due != today`},
		{`due in (yesterday, tomorrow)`, ". . . . . + . . .", `due not in (yesterday, tomorrow)`},
		{`due < today`, ". + + + + + . . .", `not due < today`},
		{`due = this week`, ". . . . + + + . .", `due != this week`},
		{`due < this week`, ". + + + . . . . .", `not due < this week`},
		{`due <= this week`, ". + + + + + + . .", `not due <= this week`},
		{`due > this week`, ". . . . . . . + +", `not due > this week`},
		{`due >= this week`, ". . . . + + + + +", `not due >= this week`},
		{`due between last week and this week`, ". . + + + + + . .", `due not between last week and this week`},
		{`due = last month`, ". + . . . . . . .", `due != last month`},
		{`due = this quarter`, ". + + + + + + + +", `due != this quarter`},
		{`due = next year`, ". . . . . . . . .", `due != next year`},
		{`due = -7 days`, ". . + . . . . . .", `due != -7 days`},
		{`due >= 1 week ago`, ". . + + + + + + +", `not due >= 1 week ago`},
		{`due = in 6 days`, ". . . . . . . . +", `due != in 6 days`},
		{`due = +5 days`, ". . . . . . . + .", `due != +5 days`},
		{`due in (monday this week, last day of october)`, ". + . . + . . . .", `due not in (monday this week, last day of october)`},
		{`due = first day of next month`, ". . . . . . . . +", `due != first day of next month`},
		{`due within the last 7 days`, ". . . + + + + . .", `due not within the last 7 days`},
		{`due within the next 6 days`, ". . . . . . + + .", `due not within the next 6 days`},
		{`due within the last 1 month`, ". + + + + + + . .", `due not within the last 1 month`},
	},
}, {
	name:  "relative datetime",
	now:   aWednesday,
	parts: []contact.Part{contact.DateTime("seen")},
	people: []person{missing, with("24th 10:00", "seen", instant("2026-11-24T10:00:00Z")), with("24th 10:00:00.001", "seen", instant("2026-11-24T10:00:00.001Z")),
		with("25th 00:00", "seen", instant("2026-11-25T00:00:00Z")), with("25th 10:00", "seen", instant("2026-11-25T10:00:00Z")),
		with("25th 10:00:00.001", "seen", instant("2026-11-25T10:00:00.001Z")), with("26th 00:00", "seen", instant("2026-11-26T00:00:00Z"))},
	rows: []verdicts{
		{`seen = today`, ". . . + + + .", `seen != today`},
		{`seen = -1 day`, ". + + . . . .", `seen != -1 day`},
		{`seen = -24 hours`, ". + . . . . .", `seen != -24 hours`},
		{`seen in (now, tomorrow)`, ". . . . + . +", `seen not in (now, tomorrow)`},
		{`seen < now`, ". + + + . . .", `not seen < now`},
		{`seen <= now`, ". + + + + . .", `not seen <= now`},
		{`seen > now`, ". . . . . + +", `not seen > now`},
		{`seen >= now`, ". . . . + + +", `not seen >= now`},
		{`seen between yesterday and now`, ". + + + + . .", `seen not between yesterday and now`},
		{`seen within the last 24 hours`, ". . + + + . .", `seen not within the last 24 hours`},
		{`seen within the last 1 day`, ". . + + + . .", `seen not within the last 1 day`},
		{`seen within the next 14 hours`, ". . . . + + .", `seen not within the next 14 hours`},
		{`seen = this month`, ". + + + + + +", `seen != this month`},
		{`seen is today`, ". . . + + + .", `seen is not today`},
		{`seen is in the next 2 days`, ". . . + + + +", `seen is not in the next 2 days`},
	},
}, {
	name:  "anniversary",
	now:   aWednesday,
	parts: []contact.Part{contact.Date("birthday")},
	people: []person{missing, born("1990-11-24", 1990, 11, 24), born("1990-11-25", 1990, 11, 25), born("2026-11-25", 2026, 11, 25),
		born("1990-11-26", 1990, 11, 26), born("1990-12-01", 1990, 12, 1), born("1990-12-02", 1990, 12, 2), born("1989-01-01", 1989, 1, 1)},
	rows: []verdicts{
		{`birthday is today`, ". . + + . . . .", `birthday is not today`},
		{`birthday = today`, ". . . + . . . .", `birthday != today`},
		{`birthday is tomorrow`, ". . . . + . . .", `birthday is not tomorrow`},
		{`birthday is in 7 days`, ". . . . . . + .", `birthday is not in 7 days`},
		{`birthday is in the next 7 days`, ". . + + + + . .", `birthday is not in the next 7 days`},
		{`birthday is in the last 2 days`, ". + + + . . . .", `birthday is not in the last 2 days`},
		{`birthday is this month`, ". + + + + . . .", `birthday is not this month`},
		{`birthday is in the next 2 months`, ". . + + + + + +", `birthday is not in the next 2 months`},
		{`birthday is this year`, ". + + + + + + +", `birthday is not this year`},
	},
}, {
	name:  "year's end",
	now:   instant("2026-12-28T10:00:00Z"),
	parts: []contact.Part{contact.Date("birthday")},
	people: []person{missing, born("1990-12-27", 1990, 12, 27), born("1990-12-28", 1990, 12, 28), born("1990-12-31", 1990, 12, 31),
		born("1990-01-03", 1990, 1, 3), born("1990-01-04", 1990, 1, 4)},
	rows: []verdicts{
		{`birthday is in the next 7 days`, ". . + + + .", `birthday is not in the next 7 days`},
		{`birthday is in the last 2 days`, ". + + . . .", `birthday is not in the last 2 days`},
		{`birthday is +7 days`, ". . . . . +", `birthday is not +7 days`},
		{`birthday is next week`, ". . . . . +", `birthday is not next week`},
		{`birthday is next month`, ". . . . + +", `birthday is not next month`},
	},
}, {
	name:   "leap day",
	now:    instant("2027-02-28T10:00:00Z"),
	parts:  []contact.Part{contact.Date("birthday")},
	people: []person{missing, born("2000-02-28", 2000, 2, 28), born("2000-02-29", 2000, 2, 29), born("2000-03-01", 2000, 3, 1)},
	rows: []verdicts{
		{`birthday is today`, ". + + .", `birthday is not today`},
		{`birthday is tomorrow`, ". . . +", `birthday is not tomorrow`},
		{`birthday is -3 years`, ". + . .", `birthday is not -3 years`},
	},
}, {
	name:  "part",
	parts: []contact.Part{contact.Date("born"), contact.DateTime("seen")},
	people: []person{missing, bornOn("2026-03-01, a Sunday", 2026, 3, 1), bornOn("2026-11-25, a Wednesday", 2026, 11, 25),
		with("seen 2026-11-24 09:59:59.999", "seen", instant("2026-11-24T09:59:59.999Z")), with("seen 2027-03-01 17:00", "seen", instant("2027-03-01T17:00:00Z"))},
	rows: []verdicts{
		{`month of born = 3`, ". + . . .", `month of born != 3`},
		{`month of born in (3, 11)`, ". + + . .", `month of born not in (3, 11)`},
		{`day of born >= 25`, ". . + . .", `not day of born >= 25`},
		{`year of born between 2026 and 2027`, ". + + . .", `year of born not between 2026 and 2027`},
		{`weekday of born = sunday`, ". + . . .", `weekday of born != sunday`},
		{`weekday of seen in (monday, tuesday)`, ". . . + +", `weekday of seen not in (monday, tuesday)`},
		{`month of seen <= 3`, ". . . . +", `not month of seen <= 3`},
		{`year of seen > 2026`, ". . . . +", `not year of seen > 2026`},
		{`hour of seen = 9`, ". . . + .", `hour of seen != 9`},
		{`hour of seen between 9 and 16`, ". . . + .", `hour of seen not between 9 and 16`},
	},
}, {
	name:   "select",
	parts:  []contact.Part{contact.Select("plan", "Free", "Pro", "Équipe")},
	people: []person{missing, with("Free", "plan", "Free"), with("Pro", "plan", "Pro"), with("Équipe", "plan", "Équipe")},
	rows: []verdicts{
		{`plan = "Pro"`, ". . + .", `plan != "Pro"`},
		{`plan = "EQUIPE"`, ". . . +", `plan != "EQUIPE"`},
		{`plan in ("free", "Pro")`, ". + + .", `plan not in ("free", "Pro")`},
		{`plan is empty`, "+ . . .", `plan is not empty`},
	},
}, {
	name:  "multi-select",
	parts: []contact.Part{contact.MultiSelect("langs", "de", "fr", "en")},
	people: []person{missing, with("an empty list", "langs", []string{}), with("de", "langs", []string{"de"}),
		with("fr", "langs", []string{"fr"}), with("de, fr", "langs", []string{"de", "fr"}), with("en, fr, de", "langs", []string{"en", "fr", "de"})},
	rows: []verdicts{
		{`langs has any ("de")`, ". . + . + +", `langs has none ("de")`},
		{`langs has any ("DE", "fr")`, ". . + + + +", `langs has none ("DE", "fr")`},
		{`langs has all ("de", "fr")`, ". . . . + +", `langs lacks any ("de", "fr")`},
		{`langs is empty`, "+ + . . . .", `langs is not empty`},
	},
}, {
	name:  "tags",
	parts: []contact.Part{contact.Tags("tags")},
	people: []person{missing, with("VIP", "tags", []string{"VIP"}), with("vip, new", "tags", []string{"vip", "new"}),
		with("Café", "tags", []string{"Café"})},
	rows: []verdicts{
		{`tags has any ("vip")`, ". + + .", `tags has none ("vip")`},
		{`tags has any ("cafe", "new")`, ". . + +", `tags has none ("cafe", "new")`},
		{`tags has any ("a tag nobody has")`, ". . . .", `tags has none ("a tag nobody has")`},
		{`tags has all ("vip", "new")`, ". . + .", `tags lacks any ("vip", "new")`},
		{`tags has all ("vip", "a tag nobody has")`, ". . . .", `tags lacks any ("vip", "a tag nobody has")`},
		{`tags is empty`, "+ . . .", `tags is not empty`},
	},
}, {
	name: "segments",
	people: []person{{title: "neither"}, {title: "vip", in: []string{"vip"}}, {title: "new", in: []string{"new"}},
		{title: "both", in: []string{"vip", "new"}}},
	rows: []verdicts{
		{`in segment vip`, ". + . +", `not in segment vip`},
		{`in any segment (vip, new)`, ". + + +", `not in any segment (vip, new)`},
		{`in all segments (vip, new)`, ". . . +", `not in all segments (vip, new)`},
	},
}, {
	name:  "groups",
	parts: []contact.Part{contact.Number("points"), contact.Bool("active")},
	people: []person{{title: "nothing"}, {title: "points 9", values: filtertest.Contact{"points": 9.0}},
		{title: "points 9, active", values: filtertest.Contact{"points": 9.0, "active": true}},
		{title: "points 1, active", values: filtertest.Contact{"points": 1.0, "active": true}},
		{title: "points 1, not active", values: filtertest.Contact{"points": 1.0, "active": false}}},
	rows: []verdicts{
		{`points > 5 and active = true`, ". . + . .", `not (points > 5 and active = true)`},
		{`points > 5 or active = true`, ". + + + .", `not (points > 5 or active = true)`},
		{`points > 5 and active != true`, ". + . . .", `not (points > 5 and active != true)`},
		{`not points > 5 and active != true`, "+ . . . +", `not (not points > 5 and active != true)`},
		{`points > 5 and active = true or points is empty`, "+ . + . .", `not (points > 5 and active = true or points is empty)`},
		{`points > 5 and (active = true or points is empty)`, ". . + . .", `not (points > 5 and (active = true or points is empty))`},
	},
}}

// TestTruthTable holds the engine and the oracle against the sheets, and
// docs/semantics.md, which shows them, against what they say.
func TestTruthTable(t *testing.T) {
	covered := coverage{}
	for _, s := range slices.Concat(sheets, companySheets) {
		t.Run(s.name, func(t *testing.T) {
			p := newPeople(t, contact.MustSchema(s.parts...), time.UTC)
			p.setting.Now = s.now
			ids := s.load(t, p)
			for _, row := range s.rows {
				covered.note(p.store.Schema(), filter.MustParse(row.condition))
				covered.note(p.store.Schema(), filter.MustParse(row.complement))
				s.check(t, p, ids, row)
			}
		})
	}
	covered.requireAll(t)
}

// load inserts the people of a sheet and returns their ids in order.
func (s sheet) load(t *testing.T, p *people) (ids []contact.ID) {
	in := map[contact.ID]string{}
	p.segments.known = []string{"vip", "new"}
	p.segments.has = func(ref string, id contact.ID) bool { return strings.Contains(in[id], ref) }
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		for _, x := range s.people {
			id, err := tx.Insert(contact.Values(x.values))
			require.NoError(t, err)
			values := x.values
			if values == nil {
				values = filtertest.Contact{}
			}
			p.contacts[id], in[id] = values, strings.Join(x.in, " ")
			require.NoError(t, belong(tx, id, x.belongs))
			ids = append(ids, id)
		}
		return nil
	}))
	return ids
}

// check holds one row, and its complement, against the engine and the oracle.
func (s sheet) check(t *testing.T, p *people, ids []contact.ID, row verdicts) {
	f, complement := filter.MustParse(row.condition), filter.MustParse(row.complement)
	require.Equal(t, row.condition, f.String(), "a sheet is written as filters are printed")
	require.Equal(t, row.complement, filter.Must(filter.Not(filter.Nest(f))).String())
	say := strings.Fields(row.say)
	require.Len(t, say, len(ids), row.condition)

	v, ctx := p.store.View(), context.Background()
	var sets [2]contact.Set
	for i, f := range []filter.Filter{f, complement} {
		program, err := p.compile(f)
		require.NoError(t, err, row.condition)
		require.NoError(t, p.compare(v, program, p.store.Schema(), p.contacts), "%s", f)
		program = program.At(s.now)
		sets[i], err = program.Select(ctx, v)
		require.NoError(t, err)
		for k, id := range ids {
			want := (say[k] == "+") != (i == 1)
			require.Equal(t, want, sets[i].Contains(id), "Select: %s of %s", f, s.people[k].title)
			require.Equal(t, want, program.Match(v, id), "Match: %s of %s", f, s.people[k].title)
		}
	}
	require.True(t, sets[0].Or(sets[1]).Equal(v.Live()), "%s: it and its complement are everybody", f)
	require.Zero(t, sets[0].AndLen(sets[1]), "%s: nobody satisfies it and its complement", f)
}

// An operator fits the kinds that a sheet shows it with, and no other.
func TestOperatorsFitWhatTheSheetsShow(t *testing.T) {
	shown := coverage{}
	for _, s := range sheets {
		for _, row := range s.rows {
			shown.note(contact.MustSchema(s.parts...), filter.MustParse(row.condition))
		}
	}
	for kind := contact.KindText; kind <= contact.KindTags; kind++ {
		for op := filter.Equal; op <= filter.InAllSegments; op++ {
			_, fits := shown[met{op: op, kind: kind}]
			require.Equal(t, fits, op.Fits(kind), "%q and %s", op, kind)
		}
		for _, op := range filtertest.Operators(kind) {
			require.True(t, op.Fits(kind), "%q and %s", op, kind)
		}
	}
}
