package boltfile

import (
	"bytes"
	"fmt"
	"runtime"
	"unsafe"

	"go.etcd.io/bbolt"
)

// A Tx is one transaction: of [File.Update], or of [File.View], which only reads. It
// sees the file as it was when it began, and its own changes. It belongs to the
// goroutine of its function and ends with it; all slices it returns are good until
// then and must not be changed.
//
// The errors of its methods wrap ErrNoBucket, ErrEnded, ErrReadOnly or ErrLimit, or
// are a *CorruptError. An error of writing dooms the transaction.
type Tx struct {
	f        *File
	id       uint64
	tx       *bbolt.Tx
	man      *manifest
	open     [MaxBuckets]*bbolt.Bucket // those in use, by number
	writable bool
	ended    bool
	changes  int   // counts Puts and Deletes
	fault    error // out of bbolt, in a transaction that writes
}

// ID returns the number of the transaction: each Update that commits has the next one.
// A View has that of the commit it reads.
func (tx *Tx) ID() uint64 { return tx.id }

// Header returns the caller's own bytes, nil or empty if there are none.
func (tx *Tx) Header() []byte { return tx.man.header }

// SetHeader replaces the caller's own bytes by a copy of b, at most MaxHeader long.
func (tx *Tx) SetHeader(b []byte) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if len(b) > MaxHeader {
		return fmt.Errorf("%w: header of %d bytes, at most %d", ErrLimit, len(b), MaxHeader)
	}
	tx.man.header = bytes.Clone(b)
	return nil
}

// Count returns the number of keys in a bucket, 0 for an unknown one. It costs nothing.
func (tx *Tx) Count(bucket string) int {
	if i, ok := tx.f.index[bucket]; ok {
		return int(tx.man.tallies[i].count)
	}
	return 0
}

// Bytes returns the sum of the lengths of a bucket's keys and values, 0 for an unknown
// bucket. It costs nothing.
func (tx *Tx) Bytes(bucket string) uint64 {
	if i, ok := tx.f.index[bucket]; ok {
		return tx.man.tallies[i].bytes
	}
	return 0
}

// Get returns the value of a key, nil if there is none; an empty value is not nil.
func (tx *Tx) Get(bucket string, key []byte) (value []byte, err error) {
	err = tx.within(bucket, func(i int, b *bbolt.Bucket) error {
		stored := b.Get(key)
		if stored == nil {
			return nil
		}
		value, err = tx.unseal(i, key, stored)
		return err
	})
	if err != nil {
		return nil, err
	}
	return value, nil
}

// Put sets the value of a key; it copies both. A key has 1 to MaxKey bytes, a value at
// most MaxValue.
func (tx *Tx) Put(bucket string, key, value []byte) error {
	if len(key) == 0 || len(key) > MaxKey || len(value) > MaxValue {
		return fmt.Errorf("%w: key of %d bytes, value of %d", ErrLimit, len(key), len(value))
	}
	return tx.change(bucket, key, func(i int, b *bbolt.Bucket) error {
		stored := tx.f.buckets[i].seal(key, value)
		if err := b.Put(key, stored); err != nil {
			return err
		}
		tx.man.tallies[i].add(&tx.f.buckets[i], key, stored)
		return nil
	})
}

// Delete removes a key; it is no error if there is none.
func (tx *Tx) Delete(bucket string, key []byte) error {
	return tx.change(bucket, key, func(_ int, b *bbolt.Bucket) error { return b.Delete(key) })
}

// change takes the old entry of key out of the tally and calls fn to write.
func (tx *Tx) change(bucket string, key []byte, fn func(i int, b *bbolt.Bucket) error) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	return tx.within(bucket, func(i int, b *bbolt.Bucket) error {
		if old := b.Get(key); old != nil {
			if _, err := tx.unseal(i, key, old); err != nil {
				return err
			}
			tx.man.tallies[i].remove(&tx.f.buckets[i], key, old)
		}
		tx.changes++
		if err := fn(i, b); err != nil {
			tx.fault = err
			return err
		}
		return nil
	})
}

// Walk calls fn for the entries of a bucket in ascending order of their keys, from the
// first key that is not less than from, until fn returns an error, which Walk returns.
// fn may change the bucket; it then goes on behind the key it was called with.
func (tx *Tx) Walk(bucket string, from []byte, fn func(key, value []byte) error) error {
	var (
		c          *bbolt.Cursor
		key, value []byte
		changes    int
	)
	for {
		err := tx.within(bucket, func(i int, b *bbolt.Bucket) (err error) {
			var stored []byte
			switch {
			case c == nil:
				c = b.Cursor()
				key, stored = c.Seek(from)
			case changes != tx.changes:
				last := key // bbolt's cursors do not survive changes
				if key, stored = c.Seek(last); bytes.Equal(key, last) {
					key, stored = c.Next()
				}
			default:
				key, stored = c.Next()
			}
			changes = tx.changes
			if key != nil {
				value, err = tx.unseal(i, key, stored)
			}
			return err
		})
		if err != nil || key == nil {
			return err
		}
		if err := fn(key, value); err != nil {
			return err
		}
	}
}

// First returns the smallest key of a bucket, nil if it is empty.
func (tx *Tx) First(bucket string) (key []byte, err error) {
	return tx.end(bucket, (*bbolt.Cursor).First)
}

// Last returns the largest key of a bucket, nil if it is empty.
func (tx *Tx) Last(bucket string) (key []byte, err error) {
	return tx.end(bucket, (*bbolt.Cursor).Last)
}

func (tx *Tx) end(bucket string, seek func(*bbolt.Cursor) (key, value []byte)) (key []byte, err error) {
	err = tx.within(bucket, func(i int, b *bbolt.Bucket) error {
		var stored []byte
		if key, stored = seek(b.Cursor()); key == nil {
			return nil
		}
		_, err := tx.unseal(i, key, stored)
		return err
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// mayWrite returns the error for a transaction that can't.
func (tx *Tx) mayWrite() error {
	switch {
	case tx.ended:
		return ErrEnded
	case !tx.writable:
		return ErrReadOnly
	}
	return tx.fault
}

// within calls fn with a bucket and its number. A panic out of bbolt becomes an error;
// in a transaction that writes it is also the end of the File, since nobody knows what
// state bbolt is in.
func (tx *Tx) within(name string, fn func(i int, b *bbolt.Bucket) error) error {
	i, ok := tx.f.index[name]
	switch {
	case !ok:
		return fmt.Errorf("%w: %q", ErrNoBucket, name)
	case tx.ended:
		return ErrEnded
	}
	err := guarded(func() error {
		if tx.open[i] == nil {
			data := tx.tx.Bucket([]byte(dataName))
			if data != nil {
				tx.open[i] = data.Bucket([]byte(name))
			}
			if tx.open[i] == nil {
				return tx.f.damaged(-1, "the bucket %q is gone", name)
			}
			if tx.f.bulk {
				tx.open[i].FillPercent = bulkFill
			}
		}
		return fn(i, tx.open[i])
	})
	if fault, ok := err.(*panicError); ok {
		if tx.writable {
			tx.fault = fault
		}
		return tx.corrupt(fault)
	}
	return err
}

// unseal returns the value of a stored entry.
func (tx *Tx) unseal(i int, key, stored []byte) ([]byte, error) {
	value, ok := tx.f.buckets[i].open(key, stored)
	if !ok {
		return nil, tx.f.damaged(tx.offset(stored), "wrong checksum of key %x in bucket %q", key, tx.f.buckets[i].name)
	}
	return value, nil
}

// region returns the part of the map that the transaction sees.
func (tx *Tx) region() (r region) {
	_ = guarded(func() error {
		r = region{start: tx.f.db.Info().Data, size: uintptr(tx.tx.Size())}
		return nil
	})
	return r
}

// offset returns the place in the file of a slice of the map, -1 for another one.
func (tx *Tx) offset(b []byte) int64 {
	r := tx.region()
	if at := uintptr(unsafe.Pointer(unsafe.SliceData(b))) - r.start; at < r.size {
		return int64(at)
	}
	return -1
}

// corrupt turns a panic while reading into the error for the caller.
func (tx *Tx) corrupt(fault *panicError) error {
	offset := int64(-1)
	if mem, ok := fault.value.(interface {
		runtime.Error
		Addr() uintptr
	}); ok {
		if r := tx.region(); mem.Addr()-r.start < r.size {
			offset = int64(mem.Addr() - r.start)
		}
	}
	return tx.f.damaged(offset, "%v", fault)
}

// create makes the buckets of a new file.
func (tx *Tx) create() error {
	tx.man = &manifest{format: tx.f.format, tallies: make([]tally, len(tx.f.buckets))}
	data, err := tx.tx.CreateBucket([]byte(dataName))
	if err != nil {
		return err
	}
	for _, b := range tx.f.buckets {
		if _, err := data.CreateBucket([]byte(b.name)); err != nil {
			return err
		}
	}
	_, err = tx.tx.CreateBucket([]byte(manifestName))
	return err
}

// load reads the manifest. Of a transaction that writes it is that of the one before.
func (tx *Tx) load() error {
	err := guarded(func() (err error) {
		b := tx.tx.Bucket([]byte(manifestName))
		if b == nil {
			return tx.f.damaged(-1, "the manifest is gone")
		}
		if tx.man, err = decodeManifest(b.Get([]byte(manifestKey))); err != nil {
			return tx.f.damaged(-1, "%v", err)
		}
		id := tx.ID()
		if tx.writable {
			id--
		}
		if tx.man.txid != id || len(tx.man.tallies) != len(tx.f.buckets) {
			return tx.f.damaged(-1, "manifest of transaction %d in %d", tx.man.txid, id)
		}
		return nil
	})
	if fault, ok := err.(*panicError); ok {
		return tx.corrupt(fault)
	}
	tx.f.saw(tx.tx.Size())
	return err
}

// hasFormat returns the error for a file of another format.
func (tx *Tx) hasFormat(want uint32) error {
	if got := tx.man.format; got != want {
		return &FormatError{File: tx.f.path, Got: got, Want: want}
	}
	return nil
}

// store writes the manifest.
func (tx *Tx) store() error {
	tx.man.txid = tx.ID()
	return tx.tx.Bucket([]byte(manifestName)).Put([]byte(manifestKey), tx.man.encode())
}

// rollback ends the transaction. When bbolt is stuck it would wait for ever.
func (tx *Tx) rollback() {
	tx.ended = true
	if tx.f.stuck.Load() {
		return
	}
	if _, panicked := guarded(tx.tx.Rollback).(*panicError); panicked {
		tx.f.stuck.Store(true)
		_ = tx.f.fail(tx.f.damaged(-1, "bbolt can't end a transaction"))
	}
}
