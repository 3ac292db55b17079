package segment

import "slices"

// A graph knows which segments name which, and so the order in which they have to
// be brought up to date. The one of the newest root belongs to the writer: it is no part
// of a version, and every definition that comes, goes or is taken back changes it in place.
type graph struct {
	rank  []int       // by id: 0 without references, else above the rank of every one of them; may be longer than ids go
	users map[ID][]ID // by segment: those whose filter names it, ascending
}

func newGraph(r *root) *graph {
	g := &graph{rank: make([]int, r.last+1), users: make(map[ID][]ID)}
	for roll := range r.all() {
		for _, ref := range roll.def.refs {
			g.users[ref] = append(g.users[ref], roll.def.ID)
		}
	}
	for roll := range r.all() {
		g.setRank(r, roll.def)
	}
	return g
}

// links returns the graph of the newest root, making it if there is none yet. The caller
// is the writer.
func (s *scratch) links(newest *root) *graph {
	if s.graph == nil {
		s.graph = newGraph(newest)
	}
	return s.graph
}

func (p *preparation) links() *graph { return p.engine.work.links(p.root) }

// setRank ranks a segment above those it names. There is no circle.
func (g *graph) setRank(r *root, d *defined) int {
	if g.rank[d.ID] == 0 {
		for _, ref := range d.refs {
			g.rank[d.ID] = max(g.rank[d.ID], g.setRank(r, r.roll(ref).def)+1)
		}
	}
	return g.rank[d.ID]
}

// relink changes the references of a segment from some to others, which its definition
// has already. It costs a look at each segment whose rank may depend on it, if its own
// becomes another one, and else nothing that grows but the move of a list of those who
// name the same.
func (g *graph) relink(r *root, id ID, was, now []ID) {
	for len(g.rank) <= int(id) {
		g.rank = append(g.rank, 0)
	}
	if slices.Equal(was, now) {
		return
	}
	for _, ref := range was {
		at, found := slices.BinarySearch(g.users[ref], id)
		if !found {
			continue
		}
		if g.users[ref] = slices.Delete(g.users[ref], at, at+1); len(g.users[ref]) == 0 {
			delete(g.users, ref)
		}
	}
	rank := 0
	for _, ref := range now {
		if at, found := slices.BinarySearch(g.users[ref], id); !found {
			g.users[ref] = slices.Insert(g.users[ref], at, id)
		}
		rank = max(rank, g.rank[ref]+1)
	}
	if rank == g.rank[id] {
		return
	}
	above := []ID{id}
	seen := map[ID]bool{id: true}
	for i := 0; i < len(above); i++ {
		for _, user := range g.users[above[i]] {
			if !seen[user] {
				seen[user] = true
				above = append(above, user)
			}
		}
		g.rank[above[i]] = 0
	}
	for _, id := range above {
		if def := r.roll(id).def; def != nil {
			g.setRank(r, def)
		}
	}
}

// order returns the segments of a root, each after those it names.
func (g *graph) order(r *root) []ID {
	list := make([]ID, 0, r.handles.len())
	for roll := range r.all() {
		list = append(list, roll.def.ID)
	}
	slices.SortStableFunc(list, func(a, b ID) int { return g.rank[a] - g.rank[b] })
	return list
}

// cyclePath returns the way from one segment through references back to itself,
// if the segment were to name refs; nil if there is none.
func cyclePath(id ID, refs []ID, refsOf func(ID) []ID) []ID {
	var path []ID
	seen := make(map[ID]bool)
	var reaches func(ID) bool
	reaches = func(at ID) bool {
		if at == id {
			path = append(path, at)
			return true
		}
		if seen[at] {
			return false
		}
		seen[at] = true
		if slices.ContainsFunc(refsOf(at), reaches) {
			path = append(path, at)
			return true
		}
		return false
	}
	if !slices.ContainsFunc(refs, reaches) {
		return nil
	}
	slices.Reverse(path)
	return append([]ID{id}, path...)
}
