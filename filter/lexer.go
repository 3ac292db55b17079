package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rosterdb/roster/contact"
)

// tokenKind is the kind of a token of the filter text.
type tokenKind uint8

const (
	tokEnd    tokenKind = iota // the end of the text
	tokWord                    // a name or a word of the language
	tokName                    // a name in backticks
	tokText                    // a text in quotes
	tokValue                   // a number, a date, a datetime or a time of day
	tokSymbol                  // an operator, a bracket, a comma, a dot, or a character without meaning
	tokBad                     // a literal that is not right
)

// token is one token of the filter text.
type token struct {
	kind    tokenKind
	keyword keyword // of a word, if it is reserved
	start   int     // offset of the first byte
	end     int     // offset behind the last byte
	text    string  // of a name in backticks or a text: what stands between the quotes
	value   Value   // of a tokValue
	bad     *badToken
}

// badToken says what is wrong with a literal. It is reported where such a literal
// may stand; elsewhere the literal is out of place anyway.
type badToken struct {
	kind     tokenKind // what it would have been: tokName, tokText or tokValue
	offset   int
	expected string
	found    string
	hint     string
}

// lexer splits a filter text into tokens. The text must be valid UTF-8.
type lexer struct {
	text string
	tok  token // the current one
}

// advance makes the next token the current one.
func (l *lexer) advance() {
	start := l.tok.end
	start += len(l.text[start:]) - len(strings.TrimLeftFunc(l.text[start:], unicode.IsSpace))
	l.tok = token{start: start, end: len(l.text)}
	if start == len(l.text) {
		return
	}
	rest := l.text[start:]
	switch c := rest[0]; {
	case c == '"' || c == '\'':
		l.quoted(rest, tokText)
	case c == '`':
		l.quoted(rest, tokName)
	case isDigit(c) || c == '-' && digits(rest[1:]) > 0:
		l.literal(rest)
	default:
		if n := scanName(rest); n > 0 {
			l.tok.kind = tokWord
			l.tok.keyword = keywordOf(rest[:n])
			l.tok.end = start + n
			return
		}
		l.tok.kind = tokSymbol
		l.tok.end = start + symbolLength(rest)
	}
}

// symbolLength returns the length of the symbol at the start of s.
func symbolLength(s string) int {
	switch s[0] {
	case '!', '<', '>':
		if len(s) > 1 && s[1] == '=' {
			return 2
		}
		return 1
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// quoted makes the token of the text or name in backticks at the start of rest.
func (l *lexer) quoted(rest string, kind tokenKind) {
	content, n := scanQuoted(rest)
	if n == 0 {
		l.tok.kind = tokBad
		line, column := position(l.text, l.tok.start)
		l.tok.bad = &badToken{
			kind: kind, offset: len(l.text),
			expected: "a closing " + rest[:1],
			found:    foundEnd,
			hint:     "it was opened at line " + itoa(line) + ", column " + itoa(column),
		}
		return
	}
	l.tok.kind = kind
	l.tok.text = content
	l.tok.end = l.tok.start + n
}

// literal makes the token of the number, date, datetime or time of day at the start of rest.
func (l *lexer) literal(rest string) {
	if startsDate(rest) {
		run := literalRun(rest)
		v, problem := parseDateOrDateTime(rest[:run])
		l.tok.kind, l.tok.value, l.tok.end = tokValue, v, l.tok.start+run
		if problem != "" {
			l.badLiteral("a date or a datetime", problem)
		}
		return
	}
	if startsClock(rest) {
		l.tok.end = l.tok.start + literalRun(rest)
		c, err := contact.ParseClockTime(l.text[l.tok.start:l.tok.end])
		l.tok.kind, l.tok.value = tokValue, clockValue(c)
		if err != nil {
			l.badLiteral("a time of day", clockHint(err))
		}
		return
	}
	n, _ := scanNumber(rest)
	l.tok.end = l.tok.start + n
	if r, _ := utf8.DecodeRuneInString(rest[n:]); n < len(rest) && inLiteral(r) {
		l.tok.end = l.tok.start + literalRun(rest)
		l.badLiteral("a number", "a number is written like 12, -0.5 or 1.5e3")
		return
	}
	x, problem := parseNumber(rest[:n])
	switch problem {
	case numberInexact:
		l.badLiteral(expectExact, hintExact)
	case numberOverflow:
		l.badLiteral(expectRange, "")
	default:
		l.tok.kind, l.tok.value = tokValue, Number(x)
	}
}

// badLiteral marks the current token as a literal that is not right.
func (l *lexer) badLiteral(expected, hint string) {
	l.tok.kind = tokBad
	l.tok.bad = &badToken{kind: tokValue, offset: l.tok.start, expected: expected, found: l.found(), hint: hint}
}

// inLiteral reports whether r would be read as a part of a number or date in front
// of it, so that `12abc` is one wrong number and not a number and a name.
func inLiteral(r rune) bool {
	return inName(r) || r == '.' || r == ':' || r == '+' || r == '-'
}

// literalRun returns the length of what would be read as one number or date at the
// start of s.
func literalRun(s string) int {
	for i, r := range s {
		if !inLiteral(r) {
			return i
		}
	}
	return len(s)
}

// foundEnd is what error messages call the end of the text.
const foundEnd = "the end of the text"

// found describes the current token for an error message.
func (l *lexer) found() string {
	raw := clip(l.text[l.tok.start:l.tok.end])
	switch l.tok.kind {
	case tokEnd:
		return foundEnd
	case tokName:
		return "the name " + raw
	case tokText:
		return "the text " + raw
	case tokValue:
		return "the " + l.tok.value.kind.String() + " " + raw
	}
	return `"` + raw + `"`
}

// is reports whether the current token is the given symbol.
func (l *lexer) is(symbol string) bool {
	return l.tok.kind == tokSymbol && l.text[l.tok.start:l.tok.end] == symbol
}

// isWord reports whether the current token is the given word, which is in lower
// case.
func (l *lexer) isWord(word string) bool {
	return l.tok.kind == tokWord && isWord(l.text[l.tok.start:l.tok.end], word)
}

// position returns the line and the column of an offset, both from 1.
func position(text string, offset int) (line, column int) {
	before := text[:offset]
	line = 1 + strings.Count(before, "\n")
	column = 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return line, column
}
