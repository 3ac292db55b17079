package column

import (
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// After the common part (see tagBools) a block of Bools holds
//
//	a set   the rows that say yes

// AppendBlock appends the stored form of the rows of a block to dst; if none has a
// value, it returns dst as it is. It is safe beside a writer that works on a
// successor of c.
func (c *Bools) AppendBlock(dst []byte, block int) []byte {
	n := c.present.BlockLen(block)
	if n == 0 {
		return dst
	}
	var words [idset.Words]uint64
	c.present.Load(block, &words)
	dst = idset.AppendWords(append(dst, tagBools), &words, n)
	n = c.yes.Load(block, &words)
	return idset.AppendWords(dst, &words, n)
}

// A BoolsLoader is the [Loader] of a [Bools].
type BoolsLoader struct {
	rowsLoader
	yes idset.Builder
}

// NewBoolsLoader returns a loader without a block.
func NewBoolsLoader(e *version.Epochs) *BoolsLoader {
	return &BoolsLoader{rowsLoader: rowsLoader{e: e}}
}

// Block implements [Loader].
func (l *BoolsLoader) Block(block int, data []byte) error {
	rest, err := l.begin(block, tagBools, data)
	if err != nil {
		return err
	}
	var yes [idset.Words]uint64
	n, rest, err := idset.LoadStored(&yes, rest)
	if err != nil {
		return err
	}
	for i, w := range yes {
		if w&^l.words[i] != 0 {
			return damaged("yes in a row without a value")
		}
	}
	if len(rest) > 0 {
		return damaged("%d bytes too many", len(rest))
	}
	l.yes.AddWords(block, &yes, n)
	return nil
}

// Done returns the column and ends the loader.
func (l *BoolsLoader) Done() *Bools {
	return &Bools{stamp: l.e.Now(), present: l.present.Set(), yes: l.yes.Set()}
}
