package filter

import (
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// patience is how many places a search tries, for each place that it gets on and
// each code point of the piece, before it goes over to sums.
const patience = 64

// search finds the first match of a piece that begins with a literal and returns
// where it ends.
//
// Most texts tell at once that the piece is not here, so places are tried one after
// the other. A dull text and a pattern with many gaps would make that the product of
// their lengths; then sums tell of many places together which of them are worth
// trying.
func (p *piece) search(s string) (end int, ok bool) {
	from := 0
	for work := 0; work <= patience*(from+p.size); {
		i := strings.Index(s[from:], p.parts[0].text)
		if i < 0 || len(s)-from-i < p.size {
			return 0, false
		}
		i += from
		n, cost, ok := p.try(s[i:])
		if ok {
			return i + n, true
		}
		work += cost
		from = i + 1
	}
	// Between code points: a literal begins with one.
	for from < len(s) && !utf8.RuneStart(s[from]) {
		from++
	}
	sums := newWeighedSums(p, len(s)-from)
	for len(s)-from >= p.size {
		next, at := sums.candidates(s[from:])
		for _, i := range at {
			if n, _, ok := p.try(s[from+i:]); ok {
				return from + i + n, true
			}
		}
		from += next
	}
	return 0, false
}

// try matches a piece that begins with a literal at the start of s. It returns the
// length of the match and about how many steps it took.
func (p *piece) try(s string) (n, cost int, ok bool) {
	for i := range p.parts {
		part := &p.parts[i]
		text := part.text
		cost++
		if len(s)-n < len(text) || s[n] != text[0] {
			return 0, cost, false
		}
		cost += len(text) / 8
		if s[n:n+len(text)] != text {
			return 0, cost, false
		}
		n, ok = skipRunes(s, n+len(text), part.skip)
		cost += part.skip
		if !ok {
			return 0, cost, false
		}
	}
	return n, cost, true
}

// weighedSums finds the places where a piece may match. Each code point of its
// literals gets a weight by chance, and the gaps get none. Where the piece matches, the
// weighed sum of the text is that of the piece; where it does not, it is so by an
// accident of one in 2⁶⁴. The sums of all places of a window are one convolution, which
// costs the logarithm of the window for each place, whatever the piece is.
type weighedSums struct {
	length  int    // code points of the piece
	want    uint64 // its sum
	weights []uint64
	field   *transform
	window  []uint64
	text    []rune
}

// newWeighedSums prepares for a piece and for texts of at most so many bytes, which
// are not fewer than those of the piece.
func newWeighedSums(p *piece, most int) *weighedSums {
	w := &weighedSums{length: p.runes()}
	size := 1
	for size < 4*w.length && size < most || size < w.length {
		size *= 2
	}
	w.field = newTransform(size)
	w.weights, w.window = make([]uint64, size), make([]uint64, size)
	at := 0
	for _, part := range p.parts {
		for _, r := range part.text {
			weight := rand.Uint64N(modulus)
			// Turned round, so that a convolution adds up what is behind a place.
			w.weights[(size-at)%size] = weight
			w.want = addMod(w.want, mulMod(weight, uint64(r)+1))
			at++
		}
		at += part.skip
	}
	w.field.forward(w.weights)
	return w
}

// runes returns how many code points the piece matches.
func (p *piece) runes() int {
	n := p.skip
	for _, part := range p.parts {
		n += utf8.RuneCountInString(part.text) + part.skip
	}
	return n
}

// candidates returns the places near the start of s where the piece may match, in
// bytes, and from where on to ask again.
func (w *weighedSums) candidates(s string) (next int, at []int) {
	w.text = w.text[:0]
	for _, r := range s {
		if len(w.text) == len(w.window) {
			break
		}
		w.text = append(w.text, r)
	}
	clear(w.window[copyRunes(w.window, w.text):])
	w.field.forward(w.window)
	for i, x := range w.window {
		w.window[i] = mulMod(x, w.weights[i])
	}
	w.field.backward(w.window)
	for i := range len(w.text) - w.length + 1 {
		if w.window[i] == w.want {
			at = append(at, next)
		}
		next += utf8.RuneLen(w.text[i])
	}
	if len(w.text) < w.length {
		next = len(s)
	}
	return next, at
}

// copyRunes puts code points into a window, as what is not zero.
func copyRunes(dst []uint64, text []rune) int {
	for i, r := range text {
		dst[i] = uint64(r) + 1
	}
	return len(text)
}
