package segment

import (
	"fmt"
	"time"

	"github.com/rosterdb/roster/contact"
)

// Kind says which way a contact went.
type Kind uint8

// The ways.
const (
	Enter Kind = iota + 1
	Leave
)

// String returns enter or leave.
func (k Kind) String() string {
	switch k {
	case Enter:
		return "enter"
	case Leave:
		return "leave"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// MarshalText returns enter or leave.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads enter or leave; any other word is an error.
func (k *Kind) UnmarshalText(text []byte) error {
	for _, known := range []Kind{Enter, Leave} {
		if known.String() == string(text) {
			*k = known
			return nil
		}
	}
	return fmt.Errorf("segment: there is no way %q, only enter and leave", text)
}

// Change is one contact entering or leaving one segment.
type Change struct {
	Number  uint64 // 1, 2, 3 … over all segments, without gaps
	Time    time.Time
	Segment string // the handle
	ID      ID     // of the segment
	Version int    // of the definition
	Contact contact.ID
	Kind    Kind
	Cause   contact.Cause
	Via     ID     // with cause segment: the segment whose change caused this one
	Tx      uint64 // number of the commit, see [contact.Store.Log]
	Bulk    bool   // part of a bulk step: one record for all its contacts

	silent bool // the segment was unpublished: no call-back is told
}

// String returns the change as one line.
func (c Change) String() string {
	return fmt.Sprintf("%d: contact %d %ss %q (%s)", c.Number, c.Contact, c.Kind, c.Segment, c.Cause)
}

// A batch is what one commit put into the feed.
type batch struct {
	first   uint64 // number of its first change
	n       uint64 // changes
	tx      uint64
	at      time.Time
	entries []entry
	sets    []contact.Set // of the bulk entries
}

// copy returns a copy in no more memory than it needs, nil if there are no changes.
func (b *batch) copy() *batch {
	if b.n == 0 {
		return nil
	}
	c := *b
	c.entries = append(make([]entry, 0, len(b.entries)), b.entries...)
	return &c
}

// An entry is one change or one bulk step: all contacts of a set going the same
// way in the same segment, in ascending order. A definition is named by pointer,
// shared by all entries of its version.
type entry struct {
	def     *defined
	contact contact.ID // or, in a bulk step, the place in sets
	via     ID
	kind    Kind
	cause   contact.Cause
	bulk    bool
}

// byDefinition reports whether the change comes from an edit of a segment and not
// from a move of its own: call-backs are told only if they ask.
func (c *Change) byDefinition() bool { return c.Cause == contact.CauseDefinition }

// change returns a change of an entry, without number and contact.
func (b *batch) change(e *entry) Change {
	return Change{
		Time: b.at, Segment: e.def.Handle, ID: e.def.ID, Version: e.def.Version,
		Kind: e.kind, Cause: e.cause, Via: e.via, Tx: b.tx, Bulk: e.bulk, silent: e.def.Unpublished,
	}
}

// each calls yield with the changes of the batch from a number on, until it
// returns false; it reports whether it came to the end.
func (b *batch) each(from uint64, yield func(Change) bool) bool {
	number := b.first
	for i := range b.entries {
		e := &b.entries[i]
		c := b.change(e)
		if !e.bulk {
			if c.Number, c.Contact = number, e.contact; number >= from && !yield(c) {
				return false
			}
			number++
			continue
		}
		set := b.sets[e.contact]
		if end := number + uint64(set.Len()); end <= from {
			number = end
			continue
		}
		for id := range set.All() {
			if c.Number, c.Contact = number, id; number >= from && !yield(c) {
				return false
			}
			number++
		}
	}
	return true
}
