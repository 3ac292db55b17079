package column

import (
	"slices"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// postings holds, for each code of a column, the rows that have it. Most codes
// of a column with many distinct values have one row: these cost eight bytes and
// no set of their own.
type postings struct {
	codes table[posting]
	sets  table[*idset.Set]
	used  uint32   // places given out in sets
	free  []uint32 // places given back; the writer's alone
}

// A posting is the number of rows of a code and, if it is 1, the row; otherwise
// the place of their set in sets.
type posting struct{ n, ref uint32 }

// len returns the number of rows with a code.
func (p *postings) len(code uint32) int { return int(p.codes.get(code).n) }

// set returns the rows with a code.
func (p *postings) set(code uint32) *idset.Set {
	switch at := p.codes.get(code); at.n {
	case 0:
		return nil
	case 1:
		return idset.FromIDs(at.ref)
	default:
		return p.sets.get(at.ref)
	}
}

// first returns the smallest row with a code, 0 if there is none.
func (p *postings) first(code uint32) uint32 {
	at := p.codes.get(code)
	if at.n > 1 {
		row, _ := p.sets.get(at.ref).Min()
		return row
	}
	return at.ref
}

func (p *postings) add(e *version.Epochs, code, row uint32) {
	at := p.codes.at(e, code)
	at.n++
	switch at.n {
	case 1:
		at.ref = row
	case 2:
		s, _ := (*idset.Set)(nil).Add(e, at.ref)
		s, _ = s.Add(e, row)
		at.ref = p.place(e, s)
	default:
		s := p.sets.at(e, at.ref)
		*s, _ = (*s).Add(e, row)
	}
}

func (p *postings) place(e *version.Epochs, s *idset.Set) uint32 {
	var at uint32
	if n := len(p.free); n > 0 {
		at, p.free = p.free[n-1], p.free[:n-1]
	} else {
		at = p.used
		p.used++
	}
	p.sets.set(e, at, s)
	return at
}

func (p *postings) remove(e *version.Epochs, code, row uint32) {
	at := p.codes.at(e, code)
	at.n--
	switch at.n {
	case 0:
		at.ref = 0
	case 1:
		s, _ := p.sets.get(at.ref).Remove(e, row)
		p.sets.set(e, at.ref, nil)
		p.free = append(p.free, at.ref)
		at.ref, _ = s.Min()
	default:
		s := p.sets.at(e, at.ref)
		*s, _ = (*s).Remove(e, row)
	}
}

// union returns the rows that have any of the codes, total in number; a row has
// one code, so no row comes twice. blocks is how many blocks they lie in.
//
// Sorting a list costs about 25 ns a row; going through the sets costs a few µs, and
// for each block a look at each of them.
func (p *postings) union(codes []uint32, total, blocks int) *idset.Set {
	few := max(128, 8*blocks)
	if len(codes) == 1 {
		return p.set(codes[0])
	}
	if total <= few {
		ids := make([]uint32, 0, total)
		for _, c := range codes {
			ids = p.appendRows(ids, c)
		}
		return idset.FromIDs(ids...)
	}
	var singles []uint32
	sets := make([]*idset.Set, 0, len(codes))
	for _, c := range codes {
		switch at := p.codes.get(c); at.n {
		case 0:
		case 1:
			singles = append(singles, at.ref)
		default:
			sets = append(sets, p.sets.get(at.ref))
		}
	}
	if len(singles) > 0 {
		sets = append(sets, idset.FromIDs(singles...))
	}
	return idset.OrMany(slices.Clip(sets))
}

func (p *postings) appendRows(dst []uint32, code uint32) []uint32 {
	at := p.codes.get(code)
	if at.n == 1 {
		return append(dst, at.ref)
	}
	for row := range p.sets.get(at.ref).All() {
		dst = append(dst, row)
	}
	return dst
}

func (p *postings) bytes() int {
	n := p.codes.bytes(8) + p.sets.bytes(8)
	for at := range p.used {
		n += p.sets.get(at).Bytes()
	}
	return n
}
