package filter

import (
	"strconv"
	"strings"
)

// Parse is the package's [Parse] under the limits of l.
func (l Limits) Parse(text string) (Filter, error) {
	l, err := l.withDefaults()
	if err != nil {
		return Filter{}, err
	}
	if err := l.checkSize("filter text in bytes", len(text)); err != nil {
		return Filter{}, err
	}
	p := parser{lexer: lexer{text: text}, limits: l, names: map[string]string{}}
	if i := invalidUTF8(text); i >= 0 {
		return Filter{}, p.errorAt(i, "valid UTF-8", "byte 0x"+strconv.FormatUint(uint64(text[i]), 16), "")
	}
	p.advance()
	gs, err := p.filter()
	if err != nil {
		return Filter{}, err
	}
	f := gs.filter()
	if p.accept(kwIn) {
		if f.zone, err = p.zone(); err != nil {
			return Filter{}, err
		}
	}
	if p.tok.kind != tokEnd {
		return Filter{}, p.unexpected(`"and", "or" or ` + foundEnd)
	}
	return f, nil
}

// parser is a recursive descent over the grammar of the package comment. Each
// method named after a rule starts at the first token of what it reads and ends
// at the token behind it.
type parser struct {
	lexer
	limits Limits
	depth  int               // open parentheses around filters
	names  map[string]string // field names seen, so that a filter does not keep its text for them
}

// errorAt returns the error for an offset.
func (p *parser) errorAt(offset int, expected, found, hint string) *ParseError {
	line, column := position(p.text, offset)
	return &ParseError{Offset: offset, Line: line, Column: column, Expected: expected, Found: found, Hint: hint}
}

// unexpected returns the error for a current token that is out of place.
func (p *parser) unexpected(expected string) error {
	hint := ""
	if p.isWord("of") {
		hint = hintOf
	} else if p.tok.kind == tokSymbol || p.tok.kind == tokWord && p.tok.keyword == noKeyword {
		hint = meant(p.text[p.tok.start:p.tok.end], quotedWords(expected))
	}
	return p.errorAt(p.tok.start, expected, p.found(), hint)
}

// unexpectedOr is [parser.unexpected], except that a literal of the expected kind
// that is not right says so itself, and a bare word gets the hint.
func (p *parser) unexpectedOr(kind tokenKind, expected, wordHint string) error {
	if b := p.tok.bad; b != nil && (b.kind == kind || b.kind == tokText && kind == tokValue) {
		return p.errorAt(b.offset, b.expected, b.found, b.hint)
	}
	hint := ""
	if p.tok.kind == tokWord && (p.tok.keyword == noKeyword || kind == tokName) {
		hint = wordHint
	}
	return p.errorAt(p.tok.start, expected, p.found(), hint)
}

// accept steps over the given reserved word and reports whether it was there.
func (p *parser) accept(k keyword) bool {
	if p.tok.keyword != k {
		return false
	}
	p.advance()
	return true
}

// expectSymbol steps over the given symbol.
func (p *parser) expectSymbol(symbol, expected string) error {
	if !p.is(symbol) {
		return p.unexpected(expected)
	}
	p.advance()
	return nil
}

// expectWord steps over the given word, which is in lower case.
func (p *parser) expectWord(word string) error {
	if !p.isWord(word) {
		return p.unexpected(`"` + word + `"`)
	}
	p.advance()
	return nil
}

// filter = group { "or" group }
func (p *parser) filter() (groups, error) {
	var gs groups
	for {
		g, err := p.group()
		if err != nil {
			return gs, err
		}
		gs.add(g)
		if !p.accept(kwOr) {
			return gs, nil
		}
	}
}

// group = term { "and" term }
func (p *parser) group() (terms, error) {
	var ts terms
	for {
		if err := p.term(&ts); err != nil {
			return ts, err
		}
		if !p.accept(kwAnd) {
			return ts, nil
		}
	}
}

// term = { "not" } ( condition | "(" filter ")" | scope | behaviour )
func (p *parser) term(ts *terms) error {
	not := false
	for p.accept(kwNot) {
		not = !not
	}
	if p.is("(") {
		gs, err := p.parenthesised()
		if err != nil {
			return err
		}
		ts.addNested(gs, not)
		return nil
	}
	if p.tok.keyword == kwAny || p.tok.keyword == kwNo {
		return p.scope(ts, not)
	}
	if p.startsBehaviour() {
		return p.behaviour(ts, not)
	}
	c, err := p.condition()
	if err != nil {
		return err
	}
	if not {
		c = c.negated()
	}
	ts.push(c)
	return nil
}

// parenthesised reads a filter in parentheses.
func (p *parser) parenthesised() (groups, error) {
	if p.depth++; p.depth > p.limits.Nesting {
		err := p.errorAt(p.tok.start, "at most "+itoa(p.limits.Nesting)+" levels of parentheses", "one more", "")
		err.Err = p.limits.nestingError(p.depth)
		return groups{}, err
	}
	p.advance()
	gs, err := p.filter()
	if err != nil {
		return gs, err
	}
	p.depth--
	return gs, p.expectSymbol(")", `"and", "or" or ")"`)
}

// condition reads a condition on a field or on segments.
func (p *parser) condition() (Condition, error) {
	if p.accept(kwIn) {
		return p.membership()
	}
	at := p.tok
	field, err := p.field()
	if err != nil {
		return Condition{}, err
	}
	part := noPart
	if at.kind == tokWord && at.keyword == noKeyword && p.isWord("of") {
		if part = partOf(field); part == noPart {
			return Condition{}, p.noPart(at)
		}
		p.advance()
		if field, err = p.field(); err != nil {
			return Condition{}, err
		}
	}
	not := p.accept(kwNot)
	c, err := p.operation(field, not)
	if err != nil {
		return Condition{}, err
	}
	c.part = part
	if not {
		c = c.negated()
	}
	return c, nil
}

// field = part { "." part }
func (p *parser) field() (string, error) {
	start := p.tok.start
	name, err := p.part("a condition")
	if err != nil {
		return "", err
	}
	if !p.is(".") {
		if name == "" {
			return "", p.errorAt(start, "the name of a field", "an empty name", "")
		}
		return p.intern(name), nil
	}
	parts := []string{name}
	for p.is(".") {
		p.advance()
		part, err := p.part("a name")
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	return p.intern(strings.Join(parts, ".")), nil
}

// part = name | "`" any text "`"
func (p *parser) part(expected string) (string, error) {
	name := p.tok.text
	switch {
	case p.tok.kind == tokWord && p.tok.keyword == noKeyword:
		name = p.text[p.tok.start:p.tok.end]
	case p.tok.kind != tokName:
		return "", p.unexpectedOr(tokName, expected, "a reserved word is a name only in backticks")
	}
	p.advance()
	return name, nil
}

// intern returns a copy of name, the same one for the same name.
func (p *parser) intern(name string) string {
	known, ok := p.names[name]
	if !ok {
		known = strings.Clone(name)
		p.names[known] = known
	}
	return known
}

// What is expected behind a field.
const (
	expectOperator = "an operator"
	hintOperator   = "operators are =, !=, <, <=, >, >=, between, in, like, contains, starts with, ends with, matches, is empty, within the last, has any, has all, has none, lacks any"
	hintIs         = "values are compared with = and !="
	expectNegated  = `"between", "in", "like", "contains", "starts with", "ends with", "matches" or "within"`
)

// operation reads the operator behind a field and its operands. Behind "not" only
// some operators may follow. The negation is left to the caller, except that of
// `!=`, `is not empty`, `has none` and `lacks any`.
func (p *parser) operation(field string, not bool) (Condition, error) {
	k := p.tok.keyword
	switch k {
	case kwBetween:
		p.advance()
		return p.between(field)
	case kwIn:
		p.advance()
		if p.isWord("the") {
			return p.within(field)
		}
		return p.list(field, In)
	case kwLike, kwContains, kwMatches, kwStarts, kwEnds:
		p.advance()
		return p.pattern(field, k)
	}
	switch {
	case p.isWord("within"):
		p.advance()
		return p.within(field)
	case not:
		return Condition{}, p.unexpected(expectNegated)
	case p.accept(kwIs):
		negated := p.accept(kwNot)
		if k := p.tok.kind; k == tokText || p.tok.keyword == kwTrue || p.tok.keyword == kwFalse {
			return Condition{}, p.errorAt(p.tok.start, expectIs(negated), p.found(), hintIs)
		}
		if !p.isWord("empty") {
			return p.anniversary(field, negated)
		}
		p.advance()
		return finishCondition(field, Empty, negated, nil), nil
	case p.accept(kwHas):
		return p.has(field)
	case p.accept(kwLacks):
		if !p.accept(kwAny) {
			return Condition{}, p.unexpected(`"any"`)
		}
		c, err := p.list(field, HasAll)
		return c.negated(), err
	}
	if c, ok, err := p.shortAnniversary(field); ok {
		return c, err
	}
	return p.comparison(field)
}

// within reads the window of a condition.
func (p *parser) within(field string) (Condition, error) {
	v, err := p.window()
	return finishCondition(field, Within, false, []Value{v}), err
}

// comparison = ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
func (p *parser) comparison(field string) (Condition, error) {
	word := p.text[p.tok.start:p.tok.end]
	if p.tok.kind == tokSymbol {
		if wrong := wrongSymbol(p.text[p.tok.start:]); wrong != "" {
			return Condition{}, p.errorAt(p.tok.start, expectOperator, `"`+wrong+`"`, meantOperator(wrong))
		}
		op, not, ok := opWords(word)
		if ok {
			p.advance()
			v, err := p.value()
			return finishCondition(field, op, not, []Value{v}), err
		}
	}
	return Condition{}, p.errorAt(p.tok.start, expectOperator, p.found(), meantOperator(word))
}

// between reads what follows "between".
func (p *parser) between(field string) (Condition, error) {
	low, err := p.value()
	if err != nil {
		return Condition{}, err
	}
	if !p.accept(kwAnd) {
		return Condition{}, p.unexpected(`"and"`)
	}
	high, err := p.value()
	return finishCondition(field, Between, false, []Value{low, high}), err
}

// pattern reads what follows "like", "contains", "matches", "starts" and "ends".
func (p *parser) pattern(field string, k keyword) (Condition, error) {
	var op Op
	switch k {
	case kwLike:
		op = Like
	case kwContains:
		op = Contains
	case kwMatches:
		op = Matches
	case kwStarts:
		op = StartsWith
	default:
		op = EndsWith
	}
	if k == kwStarts || k == kwEnds {
		if err := p.expectWord("with"); err != nil {
			return Condition{}, err
		}
	}
	if p.tok.kind != tokText {
		return Condition{}, p.unexpectedOr(tokText, "a text", hintQuotes)
	}
	v, err := p.value()
	return finishCondition(field, op, false, []Value{v}), err
}

// has reads what follows "has".
func (p *parser) has(field string) (Condition, error) {
	switch {
	case p.accept(kwAny):
		return p.list(field, HasAny)
	case p.accept(kwAll):
		return p.list(field, HasAll)
	case p.isWord("none"):
		p.advance()
		c, err := p.list(field, HasAny)
		return c.negated(), err
	}
	return Condition{}, p.unexpected(`"any", "all" or "none"`)
}

// list reads a list of values in parentheses.
func (p *parser) list(field string, op Op) (Condition, error) {
	values, err := p.parenthesisedList(p.value)
	return finishCondition(field, op, false, values), err
}

// membership reads what follows "in" where a condition starts.
func (p *parser) membership() (Condition, error) {
	op, word := InSegment, "segment"
	switch {
	case p.accept(kwAny):
		op = InAnySegment
	case p.accept(kwAll):
		op, word = InAllSegments, "segments"
	case !p.isWord("segment"):
		return Condition{}, p.unexpected(`"segment", "any segment" or "all segments"`)
	}
	if err := p.expectWord(word); err != nil {
		return Condition{}, err
	}
	var refs []Value
	var err error
	if op == InSegment {
		refs = make([]Value, 1)
		refs[0], err = p.ref()
	} else {
		refs, err = p.parenthesisedList(p.ref)
	}
	return finishCondition("", op, false, refs), err
}

// parenthesisedList reads items between parentheses, with commas between them.
func (p *parser) parenthesisedList(item func() (Value, error)) ([]Value, error) {
	if err := p.expectSymbol("(", `"("`); err != nil {
		return nil, err
	}
	var values []Value
	for {
		v, err := item()
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if p.is(")") {
			p.advance()
			return values, nil
		}
		if err := p.expectSymbol(",", `"," or ")"`); err != nil {
			return nil, err
		}
	}
}

// hintQuotes is given where a word stands in the place of a text.
const hintQuotes = "a text stands in quotes"

// value = number | text | true | false | date | datetime | time | relative | weekday
func (p *parser) value() (Value, error) {
	var v Value
	switch {
	case p.tok.kind == tokValue || p.tok.kind == tokBad && p.tok.bad.kind == tokValue:
		return p.number()
	case p.tok.kind == tokText:
		if p.tok.text == "" {
			return v, p.errorAt(p.tok.start, expectNotEmpty, p.text[p.tok.start:p.tok.end], hintEmpty)
		}
		v = Value{kind: TextValue, text: p.tok.text}
	case p.tok.keyword == kwTrue || p.tok.keyword == kwFalse:
		v = Bool(p.tok.keyword == kwTrue)
	default:
		return p.relative()
	}
	p.advance()
	return v, nil
}

// ref = part | text
func (p *parser) ref() (Value, error) {
	const expected = "a segment"
	start := p.tok.start
	var ref string
	if p.tok.kind == tokText {
		ref = p.tok.text
		p.advance()
	} else {
		if b := p.tok.bad; b != nil && b.kind == tokText {
			return Value{}, p.errorAt(b.offset, b.expected, b.found, b.hint)
		}
		var err error
		if ref, err = p.part(expected); err != nil {
			return Value{}, err
		}
	}
	if ref == "" {
		return Value{}, p.errorAt(start, expected, "an empty reference", "")
	}
	return Value{kind: TextValue, text: ref}, nil
}

func itoa(n int) string { return strconv.Itoa(n) }
