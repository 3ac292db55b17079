package column

import (
	"context"
	"math/bits"
	"sync/atomic"

	"github.com/rosterdb/roster/contact/internal/idset"
)

// OneOf returns the test for a text equal to one of the given ones, which are
// folded as the column folds.
func (t *Text) OneOf(folded []string) Test {
	c := &codesTest{column: t}
	for _, f := range folded {
		t.dict.find(f, func(code uint32) bool {
			if n := t.posts.len(code); n > 0 {
				c.codes = append(c.codes, code)
				c.total += n
			}
			return true
		})
	}
	if len(folded) > 1 {
		c.dedupe()
	}
	return c.simplify()
}

// Empty returns the rows whose text, as written, is the empty one. A text that
// only folds to nothing, such as a lone accent, is not empty.
func (t *Text) Empty() *idset.Set { return t.posts.set(t.dict.code("")) }

// Matching returns the test for a text that a predicate accepts. The predicate
// is called once per distinct text and its answers are remembered in memo, which
// belongs to this predicate. The context is looked at between texts; when it ends,
// what was asked is forgotten and the error is its cause.
func (t *Text) Matching(ctx context.Context, memo *Memo, accept func(written, folded string) bool) (Test, error) {
	bitmap, err := memo.upTo(ctx, &t.dict, accept)
	if err != nil {
		return nil, err
	}
	c := &codesTest{column: t, bitmap: bitmap}
	for i, w := range c.bitmap {
		for ; w != 0; w &= w - 1 {
			code := uint32(i*64 + bits.TrailingZeros64(w))
			if n := t.posts.len(code); n > 0 {
				c.codes = append(c.codes, code)
				c.total += n
			}
		}
	}
	return c.simplify(), nil
}

// A Memo remembers what a predicate said of each distinct text of a column. The
// zero Memo remembers nothing yet.
//
// A Memo is safe for concurrent use; no caller waits for another.
type Memo struct{ state atomic.Pointer[memoState] }

// A memoState holds the answers for the codes 1 to n of one dict. It is never
// changed once published.
type memoState struct {
	dict *dictID
	n    uint32
	yes  []uint64
}

// upTo returns the answers for all codes of d, asking for those not known yet.
func (m *Memo) upTo(ctx context.Context, d *dict, accept func(written, folded string) bool) ([]uint64, error) {
	const often = 4 << 10 // bytes of texts between two looks at the context
	old := m.state.Load()
	if old != nil && old.dict == d.id && old.n >= d.n {
		return old.yes, nil
	}
	s := &memoState{dict: d.id, n: d.n, yes: make([]uint64, d.n/64+1)}
	from := uint32(1)
	if old != nil && old.dict == d.id {
		copy(s.yes, old.yes)
		from = old.n + 1
	}
	unseen := 0
	for from <= d.n {
		for _, at := range d.run(from) {
			written, folded := d.texts(at)
			if unseen += 64 + len(written); unseen > often {
				if unseen = 0; ctx.Err() != nil {
					return nil, context.Cause(ctx)
				}
			}
			if accept(written, folded) {
				s.yes[from>>6] |= 1 << (from & 63)
			}
			from++
		}
	}
	m.state.CompareAndSwap(old, s)
	return s.yes, nil
}

// Accepts returns what the predicate says of the text of a row; a row without a
// text is not accepted.
func (t *Text) Accepts(row uint32, memo *Memo, accept func(written, folded string) bool) bool {
	code := t.Code(row)
	if code == 0 {
		return false
	}
	return memo.accepts(&t.dict, code, accept)
}

// accepts returns what the predicate says of the text of a code, asking it if that is not
// known.
func (m *Memo) accepts(d *dict, code uint32, accept func(written, folded string) bool) bool {
	if s := m.state.Load(); s != nil && s.dict == d.id && code <= s.n {
		return s.yes[code>>6]>>(code&63)&1 != 0
	}
	return accept(d.record(code))
}

// All returns what the predicate says of every text of a dictionary, by code: bit code%64
// of word code/64. It must not be changed. The context is looked at as in
// [Text.Matching].
func (m *Memo) All(ctx context.Context, d *Dictionary, accept func(written, folded string) bool) ([]uint64, error) {
	return m.upTo(ctx, &d.dict, accept)
}

// Accepts returns what the predicate says of the text of a code of a dictionary.
func (m *Memo) Accepts(d *Dictionary, code uint32, accept func(written, folded string) bool) bool {
	return m.accepts(&d.dict, code, accept)
}

// A codesTest passes the rows whose code is one of a few.
type codesTest struct {
	column *Text
	codes  []uint32 // distinct, each of some row
	total  int      // rows they have
	bitmap []uint64 // by code; made when a scan needs it
	union  Test     // the rows, once it pays to have them as a set
}

func (t *codesTest) dedupe() {
	seen := make(map[uint32]bool, len(t.codes))
	n := 0
	for _, c := range t.codes {
		if seen[c] {
			t.total -= t.column.posts.len(c)
			continue
		}
		seen[c] = true
		t.codes[n] = c
		n++
	}
	t.codes = t.codes[:n]
}

func (t *codesTest) simplify() Test {
	const few = 8 // sets are combined directly up to here
	if len(t.codes) > few {
		return t
	}
	sets := make([]*idset.Set, len(t.codes))
	for i, c := range t.codes {
		sets[i] = t.column.posts.set(c)
	}
	return Any(sets, true)
}

func (t *codesTest) Count() (int, bool) { return t.total, true }
func (t *codesTest) Estimate() int      { return t.total }

func (t *codesTest) Scans() bool { return t.union == nil && !t.collects() }

// collects reports whether it is cheaper to collect the rows of the codes than
// to look up the code of every row: a collected row costs about as much as four
// looked up.
func (t *codesTest) collects() bool { return t.total*4 < t.column.present.Len() }

func (t *codesTest) Set() (*idset.Set, bool) {
	if t.union == nil {
		if !t.collects() {
			return nil, false
		}
		t.union = In(t.column.posts.union(t.codes, t.total, t.column.present.Blocks()))
	}
	return t.union.Set()
}

func (t *codesTest) Load(block int, words *[idset.Words]uint64) (int, bool) {
	set, ok := t.Set()
	if !ok {
		return 0, false
	}
	return set.Load(block, words), true
}

func (t *codesTest) Keep(block int, words *[idset.Words]uint64, neg bool) {
	t.Set()
	if t.union != nil {
		t.union.Keep(block, words, neg)
		return
	}
	t.column.codes.keepCodes(block, words, t.byCode(), neg)
}

func (t *codesTest) KeepIDs(block int, ids []uint16, neg bool) []uint16 {
	if t.union != nil {
		return t.union.KeepIDs(block, ids, neg)
	}
	k, set := &t.column.codes, t.byCode()
	switch k.width {
	case 8:
		return keepIDs(&k.k8, block, ids, !neg, func(x uint8) bool { return hasBit(set, uint64(x)) != 0 })
	case 16:
		return keepIDs(&k.k16, block, ids, !neg, func(x uint16) bool { return hasBit(set, uint64(x)) != 0 })
	}
	return keepIDs(&k.k32, block, ids, !neg, func(x uint32) bool { return hasBit(set, uint64(x)) != 0 })
}

func (t *codesTest) byCode() []uint64 {
	if t.bitmap == nil {
		t.bitmap = make([]uint64, t.column.dict.n/64+1)
		for _, c := range t.codes {
			t.bitmap[c>>6] |= 1 << (c & 63)
		}
	}
	return t.bitmap
}
