package segment_test

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/segment"
)

// An ear hears changes as short lines.
type ear struct {
	mu    sync.Mutex
	lines []string
}

func (e *ear) hear(c segment.Change) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lines = append(e.lines, short(c))
}

func (e *ear) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.lines)
}

// heard returns what was heard since it was last asked.
func (e *ear) heard(d *desk) []string {
	d.Helper()
	d.flush()
	e.mu.Lock()
	defer e.mu.Unlock()
	lines := e.lines
	e.lines = nil
	return lines
}

// workers counts the goroutines of subscriptions.
func workers() int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return bytes.Count(stacks, []byte("created by github.com/rosterdb/roster/segment.(*Engine).Subscribe"))
}

// noWorkers waits until no subscription has a goroutine.
func noWorkers(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return workers() == 0 }, pace.Patience, time.Millisecond)
}

// await waits for a channel to be closed.
func await(t *testing.T, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("waited for nothing")
	}
}

func TestOnChange(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(3, contact.Values{"yes": true})
	d.create("s", "yes = true")
	d.set(1, contact.Values{"yes": nil})
	d.set(1, contact.Values{"yes": true})
	var e ear
	stop := d.eng.OnChange(e.hear)
	d.create("late", "yes = true")
	require.Empty(t, e.heard(d), "neither what was before nor a first fill")
	d.set(2, contact.Values{"yes": false})
	require.Equal(t, []string{"2 leave s (data)", "2 leave late (data)"}, e.heard(d))
	_, err := d.eng.Change(d.ctx, "late", definition("late", ""))
	require.NoError(t, err)
	_, err = d.eng.Delete(d.ctx, "late")
	require.NoError(t, err)
	require.Empty(t, e.heard(d))
	d.update(func(tx *contact.Tx) error { return tx.Delete(3) })
	require.Equal(t, []string{"3 leave s (delete)"}, e.heard(d))
	stop()
	stop()
	d.set(2, contact.Values{"yes": true})
	require.Empty(t, e.heard(d))
	noWorkers(t)
}

// TestChainedChanges is told also of segments that change because another one is
// defined anew: that is no definition of theirs.
func TestChainedChanges(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(2, contact.Values{"yes": true})
	d.create("s", "yes = true")
	d.create("rest", "not in segment s")
	var e ear
	defer d.eng.OnChange(e.hear)()
	_, err := d.eng.Change(d.ctx, "s", definition("s", ""))
	require.NoError(t, err)
	require.Equal(t, []string{"1 enter rest (segment)", "2 enter rest (segment)"}, e.heard(d))
}

func TestSubscribeOptions(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(2, contact.Values{"yes": true})
	d.create("a", "yes = true") // 1, 2
	d.create("b", "yes = true") // 3, 4
	d.set(1, contact.Values{"yes": false})
	d.set(1, contact.Values{"yes": true})

	var all, some, from, empty ear
	handles := []string{"b", "nobody"}
	opts := &segment.SubscribeOptions{From: 1, Segments: handles, Definitions: true}
	subs := []*segment.Subscription{
		d.eng.Subscribe(&segment.SubscribeOptions{From: 1, Definitions: true}, all.hear),
		d.eng.Subscribe(opts, some.hear),
		d.eng.Subscribe(&segment.SubscribeOptions{From: 6}, from.hear),
		d.eng.Subscribe(&segment.SubscribeOptions{From: 1 << 40}, empty.hear),
	}
	handles[0], opts.Segments, opts.Definitions = "a", nil, false // the subscription keeps a copy
	require.Equal(t, d.feed(1), all.heard(d))
	require.Equal(t, []string{"1 enter b (definition)", "2 enter b (definition)", "1 leave b (data)", "1 enter b (data)"}, some.heard(d))
	require.Equal(t, []string{"1 leave b (data)", "1 enter a (data)", "1 enter b (data)"}, from.heard(d))
	_, err := d.eng.Delete(d.ctx, "b")
	require.NoError(t, err)
	require.Equal(t, []string{"1 leave b (definition)", "2 leave b (definition)"}, some.heard(d))
	require.Empty(t, from.heard(d))
	require.Empty(t, empty.heard(d))
	for _, s := range subs {
		s.Stop()
		require.NoError(t, s.Err())
	}
	noWorkers(t)
}

// TestUnpublishedIsSilent at the time of the change, whatever it is now.
func TestUnpublishedIsSilent(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(1, contact.Values{"yes": true})
	hidden := definition("s", "yes = true")
	hidden.Unpublished = true
	_, err := d.eng.Create(d.ctx, hidden)
	require.NoError(t, err)
	d.set(1, contact.Values{"yes": false})
	_, err = d.eng.Change(d.ctx, "s", definition("s", "yes = true"))
	require.NoError(t, err)
	d.set(1, contact.Values{"yes": true})
	_, err = d.eng.Change(d.ctx, "s", hidden)
	require.NoError(t, err)
	d.set(1, contact.Values{"yes": false})
	require.Len(t, d.feed(1), 4, "the feed has all of them")
	var e ear
	defer d.eng.Subscribe(&segment.SubscribeOptions{From: 1, Definitions: true}, e.hear).Stop()
	require.Equal(t, []string{"1 enter s (data)"}, e.heard(d))
}

// TestPanicEndsSubscription and nothing else.
func TestPanicEndsSubscription(t *testing.T) {
	d := newDesk(t, nil)
	d.create("s", "yes = true")
	var e ear
	defer d.eng.OnChange(e.hear)()
	calls := 0
	sub := d.eng.Subscribe(nil, func(c segment.Change) {
		if calls++; calls == 2 {
			panic("two is too many")
		}
	})
	leaving := d.eng.Subscribe(nil, func(segment.Change) { runtime.Goexit() })
	d.insert(3, contact.Values{"yes": true})
	require.Len(t, e.heard(d), 3)
	require.Equal(t, 2, calls)
	var panicked *segment.PanicError
	require.ErrorAs(t, sub.Err(), &panicked)
	require.Equal(t, "two is too many", panicked.Value)
	require.Contains(t, string(panicked.Stack), "TestPanicEndsSubscription")
	require.EqualError(t, sub.Err(), "segment: the call-back panicked: two is too many")
	require.NoError(t, errors.Unwrap(sub.Err()), "it was no error")
	failing := d.eng.Subscribe(&segment.SubscribeOptions{From: 1}, func(segment.Change) { panic(errVeto) })
	require.Len(t, e.heard(d), 0)
	require.ErrorIs(t, failing.Err(), errVeto)
	require.ErrorIs(t, leaving.Err(), segment.ErrExited)
	sub.Stop()
	require.Error(t, sub.Err(), "Stop does not hide it")
	d.insert(1, contact.Values{"yes": true})
	require.Len(t, e.heard(d), 1)
	require.Equal(t, 2, calls)
}

// TestSlowSubscriber delays neither commits nor other subscriptions, and what it
// is too slow for is told.
func TestSlowSubscriber(t *testing.T) {
	d := newDesk(t, &segment.Options{KeepFeed: 5})
	d.create("s", "yes = true")
	began, goOn := make(chan struct{}), make(chan struct{})
	var seen []uint64
	sub := d.eng.Subscribe(nil, func(c segment.Change) {
		if seen = append(seen, c.Number); len(seen) == 1 {
			close(began)
			<-goOn
		}
	})
	var e ear
	defer d.eng.OnChange(e.hear)()
	for i := range 20 {
		d.insert(1, contact.Values{"yes": true})
		if i == 0 {
			await(t, began)
		}
		require.Eventually(t, func() bool { return e.count() == i+1 }, pace.Patience, 10*time.Microsecond)
	}
	ctx, cancel := context.WithTimeout(d.ctx, 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, d.eng.Flush(ctx), context.DeadlineExceeded)
	reason := errors.New("enough")
	caused, cancelCause := context.WithCancelCause(d.ctx)
	cancelCause(reason)
	require.ErrorIs(t, d.eng.Flush(caused), reason)
	close(goOn)
	require.Len(t, e.heard(d), 20)
	require.Equal(t, &segment.TrimmedError{Asked: seen[len(seen)-1] + 1, Oldest: 16}, sub.Err())
	for i, n := range seen {
		require.EqualValues(t, i+1, n)
	}
	require.Less(t, len(seen), 15)

	late := d.eng.Subscribe(&segment.SubscribeOptions{From: 3}, func(segment.Change) {})
	d.flush()
	require.Equal(t, &segment.TrimmedError{Asked: 3, Oldest: 16}, late.Err())
}

// TestStopFromInside ends a subscription within its function.
func TestStopFromInside(t *testing.T) {
	d := newDesk(t, nil)
	d.create("s", "yes = true")
	calls := 0
	var sub *segment.Subscription
	ready := make(chan struct{})
	sub = d.eng.Subscribe(nil, func(segment.Change) {
		<-ready
		calls++
		sub.Stop()
		sub.Stop()
	})
	close(ready)
	d.insert(10, contact.Values{"yes": true})
	d.flush()
	require.Equal(t, 1, calls)
	require.NoError(t, sub.Err())
	noWorkers(t)
}

// TestCallBackUsesStore reads and writes from within the function: the changes it
// makes come after those it hears.
func TestCallBackUsesStore(t *testing.T) {
	d := newDesk(t, nil)
	d.create("low", "points < 5")
	var e ear
	defer d.eng.OnChange(func(c segment.Change) {
		e.hear(c)
		in, err := d.eng.Contains("low", c.Contact)
		if err == nil && in {
			err = d.store.Update(d.ctx, func(tx *contact.Tx) error {
				v, err := tx.Value(c.Contact, "points")
				return errors.Join(err, tx.Set(c.Contact, contact.Values{"points": v.Number() + 10}))
			})
		}
		if err != nil {
			panic(err)
		}
	})()
	d.insert(2, contact.Values{"points": 1})
	require.Eventually(t, func() bool { return d.eng.LastChange() == 4 }, pace.Patience, time.Millisecond)
	require.Equal(t, []string{"1 enter low (data)", "2 enter low (data)", "1 leave low (data)", "2 leave low (data)"}, e.heard(d))
}

// TestCloseEndsSubscriptions leaves no goroutine behind.
func TestCloseEndsSubscriptions(t *testing.T) {
	d := newDesk(t, nil)
	d.create("s", "yes = true")
	noWorkers(t) // while nothing is subscribed
	var subs []*segment.Subscription
	for range 10 {
		subs = append(subs, d.eng.Subscribe(nil, func(segment.Change) {}))
	}
	require.Equal(t, 10, workers())
	subs[0].Stop()
	d.insert(1, contact.Values{"yes": true})
	require.NoError(t, d.store.Close())
	noWorkers(t)
	for _, s := range subs {
		require.NoError(t, s.Err())
		s.Stop()
	}
	d.flush()
	late := d.eng.Subscribe(&segment.SubscribeOptions{From: 1, Definitions: true}, func(segment.Change) { t.Error("called after Close") })
	d.flush()
	require.NoError(t, late.Err())
	require.Zero(t, workers())
}

// TestManySubscriptions come and go while changes are made.
func TestManySubscriptions(t *testing.T) {
	d := newDesk(t, nil)
	d.create("s", "yes = true")
	d.insert(1, contact.Values{"yes": false})
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-done:
					return
				default:
				}
				next := uint64(1)
				sub := d.eng.Subscribe(&segment.SubscribeOptions{From: 1}, func(c segment.Change) {
					if c.Number != next {
						panic("out of order")
					}
					next++
				})
				err := d.eng.Flush(d.ctx)
				sub.Stop()
				if errors.Join(err, sub.Err()) != nil {
					t.Error(err, sub.Err())
				}
			}
		}()
	}
	for i := range 200 {
		d.set(1, contact.Values{"yes": i%2 == 0})
	}
	close(done)
	wg.Wait()
	noWorkers(t)
}

// A floor below the engine may flush as soon as a commit is visible, before the engine is told.
func TestFlushInCommitted(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		schema := contact.MustSchema(contact.Bool("yes"))
		store, err := contact.New(schema, nil)
		if dir != "" {
			store, err = contact.Open(dir, schema, nil)
		}
		require.NoError(t, err)
		var eng *segment.Engine
		var flushed []error
		require.NoError(t, store.Attach("below", &hooked{committed: func(*contact.Commit) {
			ctx, cancel := context.WithTimeout(t.Context(), pace.Patience)
			defer cancel()
			flushed = append(flushed, eng.Flush(ctx))
		}}, nil))
		eng, err = segment.New(store, nil)
		require.NoError(t, err)
		d := &desk{t, t.Context(), store, eng}
		d.create("yes", "yes = true")
		e := &ear{}
		defer eng.OnChange(e.hear)()
		d.insert(1, contact.Values{"yes": true})
		require.Equal(t, []error{nil, nil}, flushed)
		require.Equal(t, 1, e.count())
		require.NoError(t, store.Close())
	}
}
