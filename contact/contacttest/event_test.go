package contacttest_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
)

// The events for a seed and a number of contacts never change.
func TestEventsStay(t *testing.T) {
	h := sha256.New()
	for i, ev := range contacttest.Events(42, 1000) {
		fmt.Fprintf(h, "%d %+v\n", i, *ev)
	}
	require.Equal(t, "8e778c6c20f4041c1666bf0d65e6acb0871aa88b92bc6846dc2fd8da0e90f27a", fmt.Sprintf("%x", h.Sum(nil)))
}

func TestEventsAreValid(t *testing.T) {
	const n = 2000
	types := setOf(contacttest.EventTypes())
	require.Len(t, types, 8)
	last, count := contacttest.Now().AddDate(-1, 0, 0).UnixMilli(), 0
	for i, ev := range contacttest.Events(testflags.Seed(t), n) {
		require.Equal(t, count, i)
		count++
		require.True(t, 0 <= ev.Contact && ev.Contact < n, ev.Contact)
		require.True(t, types[ev.Type], ev.Type)
		require.True(t, 1 <= ev.Object && ev.Object <= contacttest.MostObjects, ev.Object)
		require.Equal(t, ev.Type == contacttest.Purchase, ev.Amount != 0)
		require.True(t, 0 <= ev.Amount && ev.Amount <= 2000 && math.Round(ev.Amount*100)/100 == ev.Amount, ev.Amount)
		require.LessOrEqual(t, last, ev.At)
		last = ev.At
	}
	require.Equal(t, n*contacttest.EventsEach, count)
	require.Less(t, last, contacttest.Now().UnixMilli())
	for range contacttest.Events(7, 0) {
		t.Fatal("an event of nobody")
	}
	for i := range contacttest.Events(7, 1) { // as few as there can be, and not to the end
		require.Zero(t, i)
		break
	}
}

// The shares that the package text tells.
func TestEventShares(t *testing.T) {
	const n = 200_000
	byType, byContact := map[string]int{}, make([]int, n)
	reads, of17 := 0, 0
	now := contacttest.Now().UnixMilli()
	hits, purchases := map[int]bool{}, map[int]int{}
	for _, ev := range contacttest.Events(1, n) {
		byType[ev.Type]++
		byContact[ev.Contact]++
		days := (now - ev.At) / (24 * time.Hour).Milliseconds()
		switch {
		case ev.Type == "email.read":
			reads++
			if ev.Object == 17 {
				of17++
			}
		case ev.Type == "page.hit" && days < 60:
			hits[ev.Contact] = true
		case ev.Type == contacttest.Purchase && days < 90:
			purchases[ev.Contact]++
		}
	}
	const total = n * contacttest.EventsEach
	require.InDelta(t, .3, float64(byType["page.hit"])/total, .003)
	require.InDelta(t, .2, float64(reads)/total, .002)
	require.InDelta(t, .016, float64(byType[contacttest.Purchase])/total, .0005)
	require.InDelta(t, .0072, float64(of17)/float64(reads), .0005)
	require.InDelta(t, .3, float64(len(hits))/n, .01)
	thrice := 0
	for _, k := range purchases {
		if k >= 3 {
			thrice++
		}
	}
	require.InDelta(t, .0006, float64(thrice)/n, .0002)
	require.InDelta(t, .47, topShare(byContact, n/10, total), .01)
	require.InDelta(t, .22, topShare(byContact, n/100, total), .01)
}

// topShare returns the share of all events that the most active contacts have.
func topShare(byContact []int, most, total int) float64 {
	active := map[int]int{} // contacts by number of events
	highest := 0
	for _, k := range byContact {
		active[k]++
		highest = max(highest, k)
	}
	sum := 0
	for k := highest; k > 0 && most > 0; k-- {
		sum += k * min(most, active[k])
		most -= active[k]
	}
	return float64(sum) / float64(total)
}

func TestLoadEvents(t *testing.T) {
	const n = 300
	ctx := context.Background()
	store, err := contacttest.NewStore(1, n)
	require.NoError(t, err)
	defer store.Close()
	require.NoError(t, contacttest.LoadEvents(ctx, store, 1, n, 700))

	v := store.View()
	total := 0
	for h := range v.Schema().EventTypes() {
		total += v.EventsOf(h).Len()
	}
	require.Equal(t, n*contacttest.EventsEach, total)
	want := map[contact.ID][]contact.Event{}
	for _, ev := range contacttest.Events(1, n) {
		e := contact.Event{Type: ev.Type, At: time.UnixMilli(ev.At).UTC(), Attrs: contact.Values{"object": contacttest.ObjectName(ev.Object)}}
		if ev.Amount != 0 {
			e.Attrs["amount"] = ev.Amount
		}
		id := contact.ID(ev.Contact + 1)
		want[id] = append(want[id], e)
	}
	for id, list := range want {
		events, err := v.Events(id, nil)
		require.NoError(t, err)
		var got []contact.Event
		for _, ev := range events {
			got = append(got, ev)
		}
		require.Equal(t, list, got, "contact %d", id)
	}
}

func TestEventWriterNeedsTheTypes(t *testing.T) {
	_, err := contacttest.NewEventWriter(contacttest.Schema())
	require.ErrorContains(t, err, `page.hit`)
	_, err = contacttest.NewEventWriter(contact.MustSchema(contact.EventType("page.hit")))
	require.ErrorContains(t, err, `object`)
}

func BenchmarkEvents(b *testing.B) {
	b.ReportAllocs()
	n := 0
	for n < b.N {
		for range contacttest.Events(1, 100_000) {
			if n++; n == b.N {
				break
			}
		}
	}
}
