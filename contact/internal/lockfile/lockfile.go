// Package lockfile lets one process have a directory for itself: it locks a file
// in it and writes its process id there for others to read. The lock goes with
// the process, however it ends; the file stays.
package lockfile

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Lock is a held lock.
//
// A Lock must not be used by more than one goroutine at a time.
type Lock struct{ file *os.File }

// A HeldError reports that somebody has the lock.
type HeldError struct {
	Path string
	PID  int // of the holder, 0 if it could not be read
}

// Error names the file and the holder.
func (e *HeldError) Error() string {
	return fmt.Sprintf("%s is locked by %s", e.Path, e.Holder())
}

// Holder names the holder.
func (e *HeldError) Holder() string {
	switch e.PID {
	case 0:
		return "another process"
	case os.Getpid():
		return fmt.Sprintf("this process (pid %d)", e.PID)
	}
	return fmt.Sprintf("process %d", e.PID)
}

// Acquire locks the file at path, making it if there is none. It does not wait: if
// somebody has the lock, in this process or another, it is a [*HeldError].
func Acquire(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	held, err := tryLock(f)
	if held {
		err = &HeldError{path, holder(f)}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	if err := write(f, strconv.Itoa(os.Getpid())+"\n"); err != nil {
		f.Close()
		return nil, err
	}
	return &Lock{f}, nil
}

func write(f *os.File, s string) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

// holder reads who has the lock. It may just be about to write that.
func holder(f *os.File) int {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0
	}
	return pid
}

// Release gives the lock back. Releasing twice is no error.
func (l *Lock) Release() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close() // which unlocks
	l.file = nil
	return err
}
