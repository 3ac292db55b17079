package idset

import (
	"errors"
	"fmt"
)

// Check returns an error if the set breaks an invariant of its representation.
func (s *Set) Check() error {
	if s == nil {
		return nil
	}
	if s.blocks == nil {
		if s.n != len(s.small) || s.n > smallMax {
			return fmt.Errorf("n is %d, list has %d", s.n, len(s.small))
		}
		if !strictly(s.small) {
			return errors.New("list is not ascending")
		}
		return nil
	}
	if s.small != nil || len(s.blocks) == 0 || s.blocks[len(s.blocks)-1] == nil {
		return errors.New("blocks end in nil or stand beside a list")
	}
	n := 0
	for i, b := range s.blocks {
		if b == nil {
			continue
		}
		n += b.n
		if err := b.check(); err != nil {
			return fmt.Errorf("block %d: %w", i, err)
		}
		if s.stamp == 0 && b.stamp != 0 {
			return fmt.Errorf("block %d could be changed in a set that could not", i)
		}
	}
	if n != s.n {
		return fmt.Errorf("n is %d, blocks have %d", s.n, n)
	}
	return nil
}

func (b *block) check() error {
	if b.dense == nil {
		if b.n == 0 || b.n > sparseMax || b.n != len(b.arr) || !strictly(b.arr) {
			return fmt.Errorf("sparse: n is %d, list has %d or is not ascending", b.n, len(b.arr))
		}
		return nil
	}
	if b.n < denseMin || b.arr != nil {
		return fmt.Errorf("dense: n is %d, list has %d", b.n, len(b.arr))
	}
	n := 0
	for i, p := range b.dense.pages {
		n += p.count()
		if p == &zeroPage && b.dense.stamps[i] != 0 {
			return errors.New("the page of zeroes is owned")
		}
		if b.stamp == 0 && b.dense.stamps[i] != 0 {
			return errors.New("a page could be changed in a block that could not")
		}
	}
	if n != b.n {
		return fmt.Errorf("dense: n is %d, pages have %d", b.n, n)
	}
	return nil
}

func strictly[T idType](a []T) bool {
	for i := 1; i < len(a); i++ {
		if a[i-1] >= a[i] {
			return false
		}
	}
	return true
}
