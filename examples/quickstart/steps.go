package main

import (
	"fmt"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment"
)

// A step is one transaction of the story.
type step struct {
	title string
	do    func(tx *contact.Tx) error
}

// An edit is what a step does to one person.
type edit = func(tx *contact.Tx, id contact.ID) error

// with finds a person by their e-mail address and does something with them.
func with(email string, do edit) func(*contact.Tx) error {
	return func(tx *contact.Tx) error {
		id, found, err := tx.Lookup("email", email)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("nobody has the address %s", email)
		}
		return do(tx, id)
	}
}

// set gives a person a value.
func set(field string, value any) edit {
	return func(tx *contact.Tx, id contact.ID) error {
		return tx.Set(id, contact.Values{field: value})
	}
}

// tag gives a person one more tag.
func tag(word string) edit {
	return func(tx *contact.Tx, id contact.ID) error {
		return tx.Add(id, "tags", word)
	}
}

// hand puts a person into segments, or takes them out, above the filters.
func hand(eng *segment.Engine, h segment.ByHand) edit {
	return func(tx *contact.Tx, id contact.ID) error {
		h.Contacts = contact.SetOf(id)
		_, err := eng.In(tx).Edit(h)
		return err
	}
}
