package filter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The keys of the JSON of a filter.
const (
	keyOr       = "or"
	keyAny      = "any"
	keyAnd      = "and"
	keyNot      = "not"
	keyField    = "field"
	keyOp       = "op"
	keyValue    = "value"
	keyValues   = "values"
	keySegments = "segments"
	keyDate     = "date"
	keyDateTime = "datetime"
	keyRelative = "relative"
	keyWindow   = "window"
	keyWeekday  = "weekday"
	keyTime     = "time"
	keyPart     = "part"
	keyZone     = "zone"
	keyZoneOf   = "zoneOf"

	keyDid       = "did"
	keyFirst     = "first"
	keyLast      = "last"
	keyOf        = "of"
	keyAggregate = "aggregate"
	keyWhere     = "where"
	keyWhen      = "when"
	keyAtLeast   = "atLeast"
	keyAtMost    = "atMost"
	keyExactly   = "exactly"
	keyDays      = "days"
	keyDifferent = "different"
	keyThen      = "then"
	keyWithin    = "within"
	keyWithout   = "without"
	keyEvent     = "event"
)

// operandKey returns the key under which the operands of an operator stand, "" if
// it takes none.
func (row *opInfo) operandKey() string {
	switch {
	case row.operand == segmentRef:
		return keySegments
	case row.arity == noValue:
		return ""
	case row.arity == oneValue:
		return keyValue
	}
	return keyValues
}

// UnmarshalJSON sets f to the filter in data; [Filter.MarshalJSON] has the format.
// The keys of an object may be in any order, `"not": false` and a negation on top
// of another one are fine; a key that is unknown, missing, or there twice is an
// error, and so is anything that [Parse] would refuse in text.
//
// The error is a [*JSONError] with the path of what is wrong, or wraps a
// [*LimitError] if data is longer than the default of [Limits]. On error f stays
// as it was. The time is linear in the length of data.
func (f *Filter) UnmarshalJSON(data []byte) error {
	parsed, err := Limits{}.ParseJSON(data)
	if err != nil {
		return err
	}
	*f = parsed
	return nil
}

// ParseJSON is [Filter.UnmarshalJSON] under the limits of l.
func (l Limits) ParseJSON(data []byte) (Filter, error) {
	l, err := l.withDefaults()
	if err != nil {
		return Filter{}, err
	}
	if err := l.checkSize("filter JSON in bytes", len(data)); err != nil {
		return Filter{}, err
	}
	d := decoder{data: data, limits: l, dec: json.NewDecoder(bytes.NewReader(data))}
	d.dec.UseNumber()
	if !utf8.Valid(data) {
		i := invalidUTF8(string(data))
		return Filter{}, &JSONError{Offset: i, Expected: "valid UTF-8", Found: fmt.Sprintf("byte 0x%x", data[i])}
	}
	f, err := d.whole()
	if err != nil {
		return Filter{}, err
	}
	return f, nil
}

// decoder reads the JSON of a filter token by token, so that a list of a million
// values is never held in any other form. Each method that reads something starts
// with its first token as the current one and ends with its last one.
type decoder struct {
	data   []byte
	limits Limits
	dec    *json.Decoder
	tok    json.Token // the current token
	start  int        // its offset
	path   []pathStep
	depth  int // nested filters around the current token
}

// pathStep is a key of an object, or an index of a list if the key is empty.
type pathStep struct {
	key   string
	index int
}

// where returns the path of what is being read.
func (d *decoder) where() string {
	var b strings.Builder
	for i, s := range d.path {
		switch {
		case s.key == "":
			b.WriteString("[" + itoa(s.index) + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		b.WriteString(s.key)
	}
	return b.String()
}

// next reads the next token.
func (d *decoder) next() error {
	end := int(d.dec.InputOffset())
	tok, err := d.dec.Token()
	d.start = end + len(d.data[end:]) - len(bytes.TrimLeft(d.data[end:], " \t\r\n,:"))
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return &JSONError{Path: d.where(), Offset: d.start, Err: err}
	}
	d.tok = tok
	if s, ok := tok.(string); ok && strings.ContainsRune(s, utf8.RuneError) {
		if raw := d.data[d.start:d.dec.InputOffset()]; hasLoneSurrogate(raw) {
			return d.errorHere("a text of valid Unicode", "half of a surrogate pair", "")
		}
	}
	return nil
}

// errorHere returns the error for what is being read.
func (d *decoder) errorHere(expected, found, hint string) error {
	return &JSONError{Path: d.where(), Offset: d.start, Expected: expected, Found: found, Hint: hint}
}

// unexpected returns the error for a current token that is out of place.
func (d *decoder) unexpected(expected string) error {
	var found string
	switch t := d.tok.(type) {
	case json.Delim:
		found = "an object"
		if t == '[' {
			found = "a list"
		}
	case string:
		found = "the text " + quoteJSON(t)
	case json.Number:
		found = "the number " + clip(t.String())
	case bool:
		found = strconv.FormatBool(t)
	default:
		found = "null"
	}
	return d.errorHere(expected, found, "")
}

// whole reads the whole input: a filter or null, and nothing behind it.
func (d *decoder) whole() (Filter, error) {
	if err := d.next(); err != nil {
		return Filter{}, err
	}
	var f Filter
	if d.tok != nil {
		gs, zone, err := d.filter()
		if err != nil {
			return Filter{}, err
		}
		f = gs.filter()
		f.zone = zone
	}
	end := int(d.dec.InputOffset())
	if rest := bytes.TrimLeft(d.data[end:], " \t\r\n"); len(rest) > 0 {
		d.start = len(d.data) - len(rest)
		return Filter{}, d.errorHere("the end of the filter", strconv.Quote(clip(string(rest))), "")
	}
	return f, nil
}

// filter reads the object of the outermost filter.
func (d *decoder) filter() (gs groups, zone Zone, err error) {
	seen := false
	err = d.object(`an object with "or", or null`, func(key string) (err error) {
		switch key {
		case keyOr:
			seen = true
			gs, err = d.groups()
		case keyZone:
			zone.Name, err = d.name("a time zone such as Europe/Zurich")
		case keyZoneOf:
			zone.Field, err = d.name("the name of a field")
		default:
			err = d.unknownKey(`the key "or", "zone" or "zoneOf"`, key)
		}
		return err
	})
	if err == nil && !seen {
		err = d.errorHere(`the key "or"`, "none", "")
	}
	return gs, zone, err
}

// groups reads the list in "or".
func (d *decoder) groups() (groups, error) {
	var gs groups
	err := d.list("a list of groups", "a group", func() error {
		g, err := d.group()
		if err == nil {
			gs.add(g)
		}
		return err
	})
	return gs, err
}

// group reads the object of a group.
func (d *decoder) group() (terms, error) {
	var ts terms
	seen := false
	err := d.object(`an object with "and"`, func(key string) error {
		if key != keyAnd {
			return d.unknownKey(`the key "and"`, key)
		}
		seen = true
		return d.list("a list of conditions", "a condition", func() error {
			return d.term(&ts)
		})
	})
	if err == nil && !seen {
		err = d.errorHere(`the key "and"`, "none", "")
	}
	return ts, err
}

// object reads an object; member is called for each key, with the first token of
// its value as the current one.
func (d *decoder) object(expected string, member func(key string) error) error {
	if d.tok != json.Delim('{') {
		return d.unexpected(expected)
	}
	start := d.start
	var seen []string // no object has more than a few keys
	for d.dec.More() {
		if err := d.next(); err != nil {
			return err
		}
		key, ok := d.tok.(string)
		if !ok {
			return d.unexpected("a key")
		}
		if slices.Contains(seen, key) {
			return d.errorHere("each key once", "the key "+quoteJSON(key)+" again", "")
		}
		seen = append(seen, key)
		d.path = append(d.path, pathStep{key: key})
		if err := d.next(); err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
	}
	err := d.next()
	d.start = start // what is missing is missing in the object
	return err
}

// unknownKey returns the error for a key whose value is the current token.
func (d *decoder) unknownKey(expected, key string) error {
	d.path = d.path[:len(d.path)-1]
	return d.errorHere(expected, "the key "+quoteJSON(key), meant(key, quotedWords(expected)))
}

// list reads a list that is not empty; item is called for each item, with its
// first token as the current one.
func (d *decoder) list(expected, one string, item func() error) error {
	if d.tok != json.Delim('[') {
		return d.unexpected(expected)
	}
	d.path = append(d.path, pathStep{})
	last := len(d.path) - 1
	start := d.start
	for ; d.dec.More(); d.path[last].index++ {
		if err := d.next(); err != nil {
			return err
		}
		if err := item(); err != nil {
			return err
		}
	}
	empty := d.path[last].index == 0
	d.path = d.path[:last]
	if err := d.next(); err != nil {
		return err
	}
	if empty {
		d.start = start
		return d.errorHere(expected, "an empty list", "it needs "+one)
	}
	return nil
}

// quoteJSON returns the beginning of s as a string of JSON, for an error message.
func quoteJSON(s string) string { return string(appendJSONString(nil, clip(s))) }

// hasLoneSurrogate reports whether a string of JSON holds an escape for half of a
// surrogate pair, which encoding/json reads as a replacement character.
func hasLoneSurrogate(raw []byte) bool {
	pending := rune(0) // the first half, directly in front
	for i := 0; i < len(raw); i++ {
		r := rune(0)
		if raw[i] == '\\' && i+1 < len(raw) {
			i++
			if raw[i] == 'u' && i+4 < len(raw) {
				n, err := strconv.ParseUint(string(raw[i+1:i+5]), 16, 16)
				if err == nil {
					r = rune(n)
				}
				i += 4
			}
		}
		switch {
		case pending != 0:
			if utf16.DecodeRune(pending, r) == utf8.RuneError {
				return true
			}
			pending = 0
		case r >= 0xDC00 && r <= 0xDFFF:
			return true
		case utf16.IsSurrogate(r):
			pending = r
		}
	}
	return pending != 0
}
