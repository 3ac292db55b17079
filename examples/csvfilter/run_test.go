package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	_ "github.com/rosterdb/roster/internal/testflags"
)

// write puts a CSV file into a folder of the test's own.
func write(tb testing.TB, content string) string {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "in.csv")
	require.NoError(tb, os.WriteFile(name, []byte(content), 0o644))
	return name
}

// runOn runs the program on a file with the given content; FILE among the
// arguments stands for it.
func runOn(tb testing.TB, content string, args ...string) (status int, stdout, stderr string) {
	tb.Helper()
	name := write(tb, content)
	for i := range args {
		if args[i] == "FILE" {
			args[i] = name
		}
	}
	var out, errs bytes.Buffer
	status = run(args, &out, &errs)
	return status, out.String(), errs.String()
}

const people = "id,name,points,since,tags,note\n" +
	"a,Ada,5,2026-01-02,x;y,\n" +
	"b,Émile,,2026-03-04,y,hello\n" +
	"b,ZOË,0,,;;,\"two\nlines\"\n" +
	",Bob,-1.5,2025-12-31,x,\n"

func TestAnswers(t *testing.T) {
	cases := []struct {
		name, csv string
		args      []string // before FILE; the last one is the filter
		want      string
	}{
		{"numbers of rows", people, []string{`points >= 0`}, "1\n3\n"},
		{"no row", people, []string{`points > 100`}, ""},
		{"count", people, []string{"-count", `points is empty`}, "1\n"},
		{"count of none", people, []string{"-count", `points > 100`}, "0\n"},
		{"complement", people, []string{`points != 5`}, "2\n3\n4\n"},
		{"folded text", people, []string{`name = "emile" or name = "zoe"`}, "2\n3\n"},
		{"dates", people, []string{`since > 2026-01-01`}, "1\n2\n"},
		{"dates relative to now", people, []string{`since > -9000 years and since < in 900 years`}, "1\n2\n4\n"},
		{"key, also repeated and empty", people, []string{"-key", "id", `points is empty or points < 5`}, "b\nb\n\n"},
		{"key with a line break", people, []string{"-key", "note", `name = "zoe" or name = "Ada"`}, "\ntwo\nlines\n"},
		{"key that is in the filter too", people, []string{"-key", "points", `points < 1`}, "0\n-1.5\n"},
		{"key is printed as written", "k,v\n1e2,1\n-0,1\n TRUE ,1\n\"q\"\"q\",1\n", []string{"-key", "k", `v = 1`}, "1e2\n-0\n TRUE \nq\"q\n"},
		{"key with count", people, []string{"-key", "id", "-count", `points < 5`}, "2\n"},
		{"list", people, []string{"-list", "tags=;", `tags has any ("X")`}, "1\n4\n"},
		{"list of nothing is empty", people, []string{"-list", "tags=;", `tags is empty`}, "3\n"},
		{"list that is not used", people, []string{"-list", "tags=;", `points = 5`}, "1\n"},
		{"pieces are not trimmed", "t\na; b\nb\n", []string{"-list", "t=;", `t has any ("b")`}, "2\n"},
		{"separator of several characters", "t\na; b\nb\n", []string{"-list", "t=; ", `t has any ("b")`}, "1\n2\n"},
		{"separator comma", "t,n\n\"a,b\",1\nb,2\n", []string{"-list", "t=,", `t has all ("a", "b")`}, "1\n"},
		{"several lists", "t,u\na|b,c d\nd,c\n", []string{"-list", "t=|", "-list", "u= ", `t has any ("b") and u has any ("c")`}, "1\n"},
		{"list of a column with =", "a=b\nx;y\n", []string{"-list", "a=b=;", "`a=b` has any (\"y\")"}, "1\n"},
		{"kinds of a column with =", "a=b\n1\nx\n", []string{"-kinds", "a=b=text", "`a=b` = \"1\""}, "1\n"},
		{"several kinds", "a,b\n1,2026-01-01\n", []string{"-kinds", "a=text,b=date", `a = "1" and b = 2026-01-01`}, "1\n"},
		{"kinds twice", "a,b\n1,2\n", []string{"-kinds", "a=text", "-kinds", "b=text", `a = "1" and b = "2"`}, "1\n"},
		{"kind of an empty column", "a,b\n,2\n", []string{"-kinds", "a=number", `a > 1`}, ""},
		{"all empty is text", "a,b\n,2\n", []string{`a contains "x" or a is empty`}, "1\n"},
		{"header only", "a,b\n", []string{"-count", `a = "x"`}, "0\n"},
		{"header only, no end of line", "a,b", []string{`a = "x"`}, ""},
		{"byte order mark", "\ufeffa,b\n1,2\n", []string{`a = 1`}, "1\n"},
		{"byte order mark and quotes", "\ufeff\"a\",b\n1,2\n", []string{`a = 1`}, "1\n"},
		{"byte order mark in a cell", "a\n\ufeff1\n", []string{`a contains "1"`}, "1\n"},
		{"CRLF", "a,b\r\n1,x\r\n2,\r\n", []string{`a = 1 and b = "x" or b is empty`}, "1\n2\n"},
		{"CRLF in quotes stays", "a\r\n\"1\r\n2\"\r\n", []string{"-key", "a", `a is not empty`}, "1\r\n2\n"},
		{"no end of the last line", "a\n1\n2", []string{`a = 2`}, "2\n"},
		{"blank lines are no rows", "a,b\n\n1,2\n\r\n3,4\n\n", []string{`a = 3`}, "2\n"},
		{"nothing is trimmed", "a,b\n 1,x \n2,x\n", []string{`a = " 1" or b = "x"`}, "1\n2\n"},
		{"names are not trimmed, case counts", " a,A,a\n1,2,3\n", []string{"` a` = 1 and A = 2 and a = 3"}, "1\n"},
		{"name with dots", "a.b.c,x y\n1,2\n", []string{"a.b.c = 1 and `a.b`.c = 1 and `x y` = 2"}, "1\n"},
		{"columns without a name", ",a,\nx,1,y\n,2,\n", []string{`a = 2`}, "2\n"},
		{"reserved name", "first,last\n1,2\n", []string{"`first` = 1"}, "1\n"},
		{"quoted empty cell is no value", "a,b\n\"\",1\n2,2\n", []string{`a is empty`}, "1\n"},
		{"text stays no value too", "a,b\n,1\n2,2\n", []string{"-kinds", "a=text", `a is empty or a != "2"`}, "1\n"},
		{"now", people, []string{"-now", "2026-11-24", `points = 5`}, "1\n"},
		{"now with time", people, []string{"-now", "2026-11-24T10:00:00.500Z", `points = 5`}, "1\n"},
		{"plan", people, []string{"-plan", `points = 5`}, "1 of 4 contacts match\n"},
		{"plan after count", people, []string{"-count", "-plan", `points = 5`}, "1\n1 of 4 contacts match\n"},
		{"plan instead of keys", people, []string{"-key", "id", "-plan", `points = 5`}, "1 of 4 contacts match\n"},
		{"zone", "t\n2026-01-01T23:30:00-01:00\n2026-01-01T23:30:00Z\n", []string{`t = 2026-01-01`}, "2\n"},
		{"two dashes", people, []string{"--count", `points = 5`}, "1\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			last := len(c.args) - 1
			args := append(append(append([]string{}, c.args[:last]...), "FILE"), c.args[last])
			status, out, errs := runOn(t, c.csv, args...)
			require.Empty(t, errs)
			require.Zero(t, status)
			if strings.HasPrefix(c.name, "plan") {
				require.True(t, strings.HasPrefix(out, c.want), out)
				require.True(t, strings.HasSuffix(out, "leaves 1\n"), out)
				return
			}
			require.Equal(t, c.want, out)
		})
	}
}

func TestErrors(t *testing.T) {
	long := "a\n1\n" + strings.Repeat("x", 1<<20+1) + "\n"
	cases := []struct {
		name, csv string
		args      []string
		want      []string // what the message says
	}{
		{"no arguments", people, nil, []string{"two arguments", "-help"}},
		{"one argument", people, []string{"FILE"}, []string{"has 1"}},
		{"flag behind", people, []string{"FILE", "a = 1", "-count"}, []string{"has 3"}},
		{"unknown flag", people, []string{"-cuont", "FILE", "a = 1"}, []string{"-cuont"}},
		{"flag without value", people, []string{"-key"}, []string{"-key"}},
		{"now", people, []string{"-now", "yesterday", "FILE", "points = 1"}, []string{"-now", "yesterday", "2026-11-24T10:00:00Z"}},
		{"now with one digit", people, []string{"-now", "2026-11-24T10:00:00.5Z", "FILE", "points = 1"}, []string{"-now"}},
		{"now number", people, []string{"-now", "5", "FILE", "points = 1"}, []string{"-now"}},
		{"now no such day", people, []string{"-now", "2026-02-30", "FILE", "points = 1"}, []string{"-now"}},
		{"filter", people, []string{"FILE", "points =\n= 1"}, []string{"line 2, column 1", "expected a value"}},
		{"filter before the file", "", []string{"none.csv", "points"}, []string{"line 1, column 7"}},
		{"empty filter", people, []string{"FILE", ""}, []string{"line 1, column 1"}},
		{"unknown field", people, []string{"FILE", "pionts = 1"}, []string{`unknown field "pionts"`, `did you mean "points"`}},
		{"unknown fields", people, []string{"FILE", "pionts = 1 or xyz = 2"}, []string{"or[0].and[0]", "points", "or[1].and[0]", "xyz"}},
		{"case counts", people, []string{"FILE", "Points = 1"}, []string{`did you mean "points"`}},
		{"derived part", people, []string{"FILE", "name.domain = 1"}, []string{"name.domain"}},
		{"operator", people, []string{"FILE", `name > 5`}, []string{"does not fit a text field", `row 1, "Ada"`}},
		{"operator and value", people, []string{"FILE", `name > 5 or points = "x"`}, []string{`row 1, "Ada"`, "or[1].and[0]", "a number"}},
		{"segment", people, []string{"FILE", `in segment vip`}, []string{"there are no segments here"}},
		{"regexp", people, []string{"FILE", `name matches "("`}, []string{"regular expression"}},
		{"key", people, []string{"-key", "nam", "FILE", "points = 1"}, []string{"-key", `"nam"`, `did you mean "name"`}},
		{"key nothing like it", people, []string{"-key", "zzzzzz", "FILE", "points = 1"}, []string{"id, name, points, since, tags, note"}},
		{"key empty", ",id\n1,2\n", []string{"-key", "", "FILE", "id = 2"}, []string{"-key", `""`}},
		{"kinds without =", people, []string{"-kinds", "points", "FILE", "points = 1"}, []string{"-kinds", "points=number"}},
		{"kinds ending in a comma", people, []string{"-kinds", "points=number,", "FILE", "points = 1"}, []string{"-kinds", "has no ="}},
		{"unknown kind", people, []string{"-kinds", "points=float", "FILE", "points = 1"}, []string{`"points"`, `"float"`, "text, number, bool, date and datetime"}},
		{"kind tags", people, []string{"-kinds", "points=tags", "FILE", "points = 1"}, []string{"text, number, bool, date and datetime"}},
		{"kind in capitals", people, []string{"-kinds", "points=Number", "FILE", "points = 1"}, []string{"text, number, bool, date and datetime"}},
		{"kinds column", people, []string{"-kinds", "point=number", "FILE", "points = 1"}, []string{"-kinds", `did you mean "points"`}},
		{"kinds column twice", people, []string{"-kinds", "points=number,points=text", "FILE", "points = 1"}, []string{"more than once"}},
		{"list without =", people, []string{"-list", "tags", "FILE", "points = 1"}, []string{"-list", "tags=;"}},
		{"list without separator", people, []string{"-list", "tags=", "FILE", "points = 1"}, []string{"separator is empty"}},
		{"list separator =", people, []string{"-list", "tags==", "FILE", "points = 1"}, []string{"separator is empty"}},
		{"list column", people, []string{"-list", "tag=;", "FILE", "points = 1"}, []string{"-list", `did you mean "tags"`}},
		{"list twice", people, []string{"-list", "tags=;", "-list", "tags=,", "FILE", "points = 1"}, []string{"more than once"}},
		{"kinds and list", people, []string{"-kinds", "tags=text", "-list", "tags=;", "FILE", "points = 1"}, []string{"more than once"}},
		{"list is no text", people, []string{"-list", "tags=;", "FILE", `tags = "x"`}, []string{"tags"}},
		{"given kind", people, []string{"-kinds", "name=number", "FILE", "name > 1"}, []string{"row 1, column 2 \"name\" (line 2)", `"Ada"`, "number"}},
		{"given kind, not in the filter", people, []string{"-kinds", "note=date", "FILE", "points > 1"}, []string{"row 2, column 6 \"note\" (line 3)"}},
		{"given kind behind a line break", "a,b\n\"x\ny\",1\nz,q\n", []string{"-kinds", "b=number", "FILE", "b > 1"}, []string{"row 2, column 2 \"b\" (line 4)"}},
		{"leading zero", "a\n5\n05\n", []string{"-kinds", "a=number", "FILE", "a > 1"}, []string{"row 2", `"05"`, "leading zeros"}},
		{"date is no datetime", "a\n2026-01-01\n", []string{"-kinds", "a=datetime", "FILE", "a > 2026-01-01"}, []string{"row 1", "datetime"}},
		{"inexact", "a\n9007199254740993\n", []string{"-kinds", "a=number", "FILE", "a > 1"}, []string{"row 1"}},
		{"header only guesses text", "a\n", []string{"FILE", "a > 1"}, []string{"text field"}},
		{"too few cells", "a,b\n1,2\n3\n", []string{"FILE", "a > 1"}, []string{"row 2 (line 3): 1 cells, but the header has 2 columns"}},
		{"too many cells", "a,b\n1,2,3\n", []string{"FILE", "a > 1"}, []string{"row 1 (line 2): 3 cells"}},
		{"bare quote", "a,b\n1,2\n1,x\"y\n", []string{"FILE", "a > 1"}, []string{"row 2: line 3, column 4", "bare"}},
		{"text behind a quote", "a,b\n1,\"x\"y\n", []string{"FILE", "a > 1"}, []string{"row 1: line 2, column"}},
		{"open quote", "a,b\n1,\"x\ny\n", []string{"FILE", "a > 1"}, []string{"row 1", "line 2"}},
		{"bare quote in the header", "a,b\"\n1,2\n", []string{"FILE", "a > 1"}, []string{"header: line 1, column 4"}},
		{"invalid UTF-8", "a,b\n1,2\n1,\xff\n", []string{"FILE", "a > 1"}, []string{"row 2, column 2 \"b\" (line 3)", "UTF-8"}},
		{"invalid UTF-8 in the header", "a,\xff\n1,2\n", []string{"FILE", "a > 1"}, []string{"header, column 2 (line 1)", "UTF-8"}},
		{"UTF-16", "\xff\xfea\x00\n\x001\x00", []string{"FILE", "a > 1"}, []string{"UTF-8"}},
		{"names twice", "a,b,a\n1,2,3\n", []string{"FILE", "b > 1"}, []string{"header, column 3 (line 1)", `column 1 is called "a" too`}},
		{"empty file", "", []string{"FILE", "a > 1"}, []string{"the file is empty"}},
		{"only a byte order mark", "\ufeff", []string{"FILE", "a > 1"}, []string{"the file is empty"}},
		{"only blank lines", "\n\r\n\n", []string{"FILE", "a > 1"}, []string{"the file is empty"}},
		{"no such file", "", []string{"no such file.csv", "a > 1"}, []string{"no such file.csv"}},
		{"folder", "", []string{".", "a > 1"}, []string{"."}},
		{"long cell", long, []string{"FILE", `a = "x"`}, []string{`row 2, column 1 "a"`, "1048577", "1048576"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			status, out, errs := runOn(t, c.csv, c.args...)
			require.Equal(t, 1, status)
			require.Empty(t, out)
			require.True(t, strings.HasPrefix(errs, "csvfilter: "), errs)
			require.True(t, strings.HasSuffix(errs, "\n"), errs)
			for _, w := range c.want {
				require.Contains(t, errs, w)
			}
		})
	}
}

// A long cell is no harm where nothing loads it; many tags are too many.
func TestLimits(t *testing.T) {
	status, out, errs := runOn(t, "a,b\n1,"+strings.Repeat("x", 1<<20+1)+"\n", "FILE", "a = 1")
	require.Zero(t, status, errs)
	require.Equal(t, "1\n", out)

	var tags strings.Builder
	for i := range 10_001 {
		tags.WriteString(strconv.Itoa(i) + " ")
	}
	status, out, errs = runOn(t, "a,b\n1,"+tags.String()+"\n", "-list", "b= ", "FILE", "a = 1")
	require.Equal(t, 1, status)
	require.Empty(t, out)
	require.Contains(t, errs, `row 1, column 2 "b"`)
}

// Columns are only limited where the filter or a flag names them.
func TestManyColumns(t *testing.T) {
	const n = 70_000
	names, row := make([]string, n), make([]string, n)
	var kinds []string
	for i := range names {
		names[i], row[i] = "c"+strconv.Itoa(i), strconv.Itoa(i)
		if i < 5000 {
			kinds = append(kinds, names[i]+"=number")
		}
	}
	content := strings.Join(names, ",") + "\n" + strings.Join(row, ",") + "\n"
	status, out, errs := runOn(t, content, "FILE", "c69999 = 69999")
	require.Zero(t, status, errs)
	require.Equal(t, "1\n", out)
	status, out, errs = runOn(t, content, "-kinds", strings.Join(kinds, ","), "FILE", "c69999 = 69999 and c4999 = 4999")
	require.Zero(t, status, errs)
	require.Equal(t, "1\n", out)
}

// More rows than a transaction takes keep their numbers and their keys.
func TestManyRows(t *testing.T) {
	var content, want strings.Builder
	content.WriteString("k,n\n")
	for i := 1; i <= 2*batch+10; i++ {
		s := strconv.Itoa(i)
		content.WriteString("key " + s + "," + s + "\n")
		if i%batch <= 1 || i > 2*batch+5 {
			want.WriteString("key " + s + "\n")
		}
	}
	status, out, errs := runOn(t, content.String(), "-key", "k", "FILE",
		fmt.Sprintf("n in (1, %d, %d, %d, %d) or n > %d", batch, batch+1, 2*batch, 2*batch+1, 2*batch+5))
	require.Zero(t, status, errs)
	require.Equal(t, want.String(), out)
}

func TestHelp(t *testing.T) {
	for _, arg := range []string{"-h", "-help"} {
		var out, errs bytes.Buffer
		require.Zero(t, run([]string{arg}, &out, &errs))
		require.Equal(t, usage, out.String())
		require.Empty(t, errs.String())
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("no room left") }

func TestOutputFails(t *testing.T) {
	var errs bytes.Buffer
	require.Equal(t, 1, run([]string{write(t, people), "points = 5"}, brokenWriter{}, &errs))
	require.Contains(t, errs.String(), "no room left")
}
