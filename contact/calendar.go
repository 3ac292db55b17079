package contact

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Calendar says what a day, a week and an anniversary are in a store: the time zone
// in which filters mean days if they do not carry one themselves, the first day of
// the week, and when 29 February is celebrated in a common year. It is a part of the
// schema, stored with it and the same for all who use the store; only
// [SchemaEdit.SetCalendar] changes it.
//
// The zero Calendar is UTC with weeks from Monday and anniversaries on 28 February:
// that of a schema without one.
type Calendar struct {
	// Zone is a name of the IANA time zone database, such as Europe/Zurich. Defaults
	// to UTC.
	Zone string
	// WeekStart is the first day of the week, from Monday = 1 to Sunday = 7. Defaults
	// to Monday.
	WeekStart int
	// LeapDayInMarch makes 1 March the anniversary of 29 February in common years.
	// Defaults to false: it is 28 February.
	LeapDayInMarch bool
}

func (Calendar) isPart() {}

// withDefaults returns the calendar with every default filled in.
func (c Calendar) withDefaults() Calendar {
	if c.Zone == "" {
		c.Zone = utc
	}
	if c.WeekStart == 0 {
		c.WeekStart = 1
	}
	return c
}

var weekdays = [...]string{"", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

// String describes the calendar for people: Europe/Zurich, weeks from Monday, 29
// February on 28 February.
func (c Calendar) String() string {
	c = c.withDefaults()
	day := fmt.Sprintf("day %d", c.WeekStart)
	if c.WeekStart > 0 && c.WeekStart < len(weekdays) {
		day = weekdays[c.WeekStart]
	}
	leap := "28 February"
	if c.LeapDayInMarch {
		leap = "1 March"
	}
	return fmt.Sprintf("%s, weeks from %s, 29 February on %s", c.Zone, day, leap)
}

// Location returns the time zone of the calendar as this machine knows it. A zone
// that it does not know is an [*UnknownZoneError]; that can happen to a calendar that
// was stored on another machine, or before the database of this one was changed.
func (c Calendar) Location() (*time.Location, error) { return LoadZone(c.withDefaults().Zone) }

// Mark returns a text that is the same for calendars under which every filter means
// the same on this machine: it changes with the calendar, and with what the time zone
// database says of its zone. That of the zero Calendar is empty.
func (c Calendar) Mark() string {
	c = c.withDefaults()
	if c == (Calendar{}).withDefaults() {
		return ""
	}
	table := "unknown"
	if loc, err := c.Location(); err == nil {
		table = zoneMark(loc)
	}
	return fmt.Sprintf("%s (%s)", c, table)
}

// problems notes what is wrong with a calendar that was given.
func (c Calendar) problems(wrong *SchemaError) {
	if c.WeekStart < 0 || c.WeekStart > 7 {
		wrong.add(fmt.Sprintf("calendar: WeekStart is %d; give a day from 1, Monday, to 7, Sunday", c.WeekStart), nil)
	}
	var unknown *UnknownZoneError
	if _, err := c.Location(); errors.As(err, &unknown) {
		wrong.add("calendar: "+unknown.Problem(), err)
	}
}

// A declared is the calendar of a schema, with its zone as this machine knew it when it
// was first asked for: compiling a filter reads no file.
type declared struct {
	Calendar
	load func() (*time.Location, error)
}

func declareCalendar(c Calendar) *declared {
	c = c.withDefaults()
	return &declared{c, sync.OnceValues(c.Location)}
}

// Zone returns the time zone of the calendar, like [Calendar.Location], which it calls
// once.
func (s *Schema) Zone() (*time.Location, error) {
	if s.calendar == nil {
		return time.UTC, nil
	}
	return s.calendar.load()
}

// Calendar returns what days, weeks and anniversaries are, every default filled in.
// It is that of the version whose schema this is.
func (s *Schema) Calendar() Calendar {
	if s.calendar == nil {
		return Calendar{}.withDefaults()
	}
	return s.calendar.Calendar
}

// setCalendar declares the calendar of a schema that is being made.
func (s *Schema) setCalendar(c Calendar, wrong *SchemaError) {
	switch c.problems(wrong); {
	case s.company:
		wrong.add("a calendar among the fields of companies", nil)
	case s.calendar != nil:
		wrong.add("a calendar is declared twice; SetCalendar changes it", nil)
	}
	s.calendar = declareCalendar(c)
}

// mergedCalendar returns the calendar of a stored schema for which a given one
// declares another or none. One that is given takes the place of one that this
// machine can't follow any more, and of no other.
func (s *Schema) mergedCalendar(given *Schema, wrong *SchemaError) *declared {
	stored := s.Calendar()
	if given.calendar == nil || given.Calendar() == stored {
		return s.calendar
	}
	if _, err := stored.Location(); err != nil {
		return given.calendar
	}
	wrong.add(fmt.Sprintf("the calendar is %s in the store and %s in the schema given: SetCalendar changes it, in a transaction", stored, given.Calendar()), nil)
	return s.calendar
}

// SetCalendar changes what days, weeks and anniversaries are. Whatever depends on them
// is brought up to date in the same commit; the log record tells both calendars. The
// error is a [*SchemaError], for a zone that this machine does not know also an
// [*UnknownZoneError]. The calendar there is already changes nothing.
func (e SchemaEdit) SetCalendar(c Calendar) error {
	return SchemaEdit{tx: e.tx}.apply(func(s *Schema, _ Limits) (*Schema, error) {
		var wrong SchemaError
		if c.problems(&wrong); wrong.Problems != nil {
			return nil, &wrong
		}
		if c.withDefaults() == s.Calendar() {
			return s, nil
		}
		next := s.clone()
		next.calendar = declareCalendar(c)
		return next, nil
	})
}

// A CalendarChange is what a commit did to the calendar.
type CalendarChange struct{ Old, New Calendar }

// Calendar returns the change of the calendar in the commit, and whether there was
// one.
func (r *Record) Calendar() (change CalendarChange, changed bool) {
	if r.calendar == nil {
		return CalendarChange{}, false
	}
	return *r.calendar, true
}

// calendarChange returns what a transaction does to the calendar, nil if nothing.
func (tx *Tx) calendarChange() *CalendarChange {
	before := tx.before()
	if tx.schema == before || tx.schema.Calendar() == before.Calendar() {
		return nil
	}
	return &CalendarChange{before.Calendar(), tx.schema.Calendar()}
}

// storedCalendar is a calendar as the file keeps it.
type storedCalendar struct {
	Zone           string `json:"zone"`
	WeekStart      int    `json:"weekStart"`
	LeapDayInMarch bool   `json:"leapDayInMarch,omitempty"`
}

// storedCalendar returns the calendar of a schema as the file keeps it, nil if the schema
// declares none.
func (s *Schema) storedCalendar() *storedCalendar {
	if s.calendar == nil {
		return nil
	}
	c := storedCalendar(s.Calendar())
	return &c
}

// calendar is the inverse of storedCalendar. The zone is not looked at: a machine that
// does not know it can read the contacts all the same.
func (c *storedCalendar) calendar() (*declared, error) {
	if c.Zone == "" || c.WeekStart < 1 || c.WeekStart > 7 {
		return nil, fmt.Errorf("contact: the stored schema: a calendar of zone %q with weeks from day %d", c.Zone, c.WeekStart)
	}
	return declareCalendar(Calendar(*c)), nil
}

// marshal returns the change as a log record keeps it.
func (c *CalendarChange) marshal() []byte {
	b, err := json.Marshal([2]storedCalendar{storedCalendar(c.Old), storedCalendar(c.New)})
	if err != nil {
		panic(err) // strings, numbers and bools only
	}
	return b
}

// unmarshalCalendarChange is the inverse of marshal; it panics like a decoder.
func unmarshalCalendarChange(b []byte) *CalendarChange {
	var both [2]storedCalendar
	if json.Unmarshal(b, &both) != nil {
		panic(errSealed)
	}
	return &CalendarChange{Calendar(both[0]), Calendar(both[1])}
}
