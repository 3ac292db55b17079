package contact

import (
	"context"
	"sync/atomic"
	"time"
)

// Values gives the values of fields by name; nil takes a value away. The Go
// types that fit each kind of field are listed at [Kind].
type Values map[string]any

// Tx is a transaction: everything its function does happens at its commit or
// not at all. It reads its own writes of contacts. A method that returns an
// error has done nothing, and the transaction goes on.
//
// A Tx must not be used by more than one goroutine at a time, nor after its
// function has returned.
type Tx struct {
	store    *Store
	ctx      context.Context // of the Update
	base     *state
	schema   *Schema
	contacts draft
	row      Row

	companies *companyDraft // nil until they are written to
	events    *eventDraft   // nil until then too
	eventRow  *EventRow     // so is this

	*circumstances       // see noted
	millis         int64 // time of the commit, in milliseconds since 1970

	over, busy atomic.Bool
	last       bool // nobody else will use it again
}

// Circumstances are what most transactions do without.
type circumstances struct {
	actor, note, key string
	cause            Cause
	work             map[string]any // of the floors
	erased           []ID           // deleted, and their values to be forgotten
	receipt          *Receipt       // to be filled in by the commit, if somebody wants one
	opened           *Schema        // what the file had when it was opened, in the transaction that adds to it
	due              *Due           // what the clock wants done, nil in every other transaction
}

// noCircumstances are those of a transaction without any. They are never written to.
var noCircumstances circumstances

// noted returns the transaction's circumstances to write to.
func (tx *Tx) noted() *circumstances {
	if tx.circumstances == &noCircumstances {
		tx.circumstances = new(circumstances)
	}
	return tx.circumstances
}

// time returns the time of the commit.
func (tx *Tx) time() time.Time { return instant(tx.millis) }

// enter begins a method: it refuses use after the end and, by chance, use by two
// goroutines.
func (tx *Tx) enter() error {
	if tx.over.Load() {
		return ErrTxDone
	}
	if !tx.busy.CompareAndSwap(false, true) {
		return ErrTxBusy
	}
	return nil
}

func (tx *Tx) leave() { tx.busy.Store(false) }

// before returns the schema that the transaction began with, as long as the commit has not
// begun.
func (tx *Tx) before() *Schema {
	if tx.opened != nil {
		return tx.opened
	}
	return tx.base.schema
}

// Context returns the context of the Update, marked with this transaction: an
// Update of the same store with it is refused with [ErrNested] instead of
// waiting for ever.
func (tx *Tx) Context() context.Context { return (*txContext)(tx) }

// By says who makes the change and why. Both are kept with the log record.
func (tx *Tx) By(actor, note string) {
	c := tx.noted()
	c.actor, c.note = actor, note
}

const longestKey = 1024

// Once gives the transaction an idempotency key. If a commit that the log keeps
// has the same one, it returns a [*RepeatedError] with that commit's number, for
// the function to return: what it is about to do has been done. An empty key is
// none; one of more than 1 024 bytes is a [*LimitError].
func (tx *Tx) Once(key string) error {
	if err := tx.enter(); err != nil {
		return err
	}
	defer tx.leave()
	if len(key) > longestKey {
		return &LimitError{"bytes of an idempotency key", longestKey, len(key)}
	}
	number, err := tx.store.committed(key)
	if err != nil {
		return err
	}
	if number != 0 {
		return &RepeatedError{key, number}
	}
	tx.noted().key = key
	return nil
}

// Insert makes a contact with the given values and returns its id. It is a
// [*ConflictError] if another contact has one of its identity values.
func (tx *Tx) Insert(values Values) (ID, error) {
	return tx.contacts.fill(values, (*row).insert)
}

// Upsert changes the contact with one of the given identity values, the values
// of unique fields, or makes one if there is none; [Tx.Created] tells which.
// Without any identity value it is [ErrNoIdentity]; if the values belong to
// different contacts it is a [*ConflictError] with their ids.
func (tx *Tx) Upsert(values Values) (ID, error) {
	return tx.contacts.fill(values, (*row).upsert)
}

// Set changes the given values of a contact and leaves the others alone.
func (tx *Tx) Set(id ID, values Values) error {
	return tx.contacts.set(id, values)
}

// Unset takes the values of the given fields away.
func (tx *Tx) Unset(id ID, fields ...string) error {
	return tx.contacts.set(id, unsetting(fields))
}

// Add adds tags, or options of a multi-select field, to those a contact has.
func (tx *Tx) Add(id ID, field string, words ...string) error {
	return tx.contacts.editList(id, field, words, addWords)
}

// Remove takes tags or options of a multi-select field away from a contact; ones
// that it does not have are no error.
func (tx *Tx) Remove(id ID, field string, words ...string) error {
	return tx.contacts.editList(id, field, words, takeWords)
}

// Delete removes a contact. Its id is never given again.
func (tx *Tx) Delete(id ID) error { return tx.contacts.delete(id) }

// Exists reports whether a contact lives, by what was written so far.
func (tx *Tx) Exists(id ID) bool {
	if tx.enter() != nil {
		return false
	}
	defer tx.leave()
	return tx.contacts.exists(id)
}

// Created reports whether a contact was made by this transaction.
func (tx *Tx) Created(id ID) bool { return tx.contacts.created(id) }

// Value returns what a contact has in a field, by what was written so far.
func (tx *Tx) Value(id ID, field string) (Value, error) { return tx.contacts.value(id, field) }

// Lookup returns the contact that has a value in a unique field, by what was
// written so far, and whether there is one.
func (tx *Tx) Lookup(field string, value any) (ID, bool, error) {
	id, err := tx.contacts.lookup(field, value)
	return id, id != 0, err
}
