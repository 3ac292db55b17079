package segment

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	_ "github.com/rosterdb/roster/internal/testflags"
)

// What is set while the alarm rings is waited for, and after a failure no longer than the
// pause.
func TestAlarmSetWhileItRings(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		at   int64 // set meanwhile
		err  error
		want []time.Time
	}{
		{"nothing, success", unset, nil, nil},
		{"never, success", never, nil, nil},
		{"later, success", now.Add(time.Hour).UnixMilli(), nil, []time.Time{now.Add(time.Hour)}},
		{"nothing, failure", unset, errDamaged, []time.Time{now.Add(8 * time.Second)}},
		{"never, failure", never, errDamaged, []time.Time{now.Add(8 * time.Second)}},
		{"before, failure", now.Add(-time.Hour).UnixMilli(), errDamaged, []time.Time{now.Add(8 * time.Second)}},
		{"within the pause, failure", now.Add(5 * time.Second).UnixMilli(), errDamaged, []time.Time{now.Add(5 * time.Second)}},
		{"behind the pause, failure", now.Add(time.Hour).UnixMilli(), errDamaged, []time.Time{now.Add(8 * time.Second)}},
	} {
		clock := contacttest.NewClock(now)
		store, err := contact.New(contact.MustSchema(), &contact.Options{Clock: clock})
		require.NoError(t, err)
		eng, err := New(store, nil)
		require.NoError(t, err)
		a := &eng.alarm
		a.failed = 3
		a.clear()
		a.ringing = true
		if c.at != unset {
			a.set(c.at)
		}
		require.Empty(t, clock.Timers(), c.name)
		a.tell(c.err)
		require.Equal(t, c.want, clock.Timers(), c.name)
		require.NoError(t, store.Close())
		require.Empty(t, clock.Timers(), c.name)
	}
}

var errDamaged = errors.New("the disk is damaged")
