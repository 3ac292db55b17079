package segment

import (
	"iter"
	"sort"
	"sync"
)

// A feed keeps the changes of the latest commits and wakes those who wait for
// more.
type feed struct {
	mu      sync.Mutex
	batches []*batch
	kept    int           // changes in them
	keep    int           // changes kept at most, but for the newest batch
	last    uint64        // number of the newest change ever
	more    chan struct{} // closed when a batch comes, then made anew
}

func newFeed(keep int) *feed { return &feed{keep: keep, more: make(chan struct{})} }

// append adds a batch; its changes are numbered already.
func (f *feed) append(b *batch) {
	if b.n == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.batches = append(f.batches, b)
	f.kept += int(b.n)
	f.last = b.first + b.n - 1
	n := 0
	for ; f.kept > f.keep && n < len(f.batches)-1; n++ {
		f.kept -= int(f.batches[n].n)
	}
	f.batches = f.batches[n:]
	close(f.more)
	f.more = make(chan struct{})
}

// since returns the batches with the changes from a number on, the number of the
// newest change, and what is closed when more come. The slice is not changed
// later.
func (f *feed) since(number uint64) (batches []*batch, last uint64, more <-chan struct{}, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	oldest := f.last + 1
	if len(f.batches) > 0 {
		oldest = f.batches[0].first
	}
	if number < oldest {
		return nil, f.last, f.more, &TrimmedError{number, oldest}
	}
	i := sort.Search(len(f.batches), func(i int) bool { return f.batches[i].first+f.batches[i].n > number })
	return f.batches[i:len(f.batches):len(f.batches)], f.last, f.more, nil
}

// Changes iterates over the feed from a number on (1 is the first change ever),
// up to the newest change when the iteration begins: every contact entering or
// leaving every segment, first fills and edits of definitions included. If
// retention has dropped changes from that number on, it yields a [*TrimmedError]
// and ends.
func (e *Engine) Changes(from uint64) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		from := max(1, from)
		batches, _, _, err := e.feed.since(from)
		if err != nil {
			yield(Change{}, err)
			return
		}
		for _, b := range batches {
			if !b.each(from, func(c Change) bool { return yield(c, nil) }) {
				return
			}
		}
	}
}

// LastChange returns the number of the newest change, 0 if there was none.
func (e *Engine) LastChange() uint64 {
	e.feed.mu.Lock()
	defer e.feed.mu.Unlock()
	return e.feed.last
}
