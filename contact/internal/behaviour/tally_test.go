package behaviour_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// What is remembered of pages that one contact fills is what adding up every event says,
// whatever comes, goes or is replaced, and versions of before keep what they had.
func TestSummariesOfMuch(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 3))
	e := &version.Epochs{}
	h := newHistory()
	var m model
	amount := func() behaviour.Value {
		switch r.IntN(4) {
		case 0:
			return 0
		case 1:
			return behaviour.Number(r.NormFloat64() * 1e-7)
		}
		return behaviour.Number(float64(r.IntN(100_000)) / 100)
	}
	insert := func() {
		h = h.Writable(e)
		ev := behaviour.Event{ID: behaviour.ID{Contact: uint32(1 + r.IntN(20)/18), Time: r.Int64N(5000)}, Values: []behaviour.Value{0, amount(), 0, 0}}
		ev.ID = h.Insert(e, &ev)
		m = append(m, ev)
	}
	check := func(h *behaviour.History, m model) {
		t.Helper()
		for range 3 {
			a, b := r.Int64N(6000)-500, r.Int64N(6000)-500
			q := behaviour.Query{Window: behaviour.Window{After: min(a, b), To: max(a, b)}}
			if r.IntN(3) == 0 {
				q.Window = behaviour.Always
			}
			for contact := uint32(1); contact <= 3; contact++ {
				list := m.of(contact, q.Window, nil)
				slices.SortFunc(list, byID)
				attr := attrAmount
				if r.IntN(8) == 0 {
					attr = attrPlace // which makes the next look a new one
				}
				requireSummary(t, list, attr, h.Summarize(contact, &q, attr), fmt.Sprint(contact, q.Window))
			}
		}
	}
	for range 6000 {
		insert()
	}
	old, had := h, slices.Clone(m)
	e.Share()
	for range testflags.Cases(150) {
		switch i := r.IntN(len(m)); r.IntN(4) {
		case 0:
			h = h.Writable(e)
			_, ok := h.Delete(e, m[i].ID)
			require.True(t, ok)
			m = slices.Delete(m, i, i+1)
		case 1:
			h = h.Writable(e)
			m[i].Values = []behaviour.Value{0, amount(), 0, 0}
			require.True(t, h.Replace(e, &m[i]))
		default:
			insert()
		}
		check(h, m)
		if r.IntN(10) == 0 {
			check(old, had)
			old, had = h, slices.Clone(m)
			e.Share()
		}
	}
}

// BenchmarkSummarizeMuch adds up the latest events of a contact that has 80 000, after each
// one that is recorded.
func BenchmarkSummarizeMuch(b *testing.B) {
	e := &version.Epochs{}
	h := newHistory()
	record := func(i int) {
		ev := behaviour.Event{ID: behaviour.ID{Contact: 1, Time: int64(i)}, Values: []behaviour.Value{0, behaviour.Number(float64(i%1000) / 100), 0, 0}}
		h.Insert(e, &ev)
	}
	n := 80_000
	for i := range n {
		record(i)
	}
	for b.Loop() {
		record(n)
		h.Summarize(1, &behaviour.Query{Window: behaviour.Window{After: int64(n - 70_000), To: int64(n)}}, attrAmount)
		n++
	}
}
