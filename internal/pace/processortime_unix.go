//go:build unix

package pace

import (
	"syscall"
	"time"
)

// ProcessorTime returns the processor time that the process has taken, of all its threads;
// 0 if the system does not tell. On a machine that others use too, it tells more than the
// clock.
func ProcessorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
