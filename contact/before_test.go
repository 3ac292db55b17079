package contact_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// checkBefore compares what a floor is told of old values, and of those in place,
// with what the log says of the same commit.
func checkBefore(c *contact.Commit) error {
	i, schema := 0, c.View().Schema().WithHidden()
	for change := range c.Record().Changes() {
		touched := &c.Contacts()[i]
		i++
		if touched.ID != change.ID || touched.Kind != change.Kind || len(touched.Fields) != len(change.Fields) {
			return fmt.Errorf("touched %+v, logged %+v", *touched, change)
		}
		for k, f := range change.Fields {
			field, ok := schema.Field(f.Field.Name())
			if !ok || field.Index() != int(touched.Fields[k]) {
				return fmt.Errorf("field %d of contact %d, want %q", touched.Fields[k], change.ID, f.Field.Name())
			}
			x, has := c.OldNumber(touched, k)
			old := f.Old
			if change.Kind != contact.Updated {
				old = contact.Value{}
			}
			if wantX, want := placeOf(old); has != want || x != wantX {
				return fmt.Errorf("contact %d had the number %v (%v) in %q, want %v", change.ID, x, has, f.Field.Name(), old)
			}
			if got, want := slices.Sorted(slices.Values(c.OldWords(touched, k))), foldedOf(field, old); !slices.Equal(got, want) {
				return fmt.Errorf("contact %d had %q in %q, want %q", change.ID, got, f.Field.Name(), want)
			}
			if got, want := slices.Sorted(slices.Values(c.View().AppendWords(nil, change.ID, field))), foldedOf(field, f.New); !slices.Equal(got, want) {
				return fmt.Errorf("contact %d has %q in %q, want %q", change.ID, got, f.Field.Name(), want)
			}
		}
	}
	return nil
}

func placeOf(v contact.Value) (x float64, ok bool) {
	switch v.Kind() {
	case contact.KindNumber:
		return v.Number(), true
	case contact.KindBool:
		if v.Bool() {
			return 1, true
		}
		return 0, true
	case contact.KindTimeOfDay:
		return float64(v.ClockTime()), true
	case contact.KindDate:
		return float64(v.Day()), true
	case contact.KindDateTime:
		return float64(v.Time().UnixMilli()), true
	}
	return 0, false
}

func foldedOf(f contact.Field, v contact.Value) (words []string) {
	switch v.Kind() {
	case contact.KindText, contact.KindSelect:
		words = []string{v.Text()}
	case contact.KindMultiSelect, contact.KindTags:
		words = slices.Clone(v.List())
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	for i, w := range words {
		if !f.Exact() {
			words[i] = contact.Fold(w)
		}
	}
	slices.Sort(words)
	return words
}

// A transaction that changes a value several times, or back, tells what was there at
// its beginning.
func TestOldValues(t *testing.T) {
	store := newStore(t, contact.Text("name"), contact.Text("code").Exact(), contact.Number("points"), contact.Tags("tags"), contact.Bool("vip"))
	var ada, bob contact.ID
	require.NoError(t, store.Update(ctx, func(tx *contact.Tx) (err error) {
		if ada, err = tx.Insert(contact.Values{"name": "Ädä", "code": "Ä1", "points": 3, "tags": []string{"B", "a"}}); err == nil {
			bob, err = tx.Insert(contact.Values{"name": "", "vip": false})
		}
		return err
	}))
	var told []string
	require.NoError(t, store.Attach("floor", &testFloor{prepare: func(c *contact.Commit) error {
		told = nil
		for i := range c.Contacts() {
			touched := &c.Contacts()[i]
			for k, f := range touched.Fields {
				x, ok := c.OldNumber(touched, k)
				told = append(told, fmt.Sprint(touched.ID, touched.Kind, f, x, ok, c.OldWords(touched, k)))
			}
		}
		return checkBefore(c)
	}}, nil))
	require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error {
		for _, points := range []int{4, 5, 6} {
			if err := tx.Set(ada, contact.Values{"points": points, "name": "Eve", "code": "x", "tags": []string{"c"}}); err != nil {
				return err
			}
		}
		if err := tx.Set(bob, contact.Values{"vip": true, "name": "Bob"}); err != nil {
			return err
		}
		_, err := tx.Insert(contact.Values{"name": "Cy"})
		return err
	}))
	require.Equal(t, []string{
		"1 updated 0 0 false [ada]", "1 updated 1 0 false [Ä1]", "1 updated 2 3 true []", "1 updated 3 0 false [b a]",
		"2 updated 0 0 false []", "2 updated 4 0 true []", "3 created 0 0 false []",
	}, told)
	require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error {
		if err := tx.Set(ada, contact.Values{"points": 7, "tags": []string{"C"}}); err != nil {
			return err
		}
		return tx.Delete(bob)
	}))
	require.Equal(t, []string{"1 updated 2 6 true []", "2 deleted 0 0 false []", "2 deleted 4 0 false []"}, told)
}
