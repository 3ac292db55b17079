package contact_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
)

// workloadSchema has the fourteen fields of the workload's contacts.
func workloadSchema() *contact.Schema {
	return contact.MustSchema(
		contact.Text("email").Unique(), contact.Text("firstname"), contact.Text("lastname"), contact.Text("country"), contact.Text("city"),
		contact.Number("points"), contact.Number("revenue"), contact.DateTime("signup"), contact.DateTime("last_active"), contact.Date("birthday"),
		contact.Bool("is_customer"), contact.Select("plan", contacttest.Plans()...), contact.Tags("tags"), contact.Bool("dnc"),
	)
}

// fillWorkload inserts the first n contacts of the workload.
func fillWorkload(tb testing.TB, store *contact.Store, n int) {
	var handles []contact.Field
	for f := range store.Schema().Fields() {
		handles = append(handles, f)
	}
	update(tb, store, func(tx *contact.Tx) error {
		for _, r := range contacttest.Rows(1, n) {
			row := tx.Row().Text(handles[0], r.Email).Text(handles[1], r.First).Text(handles[2], r.Last).Text(handles[3], r.Country).Text(handles[4], r.City).
				Number(handles[5], float64(r.Points)).Millis(handles[7], r.Signup).Day(handles[9], contact.Day(r.Birthday)).
				Bool(handles[10], r.IsCustomer).Text(handles[11], r.Plan).List(handles[12], r.Tags...).Bool(handles[13], r.DNC)
			if r.HasRevenue {
				row.Number(handles[6], r.Revenue)
			}
			if r.HasLastActive {
				row.Millis(handles[8], r.LastActive)
			}
			if _, err := row.Insert(); err != nil {
				return err
			}
		}
		return nil
	})
}

// A thousand small stores in one process are normal.
func TestSmallStores(t *testing.T) {
	const stores = 50
	for _, c := range []struct{ contacts, most int }{{0, 256 << 10}, {100, 512 << 10}} {
		t.Run(fmt.Sprint(c.contacts), func(t *testing.T) {
			schema := workloadSchema()
			kept := make([]*contact.Store, stores)
			before := heap()
			for i := range kept {
				store, err := contact.New(schema, nil)
				require.NoError(t, err)
				if c.contacts > 0 {
					fillWorkload(t, store, c.contacts)
				}
				for range 10 { // a store that is in use, with versions behind it
					store.View()
					update(t, store, func(tx *contact.Tx) error { return tx.SetWork("nobody", 1) })
				}
				kept[i] = store
			}
			each := int(heap()-before) / stores
			t.Logf("a store of %d contacts: %d KiB", c.contacts, each>>10)
			require.LessOrEqual(t, each, c.most)
			runtime.KeepAlive(kept)
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
