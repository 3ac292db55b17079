//go:build !windows && (!unix || solaris || aix)

package lockfile

import (
	"errors"
	"os"
)

// tryLock refuses: without a lock two processes could write the same store.
func tryLock(*os.File) (held bool, err error) {
	return false, errors.New("locking files is not supported on this system")
}
