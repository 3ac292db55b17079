package segment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/rosterdb/roster/contact"
)

// An alarm wakes the engine at the next instant at which something may fall due. There is
// a timer only while there is such an instant, and a goroutine only while it is woken.
type alarm struct {
	engine *Engine
	log    *slog.Logger

	mu      sync.Mutex
	off     bool
	ringing bool  // what is due is being committed: no timer is set before it is known how that went
	at      int64 // what it is set to, unset if it is not
	turn    int   // of the timer
	stop    func() bool
	failed  int // how often in a row
}

const unset = -1 << 63

// set has the alarm ring at an instant, or not at all if that is never.
func (a *alarm) set(at int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.off || a.at == at {
		return
	}
	a.clear()
	a.at = at
	a.arm()
}

// arm sets the timer for the instant the alarm is set to. The caller holds mu.
func (a *alarm) arm() {
	if !a.ringing && a.at != never && a.at != unset {
		a.wait(max(0, a.ahead()))
	}
}

// ahead returns how long it is until the instant the alarm is set to, at most some 290
// years: it is set again then. The caller holds mu.
func (a *alarm) ahead() time.Duration {
	return time.UnixMilli(a.at).Sub(a.engine.store.Clock().Now())
}

// wait sets the timer. The caller holds mu.
func (a *alarm) wait(d time.Duration) {
	turn := a.turn
	a.stop = a.engine.store.Clock().AfterFunc(d, func() { a.ring(turn) })
}

// clear ends the timer. The caller holds mu.
func (a *alarm) clear() {
	if a.stop != nil {
		a.stop()
		a.stop = nil
	}
	a.turn++
	a.at = unset
}

// close ends the alarm for good.
func (a *alarm) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.off = true
	a.clear()
}

// ring commits what is due, unless the timer was another one's. What goes wrong is tried
// again later: nobody else may come to do it.
func (a *alarm) ring(turn int) {
	a.mu.Lock()
	if a.off || a.turn != turn {
		a.mu.Unlock()
		return
	}
	a.clear()
	a.ringing = true
	a.mu.Unlock()
	err := errFloorExited
	defer func() { // also if the goroutine ends
		if again := a.tell(err); err != nil && !errors.Is(err, contact.ErrClosed) { // the host's handler may ask the engine: mu is not held
			a.log.Error("segment: what fell due could not be committed", "error", err, "again", again)
		}
	}()
	err = a.engine.catchUp()
}

// errFloorExited is how an attempt went that never returned.
var errFloorExited = errors.New("segment: a floor exited the goroutine")

// tell notes how an attempt went and sets the timer: for what is due next, or after a
// failure for another attempt, and then returns when that is: after a pause, but not after
// an instant that others have set meanwhile.
func (a *alarm) tell(err error) (again time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ringing = false
	if err == nil {
		a.failed = 0
		a.arm()
		return 0
	}
	again = min(time.Second<<min(a.failed, 6), time.Minute)
	a.failed++
	if a.off {
		return again
	}
	if ahead := a.ahead(); ahead > 0 {
		again = min(again, ahead)
	}
	a.clear()
	a.wait(again)
	return again
}

// catchUp is Advance for a goroutine that nobody waits for: a panic of a floor is an error.
func (e *Engine) catchUp() (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("segment: panic: %v", v)
		}
	}()
	return e.Advance(context.Background())
}
