package boltfile

import (
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// Limits of a file.
const (
	// MaxBuckets is the largest number of buckets.
	MaxBuckets = 24
	// MaxHeader is the largest length of the header.
	MaxHeader = 256
	// MaxKey is the largest length of a key; the smallest is 1.
	MaxKey = bbolt.MaxKeySize
	// MaxValue is the largest length of a value.
	MaxValue = 1 << 30

	maxName = 64 // of a bucket's name
)

// Options say what a file holds and how it is opened. They are not kept and not
// changed.
type Options struct {
	// Buckets are the names of all buckets, in any order but always the same one.
	// They are fixed for a format: 1 to MaxBuckets different names of 1 to 64 bytes.
	Buckets []string
	// Format is written by Create. Open refuses a file of another one with a
	// *FormatError.
	Format uint32
	// NoSync leaves commits unsynced: a loss of power may then corrupt the file,
	// which Open finds.
	NoSync bool
	// Salvage lets Open return an older commit if the newest is damaged; see
	// [File.Salvaged]. The newest is lost for good by it: salvage a copy.
	Salvage bool
	// Trusted lets Open leave out the full check, for a file that this process has
	// just written, as after [File.Publish].
	Trusted bool
	// Hook is called after each opening, before the first transaction, with what
	// bbolt writes through. It is for the injection of faults by tests; nil otherwise.
	Hook func(db *bbolt.DB, f *os.File)
}

// validate returns an error that wraps ErrLimit if no file can be like this.
func (o *Options) validate() error {
	if n := len(o.Buckets); n == 0 || n > MaxBuckets {
		return fmt.Errorf("%w: %d buckets, want 1 to %d", ErrLimit, n, MaxBuckets)
	}
	seen := map[string]bool{}
	for _, name := range o.Buckets {
		if name == "" || len(name) > maxName {
			return fmt.Errorf("%w: bucket name of %d bytes, want 1 to %d", ErrLimit, len(name), maxName)
		}
		if seen[name] {
			return fmt.Errorf("%w: two buckets named %q", ErrLimit, name)
		}
		seen[name] = true
	}
	return nil
}
