package segment

import "github.com/rosterdb/roster/contact"

// scratch is what belongs to the writer: memory that preparations use again and
// again, and the segments to repair before anything else is done.
type scratch struct {
	queue  queue
	buf    []byte
	finder finder
	repair []ID
	graph  *graph         // nil until it is needed, see links
	taken  map[string]int // by base of handles made: all lower numbers are taken in the newest root, see number
	spare  *preparation   // nil if there is none

	agenda   agenda
	programs programs
}

func (s *scratch) begin(e *Engine, c *contact.Commit) *preparation {
	p := s.spare
	if s.spare = nil; p == nil {
		p = &preparation{batch: &batch{}}
	}
	p.engine, p.c, p.queue, p.now = e, c, &s.queue, c.Time().UnixMilli()
	s.agenda.filled = s.agenda.filled[:0]
	p.root = rootOf(c.View()).writable(c)
	c.SetState(floorName, p.root)
	*p.batch = batch{first: p.root.change + 1, tx: c.Number(), at: c.Time(), entries: p.batch.entries}
	s.queue.clear()
	return p
}

// end takes a preparation back that nobody looks at any more, for the next transaction. The
// caller is the writer.
func (s *scratch) end(p *preparation) {
	*p.batch = batch{entries: emptied(p.batch.entries)} // the feed has a copy
	*p = preparation{batch: p.batch, journal: emptied(p.journal), upkeep: emptied(p.upkeep)}
	s.spare = p
}

// emptied returns a list to write again, its memory kept unless it is much.
func emptied[T any](list []T) []T {
	const most = 4096
	if cap(list) > most {
		return nil
	}
	clear(list) // what it points to belongs to others
	return list[:0]
}

// redefined notes that the definition of a segment is another one now.
func (s *scratch) redefined(id ID) {
	s.finder.note(id)
	s.agenda.redefined(id)
	delete(s.programs, id)
}
