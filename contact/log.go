package contact

import (
	"iter"
	"slices"
	"sort"
	"sync"
)

// A log keeps the records of the latest commits.
type log struct {
	mu      sync.Mutex
	pages   []logPage // ascending without gaps
	skip    int       // records of the first page that are not kept any more
	changes int       // contacts, companies and events in those that are
	keep    int       // contacts kept, -1 for none
	last    uint64    // number of the newest record ever
	keys    map[string]uint64
}

// append adds a record, and reports whether it is the log's now: if not, the caller may
// use it again. One that lies in the commit's own memory is lent.
func (l *log) append(r *Record, lent bool) (kept bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = r.Number
	if l.keep < 0 {
		return false
	}
	last := len(l.pages) - 1
	switch {
	case r.size() > longBytes:
		if kept = true; lent {
			r.own()
		}
		l.pages = append(l.pages, logPage{first: r.Number, long: r})
	case last >= 0 && l.pages[last].takes(r):
		l.pages[last].append(r)
	default:
		room := firstPage
		if last >= 0 && len(l.pages[last].data) > pageBytes/2 {
			room = pageBytes
		}
		l.pages = append(l.pages, logPage{first: r.Number, schema: r.schema, data: make([]byte, 0, room)})
		l.pages[last+1].append(r)
	}
	l.changes += r.weight()
	if r.Key != "" {
		if l.keys == nil {
			l.keys = make(map[string]uint64)
		}
		l.keys[r.Key] = r.Number
	}
	l.trim()
	return kept
}

// trim drops the oldest records that are too many, but not the newest.
func (l *log) trim() {
	for l.changes > l.keep && l.oldest() < l.last {
		p := &l.pages[0]
		l.changes -= p.weight(l.skip)
		if len(l.keys) > 0 {
			delete(l.keys, p.head(l.skip).Key)
		}
		if l.skip++; l.skip == p.len() {
			*p = logPage{} // the list keeps its memory for a while
			l.pages, l.skip = l.pages[1:], 0
		}
	}
}

// oldest returns the number of the oldest record, one more than the newest ever if there
// is none.
func (l *log) oldest() uint64 {
	if len(l.pages) == 0 {
		return l.last + 1
	}
	return l.pages[0].first + uint64(l.skip)
}

// weight is what a record counts against the number of changes kept: a commit
// that only the floors recorded is not free.
func (r *Record) weight() int { return max(1, r.contacts+r.companies+r.events) }

// size returns about how many bytes a record takes.
func (r *Record) size() int {
	n := len(r.data) + len(r.companyData) + len(r.eventData) + len(r.Actor) + len(r.Note) + len(r.Key) + 32
	for _, f := range r.floors {
		n += len(f.data)
	}
	return n
}

// since returns the pages with the records from a number on. They are not changed later.
func (l *log) since(number uint64) ([]logPage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if oldest := l.oldest(); number < oldest {
		return nil, &TrimmedError{number, oldest}
	}
	if number > l.last {
		return nil, nil
	}
	return slices.Clone(l.pages[l.page(number):]), nil
}

// page returns the place of the page with a record that is kept.
func (l *log) page(number uint64) int {
	return sort.Search(len(l.pages), func(i int) bool { return l.pages[i].first > number }) - 1
}

// committed returns the number of the kept record with an idempotency key, 0 if
// there is none.
func (l *log) committed(key string) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keys[key]
}

// committed returns the number of the kept commit with an idempotency key, 0 if
// there is none.
func (s *Store) committed(key string) (uint64, error) {
	switch {
	case key == "":
		return 0, nil
	case s.durable != nil:
		return s.durable.committed(key)
	}
	return s.log.committed(key), nil
}

// Log iterates over the records of the commits from a number on (1 is the first
// ever), up to the newest one at the time of the call. If retention has dropped
// records from that number on, it yields a [*TrimmedError] and ends.
func (s *Store) Log(from uint64) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		from = max(1, from)
		if s.closed.Load() {
			yield(nil, ErrClosed)
			return
		}
		if s.durable != nil {
			s.durable.records(from)(yield)
			return
		}
		pages, err := s.log.since(from)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, p := range pages {
			for i := range p.len() {
				if number := p.first + uint64(i); number >= from && !yield(p.record(i), nil) {
					return
				}
			}
		}
	}
}

// findMark returns the number of the first record whose mark of a floor is at
// least n. A record without one stands for the record after it.
func (l *log) findMark(floor string, n uint64) (number uint64, ok bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	oldest := l.oldest()
	next := func(from uint64) (number, mark uint64, ok bool) { // the first record with a mark
		for ; from <= l.last; from++ {
			p := &l.pages[l.page(from)]
			if m, has := p.head(int(from - p.first)).Mark(floor); has {
				return from, m, true
			}
		}
		return 0, 0, false
	}
	i := sort.Search(int(l.last+1-oldest), func(i int) bool {
		_, mark, ok := next(oldest + uint64(i))
		return !ok || mark >= n
	})
	number, _, ok = next(oldest + uint64(i))
	return number, ok, nil
}

// redact takes the values of an erased contact out of the records before its end.
func (l *log) redact(id ID, commit uint64) (records, values int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	pages := make([]logPage, len(l.pages)) // readers may hold those before
	for i, p := range l.pages {
		skip := 0
		if i == 0 {
			skip = l.skip
		}
		left, hits, n := p.without(skip, func(x ID) bool { return x == id }, commit)
		if pages[i] = p; hits > 0 || skip > 0 {
			pages[i] = left
		}
		records += hits
		values += n
	}
	l.pages, l.skip = pages, 0
	return records, values
}
