package fold

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// folder does full case folding. Unlike other casers it has no state and is safe
// for concurrent use, as its documentation promises.
var folder = cases.Fold()

// Text returns the form of s in which filters compare; the package comment has the
// rules. It is idempotent and safe for concurrent use. ASCII text without capital
// letters is returned as it is, without allocating. The cost is proportional to
// the length of s.
func Text(s string) string {
	upper, ascii := scanASCII(s)
	if ascii {
		return lowerASCII(s, upper)
	}
	s = valid(s)
	if t, ok := textByRune(s); ok {
		return t
	}
	return textByForms(s)
}

// textByForms is the definition of Text, step by step, for valid text.
func textByForms(s string) string {
	b := norm.NFKD.AppendString(make([]byte, 0, 2*len(s)), s)
	b = foldCase(plain(b))
	return string(compose(b))
}

// plain takes the accents away from decomposed text, in place, and replaces the
// letters that Unicode does not decompose. No replacement is longer than its
// original.
func plain(b []byte) []byte {
	w := 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			b[w] = b[i]
			i, w = i+1, w+1
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		i += n
		if isAccent(r) {
			continue
		}
		w += utf8.EncodeRune(b[w:w+n], plainLetter(r))
	}
	return b[:w]
}

// isAccent reports whether r is a mark that Text takes away.
func isAccent(r rune) bool {
	const voiced, semiVoiced = '\u3099', '\u309a' // the kana marks が and ぱ are written with
	return r >= '\u0300' && r != voiced && r != semiVoiced &&
		unicode.Is(unicode.Mn, r) && unicode.Is(unicode.Inherited, r)
}

// plainLetter returns the letter that r is typed as on a keyboard without it, r
// itself for all but the few letters that have such a twin and no decomposition.
func plainLetter(r rune) rune {
	switch r {
	case 'ø':
		return 'o'
	case 'Ø':
		return 'O'
	case 'ł':
		return 'l'
	case 'Ł':
		return 'L'
	case 'đ':
		return 'd'
	case 'Đ':
		return 'D'
	case 'ħ':
		return 'h'
	case 'Ħ':
		return 'H'
	case 'ŧ':
		return 't'
	case 'Ŧ':
		return 'T'
	case 'ı':
		return 'i'
	}
	return r
}

// foldCase returns b with full case folding applied to every rune.
func foldCase(b []byte) []byte {
	out, _, err := transform.Append(folder, make([]byte, 0, len(b)+utf8.UTFMax), b)
	if err != nil { // the folder knows no error but "buffer too short", which Append handles
		return b
	}
	foldCherokee(out)
	return out
}

// foldCherokee gives the Cherokee letters in b their folded form, which is the
// capital one, in place. It is there because folder exchanges the two cases of
// Cherokee instead of folding them. Both take three bytes.
func foldCherokee(b []byte) {
	const (
		small, smallEnd = '\uab70', '\uabbf' // the small letters of the capitals from U+13A0 on
		lead            = 0xea               // first byte of every rune from small to smallEnd
		tail, tailEnd   = '\u13f8', '\u13fd' // the small letters of the capitals from U+13F0 on
		leadTail        = 0xe1               // first byte of every rune from tail to tailEnd
	)
	for i := 0; i < len(b); i++ {
		if b[i] != lead && b[i] != leadTail {
			continue
		}
		switch r, _ := utf8.DecodeRune(b[i:]); {
		case r >= small && r <= smallEnd:
			utf8.EncodeRune(b[i:], r-small+'\u13a0')
		case r >= tail && r <= tailEnd:
			utf8.EncodeRune(b[i:], r-tail+'\u13f0')
		}
	}
}

// compose returns the composed form of b. The tables of the normaliser look at 16
// bits of a code point only, in the versions for Go 1.25, and so may compose a mark
// with a code point beyond U+FFFF to an unrelated letter, which would make two
// different identities the same. A text to which that happens stays decomposed.
func compose(b []byte) []byte {
	c := norm.NFC.Bytes(b)
	if !beyondBMP(b) {
		return c
	}
	if d := norm.NFD.Bytes(b); !bytes.Equal(norm.NFD.Bytes(c), d) {
		return d
	}
	return c
}

// beyondBMP reports whether the valid text b has a code point beyond U+FFFF.
func beyondBMP(b []byte) bool {
	for _, c := range b {
		if c >= 0xf0 {
			return true
		}
	}
	return false
}

// valid returns s with each invalid sequence replaced by U+FFFD. Without it,
// taking a mark out from between two halves of a rune could make a new rune.
func valid(s string) string {
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}
