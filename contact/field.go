package contact

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/rosterdb/roster/contact/internal/fold"
)

// Field is a field of a schema, and the handle by which the fast ways in and out
// name it. The zero Field belongs to no schema.
//
// Field is immutable and safe for concurrent use. A handle stays good while its
// store grows; it shows the label and the options of the schema it was taken
// from.
type Field struct {
	def    *fieldDef
	domain bool // the domain of it is meant
}

// A fieldDef is never changed once its schema is made; an edit makes another one
// with the same lineage.
type fieldDef struct {
	name, label   string
	kind          Kind
	unique, exact bool
	email         bool // the texts are e-mail addresses
	internal      bool // not available for segments
	hidden        bool // the schema given to Open lacks it; never stored
	dropped       bool
	company       bool   // of companies
	event         string // the type of event whose attribute it is
	kept          Keep
	initial       *float64 // the default; nil if there is none
	options       []Option
	removed       map[int]removal // options that were removed, by their place
	byFold        map[string]int  // place in options by folded value, of those that were not
	index         int
	lineage       *byte
}

// visible reports whether hosts see the field.
func (d *fieldDef) visible() bool { return !d.hidden && !d.dropped && !d.link() }

// link reports whether this is no field but the place for a contact's companies.
func (d *fieldDef) link() bool { return d.kind == kindCompanies || d.kind == kindPrimary }

// title returns the name as errors spell it.
func (d *fieldDef) title() string {
	switch {
	case d.company:
		return companyPrefix + d.name
	case d.event != "":
		return d.name + " of " + d.event
	}
	return d.name
}

// An Option is one of the declared values of a select or multi-select field.
type Option struct {
	Value string // what is stored and what a filter names
	Label string // what a person reads; the value if none was given
}

// Name returns the name of the field.
func (f Field) Name() string {
	if f.domain {
		return f.def.name + domainSuffix
	}
	return f.def.name
}

// Label returns the label for people, the name if none was given.
func (f Field) Label() string {
	switch {
	case f.def.label == "":
		return f.Name()
	case f.domain:
		return f.def.label + " (domain)"
	}
	return f.def.label
}

// Kind returns what values the field holds.
func (f Field) Kind() Kind { return f.def.kind }

// Unique reports whether no two contacts may have the same value, which makes the
// field part of a contact's identity.
func (f Field) Unique() bool { return f.def.unique && !f.domain }

// Exact reports whether text of the field is compared as written instead of
// without regard to case and accents.
func (f Field) Exact() bool { return f.def.exact }

// OfCompany reports whether this is a field of companies.
func (f Field) OfCompany() bool { return f.def.company }

// OfEvent returns the name of the type of event whose attribute this is, "" if it is a
// field of contacts or companies.
func (f Field) OfEvent() string { return f.def.event }

// ForSegments reports whether filters may use the field.
func (f Field) ForSegments() bool { return !f.def.internal }

// Options returns the declared options of a select or multi-select field.
func (f Field) Options() []Option { return slices.Collect(f.def.live) }

// Option returns the declared option that is value but for case and accents, and
// whether there is one.
func (f Field) Option(value string) (Option, bool) {
	i, ok := f.def.byFold[fold.Text(value)]
	if !ok {
		return Option{}, false
	}
	return f.def.options[i], true
}

// IsZero reports whether f is the zero Field.
func (f Field) IsZero() bool { return f.def == nil }

// sealed returns the definition as a schema keeps it: every option labelled and
// found by its folded value.
func (d fieldDef) sealed() *fieldDef {
	d.byFold = make(map[string]int, len(d.options))
	for i, o := range d.options {
		if o.Label == "" {
			d.options[i].Label = o.Value
		}
		if _, gone := d.removed[i]; !gone {
			d.byFold[fold.Text(o.Value)] = i
		}
	}
	return &d
}

// identityKey returns the form in which identity values are compared.
func (d *fieldDef) identityKey(v Value) string {
	if d.kind == KindText && !d.exact {
		return fold.Case(v.text)
	}
	return v.String()
}

// folder returns the rule by which text of the field is compared.
func (d *fieldDef) folder() func(string) string {
	if d.exact {
		return exactly
	}
	return fold.Text
}

func exactly(s string) string { return s }

// Fold returns the form in which text is compared by filters: without regard to
// case and accents, in compatibility composition. docs/semantics.md has the rule.
func Fold(s string) string { return fold.Text(s) }

// A Part is a piece of a schema: a [Calendar], or what the constructors of this package
// make.
type Part interface{ isPart() }

// FieldPart describes a field to be. Its methods return changed copies.
type FieldPart struct{ def fieldDef }

func (FieldPart) isPart() {}

func newPart(name string, kind Kind, options []string) FieldPart {
	p := FieldPart{fieldDef{name: name, kind: kind}}
	for _, o := range options {
		p.def.options = append(p.def.options, Option{Value: o})
	}
	return p
}

// Text returns a text field.
func Text(name string) FieldPart { return newPart(name, KindText, nil) }

// Number returns a number field.
func Number(name string) FieldPart { return newPart(name, KindNumber, nil) }

// Bool returns a yes-or-no field.
func Bool(name string) FieldPart { return newPart(name, KindBool, nil) }

// Date returns a field for calendar days.
func Date(name string) FieldPart { return newPart(name, KindDate, nil) }

// DateTime returns a field for instants.
func DateTime(name string) FieldPart { return newPart(name, KindDateTime, nil) }

// TimeOfDay returns a field for times of day, to the second: the hour at which
// somebody wants to be called. It belongs to no day and no time zone.
func TimeOfDay(name string) FieldPart { return newPart(name, KindTimeOfDay, nil) }

// Select returns a field for one of the given options.
func Select(name string, options ...string) FieldPart { return newPart(name, KindSelect, options) }

// MultiSelect returns a field for any of the given options.
func MultiSelect(name string, options ...string) FieldPart {
	return newPart(name, KindMultiSelect, options)
}

// Tags returns a field for any words.
func Tags(name string) FieldPart { return newPart(name, KindTags, nil) }

// Unique makes the field part of a contact's identity: no two contacts may have
// the same value. It fits text, compared by case folding only, and numbers.
func (p FieldPart) Unique() FieldPart {
	p.def.unique = true
	return p
}

// Exact makes text compare as written.
func (p FieldPart) Exact() FieldPart {
	p.def.exact = true
	return p
}

// Label gives the field a label for people.
func (p FieldPart) Label(label string) FieldPart {
	p.def.label = label
	return p
}

// OptionLabel gives an option a label for people, and declares the option if it
// is new.
func (p FieldPart) OptionLabel(option, label string) FieldPart {
	p.def.options = slices.Clone(p.def.options)
	for i := range p.def.options {
		if p.def.options[i].Value == option {
			p.def.options[i].Label = label
			return p
		}
	}
	p.def.options = append(p.def.options, Option{option, label})
	return p
}

// NotForSegments keeps filters from using the field.
func (p FieldPart) NotForSegments() FieldPart {
	p.def.internal = true
	return p
}

// problems notes what is wrong with a field by itself.
func (d *fieldDef) problems(limits Limits, wrong *SchemaError) {
	add := func(format string, args ...any) {
		wrong.add(fmt.Sprintf("field %q: ", d.title())+fmt.Sprintf(format, args...), nil)
	}
	switch {
	case d.name == "":
		wrong.add("a field without a name", nil)
	case !utf8.ValidString(d.name):
		add("the name is not valid UTF-8")
	}
	if d.kind < KindText || d.kind > KindTags {
		add("unknown kind %d", d.kind)
	}
	if d.unique && d.kind != KindText && d.kind != KindNumber {
		add("only text and number fields can be unique, not %s", d.kind)
	}
	if d.exact && d.kind != KindText {
		add("only text fields can be exact, not %s", d.kind)
	}
	if d.email && d.kind != KindText {
		add("only text fields hold e-mail addresses, not %s", d.kind)
	}
	if len(d.options) > 0 && !d.kind.Declared() {
		add("only select and multi-select fields have options, not %s", d.kind)
	}
	d.keepProblems(add)
	d.attributeProblems(add)
	d.checkOptions(limits, wrong)
	seen := make(map[string]string, len(d.options))
	for _, o := range d.options {
		folded := fold.Text(o.Value)
		switch first, twice := seen[folded]; {
		case folded == "":
			add("an empty option")
		case !utf8.ValidString(o.Value):
			add("option %q is not valid UTF-8", o.Value)
		case twice:
			add("options %q and %q are the same but for case and accents", first, o.Value)
		}
		seen[folded] = o.Value
	}
}

func (d *fieldDef) checkOptions(limits Limits, wrong *SchemaError) {
	if len(d.options) > limits.Options {
		err := &LimitError{"options", limits.Options, len(d.options)}
		wrong.add(fmt.Sprintf("field %q: %v", d.title(), err), err)
	}
}
