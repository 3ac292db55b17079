package filter

import (
	"time"

	"github.com/rosterdb/roster/contact"
)

// KindEvent is the Kind of a [CatalogueField] that is a type of event.
const KindEvent = "event"

// CatalogueTerm is a sort of term on a type of event, or on an attribute of its events.
// Every term may say more of the events, by where and by a period; the first or last event
// itself must have a period.
type CatalogueTerm struct {
	Kind  BehaviourKind `json:"-"`
	Words string        `json:"words"` // in filter text, with … for what stands between them
	// Takes is what has to be given beside the events: quantity, events (those that come
	// then), period, number (compared by one of Operators), or operator (one of the
	// attribute's).
	Takes     string              `json:"takes"`
	Operators []CatalogueOperator `json:"operators,omitempty"`
	Example   string              `json:"example"`
}

// termsOnEvents and termsOnAttributes are the sorts of terms. They are never written to.
var (
	termsOnEvents = []CatalogueTerm{
		{Kind: DidTimes, Words: "did … times", Takes: "quantity"},
		{Kind: DidOnDays, Words: "did … on … different days", Takes: "quantity"},
		{Kind: DidThen, Words: "did … then …", Takes: "events"},
		{Kind: FirstTime, Words: "first …", Takes: "period"},
		{Kind: LastTime, Words: "last …", Takes: "period"},
	}
	termsOnAttributes = []CatalogueTerm{
		{Kind: DidDifferent, Words: "did … with … different", Takes: "quantity"},
		{Kind: SumOf, Words: "sum of … of", Takes: "number"},
		{Kind: AverageOf, Words: "average of … of", Takes: "number"},
		{Kind: MinOf, Words: "min of … of", Takes: "number"},
		{Kind: MaxOf, Words: "max of … of", Takes: "number"},
		{Kind: CountOf, Words: "count of … of", Takes: "number"},
		{Kind: OfFirst, Words: "… of first …", Takes: "operator"},
		{Kind: OfLast, Words: "… of last …", Takes: "operator"},
	}
)

// catalogueEvent returns a type of event with the attributes that filters may use.
func catalogueEvent(h contact.EventHandle) CatalogueField {
	out := CatalogueField{
		Section: SectionBehaviour, Name: h.Name(), Written: string(appendField(nil, h.Name())), Label: h.Label(), Kind: KindEvent,
		Operators: []CatalogueOperator{},
	}
	events := EventsOf(h.Name())
	for _, t := range termsOnEvents {
		t.Example = exampleOf(t.Kind, events, Condition{}).String()
		out.Terms = append(out.Terms, t)
	}
	for f := range h.Attributes().Fields() {
		if f.ForSegments() {
			out.Attributes = append(out.Attributes, catalogueAttribute(events, f))
		}
	}
	return out
}

// catalogueAttribute returns an attribute, with examples that are whole terms.
func catalogueAttribute(events Events, f contact.Field) CatalogueField {
	out := catalogueField(f, SectionBehaviour, func(c Condition) string { return events.Where(c).Did().String() })
	out.Event = events.name
	for _, t := range termsOnAttributes {
		if t.Kind.aggregated() && t.Kind != CountOf && f.Kind() != contact.KindNumber {
			continue
		}
		example := NewCondition(f.Name(), Empty)
		if t.Takes == "number" {
			example = NewCondition(f.Name(), GreaterEqual, Number(10))
			t.Operators = numberOperators(func(c Condition) string { return exampleOf(t.Kind, events, c).String() }, f.Name())
		}
		t.Example = exampleOf(t.Kind, events, example).String()
		out.Terms = append(out.Terms, t)
	}
	return out
}

// exampleOf returns a term of a kind, with a condition on an attribute if it has one.
func exampleOf(kind BehaviourKind, events Events, c Condition) Behaviour {
	lately := events.When(During("the last 30 days"))
	switch kind {
	case DidTimes:
		return lately.Times(AtLeast(3))
	case DidOnDays:
		return lately.OnDays(AtLeast(2))
	case DidThen:
		return events.Then(events, "7 days")
	case FirstTime:
		return lately.First()
	case LastTime:
		return lately.Last()
	case DidDifferent:
		return lately.Different(c.field, AtLeast(2))
	}
	return events.about(kind, c)
}

// numberOperators returns the operators by which what is made of an attribute is compared.
func numberOperators(spell func(Condition) string, name string) (list []CatalogueOperator) {
	for op := Equal; op <= In; op++ {
		row := op.info()
		values := []Value{Number(10), Number(10)}
		if row.arity != twoValues {
			values = values[:1]
		}
		list = append(list, CatalogueOperator{
			Op: op, Words: row.words, Negation: row.negation, Operands: operandWords[row.arity], Values: []string{NumberValue.String()},
			Example: spell(makeCondition(name, op, values)),
		})
	}
	return list
}

// cataloguePeriods returns the periods in which events may lie, in the order of the words.
func cataloguePeriods() (list []CatalogueOperator) {
	for _, w := range periodWords {
		o := CatalogueOperator{Op: w.op, Words: w.word, Operands: operandWords[w.op.info().arity]}
		samples := []Value{Date(2026, 11, 24), DateTime(time.UnixMilli(0)), Relative("today"), Relative("-36 hours")}
		if w.op == Within {
			samples = []Value{Window("the last 7 days")}
		}
		for _, v := range samples {
			o.Values = append(o.Values, v.Kind().String())
		}
		values := []Value{samples[0], samples[0]}
		if o.Operands != "two" {
			values = values[:1]
		}
		o.Example = PeriodOf(w.op, values...).String()
		list = append(list, o)
	}
	return list
}
