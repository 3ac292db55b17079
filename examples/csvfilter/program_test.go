package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
)

// What README.md shows is what happens.
func TestReadme(t *testing.T) {
	const prompt = "$ go run ./examples/csvfilter "
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, block, _ := strings.Cut(string(readme), "```\n"+prompt)
	block, _, _ = strings.Cut(block, "```")
	require.NotEmpty(t, block)
	t.Chdir("../..")
	for part := range strings.SplitSeq(block, prompt) {
		command, want, _ := strings.Cut(part, "\n")
		var args []string
		for i, s := range strings.Split(command, "'") { // every second piece stood in quotes
			if i%2 == 1 {
				args = append(args, s)
			} else {
				args = append(args, strings.Fields(s)...)
			}
		}
		var out, errs bytes.Buffer
		require.Zero(t, run(args, &out, &errs), "%s%s", command, &errs)
		require.Equal(t, want, out.String(), command)
	}
}

// The file may be one that can be read only once, from its beginning to its end.
func TestPipe(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /dev/fd")
	}
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	go func() {
		defer w.Close()
		io.WriteString(w, people)
	}()
	var out, errs bytes.Buffer
	require.Zero(t, run([]string{"-key", "name", fmt.Sprintf("/dev/fd/%d", r.Fd()), "points < 1"}, &out, &errs), errs.String())
	require.Equal(t, "ZOË\nBob\n", out.String())
}

// workload writes n contacts of the project's workload as a CSV file.
func workload(tb testing.TB, n int) string {
	tb.Helper()
	f, err := os.Create(filepath.Join(tb.TempDir(), "workload.csv"))
	require.NoError(tb, err)
	b := bufio.NewWriterSize(f, 1<<20)
	w := csv.NewWriter(b)
	instant := func(ms int64, ok bool) string {
		if !ok {
			return ""
		}
		return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05Z")
	}
	require.NoError(tb, w.Write([]string{"email", "first_name", "last_name", "country", "city", "points", "signup", "last_active",
		"birthday", "customer", "plan", "tags"}))
	for _, r := range contacttest.Rows(1, n) {
		require.NoError(tb, w.Write([]string{r.Email, r.First, r.Last, r.Country, r.City, strconv.Itoa(r.Points),
			instant(r.Signup, true), instant(r.LastActive, r.HasLastActive), contact.Day(r.Birthday).String(),
			strconv.FormatBool(r.IsCustomer), r.Plan, strings.Join(r.Tags, ";")}))
	}
	w.Flush()
	require.NoError(tb, b.Flush())
	require.NoError(tb, f.Close())
	return f.Name()
}

// A larger file answers as the rows it was made of do.
func TestWorkload(t *testing.T) {
	want := 0
	for _, r := range contacttest.Rows(1, 20_000) {
		if r.Country == "FR" && r.Points >= 500 || !r.HasLastActive && r.Birthday < int32(contact.DayOf(1960, 1, 1)) {
			want++
		}
	}
	var out, errs bytes.Buffer
	require.Zero(t, run([]string{"-count", workload(t, 20_000),
		`country = "FR" and points >= 500 or last_active is empty and birthday < 1960-01-01`}, &out, &errs), errs.String())
	require.Equal(t, strconv.Itoa(want)+"\n", out.String())
}

// BenchmarkRun measures the whole program, from the file to the output.
func BenchmarkRun(b *testing.B) {
	filters := []struct {
		name, text string
		flags      []string
	}{
		{"one", `points >= 500`, nil},
		{"group", `country in ("FR", "DE") and points >= 500 and last_active >= 2026-10-01`, nil},
		{"tags", `tags has any ("vip") or customer = true`, []string{"-list", "tags=;"}},
		{"email", `email ends with "@example7.com"`, nil},
	}
	for _, size := range []string{"100k", "1M"} {
		b.Run(size, func(b *testing.B) {
			testflags.NeedSize(b, size)
			name := workload(b, testflags.Size(size))
			info, err := os.Stat(name)
			require.NoError(b, err)
			for _, f := range filters {
				b.Run(f.name, func(b *testing.B) {
					b.SetBytes(info.Size())
					for b.Loop() {
						var errs bytes.Buffer
						require.Zero(b, run(append([]string{"-key", "email"}, append(f.flags, name, f.text)...), io.Discard, &errs), errs.String())
					}
				})
			}
		})
	}
}
