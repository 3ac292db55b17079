package boltfile

import (
	"errors"
	"fmt"
)

// Errors of use.
var (
	// ErrClosed is returned by every method of a File after [File.Close].
	ErrClosed = errors.New("boltfile: the file is closed")
	// ErrEnded is returned by the methods of a Tx after its function has returned.
	ErrEnded = errors.New("boltfile: the transaction is over")
	// ErrReadOnly is returned by Put, Delete and SetHeader inside [File.View].
	ErrReadOnly = errors.New("boltfile: the transaction only reads")
	// ErrLimit is returned for keys, values and headers of a length that the
	// file can't hold, and for options that it can't.
	ErrLimit = errors.New("boltfile: out of the limits of the file")
	// ErrNoBucket is returned for a bucket that is not in [Options].
	ErrNoBucket = errors.New("boltfile: no such bucket")
	// ErrInUse is returned when another process, or another File, has the file open.
	ErrInUse = errors.New("boltfile: the file is in use")
)

// A CorruptError reports a file that is damaged: bits have changed, or a part of it
// is missing.
type CorruptError struct {
	File   string
	Offset int64  // of the page or byte where it was found, -1 if bbolt did not say
	What   string // what was found there
}

// Error says file, offset and what was found.
func (e *CorruptError) Error() string {
	if e.Offset < 0 {
		return fmt.Sprintf("contact: %s is damaged: %s", e.File, e.What)
	}
	return fmt.Sprintf("contact: %s is damaged at byte %d: %s", e.File, e.Offset, e.What)
}

// A NotOursError reports a file that this package has not written: an empty one, one
// of another program, a bbolt file of another program.
type NotOursError struct {
	File string
	What string // what it is
}

// Error says file and what it is.
func (e *NotOursError) Error() string {
	return fmt.Sprintf("contact: %s is not the file of a store: %s", e.File, e.What)
}

// A FormatError reports a sound file of another format.
type FormatError struct {
	File string
	Got  uint32 // the format of the file
	Want uint32 // the format asked for
}

// Error says file and both formats.
func (e *FormatError) Error() string {
	return fmt.Sprintf("contact: %s is in format %d, this version reads format %d", e.File, e.Got, e.Want)
}

// A WriteError reports that a transaction could not be written. The File accepts
// nothing more; once opened again it holds the transaction whole or not at all, and
// all earlier ones.
type WriteError struct {
	Err error // the cause
}

// Error says the cause.
func (e *WriteError) Error() string {
	return fmt.Sprintf("contact: writing failed, and only opening the store again tells what is in it: %v", e.Err)
}

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }
