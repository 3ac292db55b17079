package contact

import (
	"slices"

	"github.com/rosterdb/roster/contact/internal/column"
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// A table is one version of rows with fields. Its rows are numbered like contacts,
// whatever they are.
type table struct {
	live  *idset.Set
	given ID // the last id given
	cols  []any
}

// newColumn returns an empty column for a field.
func newColumn(d *fieldDef) any {
	switch d.kind {
	case KindText:
		return column.NewText(d.folder())
	case KindNumber, KindTimeOfDay:
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
	case kindCompanies:
		return column.NewReferences()
	case kindPrimary:
		return column.NewReference()
	}
	return column.NewChoices(Fold)
}

// adopt makes columns for fields the table does not have yet, and declares new
// options: the number of a declared option is its place in the schema plus one. It
// returns the columns of fields that the schema drops, at their places. before is the
// schema so far, nil if there is none.
func (t *table) adopt(e *version.Epochs, before, schema *Schema) (dropped []any) {
	for i, d := range schema.fields {
		if i == len(t.cols) {
			t.cols = append(t.cols, newColumn(d))
		} else if d.dropped && before != nil && !before.fields[i].dropped {
			if dropped == nil {
				dropped = make([]any, len(t.cols))
			}
			dropped[i], t.cols[i] = t.cols[i], newColumn(d)
		}
		if d.email && !d.dropped {
			t.indexDomains(e, i, true)
		}
		if !d.kind.Declared() {
			continue
		}
		switch c := t.cols[i].(type) {
		case *column.Choice:
			if c.Numbers() < len(d.options) {
				c = c.Writable(e)
				declare(e, c, d)
				t.cols[i] = c
			}
		case *column.Choices:
			if c.Numbers() < len(d.options) {
				c = c.Writable(e)
				declare(e, c, d)
				t.cols[i] = c
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

// indexDomains begins or ends the index of domains of a column.
func (t *table) indexDomains(e *version.Epochs, col int, want bool) {
	c, ok := t.cols[col].(*column.Text)
	if !ok || c.HasDomains() == want {
		return
	}
	c = c.Writable(e)
	if want {
		c.IndexDomains(e)
	} else {
		c.DropDomains()
	}
	t.cols[col] = c
}

// disown takes back what adopt did for a schema that failed, the columns it
// returned included, and the numbers that a vetoed transaction gave to new tags:
// options and tags are spelled and sorted as they came first.
func (t *table) disown(e *version.Epochs, failed, schema *Schema, named []named, dropped []any) {
	for i, c := range dropped {
		if c != nil {
			t.cols[i] = c
		}
	}
	clear(t.cols[len(schema.fields):])
	t.cols = t.cols[:len(schema.fields)]
	if failed != schema {
		for i, d := range schema.fields {
			if d.kind.Declared() {
				t.forget(e, i, len(d.options))
			}
			if !d.email {
				t.indexDomains(e, i, false)
			}
		}
	}
	for _, n := range named {
		if n.col < len(t.cols) {
			t.forget(e, n.col, n.n)
		}
	}
}

// forget leaves a column the first n of its options.
func (t *table) forget(e *version.Epochs, col, n int) {
	switch c := t.cols[col].(type) {
	case *column.Choice:
		if c.Numbers() > n {
			c = c.Writable(e)
			c.Forget(e, n)
			t.cols[col] = c
		}
	case *column.Choices:
		if c.Numbers() > n {
			c = c.Writable(e)
			c.Forget(e, n)
			t.cols[col] = c
		}
	}
}

// value returns what a row has in a field.
func (t *table) value(d *fieldDef, id ID) Value {
	if d.index >= len(t.cols) {
		return Value{}
	}
	row := uint32(id)
	switch c := t.cols[d.index].(type) {
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
		if code := c.Code(row); code != 0 && d.kind == kindPrimary {
			return primaryValue(ID(code))
		} else if code != 0 {
			return SelectValue(c.Name(code))
		}
	case *column.Choices:
		var buf [16]uint32
		if codes := c.AppendCodes(buf[:0], row); d.kind == kindCompanies {
			return packCompanies(codes)
		} else if len(codes) > 0 {
			list := make([]string, len(codes))
			for i, code := range codes {
				list[i] = c.Name(code)
			}
			return Value{kind: d.kind, list: list}
		}
	}
	return Value{}
}

// values returns all values that a row has, by the names of the fields.
func (t *table) values(schema *Schema, id ID) map[string]Value {
	values := make(map[string]Value)
	for _, d := range schema.fields {
		if !d.visible() {
			continue
		}
		if x := t.value(d, id); !x.Missing() {
			values[d.name] = x
		}
	}
	return values
}

// addMemory adds what the columns take.
func (t *table) addMemory(m map[string]int, schema *Schema) {
	for i, d := range schema.fields {
		if c, ok := t.cols[i].(interface{ Bytes() int }); ok && !d.dropped {
			m[d.title()] += c.Bytes()
		}
	}
}

// set gives a row a value in a field, or takes it away if v is missing.
func (t *table) set(e *version.Epochs, d *fieldDef, id ID, v Value) {
	row := uint32(id)
	switch c := t.cols[d.index].(type) {
	case *column.Text:
		c = c.Writable(e)
		t.cols[d.index] = c
		if v.Missing() {
			c.Unset(e, row)
		} else {
			c.Set(e, row, v.text)
		}
	case *column.Numbers:
		c = c.Writable(e)
		t.cols[d.index] = c
		if v.Missing() {
			c.Unset(e, row)
		} else {
			c.Set(e, row, v.num)
		}
	case *column.Bools:
		c = c.Writable(e)
		t.cols[d.index] = c
		if v.Missing() {
			c.Unset(e, row)
		} else {
			c.Set(e, row, v.num != 0)
		}
	default:
		t.setOptions(e, d, row, v)
	}
}

func (t *table) setOptions(e *version.Epochs, d *fieldDef, row uint32, v Value) {
	switch c := t.cols[d.index].(type) {
	case *column.Choice:
		c = c.Writable(e)
		t.cols[d.index] = c
		switch {
		case v.Missing():
			c.Unset(e, row)
		case d.kind == kindPrimary:
			c.Set(e, row, uint32(v.num))
		default:
			c.Set(e, row, c.Declare(e, v.text))
		}
	case *column.Choices:
		c = c.Writable(e)
		t.cols[d.index] = c
		var buf [16]uint32
		codes := v.companies(buf[:0])
		for _, s := range v.list {
			codes = append(codes, c.Declare(e, s))
		}
		slices.Sort(codes)
		c.Set(e, row, slices.Compact(codes))
	}
}

// lookup returns the row with an identity value, 0 if there is none.
func (t *table) lookup(d *fieldDef, v Value) ID {
	if d.index >= len(t.cols) {
		return 0
	}
	switch c := t.cols[d.index].(type) {
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

// compact lets a column drop what only deleted values needed.
func (t *table) compact(e *version.Epochs, col int) {
	if c, ok := t.cols[col].(*column.Text); ok {
		t.cols[col] = c.Compact(e)
	}
}

// clear takes all values of a row away and appends the places of the fields
// that had one: a record whose values are erased does not tell them.
func (t *table) clear(e *version.Epochs, defs []*fieldDef, id ID, fields []uint16) []uint16 {
	for _, d := range defs {
		if old := t.value(d, id); !old.Missing() {
			t.set(e, d, id, Value{})
			fields = append(fields, uint16(d.index))
		}
	}
	return fields
}
