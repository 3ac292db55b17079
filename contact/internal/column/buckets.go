package column

import (
	"slices"

	"github.com/rosterdb/roster/contact/internal/version"
)

// buckets is a sorted map from keys to the numbers of their rows: a tree of three
// levels whose nodes are arrays, searched without a branch that depends on a key, and
// copied like every other piece when a snapshot can see them. The root grows as it
// must: with 65 536 keys it has some dozen branches.
type buckets struct {
	stamp version.Stamp // of the root
	root  []rootEntry   // ascending, none empty
	n     int           // keys
}

type rootEntry struct {
	low    uint64 // no key of the branch is smaller, those of the branch before are; that of the first does not count
	branch *branch
}

// nodeKeys is the number of keys of a full node, and nodeFew the number below which
// one is put together with its neighbour.
const (
	nodeKeys = 64
	nodeFew  = nodeKeys / 4
)

// A node holds up to nodeKeys keys, ascending, and what belongs to each. It is never
// empty.
type node[T any] struct {
	stamp version.Stamp
	n     int
	keys  [nodeKeys]uint64
	vals  [nodeKeys]T
}

type (
	leaf   = node[uint32] // rows by key
	branch = node[*leaf]  // leaves by the smallest key they may have; that of the first does not count
)

// search returns the place of the last key that is not above the given one, 0 if all
// are.
func (n *node[T]) search(key uint64) int {
	at, left := 0, n.n
	for left > 1 {
		half := left / 2
		if n.keys[(at+half)&(nodeKeys-1)] <= key {
			at += half
		}
		left -= half
	}
	return at & (nodeKeys - 1)
}

// insert puts a key at a place of a node that is not full.
func (n *node[T]) insert(at int, key uint64, val T) {
	copy(n.keys[at+1:n.n+1], n.keys[at:n.n])
	copy(n.vals[at+1:n.n+1], n.vals[at:n.n])
	n.keys[at], n.vals[at] = key, val
	n.n++
}

func (n *node[T]) remove(at int) {
	copy(n.keys[at:n.n-1], n.keys[at+1:n.n])
	copy(n.vals[at:n.n-1], n.vals[at+1:n.n])
	n.cut(n.n - 1)
}

// cut leaves the first keys of a node.
func (n *node[T]) cut(to int) {
	clear(n.vals[to:n.n]) // they may point at something
	n.n = to
}

// split moves the keys from a place on to a new node.
func (n *node[T]) split(stamp version.Stamp, from int) *node[T] {
	right := &node[T]{stamp: stamp, n: n.n - from}
	copy(right.keys[:], n.keys[from:n.n])
	copy(right.vals[:], n.vals[from:n.n])
	n.cut(from)
	return right
}

// join appends the keys of the next node.
func (n *node[T]) join(next *node[T]) {
	copy(n.keys[n.n:], next.keys[:next.n])
	copy(n.vals[n.n:], next.vals[:next.n])
	n.n += next.n
}

// own returns a node for writing.
func (n *node[T]) own(e *version.Epochs) *node[T] {
	if e.Owns(n.stamp) {
		return n
	}
	c := *n
	c.stamp = e.Now()
	return &c
}

// find returns the places on the way to where a key is or would be. There must be a
// key.
func (b *buckets) find(key uint64) (r, i, j int) {
	left := len(b.root)
	for left > 1 {
		half := left / 2
		if b.root[r+half].low <= key {
			r += half
		}
		left -= half
	}
	i = b.root[r].branch.search(key)
	j = b.root[r].branch.vals[i].search(key)
	return r, i, j
}

// writable returns a leaf and its branch for writing.
func (b *buckets) writable(e *version.Epochs, r, i int) (*branch, *leaf) {
	if !e.Owns(b.stamp) {
		b.root, b.stamp = slices.Clone(b.root), e.Now()
	}
	br := b.root[r].branch.own(e)
	b.root[r].branch = br
	l := br.vals[i].own(e)
	br.vals[i] = l
	return br, l
}

// add counts n more rows of a key.
func (b *buckets) add(e *version.Epochs, key uint64, n uint32) {
	if b.n == 0 {
		l := &leaf{stamp: e.Now(), n: 1}
		l.keys[0], l.vals[0] = key, n
		b.hang(e, 0, key, l)
		b.n = 1
		return
	}
	r, i, j := b.find(key)
	br, l := b.writable(e, r, i)
	if l.keys[j] == key {
		l.vals[j] += n
		return
	}
	b.n++
	if l.keys[j] < key {
		j++
	}
	if l.n == nodeKeys {
		from := nodeKeys / 2
		if j == nodeKeys { // keys often come in order
			from = nodeKeys - 1
		}
		right := l.split(e.Now(), from)
		low := right.keys[0]
		if j > from {
			right.insert(j-from, key, n)
		} else {
			l.insert(j, key, n)
		}
		if br.n < nodeKeys {
			br.insert(i+1, low, right)
		} else {
			b.splitBranch(e, r, i+1, low, right)
		}
		return
	}
	l.insert(j, key, n)
}

// splitBranch makes two of a full branch and puts a leaf at a place of what it was.
func (b *buckets) splitBranch(e *version.Epochs, r, at int, low uint64, l *leaf) {
	br, from := b.root[r].branch, nodeKeys/2
	if at == nodeKeys {
		from = nodeKeys - 1
	}
	right := br.split(e.Now(), from)
	if at > from {
		right.insert(at-from, low, l)
	} else {
		br.insert(at, low, l)
	}
	b.root = slices.Insert(b.root, r+1, rootEntry{right.keys[0], right})
}

// hang puts a branch with one leaf at a place of the root.
func (b *buckets) hang(e *version.Epochs, at int, low uint64, l *leaf) {
	br := &branch{stamp: e.Now(), n: 1}
	br.keys[0], br.vals[0] = low, l
	if !e.Owns(b.stamp) {
		b.root, b.stamp = slices.Clone(b.root), e.Now()
	}
	b.root = slices.Insert(b.root, at, rootEntry{low, br})
}

// remove takes away one row of a key and reports whether there was one.
func (b *buckets) remove(e *version.Epochs, key uint64) bool {
	if b.n == 0 {
		return false
	}
	r, i, j := b.find(key)
	if l := b.root[r].branch.vals[i]; l.keys[j] != key {
		return false
	}
	br, l := b.writable(e, r, i)
	if l.vals[j]--; l.vals[j] > 0 {
		return true
	}
	b.n--
	if l.n > 1 {
		l.remove(j)
		if l.n < nodeFew && i+1 < br.n && l.n+br.vals[i+1].n <= nodeKeys-nodeFew {
			l.join(br.vals[i+1])
			br.remove(i + 1)
		}
		return true
	}
	if br.n > 1 {
		br.remove(i)
		return true
	}
	b.root = slices.Delete(b.root, r, r+1)
	return true
}

// from calls yield with the keys from one on, ascending, and their rows, until it
// returns false.
func (b *buckets) from(key uint64, yield func(key uint64, n uint32) bool) {
	if b.n == 0 {
		return
	}
	r, i, j := b.find(key)
	if b.root[r].branch.vals[i].keys[j] < key {
		j++
	}
	for ; r < len(b.root); r, i = r+1, 0 {
		br := b.root[r].branch
		for ; i < br.n; i, j = i+1, 0 {
			l := br.vals[i]
			for ; j < l.n; j++ {
				if !yield(l.keys[j], l.vals[j]) {
					return
				}
			}
		}
	}
}

// ends returns the smallest and the largest key, and whether there is one.
func (b *buckets) ends() (lo, hi uint64, ok bool) {
	if b.n == 0 {
		return 0, 0, false
	}
	last := b.root[len(b.root)-1].branch
	l := last.vals[last.n-1]
	return b.root[0].branch.vals[0].keys[0], l.keys[l.n-1], true
}

// bytes estimates the memory held.
func (b *buckets) bytes() int {
	n := 16 * cap(b.root)
	for _, r := range b.root {
		n += 16 + nodeKeys*16 + r.branch.n*(16+nodeKeys*12)
	}
	return n
}
