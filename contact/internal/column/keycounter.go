package column

import (
	"math/bits"

	"github.com/rosterdb/roster/contact/internal/version"
)

// A keyCounter counts the keys of a column that is loaded, for its order. It comes to
// the same buckets as an order to which the keys were added one by one.
type keyCounter struct {
	lo, hi uint64    // between which all keys are
	most   uint64    // buckets to lay out at most
	shift  uint8     // of the order
	direct []uint32  // by bucket from that of lo on, if there are not too many
	slots  []keyPair // else open addressing, at most half full; no rows mark a free slot
	used   int       // buckets with rows
}

// A keyPair is a key and one of its rows, or a bucket of keys and how many rows it has.
type keyPair struct {
	key uint64
	n   uint32
}

// newKeyCounter returns a counter of keys from lo to hi in so many rows.
func newKeyCounter(lo, hi uint64, rows int) *keyCounter {
	c := &keyCounter{lo: lo, hi: hi, most: uint64(min(4*maxBuckets, 4*rows+64))}
	if !c.lay() {
		c.slots = make([]keyPair, 64)
	}
	return c
}

// lay lays the buckets out one beside the other, if there are few enough.
func (c *keyCounter) lay() bool {
	n := c.hi>>c.shift - c.lo>>c.shift
	if n >= c.most {
		return false
	}
	c.direct = make([]uint32, n+1)
	return true
}

// add counts keys.
func (c *keyCounter) add(keys []uint64) {
	for len(keys) > 0 {
		if c.direct != nil {
			keys = c.addDirect(keys)
		} else {
			keys = c.addSlots(keys)
		}
		if c.used > maxBuckets {
			c.coarsen()
		}
	}
}

// addDirect counts keys until there are too many buckets, and returns those left; so
// does addSlots.
func (c *keyCounter) addDirect(keys []uint64) []uint64 {
	first := c.lo >> c.shift
	for i, k := range keys {
		at := &c.direct[k>>c.shift-first]
		if *at++; *at > 1 {
			continue
		}
		if c.used++; c.used > maxBuckets {
			return keys[i+1:]
		}
	}
	return nil
}

func (c *keyCounter) addSlots(keys []uint64) []uint64 {
	for i, k := range keys {
		k >>= c.shift
		at := c.find(k)
		if at.n++; at.n > 1 {
			continue
		}
		at.key = k
		if c.used++; c.used > maxBuckets {
			return keys[i+1:]
		}
		if c.used*2 > len(c.slots) {
			c.refill(c.list(), 2*len(c.slots))
		}
	}
	return nil
}

// find returns the slot of a bucket, or the free one where it would be.
func (c *keyCounter) find(key uint64) *keyPair {
	mask := len(c.slots) - 1
	for i := int(key * 0x9e3779b97f4a7c15 >> (64 - bits.Len(uint(mask)))); ; i++ {
		if at := &c.slots[i&mask]; at.n == 0 || at.key == key {
			return at
		}
	}
}

// list returns the buckets in any order.
func (c *keyCounter) list() []keyPair {
	list := make([]keyPair, 0, c.used)
	for i, n := range c.direct {
		if n > 0 {
			list = append(list, keyPair{c.lo>>c.shift + uint64(i), n})
		}
	}
	for _, s := range c.slots {
		if s.n > 0 {
			list = append(list, s)
		}
	}
	return list
}

// refill makes a table of the given size.
func (c *keyCounter) refill(list []keyPair, size int) {
	c.slots = make([]keyPair, size)
	for _, b := range list {
		*c.find(b.key) = b
	}
}

// coarsen lets neighbours share buckets until at most half of the bound is used, like
// that of an order.
func (c *keyCounter) coarsen() {
	list := sortByKey(c.list())
	for len(list) > maxBuckets/2 {
		c.shift++
		n := 0
		for _, b := range list {
			if b.key >>= 1; n > 0 && list[n-1].key == b.key {
				list[n-1].n += b.n
				continue
			}
			list[n] = b
			n++
		}
		list = list[:n]
	}
	c.used = len(list)
	if !c.lay() {
		c.refill(list, len(c.slots))
		return
	}
	for _, b := range list {
		c.direct[b.key-c.lo>>c.shift] = b.n
	}
	c.slots = nil
}

// order returns the order of the keys counted.
func (c *keyCounter) order(e *version.Epochs) order {
	o := order{shift: c.shift}
	for _, b := range sortByKey(c.list()) {
		o.buckets.add(e, b.key, b.n)
		o.total += int(b.n)
	}
	return o
}

// sortByKey sorts a list digit by digit, the last first, and keeps the order among
// equal keys. Digits that all keys share cost next to nothing. The list is overwritten.
func sortByKey(list []keyPair) []keyPair {
	const digit = 11 // bits
	var counts [(64 + digit - 1) / digit][1 << digit]uint32
	for _, p := range list {
		for d := range counts {
			counts[d][p.key>>(digit*d)&(1<<digit-1)]++
		}
	}
	var other []keyPair
	for d := range counts {
		places, at := &counts[d], uint32(0)
		if len(list) == 0 || places[list[0].key>>(digit*d)&(1<<digit-1)] == uint32(len(list)) {
			continue
		}
		for i, n := range places {
			places[i] = at
			at += n
		}
		if other == nil {
			other = make([]keyPair, len(list))
		}
		for _, p := range list {
			i := p.key >> (digit * d) & (1<<digit - 1)
			other[places[i]] = p
			places[i]++
		}
		list, other = other, list
	}
	return list
}
