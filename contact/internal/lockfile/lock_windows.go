package lockfile

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// beyond is where the locked byte lies: windows keeps others from reading what is
// locked, and they are to read the process id.
const beyond = 1 << 30

// tryLock locks a byte far behind the end of the file, or reports that it is held.
func tryLock(f *os.File) (held bool, err error) {
	at := &windows.Overlapped{Offset: beyond}
	err = windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return true, nil
	}
	return false, err
}
