package filter

import (
	"slices"

	"github.com/rosterdb/roster/contact"
)

// Part is a part of a date or a datetime that a condition asks about instead of the
// whole: `month of birthday = 3`.
type Part uint8

// The parts. Those of a datetime are what a calendar and a clock in the filter's
// zone show.
const (
	noPart      Part = iota
	PartYear         // year of, 0 to 9999
	PartMonth        // month of, 1 to 12
	PartDay          // day of, the day of the month, 1 to 31
	PartWeekday      // weekday of, monday to sunday
	PartHour         // hour of, 0 to 23; of a datetime only
)

// partNames is indexed by Part. It is never written to.
var partNames = [...]string{"", "year", "month", "day", "weekday", "hour"}

const expectPart = `a part of a date ("year", "month", "day", "weekday" or "hour") in front of "of"`

// String returns the word of p in the filter text.
func (p Part) String() string {
	if !p.valid() {
		return "invalid part"
	}
	return partNames[p]
}

func (p Part) valid() bool { return int(p) < len(partNames) }

// partOf returns the part that a word names, in any case of ASCII letters.
func partOf(word string) Part {
	return Part(max(0, slices.IndexFunc(partNames[:], func(name string) bool { return name != "" && isWord(word, name) })))
}

// bounds returns the smallest and the largest value of a part that is a number.
func (p Part) bounds() (low, high float64) {
	switch p {
	case PartYear:
		return 0, maxYear
	case PartMonth:
		return 1, 12
	case PartDay:
		return 1, 31
	}
	return 0, 23
}

// fits reports whether an operator applies to the part.
func (p Part) fits(op Op) bool {
	if p == PartWeekday {
		return op == Equal || op == In
	}
	return op >= Equal && op <= In
}

// of reports whether a field of a kind has the part.
func (p Part) of(kind contact.Kind) bool {
	return kind == contact.KindDateTime || kind == contact.KindDate && p != PartHour
}

// noPart returns the error for a word in front of "of" that is none that stands there: it is
// misspelt, or else what follows is, if that is like the choice of an event of several.
func (p *parser) noPart(word token) error {
	p.advance()
	const choices = `"first" or "last"`
	before := slices.Concat(partNames[1:], aggregates)
	if meant(p.text[word.start:word.end], before) == "" && meant(p.word(), quotedWords(choices)) != "" {
		return p.unexpected(choices)
	}
	p.tok = word
	return p.misspelt(expectPart, "", slices.Values(before))
}
