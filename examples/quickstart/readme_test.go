package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/crm"
	"github.com/rosterdb/roster/filter"
)

const root = "../../"

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// marked returns what stands below a mark in the README: a block of code without
// its fences, or the rows of a table without its head.
func marked(t *testing.T, mark string) string {
	t.Helper()
	_, text, found := strings.Cut(read(t, root+"README.md"), "<!-- "+mark+" -->\n")
	require.True(t, found, "no mark %q", mark)
	if strings.HasPrefix(text, "```") {
		_, text, _ = strings.Cut(text, "\n")
		text, _, found = strings.Cut(text, "```\n")
	} else {
		_, text, _ = strings.Cut(text, "|---|")
		_, text, _ = strings.Cut(text, "\n")
		text, _, found = strings.Cut(text, "\n\n")
	}
	require.True(t, found, "no end of %q", mark)
	return text
}

// table returns the cells of a table below a mark, row by row.
func table(t *testing.T, mark string) [][]string {
	t.Helper()
	var rows [][]string
	for line := range strings.Lines(marked(t, mark)) {
		line = strings.ReplaceAll(strings.TrimSpace(line), `\|`, "\x00")
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), "\x00", "|")
		}
		rows = append(rows, cells)
	}
	require.NotEmpty(t, rows, mark)
	return rows
}

var code = regexp.MustCompile("`([^`]+)`")

// codes returns what stands between backticks.
func codes(cell string) (list []string) {
	for _, m := range code.FindAllStringSubmatch(cell, -1) {
		list = append(list, m[1])
	}
	return list
}

func TestReadmeProgram(t *testing.T) {
	src := read(t, "example_test.go")
	_, program, _ := strings.Cut(src, "\nfunc vip(")
	require.Equal(t, "func vip("+program, marked(t, "program"))
	_, printed, _ := strings.Cut(src, "Unordered output:\n")
	printed, _, _ = strings.Cut(printed, "}\n")
	require.Equal(t, strings.ReplaceAll(printed, "\t// ", ""), marked(t, "printed"))
}

func TestReadmeOutput(t *testing.T) {
	require.Contains(t, read(t, "testdata/output.txt"), marked(t, "output"))
}

// The filters on behaviour fit the types of events that are ready made, and what the
// README says of sessions a schema.
func TestReadmeBehaviour(t *testing.T) {
	schema, err := crm.Schema(nil, contact.EventType("support.ticket"), contact.Sessions("session", 30*time.Minute, "page.hit"))
	require.NoError(t, err)
	n := 0
	for line := range strings.Lines(marked(t, "behaviour")) {
		f, err := filter.Parse(line)
		require.NoError(t, err)
		require.Equal(t, strings.TrimSpace(line), f.String())
		require.NoError(t, filter.Check(f, schema, nil))
		n++
	}
	require.Equal(t, 3, n)
	require.Contains(t, read(t, root+"README.md"), `contact.Sessions("session", 30*time.Minute, "page.hit")`)
}

// The README's command, run as it is written there.
func TestReadmeCSVFilter(t *testing.T) {
	command, want, _ := strings.Cut(marked(t, "csvfilter"), "\n")
	var args []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(command, -1) {
		args = append(args, m[1]+m[2])
	}
	require.Equal(t, []string{"$", "go"}, args[:2])
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command")
	}
	cmd := exec.Command("go", args[2:]...)
	cmd.Dir = root
	got, err := cmd.Output()
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

// Every link to a file or folder leads to one.
func TestLinks(t *testing.T) {
	var pages []string
	for _, pattern := range []string{"*.md", "docs/*.md", "examples/*/README.md"} {
		found, err := filepath.Glob(root + pattern)
		require.NoError(t, err)
		pages = append(pages, found...)
	}
	require.Greater(t, len(pages), 12)
	for _, page := range pages {
		text := regexp.MustCompile("(?s)```.*?```|`[^`\n]*`").ReplaceAllString(read(t, page), "code")
		for _, m := range regexp.MustCompile(`\]\(([^)#]+)\)`).FindAllStringSubmatch(text, -1) {
			if !strings.Contains(m[1], "://") {
				_, err := os.Stat(filepath.Join(filepath.Dir(page), m[1]))
				require.NoError(t, err, page)
			}
		}
	}
}
