package contact

import (
	"slices"
	"time"

	"github.com/rosterdb/roster/contact/internal/column"
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// A state is one version of everything: what a View shows. The writer changes
// the newest one in place as long as no View can see it.
type state struct {
	stamp  version.Stamp
	number uint64    // of the last commit, 0 before the first
	time   time.Time // of the last commit
	schema *Schema
	live   *idset.Set
	given  ID // the last id given
	cols   []any
	floors []floorState
}

type floorState struct {
	name  string
	value any
}

// writable returns the state to change from now on.
func (st *state) writable(e *version.Epochs) *state {
	if e.Owns(st.stamp) {
		return st
	}
	c := *st
	c.stamp = e.Now()
	c.cols = slices.Clone(st.cols)
	c.floors = slices.Clone(st.floors)
	return &c
}

// newColumn returns an empty column for a field.
func newColumn(d *fieldDef) any {
	switch d.kind {
	case KindText:
		return column.NewText(d.folder())
	case KindNumber:
		if d.unique {
			return column.NewUniqueNumbers()
		}
		return column.NewNumbers()
	case KindBool:
		return column.NewBools()
	case KindDate:
		return column.NewDays()
	case KindDateTime:
		return column.NewInstants()
	case KindSelect:
		return column.NewChoice(Fold)
	}
	return column.NewChoices(Fold)
}

// adopt makes columns for fields the state does not have yet, and declares new
// options: the number of a declared option is its place in the schema plus one. It
// returns the columns of fields that the schema drops, at their places.
func (st *state) adopt(e *version.Epochs, schema *Schema) (dropped []any) {
	before := st.schema
	st.schema = schema
	for i, d := range schema.fields {
		if i == len(st.cols) {
			st.cols = append(st.cols, newColumn(d))
		} else if d.dropped && before != nil && !before.fields[i].dropped {
			if dropped == nil {
				dropped = make([]any, len(st.cols))
			}
			dropped[i], st.cols[i] = st.cols[i], newColumn(d)
		}
		if !d.kind.Declared() {
			continue
		}
		switch c := st.cols[i].(type) {
		case *column.Choice:
			if c.Numbers() < len(d.options) {
				c = c.Writable(e)
				declare(e, c, d)
				st.cols[i] = c
			}
		case *column.Choices:
			if c.Numbers() < len(d.options) {
				c = c.Writable(e)
				declare(e, c, d)
				st.cols[i] = c
			}
		}
	}
	return dropped
}

func declare(e *version.Epochs, c interface {
	Declare(*version.Epochs, string) uint32
}, d *fieldDef) {
	for _, o := range d.options {
		c.Declare(e, o.Value)
	}
}

// disown takes back what adopt did for a schema that is not to be, the columns it
// returned included, and the numbers that a vetoed transaction gave to new tags:
// options and tags are spelled and sorted as they came first.
func (st *state) disown(e *version.Epochs, schema *Schema, named []named, dropped []any) {
	for i, c := range dropped {
		if c != nil {
			st.cols[i] = c
		}
	}
	clear(st.cols[len(schema.fields):])
	st.cols = st.cols[:len(schema.fields)]
	if st.schema != schema {
		for i, d := range schema.fields {
			if d.kind.Declared() {
				st.forget(e, i, len(d.options))
			}
		}
	}
	st.schema = schema
	for _, n := range named {
		if n.col < len(st.cols) {
			st.forget(e, n.col, n.n)
		}
	}
}

// forget leaves a column the first n of its options.
func (st *state) forget(e *version.Epochs, col, n int) {
	switch c := st.cols[col].(type) {
	case *column.Choice:
		if c.Numbers() > n {
			c = c.Writable(e)
			c.Forget(e, n)
			st.cols[col] = c
		}
	case *column.Choices:
		if c.Numbers() > n {
			c = c.Writable(e)
			c.Forget(e, n)
			st.cols[col] = c
		}
	}
}

// value returns what a contact has in a field.
func (st *state) value(d *fieldDef, id ID) Value {
	if d.index >= len(st.cols) {
		return Value{}
	}
	row := uint32(id)
	switch c := st.cols[d.index].(type) {
	case *column.Text:
		if s, ok := c.Get(row); ok {
			return TextValue(s)
		}
	case *column.Numbers:
		if x, ok := c.Get(row); ok {
			return Value{kind: d.kind, num: x}
		}
	case *column.Bools:
		if yes, ok := c.Get(row); ok {
			return BoolValue(yes)
		}
	case *column.Choice:
		if code := c.Code(row); code != 0 {
			return SelectValue(c.Name(code))
		}
	case *column.Choices:
		var buf [16]uint32
		if codes := c.AppendCodes(buf[:0], row); len(codes) > 0 {
			list := make([]string, len(codes))
			for i, code := range codes {
				list[i] = c.Name(code)
			}
			return Value{kind: d.kind, list: list}
		}
	}
	return Value{}
}

// set gives a contact a value in a field, or takes it away if v is missing.
func (st *state) set(e *version.Epochs, d *fieldDef, id ID, v Value) {
	row := uint32(id)
	switch c := st.cols[d.index].(type) {
	case *column.Text:
		c = c.Writable(e)
		st.cols[d.index] = c
		if v.Missing() {
			c.Unset(e, row)
		} else {
			c.Set(e, row, v.text)
		}
	case *column.Numbers:
		c = c.Writable(e)
		st.cols[d.index] = c
		if v.Missing() {
			c.Unset(e, row)
		} else {
			c.Set(e, row, v.num)
		}
	case *column.Bools:
		c = c.Writable(e)
		st.cols[d.index] = c
		if v.Missing() {
			c.Unset(e, row)
		} else {
			c.Set(e, row, v.num != 0)
		}
	default:
		st.setOptions(e, d, row, v)
	}
}

func (st *state) setOptions(e *version.Epochs, d *fieldDef, row uint32, v Value) {
	switch c := st.cols[d.index].(type) {
	case *column.Choice:
		c = c.Writable(e)
		st.cols[d.index] = c
		if v.Missing() {
			c.Unset(e, row)
		} else {
			c.Set(e, row, c.Declare(e, v.text))
		}
	case *column.Choices:
		c = c.Writable(e)
		st.cols[d.index] = c
		var buf [16]uint32
		codes := buf[:0]
		for _, s := range v.list {
			codes = append(codes, c.Declare(e, s))
		}
		slices.Sort(codes)
		c.Set(e, row, slices.Compact(codes))
	}
}

// lookup returns the contact with an identity value, 0 if there is none.
func (st *state) lookup(d *fieldDef, v Value) ID {
	if d.index >= len(st.cols) {
		return 0
	}
	switch c := st.cols[d.index].(type) {
	case *column.Text:
		key := d.identityKey(v)
		return ID(c.Lookup(d.folder()(v.text), func(written string) bool {
			return written == v.text || d.identityKey(TextValue(written)) == key
		}))
	case *column.Numbers:
		return ID(c.Lookup(v.num))
	}
	return 0
}

// compact lets columns drop what only deleted values needed.
func (st *state) compact(e *version.Epochs) {
	for i := range st.cols {
		if c, ok := st.cols[i].(*column.Text); ok {
			st.cols[i] = c.Compact(e)
		}
	}
}
