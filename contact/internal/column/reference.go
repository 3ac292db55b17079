package column

import (
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// A column of references names rows of another table: it is a Choice, or a Choices,
// whose options have no names, and the number of an option is the row it stands for.
// Their numbers need no Declare.

// NewReference returns an empty column of one reference a row.
func NewReference() *Choice { return NewChoice(nil) }

// NewReferences returns an empty column of any number of references a row.
func NewReferences() *Choices { return NewChoices(nil) }

// NewReferenceLoader returns a loader of a column like that of [NewReference], without
// a block. last is the largest row that may be referred to.
func NewReferenceLoader(e *version.Epochs, last uint32) *ChoiceLoader {
	c := NewReference()
	c.fit(uint64(last))
	return &ChoiceLoader{setsLoader: newReferenceLoader(e, &c.options, last), c: c}
}

// NewReferencesLoader returns a loader of a column like that of [NewReferences],
// without a block.
func NewReferencesLoader(e *version.Epochs, last uint32) *ChoicesLoader {
	c := NewReferences()
	return &ChoicesLoader{setsLoader: newReferenceLoader(e, &c.options, last), c: c}
}

func newReferenceLoader(e *version.Epochs, o *options, last uint32) setsLoader {
	o.stamp = e.Now()
	return setsLoader{rowsLoader: rowsLoader{e: e}, o: o, most: last, sets: make([]idset.Builder, uint64(last)+1)}
}

// union returns the rows of some options.
func (o *options) union(codes *idset.Set) *idset.Set {
	sets := make([]*idset.Set, 0, codes.Len())
	for code := range codes.All() {
		if s := o.sets.get(code); s != nil {
			sets = append(sets, s)
		}
	}
	return idset.OrMany(sets)
}

// denseCodes is a set of codes as bits.
type denseCodes []uint64

func dense(codes *idset.Set) denseCodes {
	d := make(denseCodes, codes.Blocks()*idset.Words)
	for block := range codes.Blocks() {
		codes.Load(block, (*[idset.Words]uint64)(d[block*idset.Words:]))
	}
	return d
}

func (d denseCodes) has(code uint32) bool {
	i := code >> 6
	return int(i) < len(d) && d[i]>>(code&63)&1 != 0
}
