package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	_ "github.com/rosterdb/roster/internal/testflags"
)

// A repo is a repository made by a test, away from the user's configuration.
type repo struct {
	testing.TB
	dir string
}

// newRepo makes an empty repository.
func newRepo(tb testing.TB) *repo {
	tb.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		tb.Skip("needs git, which is not installed")
	}
	for _, v := range os.Environ() { // such as those that a hook of another repository has
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "GIT_") {
			unset(tb, name)
		}
	}
	tb.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	tb.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	tb.Setenv("LC_ALL", "C") // what git says is looked at
	unset(tb, "LANGUAGE")
	r := &repo{tb, tb.TempDir()}
	r.git("", "init", "-q")
	r.git("", "symbolic-ref", "HEAD", "refs/heads/main")
	return r
}

// unset takes a variable out of the environment until the test ends.
func unset(tb testing.TB, name string) {
	tb.Setenv(name, "")
	require.NoError(tb, os.Unsetenv(name))
}

// git runs a command in the repository and returns what it prints.
func (r *repo) git(stdin string, args ...string) string {
	r.Helper()
	cmd := exec.Command("git", append([]string{"-C", r.dir}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	require.NoError(r, err, "git %v: %s", args, &errs)
	return strings.TrimSuffix(string(out), "\n")
}

// a made is a commit that a test asks for: which files it has afterwards that the one
// before it has not, or has otherwise. An empty content takes a file away; that of the file
// module is the commit of a submodule.
type made struct {
	author, date string
	files        map[string]string
	from, merge  int // numbers of other commits from 1; the one before it, and none
}

// make makes commits, the first of which has no parent, by git fast-import.
func (r *repo) make(list []made) {
	r.Helper()
	var in strings.Builder
	for i, c := range list {
		fmt.Fprintf(&in, "commit refs/heads/main\nmark :%d\nauthor Somebody <%s> %s\ncommitter C <c@example.com> %d +0000\ndata 1\nm\n", i+1, c.author, c.date, i)
		if c.from == 0 {
			c.from = i
		}
		if c.from > 0 {
			fmt.Fprintf(&in, "from :%d\n", c.from)
		}
		if c.merge > 0 {
			fmt.Fprintf(&in, "merge :%d\n", c.merge)
		}
		for name, content := range c.files {
			switch {
			case content == "":
				fmt.Fprintf(&in, "D %s\n", quoted(name))
				continue
			case name == "module":
				fmt.Fprintf(&in, "M 160000 %s %s\n", content, quoted(name))
				continue
			}
			fmt.Fprintf(&in, "M 100644 inline %s\ndata %d\n%s\n", quoted(name), len(content), content)
		}
	}
	r.git(in.String(), "fast-import", "--quiet", "--force")
}

// quoted returns a path as fast-import reads any bytes.
func quoted(path string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(path) {
		fmt.Fprintf(&b, `\%03o`, c)
	}
	return b.String() + `"`
}

// object writes a commit of whatever author line, on top of HEAD, and makes it HEAD.
func (r *repo) object(author string) {
	r.Helper()
	tree := r.git("", "hash-object", "-t", "tree", "-w", "--stdin")
	parent := ""
	if head, err := exec.Command("git", "-C", r.dir, "rev-parse", "-q", "--verify", "HEAD").Output(); err == nil {
		parent = "parent " + string(head)
	}
	id := r.git(fmt.Sprintf("tree %s\n%sauthor %s\ncommitter C <c@example.com> 100 +0000\n\nm\n", tree, parent, author), "hash-object", "-t", "commit", "--literally", "-w", "--stdin")
	r.git("", "update-ref", "HEAD", id)
}

// hostile makes git print logs as its worst configuration has it.
func (r *repo) hostile() {
	r.Helper()
	attributes, order := filepath.Join(r.dir, "attributes"), filepath.Join(r.dir, "order")
	require.NoError(r, os.WriteFile(attributes, []byte("* binary\n"), 0o644))
	require.NoError(r, os.WriteFile(order, []byte("*\n"), 0o644))
	mailmap := filepath.Join(r.dir, "mailmap")
	require.NoError(r, os.WriteFile(mailmap, []byte("Nobody <nobody@example.com> <ada@example.com>\n"), 0o644))
	config := filepath.Join(r.dir, "hostile")
	require.NoError(r, os.WriteFile(config, []byte(fmt.Sprintf(`
[log]
	showSignature = true
	showRoot = false
	mailmap = true
	diffMerges = separate
	date = relative
	decorate = full
	abbrevCommit = true
	follow = true
[diff]
	renames = false
	renameLimit = 1
	algorithm = patience
	relative = true
	submodule = log
	noprefix = true
	external = false
	ignoreSubmodules = all
	orderFile = %[2]q
[core]
	quotePath = true
	attributesFile = %[1]q
	pager = false
[color]
	ui = always
[format]
	pretty = fuller
[mailmap]
	file = %[3]q
[i18n]
	logOutputEncoding = UTF-16
`, attributes, order, mailmap)), 0o644))
	r.Setenv("GIT_CONFIG_GLOBAL", config)
	r.Setenv("GIT_DIR", "/nowhere")
	r.Setenv("GIT_EXTERNAL_DIFF", "false")
	r.Setenv("GIT_DIFF_OPTS", "--unified=9")
}

// runs runs the program on the repository; REPO among the arguments stands for it.
func (r *repo) runs(args ...string) (status int, stdout, stderr string) {
	r.Helper()
	for i := range args {
		args[i] = strings.Replace(args[i], "REPO", r.dir, 1)
	}
	var out, errs bytes.Buffer
	status = run(context.Background(), args, &out, &errs)
	return status, out.String(), errs.String()
}

// matches runs the program with a filter, which has to succeed without a note.
func (r *repo) matches(now, text string) []string {
	r.Helper()
	status, out, errs := r.runs("-now", now, "-filter", text, "REPO")
	require.Zero(r, status, errs)
	require.Empty(r, errs)
	return strings.Split(out, "\n")
}
