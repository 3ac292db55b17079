package contacttest

import (
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"
)

// name is an invented name.
type name struct {
	text  string // as people write it: with a capital letter, perhaps with an accent
	ascii string // as it stands in an address: small letters without accents
}

// The parts names are made of. They and the order in which they are drawn are part
// of what a seed means.
var (
	onsets  = strings.Fields("b br c ch d dr f fr g gr h j k l m n p r s st t th tr v w y z")
	vowels  = strings.Fields("a a a e e e i i o o u ai ea ie ou")
	middles = strings.Fields("l ll m n nd nn r rl rr s ss t v d b k")

	firstEnds = strings.Fields("a a o e in el ina is an ia us ette on ine ko ya")
	lastEnds  = strings.Fields("son sen ov ez er mann ini ski akis eau ley ic ado aya oglu berg")
	cityEnds  = strings.Fields("ton ville burg stad field port ford ham grad polis ona eira by dorf ia es")
	cityHeads = []string{"San ", "Saint-", "New ", "Port ", "Bad ", "El ", "Upper ", "La "}

	accents = map[byte][]string{
		'a': {"á", "å", "ä"}, 'e': {"é", "ê", "ë"}, 'i': {"í", "ï"}, 'o': {"ó", "ö", "ø"}, 'u': {"ú", "ü"},
		'n': {"ñ"}, 'l': {"ł"}, 's': {"š"}, 'c': {"ć"}, 'z': {"ž"},
	}
)

// namer invents names, none of them twice.
type namer struct {
	src  *rand.PCG
	seen map[string]bool // the texts given out
}

func newNamer(seed uint64) *namer {
	return &namer{src: rand.NewPCG(seed, seed), seen: make(map[string]bool)}
}

// pick returns one of the parts.
func (m *namer) pick(parts []string) string { return parts[below(m.src, uint64(len(parts)))] }

// stem returns the beginning of a name: a syllable or, more often, two.
func (m *namer) stem() string {
	s := m.pick(onsets) + m.pick(vowels) + m.pick(middles)
	if chance(m.src, 600) {
		s += m.pick(vowels) + m.pick(middles)
	}
	return s
}

// invent returns the first name not given out before that build makes and that ok
// accepts. About one in eight
// gets an accent.
func (m *namer) invent(build func() string, ok func(ascii string) bool) name {
	for {
		ascii := build()
		if !ok(strings.ToLower(ascii)) {
			continue
		}
		text := ascii
		if chance(m.src, 180) {
			text = m.accented(text)
		}
		text = capital(text)
		if !m.seen[text] {
			m.seen[text] = true
			return name{text: text, ascii: ascii}
		}
	}
}

// accented returns s with an accent on one of its letters, if they allow one.
func (m *namer) accented(s string) string {
	at := int(below(m.src, uint64(len(s))))
	variants, ok := accents[s[at]]
	if !ok {
		return s
	}
	return s[:at] + m.pick(variants) + s[at+1:]
}

// capital returns s with a capital first letter.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// numNames is the number of first names and of last names, numCities that of cities.
const (
	numNames  = 5_000
	numCities = 20_000
)

// makeFirstNames invents the first names. Those that start with "ma" and with "jo" lie
// at fixed ranks, evenly spread, so that their share of the contacts is known.
func makeFirstNames() []name {
	const every, firstMa, firstJo = 150, 70, 80
	m := newNamer(1)
	names := make([]name, numNames)
	for k := range names {
		prefix := ""
		switch k % every {
		case firstMa:
			prefix = "ma"
		case firstJo:
			prefix = "jo"
		}
		names[k] = m.invent(func() string {
			if prefix == "" {
				return m.stem() + m.pick(firstEnds)
			}
			return prefix + m.pick(middles) + m.pick(vowels) + m.pick(middles) + m.pick(firstEnds)
		}, func(ascii string) bool {
			return prefix != "" || !strings.HasPrefix(ascii, "ma") && !strings.HasPrefix(ascii, "jo")
		})
	}
	return names
}

func makeLastNames() []name {
	m := newNamer(2)
	names := make([]name, numNames)
	for k := range names {
		names[k] = m.invent(func() string { return m.stem() + m.pick(lastEnds) }, anyName)
	}
	return names
}

func makeCities() []string {
	m := newNamer(3)
	cities := make([]string, numCities)
	for k := range cities {
		n := m.invent(func() string { return m.stem() + m.pick(cityEnds) }, anyName)
		if chance(m.src, 80) {
			n.text = m.pick(cityHeads) + n.text
		}
		cities[k] = n.text
	}
	return cities
}

// anyName accepts every name.
func anyName(string) bool { return true }
