package segment_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// eventEngine returns an engine over the workload with its events, at the time when they
// end, made once per size.
func eventEngine(b testing.TB, n int) *segment.Engine {
	b.Helper()
	if e := eventEngines[n]; e != nil {
		return e
	}
	store, _ := eventStore(b, n)
	eng, err := segment.New(store, &segment.Options{NoBackground: true})
	require.NoError(b, err)
	eventEngines[n] = eng
	return eng
}

var eventEngines = map[int]*segment.Engine{}

// eventStore returns a store with the first n contacts of the workload and their events,
// and its clock, at the time when they end.
func eventStore(b testing.TB, n int) (*contact.Store, *contacttest.Clock) {
	ctx := context.Background()
	clock := contacttest.NewClock(contacttest.Now())
	store, err := contact.New(contacttest.Schema(), &contact.Options{KeepLog: -1, Clock: clock})
	require.NoError(b, err)
	require.NoError(b, contacttest.Load(ctx, store, benchSeed, n, 10_000))
	require.NoError(b, contacttest.LoadEvents(ctx, store, benchSeed, n, 1000))
	return store, clock
}

// The queries about events.

func q11Filter(i int) filter.Filter {
	return text(`did email.read where (object = %q)`, contacttest.ObjectName(q11Object(i)))
}

func q11Object(i int) int { return 10 + i }

func q12Filter(i int) filter.Filter {
	return text(`did purchase at least 3 times in the last %d hours`, q12Window(i)/time.Hour)
}

func q12Window(i int) time.Duration { return time.Duration(90*24-i) * time.Hour }

func q13Filter(i int) filter.Filter {
	return text(`did not do page.hit in the last %d hours`, q13Window(i)/time.Hour)
}

func q13Window(i int) time.Duration { return time.Duration(60*24-i) * time.Hour }
