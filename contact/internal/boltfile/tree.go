package boltfile

import (
	"bytes"
	"cmp"
	"slices"
)

// maxDepth is the largest number of pages from the root to an entry. A branch page
// leads to two others at least, mostly to a hundred.
const maxDepth = 64

// Trees that a page can belong to; the caller's buckets are numbered from 0.
const (
	rootTree = -2
	dataTree = -1
)

// job is a page to be checked.
type job struct {
	page   uint64
	tree   int
	lo, hi []byte // its first key, and a key above its last; nil if not known
}

// tree is the check of one commit: of every page that can be reached from its root.
type tree struct {
	*reader
	buckets []bucket
	index   map[string]int
	format  uint32
	meta    meta

	man   *manifest
	found []tally
	known []bool // buckets that the data bucket has named
	seen  bitmap // pages
	top   uint64 // the highest page seen
	next  []job
}

// bitmap is a set of page numbers.
type bitmap []uint64

func (b bitmap) has(i uint64) bool { return b[i/64]>>(i%64)&1 != 0 }
func (b bitmap) set(i uint64)      { b[i/64] |= 1 << (i % 64) }

// newTree prepares the check of a commit.
func (s *source) newTree(m meta) *tree {
	return &tree{
		reader: &s.reader, buckets: s.buckets, index: s.index, format: s.format, meta: m,
		found: make([]tally, len(s.buckets)), known: make([]bool, len(s.buckets)),
		seen: make(bitmap, s.size/pageSize/64+1),
	}
}

// check proves that the commit is whole and what was written. It goes down level by
// level, and through each level in the order of the file.
func (t *tree) check() error {
	pages := uint64(t.size / pageSize)
	switch m := t.meta; {
	case m.pages > pages:
		return t.damaged(t.size, "the file ends here, at page %d of %d", pages, m.pages)
	case m.root < 2 || m.root >= m.pages:
		return t.damaged(int64(m.slot()*pageSize), "the root is page %d of %d", m.root, m.pages)
	}
	t.next = []job{{page: t.meta.root, tree: rootTree}}
	for depth := 0; len(t.next) > 0; depth++ {
		jobs := t.next
		t.next = nil
		if depth > maxDepth {
			return t.damaged(int64(jobs[0].page*pageSize), "more than %d levels", maxDepth)
		}
		slices.SortFunc(jobs, func(a, b job) int { return cmp.Compare(a.page, b.page) })
		for i := range jobs {
			if err := t.ahead(jobs[i:]); err != nil {
				return err
			}
			if err := t.visit(&jobs[i]); err != nil {
				return err
			}
		}
	}
	return t.compare()
}

// ahead moves the window to the first job, unless it lies there, and lets it reach as
// far as jobs lie close together.
func (t *tree) ahead(jobs []job) error {
	const gap = 16 * pageSize
	start := int64(jobs[0].page * pageSize)
	end := start + pageSize
	if start >= t.start && end <= t.start+int64(len(t.window)) {
		return nil
	}
	for _, j := range jobs[1:] {
		next := int64(j.page+1) * pageSize
		if next-start > windowSize || next-end > gap {
			break
		}
		end = next
	}
	return t.move(start, end-start)
}

// visit checks a page and notes those below it.
func (t *tree) visit(j *job) error {
	offset := int64(j.page * pageSize)
	p, pages, err := t.page(j.page, t.meta.pages)
	if err != nil {
		return err
	}
	for id := j.page; id < j.page+pages; id++ {
		if t.seen.has(id) {
			return t.damaged(offset, "page %d is used twice", id)
		}
		t.seen.set(id)
	}
	t.top = max(t.top, j.page+pages-1)
	if err := p.inRange(j.lo, j.hi); err != nil {
		return t.damaged(offset, "%v", err)
	}
	switch {
	case j.tree == rootTree:
		return t.root(p, offset)
	case !p.leaf:
		return t.branch(p, j, offset)
	case j.tree == dataTree:
		return t.data(p, offset)
	}
	return t.entries(p, j.tree, offset)
}

// below notes a page to be checked.
func (t *tree) below(j job, offset int64) error {
	if j.page < 2 || j.page >= t.meta.pages {
		return t.damaged(offset, "it leads to page %d of %d", j.page, t.meta.pages)
	}
	t.next = append(t.next, j)
	return nil
}

func (t *tree) branch(p *page, j *job, offset int64) error {
	total := 0
	for i := range p.count {
		total += len(p.key(i))
	}
	keys := make([]byte, 0, total) // one copy for all: the page is overwritten
	hold := func(i int) []byte {
		at := len(keys)
		keys = append(keys, p.key(i)...)
		return keys[at:len(keys):len(keys)]
	}
	lo := hold(0)
	for i := range p.count {
		hi := j.hi
		if i+1 < p.count {
			hi = hold(i + 1)
		}
		if err := t.below(job{p.child(i), j.tree, lo, hi}, offset); err != nil {
			return err
		}
		lo = hi
	}
	return nil
}

// root checks the root page: the manifest, and the bucket of the buckets.
func (t *tree) root(p *page, offset int64) error {
	man, data := rootEntries(p)
	switch {
	case man == nil && !t.marked(offset):
		return &NotOursError{File: t.path, What: "a bbolt file of another program"}
	case man == nil:
		return t.damaged(offset, "a root without manifest")
	case data < 2:
		return t.damaged(offset, "a root without data")
	case man.format != t.format:
		return &FormatError{File: t.path, Got: man.format, Want: t.format}
	case man.txid != t.meta.txid:
		return t.damaged(offset, "the manifest of commit %d in commit %d", man.txid, t.meta.txid)
	case len(man.tallies) != len(t.buckets):
		return t.damaged(offset, "%d buckets, want %d", len(man.tallies), len(t.buckets))
	case t.meta.freelist != noFreelist:
		return t.damaged(int64(t.meta.slot()*pageSize), "there is a list of free pages")
	}
	t.man = man
	return t.below(job{page: data, tree: dataTree}, offset)
}

// marked reports whether a page has anything of a root of ours. There are two marks, so
// that damage in one place leaves the other.
func (t *tree) marked(offset int64) bool {
	b, err := t.bytes(offset, pageSize)
	return err == nil && (bytes.Contains(b, []byte(manifestMagic[:7])) || bytes.Contains(b, []byte(manifestName)))
}

// rootEntries returns the manifest and the root page of the data bucket out of a root
// page, nil and 0 if they are not there or not sound.
func rootEntries(p *page) (man *manifest, data uint64) {
	if !p.leaf || p.count != 2 {
		return nil, 0
	}
	flags, key, value := p.entry(0)
	if root, _, err := decodeBucket(flags, value); err == nil && string(key) == dataName {
		data = root
	}
	flags, key, value = p.entry(1)
	_, inline, err := decodeBucket(flags, value)
	if err != nil || inline == nil || inline.count != 1 || string(key) != manifestName {
		return nil, data
	}
	flags, key, value = inline.entry(0)
	if flags == 0 && string(key) == manifestKey {
		man, _ = decodeManifest(value)
	}
	return man, data
}

// data checks a page of the bucket of the buckets.
func (t *tree) data(p *page, offset int64) error {
	for i := range p.count {
		flags, key, value := p.entry(i)
		n, ok := t.index[string(key)]
		if !ok || t.known[n] {
			return t.damaged(offset, "a bucket %q", key)
		}
		t.known[n] = true
		root, inline, err := decodeBucket(flags, value)
		switch {
		case err != nil:
			return t.damaged(offset, "bucket %q: %v", key, err)
		case inline == nil:
			err = t.below(job{page: root, tree: n}, offset)
		default:
			if err := inline.inRange(nil, nil); err != nil {
				return t.damaged(offset, "bucket %q: %v", key, err)
			}
			err = t.entries(inline, n, offset)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entries checks a leaf page of one of the caller's buckets and counts its entries.
func (t *tree) entries(p *page, n int, offset int64) error {
	b, found := &t.buckets[n], &t.found[n]
	for i := range p.count {
		flags, key, stored := p.entry(i)
		if flags != 0 {
			return t.damaged(offset, "an entry of kind %#x in bucket %q", flags, b.name)
		}
		if _, ok := b.open(key, stored); !ok {
			return t.damaged(offset, "wrong checksum of key %x in bucket %q", key, b.name)
		}
		found.add(b, key, stored)
	}
	return nil
}

// compare holds what was found against the manifest.
func (t *tree) compare() error {
	offset := int64(t.meta.root * pageSize)
	for i, b := range t.buckets {
		if !t.known[i] {
			return t.damaged(offset, "the bucket %q is missing", b.name)
		}
		if got, want := t.found[i], t.man.tallies[i]; got != want {
			return t.damaged(offset, "bucket %q has %d keys and %d bytes, the manifest says %d and %d (hashes %x, %x)",
				b.name, got.count, got.bytes, want.count, want.bytes, got.set, want.set)
		}
	}
	return nil
}
