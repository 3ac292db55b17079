package idset

// The functions of this file combine lists of ids, each ascending and without
// duplicates. How is chosen by their lengths.

const (
	// lookUpFrom is the ratio of lengths from which each id of the shorter list
	// is looked up in the longer one. Every search goes through the whole list,
	// since searches that do not wait for each other overlap.
	lookUpFrom = 16
	// scatterFrom is the length of two lists together from which they are
	// combined through a buffer of bits: clearing it then costs less than the
	// mispredicted branches of a merge.
	scatterFrom = 96
)

// keepIDs filters ids in place and returns those that are in list.
func keepIDs[T idType](ids []uint16, list []T) []uint16 {
	switch {
	case len(ids) == 0 || len(list) == 0:
		return ids[:0]
	case len(ids)*lookUpFrom < len(list):
		return lookUp(ids, list, true)
	case len(list)*lookUpFrom < len(ids):
		return keepFew(ids, list)
	case len(ids)+len(list) >= scatterFrom:
		var words [Words]uint64
		orIDs(&words, list)
		return keepBits(ids, &words, 0)
	}
	k, j := 0, 0
	for _, id := range ids {
		for j < len(list) && uint16(list[j]) < id {
			j++
		}
		if j == len(list) {
			break
		}
		if uint16(list[j]) == id {
			ids[k] = id
			k++
		}
	}
	return ids[:k]
}

// dropIDs filters ids in place and returns those that are not in list.
func dropIDs[T idType](ids []uint16, list []T) []uint16 {
	switch {
	case len(ids) == 0 || len(list) == 0:
		return ids
	case len(ids)*lookUpFrom < len(list):
		return lookUp(ids, list, false)
	case len(list)*lookUpFrom < len(ids):
		return dropFew(ids, list)
	case len(ids)+len(list) >= scatterFrom:
		var words [Words]uint64
		orIDs(&words, list)
		return keepBits(ids, &words, 1)
	}
	k, j := 0, 0
	for _, id := range ids {
		for j < len(list) && uint16(list[j]) < id {
			j++
		}
		if j == len(list) || uint16(list[j]) != id {
			ids[k] = id
			k++
		}
	}
	return ids[:k]
}

// lookUp filters ids in place and returns those that are in the longer list, or
// those that are not.
func lookUp[T idType](ids []uint16, list []T, in bool) []uint16 {
	high := list[0] &^ 0xffff
	k := 0
	for _, id := range ids {
		x := high | T(id)
		i := search(list, x)
		if (i < len(list) && list[i] == x) == in {
			ids[k] = id
			k++
		}
	}
	return ids[:k]
}

// keepFew is keepIDs for a list much shorter than ids.
func keepFew[T idType](ids []uint16, list []T) []uint16 {
	k := 0
	rest := ids
	for _, x := range list {
		rest = rest[search(rest, uint16(x)):]
		if len(rest) > 0 && rest[0] == uint16(x) {
			ids[k] = uint16(x) // never beyond the start of rest
			k++
		}
	}
	return ids[:k]
}

// dropFew is dropIDs for a list much shorter than ids.
func dropFew[T idType](ids []uint16, list []T) []uint16 {
	k, from := 0, 0
	for _, x := range list {
		to := from + search(ids[from:], uint16(x))
		if to < len(ids) && ids[to] == uint16(x) {
			k += copy(ids[k:], ids[from:to])
			from = to + 1
		}
	}
	k += copy(ids[k:], ids[from:])
	return ids[:k]
}

// keepBits filters ids in place and returns those whose bit in words, turned over
// if flip is 1, is set.
func keepBits(ids []uint16, words *[Words]uint64, flip uint64) []uint16 {
	k := 0
	for _, id := range ids {
		ids[k] = id
		k += int(words[id>>6]>>(id&63)&1 ^ flip)
	}
	return ids[:k]
}

// countBoth returns the number of ids that are in both lists; only their low 16
// bits count.
func countBoth[T, U idType](a []T, b []U) int {
	if len(a) > len(b) {
		return countBoth(b, a)
	}
	if len(a) == 0 {
		return 0
	}
	n := 0
	if len(a)*lookUpFrom < len(b) {
		high := b[0] &^ 0xffff
		for _, id := range a {
			x := high | U(uint16(id))
			if i := search(b, x); i < len(b) && b[i] == x {
				n++
			}
		}
		return n
	}
	if len(a)+len(b) >= scatterFrom {
		var words [Words]uint64
		orIDs(&words, b)
		return countIDs(&words, a)
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		x, y := uint16(a[i]), uint16(b[j])
		if x <= y {
			i++
		}
		if y <= x {
			j++
		}
		if x == y {
			n++
		}
	}
	return n
}

// countWhole returns the number of ids that are in both lists of whole ids.
func countWhole(a, b []uint32) int {
	if len(a) > len(b) {
		a, b = b, a
	}
	n := 0
	if len(a)*lookUpFrom < len(b) {
		for _, id := range a {
			if i := search(b, id); i < len(b) && b[i] == id {
				n++
			}
		}
		return n
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		x, y := a[i], b[j]
		if x <= y {
			i++
		}
		if y <= x {
			j++
		}
		if x == y {
			n++
		}
	}
	return n
}

// countIn returns the number of ids that are in d; only their low 16 bits count.
func countIn[T idType](ids []T, d *dense) int {
	var n uint64
	for _, id := range ids {
		n += d.has(uint16(id))
	}
	return int(n)
}

// union appends the ids that are in one of the lists to dst.
func union[T idType](dst, a, b []T) []T {
	for len(a) > 0 && len(b) > 0 {
		x, y := a[0], b[0]
		dst = append(dst, min(x, y))
		if x <= y {
			a = a[1:]
		}
		if y <= x {
			b = b[1:]
		}
	}
	dst = append(dst, a...)
	return append(dst, b...)
}

// runs calls f with the ids of each block in turn, for a list of whole ids.
func runs(ids []uint32, f func(block int, ids []uint32)) {
	for len(ids) > 0 {
		high := ids[0] >> 16
		end := len(ids)
		if ids[end-1]>>16 != high {
			end = search(ids, (high+1)<<16)
		}
		f(int(high), ids[:end])
		ids = ids[end:]
	}
}
