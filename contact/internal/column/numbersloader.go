package column

import (
	"cmp"
	"math"
	"slices"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// A NumbersLoader is the [Loader] of a [Numbers].
//
// The form of the column follows from all its numbers, so blocks are kept as they
// are until Done.
type NumbersLoader struct {
	rowsLoader
	column *Numbers
	blocks []numbersBlock
}

type numbersBlock struct {
	block int
	head  numbersHead
	rows  []byte // stored, for there may be many blocks
	data  []byte // the multiples, packed
}

// NewNumbersLoader returns a loader of a column like that of [NewNumbers], without a
// block.
func NewNumbersLoader(e *version.Epochs) *NumbersLoader { return newNumbersLoader(e, NewNumbers()) }

// NewUniqueNumbersLoader returns a loader of a column like that of
// [NewUniqueNumbers], without a block.
func NewUniqueNumbersLoader(e *version.Epochs) *NumbersLoader {
	return newNumbersLoader(e, NewUniqueNumbers())
}

// NewDaysLoader returns a loader of a column like that of [NewDays], without a block.
func NewDaysLoader(e *version.Epochs) *NumbersLoader { return newNumbersLoader(e, NewDays()) }

// NewInstantsLoader returns a loader of a column like that of [NewInstants], without
// a block.
func NewInstantsLoader(e *version.Epochs) *NumbersLoader { return newNumbersLoader(e, NewInstants()) }

func newNumbersLoader(e *version.Epochs, c *Numbers) *NumbersLoader {
	c.stamp = e.Now()
	return &NumbersLoader{rowsLoader: rowsLoader{e: e}, column: c}
}

// Block implements [Loader].
func (l *NumbersLoader) Block(block int, data []byte) error {
	data = slices.Clone(data)
	rest, err := l.begin(block, tagNumbers, data)
	if err != nil {
		return err
	}
	b := numbersBlock{block: block, rows: data[1 : len(data)-len(rest)]}
	if err := b.head.read(rest); err != nil {
		return err
	}
	b.data = rest[numbersHeader:]
	if w := b.head.bits(); len(b.data) != packedLen(l.count, w) {
		return damaged("%d bytes hold %d numbers of %d bits", len(b.data), l.count, w)
	}
	if err := l.check(&b); err != nil {
		return err
	}
	l.blocks = append(l.blocks, b)
	return nil
}

// check makes sure that every number is one the column can hold.
func (l *NumbersLoader) check(b *numbersBlock) error {
	widest := l.column.ladder[len(l.column.ladder)-1]
	if _, _, ok := widest.affine(&b.head); !ok && widest.width < 64 {
		return damaged("numbers that the column cannot hold")
	}
	var list [pageRows]uint64
	for from := 0; from < l.count; from += pageRows {
		part := list[:min(pageRows, l.count-from)]
		unpack(part, b.data, from, b.head.bits())
		for _, m := range part {
			if m > b.head.top {
				return damaged("number %d of %d", m, b.head.top)
			}
			if b.head.unit == unitFloat && b.head.min+m*b.head.step == negativeZero {
				return damaged("a negative zero")
			}
		}
	}
	return nil
}

// Done returns the column and ends the loader.
func (l *NumbersLoader) Done() *Numbers {
	c := l.column
	for !l.fits(c.ladder[c.at]) {
		c.at++
	}
	f := c.ladder[c.at]
	c.keys.width = f.width
	c.present = l.present.Set()
	lo, hi := l.span(f)
	counter := newKeyCounter(lo, hi, c.present.Len())
	var unique []keyPair
	for i := range l.blocks {
		b := &l.blocks[i]
		l.count, _, _ = idset.LoadStored(&l.words, b.rows)
		if c.rows != nil {
			l.list()
		}
		_ = l.pages(func(p int, words []uint64, n, before int) error {
			var buf [pageRows]uint64
			keys := buf[:n]
			unpack(keys, b.data, before, b.head.bits())
			f.unpacked(&b.head, keys)
			counter.add(keys)
			c.keys.fill(l.e, b.block, p, words, keys)
			if c.rows != nil {
				for j, k := range keys {
					unique = append(unique, keyPair{k, uint32(b.block)<<blockBits | uint32(l.rows[before+j])})
				}
			}
			return nil
		})
		*b = numbersBlock{}
	}
	c.order = counter.order(l.e)
	if c.rows != nil {
		l.fillRows(f, unique)
	}
	return c
}

// fits reports whether all numbers have a key in a form.
func (l *NumbersLoader) fits(f form) bool {
	for i := range l.blocks {
		if _, _, ok := f.affine(&l.blocks[i].head); !ok && f.width < 64 {
			return false
		}
	}
	return true
}

// span returns the smallest and the largest key in a form that fits.
func (l *NumbersLoader) span(f form) (lo, hi uint64) {
	lo = math.MaxUint64
	for i := range l.blocks {
		ends := []uint64{0, l.blocks[i].head.top}
		f.unpacked(&l.blocks[i].head, ends)
		lo, hi = min(lo, ends[0]), max(hi, ends[1])
	}
	return min(lo, hi), hi
}

// fillRows makes the tree of a unique column. list is in the order of the rows, which
// is kept among equal numbers.
func (l *NumbersLoader) fillRows(f form, list []keyPair) {
	if !slices.IsSortedFunc(list, func(a, b keyPair) int { return cmp.Compare(a.key, b.key) }) {
		list = sortByKey(list)
	}
	for _, p := range list {
		l.column.rows.ReplaceOrInsert(numberRow{f.value(p.key), p.n})
	}
}
