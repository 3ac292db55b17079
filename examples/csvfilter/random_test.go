package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/internal/testflags"
)

// The reference knows the grammar of cells by patterns of its own and compares plain
// Go values, row by row.
var (
	numberPattern   = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	datePattern     = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	dateTimePattern = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)$`)
)

// referenceKind returns the kind of a cell and its value as a number: of a date its
// first second.
func referenceKind(cell string) (string, float64) {
	switch {
	case numberPattern.MatchString(cell):
		if x, err := strconv.ParseFloat(cell, 64); err == nil {
			return "number", x
		}
	case strings.EqualFold(cell, "true"):
		return "bool", 1
	case strings.EqualFold(cell, "false"):
		return "bool", 0
	case datePattern.MatchString(cell):
		if d, err := time.Parse(time.DateOnly, cell); err == nil {
			return "date", float64(d.Unix())
		}
	case dateTimePattern.MatchString(cell):
		if d, err := time.Parse(time.RFC3339, cell); err == nil {
			return "datetime", float64(d.UnixMilli()) / 1000
		}
	}
	return "text", 0
}

// A randomColumn is a column of a random file and how the reference understands it.
type randomColumn struct {
	name, kind string // kind: one that cells show, or list
	separator  string
	flag       bool // the kind is given by a flag
	cells      []string
}

var spellings = map[string][]string{
	"number":   {"0", "-0", "1", "2", "10", "-1.5", "1.5", "2e0", "15e-1", "100"},
	"bool":     {"true", "false", "TRUE", "False"},
	"date":     {"2026-01-01", "2026-01-02", "2025-12-31", "2024-02-29"},
	"datetime": {"2026-01-01T00:00:00Z", "2026-01-01T23:59:59.999Z", "2026-01-02T00:30:00+01:00", "2025-12-31T23:00:00-02:00"},
	"text":     {"a", "B", "b", "ab", " a", "007", "1 ", "x,y", "q\"q", "two\nlines", "two\r\nlines", "2026-02-30", "+1"},
	"list":     {"a;b", "b", ";;", "A;;c", " a;b", "c;b;a"},
}

// literals are what filters compare with, by kind of column.
var literals = map[string][]string{
	"number":   {"0", "1", "1.5", "-1.5", "10", "50", "2"},
	"bool":     {"true", "false"},
	"date":     {"2026-01-01", "2025-12-31", "2026-01-03"},
	"datetime": {"2026-01-01", "2025-12-31", "2026-01-01T23:59:59.999Z", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+00:30"},
	"text":     {"a", "b", " A", "007", "x,y", "q\"q", "two\r\nlines", "1 "},
	"list":     {"a", "b", "C", " a", "d"},
}

// pick returns one of a list.
func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func randomColumns(rng *rand.Rand, rows int) []*randomColumn {
	columns := make([]*randomColumn, 1+rng.IntN(5))
	for i := range columns {
		c := &randomColumn{name: fmt.Sprintf("c %d=", i), separator: ";"}
		c.kind = pick(rng, []string{"number", "bool", "date", "datetime", "text", "list"})
		empty, odd := rng.IntN(4), rng.IntN(6) == 0 && c.kind != "list"
		for range rows {
			cell := pick(rng, spellings[c.kind])
			if odd && rng.IntN(rows) == 0 { // something else, so that the column becomes text
				cell = pick(rng, spellings[pick(rng, []string{"number", "bool", "date", "datetime", "text"})])
			}
			if rng.IntN(4) < empty {
				cell = ""
			}
			c.cells = append(c.cells, cell)
		}
		if c.flag = c.kind == "list"; !c.flag {
			c.kind = referenceGuess(c.cells)
			if rng.IntN(4) == 0 {
				c.flag = true
				if rng.IntN(2) == 0 {
					c.kind = "text"
				}
			}
		}
		columns[i] = c
	}
	return columns
}

func referenceGuess(list []string) string {
	guess := ""
	for _, cell := range list {
		if cell == "" {
			continue
		}
		kind, _ := referenceKind(cell)
		if guess != "" && guess != kind {
			return "text"
		}
		guess = kind
	}
	if guess == "" {
		return "text"
	}
	return guess
}

// file returns the columns as CSV, quoted where it is needed and sometimes elsewhere.
func file(rng *rand.Rand, columns []*randomColumn, rows int) string {
	var b strings.Builder
	if rng.IntN(4) == 0 {
		b.WriteString("\ufeff")
	}
	end := pick(rng, []string{"\n", "\r\n"})
	for row := -1; row < rows; row++ {
		for i, c := range columns {
			cell := c.name
			if row >= 0 {
				cell = c.cells[row]
			}
			if i > 0 {
				b.WriteByte(',')
			}
			alone := cell == "" && len(columns) == 1 // else the line would be blank
			if alone || strings.ContainsAny(cell, ",\"\r\n") || rng.IntN(8) == 0 {
				cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			b.WriteString(cell)
		}
		b.WriteString(end)
	}
	return b.String()
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// randomFilter returns a filter and what it means for a row.
func randomFilter(rng *rand.Rand, columns []*randomColumn, depth int) (string, func(row int) bool) {
	if depth > 0 && rng.IntN(2) == 0 {
		a, matchA := randomFilter(rng, columns, depth-1)
		b, matchB := randomFilter(rng, columns, depth-1)
		switch rng.IntN(3) {
		case 0:
			return "(" + a + ") and (" + b + ")", func(row int) bool { return matchA(row) && matchB(row) }
		case 1:
			return "(" + a + ") or (" + b + ")", func(row int) bool { return matchA(row) || matchB(row) }
		}
		return "not (" + a + ")", func(row int) bool { return !matchA(row) }
	}
	c := pick(rng, columns)
	name := "`" + c.name + "`"
	if rng.IntN(6) == 0 {
		if c.kind == "list" {
			return name + " is empty", func(row int) bool { return len(c.words(row)) == 0 }
		}
		return name + " is empty", func(row int) bool { return c.cells[row] == "" }
	}
	switch c.kind {
	case "list":
		return randomListCondition(rng, c, name)
	case "text":
		return randomTextCondition(rng, c, name)
	}
	return randomOrderedCondition(rng, c, name)
}

// words returns the pieces of a cell of a list in small letters.
func (c *randomColumn) words(row int) (list []string) {
	for _, w := range strings.Split(c.cells[row], c.separator) {
		if w != "" {
			list = append(list, strings.ToLower(w))
		}
	}
	return list
}

func randomListCondition(rng *rand.Rand, c *randomColumn, name string) (string, func(int) bool) {
	x, y := pick(rng, literals["list"]), pick(rng, literals["list"])
	args := " (" + quote(x) + ", " + quote(y) + ")"
	has := func(row int, w string) bool { return slices.Contains(c.words(row), strings.ToLower(w)) }
	some := func(row int) bool { return has(row, x) || has(row, y) }
	both := func(row int) bool { return has(row, x) && has(row, y) }
	switch rng.IntN(4) {
	case 0:
		return name + " has any" + args, some
	case 1:
		return name + " has all" + args, both
	case 2:
		return name + " has none" + args, func(row int) bool { return !some(row) }
	}
	return name + " lacks any" + args, func(row int) bool { return !both(row) }
}

func randomTextCondition(rng *rand.Rand, c *randomColumn, name string) (string, func(int) bool) {
	x := pick(rng, literals["text"])
	ask := func(test func(cell, x string) bool) func(int) bool {
		return func(row int) bool {
			return c.cells[row] != "" && test(strings.ToLower(c.cells[row]), strings.ToLower(x))
		}
	}
	equal := ask(func(cell, x string) bool { return cell == x })
	switch rng.IntN(5) {
	case 0:
		return name + " = " + quote(x), equal
	case 1:
		return name + " != " + quote(x), func(row int) bool { return !equal(row) }
	case 2:
		return name + " contains " + quote(x), ask(strings.Contains)
	case 3:
		return name + " starts with " + quote(x), ask(strings.HasPrefix)
	}
	return name + " ends with " + quote(x), ask(strings.HasSuffix)
}

// randomOrderedCondition compares numbers, dates, datetimes and, by = and != only,
// bools. What a literal means is the range from low to below high.
func randomOrderedCondition(rng *rand.Rand, c *randomColumn, name string) (string, func(int) bool) {
	x := pick(rng, literals[c.kind])
	kind, low := referenceKind(x)
	in := func(cell float64) bool { return cell == low }
	if c.kind == "datetime" && kind == "date" {
		in = func(cell float64) bool { return low <= cell && cell < low+86400 }
	}
	ask := func(test func(cell float64) bool) func(int) bool {
		return func(row int) bool {
			_, cell := referenceKind(c.cells[row])
			return c.cells[row] != "" && test(cell)
		}
	}
	choice := rng.IntN(6)
	if c.kind == "bool" {
		choice %= 2
	}
	switch choice {
	case 0:
		return name + " = " + x, ask(in)
	case 1:
		equal := ask(in)
		return name + " != " + x, func(row int) bool { return !equal(row) }
	case 2:
		return name + " < " + x, ask(func(cell float64) bool { return cell < low })
	case 3:
		return name + " >= " + x, ask(func(cell float64) bool { return cell >= low })
	case 4:
		return name + " > " + x, ask(func(cell float64) bool { return cell > low && !in(cell) })
	}
	return name + " <= " + x, ask(func(cell float64) bool { return cell < low || in(cell) })
}

func TestDifferential(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	for range testflags.Cases(1500) {
		rows := rng.IntN(12)
		columns := randomColumns(rng, rows)
		text, match := randomFilter(rng, columns, 3)
		var args []string
		for _, c := range columns {
			switch {
			case c.kind == "list":
				args = append(args, "-list", c.name+"="+c.separator)
			case c.flag:
				args = append(args, "-kinds", c.name+"="+c.kind)
			}
		}
		var key *randomColumn
		if rng.IntN(2) == 0 {
			key = pick(rng, columns)
			args = append(args, "-key", key.name)
		}
		content := file(rng, columns, rows)
		var want strings.Builder
		count := 0
		for row := range rows {
			if !match(row) {
				continue
			}
			count++
			label := strconv.Itoa(row + 1)
			if key != nil {
				label = key.cells[row]
			}
			want.WriteString(label + "\n")
		}
		status, out, errs := runOn(t, content, append(args, "FILE", text)...)
		require.Zero(t, status, "%s\n%q\n%s\n%s", args, content, text, errs)
		require.Equal(t, want.String(), out, "%s\n%q\n%s", args, content, text)
		_, out, _ = runOn(t, content, append(args, "-count", "FILE", text)...)
		require.Equal(t, strconv.Itoa(count)+"\n", out)
	}
}
