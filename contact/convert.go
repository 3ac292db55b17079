package contact

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// convert makes the value of a field out of what a caller gave, by the table at
// [Kind], and checks it.
func (d *fieldDef) convert(x any, limits *Limits) (Value, error) {
	v, err := d.read(x)
	if err == nil {
		v, err = d.check(v, limits)
	}
	if err != nil {
		return Value{}, &FieldError{d.title(), x, err}
	}
	return v, nil
}

func (d *fieldDef) read(x any) (Value, error) {
	switch x := x.(type) {
	case nil:
		return Value{}, nil
	case Value:
		if x.kind != 0 && x.kind != d.kind {
			return Value{}, fmt.Errorf("a %s value does not fit a %s field", x.kind, d.kind)
		}
		return x, nil
	}
	switch d.kind {
	case KindText, KindSelect:
		if s, ok := x.(string); ok {
			return Value{kind: d.kind, text: s}, nil
		}
		return Value{}, d.misfit(x, "a string")
	case KindNumber:
		n, err := number(x)
		return NumberValue(n), err
	case KindBool:
		if b, ok := x.(bool); ok {
			return BoolValue(b), nil
		}
		return Value{}, d.misfit(x, "a bool")
	case KindDate:
		return d.readDate(x)
	case KindDateTime:
		return d.readDateTime(x)
	case KindTimeOfDay:
		return d.readTimeOfDay(x)
	}
	return d.readList(x)
}

func (d *fieldDef) misfit(x any, want string) error {
	return fmt.Errorf("a Go %T does not fit a %s field; give %s", x, d.kind, want)
}

func (d *fieldDef) readDate(x any) (Value, error) {
	switch x := x.(type) {
	case Day:
		return DateValue(x), nil
	case time.Time:
		return DateValue(DayIn(x)), nil
	case string:
		day, err := ParseDay(x)
		return DateValue(day), err
	}
	return Value{}, d.misfit(x, "a contact.Day, a time.Time or a string like 2026-11-24")
}

func (d *fieldDef) readDateTime(x any) (Value, error) {
	switch x := x.(type) {
	case time.Time:
		return DateTimeValue(x), nil
	case string:
		t, err := time.Parse(time.RFC3339, x)
		if err != nil {
			return Value{}, fmt.Errorf("%q is not an instant of the form 2026-11-24T10:00:00Z", x)
		}
		return DateTimeValue(t), nil
	}
	return Value{}, d.misfit(x, "a time.Time or a string like 2026-11-24T10:00:00Z")
}

func (d *fieldDef) readTimeOfDay(x any) (Value, error) {
	switch x := x.(type) {
	case ClockTime:
		return TimeOfDayValue(x), nil
	case time.Time:
		return TimeOfDayValue(ClockTimeIn(x)), nil
	case string:
		c, err := ParseClockTime(x)
		return TimeOfDayValue(c), err
	}
	return Value{}, d.misfit(x, "a contact.ClockTime, a time.Time or a string like 09:30 or 09:30:15")
}

func (d *fieldDef) readList(x any) (Value, error) {
	switch x := x.(type) {
	case string:
		return Value{kind: d.kind, list: []string{x}}, nil
	case []string:
		return Value{kind: d.kind, list: append([]string(nil), x...)}, nil
	case []any:
		v := Value{kind: d.kind, list: make([]string, len(x))}
		for i, e := range x {
			s, ok := e.(string)
			if !ok {
				return Value{}, fmt.Errorf("element %d: %w", i, d.misfit(e, "strings"))
			}
			v.list[i] = s
		}
		return v, nil
	}
	return Value{}, d.misfit(x, "a []string")
}

// number turns any Go number into a float64 of exactly the same value.
func number(x any) (float64, error) {
	switch x := x.(type) {
	case float64:
		return x, nil
	case float32:
		return float64(x), nil
	case int:
		return wholeNumber(int64(x))
	case int8:
		return float64(x), nil
	case int16:
		return float64(x), nil
	case int32:
		return float64(x), nil
	case int64:
		return wholeNumber(x)
	case uint:
		return unsignedNumber(uint64(x))
	case uint8:
		return float64(x), nil
	case uint16:
		return float64(x), nil
	case uint32:
		return float64(x), nil
	case uint64:
		return unsignedNumber(x)
	case json.Number:
		if i, err := x.Int64(); err == nil {
			return wholeNumber(i)
		}
		return jsonNumber(x.String())
	}
	return 0, fmt.Errorf("a Go %T does not fit a number field; give a Go number", x)
}

const exactWhole = 1 << 53

var errInexact = errors.New("the number is beyond ±2⁵³, where a float64 skips whole numbers; keep such ids in an exact text field")

func wholeNumber(i int64) (float64, error) {
	if f := float64(i); i >= -exactWhole && i <= exactWhole || f < 1<<63 && int64(f) == i {
		return f, nil
	}
	return 0, errInexact
}

func unsignedNumber(u uint64) (float64, error) {
	if f := float64(u); u <= exactWhole || f < 1<<64 && uint64(f) == u {
		return f, nil
	}
	return 0, errInexact
}

// jsonNumber reads a number that is no int64. A whole number without an exponent
// is an id as likely as not and must be exact; all others are rounded as Go
// rounds its constants.
func jsonNumber(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number in range", s)
	}
	if strings.Trim(strings.TrimPrefix(s, "-"), "0123456789") == "" {
		whole, _ := new(big.Float).SetFloat64(f).Int(nil)
		if digits := strings.TrimLeft(strings.TrimPrefix(s, "-"), "0"); whole.Abs(whole).String() != digits {
			return 0, errInexact
		}
	}
	return f, nil
}

// check refuses what the kind of the field allows but the store does not keep,
// and returns the value as it will be kept: options in their declared spelling,
// lists without repetition.
func (d *fieldDef) check(v Value, limits *Limits) (Value, error) {
	if v.kind == 0 {
		return v, nil
	}
	switch d.kind {
	case KindText:
		return v, checkText(v.text, limits)
	case KindNumber:
		if math.IsNaN(v.num) || math.IsInf(v.num, 0) {
			return v, fmt.Errorf("%v is no number that can be compared; leave the value out instead", v.num)
		}
	case KindDate:
		if !Day(v.num).Valid() {
			return v, errors.New("the day lies outside the years 0000 to 9999")
		}
	case KindDateTime:
		if v.num < float64(minMS) || v.num > float64(maxMS) {
			return v, errors.New("the instant lies outside the years 0000 to 9999 in UTC")
		}
	case KindTimeOfDay:
		if !ClockTime(v.num).Valid() {
			return v, errors.New("the time of day lies outside 00:00 to 23:59:59")
		}
	case KindSelect:
		option, ok := Field{def: d}.Option(v.text)
		if !ok {
			return v, Field{def: d}.Undeclared(v.text)
		}
		v.text = option.Value
	case KindMultiSelect, KindTags:
		return d.checkList(v, limits)
	}
	return v, nil
}

func checkText(s string, limits *Limits) error {
	if len(s) > limits.Text {
		return &LimitError{"bytes of a text value", limits.Text, len(s)}
	}
	if !utf8.ValidString(s) {
		return errors.New("the text is not valid UTF-8")
	}
	return nil
}

func (d *fieldDef) checkList(v Value, limits *Limits) (Value, error) {
	kept := make([]string, 0, len(v.list))
	var seen words
	for _, s := range v.list {
		if err := checkText(s, limits); err != nil {
			return v, err
		}
		if d.kind == KindMultiSelect {
			option, ok := Field{def: d}.Option(s)
			if !ok {
				return v, Field{def: d}.Undeclared(s)
			}
			s = option.Value
		}
		folded := Fold(s)
		if folded == "" {
			return v, errors.New("an empty tag")
		}
		if seen.add(folded) {
			kept = append(kept, s)
		}
	}
	if len(kept) > limits.Tags {
		return v, &LimitError{"values of one contact in one field", limits.Tags, len(kept)}
	}
	v.list = kept
	return v, nil
}

// Undeclared returns the error for an option that the field does not have, with the
// one that has taken its place or was probably meant.
func (f Field) Undeclared(option string) error {
	if err := f.def.gone(option); err != nil {
		return err
	}
	names := func(yield func(string) bool) {
		f.def.live(func(o Option) bool { return yield(o.Value) })
	}
	if near := Suggest(option, names); near != "" {
		return fmt.Errorf("%q is not a declared option, did you mean %q?", option, near)
	}
	return fmt.Errorf("%q is not a declared option", option)
}

// words is a set of strings, a list as long as it is short. The zero words is
// empty.
type words struct {
	few  [16]string
	n    int
	many map[string]bool
}

// add reports whether s was not there yet.
func (w *words) add(s string) bool {
	if w.many == nil {
		for _, f := range w.few[:w.n] {
			if f == s {
				return false
			}
		}
		if w.n < len(w.few) {
			w.few[w.n] = s
			w.n++
			return true
		}
		w.many = make(map[string]bool)
		for _, f := range w.few {
			w.many[f] = true
		}
	}
	before := len(w.many)
	w.many[s] = true
	return len(w.many) > before
}
