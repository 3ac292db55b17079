package index

import (
	"math"
	"math/bits"
	"slices"
	"unsafe"
)

// Numbers are those that conditions name, each with how many conditions do, ascending in
// pages. Looking for one reads a few lines of memory, however many there are. They are
// kept as keys, see keyOf.
type numbers struct {
	last  []uint64 // of each page
	pages []*numberPage
	n     int
}

type numberPage struct {
	keys []uint64 // ascending
	uses []int32
}

// mostNumbers are in a page; one that has more becomes two.
const mostNumbers = 256

// count counts some more uses of a number, or fewer. One without uses is forgotten.
func (s *numbers) count(at float64, n int) {
	key := keyOf(at)
	if len(s.pages) == 0 {
		s.last, s.pages = []uint64{key}, []*numberPage{{}}
	}
	i := min(firstFrom(s.last, key), len(s.pages)-1)
	p := s.pages[i]
	j := firstFrom(p.keys, key)
	switch {
	case j == len(p.keys) || p.keys[j] != key:
		p.keys, p.uses = slices.Insert(p.keys, j, key), slices.Insert(p.uses, j, int32(n))
		s.n++
		if len(p.keys) > mostNumbers {
			half := len(p.keys) / 2
			s.last = slices.Insert(s.last, i, p.keys[half-1])
			s.pages = slices.Insert(s.pages, i, &numberPage{slices.Clone(p.keys[:half]), slices.Clone(p.uses[:half])})
			p.keys, p.uses, i = slices.Delete(p.keys, 0, half), slices.Delete(p.uses, 0, half), i+1
		}
	case p.uses[j] == int32(-n):
		p.keys, p.uses = slices.Delete(p.keys, j, j+1), slices.Delete(p.uses, j, j+1)
		s.n--
	default:
		p.uses[j] += int32(n)
	}
	if len(p.keys) == 0 {
		s.last, s.pages = slices.Delete(s.last, i, i+1), slices.Delete(s.pages, i, i+1)
		return
	}
	s.last[i] = p.keys[len(p.keys)-1]
}

// meets reports whether a number lies between two values, both included.
func (s *numbers) meets(from, to float64) bool {
	key := keyOf(from)
	i := firstFrom(s.last, key)
	if i == len(s.last) {
		return false
	}
	keys := s.pages[i].keys
	return keys[firstFrom(keys, key)] <= keyOf(to)
}

func (s *numbers) bytes() int {
	n := 8 * (cap(s.last) + cap(s.pages))
	for _, p := range s.pages {
		n += int(unsafe.Sizeof(*p)) + 8*cap(p.keys) + 4*cap(p.uses)
	}
	return n
}

// keyOf returns a key that is in order like the number.
func keyOf(x float64) uint64 {
	b := math.Float64bits(x + 0) // there is one zero
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// firstFrom returns the place of the first key of an ascending list that is not below
// another. The comparison is arithmetic: as a branch it would be mispredicted half of the time.
func firstFrom(list []uint64, key uint64) int {
	lo, n := 0, len(list)
	for n > 1 {
		half := n / 2
		_, below := bits.Sub64(list[lo+half-1], key, 0)
		lo += half & -int(below)
		n -= half
	}
	if n == 1 && list[lo] < key {
		lo++
	}
	return lo
}
