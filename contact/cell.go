package contact

import "github.com/rosterdb/roster/contact/internal/column"

// The methods of this file read one value of one contact without making a
// [Value]: they are what a filter uses to decide about a single contact. A
// contact without a value, or a field of another kind, answers no. With a field of
// companies the id is that of a company.

// TextOf returns a contact's text as written and in the form it is compared in.
func (v *View) TextOf(id ID, f Field) (written, folded string, ok bool) {
	c, ok := v.column(f).(*column.Text)
	if !ok {
		return "", "", false
	}
	return c.Both(uint32(id))
}

// NumberOf returns a contact's number, date in days since 1970-01-01, datetime in
// milliseconds since 1970 UTC, or time of day in seconds since 00:00.
func (v *View) NumberOf(id ID, f Field) (float64, bool) {
	c, ok := v.column(f).(*column.Numbers)
	if !ok {
		return 0, false
	}
	return c.Get(uint32(id))
}

// BoolOf returns a contact's yes or no.
func (v *View) BoolOf(id ID, f Field) (yes, ok bool) {
	c, ok := v.column(f).(*column.Bools)
	if !ok {
		return false, false
	}
	return c.Get(uint32(id))
}

// FilledOf reports whether a contact has a value; an empty text is none.
func (v *View) FilledOf(id ID, f Field) bool {
	if c, ok := v.column(f).(*column.Text); ok {
		s, ok := c.Get(uint32(id))
		return ok && s != ""
	}
	c, ok := v.column(f).(interface{ Has(row uint32) bool })
	return ok && c.Has(uint32(id))
}

// AcceptsOf reports whether a predicate accepts a contact's text; see
// [View.ProbeMatching], whose memo it shares.
func (v *View) AcceptsOf(id ID, f Field, memo *TextMemo, accept func(written, folded string) bool) bool {
	c, ok := v.column(f).(*column.Text)
	if memo == nil {
		memo = new(TextMemo)
	}
	return ok && c.Accepts(uint32(id), &memo.memo, accept)
}

// HasAnyWord reports whether a contact has at least one of some options or tags, given
// by their folded forms, see [Fold]. It costs by what the contact has, however many are
// given.
func (v *View) HasAnyWord(id ID, f Field, folded map[string]struct{}) bool {
	switch c := v.column(f).(type) {
	case *column.Choice:
		code := c.Code(uint32(id))
		if code == 0 {
			return false
		}
		_, found := folded[c.Folded(code)]
		return found
	case *column.Choices:
		var buf [16]uint32
		for _, code := range c.AppendCodes(buf[:0], uint32(id)) {
			if _, found := folded[c.Folded(code)]; found {
				return true
			}
		}
	}
	return false
}

// HasWord reports whether a contact has an option or a tag.
func (v *View) HasWord(id ID, f Field, word string) bool {
	switch c := v.column(f).(type) {
	case *column.Choice:
		code := c.Number(word)
		return code != 0 && c.Code(uint32(id)) == code
	case *column.Choices:
		code := c.Number(word)
		return code != 0 && c.HasCode(uint32(id), code)
	}
	return false
}
