package contact

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"
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
	store  *Store
	ctx    context.Context
	base   *state
	schema *Schema
	staged staged
	row    Row

	actor, note, key string
	cause            Cause
	work             map[string]any // of the floors
	erased           []ID           // deleted, and their values to be forgotten
	receipt          *Receipt       // to be filled in by the commit, if somebody wants one

	over, busy atomic.Bool
	last       bool // nobody else will use it again
}

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

// Context returns the context of the Update, marked with this transaction: an
// Update of the same store with it is refused with [ErrNested] instead of
// waiting for ever.
func (tx *Tx) Context() context.Context { return tx.ctx }

// By says who makes the change and why. Both are kept with the log record.
func (tx *Tx) By(actor, note string) { tx.actor, tx.note = actor, note }

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
	tx.key = key
	return nil
}

// Insert makes a contact with the given values and returns its id. It is a
// [*ConflictError] if another contact has one of its identity values.
func (tx *Tx) Insert(values Values) (ID, error) {
	return tx.fill(values, (*Row).insert)
}

// Upsert changes the contact with one of the given identity values, the values
// of unique fields, or makes one if there is none; [Tx.Created] tells which.
// Without any identity value it is [ErrNoIdentity]; if the values belong to
// different contacts it is a [*ConflictError] with their ids.
func (tx *Tx) Upsert(values Values) (ID, error) {
	return tx.fill(values, (*Row).upsert)
}

// Set changes the given values of a contact and leaves the others alone.
func (tx *Tx) Set(id ID, values Values) error {
	_, err := tx.fill(values, func(r *Row) (ID, error) { return id, r.set(id) })
	return err
}

// Unset takes the values of the given fields away.
func (tx *Tx) Unset(id ID, fields ...string) error {
	values := make(Values, len(fields))
	for _, f := range fields {
		values[f] = nil
	}
	return tx.Set(id, values)
}

func (tx *Tx) fill(values Values, do func(*Row) (ID, error)) (ID, error) {
	if err := tx.enter(); err != nil {
		return 0, err
	}
	defer tx.leave()
	row := tx.Row()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		row.any(name, values[name])
	}
	return do(row)
}

// Add adds tags, or options of a multi-select field, to those a contact has.
func (tx *Tx) Add(id ID, field string, words ...string) error {
	return tx.editList(id, field, words, addWords)
}

// Remove takes tags or options of a multi-select field away from a contact; ones
// that it does not have are no error.
func (tx *Tx) Remove(id ID, field string, words ...string) error {
	return tx.editList(id, field, words, takeWords)
}

func (tx *Tx) editList(id ID, field string, words []string, edit func(list, words []string) []string) error {
	if err := tx.enter(); err != nil {
		return err
	}
	defer tx.leave()
	d, err := tx.schema.find(field)
	if err != nil {
		return err
	}
	if !d.kind.Multiple() {
		return &FieldError{field, words, d.misfit(words, "a whole value with Set")}
	}
	if !tx.exists(id) {
		return ErrNotFound
	}
	limits := &tx.store.opts.Limits
	v, err := d.convert(words, limits)
	if err != nil || len(v.list) == 0 {
		return err
	}
	list := edit(tx.read(d, id).list, v.list)
	if len(list) > limits.Tags {
		return &FieldError{field, words, &LimitError{"values of one contact in one field", limits.Tags, len(list)}}
	}
	tx.staged.pushList(d, id, list)
	return nil
}

// Delete removes a contact. Its id is never given again.
func (tx *Tx) Delete(id ID) error {
	if err := tx.enter(); err != nil {
		return err
	}
	defer tx.leave()
	if !tx.exists(id) {
		return ErrNotFound
	}
	for _, d := range tx.schema.fields {
		if d.unique {
			tx.unclaim(d, id)
		}
	}
	tx.staged.push(id, 0, opDelete, 0)
	return nil
}

// Exists reports whether a contact lives, by what was written so far.
func (tx *Tx) Exists(id ID) bool {
	if tx.enter() != nil {
		return false
	}
	defer tx.leave()
	return tx.exists(id)
}

// Created reports whether a contact was made by this transaction.
func (tx *Tx) Created(id ID) bool {
	return uint64(id) >= tx.staged.first && int(uint64(id)-tx.staged.first) < len(tx.staged.fresh)
}

// Value returns what a contact has in a field, by what was written so far.
func (tx *Tx) Value(id ID, field string) (Value, error) {
	if err := tx.enter(); err != nil {
		return Value{}, err
	}
	defer tx.leave()
	d, err := tx.schema.find(field)
	if err != nil {
		return Value{}, err
	}
	if !tx.exists(id) {
		return Value{}, ErrNotFound
	}
	return tx.read(d, id), nil
}

// Lookup returns the contact that has a value in a unique field, by what was
// written so far, and whether there is one.
func (tx *Tx) Lookup(field string, value any) (ID, bool, error) {
	if err := tx.enter(); err != nil {
		return 0, false, err
	}
	defer tx.leave()
	d, v, err := tx.schema.identity(field, value, &tx.store.opts.Limits)
	if err != nil {
		return 0, false, err
	}
	id := tx.owner(d, v)
	return id, id != 0, nil
}

// identity resolves the arguments of a look-up.
func (s *Schema) identity(field string, value any, limits *Limits) (*fieldDef, Value, error) {
	d, err := s.find(field)
	if err != nil {
		return nil, Value{}, err
	}
	if !d.unique {
		return nil, Value{}, &FieldError{field, value, errNotUnique}
	}
	v, err := d.convert(value, limits)
	return d, v, err
}

func (tx *Tx) exists(id ID) bool {
	return tx.staged.exists(id, tx.base.live.Contains(uint32(id)))
}

func (tx *Tx) read(d *fieldDef, id ID) Value {
	return tx.staged.read(d, id, func() Value { return tx.base.value(d, id) })
}

// owner returns the contact that has an identity value, 0 if none has.
func (tx *Tx) owner(d *fieldDef, v Value) ID {
	if !identifies(v) {
		return 0
	}
	if len(tx.staged.claims) > 0 {
		if id, ok := tx.staged.claims[claim{uint16(d.index), d.identityKey(v)}]; ok {
			return id
		}
	}
	return tx.base.lookup(d, v)
}

// claim gives an identity value to a contact.
func (tx *Tx) claim(d *fieldDef, id ID, v Value) {
	if tx.staged.claims == nil {
		tx.staged.claims = make(map[claim]ID)
	}
	tx.staged.claims[claim{uint16(d.index), d.identityKey(v)}] = id
}

// reclaim makes v the identity value of a contact in a field instead of the one
// it has.
func (tx *Tx) reclaim(d *fieldDef, id ID, v Value) {
	old := tx.read(d, id)
	if identifies(old) && identifies(v) && d.identityKey(old) == d.identityKey(v) {
		return
	}
	if identifies(old) {
		tx.claim(d, 0, old)
	}
	if identifies(v) {
		tx.claim(d, id, v)
	}
}

// unclaim frees the identity value that a contact has.
func (tx *Tx) unclaim(d *fieldDef, id ID) {
	if old := tx.read(d, id); identifies(old) {
		tx.claim(d, 0, old)
	}
}

// identifies reports whether a value can tell whose contact it is: an empty text
// can't.
func identifies(v Value) bool {
	return !v.Missing() && (v.kind != KindText || v.text != "")
}
