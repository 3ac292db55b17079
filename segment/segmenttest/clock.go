package segmenttest

import (
	"sync"
	"time"

	"github.com/rosterdb/roster/contact"
)

// Clock is a [contact.Clock] that stands still until it is turned.
//
// A Clock is safe for concurrent use.
type Clock struct {
	turning sync.Mutex // held while it is turned

	mu     sync.Mutex
	now    time.Time
	timers []*timer // that are to fire, in the order in which they were made
}

var _ contact.Clock = (*Clock)(nil)

type timer struct {
	at time.Time
	f  func()
}

// NewClock returns a clock that shows an instant.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc calls f on a goroutine of its own when the clock has been turned by d; at
// once if d is not positive.
func (c *Clock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	if d <= 0 {
		go f()
		return func() bool { return false }
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{c.now.Add(d), f}
	c.timers = append(c.timers, t)
	return func() bool { return c.drop(t) }
}

// drop takes a timer away and reports whether it was still to fire.
func (c *Clock) drop(t *timer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, other := range c.timers {
		if other == t {
			c.timers = append(c.timers[:i:i], c.timers[i+1:]...)
			return true
		}
	}
	return false
}

// Turn turns the clock on by d, or back if d is negative, see [Clock.TurnTo].
func (c *Clock) Turn(d time.Duration) {
	c.turning.Lock()
	defer c.turning.Unlock()
	c.turn(c.Now().Add(d))
}

// TurnTo turns the clock to an instant. On the way it stops at every instant at which
// something was to be called with [Clock.AfterFunc], calls that and waits for it, one after
// another, as if time had passed: a function that sets itself again is called as often as
// there is time for. Turned back, it calls nothing. Functions must not turn the clock, and
// who turns it must hold nothing that they wait for: so not within a transaction of a
// store whose engine follows the clock. Several that turn it do so one after another.
func (c *Clock) TurnTo(t time.Time) {
	c.turning.Lock()
	defer c.turning.Unlock()
	c.turn(t)
}

func (c *Clock) turn(to time.Time) {
	for {
		due := c.step(to)
		if due == nil {
			return
		}
		done := make(chan struct{})
		go func() {
			defer close(done) // also if a test ends in it
			due.f()
		}()
		<-done
	}
}

// step turns to the next instant at which something is to be called, and returns that;
// nil if there is nothing up to the end, which it turns to then.
func (c *Clock) step(to time.Time) (due *timer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := 0
	for i, t := range c.timers {
		if !t.at.After(to) && (due == nil || t.at.Before(due.at)) {
			due, at = t, i
		}
	}
	if due == nil || to.Before(c.now) {
		c.now = to
		return nil
	}
	if due.at.After(c.now) {
		c.now = due.at
	}
	c.timers = append(c.timers[:at:at], c.timers[at+1:]...)
	return due
}

// Waiting returns how many functions are to be called when the clock is turned.
func (c *Clock) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}
