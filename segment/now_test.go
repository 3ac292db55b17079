package segment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// What is read answers as of Now while a commit is being written.
func TestNowWhileWriting(t *testing.T) {
	clock := contacttest.NewClock(noon)
	opts := &contact.Options{Clock: clock}
	contacttest.SlowSync(opts, 300*time.Millisecond)
	d := openWith(t, t.TempDir(), contact.MustSchema(timeParts()...), opts, &segment.Options{})
	d.insert(1, contact.Values{"at": noon.Add(30 * time.Minute)})
	past := filter.MustParse("at < now")
	count := func() int {
		p, err := d.eng.Preview(d.ctx, past)
		require.NoError(t, err)
		return p.Count()
	}
	require.Equal(t, 0, count())
	clock.Turn(time.Hour)
	require.Equal(t, noon.Add(time.Hour), d.eng.Now())
	require.Equal(t, 1, count())
	done := make(chan bool)
	go func() { d.insert(1, contact.Values{}); close(done) }()
	for writing := true; writing; {
		select {
		case <-done:
			writing = false
		case <-time.After(10 * time.Millisecond):
		}
		require.Equal(t, 1, count(), "as of %v", d.eng.Now())
	}
}

// A clock that goes back does not take back what was told.
func TestNowNeverGoesBack(t *testing.T) {
	w := newWatch(t, nil)
	w.create("past", "at <= now")
	past := filter.MustParse("at <= -30 minutes")
	count := func() int {
		p, err := w.eng.Preview(w.ctx, past)
		require.NoError(t, err)
		return p.Count()
	}
	w.insert(1, contact.Values{"at": noon})
	w.clock.Turn(time.Hour)
	require.Equal(t, noon.Add(time.Hour), w.eng.Now())
	require.Equal(t, 1, count())
	w.clock.Set(noon)
	require.Equal(t, noon.Add(time.Hour), w.eng.Now())
	require.Equal(t, 1, count())
	two := w.insert(1, contact.Values{"at": noon.Add(30 * time.Minute)})
	in, err := w.eng.Contains("past", two)
	require.NoError(t, err)
	require.Equal(t, noon.Add(time.Hour), w.eng.Now())
	require.True(t, in)
	require.Equal(t, 2, count())
	require.NoError(t, w.eng.Verify(w.ctx))
}

// Now is the time as of which members are asked, also before 1970.
func TestNowBefore1970(t *testing.T) {
	clock := contacttest.NewClock(time.Date(1969, 7, 20, 20, 17, 0, 0, time.UTC))
	for _, still := range []bool{false, true} {
		store, err := contact.New(contact.MustSchema(contact.DateTime("at"), contact.EventType("hit")), &contact.Options{Clock: clock})
		require.NoError(t, err)
		eng, err := segment.New(store, &segment.Options{NoBackground: still})
		require.NoError(t, err)
		require.Equal(t, clock.Now(), eng.Now(), "still: %v", still)
		require.NoError(t, store.Update(t.Context(), func(tx *contact.Tx) error { _, err := tx.Insert(nil); return err }))
		require.Equal(t, clock.Now(), eng.Now(), "still: %v", still)
		require.NoError(t, store.Close())
	}
}
