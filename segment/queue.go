package segment

import (
	"cmp"
	"slices"

	"github.com/rosterdb/roster/contact"
)

// A queue holds the segments to be brought up to date, those that others name
// first, each once with all that is to be asked of it.
type queue struct {
	graph *graph
	ranks [][]ID // by rank, in the order they came
	rank  int    // the rank under way
	done  int    // how many of it are done
	jobs  []job  // by id
}

// A job is what is to be asked of a segment.
type job struct {
	queued   bool
	all      bool // about all contacts
	via      ID   // with all: 0, or the segment whose change makes it necessary
	contacts []asked
}

// asked is a contact to be asked about, and the segment whose change makes it
// necessary, 0 if it is the contact itself. If it is sure, holds is what the filter says.
type asked struct {
	contact contact.ID
	via     ID
	holds   bool
	sure    bool
}

// clear empties a queue that a failed transaction may have left behind.
func (q *queue) clear() {
	for r, ids := range q.ranks {
		for _, id := range ids {
			q.jobs[id] = job{contacts: q.jobs[id].contacts[:0]}
		}
		q.ranks[r] = ids[:0]
	}
	q.rank, q.done = 0, 0
}

// reset prepares an empty queue for the segments of a graph.
func (q *queue) reset(g *graph) {
	q.graph, q.rank, q.done = g, 0, 0
	if n := len(g.rank); n > len(q.jobs) {
		q.jobs = append(q.jobs, make([]job, n-len(q.jobs))...)
	}
}

func (q *queue) push(id ID, who contact.ID, via ID) {
	j := q.job(id)
	j.contacts = append(j.contacts, asked{contact: who, via: via})
}

// pushFound is push for a contact that is itself the reason, with what is known of the
// answer.
func (q *queue) pushFound(id ID, a asked) {
	j := q.job(id)
	j.contacts = append(j.contacts, a)
}

func (q *queue) pushAll(id, via ID) {
	j := q.job(id)
	if !j.all || via == 0 {
		j.via = via
	}
	j.all = true
}

func (q *queue) job(id ID) *job {
	j := &q.jobs[id]
	if !j.queued {
		j.queued = true
		rank := q.graph.rank[id]
		for rank >= len(q.ranks) {
			q.ranks = append(q.ranks, nil)
		}
		q.ranks[rank] = append(q.ranks[rank], id)
	}
	return j
}

// pop returns the next segment and its job, by rank and then by id, the contacts
// ascending and for each the reason nearest to itself first. Segments pushed
// meanwhile have a higher rank than the one under way, so a job is good until the
// next pop.
func (q *queue) pop() (ID, job, bool) {
	for q.rank < len(q.ranks) && q.done == len(q.ranks[q.rank]) {
		q.ranks[q.rank] = q.ranks[q.rank][:0]
		q.rank++
		q.done = 0
	}
	if q.rank == len(q.ranks) {
		return 0, job{}, false
	}
	if q.done == 0 {
		slices.Sort(q.ranks[q.rank])
	}
	id := q.ranks[q.rank][q.done]
	q.done++
	j := q.jobs[id]
	q.jobs[id] = job{contacts: j.contacts[:0]}
	if len(j.contacts) > 1 {
		slices.SortFunc(j.contacts, func(a, b asked) int {
			return cmp.Or(cmp.Compare(a.contact, b.contact), cmp.Compare(a.via, b.via))
		})
	}
	return id, j, true
}
