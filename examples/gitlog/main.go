// Command gitlog shows who works on a project and how, from the history of its git
// repository.
//
//	gitlog [-now T] [-filter 'filter'] REPOSITORY
//
// The authors of the history behind HEAD are the contacts, told apart by their e-mail
// addresses exactly as git has them, and each commit is an event of the type commit, at
// its author date, with the attributes files, added and deleted (the lines), and weekday
// and hour as the author's clock showed them. Merges count, without files.
//
// Without -filter it prints some segments worth knowing, with how many are in each and
// the names of a few. With it, it prints the addresses of those who match, one a line in
// the order of their bytes:
//
//	gitlog -filter 'did commit at least 10 times in the last 90 days' .
//
// What the configuration of git says about the output of git log makes no difference. An
// error is printed on standard error, and nothing on standard output; the exit status is
// then 1.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

const usage = `usage: gitlog [-now T] [-filter 'filter'] REPOSITORY

Shows who works on a project and how, from the history of its git repository.

  -filter F   print the e-mail addresses of the authors who match instead, such as
              'did commit at least 10 times in the last 90 days'
  -now T      the time to take for now, such as 2026-11-24 or 2026-11-24T10:00:00Z

Fields: email. Events: commit, with files, added, deleted, weekday ("monday") and hour.
`

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program without the process around it. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err == nil {
		err = execute(ctx, o, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "gitlog: %v\n", err)
		return 1
	}
	return 0
}

// execute reads the history and prints the answer.
func execute(ctx context.Context, o *options, stdout, stderr io.Writer) error {
	project, err := newProject()
	if err != nil {
		return err
	}
	defer project.store.Close()
	var program *filter.Program
	if o.filter != "" { // before the history is read, which may take long
		if program, err = project.compile(o.filter); err != nil {
			return err
		}
	}
	notes, err := readHistory(ctx, o.repository, project)
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintf(stderr, "gitlog: %s\n", note)
	}
	now := o.now
	if now.IsZero() {
		now = project.store.Now()
	}
	if program != nil {
		return project.printMatches(ctx, program, now, stdout)
	}
	return project.printSegments(ctx, now, stdout)
}

// options is what the command line says.
type options struct {
	repository, filter string
	now                time.Time // zero for the present
}

// parseOptions reads the arguments of the program. It returns [flag.ErrHelp] if they ask
// for help.
func parseOptions(args []string) (*options, error) {
	o := new(options)
	flags := flag.NewFlagSet("gitlog", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	flags.Func("now", "", o.setNow)
	flags.Func("filter", "", func(s string) error {
		if s == "" {
			return errors.New("give a filter, such as 'did commit in the last 30 days'")
		}
		o.filter = s
		return nil
	})
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, flag.ErrHelp
		}
		return nil, fmt.Errorf("%w (-help lists the flags)", err)
	}
	if flags.NArg() != 1 {
		return nil, fmt.Errorf("needs one argument behind the flags, a git repository, and has %d (-help shows how)", flags.NArg())
	}
	o.repository = flags.Arg(0)
	return o, nil
}

func (o *options) setNow(s string) error {
	switch v, _ := filter.ParseValue(s); v.Kind() {
	case filter.DateValue:
		o.now = contact.Day(v.Days()).In(time.UTC)
	case filter.DateTimeValue:
		o.now = time.UnixMilli(v.Millis())
	default:
		return errors.New("give a date such as 2026-11-24 or a datetime such as 2026-11-24T10:00:00Z")
	}
	return nil
}
