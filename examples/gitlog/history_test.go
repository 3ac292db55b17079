package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/internal/testflags"
)

// told returns what a project holds: of each author each commit.
func told(t *testing.T, p *project) map[string][]string {
	v := p.store.View()
	all := make(map[string][]string)
	for id := range v.Live().All() {
		events, err := v.Events(id, nil)
		require.NoError(t, err)
		for _, ev := range events {
			all[p.emails[id]] = append(all[p.emails[id]], fmt.Sprint(ev.At.Unix(), " ", ev.Attrs))
		}
		slices.Sort(all[p.emails[id]])
	}
	return all
}

// counted finds the same in another way: commit by commit, by plumbing that no
// configuration changes.
func (r *repo) counted() map[string][]string {
	all := make(map[string][]string)
	for _, id := range strings.Fields(r.git("", "rev-list", "HEAD")) {
		attrs := map[string]any{"files": 0, "added": 0, "deleted": 0}
		parents := strings.Fields(r.git("", "rev-list", "--parents", "-n1", id))[1:]
		if len(parents) < 2 {
			for line := range strings.Lines(r.git("", "diff-tree", "--root", "-r", "-M", "--numstat", "--no-commit-id", id)) {
				cells := strings.Fields(line)
				attrs["files"] = attrs["files"].(int) + 1
				for i, name := range []string{"added", "deleted"} {
					n, _ := strconv.Atoi(cells[i]) // - is none
					attrs[name] = attrs[name].(int) + n
				}
			}
		}
		raw := r.git("", "cat-file", "commit", id)
		_, author, _ := strings.Cut(raw, "\nauthor Somebody <")
		author, _, _ = strings.Cut(author, "\n")
		email, date, _ := strings.Cut(author, "> ")
		seconds, zone, _ := strings.Cut(date, " ")
		at, err := strconv.ParseInt(seconds, 10, 64)
		require.NoError(r, err)
		there, err := time.Parse("-0700", zone)
		require.NoError(r, err)
		local := time.Unix(at, 0).In(there.Location())
		attrs["weekday"], attrs["hour"] = strings.ToLower(local.Weekday().String()), local.Hour()
		all[email] = append(all[email], fmt.Sprint(at, " ", attrs))
	}
	for _, list := range all {
		slices.Sort(list)
	}
	return all
}

// randomHistory returns commits with renames, binary files, odd paths and merges.
func randomHistory(r *rand.Rand, n int) (list []made) {
	paths := []string{"a", "dir/b", "with space", "ümläut", "line\nbreak", "\xff\xfe", "tab\t", "c\"", "-", "3\t4\tx", "commit"}
	content := map[string]string{}
	for i := range n {
		c := made{author: fmt.Sprintf("%c@example.com", 'a'+r.IntN(4)), files: map[string]string{},
			date: fmt.Sprintf("%d %s", r.Int64N(firstOf2100), []string{"+0000", "+0530", "-0345", "+1400", "-1200"}[r.IntN(5)])}
		for range r.IntN(4) {
			name := paths[r.IntN(len(paths))]
			switch r.IntN(5) {
			case 0:
				c.files[name] = "\x00" + strconv.Itoa(i)
			case 1: // what this file has goes to another one
				if old := content[name]; old != "" {
					c.files[name] = ""
					c.files[fmt.Sprint("moved/", i)] = old + "more\n"
					continue
				}
				fallthrough
			default:
				c.files[name] = strings.Repeat(fmt.Sprint("line ", r.IntN(3), "\n"), 1+r.IntN(20))
			}
		}
		for name, data := range c.files {
			if data == "" && content[name] == "" {
				delete(c.files, name)
			}
		}
		maps.Copy(content, c.files)
		if i > 3 && r.IntN(6) == 0 {
			c.merge = 1 + r.IntN(i-1)
		}
		list = append(list, c)
	}
	return list
}

// The history is what it is, however git is told to print it, and wherever it is kept.
func TestHistory(t *testing.T) {
	seed := testflags.Seed(t)
	r := newRepo(t)
	list := randomHistory(rand.New(rand.NewPCG(seed, 0)), 60)
	for _, lines := range []string{"cdedadb", "badeede"} { // patience finds another difference than the default
		content := map[string]string{"lines": strings.Join(strings.Split(lines, ""), "\n") + "\n"}
		list = append(list, made{author: "a@example.com", date: "1700000000 +0000", files: content})
	}
	for _, digit := range "12" { // a submodule that moves on
		list = append(list, made{author: "b@example.com", date: "1700000000 -0730", files: map[string]string{"module": strings.Repeat(string(digit), 40)}})
	}
	r.make(list)
	want := r.counted()
	n := 0
	for _, commits := range want {
		n += len(commits)
	}
	require.Equal(t, len(list), n)
	r.git("", "clone", "-q", "--bare", r.dir, r.dir+"/bare")
	r.hostile()
	for _, path := range []string{r.dir, r.dir + "/bare", r.dir + "/.git"} {
		p, err := newProject()
		require.NoError(t, err)
		notes, err := readHistory(t.Context(), path, p)
		require.NoError(t, err)
		require.Empty(t, notes)
		require.Equal(t, want, told(t, p), path)
		require.NoError(t, p.store.Close())
	}
}

// A repository without a commit is no mistake.
func TestEmptyRepository(t *testing.T) {
	r := newRepo(t)
	status, out, errs := r.runs("REPO")
	require.Zero(t, status)
	require.Equal(t, "gitlog: there is no commit yet\n", errs)
	require.True(t, strings.HasPrefix(out, "0 authors, 0 commits\n\nregulars             0  "), out)
	status, out, errs = r.runs("-filter", "never did commit", "REPO")
	require.Zero(t, status, errs)
	require.Empty(t, out)
	r.git("", "symbolic-ref", "HEAD", "refs/heads/feature/new")
	status, _, errs = r.runs("REPO")
	require.Zero(t, status, errs)
}

// HEAD may be a commit by itself.
func TestDetachedHead(t *testing.T) {
	r := newRepo(t)
	r.make(office())
	r.git("", "update-ref", "--no-deref", "HEAD", r.git("", "rev-parse", "HEAD~2"))
	require.Equal(t, []string{"ada@example.com", "bob@example.com", ""}, r.matches("2026-11-24", "did commit"))
}

// Addresses are what git has, and dates that make no sense are left out.
func TestOddCommits(t *testing.T) {
	r := newRepo(t)
	for _, author := range []string{
		"N <> 100 +0000", "N <\xff@x> 4102444799 -1200", "N <\xfe@x> 4102444799 -1200", "N <A@x> 0 -0100", "N <a@x> 1 +0000", "N < a @x> 86400 +0000", "N <\x1b[1m> 5 +051800",
		// and those that are left out
		"N <gone@x> -5 +0000", "N <gone@x> 4102444800 +0000", "N <gone@x> 99999999999999999999 +0000", "N <gone@x>", "N <a\n gone@x> 100 +0000", "N gone@x 100 +0000",
	} {
		r.object(author)
	}
	status, out, errs := r.runs("-now", "2100-01-01", "-filter", "did commit", "REPO")
	require.Zero(t, status, errs)
	require.Equal(t, "gitlog: 6 of 13 commits left out, not dated from 1970 to 2099\n", errs)
	require.Equal(t, "\n\x1b[1m\n a @x\nA@x\na@x\n\xfe@x\n\xff@x\n", out)
	for text, want := range map[string]string{
		`email is empty`:      "\n",
		`email = "A@x"`:       "A@x\n",
		`email contains "@x"`: " a @x\nA@x\na@x\n\xfe@x\n\xff@x\n",
		`did commit where (hour = 11 and weekday = "thursday")`:  "\xfe@x\n\xff@x\n",
		`did commit where (hour = 23 and weekday = "wednesday")`: "A@x\n",
	} {
		status, out, errs := r.runs("-now", "2100-01-01", "-filter", text, "REPO")
		require.Zero(t, status, errs)
		require.Equal(t, want, out, text)
	}
	status, out, errs = r.runs("-now", "2100-01-01", "REPO")
	require.Zero(t, status, errs)
	require.Contains(t, out, `"" (1), "\x1b[1m" (1), " a @x" (1)`)
}

// Of a shallow clone there is what it has, and a note.
func TestShallowClone(t *testing.T) {
	r := newRepo(t)
	r.make(office())
	r.git("", "clone", "-q", "--depth=3", "file://"+r.dir, r.dir+"/shallow")
	status, out, errs := r.runs("-now", "2026-11-24", "-filter", "did commit", "REPO/shallow")
	require.Zero(t, status, errs)
	require.Contains(t, errs, "gitlog: the repository is shallow")
	require.Equal(t, "bob@example.com\ncleo@example.com\n", out)
}

// More commits than a transaction takes.
func TestManyCommits(t *testing.T) {
	p, err := newProject()
	require.NoError(t, err)
	defer p.store.Close()
	left, err := p.load(t.Context(), strings.NewReader(strings.Repeat("commit\x00a@x\x0086400\x0086400 +0000\x00\n1\t2\tf\x00", 2*batch+5)))
	require.NoError(t, err)
	require.Zero(t, left)
	require.Equal(t, 2*batch+5, p.store.View().EventsOf(p.commit).Len())
}

// What git log never prints is an error, not a panic; what it prints may end with more
// or fewer NULs.
func TestCommitReader(t *testing.T) {
	const head = "commit\x00a@x\x0086400\x0086400 +0000\x00"
	long := strings.Repeat("long/", 1<<17)
	for _, c := range []struct{ in, want string }{
		{"", "0"},
		{head, "1"},
		{head + head, "2"},
		{head + "\n1\t2\tf\x00" + head, "2"},
		{head + "\n1\t2\tf\x00\x00" + head + "\n-\t-\tf\x00\x00", "2"},
		{head + "\n1\t2\t\x00commit\x00commit\x00" + head, "2"},
		{head + "\n1\t2\t" + long + "\x00" + head, "2"},
		{head + "\n", "1"},
		{"commit", "unexpected EOF"},
		{"commit\x00", "unexpected EOF"},
		{"commit\x00a@x\x00100\x00", "unexpected EOF"},
		{head + "\n1\t2", "unexpected EOF"},
		{head + "\n1\t2\t\x00old\x00", "unexpected EOF"},
		{"fatal\x00", `git log printed "fatal" where a commit has to begin`},
		{head + "x\x00", `git log printed "x" where the lines of a file have to be`},
		{head + "1\tx\tf\x00", `git log printed "1\tx\tf" where the lines of a file have to be`},
	} {
		p, err := newProject()
		require.NoError(t, err)
		_, err = p.load(t.Context(), strings.NewReader(c.in))
		got := strconv.Itoa(p.commits)
		if err != nil {
			got = err.Error()
		}
		require.Equal(t, c.want, got, "%.80q", c.in)
		require.NoError(t, p.store.Close())
	}
}

// BenchmarkLoad measures what the program does beside git, of 100 000 commits.
func BenchmarkLoad(b *testing.B) {
	var in strings.Builder
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 100_000 {
		at := 1100000000 + i*3000
		fmt.Fprintf(&in, "commit\x00a%d@example.com\x00%d\x00%d +0100\x00\n%d\t%d\tdir/file%d\x003\t0\tother\x00", r.IntN(5000), at, at, i%7, i%3, i%100)
	}
	b.SetBytes(int64(in.Len()))
	for b.Loop() {
		p, err := newProject()
		require.NoError(b, err)
		_, err = p.load(b.Context(), strings.NewReader(in.String()))
		require.NoError(b, err)
		require.Equal(b, 100_000, p.commits)
		require.NoError(b, p.store.Close())
	}
}
