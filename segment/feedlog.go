package segment

import (
	"context"
	"errors"

	"github.com/rosterdb/roster/contact"
)

// readAtOnce is the number of changes from which on no further record is read at
// the same time. No reading of the log goes on while a call-back runs, or it would
// keep the file from using freed pages again for as long.
const readAtOnce = 1000

// readLog returns batches with the changes from a number on that are not in memory
// any more, at least one. trimmed is the error if the log does not have them
// either.
func (e *Engine) readLog(from, last uint64, trimmed error) ([]*batch, error) {
	if !e.durable {
		return nil, trimmed
	}
	for synced := false; ; synced = true {
		number, ok, err := e.store.FindMark(floorName, from)
		if err != nil {
			return nil, err
		}
		if ok {
			batches, err := e.readRecords(number, from, last, trimmed)
			if !errors.Is(err, contact.ErrTrimmed) || synced {
				return batches, err
			}
			continue // dropped since it was found
		}
		if synced {
			return nil, trimmed
		}
		// It may be committed and not written yet.
		if err := e.store.Sync(context.Background()); err != nil {
			return nil, err
		}
	}
}

// readRecords reads the batch with a change and some after it, beginning with the
// record of a commit. trimmed is the error if it is not there: if the log has lost
// it, the oldest record can have a mark beyond it all the same.
func (e *Engine) readRecords(number, from, last uint64, trimmed error) (batches []*batch, err error) {
	known := definitions{engine: e}
	n := uint64(0)
	for rec, err := range e.store.Log(number) {
		if err != nil {
			return nil, err
		}
		b, err := known.batch(rec)
		switch {
		case err != nil:
			return nil, err
		case b == nil || b.first+b.n <= from:
			continue
		case len(batches) == 0 && b.first > from:
			return nil, &TrimmedError{from, b.first}
		case b.first > last:
			return batches, nil
		}
		batches = append(batches, b)
		if n += b.n; n >= readAtOnce {
			break
		}
	}
	if batches == nil {
		return nil, trimmed
	}
	return batches, nil
}

// definitions finds the definitions that records name.
type definitions struct {
	engine *Engine
	known  map[definitionKey]*defined
}

type definitionKey struct {
	id      ID
	version int
}

// find returns a version of a definition, nil if there was none. It may not be
// called while the version of the store that has it is not visible.
func (d *definitions) find(id ID, version int) *defined {
	key := definitionKey{id, version}
	if def := d.known[key]; def != nil {
		return def
	}
	var def *defined
	d.engine.store.Peek(func(v *contact.View) { def = rootOf(v).version(id, version) })
	if d.known == nil {
		d.known = make(map[definitionKey]*defined)
	}
	d.known[key] = def
	return def
}

// batch returns what a commit put into the feed, nil if nothing.
func (d *definitions) batch(rec *contact.Record) (*batch, error) {
	for data := range rec.Floor(floorName) {
		r, err := readRecord(data)
		if err != nil {
			return nil, err
		}
		if len(r.entries) == 0 {
			return nil, nil
		}
		b := &batch{first: r.first, n: r.n, tx: rec.Number, at: rec.Time, entries: make([]entry, len(r.entries))}
		for i := range r.entries {
			from := &r.entries[i]
			def := d.find(from.segment, from.version)
			if def == nil {
				return nil, damaged("commit %d names version %d of segment %d", rec.Number, from.version, from.segment)
			}
			b.entries[i] = entry{def: def, contact: from.who.contact, via: from.via, kind: from.kind, cause: from.cause}
			if from.who.contact == 0 {
				b.entries[i].bulk, b.entries[i].contact = true, contact.ID(len(b.sets))
				b.sets = append(b.sets, from.who.set)
			}
		}
		return b, nil
	}
	return nil, nil
}
