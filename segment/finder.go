package segment

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment/internal/index"
)

// A finder finds the segments that a changed contact or company may let somebody
// enter or leave. It belongs to the writer and is no part of a version: before it is
// used, it is brought up to date with the definitions that were noted since.
type finder struct {
	index        *index.Index // nil until it is needed
	primary, any companyFinder
	noted        []ID // segments whose filter may be another one than the index has

	asking  search // one for all, so that a commit makes none
	seeking seeking
	sizes   sizes
}

// A search is how the index asks about one contact of a commit.
type search struct {
	p       *preparation
	who     contact.ID
	matched func(id uint32) bool
	push    func(id uint32, holds, sure bool)
}

// note has the filter of a segment compared with what is filed, before the next use.
func (f *finder) note(id ID) {
	if f.index != nil {
		f.noted = append(f.noted, id)
	}
}

// finder returns the finder for the segments of the root.
func (p *preparation) finder() *finder {
	f := &p.engine.work.finder
	f.update(p.c.View(), p.root)
	return f
}

// update brings the finder up to date with a root.
func (f *finder) update(v *contact.View, r *root) {
	if f.index == nil {
		f.index = index.New()
		s := &f.asking
		s.matched = func(id uint32) bool { return s.p.root.roll(ID(id)).matched(s.who) }
		s.push = func(id uint32, holds, sure bool) {
			s.p.queue.pushFound(ID(id), asked{contact: s.who, holds: holds, sure: sure})
		}
		for roll := range r.all() {
			f.put(v, roll.def.ID, roll.def.program)
		}
	}
	for _, id := range f.noted {
		var program *filter.Program
		if d := r.look(id).def; d != nil {
			program = d.program
		}
		f.put(v, id, program)
	}
	f.noted = f.noted[:0]
}

func (f *finder) put(v *contact.View, id ID, program *filter.Program) {
	old := f.index.Program(uint32(id))
	if old == program {
		return
	}
	f.index.Put(v, uint32(id), program)
	f.sizes.set(id, f.index.Bytes(uint32(id)))
	for _, p := range []*filter.Program{old, program} {
		if p == nil {
			continue
		}
		primary, any := p.CompanyFields()
		f.primary.file(id, primary, p == program)
		f.any.file(id, any, p == program)
	}
}

// instant is the time at which relative conditions are asked.
func (p *preparation) instant() time.Time { return time.UnixMilli(p.now) }

// A companyFinder finds the segments whose filter reads something of the primary
// company, or of any.
type companyFinder struct {
	byField map[int][]ID // by index of a field of companies
}

// file puts a segment under some fields, or takes it away from them.
func (f *companyFinder) file(id ID, fields []contact.Field, in bool) {
	for _, field := range fields {
		if f.byField == nil {
			f.byField = make(map[int][]ID)
		}
		list := f.byField[field.Index()]
		if in {
			list = append(list, id)
		} else if i := slices.Index(list, id); i >= 0 {
			list = slices.Delete(list, i, i+1)
		}
		if f.byField[field.Index()] = list; len(list) == 0 {
			delete(f.byField, field.Index())
		}
	}
}

// reads reports whether a segment reads one of some changed fields.
func (f *companyFinder) reads(fields []uint16) bool {
	for _, field := range fields {
		if len(f.byField[int(field)]) > 0 {
			return true
		}
	}
	return false
}

// sizes are what segments take in the index. Readers ask for them at any time.
type sizes struct {
	sync.Mutex
	bytes map[ID]int32
}

func (s *sizes) set(id ID, n int) {
	s.Lock()
	defer s.Unlock()
	if n == 0 {
		delete(s.bytes, id)
		return
	}
	if s.bytes == nil {
		s.bytes = make(map[ID]int32)
	}
	s.bytes[id] = int32(min(n, math.MaxInt32))
}

func (s *sizes) of(id ID) int {
	s.Lock()
	defer s.Unlock()
	return int(s.bytes[id])
}
