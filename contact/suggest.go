package contact

import (
	"iter"

	"github.com/rosterdb/roster/contact/internal/fold"
)

// Suggest returns the word probably meant by a misspelt one, "" if none is near:
// at most a third of the letters, and no more than three, may differ. Case and
// accents do not count.
func Suggest(word string, among iter.Seq[string]) string {
	const longest = 64 // beyond it nobody mistypes, and the distance gets dear
	w := []rune(fold.Text(word))
	if len(w) > longest {
		return ""
	}
	best, found := min(3, max(1, len(w)/3))+1, ""
	for candidate := range among {
		c := []rune(fold.Text(candidate))
		if len(c) > longest {
			continue
		}
		if d := distance(w, c, best); d < best {
			best, found = d, candidate
		}
	}
	return found
}

// distance returns the number of letters to insert, delete, replace or swap with
// a neighbour (Damerau, optimal string alignment), or limit if it is not less.
func distance(a, b []rune, limit int) int {
	if max(len(a)-len(b), len(b)-len(a)) >= limit {
		return limit
	}
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i, x := range a {
		cur[0] = i + 1
		for j, y := range b {
			cost := 1
			if x == y {
				cost = 0
			}
			cur[j+1] = min(prev[j]+cost, prev[j+1]+1, cur[j]+1)
			if i > 0 && j > 0 && x == b[j-1] && a[i-1] == y {
				cur[j+1] = min(cur[j+1], before[j-1]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return min(prev[len(b)], limit)
}
