package column

import (
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// Text is a column of text: a dictionary of the distinct texts, a code a row,
// and the rows of each code. A column with many distinct texts is the same thing
// with long codes and contiguous texts: a code of one row costs eight bytes
// beside its text.
type Text struct {
	stamp   version.Stamp
	dict    dict
	codes   keys // by row; 0 is no value
	present *idset.Set
	posts   postings
	live    uint32   // codes that some row has
	domains *domains // nil unless the texts are e-mail addresses
}

// NewText returns an empty column that compares texts by their folded forms. fold
// must be idempotent and safe for concurrent use; if it makes A small, then all of ASCII
// like [fold.ASCII].
func NewText(fold func(string) string) *Text {
	return &Text{dict: newDict(fold), codes: keys{width: 8}}
}

// Writable returns the column to change from now on: t itself, or a copy of its
// header if a snapshot can see t.
func (t *Text) Writable(e *version.Epochs) *Text {
	if e.Owns(t.stamp) {
		return t
	}
	c := *t
	c.stamp = e.Now()
	c.domains = t.domains.clone()
	return &c
}

// Present returns the rows that have a value, the empty text included.
func (t *Text) Present() *idset.Set { return t.present }

// Get returns the text of a row as written and whether it has one.
func (t *Text) Get(row uint32) (string, bool) {
	code := uint32(t.codes.get(row))
	if code == 0 {
		return "", false
	}
	return t.dict.written(code), true
}

// Code returns the number of a row's text in the column's dictionary, 0 if it
// has none, for what is remembered per distinct text.
func (t *Text) Code(row uint32) uint32 { return uint32(t.codes.get(row)) }

// Distinct returns the number of distinct texts that some row has.
func (t *Text) Distinct() int { return int(t.live) }

// Set gives a row a text.
func (t *Text) Set(e *version.Epochs, row uint32, text string) {
	old := uint32(t.codes.get(row))
	if old != 0 && t.dict.written(old) == text {
		return
	}
	if t.domains != nil {
		t.domains.move(e, row, t.textOf(old), old != 0, text, true)
	}
	code := t.dict.add(e, text)
	if old != 0 {
		t.drop(e, old, row)
	} else {
		t.present, _ = t.present.Add(e, row)
	}
	t.give(e, row, code)
}

// SetAll gives rows, none of which comes twice, their texts.
func (t *Text) SetAll(e *version.Epochs, rows []uint32, texts []string) {
	if t.domains != nil {
		for i, row := range rows {
			t.Set(e, row, texts[i])
		}
		return
	}
	var fresh [256]uint32 // rows without a text before
	for len(rows) > 0 {
		n, f := min(len(rows), len(fresh)), 0
		for i, row := range rows[:n] {
			old := uint32(t.codes.get(row))
			code := t.dict.add(e, texts[i])
			switch old {
			case code:
				continue
			case 0:
				fresh[f] = row
				f++
			default:
				t.drop(e, old, row)
			}
			t.give(e, row, code)
		}
		t.present = t.present.AddAll(e, fresh[:f])
		rows, texts = rows[n:], texts[n:]
	}
}

// give gives a row that has none a text by its code.
func (t *Text) give(e *version.Epochs, row, code uint32) {
	if t.codes.width < 32 && uint64(code)>>t.codes.width != 0 {
		t.codes = t.codes.widened(e, t.codes.width*2)
	}
	if t.posts.add(e, code, row) == 1 {
		t.live++
	}
	t.codes.set(e, row, uint64(code))
}

// Unset takes the text of a row away.
func (t *Text) Unset(e *version.Epochs, row uint32) {
	old := uint32(t.codes.get(row))
	if old == 0 {
		return
	}
	if t.domains != nil {
		t.domains.move(e, row, t.dict.written(old), true, "", false)
	}
	t.drop(e, old, row)
	t.present, _ = t.present.Remove(e, row)
	t.codes.set(e, row, 0)
}

// textOf returns the text of a code, which may be 0.
func (t *Text) textOf(code uint32) string {
	if code == 0 {
		return ""
	}
	return t.dict.written(code)
}

func (t *Text) drop(e *version.Epochs, code, row uint32) {
	if t.posts.remove(e, code, row) == 0 {
		t.live--
	}
}

// Compact builds a new dictionary when more texts are dead than alive, and
// returns the column to use. It costs a pass over the rows, paid for by as many
// changes before it.
func (t *Text) Compact(e *version.Epochs) *Text {
	const slack = 4096
	if t.dict.n-t.live <= t.live+slack {
		return t
	}
	c := NewText(t.dict.fold)
	c.stamp = e.Now()
	if t.domains != nil {
		c.IndexDomains(e)
	}
	for row := range t.present.All() {
		c.Set(e, row, t.dict.written(uint32(t.codes.get(row))))
	}
	return c
}

// Lookup returns the first row whose folded text is the given one and whose text
// as written satisfies same, 0 if there is none.
func (t *Text) Lookup(folded string, same func(written string) bool) (row uint32) {
	t.dict.find(folded, func(code uint32) bool {
		if t.posts.len(code) > 0 && same(t.dict.written(code)) {
			row = t.posts.first(code)
		}
		return row == 0
	})
	return row
}

// Bytes estimates the memory held.
func (t *Text) Bytes() int {
	return t.dict.bytes() + t.codes.bytes() + t.present.Bytes() + t.posts.bytes() + t.domains.bytes()
}

// Both returns the text of a row as written and folded, and whether it has one.
func (t *Text) Both(row uint32) (written, folded string, ok bool) {
	code := uint32(t.codes.get(row))
	if code == 0 {
		return "", "", false
	}
	written, folded = t.dict.record(code)
	return written, folded, true
}

// Forms returns the text of a code, which was given, as written and folded.
func (t *Text) Forms(code uint32) (written, folded string) { return t.dict.record(code) }
