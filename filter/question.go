package filter

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/rosterdb/roster/contact"
)

// A question is the positive meaning of a condition: about all contacts at once
// as a probe, or about one of them.
type question interface {
	// probe reports with an error only that the context of the run has ended.
	probe(r *run) (contact.Probe, error)
	match(p *Program, v *contact.View, id contact.ID) bool
}

// question returns the question of a checked condition, asked at a time if it is
// known.
func (r *rules) question(c Condition, f contact.Field, now int64, timed bool) (question, error) {
	switch op := c.Op(); op {
	case InSegment, InAnySegment:
		return memberOf{refs: slices.Collect(c.Segments())}, nil
	case InAllSegments:
		return memberOf{refs: slices.Collect(c.Segments()), all: true}, nil
	case Empty:
		return isEmpty{f}, nil
	case HasAny:
		return newHasWords(f, texts(c), false), nil
	case HasAll:
		return newHasWords(f, texts(c), true), nil
	case Like, Contains, StartsWith, EndsWith, Matches:
		accept, err := acceptor(op, c.Value(0).Text(), f.Exact())
		return &accepts{field: f, accept: accept}, err
	}
	switch f.Kind() {
	case contact.KindText:
		return newTextIs(f, texts(c)), nil
	case contact.KindBool:
		return newBoolIs(f, c), nil
	case contact.KindSelect:
		return newHasWords(f, texts(c), false), nil
	}
	return r.ask(c, f, now, timed), nil
}

func texts(c Condition) []string {
	list := make([]string, 0, c.Len())
	for v := range c.Values() {
		list = append(list, v.Text())
	}
	return list
}

// isEmpty: no value, or the empty text.
type isEmpty struct{ field contact.Field }

func (q isEmpty) probe(r *run) (contact.Probe, error) { return r.view.ProbeEmpty(q.field), nil }

func (q isEmpty) match(_ *Program, v *contact.View, id contact.ID) bool {
	return !v.FilledOf(id, q.field)
}

// textIs: the text is one of a list, compared as the field compares.
type textIs struct {
	field  contact.Field
	folded []string // sorted, distinct
}

func newTextIs(f contact.Field, list []string) textIs {
	folded := make([]string, len(list))
	for i, s := range list {
		folded[i] = s
		if !f.Exact() {
			folded[i] = contact.Fold(s)
		}
	}
	slices.Sort(folded)
	return textIs{f, slices.Compact(folded)}
}

func (q textIs) probe(r *run) (contact.Probe, error) {
	return r.view.ProbeText(q.field, q.folded), nil
}

func (q textIs) match(_ *Program, v *contact.View, id contact.ID) bool {
	_, folded, ok := v.TextOf(id, q.field)
	if !ok {
		return false
	}
	if len(q.folded) == 1 {
		return folded == q.folded[0]
	}
	_, found := slices.BinarySearch(q.folded, folded)
	return found
}

// accepts: a pattern accepts the text. What it says of a text is remembered.
type accepts struct {
	field  contact.Field
	accept func(written, folded string) bool
	memo   contact.TextMemo
}

func (q *accepts) probe(r *run) (contact.Probe, error) {
	return r.view.ProbeMatching(r.ctx, q.field, &q.memo, q.accept)
}

func (q *accepts) match(_ *Program, v *contact.View, id contact.ID) bool {
	return v.AcceptsOf(id, q.field, &q.memo, q.accept)
}

// acceptor returns the predicate of a pattern operator. All but regular
// expressions look at the folded text, which for an exact field is the text as
// written.
func acceptor(op Op, pattern string, exact bool) (func(written, folded string) bool, error) {
	fold := contact.Fold
	if exact {
		fold = func(s string) string { return s }
	}
	switch op {
	case Like:
		like := CompileLike(pattern, fold)
		return func(_, s string) bool { return like.Match(s) }, nil
	case Contains:
		part := fold(pattern)
		return func(_, s string) bool { return strings.Contains(s, part) }, nil
	case StartsWith:
		part := fold(pattern)
		return func(_, s string) bool { return strings.HasPrefix(s, part) }, nil
	case EndsWith:
		part := fold(pattern)
		return func(_, s string) bool { return strings.HasSuffix(s, part) }, nil
	}
	re, err := compileRegexp(pattern, exact)
	if err != nil {
		return nil, err
	}
	return func(s, _ string) bool { return re.MatchString(s) }, nil
}

// boolIs: the answer is among those listed.
type boolIs struct {
	field   contact.Field
	yes, no bool
}

func newBoolIs(f contact.Field, c Condition) boolIs {
	q := boolIs{field: f}
	for v := range c.Values() {
		if v.Bool() {
			q.yes = true
		} else {
			q.no = true
		}
	}
	return q
}

func (q boolIs) probe(r *run) (contact.Probe, error) {
	if q.yes && q.no {
		return r.view.ProbeFilled(q.field), nil
	}
	return r.view.ProbeBool(q.field, q.yes), nil
}

func (q boolIs) match(_ *Program, v *contact.View, id contact.ID) bool {
	yes, ok := v.BoolOf(id, q.field)
	return ok && (yes && q.yes || !yes && q.no)
}

// hasWords: the contact has any, or all, of some options or tags.
type hasWords struct {
	field  contact.Field
	words  []string
	all    bool
	folded func() map[string]struct{} // the words of a long list of which any suffices, else nil
}

// longList is how many words are too many to be looked for one after the other in what
// a contact has.
const longList = 16

func newHasWords(f contact.Field, words []string, all bool) hasWords {
	q := hasWords{field: f, words: words, all: all}
	if !all && len(words) > longList {
		// Runs over everybody have no use for it.
		q.folded = sync.OnceValue(func() map[string]struct{} {
			folded := make(map[string]struct{}, len(words))
			for _, w := range words {
				folded[contact.Fold(w)] = struct{}{}
			}
			return folded
		})
	}
	return q
}

func (q hasWords) probe(r *run) (contact.Probe, error) {
	if q.all {
		return r.view.ProbeAll(q.field, q.words), nil
	}
	return r.view.ProbeAny(q.field, q.words), nil
}

func (q hasWords) match(_ *Program, v *contact.View, id contact.ID) bool {
	if q.folded != nil {
		return v.HasAnyWord(id, q.field, q.folded())
	}
	for _, w := range q.words {
		if v.HasWord(id, q.field, w) != q.all {
			return !q.all
		}
	}
	return q.all
}

// inSpans: the number, day or instant lies in one of some spans.
type inSpans struct {
	field contact.Field
	spans []contact.Span // sorted, apart
}

func newInSpans(f contact.Field, list []contact.Span) inSpans {
	slices.SortFunc(list, func(a, b contact.Span) int { return cmp.Compare(a.Lo, b.Lo) })
	n := 0
	for _, s := range list {
		switch {
		case s.Lo > s.Hi:
		case n > 0 && s.Lo <= list[n-1].Hi:
			list[n-1].Hi = max(list[n-1].Hi, s.Hi)
		default:
			list[n] = s
			n++
		}
	}
	return inSpans{f, list[:n]}
}

func (q inSpans) probe(r *run) (contact.Probe, error) {
	if len(q.spans) == 1 {
		return r.view.ProbeRange(q.field, q.spans[0].Lo, q.spans[0].Hi), nil
	}
	return r.view.ProbeSpans(q.field, q.spans), nil
}

func (q inSpans) match(_ *Program, v *contact.View, id contact.ID) bool {
	x, ok := v.NumberOf(id, q.field)
	return ok && q.accepts(x)
}

func (q inSpans) accepts(x float64) bool {
	if len(q.spans) == 1 {
		return q.spans[0].Lo <= x && x <= q.spans[0].Hi
	}
	i, found := slices.BinarySearchFunc(q.spans, x, func(s contact.Span, x float64) int { return cmp.Compare(s.Lo, x) })
	return found || i > 0 && x <= q.spans[i-1].Hi
}

// memberOf: the contact is in any, or all, of some segments.
type memberOf struct {
	refs []string
	all  bool
}

func (q memberOf) probe(r *run) (contact.Probe, error) {
	sets := make([]contact.Set, len(q.refs))
	for i, ref := range q.refs {
		sets[i] = r.program.segments.Members(r.view, ref)
	}
	if q.all {
		return contact.ProbeAllSets(sets), nil
	}
	return contact.ProbeAnySet(sets), nil
}

func (q memberOf) match(p *Program, v *contact.View, id contact.ID) bool {
	for _, ref := range q.refs {
		if p.segments.Members(v, ref).Contains(id) != q.all {
			return !q.all
		}
	}
	return q.all
}
