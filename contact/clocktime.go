package contact

import (
	"fmt"
	"time"
)

// ClockTime is a time of day as a clock on the wall shows it, belonging to no day
// and no time zone: when a shop opens, when somebody wants to be called. It counts
// seconds from 00:00, which is 0, to 23:59:59.
type ClockTime int32

const lastClockTime = ClockTime(24*60*60 - 1)

// ClockTimeOf returns the time of day of an hour, a minute and a second. Values
// outside their ranges carry over; what comes to lie outside the day is not valid.
func ClockTimeOf(hour, minute, second int) ClockTime {
	seconds := int64(hour)*3600 + int64(minute)*60 + int64(second)
	return ClockTime(min(max(seconds, -1), int64(lastClockTime)+1))
}

// ClockTimeIn returns the time of day that t shows in its own location, cut to the
// second.
func ClockTimeIn(t time.Time) ClockTime { return ClockTimeOf(t.Clock()) }

// A ClockTimeError reports a text that is no time of day.
type ClockTimeError struct {
	Text string
	Hint string // what would be right
}

// Error gives the text and says what would be right.
func (e *ClockTimeError) Error() string {
	return fmt.Sprintf("%q is no time of day; %s", e.Text, e.Hint)
}

// ParseClockTime reads a time of day in the form 09:30 or 09:30:15. The error is a
// [*ClockTimeError].
func ParseClockTime(s string) (ClockTime, error) {
	hour, minute, second, ok := clockNumbers(s)
	switch {
	case !ok:
		return 0, &ClockTimeError{s, "it is written like 09:30 or 09:30:15"}
	case hour == 24 && minute == 0 && second == 0:
		return 0, &ClockTimeError{s, "a day ends at 23:59:59, and its midnight is 00:00"}
	case hour > 23 || minute > 59 || second > 59:
		return 0, &ClockTimeError{s, "hours go to 23, minutes and seconds to 59"}
	}
	c := ClockTimeOf(hour, minute, second)
	if len(s) != len("09:30") && len(s) != len("09:30:15") {
		return 0, &ClockTimeError{s, fmt.Sprintf("did you mean %v?", c)}
	}
	return c, nil
}

// clockNumbers reads two or three numbers of one or two digits with colons between
// them.
func clockNumbers(s string) (hour, minute, second int, ok bool) {
	var n [3]int
	parts, size := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':' && size > 0 && parts < 2:
			parts, size = parts+1, 0
		case '0' <= c && c <= '9' && size < 2:
			n[parts], size = n[parts]*10+int(c-'0'), size+1
		default:
			return 0, 0, 0, false
		}
	}
	return n[0], n[1], n[2], parts > 0 && size > 0
}

// Clock returns the hour, the minute and the second.
func (c ClockTime) Clock() (hour, minute, second int) {
	return int(c) / 3600, int(c) / 60 % 60, int(c) % 60
}

// String returns the time of day in the form 09:30, or 09:30:15 if there are
// seconds.
func (c ClockTime) String() string {
	hour, minute, second := c.Clock()
	if second == 0 {
		return fmt.Sprintf("%02d:%02d", hour, minute)
	}
	return fmt.Sprintf("%02d:%02d:%02d", hour, minute, second)
}

// Valid reports whether the time lies within a day.
func (c ClockTime) Valid() bool { return c >= 0 && c <= lastClockTime }
