package contact

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rosterdb/roster/contact/internal/fold"
)

// storedField is a field as the file keeps the schema: JSON, in the order of the
// fields' places.
type storedField struct {
	Of       string         `json:"of,omitempty"` // "company" for fields of companies, which come last
	Name     string         `json:"name,omitempty"`
	Label    string         `json:"label,omitempty"`
	Kind     string         `json:"kind,omitempty"`
	Unique   bool           `json:"unique,omitempty"`
	Exact    bool           `json:"exact,omitempty"`
	Email    bool           `json:"email,omitempty"`
	Internal bool           `json:"internal,omitempty"`
	Dropped  bool           `json:"dropped,omitempty"`
	Kept     Keep           `json:"kept,omitempty"`
	Default  *float64       `json:"default,omitempty"`
	Options  []storedOption `json:"options,omitempty"`

	Event    *storedEvent    `json:"event,omitempty"`    // instead of all that: a type of event, behind all fields
	Calendar *storedCalendar `json:"calendar,omitempty"` // or the calendar, the last entry
}

type storedOption struct {
	Value string `json:"value"`
	Label string `json:"label,omitempty"`

	Removed bool   `json:"removed,omitempty"`
	Instead string `json:"instead,omitempty"` // of a removed one: what took its place
}

const ofCompany = "company"

// marshal returns the schema in its stored form.
func (s *Schema) marshal() []byte {
	list := []storedField{}
	for _, d := range slices.Concat(s.fields, s.Companies().fields) {
		list = append(list, d.stored())
	}
	list = append(list, s.storedEvents()...)
	if c := s.storedCalendar(); c != nil {
		list = append(list, storedField{Calendar: c})
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic(err) // strings and bools only
	}
	return b
}

// stored returns the definition as the file keeps it.
func (d *fieldDef) stored() storedField {
	f := storedField{
		Name: d.name, Label: d.label, Kind: d.kind.String(),
		Unique: d.unique, Exact: d.exact, Email: d.email, Internal: d.internal, Dropped: d.dropped, Kept: d.kept, Default: d.initial,
	}
	if d.company {
		f.Of = ofCompany
	}
	for i, o := range d.options {
		r, gone := d.removed[i]
		f.Options = append(f.Options, storedOption{o.Value, o.Label, gone, r.instead})
	}
	return f
}

// field is the inverse of stored.
func (f *storedField) field() (d fieldDef, err error) {
	kind := slices.Index(kindNames[:], f.Kind)
	if kind <= 0 {
		return d, fmt.Errorf("contact: the stored schema: field %q has the unknown kind %q", f.Name, f.Kind)
	}
	d = fieldDef{
		name: f.Name, label: f.Label, kind: Kind(kind), unique: f.Unique, exact: f.Exact, email: f.Email,
		internal: f.Internal, dropped: f.Dropped, kept: f.Kept, initial: f.Default, company: f.Of == ofCompany, lineage: new(byte),
	}
	for i, o := range f.Options {
		d.options = append(d.options, Option{o.Value, o.Label})
		if o.Removed {
			if d.removed == nil {
				d.removed = make(map[int]removal)
			}
			d.removed[i] = removal{instead: o.Instead}
		}
	}
	return d, nil
}

// unmarshalSchema is the inverse of marshal.
func unmarshalSchema(b []byte) (*Schema, error) {
	var list []storedField
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("contact: the stored schema: %w", err)
	}
	s := &Schema{byName: make(map[string]int, len(list))}
	companies := &Schema{byName: make(map[string]int), company: true}
	for _, f := range list {
		var err error
		switch {
		case f.Calendar != nil:
			s.calendar, err = f.Calendar.calendar()
		case f.Event != nil:
			err = f.Event.add(s)
		}
		if err != nil {
			return nil, err
		}
		if f.Calendar != nil || f.Event != nil {
			continue
		}
		d, err := f.field()
		if err != nil {
			return nil, err
		}
		of := s
		if d.company {
			of = companies
		}
		d.index = len(of.fields)
		of.fields = append(of.fields, d.sealed())
		if d.visible() {
			of.byName[d.name] = d.index
		}
		if d.link() {
			s.companies, s.places[d.kind-kindCompanies] = companies, d.index
		}
	}
	var wrong SchemaError
	if s.findSessions(&wrong); wrong.Problems != nil {
		return nil, fmt.Errorf("contact: the stored schema: %w", &wrong)
	}
	if s.companies == nil && len(companies.fields) > 0 {
		return nil, errors.New("contact: the stored schema: fields of companies, and no place for companies")
	}
	return s, nil
}

// merged returns the stored schema s with all that a given one adds to it: new
// fields, options and labels. What the given one lacks is kept and hidden. A kind,
// an identity or a way of comparing that differs is refused with everything that
// does. Handles of the given schema are good for the result.
func (s *Schema) merged(given *Schema, limits Limits) (*Schema, error) {
	next := &Schema{byName: make(map[string]int), moved: make(map[*byte]int), company: s.company, event: s.event}
	var wrong SchemaError
	for _, d := range s.fields {
		m := *d
		m.options = slices.Clone(d.options)
		if d.link() {
			next.place(m)
			continue
		}
		if i, ok := given.byName[d.name]; ok && !d.dropped {
			m.take(given.fields[i], &wrong)
			m.problems(limits, &wrong)
		} else {
			m.hidden = true
		}
		next.place(m)
	}
	for _, d := range given.fields {
		if _, known := next.byName[d.name]; known || !d.visible() {
			continue
		}
		m := *d
		m.options = slices.Clone(d.options)
		next.place(m)
	}
	next.calendar = s.mergedCalendar(given, &wrong)
	next.mergeEvents(s, given, limits, &wrong)
	if s.companies != nil || given.companies != nil {
		companies, err := s.Companies().merged(given.Companies(), limits)
		wrong.include(err)
		next.companies, next.places = s.companies, s.places // nil if their place is to be made
		next.linkTo(companies)
	}
	next.checkFields(limits, &wrong)
	next.checkEvents(limits, &wrong)
	next.checkPaths(&wrong)
	next.checkDomains(&wrong)
	if wrong.Problems != nil {
		return nil, &wrong
	}
	return next, nil
}

// place appends a field to a schema that is being made.
func (s *Schema) place(d fieldDef) {
	d.index = len(s.fields)
	s.fields = append(s.fields, d.sealed())
	s.moved[d.lineage] = d.index
	if d.visible() {
		s.byName[d.name] = d.index
	}
}

// take takes over what a given definition of the same field says.
func (d *fieldDef) take(given *fieldDef, wrong *SchemaError) {
	differs := func(what string, stored, given any) {
		wrong.add(fmt.Sprintf("field %q is %v in the store and %v in the schema given: %s never changes", d.title(), stored, given, what), nil)
	}
	if d.kind != given.kind {
		differs("a kind", d.kind, given.kind)
	}
	if d.unique != given.unique {
		differs("an identity", word(d.unique, "unique"), word(given.unique, "unique"))
	}
	if d.exact != given.exact {
		differs("the way of comparing", word(d.exact, "exact"), word(given.exact, "exact"))
	}
	if !d.sameInitial(given) {
		wrong.add(fmt.Sprintf("field %q is %s in the store and %s in the schema given: SetDefault changes it, in a transaction", d.title(), d.initialName(), given.initialName()), nil)
	}
	d.lineage, d.internal, d.kept = given.lineage, given.internal, given.kept
	d.email = d.email || given.email
	if given.label != "" {
		d.label = given.label
	}
	relabelled := slices.Collect(given.live)
	for i, o := range relabelled {
		if o.Label == o.Value { // not given
			relabelled[i].Label = ""
		}
	}
	d.addOptions(relabelled)
}

// addOptions declares options, also those that were removed, or gives those that are
// declared the new label, if there is one.
func (d *fieldDef) addOptions(options []Option) {
	at := make(map[string]int, len(d.options)+len(options))
	for i, o := range d.options {
		at[fold.Text(o.Value)] = i
	}
	for _, o := range options {
		folded := fold.Text(o.Value)
		i, known := at[folded]
		switch {
		case !known:
			at[folded] = len(d.options)
			d.options = append(d.options, o)
			continue
		case o.Label != "":
			d.options[i].Label = o.Label
		}
		if _, gone := d.removed[i]; gone {
			d.removed = maps.Clone(d.removed)
			delete(d.removed, i)
		}
	}
}

func word(yes bool, s string) string {
	if yes {
		return s
	}
	return "not " + s
}
