// Package pace lets tests say how much work something may be, and how long they wait for
// what has to happen, so that neither a slow machine nor one that others use too, nor the
// race detector, makes them fail.
package pace

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Patience is how long a test waits for something that has to happen before it calls that a
// hang. What is right takes next to nothing of it, also if the machine stops for a while.
const Patience = 3 * time.Minute

// Within fails the test at once if a function is more work than a limit, and returns how
// much it was. Work is processor time of the whole process, so that it does not grow while
// the process waits, be it for other programs. The limit is that of a machine of the speed
// on which the project's limits were chosen: see [Limit].
func Within(tb testing.TB, limit time.Duration, what string, fn func()) (work time.Duration) {
	tb.Helper()
	spent := Start()
	fn()
	work = spent()
	Check(tb, limit, what, work)
	return work
}

// Check fails the test at once if some work was more than a limit, see [Within].
func Check(tb testing.TB, limit time.Duration, what string, work time.Duration) {
	tb.Helper()
	if most := Limit(limit); work > most {
		tb.Fatalf("%s took %v of processor time, the most is %v on this machine", what, work, most)
	}
}

// Start returns a function that tells how much processor time the process has taken since,
// of all its threads. Where the system does not tell that, it is the time that has passed.
func Start() (spent func() time.Duration) {
	cpu, clock := ProcessorTime(), time.Now()
	return func() time.Duration {
		if now := ProcessorTime(); now > 0 {
			return now - cpu
		}
		return time.Since(clock)
	}
}

// Limit returns a limit as it is on this machine, at its present speed and with or without
// the race detector: longer by as much as the machine is slower than the one for which the
// project's limits were chosen, and never shorter.
func Limit(d time.Duration) time.Duration {
	return time.Duration(float64(d) * max(1, slowness()))
}

// yardstick is what one round of chores took on that machine.
const yardstick = time.Millisecond

// slowness compares the machine with that one, once.
var slowness = sync.OnceValue(func() float64 {
	least := time.Duration(1<<63 - 1)
	for range 5 {
		const rounds = 3 // some systems count by hundredths of a second
		spent := Start()
		for range rounds {
			chores()
		}
		least = min(least, spent()/rounds)
	}
	return float64(least) / float64(yardstick)
})

// chores are a bit of everything: texts, maps, comparisons, and most of all going through
// memory step by step, which is what the race detector slows down most.
func chores() {
	r := rand.New(rand.NewPCG(1, 2))
	count := make(map[string]int)
	for range 5_000 {
		count[strconv.Itoa(r.IntN(2_500))]++
	}
	words := slices.Sorted(maps.Keys(count))
	table := make([]uint32, 1<<12)
	for range 100 {
		for i := range table {
			table[i] += table[(i*31+7)%len(table)] ^ uint32(len(words))
		}
	}
}
