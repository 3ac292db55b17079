package segment_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// A desk is a store with an engine, to try things on.
type desk struct {
	*testing.T
	ctx   context.Context
	store *contact.Store
	eng   *segment.Engine
}

// newDesk returns an engine on an empty store with the fields email (unique),
// country, points and yes, and a clock that goes on by a second at each look. The
// options may be nil.
func newDesk(t *testing.T, opts *segment.Options) *desk {
	t.Helper()
	schema := contact.MustSchema(contact.Text("email").Unique(), contact.Text("country"), contact.Number("points"), contact.Bool("yes"))
	store, err := contact.New(schema, &contact.Options{Clock: &stepClock{now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}})
	require.NoError(t, err)
	eng, err := segment.New(store, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return &desk{t, context.Background(), store, eng}
}

// update runs a transaction that has to succeed.
func (d *desk) update(fn func(tx *contact.Tx) error) {
	d.Helper()
	require.NoError(d, d.store.Update(d.ctx, fn))
}

// insert makes n contacts with the same values and returns the last id.
func (d *desk) insert(n int, values contact.Values) (id contact.ID) {
	d.Helper()
	d.update(func(tx *contact.Tx) (err error) {
		for range n {
			if id, err = tx.Insert(values); err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

func (d *desk) set(id contact.ID, values contact.Values) {
	d.Helper()
	d.update(func(tx *contact.Tx) error { return tx.Set(id, values) })
}

// create makes a segment; an empty filter makes it static.
func (d *desk) create(handle, text string) segment.Segment {
	d.Helper()
	s, err := d.eng.Create(d.ctx, definition(handle, text))
	require.NoError(d, err)
	return s
}

func definition(handle, text string) segment.Definition {
	def := segment.Definition{Handle: handle, Name: handle}
	if text != "" {
		def.Filter = filter.MustParse(text)
	}
	return def
}

// members returns who is in a segment.
func (d *desk) members(handle string) []contact.ID {
	d.Helper()
	set, err := d.eng.Members(handle)
	require.NoError(d, err)
	return set.IDs()
}

// feed returns the changes from a number on as short lines.
func (d *desk) feed(from uint64) []string {
	d.Helper()
	list := []string{}
	for c, err := range d.eng.Changes(from) {
		require.NoError(d, err)
		list = append(list, short(c))
	}
	return list
}

func short(c segment.Change) string {
	return fmt.Sprintf("%d %v %s (%v)", c.Contact, c.Kind, c.Segment, c.Cause)
}

func (d *desk) flush() {
	d.Helper()
	require.NoError(d, d.eng.Flush(d.ctx))
}
