package idset_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// model is what a Set is compared with.
type model map[uint32]bool

func (m model) sorted() []uint32 { return slices.Sorted(maps.Keys(m)) }

// shapes are ways of choosing ids, so that every form of a set and every passage
// between forms occurs.
var shapes = map[string]func(r *rand.Rand) uint32{
	"tiny":   func(r *rand.Rand) uint32 { return r.Uint32N(150) },
	"small":  func(r *rand.Rand) uint32 { return r.Uint32N(400_000) / 997 * 997 },
	"sparse": func(r *rand.Rand) uint32 { return r.Uint32N(3)<<16 | r.Uint32N(65536)/64*64 },
	"dense":  func(r *rand.Rand) uint32 { return r.Uint32N(4000) },
	"border": func(r *rand.Rand) uint32 { return 65536 - 1000 + r.Uint32N(2000) },
	"top":    func(r *rand.Rand) uint32 { return math.MaxUint32 - r.Uint32N(1500) },
	"mixed": func(r *rand.Rand) uint32 {
		switch r.Uint32N(3) {
		case 0:
			return r.Uint32N(3000)
		case 1:
			return 2<<16 + r.Uint32N(300)
		}
		return r.Uint32N(1 << 22)
	},
}

// held is a snapshot: the sets as they were and what they must stay.
type held struct {
	sets [2]*idset.Set
	want [2][]uint32
}

func (h *held) check(t *testing.T) {
	t.Helper()
	for i, s := range h.sets {
		require.Equal(t, h.want[i], slices.Collect(s.All()), "a snapshot changed")
	}
}

// TestModel runs random changes of two sets that also take ids from each other,
// holds snapshots for some time, and compares all of them with maps.
func TestModel(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(testflags.Seed(t), 1))
			w := &world{r: r, shape: shape, models: [2]model{{}, {}}}
			for step := range testflags.Steps(3000) {
				w.step(t)
				if step%400 == 0 {
					w.compare(t)
				}
			}
			for len(w.held) > 0 {
				w.release(t)
			}
			w.compare(t)
		})
	}
}

type world struct {
	r      *rand.Rand
	shape  func(*rand.Rand) uint32
	epochs version.Epochs
	sets   [2]*idset.Set
	models [2]model
	held   []held
	bias   int // of ten changes, how many are removals
}

func (w *world) step(t *testing.T) {
	k := w.r.IntN(2)
	switch x := w.r.IntN(1000); {
	case x < 960:
		w.change(t, k, w.shape(w.r), w.r.IntN(10) < w.bias)
	case x < 970:
		w.bias = []int{1, 1, 3, 9}[w.r.IntN(4)]
		for range 500 {
			w.change(t, k, w.shape(w.r), w.r.IntN(10) < w.bias)
		}
	case x < 974:
		w.run(t, k)
	case x < 977:
		w.sets[k] = w.sets[k].AddSet(&w.epochs, w.sets[1-k])
		maps.Copy(w.models[k], w.models[1-k])
	case x < 980:
		w.sets[k] = w.sets[k].RemoveSet(&w.epochs, w.sets[1-k])
		maps.DeleteFunc(w.models[k], func(id uint32, _ bool) bool { return w.models[1-k][id] })
	case x < 982:
		w.rebuild(k)
	case x < 991:
		w.snapshot()
	default:
		w.release(t)
	}
	if w.r.IntN(8) == 0 {
		require.NoError(t, w.sets[k].Check())
	}
	require.Equal(t, len(w.models[k]), w.sets[k].Len())
}

func (w *world) change(t *testing.T, k int, id uint32, remove bool) {
	m := w.models[k]
	var changed bool
	before := w.sets[k]
	if remove {
		w.sets[k], changed = before.Remove(&w.epochs, id)
		require.Equal(t, m[id], changed)
		delete(m, id)
	} else {
		w.sets[k], changed = before.Add(&w.epochs, id)
		require.Equal(t, !m[id], changed)
		m[id] = true
	}
	if !changed {
		require.Same(t, before, w.sets[k])
	}
	require.Equal(t, !remove, w.sets[k].Contains(id))
}

// run adds a run of neighbouring ids, as an import does.
func (w *world) run(t *testing.T, k int) {
	id := w.shape(w.r)
	for range 1200 {
		w.change(t, k, id, false)
		if id == math.MaxUint32 {
			return
		}
		id++
	}
}

// rebuild replaces a set by an equal one that nobody owns.
func (w *world) rebuild(k int) {
	s := w.sets[k]
	switch w.r.IntN(4) {
	case 0:
		s = idset.Or(s, w.sets[1-k])
		maps.Copy(w.models[k], w.models[1-k])
	case 1:
		s = idset.FromBitmap(s.Bitmap())
	case 2:
		s = idset.FromIDs(w.models[k].sorted()...)
	case 3:
		s = idset.OrMany([]*idset.Set{nil, s})
	}
	w.sets[k] = s
}

func (w *world) snapshot() {
	if len(w.held) == 5 {
		return
	}
	w.epochs.Share()
	h := held{sets: w.sets}
	for i, m := range w.models {
		h.want[i] = m.sorted()
	}
	w.held = append(w.held, h)
}

// release lets go of one snapshot, after a last look at all.
func (w *world) release(t *testing.T) {
	if len(w.held) == 0 {
		return
	}
	for i := range w.held {
		w.held[i].check(t)
	}
	i := w.r.IntN(len(w.held))
	w.held = slices.Delete(w.held, i, i+1)
}

func (w *world) compare(t *testing.T) {
	for i, s := range w.sets {
		requireIDs(t, w.models[i].sorted(), s)
	}
}

// requireIDs compares every way of reading single ids with the wanted ones.
func requireIDs(t *testing.T, want []uint32, s *idset.Set) {
	t.Helper()
	require.NoError(t, s.Check())
	require.Equal(t, want, slices.Collect(s.All()))
	require.Equal(t, len(want), s.Len())
	back := slices.Collect(s.Backward())
	slices.Reverse(back)
	require.Equal(t, want, back)
	lo, okLo := s.Min()
	hi, okHi := s.Max()
	require.Equal(t, len(want) > 0, okLo)
	require.Equal(t, len(want) > 0, okHi)
	_, ok := s.Select(len(want))
	require.False(t, ok)
	_, ok = s.Select(-1)
	require.False(t, ok)
	if len(want) == 0 {
		require.Zero(t, s.Blocks())
		return
	}
	require.Equal(t, want[0], lo)
	require.Equal(t, want[len(want)-1], hi)
	require.Equal(t, int(hi>>16)+1, s.Blocks())
	for i := 0; i < len(want); i += 1 + len(want)/50 {
		id, ok := s.Select(i)
		require.True(t, ok)
		require.Equal(t, want[i], id)
		require.True(t, s.Contains(id))
		for from := range s.From(id) {
			require.Equal(t, id, from)
			break
		}
	}
}
