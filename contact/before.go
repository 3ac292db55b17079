package contact

import "github.com/rosterdb/roster/contact/internal/column"

// before is what changed contacts had in their changed fields, in the order of
// side.fields.
type before struct {
	values []beforeValue
	words  []string
}

// A beforeValue is what a contact had in a field: a number if n is isNumber, else n
// words from at on. n is 0 if it had nothing, or the empty text.
type beforeValue struct {
	number float64
	at, n  uint32
}

const isNumber = 1<<32 - 1

// note appends what a row has in a field now, if that is what a contact that is updated
// had before. It returns how many values there were.
func (b *before) note(t *table, kind ChangeKind, d *fieldDef, id ID) (had int) {
	had = len(b.values)
	if kind != Updated || d.company || d.link() {
		return had
	}
	row, at := uint32(id), uint32(len(b.words))
	v := beforeValue{at: at}
	switch c := t.cols[d.index].(type) {
	case *column.Numbers:
		if x, ok := c.Get(row); ok {
			v.number, v.n = x, isNumber
		}
	case *column.Bools:
		if yes, ok := c.Get(row); ok {
			v.number, v.n = BoolValue(yes).num, isNumber
		}
	default:
		b.words = appendWords(b.words, c, row)
		v.n = uint32(len(b.words)) - at
	}
	b.values = append(b.values, v)
	return had
}

// cut leaves the first n values.
func (b *before) cut(n int) {
	if n < len(b.values) {
		b.words = b.words[:b.values[n].at]
		b.values = b.values[:n]
	}
}

// empty returns b without values, its memory kept unless it is much.
func (b *before) empty() before {
	if cap(b.values) > scratchMost || cap(b.words) > scratchMost {
		return before{}
	}
	clear(b.words) // the texts belong to others
	return before{b.values[:0], b.words[:0]}
}

// appendWords appends the texts, options or tags that a row of a column has, in the
// form they are compared in; an empty text is none.
func appendWords(dst []string, col any, row uint32) []string {
	switch c := col.(type) {
	case *column.Text:
		if written, folded, _ := c.Both(row); written != "" {
			dst = append(dst, folded)
		}
	case *column.Choice:
		if code := c.Code(row); code != 0 {
			dst = append(dst, c.Folded(code))
		}
	case *column.Choices:
		var buf [16]uint32
		for _, code := range c.AppendCodes(buf[:0], row) {
			dst = append(dst, c.Folded(code))
		}
	}
	return dst
}

// OldNumber returns the number, date in days since 1970-01-01, datetime in
// milliseconds since 1970 UTC, time of day in seconds since 00:00, or yes as 1 and no as
// 0, that a contact of
// [Commit.Contacts] had in the field t.Fields[i]. ok is false if it had none there,
// and for contacts that were not updated but created or deleted.
func (c *Commit) OldNumber(t *Touched, i int) (x float64, ok bool) {
	if t.Kind != Updated {
		return 0, false
	}
	v := c.contacts.before.values[t.before+i]
	return v.number, v.n == isNumber
}

// OldWords returns the text, the option or the tags that a contact of
// [Commit.Contacts] had in the field t.Fields[i], in the form they are compared in, see
// [View.AppendWords]; none if it had nothing there, or the empty text, and for contacts
// that were not updated but created or deleted. The slice is good during the call and
// must not be changed.
func (c *Commit) OldWords(t *Touched, i int) []string {
	if t.Kind != Updated {
		return nil
	}
	v := c.contacts.before.values[t.before+i]
	if v.n == isNumber {
		return nil
	}
	return c.contacts.before.words[v.at : v.at+v.n]
}
