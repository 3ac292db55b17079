//go:build unix

package segment_test

import (
	"syscall"
	"time"
)

// cpuTime returns the processor time that the process has taken, of all its threads: on
// a machine that others use too, it tells more than the clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
