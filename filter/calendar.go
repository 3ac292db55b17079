package filter

// The calendar here is that of Gregory in whole numbers: days since 1970-01-01, of
// any year. It makes no [time.Time], because it is asked about every day of a
// column.

// floorDiv divides, rounding down.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// civil returns the date of a day.
func civil(day int64) (year int64, month, dom int) {
	// Years begin in March here, so that the leap day is the last one.
	day += 719468
	era := floorDiv(day, 146097)
	of := day - era*146097
	yoe := (of - of/1460 + of/36524 - of/146096) / 365
	doy := of - (365*yoe + yoe/4 - yoe/100)
	m := (5*doy + 2) / 153
	dom = int(doy - (153*m+2)/5 + 1)
	year = yoe + era*400
	if month = int(m) + 3; month > 12 {
		month -= 12
		year++
	}
	return year, month, dom
}

// dayOf returns the day of a date that there is.
func dayOf(year int64, month, dom int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	yoe := year - era*400
	doy := int64((153*(month-3)+2)/5 + dom - 1)
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

func leapYear(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// monthLength returns the number of days of a month.
func monthLength(year int64, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if leapYear(year) {
			return 29
		}
		return 28
	}
	return 31
}

// addMonths moves a day by months; one that the month does not have becomes its
// last.
func addMonths(day, n int64) int64 {
	year, month, dom := civil(day)
	total := year*12 + int64(month-1) + n
	year, month = floorDiv(total, 12), int(total-floorDiv(total, 12)*12)+1
	return dayOf(year, month, min(dom, monthLength(year, month)))
}

// shift moves a day by units of the calendar.
func shift(day int64, u unit, n int64) int64 {
	switch u {
	case unitDay:
		return day + n
	case unitWeek:
		return day + 7*n
	case unitMonth:
		return addMonths(day, n)
	case unitQuarter:
		return addMonths(day, 3*n)
	}
	return addMonths(day, 12*n)
}

// weekdayOf returns the day of the week, from Monday = 1.
func weekdayOf(day int64) int { return int(day+3-7*floorDiv(day+3, 7)) + 1 }

// spanOf returns the first and the last day of the week, month, quarter or year
// that a day is in, or of the one which steps further.
func spanOf(day int64, u unit, which int64, weekStart int) (first, last int64) {
	if u == unitWeek {
		first = day - int64(weekdayOf(day)-weekStart+7)%7 + 7*which
		return first, first + 6
	}
	year, month, _ := civil(day)
	switch u {
	case unitQuarter:
		month = (month-1)/3*3 + 1
	case unitYear:
		month = 1
	}
	first = shift(dayOf(year, month, 1), u, which)
	return first, shift(first, u, 1) - 1
}

// days returns the first and the last day that r, which is no instant, means on a
// day. Both never go back as today goes on.
func (r relative) days(today int64, weekStart int) (first, last int64) {
	which := int64(r.which)
	switch r.form {
	case formDay:
		first = today + which
	case formOffset, formAgo, formIn:
		first = shift(today, r.unit, which*r.n)
	case formMonthEdge:
		year, _, _ := civil(today)
		year += which
		first = dayOf(year, int(r.name), 1)
		if r.last {
			first = dayOf(year, int(r.name), monthLength(year, int(r.name)))
		}
	case formWeekday:
		first, _ = spanOf(today, unitWeek, which, weekStart)
		first += int64(int(r.name)-weekStart+7) % 7
	default:
		first, last = spanOf(today, r.unit, which, weekStart)
		switch {
		case r.form == formSpan:
			return first, last
		case r.last:
			first = last
		}
	}
	return first, first
}

// distance returns how far from now the instant lies that r means, in milliseconds.
func (r relative) distance() int64 {
	if r.form == formNow {
		return 0
	}
	return int64(r.which) * r.n * r.unit.millis()
}

// celebratedIn reports whether an anniversary of a day falls on one of the days from
// first to last. The 29th of February is celebrated in every year: in common ones
// on the 28th, or on the 1st of March.
func celebratedIn(day, first, last int64, march bool) bool {
	return lastCelebrated(day, last, march) >= first
}

// lastCelebrated returns the last day up to another on which an anniversary of a day is
// celebrated.
func lastCelebrated(of, upTo int64, march bool) int64 {
	year, _, _ := civil(upTo)
	if on := celebratedOn(of, year, march); on <= upTo {
		return on
	}
	return celebratedOn(of, year-1, march)
}

// nextCelebrated returns the first day after another on which an anniversary of a day is
// celebrated.
func nextCelebrated(of, after int64, march bool) int64 {
	year, _, _ := civil(after)
	if on := celebratedOn(of, year, march); on > after {
		return on
	}
	return celebratedOn(of, year+1, march)
}

// celebratedOn returns the day of a year on which the anniversary of a day is celebrated.
func celebratedOn(day, year int64, march bool) int64 {
	_, month, dom := civil(day)
	if dom > monthLength(year, month) {
		if dom = 28; march {
			month, dom = 3, 1
		}
	}
	return dayOf(year, month, dom)
}
