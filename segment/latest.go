package segment

import (
	"context"
	"errors"
	"slices"

	"github.com/rosterdb/roster/contact"
)

// latest returns the last change of a contact in a segment that is not younger than
// a number, nil if none is kept, and whether the feed is kept as far back as to say
// so.
func (e *Engine) latest(ctx context.Context, id ID, who contact.ID, upTo uint64) (c *Change, whole bool, err error) {
	batches, oldest := e.feed.all()
	for _, b := range slices.Backward(batches) {
		if b.first > upTo {
			continue
		}
		if c, ok := b.latest(id, who); ok {
			return &c, true, nil
		}
	}
	oldest = min(oldest, upTo+1)
	if oldest <= 1 || !e.durable {
		return nil, oldest <= 1, nil
	}
	return e.latestOfLog(ctx, id, who, oldest)
}

// latestOfLog is latest for the changes before a number, which are not in memory. It
// reads stretches of the log, each twice as long as the one behind it.
func (e *Engine) latestOfLog(ctx context.Context, id ID, who contact.ID, before uint64) (c *Change, whole bool, err error) {
	for n := uint64(10 * readAtOnce); before > 1; n *= 2 {
		from := before - min(n, before-1)
		at, whole := from, true
		for at < before {
			if ctx.Err() != nil {
				return nil, false, context.Cause(ctx)
			}
			batches, err := e.readLog(at, before-1, &TrimmedError{at, before})
			var trimmed *TrimmedError
			switch {
			case errors.As(err, &trimmed):
				at, whole = max(at+1, trimmed.Oldest), false
				continue
			case errors.Is(err, contact.ErrTrimmed): // while it was read
				at, whole = before, false
				continue
			case err != nil:
				return nil, false, err
			}
			for _, b := range batches {
				if b.first >= before {
					break
				}
				if found, ok := b.latest(id, who); ok {
					c = &found
				}
			}
			last := batches[len(batches)-1]
			at = last.first + last.n
		}
		if c != nil || !whole {
			return c, c != nil, nil
		}
		before = from
	}
	return nil, true, nil
}

// latest returns the last change of a contact in a segment.
func (b *batch) latest(id ID, who contact.ID) (c Change, found bool) {
	number := b.first
	for i := range b.entries {
		e := &b.entries[i]
		switch {
		case !e.bulk:
			if e.def.ID == id && e.contact == who {
				c, found = b.change(e), true
				c.Number = number
			}
			number++
			continue
		case e.def.ID == id && b.sets[e.contact].Contains(who):
			c, found = b.change(e), true
			c.Number = number + b.rank(e, who)
		}
		number += uint64(b.sets[e.contact].Len())
	}
	c.Contact = who
	return c, found
}

// rank returns how many contacts of a bulk step come before one.
func (b *batch) rank(e *entry, who contact.ID) (n uint64) {
	for other := range b.sets[e.contact].All() {
		if other >= who {
			break
		}
		n++
	}
	return n
}

// all returns the batches that are kept in memory, which are not changed later,
// and the number of the oldest change in them.
func (f *feed) all() (batches []*batch, oldest uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.batches) == 0 {
		return nil, f.last + 1
	}
	return f.batches[:len(f.batches):len(f.batches)], f.batches[0].first
}
