package contact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rosterdb/roster/contact/internal/boltfile"
	"github.com/rosterdb/roster/contact/internal/lockfile"
)

// FileName is the name of the one file of a store in its directory. The file
// "lock" beside it keeps a second process out.
const FileName = "roster.db"

const (
	lockName   = "lock"
	newSuffix  = ".new" // of the file that compaction makes
	fileFormat = 1
)

// fileOptions returns how the file of a store is opened.
func (o *Options) fileOptions() *boltfile.Options {
	return &boltfile.Options{
		Buckets: []string{bucketChunk, bucketErased, bucketFloor, bucketKey, bucketLog, bucketState},
		Format:  fileFormat,
		NoSync:  o.Sync == -1,
		Salvage: o.Salvage,
		Hook:    o.Seam.Hook,
	}
}

// Open opens the store in a directory, which is made if it is not there, and reads
// all of it into memory. Everything read is checked: a file that is not as it was
// written is a [*CorruptError] and never a wrong answer. One process has a store
// open at a time; a second one gets a [*LockedError] at once.
//
// A store that is there has its schema: nil uses that one. A given schema is merged
// into it: fields, options and labels it does not have are added, in a transaction;
// fields that the given one lacks are kept and hidden, and segments go on reading
// them. A field whose kind, identity, exactness or default differs is a [*SchemaError], and so
// is another [Calendar], unless this machine does not know the zone of the stored one
// any more: then the given one takes its place. A store that is made needs a schema.
//
// The options may be nil.
func Open(dir string, schema *Schema, opts *Options) (*Store, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil { // the process may go to another one later
		return nil, fmt.Errorf("contact: open: %w", err)
	}
	switch info, err := os.Lstat(filepath.Join(dir, FileName)); {
	case errors.Is(err, fs.ErrNotExist):
		if err := usable(schema, o.Limits); err != nil { // before anything is made
			return nil, err
		}
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		return nil, fmt.Errorf("contact: open: %s is a symbolic link; open the directory of the file that it leads to", filepath.Join(dir, FileName))
	}
	lock, err := prepareDir(dir)
	if err != nil {
		return nil, err
	}
	s, err := openLocked(dir, schema, o, lock)
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return s, nil
}

// prepareDir makes the directory if it is not there, locks it and deletes what a
// compaction that was cut short has left behind.
func prepareDir(dir string) (*lockfile.Lock, error) {
	if err := makeDir(dir); err != nil {
		return nil, fmt.Errorf("contact: open: %w", err)
	}
	lock, err := lockfile.Acquire(filepath.Join(dir, lockName))
	if err != nil {
		var held *lockfile.HeldError
		if errors.As(err, &held) {
			return nil, &LockedError{dir, held.PID, held}
		}
		return nil, fmt.Errorf("contact: open: %w", err)
	}
	err = os.Remove(filepath.Join(dir, FileName+newSuffix))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("contact: open: %w", err), lock.Release())
	}
	return lock, nil
}

// makeDir makes a directory with those above it and syncs what names them.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(dir, 0o755) // says what is wrong with it
	}
	above := filepath.Dir(filepath.Clean(dir))
	if above != dir {
		if err := makeDir(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return boltfile.SyncDir(above)
}

func openLocked(dir string, given *Schema, o Options, lock *lockfile.Lock) (*Store, error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if err := create(path, given, &o); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, fmt.Errorf("contact: open: %w", err)
	}
	file, err := boltfile.Open(path, o.fileOptions())
	if err != nil {
		return nil, during("open", err)
	}
	s := newStore(o)
	d := &durable{
		store: s, dir: dir, lock: lock, file: file,
		keys: make(map[string]uint64), words: make(map[int]int), slots: make(map[string]byte),
		compacting: make(chan struct{}, 1),
	}
	d.relaxed = max(o.Sync, 0)
	d.idle = sync.NewCond(&d.mu)
	d.shut, d.shutDown = context.WithCancel(context.Background())
	s.durable = d
	if err := s.load(given); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

// create makes the file of a store without contacts.
func create(path string, schema *Schema, o *Options) error {
	if err := usable(schema, o.Limits); err != nil {
		return err
	}
	err := boltfile.Create(path, o.fileOptions(), func(tx *boltfile.Tx) error {
		if err := tx.Put(bucketState, []byte(stateSchema), schema.marshal()); err != nil {
			return err
		}
		return tx.SetHeader((&header{first: 1}).marshal())
	})
	if err != nil {
		return during("create", err)
	}
	return nil
}

// during says what was being done when an error came that does not name the package
// itself.
func during(what string, err error) error {
	if strings.HasPrefix(err.Error(), "contact: ") {
		return err
	}
	return fmt.Errorf("contact: %s: %w", what, err)
}

// load reads the file and makes the first version of the store of it.
func (s *Store) load(given *Schema) error {
	d := s.durable
	var stored *Schema
	err := d.view(func(tx *boltfile.Tx) (err error) {
		if d.kept, err = unmarshalHeader(tx.Header()); err != nil {
			return &CorruptError{File: d.path(), Offset: -1, What: err.Error()}
		}
		b, err := tx.Get(bucketState, []byte(stateSchema))
		if err != nil {
			return err
		}
		if stored, err = unmarshalSchema(b); err != nil {
			return &CorruptError{File: d.path(), Offset: -1, What: err.Error()}
		}
		if b, err = tx.Get(bucketState, []byte(stateFloors)); err != nil {
			return err
		}
		d.floors = strings.FieldsFunc(string(b), func(r rune) bool { return r == 0 })
		d.logLimit = d.limit(tx)
		d.erased, err = loadErased(tx)
		return err
	})
	if err != nil {
		return err
	}
	s.unattached = append(s.unattached, d.floors...)
	d.setPartial(len(s.unattached) > 0)
	schema := stored
	if given != nil {
		if schema, err = stored.merged(given, s.opts.Limits); err != nil {
			return err
		}
	}
	d.schema.Store(stored)
	if err := s.restore(stored); err != nil {
		return err
	}
	d.schema.Store(schema)
	return s.begin(stored, schema)
}

// begin makes what was restored the first version to be seen, with a schema that
// may be more than the stored one.
func (s *Store) begin(stored, schema *Schema) error {
	s.cur.schema = schema
	s.durable.schema.Store(schema)
	s.cur.adopt(&s.epochs, schema)
	if s.durable.relaxed == 0 {
		s.published.Store(s.share())
	}
	if string(schema.marshal()) == string(stored.marshal()) {
		return nil
	}
	s.writer <- struct{}{}
	// Floors that have work by the clock are right up to the time of the last commit, and
	// can't be asked yet: this one must not be later.
	at := s.cur.time
	if at.IsZero() {
		at = s.time()
	}
	g, err := s.run(context.Background(), at, func(tx *Tx) error {
		grown := *schema // another one, so that the transaction has something to commit
		tx.schema = &grown
		c := tx.noted()
		c.opened, c.note = stored, "the schema given to Open"
		return tx.fillInitials(stored)
	})
	s.unlockWriter()
	if err != nil {
		return err
	}
	return g.wait()
}

// Salvaged returns the number of the commit that the store went back to when it was
// opened with [Options.Salvage] and the newest one was damaged, and whether it did.
func (s *Store) Salvaged() (number uint64, yes bool) {
	if s.durable == nil {
		return 0, false
	}
	if _, yes = s.durable.file.Salvaged(); !yes {
		return 0, false
	}
	return s.durable.salvaged, true
}

// finish writes what waits, and leaves a checkpoint or a compaction that is under way.
func (d *durable) finish() error {
	d.shutDown()
	d.mu.Lock()
	d.closing = true
	d.idle.Broadcast()
	d.mu.Unlock()
	return d.quiet()
}

// close closes the file and gives the directory free, once no compaction has a file in
// it any more.
func (d *durable) close() error {
	d.compacting <- struct{}{}
	d.fileMu.Lock()
	defer d.fileMu.Unlock()
	return errors.Join(d.file.Close(), d.lock.Release())
}
