package contact

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
)

// Schema says which fields contacts have, and what they can do. A store's schema grows by
// [Tx.Schema]; each version of it is a Schema of its own.
//
// Schema is immutable and safe for concurrent use.
type Schema struct {
	fields []*fieldDef
	byName map[string]int // of the visible ones

	companies *Schema    // of companies; nil if there are none
	places    [links]int // where a contact's companies and its primary one lie, if there are any
	company   bool       // this is one of companies
	event     string     // this is of the attributes of this type of event
	calendar  *declared  // nil if none was

	// moved finds fields whose handles come from a schema in which they had
	// another place; nil if there are none.
	moved       map[*byte]int
	movedEvents map[*byte]int // the same of types of events

	events      []*eventDef
	eventByName map[string]int // of the visible ones
	sessions    []int          // the types of events that the store makes
	sources     []bool         // by type, up to the last true: whether sessions are made of its events
}

// NewSchema returns a schema of the given parts, in their order, or a
// [*SchemaError] with everything that is wrong with them. The limits are those of
// the store that will use it, see [New].
func NewSchema(parts ...Part) (*Schema, error) {
	return (&Schema{}).extended(Limits{Fields: mostFields, Options: math.MaxInt}, parts...)
}

// MustSchema is NewSchema for schemas written in code. It panics on a wrong one.
func MustSchema(parts ...Part) *Schema {
	s, err := NewSchema(parts...)
	if err != nil {
		panic(err)
	}
	return s
}

// Len returns the number of fields, hidden ones not counted.
func (s *Schema) Len() int { return len(s.byName) }

// Fields iterates over the fields in the order they were declared, hidden ones
// left out.
func (s *Schema) Fields() iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for _, d := range s.fields {
			if d.visible() && !yield(Field{def: d}) {
				return
			}
		}
	}
}

// WithHidden returns the schema with the fields that are hidden because the
// schema given to [Open] lacks them, and with the options that were removed: the
// filters of segments go on naming them.
func (s *Schema) WithHidden() *Schema {
	all := s.clone()
	if s.companies != nil {
		all.companies = s.companies.WithHidden()
	}
	all.showEvents()
	for i, d := range all.fields {
		if d.hidden && !d.dropped {
			shown := *d
			shown.hidden = false
			all.fields[i] = &shown
			all.byName[d.name] = i
		}
		if len(d.removed) > 0 {
			shown := *all.fields[i]
			shown.removed = nil
			all.fields[i] = shown.sealed()
		}
	}
	return all
}

// clone returns a copy whose fields can be changed before anybody sees it.
func (s *Schema) clone() *Schema {
	c := *s
	c.fields, c.byName = slices.Clone(s.fields), maps.Clone(s.byName)
	c.cloneEvents()
	return &c
}

// Field returns the field of a name.
func (s *Schema) Field(name string) (Field, bool) {
	i, ok := s.byName[name]
	if !ok {
		return Field{}, false
	}
	return Field{def: s.fields[i]}, true
}

// find is Field with an error that says which name was probably meant.
func (s *Schema) find(name string) (*fieldDef, error) {
	i, ok := s.byName[name]
	if !ok {
		if err := s.errDerived(name); err != nil {
			return nil, err
		}
		return nil, s.Unknown(name)
	}
	return s.fields[i], nil
}

// Unknown returns the error for a name that is no field of s, with the field
// probably meant.
func (s *Schema) Unknown(name string) error {
	names := func(yield func(string) bool) {
		for _, d := range s.fields { // in their order: of two as near, always the first
			if d.visible() && (!yield(d.name) || d.email && !yield(d.name+domainSuffix)) {
				return
			}
		}
	}
	e := &UnknownFieldError{name, Suggest(name, names)}
	title := func(name string) string { return (&fieldDef{name: name, company: s.company, event: s.event}).title() }
	if e.Field = title(name); e.Nearest != "" {
		e.Nearest = title(e.Nearest)
	}
	return e
}

// own returns this schema's definition of a handle's field.
func (s *Schema) own(f Field) (*fieldDef, error) {
	if f.def == nil {
		return nil, ErrForeignField
	}
	if i := f.def.index; i < len(s.fields) && s.fields[i].lineage == f.def.lineage {
		return s.fields[i], nil
	}
	if i, ok := s.moved[f.def.lineage]; ok {
		return s.fields[i], nil
	}
	return nil, ErrForeignField
}

// extended returns a schema with more parts.
func (s *Schema) extended(limits Limits, parts ...Part) (*Schema, error) {
	next := s.clone()
	if next.byName == nil {
		next.byName = make(map[string]int, len(parts))
	}
	var wrong SchemaError
	for _, p := range parts {
		switch p := p.(type) {
		case FieldPart:
			next.add(p.def, limits, &wrong)
		case CompaniesPart:
			next.declareCompanies(p.parts, limits, &wrong)
		case EventTypePart:
			next.declareEvent(p, limits, &wrong)
		case SessionsPart:
			next.declareSessions(p, limits, &wrong)
		case Calendar:
			next.setCalendar(p, &wrong)
		default:
			wrong.add("a nil part", nil)
		}
	}
	next.findSessions(&wrong)
	next.checkFields(limits, &wrong)
	next.checkEvents(limits, &wrong)
	next.checkPaths(&wrong)
	next.checkDomains(&wrong)
	if wrong.Problems != nil {
		return nil, &wrong
	}
	return next, nil
}

// add appends a field to a schema that is being made.
func (s *Schema) add(d fieldDef, limits Limits, wrong *SchemaError) {
	d.company, d.event = s.company, s.event
	d.problems(limits, wrong)
	if s.hides(d.name) {
		wrong.add(fmt.Sprintf("field %q is in the store and hidden; declare it in the schema given to Open", d.title()), nil)
		return
	}
	if _, twice := s.byName[d.name]; twice {
		wrong.add(fmt.Sprintf("field %q is declared twice", d.title()), nil)
		return
	}
	d.options = slices.Clone(d.options)
	d.index, d.lineage = len(s.fields), new(byte)
	s.byName[d.name] = d.index
	s.fields = append(s.fields, d.sealed())
}

// within checks a schema that is made against the limits of a store.
func (s *Schema) within(limits Limits) error {
	var wrong SchemaError
	for _, d := range s.fields {
		d.checkOptions(limits, &wrong)
	}
	s.checkFields(limits, &wrong)
	if s.companies != nil {
		wrong.include(s.companies.within(limits))
	}
	s.checkEvents(limits, &wrong)
	if wrong.Problems != nil {
		return &wrong
	}
	return nil
}

func (s *Schema) checkFields(limits Limits, wrong *SchemaError) {
	n := len(s.fields)
	if s.companies != nil {
		n -= links
	}
	if most := mostFields - links; s.companies != nil && n > most {
		limits.Fields = min(limits.Fields, most)
	}
	if n > limits.Fields {
		err := &LimitError{"fields", limits.Fields, n}
		switch {
		case s.company:
			err.What = "fields of companies"
		case s.event != "":
			err.What = "attributes of an event type"
		}
		wrong.add(err.Error(), err)
	}
}

// identity resolves the arguments of a look-up.
func (s *Schema) identity(field string, value any, limits *Limits) (*fieldDef, Value, error) {
	d, err := s.find(field)
	if err != nil {
		return nil, Value{}, err
	}
	if !d.unique {
		return nil, Value{}, &FieldError{d.title(), value, errNotUnique}
	}
	v, err := d.convert(value, limits)
	return d, v, err
}

// changed returns a schema in which one field's definition was edited.
func (s *Schema) changed(limits Limits, name string, edit func(*fieldDef) error) (*Schema, error) {
	old, err := s.find(name)
	if err != nil {
		return nil, err
	}
	d := *old
	d.options = slices.Clone(old.options)
	if err := edit(&d); err != nil {
		return nil, err
	}
	var wrong SchemaError
	if d.problems(limits, &wrong); wrong.Problems != nil {
		return nil, &wrong
	}
	next := s.clone()
	next.fields[d.index] = d.sealed()
	return next, nil
}

// hides reports whether a name is that of a hidden field.
func (s *Schema) hides(name string) bool {
	return slices.ContainsFunc(s.fields, func(d *fieldDef) bool { return d.hidden && !d.dropped && d.name == name })
}

// dropped returns a schema without a field. Its place stays taken, so that log
// records of before can be read.
func (s *Schema) dropped(name string) (*Schema, error) {
	old, err := s.find(name)
	if err != nil {
		return nil, err
	}
	d := *old
	d.dropped = true
	next := s.clone()
	next.fields[d.index] = &d
	delete(next.byName, name)
	return next, nil
}

// SchemaEdit changes the schema within a transaction. What it changes is seen by
// the rest of the transaction at once and by everybody else when it commits.
//
// A SchemaEdit must not be used by more than one goroutine at a time.
type SchemaEdit struct {
	tx      *Tx
	company bool
}

// Schema returns the means to change the schema in this transaction.
func (tx *Tx) Schema() SchemaEdit { return SchemaEdit{tx: tx} }

// Companies returns the means to change the fields of companies. Its Add declares
// companies if there are none yet.
func (e SchemaEdit) Companies() SchemaEdit { return SchemaEdit{e.tx, true} }

// Current returns the schema with the changes made in this transaction so far.
func (e SchemaEdit) Current() *Schema {
	if e.company {
		return e.tx.schema.Companies()
	}
	return e.tx.schema
}

// Add adds fields, types of events and attributes of them, sessions, and a calendar if
// none was declared. The error is a [*SchemaError] with everything that is wrong, and then none is
// added.
func (e SchemaEdit) Add(parts ...Part) error {
	if e.company {
		return e.tx.Schema().Add(Companies(parts...))
	}
	before := e.tx.schema
	err := e.apply(func(s *Schema, limits Limits) (*Schema, error) {
		return s.extended(limits, parts...)
	})
	if err != nil {
		return err
	}
	return e.tx.fillInitials(before)
}

// AddOptions declares more options of a select or multi-select field. An option
// that is declared already gets the new label, if one is given.
func (e SchemaEdit) AddOptions(field string, options ...Option) error {
	return e.apply(func(s *Schema, limits Limits) (*Schema, error) {
		return s.changed(limits, field, func(d *fieldDef) error {
			d.addOptions(options)
			return nil
		})
	})
}

// SetLabel changes the label of a field.
func (e SchemaEdit) SetLabel(field, label string) error {
	return e.apply(func(s *Schema, limits Limits) (*Schema, error) {
		return s.changed(limits, field, func(d *fieldDef) error {
			d.label = label
			return nil
		})
	})
}

// Drop takes a field and its values away from everybody. It is refused with a
// [*FieldInUseError] if something above the store uses the field. The log keeps
// the values that are in it already.
func (e SchemaEdit) Drop(field string) error {
	return e.apply(func(s *Schema, _ Limits) (*Schema, error) {
		next, err := s.dropped(field)
		if err != nil {
			return nil, err
		}
		return next, e.tx.store.unused(&View{st: e.tx.base}, Field{def: s.fields[s.byName[field]]})
	})
}

func (e SchemaEdit) apply(edit func(*Schema, Limits) (*Schema, error)) error {
	if err := e.tx.enter(); err != nil {
		return err
	}
	defer e.tx.leave()
	next, err := edit(e.Current(), e.tx.store.opts.Limits)
	if err != nil {
		return err
	}
	if e.company {
		whole := *e.tx.schema
		whole.companies, next = next, &whole
	}
	e.tx.schema = next
	return nil
}
