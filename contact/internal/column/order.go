package column

import (
	"github.com/google/btree"

	"github.com/rosterdb/roster/contact/internal/version"
)

const (
	orderDegree = 32
	// maxBuckets bounds the tree of a column with many distinct values: beyond
	// it neighbouring keys share a bucket. 65 536 buckets are 1.5 MB at most and
	// finer than any plan needs; every column with fewer distinct values is exact.
	maxBuckets = 1 << 16
)

// An order holds the distinct keys of a column with the number of rows of each,
// in key order. Keys that differ only in their lowest shift bits share a bucket;
// with shift 0 every count is exact.
//
// The counts lie beside the tree, so that counting one more row of a known value
// is one descent and changes no node.
type order struct {
	tree   *btree.BTreeG[bucket]
	counts table[uint32] // by place
	places uint32        // places given out in counts
	free   []uint32      // places given back; the writer's alone
	shift  uint8
	total  int
}

type bucket struct {
	key uint64
	at  uint32 // place of its count
}

func newOrder() *order {
	return &order{tree: btree.NewG(orderDegree, func(a, b bucket) bool { return a.key < b.key })}
}

// clone returns an independent copy in constant time; nodes are copied when
// either side changes them. It writes to o's bookkeeping, so only the writer may
// call it, while readers of o go on.
func (o *order) clone() *order {
	c := *o
	c.tree = o.tree.Clone()
	return &c
}

func (o *order) add(e *version.Epochs, key uint64) { o.addN(e, key, 1) }

func (o *order) addN(e *version.Epochs, key uint64, n uint32) {
	key >>= o.shift
	o.total += int(n)
	if b, ok := o.tree.Get(bucket{key: key}); ok {
		*o.counts.at(e, b.at) += n
		return
	}
	at := o.places
	if k := len(o.free); k > 0 {
		at, o.free = o.free[k-1], o.free[:k-1]
	} else {
		o.places++
	}
	o.counts.set(e, at, n)
	o.tree.ReplaceOrInsert(bucket{key, at})
	if o.tree.Len() > maxBuckets {
		o.coarsen(e)
	}
}

func (o *order) remove(e *version.Epochs, key uint64) {
	b, ok := o.tree.Get(bucket{key: key >> o.shift})
	if !ok {
		return
	}
	o.total--
	n := o.counts.at(e, b.at)
	if *n--; *n == 0 {
		o.tree.Delete(b)
		o.free = append(o.free, b.at)
	}
}

// coarsen lets neighbours share buckets until at most half of the bound is used.
func (o *order) coarsen(e *version.Epochs) {
	shift := o.shift
	for n := o.tree.Len(); n > maxBuckets/2; {
		shift++
		n = 0
		last, first := uint64(0), true
		o.tree.Ascend(func(b bucket) bool {
			if k := b.key >> (shift - o.shift); first || k != last {
				last, first, n = k, false, n+1
			}
			return true
		})
	}
	c := newOrder()
	c.shift = shift
	o.tree.Ascend(func(b bucket) bool {
		c.addN(e, b.key<<o.shift, o.counts.get(b.at))
		return true
	})
	*o = *c
}

// count returns how many rows have a key in [lo, hi], looking at no more than
// limit buckets: exact says whether the number is exact, done whether the limit
// sufficed. A range that cuts through a shared bucket counts it whole and is not
// exact.
func (o *order) count(lo, hi uint64, limit int) (n int, exact, done bool) {
	exact, done = true, true
	first, last := lo>>o.shift, hi>>o.shift
	if o.shift > 0 {
		mask := uint64(1)<<o.shift - 1
		exact = lo&mask == 0 && hi&mask == mask
	}
	o.tree.AscendGreaterOrEqual(bucket{key: first}, func(b bucket) bool {
		if b.key > last {
			return false
		}
		if limit--; limit < 0 {
			done = false
			return false
		}
		n += int(o.counts.get(b.at))
		return true
	})
	return n, exact && done, done
}

func (o *order) bytes() int { return o.tree.Len()*24 + o.counts.bytes(4) }
