package filtertest

import (
	"math"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Operators returns the operators that fit a kind of field, as the documents say
// and not as the engine does.
func Operators(kind contact.Kind) []filter.Op {
	switch kind {
	case contact.KindText:
		return []filter.Op{filter.Equal, filter.In, filter.Empty, filter.Like, filter.Contains, filter.StartsWith, filter.EndsWith, filter.Matches}
	case contact.KindDate, contact.KindDateTime:
		return append(Operators(contact.KindNumber), filter.Within, filter.Anniversary)
	case contact.KindNumber, contact.KindTimeOfDay:
		return []filter.Op{filter.Equal, filter.In, filter.Empty, filter.Less, filter.LessEqual, filter.Greater, filter.GreaterEqual, filter.Between}
	case contact.KindMultiSelect, contact.KindTags:
		return []filter.Op{filter.Empty, filter.HasAny, filter.HasAll}
	}
	return []filter.Op{filter.Equal, filter.In, filter.Empty}
}

// Filter returns a filter that fits the schema, with filters nested in it to the
// given depth at most. It may refer to the segments of [Generator.Segments].
func (g *Generator) Filter(depth int) filter.Filter {
	f, err := filter.New(g.anyOf(depth))
	if err != nil {
		panic(err) // the terms are made to be accepted
	}
	return f
}

func (g *Generator) anyOf(depth int) filter.Term {
	var groups []filter.Term
	for range 1 + g.choose(oneOf(g.choose, []int{1, 2, 4})) {
		var terms []filter.Term
		for range 1 + g.choose(oneOf(g.choose, []int{1, 2, 4})) {
			terms = append(terms, g.Term(depth))
		}
		groups = append(groups, filter.And(terms...))
	}
	return filter.Or(groups...)
}

// Term returns a condition or, if depth is above 0, sometimes a nested filter, each
// negated now and then.
func (g *Generator) Term(depth int) filter.Term {
	var t filter.Term
	switch {
	case depth > 0 && g.choose.chance(4):
		t = g.anyOf(depth - 1)
	case !g.inScope && len(g.companies) > 0 && g.choose.chance(6):
		t = g.scope(depth)
	default:
		t = g.Condition()
	}
	if g.choose.chance(4) {
		t = filter.Not(t)
	}
	return t
}

// Condition returns a condition on a field, rarely one on segments.
func (g *Generator) Condition() filter.Condition {
	if !g.inScope && g.choose.chance(16) {
		op := oneOf(g.choose, []filter.Op{filter.InSegment, filter.InAnySegment, filter.InAllSegments})
		var refs []filter.Value
		for range 1 + g.choose(3) {
			refs = append(refs, filter.Text(oneOf(g.choose, segmentRefs)))
		}
		if op == filter.InSegment {
			refs = refs[:1]
		}
		return filter.NewCondition("", op, refs...)
	}
	sources, prefix := g.sources, ""
	if len(g.companies) > 0 && g.choose.chance(3) {
		sources, prefix = g.companies, "company."
	}
	var s *source
	first := g.choose(len(sources))
	for i := range sources {
		if s = sources[(first+i)%len(sources)]; s.field.ForSegments() {
			break
		}
	}
	op := oneOf(g.choose, Operators(s.field.Kind()))
	if s.field.Kind() == contact.KindDate || s.field.Kind() == contact.KindDateTime {
		return g.dateCondition(s, prefix+s.field.Name(), op)
	}
	return filter.NewCondition(prefix+s.field.Name(), op, g.operands(s, op)...)
}

func (g *Generator) operands(s *source, op filter.Op) []filter.Value {
	n := 1
	switch op {
	case filter.Empty:
		return nil
	case filter.Like:
		return []filter.Value{textValue(g.likePattern(s.text(g.choose)))}
	case filter.Matches:
		return []filter.Value{textValue(g.regexp(s.text(g.choose)))}
	case filter.Contains, filter.StartsWith, filter.EndsWith:
		return []filter.Value{textValue(g.piece(s.text(g.choose)))}
	case filter.Between:
		n = 2
	case filter.In, filter.HasAny, filter.HasAll:
		n = 1 + g.choose(oneOf(g.choose, []int{3, 1, 30}))
	}
	list := make([]filter.Value, n)
	for i := range list {
		list[i] = g.operand(s)
	}
	return list
}

// textValue returns an operand, which must not be empty.
func textValue(s string) filter.Value {
	if s == "" {
		s = "a"
	}
	return filter.Text(s)
}

// seen returns a value that contacts have been given, or a new one.
func (s *source) seen(choose Chooser) any {
	if len(s.pool) > 0 && !choose.chance(4) {
		return oneOf(choose, s.pool)
	}
	return s.fresh(choose)
}

// text is seen for text fields.
func (s *source) text(choose Chooser) string { return s.seen(choose).(string) }

// operand returns a value that a contact has, one close to it, or another.
func (g *Generator) operand(s *source) filter.Value {
	if kind := s.field.Kind(); (kind == contact.KindDate || kind == contact.KindDateTime) && g.choose.chance(2) {
		return g.relative(kind == contact.KindDateTime)
	}
	switch x := s.seen(g.choose).(type) {
	case float64:
		near := []float64{x, x, x, x, x, x + 1, x - 1, x + 0.01, x - 0.01, math.Nextafter(x, 1e9), math.Nextafter(x, -1e9), -x}
		return number(oneOf(g.choose, near), x)
	case bool:
		return filter.Bool(x)
	case contact.Day:
		return dateValue(x + contact.Day(oneOf(g.choose, []int{0, 0, 0, 1, -1, 30})))
	case contact.ClockTime:
		near := x + contact.ClockTime(oneOf(g.choose, []int{0, 0, 0, 1, -1, 60, 3600}))
		if !near.Valid() {
			near = x
		}
		return filter.TimeOfDay(near.Clock())
	case time.Time:
		if g.choose.chance(2) {
			shown := contact.DayIn(x.In(g.zone))
			return dateValue(shown + contact.Day(oneOf(g.choose, []int{0, 0, 1, -1})))
		}
		ms := x.UnixMilli() + oneOf(g.choose, []int64{0, 0, 1, -1, 1000, 3600000})
		return filter.DateTime(time.UnixMilli(min(max(ms, minMillis), maxMillis)))
	case []string:
		if len(x) > 0 && s.field.Kind() == contact.KindMultiSelect {
			return filter.Text(recase(g.choose, oneOf(g.choose, x)))
		}
		if len(x) > 0 {
			return textValue(variant(g.choose, oneOf(g.choose, x)))
		}
		if s.field.Kind().Declared() {
			return filter.Text(s.option(g.choose))
		}
		return filter.Text(tag(g.choose))
	case string:
		if s.field.Kind().Declared() {
			return filter.Text(recase(g.choose, x))
		}
		return textValue(variant(g.choose, x))
	}
	panic("unreachable")
}

// number returns x as an operand, or the other one if there is no such number.
func number(x, other float64) filter.Value {
	if math.IsInf(x, 0) {
		x = other
	}
	return filter.Number(x)
}

func dateValue(d contact.Day) filter.Value {
	year, month, day := min(max(d, days[18]), days[19]).Date()
	return filter.Date(year, month, day)
}

// variant returns a text in another spelling, most of which fold to the same.
func variant(choose Chooser, s string) string {
	switch choose(8) {
	case 1:
		return strings.ToUpper(s)
	case 2:
		return strings.ToLower(s)
	case 3:
		return Fold(s)
	case 4:
		return s + "\u0301"
	case 5:
		return strings.ReplaceAll(s, "a", "ａ")
	case 6:
		return oneOf(choose, words)
	}
	return s
}

// piece returns a part of a text, cut between code points, in some spelling.
func (g *Generator) piece(s string) string {
	r := []rune(s)
	if len(r) > 0 {
		from := g.choose(min(len(r), 20))
		to := from + 1 + g.choose(min(len(r)-from, 20))
		r = r[from:to]
	}
	return variant(g.choose, string(r))
}

// likePattern makes a pattern out of a text: pieces of it give way to wildcards.
func (g *Generator) likePattern(s string) string {
	var b strings.Builder
	changes := oneOf(g.choose, []int{1, 12})
	for _, r := range s {
		switch g.choose(changes) {
		case 1, 2:
			b.WriteByte('_')
		case 3:
			b.WriteByte('%')
		case 4:
			b.WriteString("%")
			b.WriteRune(r)
		case 5:
			b.WriteByte('\\')
			b.WriteRune(r)
		case 6: // left out
		default:
			if strings.ContainsRune(`%_\`, r) && !g.choose.chance(3) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
	}
	ends := []string{"", "%", "_", "%_", "_%", `\`, "%%", `\%`}
	return variant(g.choose, oneOf(g.choose, ends)+b.String()+oneOf(g.choose, ends))
}

// regexp makes an expression that has to do with a text.
func (g *Generator) regexp(s string) string {
	q := regexp.QuoteMeta(g.piece(s))
	if !utf8.ValidString(q) {
		q = "a"
	}
	return oneOf(g.choose, []string{q, "^" + q, q + "$", "^" + q + "$", "^(" + q + "|b)+$", ".", `\d`, "[a-z]+", "(?s)a.*" + q, "^$", `\n`, "(?-i)" + q, "A|" + q, `\Q` + "a"})
}
