package column

import "github.com/rosterdb/roster/contact/internal/version"

// Dictionary numbers texts for what keeps codes of its own, like the attributes of
// events. It is the dictionary of a [Text] without its rows: texts are numbered from
// 1 in the order they came, as written; a number keeps its meaning for as long as
// the dictionary lives, also when nothing uses it any more.
//
// Versions work as for a column: texts are added to what Writable returned in the
// current epoch, by the single writer; a version that a snapshot can see is
// immutable and safe for concurrent use.
type Dictionary struct {
	stamp version.Stamp
	dict  dict
}

// NewDictionary returns an empty dictionary that finds texts by their folded forms.
// fold must be idempotent and safe for concurrent use.
func NewDictionary(fold func(string) string) *Dictionary {
	return &Dictionary{dict: newDict(fold)}
}

// Writable returns the dictionary to add to from now on: d itself, or a copy of its
// header if a snapshot can see d.
func (d *Dictionary) Writable(e *version.Epochs) *Dictionary {
	if e.Owns(d.stamp) {
		return d
	}
	c := *d
	c.stamp = e.Now()
	return &c
}

// Add returns the number of a text as written, giving it the next one if it has none.
func (d *Dictionary) Add(e *version.Epochs, text string) uint32 { return d.dict.add(e, text) }

// Code returns the number of a text as written, 0 if it has none.
func (d *Dictionary) Code(text string) uint32 { return d.dict.code(text) }

// Find calls yield with the number of each text whose folded form is the given one,
// until yield returns false.
func (d *Dictionary) Find(folded string, yield func(code uint32) bool) { d.dict.find(folded, yield) }

// Len returns the number of texts. They are numbered from 1 to Len.
func (d *Dictionary) Len() int { return int(d.dict.n) }

// Both returns the text of a number from 1 to Len, as written and folded. The strings
// share the dictionary's memory, which is never written again.
func (d *Dictionary) Both(code uint32) (written, folded string) { return d.dict.record(code) }

// Bytes estimates the memory held.
func (d *Dictionary) Bytes() int { return d.dict.bytes() }
