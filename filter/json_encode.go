package filter

import "unicode/utf8"

// MarshalJSON returns f as JSON, always in the same shape: an object with the
// groups in "or", each an object with its terms in "and". A term is a condition,
// an object with "field", "op" and as the operator needs it "value", "values" or
// "segments"; or a nested filter, which is like f itself; or a scope, which is a nested
// filter with "any": "company" beside "or". The operator is in its
// short form; a negation that has none is "not": true beside it.
//
// A number, text or bool is that of JSON; a date is {"date": "2026-11-24"}, a
// datetime {"datetime": "2026-11-24T10:00:00Z"}, a relative date {"relative":
// "-30 days"}, a window {"window": "the last 7 days"}, a day of the week
// {"weekday": "monday"} and a time of day {"time": "09:30"}. A condition on a part of a date has it in "part". A filter
// with a zone has "zone", "zoneOf" (the field) or both beside the outermost "or".
//
// A term on behaviour has the type of the events in "did", "first", "last" or, of an
// aggregate, "of"; a filter over their attributes, like f itself, in "where"; and their
// period in "when", as "op" with "value" or "values", such as {"op": "within", "value":
// {"window": "the last 30 days"}}, since being >=, after >, before <, until <=, on = and
// from … to … between. Beside "did" there is how often, in "atLeast", "atMost" or
// "exactly", with "days": true or the attribute in "different" if those are counted; or
// "then" and "without", each an object with "event" and "where", and the gap in
// "within". Beside "of" there is the word in "aggregate", and beside it as beside
// "first" and "last" there are "field", "op" and its operands if an attribute is asked
// about:
//
//	{"did": "page.hit", "where": {"or": [ … ]}, "atLeast": 3}
//	{"did": "page.hit", "then": {"event": "purchase"}, "within": "7 days", "not": true}
//	{"aggregate": "sum", "field": "amount", "op": ">=", "value": 100, "of": "purchase"}
//	{"first": "purchase", "when": {"op": "<", "value": {"relative": "-1 year"}}}
//	{"field": "url", "op": "starts with", "value": "/docs", "last": "page.hit"}
//
// The zero Filter is null.
func (f Filter) MarshalJSON() ([]byte, error) {
	if f.IsZero() {
		return []byte("null"), nil
	}
	return append(appendJSONZone(appendJSON(nil, f), f.zone), '}'), nil
}

// appendJSONZone appends the keys of a zone.
func appendJSONZone(b []byte, z Zone) []byte {
	if z.Name != "" {
		b = appendJSONString(append(b, `,"zone":`...), z.Name)
	}
	if z.Field != "" {
		b = appendJSONString(append(b, `,"zoneOf":`...), z.Field)
	}
	return b
}

// appendJSON appends f without the closing brace.
func appendJSON(b []byte, f Filter) []byte {
	b = append(b, `{"or":[`...)
	for i, g := range f.groups {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"and":[`...)
		for j, t := range g.terms {
			if j > 0 {
				b = append(b, ',')
			}
			switch t := t.(type) {
			case Condition:
				b = appendJSONCondition(b, t)
			case Nested:
				b = appendJSON(b, t.filter)
				b = appendJSONEnd(b, t.not)
			case Scope:
				b = append(b, `{"any":"company",`...)
				b = append(b, appendJSON(nil, t.filter)[1:]...)
				b = appendJSONEnd(b, t.not)
			case Behaviour:
				b = appendJSONBehaviour(b, t)
			}
		}
		b = append(b, "]}"...)
	}
	return append(b, ']')
}

// appendJSONEnd closes the object of a term.
func appendJSONEnd(b []byte, not bool) []byte {
	if not {
		b = append(b, `,"not":true`...)
	}
	return append(b, '}')
}

func appendJSONCondition(b []byte, c Condition) []byte {
	b, not := appendJSONOperation(append(b, '{'), c)
	return appendJSONEnd(b, not)
}

// appendJSONOperation appends the members of a condition, and returns whether "not" is
// still to be added.
func appendJSONOperation(b []byte, c Condition) (text []byte, not bool) {
	row := c.op.info()
	words, not := row.words, c.not
	if not && row.negation != "" {
		words, not = row.negation, false
	}
	if c.part != noPart {
		b = append(b, `"part":"`+c.part.String()+`",`...)
	}
	if row.operand != segmentRef && c.field != "" {
		b = append(b, `"field":`...)
		b = appendJSONString(b, c.field)
		b = append(b, ',')
	}
	b = append(b, `"op":"`...)
	b = append(b, words...)
	b = append(b, '"')
	switch key := row.operandKey(); key {
	case "":
	case keyValue:
		b = append(b, `,"value":`...)
		b = appendJSONValue(b, c.args[0])
	default:
		b = append(b, `,"`+key+`":[`...)
		for i, v := range c.args {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSONValue(b, v)
		}
		b = append(b, ']')
	}
	return b, not
}

func appendJSONValue(b []byte, v Value) []byte {
	switch v.kind {
	case TextValue:
		return appendJSONString(b, v.text)
	case DateValue:
		b = append(b, `{"date":"`...)
		return append(v.appendTo(b), `"}`...)
	case DateTimeValue:
		b = append(b, `{"datetime":"`...)
		return append(v.appendTo(b), `"}`...)
	case RelativeDateValue, RelativeDateTimeValue:
		b = append(b, `{"relative":"`...)
		return append(v.appendTo(b), `"}`...)
	case WindowValue:
		b = append(b, `{"window":"`...)
		return append(v.appendTo(b), `"}`...)
	case WeekdayValue:
		b = append(b, `{"weekday":"`...)
		return append(v.appendTo(b), `"}`...)
	case TimeOfDayValue:
		b = append(b, `{"time":"`...)
		return append(v.appendTo(b), `"}`...)
	}
	return v.appendTo(b)
}

// appendJSONString appends s, which must be valid UTF-8, as a string of JSON. The
// line separators of Unicode are escaped, so that the result is JavaScript too.
func appendJSONString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i, r := range s {
		if r >= ' ' && r != '"' && r != '\\' && r != '\u2028' && r != '\u2029' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + utf8.RuneLen(r)
		switch r {
		case '"', '\\':
			b = append(b, '\\', byte(r))
		case '\n':
			b = append(b, `\n`...)
		case '\t':
			b = append(b, `\t`...)
		case '\r':
			b = append(b, `\r`...)
		default:
			b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}
