package behaviour

import "math"

// An Event is something a contact did. It is known by its ID for as long as it is
// kept.
type Event struct {
	ID
	Key    Key     // its idempotency key, see [Keys]
	Values []Value // by attribute; those not given are missing
}

// An ID tells an event from all others of its history: events of one contact at the
// same millisecond are told apart by Tie, which is 0 for the first of them and for
// each later one the next number. An ID never changes. It is free again when its event
// has been deleted.
type ID struct {
	Contact uint32 // from 1
	Time    int64  // milliseconds since 1970 UTC, past or future; math.MinInt64 is in no window
	Tie     uint32
}

// A Window is a span of time: later than After, up to To, which is in it. One whose To
// is not later than its After holds nothing.
type Window struct{ After, To int64 }

// Always is the window of all times. The first millisecond an int64 can tell is in none.
var Always = Window{math.MinInt64, math.MaxInt64}

// Holds reports whether t is in the window.
func (w Window) Holds(t int64) bool { return w.After < t && t <= w.To }

// ticks are milliseconds as unsigned numbers of the same order.
func ticks(t int64) uint64     { return uint64(t) ^ 1<<63 }
func fromTicks(u uint64) int64 { return int64(u ^ 1<<63) }

// empty reports whether no time is in the window.
func (w Window) empty() bool { return w.To <= w.After }

// ends returns the ticks of the first and the last millisecond of a window that is not
// empty.
func (w Window) ends() (lo, hi uint64) { return ticks(w.After) + 1, ticks(w.To) }
