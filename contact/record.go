package contact

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math"
	"time"
)

// A Record is what the log keeps of one commit.
//
// Record is immutable and safe for concurrent use.
type Record struct {
	Number uint64 // 1, 2, 3 … without gaps
	Time   time.Time
	Cause  Cause
	Actor  string // as given to [Tx.By]
	Note   string
	Key    string // the idempotency key, if one was given

	schema        *Schema
	schemaChanged bool
	calendar      *CalendarChange // nil if the calendar is what it was
	contacts      int
	companies     int
	events        int
	data          []byte // sealed changes of contacts, see appendChange
	companyData   []byte // the same of companies
	eventData     []byte // sealed changes of events, see appendEvent
	floors        []floorRecord
	marks         []mark
}

// own gives the record memory of its own for the changes.
func (r *Record) own() {
	r.data, r.companyData, r.eventData = bytes.Clone(r.data), bytes.Clone(r.companyData), bytes.Clone(r.eventData)
}

type floorRecord struct {
	floor string
	data  []byte
}

// ChangeKind says what happened to a contact as a whole.
type ChangeKind uint8

// What happens to contacts.
const (
	Created ChangeKind = iota + 1
	Updated
	Deleted
)

// String returns created, updated or deleted.
func (k ChangeKind) String() string {
	return [...]string{"none", "created", "updated", "deleted"}[min(k, Deleted)]
}

// A Change is what a commit did to one contact: the fields whose values differ
// afterwards, never the others.
type Change struct {
	ID        ID
	Kind      ChangeKind
	Fields    []FieldChange
	Companies *AssociationChange // nil if its companies are what they were
}

// A CompanyChange is what a commit did to one company: the fields whose values differ
// afterwards, never the others. What it did to associations is told with the contacts.
type CompanyChange struct {
	ID     CompanyID
	Kind   ChangeKind
	Fields []FieldChange
}

// A FieldChange is the old and the new value of one field; either may be
// missing.
type FieldChange struct {
	Field    Field
	Old, New Value
}

// Len returns the number of contacts changed.
func (r *Record) Len() int { return r.contacts }

// Changes iterates over the contacts changed, in the order the transaction first
// named them.
func (r *Record) Changes() iter.Seq[Change] {
	return func(yield func(Change) bool) {
		for c := range changes(r.data, r.schema) {
			c.split()
			if !yield(c) {
				return
			}
		}
	}
}

// split takes the places of companies out of the fields.
func (c *Change) split() {
	var companies, primary FieldChange
	fields := c.Fields[:0]
	for _, f := range c.Fields {
		switch f.Field.def.kind {
		case kindCompanies:
			companies = f
		case kindPrimary:
			primary = f
		default:
			fields = append(fields, f)
		}
	}
	if len(fields) == len(c.Fields) {
		return
	}
	c.Companies = associationChange(companies, primary)
	if c.Fields = fields; len(fields) == 0 {
		c.Fields = nil
	}
}

// CompanyChanges iterates over the companies changed, in the order the transaction
// first named them.
func (r *Record) CompanyChanges() iter.Seq[CompanyChange] {
	return func(yield func(CompanyChange) bool) {
		for c := range changes(r.companyData, r.schema.Companies()) {
			if !yield(CompanyChange{CompanyID(c.ID), c.Kind, c.Fields}) {
				return
			}
		}
	}
}

// Floor returns the records that a floor added to this commit, in its order. They
// must not be changed.
func (r *Record) Floor(name string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, f := range r.floors {
			if f.floor == name && !yield(f.data) {
				return
			}
		}
	}
}

// changes decodes what appendChange and appendField have written. The data is
// our own: it is not checked again.
func changes(data []byte, schema *Schema) iter.Seq[Change] {
	return func(yield func(Change) bool) {
		d := decoder{data}
		for len(d.b) > 0 {
			c := Change{ID: ID(d.uvarint()), Kind: ChangeKind(d.uvarint())}
			n := d.count()
			if n > 0 {
				c.Fields = make([]FieldChange, n)
			}
			for i := range c.Fields {
				f := schema.fields[d.uvarint()]
				c.Fields[i] = FieldChange{Field{def: f}, d.value(f.kind), d.value(f.kind)}
			}
			if !yield(c) {
				return
			}
		}
	}
}

// appendChange writes the head of a contact's change; its fields follow.
func appendChange(b []byte, id ID, kind ChangeKind, fields int) []byte {
	b = binary.AppendUvarint(b, uint64(id))
	b = append(b, byte(kind))
	return binary.AppendUvarint(b, uint64(fields))
}

func appendField(b []byte, index int, old, v Value) []byte {
	b = binary.AppendUvarint(b, uint64(index))
	return appendValue(appendValue(b, old), v)
}

// How a value is sealed: one byte, then what the byte asks for.
const (
	sealMissing = iota
	sealWhole   // a signed varint: whole numbers, days, instants, bools
	sealFloat   // eight bytes
	sealText    // length and bytes
	sealList    // count, then length and bytes of each
)

func appendValue(b []byte, v Value) []byte {
	switch {
	case v.Missing():
		return append(b, sealMissing)
	case v.kind == KindText || v.kind == KindSelect || v.kind == kindCompanies:
		return appendText(append(b, sealText), v.text)
	case v.kind.Multiple():
		b = binary.AppendUvarint(append(b, sealList), uint64(len(v.list)))
		for _, s := range v.list {
			b = appendText(b, s)
		}
		return b
	case v.num == math.Trunc(v.num) && math.Abs(v.num) <= exactWhole:
		return binary.AppendVarint(append(b, sealWhole), int64(v.num))
	}
	return binary.LittleEndian.AppendUint64(append(b, sealFloat), math.Float64bits(v.num))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

type decoder struct{ b []byte }

// uvarint panics if there is no number, as all of a decoder does over the end.
func (d *decoder) uvarint() uint64 {
	x, n := binary.Uvarint(d.b)
	if n <= 0 {
		panic(errSealed)
	}
	d.b = d.b[n:]
	return x
}

func (d *decoder) varint() int64 {
	x, n := binary.Varint(d.b)
	if n <= 0 {
		panic(errSealed)
	}
	d.b = d.b[n:]
	return x
}

func (d *decoder) text() string {
	n := d.count()
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *decoder) value(kind Kind) Value {
	seal := d.b[0]
	d.b = d.b[1:]
	switch seal {
	case sealWhole:
		return Value{kind: kind, num: float64(d.varint())}
	case sealFloat:
		x := math.Float64frombits(binary.LittleEndian.Uint64(d.b))
		d.b = d.b[8:]
		return Value{kind: kind, num: x}
	case sealText:
		return Value{kind: kind, text: d.text()}
	case sealList:
		list := make([]string, d.count())
		for i := range list {
			list[i] = d.text()
		}
		return Value{kind: kind, list: list}
	}
	return Value{}
}
