package column

import (
	"slices"

	"github.com/rosterdb/roster/contact/internal/version"
)

// Choices is a column of any number of named values a row, tags or options: a
// list a row and a set a value.
type Choices struct {
	options
	lists vec[uint64] // by row, see pack
	long  table[[]uint32]
	used  uint32   // places given out in long
	free  []uint32 // places given back; the writer's alone
}

// NewChoices returns an empty column whose values are known by their folded
// names.
func NewChoices(fold func(string) string) *Choices {
	return &Choices{options: newOptions(fold)}
}

// Writable returns the column to change from now on: c itself, or a copy of its
// header if a snapshot can see c.
func (c *Choices) Writable(e *version.Epochs) *Choices {
	if e.Owns(c.stamp) {
		return c
	}
	d := *c
	d.stamp = e.Now()
	return &d
}

// A row's list is packed into 64 bits: up to four numbers below 0xffff, the
// first in the lowest bits, the rest zero. A longer list, or one with a larger
// number, has 0xffff in the highest bits and its place in long in the lowest.
const (
	longList  = 0xffff << 48
	packLimit = 0xffff
)

func pack(codes []uint32) (uint64, bool) {
	if len(codes) > 4 {
		return 0, false
	}
	var p uint64
	for i, code := range codes {
		if code >= packLimit {
			return 0, false
		}
		p |= uint64(code) << (16 * i)
	}
	return p, true
}

// AppendCodes appends the numbers of a row's values in ascending order.
func (c *Choices) AppendCodes(dst []uint32, row uint32) []uint32 {
	p := c.lists.get(row)
	if p&longList == longList {
		return append(dst, c.long.get(uint32(p))...)
	}
	for ; p != 0; p >>= 16 {
		dst = append(dst, uint32(p&0xffff))
	}
	return dst
}

// HasCode reports whether a row has the value of a number.
func (c *Choices) HasCode(row, code uint32) bool {
	p := c.lists.get(row)
	if p&longList == longList {
		_, found := slices.BinarySearch(c.long.get(uint32(p)), code)
		return found
	}
	for ; p != 0; p >>= 16 {
		if uint32(p&0xffff) == code {
			return true
		}
	}
	return false
}

// Set gives a row exactly the values of the given numbers, which must be
// ascending and distinct; none takes the row's value away. codes stays the
// caller's.
func (c *Choices) Set(e *version.Epochs, row uint32, codes []uint32) {
	var buf [8]uint32
	old := c.AppendCodes(buf[:0], row)
	i, j := 0, 0
	for i < len(old) || j < len(codes) {
		switch {
		case j == len(codes) || i < len(old) && old[i] < codes[j]:
			c.leave(e, old[i], row)
			i++
		case i == len(old) || codes[j] < old[i]:
			c.join(e, codes[j], row)
			j++
		default:
			i++
			j++
		}
	}
	if len(codes) > 0 {
		c.present, _ = c.present.Add(e, row)
	} else {
		c.present, _ = c.present.Remove(e, row)
	}
	c.setList(e, row, codes)
}

func (c *Choices) setList(e *version.Epochs, row uint32, codes []uint32) {
	p := c.lists.at(e, row)
	if *p&longList == longList {
		at := uint32(*p)
		c.long.set(e, at, nil)
		c.free = append(c.free, at)
	}
	packed, ok := pack(codes)
	if !ok {
		var at uint32
		if n := len(c.free); n > 0 {
			at, c.free = c.free[n-1], c.free[:n-1]
		} else {
			at = c.used
			c.used++
		}
		c.long.set(e, at, slices.Clone(codes))
		packed = longList | uint64(at)
	}
	*p = packed
}

// Bytes estimates the memory held.
func (c *Choices) Bytes() int {
	n := c.options.bytes() + c.lists.bytes(8) + c.long.bytes(24)
	for at := range c.used {
		n += 4 * cap(c.long.get(at))
	}
	return n
}
