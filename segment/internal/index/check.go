package index

import (
	"math"
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// A check is a condition of a group in a record, or the head in front of them.
type check struct {
	slot uint16 // head: how many checks follow
	kind checkKind
	not  bool   // head: the group is gone
	a    uint32 // a word or a literal; head: the segment
	x    uint64 // a number or two more words; head: the place and the slots it reads
}

type checkKind uint8

const (
	isHead    checkKind = iota
	hasWord             // a, or one of the two in x, which may be a again
	isLeast             // the number is at least x
	isMost              // the number is at most x
	isFilled            // there is a value
	isLiteral           // what literal a says
)

// head returns the head of a group's record.
func (x *Index) head(id, number uint32, checks []check) check {
	var bloom uint32
	for i := range checks {
		c := &checks[i]
		if c.kind != isLiteral {
			bloom |= bit(c.slot)
			continue
		}
		for _, s := range x.lits[c.a].slots {
			bloom |= bit(s)
		}
		for _, w := range x.lits[c.a].reads {
			bloom |= readBit(w)
		}
	}
	return check{slot: uint16(len(checks)), kind: isHead, a: id, x: uint64(number) | uint64(bloom)<<32}
}

// place returns the place of a head.
func (c *check) place() uint32 { return uint32(c.x) }

// bloom returns the slots that a group reads as bits, which several may share.
func (c *check) bloom() uint32 { return uint32(c.x >> 32) }

func bit(s uint16) uint32 { return 1 << (s % 32) }

// number returns the bound of isLeast and isMost.
func (c *check) number() float64 { return math.Float64frombits(c.x) }

func wordsCheck(slot uint16, not bool, words []uint32) check {
	a, b, c := words[0], words[0], words[0]
	if len(words) > 1 {
		b = words[1]
	}
	if len(words) > 2 {
		c = words[2]
	}
	return check{slot: slot, kind: hasWord, not: not, a: a, x: uint64(b) | uint64(c)<<32}
}

func boundCheck(slot uint16, kind checkKind, not bool, at float64) check {
	return check{slot: slot, kind: kind, not: not, x: math.Float64bits(at)}
}

// A literal is a condition that does not fit into a check. Equal ones are kept once.
type literal struct {
	key    filter.Fingerprint
	refs   int
	slots  []uint16
	not    bool
	all    bool           // of words
	words  []uint32       // ascending
	spans  []contact.Span // instead of words
	source matcher        // instead of both: only this tells
	asked  matcher        // source at an instant
	at     time.Time
	reads  []uint32 // with a source: words of events
	others bool     // a source that also reads segments or companies
	grows  bool     // more events never make it false
	shrink bool     // nor true
}

// A matcher is a literal or a program of the filter package.
type matcher interface {
	Match(v *contact.View, id contact.ID) bool
}

// Longer lists than these are left to the filter, and asked with every change.
const (
	mostWords = 256
	mostSpans = 16
)

// checks returns the checks that a literal is; all have to hold. words are those of
// which a contact must have one for the literal to hold, nil if there are none such. The
// checks are not held yet.
func (x *Index) checks(l *filter.Literal) (checks []check, words []uint32) {
	if len(l.Fields) != 1 || len(l.Words) > mostWords || len(l.Spans) > mostSpans && !ofPoints(l) {
		return []check{x.literal(l)}, nil
	}
	s := slotOf(l.Fields[0])
	if x.slot(s).field.IsZero() {
		x.slot(s).field = l.Fields[0]
	}
	switch l.Shape {
	case filter.NoValue:
		return []check{{slot: s, kind: isFilled, not: !l.Negated}}, nil
	case filter.InSpan:
		if ofPoints(l) {
			return x.wordChecks(s, l)
		}
		return x.spanChecks(s, l), nil
	case filter.AnyWord, filter.AllWords:
		return x.wordChecks(s, l)
	}
	return []check{x.literal(l)}, nil
}

// ofPoints reports whether a literal holds of single numbers only, and of few enough to
// make words of them: then a value is looked up, and other numbers turn nothing.
func ofPoints(l *filter.Literal) bool {
	return l.Shape == filter.InSpan && len(l.Spans) > 0 && len(l.Spans) <= mostWords &&
		!slices.ContainsFunc(l.Spans, func(s contact.Span) bool { return s.Lo != s.Hi })
}

// wordsOf returns the numbers of the words of a literal, giving them some if needed.
func (x *Index) wordsOf(s uint16, l *filter.Literal) (words []uint32) {
	for _, w := range l.Words {
		words = append(words, x.word(s, w))
	}
	if l.Shape == filter.InSpan {
		for _, span := range l.Spans {
			words = append(words, x.point(s, span.Lo))
		}
	}
	return words
}

func (x *Index) wordChecks(s uint16, l *filter.Literal) (checks []check, words []uint32) {
	words = x.wordsOf(s, l)
	switch {
	case l.Shape == filter.AllWords && !l.Negated:
		for i := range words {
			checks = append(checks, wordsCheck(s, false, words[i:i+1]))
		}
		words = words[:1]
	case l.Shape == filter.AllWords && len(words) > 1 || len(words) > 3:
		checks = []check{x.literal(l)}
	default:
		checks = []check{wordsCheck(s, l.Negated, words)}
	}
	if l.Negated {
		return checks, nil
	}
	return checks, words
}

func (x *Index) spanChecks(s uint16, l *filter.Literal) []check {
	if len(l.Spans) != 1 {
		return []check{x.literal(l)}
	}
	lo, hi := l.Spans[0].Lo, l.Spans[0].Hi
	least, most := boundCheck(s, isLeast, l.Negated, lo), boundCheck(s, isMost, l.Negated, hi)
	switch {
	case math.IsInf(hi, 1):
		return []check{least}
	case math.IsInf(lo, -1):
		return []check{most}
	case l.Negated:
		return []check{x.literal(l)}
	}
	return []check{least, most}
}

// literal returns the check of a literal that fits into no other.
func (x *Index) literal(l *filter.Literal) check {
	number, ok := x.litOf[l.Key]
	if !ok {
		lit := literal{key: l.Key, not: l.Negated}
		for _, f := range l.Fields {
			lit.slots = append(lit.slots, slotOf(f))
			x.slot(slotOf(f)).field = f
		}
		if l.Primary {
			lit.slots = append(lit.slots, primarySlot)
		}
		if l.Companies {
			lit.slots = append(lit.slots, companySlot)
		}
		switch {
		case (l.Shape == filter.AnyWord || l.Shape == filter.AllWords) && len(l.Words) <= mostWords, ofPoints(l):
			lit.all = l.Shape == filter.AllWords
			lit.words = x.wordsOf(lit.slots[0], l)
			slices.Sort(lit.words)
		case l.Shape == filter.InSpan && len(l.Spans) <= mostSpans:
			lit.spans = append([]contact.Span{}, l.Spans...)
		default:
			lit.source, lit.not = l, false
			lit.others = len(l.Fields)+len(l.Events) == 0 || l.Primary || l.Companies
			lit.reads, lit.grows, lit.shrink = x.readsOfAll(l.Events), l.Grows, l.Shrinks
		}
		number = x.add(lit)
		x.litOf[l.Key] = number
	}
	return x.literalCheck(number)
}

// opaque returns the check of a whole filter whose normal form is too large.
func (x *Index) opaque(p *filter.Program) check {
	lit := literal{source: p, others: true, reads: x.readsOfAll(p.EventReads())}
	for s := range slotsOf(p) {
		lit.slots = append(lit.slots, s)
	}
	for _, f := range p.Fields() {
		x.slot(slotOf(f)).field = f
	}
	return x.literalCheck(x.add(lit))
}

// readsOfAll returns the words of what is read of events, each once.
func (x *Index) readsOfAll(list []filter.EventRead) (words []uint32) {
	for i := range list {
		words = x.readWords(words, &list[i])
	}
	slices.Sort(words)
	return slices.Compact(words)
}

func (x *Index) add(lit literal) uint32 {
	if n := len(x.free.lits); n > 0 {
		number := x.free.lits[n-1]
		x.free.lits = x.free.lits[:n-1]
		x.lits[number] = lit
		return number
	}
	x.lits = append(x.lits, lit)
	return uint32(len(x.lits) - 1)
}

func (x *Index) literalCheck(number uint32) check {
	c := check{kind: isLiteral, a: number}
	if slots := x.lits[number].slots; len(slots) > 0 {
		c.slot = slots[0]
	}
	return c
}

// hold counts the uses of what a check names.
func (x *Index) hold(c *check, n int) {
	switch c.kind {
	case hasWord:
		for t := range x.turnings(c) {
			x.refer(t.word, n)
		}
	case isLiteral:
		l := &x.lits[c.a]
		if n > 0 && l.refs == 0 {
			x.referAll(l, 1)
		}
		if l.refs += n; l.refs == 0 {
			x.referAll(l, -1)
			if x.litOf[l.key] == c.a {
				delete(x.litOf, l.key)
			}
			*l = literal{}
			x.free.lits = append(x.free.lits, c.a)
		}
	}
}

// referAll counts the use that a literal makes of its words.
func (x *Index) referAll(l *literal, n int) {
	for _, words := range [][]uint32{l.words, l.reads} {
		for _, w := range words {
			x.refer(w, n)
		}
	}
}

// A turning is a change of a slot at which the answer of a check may become another
// one.
type turning struct {
	slot uint16
	kind turningKind
	word uint32
	at   float64
}

type turningKind uint8

const (
	atWord   turningKind = iota // the word comes or goes
	atLower                     // the number passes at, from below to at or above it, or back
	atUpper                     // the number passes at, from at or below it to above it, or back
	atFilled                    // a value comes or goes
	atAny                       // any change
)

// turnings iterates over the turnings of a check.
func (x *Index) turnings(c *check) func(func(turning) bool) {
	return func(yield func(turning) bool) {
		switch c.kind {
		case hasWord:
			b, d := uint32(c.x), uint32(c.x>>32)
			_ = yield(turning{slot: c.slot, kind: atWord, word: c.a}) &&
				(b == c.a || yield(turning{slot: c.slot, kind: atWord, word: b})) &&
				(d == c.a || d == b || yield(turning{slot: c.slot, kind: atWord, word: d}))
		case isLeast:
			yield(turning{slot: c.slot, kind: atLower, at: c.number()})
		case isMost:
			yield(turning{slot: c.slot, kind: atUpper, at: c.number()})
		case isFilled:
			yield(turning{slot: c.slot, kind: atFilled})
		case isLiteral:
			x.lits[c.a].turnings(yield)
		}
	}
}

func (l *literal) turnings(yield func(turning) bool) {
	for _, w := range l.words {
		if !yield(turning{slot: l.slots[0], kind: atWord, word: w}) {
			return
		}
	}
	for _, s := range l.spans {
		if !yield(turning{slot: l.slots[0], kind: atLower, at: s.Lo}) || !yield(turning{slot: l.slots[0], kind: atUpper, at: s.Hi}) {
			return
		}
	}
	if l.source == nil {
		return
	}
	for _, s := range l.slots {
		if !yield(turning{slot: s, kind: atAny}) {
			return
		}
	}
	for _, w := range l.reads {
		if !yield(turning{slot: readSlot, kind: atWord, word: w}) {
			return
		}
	}
}

// at returns what a source says at an instant.
func at(source matcher, now time.Time) matcher {
	switch source := source.(type) {
	case *filter.Literal:
		return source.At(now)
	case *filter.Program:
		return source.At(now)
	}
	return source
}
