package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// newStore returns a store with one contact for each of the given values.
func newStore(t *testing.T, parts []contact.Part, people ...contact.Values) (*contact.Store, []contact.ID) {
	t.Helper()
	schema, err := contact.NewSchema(parts...)
	require.NoError(t, err)
	store, err := contact.New(schema, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	ids := make([]contact.ID, len(people))
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) (err error) {
		for i, values := range people {
			if ids[i], err = tx.Insert(values); err != nil {
				return err
			}
		}
		return nil
	}))
	return store, ids
}

func matches(t *testing.T, store *contact.Store, text string) contact.Set {
	t.Helper()
	f, err := filter.Parse(text)
	require.NoError(t, err)
	v := store.View()
	program, err := filter.Compile(f, v.Schema(), nil)
	require.NoError(t, err)
	set, err := program.Select(context.Background(), v)
	require.NoError(t, err)
	return set
}

func TestReadmeMissing(t *testing.T) {
	store, ids := newStore(t, []contact.Part{contact.Number("points")}, nil, contact.Values{"points": 0}, contact.Values{"points": 5})
	for _, row := range table(t, "missing") {
		set := matches(t, store, codes(row[0])[0])
		for i, id := range ids {
			require.Contains(t, []string{"✓", "·"}, row[i+1])
			require.Equal(t, row[i+1] == "✓", set.Contains(id), "%s, column %d", row[0], i+1)
		}
	}
}

// The people of the table are a line each of what they did.
func TestReadmeDid(t *testing.T) {
	store, ids := newStore(t, []contact.Part{contact.EventType("visit", contact.Number("seconds"))}, nil, nil, nil, nil)
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	require.NoError(t, store.Update(t.Context(), func(tx *contact.Tx) error {
		visit := func(seconds, days int) contact.Event {
			return contact.Event{Type: "visit", At: now.AddDate(0, 0, days), Attrs: contact.Values{"seconds": seconds}}
		}
		return errors.Join(tx.Record(ids[1], visit(30, -8)), tx.Record(ids[2], visit(5, -6), visit(7, -2)), tx.Record(ids[3], visit(9, 1)))
	}))
	v := store.View()
	rows := table(t, "did")
	require.NotEmpty(t, rows)
	for _, row := range rows {
		program, err := filter.Compile(filter.MustParse(codes(row[0])[0]), v.Schema(), nil)
		require.NoError(t, err)
		set, err := program.At(now).Select(t.Context(), v)
		require.NoError(t, err)
		for i, id := range ids {
			require.Contains(t, []string{"✓", "·"}, row[i+1])
			require.Equal(t, row[i+1] == "✓", set.Contains(id), "%s, column %d", row[0], i+1)
		}
	}
}

func TestReadmeHands(t *testing.T) {
	ctx := context.Background()
	store, ids := newStore(t, []contact.Part{contact.Number("points")}, contact.Values{"points": 5}, nil)
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	everybody := contact.SetOf(ids...)
	edits := map[string][]segment.ByHand{
		"nothing by hand": nil,
		"added by hand":   {{Add: []string{"s"}}},
		"removed by hand": {{Remove: []string{"s"}}},
		"reset afterwards": {
			{Add: []string{"s"}}, {Reset: []string{"s"}}, {Remove: []string{"s"}}, {Reset: []string{"s"}},
		},
	}
	rows := table(t, "hands")
	require.Len(t, rows, len(edits))
	for _, row := range rows {
		_, err := eng.Create(ctx, segment.Definition{Handle: "s", Name: "S", Filter: filter.MustParse("points = 5")})
		require.NoError(t, err)
		require.Contains(t, edits, row[0])
		for _, edit := range edits[row[0]] {
			edit.Contacts = everybody
			_, err := eng.Edit(ctx, edit)
			require.NoError(t, err)
		}
		for i, id := range ids {
			in, err := eng.Contains("s", id)
			require.NoError(t, err)
			require.Contains(t, []string{"member", "·"}, row[i+1])
			require.Equal(t, row[i+1] == "member", in, "%s, column %d", row[0], i+1)
		}
		_, err = eng.Delete(ctx, "s")
		require.NoError(t, err)
	}
}

// Whatever happens to the data or the definition, the hand wins.
func TestReadmeHandsStay(t *testing.T) {
	ctx := context.Background()
	store, ids := newStore(t, []contact.Part{contact.Number("points")}, contact.Values{"points": 5}, nil)
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	_, err = eng.Create(ctx, segment.Definition{Handle: "s", Name: "S", Filter: filter.MustParse("points = 5")})
	require.NoError(t, err)
	_, err = eng.Remove(ctx, "s", ids[0])
	require.NoError(t, err)
	_, err = eng.Add(ctx, "s", ids[1])
	require.NoError(t, err)

	check := func() {
		members, err := eng.Members("s")
		require.NoError(t, err)
		require.Equal(t, ids[1:], members.IDs())
	}
	check()
	require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Set(ids[0], contact.Values{"points": 6}) }))
	require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error { return tx.Set(ids[0], contact.Values{"points": 5}) }))
	check()
	_, err = eng.Change(ctx, "s", segment.Definition{Name: "S", Filter: filter.MustParse("points > 0")})
	require.NoError(t, err)
	check()
}

func TestReadmeText(t *testing.T) {
	for _, row := range table(t, "text") {
		rule := codes(row[0])[0]
		for i, want := range []bool{true, false} {
			for _, text := range codes(row[i+1]) {
				field, _, _ := strings.Cut(rule, " ")
				part := contact.Text(field)
				if strings.HasSuffix(row[0], "(exact)") {
					part = part.Exact()
				}
				store, ids := newStore(t, []contact.Part{part}, contact.Values{field: text})
				require.Equal(t, want, matches(t, store, rule).Contains(ids[0]), "%s and %q", rule, text)
			}
		}
	}

	cities := []contact.Part{contact.Text("city")}
	store, _ := newStore(t, cities)
	_, err := filter.Compile(filter.MustParse(`city < "m"`), store.Schema(), nil)
	require.ErrorContains(t, err, `"<" does not fit a text field`)
	for _, pair := range [][2]string{{"й", "и"}, {"ё", "е"}} {
		store, _ := newStore(t, cities, contact.Values{"city": pair[0]})
		require.Equal(t, 1, matches(t, store, `city = "`+pair[1]+`"`).Len(), pair)
	}

	store, ids := newStore(t, []contact.Part{contact.Text("email").Unique()}, contact.Values{"email": "zoë@example.com"})
	for email, want := range map[string]contact.ID{"ZOË@example.com": ids[0], "zoe@example.com": 0} {
		id, found, err := store.View().Lookup("email", email)
		require.NoError(t, err)
		require.Equal(t, want, id, email)
		require.Equal(t, want != 0, found, email)
	}
}

// figure reads 65 535 and 1 MiB.
func figure(t *testing.T, cell string) int {
	t.Helper()
	digits, mib := strings.CutSuffix(cell, " MiB")
	n, err := strconv.Atoi(strings.ReplaceAll(digits, " ", ""))
	require.NoError(t, err)
	if mib {
		n <<= 20
	}
	return n
}

// What goes one beyond a limit of the README's table is refused, and the error
// gives the limit.
func TestReadmeLimits(t *testing.T) {
	words := func(n int) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = strconv.Itoa(i)
		}
		return list
	}
	set := func(part contact.Part, value any) error {
		store, _ := newStore(t, []contact.Part{part})
		return store.Update(context.Background(), func(tx *contact.Tx) error {
			_, err := tx.Insert(contact.Values{"f": value})
			return err
		})
	}
	schema := func(parts ...contact.Part) error {
		s, err := contact.NewSchema(parts...)
		require.NoError(t, err)
		_, err = contact.New(s, nil)
		return err
	}
	parse := func(text string) error {
		_, err := filter.Parse(text)
		return err
	}
	beyond := map[string]func(limit int) error{
		"contact.Limits.Text": func(limit int) error { return set(contact.Text("f"), strings.Repeat("x", limit+1)) },
		"contact.Limits.Fields": func(limit int) error {
			var parts []contact.Part
			for _, name := range words(limit + 1) {
				parts = append(parts, contact.Bool(name))
			}
			return schema(parts...)
		},
		"contact.Limits.Options": func(limit int) error { return schema(contact.Select("f", words(limit+1)...)) },
		"contact.Limits.Tags":    func(limit int) error { return set(contact.Tags("f"), words(limit+1)) },
		"filter.Limits.Text":     func(limit int) error { return parse(strings.Repeat(" ", limit) + "a") },
		"filter.Limits.Nesting": func(limit int) error {
			return parse(strings.Repeat("(", limit+1) + "a = 1" + strings.Repeat(")", limit+1))
		},
	}
	rows := table(t, "limits")
	require.Len(t, rows, len(beyond))
	for _, row := range rows {
		name := codes(row[2])[0]
		require.Contains(t, beyond, name)
		var limit *contact.LimitError
		require.ErrorAs(t, beyond[name](figure(t, row[1])), &limit, name)
		require.Equal(t, figure(t, row[1]), limit.Limit, name)
		require.Equal(t, limit.Limit+1, limit.Got, name)
	}
}
