package boltfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// pageSize is that of all files, whatever the machine's is, so that a file can be
// carried from one to another.
const pageSize = 4096

// lockTimeout is how long bbolt waits for its lock. Zero would be for ever.
const lockTimeout = 200 * time.Millisecond

// bulkFill is how full pages are made that are filled in order and for the first
// time. Later, bbolt's own half leaves room between the keys.
const bulkFill = 0.9

// File is an open file. All methods are safe for concurrent use.
type File struct {
	path     string
	format   uint32
	buckets  []bucket
	index    map[string]int // of a bucket by name
	bulk     bool           // under construction by CreateTemp
	db       *bbolt.DB
	os       *os.File // the one that bbolt writes through
	log      *logger
	salvaged uint64 // the commit that Options.Salvage accepted, 0 if none

	writing sync.Mutex // held by Update
	begin   sync.Mutex // held while bbolt begins to read; see beginRead
	commit  sync.Mutex // held from the start of a commit until its outcome is in last or failed

	last   atomic.Uint64              // id of the newest acknowledged transaction
	size   atomic.Int64               // bytes that the file has at least
	failed atomic.Pointer[WriteError] // set once, by the first failure
	stuck  atomic.Bool                // bbolt has panicked and may hold its locks for ever
	closed atomic.Bool
	count  counters
}

// newFile gives an open file, which may be locked by hold, to bbolt. It closes f if
// that fails.
func newFile(f *os.File, path string, o *Options) (*File, error) {
	file := &File{
		path: path, format: o.Format, os: f, log: &logger{},
		buckets: make([]bucket, len(o.Buckets)), index: make(map[string]int, len(o.Buckets)),
	}
	for i, name := range o.Buckets {
		file.buckets[i] = makeBucket(name)
		file.index[name] = i
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	err = guarded(func() (err error) {
		file.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:         lockTimeout,
			NoFreelistSync:  true,
			FreelistType:    bbolt.FreelistMapType,
			PageSize:        pageSize,
			NoSync:          o.NoSync,
			NoGrowSync:      o.NoSync,
			InitialMmapSize: mapSize(info.Size()),
			OpenFile:        func(string, int, os.FileMode) (*os.File, error) { return f, nil },
			Logger:          file.log,
		})
		return err
	})
	if err != nil {
		_ = f.Close() // bbolt has done so unless it panicked
		if errors.Is(err, bolterrors.ErrTimeout) {
			err = fmt.Errorf("%w: %s", ErrInUse, path)
		}
		return nil, err
	}
	if o.Hook != nil {
		o.Hook(file.db, f)
	}
	return file, nil
}

// mapSize returns how much address space to map for a file. While the map is large
// enough, writing does not wait for Views to end. On Windows the file would become as
// big as the map.
func mapSize(file int64) int {
	if runtime.GOOS == "windows" || strconv.IntSize < 64 {
		return 0
	}
	return int(max(1<<30, 2*file))
}

// Create makes the file, with the buckets of o and what fill puts into them. It lies
// under path complete and synced, or not at all; a fault may leave path + ".new" behind.
// fill may be nil; its error comes back as it is. A path that exists is refused with
// an error that wraps fs.ErrExist.
func Create(path string, o *Options, fill func(*Tx) error) error {
	if _, err := os.Lstat(path); err == nil {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	temp := path + ".new"
	f, err := CreateTemp(temp, o)
	if err != nil {
		return err
	}
	if fill != nil {
		err = f.Update(fill)
	}
	var renamed bool
	if err == nil {
		renamed, err = f.Publish(path)
	}
	switch {
	case err == nil:
		return nil
	case renamed:
		temp = path // whether the name survives a loss of power is not known
	}
	return errors.Join(err, f.Close(), os.Remove(temp))
}

// CreateTemp makes a File under construction, to be published in the place of another
// one. What is at path is overwritten. Nothing is synced before [File.Publish].
func CreateTemp(path string, o *Options) (*File, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	unsynced := *o
	unsynced.NoSync = true
	file, err := newFile(f, path, &unsynced)
	if err != nil {
		return nil, err
	}
	file.bulk = true
	file.last.Store(1) // bbolt's two empty metas have the ids 0 and 1
	if err := file.transact((*Tx).create, func(*Tx) error { return nil }); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Publish syncs a File of [CreateTemp], closes it and renames it to path, over what is
// there. Afterwards path has the new contents whole; after an error it has those or
// the old ones, and renamed says which. The File is closed in any case. On Windows
// path must not be open.
func (f *File) Publish(path string) (renamed bool, err error) {
	f.writing.Lock() // nothing is written between the sync and the end
	defer f.writing.Unlock()
	if err = f.usable(); err == nil {
		err = f.os.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return false, err
	}
	if err := os.Rename(f.path, path); err != nil {
		return false, err
	}
	return true, SyncDir(filepath.Dir(path))
}

// Sync makes everything that was committed durable, for a File of [CreateTemp]: what
// is left for Publish to sync is less then.
func (f *File) Sync() error {
	f.writing.Lock()
	defer f.writing.Unlock()
	if err := f.usable(); err != nil {
		return err
	}
	return f.os.Sync()
}

// Close waits for all transactions to end and closes the file. It is safe to call
// twice, and after a fault, when it waits for nothing. It must not be called inside
// a transaction.
func (f *File) Close() error {
	if f.closed.Swap(true) {
		return nil
	}
	if !f.stuck.Load() {
		err := guarded(f.db.Close)
		if _, panicked := err.(*panicError); !panicked {
			return err
		}
	}
	release(f.os)
	return f.os.Close()
}

// Salvaged returns the commit that [Options.Salvage] accepted although there was a
// newer one, or signs of one, that is damaged.
func (f *File) Salvaged() (commit uint64, yes bool) { return f.salvaged, f.salvaged != 0 }

// usable returns the error that transactions are refused with.
func (f *File) usable() error {
	if f.closed.Load() {
		return ErrClosed
	}
	if err := f.failed.Load(); err != nil {
		return err
	}
	return nil
}

// fail refuses all later transactions and returns the error of the first failure.
func (f *File) fail(err error) error {
	if abort, ok := err.(*abortError); ok {
		err = abort.err
	}
	f.failed.CompareAndSwap(nil, &WriteError{Err: err})
	return f.failed.Load()
}

// whole returns the size of the file, or an error if somebody has cut it.
func (f *File) whole() (size int64, err error) {
	least := f.size.Load() // first: the file may be growing
	info, err := f.os.Stat()
	if err != nil {
		if f.closed.Load() {
			return 0, ErrClosed
		}
		return 0, err
	}
	if info.Size() < least {
		return 0, &CorruptError{File: f.path, Offset: info.Size(),
			What: fmt.Sprintf("the file ends here, it had %d bytes at least", least)}
	}
	return info.Size(), nil
}

// saw notes the size of the file as a transaction sees it; it never shrinks.
func (f *File) saw(size int64) {
	for old := f.size.Load(); size > old && !f.size.CompareAndSwap(old, size); {
		old = f.size.Load()
	}
}
