package filtertest

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns the form in which filters compare text, options and tags: without
// accents, without case, compatibility forms made plain. docs/semantics.md has the
// rule in words.
func Fold(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	var plain strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if !accent(r) {
			plain.WriteString(foldRune(withoutStroke(r)))
		}
	}
	return compose(plain.String())
}

// accent: a nonspacing mark of no script of its own, but for the voicing marks of
// kana.
func accent(r rune) bool {
	return unicode.In(r, unicode.Mn) && unicode.In(r, unicode.Inherited) && r != 0x3099 && r != 0x309a
}

// strokes are the letters that are typed as another one and not decomposed.
var strokes = strings.NewReplacer("ø", "o", "Ø", "O", "ł", "l", "Ł", "L", "đ", "d", "Đ", "D",
	"ħ", "h", "Ħ", "H", "ŧ", "t", "Ŧ", "T", "ı", "i")

func withoutStroke(r rune) string { return strokes.Replace(string(r)) }

// foldRune folds the case of one letter. Cherokee folds to its capitals, which the
// tables of x/text turn round.
func foldRune(s string) string {
	switch r := []rune(s)[0]; {
	case 0x13a0 <= r && r <= 0x13f5:
		return s
	case 0x13f8 <= r && r <= 0x13fd:
		return string(r - 0x13f8 + 0x13f0)
	case 0xab70 <= r && r <= 0xabbf:
		return string(r - 0xab70 + 0x13a0)
	}
	return cases.Fold().String(s)
}

// compose is NFC, left out where the tables of x/text make another text of it,
// which happens beyond U+FFFF.
func compose(s string) string {
	c := norm.NFC.String(s)
	if norm.NFD.String(c) != norm.NFD.String(s) {
		return norm.NFD.String(s)
	}
	return c
}

// Like reports whether a pattern of the operator `like` covers the whole of a
// text: % stands for anything, _ for one code point, a backslash in front of %, _
// or \ takes their meaning away, everything else is folded and stands for itself.
// The text must be folded already.
func Like(pattern, text string, fold func(string) string) bool {
	p := likeTokens([]rune(pattern), fold)
	t := []rune(text)
	// reach[j]: the tokens so far can cover the first j code points.
	reach := make([]bool, len(t)+1)
	reach[0] = true
	for _, tok := range p {
		next := make([]bool, len(t)+1)
		for j := range next {
			switch {
			case tok.any:
				next[j] = reach[j] || j > 0 && next[j-1]
			case j > 0 && (tok.one || tok.r == t[j-1]):
				next[j] = reach[j-1]
			}
		}
		reach = next
	}
	return reach[len(t)]
}

type likeToken struct {
	any, one bool
	r        rune
}

func likeTokens(p []rune, fold func(string) string) (tokens []likeToken) {
	var literal []rune
	flush := func() {
		for _, r := range fold(string(literal)) {
			tokens = append(tokens, likeToken{r: r})
		}
		literal = nil
	}
	for i := 0; i < len(p); i++ {
		switch {
		case p[i] == '\\' && i+1 < len(p) && strings.ContainsRune(`%_\`, p[i+1]):
			i++
			literal = append(literal, p[i])
		case p[i] == '%':
			flush()
			tokens = append(tokens, likeToken{any: true})
		case p[i] == '_':
			flush()
			tokens = append(tokens, likeToken{one: true})
		default:
			literal = append(literal, p[i])
		}
	}
	flush()
	return tokens
}
