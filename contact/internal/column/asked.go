package column

import (
	"math/bits"

	"github.com/rosterdb/roster/contact/internal/idset"
)

// Asked returns the test of a predicate that is known for rows outside a set: they pass
// if others says so. Those in it are asked one by one, when they are candidates.
func Asked(among *idset.Set, others bool, ask func(row uint32) bool) Test {
	return askedTest{among, others, ask}
}

type askedTest struct {
	among  *idset.Set
	others bool
	ask    func(row uint32) bool
}

func (t askedTest) Count() (int, bool)      { return 0, false }
func (t askedTest) Set() (*idset.Set, bool) { return nil, false }
func (t askedTest) Scans() bool             { return true }

func (t askedTest) Load(int, *[idset.Words]uint64) (int, bool) { return 0, false }

// Estimate takes half of those who would be asked: to ask some takes longer than it helps.
// Of the others it knows no number, and takes as many again.
func (t askedTest) Estimate() int {
	if t.others {
		return t.among.Len()
	}
	return t.among.Len() / 2
}

func (t askedTest) has(row uint32) bool {
	if !t.among.Contains(row) {
		return t.others
	}
	return t.ask(row)
}

func (t askedTest) Keep(block int, words *[idset.Words]uint64, neg bool) {
	asked, pass := *words, *words
	t.among.And(block, &asked)
	if t.others {
		t.among.AndNot(block, &pass)
	} else {
		clear(pass[:])
	}
	for i, w := range asked {
		for ; w != 0; w &= w - 1 {
			if t.ask(uint32(block<<blockBits + i*64 + bits.TrailingZeros64(w))) {
				pass[i] |= w & -w
			}
		}
	}
	if !neg {
		*words = pass
		return
	}
	for i, p := range pass {
		words[i] &^= p
	}
}

func (t askedTest) KeepIDs(block int, ids []uint16, neg bool) []uint16 {
	n := 0
	for _, id := range ids {
		if t.has(uint32(block)<<blockBits|uint32(id)) != neg {
			ids[n] = id
			n++
		}
	}
	return ids[:n]
}
