package segment

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/rosterdb/roster/contact"
)

// A record is what recordWriter has written, read again.
type record struct {
	first   uint64 // number of the first change, if there is any
	n       uint64 // changes
	entries []recordEntry
	defs    [][]byte // JSON, see storedDefinition; part of what was read
	deleted []ID
	marks   []recordMark
	meaning string
	uses    []use
	astray  []ID
	proved  bool // astray is known
}

// A recordEntry is an entry of the feed with its definition by number.
type recordEntry struct {
	segment ID
	version int
	via     ID
	kind    Kind
	cause   contact.Cause
	who     someone
}

// A recordMark is a change of a layer by hand.
type recordMark struct {
	segment ID
	layer   int
	came    bool
	who     someone
}

// someone is a contact, or a set of at least two.
type someone struct {
	contact contact.ID // 0: a set
	set     contact.Set
}

func (s *someone) len() uint64 {
	if s.contact != 0 {
		return 1
	}
	return uint64(s.set.Len())
}

const mostID = math.MaxUint32

// readRecord reads a record. The data may be anything; what is no record is
// [ErrDamaged]. The time and the memory are bounded by what the sets in it hold.
func readRecord(data []byte) (*record, error) {
	r := recordReader{b: data}
	out := r.record()
	if r.err == nil && len(r.b) > 0 {
		r.fail("more than a record")
	}
	if r.err != nil {
		return nil, r.err
	}
	return out, nil
}

// A recordReader reads one record. After an error it returns zeros.
type recordReader struct {
	b    []byte
	err  error
	who  contact.ID // the last single contact
	sets []contact.Set
}

func (r *recordReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("segment: %w: record: %s", ErrDamaged, fmt.Sprintf(format, args...))
	}
	r.b = nil
}

func (r *recordReader) byte() byte {
	if len(r.b) == 0 {
		r.fail("too short")
		return 0
	}
	x := r.b[0]
	r.b = r.b[1:]
	return x
}

func (r *recordReader) uvarint() uint64 {
	x, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail("not a number")
		return 0
	}
	r.b = r.b[n:]
	return x
}

// count reads the number of things that follow, each of at least one byte.
func (r *recordReader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.fail("too short for %d", n)
		return 0
	}
	return int(n)
}

func (r *recordReader) bytes() []byte {
	n := r.count()
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *recordReader) segment() ID {
	x := r.uvarint()
	if r.err == nil && (x == 0 || x > mostID) {
		r.fail("segment %d", x)
	}
	return ID(x)
}

// contact reads what recordWriter.contact has written.
func (r *recordReader) contact() someone {
	x, n := binary.Varint(r.b)
	id := x + int64(r.who)
	if n <= 0 || x < -mostID || x > mostID || id < 1 || id > mostID {
		r.fail("not a contact")
		return someone{}
	}
	r.b = r.b[n:]
	r.who = contact.ID(id)
	return someone{contact: r.who}
}

func (r *recordReader) someone(set bool) someone {
	if set {
		return someone{set: r.set()}
	}
	return r.contact()
}

func (r *recordReader) record() *record {
	var out record
	if v := r.byte(); r.err == nil && v != recordVersion {
		r.fail("version %d, which this program does not know", v)
	}
	has := r.byte()
	if has > allSections {
		r.fail("sections %b", has)
	}
	if has&hasFeed != 0 {
		r.feed(&out)
	}
	if has&hasDefinitions != 0 {
		for range r.count() {
			out.defs = append(out.defs, r.bytes())
		}
	}
	if has&hasDeletions != 0 {
		for range r.count() {
			out.deleted = append(out.deleted, r.segment())
		}
	}
	if has&hasMarks != 0 {
		for range r.count() {
			out.marks = append(out.marks, r.mark())
		}
	}
	if has&hasMeaning != 0 {
		out.meaning = string(r.bytes())
	}
	if has&hasUsers != 0 {
		for range r.count() {
			out.uses = append(out.uses, r.use())
		}
	}
	if has&hasAstray != 0 {
		out.proved = true
		for range r.count() {
			out.astray = append(out.astray, r.segment())
		}
	}
	return &out
}

func (r *recordReader) feed(out *record) {
	if out.first = r.uvarint(); r.err == nil && out.first == 0 {
		r.fail("change 0")
	}
	var e recordEntry
	for range r.count() {
		bits := r.byte()
		if bits > allEntryBits || bits&entrySameSegment != 0 && e.segment == 0 {
			r.fail("entry %b", bits)
		}
		if e.kind = Enter; bits&entryLeave != 0 {
			e.kind = Leave
		}
		if bits&entrySameSegment == 0 {
			e.segment = r.segment()
			version := r.uvarint()
			if version == 0 || version > math.MaxInt32 {
				r.fail("version %d", version)
			}
			e.version = int(version)
		}
		if bits&entrySameCause == 0 {
			e.cause = contact.Cause(r.byte())
		}
		if e.via = 0; bits&entryVia != 0 {
			e.via = r.segment()
		}
		e.who = r.someone(bits&entrySet != 0)
		if r.err != nil {
			return
		}
		out.n += e.who.len()
		out.entries = append(out.entries, e)
	}
	if r.err == nil && (out.n == 0 || out.first > math.MaxUint64-out.n) {
		r.fail("%d changes from %d on", out.n, out.first)
	}
}

func (r *recordReader) use() use {
	came := r.byte()
	u := use{begin: came == 1, segment: r.segment(), user: string(r.bytes())}
	if r.err == nil && (came > 1 || u.user == "") {
		r.fail("user %q, %d", u.user, came)
	}
	return u
}

func (r *recordReader) mark() recordMark {
	bits := r.byte()
	if bits > allMarkBits {
		r.fail("mark %b", bits)
	}
	m := recordMark{layer: layerAdded, came: bits&markGone == 0, segment: r.segment()}
	if bits&markRemoved != 0 {
		m.layer = layerRemoved
	}
	m.who = r.someone(bits&markSet != 0)
	return m
}
