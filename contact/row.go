package contact

import (
	"errors"
	"slices"
	"time"
)

var errNotUnique = errors.New("the field is not unique; only values of unique fields tell whose contact it is")

// Row is the fast way to write: values by field handles instead of names, without
// a map and without boxing. It is filled, then one of [Row.Insert], [Row.Upsert]
// and [Row.Set] stages it in its transaction by the same rules as the methods of
// [Tx], and the next one is taken with [Tx.Row]. A wrong value is reported by
// that last call; then nothing of the row is staged.
//
// A Row must not be used by more than one goroutine at a time.
type Row = RowOf[ID]

// CompanyRow is the [Row] of companies, taken with [CompanyTx.Row].
type CompanyRow = RowOf[CompanyID]

// RowOf is a [Row] or a [CompanyRow].
type RowOf[I ID | CompanyID] struct{ row *row }

// A row is the values of a row of any table.
type row struct {
	draft *draft
	cells []cell
	errs  []error
}

type cell struct {
	def   *fieldDef
	value Value
}

// Row returns the transaction's one Row, emptied.
func (tx *Tx) Row() *Row {
	tx.row.row = tx.contacts.emptyRow()
	return &tx.row
}

func (d *draft) emptyRow() *row {
	r := &d.row
	clear(r.cells) // the texts in them belong to others
	r.draft, r.cells, r.errs = d, r.cells[:0], nil
	return r
}

// Text sets a text field, or the option of a select field.
func (r *RowOf[I]) Text(f Field, s string) *RowOf[I] {
	kind := KindText
	if f.def != nil && f.def.kind == KindSelect {
		kind = KindSelect
	}
	return r.cell(f, Value{kind: kind, text: s})
}

// Number sets a number field.
func (r *RowOf[I]) Number(f Field, x float64) *RowOf[I] { return r.cell(f, NumberValue(x)) }

// Bool sets a yes-or-no field.
func (r *RowOf[I]) Bool(f Field, b bool) *RowOf[I] { return r.cell(f, BoolValue(b)) }

// Day sets a date field.
func (r *RowOf[I]) Day(f Field, d Day) *RowOf[I] { return r.cell(f, DateValue(d)) }

// Time sets a datetime field; what is finer than a millisecond is cut.
func (r *RowOf[I]) Time(f Field, t time.Time) *RowOf[I] { return r.cell(f, DateTimeValue(t)) }

// Millis sets a datetime field to milliseconds since 1970 UTC.
func (r *RowOf[I]) Millis(f Field, ms int64) *RowOf[I] {
	return r.cell(f, Value{kind: KindDateTime, num: float64(ms)})
}

// ClockTime sets a time of day field.
func (r *RowOf[I]) ClockTime(f Field, c ClockTime) *RowOf[I] { return r.cell(f, TimeOfDayValue(c)) }

// List sets the tags of a tags field or the options of a multi-select field. The
// strings are kept, the slice stays the caller's.
func (r *RowOf[I]) List(f Field, words ...string) *RowOf[I] {
	kind := KindTags
	if f.def != nil && f.def.kind == KindMultiSelect {
		kind = KindMultiSelect
	}
	return r.cell(f, Value{kind: kind, list: words})
}

// Value sets a field of any kind; a missing value unsets it.
func (r *RowOf[I]) Value(f Field, v Value) *RowOf[I] { return r.cell(f, v) }

// Unset takes the value of a field away.
func (r *RowOf[I]) Unset(f Field) *RowOf[I] { return r.cell(f, Value{}) }

func (r *RowOf[I]) cell(f Field, v Value) *RowOf[I] {
	r.row.set(f, v)
	return r
}

// Insert stages a new contact or company, see [Tx.Insert].
func (r *RowOf[I]) Insert() (I, error) {
	id, err := r.row.alone((*row).insert)
	return I(id), err
}

// Upsert stages a new contact or company or a change of the one with the row's
// identity, see [Tx.Upsert].
func (r *RowOf[I]) Upsert() (I, error) {
	id, err := r.row.alone((*row).upsert)
	return I(id), err
}

// Set stages a change of a contact or company, see [Tx.Set].
func (r *RowOf[I]) Set(id I) error {
	_, err := r.row.alone(func(r *row) (ID, error) { return ID(id), r.change(ID(id)) })
	return err
}

// alone does something as a method of the transaction of its own.
func (r *row) alone(do func(*row) (ID, error)) (ID, error) {
	if err := r.draft.tx.enter(); err != nil {
		return 0, err
	}
	defer r.draft.tx.leave()
	return do(r)
}

// set sets a field by its handle.
func (r *row) set(f Field, v Value) {
	d, err := r.draft.schema().own(f)
	if err == nil && f.domain {
		err = &FieldError{f.title(), v.Any(), errNotWhole}
	}
	if err != nil {
		r.errs = append(r.errs, err)
		return
	}
	limits := &r.draft.tx.store.opts.Limits
	if v.kind != 0 && v.kind != d.kind {
		_, err = d.convert(v, limits)
	} else {
		v, err = d.check(v, limits)
		if err != nil {
			err = &FieldError{d.title(), v.Any(), err}
		}
	}
	r.put(d, v, err)
}

// any sets a field by name to any Go value.
func (r *row) any(name string, x any) {
	d, err := r.draft.schema().find(name)
	if err != nil {
		r.errs = append(r.errs, err)
		return
	}
	v, err := d.convert(x, &r.draft.tx.store.opts.Limits)
	r.put(d, v, err)
}

func (r *row) put(d *fieldDef, v Value, err error) {
	if err == nil && d.kept != 0 && r.draft.tx.cause != CauseImport {
		err = &FieldError{d.title(), v.Any(), ErrKept}
	}
	if err != nil {
		r.errs = append(r.errs, err)
		return
	}
	if v.Missing() && d.initial != nil {
		v = NumberValue(*d.initial)
	}
	r.cells = append(r.cells, cell{d, v})
}

// insert, upsert and change do the work of the methods of Tx within an entered
// transaction.
func (r *row) insert() (ID, error) {
	if r.errs != nil {
		return 0, errors.Join(r.errs...)
	}
	if err := r.free(0); err != nil {
		return 0, err
	}
	return r.create()
}

func (r *row) upsert() (ID, error) {
	if r.errs != nil {
		return 0, errors.Join(r.errs...)
	}
	var fields []string
	var owners []ID
	identified := false
	for _, c := range r.cells {
		if !c.def.unique || !identifies(c.value) {
			continue
		}
		identified = true
		if owner := r.draft.owner(c.def, c.value); owner != 0 {
			fields = append(fields, c.def.title())
			if !slices.Contains(owners, owner) {
				owners = append(owners, owner)
			}
		}
	}
	switch {
	case !identified:
		return 0, r.draft.noIdentity()
	case len(owners) > 1:
		return 0, r.draft.conflict(fields, owners)
	case len(owners) == 1:
		r.stage(owners[0])
		return owners[0], nil
	}
	return r.create()
}

func (r *row) change(id ID) error {
	if r.errs != nil {
		return errors.Join(r.errs...)
	}
	if !r.draft.exists(id) {
		return r.draft.notFound()
	}
	if err := r.free(id); err != nil {
		return err
	}
	r.stage(id)
	return nil
}

// free checks that nobody but id has the row's identity values.
func (r *row) free(id ID) error {
	for _, c := range r.cells {
		if !c.def.unique || !identifies(c.value) {
			continue
		}
		if owner := r.draft.owner(c.def, c.value); owner != 0 && owner != id {
			return r.draft.conflict([]string{c.def.title()}, []ID{owner})
		}
	}
	return nil
}

func (r *row) create() (ID, error) {
	s := r.draft.staged
	next := s.first + uint64(len(s.fresh))
	if next > uint64(lastID) {
		return 0, ErrFull
	}
	id := ID(next)
	s.push(id, 0, opCreate, 0)
	r.draft.initiate(id, r.cells)
	r.stage(id)
	return id, nil
}

// stage records the row's values for a contact that exists. Checked lists are
// copies already.
func (r *row) stage(id ID) {
	for _, c := range r.cells {
		if c.def.unique {
			r.draft.reclaim(c.def, id, c.value)
		}
		if c.value.Missing() {
			r.draft.staged.push(id, c.def.index, opUnset, 0)
		} else {
			r.draft.staged.push(id, c.def.index, opSet, r.draft.staged.arg(c.value))
		}
	}
}
