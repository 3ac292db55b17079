package filter

import (
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/rosterdb/roster/contact"
)

// Zone is the time zone that a filter carries: where its days begin and end.
//
// The zero Zone is none: the filter is meant in the zone it is compiled with.
type Zone struct {
	// Name is a name of the IANA time zone database, such as Europe/Zurich.
	Name string
	// Field, if it is not empty, names a text field that holds the name of each
	// contact's own zone. The zone called Name, or the one that the filter is compiled
	// with, is for contacts that have none or one that there is not, and for the
	// fields of companies.
	Field string
}

// IsZero reports whether z is no zone.
func (z Zone) IsZero() bool { return z == Zone{} }

var errZoneInside = errors.New("a filter inside another one can't have a zone of its own")

// Zone returns the zone that f carries, the zero Zone if it carries none.
func (f Filter) Zone() Zone { return f.zone }

// WithZone returns f with a zone, or without if z is the zero Zone. Whether there
// is such a zone is looked at when the filter is checked; the error is about names
// that can't be written down, and about the zero Filter.
func (f Filter) WithZone(z Zone) (Filter, error) {
	switch {
	case f.IsZero():
		return Filter{}, errors.New("filter: the zero Filter has no zone")
	case !utf8.ValidString(z.Name) || !utf8.ValidString(z.Field):
		return Filter{}, errors.New("filter: the name of the zone is not valid UTF-8")
	}
	f.zone = z
	return f, nil
}

// appendTo appends the clause of z, nothing if it is the zero Zone.
func (z Zone) appendTo(b []byte) []byte {
	if z.IsZero() {
		return b
	}
	b = append(b, " in zone "...)
	if z.Field == "" {
		return appendQuoted(b, z.Name, '"')
	}
	b = appendField(append(b, "of "...), z.Field)
	if z.Name == "" {
		return b
	}
	return appendQuoted(append(b, " else "...), z.Name, '"')
}

// zone reads what follows "in" behind a whole filter.
func (p *parser) zone() (z Zone, err error) {
	if !p.isWord("zone") {
		return z, p.misspelt(`"zone"`, "", slices.Values([]string{"zone"}))
	}
	if p.advance(); p.isWord("of") {
		p.advance()
		if z.Field, err = p.field(); err != nil || !p.isWord("else") {
			return z, err
		}
		p.advance()
	}
	if p.tok.kind != tokText || p.tok.text == "" {
		return z, p.unexpectedOr(tokText, `a time zone such as "Europe/Zurich", or "of" and the field that holds it`, hintQuotes)
	}
	z.Name = p.tok.text
	p.advance()
	return z, nil
}

// A ZoneError reports a time zone that there is not, or a field that can't hold
// one.
type ZoneError struct {
	Zone Zone
	Err  error
}

// Error names the zone or the field and says what is wrong.
func (e *ZoneError) Error() string { return "filter: zone: " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *ZoneError) Unwrap() error { return e.Err }

// longestZone is longer than any name in the time zone database.
const longestZone = 64

// zoneError is the error about a zone that the machine does not know.
func zoneError(z Zone, err error) error {
	var unknown *contact.UnknownZoneError
	if errors.As(err, &unknown) {
		err = errors.New(unknown.Problem())
	}
	return &ZoneError{z, err}
}
