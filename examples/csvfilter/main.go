// Command csvfilter prints which rows of a CSV file match a filter.
//
//	csvfilter [flags] FILE.csv 'filter'
//
// Every row is taken as a contact and every named column as a field. What kind of
// field a column is, is guessed from all of its cells: a cell is a number, true or
// false, a date or a datetime if it is written exactly as the filter language writes
// one, a number without leading zeros. A column whose cells are not all of one kind
// is text. An empty cell is no value. Nothing is trimmed.
//
// The file is read once, so it may be a pipe. In memory there are the columns that
// the filter or a flag names, first as they are written and then, piece by piece, as
// columns of a store; the other columns are passed by.
//
// An error is printed on standard error with its position. Then nothing is printed
// on standard output and the exit status is 1.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/rosterdb/roster/filter"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program without the process around it. It returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err == nil {
		err = execute(o, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "csvfilter: %v\n", err)
		return 1
	}
	return 0
}

// execute reads the file, asks the filter and prints the answer.
func execute(o *options, stdout io.Writer) error {
	f, err := filter.Parse(o.filter)
	if err != nil {
		return err
	}
	ctx := context.Background()
	t, err := readFile(o, f)
	if err != nil {
		return err
	}
	store, err := t.load(ctx, o.clock)
	if err != nil {
		return fmt.Errorf("%s: %w", o.file, err)
	}
	defer store.Close()
	program, err := filter.Compile(f, store.Schema(), nil)
	if err != nil {
		return t.explain(err)
	}
	a, err := ask(ctx, program.At(store.Clock().Now()), store.View(), o)
	if err != nil {
		return err
	}
	return a.print(stdout, t.keys)
}
