package contact

import "slices"

// A companyDraft is what a transaction does to companies.
type companyDraft struct {
	draft
	row     CompanyRow
	deleted []ID
}

// CompanyTx is the part of a [Tx] about companies and about who belongs to them. Its
// methods are to companies what those of Tx are to contacts: they read what was
// written before in the transaction, and one that returns an error has done nothing.
// Without companies in the schema all of them return [ErrNoCompanies].
//
// A CompanyTx must not be used by more than one goroutine at a time, nor after the
// end of its transaction.
type CompanyTx struct{ tx *Tx }

// Companies returns the part of the transaction about companies.
func (tx *Tx) Companies() CompanyTx { return CompanyTx{tx} }

// draft returns what the transaction does to companies.
func (c CompanyTx) draft() (*companyDraft, error) {
	tx := c.tx
	switch {
	case tx.over.Load():
		return nil, ErrTxDone
	case !tx.schema.HasCompanies():
		return nil, ErrNoCompanies
	}
	if tx.companies == nil {
		tx.companies = &companyDraft{}
		tx.companies.company = true
		tx.store.companyScratch.lend(&tx.companies.draft, tx, &tx.base.firms)
	}
	return tx.companies, nil
}

func (c CompanyTx) fill(values Values, do func(*row) (ID, error)) (CompanyID, error) {
	d, err := c.draft()
	if err != nil {
		return 0, err
	}
	id, err := d.fill(values, do)
	return CompanyID(id), err
}

// Row returns the transaction's one [CompanyRow], emptied: the fast way to write. It
// is nil if there are no companies in the schema or the transaction is over.
func (c CompanyTx) Row() *CompanyRow {
	d, err := c.draft()
	if err != nil {
		return nil
	}
	d.row.row = d.emptyRow()
	return &d.row
}

// Insert makes a company with the given values and returns its id. It is a
// [*ConflictError] if another company has one of its identity values.
func (c CompanyTx) Insert(values Values) (CompanyID, error) { return c.fill(values, (*row).insert) }

// Upsert changes the company with one of the given identity values or makes one if
// there is none; [CompanyTx.Created] tells which. Without any identity value it is
// [ErrNoIdentity]; if the values belong to different companies it is a
// [*ConflictError] with their ids.
func (c CompanyTx) Upsert(values Values) (CompanyID, error) { return c.fill(values, (*row).upsert) }

// Set changes the given values of a company and leaves the others alone.
func (c CompanyTx) Set(id CompanyID, values Values) error {
	d, err := c.draft()
	if err != nil {
		return err
	}
	return d.set(ID(id), values)
}

// Unset takes the values of the given fields away.
func (c CompanyTx) Unset(id CompanyID, fields ...string) error {
	return c.Set(id, unsetting(fields))
}

// Add adds tags, or options of a multi-select field, to those a company has.
func (c CompanyTx) Add(id CompanyID, field string, words ...string) error {
	d, err := c.draft()
	if err != nil {
		return err
	}
	return d.editList(ID(id), field, words, addWords)
}

// Remove takes tags or options of a multi-select field away from a company; ones that
// it does not have are no error.
func (c CompanyTx) Remove(id CompanyID, field string, words ...string) error {
	d, err := c.draft()
	if err != nil {
		return err
	}
	return d.editList(ID(id), field, words, takeWords)
}

// Delete removes a company and ends its associations. Its id is never given again. It
// costs the contacts that belong to it.
func (c CompanyTx) Delete(id CompanyID) error {
	d, err := c.draft()
	if err != nil {
		return err
	}
	if err := d.delete(ID(id)); err != nil {
		return err
	}
	d.deleted = append(d.deleted, ID(id))
	return nil
}

// Exists reports whether a company lives, by what was written so far.
func (c CompanyTx) Exists(id CompanyID) bool {
	d, err := c.draft()
	if err != nil || d.tx.enter() != nil {
		return false
	}
	defer d.tx.leave()
	return d.exists(ID(id))
}

// Created reports whether a company was made by this transaction.
func (c CompanyTx) Created(id CompanyID) bool {
	return c.tx.companies != nil && c.tx.companies.created(ID(id))
}

// Value returns what a company has in a field, by what was written so far.
func (c CompanyTx) Value(id CompanyID, field string) (Value, error) {
	d, err := c.draft()
	if err != nil {
		return Value{}, err
	}
	return d.value(ID(id), field)
}

// Lookup returns the company that has a value in a unique field, by what was written
// so far, and whether there is one.
func (c CompanyTx) Lookup(field string, value any) (CompanyID, bool, error) {
	d, err := c.draft()
	if err != nil {
		return 0, false, err
	}
	id, err := d.lookup(field, value)
	return CompanyID(id), id != 0, err
}

// Associate makes a contact belong to companies, beside those it belongs to. If it has
// no primary company, the first of those it did not belong to becomes it. Companies it
// belongs to already change nothing.
//
// A contact that does not live is [ErrNotFound], a company that does not
// [ErrNoCompany], and more companies than [Limits] allows are a [*LimitError].
func (c CompanyTx) Associate(contact ID, companies ...CompanyID) error {
	return c.associate(contact, companies, func(a *Associations) {
		for _, id := range companies {
			if a.add(id) && a.Primary == 0 {
				a.Primary = id
			}
		}
	})
}

// Dissociate ends the association of a contact with companies. If the primary one is
// among them, none is primary. Companies that it does not belong to, or that do not
// live, change nothing.
func (c CompanyTx) Dissociate(contact ID, companies ...CompanyID) error {
	return c.associate(contact, nil, func(a *Associations) {
		a.Companies = slices.DeleteFunc(a.Companies, func(id CompanyID) bool { return slices.Contains(companies, id) })
		if slices.Contains(companies, a.Primary) {
			a.Primary = 0
		}
	})
}

// SetPrimary makes a company a contact's primary one, and with that one it belongs
// to; the primary one before stays one it belongs to. 0 leaves it without a primary
// company. The errors are those of [CompanyTx.Associate].
func (c CompanyTx) SetPrimary(contact ID, company CompanyID) error {
	var companies []CompanyID
	if company != 0 {
		companies = append(companies, company)
	}
	return c.associate(contact, companies, func(a *Associations) {
		if company != 0 {
			a.add(company)
		}
		a.Primary = company
	})
}

// Of returns the companies that a contact belongs to, by what was written so far.
func (c CompanyTx) Of(contact ID) (a Associations, err error) {
	err = c.associate(contact, nil, func(now *Associations) { a = *now })
	return a, err
}

// add puts a company into the list, in its place, and reports whether it was not there.
func (a *Associations) add(id CompanyID) bool {
	i, found := slices.BinarySearch(a.Companies, id)
	if !found {
		a.Companies = slices.Insert(a.Companies, i, id)
	}
	return !found
}

// associate edits the associations of a contact; companies must live.
func (c CompanyTx) associate(contact ID, companies []CompanyID, edit func(*Associations)) error {
	d, err := c.draft()
	if err != nil {
		return err
	}
	tx := c.tx
	if err := tx.enter(); err != nil {
		return err
	}
	defer tx.leave()
	if !tx.contacts.exists(contact) {
		return ErrNotFound
	}
	for _, id := range companies {
		if !d.exists(ID(id)) {
			return ErrNoCompany
		}
	}
	now := tx.associationsOf(contact)
	next := Associations{slices.Clone(now.Companies), now.Primary}
	edit(&next)
	if next.Primary == now.Primary && slices.Equal(next.Companies, now.Companies) {
		return nil
	}
	if most := tx.store.opts.Limits.Companies; len(next.Companies) > max(most, len(now.Companies)) {
		return &LimitError{"companies of one contact", most, len(next.Companies)}
	}
	tx.stageAssociations(contact, next)
	return nil
}

// associationsOf returns the companies of a contact, without those that are deleted.
func (tx *Tx) associationsOf(contact ID) Associations {
	places, primary := tx.schema.links()
	a := associations(tx.contacts.read(places, contact), tx.contacts.read(primary, contact))
	if tx.companies == nil || len(tx.companies.deleted) == 0 {
		return a
	}
	lives := func(id CompanyID) bool { return tx.companies.exists(ID(id)) }
	a.Companies = slices.DeleteFunc(a.Companies, func(id CompanyID) bool { return !lives(id) })
	if a.Primary != 0 && !lives(a.Primary) {
		a.Primary = 0
	}
	return a
}

// stageAssociations stages the companies of a contact if they are others than are
// staged.
func (tx *Tx) stageAssociations(contact ID, a Associations) {
	places, primary := tx.schema.links()
	ids := make([]uint32, len(a.Companies))
	for i, id := range a.Companies {
		ids[i] = uint32(id)
	}
	for _, v := range []struct {
		place *fieldDef
		value Value
	}{{places, packCompanies(ids)}, {primary, primaryValue(ID(a.Primary))}} {
		switch {
		case tx.contacts.read(v.place, contact).Equal(v.value):
		case v.value.Missing():
			tx.contacts.staged.push(contact, v.place.index, opUnset, 0)
		default:
			tx.contacts.staged.push(contact, v.place.index, opSet, tx.contacts.staged.arg(v.value))
		}
	}
}

// settleAssociations ends the associations of the companies that the transaction
// deletes. Until then reading leaves them out.
func (tx *Tx) settleAssociations() {
	if tx.companies == nil || len(tx.companies.deleted) == 0 {
		return
	}
	places, _ := tx.schema.links()
	settle := func(id ID) {
		if tx.contacts.exists(id) {
			tx.stageAssociations(id, tx.associationsOf(id))
		}
	}
	for _, id := range slices.Clone(tx.contacts.staged.ids) {
		settle(id)
	}
	for _, company := range tx.companies.deleted {
		for id := range tx.base.having(places, company).All() {
			settle(ID(id))
		}
	}
}
