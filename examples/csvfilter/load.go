package main

import (
	"context"
	"errors"

	"github.com/rosterdb/roster/contact"
)

// batch is how many rows are loaded in a transaction. More of them would take memory
// for what is staged, fewer would take time for commits.
const batch = 1 << 15

// mostFields is the largest limit that a store can be given. A schema grown in a
// transaction has the store's limit, one made before has the default.
const mostFields = 65535

// load makes a store of the table. The id of a contact is the number of its row. The
// cells are gone afterwards, except those of the keys. The clock may be nil.
func (t *table) load(ctx context.Context, clock contact.Clock) (*contact.Store, error) {
	parts := make([]contact.Part, len(t.columns))
	for i, c := range t.columns {
		parts[i] = c.part()
	}
	store, err := contact.New(contact.MustSchema(), &contact.Options{
		Clock: clock, KeepLog: -1, Limits: contact.Limits{Fields: mostFields},
	})
	if err != nil {
		return nil, err
	}
	err = store.Update(ctx, func(tx *contact.Tx) error { return tx.Schema().Add(parts...) })
	if err != nil {
		return nil, err
	}
	schema := store.Schema()
	for done := 0; done < t.rows; done += batch {
		err := store.Update(ctx, func(tx *contact.Tx) error {
			for row := done + 1; row <= min(done+batch, t.rows); row++ {
				if err := t.insert(tx.Row(), schema, row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return store, nil
}

// insert makes the contact of the next row.
func (t *table) insert(r *contact.Row, schema *contact.Schema, row int) error {
	i := 0
	for field := range schema.Fields() {
		c := t.columns[i]
		c.set(r, field, string(c.cells.take()))
		i++
	}
	_, err := r.Insert()
	var wrong *contact.FieldError
	if errors.As(err, &wrong) {
		for _, c := range t.columns {
			if c.name == wrong.Field {
				return &cellError{row: row, place: c.place, column: c.name, err: wrong.Err}
			}
		}
	}
	return err
}
