package segment

import (
	"iter"
	"slices"
	"sort"
	"sync"

	"github.com/rosterdb/roster/contact"
)

// A feed keeps the changes of the latest commits in memory and wakes those who
// wait for more. A transaction's changes are put in before it is visible; which ones
// may be shown follows from the version that is read, so that the feed and the members
// change at the same moment for everybody.
type feed struct {
	mu      sync.Mutex
	batches []*batch
	kept    int           // changes in them
	keep    int           // changes kept at most, but for the newest batch
	last    uint64        // number of the newest change ever, shown or not
	more    chan struct{} // closed when a batch can be seen, or may; nil as long as nobody waits
}

func newFeed(keep int) *feed { return &feed{keep: keep} }

// startAfter sets the number of the newest change there ever was, of which the
// feed knows nothing else.
func (f *feed) startAfter(last uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = last
}

// append adds a batch that nobody can see yet, if it is not nil or empty; its changes are
// numbered already.
func (f *feed) append(b *batch) {
	if b == nil || b.n == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.batches = append(f.batches, b)
	f.kept += int(b.n)
	f.last = b.first + b.n - 1
}

// takeBack drops the changes from a number on, which nobody has seen.
func (f *feed) takeBack(first uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n := len(f.batches) - 1; n >= 0 && f.batches[n].first >= first; n-- {
		f.kept -= int(f.batches[n].n)
		f.last = f.batches[n].first - 1
		f.batches = slices.Delete(slices.Clone(f.batches), n, n+1)
	}
}

// shown notes that the batch can be seen that begins with a number: it drops what is too
// old before that one and wakes those who wait.
func (f *feed) shown(first uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for ; f.kept > f.keep && f.batches[n].first < first; n++ {
		f.kept -= int(f.batches[n].n)
	}
	f.batches = f.batches[n:]
	f.wakeLocked()
}

// wake has those who wait look again: more may be seen by now, a moment before that is told.
func (f *feed) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wakeLocked()
}

func (f *feed) wakeLocked() {
	if f.more != nil {
		close(f.more)
		f.more = nil
	}
}

// next returns what is closed when more can be seen.
func (f *feed) next() (more <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.more == nil {
		f.more = make(chan struct{})
	}
	return f.more
}

// since returns the batches with the changes from a number on, also those that nobody
// may see yet. The slice is not changed later.
func (f *feed) since(number uint64) ([]*batch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	oldest := f.last + 1
	if len(f.batches) > 0 {
		oldest = f.batches[0].first
	}
	if number < oldest {
		return nil, &TrimmedError{number, oldest}
	}
	i := sort.Search(len(f.batches), func(i int) bool { return f.batches[i].first+f.batches[i].n > number })
	return f.batches[i:len(f.batches):len(f.batches)], nil
}

// Changes iterates over the feed from a number on (1 is the first change ever),
// up to the newest change when the iteration begins: every contact entering or
// leaving every segment, first fills and edits of definitions included. If
// retention has dropped changes from that number on, it yields a [*TrimmedError]
// and ends. In a store that is kept on disk, changes that are not in memory any more
// are read from its log a few at a time; what goes wrong there is yielded and ends
// the iteration.
func (e *Engine) Changes(from uint64) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		from := max(1, from)
		last := e.LastChange()
		if _, err := e.read(from, last, func(c Change) bool { return yield(c, nil) }); err != nil {
			yield(Change{}, err)
		}
	}
}

// read calls yield with the changes from a number on up to the last of a commit,
// until it returns false; it reports whether it came to the end.
func (e *Engine) read(from, last uint64, yield func(Change) bool) (bool, error) {
	for from <= last {
		batches, err := e.feed.since(from)
		memory := err == nil
		if !memory {
			if batches, err = e.readLog(from, last, err); err != nil {
				return false, err
			}
		}
		for _, b := range batches {
			if b.first > last {
				break
			}
			if !b.each(from, yield) {
				return false, nil
			}
			from = b.first + b.n
		}
		if memory {
			break
		}
	}
	return true, nil
}

// LastChange returns the number of the newest change, 0 if there was none. It is that of
// the newest version: whoever sees a contact in a segment finds its entering in the feed.
func (e *Engine) LastChange() (last uint64) {
	e.store.Peek(func(v *contact.View) { last = At(v).LastChange() })
	return last
}

// LastChange returns the number of the newest change in these members, 0 if there was
// none: who takes them and goes on with [Engine.Changes] from the next number has
// everything once.
func (m Members) LastChange() uint64 { return m.root.change }
