package filter

import (
	"fmt"
	"strings"

	"github.com/rosterdb/roster/contact"
)

// literalOf returns what a contact has as it would be written in a filter: a list
// with commas, nothing if it is missing.
func literalOf(v contact.Value) string {
	switch {
	case v.Missing():
		return ""
	case v.Kind().Multiple():
		var b []byte
		for i, w := range v.List() {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendQuoted(b, w, '"')
		}
		return string(b)
	case v.Kind() == contact.KindText || v.Kind() == contact.KindSelect:
		return string(appendQuoted(nil, v.Text(), '"'))
	case v.Kind() == contact.KindNumber:
		return string(appendNumber(nil, v.Number()))
	case v.Kind() == contact.KindDateTime:
		return string(appendDateTime(nil, v.Time().UnixMilli()))
	}
	return v.String()
}

// The marks in front of what holds and what does not.
var marks = map[bool]string{true: "✓ ", false: "✗ "}

// String returns the explanation as text: a line with the answer, then
// [Explanation.Tree].
func (e *Explanation) String() string {
	return fmt.Sprintf("contact %d %s\n", e.Contact, e.Summary()) + e.Tree()
}

// Summary returns the answer in a few words, such as "does not match, group 2 is
// nearest: 1 condition fails".
func (e *Explanation) Summary() string {
	switch {
	case !e.Exists:
		return "does not exist"
	case e.Matches:
		return "matches"
	}
	if e.Nearest < 0 || e.Nearest >= len(e.Groups) { // not one of ours
		return "does not match"
	}
	fails := "1 condition fails"
	if n := e.Groups[e.Nearest].Distance; n != 1 {
		fails = fmt.Sprintf("%d conditions fail", n)
	}
	if len(e.Groups) == 1 {
		return "does not match: " + fails
	}
	return fmt.Sprintf("does not match, group %d is nearest: %s", e.Nearest+1, fails)
}

// Tree returns the groups as indented text, a line for each group and each term,
// with ✓ in front of what holds and ✗ in front of what does not, and behind a
// condition what the contact has. Groups are counted from 1. Conditions and values
// of more than 200 code points are cut, with an ellipsis, and a line break in them
// is shown as ⏎.
func (e *Explanation) Tree() string {
	var b strings.Builder
	writeGroups(&b, e.Groups, "")
	return b.String()
}

func writeGroups(b *strings.Builder, groups []GroupVerdict, indent string) {
	for i, g := range groups {
		fmt.Fprintf(b, "%s%sgroup %d\n", indent, marks[g.Holds], i+1)
		writeTerms(b, g.Terms, indent+"  ")
	}
}

func writeTerms(b *strings.Builder, terms []TermVerdict, indent string) {
	for _, t := range terms {
		b.WriteString(indent + marks[t.Holds])
		switch {
		case t.Groups == nil:
			fmt.Fprintf(b, "%s: %s\n", oneLine(t.Text), oneLine(t.found()))
		case len(t.Groups) == 1: // it is negated, or it would not be nested
			b.WriteString("not all of\n")
			writeTerms(b, t.Groups[0].Terms, indent+"  ")
		default:
			if t.Negated {
				b.WriteString("not ")
			}
			b.WriteString("any of\n")
			writeGroups(b, t.Groups, indent+"  ")
		}
	}
}

// found says what the contact has where a condition looks.
func (t *TermVerdict) found() string {
	switch {
	case t.Field != "" && t.Has == "":
		return "has no value"
	case t.Field != "":
		return "has " + t.Has
	case t.Event != "" && t.Has == "":
		return "has none"
	case t.Event != "":
		return "has " + t.Has
	}
	said := make([]string, len(t.Segments))
	for i, s := range t.Segments {
		said[i] = "not in " + s.Segment
		if s.Member {
			said[i] = "in " + s.Segment
		}
	}
	return strings.Join(said, ", ")
}

// explainRunes is how much of a condition and of a value a tree shows.
const explainRunes = 200

func oneLine(s string) string {
	return strings.NewReplacer("\r\n", "⏎", "\n", "⏎", "\r", "⏎").Replace(clipTo(s, explainRunes))
}
