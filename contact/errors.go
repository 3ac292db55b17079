package contact

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rosterdb/roster/contact/internal/boltfile"
	"github.com/rosterdb/roster/contact/internal/lockfile"
)

// Errors of opening and closing.
var (
	// ErrClosed is returned by every method of a [Store] that can fail, after
	// [Store.Close]; Views go on being readable.
	ErrClosed = errors.New("contact: the store is closed")
)

// A CorruptError reports a file that is not as it was written: where, and what is
// wrong there. Nothing of it was used.
type CorruptError = boltfile.CorruptError

// A NotOursError reports a file that is no store.
type NotOursError = boltfile.NotOursError

// A FormatError reports a file in another format than this version's.
type FormatError = boltfile.FormatError

// A WriteError is returned by every writing method of a [Store] after a commit
// could not be written: what is in the file is known only when it is opened again.
// Views go on, with the last version known to be durable; what is read from the file,
// like the log, returns it too.
type WriteError = boltfile.WriteError

// A LockedError reports a directory whose store is open already.
type LockedError struct {
	Dir string
	PID int // of the process that has it open, 0 if unknown
	err *lockfile.HeldError
}

// Error names the directory and the process.
func (e *LockedError) Error() string {
	return fmt.Sprintf("contact: the store in %s is open already, by %s", e.Dir, e.err.Holder())
}

// An UnattachedError reports floors that have records in the store and are not
// attached: an Update without them would leave them behind.
type UnattachedError struct {
	Floors []string
}

// Error names the floors.
func (e *UnattachedError) Error() string {
	return fmt.Sprintf("contact: the store has records of %s; attach what keeps them before writing", strings.Join(e.Floors, ", "))
}

// Errors of transactions.
var (
	// ErrTxDone is returned by every method of a [Tx] after its function has
	// returned.
	ErrTxDone = errors.New("contact: the transaction is over")
	// ErrTxBusy is returned by a method of a [Tx] that is called while another
	// one runs: a transaction belongs to one goroutine. It is found by chance,
	// not always.
	ErrTxBusy = errors.New("contact: the transaction is in use by another goroutine")
	// ErrNested is returned by [Store.Update] when its context comes from a
	// transaction of the same store: an inner transaction would wait for the
	// outer one for ever.
	ErrNested = errors.New("contact: Update inside Update; use the outer transaction")
	// ErrNotFound is returned for an id that no living contact has.
	ErrNotFound = errors.New("contact: no such contact")
	// ErrNoIdentity is returned by an upsert without the value of any unique
	// field; Insert makes an anonymous contact.
	ErrNoIdentity = errors.New("contact: no value of a unique field: nothing to tell whose contact this is; Insert makes an anonymous contact")
	// ErrNoCompany is returned for an id that no living company has.
	ErrNoCompany = errors.New("contact: no such company")
	// ErrNoCompanies is returned by what needs companies if the schema declares none.
	ErrNoCompanies = errors.New("contact: the schema has no companies; declare them with Companies")
	// ErrFull is returned when all 2³²−1 ids have been given.
	ErrFull = errors.New("contact: all ids have been given")
	// ErrForeignField is returned for a [Field] of another schema.
	ErrForeignField = errors.New("contact: the field belongs to another schema")
	// ErrForeignEvent is returned for an [EventHandle] of another schema.
	ErrForeignEvent = errors.New("contact: the event type belongs to another schema")
	// ErrTrimmed is returned for log records that retention has dropped.
	ErrTrimmed = errors.New("contact: log records are gone")
)

// errNoCompanyIdentity is ErrNoIdentity for companies.
var errNoCompanyIdentity = fmt.Errorf("%w (of companies)", ErrNoIdentity)

// An UnknownFieldError reports a name that is no field.
type UnknownFieldError struct {
	Field   string
	Nearest string // the field probably meant, "" if none is near
}

// Error names the field and the one probably meant.
func (e *UnknownFieldError) Error() string {
	if e.Nearest != "" {
		return fmt.Sprintf("contact: unknown field %q, did you mean %q?", e.Field, e.Nearest)
	}
	return fmt.Sprintf("contact: unknown field %q", e.Field)
}

// An UnknownEventError reports a name that is no type of event.
type UnknownEventError struct {
	Event   string
	Nearest string // the type probably meant, "" if none is near
}

// Error names the type and the one probably meant.
func (e *UnknownEventError) Error() string {
	if e.Nearest != "" {
		return fmt.Sprintf("contact: unknown event type %q, did you mean %q?", e.Event, e.Nearest)
	}
	return fmt.Sprintf("contact: unknown event type %q", e.Event)
}

// An EventError reports an event that can't be recorded.
type EventError struct {
	Event string // its type
	Err   error
}

// Error names the type and says what would be right.
func (e *EventError) Error() string {
	return fmt.Sprintf("contact: event %q: %v", e.Event, e.Err)
}

// Unwrap returns the reason.
func (e *EventError) Unwrap() error { return e.Err }

// A FieldInUseError reports a field that can't be dropped.
type FieldInUseError struct {
	Field string
	Users []string // what reads it, as the floors name it
}

// Error lists the users.
func (e *FieldInUseError) Error() string {
	return fmt.Sprintf("contact: field %q is used by %s", e.Field, strings.Join(e.Users, ", "))
}

// A FieldError reports a value that a field does not accept.
type FieldError struct {
	Field string
	Value any // as it was given
	Err   error
}

// Error names the field and says what would be right.
func (e *FieldError) Error() string {
	return fmt.Sprintf("contact: field %q: %v", e.Field, e.Err)
}

// Unwrap returns the reason.
func (e *FieldError) Unwrap() error { return e.Err }

// A ConflictError reports identity values that belong to different contacts, or
// one that another contact has already.
type ConflictError struct {
	Fields    []string    // the unique fields concerned
	IDs       []ID        // the contacts that have these values
	Companies []CompanyID // instead of IDs, if it is about companies
}

// Error names the fields and both contacts.
func (e *ConflictError) Error() string {
	one, many := "contact", "contacts"
	var ids []string
	for _, id := range e.IDs {
		ids = append(ids, fmt.Sprint(id))
	}
	for _, id := range e.Companies {
		one, many = "company", "companies"
		ids = append(ids, fmt.Sprint(id))
	}
	if len(ids) == 1 {
		return fmt.Sprintf("contact: the value of unique field %q belongs to %s %s", e.Fields[0], one, ids[0])
	}
	return fmt.Sprintf("contact: the values of the unique fields %s belong to different %s: %s",
		strings.Join(e.Fields, ", "), many, strings.Join(ids, ", "))
}

// A LimitError reports something beyond a limit. The limits are options.
type LimitError struct {
	What  string // what was too large, with its unit
	Limit int
	Got   int
}

// Error gives the limit and the figure.
func (e *LimitError) Error() string {
	return fmt.Sprintf("%s: %d is over the limit of %d", e.What, e.Got, e.Limit)
}

// A SchemaError reports everything wrong with a schema at once.
type SchemaError struct {
	Problems []string
	errs     []error
}

// add notes a problem, and its typed error if there is one.
func (e *SchemaError) add(problem string, err error) {
	e.Problems = append(e.Problems, problem)
	if err != nil {
		e.errs = append(e.errs, err)
	}
}

// include takes over the problems of a part of the schema.
func (e *SchemaError) include(err error) {
	if part, ok := err.(*SchemaError); ok {
		e.Problems = append(e.Problems, part.Problems...)
		e.errs = append(e.errs, part.errs...)
	}
}

// Unwrap returns the limits exceeded, each a [*LimitError].
func (e *SchemaError) Unwrap() []error { return e.errs }

// Error lists the problems.
func (e *SchemaError) Error() string {
	return "contact: schema: " + strings.Join(e.Problems, "; ")
}

// A RepeatedError reports an idempotency key that a commit has used before, see
// [Tx.Once].
type RepeatedError struct {
	Key    string
	Number uint64 // of the commit
}

// Error gives the key and the number of the commit.
func (e *RepeatedError) Error() string {
	return fmt.Sprintf("contact: the transaction %q is commit %d already", e.Key, e.Number)
}

// A TrimmedError reports that retention has dropped the log records asked for.
// It is [ErrTrimmed].
type TrimmedError struct {
	Asked  uint64
	Oldest uint64 // the oldest number kept
}

// Error gives the oldest number that is kept.
func (e *TrimmedError) Error() string {
	return fmt.Sprintf("contact: log record %d is gone, the oldest kept is %d", e.Asked, e.Oldest)
}

// Is reports whether target is [ErrTrimmed].
func (e *TrimmedError) Is(target error) bool { return target == ErrTrimmed }
