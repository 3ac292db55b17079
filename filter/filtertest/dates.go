package filtertest

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Setting is what the meaning of dates depends on, beside the filter and the
// contact.
type Setting struct {
	Zone           *time.Location // of filters that carry none; nil is UTC
	Now            time.Time      // when the filter is asked
	WeekStart      int            // the first day of the week, from Monday = 1; 0 is Monday
	LeapDayInMarch bool           // 29 February is celebrated on 1 March in common years
}

// clock is a clock on a wall that is never turned back: it stands still until what
// it shows is later than ever before. What it shows is written as a time in UTC.
type clock struct{ zone *time.Location }

// read returns what a plain clock on the wall shows.
func (c clock) read(t time.Time) time.Time {
	t = t.In(c.zone)
	year, month, day := t.Date()
	return time.Date(year, month, day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// shown returns the latest time shown up to t. No clock is turned back by more than
// a day, so it looks at two.
func (c clock) shown(t time.Time) time.Time {
	latest := c.read(t)
	if c.zone == time.UTC {
		return latest
	}
	for _, day := range []time.Time{t.AddDate(0, 0, -2), t} {
		for _, turned := range c.turned(day.UTC().Year()) {
			if ago := t.Sub(turned); 0 <= ago && ago <= 48*time.Hour {
				if before := c.read(turned.Add(-time.Millisecond)); before.After(latest) {
					latest = before
				}
			}
		}
	}
	return latest
}

// zoneYear is a year in a zone.
type zoneYear struct {
	zone *time.Location
	year int
}

// turns remembers what turned has found: it is asked the same again and again.
var turns sync.Map

// turned returns the instants of a year at which the clock is turned back. It looks
// at every hour.
func (c clock) turned(year int) []time.Time {
	if known, ok := turns.Load(zoneYear{c.zone, year}); ok {
		return known.([]time.Time)
	}
	var list []time.Time
	a, end := time.Date(year, 1, 1, 0, 0, 0, -1e6, time.UTC), time.Date(year+1, 1, 1, 0, 0, 0, -1e6, time.UTC)
	for ; a.Before(end); a = a.Add(time.Hour) {
		if c.offset(a) > c.offset(a.Add(time.Hour)) {
			ms := sort.Search(3_600_000, func(i int) bool { return c.offset(a.Add(time.Duration(i)*time.Millisecond)) != c.offset(a) })
			list = append(list, a.Add(time.Duration(ms)*time.Millisecond))
		}
	}
	turns.Store(zoneYear{c.zone, year}, list)
	return list
}

// loaded remembers the zones of names: loading one takes long.
var loaded sync.Map

// load returns the zone of a name, nil if there is none.
func load(name string) *time.Location {
	if zone, ok := loaded.Load(name); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" || strings.ContainsAny(name, ".\\ ") {
		zone = nil
	}
	known, _ := loaded.LoadOrStore(name, zone)
	return known.(*time.Location)
}

func (c clock) offset(t time.Time) int {
	_, seconds := t.In(c.zone).Zone()
	return seconds
}

// date returns the day that is shown, as its midnight in UTC.
func (c clock) date(t time.Time) time.Time { return c.shown(t).Truncate(24 * time.Hour) }

// first returns the first instant at which a time, or a later one, is shown.
func (c clock) first(shown time.Time) time.Time {
	const around = 48 * 3_600_000
	from := shown.UnixMilli() - around
	ms := sort.Search(2*around, func(i int) bool { return !c.shown(time.UnixMilli(from + int64(i))).Before(shown) })
	return time.UnixMilli(from + int64(ms))
}

// sharedZone returns the zone of whatever has none of its own.
func (o *oracle) sharedZone(f filter.Filter) *time.Location {
	zone := o.setting.Zone
	if zone == nil {
		zone = time.UTC
	}
	if named := load(f.Zone().Name); named != nil {
		zone = named
	}
	return zone
}

// zoneOf returns the zone in which a contact is asked.
func (o *oracle) zoneOf(f filter.Filter) *time.Location {
	name, _ := o.contact[f.Zone().Field].(string)
	if own := load(name); f.Zone().Field != "" && own != nil {
		return own
	}
	return o.sharedZone(f)
}

// months moves a day by months; a day that the month does not have becomes its
// last.
func months(day time.Time, n int) time.Time {
	year, month, dom := day.Date()
	last := time.Date(year, month+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return time.Date(year, month+time.Month(n), min(dom, last), 0, 0, 0, 0, time.UTC)
}

// move moves a day by units of the calendar.
func move(day time.Time, n int, unit string) time.Time {
	switch strings.TrimSuffix(unit, "s") {
	case "day":
		return day.AddDate(0, 0, n)
	case "week":
		return day.AddDate(0, 0, 7*n)
	case "month":
		return months(day, n)
	case "quarter":
		return months(day, 3*n)
	}
	return months(day, 12*n)
}

// exact returns the milliseconds of an exact unit, 0 for those of the calendar.
func exact(unit string) int64 {
	return map[string]int64{"second": 1000, "minute": 60_000, "hour": 3_600_000}[strings.TrimSuffix(unit, "s")]
}

var whiches = map[string]int{"last": -1, "this": 0, "next": 1}

// stretch returns the first and the last day of this, last or next week, month,
// quarter or year.
func (o *oracle) stretch(today time.Time, which, unit string) (first, last time.Time) {
	start := max(1, o.setting.WeekStart)
	begins := func(day time.Time) bool {
		switch unit {
		case "week":
			return int(day.Weekday()) == start%7
		case "month":
			return day.Day() == 1
		case "quarter":
			return day.Day() == 1 && (day.Month()-1)%3 == 0
		}
		return day.Day() == 1 && day.Month() == time.January
	}
	first = today
	for !begins(first) {
		first = first.AddDate(0, 0, -1)
	}
	first = move(first, whiches[which], unit)
	for last = first.AddDate(0, 0, 1); !begins(last); {
		last = last.AddDate(0, 0, 1)
	}
	return first, last.AddDate(0, 0, -1)
}

// counted returns the signed number and the unit of "-30 days", "3 days ago" and
// "in 2 months".
func counted(words []string) (n int, unit string, ok bool) {
	switch {
	case words[0] == "in":
		words = words[1:]
	case len(words) == 3 && words[2] == "ago":
		words = []string{"-" + words[0], words[1]}
	}
	n, err := strconv.Atoi(words[0])
	return n, words[len(words)-1], err == nil
}

// days returns the first and the last day that a relative date means on a day.
func (o *oracle) days(v filter.Value, today time.Time) (first, last time.Time) {
	words := strings.Fields(v.String())
	one := func(day time.Time) (first, last time.Time) { return day, day }
	if n, unit, ok := counted(words); ok {
		return one(move(today, n, unit))
	}
	switch words[0] {
	case "yesterday":
		return one(today.AddDate(0, 0, -1))
	case "today":
		return one(today)
	case "tomorrow":
		return one(today.AddDate(0, 0, 1))
	}
	if len(words) == 2 {
		return o.stretch(today, words[0], words[1])
	}
	if len(words) == 3 && words[2] == "week" { // monday this week
		first, _ := o.stretch(today, words[1], "week")
		for !strings.EqualFold(first.Weekday().String(), words[0]) {
			first = first.AddDate(0, 0, 1)
		}
		return one(first)
	}
	of := words[3:] // first day of, last day of
	if _, ok := whiches[of[0]]; ok {
		first, last = o.stretch(today, of[0], of[1])
	} else {
		year := today.Year()
		if len(of) > 1 {
			year += whiches[of[1]]
		}
		first = time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC)
		for !strings.EqualFold(first.Month().String(), of[0]) {
			first = months(first, 1)
		}
		last = months(first, 1).AddDate(0, 0, -1)
	}
	if words[0] == "first" {
		return one(first)
	}
	return one(last)
}

// unix returns midnight of a day that is counted from 1970-01-01.
func unix(day int32) time.Time { return time.Unix(int64(day)*86400, 0).UTC() }

// position says whether a day or an instant lies before (-1), on (0) or after (1) a
// date or datetime, fixed or relative.
func (o *oracle) position(x any, v filter.Value) int {
	now := o.setting.Now.Truncate(time.Millisecond)
	day, isDay := x.(contact.Day)
	at, _ := x.(time.Time)
	if v.Kind() == filter.DateTimeValue {
		return at.Compare(time.UnixMilli(v.Millis()))
	}
	if v.Kind() == filter.RelativeDateTimeValue {
		ms := now.UnixMilli()
		if v.String() != "now" {
			n, unit, _ := counted(strings.Fields(v.String()))
			ms += int64(n) * exact(unit)
		}
		return at.Compare(time.UnixMilli(ms))
	}
	shown := unix(int32(day))
	if !isDay {
		shown = o.clock.date(at)
	}
	first, last := unix(v.Days()), unix(v.Days())
	if v.Kind() == filter.RelativeDateValue {
		first, last = o.days(v, o.clock.date(now))
	}
	switch {
	case shown.Before(first):
		return -1
	case shown.After(last):
		return 1
	}
	return 0
}

// within answers for a window.
func (o *oracle) within(x any, v filter.Value) bool {
	now := o.setting.Now.Truncate(time.Millisecond)
	words := strings.Fields(v.String()) // the last 7 days
	n, _ := strconv.Atoi(words[2])
	if words[1] == "last" {
		n = -n
	}
	between := func(x, now, end time.Time) bool { // now included, the end not
		if words[1] == "last" {
			return end.Before(x) && !x.After(now)
		}
		return !x.Before(now) && x.Before(end)
	}
	if day, ok := x.(contact.Day); ok {
		today := o.clock.date(now)
		return between(unix(int32(day)), today, move(today, n, words[3]))
	}
	if ms := exact(words[3]); ms != 0 {
		return between(x.(time.Time), now, time.UnixMilli(now.UnixMilli()+int64(n)*ms))
	}
	shown := o.clock.shown(now)
	midnight := shown.Truncate(24 * time.Hour)
	end := move(midnight, n, words[3]).Add(shown.Sub(midnight))
	return between(x.(time.Time), now, o.clock.first(end))
}

// anniversary reports whether a day that a condition asks about is one of those on
// which x is celebrated. Two years hold every anniversary.
func (o *oracle) anniversary(x any, v filter.Value) bool {
	today := o.clock.date(o.setting.Now.Truncate(time.Millisecond))
	born := o.dayOf(x)
	if v.Kind() == filter.WindowValue {
		for d := -800; d <= 800; d++ {
			day := today.AddDate(0, 0, d)
			if o.within(contact.DayIn(day), v) && o.celebrates(born, day) {
				return true
			}
		}
		return false
	}
	first, last := o.days(v, today)
	for d := 0; d < 800 && !first.AddDate(0, 0, d).After(last); d++ {
		if o.celebrates(born, first.AddDate(0, 0, d)) {
			return true
		}
	}
	return false
}

// celebrates reports whether a day is an anniversary of another.
func (o *oracle) celebrates(born, day time.Time) bool {
	if born.Month() != time.February || born.Day() != 29 {
		return born.Month() == day.Month() && born.Day() == day.Day()
	}
	tomorrow, yesterday := day.AddDate(0, 0, 1), day.AddDate(0, 0, -1)
	switch {
	case day.Month() == time.February && day.Day() == 29:
		return true
	case o.setting.LeapDayInMarch:
		return day.Month() == time.March && day.Day() == 1 && yesterday.Day() == 28
	}
	return day.Month() == time.February && day.Day() == 28 && tomorrow.Month() == time.March
}

func (o *oracle) dayOf(x any) time.Time {
	if day, ok := x.(contact.Day); ok {
		return unix(int32(day))
	}
	return o.clock.date(x.(time.Time))
}

// part returns what a contact's date or datetime has in a part, as an operand.
func (o *oracle) part(x any, p filter.Part) filter.Value {
	day := o.dayOf(x)
	switch p {
	case filter.PartYear:
		return filter.Number(float64(day.Year()))
	case filter.PartMonth:
		return filter.Number(float64(day.Month()))
	case filter.PartDay:
		return filter.Number(float64(day.Day()))
	case filter.PartWeekday:
		return filter.Weekday(day.Weekday())
	}
	return filter.Number(float64(o.clock.read(x.(time.Time)).Hour()))
}

// ofPart answers a condition on a part.
func (o *oracle) ofPart(c filter.Condition, x any) bool {
	has := o.part(x, c.Part())
	if c.Part() == filter.PartWeekday {
		return slices.Contains(slices.Collect(c.Values()), has)
	}
	return ordered(c, func(v filter.Value) int { return o.compare(has.Number(), v) })
}
