package filtertest

import (
	"slices"
	"strconv"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Setting returns what dates mean in this case, at a moment at which something may
// change for one of the contacts.
func (g *Generator) Setting() Setting {
	return Setting{Zone: g.zone, Now: g.Moment(), WeekStart: g.weekStart, LeapDayInMarch: g.march}
}

// Moment returns an instant: often one close to what contacts have been given, or to
// an anniversary of it.
func (g *Generator) Moment() time.Time {
	t := instant(g.choose)
	sources := g.sources
	if len(g.companies) > 0 && g.choose.chance(3) {
		sources = g.companies
	}
	first := g.choose(len(sources))
	for i := range sources {
		s := sources[(first+i)%len(sources)]
		switch x := s.seen(g.choose).(type) {
		case contact.Day:
			t = x.In(g.zone)
		case time.Time:
			t = x
		default:
			continue
		}
		break
	}
	if g.choose.chance(2) {
		t = t.AddDate(oneOf(g.choose, []int{0, 1, 4, -1, 25}), oneOf(g.choose, []int{0, 1, -1, 3}), g.choose(15)-7)
	}
	ms := t.UnixMilli() + oneOf(g.choose, []int64{0, -1, 1, 3600000, 86400000, -86400000, 12345678})
	return time.UnixMilli(min(max(ms, minMillis), maxMillis)).UTC()
}

// Zoned returns f, sometimes with a zone of its own or that of each contact.
func (g *Generator) Zoned(f filter.Filter) filter.Filter {
	z := filter.Zone{}
	if g.choose.chance(3) {
		z.Name = oneOf(g.choose, zones)
	}
	for _, s := range g.sources {
		if s.field.Kind() == contact.KindText && s.field.ForSegments() && g.choose.chance(3) {
			z.Field = s.field.Name()
		}
	}
	f, err := f.WithZone(z)
	if err != nil {
		panic(err) // the names are made to be accepted
	}
	return f
}

// dateCondition returns a condition on a date or datetime, or on a part of it.
func (g *Generator) dateCondition(s *source, name string, op filter.Op) filter.Condition {
	field := filter.Field(name)
	switch {
	case op == filter.Within:
		return field.Condition(op, g.window(s.field.Kind() == contact.KindDateTime))
	case op == filter.Anniversary:
		if g.choose.chance(3) {
			return field.Condition(op, g.window(false))
		}
		return field.Condition(op, g.relative(false))
	case g.choose.chance(6):
		return g.partCondition(s, name)
	}
	return field.Condition(op, g.operands(s, op)...)
}

// partCondition returns a condition on a part of a date.
func (g *Generator) partCondition(s *source, name string) filter.Condition {
	parts := []filter.Part{filter.PartMonth, filter.PartDay, filter.PartYear, filter.PartWeekday}
	if s.field.Kind() == contact.KindDateTime {
		parts = append(parts, filter.PartHour)
	}
	part := oneOf(g.choose, parts)
	ops := []filter.Op{filter.Equal, filter.In, filter.Less, filter.LessEqual, filter.Greater, filter.GreaterEqual, filter.Between}
	value := func() filter.Value {
		switch part {
		case filter.PartMonth:
			return filter.Number(float64(1 + g.choose(12)))
		case filter.PartDay:
			return filter.Number(float64(1 + g.choose(31)))
		case filter.PartYear:
			return filter.Number(float64(oneOf(g.choose, []int{2024, 2026, 1970, 1969, 0, 9999, 2023 + g.choose(5)})))
		case filter.PartHour:
			return filter.Number(float64(g.choose(24)))
		}
		return filter.Weekday(time.Weekday(g.choose(7)))
	}
	if part == filter.PartWeekday {
		ops = ops[:2]
	}
	op := oneOf(g.choose, ops)
	values := []filter.Value{value()}
	if op == filter.Between || op == filter.In && g.choose.chance(2) {
		values = append(values, value())
	}
	return filter.Field(name).Part(part).Condition(op, values...)
}

var (
	spanUnits  = []string{"week", "month", "quarter", "year"}
	whichWords = []string{"this", "last", "next"}
	dayUnits   = []string{"days", "weeks", "months", "quarters", "years"}
	exactUnits = []string{"hours", "minutes", "seconds"}
)

// relative returns a relative date, also one that is an instant if wanted.
func (g *Generator) relative(instants bool) filter.Value {
	units := dayUnits
	if instants {
		units = slices.Concat(dayUnits, exactUnits)
	}
	count := func() string {
		unit := oneOf(g.choose, units)
		n := g.choose(oneOf(g.choose, []int{3, 40}))
		if g.choose.chance(20) {
			n = oneOf(g.choose, []int{9999, 1000})
		}
		return strconv.Itoa(n) + " " + unit
	}
	month := time.Month(1 + g.choose(12))
	if g.choose.chance(2) {
		month = time.February
	}
	which, day := oneOf(g.choose, whichWords), time.Weekday(g.choose(7))
	edge := oneOf(g.choose, []string{"first", "last"}) + " day of "
	list := []string{"today", "-" + count(), "yesterday", "tomorrow", which + " " + oneOf(g.choose, spanUnits), "+" + count(),
		count() + " ago", "in " + count(), edge + which + " " + oneOf(g.choose, spanUnits), edge + month.String(),
		edge + month.String() + " " + which + " year", day.String() + " " + which + " week"}
	if instants {
		list = append(list, "now")
	}
	return filter.Relative(oneOf(g.choose, list))
}

// window returns a window, also of hours if wanted.
func (g *Generator) window(instants bool) filter.Value {
	units := dayUnits
	if instants {
		units = slices.Concat(dayUnits, exactUnits)
	}
	n := g.choose(oneOf(g.choose, []int{3, 40}))
	return filter.Window("the " + oneOf(g.choose, []string{"last", "next"}) + " " + strconv.Itoa(n) + " " + oneOf(g.choose, units))
}
