package filter_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/internal/testflags"
)

// Whatever is done with a list costs by its length, also when that is long: four
// times the list is no more than twelve times the work, when the product of lengths
// would be sixteen. The seconds on top are for garbage that others left behind; the product
// of a length with itself is much more. -roster.cases=1000000 asks for a million.
func TestListsInProportion(t *testing.T) {
	if timeFactor > 1 {
		t.Skip("nothing runs beside it, and with the race detector times tell little")
	}
	store, err := contact.New(contact.MustSchema(contact.Text("name"), contact.Number("n"), contact.Number("cents"), contact.Tags("tags"), contact.Date("day")), nil)
	require.NoError(t, err)
	require.NoError(t, store.Update(t.Context(), func(tx *contact.Tx) error {
		for i := range 20_000 {
			_, err := tx.Insert(contact.Values{"name": fmt.Sprint("Name ", i), "n": i * 3, "cents": float64(i) / 7, "tags": fmt.Sprint(i % 1000), "day": contact.Day(i)})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	v := store.View()
	for _, c := range []struct {
		name string
		term func(n int) filter.Term
	}{
		{"texts", func(n int) filter.Term { return filter.Field("name").In(namesTo(n)) }},
		{"numbers", func(n int) filter.Term { return filter.Field("n").In(wholeTo(n)...) }},
		{"fractions", func(n int) filter.Term { return filter.Field("cents").NotIn(floats(n)) }},
		{"tags", func(n int) filter.Term { return filter.Field("tags").HasAny(namesTo(n)) }},
		{"days", func(n int) filter.Term { return filter.Field("day").In(daysTo(n)...) }},
	} {
		most := max(200_000, testflags.Cases(0))
		few := costs(t, v, c.term(most/4))
		many := costs(t, v, c.term(most))
		for i, step := range many {
			t.Logf("%s: %-11s %v, a quarter %v", c.name, step.name, step.work.Round(time.Millisecond), few[i].work.Round(time.Millisecond))
			require.Less(t, step.work, 12*few[i].work+pace.Limit(5*time.Second), "%s: %s", c.name, step.name)
		}
		runtime.GC()
	}
}

type cost struct {
	name string
	work time.Duration
}

// costs does everything that can be done with a filter.
func costs(t *testing.T, v *contact.View, term filter.Term) (list []cost) {
	do := func(name string, fn func() error) {
		t.Helper()
		spent := pace.Start()
		require.NoError(t, fn(), name)
		list = append(list, cost{name, spent()})
	}
	var f, again filter.Filter
	var text string
	var data []byte
	var program *filter.Program
	do("New", func() (err error) { f, err = filter.New(term); return err })
	do("String", func() error { text = f.String(); return nil })
	do("Parse", func() (err error) { again, err = filter.Parse(text); return err })
	do("Equal", func() error { require.True(t, again.Equal(f)); return nil })
	do("MarshalJSON", func() (err error) { data, err = json.Marshal(f); return err })
	do("ParseJSON", func() (err error) { again, err = filter.Limits{}.ParseJSON(data); return err })
	require.True(t, again.Equal(f))
	do("Check", func() error { return filter.Check(f, v.Schema(), nil) })
	do("Compile", func() (err error) { program, err = filter.Compile(f, v.Schema(), nil); return err })
	count := 0
	do("Count", func() (err error) { count, err = program.Count(t.Context(), v); return err })
	do("Select", func() error {
		set, err := program.Select(t.Context(), v)
		require.Equal(t, count, set.Len())
		return err
	})
	do("Match", func() error {
		for id := contact.ID(1); id <= 20; id++ {
			program.Match(v, id)
		}
		return nil
	})
	do("Plan", func() error { _, err := program.Plan(t.Context(), v); return err })
	do("Explain", func() error { _ = program.Explain(v, 1).Tree(); return nil })
	do("Normal", func() error { _, err := f.Normal(); return err })
	do("Fingerprint", func() error { f.Fingerprint(); return nil })
	do("Lint", func() error { _, err := filter.Lint(f, v.Schema(), nil); return err })
	return list
}

func namesTo(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint("name ", i)
	}
	return list
}

func wholeTo(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = float64(i * 2)
	}
	return list
}

func daysTo(n int) []any {
	list := make([]any, n)
	for i := range list {
		year, month, day := contact.Day(i * 2).Date()
		list[i] = filter.Date(year, month, day)
	}
	return list
}

// A change asks a filter about one contact: that costs by what the contact has, and not
// by the list.
func TestMatchOfManyTags(t *testing.T) {
	store, err := contact.New(contact.MustSchema(contact.Tags("tags"), contact.Select("plan", append(namesTo(100), "Café")...)), nil)
	require.NoError(t, err)
	require.NoError(t, store.Update(t.Context(), func(tx *contact.Tx) error {
		for _, values := range []contact.Values{{"tags": []string{"other", "Náme 99999"}, "plan": "café"}, {"tags": "name 100000"}, {}, {"plan": "name 7"}} {
			if _, err := tx.Insert(values); err != nil {
				return err
			}
		}
		return nil
	}))
	v := store.View()
	tags, err := filter.Compile(filter.Must(filter.Field("tags").HasAny(namesTo(100_000))), v.Schema(), nil)
	require.NoError(t, err)
	plans, err := filter.Compile(filter.Must(filter.Field("plan").In(append(namesTo(7), "CAFE", "name 8", "NAME 9", "name 10", "name 11", "name 12", "name 13", "name 14", "name 15", "name 16", "name 17"))), v.Schema(), nil)
	require.NoError(t, err)
	pace.Within(t, 10*time.Second, "50 000 questions", func() {
		for range 10_000 {
			require.True(t, tags.Match(v, 1))
			require.False(t, tags.Match(v, 2))
			require.False(t, tags.Match(v, 3))
			require.True(t, plans.Match(v, 1))
			require.False(t, plans.Match(v, 4))
		}
	})
}
