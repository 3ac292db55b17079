package filter

import (
	"regexp/syntax"
	"strings"
)

// plainLike returns the text that a pattern of `like` without wildcards stands for.
func plainLike(pattern string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '%' || c == '_':
			return "", false
		case c == '\\' && i+1 < len(pattern) && strings.IndexByte(`%_\`, pattern[i+1]) >= 0:
			i++
		}
		b.WriteByte(pattern[i])
	}
	return b.String(), true
}

// plainRegexp returns the only text that an expression matches, if it is anchored at
// both ends and case counts.
func plainRegexp(expr string) (string, bool) {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return "", false
	}
	re = re.Simplify()
	if re.Op != syntax.OpConcat || len(re.Sub) != 3 || re.Sub[0].Op != syntax.OpBeginText || re.Sub[2].Op != syntax.OpEndText {
		return "", false
	}
	text := re.Sub[1]
	if text.Op != syntax.OpLiteral || text.Flags&syntax.FoldCase != 0 {
		return "", false
	}
	return string(text.Rune), true
}

// dearRegexp is how many instructions make a regular expression count as expensive.
const dearRegexp = 1_000

// regexpSize returns the instructions that an expression compiles to.
func regexpSize(expr string) int {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return 0
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return 0
	}
	return len(prog.Inst)
}
