package faulttest

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"sync"
	"syscall"
	"unsafe"

	"go.etcd.io/bbolt"
)

// metaEnd is where the two meta pages end.
const metaEnd = 2 * 4096

// ErrInjected is what a failing write returns, unless the system has an error of its
// own for it.
var ErrInjected = errors.New("faulttest: injected")

// Kind is a way to fail.
type Kind int

// The ways to fail. Each but the last hits the write itself.
const (
	WriteError Kind = iota // nothing is written, the write returns ErrInjected
	ShortWrite             // half of it is written, the write returns ErrInjected
	DiskFull               // the write goes to a full device
	SyncError              // the write succeeds, and the sync that follows fails
)

// Kinds lists the ways to fail that this system can show.
func Kinds() []Kind {
	if canSwap {
		return []Kind{WriteError, ShortWrite, DiskFull, SyncError}
	}
	return []Kind{WriteError, ShortWrite}
}

// String names the kind.
func (k Kind) String() string {
	return [...]string{"WriteError", "ShortWrite", "DiskFull", "SyncError"}[k]
}

// Faults stands between bbolt and one file. Its methods are safe for concurrent use.
// A Faults is for one file that is opened once.
type Faults struct {
	mu      sync.Mutex
	file    *os.File
	write   func(b []byte, off int64) (int, error) // bbolt's own
	after   func(op Op)
	writes  int // so far
	failAt  int // number of the write, 0 for none
	kind    Kind
	restore func() error // undoes the swap of the file descriptor

	recording bool
	base      []byte // the file when recording began
	size      int64  // of the file at the last write
	ops       []Op
}

// New returns a Faults that does nothing yet.
func New() *Faults { return &Faults{} }

// Hook takes the place of bbolt's own writing. It is meant for the option of the same
// name. It panics if this is not the bbolt it knows.
func (x *Faults) Hook(db *bbolt.DB, f *os.File) {
	field := reflect.ValueOf(db).Elem().FieldByName("ops").FieldByName("writeAt")
	if field.Type() != reflect.TypeOf(x.write) {
		panic(fmt.Sprintf("faulttest: bbolt writes through a %v", field.Type()))
	}
	at := (*func([]byte, int64) (int, error))(unsafe.Pointer(field.UnsafeAddr()))
	x.mu.Lock()
	defer x.mu.Unlock()
	x.file, x.write = f, *at
	*at = x.writeAt
}

// FailAt lets the k-th write from now fail, 1 for the next one. It is effective once.
func (x *Faults) FailAt(k int, kind Kind) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.failAt, x.kind = x.writes+k, kind
}

// After lets fn be called after each write that succeeds, before bbolt goes on.
func (x *Faults) After(fn func(op Op)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.after = fn
}

// Writes returns the number of writes so far.
func (x *Faults) Writes() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.writes
}

// Restore undoes what DiskFull and SyncError have done to the file descriptor, so that
// the file can be closed.
func (x *Faults) Restore() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.restore == nil {
		return nil
	}
	err := x.restore()
	x.restore = nil
	return err
}

// writeAt is what bbolt calls.
func (x *Faults) writeAt(b []byte, off int64) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.writes++
	if x.writes == x.failAt {
		return x.fail(b, off)
	}
	op := Op{Kind: Write, Offset: off, Data: append([]byte(nil), b...)}
	if x.recording {
		x.record(op)
	}
	n, err := x.write(b, off)
	if err == nil && x.after != nil {
		x.after(op)
	}
	return n, err
}

func (x *Faults) fail(b []byte, off int64) (int, error) {
	var err error
	switch x.kind {
	case WriteError:
		return 0, ErrInjected
	case ShortWrite:
		n, err := x.write(b[:len(b)/2], off)
		return n, errors.Join(ErrInjected, err)
	case DiskFull:
		if x.restore, err = swap(x.file, "/dev/full"); err != nil {
			return 0, err
		}
		n, err := x.write(b, off)
		if err == nil {
			err = errors.New("faulttest: /dev/full is not full")
		}
		return n, err
	case SyncError:
		n, err := x.write(b, off)
		if err != nil {
			return n, err
		}
		// Writing to it succeeds, syncing it does not.
		if x.restore, err = swap(x.file, os.DevNull); err == nil && x.after != nil {
			x.after(Op{Kind: Write, Offset: off, Data: append([]byte(nil), b...)})
		}
		return n, err
	}
	return 0, syscall.EINVAL
}
