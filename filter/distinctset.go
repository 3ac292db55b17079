package filter

import "slices"

// A distinctSet is a set of things that are told apart by ==. The zero distinctSet is empty.
type distinctSet[T comparable] struct {
	few  []T
	many map[T]struct{} // all of them, once they are more than fewDistinct
}

// fewDistinct things at most are compared one by one.
const fewDistinct = 16

// has reports whether x was added.
func (s *distinctSet[T]) has(x T) bool {
	if s.many != nil {
		_, ok := s.many[x]
		return ok
	}
	return slices.Contains(s.few, x)
}

// add adds x, which must not have been added.
func (s *distinctSet[T]) add(x T) {
	switch {
	case s.many != nil:
		s.many[x] = struct{}{}
	case len(s.few) < fewDistinct:
		s.few = append(s.few, x)
	default:
		s.many = map[T]struct{}{x: {}}
		for _, y := range s.few {
			s.many[y] = struct{}{}
		}
	}
}
