// Package testdir makes directories for tests.
package testdir

import (
	"os"
	"testing"
)

// shared is where Linux keeps files in memory.
const shared = "/dev/shm"

// leastRoom is how much must be free in memory: more than the largest test takes.
const leastRoom = 1 << 30

// InMemory returns a directory in memory if the system has one with room, or else one on
// disk: tests that open thousands of files need not wait for a disk each time. It is removed
// with the test. A container may have 64 MB there, which some tests would fill.
func InMemory(tb testing.TB) string {
	tb.Helper()
	if room(shared) < leastRoom {
		return tb.TempDir()
	}
	dir, err := os.MkdirTemp(shared, "roster")
	if err != nil {
		return tb.TempDir()
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
