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
