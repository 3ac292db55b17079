package contact

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"

	"github.com/rosterdb/roster/contact/internal/boltfile"
)

// Compact writes the file of a store anew, without unused parts and without the
// values of erased contacts in the log, and puts it in the place of the old one.
// Writing goes on meanwhile but for the last moment, in which the transactions that
// came since are copied and the names of the files exchanged; the disk needs room for
// both files. A crash at any point leaves one whole store, and an error before the
// exchange leaves the store as it was. It waits for backups under way, and like Update
// it needs every floor that has records. The new file has the mode of the old one and
// belongs to the process's user.
//
// In a store that keeps nothing on disk there is nothing to do.
func (s *Store) Compact(ctx context.Context) error {
	if s.closed.Load() {
		return ErrClosed
	}
	if s.durable == nil {
		return nil
	}
	d := s.durable
	ctx, release, err := d.keepFile(ctx)
	if err != nil {
		return err
	}
	defer release()
	d.pause(true)
	defer d.pause(false)
	if err := s.checkpointNow(ctx); err != nil {
		return err
	}
	temp, err := boltfile.CreateTemp(d.path()+newSuffix, s.opts.fileOptions())
	if err == nil {
		err = s.compactInto(ctx, temp)
	}
	if err == nil {
		return nil
	}
	if temp != nil {
		err = errors.Join(err, temp.Close())
	}
	err = errors.Join(err, removeIfThere(d.path()+newSuffix))
	var wrong *WriteError
	if errors.As(err, &wrong) && d.err() == nil { // of the new file: the store goes on
		err = fmt.Errorf("contact: compact: %w", wrong.Err)
	}
	return err
}

// keepFile keeps the file from being exchanged until release is called, and gives a
// context that ends when the store is closed.
func (d *durable) keepFile(ctx context.Context) (_ context.Context, release func(), err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(d.shut, func() { cancel(ErrClosed) })
	select {
	case d.compacting <- struct{}{}:
		return ctx, func() { <-d.compacting; stop(); cancel(nil) }, nil
	case <-ctx.Done():
		stop()
		return nil, nil, context.Cause(ctx)
	}
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// checkpointNow returns when everything that was committed before is in a
// checkpoint.
func (s *Store) checkpointNow(ctx context.Context) error {
	if err := s.lockWriter(ctx); err != nil {
		return err
	}
	number, err := s.cur.number, s.writable()
	s.unlockWriter()
	if err != nil {
		return err
	}
	d := s.durable
	defer context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.idle.Broadcast()
	})()
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.failed == nil && d.kept.checkpoint < number {
		switch {
		case d.closing:
			return ErrClosed
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		if d.round == nil {
			d.wanted = true
			d.startLocked()
		}
		d.idle.Wait()
	}
	return d.failed
}

// pause keeps the log from being trimmed. When it returns, no trimming is under way.
func (d *durable) pause(yes bool) {
	d.trimming.Lock()
	defer d.trimming.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paused = yes
}

// compactInto copies the file into a new one and puts that in its place.
func (s *Store) compactInto(ctx context.Context, temp *boltfile.File) error {
	d := s.durable
	c := copier{ctx: ctx, d: d, to: temp, erased: d.erasedAndGone()}
	if info, err := os.Stat(d.path()); err == nil {
		if err := os.Chmod(d.path()+newSuffix, info.Mode().Perm()); err != nil {
			return fmt.Errorf("contact: compact: %w", err)
		}
	}
	err := d.view(func(tx *boltfile.Tx) error {
		c.schema = d.schema.Load()
		for _, bucket := range []string{bucketChunk, bucketFloor, bucketState, bucketKey, bucketLog} {
			if err := c.copy(tx, bucket); err != nil {
				return err
			}
		}
		return c.flush(tx.Header())
	})
	if err == nil {
		err = temp.Sync() // most of it, while writing goes on
	}
	if err != nil {
		return err
	}
	if err := s.lockWriter(ctx); err != nil {
		return err
	}
	defer s.unlockWriter()
	if err := d.quiet(); err != nil {
		return err
	}
	if err := d.view(c.copyRest); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	return d.replace(temp, c.erased)
}

// erasedAndGone returns the erased contacts of which only the log may hold values:
// the checkpoint is younger.
func (d *durable) erasedAndGone() map[ID]uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	gone := maps.Clone(d.erased)
	maps.DeleteFunc(gone, func(_ ID, number uint64) bool { return number > d.kept.checkpoint })
	return gone
}

// replace puts a compacted file in the place of the old one. The caller is the
// writer and nothing waits to be written. The old file is closed before, since some
// systems replace no file that is open; if something goes wrong then, whichever file
// has the name is whole, but which one that is only the next opening tells.
func (d *durable) replace(temp *boltfile.File, done map[ID]uint64) error {
	d.fileMu.Lock()
	defer d.fileMu.Unlock()
	opts := d.store.opts.fileOptions()
	opts.Trusted = true
	err := d.file.Close()
	exchanged, publishErr := false, error(nil)
	if err == nil {
		exchanged, publishErr = temp.Publish(d.path())
	}
	file, openErr := boltfile.Open(d.path(), opts)
	if openErr == nil {
		d.file = file
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if openErr == nil && err == nil && publishErr != nil && !exchanged {
		return fmt.Errorf("contact: compact: %w", publishErr) // the old file goes on
	}
	if err := errors.Join(err, publishErr, openErr); err != nil {
		d.failed = &WriteError{Err: err}
		return d.failed
	}
	left := maps.Clone(d.erased)
	maps.DeleteFunc(left, func(id ID, _ uint64) bool { return done[id] != 0 })
	d.erased = left
	return nil
}

// A copier copies a file into another, some megabytes at a time.
type copier struct {
	ctx    context.Context
	d      *durable
	to     *boltfile.File
	schema *Schema
	erased map[ID]uint64 // not to be copied
	last   uint64        // number of the last record copied

	waiting []entry
	bytes   int
}

const copyBytes = 4 << 20

func (c *copier) copy(tx *boltfile.Tx, bucket string) error {
	if bucket == bucketLog {
		h, err := unmarshalHeader(tx.Header())
		if err != nil {
			return err
		}
		return c.copyLog(tx, h.first, h.number, false)
	}
	return tx.Walk(bucket, nil, func(key, value []byte) error {
		return c.put(bucket, key, value)
	})
}

// copyLog copies log records without the values of erased contacts, with keys also
// their idempotency keys.
func (c *copier) copyLog(tx *boltfile.Tx, from, to uint64, keys bool) error {
	for n := max(1, from); n <= to; n++ {
		sealed, _, err := getParts(tx, n)
		if err != nil {
			return err
		}
		if keys {
			if err := c.copyKey(n, sealed); err != nil {
				return err
			}
		}
		if len(c.erased) > 0 {
			r, err := unseal(n, sealed, c.schema)
			if err != nil {
				return c.d.corrupt(n, err)
			}
			if hit := r.redact(erasedAt(c.erased, n)); hit > 0 {
				sealed = r.seal(nil, r.marks)
			}
		}
		err = eachPart(n, sealed, func(key, part []byte) error { return c.put(bucketLog, key, part) })
		if err != nil {
			return err
		}
		c.last = n
	}
	return nil
}

func (c *copier) copyKey(number uint64, sealed []byte) error {
	head, err := unsealHead(number, sealed)
	if err != nil {
		return c.d.corrupt(number, err)
	}
	if head.Key == "" {
		return nil
	}
	return c.put(bucketKey, []byte(head.Key), binary.AppendUvarint(nil, number))
}

// put puts an entry aside and writes what is aside once that is much. The entry is
// copied.
func (c *copier) put(bucket string, key, value []byte) error {
	b := append(append(make([]byte, 0, len(key)+len(value)), key...), value...)
	c.waiting = append(c.waiting, entry{bucket: bucket, key: b[:len(key)], value: b[len(key):]})
	if c.bytes += len(b); c.bytes < copyBytes {
		return nil
	}
	if err := c.ctx.Err(); err != nil {
		return context.Cause(c.ctx)
	}
	return c.flush(nil)
}

func (c *copier) flush(header []byte) error {
	err := c.to.Update(func(tx *boltfile.Tx) error {
		for _, e := range c.waiting {
			if err := tx.Put(e.bucket, e.key, e.value); err != nil {
				return err
			}
		}
		if header == nil {
			return nil
		}
		return tx.SetHeader(header)
	})
	c.waiting, c.bytes = nil, 0
	return err
}

// copyRest copies what was written since the copy was begun. No checkpoint was
// written meanwhile and nothing trimmed.
func (c *copier) copyRest(tx *boltfile.Tx) error {
	c.schema = c.d.schema.Load()
	h, err := unmarshalHeader(tx.Header())
	if err != nil {
		return err
	}
	if err := c.copy(tx, bucketState); err != nil {
		return err
	}
	if err := c.copyLog(tx, max(h.first, c.last+1), h.number, true); err != nil {
		return err
	}
	for id, number := range c.d.erasedNow() { // erased meanwhile: for the next compaction
		if c.erased[id] == 0 {
			err := c.to.Update(func(tx *boltfile.Tx) error { return putErased(tx, id, number) })
			if err != nil {
				return err
			}
		}
	}
	return c.flush(tx.Header())
}

// Backup writes a consistent copy of the store's file while writing goes on: put
// into a directory under the name [FileName], it opens as the store was at some
// moment during the call. The context ends it early, and so does Close, at the next
// write. One backup or compaction runs at a time; the others wait.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	switch {
	case s.durable == nil && !s.closed.Load():
		return errNoFile
	case s.closed.Load():
		return ErrClosed
	}
	if err := s.Sync(ctx); err != nil {
		return err
	}
	d := s.durable
	ctx, release, err := d.keepFile(ctx)
	if err != nil {
		return err
	}
	defer release()
	d.fileMu.RLock()
	file := d.file // nobody exchanges it
	d.fileMu.RUnlock()
	return d.unclosed(file.Backup(ctx, w))
}

var errNoFile = errors.New("contact: the store keeps nothing on disk; only one from Open can be backed up")
