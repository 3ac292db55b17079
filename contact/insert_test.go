package contact_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
)

// Rows of a long transaction and rows of their own come to the same contacts and the
// same log, in whatever order their fields were written, also if one is written twice,
// written again later, or deleted.
func TestInsertLongIsInsertShort(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	rows := make([]*contacttest.Row, 0, 2500)
	for _, row := range contacttest.Rows(rng.Uint64(), cap(rows)) {
		rows = append(rows, row.Clone())
	}
	orders := make([][]int, len(rows)) // of the fields of each row
	for i := range orders {
		orders[i] = rng.Perm(14)
		if i%3 == 0 {
			orders[i] = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}
		}
		orders[i] = orders[i][:rng.IntN(15)]
		if i%7 == 0 && len(orders[i]) > 0 {
			orders[i] = append(orders[i], orders[i][0])
		}
	}
	again := make([]int, len(rows)) // what happens to a row after it was made
	for i := range again {
		again[i] = rng.IntN(12)
	}
	load := func(batch int) *contact.Store {
		store, err := contact.New(contacttest.Schema(), nil)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		for from := 0; from < len(rows); from += batch {
			require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
				for i := from; i < min(len(rows), from+batch); i++ {
					r := tx.Row()
					for _, f := range orders[i] {
						put(t, store.Schema(), r, rows[i], f)
					}
					id, err := r.Insert()
					require.NoError(t, err)
					switch again[i] {
					case 0:
						require.NoError(t, tx.Delete(id))
					case 1:
						require.NoError(t, tx.Set(id, contact.Values{"points": 7, "tags": nil, "city": nil}))
					case 2:
						require.NoError(t, tx.Add(id, "tags", "more", "vip"))
					}
				}
				return nil
			}))
		}
		return store
	}
	short, long := load(1), load(len(rows))
	require.Equal(t, short.View().Len(), long.View().Len())
	want, got := changesOf(t, short), changesOf(t, long)
	for i := range want {
		require.Equal(t, want[i], got[i])
		id := want[i].ID
		a, _ := short.View().Get(id)
		b, _ := long.View().Get(id)
		require.Equal(t, a, b)
		if email, has := a["email"]; has {
			found, ok, err := long.View().Lookup("email", email.Text())
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, id, found)
		}
	}
	require.Len(t, got, len(want))
}

// put sets one field of the workload.
func put(t *testing.T, schema *contact.Schema, r *contact.Row, row *contacttest.Row, field int) {
	value := [14]any{row.Email, row.First, row.Last, row.Country, row.City, row.Points, row.Revenue, nil, nil,
		contact.Day(row.Birthday), row.IsCustomer, row.Plan, row.Tags, row.DNC}[field]
	f, ok := schema.Field([]string{"email", "first_name", "last_name", "country", "city", "points", "revenue",
		"signup", "last_active", "birthday", "is_customer", "plan", "tags", "dnc"}[field])
	require.True(t, ok)
	switch x := value.(type) {
	case nil:
		r.Millis(f, row.Signup)
	case string:
		r.Text(f, x)
	case int:
		r.Number(f, float64(x))
	case float64:
		r.Number(f, x)
	case contact.Day:
		r.Day(f, x)
	case bool:
		r.Bool(f, x)
	case []string:
		r.List(f, x...)
	}
}

// changed is a change without handles, which differ from store to store.
type changed struct {
	ID     contact.ID
	Kind   contact.ChangeKind
	Fields []string
}

func changesOf(t *testing.T, store *contact.Store) (list []changed) {
	for record, err := range store.Log(1) {
		require.NoError(t, err)
		for c := range record.Changes() {
			x := changed{ID: c.ID, Kind: c.Kind}
			for _, f := range c.Fields {
				x.Fields = append(x.Fields, f.Field.Name()+": "+f.Old.String()+" > "+f.New.String())
			}
			list = append(list, x)
		}
	}
	return list
}
