package column

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// Numbers of options and lengths of lists are stored as
//
//	4 bytes   the smallest
//	1 byte    how many bits each of the differences takes, 0 to 32
//	packed    of each the difference to the smallest
//
// After the common part (see tagChoice) a block of Choice holds these of the options
// of its rows. One of Choices (tagChoices) holds these of the lengths of the lists,
// then these of the options of all lists, one list after the other, each ascending.
//
// Options are numbered from 1, as in the list of their names, which is stored apart.
const smallHeader = 5

// appendSmall appends small numbers; list is overwritten.
func appendSmall(dst []byte, list []uint64) []byte {
	lo, hi := uint64(0), uint64(0)
	if len(list) > 0 {
		lo, hi = slices.Min(list), slices.Max(list)
	}
	for i := range list {
		list[i] -= lo
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(lo))
	w := bits.Len64(hi - lo)
	return appendPacked(append(dst, byte(w)), list, uint(w))
}

// smallNumbers are such numbers, to be read page by page.
type smallNumbers struct {
	min  uint64
	w    uint
	data []byte
}

// readSmall reads n small numbers at the start of data and returns what follows.
func readSmall(data []byte, n int) (s smallNumbers, rest []byte, err error) {
	if len(data) < smallHeader || data[4] > 32 {
		return s, nil, damaged("no head of small numbers")
	}
	s.min, s.w = uint64(binary.LittleEndian.Uint32(data)), uint(data[4])
	data = data[smallHeader:]
	size := packedLen(n, s.w)
	if len(data) < size {
		return s, nil, damaged("%d bytes hold %d numbers of %d bits", len(data), n, s.w)
	}
	s.data = data[:size]
	return s, data[size:], nil
}

// unpack reads the numbers from position from on.
func (s *smallNumbers) unpack(dst []uint64, from int) {
	unpack(dst, s.data, from, s.w)
	for i := range dst {
		dst[i] += s.min
	}
}

// AppendBlock appends the stored form of the rows of a block to dst; if none has an
// option, it returns dst as it is. It is safe beside a writer that works on a
// successor of c.
func (c *Choice) AppendBlock(dst []byte, block int) []byte {
	n := c.present.BlockLen(block)
	if n == 0 {
		return dst
	}
	var words [idset.Words]uint64
	c.present.Load(block, &words)
	dst = idset.AppendWords(append(dst, tagChoice), &words, n)
	return appendSmall(dst, c.codes.gather(block, &words, n))
}

// setsLoader is what the loaders of named values have beside the rows: the rows of
// each value.
type setsLoader struct {
	rowsLoader
	o      *options
	most   uint32          // the largest code there may be
	sets   []idset.Builder // by code
	sorter grouping
}

func newSetsLoader(e *version.Epochs, o *options, names []string) setsLoader {
	o.stamp = e.Now()
	for _, name := range names {
		if name == "" {
			o.names.appendBlank()
			continue
		}
		o.names.addNew(e, name, o.names.fold(name))
	}
	return setsLoader{rowsLoader: rowsLoader{e: e}, o: o, most: uint32(len(names)), sets: make([]idset.Builder, len(names)+1)}
}

// check reports whether all codes have been given. One of a name that was blanked
// since may be among them: the block may be older than the names, and what is
// replayed over it takes the row's option away.
func (l *setsLoader) check(codes []uint64) error {
	for _, code := range codes {
		if code-1 >= uint64(l.most) {
			return damaged("option %d of %d", code, l.most)
		}
	}
	return nil
}

// join gives rows of a block the codes beside them.
func (l *setsLoader) join(block int, codes []uint32, rows []uint16) {
	l.sorter.by(len(l.sets), codes, rows, func(code uint32, rows []uint16) {
		l.sets[code].AddIDs(block, rows)
	})
}

// done completes the options.
func (l *setsLoader) done() {
	l.o.present = l.present.Set()
	for code := range l.sets {
		if set := l.sets[code].Set(); set != nil {
			l.o.sets.set(l.e, uint32(code), set)
		}
	}
}

// A ChoiceLoader is the [Loader] of a [Choice].
type ChoiceLoader struct {
	setsLoader
	c      *Choice
	groups []uint32 // the codes of the rows of the block at hand
}

// NewChoiceLoader returns a loader of a column like that of [NewChoice], without a
// block. names are those of the options by number, the first is 1; an empty one is a
// number without an option.
func NewChoiceLoader(e *version.Epochs, fold func(string) string, names []string) *ChoiceLoader {
	c := NewChoice(fold)
	c.fit(uint64(len(names)))
	return &ChoiceLoader{setsLoader: newSetsLoader(e, &c.options, names), c: c}
}

// fit makes an empty column wide enough for a code.
func (c *Choice) fit(code uint64) {
	for c.codes.width < 32 && code>>c.codes.width != 0 {
		c.codes.width *= 2
	}
}

// Block implements [Loader].
func (l *ChoiceLoader) Block(block int, data []byte) error {
	rest, err := l.begin(block, tagChoice, data)
	if err != nil {
		return err
	}
	stored, rest, err := readSmall(rest, l.count)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return damaged("%d bytes too many", len(rest))
	}
	l.groups = l.groups[:0]
	var buf [pageRows]uint64
	err = l.pages(func(p int, words []uint64, n, before int) error {
		codes := buf[:n]
		stored.unpack(codes, before)
		if err := l.check(codes); err != nil {
			return err
		}
		for _, code := range codes {
			l.groups = append(l.groups, uint32(code))
		}
		l.c.codes.fill(l.e, block, p, words, codes)
		return nil
	})
	if err != nil {
		return err
	}
	l.list()
	l.join(block, l.groups, l.rows)
	return nil
}

// Done returns the column and ends the loader.
func (l *ChoiceLoader) Done() *Choice {
	l.done()
	return l.c
}
