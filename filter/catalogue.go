package filter

import (
	"slices"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact"
)

// Catalogue is what an editor of filters has to offer: the fields that filters may
// use, each with the operators that fit it and what they are compared with, and the types
// of events with their attributes and what can be asked of them. It says what [Check]
// says, from the same tables.
//
// It is plain data, which belongs to the caller, and is marshalled to JSON under the
// names of the tags.
type Catalogue struct {
	// Sections are always the same three, also those without fields: contact,
	// behaviour and company.
	Sections []CatalogueSection `json:"sections"`

	// Segments are the operators that ask for membership and have no field.
	Segments []CatalogueOperator `json:"segments"`

	// Periods are the periods in which events may lie: words, and what follows them. The
	// examples are periods too.
	Periods []CatalogueOperator `json:"periods"`
}

// CatalogueSection is a part of a [Catalogue].
type CatalogueSection struct {
	Name   string           `json:"name"`   // contact, behaviour or company
	Title  string           `json:"title"`  // for people
	Fields []CatalogueField `json:"fields"` // in the order of the schema; behind an e-mail field its domain; of behaviour, types of events
}

// The names of the sections.
const (
	SectionContact   = "contact"   // fields of the contact
	SectionBehaviour = "behaviour" // what the contact did, and what was done: types of events
	SectionCompany   = "company"   // fields of the contact's primary company
)

// CatalogueField is a field that filters may use, a type of event, or an attribute of one.
type CatalogueField struct {
	Section   string              `json:"section"`
	Name      string              `json:"name"`
	Written   string              `json:"written"` // the name as it stands in filter text, in backticks if needed
	Label     string              `json:"label"`   // for people; the name if the schema has none
	Kind      string              `json:"kind"`    // see [contact.Kind.String]; KindEvent of a type of event
	Exact     bool                `json:"exact,omitempty"`
	Unique    bool                `json:"unique,omitempty"`
	Operators []CatalogueOperator `json:"operators"`
	Parts     []CataloguePart     `json:"parts,omitempty"`   // of a date or datetime field
	Options   []CatalogueOption   `json:"options,omitempty"` // of a select or multi-select field

	Event      string           `json:"event,omitempty"`      // of an attribute: the type of event; the operators fit inside where
	Attributes []CatalogueField `json:"attributes,omitempty"` // of a type of event
	Terms      []CatalogueTerm  `json:"terms,omitempty"`      // of both
}

// CataloguePart is a part of a date or datetime field that a condition can ask about
// instead of the whole: "month of birthday = 3". Numbers are whole and lie between
// Low and High.
type CataloguePart struct {
	Part      Part                `json:"-"`
	Name      string              `json:"name"` // in filter text and JSON
	Low       int                 `json:"low"`
	High      int                 `json:"high"`
	Days      []string            `json:"days,omitempty"` // of the weekday, which has no numbers
	Operators []CatalogueOperator `json:"operators"`
}

// CatalogueOption is a declared value of a field.
type CatalogueOption struct {
	Value string `json:"value"` // what a filter names
	Label string `json:"label"` // for people
}

// CatalogueOperator is an operator that fits a field.
type CatalogueOperator struct {
	Op       Op       `json:"-"`
	Words    string   `json:"words"`              // in filter text and JSON
	Negation string   `json:"negation,omitempty"` // of the negated condition; empty if that is the condition with "not" in front
	Operands string   `json:"operands"`           // none, one, two, list, or for segments segment and segments
	Values   []string `json:"values,omitempty"`   // kinds of values that it takes, see [ValueKind.String]; a window put to a date counts days or more
	Declared bool     `json:"declared,omitempty"` // the values are options of the field
	Example  string   `json:"example,omitempty"`  // a condition; empty if there is no value to compare with
}

// CatalogueOf returns the catalogue of a schema. It costs as much as the schema has
// fields and options.
func CatalogueOf(schema *contact.Schema) *Catalogue {
	c := &Catalogue{Sections: []CatalogueSection{
		{Name: SectionContact, Title: "Contact fields", Fields: []CatalogueField{}},
		{Name: SectionBehaviour, Title: "Behaviour and actions", Fields: []CatalogueField{}},
		{Name: SectionCompany, Title: "Primary company fields", Fields: []CatalogueField{}},
	}}
	for f := range schema.Fields() {
		if f.ForSegments() {
			c.Sections[0].Fields = append(c.Sections[0].Fields, catalogueFields(f, SectionContact)...)
		}
	}
	for h := range schema.EventTypes() {
		c.Sections[1].Fields = append(c.Sections[1].Fields, catalogueEvent(h))
	}
	c.Periods = cataloguePeriods()
	if schema.HasCompanies() {
		for f := range schema.Companies().Fields() {
			if f.ForSegments() {
				c.Sections[2].Fields = append(c.Sections[2].Fields, catalogueFields(f, SectionCompany)...)
			}
		}
	}
	for op := Equal; op.valid(); op++ {
		if !op.OnSegments() {
			continue
		}
		example := makeCondition("", op, []Value{Text("vip")})
		o := CatalogueOperator{Op: op, Words: op.String(), Negation: op.info().negation, Operands: "segment", Example: example.String()}
		if op.info().arity == manyValues {
			o.Operands = "segments"
		}
		c.Segments = append(c.Segments, o)
	}
	return c
}

// pathOf returns the name by which filters know a field.
func pathOf(f contact.Field) string {
	if f.OfCompany() {
		return "company." + f.Name()
	}
	return f.Name()
}

// catalogueFields returns a field and, if it has one, its domain.
func catalogueFields(f contact.Field, section string) []CatalogueField {
	list := []CatalogueField{catalogueField(f, section, Condition.String)}
	if domain, ok := f.Domain(); ok {
		list = append(list, catalogueField(domain, section, Condition.String))
	}
	return list
}

// catalogueField returns a field, with examples spelled by a function.
func catalogueField(f contact.Field, section string, spell func(Condition) string) CatalogueField {
	out := CatalogueField{
		Section: section, Name: pathOf(f), Written: string(appendField(nil, pathOf(f))), Label: f.Label(),
		Kind: f.Kind().String(), Exact: f.Exact(), Unique: f.Unique(),
	}
	for _, o := range f.Options() {
		out.Options = append(out.Options, CatalogueOption{Value: o.Value, Label: o.Label})
	}
	for op := Equal; op.valid(); op++ {
		if op.Fits(f.Kind()) {
			out.Operators = append(out.Operators, catalogueOperator(op, f, spell))
		}
	}
	for part := PartYear; part.valid(); part++ {
		if part.of(f.Kind()) {
			out.Parts = append(out.Parts, cataloguePart(part, f))
		}
	}
	return out
}

// operandWords is what a catalogue calls how many operands there are.
var operandWords = map[arity]string{noValue: "none", oneValue: "one", twoValues: "two", manyValues: "list"}

func catalogueOperator(op Op, f contact.Field, spell func(Condition) string) CatalogueOperator {
	row := op.info()
	o := CatalogueOperator{Op: op, Words: row.words, Negation: row.negation, Operands: operandWords[row.arity]}
	if row.arity == noValue {
		o.Example = spell(makeCondition(pathOf(f), op, nil))
		return o
	}
	o.Declared = f.Kind().Declared()
	var sample Value
	for kind := NumberValue; kind.String() != InvalidValue.String(); kind++ {
		if !Takes(f.Kind(), kind) || !row.operand.takes(kind) {
			continue
		}
		o.Values = append(o.Values, kind.String())
		if sample.kind == InvalidValue {
			sample = sampleOf(kind, f)
		}
	}
	if sample.kind != InvalidValue {
		values := []Value{sample, sample}
		if row.arity != twoValues {
			values = values[:1]
		}
		o.Example = spell(makeCondition(pathOf(f), op, values))
	}
	return o
}

// takes reports whether operands of this sort can be values of a kind.
func (o operandKind) takes(kind ValueKind) bool {
	switch o {
	case textOnly, segmentRef:
		return kind == TextValue
	case windowOnly:
		return kind == WindowValue
	case celebrated:
		return kind == RelativeDateValue || kind == WindowValue
	}
	return kind != WindowValue
}

// cataloguePart returns the operators of a part of a date or datetime.
func cataloguePart(part Part, f contact.Field) CataloguePart {
	out := CataloguePart{Part: part, Name: part.String()}
	kind, sample := NumberValue, Number(10)
	if part == PartWeekday {
		kind, sample = WeekdayValue, Weekday(time.Monday)
		out.Days = slices.Clone(weekdayNames[1:])
	} else {
		low, high := part.bounds()
		out.Low, out.High = int(low), int(high)
	}
	for op := Equal; op.valid(); op++ {
		if !part.fits(op) {
			continue
		}
		row := op.info()
		values := []Value{sample, sample}
		if row.arity != twoValues {
			values = values[:1]
		}
		out.Operators = append(out.Operators, CatalogueOperator{
			Op: op, Words: row.words, Negation: row.negation, Operands: operandWords[row.arity], Values: []string{kind.String()},
			Example: Field(f.Name()).Part(part).Condition(op, values...).String(),
		})
	}
	return out
}

// sampleOf returns a value of a kind to show, an invalid one if the field has no
// options.
func sampleOf(kind ValueKind, f contact.Field) Value {
	switch kind {
	case NumberValue:
		return Number(10)
	case BoolValue:
		return Bool(true)
	case DateValue:
		return Date(2026, 11, 24)
	case TimeOfDayValue:
		return TimeOfDay(9, 30, 0)
	case RelativeDateValue:
		return Relative("today")
	case WindowValue:
		return Window("the last 7 days")
	case TextValue:
		if !f.Kind().Declared() {
			return Text("abc")
		}
		if options := f.Options(); len(options) > 0 {
			return Text(options[0].Value)
		}
	}
	return Value{}
}

// Field returns the field of a name, and whether there is one.
func (c *Catalogue) Field(name string) (CatalogueField, bool) { return c.find(name, false) }

// EventType returns the type of event of a name, and whether there is one.
func (c *Catalogue) EventType(name string) (CatalogueField, bool) { return c.find(name, true) }

func (c *Catalogue) find(name string, event bool) (CatalogueField, bool) {
	for _, s := range c.Sections {
		for _, f := range s.Fields {
			if f.Name == name && (f.Kind == KindEvent) == event {
				return f, true
			}
		}
	}
	return CatalogueField{}, false
}

// all iterates over the fields and the types of events, each of these with its attributes
// behind it.
func (c *Catalogue) all(yield func(CatalogueField) bool) {
	for _, s := range c.Sections {
		for _, f := range s.Fields {
			if !yield(f) {
				return
			}
			for _, a := range f.Attributes {
				if !yield(a) {
					return
				}
			}
		}
	}
}

// Search returns the fields, types of events and attributes whose name or label has a text
// in it, without regard to case and accents: first those that are it, then those that begin
// with it, then the others; among equals in the order of the catalogue, a type before its
// attributes. The empty text finds all.
func (c *Catalogue) Search(text string) []CatalogueField {
	text = contact.Fold(strings.TrimSpace(text))
	var ranks [3][]CatalogueField
	for f := range c.all {
		best := len(ranks)
		for _, in := range []string{contact.Fold(f.Name), contact.Fold(f.Label)} {
			switch {
			case in == text:
				best = 0
			case strings.HasPrefix(in, text):
				best = min(best, 1)
			case strings.Contains(in, text):
				best = min(best, 2)
			}
		}
		if best < len(ranks) {
			ranks[best] = append(ranks[best], f)
		}
	}
	return slices.Concat(ranks[:]...)
}
