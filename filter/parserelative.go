package filter

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/rosterdb/roster/contact"
)

// What is expected in a relative date, and hints.
const (
	expectUnit = "a unit of time such as days"
	expectSpan = `"week", "month", "quarter" or "year"`
	expectEdge = `a month, or "this", "last" or "next" with week, month, quarter or year`
	hintWindow = "a window of time has no operator in front: within the last 7 days"
	hintPast   = "what is past is written 3 days ago"
	hintFuture = "what is to come is written in 3 days"
	hintNoIs   = `a window stands without "is": within the last 7 days`
	// The names of days and months behind "last", "this" or "next".
	hintWeekday = "a day of a week is written monday this week"
	hintMonth   = "days of a month are written first day of march next year"
	hintOf      = `"of" stands behind a part of a date, as in month of birthday, and behind first day and last day`
	hintMonths  = "months are numbers, 1 to 12"
)

// starters are the words that a relative date or a weekday begins with and that are
// not reserved.
var starters = slices.Concat([]string{"now", "today", "yesterday", "tomorrow", "this", "next"}, weekdayNames[1:])

// word returns the current token in lower case if it is a word, else "".
func (p *parser) word() string {
	if p.tok.kind != tokWord {
		return ""
	}
	return strings.ToLower(p.text[p.tok.start:p.tok.end])
}

// misspelt returns the error for a word that is none of some, with the one that was
// probably meant.
func (p *parser) misspelt(expected, hint string, words iter.Seq[string]) error {
	if w := p.word(); w != "" {
		if near := contact.Suggest(w, words); near != "" {
			hint = "did you mean " + strconv.Quote(near) + "?"
		}
	}
	return p.errorAt(p.tok.start, expected, p.found(), hint)
}

// relative reads a relative date, or a weekday, where a value that is no literal
// stands.
func (p *parser) relative() (Value, error) {
	switch w := p.word(); {
	case w == "now":
		p.advance()
		return relative{form: formNow}.value(), nil
	case w == "yesterday" || w == "today" || w == "tomorrow":
		p.advance()
		return relative{form: formDay, which: int8(slices.Index([]string{"yesterday", "today", "tomorrow"}, w) - 1)}.value(), nil
	case slices.Contains(weekdayNames[1:], w):
		return p.weekday(uint8(slices.Index(weekdayNames[:], w)))
	case p.accept(kwIn):
		return p.inFuture()
	case w == "first":
		p.advance()
		return p.edge(false)
	case slices.Contains(whichNames[:], w):
		return p.span()
	case p.is("+"):
		return p.plus()
	case slices.Contains(monthNames[1:], w):
		return Value{}, p.errorAt(p.tok.start, "a value", p.found(), hintMonths)
	case w != "" && p.tok.keyword == noKeyword && contact.Suggest(w, slices.Values(starters)) != "":
		return Value{}, p.misspelt("a value", hintQuotes, slices.Values(starters))
	}
	return Value{}, p.unexpectedOr(tokValue, "a value", hintQuotes)
}

// weekday reads what follows the name of a day of the week.
func (p *parser) weekday(name uint8) (Value, error) {
	p.advance()
	which := slices.Index(whichNames[:], p.word())
	if which < 0 {
		return weekdayValue(name), nil
	}
	p.advance()
	if !p.isWord("week") {
		return Value{}, p.misspelt(`"week"`, "", slices.Values([]string{"week"}))
	}
	p.advance()
	return relative{form: formWeekday, name: name, which: int8(which - 1), unit: unitWeek}.value(), nil
}

// span reads "last month" and its like, or "last day of …".
func (p *parser) span() (Value, error) {
	which := int8(slices.Index(whichNames[:], p.word()) - 1)
	p.advance()
	if which < 0 && p.isWord("day") {
		return p.edge(true)
	}
	expected := expectSpan
	if which < 0 {
		expected = `"day of", ` + expectSpan
	}
	u, err := p.spanUnit(expected)
	return relative{form: formSpan, which: which, unit: u}.value(), err
}

// spanUnit reads the unit of a span.
func (p *parser) spanUnit(expected string) (unit, error) {
	u := unit(max(0, slices.Index(unitNames[:], p.word())))
	if u < unitWeek {
		hint := ""
		switch w := p.word(); {
		case p.tok.kind == tokValue:
			hint = hintWindow
		case slices.Contains(weekdayNames[1:], w):
			return 0, p.errorAt(p.tok.start, expected, p.found(), hintWeekday)
		case slices.Contains(monthNames[1:], w):
			return 0, p.errorAt(p.tok.start, expected, p.found(), hintMonth)
		}
		return 0, p.misspelt(expected, hint, slices.Values(unitNames[unitWeek:]))
	}
	p.advance()
	return u, nil
}

// edge reads what follows "first" and "last": "day of" and a month or a span.
func (p *parser) edge(last bool) (Value, error) {
	for _, w := range []string{"day", "of"} {
		if err := p.expectWord(w); err != nil {
			return Value{}, err
		}
	}
	r := relative{form: formEdge, last: last}
	if which := slices.Index(whichNames[:], p.word()); which >= 0 {
		p.advance()
		u, err := p.spanUnit(expectSpan)
		r.unit, r.which = u, int8(which-1)
		return r.value(), err
	}
	month := slices.Index(monthNames[:], p.word())
	if month < 1 {
		return Value{}, p.misspelt(expectEdge, "", slices.Values(slices.Concat(monthNames[1:], whichNames[:])))
	}
	p.advance()
	r.form, r.name, r.unit = formMonthEdge, uint8(month), unitYear
	if which := slices.Index(whichNames[:], p.word()); which >= 0 {
		p.advance()
		if !p.isWord("year") {
			return Value{}, p.misspelt(`"year"`, "", slices.Values([]string{"year"}))
		}
		p.advance()
		r.which = int8(which - 1)
	}
	return r.value(), nil
}

// inFuture reads what follows "in": a number of units.
func (p *parser) inFuture() (Value, error) {
	if p.isWord("the") {
		return Value{}, p.errorAt(p.tok.start, `a number of units after "in"`, p.found(), hintWindow)
	}
	n, u, err := p.count(`a number of units after "in"`, hintPast)
	return relative{form: formIn, which: 1, unit: u, n: n}.value(), err
}

// plus reads "+2 weeks"; a plus in front of anything else has no meaning.
func (p *parser) plus() (Value, error) {
	plus := p.tok
	p.advance()
	number := p.tok
	if p.advance(); (number.kind != tokValue && number.kind != tokBad) || p.tok.kind != tokWord {
		p.tok = plus
		return Value{}, p.unexpected("a value")
	}
	p.tok = number
	n, u, err := p.count("a number of units", "")
	return relative{form: formOffset, which: 1, unit: u, n: n}.value(), err
}

// number returns the value of a number, or reads the relative date that begins with
// it: "-30 days", "3 days ago".
func (p *parser) number() (Value, error) {
	number := p.tok
	p.advance()
	w, bad := p.word(), number.kind == tokBad
	if number.kind == tokValue && number.value.kind != NumberValue || w == "" || p.tok.keyword != noKeyword {
		return p.plainNumber(number)
	}
	past := p.text[number.start] == '-'
	near := contact.Suggest(w, unitWords())
	if near == "" && !past || near == "" && bad {
		return p.plainNumber(number)
	}
	p.tok = number
	if past { // the sign is part of the token
		p.tok.start++
	}
	n, u, err := p.count("a number of units", "")
	if err != nil || past {
		return relative{form: formOffset, which: -1, unit: u, n: n}.value(), err
	}
	if !p.isWord("ago") {
		return Value{}, p.errorAt(p.tok.start, `"ago"`, p.found(), hintFuture)
	}
	p.advance()
	return relative{form: formAgo, which: -1, unit: u, n: n}.value(), nil
}

// plainNumber returns the value of a literal that the parser has stepped over.
func (p *parser) plainNumber(literal token) (Value, error) {
	if literal.kind == tokBad {
		b := literal.bad
		return Value{}, p.errorAt(b.offset, b.expected, b.found, b.hint)
	}
	return literal.value, nil
}

// unitWords iterates over the units, each in the plural and in the singular.
func unitWords() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range unitNames[unitSecond:] {
			if !yield(name+"s") || !yield(name) {
				return
			}
		}
	}
}

// unitOf returns the unit that a word in lower case names.
func unitOf(word string) unit {
	for u := unitSecond; u <= unitYear; u++ {
		if word == unitNames[u] || word == unitNames[u]+"s" {
			return u
		}
	}
	return noUnit
}

// count reads a whole number and a unit.
func (p *parser) count(expected, hint string) (int64, unit, error) {
	number := p.tok
	text := p.text[number.start:number.end]
	if digits(text) == 0 || number.kind == tokValue && number.value.kind != NumberValue {
		if !strings.HasPrefix(text, "-") {
			hint = ""
		}
		return 0, 0, p.errorAt(number.start, expected, p.found(), hint)
	}
	p.advance()
	u := unitOf(p.word())
	switch {
	case u == noUnit:
		return 0, 0, p.misspelt(expectUnit, "", unitWords())
	case digits(text) != len(text):
		return 0, 0, p.errorAt(number.start, "a whole number of "+unitNames[u]+"s", strconv.Quote(clip(text)), "")
	}
	if hint = "that is 9999 years"; u == unitYear {
		hint = ""
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > unitMost[u] {
		return 0, 0, p.errorAt(number.start, "at most "+string(u.appendCount(nil, unitMost[u])), strconv.Quote(clip(text)), hint)
	}
	p.advance()
	return n, u, nil
}

// window reads "the last 36 hours" or "the next 7 days".
func (p *parser) window() (Value, error) {
	if w := p.word(); w == "last" || w == "next" {
		return Value{}, p.errorAt(p.tok.start, `"the"`, p.found(), `did you mean "the `+w+`"?`)
	}
	if err := p.expectWord("the"); err != nil {
		return Value{}, err
	}
	var w window
	switch p.word() {
	case "last":
	case "next":
		w.next = true
	default:
		return Value{}, p.misspelt(`"last" or "next"`, "", slices.Values([]string{"last", "next"}))
	}
	p.advance()
	n, u, err := p.count("a number of units", "")
	w.n, w.unit = n, u
	return w.value(), err
}

// anniversary reads what follows "is" and "is not", but for "empty": an anniversary.
func (p *parser) anniversary(field string, not bool) (Condition, error) {
	at := p.tok
	if p.tok.keyword == kwIn {
		p.advance()
		if p.isWord("the") {
			v, err := p.window()
			return p.anniversaryOf(field, not, v, at, err)
		}
		p.tok = at
	}
	starts := p.tok.kind == tokWord && (p.tok.keyword == noKeyword || p.tok.keyword == kwIn || p.tok.keyword == kwFirst || p.tok.keyword == kwLast) ||
		p.tok.kind == tokValue || p.is("+")
	if !starts {
		return Condition{}, p.unexpected(expectIs(not))
	}
	if w := p.word(); w != "" && p.tok.keyword == noKeyword && !slices.Contains(starters, w) && !slices.Contains(monthNames[1:], w) {
		hint := meant(w, append([]string{"empty"}, starters...))
		if w == "within" {
			hint = hintNoIs
		}
		if hint == "" && w != "null" {
			hint = hintIs
		}
		return Condition{}, p.errorAt(at.start, expectIs(not), p.found(), hint)
	}
	v, err := p.value()
	return p.anniversaryOf(field, not, v, at, err)
}

// shortAnniversary reads "+7 days" where an operator could stand: `birthday +7 days` is
// short for `birthday is +7 days`. It reports whether anything of the kind was there, and
// has read nothing if not. The past has no short form: `seen -30 days` is rather a
// comparison whose operator was forgotten.
func (p *parser) shortAnniversary(field string) (c Condition, ok bool, err error) {
	at, before := p.tok, p.lexer
	if !strings.HasPrefix(p.text[at.start:at.end], "+") {
		return c, false, nil
	}
	v, err := p.value()
	misspelt, _ := err.(*ParseError)
	if misspelt != nil && misspelt.Hint != "" || err == nil && (v.kind == RelativeDateValue || v.kind == RelativeDateTimeValue) {
		c, err = p.anniversaryOf(field, false, v, at, err)
		return c, true, err
	}
	p.lexer = before
	return c, false, nil
}

// expectIs is what may follow "is" or "is not".
func expectIs(not bool) string {
	if not {
		return `"empty" or the day of an anniversary, such as today`
	}
	return `"empty", "not empty" or the day of an anniversary, such as today`
}

// anniversaryOf finishes an anniversary whose operand began at a token.
func (p *parser) anniversaryOf(field string, not bool, v Value, at token, err error) (Condition, error) {
	if err != nil {
		return Condition{}, err
	}
	if problem := checkOperand(Anniversary, v); problem != nil {
		return Condition{}, p.errorAt(at.start, expectIs(not), "the "+v.kind.String()+" "+clip(v.String()), hintEquals)
	}
	return finishCondition(field, Anniversary, not, []Value{v}), nil
}

const hintEquals = "`=` compares with a date or a value"
