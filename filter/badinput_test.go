package filter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

var badSchema = contact.MustSchema(
	contact.Text("city"), contact.Text("code").Exact(), contact.Number("points"), contact.Bool("active"), contact.Date("born"), contact.DateTime("seen"), contact.TimeOfDay("opens"), contact.Text("mail").Email(),
	contact.Select("plan", "Free", "Pro"), contact.MultiSelect("langs", "german", "french"), contact.Tags("tags"), contact.Text("notes").NotForSegments(),
)

const (
	allOperators = "operators are =, !=, <, <=, >, >=, between, in, like, contains, starts with, ends with, matches, is empty, within the last, has any, has all, has none, lacks any"
	mostText     = "it takes =, in, like, contains, starts with, ends with, matches, is empty"
	mostNumber   = "it takes =, <, <=, >, >=, between, in, is empty"
	useIsEmpty   = "contacts without a value are found by `is empty`"
	compareWith  = "`=` compares with a date or a value"
	tooExact     = "keep such numbers in an exact text field and write them as text"
)

// text, inJSON and inGo are the three spellings of what is wrong.
func text(s string) func() (filter.Filter, error) {
	return func() (filter.Filter, error) { return filter.Parse(s) }
}

// inJSON puts the members of a condition into a filter.
func inJSON(condition string) func() (filter.Filter, error) {
	return wholeJSON(`{"or":[{"and":[{` + condition + `}]}]}`)
}

func wholeJSON(data string) func() (filter.Filter, error) {
	return func() (f filter.Filter, err error) {
		err = f.UnmarshalJSON([]byte(data))
		return f, err
	}
}

func inGo(term filter.Term) func() (filter.Filter, error) {
	return func() (filter.Filter, error) { return filter.New(term) }
}

// bad is every way to be wrong in a filter: in text, in JSON and in Go, with the whole
// error. Several lines are several errors, reported together.
var bad = []struct {
	what string
	in   func() (filter.Filter, error)
	want string
}{
	// The field.
	{"misspelt field", text(`pionts = 1`), `or[0].and[0]: field "pionts": there is no such field, did you mean "points"?`},
	{"misspelt field", inJSON(`"field":"ctiy","op":"is empty"`), `or[0].and[0]: field "ctiy": there is no such field, did you mean "city"?`},
	{"misspelt field", inGo(filter.Field("Citty").IsEmpty()), `or[0].and[0]: field "Citty": there is no such field, did you mean "city"?`},
	{"unknown field", text("`the whole thing` = 1"), `or[0].and[0]: field "the whole thing": there is no such field`},
	{"field not for segments", text(`notes is empty`), `or[0].and[0]: field "notes": the field is not available for segments`},
	{"no field", text(`= 5`), `line 1, column 1: expected a condition, found "="`},
	{"no field", inJSON(`"op":"is empty"`), `or[0].and[0]: expected the key "field" beside the operator "is empty", found none`},
	{"no field", inGo(filter.Field("").IsEmpty()), `or[0].and[0]: the field has no name`},
	{"reserved word", text(`first = 5`), `line 1, column 1: expected a condition, found "first"; a reserved word is a name only in backticks`},
	{"name in quotes", text(`"city" = 5`), `line 1, column 1: expected a condition, found the text "city"`},
	{"open backtick", text("`city = 5"), "line 1, column 10: expected a closing `, found the end of the text; it was opened at line 1, column 1"},
	{"empty name", text("`` = 5"), "line 1, column 1: expected the name of a field, found an empty name"},
	{"empty name", inJSON(`"field":"","op":"is empty"`), `or[0].and[0].field: expected the name of a field, found the text ""`},
	{"name that is no UTF-8", inGo(filter.Field("\xff").IsEmpty()), "or[0].and[0]: field \"\\xff\": the name of the field is not valid UTF-8"},

	// The operator.
	{"misspelt operator", text(`city contians "x"`), `line 1, column 6: expected an operator, found "contians"; did you mean "contains"?`},
	{"misspelt operator", inJSON(`"field":"city","op":"contians","value":"x"`), `or[0].and[0].op: expected an operator, found the text "contians"; did you mean "contains"?`},
	{"misspelt operator", inJSON(`"field":"city","op":"start with","value":"x"`), `or[0].and[0].op: expected an operator, found the text "start with"; did you mean "starts with"?`},
	{"misspelt operator", inJSON(`"op":"in segmnet","segments":["vip"]`), `or[0].and[0].op: expected an operator, found the text "in segmnet"; did you mean "in segment"?`},
	{"misspelt operator", text(`city not contians "x"`), `line 1, column 10: expected "between", "in", "like", "contains", "starts with", "ends with", "matches" or "within", found "contians"; did you mean "contains"?`},
	{"misspelt operator", text(`city strats with "x"`), `line 1, column 6: expected an operator, found "strats"; did you mean "starts with"?`},
	{"misspelt second word", text(`city starts wiht "x"`), `line 1, column 13: expected "with", found "wiht"; did you mean "with"?`},
	{"misspelt second word", text(`city is emtpy`), `line 1, column 9: expected "empty", "not empty" or the day of an anniversary, such as today, found "emtpy"; did you mean "empty"?`},
	{"misspelt second word", text(`tags has nnoe ("x")`), `line 1, column 10: expected "any", "all" or "none", found "nnoe"; did you mean "none"?`},
	{"operator of elsewhere", text(`points => 5`), `line 1, column 8: expected an operator, found "=>"; did you mean ">="?`},
	{"operator of elsewhere", text(`points =< 5`), `line 1, column 8: expected an operator, found "=<"; did you mean "<="?`},
	{"operator of elsewhere", text(`points == 5`), `line 1, column 8: expected an operator, found "=="; did you mean "="?`},
	{"operator of elsewhere", text(`points <> 5`), `line 1, column 8: expected an operator, found "<>"; did you mean "!="?`},
	{"operator of elsewhere", text(`points ≥ 5`), `line 1, column 8: expected an operator, found "≥"; did you mean ">="?`},
	{"operator of elsewhere", text(`city =~ "x"`), `line 1, column 6: expected an operator, found "=~"; did you mean "matches"?`},
	{"operator of elsewhere", text(`city equals "x"`), `line 1, column 6: expected an operator, found "equals"; did you mean "="?`},
	{"operator of elsewhere", inJSON(`"field":"points","op":"gte","value":5`), `or[0].and[0].op: expected an operator, found the text "gte"; did you mean ">="?`},
	{"operator of elsewhere", inJSON(`"field":"points","op":"=>","value":5`), `or[0].and[0].op: expected an operator, found the text "=>"; did you mean ">="?`},
	{"operator in capitals", inJSON(`"field":"points","op":"IN","values":[5]`), `or[0].and[0].op: expected an operator, found the text "IN"; did you mean "in"?`},
	{"is for equality", text(`points is 5`), `line 1, column 11: expected "empty", "not empty" or the day of an anniversary, such as today, found the number 5; ` + compareWith},
	{"no such operator", text(`points ? 5`), `line 1, column 8: expected an operator, found "?"; ` + allOperators},
	{"no such operator", inJSON(`"field":"points","op":"resembles","value":5`), `or[0].and[0].op: expected an operator, found the text "resembles"; ` + allOperators},
	{"no such operator", inGo(filter.NewCondition("points", 99, filter.Number(5))), `or[0].and[0]: field "points": there is no operator 99`},
	{"no operator", text(`points`), `line 1, column 7: expected an operator, found the end of the text; ` + allOperators},
	{"no operator", inJSON(`"field":"points","value":5`), `or[0].and[0]: expected the key "op" of a condition, or "or" of a filter, found neither`},
	{"operator that does not fit", text(`city < "m"`), `or[0].and[0]: field "city": "<" does not fit a text field; ` + mostText},
	{"operator that does not fit", inJSON(`"field":"points","op":"like","value":"5"`), `or[0].and[0]: field "points": "like" does not fit a number field; ` + mostNumber},
	{"operator that does not fit", inGo(filter.Field("tags").Equals("vip")), `or[0].and[0]: field "tags": "=" does not fit a tags field; it takes is empty, has any, has all`},
	{"field beside segments", inJSON(`"field":"city","op":"in segment","segments":["vip"]`), `or[0].and[0]: expected only keys that the operator "in segment" takes, found the key "field"`},
	{"field beside segments", inGo(filter.NewCondition("city", filter.InSegment, filter.Text("vip"))), `or[0].and[0]: field "city": "in segment" takes no field, only segments`},

	// The values.
	{"wrong kind of value", text(`points = "5"`), `or[0].and[0]: field "points": a number field is compared with a number, not with the text "5"`},
	{"wrong kind of value", inJSON(`"field":"city","op":"=","value":5`), `or[0].and[0]: field "city": a text field is compared with a text in quotes, not with the number 5`},
	{"wrong kind of value", inGo(filter.Field("active").Equals("yes")), `or[0].and[0]: field "active": a bool field is compared with true or false, not with the text "yes"`},
	{"wrong kind of value", text(`born = 2026-11-24T10:00:00Z`), `or[0].and[0]: field "born": a date field is compared with a date such as 2026-11-24 or today, not with the datetime 2026-11-24T10:00:00Z`},
	{"wrong kind of value", text(`seen > 20261124`), `or[0].and[0]: field "seen": a datetime field is compared with a date or a datetime such as 2026-11-24T10:00:00Z, today or -36 hours, not with the number 20261124`},
	{"several wrong values", text(`points in (1, "2", 3, true)`), "or[0].and[0]: field \"points\": a number field is compared with a number, not with the text \"2\"\nfilter: or[0].and[0]: field \"points\": a number field is compared with a number, not with the bool true"},
	{"very many wrong values", inGo(filter.Field("points").In("a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", 5, "a")),
		strings.Repeat("or[0].and[0]: field \"points\": a number field is compared with a number, not with the text \"a\"\nfilter: ", 10) + `or[0].and[0]: field "points": and 2 more values are wrong`},
	{"misspelt option", text(`plan = "Prro"`), `or[0].and[0]: field "plan": "Prro" is not a declared option, did you mean "Pro"?`},
	{"misspelt options", inGo(filter.Field("langs").HasAll("germna", "Klingon")), "or[0].and[0]: field \"langs\": \"germna\" is not a declared option, did you mean \"german\"?\nfilter: or[0].and[0]: field \"langs\": \"Klingon\" is not a declared option"},
	{"text without quotes", text(`city = Bern`), `line 1, column 8: expected a value, found "Bern"; a text stands in quotes`},
	{"text without quotes", text(`city like B%`), `line 1, column 11: expected a text, found "B"; a text stands in quotes`},
	{"open quote", text("city = \"Bern\nor a = 1"), `line 2, column 9: expected a closing ", found the end of the text; it was opened at line 1, column 8`},
	{"no value", text(`points =`), `line 1, column 9: expected a value, found the end of the text`},
	{"no value", inJSON(`"field":"points","op":"="`), `or[0].and[0]: expected the key "value" beside the operator "=", found none`},
	{"no value", inGo(filter.NewCondition("points", filter.Equal)), `or[0].and[0]: field "points": "=" takes 1 values, not 0`},
	{"null", inJSON(`"field":"points","op":"=","value":null`), `or[0].and[0].value: expected a value, found null`},
	{"nil", inGo(filter.Field("points").Equals(nil)), `or[0].and[0]: field "points": a value cannot be a <nil>`},
	{"strange Go types", inGo(filter.Field("points").In([]bool{true}, 5, struct{}{})), "or[0].and[0]: field \"points\": value 1: a value cannot be a []bool\nfilter: or[0].and[0]: field \"points\": value 3: a value cannot be a struct {}"},
	{"empty text", text(`city = ""`), `line 1, column 8: expected a text that is not empty, found ""; ` + useIsEmpty},
	{"empty text", inJSON(`"field":"city","op":"=","value":""`), `or[0].and[0].value: expected a text that is not empty, found ""; ` + useIsEmpty},
	{"empty text", inGo(filter.Field("city").Equals("")), `or[0].and[0]: field "city": the text is empty; ` + useIsEmpty},
	{"empty list", text(`points in ()`), `line 1, column 12: expected a value, found ")"`},
	{"empty list", inJSON(`"field":"points","op":"in","values":[]`), `or[0].and[0].values: expected a list of values, found an empty list; it needs a value`},
	{"empty list", inGo(filter.Field("points").In()), `or[0].and[0]: field "points": "in" needs a list of at least one value`},
	{"value for a list", text(`points in 5`), `line 1, column 11: expected "(", found the number 5`},
	{"value for a list", inJSON(`"field":"points","op":"in","value":5`), `or[0].and[0]: expected the key "values" beside the operator "in", found none`},
	{"comma too much", text(`points in (5,)`), `line 1, column 14: expected a value, found ")"`},
	{"comma missing", text(`points in (5 6)`), `line 1, column 14: expected "," or ")", found the number 6`},
	{"range without an end", text(`points between 1`), `line 1, column 17: expected "and", found the end of the text`},
	{"range with a misspelt and", text(`points between 1 adn 2`), `line 1, column 18: expected "and", found "adn"; did you mean "and"?`},
	{"range of three", inJSON(`"field":"points","op":"between","values":[1,2,3]`), `or[0].and[0].values: expected a list of 2 beside the operator "between", found one of 3`},
	{"number beyond float64", text(`points = 12345678901234567`), `line 1, column 10: expected a number that float64 holds exactly, found "12345678901234567"; ` + tooExact},
	{"number beyond float64", inJSON(`"field":"points","op":"=","value":12345678901234567`), `or[0].and[0].value: expected a number that float64 holds exactly, found 12345678901234567; ` + tooExact},
	{"number beyond float64", inGo(filter.Field("points").Equals(12345678901234567)), `or[0].and[0]: field "points": 12345678901234567 is not a number that float64 holds exactly; ` + tooExact},
	{"number too large", text(`points = 1e999`), `line 1, column 10: expected a number within the range of float64, found "1e999"`},
	{"no number", inGo(filter.Field("points").Equals(math.NaN())), `or[0].and[0]: field "points": NaN is not a number that a filter can hold`},
	{"number written otherwise", text(`points = 1.2.3`), `line 1, column 10: expected a number, found "1.2.3"; a number is written like 12, -0.5 or 1.5e3`},
	{"number without a zero", text(`points = .5`), `line 1, column 10: expected a value, found "."`},
	{"no such day", text(`born = 2026-02-30`), `line 1, column 8: expected a date or a datetime, found "2026-02-30"; there is no such day`},
	{"no such day", inJSON(`"field":"born","op":"=","value":{"date":"2026-02-30"}`), `or[0].and[0].value.date: expected a date, found "2026-02-30"; there is no such day`},
	{"no such day", inGo(filter.Field("born").Equals(filter.Date(2026, 2, 30))), `or[0].and[0]: field "born": there is no day 2026-02-30 between the years 0000 and 9999`},
	{"no such time", text(`seen = 2026-02-28T25:00:00Z`), `line 1, column 8: expected a date or a datetime, found "2026-02-28T25:00:00Z"; there is no such time of day`},
	{"misspelt key of a value", inJSON(`"field":"born","op":"=","value":{"dat":"2026-02-03"}`), `or[0].and[0].value: expected the key "date", "datetime", "time", "relative", "window" or "weekday", found the key "dat"; did you mean "date"?`},
	{"wrong expression", text(`city matches "("`), "or[0].and[0]: field \"city\": the regular expression is wrong: error parsing regexp: missing closing ): `(`"},
	{"text that is no UTF-8", text("city = \"\xff\""), `line 1, column 9: expected valid UTF-8, found byte 0xff`},
	{"text that is no UTF-8", inGo(filter.Field("city").Equals("\xff")), `or[0].and[0]: field "city": text "\xff" is not valid UTF-8`},
	{"pattern that is no text", text(`city like 5`), `line 1, column 11: expected a text, found the number 5`},
	{"pattern that is no text", inJSON(`"field":"city","op":"like","value":5`), `or[0].and[0].value: expected a text, found the number 5`},
	{"pattern that is no text", inGo(filter.NewCondition("city", filter.Like, filter.Number(5))), `or[0].and[0]: field "city": "like" takes a text, not the number 5`},

	// Dates that depend on the time, windows, anniversaries and parts.
	{"misspelt relative date", text(`born = todya`), `line 1, column 8: expected a value, found "todya"; did you mean "today"?`},
	{"misspelt relative date", text(`born is tomorow`), `line 1, column 9: expected "empty", "not empty" or the day of an anniversary, such as today, found "tomorow"; did you mean "tomorrow"?`},
	{"misspelt relative date", inJSON(`"field":"born","op":"=","value":{"relative":"todya"}`), `or[0].and[0].value.relative: expected a relative date, found "todya"; did you mean "today"?`},
	{"misspelt relative date", inGo(filter.Field("born").Equals(filter.Relative("todya"))), `or[0].and[0]: field "born": "todya" is not a relative date: expected a value, found "todya"; did you mean "today"?`},
	{"misspelt unit", text(`seen > 3 dyas ago`), `line 1, column 10: expected a unit of time such as days, found "dyas"; did you mean "days"?`},
	{"no unit", text(`seen > 3 ago`), `line 1, column 10: expected "and", "or" or the end of the text, found "ago"`},
	{"is for text", text(`city is Bern`), `line 1, column 9: expected "empty", "not empty" or the day of an anniversary, such as today, found "Bern"; values are compared with = and !=`},
	{"is for a text in quotes", text(`city is "Bern"`), `line 1, column 9: expected "empty", "not empty" or the day of an anniversary, such as today, found the text "Bern"; values are compared with = and !=`},
	{"is for a date", text(`born is 2026-11-24`), `line 1, column 9: expected "empty", "not empty" or the day of an anniversary, such as today, found the date 2026-11-24; ` + compareWith},
	{"relative instant for a date", text(`born > now`), `or[0].and[0]: field "born": a date field is compared with a date such as 2026-11-24 or today, not with the relative datetime now`},
	{"relative date for a number", text(`points > today`), `or[0].and[0]: field "points": a number field is compared with a number, not with the relative date today`},
	{"misspelt within", text(`seen wihtin the last 7 days`), `line 1, column 6: expected an operator, found "wihtin"; did you mean "within"?`},
	{"window without the", text(`seen within last 7 days`), `line 1, column 13: expected "the", found "last"; did you mean "the last"?`},
	{"window of a misspelt unit", text(`seen within the last 7 dyas`), `line 1, column 24: expected a unit of time such as days, found "dyas"; did you mean "days"?`},
	{"window that does not fit", text(`points within the last 7 days`), `or[0].and[0]: field "points": "within" does not fit a number field; it takes =, <, <=, >, >=, between, in, is empty`},
	{"window of hours for a date", text(`born within the last 7 hours`), `or[0].and[0]: field "born": a date has no time of day; its window counts days or more, not hours`},
	{"date for a window", inJSON(`"field":"seen","op":"within","value":{"date":"2026-11-24"}`), `or[0].and[0].value: expected what the operator "within" takes, found the date 2026-11-24; "within" takes a window such as the last 7 days, not the date 2026-11-24`},
	{"date for a window", inGo(filter.Field("seen").Condition(filter.Within, filter.Date(2026, 11, 24))), `or[0].and[0]: field "seen": "within" takes a window such as the last 7 days, not the date 2026-11-24`},
	{"window for a date", inGo(filter.Field("seen").Equals(filter.Window("the last 7 days"))), `or[0].and[0]: field "seen": "=" takes no window; "within" does`},
	{"anniversary of hours", inGo(filter.Field("seen").Condition(filter.Anniversary, filter.Window("the last 7 hours"))), `or[0].and[0]: field "seen": an anniversary lasts a day; its window counts days or more, not hours`},
	{"anniversary of a text", text(`city is today`), `or[0].and[0]: field "city": "is" does not fit a text field; it takes =, in, like, contains, starts with, ends with, matches, is empty`},
	{"misspelt part", text(`motnh of born = 3`), `line 1, column 1: expected a part of a date ("year", "month", "day", "weekday" or "hour") in front of "of", found "motnh"; did you mean "month"?`},
	{"misspelt part", inJSON(`"field":"born","part":"motnh","op":"=","value":3`), `or[0].and[0].part: expected "year", "month", "day", "weekday" or "hour", found the text "motnh"; did you mean "month"?`},
	{"part of a number", text(`month of points = 3`), `or[0].and[0]: field "points": a number field has no month; a date or a datetime has`},
	{"hour of a date", text(`hour of born = 3`), `or[0].and[0]: field "born": a date field has no hour; a datetime has`},
	{"part out of range", text(`month of born in (1, 13)`), `or[0].and[0]: field "born": the month is compared with a whole number from 1 to 12, not with the number 13`},
	{"part that is a text", text(`month of born = "March"`), `or[0].and[0]: field "born": the month is compared with a whole number from 1 to 12, not with the text "March"`},
	{"part that is a name", text(`month of born = march`), `line 1, column 17: expected a value, found "march"; months are numbers, 1 to 12`},
	{"weekday that is a number", text(`weekday of born = 1`), `or[0].and[0]: field "born": the weekday is compared with a day such as monday, not with the number 1`},
	{"misspelt weekday", text(`weekday of born = mondya`), `line 1, column 19: expected a value, found "mondya"; did you mean "monday"?`},
	{"operator that does not fit a part", text(`weekday of born < friday`), `or[0].and[0]: field "born": "<" does not fit the weekday; it takes =, in`},
	{"operator that does not fit a part", text(`month of born is empty`), `or[0].and[0]: field "born": "is empty" does not fit the month; it takes =, <, <=, >, >=, between, in`},
	{"domain of a text", text(`city.domain = "x"`), `or[0].and[0]: field "city.domain": field "city" has no domain: it is not declared as one of e-mail addresses`},
	{"domain of a number", text(`points.domain = "x"`), `or[0].and[0]: field "points.domain": a number field has no domain; a text field of e-mail addresses has`},
	{"misspelt domain", text(`mail.domian = "x"`), `or[0].and[0]: field "mail.domian": there is no such field, did you mean "mail.domain"?`},
	{"domain of a domain", text(`mail.domain.domain = "x"`), `or[0].and[0]: field "mail.domain.domain": there is no such field`},
	{"range of a domain", text(`mail.domain > "x"`), `or[0].and[0]: field "mail.domain": ">" does not fit a text field; ` + mostText},
	{"empty domain", text(`mail.domain = ""`), `line 1, column 15: expected a text that is not empty, found ""; ` + useIsEmpty},
	{"expression on a domain", text(`mail.domain matches "("`), "or[0].and[0]: field \"mail.domain\": the regular expression is wrong: error parsing regexp: missing closing ): `(`"},
	{"time of day of one digit", text(`opens = 9:5`), `line 1, column 9: expected a time of day, found "9:5"; did you mean 09:05?`},
	{"time of day behind the day", text(`opens < 24:00`), `line 1, column 9: expected a time of day, found "24:00"; a day ends at 23:59:59, and its midnight is 00:00`},
	{"no such minute", text(`opens in (09:30, 09:60)`), `line 1, column 18: expected a time of day, found "09:60"; hours go to 23, minutes and seconds to 59`},
	{"parts of a second", text(`opens = 09:30:15.250`), `line 1, column 9: expected a time of day, found "09:30:15.250"; it is written like 09:30 or 09:30:15`},
	{"time of day in Go", inGo(filter.Field("opens").Equals(filter.TimeOfDay(9, 60, 0))), `or[0].and[0]: field "opens": there is no time of day 09:60:00`},
	{"text for a time of day", text(`opens = "09:30"`), `or[0].and[0]: field "opens": a time of day field is compared with a time of day such as 09:30, not with the text "09:30"; without quotes it is a time of day, in JSON {"time":"09:30"}`},
	{"text for a date", inJSON(`"field":"born","op":"=","value":"2026-11-24"`), `or[0].and[0]: field "born": a date field is compared with a date such as 2026-11-24 or today, not with the text "2026-11-24"; without quotes it is a date, in JSON {"date":"2026-11-24"}`},
	{"text for a relative date", text(`seen > "3 days ago"`), `or[0].and[0]: field "seen": a datetime field is compared with a date or a datetime such as 2026-11-24T10:00:00Z, today or -36 hours, not with the text "3 days ago"; without quotes it is a relative date, in JSON {"relative":"3 days ago"}`},
	{"text that no date is meant by", text(`born in ("24.11.2026", "-36 hours")`), "or[0].and[0]: field \"born\": a date field is compared with a date such as 2026-11-24 or today, not with the text \"24.11.2026\"\nfilter: or[0].and[0]: field \"born\": a date field is compared with a date such as 2026-11-24 or today, not with the text \"-36 hours\""},
	{"time of day for a datetime", text(`seen > 09:30`), `or[0].and[0]: field "seen": a datetime field is compared with a date or a datetime such as 2026-11-24T10:00:00Z, today or -36 hours, not with the time of day 09:30`},
	{"time of day for a number", text(`points = 09:30`), `or[0].and[0]: field "points": a number field is compared with a number, not with the time of day 09:30`},
	{"pattern on a time of day", text(`opens like "09%"`), `or[0].and[0]: field "opens": "like" does not fit a time of day field; it takes =, <, <=, >, >=, between, in, is empty`},
	{"relative time of day", text(`opens = now`), `or[0].and[0]: field "opens": a time of day field is compared with a time of day such as 09:30, not with the relative datetime now`},
	{"part of a time of day", text(`hour of opens = 9`), `or[0].and[0]: field "opens": a time of day field has no hour; it is compared with a time of day such as 09:30`},
	{"weekday for a date", text(`born = monday`), `or[0].and[0]: field "born": a date field is compared with a date such as 2026-11-24 or today, not with the weekday monday; a day of a week is written monday this week`},

	// Zones.
	{"unknown zone", text(`seen = today in zone "Europe/Zürich"`), `zone: there is no time zone "Europe/Zürich", did you mean "Europe/Zurich"?`},
	{"zone of an unknown field", text(`seen = today in zone of ctiy`), `zone: field "ctiy": there is no such field, did you mean "city"?`},
	{"zone of a number", text(`seen = today in zone of points`), `zone: field "points": a time zone is the value of a text field, not of a number field`},
	{"zone of a field not for segments", text(`seen = today in zone of notes`), `zone: field "notes": the field is not available for segments`},
	{"misspelt zone", text(`seen = today in zoen "UTC"`), `line 1, column 17: expected "zone", found "zoen"; did you mean "zone"?`},
	{"misspelt key of a zone", wholeJSON(`{"zoen":"UTC","or":[]}`), `expected the key "or", "zone" or "zoneOf", found the key "zoen"; did you mean "zone"?`},
	{"unknown zone", wholeJSON(`{"zone":"Nowhere","or":[{"and":[{"field":"city","op":"is empty"}]}]}`), `zone: there is no time zone "Nowhere"; names are like Europe/Zurich`},

	// Segments.
	{"misspelt segment", text(`in segment vpi`), `or[0].and[0]: there is no segment "vpi"`}, // who resolves them suggests
	{"several misspelt segments", inGo(filter.MemberOfAny("vip", "x", "y")), "or[0].and[0]: there is no segment \"x\"\nfilter: or[0].and[0]: there is no segment \"y\""},
	{"misspelt word", text(`in segmnt vip`), `line 1, column 4: expected "segment", "any segment" or "all segments", found "segmnt"; did you mean "segment"?`},
	{"no segment", text(`in segment`), `line 1, column 11: expected a segment, found the end of the text`},
	{"no segment", inJSON(`"op":"in segment"`), `or[0].and[0]: expected the key "segments" beside the operator "in segment", found none`},
	{"no segment", inGo(filter.MemberOfAll()), `or[0].and[0]: "in all segments" needs a list of at least one value`},
	{"empty segment", inGo(filter.MemberOf("")), `or[0].and[0]: the reference to a segment is empty`},

	// What holds conditions together.
	{"nothing", text(``), `line 1, column 1: expected a condition, found the end of the text`},
	{"nothing", wholeJSON(`{}`), `expected the key "or", found none`},
	{"nothing", inGo(filter.Or()), `or[0].and[0]: a filter needs at least one group`},
	{"nothing", inGo(nil), `or[0].and[0]: a term is nil`},
	{"empty group", wholeJSON(`{"or":[{"and":[]}]}`), `or[0].and: expected a list of conditions, found an empty list; it needs a condition`},
	{"empty group", inGo(filter.And()), `or[0].and[0]: a group needs at least one condition`},
	{"empty parentheses", text(`()`), `line 1, column 2: expected a condition, found ")"`},
	{"zero condition", inGo(filter.And(filter.Condition{}, filter.Field("city").IsEmpty())), `or[0].and[0]: the zero Condition is no condition`},
	{"misspelt and", text(`points = 1 adn points = 2`), `line 1, column 12: expected "and", "or" or the end of the text, found "adn"; did you mean "and"?`},
	{"and of elsewhere", text(`points = 1 && points = 2`), `line 1, column 12: expected "and", "or" or the end of the text, found "&"; did you mean "and"?`},
	{"missing and", text(`points = 1 points = 2`), `line 1, column 12: expected "and", "or" or the end of the text, found "points"`},
	{"and at the end", text(`points = 1 and`), `line 1, column 15: expected a condition, found the end of the text`},
	{"open parenthesis", text(`(points = 1`), `line 1, column 12: expected "and", "or" or ")", found the end of the text`},
	{"closed parenthesis", text(`points = 1)`), `line 1, column 11: expected "and", "or" or the end of the text, found ")"`},
	{"misspelt key", wholeJSON(`{"ro":[]}`), `expected the key "or", "zone" or "zoneOf", found the key "ro"; did you mean "or"?`},
	{"misspelt key", inJSON(`"feild":"city","op":"is empty"`), `or[0].and[0]: expected "field", "part", "op", "value", "values", "segments", "not", "or", "any", "did", "first", "last" or "of", found the key "feild"; did you mean "field"?`},
	{"key too much", inJSON(`"field":"city","op":"is empty","value":5`), `or[0].and[0]: expected only keys that the operator "is empty" takes, found the key "value"`},
	{"key twice", inJSON(`"field":"city","field":"city","op":"is empty"`), `or[0].and[0]: expected each key once, found the key "field" again`},
	{"not that is no bool", inJSON(`"field":"city","op":"is empty","not":"no"`), `or[0].and[0].not: expected true or false, found the text "no"`},
	{"a list for a filter", wholeJSON(`[]`), `expected an object with "or", or null, found a list`},
	{"JSON that is none", wholeJSON(`{"or":[{"and":[{]}`), `or[0].and[0]: byte 16: invalid character ']'`},
	{"everything at once", text(`ctiy = "x" and points = 5 or not (points = "5" or plan in ("Free", "Proo")) and city < "x"`),
		"or[0].and[0]: field \"ctiy\": there is no such field, did you mean \"city\"?\n" +
			"filter: or[1].and[0].or[0].and[0]: field \"points\": a number field is compared with a number, not with the text \"5\"\n" +
			"filter: or[1].and[0].or[1].and[0]: field \"plan\": \"Proo\" is not a declared option, did you mean \"Pro\"?\n" +
			"filter: or[1].and[1]: field \"city\": \"<\" does not fit a text field; " + mostText},
	{"everything at once", inGo(filter.And(filter.Field("").Equals(""), filter.Or(filter.MemberOf(""), filter.Field("a").In()), nil)),
		"or[0].and[0]: the field has no name\nfilter: or[0].and[0]: the text is empty; " + useIsEmpty +
			"\nfilter: or[0].and[1].or[0].and[0]: the reference to a segment is empty\nfilter: or[0].and[1].or[1].and[0]: field \"a\": \"in\" needs a list of at least one value\nfilter: or[0].and[2]: a term is nil"},
}

func TestBadInput(t *testing.T) {
	for _, c := range bad {
		f, err := c.in()
		made := err == nil
		if made {
			err = filter.Check(f, badSchema, &members{known: []string{"vip"}})
		} else {
			require.True(t, f.IsZero(), c.what)
		}
		assert.EqualError(t, err, "filter: "+c.want, c.what)
		var inText *filter.ParseError
		var inJSON *filter.JSONError
		var inCondition *filter.ConditionError
		var inZone *filter.ZoneError
		require.True(t, errors.As(err, &inZone) || errors.As(err, &inText) || errors.As(err, &inJSON) || errors.As(err, &inCondition), "%s: %v", c.what, err)
		if made {
			_, again := filter.Compile(f, badSchema, &filter.CompileOptions{Segments: &members{known: []string{"vip"}}})
			require.EqualError(t, again, err.Error())
		}
	}
}

// Two letters that have changed places in any word of an operator are recognised.
func TestMisspeltOperatorsAreRecognised(t *testing.T) {
	for _, c := range [][2]string{
		{"between", "between"}, {"like", "like"}, {"contains", "contains"}, {"matches", "matches"}, {"within", "within"}, {"starts", "starts with"}, {"ends", "ends with"}, {"lacks", "lacks any"},
	} {
		for i := range len(c[0]) - 1 {
			word := c[0][:i] + string(c[0][i+1]) + string(c[0][i]) + c[0][i+2:]
			if word == c[0] {
				continue
			}
			_, err := filter.Parse("city " + word + ` "x"`)
			require.ErrorContains(t, err, fmt.Sprintf("found %q; did you mean %q?", word, c[1]))
		}
	}
	for op := filter.Equal; op <= filter.InAllSegments; op++ {
		word := op.String()
		if len(word) < 4 {
			continue
		}
		for i := range len(word) - 1 {
			if word[i] == word[i+1] {
				continue
			}
			swapped := word[:i] + string(word[i+1]) + string(word[i]) + word[i+2:]
			data, err := json.Marshal(map[string]any{"or": []any{map[string]any{"and": []any{map[string]any{"field": "city", "op": swapped}}}}})
			require.NoError(t, err)
			_, err = wholeJSON(string(data))()
			require.ErrorContains(t, err, fmt.Sprintf("did you mean %q?", word), swapped)
		}
	}
}
