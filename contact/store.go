package contact

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/contact/internal/version"
)

// Store holds contacts. Writers run one at a time in transactions; readers work
// on a [View] and never wait for a long transaction.
//
// A Store is safe for concurrent use.
type Store struct {
	opts   Options
	writer chan struct{} // holds one token; who has it writes
	closed atomic.Bool
	log    log

	// published is the View of the newest version if one was taken, nil
	// otherwise. While it is nil the newest version may be read only under mu.
	published atomic.Pointer[View]

	mu     sync.RWMutex // protects the fields below and, with them, everything of cur that no View can see
	cur    *state
	now    View // of cur
	epochs version.Epochs
	floors []attached // in the order of attaching; changed by the writer only

	reached        atomic.Int64 // the latest time that was gone by, in milliseconds
	scratch        scratch      // the writer's, as are companyScratch and commitScratch
	durable        *durable     // nil in a store that keeps nothing on disk
	companyScratch scratch
	commitScratch  *Commit     // of a store that keeps nothing on disk
	eventScratch   *eventDraft // the writer's, as are the fields below
	eventFetcher   behaviour.Fetcher
	eventValues    []behaviour.Value
	eventData      []byte
	eventTouched   []touch
	eventKeys      []behaviour.Keys // by type of event, of the newest version
	unattached     []string         // floors that have records and are not attached; the writer's
}

type attached struct {
	name  string
	floor Floor
	timed Timed // the same, nil if it is none
}

// New returns a store that keeps nothing on disk; [Open] returns one that does. The
// options may be nil.
func New(schema *Schema, opts *Options) (*Store, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := usable(schema, o.Limits); err != nil {
		return nil, err
	}
	s := newStore(o)
	s.cur.adopt(&s.epochs, schema)
	return s, nil
}

func usable(schema *Schema, limits Limits) error {
	if schema == nil {
		return errors.New("contact: a new store needs a schema; an empty one comes from NewSchema()")
	}
	return schema.within(limits)
}

// newStore returns a store without a schema.
func newStore(o Options) *Store {
	s := &Store{opts: o, writer: make(chan struct{}, 1)}
	s.log.keep = o.KeepLog
	if s.log.keep == 0 {
		s.log.keep = keepInMemory
	}
	s.cur = &state{stamp: s.epochs.Now()}
	s.now.st = s.cur
	s.reached.Store(math.MinInt64)
	return s
}

// Schema returns the schema of the newest version.
func (s *Store) Schema() *Schema {
	var schema *Schema
	s.Peek(func(v *View) { schema = v.st.schema })
	return schema
}

// Clock returns the clock that all floors of the store use.
func (s *Store) Clock() Clock { return s.opts.Clock }

// Update runs fn as a transaction and commits what it did. If fn returns an
// error or panics, nothing has happened; the error is returned as it is and the
// panic goes on.
//
// First, what the floors have due by the clock is committed, each instant for itself.
// Then the transaction is run and committed with the time up to which that was done: of
// its beginning, to the millisecond, and never before that of another commit.
//
// One transaction runs at a time, the others wait. The context is looked at
// until the commit begins and not after it, so the error always tells the real
// outcome. When Update returns nil, every floor is up to date.
func (s *Store) Update(ctx context.Context, fn func(tx *Tx) error) error {
	if outer, ok := ctx.Value(txKey{}).(*Tx); ok && outer.store == s && !outer.over.Load() {
		return ErrNested
	}
	g, err := s.update(ctx, fn)
	if lost := g.wait(); lost != nil {
		var repeated *RepeatedError
		if err == nil || errors.As(err, &repeated) { // repeated is what did not come to be
			return lost
		}
	}
	return err
}

// update is Update up to the group to wait for.
func (s *Store) update(ctx context.Context, fn func(tx *Tx) error) (*group, error) {
	if err := s.lockWriter(ctx); err != nil {
		return nil, err
	}
	defer s.unlockWriter()
	if err := s.writable(); err != nil {
		return nil, err
	}
	now := s.time()
	due, err := s.commitDue(ctx, now)
	if err != nil {
		return due, err
	}
	g, err := s.run(ctx, now, fn)
	if g == nil {
		g = due
	}
	if g == nil && s.durable != nil {
		g = s.durable.pending() // fn may have seen what is in it
	}
	return g, err
}

// writable returns why no transaction may run, nil if one may.
func (s *Store) writable() error {
	if s.durable != nil {
		if err := s.durable.err(); err != nil {
			return err
		}
	}
	if len(s.unattached) > 0 {
		return &UnattachedError{slices.Clone(s.unattached)}
	}
	return nil
}

type txKey struct{}

// A txContext is the context of an Update marked with its transaction: the Tx itself,
// so that marking costs no memory.
type txContext Tx

func (c *txContext) Deadline() (time.Time, bool) { return c.ctx.Deadline() }
func (c *txContext) Done() <-chan struct{}       { return c.ctx.Done() }
func (c *txContext) Err() error                  { return c.ctx.Err() }

// Value returns the transaction for its key.
func (c *txContext) Value(key any) any {
	if key == (txKey{}) {
		return (*Tx)(c)
	}
	return c.ctx.Value(key)
}

// run executes one transaction, whose time is now; the caller is the writer.
func (s *Store) run(ctx context.Context, now time.Time, fn func(tx *Tx) error) (*group, error) {
	tx := &Tx{store: s, base: s.cur, schema: s.cur.schema, circumstances: &noCircumstances, millis: millis(now)}
	s.scratch.lend(&tx.contacts, tx, &s.cur.table)
	tx.ctx = ctx
	defer func() { // also when fn panics: nothing of the store was touched
		tx.over.Store(true)
		if tx.last || tx.enterLast() {
			s.scratch.take(&tx.contacts)
			if tx.companies != nil {
				s.companyScratch.take(&tx.companies.draft)
			}
			s.takeEvents(tx)
		}
	}()
	if err := fn(tx); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if !tx.enterLast() {
		return nil, ErrTxBusy
	}
	return s.commit(tx)
}

// enterLast takes the transaction for its end; a goroutine that fn left behind in
// the middle of a method makes that impossible.
func (tx *Tx) enterLast() bool {
	tx.last = tx.busy.CompareAndSwap(false, true)
	return tx.last
}

func (s *Store) lockWriter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	select {
	case s.writer <- struct{}{}:
	default: // a select of two takes longer
		select {
		case s.writer <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if s.closed.Load() {
		s.unlockWriter()
		return ErrClosed
	}
	return nil
}

func (s *Store) unlockWriter() { <-s.writer }

// Close waits for the running transaction, writes what is not written yet, closes
// the floors in the reverse order of attaching and makes the store refuse further
// use with [ErrClosed]. Views taken before stay readable. Closing twice is no
// error.
func (s *Store) Close() error {
	s.writer <- struct{}{}
	defer s.unlockWriter()
	if s.closed.Swap(true) {
		return nil
	}
	var errs []error
	if s.durable != nil {
		errs = append(errs, s.durable.finish())
	}
	for _, a := range slices.Backward(s.floors) {
		if err := a.floor.Close(); err != nil {
			errs = append(errs, fmt.Errorf("contact: close floor %q: %w", a.name, err))
		}
	}
	if s.durable != nil {
		errs = append(errs, s.durable.close())
	}
	return errors.Join(errs...)
}

// View returns the newest version of everything. It costs the same whatever the
// store holds; taking it makes later changes copy each page they touch once.
//
// A piece that a View could see is never changed in place again, not even when
// the View is gone: a set, a probe or a scan that came from it may live longer.
func (s *Store) View() *View {
	if v := s.published.Load(); v != nil {
		return v
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.published.Load(); v != nil {
		return v
	}
	v := &View{st: s.cur, shared: true}
	s.epochs.Share()
	s.published.Store(v)
	return v
}

// attached returns the floors, in the order of attaching. The list is not changed
// later.
func (s *Store) attached() []attached {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.floors
}

// share returns the newest version, applied but perhaps not durable yet, as one
// that nobody changes any more.
func (s *Store) share() *View {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epochs.Share()
	return &View{st: s.cur, shared: true}
}

// Peek calls fn with the newest version, which cannot change while fn runs and
// must not be used after it. It is the cheap way to a single answer: it takes no
// View, so nothing is copied for it. fn must be short and must not call the
// store: a commit waits for it.
func (s *Store) Peek(fn func(v *View)) {
	if v := s.published.Load(); v != nil {
		fn(v)
		return
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	// A transaction too long for the lock publishes the version before it and
	// leaves the lock: that version is the newest then.
	if v := s.published.Load(); v != nil {
		fn(v)
		return
	}
	fn(&s.now)
}

// commitDue commits what the floors have to do by the clock up to now, each instant on
// its own and in their order. It returns the group of the last one. Nobody waits
// between them.
func (s *Store) commitDue(ctx context.Context, now time.Time) (last *group, err error) {
	for {
		at := s.nextDue(now)
		floor, due := s.dueAt(at)
		switch {
		case floor == "" && at.Equal(now):
			return last, nil
		case floor == "":
			continue
		case ctx.Err() != nil:
			return last, context.Cause(ctx)
		}
		g, err := s.runDue(floor, due)
		if err != nil {
			return last, fmt.Errorf("contact: due work of floor %q: %w", floor, err)
		}
		if g != nil {
			last = g
		}
	}
}

// runDue commits what a floor has due. It is by itself so that asking whether there is
// anything, which every transaction does, costs no memory.
func (s *Store) runDue(floor string, due Due) (*group, error) {
	return s.run(context.Background(), due.At, func(tx *Tx) error {
		c := tx.noted()
		c.cause, c.due = CauseClock, &due
		return tx.SetWork(floor, due)
	})
}

// nextDue returns the next instant up to now at which a floor may have something due,
// now if there is none before.
func (s *Store) nextDue(now time.Time) time.Time {
	next := now
	for _, a := range s.floors {
		if a.timed != nil {
			if at, ok := a.timed.Next(&s.now); ok && at.Before(next) {
				next = instant(millis(at))
			}
		}
	}
	if s.cur.number > 0 && next.Before(s.cur.time) {
		return s.cur.time
	}
	return next
}

// dueAt returns what is due at an instant and the floor whose it is, "" if nothing is.
func (s *Store) dueAt(at time.Time) (string, Due) {
	for _, a := range s.floors {
		if a.timed != nil {
			if due, ok := a.timed.Due(&s.now, at); ok {
				due.At = at
				return a.name, due
			}
		}
	}
	return "", Due{}
}

// Now returns the time of the store's clock, to the millisecond. It never goes back: a
// clock that does is waited for, and no later transaction has an earlier time than what
// was told.
func (s *Store) Now() time.Time { return instant(s.reach(millis(s.opts.Clock.Now()))) }

// reach notes a time that has come and returns the latest one noted.
func (s *Store) reach(now int64) int64 {
	for {
		reached := s.reached.Load()
		if now <= reached {
			return reached
		}
		if s.reached.CompareAndSwap(reached, now) {
			return now
		}
	}
}

// time returns the time of a transaction, [Store.Now] or that of the last commit if it is later.
func (s *Store) time() time.Time {
	now := millis(s.opts.Clock.Now())
	if !s.cur.time.IsZero() {
		now = max(now, millis(s.cur.time))
	}
	return instant(s.reach(now))
}
