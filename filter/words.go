package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// keyword is a reserved word: in any case it is no field name unless it stands in
// backticks. The set is fixed; words that the language gets later are known by
// their place.
type keyword uint8

const (
	noKeyword keyword = iota
	kwAnd
	kwOr
	kwNot
	kwIn
	kwBetween
	kwIs
	kwLike
	kwContains
	kwStarts
	kwEnds
	kwMatches
	kwHas
	kwLacks
	kwTrue
	kwFalse
	kwDid
	kwNever
	kwAny
	kwAll
	kwNo
	kwFirst
	kwLast
)

// longestKeyword is the length of "contains".
const longestKeyword = 8

// keywords is never written to.
var keywords = map[string]keyword{
	"and": kwAnd, "or": kwOr, "not": kwNot, "in": kwIn, "between": kwBetween, "is": kwIs,
	"like": kwLike, "contains": kwContains, "starts": kwStarts, "ends": kwEnds, "matches": kwMatches,
	"has": kwHas, "lacks": kwLacks, "true": kwTrue, "false": kwFalse, "did": kwDid, "never": kwNever,
	"any": kwAny, "all": kwAll, "no": kwNo, "first": kwFirst, "last": kwLast,
}

// keywordOf returns the reserved word that a word is in some case of ASCII
// letters, noKeyword if it is none.
func keywordOf(word string) keyword {
	if len(word) > longestKeyword {
		return noKeyword
	}
	var lower [longestKeyword]byte
	for i := range len(word) {
		lower[i] = lowerASCII(word[i])
	}
	return keywords[string(lower[:len(word)])]
}

// isWord reports whether s is the given word, which is in lower case, in any case
// of ASCII letters.
func isWord(s, word string) bool {
	if len(s) != len(word) {
		return false
	}
	for i := range len(s) {
		if lowerASCII(s[i]) != word[i] {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func startsName(r rune) bool { return r == '_' || unicode.IsLetter(r) }

func inName(r rune) bool { return startsName(r) || unicode.IsDigit(r) }

// scanName returns the length of the name at the start of s, 0 if there is none.
func scanName(s string) int {
	for i, r := range s {
		if i == 0 && !startsName(r) || !inName(r) {
			return i
		}
	}
	return len(s)
}

// isPlain reports whether s can be written as a name, without backticks.
func isPlain(s string) bool {
	return s != "" && scanName(s) == len(s) && keywordOf(s) == noKeyword
}

// scanQuoted reads the quoted piece at the start of s, whose first byte is the
// quote. It returns what stands between the quotes, doubled ones undone, and the
// length of the piece; 0 if the closing quote is missing.
func scanQuoted(s string) (content string, length int) {
	quote := s[0]
	end, doubled := 1, false
	for {
		i := strings.IndexByte(s[end:], quote)
		if i < 0 {
			return "", 0
		}
		end += i + 1
		if end == len(s) || s[end] != quote {
			break
		}
		doubled = true
		end++
	}
	content = s[1 : end-1]
	if doubled {
		q := string(rune(quote))
		content = strings.ReplaceAll(content, q+q, q)
	}
	return content, end
}

// appendQuoted appends s between quotes, with the quotes in it doubled.
func appendQuoted(b []byte, s string, quote byte) []byte {
	b = append(b, quote)
	for {
		i := strings.IndexByte(s, quote)
		if i < 0 {
			break
		}
		b = append(b, s[:i+1]...)
		b = append(b, quote)
		s = s[i+1:]
	}
	b = append(b, s...)
	return append(b, quote)
}

// invalidUTF8 returns the offset of the first byte of s that is not UTF-8, -1 if
// there is none.
func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return -1
}
