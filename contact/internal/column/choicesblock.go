package column

import (
	"slices"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// AppendBlock appends the stored form of the rows of a block to dst; if none has a
// value, it returns dst as it is. It is safe beside a writer that works on a
// successor of c. The layout is told beside that of [Choice].
func (c *Choices) AppendBlock(dst []byte, block int) []byte {
	n := c.present.BlockLen(block)
	if n == 0 {
		return dst
	}
	var words [idset.Words]uint64
	c.present.Load(block, &words)
	dst = idset.AppendWords(append(dst, tagChoices), &words, n)
	lengths := gather(make([]uint64, 0, n), &c.lists, block, &words)
	codes := make([]uint64, 0, 4*n)
	for i, p := range lengths { // the packed lists so far
		before := len(codes)
		if p&longList == longList {
			for _, code := range c.long.get(uint32(p)) {
				codes = append(codes, uint64(code))
			}
		} else {
			for ; p != 0; p >>= 16 {
				codes = append(codes, p&0xffff)
			}
		}
		lengths[i] = uint64(len(codes) - before)
	}
	return appendSmall(appendSmall(dst, lengths), codes)
}

// A ChoicesLoader is the [Loader] of a [Choices].
type ChoicesLoader struct {
	setsLoader
	c     *Choices
	codes []uint32 // of all lists of the block at hand
	pairs []uint16 // beside each code its row
}

// NewChoicesLoader returns a loader of a column like that of [NewChoices], without a
// block. names are those of the values by number, the first is 1; an empty one is a
// number without a value.
func NewChoicesLoader(e *version.Epochs, fold func(string) string, names []string) *ChoicesLoader {
	c := NewChoices(fold)
	return &ChoicesLoader{setsLoader: newSetsLoader(e, &c.options, names), c: c}
}

// Block implements [Loader].
func (l *ChoicesLoader) Block(block int, data []byte) error {
	rest, err := l.begin(block, tagChoices, data)
	if err != nil {
		return err
	}
	lengths, rest, err := readSmall(rest, l.count)
	if err != nil {
		return err
	}
	total, err := l.total(&lengths)
	if err != nil {
		return err
	}
	stored, rest, err := readSmall(rest, total)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return damaged("%d bytes too many", len(rest))
	}
	if err := l.readCodes(&stored, total); err != nil {
		return err
	}
	l.list()
	if err := l.fillLists(block, &lengths); err != nil {
		return err
	}
	l.join(block, l.codes, l.pairs)
	return nil
}

// total adds up lengths.
func (l *ChoicesLoader) total(lengths *smallNumbers) (sum int, err error) {
	var list [pageRows]uint64
	for from := 0; from < l.count; from += pageRows {
		part := list[:min(pageRows, l.count-from)]
		lengths.unpack(part, from)
		for _, n := range part {
			if n-1 >= uint64(l.most) {
				return 0, damaged("a list of %d of %d options", n, l.most)
			}
			sum += int(n)
		}
	}
	return sum, nil
}

// readCodes reads the codes of all lists. If they take no bits, they are all the same
// and no list has two: that much is checked before memory is taken for them.
func (l *ChoicesLoader) readCodes(stored *smallNumbers, total int) error {
	if stored.w == 0 && total > l.count {
		return damaged("a value twice in a list")
	}
	var list [pageRows]uint64
	l.codes = slices.Grow(l.codes[:0], total)
	for from := 0; from < total; from += pageRows {
		part := list[:min(pageRows, total-from)]
		stored.unpack(part, from)
		if err := l.check(part); err != nil {
			return err
		}
		for _, code := range part {
			l.codes = append(l.codes, uint32(code))
		}
	}
	return nil
}

// fillLists gives the rows their lists.
func (l *ChoicesLoader) fillLists(block int, lengths *smallNumbers) error {
	l.pairs = l.pairs[:0]
	rest := l.codes
	var buf [pageRows]uint64
	return l.pages(func(p int, words []uint64, n, before int) error {
		lists := buf[:n]
		lengths.unpack(lists, before)
		for i, length := range lists {
			codes := rest[:length]
			rest = rest[length:]
			row := l.rows[before+i]
			for j, code := range codes {
				if j > 0 && code <= codes[j-1] {
					return damaged("option %d after %d in a list", code, codes[j-1])
				}
				l.pairs = append(l.pairs, row)
			}
			packed, ok := pack(codes)
			if !ok {
				packed = longList | uint64(l.c.used)
				l.c.long.set(l.e, l.c.used, slices.Clone(codes))
				l.c.used++
			}
			lists[i] = packed
		}
		fill(&l.c.lists, l.e, block, p, words, lists)
		return nil
	})
}

// Done returns the column and ends the loader.
func (l *ChoicesLoader) Done() *Choices {
	l.done()
	return l.c
}
