package column

import "github.com/rosterdb/roster/contact/internal/version"

const (
	// maxBuckets bounds the tree of a column with many distinct values: beyond
	// it neighbouring keys share a bucket. 65 536 buckets are 1.5 MB at most and
	// finer than any plan needs; every column with fewer distinct values is exact.
	maxBuckets = 1 << 16
)

// An order holds the distinct keys of a column with the number of rows of each,
// in key order. Keys that differ only in their lowest shift bits share a bucket;
// with shift 0 every count is exact.
//
// Like everything else it is copied when a snapshot can see it: a copy of an order is
// one that can be changed while readers of the other go on.
type order struct {
	buckets
	shift uint8
	total int
}

func (o *order) add(e *version.Epochs, key uint64) { o.addN(e, key, 1) }

func (o *order) addN(e *version.Epochs, key uint64, n uint32) {
	o.total += int(n)
	o.buckets.add(e, key>>o.shift, n)
	if o.n > maxBuckets {
		o.coarsen(e)
	}
}

func (o *order) remove(e *version.Epochs, key uint64) {
	if o.buckets.remove(e, key>>o.shift) {
		o.total--
	}
}

// coarsen lets neighbours share buckets until at most half of the bound is used.
func (o *order) coarsen(e *version.Epochs) {
	shift := o.shift
	for n := o.n; n > maxBuckets/2; {
		shift++
		n = 0
		last, first := uint64(0), true
		o.from(0, func(key uint64, _ uint32) bool {
			if k := key >> (shift - o.shift); first || k != last {
				last, first, n = k, false, n+1
			}
			return true
		})
	}
	c := order{shift: shift}
	o.from(0, func(key uint64, n uint32) bool {
		c.addN(e, key<<o.shift, n)
		return true
	})
	*o = c
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
	o.from(first, func(key uint64, rows uint32) bool {
		if key > last {
			return false
		}
		if limit--; limit < 0 {
			done = false
			return false
		}
		n += int(rows)
		return true
	})
	return n, exact && done, done
}
