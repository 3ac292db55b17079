package segment

import (
	"bytes"
	"encoding/binary"

	"github.com/rosterdb/roster/contact"
)

// A record is what the log keeps of a commit about the segments: its part of the
// feed, the definitions, and the marks by hand. The members follow from the feed.
// Everything in it is absolute (a contact is in a segment, a definition has this
// version), so that replaying it over a state that knows of later commits already
// does no harm as long as those are replayed too.
//
//	version   1 byte
//	sections  1 byte of bits; the sections follow in the order of the bits
//	  1 feed         number of the first change; count, then entries
//	  2 definitions  count, then JSON with its length, see storedDefinition
//	  4 deletions    count, then segments
//	  8 marks        count, then marks by hand
//	 16 meaning      text with its length
//	 32 users        count, then users that came or went
//	 64 astray       count, then segments whose members are not right
//
// Numbers are varints. An entry is a byte of bits, then what they ask for:
//
//	segment, version  unless they are those of the entry before
//	cause             unless it is that of the entry before
//	via               if there is one
//	contact           signed, less the single contact before; or a set
//
// A mark is a byte of bits, the segment, and a contact as above or a set. A user is
// 1 if it came, else 0, the segment, and text with its length.
const recordVersion = 1

const (
	hasFeed = 1 << iota
	hasDefinitions
	hasDeletions
	hasMarks
	hasMeaning
	hasUsers
	hasAstray
	allSections = 1<<iota - 1
)

// Bits of an entry.
const (
	entryLeave = 1 << iota
	entrySet
	entrySameSegment
	entrySameCause
	entryVia
	allEntryBits = 1<<iota - 1
)

// Bits of a mark.
const (
	markRemoved = 1 << iota // the layer of those removed, else of those added
	markGone                // taken out of the layer, else put in
	markSet
	allMarkBits = 1<<iota - 1
)

// record appends to the commit what it did to the segments, if anything.
func (p *preparation) record() error {
	s := sections{batch: p.batch, journal: p.journal}
	if p.edits != nil {
		s.edits = *p.edits
	}
	for i := range p.journal {
		if p.journal[i].byHand() {
			s.marks++
		}
	}
	if !p.root.noted {
		s.meaning, s.astray, s.proved = p.root.meaning, p.root.astray, true
	}
	w := recordWriter{b: p.engine.work.buf[:0]}
	if err := w.write(&s); err != nil {
		return err
	}
	p.engine.work.buf = w.b[:0]
	if w.b[1] == 0 {
		return nil
	}
	if !p.root.noted {
		p.setProof(proof{p.root.meaning, p.root.astray, true, p.engine.work.repair})
	}
	p.c.Append(floorName, bytes.Clone(w.b))
	p.c.SetMark(floorName, p.root.change)
	return nil
}

// sections are what a record is written from.
type sections struct {
	batch   *batch
	edits   edits
	journal []undo // the changes of the layers among others
	marks   int    // changes of the layers by hand in it
	meaning string
	astray  []ID
	proved  bool // astray is to be written
}

// A recordWriter writes one record.
type recordWriter struct {
	b    []byte
	who  contact.ID // the last single contact
	sets []contact.Set
}

func (w *recordWriter) uvarint(x uint64) { w.b = binary.AppendUvarint(w.b, x) }

func (w *recordWriter) bytes(b []byte) {
	w.uvarint(uint64(len(b)))
	w.b = append(w.b, b...)
}

func (w *recordWriter) write(s *sections) error {
	w.b = append(w.b, recordVersion, 0)
	var has byte
	if len(s.batch.entries) > 0 {
		has |= hasFeed
		w.feed(s.batch)
	}
	if len(s.edits.made) > 0 {
		has |= hasDefinitions
		w.uvarint(uint64(len(s.edits.made)))
		for _, d := range s.edits.made {
			data, err := d.marshal()
			if err != nil {
				return err
			}
			w.bytes(data)
		}
	}
	if len(s.edits.deleted) > 0 {
		has |= hasDeletions
		w.segments(s.edits.deleted)
	}
	if s.marks > 0 {
		has |= hasMarks
		w.uvarint(uint64(s.marks))
		for i := range s.journal {
			if u := &s.journal[i]; u.byHand() {
				w.mark(u)
			}
		}
	}
	if s.meaning != "" {
		has |= hasMeaning
		w.bytes([]byte(s.meaning))
	}
	if len(s.edits.uses) > 0 {
		has |= hasUsers
		w.uvarint(uint64(len(s.edits.uses)))
		for _, u := range s.edits.uses {
			w.use(u.use)
		}
	}
	if s.proved {
		has |= hasAstray
		w.segments(s.astray)
	}
	w.b[1] = has
	return nil
}

// segments writes a list of segments.
func (w *recordWriter) segments(list []ID) {
	w.uvarint(uint64(len(list)))
	for _, id := range list {
		w.uvarint(uint64(id))
	}
}

// feed writes the changes of a commit.
func (w *recordWriter) feed(b *batch) {
	w.uvarint(b.first)
	w.uvarint(uint64(len(b.entries)))
	var last entry
	for i := range b.entries {
		e := &b.entries[i]
		var bits byte
		if e.kind == Leave {
			bits |= entryLeave
		}
		if e.bulk {
			bits |= entrySet
		}
		same := last.def != nil && last.def.ID == e.def.ID && last.def.Version == e.def.Version
		if same {
			bits |= entrySameSegment
		}
		if last.cause == e.cause {
			bits |= entrySameCause
		}
		if e.via != 0 {
			bits |= entryVia
		}
		w.b = append(w.b, bits)
		if !same {
			w.uvarint(uint64(e.def.ID))
			w.uvarint(uint64(e.def.Version))
		}
		if last.cause != e.cause {
			w.b = append(w.b, byte(e.cause))
		}
		if e.via != 0 {
			w.uvarint(uint64(e.via))
		}
		if e.bulk {
			w.set(b.sets[e.contact])
		} else {
			w.contact(e.contact)
		}
		last = *e
	}
}

// byHand reports whether it is a layer of those marked by hand that changed.
func (u *undo) byHand() bool {
	return u.back == nil && (u.layer == layerAdded || u.layer == layerRemoved)
}

// mark writes a change of a layer by hand.
func (w *recordWriter) mark(u *undo) {
	var bits byte
	if u.layer == layerRemoved {
		bits |= markRemoved
	}
	if !u.came {
		bits |= markGone
	}
	if u.set.Len() > 1 {
		bits |= markSet
	}
	w.b = append(w.b, bits)
	w.uvarint(uint64(u.segment))
	switch u.set.Len() {
	case 0:
		w.contact(u.contact)
	case 1:
		w.contact(u.set.IDs()[0])
	default:
		w.set(u.set)
	}
}

// use writes that a user came or went.
func (w *recordWriter) use(u use) {
	came := byte(0)
	if u.begin {
		came = 1
	}
	w.b = append(w.b, came)
	w.uvarint(uint64(u.segment))
	w.bytes([]byte(u.user))
}

// contact writes a contact as its distance from the one before: those of one
// segment come in ascending order, and one contact moves in many segments.
func (w *recordWriter) contact(id contact.ID) {
	w.b = binary.AppendVarint(w.b, int64(id)-int64(w.who))
	w.who = id
}
