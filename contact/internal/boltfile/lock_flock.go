//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package boltfile

import (
	"os"
	"syscall"
	"time"
)

// hold takes bbolt's lock on a file, which it then finds taken by itself. It reports
// false if somebody else has it.
func hold(f *os.File) bool {
	const pause = 10 * time.Millisecond
	for range lockTimeout / pause {
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			return true
		}
		time.Sleep(pause)
	}
	return false
}

// release gives up the lock on a file whose map stays: as long as the map exists,
// closing the file does not.
func release(f *os.File) {
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
}
