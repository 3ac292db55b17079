package contact

import (
	"maps"
	"slices"
)

// A draft is what a transaction does to one table: what it has staged, and the
// table as it was before. Nothing of the table is touched before the commit.
type draft struct {
	tx      *Tx
	base    *table
	company bool    // of companies
	staged  *staged // nil when the transaction is over
	row     row
}

// schema returns the schema of the table as the transaction has it now.
func (d *draft) schema() *Schema {
	if d.company {
		return d.tx.schema.Companies()
	}
	return d.tx.schema
}

func (d *draft) notFound() error {
	if d.company {
		return ErrNoCompany
	}
	return ErrNotFound
}

func (d *draft) noIdentity() error {
	if d.company {
		return errNoCompanyIdentity
	}
	return ErrNoIdentity
}

func (d *draft) conflict(fields []string, owners []ID) error {
	if !d.company {
		return &ConflictError{Fields: fields, IDs: owners}
	}
	e := &ConflictError{Fields: fields}
	for _, id := range owners {
		e.Companies = append(e.Companies, CompanyID(id))
	}
	return e
}

// fill does something with values by name.
func (d *draft) fill(values Values, do func(*row) (ID, error)) (ID, error) {
	if err := d.tx.enter(); err != nil {
		return 0, err
	}
	defer d.tx.leave()
	r := d.emptyRow()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		r.any(name, values[name])
	}
	return do(r)
}

func (d *draft) set(id ID, values Values) error {
	_, err := d.fill(values, func(r *row) (ID, error) { return id, r.change(id) })
	return err
}

// unsetting returns the values that take those of the given fields away.
func unsetting(fields []string) Values {
	values := make(Values, len(fields))
	for _, f := range fields {
		values[f] = nil
	}
	return values
}

func (d *draft) editList(id ID, field string, words []string, edit func(list, words []string) []string) error {
	if err := d.tx.enter(); err != nil {
		return err
	}
	defer d.tx.leave()
	f, err := d.schema().find(field)
	if err != nil {
		return err
	}
	if !f.kind.Multiple() {
		return &FieldError{f.title(), words, f.misfit(words, "a whole value with Set")}
	}
	if !d.exists(id) {
		return d.notFound()
	}
	limits := &d.tx.store.opts.Limits
	v, err := f.convert(words, limits)
	if err != nil || len(v.list) == 0 {
		return err
	}
	list := edit(d.read(f, id).list, v.list)
	if len(list) > limits.Tags {
		return &FieldError{f.title(), words, &LimitError{"values of one contact in one field", limits.Tags, len(list)}}
	}
	d.staged.pushList(f, id, list)
	return nil
}

func (d *draft) delete(id ID) error {
	if err := d.tx.enter(); err != nil {
		return err
	}
	defer d.tx.leave()
	if !d.exists(id) {
		return d.notFound()
	}
	for _, f := range d.schema().fields {
		if f.unique {
			d.unclaim(f, id)
		}
	}
	d.staged.push(id, 0, opDelete, 0)
	return nil
}

func (d *draft) value(id ID, field string) (Value, error) {
	if err := d.tx.enter(); err != nil {
		return Value{}, err
	}
	defer d.tx.leave()
	f, err := d.schema().find(field)
	if err != nil {
		return Value{}, err
	}
	if !d.exists(id) {
		return Value{}, d.notFound()
	}
	return d.read(f, id), nil
}

func (d *draft) lookup(field string, value any) (ID, error) {
	if err := d.tx.enter(); err != nil {
		return 0, err
	}
	defer d.tx.leave()
	f, v, err := d.schema().identity(field, value, &d.tx.store.opts.Limits)
	if err != nil {
		return 0, err
	}
	return d.owner(f, v), nil
}

// created reports whether the transaction has made a row.
func (d *draft) created(id ID) bool {
	return d.staged != nil && uint64(id) >= d.staged.first && int(uint64(id)-d.staged.first) < len(d.staged.fresh)
}

func (d *draft) exists(id ID) bool {
	return d.staged.exists(id, d.base.live.Contains(uint32(id)))
}

func (d *draft) read(f *fieldDef, id ID) Value {
	return d.staged.read(f, id, func() Value { return d.base.value(f, id) })
}

// owner returns the contact that has an identity value, 0 if none has.
func (d *draft) owner(f *fieldDef, v Value) ID {
	if !identifies(v) {
		return 0
	}
	if len(d.staged.claims) > 0 {
		if id, ok := d.staged.claims[claim{uint16(f.index), f.identityKey(v)}]; ok {
			return id
		}
	}
	return d.base.lookup(f, v)
}

// claim gives an identity value to a contact.
func (d *draft) claim(f *fieldDef, id ID, v Value) {
	if d.staged.claims == nil {
		d.staged.claims = make(map[claim]ID)
	}
	d.staged.claims[claim{uint16(f.index), f.identityKey(v)}] = id
}

// reclaim makes v the identity value of a contact in a field instead of the one
// it has.
func (d *draft) reclaim(f *fieldDef, id ID, v Value) {
	old := d.read(f, id)
	if identifies(old) && identifies(v) && f.identityKey(old) == f.identityKey(v) {
		return
	}
	if identifies(old) {
		d.claim(f, 0, old)
	}
	if identifies(v) {
		d.claim(f, id, v)
	}
}

// unclaim frees the identity value that a contact has.
func (d *draft) unclaim(f *fieldDef, id ID) {
	if old := d.read(f, id); identifies(old) {
		d.claim(f, 0, old)
	}
}

// identifies reports whether a value can tell whose contact it is: an empty text
// can't.
func identifies(v Value) bool {
	return !v.Missing() && (v.kind != KindText || v.text != "")
}
