package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// segments are what is worth knowing about a project.
var segments = []struct{ name, filter string }{
	{"regulars", `did commit at least 10 times in the last 90 days`},
	{"newcomers", `first commit in the last 30 days`},
	{"gone quiet", `did commit at least 10 times and did not do commit in the last 180 days`},
	{"weekend workers", `did commit where (weekday in ("saturday", "sunday")) on at least 3 different days in the last 90 days`},
	{"night owls", `did commit where (hour >= 22 or hour < 5) at least 10 times in the last 365 days`},
	{"movers", `sum of added of commit in the last 90 days >= 10000`},
	{"once", `did commit exactly 1 time`},
}

// some is how many names of a segment are printed.
const some = 3

// printMatches prints the addresses of the authors who match, in the order of their bytes.
func (p *project) printMatches(ctx context.Context, program *filter.Program, now time.Time, w io.Writer) error {
	set, err := program.At(now).Select(ctx, p.store.View())
	if err != nil {
		return err
	}
	lines := make([]string, 0, set.Len())
	for id := range set.All() {
		lines = append(lines, p.emails[id])
	}
	slices.Sort(lines)
	out := bufio.NewWriter(w)
	for _, line := range lines {
		out.WriteString(line)
		out.WriteByte('\n')
	}
	return out.Flush()
}

// printSegments prints how many are in each segment, and the names of those who made the
// most commits so far.
func (p *project) printSegments(ctx context.Context, now time.Time, w io.Writer) error {
	v := p.store.View()
	var out strings.Builder
	fmt.Fprintf(&out, "%d authors, %d commits", v.Len(), p.commits)
	if p.commits > 0 {
		fmt.Fprintf(&out, " from %s to %s", p.first.Format(time.DateOnly), p.last.Format(time.DateOnly))
	}
	out.WriteString("\n\n")
	for _, s := range segments {
		program, err := p.compile(s.filter)
		if err != nil {
			return err
		}
		set, err := program.At(now).Select(ctx, v)
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%-15s %6d  %s\n", s.name, set.Len(), s.filter)
		if names := p.most(v, set, now); len(names) > 0 {
			fmt.Fprintf(&out, "%25s%s\n", "", strings.Join(names, ", "))
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// most returns the addresses of those in a set who made the most commits until now, with
// how many; an address that a terminal would not show as it is stands in quotes.
func (p *project) most(v *contact.View, set contact.Set, now time.Time) (names []string) {
	type author struct {
		email   string
		commits int
	}
	var list []author
	until := contact.EventWindow{After: contact.EverWindow.After, To: now.UnixMilli()}
	events := v.EventsOf(p.commit)
	for id := range set.All() {
		list = append(list, author{p.emails[id], events.Count(id, until)})
	}
	slices.SortFunc(list, func(a, b author) int { return cmp.Or(b.commits-a.commits, cmp.Compare(a.email, b.email)) })
	for _, a := range list[:min(some, len(list))] {
		if quoted := strconv.Quote(a.email); len(quoted) != len(a.email)+2 || strings.TrimSpace(a.email) != a.email || a.email == "" {
			a.email = quoted
		}
		names = append(names, fmt.Sprintf("%s (%d)", a.email, a.commits))
	}
	return names
}
