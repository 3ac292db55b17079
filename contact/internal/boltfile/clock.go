package boltfile

import "time"

// stopwatch starts to measure and returns what tells the time passed since.
func stopwatch() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}
