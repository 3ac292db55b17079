package segment

import (
	"cmp"
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
)

// coming is what falls due at an instant.
type coming struct {
	at    int64
	items []comingItem
	pairs []comingPair
}

// A comingItem is contacts that some segments have to be asked about.
type comingItem struct {
	users []ID
	who   []contact.ID
}

// A comingPair is a contact that a segment has to be asked about. If it is sure, the answer
// is another one then, and holds is what it is.
type comingPair struct {
	user        ID
	who         contact.ID
	sure, holds bool
}

func (c *coming) empty() bool { return len(c.items)+len(c.pairs) == 0 }

// reset forgets everything.
func (c *coming) reset() { c.items, c.pairs = c.items[:0], c.pairs[:0] }

// count returns the number of contacts, counted as often as they are asked about.
func (c *coming) count() int {
	n := len(c.pairs)
	for _, item := range c.items {
		n += len(item.who) * len(item.users)
	}
	return n
}

// add has a segment asked about a contact, if what comes to the contact can turn the
// segment's answer.
func (c *coming) add(v *contact.View, r *root, is reader, who contact.ID) {
	if n := len(c.pairs); n > 0 && c.pairs[n-1].user == is.id && c.pairs[n-1].who == who || !is.open(v, r, c.at, who) {
		return
	}
	c.pairs = append(c.pairs, comingPair{user: is.id, who: who})
}

// byUser iterates over the pairs of each segment.
func (c *coming) byUser(yield func(user ID, pairs []comingPair) bool) {
	for from, to := 0, 0; from < len(c.pairs); from = to {
		user := c.pairs[from].user
		for to < len(c.pairs) && c.pairs[to].user == user {
			to++
		}
		if !yield(user, c.pairs[from:to]) {
			return
		}
	}
}

// settle puts the pairs in order, by segment and contact, each once.
func (c *coming) settle() {
	if len(c.pairs) > 1 {
		slices.SortFunc(c.pairs, func(a, b comingPair) int {
			return cmp.Or(cmp.Compare(a.user, b.user), cmp.Compare(a.who, b.who))
		})
		c.pairs = slices.Compact(c.pairs)
	}
}

// forget forgets the answers: they are those of a version that came to nothing.
func (c *coming) forget() {
	for i := range c.pairs {
		c.pairs[i].sure = false
	}
}

// flips reports whether somebody is to enter or leave. Of the pairs it leaves those that
// do, and those whose answer may still become another one because the segment names others.
func (e *Engine) flips(v *contact.View, c *coming) bool {
	r, flips, kept := rootOf(v), false, c.pairs[:0]
	c.settle()
	for user, pairs := range c.byUser {
		roll := r.roll(user)
		final, many := len(roll.def.refs) == 0, manyOf(len(pairs), v)
		for _, p := range pairs {
			if many && flips { // all are asked by one run over everybody
				kept = append(kept, p)
				continue
			}
			holds := roll.def.program.MatchAt(v, p.who, time.UnixMilli(c.at))
			other := holds != roll.matched(p.who)
			if flips = flips || other; other || many || !final {
				p.sure, p.holds = other && final, holds
				kept = append(kept, p)
			}
		}
	}
	c.pairs = kept
	for _, item := range c.items {
		for _, id := range item.users {
			roll := r.roll(id)
			program := e.work.programs.at(roll.def, c.at)
			for _, who := range item.who {
				if flips = flips || program.Match(v, who) != roll.matched(who); flips {
					return true
				}
			}
		}
	}
	return flips
}

// moveOnTime brings the segments up to date with what fell due.
func (p *preparation) moveOnTime() error {
	a := &p.engine.work.agenda
	p.taken, a.coming = a.coming, nil
	if p.taken == nil {
		return nil
	}
	p.queue.reset(p.links())
	for _, item := range p.taken.items {
		many := p.many(len(item.who))
		var crowd contact.Set
		if many {
			crowd = contact.SetOf(item.who...)
		}
		for _, id := range item.users {
			if many {
				p.queue.pushAll(id, crowd, 0)
				continue
			}
			for _, who := range item.who {
				p.queue.push(id, who, 0)
			}
		}
	}
	for user, pairs := range p.taken.byUser {
		if p.many(len(pairs)) {
			who := make([]contact.ID, len(pairs))
			for i, pair := range pairs {
				who[i] = pair.who
			}
			p.queue.pushAll(user, contact.SetOf(who...), 0)
			continue
		}
		for _, pair := range pairs {
			p.queue.pushFound(user, asked{contact: pair.who, holds: pair.holds, sure: pair.sure})
		}
	}
	return p.settle()
}
