package pace

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	_ "github.com/rosterdb/roster/internal/testflags"
)

// A judge is a test that only notes that it has failed.
type judge struct {
	testing.TB
	failed bool
}

func (j *judge) Fatalf(string, ...any) { j.failed = true }

// Work counts and waiting does not.
func TestWork(t *testing.T) {
	if ProcessorTime() == 0 {
		t.Skip("the system does not tell the processor time")
	}
	work := Within(t, time.Hour, "chores", chores)
	require.Positive(t, work)
	require.Less(t, Within(t, time.Hour, "waiting", func() { time.Sleep(time.Second) }), time.Second/2)

	j := &judge{TB: t}
	Within(j, time.Nanosecond, "chores", chores)
	require.True(t, j.failed, "more than the limit")
	j.failed = false
	Check(j, time.Second, "nothing", 0)
	require.False(t, j.failed)
}

// A limit grows on a slower machine and does not shrink on a faster one.
func TestLimit(t *testing.T) {
	require.GreaterOrEqual(t, Limit(time.Second), time.Second)
	require.Less(t, Limit(time.Second), 2000*time.Second, "no machine is that slow")
	t.Logf("this machine is slower by %.2f", slowness())
}
