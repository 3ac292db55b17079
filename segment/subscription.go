package segment

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/rosterdb/roster/contact"
)

// SubscribeOptions configures [Engine.Subscribe]. A nil *SubscribeOptions and
// every zero field mean the documented default.
type SubscribeOptions struct {
	// From is the number of the first change to deliver, for one who resumes.
	// Defaults to the first change after the call.
	From uint64
	// Segments are the handles to hear of. Defaults to all.
	Segments []string
	// Definitions asks also for first fills, edits and deletions of segments.
	// Defaults to the moves of contacts alone.
	Definitions bool
}

// Subscription is a call-back on the feed. Its function is called for one change
// after another on a goroutine of its own, which reads the feed: no commit waits
// for it. It is not told of unpublished segments.
//
// Subscription is safe for concurrent use.
type Subscription struct {
	engine *Engine
	opts   SubscribeOptions
	fn     func(Change)
	stop   chan struct{}
	once   sync.Once

	mu   sync.Mutex
	next uint64        // everything before it has been delivered or passed over
	step chan struct{} // closed when next grows or the subscription ends, then made anew
	err  error
	over bool
}

// OnChange calls fn for every contact that enters or leaves a published segment
// from now on, except by definition edits; stop ends it. See [Engine.Subscribe].
func (e *Engine) OnChange(fn func(Change)) (stop func()) {
	return e.Subscribe(nil, fn).Stop
}

// Subscribe calls fn for the changes of the feed, in their order, until
// [Subscription.Stop] or until the engine is closed. fn may call the engine and
// the store. If it panics or exits its goroutine, or if it is so slow that the
// feed no longer keeps what it has not seen, neither in memory nor on disk, the
// subscription ends and [Subscription.Err] says why. If it never returns, its goroutine
// stays and [Engine.Flush] waits for it; nothing else does, neither a commit nor the
// closing of the store.
func (e *Engine) Subscribe(opts *SubscribeOptions, fn func(Change)) *Subscription {
	s := &Subscription{engine: e, fn: fn, stop: make(chan struct{}), step: make(chan struct{})}
	if opts != nil {
		s.opts = *opts
		s.opts.Segments = slices.Clone(opts.Segments)
	}
	e.subs.Lock()
	defer e.subs.Unlock()
	s.next = max(1, s.opts.From)
	if s.opts.From == 0 {
		s.next = e.LastChange() + 1
	}
	if e.subs.closed {
		s.end(nil)
		return s
	}
	e.subs.list = slices.DeleteFunc(e.subs.list, (*Subscription).ended)
	e.subs.list = append(e.subs.list, s)
	go s.run()
	return s
}

// Stop ends the subscription. A call that is under way goes on, no other follows.
// It may be called any number of times, also by the function itself.
func (s *Subscription) Stop() { s.once.Do(func() { close(s.stop) }) }

// Err returns why the subscription ended by itself: a [*PanicError],
// [ErrExited], a [*TrimmedError] or what went wrong in reading the log of a store
// that is kept on disk; nil while it runs, after Stop and after the store is closed.
func (s *Subscription) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *Subscription) run() {
	defer s.end(ErrExited) // or else Flush would wait for ever; whoever ended it before has the say
	for {
		more := s.engine.feed.next() // asked for first: what is shown from now on is not missed
		last := s.engine.LastChange()
		on, err := s.engine.read(s.next, last, s.deliver)
		if errors.Is(err, contact.ErrClosed) {
			err = nil
		}
		if !on {
			s.end(err) // unless it ended before
			return
		}
		s.advance(last + 1)
		select {
		case <-s.stop:
			s.end(nil)
			return
		case <-more:
		}
	}
}

// deliver calls the function if the change concerns it, and reports whether to go
// on.
func (s *Subscription) deliver(c Change) bool {
	select {
	case <-s.stop:
		s.end(nil)
		return false
	default:
	}
	if s.wants(&c) {
		if err := s.call(c); err != nil {
			s.end(err)
			return false
		}
	}
	s.advance(c.Number + 1)
	return true
}

func (s *Subscription) wants(c *Change) bool {
	return (s.opts.Definitions || !c.byDefinition()) && !c.silent &&
		(len(s.opts.Segments) == 0 || slices.Contains(s.opts.Segments, c.Segment))
}

func (s *Subscription) call(c Change) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{v, debug.Stack()}
		}
	}()
	s.fn(c)
	return nil
}

func (s *Subscription) advance(next uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if next > s.next {
		s.next = next
		close(s.step)
		s.step = make(chan struct{})
	}
}

func (s *Subscription) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.over, s.err = true, err
		close(s.step)
	}
}

func (s *Subscription) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// wait returns when everything up to a number is delivered or the subscription is
// over.
func (s *Subscription) wait(ctx context.Context, last uint64) error {
	for {
		s.mu.Lock()
		done, step := s.over || s.next > last, s.step
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-step:
		}
	}
}

// Flush returns when every call-back has run for all changes up to now. It must
// not be called by a call-back, which would wait for itself: give it a context
// that ends.
func (e *Engine) Flush(ctx context.Context) error {
	last := e.LastChange()
	e.feed.wake() // a floor below that was told of a commit first may ask for it
	e.subs.Lock()
	list := slices.Clone(e.subs.list)
	e.subs.Unlock()
	for _, s := range list {
		if err := s.wait(ctx, last); err != nil {
			return err
		}
	}
	return nil
}

// closeSubscriptions ends all call-backs.
func (e *Engine) closeSubscriptions() {
	e.subs.Lock()
	defer e.subs.Unlock()
	e.subs.closed = true
	for _, s := range e.subs.list {
		s.Stop()
	}
}
