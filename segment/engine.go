package segment

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Options configures an [Engine]. A nil *Options and every zero field mean the
// documented default. The engine keeps a private copy.
type Options struct {
	// KeepFeed is the number of changes kept in memory for [Engine.Changes]; when
	// there are more, the oldest are dropped, whole commits at a time. The special
	// value -1 keeps only those of the newest commit. In a store that is kept on disk
	// the older ones are read from its log, for as long as that keeps them, see
	// [contact.Options].
	//
	// Defaults to 10 million, and on disk to 100 000.
	KeepFeed int

	// Recheck computes the members of all segments anew when a store that is kept on
	// disk is opened, even if nothing hints at a difference. What differs is repaired
	// and goes into the feed with [contact.CauseRepair]. It costs a first fill of each
	// segment.
	//
	// Defaults to false.
	Recheck bool

	// NoBackground has the engine follow the clock only when it is told to: by
	// [Engine.Advance], by a transaction of the store, and by New. Without it a timer of
	// the store's clock wakes the engine at the next instant at which something falls due.
	//
	// Defaults to false.
	NoBackground bool

	// Logger is told what goes wrong in the background.
	//
	// Defaults to [slog.Default].
	Logger *slog.Logger
}

// The defaults of KeepFeed.
const (
	keepInMemory = 10_000_000
	keepOfDisk   = 100_000
)

// Engine holds the segments of a store and keeps them right: when an Update of
// the store returns, every segment is up to date with it.
//
// An Engine is safe for concurrent use.
type Engine struct {
	store   *contact.Store
	feed    *feed
	durable bool    // records are written, and changes read from the log
	recheck bool    // see Options
	work    scratch // the writer's
	saved   *root   // what is stored in entries; belongs to Checkpoint
	still   bool    // see Options.NoBackground
	horizon horizon
	upkeeps upkeeps
	alarm   alarm

	subs struct {
		sync.Mutex
		list   []*Subscription
		closed bool
	}
}

// New attaches an engine to a store; a store has one. Closing the store closes
// the engine. The options may be nil.
//
// In a store that is kept on disk the segments are what they were, and members that
// are not what the filters say are repaired by a commit of its own, before the
// first other one, as of the last commit; then what has fallen due since is committed, each
// instant by itself. A definition that this program can't use stops no other, see
// [Segment]; what is stored and is not as it was written is [ErrDamaged].
func New(store *contact.Store, opts *Options) (*Engine, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	switch {
	case o.KeepFeed == 0 && store.Durable():
		o.KeepFeed = keepOfDisk
	case o.KeepFeed == 0:
		o.KeepFeed = keepInMemory
	case o.KeepFeed == -1:
		o.KeepFeed = 0
	case o.KeepFeed < 0:
		return nil, fmt.Errorf("segment: options: KeepFeed is %d; give a number of changes or -1 for none", o.KeepFeed)
	}
	e := &Engine{store: store, feed: newFeed(o.KeepFeed), durable: store.Durable(), recheck: o.Recheck, still: o.NoBackground}
	e.alarm = alarm{engine: e, log: o.Logger, off: o.NoBackground, at: unset}
	if o.Logger == nil {
		e.alarm.log = slog.Default()
	}
	e.work.taken = make(map[string]int)
	e.work.agenda.begin()
	f := (*floor)(e)
	var err error
	if e.durable {
		err = store.Attach(floorName, keeper{f}, nil)
	} else {
		err = store.Attach(floorName, f, &root{meaning: meaning(store.Schema(), nil)})
	}
	if err != nil {
		return nil, err
	}
	store.Peek(e.beginAt)
	if e.durable {
		// A repair, and what fell due since the store was closed, is committed before the
		// first transaction. If that is refused, say because other floors are to be
		// attached first, so it is the next time.
		_ = e.Advance(context.Background())
	}
	return e, nil
}

// Store returns the store of the engine.
func (e *Engine) Store() *contact.Store { return e.store }

// Count returns the number of members of a segment: the cardinality of their set,
// now.
func (e *Engine) Count(handle string) (n int, err error) {
	e.store.Peek(func(v *contact.View) { n, err = At(v).Count(handle) })
	return n, err
}

// Contains reports whether a contact is a member of a segment now.
func (e *Engine) Contains(handle string, id contact.ID) (in bool, err error) {
	e.store.Peek(func(v *contact.View) { in, err = At(v).Contains(handle, id) })
	return in, err
}

// Members returns the members of a segment now.
func (e *Engine) Members(handle string) (contact.Set, error) {
	return e.At(e.store.View()).Members(handle)
}

// Of returns the segments that a contact is in now, by ascending id, with how it
// is in each.
func (e *Engine) Of(id contact.ID) []Membership { return e.At(e.store.View()).Of(id) }

// Get returns a segment as it is defined now.
func (e *Engine) Get(handle string) (s Segment, err error) {
	e.store.Peek(func(v *contact.View) { s, err = At(v).Get(handle) })
	return s, err
}

// Versions returns every version that the definition of a segment has had, in their
// order, also if it is deleted; none for an id that was never given.
func (e *Engine) Versions(id ID) []Segment { return e.At(e.store.View()).Versions(id) }

// List returns all segments as they are defined now, by ascending id.
func (e *Engine) List() []Segment { return e.At(e.store.View()).List() }

// At returns the segments in a version of the engine's store.
func (e *Engine) At(v *contact.View) Members { return At(v) }

// Preview tells who matches a filter that is not saved: how many, and who.
type Preview struct {
	Members contact.Set
	View    *contact.View // the version it holds for
}

// Count returns how many contacts match.
func (p Preview) Count() int { return p.Members.Len() }

// Preview runs a filter that is not saved; relative dates are relative to
// [Engine.Now]. The context ends it early. Writers go
// on meanwhile.
func (e *Engine) Preview(ctx context.Context, f filter.Filter) (Preview, error) {
	v := e.store.View()
	program, err := filter.Compile(f, v.Schema(), &filter.CompileOptions{Segments: resolver{root: rootOf(v)}})
	if err != nil {
		return Preview{}, err
	}
	set, err := program.At(e.asOf(v)).Select(ctx, v)
	return Preview{set, v}, err
}

// stored answers what a program asks of the segments of the version it runs on.
// The filter has been checked.
type stored struct{}

func (stored) Check(string) error { return nil }

func (stored) Members(v *contact.View, ref string) contact.Set {
	if roll := rootOf(v).find(ref); roll != nil {
		return roll.members
	}
	return contact.Set{}
}

// A resolver also checks a filter that is not saved, by the segments of a version.
type resolver struct {
	stored
	root *root
}

// Check refuses handles that name no segment or an unpublished one.
func (r resolver) Check(ref string) error {
	roll, err := r.root.lookup(ref)
	if err == nil && roll.def.Unpublished {
		err = fmt.Errorf("segment %q can't be used in a filter: %w", ref, ErrUnpublished)
	}
	return err
}
