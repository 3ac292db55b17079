package column

import (
	"github.com/rosterdb/roster/contact/internal/idset"
)

// A Test is one yes-or-no question about rows, bound to one version of a column
// and to one run of a filter. Candidates come a block at a time, as a bitmap or,
// when few are left, as a list, and those that fail are taken out.
//
// A Test must not be used by more than one goroutine at a time.
type Test interface {
	// Count returns how many rows pass, if that is known without touching them.
	Count() (n int, ok bool)
	// Estimate returns about how many rows pass. It is cheap.
	Estimate() int
	// Keep clears the bits of the candidates that fail, or with neg of those that
	// pass.
	Keep(block int, words *[idset.Words]uint64, neg bool)
	// KeepIDs drops the candidates that fail, or with neg those that pass, in
	// place and returns what is left. ids are ascending.
	KeepIDs(block int, ids []uint16, neg bool) []uint16
	// Load makes words the rows of a block that pass and returns their number, -1 if
	// it was not counted; ok is false, and words unchanged, if that would mean to
	// look at every row.
	Load(block int, words *[idset.Words]uint64) (n int, ok bool)
	// Set returns the rows that pass, if they are at hand as a set or cheaper to
	// collect than to scan for.
	Set() (set *idset.Set, ok bool)
	// Scans reports whether Keep looks at rows one by one, so that it pays to list
	// the candidates first when few are left.
	Scans() bool
}

// In returns the test for being in a set.
func In(set *idset.Set) Test { return setTest{set} }

type setTest struct{ set *idset.Set }

func (t setTest) Count() (int, bool)      { return t.set.Len(), true }
func (t setTest) Estimate() int           { return t.set.Len() }
func (t setTest) Set() (*idset.Set, bool) { return t.set, true }
func (t setTest) Scans() bool             { return false }

func (t setTest) Load(block int, words *[idset.Words]uint64) (int, bool) {
	return t.set.Load(block, words), true
}

func (t setTest) Keep(block int, words *[idset.Words]uint64, neg bool) {
	if neg {
		t.set.AndNot(block, words)
	} else {
		t.set.And(block, words)
	}
}

func (t setTest) KeepIDs(block int, ids []uint16, neg bool) []uint16 {
	if neg {
		return t.set.Drop(block, ids)
	}
	return t.set.Keep(block, ids)
}

// BothLen returns how many rows pass both tests, if both are for being in a set.
func BothLen(a, b Test) (n int, ok bool) {
	s, ok := a.(setTest)
	if !ok {
		return 0, false
	}
	t, ok := b.(setTest)
	if !ok {
		return 0, false
	}
	return idset.AndLen(s.set, t.set), true
}

// Without returns the test for being in one set and not in another, which is a
// part of it.
func Without(set, part *idset.Set) Test {
	if part.Len() == 0 {
		return In(set)
	}
	return withoutTest{set, part}
}

type withoutTest struct{ set, part *idset.Set }

func (t withoutTest) Count() (int, bool)      { return t.Estimate(), true }
func (t withoutTest) Estimate() int           { return t.set.Len() - t.part.Len() }
func (t withoutTest) Set() (*idset.Set, bool) { return idset.AndNot(t.set, t.part), true }
func (t withoutTest) Scans() bool             { return false }

func (t withoutTest) Load(block int, words *[idset.Words]uint64) (int, bool) {
	t.set.Load(block, words)
	t.part.AndNot(block, words)
	return -1, true
}

func (t withoutTest) Keep(block int, words *[idset.Words]uint64, neg bool) {
	if !neg {
		t.set.And(block, words)
		t.part.AndNot(block, words)
		return
	}
	pass := *words
	t.Keep(block, &pass, false)
	for i, p := range pass {
		words[i] &^= p
	}
}

func (t withoutTest) KeepIDs(block int, ids []uint16, neg bool) []uint16 {
	if neg {
		return without(ids, t.KeepIDs(block, append([]uint16(nil), ids...), false))
	}
	return t.part.Drop(block, t.set.Keep(block, ids))
}

// Any returns the test for being in at least one of the sets. disjoint says that
// no row is in two of them.
func Any(sets []*idset.Set, disjoint bool) Test {
	switch len(sets) {
	case 0:
		return In(nil)
	case 1:
		return In(sets[0])
	}
	return anyTest{sets, disjoint}
}

type anyTest struct {
	sets     []*idset.Set
	disjoint bool
}

func (t anyTest) Count() (int, bool) {
	if !t.disjoint {
		return 0, false
	}
	return t.Estimate(), true
}

func (t anyTest) Estimate() int {
	n := 0
	for _, s := range t.sets {
		n += s.Len()
	}
	return n
}

func (t anyTest) Scans() bool { return false }

func (t anyTest) Set() (*idset.Set, bool) { return idset.OrMany(t.sets), true }

func (t anyTest) Load(block int, words *[idset.Words]uint64) (int, bool) {
	t.sets[0].Load(block, words)
	for _, s := range t.sets[1:] {
		s.Or(block, words)
	}
	return -1, true
}

func (t anyTest) Keep(block int, words *[idset.Words]uint64, neg bool) {
	var union [idset.Words]uint64
	t.Load(block, &union)
	if neg {
		for i, u := range union {
			words[i] &^= u
		}
		return
	}
	for i, u := range union {
		words[i] &= u
	}
}

func (t anyTest) KeepIDs(block int, ids []uint16, neg bool) []uint16 {
	rest := append([]uint16(nil), ids...)
	for _, s := range t.sets {
		rest = s.Drop(block, rest)
	}
	if neg {
		return append(ids[:0], rest...)
	}
	return without(ids, rest)
}

// All returns the test for being in every one of the sets, at least one.
func All(sets []*idset.Set) Test {
	if len(sets) == 1 {
		return In(sets[0])
	}
	return allTest{sets}
}

type allTest struct{ sets []*idset.Set }

func (t allTest) Count() (int, bool) {
	if len(t.sets) == 2 {
		return idset.AndLen(t.sets[0], t.sets[1]), true
	}
	return 0, false
}

func (t allTest) Estimate() int {
	n := t.sets[0].Len()
	for _, s := range t.sets[1:] {
		n = min(n, s.Len())
	}
	return n
}

func (t allTest) Scans() bool { return false }

func (t allTest) Set() (*idset.Set, bool) {
	all := t.sets[0]
	for _, s := range t.sets[1:] {
		all = idset.And(all, s)
	}
	return all, true
}

func (t allTest) Load(block int, words *[idset.Words]uint64) (int, bool) {
	t.sets[0].Load(block, words)
	for _, s := range t.sets[1:] {
		s.And(block, words)
	}
	return -1, true
}

func (t allTest) Keep(block int, words *[idset.Words]uint64, neg bool) {
	if !neg {
		for _, s := range t.sets {
			s.And(block, words)
		}
		return
	}
	pass := *words
	t.Keep(block, &pass, false)
	for i, p := range pass {
		words[i] &^= p
	}
}

func (t allTest) KeepIDs(block int, ids []uint16, neg bool) []uint16 {
	if neg {
		return without(ids, t.KeepIDs(block, append([]uint16(nil), ids...), false))
	}
	for _, s := range t.sets {
		ids = s.Keep(block, ids)
	}
	return ids
}

// without removes from ids, in place, those in drop; both ascend and drop is part
// of ids.
func without(ids, drop []uint16) []uint16 {
	n := 0
	for _, id := range ids {
		if len(drop) > 0 && drop[0] == id {
			drop = drop[1:]
			continue
		}
		ids[n] = id
		n++
	}
	return ids[:n]
}
