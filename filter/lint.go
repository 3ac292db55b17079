package filter

import (
	"slices"

	"github.com/rosterdb/roster/contact"
)

// Lint looks for what is probably not meant, or not needed, in a filter that can be
// compiled for a schema: contradictions, what is always true, ranges that hold
// nothing, what is said twice or implied by what stands beside it, and patterns that
// are plain equalities or expensive. The options may be nil; the error is that of
// [Compile].
//
// What is found is so: it follows from the meaning of the operators, for any contact
// that a store of the schema can hold. Not everything that is so is found. Nothing is
// known of how fields depend on each other, of the members of segments, and, but that
// they are what they are, of conditions that depend on the time or on the zone of a
// contact, of parts of dates, of regular expressions on fields that are not exact, and
// of patterns with wildcards in the middle; in a group of more than 200 terms, or
// between more than 1 000 groups, only duplicates are looked for; and the search for
// proofs ends when it has taken as long as about a second of one core.
//
// Findings come in the order of their paths, the whole filter first. Parts without
// effect and duplicates are found one after the other, from the last one to the
// first: all that are reported may be left out together.
func Lint(f Filter, schema *contact.Schema, opts *CompileOptions) ([]Finding, error) {
	o := opts.withDefaults(schema)
	r, err := newRules(f, schema, &o)
	if err != nil {
		return nil, err
	}
	l := linter{refuter: refuter{schema: schema, rules: r, claims: make(map[Fingerprint]*claim), effort: wholeEffort}}
	whole, complement := l.filter(f, Path{})
	switch {
	case l.refutes(whole):
		l.add(Contradiction, Path{}, f.String(), "no contact can match", "see what else is found, or remove the filter")
	case l.refutes(complement):
		l.add(AlwaysTrue, Path{}, f.String(), "every contact matches", "see what else is found, or remove the filter")
	}
	slices.SortStableFunc(l.findings, func(a, b Finding) int { return a.Path.compare(b.Path) })
	return l.findings, nil
}

const (
	lintTerms  = 200
	lintGroups = 1_000
)

type linter struct {
	refuter
	findings []Finding
}

// add reports a finding and returns it, to say more about it at once.
func (l *linter) add(kind FindingKind, at Path, part, text, suggestion string) *Finding {
	l.findings = append(l.findings, Finding{Kind: kind, Path: at, Part: clipTo(part, explainRunes), Text: text, Suggestion: suggestion})
	return &l.findings[len(l.findings)-1]
}

// A lintPart is a term or a group that is looked at, beside others of its sort.
type lintPart struct {
	path         Path
	text         func() string
	part         *part
	complement   *part
	dead, always bool // no contact meets it, every contact does
	fields       map[string]bool
}

// filter looks at the groups of a filter and at what is in them. It returns the
// filter and its complement.
func (l *linter) filter(f Filter, path Path) (whole, complement *part) {
	groups := make([]*lintPart, len(f.groups))
	parts, complements := make([]*part, len(groups)), make([]*part, len(groups))
	for i, g := range f.groups {
		groups[i] = l.group(g, path, i)
		parts[i], complements[i] = groups[i].part, groups[i].complement
	}
	l.redundantGroups(groups)
	return join(parts, true), join(complements, false)
}

// group looks at a group: at each term, at all together, and at each beside the
// others.
func (l *linter) group(g Group, path Path, place int) *lintPart {
	own := &lintPart{path: path.at(place, wholeGroup), text: g.String, fields: map[string]bool{}}
	terms := make([]*lintPart, len(g.terms))
	parts, complements := make([]*part, len(terms)), make([]*part, len(terms))
	for i, t := range g.terms {
		terms[i] = l.term(t, path.at(place, i))
		parts[i], complements[i] = terms[i].part, terms[i].complement
		own.dead = own.dead || terms[i].dead
		for field := range terms[i].fields {
			own.fields[field] = true
		}
	}
	own.part, own.complement = join(parts, false), join(complements, true)
	switch {
	case own.dead:
	case len(terms) > 1 && l.refutes(own.part):
		own.dead = true
		l.clashing(own, terms)
	default:
		l.redundantTerms(terms)
	}
	return own
}

// term looks at one term by itself. If it holds for nobody or for everybody, what is
// in it does not matter.
func (l *linter) term(t Term, path Path) *lintPart {
	own := &lintPart{path: path, text: t.String, fields: map[string]bool{}}
	switch t := t.(type) {
	case Condition:
		own.part, own.complement = leafOf(t), leafOf(t.negated())
		own.fields[t.field] = true
		l.condition(t, own)
	case Scope:
		own.part, own.complement = scopePart(t, t.not), scopePart(t, !t.not)
	case Behaviour:
		own.part, own.complement = behaviourPart(t), behaviourPart(t.negated())
		l.behaviour(t, own)
	case Nested:
		start := len(l.findings)
		own.part, own.complement = l.filter(t.filter, path)
		if t.not {
			own.part, own.complement = own.complement, own.part
		}
		for _, c := range t.filter.Conditions() {
			own.fields[c.field] = true
		}
		inside := len(l.findings)
		if l.alone(own) {
			l.findings = slices.Delete(l.findings, start, inside)
		}
	}
	return own
}

func leafOf(c Condition) *part {
	c = c.tidied()
	return &part{key: fingerprintOf(c), condition: c}
}

// alone reports a term that holds for nobody or for everybody.
func (l *linter) alone(t *lintPart) bool {
	switch {
	case l.refutes(t.part):
		t.dead = true
		l.add(Contradiction, t.path, t.text(), "no contact can meet it", "leave out the group that it is in")
	case l.refutes(t.complement):
		t.always = true
		l.add(AlwaysTrue, t.path, t.text(), "every contact meets it", "leave it out")
	}
	return t.dead || t.always
}
