package crm_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/crm"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// Every type and attribute has a label, the pieces are a schema by themselves, and all of
// them together are what one call makes.
func TestEventTypes(t *testing.T) {
	whole := compatSchema(t)
	names := map[string]bool{}
	for _, piece := range [][]contact.Part{
		crm.EmailEvents(), crm.PageEvents(), crm.FormEvents(), crm.AssetEvents(), crm.PushEvents(), crm.SMSEvents(), crm.VideoEvents(), crm.Purchases(),
	} {
		s, err := contact.NewSchema(piece...)
		require.NoError(t, err)
		for h := range s.EventTypes() {
			require.NotEqual(t, h.Name(), h.Label())
			require.False(t, names[h.Name()], "%s is in two pieces", h.Name())
			names[h.Name()] = true
			inWhole, ok := whole.EventType(h.Name())
			require.True(t, ok)
			require.Equal(t, h.Attributes().Len(), inWhole.Attributes().Len())
			for a := range h.Attributes().Fields() {
				require.NotEqual(t, a.Name(), a.Label(), h.Name())
				require.True(t, a.ForSegments())
			}
		}
	}
	for h := range whole.EventTypes() {
		require.True(t, names[h.Name()], "%s is in no piece", h.Name())
	}
}

// A host may have other sessions than those of visits.
func TestOtherSessions(t *testing.T) {
	s, err := crm.Schema(nil, contact.Sessions("session", time.Hour, "page.hit", "email.clicked"), contact.EventType("purchase", contact.Text("shop")))
	require.NoError(t, err)
	session, _ := s.EventType("session")
	gap, types, ok := session.Sessions()
	require.True(t, ok)
	require.Equal(t, time.Hour, gap)
	require.Equal(t, []string{"page.hit", "email.clicked"}, types)
	require.Equal(t, "Browsing session", session.Label())
	purchase, _ := s.EventType("purchase")
	_, ok = purchase.Attribute("shop")
	require.True(t, ok)
}

// What contacts did, with the types of events that are ready made, and who that finds.
func ExampleBehaviour() {
	schema, err := contact.NewSchema(append(crm.Behaviour(), contact.Text("name").Unique())...)
	if err != nil {
		log.Fatal(err)
	}
	store, err := contact.New(schema, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	eng, err := segment.New(store, nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	now := store.Now()
	err = store.Update(ctx, func(tx *contact.Tx) error {
		for _, did := range []struct {
			who, what string
			ago       time.Duration
			attrs     contact.Values
		}{
			{"Ada", "email.sent", 50 * time.Hour, contact.Values{"email": "spring"}},
			{"Ada", "email.clicked", 49 * time.Hour, contact.Values{"email": "spring", "link": "pricing"}},
			{"Ada", "page.hit", 49 * time.Hour, contact.Values{"url": "https://example.com/pricing"}},
			{"Ada", "page.hit", 48 * time.Hour, contact.Values{"url": "https://example.com/docs"}},
			{"Bob", "email.sent", 50 * time.Hour, contact.Values{"email": "spring"}},
			{"Bob", "page.hit", 12 * time.Minute, contact.Values{"url": "https://example.com/pricing"}},
			{"Bob", "page.hit", time.Minute, contact.Values{"url": "https://example.com/docs"}},
			{"Bob", "purchase", time.Minute, contact.Values{"amount": 59.9, "currency": "EUR"}},
		} {
			id, err := tx.Upsert(contact.Values{"name": did.who})
			if err != nil {
				return err
			}
			if err := tx.Record(id, contact.Event{Type: did.what, At: now.Add(-did.ago), Attrs: did.attrs}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, text := range []string{
		`did email.sent where (email = "spring") in the last 7 days and never did email.clicked where (email = "spring")`,
		`did page.hit where (url contains "/pricing") and never did purchase`,
		`did session at least 2 times in the last 7 days`,
		`duration of last session > 600`,
	} {
		p, err := eng.Preview(ctx, filter.MustParse(text))
		if err != nil {
			log.Fatal(err)
		}
		var names []string
		for id := range p.Members.All() {
			name, err := p.View.Value(id, "name")
			if err != nil {
				log.Fatal(err)
			}
			names = append(names, name.Text())
		}
		fmt.Println(strings.Join(names, ", ")+":", text)
	}
	// Output:
	// Bob: did email.sent where (email = "spring") in the last 7 days and never did email.clicked where (email = "spring")
	// Ada: did page.hit where (url contains "/pricing") and never did purchase
	// Ada: did session at least 2 times in the last 7 days
	// Bob: duration of last session > 600
}
