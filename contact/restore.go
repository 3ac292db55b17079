package contact

import (
	"bytes"
	"fmt"
	"iter"
	"runtime"
	"sync"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/contact/internal/boltfile"
	"github.com/rosterdb/roster/contact/internal/column"
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// restore makes the version of the last commit: the blocks of the checkpoint, and
// the records since over them.
func (s *Store) restore(schema *Schema) error {
	d := s.durable
	s.cur.schema = schema
	d.schema.Store(schema)
	s.cur.events = make(histories, len(schema.events))
	s.eventKeys = make([]behaviour.Keys, len(schema.events))
	tables := s.cur.tables()
	for _, t := range tables {
		t.tab.cols = make([]any, len(t.schema.fields))
	}
	if err := s.loadColumns(tables); err != nil {
		return err
	}
	for _, t := range tables {
		for i := range t.tab.cols { // a block of a field that no checkpoint has seen yet
			if t.tab.cols[i] == nil {
				t.tab.cols[i] = newColumn(t.schema.fields[i])
			}
		}
	}
	s.cur.given, s.cur.firms.given = d.kept.given, d.kept.companies
	s.cur.adopt(&s.epochs, schema)
	s.cur.number = d.kept.checkpoint
	loaded := make([]int, len(schema.fields))
	for i, c := range s.cur.cols {
		if words, ok := c.(*column.Choices); ok {
			loaded[i] = words.Numbers()
		}
	}
	d.shown.Store(d.kept.number)
	for r, err := range d.records(max(d.kept.checkpoint+1, d.kept.first)) {
		if err != nil {
			return err
		}
		if r.Number != s.cur.number+1 {
			return d.corrupt(r.Number, fmt.Errorf("it follows record %d", s.cur.number))
		}
		s.cur.number = r.Number
		s.replay(r, loaded)
		s.replayEvents(r)
		d.logBytes += r.size()
		d.marks = r.marks
	}
	if s.cur.number != d.kept.number {
		return d.corrupt(d.kept.number, errGone)
	}
	if err := s.checkEventContacts(); err != nil {
		return err
	}
	s.cur.time = d.kept.time
	s.cur.compact(&s.epochs)
	d.salvaged = d.kept.number
	return d.loadMarks()
}

// loadMarks finds the floors' newest marks if no record since the checkpoint has
// them.
func (d *durable) loadMarks() error {
	if d.marks != nil || d.kept.number < d.kept.first {
		return nil
	}
	return d.view(func(tx *boltfile.Tx) error {
		r, err := d.head(tx, d.kept.number)
		if err == nil {
			d.marks = r.marks
		}
		return err
	})
}

// replay applies a log record to the newest version, which may hold its values
// already. loaded is how many words each dictionary had in the file.
func (s *Store) replay(r *Record, loaded []int) {
	e, st := &s.epochs, s.cur
	for _, t := range st.tables() {
		data := r.data
		if t.live == liveCompanies {
			data = r.companyData
		}
		t.replay(e, changes(data, r.schema.of(t.schema)), t.dirty(&s.durable.dirty))
		if !r.schemaChanged {
			continue
		}
		for i, d := range t.schema.fields {
			if d.dropped {
				t.dirty(&s.durable.dirty).noteDropped(i, t.tab.given)
			}
		}
	}
	if r.Cause == CauseErase {
		// The file has the dictionaries as of the last erasing or later. A word that
		// is not in them and that nobody has now was forgotten then.
		for i, d := range st.schema.fields {
			st.forgetWords(e, d, loaded[i])
		}
	}
}

// of returns s or its companies, whichever other is.
func (s *Schema) of(other *Schema) *Schema {
	if other.company {
		return s.Companies()
	}
	return s
}

// replay applies the changes of a record to a table.
func (t *storedTable) replay(e *version.Epochs, list iter.Seq[Change], dirty *tableDirty) {
	var touched []uint16
	for c := range list {
		touched = touched[:0]
		switch c.Kind {
		case Created:
			t.tab.live, _ = t.tab.live.Add(e, uint32(c.ID))
		case Deleted:
			t.tab.live, _ = t.tab.live.Remove(e, uint32(c.ID))
			touched = t.tab.clear(e, t.schema.fields, c.ID, touched)
		}
		for _, f := range c.Fields {
			if def := f.Field.def; c.Kind != Deleted && !def.dropped {
				t.tab.set(e, def, c.ID, f.New)
				touched = append(touched, uint16(def.index))
			}
		}
		dirty.note(c.ID, c.Kind, touched)
	}
}

// A loader fills a column from stored blocks.
type loader interface {
	Block(block int, data []byte) error
}

// loadColumns reads the blocks of all columns, of the sets of living rows and of the
// events of all types, as many at once as there are processors.
func (s *Store) loadColumns(tables []storedTable) error {
	var jobs []func() error
	for _, t := range tables {
		for i, d := range t.schema.fields {
			jobs = append(jobs, func() error { return s.loadColumn(&t, i, d) })
		}
		jobs = append(jobs, func() error { return s.loadLive(&t) })
	}
	for _, d := range s.cur.schema.events {
		jobs = append(jobs, func() error { return s.loadEvents(d) })
	}
	errs := make([]error, len(jobs))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				errs[i] = jobs[i]()
			}
		}()
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) loadLive(t *storedTable) error {
	var b idset.Builder
	err := s.durable.chunks(t.live, b.AddStored)
	t.tab.live = b.Set()
	return err
}

func (s *Store) loadColumn(at *storedTable, i int, d *fieldDef) error {
	if d.dropped {
		if d.kind == KindTags { // what is left of it in the file goes with the next checkpoint
			_, err := s.durable.loadWords(at.first + i)
			return err
		}
		return nil
	}
	names, err := s.durable.names(at.first+i, d)
	if err != nil {
		return err
	}
	e := &s.epochs
	var l loader
	var done func() any
	switch d.kind {
	case KindText:
		t := column.NewTextLoader(e, d.folder())
		l, done = t, func() any {
			c := t.Done()
			if d.email {
				c.IndexDomains(e)
			}
			return c
		}
	case KindNumber, KindDate, KindDateTime, KindTimeOfDay:
		t := numbersLoader(e, d)
		l, done = t, func() any { return t.Done() }
	case KindBool:
		t := column.NewBoolsLoader(e)
		l, done = t, func() any { return t.Done() }
	case kindCompanies:
		t := column.NewReferencesLoader(e, uint32(s.durable.kept.companies))
		l, done = t, func() any { return t.Done() }
	case kindPrimary:
		t := column.NewReferenceLoader(e, uint32(s.durable.kept.companies))
		l, done = t, func() any { return t.Done() }
	case KindSelect:
		t := column.NewChoiceLoader(e, Fold, names)
		l, done = t, func() any { return t.Done() }
	default:
		t := column.NewChoicesLoader(e, Fold, names)
		l, done = t, func() any { return t.Done() }
	}
	if err := s.durable.chunks(at.first+i, l.Block); err != nil {
		return err
	}
	at.tab.cols[i] = done()
	return nil
}

func numbersLoader(e *version.Epochs, d *fieldDef) *column.NumbersLoader {
	switch {
	case d.kind == KindDate:
		return column.NewDaysLoader(e)
	case d.kind == KindDateTime:
		return column.NewInstantsLoader(e)
	case d.unique:
		return column.NewUniqueNumbersLoader(e)
	}
	return column.NewNumbersLoader(e)
}

// names returns the options of a column of the file in the order of their numbers.
func (d *durable) names(col int, def *fieldDef) (names []string, err error) {
	if def.kind != KindTags {
		for _, o := range def.options {
			names = append(names, o.Value)
		}
		return names, nil
	}
	return d.loadWords(col)
}

// restored returns what a floor is restored from. The caller is the writer and
// nothing waits to be written.
func (s *Store) restored(name string) *Restored {
	d := s.durable
	d.mu.Lock()
	from := max(d.kept.checkpoint+1, d.kept.first)
	d.mu.Unlock()
	prefix := floorKey(name, "")
	entries := func(yield func(restoredEntry, error) bool) {
		err := d.view(func(tx *boltfile.Tx) error {
			return tx.Walk(bucketFloor, prefix, func(key, value []byte) error {
				if !bytes.HasPrefix(key, prefix) || !yield(restoredEntry{string(key[len(prefix):]), value}, nil) {
					return errEnd
				}
				return nil
			})
		})
		if err != nil && err != errEnd {
			yield(restoredEntry{}, err)
		}
	}
	return &Restored{view: s.share(), entries: entries, records: iter.Seq2[*Record, error](d.records(from))}
}
