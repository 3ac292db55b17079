package segment

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rosterdb/roster/filter"
)

var (
	// ErrNotFound is wrapped by the errors about a segment that does not exist.
	ErrNotFound = errors.New("no such segment")
	// ErrHandleTaken is wrapped by the error about a handle that is in use.
	ErrHandleTaken = errors.New("the handle is taken")
	// ErrHandleFixed is wrapped by the error about changing a handle.
	ErrHandleFixed = errors.New("a handle never changes")
	// ErrUnpublished is wrapped by the error about referring to an unpublished
	// segment.
	ErrUnpublished = errors.New("the segment is not published")
	// ErrTrimmed is wrapped by the error about changes that the feed no longer
	// keeps.
	ErrTrimmed = errors.New("changes are gone from the feed")
	// ErrDamaged is wrapped by the errors about stored segments that are not as they
	// were written.
	ErrDamaged = errors.New("stored segments are damaged")
	// ErrExited is why a subscription ended whose function called
	// [runtime.Goexit], as a test does that fails in it.
	ErrExited = errors.New("segment: the call-back exited its goroutine")
)

// An UnknownError reports a handle that names no segment. It is [ErrNotFound].
type UnknownError struct {
	Handle  string
	Nearest string // the handle probably meant, "" if none is near
}

// Error names the handle and the one probably meant.
func (e *UnknownError) Error() string {
	if e.Nearest != "" {
		return fmt.Sprintf("segment: no segment %q, did you mean %q?", e.Handle, e.Nearest)
	}
	return fmt.Sprintf("segment: no segment %q", e.Handle)
}

// Unwrap returns ErrNotFound.
func (e *UnknownError) Unwrap() error { return ErrNotFound }

// A DefinitionError reports what is wrong with the definition of a segment.
type DefinitionError struct {
	Handle string
	Err    error
}

// Error names the segment and says what is wrong.
func (e *DefinitionError) Error() string {
	return fmt.Sprintf("segment %q: %v", e.Handle, e.Err)
}

// Unwrap returns what is wrong.
func (e *DefinitionError) Unwrap() error { return e.Err }

// A RelativeError reports a filter whose members would come and go by time alone:
// it has a date relative to the time of asking. Segments don't follow the time;
// [Engine.Preview] tells who matches such a filter now.
type RelativeError struct {
	Path      filter.Path // the condition's place in the filter
	Condition filter.Condition
}

// Error names the condition and what can be done.
func (e *RelativeError) Error() string {
	return fmt.Sprintf("filter: %v: %q depends on the time, which segments do not follow; use fixed dates, or a preview for who matches now", e.Path, e.Condition)
}

// A CycleError reports segments that would refer to each other in a circle.
type CycleError struct {
	Path []string // handles, the first one again at the end
}

// Error names the way round.
func (e *CycleError) Error() string {
	return "the segments would refer to each other in a circle: " + strings.Join(e.Path, " → ")
}

// An InUseError reports who uses a segment that was to be deleted or unpublished.
type InUseError struct {
	Handle string
	Users  Users
}

// Error lists the users.
func (e *InUseError) Error() string {
	return fmt.Sprintf("segment %q is used by %v", e.Handle, e.Users)
}

// A TrimmedError reports that retention has dropped the changes asked for. It is
// [ErrTrimmed].
type TrimmedError struct {
	Asked  uint64
	Oldest uint64 // the oldest number kept
}

// Error gives the oldest number that is kept.
func (e *TrimmedError) Error() string {
	return fmt.Sprintf("segment: change %d is gone, the oldest kept is %d", e.Asked, e.Oldest)
}

// Unwrap returns ErrTrimmed.
func (e *TrimmedError) Unwrap() error { return ErrTrimmed }

// A PanicError is why a subscription ended whose function panicked.
type PanicError struct {
	Value any
	Stack []byte
}

// Error gives what the function panicked with.
func (e *PanicError) Error() string {
	return fmt.Sprintf("segment: the call-back panicked: %v", e.Value)
}

// Unwrap returns what the function panicked with if it is an error, else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
