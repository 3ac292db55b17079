package fold

import "sync"

// latinEnd is the first code point after the Latin blocks that European languages are
// written with. No mark lies below it, and what textByForms makes of the runes below
// it never composes with its neighbours, so that up to here the form of a text is the
// forms of its runes, one after the other.
const latinEnd = 0x250

// latin returns the form of each rune below latinEnd. It is made from
// textByForms, so that there is one definition; that takes half a millisecond, the
// first time.
var latin = sync.OnceValue(func() *[latinEnd]string {
	var t [latinEnd]string
	for r := range rune(latinEnd) {
		t[r] = textByForms(string(r))
	}
	return &t
})

// textByRune returns what textByForms does, in one pass, if all runes of s are
// below latinEnd. It is about ten times faster, and names are nearly always of
// this kind.
func textByRune(s string) (string, bool) {
	t := latin()
	var room [64]byte
	b := room[:0]
	for _, r := range s {
		if r >= latinEnd {
			return "", false
		}
		b = append(b, t[r]...)
	}
	return string(b), true
}
