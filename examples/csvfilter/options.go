package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

const usage = `usage: csvfilter [flags] FILE.csv 'filter'

Prints which rows of a CSV file match a filter, one a line in the order of the file.

  -key COL    print the cell of this column instead of the row's number from 1
  -kinds LIST the kinds of columns, such as points=number,since=date; the others are
              guessed; kinds are text, number, bool, date and datetime
  -list COL=; COL holds lists, separated by what follows the last =; may be repeated
  -count      print only how many rows match
  -plan       print how the filter was run instead of the rows
  -now T      the time to take for now, such as 2026-11-24 or 2026-11-24T10:00:00Z
`

// options is what the command line says.
type options struct {
	file, filter string
	key          string
	keyed        bool // -key was given
	count, plan  bool
	kinds        []kindOption
	lists        []listOption
	clock        contact.Clock // nil for the system's
}

type kindOption struct {
	column string
	kind   contact.Kind
}

type listOption struct{ column, separator string }

// parseOptions reads the arguments of the program. It returns [flag.ErrHelp] if
// they ask for help.
func parseOptions(args []string) (*options, error) {
	o := new(options)
	flags := flag.NewFlagSet("csvfilter", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	flags.Func("key", "", func(s string) error {
		o.key, o.keyed = s, true
		return nil
	})
	flags.Func("kinds", "", o.addKinds)
	flags.Func("list", "", o.addList)
	flags.BoolVar(&o.count, "count", false, "")
	flags.BoolVar(&o.plan, "plan", false, "")
	flags.Func("now", "", o.setNow)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, flag.ErrHelp
		}
		return nil, fmt.Errorf("%w (-help lists the flags)", err)
	}
	if flags.NArg() != 2 {
		return nil, fmt.Errorf("needs two arguments behind the flags, a file and a filter in quotes, and has %d (-help shows how)", flags.NArg())
	}
	o.file, o.filter = flags.Arg(0), flags.Arg(1)
	return o, nil
}

// addKinds reads the value of -kinds: col=kind,col=kind.
func (o *options) addKinds(s string) error {
	for entry := range strings.SplitSeq(s, ",") {
		column, word, err := cutLast(entry, "a kind, such as points=number")
		if err != nil {
			return err
		}
		i := slices.IndexFunc(guessable[:], func(k contact.Kind) bool { return k.String() == word })
		if i < 0 {
			return fmt.Errorf("column %q: %q is no kind; the kinds are text, number, bool, date and datetime", column, word)
		}
		if o.declared(column) {
			return fmt.Errorf("column %q is given more than once by -kinds and -list", column)
		}
		o.kinds = append(o.kinds, kindOption{column, guessable[i]})
	}
	return nil
}

// addList reads a value of -list: col=separator.
func (o *options) addList(s string) error {
	column, separator, err := cutLast(s, "a separator, such as tags=;")
	if err != nil {
		return err
	}
	if separator == "" {
		return fmt.Errorf("column %q: the separator is empty", column)
	}
	if o.declared(column) {
		return fmt.Errorf("column %q is given more than once by -kinds and -list", column)
	}
	o.lists = append(o.lists, listOption{column, separator})
	return nil
}

func cutLast(s, want string) (column, rest string, err error) {
	i := strings.LastIndexByte(s, '=')
	if i < 0 {
		return "", "", fmt.Errorf("%q has no =; give a column, = and %s", s, want)
	}
	return s[:i], s[i+1:], nil
}

// declared reports whether -kinds or -list has named a column so far.
func (o *options) declared(column string) bool {
	return slices.ContainsFunc(o.kinds, func(k kindOption) bool { return k.column == column }) ||
		slices.ContainsFunc(o.lists, func(l listOption) bool { return l.column == column })
}

func (o *options) setNow(s string) error {
	switch v, _ := filter.ParseValue(s); v.Kind() {
	case filter.DateValue:
		o.clock = stoppedClock(contact.Day(v.Days()).In(time.UTC))
	case filter.DateTimeValue:
		o.clock = stoppedClock(time.UnixMilli(v.Millis()))
	default:
		return errors.New("give a date such as 2026-11-24 or a datetime such as 2026-11-24T10:00:00Z")
	}
	return nil
}

// stoppedClock is a [contact.Clock] that stands still.
type stoppedClock time.Time

// Now returns the time at which the clock stands.
func (c stoppedClock) Now() time.Time { return time.Time(c) }

// AfterFunc never calls f: time does not pass.
func (c stoppedClock) AfterFunc(time.Duration, func()) (stop func() bool) {
	return func() bool { return true }
}
