package boltfile

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Update calls fn with a transaction that changes the file, and commits it. Only one
// runs at a time; the others wait. An error of fn rolls it back and is returned as it
// is; so does a panic, which goes on. Nil means that the commit is synced, unless
// Options.NoSync is set. A *WriteError means that it is not known to be: it is
// returned by this and every later Update and View.
//
// fn must not keep tx or what it got from it, and must not call Update.
func (f *File) Update(fn func(tx *Tx) error) error { return f.transact(nil, fn) }

// transact is Update; prepare, if not nil, runs first and is bbolt's own business.
func (f *File) transact(prepare func(*Tx) error, fn func(tx *Tx) error) error {
	f.writing.Lock()
	defer f.writing.Unlock()
	if err := f.usable(); err != nil {
		return err
	}
	before, err := f.whole()
	switch {
	case errors.Is(err, ErrClosed):
		return err
	case err != nil:
		return f.fail(err)
	}
	tx, err := f.beginWrite(prepare)
	if err != nil {
		return err
	}
	returned := false
	defer func() {
		if !returned { // fn panics or ends its goroutine
			tx.rollback()
		}
	}()
	err = tx.region().shielded(func() error { return fn(tx) })
	returned = true
	if _, faulted := err.(*panicError); faulted || tx.fault != nil {
		if tx.fault != nil {
			err = tx.fault
		}
		err = f.fail(err)
	}
	if err != nil {
		tx.rollback()
		return err
	}
	return f.finish(tx, before)
}

// beginWrite begins a transaction that writes.
func (f *File) beginWrite(prepare func(*Tx) error) (*Tx, error) {
	tx := &Tx{f: f, writable: true}
	err := guarded(func() (err error) {
		tx.tx, err = f.db.Begin(true)
		return err
	})
	switch {
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return nil, ErrClosed
	case err != nil:
		f.stuck.Store(true)
		return nil, f.fail(err)
	}
	tx.id = uint64(tx.tx.ID())
	if id, want := tx.id, f.last.Load()+1; id != want {
		err = f.damaged(-1, "transaction %d follows %d: a meta page has changed", id, want-1)
	} else if prepare != nil {
		err = guarded(func() error { return prepare(tx) })
	} else {
		err = tx.load()
	}
	if err != nil {
		err = f.fail(err)
		tx.rollback()
		return nil, err
	}
	return tx, nil
}

// finish commits. The file had size bytes before.
func (f *File) finish(tx *Tx, size int64) error {
	f.commit.Lock()
	defer f.commit.Unlock()
	elapsed := stopwatch()
	// A growing file is synced: let it grow by steps that suit its size.
	f.db.AllocSize = int(min(max(size/8, 32<<10), 16<<20)) &^ (pageSize - 1)
	f.log.armed.Store(true)
	err := guarded(func() error {
		if err := tx.store(); err != nil {
			return err
		}
		return tx.tx.Commit()
	})
	f.log.armed.Store(false)
	if err != nil {
		err = f.fail(err)
		tx.rollback()
		return err
	}
	tx.ended = true
	f.last.Store(tx.id)
	f.count.committed(f, tx.tx.Stats(), size, elapsed())
	return nil
}

// View calls fn with a transaction that reads the newest acknowledged commit, and
// returns its error. Any number may run at once, also beside an Update. Damage that
// is found while the file is open is a *CorruptError. A panic of fn goes on.
//
// fn must not keep tx or what it got from it. It is protected against faults of the
// map on its own goroutine only. A View that stays open for long lets the file grow;
// one that is begun inside another may wait for ever.
func (f *File) View(fn func(tx *Tx) error) error {
	tx, err := f.beginRead()
	if err != nil {
		return err
	}
	defer tx.rollback()
	if err := tx.load(); err != nil {
		return err
	}
	err = tx.region().shielded(func() error { return fn(tx) })
	if fault, ok := err.(*panicError); ok {
		return tx.corrupt(fault)
	}
	return err
}

// beginRead begins to read the newest acknowledged commit. bbolt shows a commit as
// soon as its meta page is written; one that is not yet synced may still fail, so
// beginRead waits for its outcome.
func (f *File) beginRead() (*Tx, error) {
	for {
		if err := f.usable(); err != nil {
			return nil, err
		}
		if _, err := f.whole(); err != nil {
			return nil, err
		}
		least := f.last.Load()
		tx, err := f.beginRead1()
		if err != nil {
			return nil, err
		}
		switch id := tx.ID(); {
		case id < least:
			tx.rollback()
			return nil, f.damaged(-1, "transaction %d where %d has been: a meta page has changed", id, least)
		case id <= f.last.Load():
			return tx, nil
		}
		tx.rollback()
		f.settled()
	}
}

// settled waits for the outcome of a commit that is under way.
func (f *File) settled() {
	f.commit.Lock()
	defer f.commit.Unlock()
}

// beginRead1 calls bbolt. A fault in there leaves a lock of bbolt's locked, so that no
// other goroutine may follow: that is what the lock of our own is for.
func (f *File) beginRead1() (*Tx, error) {
	f.begin.Lock()
	defer f.begin.Unlock()
	if err := f.usable(); err != nil {
		return nil, err
	}
	var begun *bbolt.Tx
	err := guarded(func() (err error) {
		begun, err = f.db.Begin(false)
		return err
	})
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return nil, ErrClosed
	}
	if err != nil {
		f.stuck.Store(true)
		err = f.damaged(-1, "%v", err)
		_ = f.fail(err)
		return nil, err
	}
	return &Tx{f: f, id: uint64(begun.ID()), tx: begun}, nil
}

// damaged makes the error for damage that is found while the file is open.
func (f *File) damaged(offset int64, format string, args ...any) *CorruptError {
	return &CorruptError{File: f.path, Offset: offset, What: fmt.Sprintf(format, args...)}
}
