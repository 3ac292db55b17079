package contact

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

func chunkSchema() *Schema {
	return MustSchema(EventType("hit", Text("url"), Number("n"), Bool("x")))
}

// randomHistory returns events of contacts on both sides of the borders of shelves.
func randomHistory(r *rand.Rand, e *version.Epochs, d *eventDef, n int) *behaviour.History {
	h := behaviour.New(d.declared(0)...)
	for range n {
		ev := behaviour.Event{Values: make([]behaviour.Value, 3)}
		ev.ID = behaviour.ID{Contact: uint32(1 + r.IntN(3*eventShelf)), Time: r.Int64N(maxMS)}
		if r.IntN(2) == 0 {
			ev.ID = behaviour.ID{Contact: uint32(eventShelf - 1 + r.IntN(2)), Time: int64(r.IntN(3))}
		}
		if r.IntN(3) == 0 {
			ev.Key = behaviour.KeyOf(fmt.Sprint(r.IntN(1e6)))
		}
		if r.IntN(3) > 0 {
			ev.Values[0] = h.AddText(e, 0, fmt.Sprint("/", r.IntN(20)-1))
		}
		if r.IntN(3) > 0 {
			ev.Values[1] = behaviour.Number([]float64{0, -1, 0.01, math.Pi, 1e-320, -1e308, 1 << 53}[r.IntN(7)])
		}
		ev.Values[2] = behaviour.Value(r.IntN(3))
		h.Insert(e, &ev)
	}
	return h
}

// toldHistory returns all events with their texts.
func toldHistory(h *behaviour.History) (lines []string) {
	for ev := range h.All() {
		text := "none"
		if ev.Values[0] != 0 {
			text, _ = h.Texts(0).Both(ev.Values[0].Code())
		}
		lines = append(lines, fmt.Sprint(ev.ID, ev.Key, text, ev.Values[1:]))
	}
	return lines
}

// readChunks reads chunks as opening a store does.
func readChunks(d *eventDef, chunks [][]byte) (h *behaviour.History, keys int, err error) {
	s := &Store{}
	r := eventReader{def: d, s: s, h: behaviour.New(d.declared(0)...), keys: s.keysOf(0)}
	loaded := r.h.Load(&s.epochs, func(yield func(*behaviour.Event) bool) {
		for shelf, data := range chunks {
			if len(data) == 0 || err != nil {
				continue
			}
			err = r.chunk(shelf, data, yield)
		}
	})
	if loaded != nil {
		err = loaded
	}
	return r.h, r.keys.Len(), err
}

// What is written into chunks is read from them.
func TestEventChunks(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	d := chunkSchema().events[0]
	for _, n := range []int{0, 1, 10, 3000} {
		var e version.Epochs
		h := randomHistory(r, &e, d, n)
		keyed := make(map[behaviour.Key]bool)
		for ev := range h.All() {
			keyed[ev.Key] = true
		}
		delete(keyed, behaviour.Key{})
		w := eventWriter{h: h}
		var chunks [][]byte
		for shelf := range 4 {
			chunks = append(chunks, w.append(nil, shelf))
		}
		again, keys, err := readChunks(d, chunks)
		require.NoError(t, err)
		require.Equal(t, toldHistory(h), toldHistory(again))
		require.Equal(t, len(keyed), keys)
	}
}

// A chunk that is not one is an error, not a panic.
func TestDamagedEventChunks(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	d := chunkSchema().events[0]
	var e version.Epochs
	chunk := (&eventWriter{h: randomHistory(r, &e, d, 200)}).append(nil, 0)
	whole, _, err := readChunks(d, [][]byte{chunk})
	require.NoError(t, err)
	for n := range chunk {
		h, _, err := readChunks(d, [][]byte{append([]byte{}, chunk[:n]...)})
		if n > 0 && err == nil {
			require.Less(t, h.Len(), whole.Len())
		}
		flipped := slices.Clone(chunk)
		flipped[n] ^= 1 << r.IntN(8)
		_, _, _ = readChunks(d, [][]byte{flipped})
	}
	for _, wrong := range []struct {
		shelf int
		data  []byte
		want  string
	}{
		{0, []byte{2}, errSealed.Error()},
		{0, []byte{1, 4, 0, 0, 0, 0, 0, 0}, "events with 4 attributes of a type with 3"},
		{0, []byte{1, 0, 0, 2}, "an event of contact 0 among those from 0 on"},
		{1, []byte{1, 0, 0x80, 0x20, 2}, "an event of contact 2048 among those from 1024 on"},
		{0, []byte{1, 0, 4, 2, 0, 0}, "behaviour: loading event 2: contact 1, time 1, tie 0 is not above the one before it"},
	} {
		chunks := make([][]byte, wrong.shelf+1)
		chunks[wrong.shelf] = wrong.data
		_, _, err := readChunks(d, chunks)
		require.EqualError(t, err, wrong.want)
	}
}

// Events of somebody who does not live are no good file.
func TestEventsOfNobody(t *testing.T) {
	s, err := Open(t.TempDir(), chunkSchema(), nil)
	require.NoError(t, err)
	require.NoError(t, s.checkEventContacts())
	require.NoError(t, s.Update(context.Background(), func(tx *Tx) error {
		id, err := tx.Insert(nil)
		require.NoError(t, err)
		return tx.Record(id, Event{Type: "hit", At: instant(1)})
	}))
	require.NoError(t, s.checkEventContacts())
	s.cur.live = nil
	require.ErrorContains(t, s.checkEventContacts(), `events of the type "hit": 1 of their contacts do not live`)
	require.NoError(t, s.Close())
}
