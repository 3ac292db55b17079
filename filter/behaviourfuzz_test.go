package filter_test

import (
	"math/rand/v2"
	"testing"

	"github.com/rosterdb/roster/filter/filtertest"
)

// FuzzBehaviour makes a case of [TestDifferentialBehaviour] of bytes: what contacts did, what
// happens to them and what is asked.
func FuzzBehaviour(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{3, 1, 0, 1, 2, 7, 200, 13, 5, 99, 4, 4, 8, 1, 250, 17})
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 0))
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		runDoers(t, filtertest.FromBytes(data), map[string]int{})
	})
}
