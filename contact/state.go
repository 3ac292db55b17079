package contact

import (
	"slices"
	"time"

	"github.com/rosterdb/roster/contact/internal/version"
)

// A state is one version of everything: what a View shows. The writer changes
// the newest one in place as long as no View can see it.
type state struct {
	stamp  version.Stamp
	number uint64    // of the last commit, 0 before the first
	time   time.Time // of the last commit
	schema *Schema
	table        // the contacts
	firms  table // the companies
	events histories
	floors []floorState
}

type floorState struct {
	name  string
	value any
}

// writable returns the state to change from now on.
func (st *state) writable(e *version.Epochs) *state {
	if e.Owns(st.stamp) {
		return st
	}
	c := *st
	c.stamp = e.Now()
	c.cols = slices.Clone(st.cols)
	c.firms.cols = slices.Clone(st.firms.cols)
	c.events = slices.Clone(st.events)
	c.floors = slices.Clone(st.floors)
	return &c
}

// dropped are the columns that adopt took out, at their places.
type dropped struct{ contacts, companies []any }

// adopt makes a schema that of the state, see table.adopt.
func (st *state) adopt(e *version.Epochs, schema *Schema) (d dropped) {
	if schema == st.schema {
		return d
	}
	before := st.schema
	if before == nil {
		before = &Schema{}
	}
	d.contacts = st.table.adopt(e, st.schema, schema)
	if schema.companies != nil {
		d.companies = st.firms.adopt(e, before.companies, schema.companies)
	}
	st.adoptEvents(e, schema)
	st.schema = schema
	return d
}

// disown takes back what adopt did, see table.disown.
func (st *state) disown(e *version.Epochs, s *Store, before *Schema, d dropped) {
	st.table.disown(e, st.schema, before, s.scratch.named, d.contacts)
	if st.schema.companies != nil {
		st.firms.disown(e, st.schema.companies, before.Companies(), s.companyScratch.named, d.companies)
	}
	st.disownEvents(e, before)
	st.schema = before
}

// compact lets all columns drop what only deleted values needed.
func (st *state) compact(e *version.Epochs) {
	for _, t := range []*table{&st.table, &st.firms} {
		for i := range t.cols {
			t.compact(e, i)
		}
	}
}

// of returns the table that a field belongs to.
func (st *state) of(d *fieldDef) *table {
	if d.company {
		return &st.firms
	}
	return &st.table
}
