package column

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// After the common part (see tagText) a block of Text holds
//
//	a set     the rows whose text an earlier row of the block has too; perhaps none
//	4 bytes   the number of distinct texts: the other rows
//	texts     of the other rows in their order: each its length, seven bits to a
//	          byte, the lowest first, all bytes but the last with the top bit set;
//	          then its bytes
//	packed    of each row of the set, the position of its text in the list, from 0;
//	          as many bits each as the last position needs
//
// So texts that are all different cost one byte beside each, and a few texts that
// come again and again cost a position a row.

// AppendBlock appends the stored form of the rows of a block to dst; if none has a
// value, it returns dst as it is. It is safe beside a writer that works on a
// successor of t.
func (t *Text) AppendBlock(dst []byte, block int) []byte {
	n := t.present.BlockLen(block)
	if n == 0 {
		return dst
	}
	var words, again [idset.Words]uint64
	t.present.Load(block, &words)
	dst = idset.AppendWords(append(dst, tagText), &words, n)
	codes := t.codes.gather(block, &words, n)
	var texts []uint32       // distinct codes in the order of their first rows
	positions := codes[:0:n] // of the rows in again; never more than were read
	seen := newSmallIndex(min(n, t.Distinct()))
	k := 0
	for i, w := range words {
		for ; w != 0; w &= w - 1 {
			code := uint32(codes[k])
			k++
			at := seen.place(code)
			if *at != 0 {
				again[i] |= w & -w
				positions = append(positions, *at>>32-1)
				continue
			}
			texts = append(texts, code)
			*at = uint64(len(texts))<<32 | uint64(code)
		}
	}
	dst = idset.AppendWords(dst, &again, len(positions))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(texts)))
	for _, code := range texts {
		text := t.dict.written(code)
		dst = appendUvarint(dst, len(text))
		dst = append(dst, text...)
	}
	return appendPacked(dst, positions, positionBits(len(texts)))
}

// positionBits returns the bits that hold every position in a list of n.
func positionBits(n int) uint { return uint(bits.Len(uint(max(n, 1) - 1))) }

// A smallIndex finds what belongs to a code, for as many codes as a block has rows.
type smallIndex struct {
	slots []uint64 // the code in the lowest 32 bits, never 0
	shift uint
}

func newSmallIndex(n int) *smallIndex {
	width := bits.Len(uint(n)) + 1 // at most half full
	return &smallIndex{slots: make([]uint64, 1<<width), shift: 32 - uint(width)}
}

// place returns the slot of a code, 0 if it is new.
func (s *smallIndex) place(code uint32) *uint64 {
	mask := uint32(len(s.slots) - 1)
	for i := code * 0x9e3779b1 >> s.shift; ; i++ {
		if slot := &s.slots[i&mask]; *slot == 0 || uint32(*slot) == code {
			return slot
		}
	}
}

// A TextLoader is the [Loader] of a [Text].
type TextLoader struct {
	rowsLoader
	t      *Text
	index  textIndex
	sets   []idset.Builder // by place in the postings
	seen   []uint64        // bitmap of the codes that occurred in the block at hand
	texts  []uint32        // codes of its distinct texts
	again  [idset.Words]uint64
	groups []uint32 // of each row, the position of its text
	sorter grouping
}

// NewTextLoader returns a loader of a column like that of [NewText], without a
// block.
func NewTextLoader(e *version.Epochs, fold func(string) string) *TextLoader {
	t := NewText(fold)
	t.stamp = e.Now()
	return &TextLoader{rowsLoader: rowsLoader{e: e}, t: t}
}

// Block implements [Loader].
func (l *TextLoader) Block(block int, data []byte) error {
	rest, err := l.begin(block, tagText, data)
	if err != nil {
		return err
	}
	repeats, rest, err := idset.LoadStored(&l.again, rest)
	if err != nil {
		return err
	}
	for i, w := range l.again {
		if w&^l.words[i] != 0 {
			return damaged("a repeated text in a row without a value")
		}
	}
	if len(rest) < 4 {
		return damaged("no number of texts")
	}
	n := binary.LittleEndian.Uint32(rest)
	if uint64(n) != uint64(l.count-repeats) {
		return damaged("%d texts for %d rows, %d of them repeated", n, l.count, repeats)
	}
	if rest, err = l.readTexts(int(n), rest[4:]); err != nil {
		return err
	}
	w := positionBits(int(n))
	if len(rest) != packedLen(repeats, w) {
		return damaged("%d bytes hold the positions of %d texts", len(rest), repeats)
	}
	for l.t.codes.width < 32 && uint64(l.t.dict.n)>>l.t.codes.width != 0 {
		l.t.codes = l.t.codes.widened(l.e, l.t.codes.width*2)
	}
	if err := l.readRows(block, rest, w); err != nil {
		return err
	}
	l.list()
	if repeats == 0 {
		for i, code := range l.texts {
			l.join(code, block, l.rows[i:i+1])
		}
		return nil
	}
	l.sorter.by(int(n), l.groups, l.rows, func(i uint32, rows []uint16) {
		l.join(l.texts[i], block, rows)
	})
	return nil
}

// readTexts numbers the n texts at the start of data and returns what follows.
func (l *TextLoader) readTexts(n int, data []byte) (rest []byte, err error) {
	const batch = 128 // texts looked up together, see textIndex
	l.texts = l.texts[:0]
	var written, folded [batch]string
	for len(l.texts) < n {
		size := min(batch, n-len(l.texts))
		for i := range size {
			length, k := binary.Uvarint(data)
			if k <= 0 || length > uint64(len(data)-k) {
				return nil, damaged("a text runs over the end")
			}
			// The bytes are copied before Block returns.
			written[i] = unsafe.String(unsafe.SliceData(data[k:]), int(length))
			folded[i] = l.t.dict.fold(written[i])
			data = data[k+int(length):]
		}
		l.texts = l.index.number(&l.t.dict, l.texts, written[:size], folded[:size])
	}
	for len(l.seen)*64 <= int(l.t.dict.n) {
		l.seen = append(l.seen, 0)
	}
	twice := false
	for _, code := range l.texts {
		twice = twice || l.seen[code>>6]>>(code&63)&1 != 0
		l.seen[code>>6] |= 1 << (code & 63)
	}
	for _, code := range l.texts {
		l.seen[code>>6] = 0
	}
	if twice {
		return nil, damaged("a text is listed twice")
	}
	return data, nil
}

// readRows gives the rows their texts. data holds the positions of the repeated ones,
// of w bits each.
func (l *TextLoader) readRows(block int, data []byte, w uint) error {
	var positions, values [pageRows]uint64
	l.groups = l.groups[:0]
	read, next := 0, uint32(0) // repeated texts read, position of the next other one
	return l.pages(func(p int, words []uint64, n, _ int) error {
		again := l.again[p*pageWords : (p+1)*pageWords]
		repeats := 0
		for _, w := range again {
			repeats += bits.OnesCount64(w)
		}
		at := positions[:repeats]
		unpack(at, data, read, w)
		read += repeats
		for _, x := range at {
			if x >= uint64(len(l.texts)) {
				return damaged("text %d of %d", x, len(l.texts))
			}
		}
		k := 0
		for i, w := range words {
			for a := again[i]; w != 0; w &= w - 1 {
				x := next
				if a&w&-w != 0 {
					x, at = uint32(at[0]), at[1:]
				} else {
					next++
				}
				l.groups = append(l.groups, x)
				values[k] = uint64(l.texts[x])
				k++
			}
		}
		l.t.codes.fill(l.e, block, p, words, values[:n])
		return nil
	})
}

// join adds rows of a block to those of a code.
func (l *TextLoader) join(code uint32, block int, rows []uint16) {
	at := l.t.posts.codes.at(l.e, code)
	before := at.n
	at.n += uint32(len(rows))
	first := uint32(block)<<blockBits | uint32(rows[0])
	switch {
	case before == 0:
		l.t.live++
		if len(rows) == 1 {
			at.ref = first
			return
		}
		fallthrough
	case before == 1:
		var set idset.Builder
		if before == 1 {
			set.AddIDs(int(at.ref>>blockBits), []uint16{uint16(at.ref)})
		}
		at.ref = uint32(len(l.sets))
		l.sets = append(l.sets, set)
	}
	l.sets[at.ref].AddIDs(block, rows)
}

// Done returns the column and ends the loader.
func (l *TextLoader) Done() *Text {
	t := l.t
	l.index.finish(l.e, &t.dict)
	t.present = l.present.Set()
	for i := range l.sets {
		t.posts.sets.set(l.e, uint32(i), l.sets[i].Set())
	}
	t.posts.used = uint32(len(l.sets))
	l.sets = nil
	return t
}
