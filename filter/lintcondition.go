package filter

import (
	"fmt"

	"github.com/rosterdb/roster/contact"
)

// condition looks at one condition by itself.
func (l *linter) condition(c Condition, own *lintPart) {
	if emptyRange(c, l.schema, l.rules) {
		swapped := c
		swapped.args = []Value{c.args[1], c.args[0]}
		text := "there is nothing between the two, so no contact meets it"
		if own.dead = !c.not; c.not {
			own.always = true
			text = "there is nothing between the two, so every contact meets it"
		}
		meant := swapped.String()
		if c.args[0].kind == TimeOfDayValue { // a night
			meant = NewCondition(c.field, GreaterEqual, c.args[0]).String() + " or " + NewCondition(c.field, LessEqual, c.args[1]).String()
			if c.not {
				meant = "not (" + meant + ")"
			}
		}
		l.add(EmptyRange, own.path, c.String(), text, "did you mean "+clipTo(meant, explainRunes)+"?")
		return
	}
	if l.alone(own) {
		return
	}
	field, _ := fieldOf(l.schema, c.field)
	switch c.op {
	case Like:
		if text, ok := plainLike(c.args[0].text); ok {
			l.plain(c, own, text)
		}
	case Matches:
		if text, ok := plainRegexp(c.args[0].text); ok && field.Exact() && text != "" {
			l.plain(c, own, text)
		} else if n := regexpSize(c.args[0].text); n >= dearRegexp {
			l.add(ExpensivePattern, own.path, c.String(), fmt.Sprintf("the regular expression has %d instructions, which each text may take for each of its letters", n),
				"write it shorter, or as an or of conditions")
		}
	}
}

// plain reports a pattern that only one text fits.
func (l *linter) plain(c Condition, own *lintPart, text string) {
	c.op, c.args = Equal, []Value{Text(text)}
	l.add(PlainEquality, own.path, own.text(), "only one text fits the pattern", "write "+clipTo(c.String(), explainRunes)).Instead = c.String()
}

// emptyRange reports whether a condition is a range with nothing in it.
func emptyRange(c Condition, schema *contact.Schema, r *rules) bool {
	if c.op != Between || !c.args[0].isPoint() || !c.args[1].isPoint() {
		return false
	}
	field, ok := schema.Field(c.field)
	if !ok || c.part != noPart || r.own != nil && isZonal(c, field.Kind()) {
		return false
	}
	s := r.fixed(c, field.Kind())[0]
	return s.Lo > s.Hi
}
