package contact

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Keep says which of a contact's times a datetime field holds that the store keeps by
// itself, see [FieldPart.Kept]. The zero Keep is none: the host writes the field.
type Keep uint8

// The times that a store keeps. Each is that of the commit, which is in its log record
// with all else that the commit does.
const (
	WhenCreated    Keep = iota + 1 // when the contact was made
	WhenIdentified                 // when it first got a value of a unique field
	WhenChanged                    // when a value of it, or who it belongs to, last became another one after it was made; what the store keeps does not count
	WhenActive                     // when it last did something: the latest time given to Tx.Seen
)

var keepNames = [...]string{"", "created", "identified", "changed", "active"}

// String returns created, identified, changed or active.
func (k Keep) String() string {
	if int(k) < len(keepNames) {
		return keepNames[k]
	}
	return fmt.Sprintf("Keep(%d)", uint8(k))
}

// MarshalText returns the word of [Keep.String].
func (k Keep) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads one of the words of [Keep.String]; any other is an error.
func (k *Keep) UnmarshalText(text []byte) error {
	i := slices.Index(keepNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("contact: there is no time called %q that a store keeps", text)
	}
	*k = Keep(i)
	return nil
}

// ErrKept is the reason of a [*FieldError] about a field that the store keeps and the
// host wrote.
var ErrKept = errors.New("the store keeps the field by itself; only a transaction of an import may write it, after SetCause(CauseImport)")

// Kept has the store write a datetime field by itself, in the transaction that makes
// the value true; it can be read when that has committed. Contacts that are there before
// the field have no value in it until the time comes again.
//
// A host can't write the field: that is a [*FieldError] with [ErrKept]. A transaction
// whose cause is [CauseImport], set with [Tx.SetCause] before, can; what it writes
// stands, also that there is no value. It fits fields of companies, [WhenActive] apart.
func (p FieldPart) Kept(k Keep) FieldPart {
	p.def.kept = k
	return p
}

// Default gives every contact the number x in the field as long as nothing else is
// written, so that none is ever without a value: a contact gets it when it is made, when
// its value is taken away, and when the field is added to the contacts there are, which
// costs a change of each. It fits number fields that are not unique, also of companies.
func (p FieldPart) Default(x float64) FieldPart {
	p.def.initial = &x
	return p
}

// Kept returns which of a contact's times the store keeps in the field, 0 if the host
// writes it.
func (f Field) Kept() Keep { return f.def.kept }

// Default returns the number that contacts have in the field as long as nothing else is
// written, and whether one is declared.
func (f Field) Default() (x float64, declared bool) {
	if f.def.initial == nil {
		return 0, false
	}
	return *f.def.initial, true
}

// keepProblems notes what is wrong with what the store keeps of a field.
func (d *fieldDef) keepProblems(add func(format string, args ...any)) {
	switch {
	case d.kept > WhenActive:
		add("unknown %v", d.kept)
	case d.kept != 0 && d.kind != KindDateTime:
		add("only datetime fields can be kept by the store, not %s", d.kind)
	case d.kept == WhenActive && d.company:
		add("only contacts are active, not companies")
	}
	switch {
	case d.initial == nil:
	case d.kind != KindNumber || d.unique:
		add("only number fields that are not unique can have a default")
	case math.IsNaN(*d.initial) || math.IsInf(*d.initial, 0):
		add("the default %v is no number that can be compared", *d.initial)
	}
}

// sameInitial reports whether two definitions have the same default.
func (d *fieldDef) sameInitial(other *fieldDef) bool {
	if d.initial == nil || other.initial == nil {
		return d.initial == other.initial
	}
	return *d.initial == *other.initial
}

// initialName says what the default of a field is, for people.
func (d *fieldDef) initialName() string {
	if d.initial == nil {
		return "without a default"
	}
	return fmt.Sprintf("with the default %v", *d.initial)
}

// keeps are the fields of a schema that the store writes: those it keeps, and those with
// a default.
type keeps struct {
	of            *Schema
	kept, initial []*fieldDef
}

// keepsOf returns the fields of a schema that the store writes.
func (s *scratch) keepsOf(schema *Schema) *keeps {
	if s.keeps.of == schema {
		return &s.keeps
	}
	s.keeps = keeps{of: schema}
	for _, d := range schema.fields {
		switch {
		case d.dropped:
		case d.kept != 0:
			s.keeps.kept = append(s.keeps.kept, d)
		case d.initial != nil:
			s.keeps.initial = append(s.keeps.initial, d)
		}
	}
	return &s.keeps
}

// scratch returns the memory of the draft's table.
func (d *draft) scratch() *scratch {
	if d.company {
		return &d.tx.store.companyScratch
	}
	return &d.tx.store.scratch
}

// initiate stages the defaults of a row that is being made, but for the fields that the
// cells give.
func (d *draft) initiate(id ID, cells []cell) {
	for _, f := range d.scratch().keepsOf(d.schema()).initial {
		if !slices.ContainsFunc(cells, func(c cell) bool { return c.def.index == f.index }) {
			d.staged.push(id, f.index, opSet, d.staged.arg(NumberValue(*f.initial)))
		}
	}
}

// fillInitial gives all rows the default of a field that they have no value in.
func (d *draft) fillInitial(f *fieldDef) {
	give := func(id ID) {
		if d.exists(id) && d.read(f, id).Missing() {
			d.staged.push(id, f.index, opSet, d.staged.arg(NumberValue(*f.initial)))
		}
	}
	for id := range d.base.live.All() {
		give(ID(id))
	}
	for i := range d.staged.fresh {
		give(ID(d.staged.first) + ID(i))
	}
}

// fillInitials gives all contacts and companies the defaults of the fields that the
// schema has more than it had.
func (tx *Tx) fillInitials(before *Schema) error {
	for _, d := range tx.schema.fields[len(before.fields):] {
		if d.initial != nil {
			tx.contacts.fillInitial(d)
		}
	}
	for _, d := range tx.schema.Companies().fields[len(before.Companies().fields):] {
		if d.initial == nil {
			continue
		}
		companies, err := tx.Companies().draft()
		if err != nil {
			return err
		}
		companies.fillInitial(d)
	}
	return nil
}

// SetDefault gives a number field a default, or another one: contacts without a value
// get it, those with one keep theirs. It is refused for fields that can't have one, see
// [FieldPart.Default].
func (e SchemaEdit) SetDefault(field string, x float64) error {
	err := e.apply(func(s *Schema, limits Limits) (*Schema, error) {
		return s.changed(limits, field, func(d *fieldDef) error {
			d.initial = &x
			return nil
		})
	})
	if err != nil {
		return err
	}
	d, err := e.Current().find(field)
	if err != nil {
		return err
	}
	if !e.company {
		e.tx.contacts.fillInitial(d)
		return nil
	}
	companies, err := e.tx.Companies().draft()
	if err == nil {
		companies.fillInitial(d)
	}
	return err
}

// Seen notes that a contact did something at a time, in the fields kept [WhenActive]. A
// time before what they have changes nothing; the zero time, and one in the future,
// stands for that of the transaction. In a schema without such a field it does nothing. A
// contact that does not live is [ErrNotFound].
func (tx *Tx) Seen(id ID, at time.Time) error {
	if err := tx.enter(); err != nil {
		return err
	}
	defer tx.leave()
	if !tx.contacts.exists(id) {
		return ErrNotFound
	}
	if at.IsZero() || at.After(tx.time()) {
		at = tx.time()
	}
	for _, d := range tx.schema.fields {
		if d.kept != WhenActive || d.dropped {
			continue
		}
		v, err := d.check(DateTimeValue(at), &tx.store.opts.Limits)
		if err != nil {
			return &FieldError{d.title(), at, err}
		}
		if old := tx.contacts.read(d, id); old.Missing() || old.num < v.num {
			tx.contacts.staged.push(id, d.index, opSet, tx.contacts.staged.arg(v))
		}
	}
	return nil
}

// keep adds to the values that a row is given those that the store keeps.
func (s *side) keep(id ID, kind ChangeKind, cells []newCell) []newCell {
	if kind == Deleted {
		return cells
	}
	given := cells
	for _, d := range s.kept {
		if slices.ContainsFunc(given, func(c newCell) bool { return c.def.index == d.index }) {
			continue // an import wrote it
		}
		due := false
		switch d.kept {
		case WhenCreated:
			due = kind == Created
		case WhenIdentified:
			due = s.tab.value(d, id).Missing() && slices.ContainsFunc(given, func(c newCell) bool { return c.def.unique && identifies(c.value) })
		case WhenChanged:
			due = kind == Updated && slices.ContainsFunc(given, func(c newCell) bool { return s.differs(id, c.cell) })
		}
		if due {
			cells = append(cells, newCell{cell{d, DateTimeValue(s.now)}, byStore})
		}
	}
	return cells
}

// differs reports whether a value is another one than the row has, other than by the
// store itself.
func (s *side) differs(id ID, c cell) bool {
	if c.def.kept != 0 {
		return false
	}
	old := s.tab.value(c.def, id)
	switch {
	case c.def.initial != nil && old.Missing():
		return false // the field is new
	case !c.def.kind.Multiple():
		return !old.Equal(c.value)
	}
	return len(old.list) != len(c.value.list) || len(takeWords(old.list, c.value.list)) > 0
}
