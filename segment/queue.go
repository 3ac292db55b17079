package segment

import (
	"cmp"
	"slices"

	"github.com/rosterdb/roster/contact"
)

// A queue holds the segments to be brought up to date, those that others name
// first, each once with all that is to be asked of it.
type queue struct {
	graph   *graph
	ranks   [][]ID  // by rank, in the order they came
	rank    int     // the rank under way
	done    int     // how many of it are done
	jobs    []job   // by id
	asked   []asked // of all jobs, as they came
	list    []asked // of the job under way
	crowds  []crowd // of all jobs that ask about all contacts, as they came
	crowded []crowd // of the job under way
}

// A job is what is to be asked of a segment. What it has in the queue is chained: most
// have one contact, and lie together then.
type job struct {
	last   int32 // the newest in queue.asked, and 1; 0 if there is none
	crowd  int32 // the same in queue.crowds; if there is one, it is about all contacts
	queued bool
}

// asked is a contact to be asked about, and the segment whose change makes it
// necessary, 0 if it is the contact itself. If it is sure, the answer is another one now, and
// holds is what it is.
type asked struct {
	contact contact.ID
	via     ID
	next    int32 // as job.last
	holds   bool
	sure    bool
}

// A crowd are the contacts because of which all are asked about, and the segment they moved
// in, 0 if it is the contacts themselves.
type crowd struct {
	who  contact.Set
	via  ID
	next int32 // as job.crowd
}

// clear empties a queue that a failed transaction may have left behind.
func (q *queue) clear() {
	for r, ids := range q.ranks {
		for _, id := range ids {
			q.jobs[id] = job{}
		}
		q.ranks[r] = ids[:0]
	}
	q.reset(nil)
}

// reset prepares an empty queue for the segments of a graph.
func (q *queue) reset(g *graph) {
	const most = 1 << 16
	if cap(q.asked) > most {
		q.asked, q.list = nil, nil
	}
	clear(q.crowds) // they hold sets
	clear(q.crowded)
	q.graph, q.rank, q.done, q.asked, q.crowds = g, 0, 0, q.asked[:0], q.crowds[:0]
	if g != nil && len(g.rank) > len(q.jobs) {
		q.jobs = append(q.jobs, make([]job, len(g.rank)-len(q.jobs))...)
	}
}

func (q *queue) push(id ID, who contact.ID, via ID) {
	q.pushFound(id, asked{contact: who, via: via})
}

// pushFound is push with what is known of the answer.
func (q *queue) pushFound(id ID, a asked) {
	j := q.job(id)
	a.next = j.last
	q.asked = append(q.asked, a)
	j.last = int32(len(q.asked))
}

// pushAll has a segment asked about all contacts, because of some.
func (q *queue) pushAll(id ID, who contact.Set, via ID) {
	j := q.job(id)
	q.crowds = append(q.crowds, crowd{who, via, j.crowd})
	j.crowd = int32(len(q.crowds))
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

// A popped is a job that is under way.
type popped struct {
	contacts []asked
	crowds   []crowd // if there are any, it is about all contacts, the others for the reasons told
}

// pop returns the next segment and what to ask of it, by rank and then by id, the contacts
// ascending and for each the reason nearest to itself first. Segments pushed
// meanwhile have a higher rank than the one under way. It is good until the
// next pop.
func (q *queue) pop() (ID, popped, bool) {
	for q.rank < len(q.ranks) && q.done == len(q.ranks[q.rank]) {
		q.ranks[q.rank] = q.ranks[q.rank][:0]
		q.rank++
		q.done = 0
	}
	if q.rank == len(q.ranks) {
		return 0, popped{}, false
	}
	if q.done == 0 {
		slices.Sort(q.ranks[q.rank])
	}
	id := q.ranks[q.rank][q.done]
	q.done++
	j := q.jobs[id]
	q.jobs[id] = job{}
	q.list = q.list[:0]
	for at := j.last; at > 0; at = q.asked[at-1].next {
		q.list = append(q.list, q.asked[at-1])
	}
	if len(q.list) > 1 {
		slices.Reverse(q.list) // as they came, which is ascending in most cases
		slices.SortFunc(q.list, func(a, b asked) int {
			return cmp.Or(cmp.Compare(a.contact, b.contact), cmp.Compare(a.via, b.via))
		})
	}
	q.crowded = q.crowded[:0]
	for at := j.crowd; at > 0; at = q.crowds[at-1].next {
		q.crowded = append(q.crowded, q.crowds[at-1])
	}
	return id, popped{q.list, q.crowded}, true
}
