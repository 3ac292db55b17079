package contacttest

import (
	"slices"
	"sync"
	"time"
)

// Clock is a clock for tests: it stands still until it is turned, forward or back. It is
// given to a store as [contact.Options.Clock].
//
// Clock is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*timer
}

// timer is a call that is to come.
type timer struct {
	at time.Time
	f  func()
}

// NewClock returns a clock that shows a time.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now returns the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc calls f on a goroutine of its own once the clock has been turned forward by
// d, at once if d is not positive; see [contact.Clock].
func (c *Clock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{c.now.Add(d), f}
	c.timers = append(c.timers, t)
	c.fire()
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		i := slices.Index(c.timers, t)
		if i >= 0 {
			c.timers = slices.Delete(c.timers, i, i+1)
		}
		return i >= 0
	}
}

// Set turns the clock to a time, which may lie in its past.
func (c *Clock) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
	c.fire()
}

// Turn turns the clock by d, back if d is negative.
func (c *Clock) Turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.fire()
}

// Timers returns when the calls are to come that were asked for, the earliest first.
func (c *Clock) Timers() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []time.Time
	for _, t := range c.timers {
		list = append(list, t.at)
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}

// fire starts the calls whose time has come. The caller holds mu.
func (c *Clock) fire() {
	c.timers = slices.DeleteFunc(c.timers, func(t *timer) bool {
		due := !t.at.After(c.now)
		if due {
			go t.f()
		}
		return due
	})
}
