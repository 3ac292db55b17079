package contact

import "time"

// Clock tells the time and wakes. All floors of a store use the one in its
// [Options].
//
// A Clock must be safe for concurrent use.
type Clock interface {
	// Now returns the time. It may stand still or jump.
	Now() time.Time
	// AfterFunc calls f on a goroutine of its own once d has passed, unless stop
	// was called before; stop reports whether it prevented the call. Neither waits
	// for an f that runs.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// SystemClock returns the clock of the machine.
func SystemClock() Clock { return systemClock{} }

// stopwatch returns a function that tells how long ago stopwatch was called, by
// the machine's clock: it is for figures, which nothing that is kept depends on.
func (s *Store) stopwatch() func() time.Duration {
	begin := time.Now()
	return func() time.Duration { return time.Since(begin) }
}

// Stopwatch returns a function that tells how long ago Stopwatch was called, by the
// machine's clock, whatever the store's is: it is for figures of floors, which nothing
// that is kept depends on.
func (c *Commit) Stopwatch() func() time.Duration { return c.store.stopwatch() }

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}
