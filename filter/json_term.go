package filter

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/rosterdb/roster/contact"
)

// jsonTerm is what the object of a term holds, before it is clear what it is.
type jsonTerm struct {
	groups groups
	scope  string // of what kind, "" if it is none
	field  string
	op     string
	part   Part
	not    bool
	values []Value // operands, whatever their key
	keys   []jsonKey

	behaviour Behaviour // as far as it is known from its keys
}

// jsonKey is a key of an object and the offset of its value.
type jsonKey struct {
	name  string
	start int
}

// has reports whether the object has the key.
func (t *jsonTerm) has(key string) bool {
	return slices.ContainsFunc(t.keys, func(k jsonKey) bool { return k.name == key })
}

// term reads the object of a condition or nested filter.
func (d *decoder) term(ts *terms) error {
	var t jsonTerm
	err := d.object("an object that is a condition or a filter", func(key string) error {
		t.keys = append(t.keys, jsonKey{key, d.start})
		return d.member(&t, key)
	})
	if err != nil {
		return err
	}
	if t.has(keyOr) {
		for _, k := range t.keys {
			if slices.Contains(behaviourKeys, k.name) {
				return d.errorHere(`only "not" beside "or"`, `the key "`+k.name+`"`, "")
			}
		}
		for _, key := range []string{keyField, keyPart, keyOp, keyValue, keyValues, keySegments} {
			if t.has(key) {
				return d.errorHere(`only "not" beside "or"`, `the key "`+key+`"`, "")
			}
		}
	}
	if t.has(keyAny) {
		return d.scope(ts, &t)
	}
	if t.has(keyOr) {
		ts.addNested(t.groups, t.not)
		return nil
	}
	if t.onBehaviour() {
		return d.behaviour(ts, &t)
	}
	c, err := d.condition(&t)
	if err != nil {
		return err
	}
	ts.push(c)
	return nil
}

// nested reads the list in "or" of a nested filter.
func (d *decoder) nested() (gs groups, err error) {
	if d.depth++; d.depth > d.limits.Nesting {
		return gs, &JSONError{
			Path: d.where(), Offset: d.start, Err: d.limits.nestingError(d.depth),
			Expected: "at most " + itoa(d.limits.Nesting) + " levels of nested filters", Found: "one more",
		}
	}
	gs, err = d.groups()
	d.depth--
	return gs, err
}

// member reads the value of one key of a term.
func (d *decoder) member(t *jsonTerm, key string) (err error) {
	switch key {
	case keyOr:
		t.groups, err = d.nested()
	case keyAny:
		t.scope, err = d.name(`"company"`)
	case keyField:
		t.field, err = d.name("the name of a field")
	case keyPart:
		word, err := d.name(expectJSONPart)
		if t.part = partOf(word); err == nil && t.part == noPart {
			err = d.errorHere(expectJSONPart, "the text "+quoteJSON(word), meant(word, quotedWords(expectJSONPart)))
		}
		return err
	case keyOp:
		t.op, err = d.name("an operator")
	case keyNot:
		not, ok := d.tok.(bool)
		if !ok {
			return d.unexpected("true or false")
		}
		t.not = not
	case keyValue:
		var v Value
		if v, err = d.value(); err == nil {
			t.values = append(t.values, v)
		}
	case keyValues:
		err = d.list("a list of values", "a value", func() error {
			v, err := d.value()
			t.values = append(t.values, v)
			return err
		})
	case keySegments:
		err = d.list("a list of segments", "a segment", func() error {
			ref, err := d.name("a segment")
			t.values = append(t.values, Value{kind: TextValue, text: ref})
			return err
		})
	default:
		if slices.Contains(behaviourKeys, key) {
			return d.behaviourMember(&t.behaviour, key)
		}
		err = d.unknownKey(`"field", "part", "op", "value", "values", "segments", "not", "or", "any", "did", "first", "last" or "of"`, key)
	}
	return err
}

// name reads a text that is not empty and no value.
func (d *decoder) name(expected string) (string, error) {
	s, ok := d.tok.(string)
	if !ok || s == "" {
		return "", d.unexpected(expected)
	}
	return s, nil
}

// condition makes a condition of a term, whose object has just been read.
func (d *decoder) condition(t *jsonTerm) (Condition, error) {
	if !t.has(keyOp) {
		return Condition{}, d.errorHere(`the key "op" of a condition, or "or" of a filter`, "neither", "")
	}
	op, not, ok := opWords(t.op)
	if !ok {
		return Condition{}, d.errorAt(t, keyOp, "an operator", "the text "+quoteJSON(t.op), meantInJSON(t.op))
	}
	row := op.info()
	quoted := `"` + t.op + `"`
	need := row.operandKey()
	allowed := []string{keyPart, keyField, keyOp, need, keyNot}
	if op.OnSegments() {
		allowed = allowed[2:]
	}
	for _, key := range allowed {
		if key != "" && key != keyNot && key != keyPart && !t.has(key) {
			return Condition{}, d.errorHere(`the key "`+key+`" beside the operator `+quoted, "none", "")
		}
	}
	for _, k := range t.keys {
		if !slices.Contains(allowed, k.name) {
			return Condition{}, d.errorHere("only keys that the operator "+quoted+" takes", `the key "`+k.name+`"`, "")
		}
	}
	if n := len(t.values); row.arity != manyValues && n != int(row.arity) {
		return Condition{}, d.errorAt(t, need, fmt.Sprintf("a list of %d beside the operator %s", row.arity, quoted), fmt.Sprintf("one of %d", n), "")
	}
	if row.operand == textOnly && t.values[0].kind != TextValue {
		v := t.values[0]
		return Condition{}, d.errorAt(t, need, "a text", fmt.Sprintf("the %v %v", v.kind, v), "")
	}
	for _, v := range t.values {
		if row.operand == windowOnly || row.operand == celebrated || v.kind == WindowValue {
			if err := checkOperand(op, v); err != nil {
				return Condition{}, d.errorAt(t, need, "what the operator "+quoted+" takes", fmt.Sprintf("the %v %v", v.kind, v), err.Error())
			}
		}
	}
	c := finishCondition(t.field, op, not != t.not, t.values)
	c.part = t.part
	return c, nil
}

// errorAt returns the error for the value of a key of the object just read.
func (d *decoder) errorAt(t *jsonTerm, key, expected, found, hint string) error {
	d.path = append(d.path, pathStep{key: key})
	if i := slices.IndexFunc(t.keys, func(k jsonKey) bool { return k.name == key }); i >= 0 {
		d.start = t.keys[i].start
	}
	return d.errorHere(expected, found, hint)
}

// value reads an operand.
func (d *decoder) value() (Value, error) {
	switch t := d.tok.(type) {
	case string:
		if t == "" {
			return Value{}, d.errorHere(expectNotEmpty, `""`, hintEmpty)
		}
		return Value{kind: TextValue, text: t}, nil
	case bool:
		return Bool(t), nil
	case json.Number:
		switch x, problem := parseNumber(t.String()); problem {
		case numberInexact:
			return Value{}, d.errorHere(expectExact, clip(t.String()), hintExact)
		case numberOverflow:
			return Value{}, d.errorHere(expectRange, clip(t.String()), "")
		default:
			return Number(x), nil
		}
	case json.Delim:
		if t == '{' {
			return d.dateValue()
		}
	}
	return Value{}, d.unexpected("a value")
}

const (
	expectJSONPart = `"year", "month", "day", "weekday" or "hour"`
	expectJSONDate = `the key "date", "datetime", "time", "relative", "window" or "weekday"`
)

// dateValue reads {"date": "…"} and its like: a value that JSON has no literal for.
func (d *decoder) dateValue() (Value, error) {
	var v Value
	err := d.object("a value", func(key string) error {
		kinds := map[string]ValueKind{keyDate: DateValue, keyDateTime: DateTimeValue,
			keyRelative: RelativeDateValue, keyWindow: WindowValue, keyWeekday: WeekdayValue, keyTime: TimeOfDayValue}
		kind, ok := kinds[key]
		switch {
		case v.kind != InvalidValue:
			return d.unknownKey("one key", key)
		case !ok:
			return d.unknownKey(expectJSONDate, key)
		}
		s, ok := d.tok.(string)
		if !ok {
			return d.unexpected("a " + kind.String() + " as a text")
		}
		var err error
		switch kind {
		case DateValue, DateTimeValue:
			v, err = d.fixedDate(kind, s)
		case TimeOfDayValue:
			v, err = d.timeOfDay(s)
		default:
			v, err = d.spelledDate(kind, s)
		}
		return err
	})
	if err == nil && v.kind == InvalidValue {
		err = d.errorHere(expectJSONDate, "none", "")
	}
	return v, err
}

// fixedDate reads a date or a datetime.
func (d *decoder) fixedDate(kind ValueKind, s string) (Value, error) {
	var v Value
	problem := noDate
	if startsDate(s) {
		v, problem = parseDateOrDateTime(s)
	}
	if problem == "" && v.kind != kind {
		problem = noDate
	}
	if problem != "" {
		return Value{}, d.errorHere("a "+kind.String(), quoteJSON(s), problem)
	}
	return v, nil
}

// timeOfDay reads a time of day.
func (d *decoder) timeOfDay(s string) (Value, error) {
	c, err := contact.ParseClockTime(s)
	if err != nil {
		return Value{}, d.errorHere("a time of day", quoteJSON(s), clockHint(err))
	}
	return clockValue(c), nil
}

// spelledDate reads what is spelled as in a filter text.
func (d *decoder) spelledDate(kind ValueKind, s string) (Value, error) {
	read := (*parser).value
	if kind == WindowValue {
		read = (*parser).window
	}
	fits := func(v Value) bool {
		return v.kind == kind || kind == RelativeDateValue && v.kind == RelativeDateTimeValue
	}
	v, problem := parseSpelled(s, "a "+kind.String(), fits, read)
	switch what := "a " + kind.String(); {
	case problem == nil:
		return v, nil
	case problem.Found == foundEnd && problem.Offset == 0:
		return Value{}, d.errorHere(what, quoteJSON(s), problem.Hint)
	case problem.Expected == what || problem.Found == `"`+clip(s)+`"`: // all of it is wrong
		return Value{}, d.errorHere(what, problem.Found, problem.Hint)
	default:
		return Value{}, d.errorHere(what, quoteJSON(s), expectation(problem.Expected, problem.Found, problem.Hint))
	}
}
