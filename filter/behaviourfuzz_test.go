package filter_test

import (
	"testing"

	"github.com/rosterdb/roster/filter/filtertest"
)

// FuzzBehaviour makes a case of [TestDifferentialBehaviour] of bytes: what contacts did, what
// happens to them and what is asked.
func FuzzBehaviour(f *testing.F) {
	addBytes(f, 6, 400)
	f.Fuzz(func(t *testing.T, data []byte) {
		runDoers(t, filtertest.FromBytes(data), map[string]int{})
	})
}
