package filter_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/filter"
)

// badBehaviour is every way to be wrong in the text of a term on behaviour, with the
// place and what is said there.
var badBehaviour = []struct {
	text   string
	offset int
	want   string
}{
	{`did`, 0, `expected a condition, found "did"; a reserved word is a name only in backticks`},
	{`did = 1`, 0, `expected a condition, found "did"; a reserved word is a name only in backticks`},
	{`did not login`, 8, `expected "do", found "login"`},
	{`did 5`, 0, `expected a condition, found "did"; a reserved word is a name only in backticks`},
	{`never login`, 6, `expected "did", found "login"`},
	{`never did`, 9, `expected the type of an event, found the end of the text`},
	{`never did and a = 1`, 10, `expected the type of an event, found "and"; a reserved word is a name only in backticks`},
	{`first purchase`, 14, `expected when it was, such as "before", "since" or "in the last 7 days", found the end of the text`},
	{`last x = 1`, 7, `expected when it was, such as "before", "since" or "in the last 7 days", found "="`},
	{`did and`, 4, `expected the type of an event, found "and"; a reserved word is a name only in backticks`},
	{`did x wher (a = 1)`, 6, `expected "and", "or" or the end of what is said of the events, found "wher"; did you mean "where"?`},
	{`did x where a = 1`, 12, `expected "(", found "a"`},
	{`did x where ()`, 13, `expected a condition, found ")"`},
	{`did x where (a = 1`, 18, `expected "and", "or" or ")", found the end of the text`},
	{`did x at leats 3 times`, 9, `expected "least" or "most", found "leats"; did you mean "least"?`},
	{`did x at least three times`, 15, `expected a whole number, found "three"`},
	{`did x at least 0 times`, 15, "expected a whole number from 1 to 1000000000, found \"0\"; at least 0 holds for every contact; who did not is found by `never did`"},
	{`did x -1 times`, 6, `expected a whole number from 1 to 1000000000, found "-1"`},
	{`did x at most -1 times`, 14, `expected a whole number from 0 to 999999999, found "-1"`},
	{`did x at least 2.5 times`, 15, `expected a whole number from 1 to 1000000000, found "2.5"`},
	{`did x at least 1e3 times`, 15, `expected a whole number from 1 to 1000000000, found "1e3"`},
	{`did x exactly`, 13, `expected a whole number, found the end of the text`},
	{`did x 3`, 7, `expected "times", found the end of the text`},
	{`did x 3 tmes`, 8, `expected "times", found "tmes"; did you mean "times"?`},
	{`did x at least 1000000001 times`, 15, `expected a whole number from 1 to 1000000000, found "1000000001"`},
	{`did x at most 1000000000 times`, 14, `expected a whole number from 0 to 999999999, found "1000000000"`},
	{`did x 12abc times`, 6, `expected a whole number from 1 to 1000000000, found "12abc"`},
	{`did x on 3 days`, 11, `expected "different", found "days"`},
	{`did x on at least 3 days`, 20, `expected "different", found "days"`},
	{`did x on 3 different dys`, 21, `expected "days", found "dys"; did you mean "days"?`},
	{`did x with 2 url`, 13, `expected "different", found "url"`},
	{`did x with 2 different`, 22, `expected an attribute, found the end of the text`},
	{`did x with 2 different last`, 23, `expected an attribute, found "last"; a reserved word is a name only in backticks`},
	{`did x 3 times on 2 different days`, 14, `expected "and" or "or", found "on"; events are counted in one way at a time`},
	{`did x in the next 7 days`, 9, `expected "the last" and a number of units, found "the next"; an event counts from its own time on: a period does not lie in the future`},
	{`did x in the last 7 dys`, 20, `expected a unit of time such as days, found "dys"; did you mean "days"?`},
	{`did x in the last 10000 years`, 18, `expected at most 9999 years, found "10000"`},
	{`did x in 7 days`, 9, `expected "the last" and a number of units, found the number 7`},
	{`did x since`, 11, `expected a value, found the end of the text`},
	{`did x since 5`, 12, `expected a date or a datetime, fixed or relative, found the number 5`},
	{`did x since monday`, 12, `expected a date or a datetime, fixed or relative, found the weekday monday`},
	{`did x since 2026-02-30`, 12, `expected a date or a datetime, found "2026-02-30"; there is no such day`},
	{`did x from today`, 16, `expected "to", found the end of the text`},
	{`did x from today until tomorrow`, 17, `expected "to", found "until"`},
	{`did x since today before tomorrow`, 18, `expected "and", "or" or the end of what is said of the events, found "before"; events lie in one period, such as from 2026-01-01 to today`},
	{`did x on 09:30`, 9, `expected a date or a datetime, fixed or relative, found the time of day 09:30`},
	{`did x sicne today`, 6, `expected "and", "or" or the end of what is said of the events, found "sicne"; did you mean "since"?`},
	{`did x since last munth`, 17, `expected "day of", "week", "month", "quarter" or "year", found "munth"; did you mean "month"?`},
	{`sum of amount`, 13, `expected "of", found the end of the text`},
	{`sum of amount of`, 16, `expected the type of an event, found the end of the text`},
	{`sum of amount of purchase > "x"`, 26, `expected a comparison with a number, found "> \"x\""; the sum is compared with a number, not with the text "x"`},
	{`sum of amount of purchase contains "x"`, 26, `expected a comparison with a number, found "contains \"x\""; "contains" does not fit a number; it takes =, <, <=, >, >=, between, in`},
	{`sum of amount of purchase is empty`, 26, `expected a comparison with a number, found "is empty"; "is empty" does not fit a number; it takes =, <, <=, >, >=, between, in`},
	{`summ of amount of purchase > 5`, 0, `expected a part of a date ("year", "month", "day", "weekday" or "hour") in front of "of", found "summ"; did you mean "sum"?`},
	{`url of lsat page.hit = "x"`, 7, `expected "first" or "last", found "lsat"; did you mean "last"?`},
	{`urls of frist page.hit = "x"`, 8, `expected "first" or "last", found "frist"; did you mean "first"?`},
	{`motnh of lasst = 3`, 0, `expected a part of a date ("year", "month", "day", "weekday" or "hour") in front of "of", found "motnh"; did you mean "month"?`},
	{`url of lists = 3`, 0, `expected a part of a date ("year", "month", "day", "weekday" or "hour") in front of "of", found "url"`},
	{`sum of "x" of y`, 7, `expected an attribute, found the text "x"`},
	{`sum of amount of first purchase > 5`, 17, `expected the type of an event, found "first"; a reserved word is a name only in backticks`},
	{`average of purchase > 5`, 20, `expected "of", found ">"`},
	{`sum of a of b = 3 in the last 7 days`, 18, `expected "and", "or" or the end of what is said of the events, found "in"; a period stands behind the type of the events`},
	{`url of last`, 11, `expected the type of an event, found the end of the text`},
	{`url of last page.hit is today`, 21, `expected a condition on an attribute, found "is today"; "is" does not fit an attribute: it is a text, a number or a bool`},
	{`url of last page.hit =`, 22, `expected a value, found the end of the text`},
	{`url of last page.hit == 1`, 21, `expected an operator, found "=="; did you mean "="?`},
	{`did a then`, 10, `expected the type of an event, found the end of the text`},
	{`did a 3 times then b`, 14, `expected "and" or "or", found "then"; the first step of a sequence is not counted`},
	{`did a then b within the last 7 days`, 20, `expected a number of units, found "the"`},
	{`did a then b within 7`, 21, `expected a unit of time such as days, found the end of the text`},
	{`did a then b within -7 days`, 20, `expected a number of units, found the number -7`},
	{`did a then b within 7 days then c`, 27, `expected "and", "or" or the end of what is said of the events, found "then"; a sequence is written did … then … within 7 days without …`},
	{`did a then b withot c`, 13, `expected "and", "or" or the end of what is said of the events, found "withot"; did you mean "without"?`},
	{`did a then b in the last 7 days`, 13, `expected "and", "or" or the end of what is said of the events, found "in"; the period of a sequence stands behind its first step`},
	{`did a then b without`, 20, `expected the type of an event, found the end of the text`},
	{`did a then did b`, 11, `expected the type of an event, found "did"; a reserved word is a name only in backticks`},
	{`did x y`, 6, `expected "and", "or" or the end of what is said of the events, found "y"; events are followed by where (…), at least 3 times, on at least 3 different days, with at least 2 different …, in the last 7 days, since, after, before, until, on, from … to …, then …`},
	{`did x where (a = 1) where (b = 1)`, 20, `expected "and", "or" or the end of what is said of the events, found "where"; events are followed by where (…), at least 3 times, on at least 3 different days, with at least 2 different …, in the last 7 days, since, after, before, until, on, from … to …, then …`},
}

func TestBadBehaviour(t *testing.T) {
	for _, c := range badBehaviour {
		_, err := filter.Parse(c.text)
		var pe *filter.ParseError
		require.ErrorAs(t, err, &pe, c.text)
		require.Equal(t, c.offset, pe.Offset, c.text)
		require.EqualError(t, err, "filter: line 1, column "+strconv.Itoa(c.offset+1)+": "+c.want, c.text)
	}
}

func TestBadBehaviourInGoAndJSON(t *testing.T) {
	e := filter.EventsOf("x")
	for i, c := range []struct {
		in   func() (filter.Filter, error)
		want string
	}{
		{inGo(filter.Behaviour{}), `filter: or[0].and[0]: the zero Behaviour is no condition`},
		{inGo(filter.EventsOf("").Did()), `filter: or[0].and[0]: an event type has a name of valid UTF-8 that is not empty`},
		{inGo(filter.EventsOf("\xff").Did()), `filter: or[0].and[0]: an event type has a name of valid UTF-8 that is not empty`},
		{inGo(e.Times(filter.AtLeast(0))), "filter: or[0].and[0]: at least 0 holds for every contact; who did not is found by `never did`"},
		{inGo(e.Times(filter.AtLeast(-1))), `filter: or[0].and[0]: at least -1 is not from 1 to 1000000000`},
		{inGo(e.Times(filter.AtMost(-1))), `filter: or[0].and[0]: at most -1 is not from 0 to 999999999`},
		{inGo(e.Times(filter.Exactly(-1))), `filter: or[0].and[0]: exactly -1 is not from 0 to 1000000000`},
		{inGo(e.Times(filter.Quantity{})), `filter: or[0].and[0]: the zero Quantity is no quantity`},
		{inGo(e.Times(filter.AtMost(1e9))), `filter: or[0].and[0]: at most 1000000000 is not from 0 to 999999999`},
		{inGo(e.First()), `filter: or[0].and[0]: "first" needs a period that the event lies in`},
		{inGo(e.When(filter.During("the next 7 days")).Did()), `filter: or[0].and[0]: an event counts from its own time on: a period does not lie in the future`},
		{inGo(e.When(filter.During("7 days")).Did()), `filter: or[0].and[0]: "7 days" is not a window: expected "the", found the number 7`},
		{inGo(e.When(filter.Since("x")).Did()), `filter: or[0].and[0]: "since" takes a date or a datetime, not the text "x"`},
		{inGo(e.When(filter.PeriodOf(filter.Like, filter.Text("x"))).Did()), `filter: or[0].and[0]: "like" is no period of time; in the last …, since, after, before, until, on and from … to … are`},
		{inGo(e.When(filter.PeriodOf(filter.Between, filter.Date(2026, 1, 1))).Did()), `filter: or[0].and[0]: "between" takes 2 values, not 1`},
		{inGo(e.When(filter.PeriodOf(filter.Within, filter.Date(2026, 1, 1))).Did()), `filter: or[0].and[0]: "within" takes a window such as the last 7 days, not the date 2026-01-01`},
		{inGo(e.Then(e.When(filter.Since(filter.Date(2026, 1, 1))), "")), `filter: or[0].and[0]: "x" has a period; in a sequence only the first step has one`},
		{inGo(e.Then(e, "a while")), `filter: or[0].and[0]: "a while" is no gap: expected a number of units, found "a"`},
		{inGo(e.Then(e, "7 days ago")), `filter: or[0].and[0]: "7 days ago" is no gap: expected the end of the text, found "ago"`},
		{inGo(e.Then(e, "\xff")), "filter: or[0].and[0]: the gap \"\\xff\" is not valid UTF-8"},
		{inGo(e.When(filter.Since(1)).Then(filter.EventsOf(""), "10000 years")), "filter: or[0].and[0]: \"10000 years\" is no gap: expected at most 9999 years, found \"10000\"\nfilter: or[0].and[0]: \"since\" takes a date or a datetime, not the number 1\nfilter: or[0].and[0]: an event type has a name of valid UTF-8 that is not empty"},
		{inGo(e.Did().Without(e)), `filter: or[0].and[0]: only a sequence has events that must not come between`},
		{inGo(e.Then(e, "").Without(e).Without(e)), `filter: or[0].and[0]: a sequence has one sort of events that must not come between`},
		{inGo(e.Sum(filter.Field("a").Contains("x"))), `filter: or[0].and[0]: "contains" does not fit a number; it takes =, <, <=, >, >=, between, in`},
		{inGo(e.Sum(filter.Field("a").Equals("x"))), `filter: or[0].and[0]: the sum is compared with a number, not with the text "x"`},
		{inGo(e.OfLast(filter.MemberOf("x"))), `filter: or[0].and[0]: "in segment" asks for segments, not for an attribute`},
		{inGo(e.OfLast(filter.Field("a").Part(filter.PartDay).Equals(1))), `filter: or[0].and[0]: an attribute has no day`},
		{inGo(e.OfLast(filter.Field("a").Within("the last 7 days"))), `filter: or[0].and[0]: "within" does not fit an attribute: it is a text, a number or a bool`},
		{inGo(e.OfLast(filter.Condition{})), `filter: or[0].and[0]: the zero Condition is no condition`},
		{inGo(e.OfLast(filter.Field("a").Equals(""))), "filter: or[0].and[0]: the text is empty; contacts without a value are found by `is empty`"},
		{inGo(e.Different("", filter.AtLeast(1))), `filter: or[0].and[0]: an attribute has a name of valid UTF-8 that is not empty`},
		{inGo(e.Where(filter.Field("").Equals(1)).Did()), `filter: or[0].and[0].where.or[0].and[0]: the field has no name`},
		{inGo(e.Where(nil).Did()), `filter: or[0].and[0].where.or[0].and[0]: a term is nil`},
		{inGo(filter.And(e.Did(), e.First())), `filter: or[0].and[1]: "first" needs a period that the event lies in`},
		{inJSON(`"did":""`), `filter: or[0].and[0].did: expected the type of an event, found the text ""`},
		{inJSON(`"did":5`), `filter: or[0].and[0].did: expected the type of an event, found the number 5`},
		{inJSON(`"did":"x","op":"="`), `filter: or[0].and[0]: expected only keys that "did" takes, found the key "op"`},
		{inJSON(`"did":"x","atLeast":0`), "filter: or[0].and[0].atLeast: expected a whole number from 1 to 1000000000, found the number 0; at least 0 holds for every contact; who did not is found by `never did`"},
		{inJSON(`"did":"x","atMost":-1`), `filter: or[0].and[0].atMost: expected a whole number from 0 to 999999999, found the number -1`},
		{inJSON(`"did":"x","exactly":1.5`), `filter: or[0].and[0].exactly: expected a whole number from 0 to 1000000000, found the number 1.5`},
		{inJSON(`"did":"x","atLeast":"3"`), `filter: or[0].and[0].atLeast: expected a whole number from 1 to 1000000000, found the text "3"`},
		{inJSON(`"did":"x","atLeast":3,"atMost":5`), `filter: or[0].and[0]: expected only keys that "did" takes, found the key "atLeast"`},
		{inJSON(`"did":"x","days":true`), `filter: or[0].and[0]: expected the key "atLeast" beside "did", found none`},
		{inJSON(`"did":"x","days":1,"atLeast":1`), `filter: or[0].and[0].days: expected true, found the number 1`},
		{inJSON(`"did":"x","different":"a"`), `filter: or[0].and[0]: expected the key "atLeast" beside "did", found none`},
		{inJSON(`"did":"x","different":"a","days":true,"atLeast":1`), `filter: or[0].and[0]: expected only keys that "did" takes, found the key "days"`},
		{inJSON(`"did":"x","where":{}`), `filter: or[0].and[0].where: expected the key "or", found none`},
		{inJSON(`"did":"x","where":{"or":[]}`), `filter: or[0].and[0].where.or: expected a list of groups, found an empty list; it needs a group`},
		{inJSON(`"did":"x","where":{"and":[]}`), `filter: or[0].and[0].where: expected the key "or", found the key "and"`},
		{inJSON(`"did":"x","where":{"or":[{"and":[{"field":"a"}]}]}`), `filter: or[0].and[0].where.or[0].and[0]: expected the key "op" of a condition, or "or" of a filter, found neither`},
		{inJSON(`"did":"x","when":{"op":"like","value":"x"}`), `filter: or[0].and[0].when.op: expected "within", ">=", ">", "<", "<=", "=" or "between", found the text "like"`},
		{inJSON(`"did":"x","when":{"op":"within","value":{"window":"the next 7 days"}}`), `filter: or[0].and[0].when.value: expected what a period takes, found the window the next 7 days; an event counts from its own time on: a period does not lie in the future`},
		{inJSON(`"did":"x","when":{"op":">=","value":5}`), `filter: or[0].and[0].when.value: expected what a period takes, found the number 5; "since" takes a date or a datetime, not the number 5`},
		{inJSON(`"did":"x","when":{"op":">="}`), `filter: or[0].and[0].when: expected the keys "op" and "value", found others`},
		{inJSON(`"did":"x","when":{"op":"between","values":[{"date":"2026-01-01"}]}`), `filter: or[0].and[0].when.values: expected what a period takes, found the date 2026-01-01; "between" takes 2 values, not 1`},
		{inJSON(`"did":"x","when":{"since":1}`), `filter: or[0].and[0].when: expected the key "op", "value" or "values", found the key "since"`},
		{inJSON(`"did":"x","when":{"op":">=","values":[{"date":"2026-01-01"}]}`), `filter: or[0].and[0].when: expected the keys "op" and "value", found others`},
		{inJSON(`"did":"x","then":{}`), `filter: or[0].and[0].then: expected the key "event", found none`},
		{inJSON(`"did":"x","then":{"event":"y","when":1}`), `filter: or[0].and[0].then: expected the key "event" or "where", found the key "when"`},
		{inJSON(`"did":"x","then":{"event":"y"},"within":"soon"`), `filter: or[0].and[0].within: expected a gap such as "7 days", found "soon"; "soon" is no gap: expected a number of units, found "soon"`},
		{inJSON(`"did":"x","then":{"event":"y"},"atLeast":3`), `filter: or[0].and[0]: expected only keys that "did" takes, found the key "atLeast"`},
		{inJSON(`"did":"x","within":"7 days"`), `filter: or[0].and[0]: expected only keys that "did" takes, found the key "within"`},
		{inJSON(`"did":"x","without":{"event":"y"}`), `filter: or[0].and[0]: expected only keys that "did" takes, found the key "without"`},
		{inJSON(`"first":"x"`), `filter: or[0].and[0]: expected the key "when" beside "first", found none`},
		{inJSON(`"first":"x","last":"y","when":{"op":">=","value":{"relative":"today"}}`), `filter: or[0].and[0]: expected only keys that "last" takes, found the key "first"`},
		{inJSON(`"last":"x","field":"a"`), `filter: or[0].and[0]: expected the key "op" beside "last", found none`},
		{inJSON(`"last":"x","op":"="`), `filter: or[0].and[0]: expected the key "field" beside "last", found none`},
		{inJSON(`"last":"x","field":"a","op":"=","value":""`), "filter: or[0].and[0].value: expected a text that is not empty, found \"\"; contacts without a value are found by `is empty`"},
		{inJSON(`"last":"x","field":"a","op":"within","value":{"window":"the last 7 days"}`), `filter: or[0].and[0].op: expected a condition that fits, found "within"; "within" does not fit an attribute: it is a text, a number or a bool`},
		{inJSON(`"last":"x","field":"a","op":"in segment","segments":["b"]`), `filter: or[0].and[0]: expected only keys that "last" takes, found the key "segments"`},
		{inJSON(`"of":"x","field":"a","op":"=","value":1`), `filter: or[0].and[0]: expected the key "aggregate" beside "of", found none`},
		{inJSON(`"of":"x","aggregate":"total","field":"a","op":"=","value":1`), `filter: or[0].and[0].aggregate: expected "sum", "average", "min", "max" or "count", found the text "total"`},
		{inJSON(`"of":"x","aggregate":"sum","field":"a","op":"=","value":"1"`), `filter: or[0].and[0].op: expected a condition that fits, found "="; the sum is compared with a number, not with the text "1"`},
		{inJSON(`"of":"x","aggregate":"sum","field":"a","op":"is empty"`), `filter: or[0].and[0].op: expected a condition that fits, found "is empty"; "is empty" does not fit a number; it takes =, <, <=, >, >=, between, in`},
		{inJSON(`"of":"x","aggregate":"sum","field":"a","op":"=","values":[1]`), `filter: or[0].and[0]: expected the key "value" beside the operator "=", found none`},
		{inJSON(`"aggregate":"sum","field":"a","op":"=","value":1`), `filter: or[0].and[0]: expected only keys that the operator "=" takes, found the key "aggregate"`},
		{inJSON(`"or":[{"and":[{"did":"x"}]}],"did":"x"`), `filter: or[0].and[0]: expected only "not" beside "or", found the key "did"`},
		{inJSON(`"did":"x","any":"company"`), `filter: or[0].and[0]: expected the key "or" beside "any", found none`},
		{inJSON(`"where":{"or":[{"and":[{"did":"x"}]}]}`), `filter: or[0].and[0]: expected the key "op" of a condition, or "or" of a filter, found neither`},
		{inJSON(`"did":"x","atleast":3`), `filter: or[0].and[0]: expected "field", "part", "op", "value", "values", "segments", "not", "or", "any", "did", "first", "last" or "of", found the key "atleast"`},
		{inJSON(`"did":"x","part":"year"`), `filter: or[0].and[0]: expected only keys that "did" takes, found the key "part"`},
		{inJSON(`"did":"x","not":"yes"`), `filter: or[0].and[0].not: expected true or false, found the text "yes"`},
	} {
		f, err := c.in()
		require.EqualError(t, err, c.want, "row %d", i)
		require.True(t, f.IsZero())
	}
}
