package column

import (
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// Choice is a column of one option out of a few: a code a row and a set a code.
type Choice struct {
	options
	codes keys // by row; 0 is no value
}

// NewChoice returns an empty column whose options are known by their folded
// names.
func NewChoice(fold func(string) string) *Choice {
	return &Choice{options: newOptions(fold), codes: keys{width: 8}}
}

// Writable returns the column to change from now on: c itself, or a copy of its
// header if a snapshot can see c.
func (c *Choice) Writable(e *version.Epochs) *Choice {
	if e.Owns(c.stamp) {
		return c
	}
	d := *c
	d.stamp = e.Now()
	return &d
}

// Code returns the option of a row by number, 0 if it has none.
func (c *Choice) Code(row uint32) uint32 { return uint32(c.codes.get(row)) }

// Set gives a row the option of a number that Declare returned.
func (c *Choice) Set(e *version.Epochs, row, code uint32) {
	old := c.Code(row)
	if old == code {
		return
	}
	for c.codes.width < 32 && uint64(code)>>c.codes.width != 0 {
		c.codes = c.codes.widened(e, c.codes.width*2)
	}
	if old != 0 {
		c.leave(e, old, row)
	} else {
		c.present, _ = c.present.Add(e, row)
	}
	c.join(e, code, row)
	c.codes.set(e, row, uint64(code))
}

// Unset takes the option of a row away.
func (c *Choice) Unset(e *version.Epochs, row uint32) {
	old := c.Code(row)
	if old == 0 {
		return
	}
	c.leave(e, old, row)
	c.present, _ = c.present.Remove(e, row)
	c.codes.set(e, row, 0)
}

// Bytes estimates the memory held.
func (c *Choice) Bytes() int { return c.options.bytes() + c.codes.bytes() }

// options is what a column of named values has whatever the number of them in a
// row: the names with their numbers and the rows of each.
type options struct {
	stamp   version.Stamp
	names   dict
	sets    table[*idset.Set] // by code
	present *idset.Set        // rows with at least one
}

func newOptions(fold func(string) string) options {
	return options{names: newDict(fold)}
}

// Present returns the rows that have at least one option.
func (o *options) Present() *idset.Set { return o.present }

// Has reports whether a row has at least one option.
func (o *options) Has(row uint32) bool { return o.present.Contains(row) }

// Declare returns the number of the option of this name, giving it one if
// needed. Names that fold alike are one option, spelled as it came first.
func (o *options) Declare(e *version.Epochs, name string) uint32 {
	if code := o.Number(name); code != 0 {
		return code
	}
	return o.names.add(e, name)
}

// Forget leaves the options numbered 1 to n; no row may have another. It costs a
// pass over these.
func (o *options) Forget(e *version.Epochs, n int) { o.keep(e, uint32(n), nil) }

// Blank takes the names of options away that no row may have, ascending: their numbers
// are never used again, their names are "" and not found, and nothing in the column
// keeps the texts. It costs a pass over the options.
func (o *options) Blank(e *version.Epochs, codes ...uint32) { o.keep(e, o.names.n, codes) }

// keep leaves the names numbered 1 to n but for some, ascending.
func (o *options) keep(e *version.Epochs, n uint32, but []uint32) {
	names := newDict(o.names.fold)
	for code := uint32(1); code <= n; code++ {
		taken := len(but) > 0 && but[0] == code
		if taken {
			but = but[1:]
		}
		if taken || o.names.isBlank(code) {
			names.appendBlank()
		} else {
			names.addNew(e, o.names.written(code), o.names.folded(code))
		}
	}
	o.names = names
}

// Names returns the names of all options by number, the first of them that of 1; those
// that Blank took away are empty. The list is the caller's.
func (o *options) Names() []string {
	names := make([]string, o.names.n)
	for i := range names {
		names[i] = o.names.written(uint32(i + 1))
	}
	return names
}

// Number returns the number of the option of this name, 0 if there is none.
func (o *options) Number(name string) uint32 { return o.names.first(name) }

// Name returns the name of an option by its number.
func (o *options) Name(code uint32) string { return o.names.written(code) }

// Folded returns the folded name of an option by its number.
func (o *options) Folded(code uint32) string { return o.names.folded(code) }

// Numbers returns how many options have been numbered: their numbers are 1 to n.
func (o *options) Numbers() int { return int(o.names.n) }

// Having returns the rows that have an option; nil is none.
func (o *options) Having(code uint32) *idset.Set { return o.sets.get(code) }

func (o *options) join(e *version.Epochs, code, row uint32) {
	s := o.sets.at(e, code)
	*s, _ = (*s).Add(e, row)
}

func (o *options) leave(e *version.Epochs, code, row uint32) {
	s := o.sets.at(e, code)
	*s, _ = (*s).Remove(e, row)
}

func (o *options) bytes() int {
	n := o.names.bytes() + o.sets.bytes(8) + o.present.Bytes()
	o.sets.each(func(s **idset.Set) { n += (*s).Bytes() })
	return n
}
