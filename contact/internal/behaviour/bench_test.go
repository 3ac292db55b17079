package behaviour_test

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sort"
	"testing"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

const (
	day     = int64(86_400_000)
	start   = 19_700 * day // of the year of events
	year    = 365 * day
	objects = 2000
)

// shares of the types among the events, in percent.
var shares = []int{30, 20, 15, 12, 10, 6, 4, 3}

// Types of the questions below.
const (
	pageHit   = 0
	emailRead = 1
	purchase  = 5
)

// raw is an event as a program would keep it.
type raw struct {
	time    int64
	contact uint32
	object  uint16
}

// generator draws events in the order of time: objects by Zipf's law, contacts skewed
// (the most active tenth has more than half of the events).
type generator struct {
	r        *rand.Rand
	zipf     *rand.Zipf
	contacts int
	now, gap int64
}

func newGenerator(contacts, kind int) *generator {
	src := rand.NewPCG(20261124, uint64(kind))
	r := rand.New(src)
	n := contacts * shares[kind] / 10
	return &generator{r, rand.NewZipf(r, 1.0001, 1, objects-1), contacts, start, year / int64(n)}
}

func (g *generator) next() raw {
	u := g.r.Float64()
	rank := uint64(u * u * u * float64(g.contacts))
	g.now += g.r.Int64N(2*g.gap + 1)
	return raw{g.now, 1 + uint32(rank*2_654_435_761%uint64(g.contacts)), uint16(1 + g.zipf.Uint64())}
}

func (x raw) event(values []behaviour.Value) behaviour.Event {
	values[0] = behaviour.Text(uint32(x.object))
	return behaviour.Event{ID: behaviour.ID{Contact: x.contact, Time: x.time}, Values: values}
}

// workload is the events of every type, ten for each contact, both as histories and as
// plain slices.
type workload struct {
	contacts int
	epochs   version.Epochs
	types    []*behaviour.History
	raw      [][]raw
	ids      *idset.Set
}

var loaded = map[string]*workload{} // by size

// load returns the workload of a size, made once. Its histories are under the eyes of a
// snapshot: who changes them gets versions of his own.
func load(b testing.TB, size string) *workload {
	testflags.NeedSize(b, size)
	if loaded[size] == nil {
		loaded[size] = newWorkload(testflags.Size(size))
	}
	return loaded[size]
}

func newWorkload(contacts int) *workload {
	w := &workload{contacts: contacts}
	for kind, share := range shares {
		g := newGenerator(contacts, kind)
		h := newObjects().Writable(&w.epochs)
		list := make([]raw, 0, contacts*share/10)
		values := make([]behaviour.Value, 1)
		for range cap(list) {
			x := g.next()
			ev := x.event(values)
			h.Insert(&w.epochs, &ev)
			list = append(list, x)
		}
		w.types, w.raw = append(w.types, h), append(w.raw, list)
	}
	w.epochs.Share()
	var all idset.Builder
	all.AddRange(1, uint32(contacts))
	w.ids = all.Set()
	return w
}

// newObjects returns a history whose events have an object.
func newObjects() *behaviour.History {
	return behaviour.New(behaviour.Attribute{Fold: lower, Indexed: true})
}

var sizes = []string{"100k", "1M"}

// BenchmarkInsert records events beside those of a year: in order, with one in a hundred
// up to a month late, and all of them at random times.
func BenchmarkInsert(b *testing.B) {
	for _, size := range sizes {
		for _, late := range []int{0, 1, 100} {
			b.Run(fmt.Sprintf("late=%d%%/%s", late, size), func(b *testing.B) { benchmarkInsert(b, size, late, 0) })
		}
	}
}

// BenchmarkInsertView is the same, in order, with a view taken every so many events.
func BenchmarkInsertView(b *testing.B) {
	for _, size := range sizes {
		for _, every := range []int{1, 10, 1000} {
			b.Run(fmt.Sprintf("every=%d/%s", every, size), func(b *testing.B) { benchmarkInsert(b, size, 0, every) })
		}
	}
}

func benchmarkInsert(b *testing.B, size string, late, every int) {
	w := load(b, size)
	g := newGenerator(w.contacts, pageHit)
	h := w.types[pageHit]
	g.now = start + year
	values := make([]behaviour.Value, 1)
	if every == 0 { // copy what the workload's own version sees first
		h = h.Writable(&w.epochs)
		for _, x := range w.raw[pageHit] {
			if x.time%16 == 0 {
				ev := x.event(values)
				h.Insert(&w.epochs, &ev)
			}
		}
	}
	evs := make([]raw, 1<<20)
	for i := range evs {
		evs[i] = g.next()
		switch {
		case late == 100:
			evs[i].time = start + g.r.Int64N(year)
		case g.r.IntN(100) < late:
			evs[i].time -= g.r.Int64N(30 * day)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		x := evs[i&(1<<20-1)]
		x.time += int64(i>>20) * (g.now - start - year) * int64(bit(late < 100))
		ev := x.event(values)
		h = h.Writable(&w.epochs)
		h.Insert(&w.epochs, &ev)
		if every > 0 && i%every == every-1 {
			w.epochs.Share()
		}
	}
	b.StopTimer()
	w.epochs.Share()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// BenchmarkDelete takes single events out.
func BenchmarkDelete(b *testing.B) {
	for _, size := range sizes {
		b.Run(size, func(b *testing.B) {
			w := load(b, size)
			r := rand.New(rand.NewPCG(1, 1))
			list := w.raw[pageHit]
			order := r.Perm(len(list))
			h := w.types[pageHit].Writable(&w.epochs)
			values := make([]behaviour.Value, 1)
			for i := range b.N {
				x := list[order[i%len(order)]]
				ev := x.event(values)
				if _, ok := h.Delete(&w.epochs, ev.ID); !ok {
					h.Insert(&w.epochs, &ev)
				}
			}
			w.epochs.Share()
		})
	}
}

// BenchmarkForget takes the oldest events out, 1 000 at a time.
func BenchmarkForget(b *testing.B) {
	w := load(b, "100k")
	h := w.types[pageHit]
	for b.Loop() {
		if h.Len() < 1000 {
			h = w.types[pageHit]
		}
		h = h.Writable(&w.epochs)
		h.Forget(&w.epochs, start+2*year, 1000, nil)
	}
	w.epochs.Share()
}

// BenchmarkLoad makes the histories of the workload again, as a store is opened.
func BenchmarkLoad(b *testing.B) {
	for _, size := range sizes {
		b.Run(size, func(b *testing.B) {
			w := load(b, size)
			n := 0
			for b.Loop() {
				for _, h := range w.types {
					again := newObjects().Writable(&w.epochs)
					if err := again.Load(&w.epochs, h.All()); err != nil {
						b.Fatal(err)
					}
					n += again.Len()
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkContact asks one contact: the number of its events in the last 90 days, and
// how many of these are of one object.
func BenchmarkContact(b *testing.B) {
	for _, size := range sizes {
		w := load(b, size)
		h := w.types[pageHit]
		window := behaviour.Window{After: start + year - 90*day, To: start + year}
		r := rand.New(rand.NewPCG(1, 1))
		ask := make([]uint32, 1<<16)
		for i := range ask {
			ask[i] = 1 + r.Uint32N(uint32(w.contacts))
		}
		for _, c := range []struct {
			name string
			f    func(contact uint32) int
		}{
			{"count", func(contact uint32) int { return h.Count(contact, window) }},
			{"object", func(contact uint32) int {
				n := 0
				for w := h.Ascend(contact, window); w.Next(); {
					n += bit(w.Value(0).Code() == 17)
				}
				return n
			}},
			{"last", func(contact uint32) int {
				w := h.Descend(contact, window)
				return bit(w.Next())
			}},
		} {
			b.Run(c.name+"/"+size, func(b *testing.B) {
				b.ReportAllocs()
				n := 0
				for i := range b.N {
					n += c.f(ask[i&(1<<16-1)])
				}
			})
		}
	}
}

// A forward question, by the history and by a hand-written loop over what would be
// ready for it.
type forward struct {
	name  string
	ask   func(w *workload, i int) int
	bound func(w *workload) func(i int) int
}

func lately(w *workload, days, i int) behaviour.Window {
	to := start + year - int64(i%64)*3_600_000
	return behaviour.Window{After: to - int64(days)*day, To: to}
}

var forwards = []forward{
	{"Q11", func(w *workload, i int) int { // object 17 and its neighbours, ever
		q := behaviour.Query{Window: behaviour.Always, Tests: []behaviour.Test{{Attr: 0, In: behaviour.Codes(behaviour.Text(uint32(10 + i%64)))}}}
		return w.types[emailRead].AtLeast(&q, 1).Len()
	}, nil},
	{"Q12", func(w *workload, i int) int { // 3 times in 90 days
		q := behaviour.Query{Window: lately(w, 90, i)}
		return w.types[purchase].AtLeast(&q, 3).Len()
	}, boundQ12},
	{"Q13", func(w *workload, i int) int { // none in 60 days
		q := behaviour.Query{Window: lately(w, 60, i)}
		return w.ids.Len() - w.types[pageHit].AtLeast(&q, 1).Len()
	}, boundQ13},
	{"ObjectInWindow", func(w *workload, i int) int {
		q := behaviour.Query{Window: lately(w, 60, i), Tests: []behaviour.Test{{Attr: 0, In: behaviour.Codes(behaviour.Text(uint32(10 + i%64)))}}}
		return w.types[emailRead].AtLeast(&q, 1).Len()
	}, boundObject},
	{"FiveOfTop", func(w *workload, i int) int { // most frequent object at least 5 times
		q := behaviour.Query{Window: lately(w, 300, i), Tests: []behaviour.Test{{Attr: 0, In: behaviour.Codes(behaviour.Text(uint32(1 + i%4)))}}}
		return w.types[pageHit].AtLeast(&q, 5).Len()
	}, nil},
	{"LastBefore", func(w *workload, i int) int { // last time more than 200 days ago
		to := lately(w, 200, i).After
		q := behaviour.Query{Window: behaviour.Always}
		return w.types[pageHit].Having(&q, -1, func(_ uint32, s *behaviour.Summary) bool { return s.Last < to }).Len()
	}, nil},
}

func BenchmarkForward(b *testing.B) {
	for _, size := range sizes {
		for _, f := range forwards {
			b.Run(f.name+"/"+size, func(b *testing.B) {
				w := load(b, size)
				n := 0
				for i := range b.N {
					n += f.ask(w, i)
				}
				b.ReportMetric(float64(n)/float64(b.N), "contacts")
			})
		}
	}
}

func BenchmarkBoundForward(b *testing.B) {
	for _, size := range sizes {
		for _, f := range forwards {
			if f.bound == nil {
				continue
			}
			b.Run(f.name+"/"+size, func(b *testing.B) {
				bound := f.bound(load(b, size))
				b.ResetTimer()
				n := 0
				for i := range b.N {
					n += bound(i)
				}
				b.ReportMetric(float64(n)/float64(b.N), "contacts")
			})
		}
	}
}

// run is the times and contacts of a type, in order.
func run(list []raw) (times []int64, contacts []uint32) {
	for _, x := range list {
		times, contacts = append(times, x.time), append(contacts, x.contact)
	}
	return times, contacts
}

func within(times []int64, w behaviour.Window) (from, to int) {
	from = sort.Search(len(times), func(i int) bool { return times[i] > w.After })
	to = sort.Search(len(times), func(i int) bool { return times[i] > w.To })
	return from, to
}

func boundQ12(w *workload) func(i int) int {
	times, contacts := run(w.raw[purchase])
	counts := make([]uint8, w.contacts+1)
	return func(i int) (n int) {
		clear(counts)
		from, to := within(times, lately(w, 90, i))
		for _, c := range contacts[from:to] {
			counts[c]++
			n += bit(counts[c] == 3)
		}
		return n
	}
}

func boundQ13(w *workload) func(i int) int {
	times, contacts := run(w.raw[pageHit])
	words := make([]uint64, w.contacts/64+1)
	return func(i int) int {
		clear(words)
		from, to := within(times, lately(w, 60, i))
		for _, c := range contacts[from:to] {
			words[c>>6] |= 1 << (c & 63)
		}
		n := w.contacts
		for _, x := range words {
			n -= bits.OnesCount64(x)
		}
		return n
	}
}

func boundObject(w *workload) func(i int) int {
	type post struct {
		time    int64
		contact uint32
	}
	posts := make([][]post, objects+1)
	for _, x := range w.raw[emailRead] {
		posts[x.object] = append(posts[x.object], post{x.time, x.contact})
	}
	words := make([]uint64, w.contacts/64+1)
	return func(i int) (n int) {
		clear(words)
		window := lately(w, 60, i)
		for _, p := range posts[10+i%64] {
			if window.Holds(p.time) {
				n += int(^words[p.contact>>6] >> (p.contact & 63) & 1)
				words[p.contact>>6] |= 1 << (p.contact & 63)
			}
		}
		return n
	}
}

// BenchmarkMemory measures what an event of the workload takes with everything that is
// kept for it, by the estimate and by the heap.
func BenchmarkMemory(b *testing.B) {
	for _, size := range sizes {
		b.Run(size, func(b *testing.B) {
			testflags.NeedSize(b, size)
			for range b.N {
				before := heap()
				w := newWorkload(testflags.Size(size))
				plain := 0
				for _, list := range w.raw {
					plain += len(list)
				}
				w.raw = nil
				after := heap()
				bytes := 0
				for _, h := range w.types {
					bytes += h.Bytes()
				}
				b.ReportMetric(float64(bytes)/float64(plain), "B/event")
				b.ReportMetric(float64(after-before)/float64(plain), "heapB/event")
				runtime.KeepAlive(w)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // what pools kept through the first is gone after the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
