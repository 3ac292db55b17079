package filter

import (
	"errors"
	"time"

	"github.com/rosterdb/roster/contact"
)

const (
	maxYear       = 9999
	secondsPerDay = 24 * 60 * 60
	millisPerDay  = secondsPerDay * 1000

	// firstDay and lastDay are 0000-01-01 and 9999-12-31 in days since
	// 1970-01-01.
	firstDay = -719528
	lastDay  = 2932896
)

// Lengths of the fixed parts of a date and a datetime.
const (
	dateLen   = len("2006-01-02")
	secondLen = len("2006-01-02T15:04:05")
	offsetLen = len("+00:00")
)

// The reasons why something that begins like a date is none.
const (
	noDate     = "a date is written like 2026-11-24, a datetime like 2026-11-24T10:00:00Z, with .250 for milliseconds and +01:00 in place of Z"
	noSuchDay  = "there is no such day"
	noSuchTime = "there is no such time of day"
	outOfYears = "in UTC it is outside the years 0000 to 9999"
)

// daysOf returns a day as days since 1970-01-01, false if there is no such day
// in the years 0 to 9999.
func daysOf(year int, month time.Month, day int) (int32, bool) {
	if year < 0 || year > maxYear || month < time.January || month > time.December || day < 1 || day > 31 {
		return 0, false
	}
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return int32(t.Unix() / secondsPerDay), t.Day() == day
}

// startsDate reports whether s begins with four digits and '-', which nothing but
// a date or a datetime does.
func startsDate(s string) bool {
	return len(s) > 4 && s[4] == '-' && digits(s[:4]) == 4
}

// startsClock reports whether s begins with digits and ':', which nothing but a time
// of day does.
func startsClock(s string) bool {
	n := digits(s)
	return n > 0 && n < len(s) && s[n] == ':'
}

// clockHint returns what is wrong with a time of day that contact.ParseClockTime
// refused.
func clockHint(err error) string {
	var wrong *contact.ClockTimeError
	if errors.As(err, &wrong) {
		return wrong.Hint
	}
	return err.Error()
}

// parseDateOrDateTime returns the date or datetime that s is. If it is none, the
// second result is the reason.
func parseDateOrDateTime(s string) (v Value, problem string) {
	days, problem := parseDate(s)
	if problem != "" {
		return Value{}, problem
	}
	if len(s) == dateLen {
		return dateValue(days), ""
	}
	millis, zone, problem := parseClock(s)
	if problem != "" {
		return Value{}, problem
	}
	offset, problem := parseZone(zone)
	if problem != "" {
		return Value{}, problem
	}
	millis += int64(days)*millisPerDay - offset
	if millis < firstDay*millisPerDay || millis >= (lastDay+1)*millisPerDay {
		return Value{}, outOfYears
	}
	return dateTimeValue(millis), ""
}

// parseDate reads the date in front of s.
func parseDate(s string) (days int32, problem string) {
	if !hasShape(s, "0000-00-00") {
		return 0, noDate
	}
	year := number2(s[0:])*100 + number2(s[2:])
	days, ok := daysOf(year, time.Month(number2(s[5:])), number2(s[8:]))
	if !ok {
		return 0, noSuchDay
	}
	return days, ""
}

// parseClock reads the time of day that follows the date in s, and returns it in
// milliseconds together with what follows it.
func parseClock(s string) (millis int64, zone, problem string) {
	if !hasShape(s[dateLen:], "T00:00:00") {
		return 0, "", noDate
	}
	hour, minute, second := number2(s[11:]), number2(s[14:]), number2(s[17:])
	if hour > 23 || minute > 59 || second > 59 {
		return 0, "", noSuchTime
	}
	millis = int64(hour*3600+minute*60+second) * 1000
	zone = s[secondLen:]
	if hasShape(zone, ".000") {
		millis += int64(number2(zone[1:])*10 + int(zone[3]-'0'))
		zone = zone[len(".000"):]
	}
	return millis, zone, ""
}

// parseZone returns the distance from UTC in milliseconds.
func parseZone(zone string) (offset int64, problem string) {
	if zone == "Z" {
		return 0, ""
	}
	east, west := hasShape(zone, "+00:00"), hasShape(zone, "-00:00")
	if len(zone) != offsetLen || !east && !west {
		return 0, noDate
	}
	hour, minute := number2(zone[1:]), number2(zone[4:])
	if hour > 23 || minute > 59 {
		return 0, noSuchTime
	}
	offset = int64(hour*3600+minute*60) * 1000
	if west {
		offset = -offset
	}
	return offset, ""
}

// hasShape reports whether s begins like shape, in which a 0 stands for any digit.
func hasShape(s, shape string) bool {
	if len(s) < len(shape) {
		return false
	}
	for i := range len(shape) {
		if shape[i] == '0' && isDigit(s[i]) || shape[i] != '0' && shape[i] == s[i] {
			continue
		}
		return false
	}
	return true
}

// number2 returns the number that the first two bytes of s, both digits, stand for.
func number2(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

// appendDate appends a day as yyyy-mm-dd.
func appendDate(b []byte, days int32) []byte {
	return time.Unix(int64(days)*secondsPerDay, 0).UTC().AppendFormat(b, "2006-01-02")
}

// appendDateTime appends an instant in UTC, with milliseconds only if there are any.
func appendDateTime(b []byte, millis int64) []byte {
	layout := "2006-01-02T15:04:05Z"
	if millis%1000 != 0 {
		layout = "2006-01-02T15:04:05.000Z"
	}
	return time.UnixMilli(millis).UTC().AppendFormat(b, layout)
}
