package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// day returns a date of November 2026 for git, with a zone.
func day(d, hour int, zone string) string {
	return fmt.Sprintf("%d %s", 1793491200+(d-1)*86400+hour*3600, zone) // 1793491200 is 2026-11-01
}

// office is a small history: Ada works a lot, also at the weekend, Bob has gone, Cleo is new.
func office() (list []made) {
	for i := range 14 {
		list = append(list, made{author: "ada@example.com", date: day(1+i, 9, "+0100"), files: map[string]string{"a": strings.Repeat("line\n", i+1)}})
	}
	for i := range 10 {
		list = append(list, made{author: "bob@example.com", date: strconv.Itoa(1700000000+i*86400) + " -0800", files: map[string]string{"b": fmt.Sprint(i, "\n")}})
	}
	return append(list,
		made{author: "cleo@example.com", date: day(20, 23, "+0200"), files: map[string]string{"c": strings.Repeat("x\n", 12_000), "bin": "\x00\x01"}},
		made{author: "cleo@example.com", date: day(21, 10, "+0000"), files: map[string]string{"c": "", "d": strings.Repeat("x\n", 12_000)}},
	)
}

// What the program prints of it.
func TestSegments(t *testing.T) {
	r := newRepo(t)
	r.make(office())
	status, out, errs := r.runs("-now", "2026-11-24", "REPO")
	require.Zero(t, status, errs)
	require.Empty(t, errs)
	require.Equal(t, readmeBlock(t, "3 authors"), out)
}

// readmeBlock returns the block of README.md that begins with a text.
func readmeBlock(t *testing.T, begin string) string {
	t.Helper()
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, block, ok := strings.Cut(string(page), "```\n"+begin)
	require.True(t, ok)
	block, _, _ = strings.Cut(block, "```")
	return begin + block
}

// The filters on the page are filters, and it names all there is to ask for.
func TestReadme(t *testing.T) {
	p, err := newProject()
	require.NoError(t, err)
	defer p.store.Close()
	for line := range strings.Lines(readmeBlock(t, "did commit where")) {
		_, err := p.compile(line)
		require.NoError(t, err)
	}
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for a := range p.commit.Attributes().Fields() {
		require.Contains(t, string(page), "`"+a.Name()+"`")
		require.Contains(t, usage, a.Name())
	}
}

// Filters find whom they say, whatever git is configured to print.
func TestFilters(t *testing.T) {
	for _, hostile := range []bool{false, true} {
		t.Run(fmt.Sprint(hostile), func(t *testing.T) {
			r := newRepo(t)
			r.make(office())
			if hostile {
				r.hostile()
			}
			for text, want := range map[string]string{
				`did commit`: "ada bob cleo",
				`did commit at least 10 times in the last 90 days`:                    "ada",
				`did commit where (weekday = "saturday" and hour = 10) on 2026-11-14`: "ada",
				`did commit where (hour = 14)`:                                        "bob",
				`did commit where (hour = 1 and weekday = "saturday")`:                "cleo",
				`did commit where (files = 2 and added = 12000 and deleted = 0)`:      "cleo", // a binary file has no lines
				`did commit where (files = 1 and added = 0 and deleted = 0)`:          "cleo", // renamed
				`did commit where (files = 1 and added = 1 and deleted = 1)`:          "bob",
				`sum of added of commit = 14`:                                         "ada",
				`email = "Ada@example.com"`:                                           "",
				`email = "ada@example.com" and first commit on 2026-11-01`:            "ada",
				`did commit after 2026-11-24`:                                         "",
				`never did commit`:                                                    "",
			} {
				names := strings.Join(r.matches("2026-11-24", text), " ")
				require.Equal(t, want, strings.TrimSpace(strings.ReplaceAll(names, "@example.com", "")), text)
			}
		})
	}
}

// What can be wrong is said on standard error, and nothing is printed.
func TestMistakes(t *testing.T) {
	r := newRepo(t)
	r.make(office())
	plain := filepath.Join(r.dir, "plain")
	require.NoError(t, os.WriteFile(plain, nil, 0o644))
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(r.dir))
	outside := t.TempDir()
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "needs one argument behind the flags, a git repository, and has 0"},
		{[]string{"REPO", "REPO"}, "has 2"},
		{[]string{"-filter", "", "REPO"}, "give a filter"},
		{[]string{"-filter", "did comit", "REPO"}, `there is no event type "comit", did you mean "commit"?`},
		{[]string{"-filter", "did commit at", "REPO"}, "line 1"},
		{[]string{"-filter", "points > 1", "REPO"}, `field "points": there is no such field`},
		{[]string{"-now", "soon", "REPO"}, "give a date such as 2026-11-24"},
		{[]string{"-later", "REPO"}, "-later"},
		{[]string{"REPO/nothing"}, "nothing"},
		{[]string{plain}, "plain"},
		{[]string{outside}, "not a git repository"},
	} {
		status, out, errs := r.runs(c.args...)
		require.Equal(t, 1, status, c.args)
		require.Empty(t, out)
		require.True(t, strings.HasPrefix(errs, "gitlog: "), errs)
		require.Contains(t, errs, c.want)
	}
	status, out, errs := r.runs("-help")
	require.Zero(t, status)
	require.Equal(t, usage, out)
	require.Empty(t, errs)
	t.Setenv("PATH", t.TempDir())
	status, _, errs = r.runs("REPO")
	require.Equal(t, 1, status)
	require.Contains(t, errs, "git")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("no room left") }

func TestOutputFails(t *testing.T) {
	r := newRepo(t)
	r.make(office())
	for _, args := range [][]string{{r.dir}, {"-filter", "did commit", r.dir}} {
		var errs strings.Builder
		require.Equal(t, 1, run(t.Context(), args, brokenWriter{}, &errs))
		require.Contains(t, errs.String(), "no room left")
	}
}

// A repository whose objects are gone is an error, after what has been read of it too.
func TestBrokenRepository(t *testing.T) {
	r := newRepo(t)
	r.make(office())
	r.git("", "config", "core.commitGraph", "false")
	first := r.git("", "rev-list", "--max-parents=0", "HEAD")
	require.NoError(t, os.Remove(filepath.Join(r.dir, ".git", "objects", first[:2], first[2:])))
	status, out, errs := r.runs("REPO")
	require.Equal(t, 1, status)
	require.Empty(t, out)
	require.Contains(t, errs, "gitlog: git: ")
}
