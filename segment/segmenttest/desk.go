package segmenttest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// Desk is a store with an engine and a clock to turn, for one test. They are closed when
// the test ends. What a method of it can't do ends the test.
//
// A Desk may be used by the goroutine of its test alone; what is in it is as safe as it
// ever is.
type Desk struct {
	T      testing.TB
	Store  *contact.Store
	Engine *segment.Engine
	Clock  *Clock
}

// Begin is what the clock of a new [Desk] shows: a Wednesday.
func Begin() time.Time { return time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC) }

// New returns an engine on an empty store in memory, with a schema of the parts given.
func New(t testing.TB, parts ...contact.Part) *Desk {
	t.Helper()
	d := &Desk{T: t, Clock: NewClock(Begin())}
	schema, err := contact.NewSchema(parts...)
	d.must(err, "schema")
	store, err := contact.New(schema, &contact.Options{Clock: d.Clock})
	d.must(err, "store")
	return d.attach(store)
}

// Open returns an engine on a store on disk in a directory, such as [testing.TB.TempDir].
// Without parts it has the schema that is stored; without a clock, which may be nil, a new
// one. A second Desk of the same directory can be opened when the first one is closed, see
// [Desk.Close].
func Open(t testing.TB, dir string, clock *Clock, parts ...contact.Part) *Desk {
	t.Helper()
	if clock == nil {
		clock = NewClock(Begin())
	}
	d := &Desk{T: t, Clock: clock}
	var schema *contact.Schema
	if len(parts) > 0 {
		var err error
		schema, err = contact.NewSchema(parts...)
		d.must(err, "schema")
	}
	store, err := contact.Open(dir, schema, &contact.Options{Clock: clock})
	d.must(err, "open")
	return d.attach(store)
}

func (d *Desk) attach(store *contact.Store) *Desk {
	d.T.Helper()
	d.Store = store
	d.T.Cleanup(func() {
		if err := store.Close(); err != nil {
			d.T.Errorf("close: %v", err)
		}
	})
	var err error
	d.Engine, err = segment.New(store, nil)
	d.must(err, "engine")
	return d
}

func (d *Desk) must(err error, what string) {
	d.T.Helper()
	if err != nil {
		d.T.Fatalf("%s: %v", what, err)
	}
}

// Close closes the store and the engine before the test ends.
func (d *Desk) Close() {
	d.T.Helper()
	d.must(d.Store.Close(), "close")
}

// Update runs a transaction.
func (d *Desk) Update(fn func(tx *contact.Tx) error) {
	d.T.Helper()
	d.must(d.Store.Update(context.Background(), fn), "update")
}

// Insert makes a contact; without values that is an anonymous one.
func (d *Desk) Insert(values contact.Values) (id contact.ID) {
	d.T.Helper()
	d.Update(func(tx *contact.Tx) (err error) {
		id, err = tx.Insert(values)
		return err
	})
	return id
}

// Set changes a contact.
func (d *Desk) Set(id contact.ID, values contact.Values) {
	d.T.Helper()
	d.Update(func(tx *contact.Tx) error { return tx.Set(id, values) })
}

// Record records events of a contact. One without a time happens now, by the clock.
func (d *Desk) Record(id contact.ID, events ...contact.Event) {
	d.T.Helper()
	events = slices.Clone(events)
	for i := range events {
		if events[i].At.IsZero() {
			events[i].At = d.Clock.Now()
		}
	}
	d.Update(func(tx *contact.Tx) error { return tx.Record(id, events...) })
}

// Create makes a segment whose name is its handle. A filter is its text; an empty one
// makes a static segment.
func (d *Desk) Create(handle, text string) segment.Segment {
	d.T.Helper()
	def := segment.Definition{Handle: handle, Name: handle}
	if text != "" {
		var err error
		def.Filter, err = filter.Parse(text)
		d.must(err, "segment "+handle)
	}
	s, err := d.Engine.Create(context.Background(), def)
	d.must(err, "create")
	return s
}

// Members returns who is in a segment, ascending.
func (d *Desk) Members(handle string) []contact.ID {
	d.T.Helper()
	set, err := d.Engine.Members(handle)
	d.must(err, "members")
	return set.IDs()
}

// Verify compares every segment with what the contacts make it, see
// [segment.Engine.Verify].
func (d *Desk) Verify() {
	d.T.Helper()
	d.must(d.Engine.Verify(context.Background()), "verify")
}

// Mark returns a mark at the end of the feed.
func (d *Desk) Mark() *Mark { return MarkOf(d.T, d.Engine) }
