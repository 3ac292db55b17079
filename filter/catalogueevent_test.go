package filter_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// shop has an attribute of each kind, and names that need backticks or are taken.
func shop() *contact.Schema {
	return contact.MustSchema(
		contact.Text("url"), contact.Number("purchase"),
		contact.EventType("purchase", contact.Number("amount").Label("Value"), contact.Text("last"), contact.Text("code").Exact(), contact.Bool("gift"), contact.Text("secret").NotForSegments()).Label("Bought something"),
		contact.EventType("page.hit", contact.Text("url").Label("Address")),
		contact.EventType("log in"),
		contact.Sessions("session", time.Minute, "page.hit"),
	)
}

// What is offered of events passes, and what is not is refused.
func TestCatalogueOfEvents(t *testing.T) {
	schema := shop()
	c := filter.CatalogueOf(schema)
	types := c.Sections[1].Fields
	require.Len(t, types, 4)
	for i, h := range slices.Collect(schema.EventTypes()) {
		e := types[i]
		require.Equal(t, [3]string{filter.SectionBehaviour, h.Name(), h.Label()}, [3]string{e.Section, e.Name, e.Label})
		require.Equal(t, filter.KindEvent, e.Kind)
		found, ok := c.EventType(h.Name())
		require.True(t, ok)
		require.Equal(t, e, found)
		checkTerms(t, schema, e.Terms, filter.DidTimes, filter.DidOnDays, filter.DidThen, filter.FirstTime, filter.LastTime)
		names := []string{}
		for a := range h.Attributes().Fields() {
			if a.ForSegments() {
				require.Less(t, len(names), len(e.Attributes))
				triedAttribute(t, schema, h.Name(), a, e.Attributes[len(names)])
				names = append(names, a.Name())
			}
		}
		require.Len(t, e.Attributes, len(names))
	}
	f, ok := c.Field("purchase")
	require.True(t, ok)
	require.Equal(t, "number", f.Kind)
	_, ok = c.Field("page.hit")
	require.False(t, ok)
	_, ok = c.EventType("url")
	require.False(t, ok)
}

// checkTerms checks that the sorts of terms offered are some kinds, in their order.
func checkTerms(t *testing.T, schema *contact.Schema, terms []filter.CatalogueTerm, kinds ...filter.BehaviourKind) {
	got := []filter.BehaviourKind{}
	for _, term := range terms {
		got = append(got, term.Kind)
		require.Equal(t, term.Kind, termOf(t, schema, term.Example).Kind(), term.Example)
		require.NotEmpty(t, term.Words)
		require.Contains(t, []string{"quantity", "events", "period", "number", "operator"}, term.Takes)
	}
	require.Equal(t, kinds, got)
}

// termOf returns the one term of a filter that passes and is printed as it is written.
func termOf(t *testing.T, schema *contact.Schema, text string) filter.Behaviour {
	f, err := filter.Parse(text)
	require.NoError(t, err)
	require.Equal(t, text, f.String())
	require.NoError(t, filter.Check(f, schema, nil), text)
	for g := range f.Groups() {
		for term := range g.Terms() {
			return term.(filter.Behaviour)
		}
	}
	return filter.Behaviour{}
}

// triedAttribute compares what is offered of an attribute with what passes.
func triedAttribute(t *testing.T, schema *contact.Schema, event string, a contact.Field, offered filter.CatalogueField) {
	require.Equal(t, [4]string{filter.SectionBehaviour, event, a.Name(), a.Label()}, [4]string{offered.Section, offered.Event, offered.Name, offered.Label})
	require.Equal(t, a.Kind().String(), offered.Kind)
	passes := func(b filter.Behaviour) bool {
		f, err := filter.New(b)
		return err == nil && filter.Check(f, schema, nil) == nil
	}
	events := filter.EventsOf(event)
	samples := []filter.Value{filter.Number(1), filter.Text("a"), filter.Bool(true), filter.Date(2026, 1, 1), filter.Window("the last 2 days"), filter.Relative("today")}
	made := map[filter.BehaviourKind]func(filter.Condition) filter.Behaviour{
		filter.SumOf: events.Sum, filter.AverageOf: events.Average, filter.MinOf: events.Min, filter.MaxOf: events.Max, filter.CountOf: events.Count,
		filter.OfFirst: events.OfFirst, filter.OfLast: events.OfLast,
	}
	kinds := []filter.BehaviourKind{filter.DidDifferent}
	for kind := filter.SumOf; kind <= filter.OfLast; kind++ {
		i := slices.IndexFunc(offered.Terms, func(o filter.CatalogueTerm) bool { return o.Kind == kind })
		for op := filter.Equal; made[kind] != nil && !op.OnSegments(); op++ {
			for n := range 3 {
				for _, v := range samples {
					values := []filter.Value{v, v, v}[:n]
					where := offers(offered.Operators, op, values)
					require.Equal(t, where, passes(events.Where(filter.NewCondition(a.Name(), op, values...)).Did()), "%v %v of %s", op, values, a.Name())
					want := where
					if kind <= filter.CountOf {
						want = i >= 0 && offers(offered.Terms[i].Operators, op, values)
					}
					require.Equal(t, want, passes(made[kind](filter.NewCondition(a.Name(), op, values...))), "%d: %v %v of %s", kind, op, values, a.Name())
				}
			}
		}
		if i >= 0 {
			kinds = append(kinds, kind)
			for _, o := range offered.Terms[i].Operators {
				require.Equal(t, kind, termOf(t, schema, o.Example).Kind())
				require.Equal(t, o.Op, termOf(t, schema, o.Example).Condition().Op())
			}
		}
	}
	checkTerms(t, schema, offered.Terms, kinds...)
	for _, o := range offered.Operators {
		require.Equal(t, event, termOf(t, schema, o.Example).Events().Type())
	}
}

// offers reports whether operators with values are among those offered.
func offers(list []filter.CatalogueOperator, op filter.Op, values []filter.Value) bool {
	i := slices.IndexFunc(list, func(o filter.CatalogueOperator) bool { return o.Op == op })
	if i < 0 {
		return false
	}
	o := list[i]
	n := map[string]bool{"none": len(values) == 0, "one": len(values) == 1, "two": len(values) == 2, "list": len(values) > 0}
	return n[o.Operands] && (len(values) == 0 || slices.Contains(o.Values, values[0].Kind().String()))
}

// Periods that are offered are periods, and no others.
func TestCataloguePeriods(t *testing.T) {
	c := filter.CatalogueOf(contact.MustSchema())
	samples := []filter.Value{filter.Number(1), filter.Text("a"), filter.Bool(true), filter.Date(2026, 1, 1), filter.DateTime(time.UnixMilli(0)), filter.TimeOfDay(8, 0, 0),
		filter.Window("the last 2 days"), filter.Relative("today"), filter.Relative("now"), filter.Weekday(time.Friday)}
	words := []string{}
	for _, o := range c.Periods {
		words = append(words, o.Words)
		require.Equal(t, "did x "+o.Example, filter.MustParse("did x "+o.Example).String())
	}
	require.Equal(t, []string{"in", "since", "after", "before", "until", "on", "from"}, words)
	for op := filter.Equal; !op.OnSegments(); op++ {
		for n := range 3 {
			for _, v := range samples {
				values := []filter.Value{v, v}[:min(n, 2)]
				_, err := filter.New(filter.EventsOf("x").When(filter.PeriodOf(op, values...)).Did())
				require.Equal(t, err == nil, offers(c.Periods, op, values), "%v %v", op, values)
			}
		}
	}
}

// Types and attributes are found by name and label as fields are.
func TestCatalogueSearchesEvents(t *testing.T) {
	c := filter.CatalogueOf(shop())
	names := func(text string) []string {
		list := []string{}
		for _, f := range c.Search(text) {
			if f.Event != "" {
				f.Name = f.Event + ": " + f.Name
			}
			list = append(list, f.Name)
		}
		return list
	}
	require.Equal(t, []string{"purchase", "purchase"}, names("Purchase"), "the field and the type")
	require.Equal(t, []string{"purchase"}, names("bought"))
	require.Equal(t, []string{"url", "page.hit: url"}, names("url"))
	require.Equal(t, []string{"page.hit: url"}, names("address"))
	require.Equal(t, []string{"purchase: amount"}, names("value"))
	require.Equal(t, []string{"session: duration"}, names("seconds"))
	require.Empty(t, names("secret"))
	require.Len(t, names(""), 13)
}

// What an editor shows for a type of event.
func ExampleCatalogueOf_events() {
	c := filter.CatalogueOf(contact.MustSchema(contact.EventType("purchase", contact.Number("amount").Label("Amount")).Label("Bought something")))
	purchase, _ := c.EventType("purchase")
	fmt.Printf("%s: %s, %s\n", purchase.Label, purchase.Name, purchase.Kind)
	for _, t := range purchase.Terms {
		fmt.Printf("  %s | takes %s | %s\n", t.Words, t.Takes, t.Example)
	}
	amount := purchase.Attributes[0]
	fmt.Printf("%s: %s of %s, %s\n", amount.Label, amount.Name, amount.Event, amount.Kind)
	for _, o := range amount.Operators[:2] {
		fmt.Printf("  %s | %s\n", o.Words, o.Example)
	}
	for _, t := range amount.Terms {
		fmt.Printf("  %s | takes %s | %s\n", t.Words, t.Takes, t.Example)
	}
	data, err := json.Marshal(c.Periods[0])
	fmt.Println(string(data), err)
	// Output:
	// Bought something: purchase, event
	//   did … times | takes quantity | did purchase at least 3 times in the last 30 days
	//   did … on … different days | takes quantity | did purchase on at least 2 different days in the last 30 days
	//   did … then … | takes events | did purchase then purchase within 7 days
	//   first … | takes period | first purchase in the last 30 days
	//   last … | takes period | last purchase in the last 30 days
	// Amount: amount of purchase, number
	//   = | did purchase where (amount = 10)
	//   < | did purchase where (amount < 10)
	//   did … with … different | takes quantity | did purchase with at least 2 different amount in the last 30 days
	//   sum of … of | takes number | sum of amount of purchase >= 10
	//   average of … of | takes number | average of amount of purchase >= 10
	//   min of … of | takes number | min of amount of purchase >= 10
	//   max of … of | takes number | max of amount of purchase >= 10
	//   count of … of | takes number | count of amount of purchase >= 10
	//   … of first … | takes operator | amount of first purchase is empty
	//   … of last … | takes operator | amount of last purchase is empty
	// {"words":"in","operands":"one","values":["window"],"example":"in the last 7 days"} <nil>
}
