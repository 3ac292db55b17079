package filter

import (
	"slices"
	"strconv"
)

const (
	expectEvents = "the type of an event"
	hintEvents   = "events are followed by where (…), at least 3 times, on at least 3 different days, with at least 2 different …, in the last 7 days, since, after, before, until, on, from … to …, then …"
	hintSequence = "a sequence is written did … then … within 7 days without …"
	expectWhole  = "a whole number"
)

// aggregates are the words in front of what is made of an attribute of several events.
var aggregates = behaviourWords[SumOf : CountOf+1]

// startsBehaviour reports whether a term on behaviour begins here. The words that such a
// term begins with may also be names, which stand in backticks if they are reserved.
func (p *parser) startsBehaviour() bool {
	at := p.tok
	defer func() { p.tok = at }()
	switch at.keyword {
	case noKeyword:
	case kwDid, kwNever:
		p.advance()
		return p.tok.kind == tokWord || p.tok.kind == tokName
	case kwFirst, kwLast:
		p.advance()
		return p.tok.kind == tokName || p.tok.kind == tokWord && p.tok.keyword == noKeyword
	default:
		return false
	}
	if at.kind != tokWord && at.kind != tokName {
		return false
	}
	aggregate := slices.Contains(aggregates, p.word())
	for p.advance(); p.is("."); p.advance() {
		aggregate = false
		p.advance()
	}
	if !p.isWord("of") {
		return false
	}
	p.advance()
	return aggregate || p.tok.keyword == kwFirst || p.tok.keyword == kwLast
}

// behaviour = did | aggregate | time | attribute
func (p *parser) behaviour(ts *terms, not bool) (err error) {
	var b Behaviour
	switch k := p.tok.keyword; k {
	case kwDid, kwNever:
		b, err = p.did()
	case kwFirst, kwLast:
		b.kind = p.end(FirstTime, LastTime)
		if b.events, err = p.eventsWhen(); err == nil && b.events.period.IsZero() {
			err = p.misspelt(`when it was, such as "before", "since" or "in the last 7 days"`, "", slices.Values(followers(false)))
		}
	default:
		b, err = p.ofAttribute()
	}
	if err != nil {
		return err
	}
	if p.tok.kind == tokWord && p.tok.keyword == noKeyword || p.startsPeriod() {
		return p.behindBehaviour(b)
	}
	b.not = b.not != not
	ts.push(b)
	return nil
}

// behindBehaviour returns the error for a word that does not follow b.
func (p *parser) behindBehaviour(b Behaviour) error {
	const expected = `"and", "or" or the end of what is said of the events`
	hint, words := hintEvents, followers(b.kind == DidThen)
	if b.kind == DidThen {
		hint = hintSequence
	}
	switch period := p.startsPeriod(); {
	case period && b.kind == DidThen:
		hint = "the period of a sequence stands behind its first step"
	case period && b.about.op != 0:
		hint = "a period stands behind the type of the events"
	case period:
		hint = "events lie in one period, such as from 2026-01-01 to today"
	case !slices.Contains(words, p.word()):
		return p.misspelt(expected, hint, slices.Values(words))
	}
	return p.errorAt(p.tok.start, expected, p.found(), hint)
}

// followers are the words that may follow a type of events.
func followers(sequence bool) []string {
	words := []string{"where", "within", "without"}
	if !sequence {
		words = append(words, "since", "after", "before", "until", "from", "then", "exactly")
	}
	return words
}

// end steps over "first" or "last".
func (p *parser) end(first, last BehaviourKind) BehaviourKind {
	if p.accept(kwFirst) {
		return first
	}
	p.advance()
	return last
}

// events = field [ "where" "(" filter ")" ]
func (p *parser) events() (e Events, err error) {
	if p.tok.kind == tokWord && p.tok.keyword != noKeyword || p.tok.kind != tokWord && p.tok.kind != tokName {
		return e, p.unexpectedOr(tokName, expectEvents, "a reserved word is a name only in backticks")
	}
	if e.name, err = p.field(); err != nil || !p.isWord("where") {
		return e, err
	}
	p.advance()
	if !p.is("(") {
		return e, p.unexpected(`"("`)
	}
	gs, err := p.parenthesised()
	if err == nil {
		e.where = gs.filter()
	}
	return e, err
}

// eventsWhen reads events and a period.
func (p *parser) eventsWhen() (e Events, err error) {
	if e, err = p.events(); err == nil {
		e.period, err = p.period()
	}
	return e, err
}

// did reads a term that begins with "did" or "never".
func (p *parser) did() (b Behaviour, err error) {
	if p.accept(kwNever) {
		if !p.accept(kwDid) {
			return b, p.unexpected(`"did"`)
		}
		b.not = true
	} else if p.advance(); p.accept(kwNot) {
		if err := p.expectWord("do"); err != nil {
			return b, err
		}
		b.not = true
	}
	if b.events, err = p.events(); err != nil {
		return b, err
	}
	b.kind, b.quantity = DidTimes, AtLeast(1)
	counted := false
	for {
		number := p.startsQuantity()
		switch {
		case number && counted:
			return b, p.errorAt(p.tok.start, `"and" or "or"`, p.found(), "events are counted in one way at a time")
		case number:
			counted = true
			err = p.counted(&b)
		case b.events.period.IsZero():
			if b.events.period, err = p.period(); b.events.period.IsZero() && err == nil {
				return p.sequence(b, counted)
			}
		default:
			return p.sequence(b, counted)
		}
		if err != nil {
			return b, err
		}
	}
}

// startsQuantity reports whether a quantity, or "on" or "with" in front of one, is here.
// Behind "on" there may also be a date.
func (p *parser) startsQuantity() bool {
	if p.isWord("with") || p.isWord("at") || p.isWord("exactly") {
		return true
	}
	at := p.tok
	defer func() { p.tok = at }()
	on := p.isWord("on")
	if on {
		p.advance()
	}
	if on && (p.isWord("at") || p.isWord("exactly")) {
		return true
	}
	if p.tok.kind != tokBad && (p.tok.kind != tokValue || p.tok.value.kind != NumberValue) {
		return false
	}
	past := p.text[p.tok.start] == '-' // on -3 days is a date too
	p.advance()
	if days := p.isWord("days") || p.isWord("day"); on && days && !past { // on 3 days ago is a date
		p.advance()
		return !p.isWord("ago")
	}
	return !on || p.isWord("different")
}

// counted reads how often, on how many days or with how many different values.
func (p *parser) counted(b *Behaviour) error {
	var words []string
	switch {
	case p.isWord("on"):
		b.kind, words = DidOnDays, []string{"days", "day"}
		p.advance()
	case p.isWord("with"):
		b.kind = DidDifferent
		p.advance()
	default:
		words = []string{"times", "time"}
	}
	q, err := p.quantity()
	if err != nil {
		return err
	}
	b.not = b.not != q.not
	q.not = false
	b.quantity = q
	if b.kind != DidTimes {
		if err := p.expectWord("different"); err != nil {
			return err
		}
	}
	if b.kind == DidDifferent {
		b.about.field, err = p.attribute()
		return err
	}
	if !slices.Contains(words, p.word()) {
		return p.unexpected(strconv.Quote(words[0]))
	}
	p.advance()
	return nil
}

// quantity = [ "at" ( "least" | "most" ) | "exactly" ] digits
func (p *parser) quantity() (Quantity, error) {
	of, least, most := AtLeast, 1, maxTimes
	switch {
	case p.isWord("exactly"):
		of, least = Exactly, 0
		p.advance()
	case p.isWord("at"):
		p.advance()
		switch {
		case p.isWord("most"):
			of, least, most = AtMost, 0, maxTimes-1
		case !p.isWord("least"):
			return Quantity{}, p.unexpected(`"least" or "most"`)
		}
		p.advance()
	}
	text := p.text[p.tok.start:p.tok.end]
	if p.tok.kind != tokBad && (p.tok.kind != tokValue || p.tok.value.kind != NumberValue) {
		return Quantity{}, p.errorAt(p.tok.start, expectWhole, p.found(), "")
	}
	n, err := strconv.Atoi(text)
	if digits(text) != len(text) || err != nil || n < least || n > most {
		hint := ""
		if n == 0 && least == 1 && digits(text) == len(text) && err == nil {
			hint = holdsForAll + "; " + hintNever
		}
		return Quantity{}, p.errorAt(p.tok.start, expectWhole+" from "+itoa(least)+" to "+itoa(most), strconv.Quote(clip(text)), hint)
	}
	p.advance()
	return of(n), nil
}

// attribute reads the name of an attribute.
func (p *parser) attribute() (string, error) {
	if p.tok.kind == tokWord && p.tok.keyword != noKeyword || p.tok.kind != tokWord && p.tok.kind != tokName {
		return "", p.unexpectedOr(tokName, "an attribute", "a reserved word is a name only in backticks")
	}
	return p.field()
}

// sequence reads what follows the first step of a sequence, if b is one.
func (p *parser) sequence(b Behaviour, counted bool) (Behaviour, error) {
	if !p.isWord("then") {
		return b, nil
	}
	if counted {
		return b, p.errorAt(p.tok.start, `"and" or "or"`, p.found(), "the first step of a sequence is not counted")
	}
	p.advance()
	b.kind, b.quantity = DidThen, Quantity{}
	then, err := p.events()
	if err != nil {
		return b, err
	}
	b.then = &then
	if p.isWord("within") {
		p.advance()
		if b.gap.n, b.gap.unit, err = p.count("a number of units", ""); err != nil {
			return b, err
		}
	}
	if p.isWord("without") {
		p.advance()
		without, err := p.events()
		if err != nil {
			return b, err
		}
		b.without = &without
	}
	return b, nil
}

// ofAttribute reads a term that begins with an aggregate or with an attribute.
func (p *parser) ofAttribute() (b Behaviour, err error) {
	of := func() error { return p.expectWord("of") }
	word, at := p.word(), p.tok
	p.advance()
	aggregate := slices.Contains(aggregates, word) && p.isWord("of")
	if aggregate {
		p.advance()
		aggregate = p.tok.keyword != kwFirst && p.tok.keyword != kwLast
	}
	if aggregate {
		b.kind = SumOf + BehaviourKind(slices.Index(aggregates, word))
	} else {
		p.tok = at
	}
	attribute, err := p.attribute()
	if err == nil {
		err = of()
	}
	if err != nil {
		return b, err
	}
	if !aggregate {
		b.kind = p.end(OfFirst, OfLast)
	}
	if b.events, err = p.eventsWhen(); err != nil {
		return b, err
	}
	at = p.tok
	not := p.accept(kwNot)
	b.about, err = p.operation(attribute, not)
	if err != nil {
		return b, err
	}
	b.not, b.about.not = b.about.not != not, false
	if problem := checkAbout(b.kind, b.about); problem != nil {
		expected := "a condition on an attribute"
		if aggregate {
			expected = "a comparison with a number"
		}
		return b, p.errorAt(at.start, expected, strconv.Quote(clip(p.text[at.start:p.tok.start])), problem.Error())
	}
	return b, nil
}

// parseGap reads the gap of a sequence.
func parseGap(text string) (g gap, err error) {
	if i := invalidUTF8(text); i >= 0 {
		return g, invalid("the gap %q is not valid UTF-8", clip(text)).Err()
	}
	p := &parser{lexer: lexer{text: text}}
	p.advance()
	if g.n, g.unit, err = p.count("a number of units", ""); err == nil && p.tok.kind != tokEnd {
		err = p.errorAt(p.tok.start, foundEnd, p.found(), "")
	}
	if problem, ok := err.(*ParseError); ok {
		return gap{}, invalid("%q is no gap: %s", clip(text), expectation(problem.Expected, problem.Found, problem.Hint)).Err()
	}
	return g, nil
}
