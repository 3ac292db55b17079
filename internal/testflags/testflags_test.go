package testflags

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A benchmark runs without -roster.size if it is asked for by its size, and by nothing less.
func TestAsks(t *testing.T) {
	for _, c := range []struct {
		pattern, benchmark, size string
		want                     bool
	}{
		{"BenchmarkCount/Q01/1M", "BenchmarkCount/Q01/1M", "1M", true},
		{"Count/Q0[1-9]/^1M$", "BenchmarkCount/Q01/1M", "1M", true},
		{"BenchmarkCount/Q01/(100k|1M)", "BenchmarkCount/Q01/1M", "1M", true},
		{"BenchmarkCount/Q01", "BenchmarkCount/Q01/1M", "1M", false},
		{"BenchmarkCount/Q01/10M", "BenchmarkCount/Q01/1M", "1M", false},
		{".", "BenchmarkCount/Q01/1M", "1M", false},
		{"", "BenchmarkCount/Q01/1M", "1M", false},
		{"BenchmarkInsert/rows=1M", "BenchmarkInsert/rows=1M/batch=1000", "1M", true},
		{"BenchmarkInsert/./batch=1000", "BenchmarkInsert/rows=1M/batch=1000", "1M", false},
		{"BenchmarkUpdate/segments=100000", "BenchmarkUpdate/segments=100000", "1M", true},
		{"BenchmarkUpdate/segments=", "BenchmarkUpdate/segments=100000", "1M", false},
		{"BenchmarkUpdate/segments=1000", "BenchmarkUpdate/segments=100000", "1M", false},
		{"BenchmarkUpdate", "BenchmarkUpdate", "1M", false},
	} {
		require.Equal(t, c.want, asks(c.pattern, c.benchmark, c.size), "%v", c)
	}
}
