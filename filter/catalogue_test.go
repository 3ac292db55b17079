package filter_test

import (
	"encoding/json"
	"fmt"
	"log"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

// The catalogue and the checker agree: what is offered passes, with every sort of
// value that is offered, and what is not is refused.
func TestCatalogueIsWhatPasses(t *testing.T) {
	choose := filtertest.FromRand(rand.New(rand.NewPCG(testflags.Seed(t), 5)))
	for range testflags.Cases(12) {
		schema := filtertest.New(choose).Schema()
		c := filter.CatalogueOf(schema)
		for f := range schema.Fields() {
			offered, ok := c.Field(f.Name())
			require.Equal(t, f.ForSegments(), ok)
			for op := filter.Equal; !op.OnSegments(); op++ {
				tried(t, schema, f, op, offered)
			}
			triedParts(t, schema, f, offered)
			domain, isEmail := f.Domain()
			offered, ok = c.Field(f.Name() + ".domain")
			require.Equal(t, isEmail && f.ForSegments(), ok)
			for op := filter.Equal; isEmail && !op.OnSegments(); op++ {
				tried(t, schema, domain, op, offered)
			}
		}
	}
}

func tried(t *testing.T, schema *contact.Schema, f contact.Field, op filter.Op, offered filter.CatalogueField) {
	passes := func(values ...filter.Value) bool {
		made, err := filter.New(filter.NewCondition(f.Name(), op, values...))
		return err == nil && filter.Check(made, schema, nil) == nil
	}
	i := slices.IndexFunc(offered.Operators, func(o filter.CatalogueOperator) bool { return o.Op == op })
	var o filter.CatalogueOperator
	if i >= 0 {
		o = offered.Operators[i]
		require.Equal(t, op.String(), o.Words)
		require.NotEmpty(t, o.Example)
		require.NoError(t, filter.Check(filter.MustParse(o.Example), schema, nil), o.Example)
		require.NoError(t, filter.Check(filter.MustParse("not ("+o.Example+")"), schema, nil))
		require.Equal(t, filter.MustParse("not "+o.Example).String() != "not "+o.Example, o.Negation != "", o.Example)
	}
	require.Equal(t, o.Operands == "none", passes(), "%q and %s", op, f.Kind())
	samples := map[string]filter.Value{
		"number": filter.Number(1), "text": filter.Text("a"), "bool": filter.Bool(true), "date": filter.Date(2026, 1, 1), "datetime": filter.DateTime(time.UnixMilli(0)),
		"relative date": filter.Relative("last month"), "relative datetime": filter.Relative("-36 hours"), "window": filter.Window("the next 3 weeks"),
		"weekday": filter.Weekday(time.Friday), "time of day": filter.TimeOfDay(8, 0, 0),
	}
	require.Equal(t, i >= 0 && f.Kind().Declared() && o.Operands != "none", o.Declared)
	for kind, v := range samples {
		if options := f.Options(); kind == "text" && len(options) > 0 {
			require.Len(t, offered.Options, map[bool]int{true: len(options)}[f.ForSegments()])
			v = filter.Text(options[0].Value)
			require.False(t, passes(filter.Text("no such option")))
		}
		takes := slices.Contains(o.Values, kind)
		for operands, values := range map[string][]filter.Value{"one": {v}, "two": {v, v}, "list": {v, v, v}} {
			fits := takes && (o.Operands == operands || o.Operands == "list")
			require.Equal(t, fits, passes(values...), "%q and %s, %d times %s", op, f.Kind(), len(values), kind)
		}
	}
}

// triedParts does the same with the parts of a date.
func triedParts(t *testing.T, schema *contact.Schema, f contact.Field, offered filter.CatalogueField) {
	passes := func(part filter.Part, op filter.Op, values ...filter.Value) bool {
		made, err := filter.New(filter.Field(f.Name()).Part(part).Condition(op, values...))
		return err == nil && filter.Check(made, schema, nil) == nil
	}
	for part := filter.PartYear; part <= filter.PartHour; part++ {
		var p filter.CataloguePart
		if i := slices.IndexFunc(offered.Parts, func(p filter.CataloguePart) bool { return p.Part == part }); i >= 0 {
			p = offered.Parts[i]
			require.Equal(t, part.String(), p.Name)
		}
		for op := filter.Equal; !op.OnSegments(); op++ {
			var o filter.CatalogueOperator
			if i := slices.IndexFunc(p.Operators, func(o filter.CatalogueOperator) bool { return o.Op == op }); i >= 0 {
				o = p.Operators[i]
				example := filter.MustParse(o.Example)
				require.NoError(t, filter.Check(example, schema, nil), o.Example)
				require.Equal(t, part, first(example).Part(), o.Example)
			}
			for kind, v := range map[string]filter.Value{
				"number": filter.Number(float64(p.High)), "weekday": filter.Weekday(time.Sunday), "date": filter.Date(2026, 1, 1),
				"relative date": filter.Relative("today"), "window": filter.Window("the last 2 days"), "text": filter.Text("monday"),
			} {
				for operands, values := range map[string][]filter.Value{"one": {v}, "two": {v, v}, "list": {v, v, v}} {
					fits := slices.Contains(o.Values, kind) && (o.Operands == operands || o.Operands == "list")
					require.Equal(t, fits, passes(part, op, values...), "%s, %q and %s, %d times %s", part, op, f.Kind(), len(values), kind)
				}
			}
		}
		if p.High > 0 {
			require.True(t, passes(part, filter.Equal, filter.Number(float64(p.Low))))
			require.False(t, passes(part, filter.Equal, filter.Number(float64(p.Low-1))))
			require.False(t, passes(part, filter.Equal, filter.Number(float64(p.High+1))))
		}
	}
}

// first returns the first condition of a filter.
func first(f filter.Filter) (first filter.Condition) {
	for _, c := range f.Conditions() {
		return c
	}
	return first
}

func TestCatalogueSearch(t *testing.T) {
	c := filter.CatalogueOf(contact.MustSchema(
		contact.Text("last_city").Label("Last seen in"), contact.Text("city").Label("Ort"), contact.Text("cityscape"), contact.Text("x").Label("Größe"),
		contact.Text("secret_city").NotForSegments(), contact.Text("first name"),
	))
	names := func(text string) []string {
		list := []string{}
		for _, f := range c.Search(text) {
			list = append(list, f.Name)
		}
		return list
	}
	require.Equal(t, []string{"city", "cityscape", "last_city"}, names("CITY"))
	require.Equal(t, []string{"city", "cityscape", "last_city"}, names(" cit "))
	require.Equal(t, []string{"x"}, names("grosse"))
	require.Equal(t, []string{"city"}, names("ort"))
	require.Equal(t, []string{"first name"}, names("name"))
	require.Equal(t, []string{"last_city", "city", "cityscape", "x", "first name"}, names(""))
	require.Empty(t, names("secret"))
	require.Empty(t, names("nothing of that"))
	f, _ := c.Field("first name")
	require.Equal(t, "`first name`", f.Written)
	require.Equal(t, "first name", f.Label)
	_, ok := c.Field("secret_city")
	require.False(t, ok)

	for _, s := range c.Sections[1:] {
		data, err := json.Marshal(s.Fields)
		require.NoError(t, err)
		require.Equal(t, "[]", string(data))
	}
	for _, o := range c.Segments {
		require.True(t, o.Op.OnSegments())
		require.NoError(t, filter.Check(filter.MustParse(o.Example), contact.MustSchema(), &members{known: []string{"vip"}}))
	}
	require.Len(t, c.Segments, 3)
}

// What an editor shows for a field.
func ExampleCatalogueOf() {
	schema := contact.MustSchema(
		contact.Text("city").Label("City"),
		contact.Number("points").Label("Points"),
		contact.Select("plan", "free", "pro").Label("Plan").OptionLabel("pro", "Professional"),
	)
	c := filter.CatalogueOf(schema)
	for _, f := range c.Search("p") {
		fmt.Printf("%s: %s, %s\n", f.Label, f.Name, f.Kind)
		for _, o := range f.Operators {
			fmt.Printf("  %s | %s | takes %s %v | %s\n", o.Words, o.Negation, o.Operands, o.Values, o.Example)
		}
	}
	plan, _ := c.Field("plan")
	data, err := json.Marshal(plan.Options)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(data))
	// Output:
	// Points: points, number
	//   = | != | takes one [number] | points = 10
	//   < |  | takes one [number] | points < 10
	//   <= |  | takes one [number] | points <= 10
	//   > |  | takes one [number] | points > 10
	//   >= |  | takes one [number] | points >= 10
	//   between | not between | takes two [number] | points between 10 and 10
	//   in | not in | takes list [number] | points in (10)
	//   is empty | is not empty | takes none [] | points is empty
	// Plan: plan, select
	//   = | != | takes one [text] | plan = "free"
	//   in | not in | takes list [text] | plan in ("free")
	//   is empty | is not empty | takes none [] | plan is empty
	// [{"value":"free","label":"free"},{"value":"pro","label":"Professional"}]
}
