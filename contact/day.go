package contact

import (
	"fmt"
	"math"
	"time"
)

// Day is a day of the calendar, belonging to no time zone: a birthday, a date of
// purchase. It counts days from 1970-01-01, which is 0. Days from 0000-01-01 to
// 9999-12-31 of the Gregorian calendar are valid.
type Day int32

const (
	minDay = Day(-719528) // 0000-01-01
	maxDay = Day(2932896) // 9999-12-31
	dayMS  = 24 * 60 * 60 * 1000
	minMS  = int64(minDay) * dayMS
	maxMS  = (int64(maxDay)+1)*dayMS - 1
)

// DayOf returns the day of a year, month and day of the month. Values outside
// their ranges carry over as in [time.Date]: the 30th of February is a day of
// March.
func DayOf(year int, month time.Month, day int) Day {
	days := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400
	return Day(min(max(days, math.MinInt32), math.MaxInt32))
}

// DayIn returns the calendar day that t shows in its own location.
func DayIn(t time.Time) Day { return DayOf(t.Date()) }

// ParseDay reads a day in the form 2026-11-24.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a day of the form 2026-11-24", s)
	}
	return DayIn(t), nil
}

// Date returns the year, the month and the day of the month.
func (d Day) Date() (int, time.Month, int) {
	return time.Unix(int64(d)*86400, 0).UTC().Date()
}

// In returns the first instant of the day in a location: midnight, the first one
// where the clock goes back to it, or the first instant after it where the clock
// jumps over midnight.
func (d Day) In(loc *time.Location) time.Time {
	year, month, day := d.Date()
	t := time.Date(year, month, day, 0, 0, 0, 0, loc)
	if start, _ := t.ZoneBounds(); !start.IsZero() && t.Sub(start) < 2*24*time.Hour {
		_, offset := start.Add(-1).Zone()
		if first := time.Unix(int64(d)*86400-int64(offset), 0).In(loc); first.Before(start) && first.Before(t) {
			return first // the clock went back over midnight: it comes twice
		}
	}
	if DayIn(t) >= d {
		before := t.Add(-1)
		if DayIn(before) < d {
			return t
		}
		_, offset := before.Zone() // midnight comes twice: this is the second
		return time.Unix(int64(d)*86400-int64(offset), 0).In(loc)
	}
	// The clock jumps over midnight, and time.Date has taken the rule before the
	// jump: the day begins with the new rule.
	if _, end := t.ZoneBounds(); !end.IsZero() {
		return end
	}
	return t
}

// String returns the day in the form 2026-11-24.
func (d Day) String() string { return d.In(time.UTC).Format(time.DateOnly) }

// Valid reports whether the day lies within the years 0000 to 9999.
func (d Day) Valid() bool { return d >= minDay && d <= maxDay }

// millis returns an instant in milliseconds since 1970 UTC, finer parts cut. Far
// outside the valid years it returns some instant on the same side of them.
func millis(t time.Time) int64 {
	const far = maxMS / 1000 * 2
	switch s := t.Unix(); {
	case s < -far:
		return -far * 1000
	case s > far:
		return far * 1000
	}
	return t.UnixMilli()
}

// instant is the inverse of millis.
func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
