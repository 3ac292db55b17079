package contact

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact/internal/boltfile"
)

// write writes a group, which may be nil, and the next slice of the checkpoint in
// one commit of the file. Only the goroutine that writes calls it.
func (d *durable) write(g *group) error {
	d.trimming.Lock()
	defer d.trimming.Unlock()
	d.mu.Lock()
	next, paused := d.kept, d.paused
	d.mu.Unlock()
	logged, limit, done := 0, 0, false
	begin := d.store.stopwatch()
	d.fileMu.RLock()
	err := d.file.Update(func(tx *boltfile.Tx) (err error) {
		if g != nil {
			for _, c := range g.commits {
				n, err := d.putCommit(tx, c, &next)
				if err != nil {
					return err
				}
				logged += n
			}
			if err := putKeys(tx, g.commits); err != nil {
				return err
			}
		}
		if d.round != nil {
			if done, err = d.putSlice(tx); err != nil {
				return err
			}
			if done {
				next.checkpoint = d.round.number
			}
		}
		if !paused {
			if err := d.trim(tx, &next); err != nil {
				return err
			}
		}
		limit = d.limit(tx)
		return tx.SetHeader(next.marshal())
	})
	d.fileMu.RUnlock()
	time.Sleep(d.store.opts.Seam.SyncDelay)
	if err != nil {
		var wrong *WriteError
		if !errors.As(err, &wrong) {
			err = &WriteError{Err: err}
		}
		return err
	}
	d.synced.Store(int64(begin()))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept, d.logLimit = next, limit
	d.logBytes += logged
	if done {
		d.logBytes -= d.round.logBytes
		d.endRound()
		d.idle.Broadcast()
	}
	return nil
}

// limit returns how much log makes a checkpoint due.
func (d *durable) limit(tx *boltfile.Tx) int {
	kept := int(tx.Bytes(bucketChunk) + tx.Bytes(bucketFloor))
	return min(max(kept/checkpointShare, d.store.opts.Seam.LeastLog), mostLog)
}

// putCommit puts a transaction into the file and returns the bytes of its log
// record.
func (d *durable) putCommit(tx *boltfile.Tx, c *Commit, next *header) (int, error) {
	r := c.record
	d.takeMarks(r)
	if cap(d.buf) > mostBuffer {
		d.buf = nil
	}
	d.buf = r.seal(d.buf[:0], d.marks)
	err := eachPart(r.Number, d.buf, func(key, part []byte) error { return tx.Put(bucketLog, key, part) })
	if err != nil {
		return 0, err
	}
	if r.schemaChanged {
		if err := tx.Put(bucketState, []byte(stateSchema), r.schema.marshal()); err != nil {
			return 0, err
		}
	}
	for _, e := range c.names {
		if err := tx.Put(e.bucket, e.key, e.value); err != nil {
			return 0, err
		}
	}
	for _, id := range c.tx.erased {
		if err := putErased(tx, id, r.Number); err != nil {
			return 0, err
		}
	}
	next.number, next.time = r.Number, r.Time
	next.weight += uint64(r.weight())
	next.given = max(next.given, c.given)
	next.companies = max(next.companies, c.companiesGiven)
	return len(d.buf), d.putFloors(tx, r)
}

// mostBuffer is the largest memory kept for sealing records.
const mostBuffer = 1 << 20

// putKeys notes the idempotency keys of a group, ascending: bbolt moves what lies
// behind a key when it is put.
func putKeys(tx *boltfile.Tx, commits []*Commit) error {
	var keyed []*Record
	for _, c := range commits {
		if c.record.Key != "" {
			keyed = append(keyed, c.record)
		}
	}
	slices.SortFunc(keyed, func(a, b *Record) int { return strings.Compare(a.Key, b.Key) })
	for _, r := range keyed {
		if err := tx.Put(bucketKey, []byte(r.Key), binary.AppendUvarint(nil, r.Number)); err != nil {
			return err
		}
	}
	return nil
}

// takeMarks brings the newest marks of all floors up to date with a record. Every
// record is stored with all of them, so that records can be searched by any.
func (d *durable) takeMarks(r *Record) {
	for _, m := range r.marks {
		i := slices.IndexFunc(d.marks, func(have mark) bool { return have.floor == m.floor })
		if i < 0 {
			d.marks = append(d.marks, m)
		} else {
			d.marks[i].n = max(d.marks[i].n, m.n)
		}
	}
}

// putFloors notes floors that have a record for the first time.
func (d *durable) putFloors(tx *boltfile.Tx, r *Record) error {
	known := len(d.floors)
	for _, f := range r.floors {
		if !slices.Contains(d.floors, f.floor) {
			d.floors = append(d.floors, f.floor)
		}
	}
	if len(d.floors) == known {
		return nil
	}
	var b []byte
	for _, name := range d.floors {
		b = append(append(b, name...), 0)
	}
	return tx.Put(bucketState, []byte(stateFloors), b)
}

// partBytes is the size of the parts that a long record is cut into: bbolt keeps at
// least two values in a leaf, so that the record after a long one writes a part of
// that again.
const partBytes = 64 << 10

// eachPart calls put with the parts of a sealed record and their keys.
func eachPart(number uint64, sealed []byte, put func(key, part []byte) error) error {
	for part := 0; part == 0 || len(sealed) > 0; part++ {
		n := min(len(sealed), partBytes)
		if err := put(logKey(number, part), sealed[:n]); err != nil {
			return err
		}
		sealed = sealed[n:]
	}
	return nil
}

func putErased(tx *boltfile.Tx, id ID, number uint64) error {
	return tx.Put(bucketErased, binary.BigEndian.AppendUint32(nil, uint32(id)), binary.AppendUvarint(nil, number))
}

// What one commit trims at most: records, and parts of them.
const (
	trimRecords = 1000
	trimParts   = 64
)

// trim deletes the oldest records that retention does not keep and no opening
// needs.
func (d *durable) trim(tx *boltfile.Tx, next *header) error {
	keep := d.store.opts.KeepLog
	if keep == 0 {
		return nil
	}
	keep = max(keep, 0)
	for n, parts := 0, 0; n < trimRecords && parts < trimParts+n && next.weight > uint64(keep) && next.first <= next.checkpoint && next.first < next.number; n++ {
		r, err := d.head(tx, next.first)
		if err != nil {
			return err
		}
		deleted, err := deleteParts(tx, next.first)
		if err != nil {
			return err
		}
		parts += deleted
		if r.Key != "" {
			if err := tx.Delete(bucketKey, []byte(r.Key)); err != nil {
				return err
			}
		}
		next.weight -= uint64(r.weight())
		next.first++
	}
	return nil
}

func deleteParts(tx *boltfile.Tx, number uint64) (parts int, err error) {
	for ; ; parts++ {
		b, err := tx.Get(bucketLog, logKey(number, parts))
		if err != nil {
			return parts, err
		}
		last := len(b) < partBytes
		if err := tx.Delete(bucketLog, logKey(number, parts)); err != nil || last {
			return parts + 1, err
		}
	}
}
