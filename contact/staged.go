package contact

import "math"

// A staged is what a transaction wants to change, in the order it was asked for:
// an operation of 24 bytes each, chained by contact from the newest to the
// oldest. Texts and lists lie beside. Nothing of the store is touched before the
// commit.
//
// A staged row of the workload's 14 values costs about 400 bytes until then.
type staged struct {
	ops   []op
	texts []string
	lists [][]string

	first uint64       // the first id this transaction gives
	fresh []int32      // last operation by id - first
	known map[ID]int32 // last operation by id of contacts that were there before, once ids has more than few
	ids   []ID         // contacts concerned, in the order they were first
	lasts []int32      // last operation of each of the first few ids

	// claims holds the identity values given or freed by this transaction, and
	// whose they are now; 0 is nobody.
	claims map[claim]ID
}

// few is the number of contacts up to which a list is searched instead of a map.
const few = 8

type claim struct {
	field uint16
	key   string
}

type opKind uint8

const (
	opCreate opKind = iota
	opDelete
	opSet   // arg: the value
	opUnset // nothing more
)

type op struct {
	id    ID
	prev  int32 // the operation before it of the same contact, -1 if none
	field uint16
	kind  opKind
	arg   uint64 // bits of the number, or a place in texts or lists
}

// last returns the newest operation on a contact, -1 if there is none.
func (s *staged) last(id ID) int32 {
	if uint64(id) >= s.first {
		if i := int(uint64(id) - s.first); i < len(s.fresh) {
			return s.fresh[i]
		}
		return -1
	}
	for i, known := range s.ids[:min(few, len(s.ids))] {
		if known == id {
			return s.lasts[i]
		}
	}
	if at, ok := s.known[id]; ok {
		return at
	}
	return -1
}

func (s *staged) push(id ID, field int, kind opKind, arg uint64) {
	at := int32(len(s.ops))
	s.ops = append(roomy(s.ops), op{id, s.last(id), uint16(field), kind, arg})
	if s.ops[at].prev < 0 {
		s.ids = append(s.ids, id)
		if len(s.ids) <= few {
			s.lasts = append(s.lasts, at)
		}
	}
	if uint64(id) >= s.first {
		if i := int(uint64(id) - s.first); i == len(s.fresh) {
			s.fresh = append(roomy(s.fresh), at)
		} else {
			s.fresh[i] = at
		}
		return
	}
	for i, known := range s.ids[:min(few, len(s.ids))] {
		if known == id {
			s.lasts[i] = at
			return
		}
	}
	if s.known == nil {
		s.known = make(map[ID]int32)
	}
	s.known[id] = at
}

// arg stores a value for an operation.
func (s *staged) arg(v Value) uint64 {
	switch v.kind {
	case KindText, KindSelect, kindCompanies:
		s.texts = append(roomy(s.texts), v.text)
		return uint64(len(s.texts) - 1)
	case KindMultiSelect, KindTags:
		s.lists = append(s.lists, v.list)
		return uint64(len(s.lists) - 1)
	}
	return math.Float64bits(v.num)
}

// value is the inverse of arg.
func (s *staged) value(kind Kind, arg uint64) Value {
	switch kind {
	case KindText, KindSelect, kindCompanies:
		return Value{kind: kind, text: s.texts[arg]}
	case KindMultiSelect, KindTags:
		return Value{kind: kind, list: s.lists[arg]}
	}
	return Value{kind: kind, num: math.Float64frombits(arg)}
}

// exists reports whether a contact exists after the operations, base saying
// whether it did before.
func (s *staged) exists(id ID, base bool) bool {
	if at := s.last(id); at >= 0 {
		return s.ops[at].kind != opDelete
	}
	return base
}

// find returns the newest operation on a field of a contact, -1 if there is none.
// The one that made the contact stands for all fields without one of their own.
func (s *staged) find(id ID, field int) int32 {
	at := s.last(id)
	for at >= 0 {
		o := s.ops[at]
		if o.kind == opCreate || o.kind != opDelete && int(o.field) == field {
			break
		}
		at = o.prev
	}
	return at
}

// read returns what a contact has in a field after the operations, base being
// what it had before.
func (s *staged) read(d *fieldDef, id ID, base func() Value) Value {
	at := s.find(id, d.index)
	switch {
	case at < 0:
		return base()
	case s.ops[at].kind != opSet:
		return Value{}
	}
	return s.value(d.kind, s.ops[at].arg)
}

// pushList stages a list in a field. The one staged before it is overwritten, so
// that a list built word by word is kept once.
func (s *staged) pushList(d *fieldDef, id ID, list []string) {
	if len(list) == 0 {
		s.push(id, d.index, opUnset, 0)
		return
	}
	if at := s.find(id, d.index); at >= 0 && s.ops[at].kind == opSet {
		s.lists[s.ops[at].arg] = list
		return
	}
	s.push(id, d.index, opSet, s.arg(Value{kind: d.kind, list: list}))
}

// addWords returns a list with more words, those that fold alike left out. Both
// are free of repetition.
func addWords(list, more []string) []string {
	var seen words
	for _, w := range list {
		seen.add(Fold(w))
	}
	out := append(make([]string, 0, len(list)+len(more)), list...)
	for _, w := range more {
		if seen.add(Fold(w)) {
			out = append(out, w)
		}
	}
	return out
}

// takeWords returns a list without the words that fold like one of less.
func takeWords(list, less []string) []string {
	var gone words
	for _, w := range less {
		gone.add(Fold(w))
	}
	out := make([]string, 0, len(list))
	for _, w := range list {
		if gone.add(Fold(w)) {
			out = append(out, w)
		}
	}
	return out
}
