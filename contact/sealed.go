package contact

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A sealed record is a Record as the file keeps it. After the version byte come
// numbers as varints and texts with their length:
//
//	version  1 byte
//	flags    sealedSchema: the schema changed
//	time     signed, milliseconds since 1970
//	cause, actor, note, key
//	contacts
//	companies, events  if sealedCompanies, if sealedEvents
//	marks    count, then name and number of each; up to here it is the head
//	changes  with their length, see appendChange
//	companies  if sealedCompanies: their changes with their length
//	events  if sealedEvents: their changes with their length, see appendEvent
//	calendar  if sealedCalendar: the old and the new one as JSON, with its length
//	floors   count, then name and data of each
const sealedVersion = 1

const (
	sealedSchema    = 1 << 0
	sealedCompanies = 1 << 1
	sealedCalendar  = 1 << 2
	sealedEvents    = 1 << 3
)

// seal appends the record in its stored form, with the marks given. Its number is
// the key it is stored under.
func (r *Record) seal(b []byte, marks []mark) []byte {
	flags := byte(0)
	if r.schemaChanged {
		flags |= sealedSchema
	}
	if len(r.companyData) > 0 {
		flags |= sealedCompanies
	}
	if r.calendar != nil {
		flags |= sealedCalendar
	}
	if len(r.eventData) > 0 {
		flags |= sealedEvents
	}
	b = append(b, sealedVersion, flags)
	b = binary.AppendVarint(b, millis(r.Time))
	b = binary.AppendUvarint(b, uint64(r.Cause))
	b = appendText(appendText(appendText(b, r.Actor), r.Note), r.Key)
	b = binary.AppendUvarint(b, uint64(r.contacts))
	if flags&sealedCompanies != 0 {
		b = binary.AppendUvarint(b, uint64(r.companies))
	}
	if flags&sealedEvents != 0 {
		b = binary.AppendUvarint(b, uint64(r.events))
	}
	b = binary.AppendUvarint(b, uint64(len(marks)))
	for _, m := range marks {
		b = binary.AppendUvarint(appendText(b, m.floor), m.n)
	}
	b = binary.AppendUvarint(b, uint64(len(r.data)))
	b = append(b, r.data...)
	if flags&sealedCompanies != 0 {
		b = binary.AppendUvarint(b, uint64(len(r.companyData)))
		b = append(b, r.companyData...)
	}
	if flags&sealedEvents != 0 {
		b = binary.AppendUvarint(b, uint64(len(r.eventData)))
		b = append(b, r.eventData...)
	}
	if flags&sealedCalendar != 0 {
		b = appendText(b, string(r.calendar.marshal()))
	}
	b = binary.AppendUvarint(b, uint64(len(r.floors)))
	for _, f := range r.floors {
		b = appendText(b, f.floor)
		b = binary.AppendUvarint(b, uint64(len(f.data)))
		b = append(b, f.data...)
	}
	return b
}

var errSealed = errors.New("not a log record that this version knows")

// unseal is the inverse of seal. The data is kept. Its checksum has been found
// right, so that an error means another format; it is read with care all the same.
func unseal(number uint64, data []byte, schema *Schema) (r *Record, err error) {
	defer func() {
		if recover() != nil { // ran over the end
			r, err = nil, errSealed
		}
	}()
	r, d := decodeRecord(number, data, schema)
	if len(d.b) > 0 {
		return nil, errSealed
	}
	return r, r.check()
}

// decodeRecord reads a sealed record, and returns what follows it.
func decodeRecord(number uint64, data []byte, schema *Schema) (*Record, decoder) {
	d := decoder{data}
	r, flags := d.head(number)
	r.schema = schema
	r.data = d.bytes()
	if flags&sealedCompanies != 0 {
		r.companyData = d.bytes()
	}
	if flags&sealedEvents != 0 {
		r.eventData = d.bytes()
	}
	if flags&sealedCalendar != 0 {
		r.calendar = unmarshalCalendarChange(d.bytes())
	}
	for range d.count() {
		name := d.text()
		r.floors = append(r.floors, floorRecord{name, d.bytes()})
	}
	return r, d
}

// unsealHead reads the head of a record, of which the first part is enough.
func unsealHead(number uint64, data []byte) (r *Record, err error) {
	defer func() {
		if recover() != nil {
			r, err = nil, errSealed
		}
	}()
	d := decoder{data}
	r, _ = d.head(number)
	return r, nil
}

func (d *decoder) head(number uint64) (r *Record, flags byte) {
	if d.byte() != sealedVersion {
		panic(errSealed)
	}
	flags = d.byte()
	r = &Record{Number: number, schemaChanged: flags&sealedSchema != 0}
	r.Time = instant(d.varint())
	r.Cause = Cause(d.uvarint())
	r.Actor, r.Note, r.Key = d.text(), d.text(), d.text()
	r.contacts = int(d.uvarint())
	if flags&sealedCompanies != 0 {
		r.companies = int(d.uvarint())
	}
	if flags&sealedEvents != 0 {
		r.events = int(d.uvarint())
	}
	for range d.count() {
		name := d.text()
		r.marks = append(r.marks, mark{name, d.uvarint()})
	}
	return r, flags
}

// check walks through the changes of a record that comes from a file.
func (r *Record) check() error {
	if err := checkChanges(r.data, r.schema, r.contacts); err != nil {
		return err
	}
	if err := checkChanges(r.companyData, r.schema.Companies(), r.companies); err != nil {
		return err
	}
	return checkEventChanges(r.eventData, r.schema, r.events)
}

func checkChanges(data []byte, schema *Schema, want int) error {
	n := 0
	for c := range changes(data, schema) {
		if c.ID == 0 || c.Kind < Created || c.Kind > Deleted {
			return errSealed
		}
		n++
	}
	return wanted(n, want)
}

func wanted(n, want int) error {
	if n != want {
		return fmt.Errorf("%w: %d changes where %d were written", errSealed, n, want)
	}
	return nil
}

func (d *decoder) byte() byte {
	x := d.b[0]
	d.b = d.b[1:]
	return x
}

func (d *decoder) bytes() []byte {
	n := d.count()
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b
}

// count reads the number of things that follow, each of at least one byte.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		panic(errSealed)
	}
	return int(n)
}

// redact returns the changes of a record without the values of some contacts:
// what happened to them and when stays, what they had goes. The data is returned
// as it is if none of them is in it.
func redact(data []byte, schema *Schema, erased func(ID) bool) (redacted []byte, hit int) {
	for c := range changes(data, schema) {
		if erased(c.ID) {
			hit += len(c.Fields)
		}
	}
	if hit == 0 {
		return data, 0
	}
	out := make([]byte, 0, len(data))
	for c := range changes(data, schema) {
		if erased(c.ID) {
			c.Fields = nil
		}
		out = appendChange(out, c.ID, c.Kind, len(c.Fields))
		for _, f := range c.Fields {
			out = appendField(out, f.Field.def.index, f.Old, f.New)
		}
	}
	return out, hit
}
