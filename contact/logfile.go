package contact

import (
	"encoding/binary"
	"fmt"
	"iter"
	"sort"

	"github.com/rosterdb/roster/contact/internal/boltfile"
)

// getParts returns a sealed record and the number of its parts. The bytes are the
// caller's.
func getParts(tx *boltfile.Tx, number uint64) (sealed []byte, parts int, err error) {
	for ; ; parts++ {
		b, err := tx.Get(bucketLog, logKey(number, parts))
		if err != nil {
			return nil, 0, err
		}
		if b == nil {
			break
		}
		sealed = append(sealed, b...)
		if len(b) < partBytes {
			parts++
			break
		}
	}
	return sealed, parts, nil
}

// corrupt is the error about a log record that can't be read.
func (d *durable) corrupt(number uint64, err error) error {
	return &CorruptError{File: d.path(), Offset: -1, What: fmt.Sprintf("log record %d: %v", number, err)}
}

// record reads a log record. Values of erased contacts are left out.
func (d *durable) record(tx *boltfile.Tx, number uint64, schema *Schema, erased map[ID]uint64) (*Record, error) {
	sealed, parts, err := getParts(tx, number)
	if err != nil {
		return nil, err
	}
	if parts == 0 {
		return nil, d.corrupt(number, errGone)
	}
	r, err := unseal(number, sealed, schema)
	if err != nil {
		return nil, d.corrupt(number, err)
	}
	if len(erased) > 0 {
		r.redact(erasedAt(erased, number))
	}
	return r, nil
}

// head reads the head of a log record.
func (d *durable) head(tx *boltfile.Tx, number uint64) (*Record, error) {
	part, err := tx.Get(bucketLog, logKey(number, 0))
	if err != nil {
		return nil, err
	}
	if part == nil {
		return nil, d.corrupt(number, errGone)
	}
	r, err := unsealHead(number, part)
	if err != nil && len(part) == partBytes { // a reason of many pages
		var whole []byte
		if whole, _, err = getParts(tx, number); err == nil {
			r, err = unsealHead(number, whole)
		}
	}
	if err != nil {
		return nil, d.corrupt(number, err)
	}
	return r, nil
}

var errGone = fmt.Errorf("it is not there, though the manifest counts it")

// erasedAt tells whose values in a record are to be forgotten: those of contacts
// erased by it or later.
func erasedAt(erased map[ID]uint64, number uint64) func(ID) bool {
	return func(id ID) bool { return erased[id] >= number }
}

const (
	batchRecords = 256
	batchBytes   = 1 << 20
)

// records iterates over the records from a number on, up to the newest visible one
// at the time of the call. It reads some at a time, so that a slow reader holds no
// transaction of the file.
func (d *durable) records(from uint64) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		last, unwritten := d.visible()
		for from <= last {
			batch, err := d.batch(from, last)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range batch {
				if !yield(r, nil) {
					return
				}
			}
			from += uint64(len(batch))
		}
		for _, r := range unwritten {
			if r.Number >= from && !yield(r, nil) {
				return
			}
		}
	}
}

// visible returns the number of the last record in the file, and the records that
// are visible though they are not in the file yet.
func (d *durable) visible() (last uint64, unwritten []*Record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.relaxed == 0 {
		return d.shown.Load(), nil
	}
	for _, g := range []*group{d.current, d.open} {
		if g == nil {
			continue
		}
		for _, c := range g.commits {
			if c.record.Number > d.kept.number {
				r := *c.record // the goroutine that writes gives it its marks
				r.redact(erasedAt(d.erased, r.Number))
				unwritten = append(unwritten, &r)
			}
		}
	}
	return d.kept.number, unwritten
}

// batch reads at least one record from a number on.
func (d *durable) batch(from, last uint64) (batch []*Record, err error) {
	if d.store.closed.Load() {
		return nil, ErrClosed
	}
	schema, erased := d.schema.Load(), d.erasedNow()
	err = d.view(func(tx *boltfile.Tx) error {
		h, err := unmarshalHeader(tx.Header())
		if err != nil {
			return err
		}
		if from < h.first {
			return &TrimmedError{from, h.first}
		}
		for n, size := from, 0; n <= last && len(batch) < batchRecords && size < batchBytes; n++ {
			r, err := d.record(tx, n, schema, erased)
			if err != nil {
				return err
			}
			batch = append(batch, r)
			size += r.size()
		}
		return nil
	})
	return batch, err
}

// erasedNow returns the contacts whose values may still be in the log and are not
// to be seen. The map is not changed later.
func (d *durable) erasedNow() map[ID]uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.erased
}

// findMark is Store.FindMark.
func (d *durable) findMark(floor string, n uint64) (number uint64, ok bool, err error) {
	last, unwritten := d.visible()
	err = d.view(func(tx *boltfile.Tx) error {
		h, err := unmarshalHeader(tx.Header())
		if err != nil || last < h.first {
			return err
		}
		i := sort.Search(int(last-h.first)+1, func(i int) bool {
			r, e := d.head(tx, h.first+uint64(i))
			if e != nil {
				err = e
				return true
			}
			m, has := r.Mark(floor)
			return has && m >= n
		})
		number = h.first + uint64(i)
		ok = number <= last
		return err
	})
	if err != nil {
		return 0, false, err
	}
	for _, r := range unwritten {
		if m, has := r.Mark(floor); !ok && has && m >= n {
			number, ok = r.Number, true
		}
	}
	return number, ok, nil
}

// loadErased reads which contacts are erased and not yet out of the log.
func loadErased(tx *boltfile.Tx) (map[ID]uint64, error) {
	erased := make(map[ID]uint64)
	err := tx.Walk(bucketErased, nil, func(key, value []byte) error {
		number, n := binary.Uvarint(value)
		if len(key) != 4 || n <= 0 {
			return errHeader
		}
		erased[ID(binary.BigEndian.Uint32(key))] = number
		return nil
	})
	return erased, err
}
