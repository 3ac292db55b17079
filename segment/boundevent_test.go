package segment_test

import (
	"math/bits"
	"slices"
	"sort"
	"time"

	"github.com/rosterdb/roster/contact/contacttest"
)

// boundEvents is the events of the workload as a program written for exactly these
// queries would hold them.
type boundEvents struct {
	readers         [][]uint32 // by object: who has read an e-mail with it, each once, in order
	purchases, hits timeline
	counters        []uint64 // of two bits for each contact
	words           []uint64 // a bit for each contact
}

// A timeline is the events of a type in the order of time.
type timeline struct {
	times    []int64
	contacts []uint32
}

// since returns the contacts of the events after an instant.
func (l *timeline) since(t int64) []uint32 {
	return l.contacts[sort.Search(len(l.times), func(i int) bool { return l.times[i] > t }):]
}

func (l *timeline) add(id uint32, t int64) {
	l.contacts, l.times = append(l.contacts, id), append(l.times, t)
}

var boundEventDatas = map[int]*boundData{}

// boundEventsOf returns the data of the queries about events alone.
func boundEventsOf(n int) *boundData {
	if d := boundEventDatas[n]; d != nil {
		return d
	}
	d := &boundData{n: n, events: boundEvents{
		readers: make([][]uint32, contacttest.MostObjects+1), counters: make([]uint64, n/32+1), words: make([]uint64, n/64+1)}}
	for _, ev := range contacttest.Events(benchSeed, n) {
		id := uint32(ev.Contact + 1)
		switch ev.Type {
		case "email.read":
			d.events.readers[ev.Object] = append(d.events.readers[ev.Object], id)
		case "page.hit":
			d.events.hits.add(id, ev.At)
		case contacttest.Purchase:
			d.events.purchases.add(id, ev.At)
		}
	}
	for i, list := range d.events.readers {
		slices.Sort(list)
		d.events.readers[i] = slices.Clip(slices.Compact(list))
	}
	boundEventDatas[n] = d
	return d
}

func boundQ11(d *boundData, i int, ids bool) (int, []uint32) {
	readers := d.events.readers[q11Object(i)]
	if !ids {
		return len(readers), nil
	}
	return 0, append([]uint32(nil), readers...)
}

// after returns the beginning of a window that ends now.
func after(window time.Duration) int64 { return contacttest.Now().Add(-window).UnixMilli() }

func boundQ12(d *boundData, i int, ids bool) (n int, list []uint32) {
	counters := d.events.counters
	clear(counters)
	for _, id := range d.events.purchases.since(after(q12Window(i))) {
		w, shift := &counters[id>>5], id&31*2
		c := *w >> shift & 3
		*w += one(c < 3) << shift
		if c == 2 {
			n++
			if ids {
				list = append(list, id)
			}
		}
	}
	slices.Sort(list)
	return n, list
}

func boundQ13(d *boundData, i int, ids bool) (n int, list []uint32) {
	words := d.events.words
	clear(words)
	words[0] = 1 // no contact
	for _, id := range d.events.hits.since(after(q13Window(i))) {
		words[id>>6] |= 1 << (id & 63)
	}
	if !ids {
		n = d.n + 1
		for _, w := range words {
			n -= bits.OnesCount64(w)
		}
		return n, nil
	}
	list = make([]uint32, 0, d.n)
	for w, word := range words {
		for word = ^word; word != 0; word &= word - 1 {
			if id := uint32(w*64 + bits.TrailingZeros64(word)); int(id) <= d.n {
				list = append(list, id)
			}
		}
	}
	return 0, list
}
