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
	table  // the contacts
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
	c.floors = slices.Clone(st.floors)
	return &c
}

// adopt makes a schema that of the state, see table.adopt.
func (st *state) adopt(e *version.Epochs, schema *Schema) (dropped []any) {
	dropped = st.table.adopt(e, st.schema, schema)
	st.schema = schema
	return dropped
}

// disown takes back what adopt did, see table.disown.
func (st *state) disown(e *version.Epochs, schema *Schema, named []named, dropped []any) {
	st.table.disown(e, st.schema, schema, named, dropped)
	st.schema = schema
}
