package filter

import "strings"

// appendWhole appends the canonical text of f with its zone.
func appendWhole(b []byte, f Filter) []byte { return f.zone.appendTo(appendFilter(b, f)) }

// appendFilter appends the canonical text of f without its zone.
func appendFilter(b []byte, f Filter) []byte {
	for i, g := range f.groups {
		if i > 0 {
			b = append(b, " or "...)
		}
		b = appendGroup(b, g)
	}
	return b
}

func appendGroup(b []byte, g Group) []byte {
	for i, t := range g.terms {
		if i > 0 {
			b = append(b, " and "...)
		}
		switch t := t.(type) {
		case Condition:
			b = appendCondition(b, t)
		case Nested:
			b = appendNested(b, t)
		case Scope:
			b = appendScope(b, t)
		case Behaviour:
			b = appendBehaviour(b, t)
		}
	}
	return b
}

func appendNested(b []byte, n Nested) []byte {
	if n.not {
		b = append(b, "not "...)
	}
	b = append(b, '(')
	b = appendFilter(b, n.filter)
	return append(b, ')')
}

// appendCondition appends c in its short form: a negation is a word of the
// operator where there is one.
func appendCondition(b []byte, c Condition) []byte {
	if !c.op.valid() {
		return append(b, "<invalid condition>"...)
	}
	row := c.op.info()
	words := row.words
	switch {
	case c.not && row.negation == "":
		b = append(b, "not "...)
	case c.not:
		words = row.negation
	}
	if row.operand != segmentRef {
		if c.part != noPart {
			b = append(b, c.part.String()+" of "...)
		}
		b = appendField(b, c.field)
		b = append(b, ' ')
	}
	b = append(b, words...)
	return appendOperands(b, c)
}

// appendOperands appends what follows the operator of c.
func appendOperands(b []byte, c Condition) []byte {
	row := c.op.info()
	separator, list := " and ", row.arity == manyValues
	if row.arity != noValue {
		b = append(b, ' ')
	}
	if list {
		separator = ", "
		b = append(b, '(')
	}
	for i, v := range c.args {
		if i > 0 {
			b = append(b, separator...)
		}
		switch {
		case row.operand == segmentRef && isPlain(v.text):
			b = append(b, v.text...)
		case row.operand == celebrated && v.kind == WindowValue:
			b = v.appendTo(append(b, "in "...))
		default:
			b = v.appendTo(b)
		}
	}
	if list {
		b = append(b, ')')
	}
	return b
}

// appendField appends a field name: its parts bare where they are plain names, in
// backticks where not. A name with an empty part stands in backticks as a whole.
func appendField(b []byte, name string) []byte {
	if isPlain(name) {
		return append(b, name...)
	}
	parts := strings.Split(name, ".")
	for _, part := range parts {
		if part == "" {
			return appendQuoted(b, name, '`')
		}
	}
	for i, part := range parts {
		if i > 0 {
			b = append(b, '.')
		}
		if isPlain(part) {
			b = append(b, part...)
		} else {
			b = appendQuoted(b, part, '`')
		}
	}
	return b
}
