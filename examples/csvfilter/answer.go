package main

import (
	"bufio"
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// An answer is all that will be printed, found before anything is.
type answer struct {
	count *int // with -count
	plan  *filter.Plan
	rows  contact.Set // without -count and -plan
}

// ask runs the filter.
func ask(ctx context.Context, p *filter.Program, v *contact.View, o *options) (*answer, error) {
	a := new(answer)
	if o.count {
		n, err := p.Count(ctx, v)
		if err != nil {
			return nil, err
		}
		a.count = &n
	}
	var err error
	switch {
	case o.plan:
		a.plan, err = p.Plan(ctx, v)
	case !o.count:
		a.rows, err = p.Select(ctx, v)
	}
	return a, err
}

// print writes the answer: the count, then the plan, or a line for each row. It
// takes the keys; if they are nil, rows are called by their numbers.
func (a *answer) print(w io.Writer, keys *cells) error {
	out := bufio.NewWriterSize(w, 1<<16)
	line := make([]byte, 0, 64)
	if a.count != nil {
		out.Write(append(strconv.AppendInt(line, int64(*a.count), 10), '\n'))
	}
	if a.plan != nil {
		out.WriteString(strings.TrimRight(a.plan.String(), "\n") + "\n")
	}
	next := contact.ID(1) // the row of the first key left
	for row := range a.rows.All() {
		if keys == nil {
			line = append(strconv.AppendUint(line[:0], uint64(row), 10), '\n')
			out.Write(line)
			continue
		}
		for ; next < row; next++ {
			keys.take()
		}
		out.Write(keys.take())
		out.WriteByte('\n')
		next++
	}
	return out.Flush() // with the first error of all the writes
}
