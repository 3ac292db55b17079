package segment_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/segment"
)

// The cause of a change is that contact's own, alone in its transaction or with so many
// others that filters are asked about all contacts at once.
func TestReasonsInACrowd(t *testing.T) {
	want := map[string]string{
		"ann hits": "event", "cid hits": "event", "eve hits": "event",
		"bob rich": "data", "cid rich": "data",
		"ann any": "event", "bob any": "data", "cid any": "data", "eve any": "event",
		"ann firm": "event", "cid firm": "event", "dan firm": "data", "eve firm": "data",
		"ann user": "segment of hits", "bob user": "data", "cid user": "data", "eve user": "segment of hits",
		"ann both": "segment of hits", "bob both": "segment of rich", "cid both": "segment of hits", "eve both": "segment of hits",
	}
	for _, crowd := range []int{0, 1, 3000} {
		t.Run(fmt.Sprint(crowd), func(t *testing.T) {
			parts := []contact.Part{contact.Number("points"), hitPart, contact.Companies(contact.Number("employees"))}
			store, err := contact.New(contact.MustSchema(parts...), &contact.Options{Clock: contacttest.NewClock(noon)})
			require.NoError(t, err)
			eng, err := segment.New(store, &segment.Options{NoBackground: true})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, store.Close()) })
			d := &desk{t, context.Background(), store, eng}
			names, handles := map[contact.ID]string{}, map[segment.ID]string{}
			for _, name := range []string{"ann", "bob", "cid", "dan", "eve"} {
				names[d.insert(1, contact.Values{"points": 1})] = name
			}
			last := d.insert(crowd+1, contact.Values{"points": 1})
			first := last - contact.ID(crowd)
			d.update(func(tx *contact.Tx) error {
				for id := contact.ID(4); id <= 5; id++ { // dan's and eve's
					firm, err := tx.Companies().Insert(contact.Values{"employees": 1})
					if err == nil {
						err = tx.Companies().Associate(id, firm)
					}
					if err != nil {
						return err
					}
				}
				return nil
			})
			for _, def := range [][2]string{
				{"hits", `did hit`}, {"rich", `points > 5`}, {"any", `did hit or points > 5`}, {"firm", `company.employees > 10 or did hit`},
				{"user", `in segment hits or points > 5`}, {"both", `in segment hits or in segment rich`},
			} {
				handles[d.create(def[0], def[1]).ID] = def[0]
			}
			from := eng.LastChange() + 1
			d.update(func(tx *contact.Tx) error {
				var wrong []error
				for _, id := range []contact.ID{1, 3, 5} {
					wrong = append(wrong, tx.Record(id, hit(noon, "a")))
				}
				for firm := contact.CompanyID(1); firm <= 2; firm++ {
					wrong = append(wrong, tx.Companies().Set(firm, contact.Values{"employees": 100}))
				}
				for _, id := range []contact.ID{2, 3} {
					wrong = append(wrong, tx.Set(id, contact.Values{"points": 9}))
				}
				for id := first; id <= last; id++ {
					wrong = append(wrong, tx.Set(id, contact.Values{"points": 9}))
				}
				return errors.Join(wrong...)
			})
			got, bulk := map[string]string{}, 0
			for c, err := range eng.Changes(from) {
				require.NoError(t, err)
				reason := c.Cause.String()
				if c.Via != 0 {
					reason += " of " + handles[c.Via]
				}
				if c.Bulk {
					bulk++
				}
				if name, known := names[c.Contact]; known {
					got[name+" "+c.Segment] = reason
				} else if c.Segment == "both" {
					require.Equal(t, "segment of rich", reason)
				} else {
					require.Equal(t, "data", reason)
				}
			}
			require.Equal(t, want, got)
			require.Equal(t, crowd > 64, bulk > crowd)
		})
	}
}
