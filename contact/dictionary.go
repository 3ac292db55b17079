package contact

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/rosterdb/roster/contact/internal/boltfile"
	"github.com/rosterdb/roster/contact/internal/column"
	"github.com/rosterdb/roster/contact/internal/version"
)

// The tags of a field are stored in the order of their numbers, some at a time. New
// ones only ever come at the end.
const partWords = 1024

func wordsKey(col, part int) []byte {
	b := binary.BigEndian.AppendUint32([]byte(stateNames), uint32(col))
	return binary.BigEndian.AppendUint32(b, uint32(part))
}

// words returns the dictionary of a field of tags, nil for other fields.
func (t *table) words(d *fieldDef) *column.Choices {
	if d.kind != KindTags || d.dropped || d.index >= len(t.cols) {
		return nil
	}
	c, _ := t.cols[d.index].(*column.Choices)
	return c
}

// wordEntries returns the parts of a dictionary from one on; a word that was taken
// out is an empty text.
func wordEntries(col int, c *column.Choices, from int) (list []entry) {
	for part := from; part*partWords < c.Numbers(); part++ {
		var b []byte
		for i := part * partWords; i < min(c.Numbers(), (part+1)*partWords); i++ {
			b = appendText(b, c.Name(uint32(i+1)))
		}
		list = append(list, entry{bucket: bucketState, key: wordsKey(col, part), value: b})
	}
	return list
}

// dictionaries returns what is new in the dictionaries of the fields that have
// changed. It is put into the file in the commit that brings the last record of the
// version, so that the dictionaries in the file know every number in the blocks, and
// none is put there after a later one that a word was erased from.
func (d *durable) dictionaries(v *View, changed dirty) (list []entry) {
	for _, t := range v.st.tables() {
		for i := range t.dirty(&changed).cols {
			if i >= len(t.schema.fields) { // a field whose transaction was vetoed
				break
			}
			f, col := t.schema.fields[i], t.first+i
			if t.tab.words(f) != nil {
				list = append(list, d.rewritten(&t, f, d.stored(col)/partWords)...)
			}
			for part := 0; f.dropped && part*partWords < d.stored(col); part++ {
				list = append(list, entry{bucket: bucketState, key: wordsKey(col, part)})
			}
		}
	}
	return list
}

// rewritten returns the parts of a dictionary from one on, and before it what is not
// in the file yet.
func (d *durable) rewritten(t *storedTable, f *fieldDef, part int) []entry {
	c, col := t.tab.words(f), t.first+f.index
	list := wordEntries(col, c, min(part, d.stored(col)/partWords))
	d.setStored(col, c.Numbers())
	return list
}

// stored returns how many words of a dictionary are in the file, or will be when what
// was applied before is.
func (d *durable) stored(col int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.words[col]
}

func (d *durable) setStored(col, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.words[col] = n
}

// forgetWords takes the tags that no row has, of those with a number above one,
// out of the dictionary of a field. It returns how many these were, and the first
// part of the stored dictionary that has one. It costs a pass over the dictionary.
func (t *table) forgetWords(e *version.Epochs, d *fieldDef, above int) (n, part int) {
	c := t.words(d)
	if c == nil {
		return 0, 0
	}
	var dead []uint32
	for code := uint32(above + 1); int(code) <= c.Numbers(); code++ {
		if c.Name(code) != "" && c.Having(code).Len() == 0 {
			dead = append(dead, code)
		}
	}
	if dead == nil {
		return 0, 0
	}
	c = c.Writable(e)
	c.Blank(e, dead...)
	t.cols[d.index] = c
	return len(dead), int(dead[0]-1) / partWords
}

// unsealNames reads a part of a dictionary.
func unsealNames(b []byte) (names []string, err error) {
	defer func() {
		if recover() != nil { // ran over the end
			names, err = nil, errSealed
		}
	}()
	d := decoder{b}
	for len(d.b) > 0 {
		names = append(names, d.text())
	}
	return names, nil
}

// loadWords reads the dictionary of a field of tags.
func (d *durable) loadWords(col int) (words []string, err error) {
	prefix := wordsKey(col, 0)[:len(stateNames)+4]
	err = d.view(func(tx *boltfile.Tx) error {
		return tx.Walk(bucketState, prefix, func(key, value []byte) (err error) {
			if !bytes.HasPrefix(key, prefix) {
				return errEnd
			}
			more, err := unsealNames(bytes.Clone(value))
			if err != nil {
				return &CorruptError{File: d.path(), Offset: -1, What: fmt.Sprintf("the dictionary of column %d", col)}
			}
			words = append(words, more...)
			return nil
		})
	})
	if err == errEnd {
		err = nil
	}
	d.setStored(col, len(words))
	return words, err
}
