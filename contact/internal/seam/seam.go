// Package seam holds what the module's own tests change in a store that is kept on
// disk: where it may fail, how slow its disk is, how often it writes checkpoints.
package seam

import (
	"os"
	"time"

	"go.etcd.io/bbolt"
)

// A Seam is what a test changes. The zero Seam changes nothing.
type Seam struct {
	// Hook is called after each opening of the file with what is written through.
	Hook func(db *bbolt.DB, f *os.File)
	// SyncDelay is how much longer each commit of the file takes.
	SyncDelay time.Duration
	// Gather is how long a commit of the file waits at most for transactions that are
	// about to come. Defaults to what the store does.
	Gather time.Duration
	// LeastLog is the number of bytes of log that makes a checkpoint due, and Slice
	// how many bytes of it go with one commit. Defaults to what the store does.
	LeastLog, Slice int
}
