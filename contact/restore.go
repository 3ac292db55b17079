package contact

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"runtime"
	"sync"

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
	s.cur.cols = make([]any, len(schema.fields))
	if err := s.loadColumns(schema); err != nil {
		return err
	}
	for i := range s.cur.cols { // a block of a field that no checkpoint has seen yet
		if s.cur.cols[i] == nil {
			s.cur.cols[i] = newColumn(schema.fields[i])
		}
	}
	s.cur.given = d.kept.given
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
		d.logBytes += r.size()
		d.marks = r.marks
	}
	if s.cur.number != d.kept.number {
		return d.corrupt(d.kept.number, errGone)
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
	var touched []uint16
	for c := range r.Changes() {
		touched = touched[:0]
		switch c.Kind {
		case Created:
			st.live, _ = st.live.Add(e, uint32(c.ID))
		case Deleted:
			st.live, _ = st.live.Remove(e, uint32(c.ID))
			touched = st.clear(e, st.schema.fields, c.ID, touched)
		}
		for _, f := range c.Fields {
			if def := f.Field.def; c.Kind != Deleted && !def.dropped {
				st.set(e, def, c.ID, f.New)
				touched = append(touched, uint16(def.index))
			}
		}
		s.durable.dirty.note(c.ID, c.Kind, touched)
	}
	if r.schemaChanged {
		for i, d := range st.schema.fields {
			if d.dropped {
				s.durable.dirty.noteDropped(i, st.given)
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

// A loader fills a column from stored blocks.
type loader interface {
	Block(block int, data []byte) error
}

// loadColumns reads the blocks of all columns and of the set of living contacts, as
// many columns at once as there are processors.
func (s *Store) loadColumns(schema *Schema) error {
	errs := make([]error, len(schema.fields)+1)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(errs)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				if i < len(schema.fields) {
					errs[i] = s.loadColumn(i, schema.fields[i])
				} else {
					errs[i] = s.loadLive()
				}
			}
		}()
	}
	for i := range errs {
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

func (s *Store) loadLive() error {
	var b idset.Builder
	err := s.durable.blocks(liveColumn, b.AddStored)
	s.cur.live = b.Set()
	return err
}

func (s *Store) loadColumn(i int, d *fieldDef) error {
	if d.dropped {
		return nil
	}
	names, err := s.durable.names(i, d)
	if err != nil {
		return err
	}
	e := &s.epochs
	var l loader
	var done func() any
	switch d.kind {
	case KindText:
		t := column.NewTextLoader(e, d.folder())
		l, done = t, func() any { return t.Done() }
	case KindNumber, KindDate, KindDateTime:
		t := numbersLoader(e, d)
		l, done = t, func() any { return t.Done() }
	case KindBool:
		t := column.NewBoolsLoader(e)
		l, done = t, func() any { return t.Done() }
	case KindSelect:
		t := column.NewChoiceLoader(e, Fold, names)
		l, done = t, func() any { return t.Done() }
	default:
		t := column.NewChoicesLoader(e, Fold, names)
		l, done = t, func() any { return t.Done() }
	}
	if err := s.durable.blocks(i, l.Block); err != nil {
		return err
	}
	s.cur.cols[i] = done()
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

// names returns the options of a column in the order of their numbers.
func (d *durable) names(i int, def *fieldDef) (names []string, err error) {
	if def.kind != KindTags {
		for _, o := range def.options {
			names = append(names, o.Value)
		}
		return names, nil
	}
	err = d.view(func(tx *boltfile.Tx) (err error) {
		b, err := tx.Get(bucketState, namesKey(i))
		if err != nil {
			return err
		}
		if names, err = unsealNames(bytes.Clone(b)); err != nil {
			err = &CorruptError{File: d.path(), Offset: -1, What: fmt.Sprintf("the tags of field %q", def.name)}
		}
		return err
	})
	return names, err
}

// unsealNames reads the tags of a field, see state.names.
func unsealNames(b []byte) (names []string, err error) {
	defer func() {
		if recover() != nil { // ran over the end
			names, err = nil, errSealed
		}
	}()
	d := decoder{b}
	for len(d.b) > 0 {
		names = append(names, d.text())
	}
	return names, nil
}

// blocks calls fn with the stored blocks of a column in their order.
func (d *durable) blocks(col int, fn func(block int, data []byte) error) error {
	return d.view(func(tx *boltfile.Tx) error {
		err := tx.Walk(bucketChunk, chunkKey(col, 0), func(key, value []byte) error {
			if len(key) != 4 || int(binary.BigEndian.Uint16(key)) != col {
				return errEnd
			}
			block := int(binary.BigEndian.Uint16(key[2:]))
			if err := fn(block, value); err != nil {
				return &CorruptError{File: d.path(), Offset: -1, What: fmt.Sprintf("block %d of column %d: %v", block, col, err)}
			}
			return nil
		})
		if err == errEnd {
			return nil
		}
		return err
	})
}

var errEnd = fmt.Errorf("the end of what was asked for")

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
