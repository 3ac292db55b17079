package column

import (
	"math/bits"

	"github.com/rosterdb/roster/contact/internal/idset"
)

// Referring returns the test for referring to any of some rows. It is answered from the
// sets of these if there are few of them, and else by looking at what each candidate
// refers to.
func (c *Choice) Referring(to *idset.Set) Test {
	return &referenceTest{options: &c.options, to: to, few: c.few(to), disjoint: true, keep: c.keepReferring, has: func(row uint32, d denseCodes) bool {
		return d.has(c.Code(row))
	}}
}

// Referring returns the test for referring to at least one of some rows, see that of
// [Choice].
func (c *Choices) Referring(to *idset.Set) Test {
	t := &referenceTest{options: &c.options, to: to, few: c.few(to)}
	t.has = func(row uint32, d denseCodes) bool {
		var list [16]uint32
		for _, code := range c.AppendCodes(list[:0], row) {
			if d.has(code) {
				return true
			}
		}
		return false
	}
	t.keep = func(block int, words *[idset.Words]uint64, d denseCodes) {
		for i, w := range words {
			for ; w != 0; w &= w - 1 {
				if row := uint32(block)<<blockBits | uint32(i*64+bits.TrailingZeros64(w)); !t.has(row, d) {
					words[i] &^= w & -w
				}
			}
		}
	}
	return t
}

// perCode is about how many rows can be passed over in the time it takes to look at
// the set of one code.
const perCode = 64

func (o *options) few(codes *idset.Set) bool { return codes.Len()*perCode < o.present.Len() }

type referenceTest struct {
	options  *options
	to       *idset.Set
	few      bool // so that the sets are asked
	disjoint bool // no row refers to two
	has      func(row uint32, d denseCodes) bool
	// keep clears the bits of rows that do not refer to any. All of them have a value.
	keep func(block int, words *[idset.Words]uint64, d denseCodes)

	wanted    denseCodes // nil until it is needed
	rows      *idset.Set // the same, if collected
	collected bool
	counted   bool
	n         int // rows, each as often as it refers
}

func (t *referenceTest) dense() denseCodes {
	if t.wanted == nil {
		t.wanted = dense(t.to)
	}
	return t.wanted
}

// sum returns the number of references.
func (t *referenceTest) sum() int {
	if !t.counted {
		for code := range t.to.All() {
			t.n += t.options.sets.get(code).Len()
		}
		t.counted = true
	}
	return t.n
}

func (t *referenceTest) Count() (int, bool) {
	if !t.few || !t.disjoint {
		return 0, false
	}
	return t.sum(), true
}

// Estimate adds up the sets of a few, and else asks some rows.
func (t *referenceTest) Estimate() int {
	present := t.options.present
	if t.few {
		return min(t.sum(), present.Len())
	}
	last, _ := present.Max()
	asked, pass := 0, 0
	for i := range uint64(estimateRows) {
		if row := uint32(uint64(last) * (2*i + 1) / (2 * estimateRows)); present.Contains(row) {
			asked++
			if t.has(row, t.dense()) {
				pass++
			}
		}
	}
	if asked == 0 {
		return present.Len()
	}
	return present.Len() * pass / asked
}

// estimateRows is how many rows are asked for an estimate.
const estimateRows = 256

func (t *referenceTest) Scans() bool { return !t.few }

func (t *referenceTest) Set() (*idset.Set, bool) {
	if t.collected {
		return t.rows, true
	}
	t.collected = true
	if t.few {
		t.rows = t.options.union(t.to)
		return t.rows, true
	}
	var b idset.Builder
	var words [idset.Words]uint64
	for block := range t.options.present.Blocks() {
		t.options.present.Load(block, &words)
		t.keep(block, &words, t.dense())
		b.AddWords(block, &words, -1)
	}
	t.rows = b.Set()
	return t.rows, true
}

func (t *referenceTest) Load(block int, words *[idset.Words]uint64) (int, bool) {
	if !t.few {
		return 0, false
	}
	rows, _ := t.Set()
	return rows.Load(block, words), true
}

func (t *referenceTest) Keep(block int, words *[idset.Words]uint64, neg bool) {
	if t.few || t.collected {
		rows, _ := t.Set()
		setTest{rows}.Keep(block, words, neg)
		return
	}
	pass := *words
	t.options.present.And(block, &pass)
	t.keep(block, &pass, t.dense())
	if !neg {
		*words = pass
		return
	}
	for i, p := range pass {
		words[i] &^= p
	}
}

func (t *referenceTest) KeepIDs(block int, ids []uint16, neg bool) []uint16 {
	d := t.dense()
	kept := ids[:0]
	for _, id := range ids {
		if t.has(uint32(block)<<blockBits|uint32(id), d) != neg {
			kept = append(kept, id)
		}
	}
	return kept
}

// keepReferring clears the bits of rows whose option is not among the given ones.
func (c *Choice) keepReferring(block int, words *[idset.Words]uint64, d denseCodes) {
	n := 0
	for _, w := range words {
		n += bits.OnesCount64(w)
	}
	codes := c.codes.gather(block, words, n)
	for i, w := range words {
		var out uint64
		for ; w != 0; w &= w - 1 {
			if d.has(uint32(codes[0])) {
				out |= w & -w
			}
			codes = codes[1:]
		}
		words[i] = out
	}
}
