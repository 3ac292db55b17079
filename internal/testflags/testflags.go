// Package testflags registers the flags of the project's own tests.
//
// Every package's tests import it, so that a flag is known to each test binary
// and can be given to all of them at once: go test ./... -roster.seed=7.
package testflags

import (
	"flag"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

var (
	seed   = flag.Uint64("roster.seed", 0, "seed of the random tests; 0 takes a new one each run")
	cases  = flag.Int("roster.cases", 0, "cases of the differential tests; 0 takes each test's own number")
	steps  = flag.Int("roster.steps", 0, "steps of the model tests; 0 takes each test's own number")
	rounds = flag.Int("roster.rounds", 0, "rounds of the tests of faults and losses of power; 0 takes each test's own number")
	every  = flag.Int("roster.every", 256, "tests that damage a file do so at every n-th byte, those of time zones look at every n-th change; 1 is every one")
	update = flag.Bool("roster.update", false, "rewrite generated files instead of comparing them")
	size   = flag.String("roster.size", "100k", "largest size that size-dependent tests and benchmarks run: 100k, 1M or 10M")
)

// Seed returns the seed of the run and logs it in the form that repeats the run.
func Seed(tb testing.TB) uint64 {
	tb.Helper()
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("repeat with: go test -run '^%s$' -roster.seed=%d", tb.Name(), s)
		}
	})
	return s
}

// Cases returns the number of differential cases to run, def if the flag was not
// given.
func Cases(def int) int {
	if *cases > 0 {
		return *cases
	}
	return def
}

// Steps returns the number of model steps to run, def if the flag was not given.
func Steps(def int) int {
	if *steps > 0 {
		return *steps
	}
	return def
}

// Rounds returns the number of rounds of tests of faults and losses of power, def if
// the flag was not given.
func Rounds(def int) int {
	if *rounds > 0 {
		return *rounds
	}
	return def
}

// Every returns the distance of the bytes that tests damage one after the other: 1 for
// every byte of a file.
func Every() int { return max(*every, 1) }

// Update reports whether tests that compare a generated file with what it should
// be write it instead.
func Update() bool { return *update }

// sizes lists the sizes by name, smallest first.
var sizes = []struct {
	name string
	n    int
}{{"100k", 100_000}, {"1M", 1_000_000}, {"10M", 10_000_000}}

// Size returns the number of contacts that a size's name stands for.
func Size(name string) int {
	for _, s := range sizes {
		if s.name == name {
			return s.n
		}
	}
	panic(fmt.Sprintf("testflags: unknown size %q", name))
}

// Wants reports whether -roster.size asks for a size.
func Wants(name string) bool { return Size(name) <= Size(*size) }

// NeedSize skips a test or benchmark whose size is above the one asked for by
// -roster.size, but for a benchmark that -bench asks for by its size, as
// BenchmarkCount/Q01/1M does.
func NeedSize(tb testing.TB, name string) {
	tb.Helper()
	if Wants(name) {
		return
	}
	if bench := flag.Lookup("test.bench"); bench != nil && asks(bench.Value.String(), tb.Name(), name) {
		return
	}
	tb.Skipf("size %s is above -roster.size=%s", name, *size)
}

// asks reports whether the pattern of -bench names the size of a benchmark that it
// matches: that in its name, or else what the name ends with.
func asks(pattern, benchmark, size string) bool {
	words := func(text string) []string {
		return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	of := words(benchmark)
	if !slices.Contains(of, size) {
		size = of[len(of)-1]
	}
	return len(of) > 1 && slices.Contains(words(pattern), size)
}

// GoRoot returns the folder of the Go that runs the tests; without a go command the
// test is skipped.
func GoRoot(tb testing.TB) string {
	tb.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		tb.Skip("no go command: ", err)
	}
	return strings.TrimSpace(string(out))
}
