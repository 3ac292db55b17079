//go:build unix

package boltfile

import (
	"errors"
	"os"
)

// SyncDir makes what was made or renamed in a folder permanent.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
