package idset_test

import (
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// TestConcurrentReaders lets readers check snapshots against frozen copies while
// the writer goes on. Its worth is under the race detector.
func TestConcurrentReaders(t *testing.T) {
	type view struct {
		set, other *idset.Set
		want       model
	}
	views := make(chan view, 4)
	var readers sync.WaitGroup
	for range 4 {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for v := range views {
				readView(t, v.set, v.other, v.want)
			}
		}()
	}
	r := rand.New(rand.NewPCG(testflags.Seed(t), 8))
	var e version.Epochs
	var s, other *idset.Set
	m := model{}
	for step := range testflags.Steps(30_000) {
		id := r.Uint32N(6000)
		if step%3 == 0 {
			id = r.Uint32N(1 << 19)
		}
		if r.IntN(3) == 0 {
			s, _ = s.Remove(&e, id)
			delete(m, id)
		} else {
			s, _ = s.Add(&e, id)
			m[id] = true
		}
		if step%5000 == 0 {
			other = other.AddSet(&e, s)
		}
		if step%200 == 0 {
			v := view{set: s, other: other, want: maps.Clone(m)}
			e.Share()
			// Two readers share each view.
			views <- v
			views <- v
		}
	}
	close(views)
	readers.Wait()
}

// readView reads a snapshot in many ways.
func readView(t *testing.T, s, other *idset.Set, want model) {
	if !assert.Equal(t, len(want), s.Len()) {
		return
	}
	for id := range s.All() {
		if !want[id] {
			assert.Fail(t, "a snapshot changed", "id %d", id)
			return
		}
	}
	var words [idset.Words]uint64
	n := 0
	for b := range s.Blocks() {
		n += s.Load(b, &words)
	}
	assert.Equal(t, len(want), n)
	assert.Equal(t, idset.AndLen(s, other), idset.And(s, other).Len())
	assert.Equal(t, len(want), idset.Or(s, nil).Len())
	assert.Equal(t, uint64(len(want)), s.Bitmap().GetCardinality())
}
