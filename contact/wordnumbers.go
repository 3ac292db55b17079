package contact

import (
	"iter"

	"github.com/rosterdb/roster/contact/internal/column"
)

// WordNumbers are numbers that somebody gives to some words of a field: to texts, options
// or tags in the form they are compared in, see [View.AppendWords]. What a contact has is
// told by these numbers without reading the words, once each of them has been looked up.
// The zero WordNumbers has none.
//
// WordNumbers belong to one field and must not be used by more than one goroutine at a
// time.
type WordNumbers struct {
	numbers map[string]uint32
	memo    column.CodeMemo // by code, as below
}

// What a memo has of a word: nothing yet, or one of these, or its number and 2.
const (
	wordIsNone  = 1 // the empty text
	wordUnnamed = 2 // it has no number
)

// Set gives a word a number, which is 1 to 1<<31, in the place of the one that it had; 0
// takes that away. What has been looked up is looked up again, so giving numbers pays off
// where it is done seldom.
func (w *WordNumbers) Set(word string, number uint32) {
	w.memo.Forget()
	if number == 0 {
		delete(w.numbers, word)
		return
	}
	if w.numbers == nil {
		w.numbers = make(map[string]uint32)
	}
	w.numbers[word] = number
}

// Number returns the number of a word, 0 if it has none.
func (w *WordNumbers) Number(word string) uint32 { return w.numbers[word] }

// Len returns how many words have numbers.
func (w *WordNumbers) Len() int { return len(w.numbers) }

// All iterates over the words that have numbers, in no particular order.
func (w *WordNumbers) All() iter.Seq2[string, uint32] {
	return func(yield func(string, uint32) bool) {
		for word, n := range w.numbers {
			if !yield(word, n) {
				return
			}
		}
	}
}

// MemoBytes estimates the memory that holds what has been looked up: 4 bytes for each
// distinct text of the field at most, without those that nobody had since.
func (w *WordNumbers) MemoBytes() int { return w.memo.Bytes() }

// append appends the numbers of the words of some codes of a column, and counts these
// words.
func (w *WordNumbers) append(dst []uint32, col any, codes []uint32) (numbers []uint32, words int) {
	for _, code := range codes {
		place := w.place(col, code)
		if place == nil {
			continue
		}
		if *place == 0 {
			*place = w.lookUp(col, code)
		}
		if *place != wordIsNone {
			words++
		}
		if *place > wordUnnamed {
			dst = append(dst, *place-wordUnnamed)
		}
	}
	return dst, words
}

func (w *WordNumbers) place(col any, code uint32) *uint32 {
	switch c := col.(type) {
	case *column.Text:
		return c.Remembered(&w.memo, code)
	case *column.Choice:
		return c.Remembered(&w.memo, code)
	case *column.Choices:
		return c.Remembered(&w.memo, code)
	}
	return nil
}

func (w *WordNumbers) lookUp(col any, code uint32) uint32 {
	word, ok := wordOf(col, code)
	if !ok {
		return wordIsNone
	}
	return w.numbers[word] + wordUnnamed
}

// AppendNumbers appends the numbers of the words that a contact has in a field, those of
// [View.AppendWords] and in their order. words is how many words it has, with a number or
// without.
func (v *View) AppendNumbers(dst []uint32, id ID, f Field, w *WordNumbers) (numbers []uint32, words int) {
	var buf [16]uint32
	col := v.column(f)
	return w.append(dst, col, appendCodes(buf[:0], col, uint32(id)))
}

// AppendOldNumbers appends the numbers of the words that a contact of [Commit.Contacts]
// had in the field t.Fields[i], those of [Commit.OldWords] and in their order. words is how
// many words it had, with a number or without.
func (c *Commit) AppendOldNumbers(dst []uint32, t *Touched, i int, w *WordNumbers) (numbers []uint32, words int) {
	codes, col := c.oldCodes(t, i)
	return w.append(dst, col, codes)
}
