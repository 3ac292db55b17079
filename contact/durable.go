package contact

import (
	"context"
	"encoding/binary"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rosterdb/roster/contact/internal/boltfile"
	"github.com/rosterdb/roster/contact/internal/lockfile"
)

// A durable is the part of a store that is kept on disk.
//
// Transactions that are applied wait in the open group. One goroutine at a time
// seals the group and writes it in one commit of the file; meanwhile the next one
// fills up. With a sync at every commit the version that readers see is that of
// the last group written, and what was applied since lies beside it: that is how a
// long transaction is applied in memory too. The goroutine also writes the
// checkpoint that is due, a slice with each commit.
//
// The locks are taken in the order: the token of compactions, the writer's token,
// applying, trimming, fileMu, mu, Store.mu.
type durable struct {
	store   *Store
	dir     string
	lock    *lockfile.Lock
	relaxed time.Duration // see Options.Sync, if it is positive

	// applying is held while a transaction is applied and put into the open group,
	// and while that is sealed. It protects the fields below.
	applying sync.Mutex
	dirty    dirty

	trimming sync.Mutex // held by each write

	mu       sync.Mutex // protects the fields below
	idle     *sync.Cond // no goroutine is writing, or a checkpoint is complete
	open     *group     // may be empty
	current  *group     // being written
	writing  bool
	failed   error             // why nothing is written any more
	keys     map[string]uint64 // idempotency keys in groups not yet written
	stop     func() bool       // of the timer that will write the open group
	wanted   bool              // a full checkpoint, for compaction
	paused   bool              // nothing is trimmed, and no checkpoint begins but a wanted one
	closing  bool              // no checkpoint goes on
	partial  bool              // no checkpoint begins: floors that have records are not attached
	words    map[int]int       // by field of tags: words of the dictionary in the file
	slots    map[string]byte   // by key of a chunk: the slot of its parts; changed by the goroutine that writes
	logBytes int               // of the log since the checkpoint, as far as written
	logLimit int               // logBytes from which a checkpoint is due
	kept     header            // of the last commit of the file
	last     int               // about how many transactions the groups of late had
	erased   map[ID]uint64     // numbers of the commits that erased contacts whose values may still be in the log

	compacting chan struct{}   // holds a token while a compaction runs
	shut       context.Context // ends when the store is being closed
	shutDown   context.CancelFunc

	fileMu sync.RWMutex // protects file, which compaction replaces
	file   *boltfile.File

	salvaged uint64 // number of the last commit when the store was opened

	// These belong to the goroutine that writes; round is changed under mu.
	round  *round
	marks  []mark // the newest of each floor
	floors []string
	buf    []byte
	synced atomic.Int64           // duration of the last commit of the file
	schema atomic.Pointer[Schema] // of the newest version applied, which itself may be changing
	shown  atomic.Uint64          // number of the last commit that readers see, with a sync at every commit
}

// A group is the transactions of one commit of the file.
type group struct {
	commits []*Commit
	view    *View         // their version, with a sync at every commit
	full    chan struct{} // closed when as many have come as are waited for
	want    int
	bytes   int           // of the log records, about
	done    chan struct{} // closed when err is known
	err     error
}

// wait returns how the group ended.
func (g *group) wait() error {
	if g == nil {
		return nil
	}
	<-g.done
	return g.err
}

// commit applies a transaction and puts it into the open group, which it returns
// if the caller has to wait for it. The caller is the writer.
func (d *durable) commit(c *Commit) (*group, error) {
	d.applying.Lock()
	defer d.applying.Unlock()
	if err := d.err(); err != nil {
		return nil, err
	}
	s := d.store
	if d.relaxed > 0 {
		if err := s.applyVisible(c); err != nil {
			return nil, err
		}
		d.schema.Store(c.st.schema)
		d.enqueue(c)
		s.tellCommitted(c)
		return d.crowded(), d.err() // writing may have failed while it was applied
	}
	if err := s.apply(c); err != nil {
		return nil, err
	}
	s.mu.Lock()
	c.st.number, c.st.time = c.record.Number, c.record.Time
	s.setCurrent(c.st)
	s.mu.Unlock()
	d.schema.Store(c.st.schema)
	return d.enqueue(c), nil
}

// crowded returns the group that is being written if so much waits behind it that
// whoever commits more has to wait too, else nil.
func (d *durable) crowded() *group {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open != nil && d.open.bytes > mostWaiting {
		return d.current
	}
	return nil
}

// err returns why nothing can be written any more, nil as long as it can.
func (d *durable) err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// mostWaiting is the number of bytes of log records beyond which a group is written
// before its time.
const mostWaiting = 16 << 20

func (d *durable) enqueue(c *Commit) *group {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed != nil { // while it was applied: nobody will write it
		g := &group{done: make(chan struct{}), err: d.failed}
		close(g.done)
		return g
	}
	g := d.openLocked()
	g.commits = append(g.commits, c)
	g.bytes += c.record.size()
	if len(g.commits) == g.want {
		close(g.full)
	}
	if c.record.Key != "" {
		d.keys[c.record.Key] = c.record.Number
	}
	switch {
	case d.relaxed == 0:
		d.startLocked()
	case g.bytes > mostWaiting:
		d.startLocked()
	case d.stop == nil:
		d.stop = d.store.opts.Clock.AfterFunc(d.relaxed, d.start)
	}
	return g
}

// pending returns the newest group whose transactions nobody but a transaction can
// see yet, nil if there is none.
func (d *durable) pending() *group {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.relaxed > 0:
		return nil
	case d.waitsLocked():
		return d.open
	}
	return d.current
}

func (d *durable) openLocked() *group {
	if d.open == nil {
		d.open = &group{done: make(chan struct{}), full: make(chan struct{}), want: d.last}
	}
	return d.open
}

// waitsLocked reports whether transactions wait to be written.
func (d *durable) waitsLocked() bool { return d.open != nil && len(d.open.commits) > 0 }

// start makes sure that a goroutine writes what waits.
func (d *durable) start() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.startLocked()
}

func (d *durable) startLocked() {
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
	if !d.writing && d.failed == nil {
		d.writing = true
		go d.writeAll()
	}
}

// quiet returns when everything that waits is written, or can't be. The caller
// keeps new transactions from coming.
func (d *durable) quiet() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waitsLocked() {
		d.startLocked()
	}
	for d.writing {
		d.idle.Wait()
	}
	return d.failed
}

// writeAll writes groups and slices of checkpoints until there is nothing more to
// write.
func (d *durable) writeAll() {
	for {
		g := d.seal()
		if g == nil && (d.round == nil || d.closed()) {
			if d.rest() {
				return
			}
			continue
		}
		if err := d.write(g); err != nil {
			d.fail(g, err)
			return
		}
		d.publish(g)
	}
}

func (d *durable) closed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.closing
}

// rest ends the writing if there is nothing to write, and reports whether it did. A
// checkpoint is left as it is when the store is being closed: the next opening has
// the log.
func (d *durable) rest() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waitsLocked() || d.round != nil && !d.closing { // one may have come after the look
		return false
	}
	d.endRound()
	d.writing = false
	d.idle.Broadcast()
	return true
}

func (d *durable) endRound() {
	if d.round != nil {
		d.round.stop()
		d.round = nil
	}
}

// seal takes the open group, nil if there is none, and begins a checkpoint if one
// is due.
func (d *durable) seal() *group {
	d.gather()
	d.applying.Lock()
	defer d.applying.Unlock()
	d.mu.Lock()
	var g *group
	if d.waitsLocked() {
		g = d.open
		d.last = max(len(g.commits), d.last*3/4)
	}
	d.open, d.current = nil, g
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
	begin := d.round == nil && d.checkpointDue()
	d.mu.Unlock()
	if d.relaxed > 0 {
		if begin {
			d.beginRound(d.store.View())
		}
		return g
	}
	if g != nil {
		g.view = d.store.share()
	}
	if begin {
		v := d.store.published.Load()
		if g != nil {
			v = g.view
		}
		d.beginRound(v)
	}
	return g
}

// gather waits a moment for as many transactions as the groups before had: those
// whose commit has just returned are about to come back. The wait is short beside
// a sync, and a lone writer is not waited for.
func (d *durable) gather() {
	moment := min(time.Duration(d.synced.Load())/4, time.Millisecond)
	if again := d.store.opts.Seam.Gather; again > 0 {
		moment = again
	}
	d.mu.Lock()
	if d.relaxed > 0 || d.last < 2 || moment == 0 {
		d.mu.Unlock()
		return
	}
	g := d.openLocked()
	d.mu.Unlock()
	timer := time.NewTimer(moment)
	defer timer.Stop()
	select {
	case <-g.full:
	case <-timer.C:
	}
}

// publish makes a group that is written visible and tells everybody.
func (d *durable) publish(g *group) {
	if g == nil {
		return
	}
	d.mu.Lock()
	for _, c := range g.commits {
		delete(d.keys, c.record.Key)
	}
	d.mu.Unlock()
	defer d.written()
	if d.relaxed == 0 {
		d.store.published.Store(g.view)
		d.shown.Store(g.view.Number())
		for _, c := range g.commits {
			d.store.tellCommitted(c)
		}
	}
	close(g.done)
}

// written notes that the group that was written is told of.
func (d *durable) written() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.current = nil
}

// fail ends all writing: bbolt may show or hide what it could not write, so only
// opening the file anew tells what is in it.
func (d *durable) fail(g *group, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = err
	d.endRound()
	for _, g := range []*group{g, d.open} {
		if g != nil {
			g.err = err
			close(g.done)
		}
	}
	d.open, d.writing = nil, false
	d.idle.Broadcast()
}

// committed returns the number of the commit with an idempotency key, 0 if there
// is none that the log keeps.
func (d *durable) committed(key string) (number uint64, err error) {
	d.mu.Lock()
	number = d.keys[key]
	d.mu.Unlock()
	if number != 0 {
		return number, nil
	}
	err = d.view(func(tx *boltfile.Tx) error {
		b, err := tx.Get(bucketKey, []byte(key))
		if b != nil {
			number, _ = binary.Uvarint(b)
		}
		return err
	})
	return number, err
}

func (d *durable) path() string { return filepath.Join(d.dir, FileName) }

// view reads the file.
func (d *durable) view(fn func(tx *boltfile.Tx) error) error {
	d.fileMu.RLock()
	defer d.fileMu.RUnlock()
	return d.unclosed(d.file.View(fn))
}

// unclosed returns an error of reading the file, or why the file was closed meanwhile if
// that is it.
func (d *durable) unclosed(err error) error {
	if !errors.Is(err, boltfile.ErrClosed) {
		return err
	}
	if failed := d.err(); failed != nil && !d.store.closed.Load() {
		return failed
	}
	return ErrClosed
}

// Durable reports whether the store is kept on disk.
func (s *Store) Durable() bool { return s.durable != nil }

// Sync returns when everything applied before the call is durable, in a store that
// keeps nothing on disk at once.
func (s *Store) Sync(ctx context.Context) error {
	if s.closed.Load() {
		return ErrClosed
	}
	if s.durable == nil {
		return nil
	}
	d := s.durable
	d.mu.Lock()
	g := d.current
	if d.waitsLocked() {
		g = d.open
		d.startLocked()
	}
	err := d.failed
	d.mu.Unlock()
	if g == nil || err != nil {
		return err
	}
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
