package index

import (
	"fmt"
	"maps"
)

// Check reports what does not hold together, for tests: the counts by slot are those
// of the groups that are filed, and what no group needs is gone. It costs a pass over
// the index.
func (x *Index) Check() error {
	want := New()
	want.words, want.lits = make([]word, len(x.words)), make([]literal, len(x.lits))
	copy(want.lits, x.lits)
	for i, w := range x.words {
		want.words[i] = word{slot: w.slot, bucket: w.bucket}
		if b := w.bucket; b != nil && (b.live == 0 || i > 0 && w.refs == 0) {
			return fmt.Errorf("word %d, %q: bucket of %d groups, %d uses", i, w.text, b.live, w.refs)
		}
	}
	lits := make(map[uint32]int)
	groups := 0
	for number, w := range x.words {
		if w.bucket == nil {
			continue
		}
		for i, p := range x.groupsOf(w.bucket) {
			groups++
			if place := x.places[p]; place.word != uint32(number) || place.at != i {
				return fmt.Errorf("place %d is %v, found in bucket %d at %d", p, place, number, i)
			}
			checks := w.bucket.checks(i)
			for k := range checks {
				want.link(&checks[k], uint32(number), 1)
				if checks[k].kind == isLiteral {
					lits[checks[k].a]++
				}
			}
		}
	}
	if filed := len(x.places) - len(x.free.places); filed != groups {
		return fmt.Errorf("%d places, and %d groups in buckets", filed, groups)
	}
	for i, l := range x.lits {
		if l.refs != lits[uint32(i)] {
			return fmt.Errorf("literal %d: %d uses, want %d", i, l.refs, lits[uint32(i)])
		}
	}
	return x.checkSlots(want)
}

// groupsOf iterates over the groups of a bucket: where they are, and their places.
func (x *Index) groupsOf(b *bucket) func(func(uint32, uint32) bool) {
	return func(yield func(uint32, uint32) bool) {
		for i := 0; i < len(b.records); i += 1 + int(b.records[i].slot) {
			if h := &b.records[i]; !h.not && !yield(uint32(i), h.place()) {
				return
			}
		}
	}
}

func (x *Index) checkSlots(want *Index) error {
	words, err := x.checkReads(want)
	if err != nil {
		return err
	}
	for s, slot := range x.slots {
		if slot == nil {
			continue
		}
		words += slot.words.Len() + len(slot.points)
		for number, w := range slot.points {
			if x.words[w].point != number || x.words[w].refs <= 0 {
				return fmt.Errorf("slot %d: word of %v is %+v", s, number, x.words[w])
			}
		}
		for text, w := range slot.words.All() {
			if x.words[w].text != text || x.words[w].refs <= 0 {
				return fmt.Errorf("slot %d: word %q is %+v", s, text, x.words[w])
			}
		}
		w := want.slot(uint16(s))
		if slot.filled != w.filled || slot.other != w.other || slot.keyed != w.keyed || !maps.Equal(pairs(slot.keys), pairs(w.keys)) {
			return fmt.Errorf("slot %d is %+v, want %+v", s, *slot, *w)
		}
		if a, b := bounds(slot), bounds(w); a != b {
			return fmt.Errorf("slot %d has %v bounds, want %v", s, a, b)
		}
	}
	if used := len(x.words) - 1 - len(x.free.words); used != words {
		return fmt.Errorf("%d words are used, %d are known", used, words)
	}
	return nil
}

// bounds returns how many lower and upper bounds a slot has.
func bounds(s *slot) [2]int { return [2]int{s.lower.n, s.upper.n} }

// checkReads is checkSlots for what is read of events. It returns how many words there
// are.
func (x *Index) checkReads(want *Index) (words int, err error) {
	check := func(w uint32, event, attr int, text string) {
		if words++; x.words[w].refs <= 0 || x.words[w].text != text || int(x.words[w].event) != event || int(x.words[w].attr) != attr {
			err = fmt.Errorf("type of event %d: word %q is %+v", event, text, x.words[w])
		}
	}
	for i, e := range x.events {
		if e.all != 0 {
			check(e.all, i, anyEvent, "")
		}
		for _, a := range e.attrs {
			for text, w := range a.words {
				check(w, i, a.field.Index(), text)
			}
		}
	}
	for _, list := range []map[uint32][]pair{x.readKeys, want.readKeys} {
		for w := range list {
			if a, b := x.readKeys[w], want.readKeys[w]; !maps.Equal(pairs(a), pairs(b)) {
				err = fmt.Errorf("word %d of events has keys %v, want %v", w, a, b)
			}
		}
	}
	return words, err
}

func pairs(list []pair) map[pair]bool {
	m := make(map[pair]bool)
	for _, p := range list {
		m[p] = true
	}
	return m
}
