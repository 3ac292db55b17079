package fold

import (
	"unicode/utf8"
	"unsafe"
)

// scanASCII reports whether s is ASCII throughout, and the index of its first
// capital letter, len(s) if it has none. The index means nothing for other text.
func scanASCII(s string) (upper int, ascii bool) {
	i := 0
	for ; i+8 <= len(s); i += 8 { // most text is folded already: eight bytes at a step
		if w := word(s[i : i+8]); w&highBits != 0 || hasCapital(w) {
			break
		}
	}
	upper = len(s)
	for ; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return upper, false
		}
		if c-'A' < 26 && upper == len(s) {
			upper = i
		}
	}
	return upper, true
}

const (
	ones     = 0x0101010101010101 // one in every byte of a word
	highBits = 0x80 * ones        // the top bit of every byte
)

// word returns the eight bytes of s in one.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// hasCapital reports whether one of the eight ASCII bytes in w is a capital
// letter. The sums carry into the top bit of a byte, and never further, from 'A' on
// and from the byte after 'Z' on.
func hasCapital(w uint64) bool {
	fromA := w + (0x80-'A')*ones
	afterZ := w + (0x80-'Z'-1)*ones
	return fromA&^afterZ&highBits != 0
}

// lowerASCII returns the ASCII text s with its capital letters made small; the
// first of them is at upper. It allocates only if there is one.
func lowerASCII(s string, upper int) string {
	if upper == len(s) {
		return s
	}
	b := []byte(s)
	for i := upper; i < len(b); i++ {
		if c := b[i]; c-'A' < 26 {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}

// ASCII returns the folded form of ASCII text, which is the same for [Text] and
// [Case], and whether s is ASCII. It allocates only if capital letters have to be made
// small and buf, whose memory the result takes then, is too short.
func ASCII(buf []byte, s string) (folded string, ok bool) {
	upper, ascii := scanASCII(s)
	switch {
	case !ascii:
		return "", false
	case upper == len(s):
		return s, true
	case len(s) > len(buf):
		return lowerASCII(s, upper), true
	}
	b := buf[:len(s)]
	copy(b, s)
	for i := upper; i < len(b); i++ {
		if c := b[i]; c-'A' < 26 {
			b[i] = c + ('a' - 'A')
		}
	}
	return unsafe.String(unsafe.SliceData(b), len(b)), true
}
