package filter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rosterdb/roster/contact"
)

// otherWords are ways to write an operator elsewhere, with what it is here.
var otherWords = map[string]string{
	"==": "=", "===": "=", "=>": ">=", "=<": "<=", "<>": "!=", "><": "!=", "=!": "!=", "!==": "!=", "≥": ">=", "≤": "<=", "≠": "!=",
	"=~": "matches", "~": "matches", "!~": "not matches", "&&": "and", "&": "and", "||": "or", "|": "or",
	"eq": "=", "equals": "=", "equal": "=", "ne": "!=", "neq": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=",
	"regexp": "matches", "regex": "matches", "rlike": "matches", "ilike": "like", "includes": "contains", "include": "contains",
	"startswith": "starts with", "begins": "starts with", "endswith": "ends with", "empty": "is empty",
	"!like": "not like", "!regexp": "not matches", "!in": "not in", "!contains": "not contains", "!empty": "is not empty",
}

// otherSymbols are the keys of otherWords that are no names, the longest first.
var otherSymbols = func() (list []string) {
	for word := range otherWords {
		if scanName(word) == 0 {
			list = append(list, word)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return list
}()

// wrongSymbol returns the operator of another language that s begins with and none
// of this one does, "" if there is none.
func wrongSymbol(s string) string {
	for _, symbol := range otherSymbols {
		if strings.HasPrefix(s, symbol) {
			return symbol
		}
	}
	return ""
}

// meant returns the hint which of some words was probably meant by another one, ""
// if none is near.
func meant(word string, among []string) string {
	word = strings.ToLower(word)
	if other, ok := otherWords[word]; ok && slices.Contains(among, other) {
		return fmt.Sprintf("did you mean %q?", other)
	}
	if len([]rune(word)) < 2 {
		return ""
	}
	if near := contact.Suggest(word, slices.Values(among)); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// quotedWords returns what stands in quotes in what was expected.
func quotedWords(expected string) (words []string) {
	for i, piece := range strings.Split(expected, `"`) {
		if i%2 == 1 {
			words = append(words, piece)
		}
	}
	return words
}

// operatorWords returns the spellings of all operators, or of those on fields.
func operatorWords(segments bool) (words []string) {
	for op := Equal; op.valid(); op++ {
		if !segments && op.OnSegments() {
			continue
		}
		words = append(words, op.info().words)
		if n := op.info().negation; n != "" {
			words = append(words, n)
		}
	}
	return words
}

// meantOperator returns the hint which operator was probably meant by a word behind
// a field: the whole operator or its first word may be what is misspelt.
func meantOperator(word string) string {
	words := operatorWords(false)
	if hint := meant(word, words); hint != "" {
		return hint
	}
	firsts := map[string]string{} // first words of longer operators
	var list []string
	for _, w := range []string{StartsWith.String(), EndsWith.String(), Empty.String(), HasAny.String(), "lacks any"} {
		first, _, _ := strings.Cut(w, " ")
		firsts[first] = w
		list = append(list, first)
	}
	if near := contact.Suggest(word, slices.Values(list)); near != "" && len([]rune(word)) > 1 {
		return fmt.Sprintf("did you mean %q?", firsts[near])
	}
	return hintOperator
}

// meantInJSON is meantOperator for "op" in JSON, which holds the whole operator.
func meantInJSON(word string) string {
	if hint := meant(word, operatorWords(true)); hint != "" {
		return hint
	}
	return hintOperator
}

// meantValue returns how the value was probably meant that a field can't be compared
// with, to stand behind the error; "" if that can't be told.
func meantValue(field contact.Field, v Value) string {
	kind := field.Kind()
	switch {
	case v.kind == WeekdayValue && Takes(kind, RelativeDateValue):
		return "; a day of a week is written " + v.String() + " this week"
	case v.kind != TextValue || len(v.text) > 64 || !Takes(kind, DateValue) && !Takes(kind, TimeOfDayValue):
		return ""
	}
	fits := func(x Value) bool { return x.kind != TextValue && valueFits(field, x) }
	x, problem := parseSpelled(v.text, "a value", fits, (*parser).value)
	if problem != nil {
		return ""
	}
	return "; without quotes it is a " + x.kind.String() + ", in JSON " + string(appendJSONValue(nil, x))
}
