package filter

import (
	"math"
	"sort"
	"sync"
	"time"
)

// A wallClock tells the time of a zone. It never goes back: when the clocks of the
// zone are turned back, it stands still until they show a later time than ever
// before. So a day begins once, with the first instant of its date, and ends with
// the beginning of the next; and what moves with the wall clock moves forward only.
//
// Times shown on the wall are milliseconds, too, as if the zone were UTC.
//
// A wallClock is safe for concurrent use.
type wallClock struct {
	loc   *time.Location
	once  sync.Once
	table []stretch // the pieces from the beginning on
	end   int64     // of the table
}

// stretch is a stretch of time in which a zone keeps its distance from UTC.
type stretch struct {
	from   int64
	offset int64
	shown  int64 // the latest time that clocks have shown before it
}

const (
	// tableYears is the year up to which a clock knows its pieces by heart.
	tableYears = 2100
	// around is more than any clock has been turned back.
	around = 4 * millisPerDay
)

func newWallClock(loc *time.Location) *wallClock { return &wallClock{loc: loc} }

// piecesFrom returns the pieces from the one that t is in to the one that until is
// in, and the end of the last one.
func (w *wallClock) piecesFrom(t, until int64) (list []stretch, end int64) {
	shown := int64(math.MinInt64)
	for {
		at := time.UnixMilli(t).In(w.loc)
		_, seconds := at.Zone()
		if n := len(list); n == 0 || list[n-1].offset != int64(seconds)*1000 {
			list = append(list, stretch{t, int64(seconds) * 1000, shown})
		}
		_, bound := at.ZoneBounds()
		if bound.IsZero() {
			return list, math.MaxInt64
		}
		next := bound.UnixMilli()
		if next <= t { // so on the last day of leap years (seen in Go 1.26): no zone changes there
			next = t + millisPerDay
		}
		shown = max(shown, next-1+int64(seconds)*1000)
		if t = next; t > until {
			return list, t
		}
	}
}

// pieces returns pieces of which one holds every instant close to t, or for a time
// shown on the wall the instants at which it may be shown.
func (w *wallClock) pieces(t int64) []stretch {
	w.once.Do(func() {
		begin := int64(-400 * 366 * millisPerDay * 30) // long before there were clocks
		w.table, w.end = w.piecesFrom(begin, dayOf(tableYears, 1, 1)*millisPerDay)
	})
	if w.end == math.MaxInt64 || t < w.end-around {
		return w.table
	}
	list, _ := w.piecesFrom(t-around, t+around)
	return list
}

// steady reports whether the clocks of the zone have never been put forward or back, and
// never will be.
func (w *wallClock) steady() bool { return len(w.pieces(0)) == 1 && w.end == math.MaxInt64 }

// at returns the piece that t is in.
func at(list []stretch, t int64) stretch {
	return list[max(0, sort.Search(len(list), func(i int) bool { return list[i].from > t })-1)]
}

// between returns the pieces that hold the instants from lo to hi.
func (w *wallClock) between(lo, hi int64) []stretch {
	list := w.pieces(lo)
	if w.end != math.MaxInt64 && hi >= w.end-around {
		list, _ = w.piecesFrom(lo-around, hi)
	}
	from := max(0, sort.Search(len(list), func(i int) bool { return list[i].from > lo })-1)
	to := sort.Search(len(list), func(i int) bool { return list[i].from > hi })
	return list[from:max(to, from+1)]
}

// find returns the piece of some that t is in. The last ones are looked at one by
// one: most data is recent.
func find(list []stretch, t int64) stretch {
	const few = 4
	for i := len(list) - 1; i > max(0, len(list)-few); i-- {
		if list[i].from <= t {
			return list[i]
		}
	}
	if len(list) <= few {
		return list[0]
	}
	return at(list[:len(list)-few+1], t)
}

// show returns what the clocks of the zone show at t, also when they show it again.
func (w *wallClock) show(t int64) int64 { return t + at(w.pieces(t), t).offset }

// local returns the latest time that the clocks of the zone have shown up to t.
func (w *wallClock) local(t int64) int64 {
	p := at(w.pieces(t), t)
	return max(t+p.offset, p.shown)
}

// day returns the day that t is on.
func (w *wallClock) day(t int64) int64 { return floorDiv(w.local(t), millisPerDay) }

// first returns the first instant at which the clocks show a time, or a later one
// if they leave it out.
func (w *wallClock) first(local int64) int64 {
	list := w.pieces(local)
	i := sort.Search(len(list)-1, func(i int) bool { return list[i+1].shown >= local })
	return max(list[i].from, local-list[i].offset)
}

// begin returns the first instant of a day.
func (w *wallClock) begin(day int64) int64 { return w.first(day * millisPerDay) }

// shift returns the instant at which the clocks show what they show at t, moved by
// units of the calendar.
func (w *wallClock) shift(t int64, u unit, n int64) int64 {
	local := w.local(t)
	day := floorDiv(local, millisPerDay)
	return w.first(shift(day, u, n)*millisPerDay + local - day*millisPerDay)
}
