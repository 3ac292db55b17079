package idset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// The stored form of the ids of one block, relative to its first; the shortest of
// four, which the first byte names. Numbers have two bytes, the lowest first.
//
//	1  runs: how many; of each the first id and the last
//	2  list: how many; the ids
//	3  list of the ids that are not in the set: how many; the ids
//	4  bits: 8192 bytes; bit i%8 of byte i/8 stands for id i
//
// Ids and runs ascend. The form names its own length, so that more can follow.
const (
	storedRuns  = 1
	storedList  = 2
	storedNots  = 3
	storedBits  = 4
	storedStart = 3 // bytes before the first id or run
	storedWords = 1 + 8*Words
)

// ErrStored is what every error about a stored block wraps: the bytes are not what
// was once written.
var ErrStored = errors.New("stored block is damaged")

// AppendBlock appends the stored form of the ids of a block to dst; if there are
// none, it returns dst as it is. Like every reading, it must not meet a change of s
// in place.
func (s *Set) AppendBlock(dst []byte, block int) []byte {
	n := s.BlockLen(block)
	if n == 0 {
		return dst
	}
	var words [Words]uint64
	s.Load(block, &words)
	return AppendWords(dst, &words, n)
}

// AppendWords appends the stored form of the ids whose bits are set in words, n of
// them, to dst. No ids have a form too.
func AppendWords(dst []byte, words *[Words]uint64, n int) []byte {
	runs := countRuns(words)
	switch min(storedWords, storedStart+4*runs, storedStart+2*n, storedStart+2*(BlockSize-n)) {
	case storedWords:
		dst = append(dst, storedBits)
		for _, w := range words {
			dst = binary.LittleEndian.AppendUint64(dst, w)
		}
	case storedStart + 4*runs:
		dst = append(dst, storedRuns, byte(runs), byte(runs>>8))
		dst = appendRuns(dst, words)
	case storedStart + 2*n:
		dst = append(dst, storedList, byte(n), byte(n>>8))
		dst = appendList(dst, words, 0)
	default:
		n = BlockSize - n
		dst = append(dst, storedNots, byte(n), byte(n>>8))
		dst = appendList(dst, words, ^uint64(0))
	}
	return dst
}

// countRuns returns the number of runs of neighbouring ids.
func countRuns(words *[Words]uint64) int {
	n, last := 0, uint64(0)
	for _, w := range words {
		n += bits.OnesCount64(w &^ (w<<1 | last))
		last = w >> 63
	}
	return n
}

// appendRuns appends the first and the last id of each run.
func appendRuns(dst []byte, words *[Words]uint64) []byte {
	last := uint64(0)
	for i, w := range words {
		next := uint64(0)
		if i+1 < Words {
			next = words[i+1] << 63
		}
		starts, ends := w&^(w<<1|last), w&^(w>>1|next)
		last = w >> 63
		// Starts and ends alternate, so both can be written in order of the ids.
		for edges := starts | ends; edges != 0; edges &= edges - 1 {
			bit := edges & -edges
			id := uint16(i*64 + bits.TrailingZeros64(edges))
			if starts&bit != 0 {
				dst = binary.LittleEndian.AppendUint16(dst, id)
			}
			if ends&bit != 0 {
				dst = binary.LittleEndian.AppendUint16(dst, id)
			}
		}
	}
	return dst
}

// appendList appends the ids whose bits differ from those of flip.
func appendList(dst []byte, words *[Words]uint64, flip uint64) []byte {
	for i, w := range words {
		for w ^= flip; w != 0; w &= w - 1 {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(i*64+bits.TrailingZeros64(w)))
		}
	}
	return dst
}

// LoadStored makes words the ids of the stored form at the start of data, and
// returns their number and the data behind it. The error wraps [ErrStored]; words
// mean nothing then.
func LoadStored(words *[Words]uint64, data []byte) (n int, rest []byte, err error) {
	if len(data) < storedStart {
		return 0, nil, damaged("a set of %d bytes", len(data))
	}
	if data[0] == storedBits {
		if len(data) < storedWords {
			return 0, nil, damaged("a set of bits of %d bytes", len(data))
		}
		for i := range words {
			words[i] = binary.LittleEndian.Uint64(data[1+8*i:])
		}
		return onesCount(words), data[storedWords:], nil
	}
	form, k := data[0], int(binary.LittleEndian.Uint16(data[1:]))
	size := 2 * k
	if form == storedRuns {
		size = 4 * k
	}
	body := data[storedStart:]
	if len(body) < size {
		return 0, nil, damaged("%d ids or runs in %d bytes", k, len(body))
	}
	body, rest = body[:size], body[size:]
	switch form {
	case storedRuns:
		n, err = loadRuns(words, body)
		return n, rest, err
	case storedList:
		clear(words[:])
		return k, rest, flipList(words, body)
	case storedNots:
		for i := range words {
			words[i] = ^uint64(0)
		}
		return BlockSize - k, rest, flipList(words, body)
	}
	return 0, nil, damaged("unknown form %d of a set", form)
}

func loadRuns(words *[Words]uint64, body []byte) (n int, err error) {
	clear(words[:])
	next := 0 // the smallest id that may come
	for ; len(body) > 0; body = body[4:] {
		lo, hi := int(binary.LittleEndian.Uint16(body)), int(binary.LittleEndian.Uint16(body[2:]))
		if lo < next || hi < lo {
			return 0, damaged("a run from %d to %d after %d", lo, hi, next-1)
		}
		fillBits(words, lo, hi)
		n += hi - lo + 1
		next = hi + 1
	}
	return n, nil
}

// fillBits sets the bits from lo to hi, which is included.
func fillBits(words *[Words]uint64, lo, hi int) {
	first, last := ^uint64(0)<<(lo&63), ^uint64(0)>>(63-hi&63)
	if lo>>6 == hi>>6 {
		words[lo>>6] |= first & last
		return
	}
	words[lo>>6] |= first
	for w := lo>>6 + 1; w < hi>>6; w++ {
		words[w] = ^uint64(0)
	}
	words[hi>>6] |= last
}

// flipList turns over the bits of the ids in body.
func flipList(words *[Words]uint64, body []byte) error {
	last := -1
	for ; len(body) > 0; body = body[2:] {
		id := binary.LittleEndian.Uint16(body)
		if int(id) <= last {
			return damaged("id %d after %d", id, last)
		}
		last = int(id)
		words[id>>6] ^= 1 << (id & 63)
	}
	return nil
}

// AddStored adds the ids of a block in the form that [Set.AppendBlock] appended;
// data stays the caller's. Bytes that are no such form are an error that wraps
// [ErrStored], and nothing is added.
func (b *Builder) AddStored(block int, data []byte) error {
	var words [Words]uint64
	n, rest, err := LoadStored(&words, data)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return damaged("%d bytes behind a set", len(rest))
	case uint(block) >= BlockSize:
		return damaged("block %d; the last there can be is %d", block, BlockSize-1)
	}
	b.AddWords(block, &words, n)
	return nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrStored, fmt.Sprintf(format, args...))
}
