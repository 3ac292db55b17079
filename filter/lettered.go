package filter

import (
	"slices"

	"github.com/rosterdb/roster/contact"
)

// answer is what a claim says of a text: no, yes, or that it depends.
type answer uint8

const (
	depends answer = iota
	no
	yes
)

func (a answer) turned(not bool) answer {
	switch {
	case a == depends || !not:
		return a
	case a == yes:
		return no
	}
	return yes
}

func answerOf(b bool) answer {
	if b {
		return yes
	}
	return no
}

// lettered is a claim about a text or a single option.
type lettered struct {
	op     Op       // Empty, In or Matches, which stands for every pattern
	words  []string // of In: folded, sorted, each once
	void   bool     // of In: a text that folds to nothing is meant
	accept func(written, folded string) bool
	folds  bool  // accept looks at the written text, and the field folds
	shape  shape // of a pattern
	not    bool
}

func newLettered(c Condition, exact bool) statement {
	switch c.op {
	case Empty:
		return &lettered{op: Empty}
	case Equal, In:
		return newListed(texts(c), exact)
	case Like, Contains, StartsWith, EndsWith, Matches:
	default:
		return nil
	}
	fold := contact.Fold
	if exact {
		fold = func(s string) string { return s }
	}
	text := c.args[0].text
	accept, err := acceptor(c.op, text, exact)
	if err != nil {
		return nil
	}
	l := &lettered{op: Matches, accept: accept, folds: c.op == Matches && !exact}
	switch c.op {
	case Contains, StartsWith, EndsWith:
		l.shape = shape{c.op, fold(text)}
	case Like:
		if s, ok := plainLike(text); ok {
			return newListed([]string{s}, exact)
		}
		l.shape = CompileLike(text, fold).outline()
	}
	return l
}

// newListed is the claim of being one of some texts.
func newListed(list []string, exact bool) *lettered {
	l := &lettered{op: In}
	for _, s := range foldAll(list, exact) {
		if s == "" {
			l.void = true
		} else {
			l.words = append(l.words, s)
		}
	}
	return l
}

// foldAll returns the texts as the field compares them, sorted, each once.
func foldAll(list []string, exact bool) []string {
	folded := slices.Clone(list)
	if !exact {
		for i, s := range folded {
			folded[i] = contact.Fold(s)
		}
	}
	slices.Sort(folded)
	return slices.Compact(folded)
}

// outline returns what is understood of a pattern.
func (p LikePattern) outline() shape {
	switch n := len(p.pieces); {
	case n == 0:
		return shape{}
	case p.shape == likePrefix:
		return shape{StartsWith, p.prefix}
	case p.shape == likeSuffix:
		return shape{EndsWith, p.pieces[1].text()}
	case p.shape == likeInfix:
		return shape{Contains, p.pieces[1].text()}
	}
	return shape{}
}

func (l *lettered) negated() statement {
	n := *l
	n.not = !n.not
	return &n
}

// ofMissing is what l says of a contact without a value.
func (l *lettered) ofMissing() answer { return answerOf(l.op == Empty).turned(l.not) }

// ofBlank is what l says of the empty text.
func (l *lettered) ofBlank() answer {
	switch l.op {
	case Empty:
		return yes.turned(l.not)
	case In:
		return answerOf(l.void).turned(l.not)
	}
	return answerOf(l.accept("", "")).turned(l.not)
}

// of is what l says of the texts that fold to s, which is not empty.
func (l *lettered) of(s string) answer {
	switch {
	case l.op == Empty:
		return no.turned(l.not)
	case l.op == In:
		_, found := slices.BinarySearch(l.words, s)
		return answerOf(found).turned(l.not)
	case l.folds:
		return depends
	}
	return answerOf(l.accept(s, s)).turned(l.not)
}

// ofOthers is what l says of the texts that no claim names and of those that fold
// to nothing, taken together.
func (l *lettered) ofOthers() answer {
	switch {
	case l.op == Empty, l.op == In && !l.void:
		return no.turned(l.not)
	case l.op == Matches && l.shape.op != 0 && l.shape.text == "": // every text has an empty piece
		return yes.turned(l.not)
	}
	return depends
}

// noText reports whether no text, and not having one, is left. It takes what it
// costs off the effort.
func noText(claims []*claim, effort *int) bool {
	var list []*lettered
	var named *lettered // says that the text is one of a list, the shortest of those
	for _, c := range claims {
		l, ok := c.say.(*lettered)
		if !ok {
			continue
		}
		if list = append(list, l); l.op == In && !l.not && (named == nil || len(l.words) < len(named.words)) {
			named = l
		}
	}
	if *effort -= len(list) * len(list); *effort > 0 && quarrel(list) {
		return true
	}
	refused := func(of func(l *lettered) answer) bool {
		return slices.ContainsFunc(list, func(l *lettered) bool { return of(l) == no })
	}
	if !refused((*lettered).ofMissing) || !refused((*lettered).ofBlank) || !refused((*lettered).ofOthers) {
		return false
	}
	if named == nil {
		return true
	}
	if *effort -= len(list) * len(named.words); *effort <= 0 {
		return false
	}
	return !slices.ContainsFunc(named.words, func(s string) bool {
		return !refused(func(l *lettered) answer { return l.of(s) })
	})
}

// quarrel reports whether a pattern is claimed that contradicts another one, so that
// no text is left.
func quarrel(list []*lettered) bool {
	for _, a := range list {
		if a.op != Matches || a.not {
			continue
		}
		for _, b := range list {
			if b.op == Matches && (b.not && a.shape.implies(b.shape) || !b.not && a.shape.excludes(b.shape)) {
				return true
			}
		}
	}
	return false
}
