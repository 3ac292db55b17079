package filter

import (
	"strings"
	"unicode/utf8"
)

// LikePattern is a compiled pattern of the operator `like`.
//
// It covers the whole text: % stands for any run of code points, line breaks and
// the empty run included, _ for exactly one code point, and everything else for
// itself. A backslash in front of %, _ or \ takes their meaning away; in front of
// anything else, and at the end, it stands for itself. The zero LikePattern
// matches the empty text only. A LikePattern is immutable and safe for concurrent
// use.
type LikePattern struct {
	pieces []piece // what stands between the runs of %; the first and last are anchored
	prefix string
	shape  likeShape
}

// piece is a part of a pattern without %: code points and literals in turn.
type piece struct {
	skip  int       // code points in front
	parts []literal // none if the piece is code points only
	size  int       // the least number of bytes that it matches
}

// literal is a text that is not empty and the number of code points behind it.
type literal struct {
	text string
	skip int
}

// likeShape picks the quick ways of matching.
type likeShape uint8

const (
	likeGeneral likeShape = iota
	likeExact             // abc
	likePrefix            // abc%
	likeSuffix            // %abc
	likeInfix             // %abc%
)

// CompileLike compiles a pattern. If fold is not nil it is applied to each literal
// part of the pattern, wildcards and escapes taken out; the texts to match must then
// be folded in the same way. Pattern and folded parts must be valid UTF-8.
func CompileLike(pattern string, fold func(string) string) LikePattern {
	c := likeCompiler{fold: fold, pieces: make([]piece, 1)}
	for i := 0; i < len(pattern); i++ {
		switch b := pattern[i]; b {
		case '%':
			c.flush()
			c.pieces = append(c.pieces, piece{})
			for i+1 < len(pattern) && pattern[i+1] == '%' {
				i++
			}
		case '_':
			c.flush()
			c.skip()
		case '\\':
			if i+1 < len(pattern) && strings.IndexByte(`%_\`, pattern[i+1]) >= 0 {
				i++
				b = pattern[i]
			}
			c.literal = append(c.literal, b)
		default:
			c.literal = append(c.literal, b)
		}
	}
	c.flush()
	return c.finish()
}

// likeCompiler collects the pieces of a pattern.
type likeCompiler struct {
	fold    func(string) string
	pieces  []piece
	literal []byte // the literal part being read
}

// last returns the piece being built.
func (c *likeCompiler) last() *piece { return &c.pieces[len(c.pieces)-1] }

// skip adds one code point.
func (c *likeCompiler) skip() {
	p := c.last()
	p.size++
	if n := len(p.parts); n > 0 {
		p.parts[n-1].skip++
	} else {
		p.skip++
	}
}

// flush adds the literal part that has been read. Folding may leave nothing of it.
func (c *likeCompiler) flush() {
	text := string(c.literal)
	c.literal = c.literal[:0]
	if c.fold != nil && text != "" {
		text = c.fold(text)
	}
	if text == "" {
		return
	}
	p := c.last()
	p.size += len(text)
	if n := len(p.parts); n > 0 && p.parts[n-1].skip == 0 {
		p.parts[n-1].text += text
		return
	}
	p.parts = append(p.parts, literal{text: text})
}

// finish drops the pieces between two % that fold to nothing and picks the shape.
func (c *likeCompiler) finish() LikePattern {
	p := LikePattern{}
	for i, piece := range c.pieces {
		if piece.size > 0 || i == 0 || i == len(c.pieces)-1 {
			p.pieces = append(p.pieces, piece)
		}
	}
	if first := p.pieces[0]; first.skip == 0 && len(first.parts) > 0 {
		p.prefix = first.parts[0].text
	}
	n := len(p.pieces)
	switch first, last := &p.pieces[0], &p.pieces[n-1]; {
	case n == 1 && first.isLiteral():
		p.shape = likeExact
	case n == 2 && first.isLiteral() && last.size == 0:
		p.shape = likePrefix
	case n == 2 && first.size == 0 && last.isLiteral():
		p.shape = likeSuffix
	case n == 3 && first.size == 0 && p.pieces[1].isLiteral() && last.size == 0:
		p.shape = likeInfix
	}
	return p
}

// isLiteral reports whether p is one literal and nothing else, perhaps empty.
func (p *piece) isLiteral() bool {
	return p.skip == 0 && (len(p.parts) == 0 || len(p.parts) == 1 && p.parts[0].skip == 0)
}

// text returns the literal of a piece that is one.
func (p *piece) text() string {
	if len(p.parts) == 0 {
		return ""
	}
	return p.parts[0].text
}

// Literal returns the only text that the pattern matches, if it has no wildcards.
func (p LikePattern) Literal() (string, bool) {
	return p.prefix, p.shape == likeExact || len(p.pieces) == 0
}

// Prefix returns a literal that every matching text begins with; it may be empty.
func (p LikePattern) Prefix() string { return p.prefix }

// Match reports whether the pattern covers the whole of s, which must be valid
// UTF-8. The time is linear in the length of s times, at worst, the logarithm of the
// length of the longest part of the pattern that has _ in it and no %.
func (p LikePattern) Match(s string) bool {
	if len(p.pieces) == 0 {
		return s == ""
	}
	n := len(p.pieces)
	switch p.shape {
	case likeExact:
		return s == p.prefix
	case likePrefix:
		return strings.HasPrefix(s, p.prefix)
	case likeSuffix:
		return strings.HasSuffix(s, p.pieces[1].text())
	case likeInfix:
		return strings.Contains(s, p.pieces[1].text())
	}
	from, ok := p.pieces[0].matchStart(s)
	if !ok {
		return false
	}
	if n == 1 {
		return from == len(s)
	}
	s = s[from:]
	s, ok = p.pieces[n-1].cutEnd(s)
	for i := 1; ok && i < n-1; i++ {
		s, ok = p.pieces[i].cutFirst(s)
	}
	return ok
}

// matchStart matches p at the start of s and returns the length of the match.
func (p *piece) matchStart(s string) (int, bool) {
	if len(s) < p.size {
		return 0, false
	}
	at, ok := skipRunes(s, 0, p.skip)
	for i := 0; ok && i < len(p.parts); i++ {
		if !strings.HasPrefix(s[at:], p.parts[i].text) {
			return 0, false
		}
		at, ok = skipRunes(s, at+len(p.parts[i].text), p.parts[i].skip)
	}
	return at, ok
}

// cutEnd matches p at the end of s and returns what is in front of the match.
func (p *piece) cutEnd(s string) (string, bool) {
	if len(s) < p.size {
		return "", false
	}
	ok := true
	for i := len(p.parts) - 1; i >= 0; i-- {
		if s, ok = dropRunes(s, p.parts[i].skip); !ok {
			return "", false
		}
		if s, ok = strings.CutSuffix(s, p.parts[i].text); !ok {
			return "", false
		}
	}
	return dropRunes(s, p.skip)
}

// cutFirst finds the first match of p in s and returns what is behind it. The
// first match is the best one: it leaves the most for the pieces that follow.
func (p *piece) cutFirst(s string) (string, bool) {
	at, ok := skipRunes(s, 0, p.skip)
	if !ok || len(p.parts) == 0 {
		return s[at:], ok
	}
	// The code points in front are skipped once; what is left begins with a
	// literal, so the candidates are where that stands.
	rest := piece{parts: p.parts, size: p.size - p.skip}
	s = s[at:]
	n, ok := rest.search(s)
	return s[n:], ok
}

// skipRunes returns the offset n code points behind at.
func skipRunes(s string, at, n int) (int, bool) {
	for range n {
		if at == len(s) {
			return at, false
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at, true
}

// dropRunes returns s without its last n code points.
func dropRunes(s string, n int) (string, bool) {
	for range n {
		if s == "" {
			return "", false
		}
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s, true
}
