package contact

import "github.com/rosterdb/roster/contact/internal/column"

// before is what changed contacts had in their changed fields, in the order of
// side.fields.
type before struct {
	values []beforeValue
	codes  []uint32
}

// A beforeValue is what a contact had in a field: a number if n is isNumber, else n
// texts, options or tags by their codes from at on. n is 0 if it had nothing. The codes are
// those of the column, which keeps the texts until the floors have prepared the commit.
type beforeValue struct {
	number float64
	at, n  uint32
}

const isNumber = 1<<32 - 1

// note appends what a row has in a field now, if that is what a contact that is updated
// had before.
func (b *before) note(t *table, kind ChangeKind, d *fieldDef, id ID) {
	if kind != Updated || d.company || d.link() {
		return
	}
	row, at := uint32(id), uint32(len(b.codes))
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
		b.codes = appendCodes(b.codes, c, row)
		v.n = uint32(len(b.codes)) - at
	}
	b.values = append(b.values, v)
}

// empty returns b without values, its memory kept unless it is much.
func (b *before) empty() before {
	if cap(b.values) > scratchMost || cap(b.codes) > scratchMost {
		return before{}
	}
	return before{b.values[:0], b.codes[:0]}
}

// appendCodes appends the codes of the texts, options or tags that a row of a column has.
func appendCodes(dst []uint32, col any, row uint32) []uint32 {
	code := uint32(0)
	switch c := col.(type) {
	case *column.Text:
		code = c.Code(row)
	case *column.Choice:
		code = c.Code(row)
	case *column.Choices:
		return c.AppendCodes(dst, row)
	}
	if code != 0 {
		dst = append(dst, code)
	}
	return dst
}

// wordOf returns the text, option or tag of a code of a column, in the form it is
// compared in; ok is false for an empty text, which is none.
func wordOf(col any, code uint32) (word string, ok bool) {
	switch c := col.(type) {
	case *column.Text:
		written, folded := c.Forms(code)
		return folded, written != ""
	case *column.Choice:
		return c.Folded(code), true
	case *column.Choices:
		return c.Folded(code), true
	}
	return "", false
}

// appendWords appends the texts, options or tags that a row of a column has, in the
// form they are compared in; an empty text is none.
func appendWords(dst []string, col any, row uint32) []string {
	var buf [16]uint32
	for _, code := range appendCodes(buf[:0], col, row) {
		if word, ok := wordOf(col, code); ok {
			dst = append(dst, word)
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
// that were not updated but created or deleted. The slice is the caller's.
func (c *Commit) OldWords(t *Touched, i int) (words []string) {
	codes, col := c.oldCodes(t, i)
	for _, code := range codes {
		if word, ok := wordOf(col, code); ok {
			words = append(words, word)
		}
	}
	return words
}

// oldCodes returns the codes of what a contact had in a changed field, and whose they
// are.
func (c *Commit) oldCodes(t *Touched, i int) (codes []uint32, col any) {
	if t.Kind != Updated {
		return nil, nil
	}
	v := c.contacts.before.values[t.before+i]
	if v.n == isNumber || v.n == 0 {
		return nil, nil
	}
	return c.contacts.before.codes[v.at : v.at+v.n], c.st.cols[t.Fields[i]]
}
