package contact

import (
	"iter"
	"sort"
	"sync"
)

// A log keeps the records of the latest commits.
type log struct {
	mu      sync.Mutex
	records []*Record // ascending without gaps
	changes int       // contacts, companies and events in them
	keep    int       // contacts kept, -1 for none
	last    uint64    // number of the newest record ever
	keys    map[string]uint64
}

func (l *log) append(r *Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = r.Number
	if l.keep < 0 {
		return
	}
	l.records = append(l.records, r)
	l.changes += r.weight()
	if r.Key != "" {
		if l.keys == nil {
			l.keys = make(map[string]uint64)
		}
		l.keys[r.Key] = r.Number
	}
	n := 0
	for ; l.changes > l.keep && n < len(l.records)-1; n++ {
		l.changes -= l.records[n].weight()
		delete(l.keys, l.records[n].Key)

	}
	l.records = l.records[n:]
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

// since returns the records from a number on. The slice is not changed later.
func (l *log) since(number uint64) ([]*Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	oldest := l.last + 1
	if len(l.records) > 0 {
		oldest = l.records[0].Number
	}
	if number < oldest {
		return nil, &TrimmedError{number, oldest}
	}
	if number > l.last {
		return nil, nil
	}
	kept := l.records[number-oldest:]
	return kept[:len(kept):len(kept)], nil
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
		records, err := s.log.since(from)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// findMark returns the number of the first record whose mark of a floor is at
// least n. A record without one stands for the record after it.
func (l *log) findMark(floor string, n uint64) (number uint64, ok bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := sort.Search(len(l.records), func(i int) bool {
		for _, r := range l.records[i:] {
			if m, has := r.Mark(floor); has {
				return m >= n
			}
		}
		return true
	})
	for _, r := range l.records[min(i, len(l.records)):] {
		if m, has := r.Mark(floor); has && m >= n {
			return r.Number, true, nil
		}
	}
	return 0, false, nil
}
