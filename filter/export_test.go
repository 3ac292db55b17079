package filter

// Kept returns how many conditions are kept.
func (s *Sharing) Kept() int {
	n := len(s.companies)
	for _, k := range s.ranges {
		if k.kept {
			n++
		}
	}
	return n
}

// LintBehaviour looks at a filter of one term on behaviour as Lint does.
func LintBehaviour(f Filter) []Finding {
	l := linter{}
	b := f.groups[0].terms[0].(Behaviour)
	l.behaviour(b, &lintPart{path: Path{}.at(0, 0)})
	return l.findings
}
