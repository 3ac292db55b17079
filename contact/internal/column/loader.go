package column

import (
	"fmt"
	"math/bits"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// The stored form of the rows of one block begins alike for every kind of column:
//
//	1 byte   the kind and the version of its layout, a tag below
//	a set    the rows of the block that have a value, see idset.AppendWords
//
// What follows is told where each kind is. Values come in the order of their rows.
// Numbers of a fixed size have their lowest byte first.
const (
	tagText    = 'T'
	tagNumbers = 'N'
	tagBools   = 'B'
	tagChoice  = 'C'
	tagChoices = 'L'
)

// ErrStored is what every error of a [Loader] wraps: the bytes are not what
// AppendBlock once wrote.
var ErrStored = idset.ErrStored

// A Loader fills an empty column from its stored blocks. Blocks come in ascending
// order, each at most once. After an error the loader is spent: what it has made so
// far must be dropped.
//
// A Loader must not be used by more than one goroutine at a time. Loaders of
// different columns share nothing they change, so that each can have a goroutine of
// its own as long as nobody ends the epoch meanwhile.
type Loader interface {
	// Block takes the stored form of the rows of a block, which stays the caller's.
	Block(block int, data []byte) error
}

// rowsLoader is what all loaders have: the rows with a value.
type rowsLoader struct {
	e       *version.Epochs
	next    int // the first block that may come
	present idset.Builder
	words   [idset.Words]uint64 // of the block at hand
	count   int                 // rows in it
	rows    []uint16            // these, relative to the first of the block; only if list was called
}

// begin reads the common part of a block and returns what follows.
func (l *rowsLoader) begin(block int, tag byte, data []byte) (rest []byte, err error) {
	switch {
	case block < l.next || block >= idset.BlockSize:
		return nil, damaged("block %d; the next must be %d to %d", block, l.next, idset.BlockSize-1)
	case len(data) == 0 || data[0] != tag:
		return nil, damaged("%.1q begins no block of this kind, which is %q", data, tag)
	}
	l.next = block + 1
	l.count, rest, err = idset.LoadStored(&l.words, data[1:])
	switch {
	case err != nil:
		return nil, fmt.Errorf("rows: %w", err)
	case l.count == 0:
		return nil, damaged("no rows")
	case block == 0 && l.words[0]&1 != 0:
		return nil, damaged("row 0 has a value")
	}
	l.present.AddWords(block, &l.words, l.count)
	return rest, nil
}

// list fills rows.
func (l *rowsLoader) list() {
	l.rows = l.rows[:0]
	for i, w := range l.words {
		for ; w != 0; w &= w - 1 {
			l.rows = append(l.rows, uint16(i*64+bits.TrailingZeros64(w)))
		}
	}
}

// pages calls f with each page of the block that has rows, the words of its rows,
// their number and the number of rows before them.
func (l *rowsLoader) pages(f func(p int, words []uint64, n, before int) error) error {
	before := 0
	for p := range pagesPerBlock {
		words, n := l.words[p*pageWords:(p+1)*pageWords], 0
		for _, w := range words {
			n += bits.OnesCount64(w)
		}
		if n == 0 {
			continue
		}
		if err := f(p, words, n, before); err != nil {
			return err
		}
		before += n
	}
	return nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrStored, fmt.Sprintf(format, args...))
}

// fresh returns a page for a loader to write, all zero; last is the last row of it
// that will be. The page must not have been made yet.
func (v *vec[T]) fresh(e *version.Epochs, block, p, last int) []T {
	if block == 0 && p == 0 {
		v.ownFirst(e, last)
		return v.first
	}
	v.ownBlocks(e, block+1)
	blk := v.blocks[block]
	if blk == nil {
		blk = v.ownBlock(e, block)
	}
	page := new([pageRows]T)
	blk.pages[p], blk.stamps[p] = page, e.Now()
	return page[:]
}

// fill makes a page whose rows in words have the given values, in their order.
func fill[T unsigned](v *vec[T], e *version.Epochs, block, p int, words []uint64, values []uint64) {
	last := len(words) - 1
	for words[last] == 0 {
		last--
	}
	page := v.fresh(e, block, p, last*64+63-bits.LeadingZeros64(words[last]))
	for i, w := range words {
		if w == ^uint64(0) {
			to, from := (*[64]T)(page[i*64:]), (*[64]uint64)(values)
			for j := range to {
				to[j] = T(from[j])
			}
			values = values[64:]
			continue
		}
		for ; w != 0; w &= w - 1 {
			page[i*64+bits.TrailingZeros64(w)] = T(values[0])
			values = values[1:]
		}
	}
}

// fill makes a page like [fill] of its width.
func (k *keys) fill(e *version.Epochs, block, p int, words []uint64, values []uint64) {
	switch k.width {
	case 8:
		fill(&k.k8, e, block, p, words, values)
	case 16:
		fill(&k.k16, e, block, p, words, values)
	case 32:
		fill(&k.k32, e, block, p, words, values)
	default:
		fill(&k.k64, e, block, p, words, values)
	}
}

// gather appends the values of the rows of a block whose bits are set in words, all
// of which must have been written.
func gather[T unsigned](dst []uint64, v *vec[T], block int, words *[idset.Words]uint64) []uint64 {
	for i, w := range words {
		if w == 0 {
			continue
		}
		rows := v.page(block, i/pageWords)[i%pageWords*64:]
		if w == ^uint64(0) {
			for _, x := range rows[:64] {
				dst = append(dst, uint64(x))
			}
			continue
		}
		for ; w != 0; w &= w - 1 {
			dst = append(dst, uint64(rows[bits.TrailingZeros64(w)]))
		}
	}
	return dst
}

// gather returns the keys of the rows of a block, n of them, like [gather] of their
// width.
func (k *keys) gather(block int, words *[idset.Words]uint64, n int) []uint64 {
	dst := make([]uint64, 0, n)
	switch k.width {
	case 8:
		return gather(dst, &k.k8, block, words)
	case 16:
		return gather(dst, &k.k16, block, words)
	case 32:
		return gather(dst, &k.k32, block, words)
	}
	return gather(dst, &k.k64, block, words)
}

// A grouping sorts the rows of a block by the group each is in.
type grouping struct {
	counts  []uint32 // by group; all zero between two calls
	touched []uint32 // groups that have rows, in the order of the first
	rows    []uint16
}

// by calls yield for every group that has rows, in the order of the first rows, with
// its rows in the order given. Row i is in group in[i], which is below groups.
func (g *grouping) by(groups int, in []uint32, rows []uint16, yield func(group uint32, rows []uint16)) {
	if len(g.counts) < groups {
		g.counts = make([]uint32, groups)
	}
	g.touched = g.touched[:0]
	for _, x := range in {
		if g.counts[x]++; g.counts[x] == 1 {
			g.touched = append(g.touched, x)
		}
	}
	at := uint32(0)
	for _, x := range g.touched {
		n := g.counts[x]
		g.counts[x] = at
		at += n
	}
	if cap(g.rows) < len(rows) {
		g.rows = make([]uint16, max(len(rows), blockRows))
	}
	sorted := g.rows[:len(rows)]
	for i, x := range in {
		sorted[g.counts[x]] = rows[i]
		g.counts[x]++
	}
	at = 0
	for _, x := range g.touched {
		end := g.counts[x]
		yield(x, sorted[at:end])
		at = end
		g.counts[x] = 0
	}
}
