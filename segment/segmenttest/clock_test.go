package segmenttest_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment/segmenttest"
)

// A clock fires what is due on the way, in the order of time, and shows the time at which
// it was due meanwhile.
func TestClock(t *testing.T) {
	begin := segmenttest.Begin()
	c := segmenttest.NewClock(begin)
	require.Equal(t, begin, c.Now())
	require.Equal(t, begin, c.Now(), "it stands still")
	var heard []string
	call := func(name string) func() {
		return func() { heard = append(heard, name+" at "+c.Now().Sub(begin).String()) }
	}
	c.AfterFunc(3*time.Second, call("c"))
	stop := c.AfterFunc(2*time.Second, call("b"))
	c.AfterFunc(time.Second, call("a"))
	c.AfterFunc(time.Second, call("also a"))
	c.AfterFunc(time.Hour, call("never"))
	require.Equal(t, 5, c.Waiting())
	c.Turn(time.Second - 1)
	require.Empty(t, heard)
	c.Turn(1)
	require.Equal(t, []string{"a at 1s", "also a at 1s"}, heard)
	require.True(t, stop())
	require.False(t, stop())
	c.TurnTo(begin.Add(time.Minute))
	require.Equal(t, []string{"a at 1s", "also a at 1s", "c at 3s"}, heard)
	require.Equal(t, begin.Add(time.Minute), c.Now())
	require.Equal(t, 1, c.Waiting())
	c.Turn(-time.Minute)
	require.Equal(t, begin, c.Now())
	c.Turn(0)
	c.Turn(59 * time.Minute)
	require.Len(t, heard, 3, "a clock that was turned back has as long a way")
}

// Functions set themselves again, are stopped by others, end by themselves, and are
// called at once if they are not to wait.
func TestClockFunctions(t *testing.T) {
	c := segmenttest.NewClock(segmenttest.Begin())
	ticks := 0
	var tick func()
	tick = func() {
		if ticks++; ticks < 100 {
			c.AfterFunc(time.Minute, tick)
		}
	}
	c.AfterFunc(time.Minute, tick)
	c.Turn(10*time.Minute + time.Second)
	require.Equal(t, 10, ticks)
	c.Turn(24 * time.Hour)
	require.Equal(t, 100, ticks)

	var stop func() bool
	c.AfterFunc(time.Second, func() { require.True(t, stop()) })
	stop = c.AfterFunc(time.Second, func() { t.Error("it was stopped") })
	c.AfterFunc(time.Second, func() { runtime.Goexit() })
	c.Turn(time.Second)
	require.Zero(t, c.Waiting())

	now := make(chan struct{})
	require.False(t, c.AfterFunc(0, func() { close(now) })())
	<-now
}

// Any number of goroutines may use a clock.
func TestClockConcurrently(t *testing.T) {
	testflags.Seed(t)
	c := segmenttest.NewClock(segmenttest.Begin())
	var fired, stopped atomic.Int64
	var wg sync.WaitGroup
	const workers, rounds = 8, 200
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range rounds {
				stop := c.AfterFunc(time.Duration(1+(i+w)%7)*time.Millisecond, func() { fired.Add(1) })
				switch i % 3 {
				case 0:
					c.Turn(time.Millisecond)
				case 1:
					if stop() {
						stopped.Add(1)
					}
				}
				_ = c.Now()
			}
		}()
	}
	wg.Wait()
	c.Turn(time.Second)
	require.Zero(t, c.Waiting())
	require.EqualValues(t, workers*rounds, fired.Load()+stopped.Load())
}

// A clock shows the same time until it is turned.
func ExampleClock() {
	clock := segmenttest.NewClock(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC))
	clock.AfterFunc(time.Hour, func() { fmt.Println("called at", clock.Now().Format(time.TimeOnly)) })
	clock.Turn(90 * time.Minute)
	fmt.Println("it is", clock.Now().Format(time.TimeOnly))
	// Output:
	// called at 10:00:00
	// it is 10:30:00
}
