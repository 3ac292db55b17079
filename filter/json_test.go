package filter_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/filter"
)

func TestJSONShape(t *testing.T) {
	for _, c := range [][2]string{
		{`a = 1`, `{"or":[{"and":[{"field":"a","op":"=","value":1}]}]}`},
		{`a.b != "x" and not c < -1.5`, `{"or":[{"and":[{"field":"a.b","op":"!=","value":"x"},{"field":"c","op":"<","value":-1.5,"not":true}]}]}`},
		{`a between 2026-11-24 and 2026-11-24T10:00:00+01:00`, `{"or":[{"and":[{"field":"a","op":"between","values":[{"date":"2026-11-24"},{"datetime":"2026-11-24T09:00:00Z"}]}]}]}`},
		{`a not in (1, true) or b is not empty`, `{"or":[{"and":[{"field":"a","op":"not in","values":[1,true]}]},{"and":[{"field":"b","op":"is not empty"}]}]}`},
		{`a lacks any ("x") and b not starts with "<"`, `{"or":[{"and":[{"field":"a","op":"lacks any","values":["x"]},{"field":"b","op":"not starts with","value":"<"}]}]}`},
		{`not in segment a and in all segments ("b c")`, `{"or":[{"and":[{"op":"in segment","segments":["a"],"not":true},{"op":"in all segments","segments":["b c"]}]}]}`},
		{`a = -30 days and b within the last 36 hours and c is not in the next 1 week`, `{"or":[{"and":[{"field":"a","op":"=","value":{"relative":"-30 days"}},` +
			`{"field":"b","op":"within","value":{"window":"the last 36 hours"}},{"field":"c","op":"is not","value":{"window":"the next 1 week"}}]}]}`},
		{`weekday of a in (monday) or month of b = 3 in zone of tz else "UTC"`, `{"or":[{"and":[{"part":"weekday","field":"a","op":"in","values":[{"weekday":"monday"}]}]},` +
			`{"and":[{"part":"month","field":"b","op":"=","value":3}]}],"zone":"UTC","zoneOf":"tz"}`},
		{`not (a = 1 or b = 2)`, `{"or":[{"and":[{"or":[{"and":[{"field":"a","op":"=","value":1}]},{"and":[{"field":"b","op":"=","value":2}]}],"not":true}]}]}`},
	} {
		data, err := filter.MustParse(c[0]).MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, c[1], string(data))
	}
}

func TestJSONAccepts(t *testing.T) {
	for _, c := range [][2]string{
		{` { "or" : [ {"and":[ {"op":"=","value":1,"not":false,"field":"a"} ]} ] } `, `a = 1`},
		{`{"or":[{"and":[{"field":"a","op":"!=","value":1,"not":true}]}]}`, `a = 1`},
		{`{"or":[{"and":[{"field":"a","op":"lacks any","values":[1e2],"not":true}]}]}`, `a has all (100)`},
		{`{"or":[{"and":[{"not":true,"field":"a","op":"between","values":[-0, 1E5]}]}]}`, `a not between 0 and 100000`},
		{`{"or":[{"and":[{"or":[{"and":[{"field":"a","op":"is empty"}]}],"not":true}]}]}`, `a is not empty`},
		{`{"or":[{"and":[{"or":[{"and":[{"field":"a","op":"is empty"}]},{"and":[{"field":"b","op":"is empty"}]}]}]},{"and":[{"field":"c","op":"is empty"}]}]}`, `a is empty or b is empty or c is empty`},
		{`{"or":[{"and":[{"field":"a","op":"=","value":"\u00e9\ud83d\ude00\ufffd\\ud800"}]}]}`, `a = "é😀` + "\ufffd" + `\ud800"`},
		{`{"or":[{"and":[{"field":"a.first","op":"=","value":{"datetime":"2026-11-24T10:00:00.001-01:00"}}]}]}`, "a.`first` = 2026-11-24T11:00:00.001Z"},
	} {
		var f filter.Filter
		require.NoError(t, json.Unmarshal([]byte(c[0]), &f), c[0])
		require.Equal(t, c[1], f.String())
	}
}

// jsonErrors lists wrong JSON and the message for it.
var jsonErrors = [][2]string{
	// The outermost filter.
	{``, `byte 0: unexpected EOF`},
	{`{"or"`, `or: byte 5: unexpected EOF`},
	{`[]`, `expected an object with "or", or null, found a list`},
	{`"a = 1"`, `expected an object with "or", or null, found the text "a = 1"`},
	{`{}`, `expected the key "or", found none`},
	{`{"or":[],"not":true}`, `or: expected a list of groups, found an empty list; it needs a group`},
	{`{"not":true}`, `expected the key "or", "zone" or "zoneOf", found the key "not"`},
	{`{"or":{}}`, `or: expected a list of groups, found an object`},
	{`null null`, `expected the end of the filter, found "null"`},
	{`{"or":[{"and":[{"field":"a","op":"is empty"}]}]}]`, `expected the end of the filter, found "]"`},
	{"{\"or\":\"\xff\"}", `expected valid UTF-8, found byte 0xff`},

	// Groups and nested filters.
	{`{"or":[{"and":[{"field":"a","op":"is empty"}]},{}]}`, `or[1]: expected the key "and", found none`},
	{`{"or":[null]}`, `or[0]: expected an object with "and", found null`},
	{`{"or":[{"and":[]}]}`, `or[0].and: expected a list of conditions, found an empty list; it needs a condition`},
	{`{"or":[{"and":[5]}]}`, `or[0].and[0]: expected an object that is a condition or a filter, found the number 5`},
	{`{"or":[{"all":[]}]}`, `or[0]: expected the key "and", found the key "all"`},
	{`{"or":[{"and":[{"or":[]}]}]}`, `or[0].and[0].or: expected a list of groups, found an empty list; it needs a group`},
	{`{"or":[{"and":[{"or":[{"and":[{"field":"a","op":"is empty"}]}],"op":"="}]}]}`, `or[0].and[0]: expected only "not" beside "or", found the key "op"`},
	{`{"or":[{"and":[{"or":[{"and":[{"field":"a","op":"is empty"},{"field":"a","op":"is empty"},{"field":"b","op":"="}]}]}]}]}`,
		`or[0].and[0].or[0].and[2]: expected the key "value" beside the operator "=", found none`},
	{`{"or":[{"and":[{"field":"a","op":"is empty"}],"and":[]}]}`, `or[0]: expected each key once, found the key "and" again`},

	// Conditions.
	{`{"or":[{"and":[{}]}]}`, `or[0].and[0]: expected the key "op" of a condition, or "or" of a filter, found neither`},
	{`{"or":[{"and":[{"op":"is empty"}]}]}`, `or[0].and[0]: expected the key "field" beside the operator "is empty", found none`},
	{`{"or":[{"and":[{"field":"","op":"is empty"}]}]}`, `or[0].and[0].field: expected the name of a field, found the text ""`},
	{`{"or":[{"and":[{"field":1,"op":"is empty"}]}]}`, `or[0].and[0].field: expected the name of a field, found the number 1`},
	{`{"or":[{"and":[{"field":"a","op":true}]}]}`, `or[0].and[0].op: expected an operator, found true`},
	{`{"or":[{"and":[{"field":"a","op":"is empty","not":1}]}]}`, `or[0].and[0].not: expected true or false, found the number 1`},
	{`{"or":[{"and":[{"field":"a","op":"is empty","value":1}]}]}`, `or[0].and[0]: expected only keys that the operator "is empty" takes, found the key "value"`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":1,"values":[2]}]}]}`, `or[0].and[0]: expected only keys that the operator "=" takes, found the key "values"`},
	{`{"or":[{"and":[{"field":"a","op":"in","value":1}]}]}`, `or[0].and[0]: expected the key "values" beside the operator "in", found none`},
	{`{"or":[{"and":[{"field":"a","op":"in","values":1}]}]}`, `or[0].and[0].values: expected a list of values, found the number 1`},
	{`{"or":[{"and":[{"field":"a","op":"in","values":[]}]}]}`, `or[0].and[0].values: expected a list of values, found an empty list; it needs a value`},
	{`{"or":[{"and":[{"field":"a","op":"between","values":[1,2,3]}]}]}`, `or[0].and[0].values: expected a list of 2 beside the operator "between", found one of 3`},
	{`{"or":[{"and":[{"field":"a","op":"in segment","segments":["x"]}]}]}`, `or[0].and[0]: expected only keys that the operator "in segment" takes, found the key "field"`},
	{`{"or":[{"and":[{"op":"in segment","segments":["x","y"]}]}]}`, `or[0].and[0].segments: expected a list of 1 beside the operator "in segment", found one of 2`},
	{`{"or":[{"and":[{"op":"in any segment","segments":["x",""]}]}]}`, `or[0].and[0].segments[1]: expected a segment, found the text ""`},
	{`{"or":[{"and":[{"field":"a","op":"is empty","extra":{"x":[1]}}]}]}`, `or[0].and[0]: expected "field", "part", "op", "value", "values", "segments", "not", "or", "any", "did", "first", "last" or "of", found the key "extra"`},
	{`{"or":[{"and":[{"field":"a","op":"=","op":"!="}]}]}`, `or[0].and[0]: expected each key once, found the key "op" again`},

	// Values.
	{`{"or":[{"and":[{"field":"a","op":"=","value":null}]}]}`, `or[0].and[0].value: expected a value, found null`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":[1]}]}]}`, `or[0].and[0].value: expected a value, found a list`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":""}]}]}`, "or[0].and[0].value: expected a text that is not empty, found \"\"; contacts without a value are found by `is empty`"},
	{`{"or":[{"and":[{"field":"a","op":"like","value":5}]}]}`, `or[0].and[0].value: expected a text, found the number 5`},
	{`{"or":[{"and":[{"field":"a","op":"in","values":[1,9007199254740993]}]}]}`,
		`or[0].and[0].values[1]: expected a number that float64 holds exactly, found 9007199254740993; keep such numbers in an exact text field and write them as text`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":1e999}]}]}`, `or[0].and[0].value: expected a number within the range of float64, found 1e999`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":01}]}]}`, `or[0].and[0]: byte 46: invalid character '1' after object key:value pair`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":NaN}]}]}`, `or[0].and[0].value: byte 45: invalid character 'N' looking for beginning of value`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":"x\ud83dy"}]}]}`, `or[0].and[0].value: expected a text of valid Unicode, found half of a surrogate pair`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":"\ude00\ud83d"}]}]}`, `or[0].and[0].value: expected a text of valid Unicode, found half of a surrogate pair`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{}}]}]}`, `or[0].and[0].value: expected the key "date", "datetime", "time", "relative", "window" or "weekday", found none`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"hour":"10:00"}}]}]}`, `or[0].and[0].value: expected the key "date", "datetime", "time", "relative", "window" or "weekday", found the key "hour"`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"time":"24:00"}}]}]}`, `or[0].and[0].value.time: expected a time of day, found "24:00"; a day ends at 23:59:59, and its midnight is 00:00`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"time":"9:5"}}]}]}`, `or[0].and[0].value.time: expected a time of day, found "9:5"; did you mean 09:05?`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"time":930}}]}]}`, `or[0].and[0].value.time: expected a time of day as a text, found the number 930`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"relative":"-30 dys"}}]}]}`, `or[0].and[0].value.relative: expected a relative date, found "-30 dys"; expected a unit of time such as days, found "dys"; did you mean "days"?`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"relative":"today "}}]}]} x`, `expected the end of the filter, found "x"`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"relative":"5"}}]}]}`, `or[0].and[0].value.relative: expected a relative date, found the number 5`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"relative":""}}]}]}`, `or[0].and[0].value.relative: expected a relative date, found ""`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"relative":"todya"}}]}]}`, `or[0].and[0].value.relative: expected a relative date, found "todya"; did you mean "today"?`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"relative":"today or b = 1"}}]}]}`, `or[0].and[0].value.relative: expected a relative date, found "today or b = 1"; expected the end of the text, found "or"`},
	{`{"or":[{"and":[{"field":"a","op":"within","value":{"window":"last 7 days"}}]}]}`, `or[0].and[0].value.window: expected a window, found "last 7 days"; expected "the", found "last"; did you mean "the last"?`},
	{`{"or":[{"and":[{"field":"a","op":"within","value":{"relative":"today"}}]}]}`, `or[0].and[0].value: expected what the operator "within" takes, found the relative date today; "within" takes a window such as the last 7 days, not the relative date today`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"window":"the last 7 days"}}]}]}`, `or[0].and[0].value: expected what the operator "=" takes, found the window the last 7 days; "=" takes no window; "within" does`},
	{`{"or":[{"and":[{"field":"a","op":"is","value":{"window":"the last 7 hours"}}]}]}`, `or[0].and[0].value: expected what the operator "is" takes, found the window the last 7 hours; an anniversary lasts a day; its window counts days or more, not hours`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"weekday":"tomorrow"}}]}]}`, `or[0].and[0].value.weekday: expected a weekday, found the relative date tomorrow`},
	{`{"or":[{"and":[{"part":"century","field":"a","op":"=","value":1}]}]}`, `or[0].and[0].part: expected "year", "month", "day", "weekday" or "hour", found the text "century"`},
	{`{"or":[{"and":[{"part":"month","op":"in segment","segments":["x"]}]}]}`, `or[0].and[0]: expected only keys that the operator "in segment" takes, found the key "part"`},
	{`{"zone":5}`, `zone: expected a time zone such as Europe/Zurich, found the number 5`},
	{`{"or":[{"and":[{"or":[{"and":[{"field":"a","op":"is empty"}]}],"zone":"UTC"}]}]}`, `or[0].and[0]: expected "field", "part", "op", "value", "values", "segments", "not", "or", "any", "did", "first", "last" or "of", found the key "zone"`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"date":20261124}}]}]}`, `or[0].and[0].value.date: expected a date as a text, found the number 20261124`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"date":"2026-02-30"}}]}]}`, `or[0].and[0].value.date: expected a date, found "2026-02-30"; there is no such day`},
	{`{"or":[{"and":[{"field":"a","op":"=","value":{"date":"2026-02-01","datetime":"2026-02-01"}}]}]}`, `or[0].and[0].value: expected one key, found the key "datetime"`},
}

func TestJSONErrors(t *testing.T) {
	for _, c := range jsonErrors {
		var f filter.Filter
		err := f.UnmarshalJSON([]byte(c[0]))
		require.EqualError(t, err, "filter: "+c[1], "JSON: %s", c[0])
		var je *filter.JSONError
		require.ErrorAs(t, err, &je)
		require.True(t, f.IsZero())
	}
}

// TestJSONOffset checks that the offset is that of what is wrong.
func TestJSONOffset(t *testing.T) {
	for data, at := range map[string]string{
		`{"or": [{"and": [{"field": "a", "op": "in", "values": [1, ""]}]}]}`:        `""`,
		`{"or": [{"and": [{"field": "a", "op": "between", "values": [1, 2, 3]}]}]}`: `[1`,
		`{"or": [{"and": [{"field": "a", "op": "?"}]}]}`:                            `"?"`,
		`{"or": [{"and": [{"field": "a", "op": "like", "value": true}]}]}`:          `true`,
		`{"or": [{"and": [{"field": "a", "op": "="}]}]}`:                            `{"field"`,
		`{"or": [{"and": [{"field": "a", "op": "=", "value": {"day": 5}}]}]}`:       `5`,
	} {
		var f filter.Filter
		var je *filter.JSONError
		require.ErrorAs(t, f.UnmarshalJSON([]byte(data)), &je)
		require.True(t, len(data[je.Offset:]) >= len(at) && data[je.Offset:je.Offset+len(at)] == at, "%s: %q", data, data[je.Offset:])
	}
}
