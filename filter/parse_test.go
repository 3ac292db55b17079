package filter_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/filter"
	_ "github.com/rosterdb/roster/internal/testflags"
)

// accepted lists texts with their canonical form, which is the text itself where
// the second column is empty.
var accepted = [][2]string{
	// Operators and their negations.
	{`a = 1`}, {`a != 1`}, {`a < 1`}, {`a <= 1`}, {`a > 1`}, {`a >= 1`},
	{`a between 1 and 2`}, {`a not between 1 and 2`},
	{`a in (1, 2, "x", true)`}, {`a not in (1)`},
	{`a like "x%"`}, {`a not like "x%"`}, {`a contains "x"`}, {`a not contains "x"`},
	{`a starts with "x"`}, {`a not starts with "x"`}, {`a ends with "x"`}, {`a not ends with "x"`},
	{`a matches "^x(\d+"`}, {`a not matches "x"`}, // regular expressions are not compiled
	{`a is empty`}, {`a is not empty`},
	{`a has any (1, "x")`}, {`a has all ("x")`}, {`a has none ("x")`}, {`a lacks any ("x", "y")`},
	{`in segment vip`}, {`in any segment (vip, "a b")`}, {`in all segments (x, y)`},
	{`not a < 1`}, {`not in segment vip`}, {`not in any segment (a, b)`},
	{`not not a<1`, `a < 1`}, {`not a = 1`, `a != 1`}, {`not a != 1`, `a = 1`}, {`not not not a is not empty`, `a is empty`},
	{`not a has none (1)`, `a has any (1)`}, {`not a lacks any (1)`, `a has all (1)`}, {`not a not like "x"`, `a like "x"`},

	// White space and case.
	{" \t\r\n\u00a0\u2028a=1\u3000", `a = 1`}, {`a>=-1 and(b<2)OR c=3`, `a >= -1 and b < 2 or c = 3`}, {`a in(1,2)and(b=1)`, `a in (1, 2) and b = 1`},
	{"A STARTS\n WITH 'x' AND NOT b Is NoT EMPTY", `A starts with "x" and b is empty`},
	{`NOT IN ALL SEGMENTS (A)`, `not in all segments (A)`}, {`a Has None (TRUE, False)`, `a has none (true, false)`},

	// Parentheses that change nothing, and those that do.
	{`((a = 1))`, `a = 1`}, {`not (a = 1)`, `a != 1`}, {`not (not (not (a < 1)))`, `not a < 1`},
	{`a = 1 and (b = 2 and c = 3)`, `a = 1 and b = 2 and c = 3`}, {`(a = 1 and b = 2) and c = 3`, `a = 1 and b = 2 and c = 3`},
	{`a = 1 or (b = 2 or c = 3)`, `a = 1 or b = 2 or c = 3`}, {`(a = 1 or b = 2) or c = 3`, `a = 1 or b = 2 or c = 3`},
	{`(a = 1 or b = 2 and c = 3)`, `a = 1 or b = 2 and c = 3`}, {`a = 1 or (b = 2 and (c = 3))`, `a = 1 or b = 2 and c = 3`},
	{`a = 1 and (b = 2 or c = 3)`}, {`(a = 1 or b = 2) and (c = 3 or d = 4)`}, {`a = 1 or b = 2 and (c = 3 or d = 4)`},
	{`not (a = 1 and b = 2)`}, {`not (a = 1 or b = 2)`}, {`not (not (a = 1 and b = 2))`, `a = 1 and b = 2`},
	{`c = 3 and not (not (a = 1 and b = 2))`, `c = 3 and a = 1 and b = 2`}, {`not not (a = 1 or b = 2)`, `a = 1 or b = 2`},
	{`x = 0 or not (not (a = 1 or b = 2))`, `x = 0 or a = 1 or b = 2`}, {`not (not (a = 1 or b = 2) and c = 3)`},
	{`not ((not (a = 1 or b = 2)))`, `a = 1 or b = 2`}, {`((a = 1 or b = 2)) and not ((c = 3))`, `(a = 1 or b = 2) and c != 3`},

	// Names.
	{`_ = 1`}, {`größe = 1`}, {`名前 = 1`}, {`a1_ = 1`}, {`a.b.c = 1`}, {`a . b = 1`, `a.b = 1`}, {"`a`.`b` = 1", `a.b = 1`}, {"`a.b`.c = 1", `a.b.c = 1`},
	{"`and` = 1"}, {"`NOT` = 1"}, {"`first`.x = 1"}, {"a.`last name` = 1"}, {"`a``b` = 1"}, {"```` = 1"}, {"`a..b` = 1"}, {"a.`` = 1", "`a.` = 1"},
	{"`line\nbreak` is empty"}, {"`1a` = 1"}, {"`e\u0301` = 1"},
	{`segment = 1`}, {`with = 1`}, {`empty is empty`}, {`none has none (1)`}, {`of = 1`}, {`date = 1`}, {`segments = 1 and time = 2 and count = 3`},
	{"in segment `vip`", `in segment vip`}, {`in segment "vip"`, `in segment vip`}, {"in segment `a.b`", `in segment "a.b"`}, {"in segment `and`", `in segment "and"`},
	{`in segment segment`}, {`in segment Größe`}, {`in segment 'say "hi"'`, `in segment "say ""hi"""`},

	// Numbers.
	{`a = -5`}, {`a = 0`}, {`a = -0`, `a = 0`}, {`a = -0.0e5`, `a = 0`}, {`a = 007`, `a = 7`}, {`a = 1.50`, `a = 1.5`}, {`a = 1e3`, `a = 1000`}, {`a = 1E+3`, `a = 1000`},
	{`a = 25e-1`, `a = 2.5`}, {`a = 1000000`}, {`a = 0.000001`}, {`a = 0.0000001`, `a = 1e-07`}, {`a = 9007199254740992`}, {`a = 9007199254740994`, `a = 9.007199254740994e+15`},
	{`a = 100000000000000000000`, `a = 1e+20`}, {`a = 1e23`, `a = 1e+23`}, {`a = 9007199254740993.0`, `a = 9007199254740992`}, {`a = 1e-400`, `a = 0`}, {`a = 2026`},
	{`a = 1.7976931348623157e308`, `a = 1.7976931348623157e+308`}, {`a = 5e-324`}, {`a = 0000000000000000000000001`, `a = 1`},

	// Dates and datetimes.
	{`a = 2026-11-24`}, {`a = 0000-01-01`}, {`a = 9999-12-31`}, {`a = 2024-02-29`}, {`a = 2026-11-24T10:00:00Z`}, {`a = 2026-11-24T10:00:00.250Z`}, {`a = 2026-11-24T10:00:00.000Z`, `a = 2026-11-24T10:00:00Z`},
	{`a = 2026-11-24T10:00:00+02:30`, `a = 2026-11-24T07:30:00Z`}, {`a = 2026-11-24T23:00:00.001-02:00`, `a = 2026-11-25T01:00:00.001Z`}, {`a = 1969-12-31T23:59:59.999Z`},
	{`a = 0000-01-01T00:00:00-00:00`, `a = 0000-01-01T00:00:00Z`}, {`a = 9999-12-31T23:59:59.999Z`}, {`a = 2026-11-24T00:00:00+23:59`, `a = 2026-11-23T00:01:00Z`},
	{`a between 2026-11-24 and 2026-11-25 and b = 1`}, {`a in(2026-11-24,2026-11-25)`, `a in (2026-11-24, 2026-11-25)`},

	// Relative dates, windows, anniversaries, parts and zones.
	{`a = now`}, {`a = Today`, `a = today`}, {`a < yesterday`}, {`a in (tomorrow, 2026-11-24, "x")`}, {"a = THIS\n week", `a = this week`},
	{`a between last month and next quarter`}, {`a = -30 days`}, {`a = -30 Day`, `a = -30 days`}, {`a = -1 days`, `a = -1 day`}, {`a = +2 weeks`}, {`a = + 02 week`, `a = +2 weeks`},
	{`a > 3 days ago`}, {`a > 1 hours ago and b = 1`, `a > 1 hour ago and b = 1`}, {`a = in 2 months`}, {`a = -0 seconds`}, {`a = -9999 years`},
	{`a = first day of last month`}, {`a = LAST DAY OF February`, `a = last day of february`}, {`a = last day of march next year`}, {`a = first day of may this year`, `a = first day of may`},
	{`a = monday this week`}, {`a = Sunday last week or b = 1`, `a = sunday last week or b = 1`}, {`a = monday`}, {`a = -5 and b = 1`},
	{`a within the last 36 hours`}, {`a in the last 7 day`, `a within the last 7 days`}, {`a not in the next 1 months`, `a not within the next 1 month`}, {`not a not within the last 2 years`, `a within the last 2 years`},
	{`a is today`}, {`a is not this month`}, {`a is in the next 7 days`}, {`a is not in the last 1 week`}, {`a is in 7 days`}, {`a is -1 day`}, {`not a is not today`, `a is today`}, {`a is first day of next month`},
	{`a +7 days`, `a is +7 days`}, {`a + 01 Week or not a +2 months`, `a is +1 week or a is not +2 months`}, {`a.b +9999 years and b = 1`, `a.b is +9999 years and b = 1`},
	{`month of a = 3`}, {`Weekday Of a not in (saturday, sunday)`, `weekday of a not in (saturday, sunday)`}, {`hour of a.b between 9 and 17`}, {"day of `a b` != 13"}, {`year of month > 2000`}, {`not day of day < 3`},
	{`a = today in zone "Europe/Zurich"`}, {`a = 1 or b = 2 IN Zone 'x'`, `a = 1 or b = 2 in zone "x"`}, {`a = 1 in zone of tz`}, {"(a = 1) in zone of `time zone`.x else \"UTC\"", "a = 1 in zone of `time zone`.x else \"UTC\""},
	{`today = 1`}, {`month = 1`}, {`within within the last 1 day`}, {`zone = 1 in zone of zone`}, {`a in (1) in zone "x"`},

	// Texts.
	{`a = 'x'`, `a = "x"`}, {`a = "it's"`}, {`a = 'it''s'`, `a = "it's"`}, {`a = "a""b"`}, {`a = """"`}, {`a = ' '`, `a = " "`}, {"a = \"two\nlines\""}, {`a = "\n"`}, {`a = '"'`, `a = """"`},
	{"a = \"\u0000\u2028😀\""},
}

func TestParse(t *testing.T) {
	for _, c := range accepted {
		text, want := c[0], c[1]
		f, err := filter.Parse(text)
		if want == "" {
			want = text
		}
		require.NoError(t, err, "text: %s", text)
		require.Equal(t, want, f.String(), "text: %s", text)
		again, err := filter.Parse(want)
		require.NoError(t, err)
		require.True(t, again.Equal(f), "text: %s", text)
	}
}

func TestParseErrors(t *testing.T) {
	const (
		badNumber = "; a number is written like 12, -0.5 or 1.5e3"
		badDate   = "; a date is written like 2026-11-24, a datetime like 2026-11-24T10:00:00Z, with .250 for milliseconds and +01:00 in place of Z"
		useEmpty  = "; contacts without a value are found by `is empty`"
		quotes    = "; a text stands in quotes"
		reserved  = "; a reserved word is a name only in backticks"
		operators = "; operators are =, !=, <, <=, >, >=, between, in, like, contains, starts with, ends with, matches, is empty, within the last, has any, has all, has none, lacks any"
		end       = "the end of the text"
	)
	for _, c := range []struct {
		text   string
		offset int
		want   string
	}{
		// Where a condition should be.
		{``, 0, `expected a condition, found ` + end},
		{" \n ", 3, `expected a condition, found ` + end},
		{`()`, 1, `expected a condition, found ")"`},
		{`a = 1 and`, 9, `expected a condition, found ` + end},
		{`a = 1 or or b = 2`, 9, `expected a condition, found "or"` + reserved},
		{`not`, 3, `expected a condition, found ` + end},
		{`5 = a`, 0, `expected a condition, found the number 5`},
		{`"a" = 1`, 0, `expected a condition, found the text "a"`},
		{`First = 1`, 0, `expected a condition, found "First"` + reserved},
		{`a.last = 1`, 2, `expected a name, found "last"` + reserved},
		{`a. = 1`, 3, `expected a name, found "="`},
		{`a.5 = 1`, 2, `expected a name, found the number 5`},
		{"`` = 1", 0, `expected the name of a field, found an empty name`},
		{"`a = 1", 6, "expected a closing `, found " + end + `; it was opened at line 1, column 1`},
		{"e\u0301 = 1", 1, "expected an operator, found \"\u0301\"" + operators},
		{`& = 1`, 0, `expected a condition, found "&"`},

		// Where an operator should be.
		{`a`, 1, `expected an operator, found ` + end + operators},
		{`a 5`, 2, `expected an operator, found the number 5` + operators},
		{`a == 5`, 2, `expected an operator, found "=="; did you mean "="?`},
		{`a <> 5`, 2, `expected an operator, found "<>"; did you mean "!="?`},
		{`a ! 5`, 2, `expected an operator, found "!"` + operators},
		{"a `b`", 2, "expected an operator, found the name `b`" + operators},
		{`a foo 5`, 2, `expected an operator, found "foo"` + operators},
		{`a not = 5`, 6, `expected "between", "in", "like", "contains", "starts with", "ends with", "matches" or "within", found "="`},
		{`a not not in (1)`, 6, `expected "between", "in", "like", "contains", "starts with", "ends with", "matches" or "within", found "not"`},
		{`a is`, 4, `expected "empty", "not empty" or the day of an anniversary, such as today, found ` + end},
		{`a is not null`, 9, `expected "empty" or the day of an anniversary, such as today, found "null"`},
		{`a has (1)`, 6, `expected "any", "all" or "none", found "("`},
		{`a lacks all (1)`, 8, `expected "any", found "all"`},
		{`a starts "x"`, 9, `expected "with", found the text "x"`},
		{`in vip`, 3, `expected "segment", "any segment" or "all segments", found "vip"`},
		{`in all segment (x)`, 7, `expected "segments", found "segment"; did you mean "segments"?`},
		{`in any (x)`, 7, `expected "segment", found "("`},

		// Where a value should be.
		{`a = and`, 4, `expected a value, found "and"`},
		{`a = FR`, 4, `expected a value, found "FR"` + quotes},
		{`a = (1)`, 4, `expected a value, found "("`},
		{`a = -`, 4, `expected a value, found "-"`},
		{`a = +5`, 4, `expected a value, found "+"`},
		{`a = .5`, 4, `expected a value, found "."`},
		{`a = 5.`, 4, `expected a number, found "5."` + badNumber},
		{`a = 5e`, 4, `expected a number, found "5e"` + badNumber},
		{`a = 1.2.3`, 4, `expected a number, found "1.2.3"` + badNumber},
		{`a = 12abc`, 4, `expected a number, found "12abc"` + badNumber},
		{`a = 5é`, 4, `expected a number, found "5é"` + badNumber},
		{`a = 5and b = 1`, 4, `expected a number, found "5and"` + badNumber},
		{`a = 20261-1`, 4, `expected a number, found "20261-1"` + badNumber},
		{`a = -2026-11-24`, 4, `expected a number, found "-2026-11-24"` + badNumber},
		{`a = 9007199254740993`, 4, `expected a number that float64 holds exactly, found "9007199254740993"; keep such numbers in an exact text field and write them as text`},
		{`a = 100000000000000000000000`, 4, `expected a number that float64 holds exactly, found "100000000000000000000000"; keep such numbers in an exact text field and write them as text`},
		{`a = 1e999`, 4, `expected a number within the range of float64, found "1e999"`},
		{`a = 2026-11-24T10:00:00.25Z`, 4, `expected a date or a datetime, found "2026-11-24T10:00:00.25Z"` + badDate},
		{`a = 2026-11-24t10:00:00Z`, 4, `expected a date or a datetime, found "2026-11-24t10:00:00Z"` + badDate},
		{`a = 2026-11-24T10:00:00`, 4, `expected a date or a datetime, found "2026-11-24T10:00:00"` + badDate},
		{`a = 2026-11-24T10:00Z`, 4, `expected a date or a datetime, found "2026-11-24T10:00Z"` + badDate},
		{`a = 2026-1-1`, 4, `expected a date or a datetime, found "2026-1-1"` + badDate},
		{`a = 2026-`, 4, `expected a date or a datetime, found "2026-"` + badDate},
		{`a = 2026-02-29`, 4, `expected a date or a datetime, found "2026-02-29"; there is no such day`},
		{`a = 2026-13-01`, 4, `expected a date or a datetime, found "2026-13-01"; there is no such day`},
		{`a = 2026-11-24T24:00:00Z`, 4, `expected a date or a datetime, found "2026-11-24T24:00:00Z"; there is no such time of day`},
		{`a = 2026-11-24T10:00:60Z`, 4, `expected a date or a datetime, found "2026-11-24T10:00:60Z"; there is no such time of day`},
		{`a = 2026-11-24T10:00:00+24:00`, 4, `expected a date or a datetime, found "2026-11-24T10:00:00+24:00"; there is no such time of day`},
		{`a = 0000-01-01T00:00:00+00:01`, 4, `expected a date or a datetime, found "0000-01-01T00:00:00+00:01"; in UTC it is outside the years 0000 to 9999`},
		{`a = 9999-12-31T23:59:59-00:01`, 4, `expected a date or a datetime, found "9999-12-31T23:59:59-00:01"; in UTC it is outside the years 0000 to 9999`},
		{`a = ""`, 4, `expected a text that is not empty, found ""` + useEmpty},
		{`a in ("x", '')`, 11, `expected a text that is not empty, found ''` + useEmpty},
		{`a like ""`, 7, `expected a text that is not empty, found ""` + useEmpty},
		{`a like 5`, 7, `expected a text, found the number 5`},
		{`a contains x`, 11, `expected a text, found "x"` + quotes},
		{`a matches true`, 10, `expected a text, found "true"`},
		{"a = \"x\n y", 9, `expected a closing ", found ` + end + `; it was opened at line 1, column 5`},
		{`a between 1 or 2`, 12, `expected "and", found "or"`},
		{`a between x and 2`, 10, `expected a value, found "x"` + quotes},
		{`a between 1 and`, 15, `expected a value, found ` + end},

		// Relative dates.
		{`a = -30 dys`, 8, `expected a unit of time such as days, found "dys"; did you mean "days"?`},
		{`a = -30 b = 2`, 8, `expected a unit of time such as days, found "b"`},
		{`a = +30 dyas and b = 1`, 8, `expected a unit of time such as days, found "dyas"; did you mean "days"?`},
		{`a = 30 dais ago`, 7, `expected a unit of time such as days, found "dais"; did you mean "days"?`},
		{`a = 30 days`, 11, `expected "ago", found ` + end + `; what is to come is written in 3 days`},
		{`a = 30 days before`, 12, `expected "ago", found "before"; what is to come is written in 3 days`},
		{`a = -1.5 days`, 5, `expected a whole number of days, found "1.5"`},
		{`a = 1e2 weeks ago`, 4, `expected a whole number of weeks, found "1e2"`},
		{`a = -10000 years`, 5, `expected at most 9999 years, found "10000"`},
		{`a = -3652059 days`, 5, `expected at most 3652058 days, found "3652059"; that is 9999 years`},
		{`a = -99999999999999999999 days`, 5, `expected at most 3652058 days, found "99999999999999999999"; that is 9999 years`},
		{`a = in 99999999999999999999 days`, 7, `expected at most 3652058 days, found "99999999999999999999"; that is 9999 years`},
		{`a within the last 315537897600 seconds`, 18, `expected at most 315537897599 seconds, found "315537897600"; that is 9999 years`},
		{`a = in -3 days`, 7, `expected a number of units after "in", found the number -3; what is past is written 3 days ago`},
		{`a = in a month`, 7, `expected a number of units after "in", found "a"`},
		{`a = in 2026-11-24 days`, 7, `expected a number of units after "in", found the date 2026-11-24`},
		{`a = in the last 7 days`, 7, `expected a number of units after "in", found "the"; a window of time has no operator in front: within the last 7 days`},
		{`a = last 7 days`, 9, `expected "day of", "week", "month", "quarter" or "year", found the number 7; a window of time has no operator in front: within the last 7 days`},
		{`a = last munth`, 9, `expected "day of", "week", "month", "quarter" or "year", found "munth"; did you mean "month"?`},
		{`a = this`, 8, `expected "week", "month", "quarter" or "year", found ` + end},
		{`a = last day of febuary`, 16, `expected a month, or "this", "last" or "next" with week, month, quarter or year, found "febuary"; did you mean "february"?`},
		{`a = first day of 2026`, 17, `expected a month, or "this", "last" or "next" with week, month, quarter or year, found the number 2026`},
		{`a -30 days`, 2, `expected an operator, found the number -30; operators are =, !=, <, <=, >, >=, between, in, like, contains, starts with, ends with, matches, is empty, within the last, has any, has all, has none, lacks any`},
		{`a = first day of last week of may`, 27, `expected "and", "or" or the end of the text, found "of"; "of" stands behind a part of a date, as in month of birthday, and behind first day and last day`},
		{`a = 1 of b`, 6, `expected "and", "or" or the end of the text, found "of"; "of" stands behind a part of a date, as in month of birthday, and behind first day and last day`},
		{`(a is empty of b)`, 12, `expected "and", "or" or ")", found "of"; "of" stands behind a part of a date, as in month of birthday, and behind first day and last day`},
		{`a = 1 ar b = 2`, 6, `expected "and", "or" or the end of the text, found "ar"; did you mean "or"?`},
		{`a = last day in may`, 13, `expected "of", found "in"`},
		{`a = last day of may last month`, 25, `expected "year", found "month"`},
		{`a = first`, 9, `expected "day", found ` + end},
		{`a = monday next moth`, 16, `expected "week", found "moth"`},
		{`a = todya`, 4, `expected a value, found "todya"; did you mean "today"?`},
		{`a = mondy`, 4, `expected a value, found "mondy"; did you mean "monday"?`},
		{`a = march`, 4, `expected a value, found "march"; months are numbers, 1 to 12`},
		{`a = 0000-00-00`, 4, `expected a date or a datetime, found "0000-00-00"; there is no such day`},
		{`a = 10000-01-01`, 4, `expected a number, found "10000-01-01"` + badNumber},
		{`a within last 7 days`, 9, `expected "the", found "last"; did you mean "the last"?`},
		{`a is within the last 7 days`, 5, `expected "empty", "not empty" or the day of an anniversary, such as today, found "within"; a window stands without "is": within the last 7 days`},
		{`a = last monday`, 9, `expected "day of", "week", "month", "quarter" or "year", found "monday"; a day of a week is written monday this week`},
		{`a = first day of next march`, 22, `expected "week", "month", "quarter" or "year", found "march"; days of a month are written first day of march next year`},
		{`a within the lsat 7 days`, 13, `expected "last" or "next", found "lsat"; did you mean "last"?`},
		{`a within the last days`, 18, `expected a number of units, found "days"`},
		{`a in the last -7 days`, 14, `expected a number of units, found the number -7`},
		{`a not in the last`, 17, `expected a number of units, found ` + end},
		{`a is now`, 5, `expected "empty", "not empty" or the day of an anniversary, such as today, found the relative datetime now; ` + "`=` compares with a date or a value"},
		{`a is not 2026-11-24`, 9, `expected "empty" or the day of an anniversary, such as today, found the date 2026-11-24; ` + "`=` compares with a date or a value"},
		{`a is in the next 36 hours`, 5, `expected "empty", "not empty" or the day of an anniversary, such as today, found the window the next 36 hours; ` + "`=` compares with a date or a value"},
		{`a is todya`, 5, `expected "empty", "not empty" or the day of an anniversary, such as today, found "todya"; did you mean "today"?`},
		{`a +7 dyas`, 5, `expected a unit of time such as days, found "dyas"; did you mean "days"?`},
		{`a +36 hours`, 2, `expected "empty", "not empty" or the day of an anniversary, such as today, found the relative datetime +36 hours; ` + "`=` compares with a date or a value"},
		{`a +9999999 days`, 3, `expected at most 3652058 days, found "9999999"; that is 9999 years`},
		{`a +`, 2, `expected an operator, found "+"` + operators},
		{`a -7 and b = 1`, 2, `expected an operator, found the number -7` + operators},
		{`a +7 and b = 1`, 2, `expected an operator, found "+"` + operators},
		{`mnth of a = 3`, 0, `expected a part of a date ("year", "month", "day", "weekday" or "hour") in front of "of", found "mnth"; did you mean "month"?`},
		{`month of = 3`, 9, `expected a condition, found "="`},
		{`a = 1 in zon "x"`, 9, `expected "zone", found "zon"; did you mean "zone"?`},
		{`a = 1 in zone`, 13, `expected a time zone such as "Europe/Zurich", or "of" and the field that holds it, found ` + end},
		{`a = 1 in zone Europe`, 14, `expected a time zone such as "Europe/Zurich", or "of" and the field that holds it, found "Europe"` + quotes},
		{`a = 1 in zone ""`, 14, `expected a time zone such as "Europe/Zurich", or "of" and the field that holds it, found the text ""`},
		{`a = 1 in zone of tz else`, 24, `expected a time zone such as "Europe/Zurich", or "of" and the field that holds it, found ` + end},
		{`a = 1 in zone "x" and b = 2`, 18, `expected "and", "or" or the end of the text, found "and"`},
		{`(a = 1 in zone "x")`, 7, `expected "and", "or" or ")", found "in"`},

		// Lists, segments, parentheses and the end.
		{`a in ()`, 6, `expected a value, found ")"`},
		{`a in 1`, 5, `expected "(", found the number 1`},
		{`a in (1 2)`, 8, `expected "," or ")", found the number 2`},
		{`a in (1,)`, 8, `expected a value, found ")"`},
		{`in segment`, 10, `expected a segment, found ` + end},
		{`in segment ""`, 11, `expected a segment, found an empty reference`},
		{"in any segment (``)", 16, `expected a segment, found an empty reference`},
		{`in segment first`, 11, `expected a segment, found "first"` + reserved},
		{`in segment 5`, 11, `expected a segment, found the number 5`},
		{`in segment 'x`, 13, `expected a closing ', found ` + end + `; it was opened at line 1, column 12`},
		{`in segment a.b`, 12, `expected "and", "or" or the end of the text, found "."`},
		{`(a = 1`, 6, `expected "and", "or" or ")", found ` + end},
		{`(a = 1 b`, 7, `expected "and", "or" or ")", found "b"`},
		{`a = 1)`, 5, `expected "and", "or" or the end of the text, found ")"`},
		{`a = 1 b = 2`, 6, `expected "and", "or" or the end of the text, found "b"`},
		{"a = \"\xff\"", 5, `expected valid UTF-8, found byte 0xff`},
		{`a = 1 ` + strings.Repeat("x", 50), 6, `expected "and", "or" or the end of the text, found "` + strings.Repeat("x", 40) + `…"`},
	} {
		_, err := filter.Parse(c.text)
		var pe *filter.ParseError
		require.ErrorAs(t, err, &pe, "text: %s", c.text)
		_, message, _ := strings.Cut(err.Error(), ": expected")
		require.Equal(t, c.want, "expected"+message, "text: %s", c.text)
		require.Equal(t, c.offset, pe.Offset, "text: %s", c.text)
	}
}

// TestParsePosition checks that lines end with a line feed and that columns count
// code points.
func TestParsePosition(t *testing.T) {
	for _, c := range []struct {
		text         string
		offset       int
		line, column int
		message      string
	}{
		{`a = and`, 4, 1, 5, `filter: line 1, column 5: expected a value, found "and"`},
		{`points >= and`, 10, 1, 11, `filter: line 1, column 11: expected a value, found "and"`},
		{"größe = 1\r\nand größe ? 2", 25, 2, 11, ""},
		{"名前 = 1 and\n\n\t= 1", 17, 3, 2, ""},
		{"a =\n", 4, 2, 1, "filter: line 2, column 1: expected a value, found the end of the text"},
		{"a = '\n\n' and b = \xff", 17, 3, 11, ""},
	} {
		_, err := filter.Parse(c.text)
		var pe *filter.ParseError
		require.ErrorAs(t, err, &pe)
		require.Equal(t, []int{c.offset, c.line, c.column}, []int{pe.Offset, pe.Line, pe.Column}, "text: %q: %v", c.text, err)
		if c.message != "" {
			require.EqualError(t, err, c.message)
		}
	}
}

// TestReservedWords fixes the words that need backticks: a word more would break
// stored filters, a word less would bind the language for ever.
func TestReservedWords(t *testing.T) {
	const reserved = "and or not in between is like contains starts ends matches has lacks true false did never any all no first last"
	for word := range strings.FieldsSeq(reserved) {
		for _, w := range []string{word, strings.ToUpper(word)} {
			_, err := filter.Parse(w + ` = 1`)
			require.Error(t, err, w)
			require.Equal(t, "`"+w+"` = 1", filter.MustParse("`"+w+"` = 1").String())
			require.Equal(t, "a.`"+w+"` = 1", filter.MustParse("a.`"+w+"` = 1").String())
		}
	}
	const free = "segment segments with empty none of date time name text type count sum day company where then within once ever lıke li\u212ae ſtarts"
	for word := range strings.FieldsSeq(free) {
		require.Equal(t, word+" = 1", filter.MustParse(word+" = 1").String())
	}
}

func TestMustParsePanics(t *testing.T) {
	require.PanicsWithValue(t, `filter: line 1, column 5: expected a value, found the end of the text in "a = "`, func() {
		filter.MustParse("a = ")
	})
}
