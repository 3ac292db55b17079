package boltfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Open checks a file and opens it. It holds the newest acknowledged commit, or one
// that was under way when writing was interrupted; the next commit follows it. Open
// reads the whole file, at the speed of the disk or about a gigabyte in a second. It
// repairs what an interrupted commit has left, and writes nothing else.
//
// Damage is a *CorruptError, a file that this package has not made a *NotOursError,
// one of another format a *FormatError. A file that is open elsewhere is refused with
// an error that wraps ErrInUse; what is no file, or is not there, with one that wraps
// the system's.
func Open(path string, o *Options) (*File, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("boltfile: opening: %w", err)
	case !info.Mode().IsRegular(): // opening a pipe would wait for ever
		return nil, fmt.Errorf("boltfile: %w: it is no regular file but %v",
			&fs.PathError{Op: "open", Path: path, Err: fs.ErrInvalid}, info.Mode().Type())
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("boltfile: opening: %w", err)
	}
	// bbolt would lock the file later, when it has been looked at and repaired. The lock
	// is the same one.
	if !hold(f) {
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrInUse, path), f.Close())
	}
	c, err := settle(f, path, o)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	file, err := newFile(f, path, o)
	if err != nil {
		return nil, err
	}
	file.last.Store(c.meta.txid)
	file.size.Store(int64(c.meta.pages * pageSize))
	if c.salvaged {
		file.salvaged = c.meta.txid
	}
	if c.tree == nil { // trusted, as far as the manifest
		if err := file.View(func(tx *Tx) error { return tx.hasFormat(o.Format) }); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	return file, nil
}

// choice is the commit that Open returns.
type choice struct {
	meta     meta
	tree     *tree
	repair   []meta // meta pages to be written
	salvaged bool
}

// source is a file before bbolt sees it.
type source struct {
	reader
	buckets []bucket
	index   map[string]int
	format  uint32
	pages   [2][]byte // the two meta pages
	metas   [2]meta
	wrong   [2]string // what is wrong with them
}

// settle finds the newest commit, proves it and leaves the file so that bbolt finds
// the same one.
func settle(f *os.File, path string, o *Options) (*choice, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	s := &source{
		reader: reader{path: path, file: f, size: info.Size()},
		format: o.Format, index: map[string]int{}, buckets: make([]bucket, len(o.Buckets)),
	}
	for i, name := range o.Buckets {
		s.buckets[i] = makeBucket(name)
		s.index[name] = i
	}
	if err := s.readMetas(); err != nil {
		return nil, err
	}
	var c *choice
	switch bad0, bad1 := s.wrong[0] != "", s.wrong[1] != ""; {
	case bad0 && bad1:
		return nil, s.damaged(0, "both meta pages: %s; %s", s.wrong[0], s.wrong[1])
	case bad0:
		c, err = s.beside(s.metas[1], s.pages[0], o.Salvage)
	case bad1:
		c, err = s.beside(s.metas[0], s.pages[1], o.Salvage)
	default:
		c, err = s.newer(o)
	}
	if err != nil {
		return nil, err
	}
	if c.tree == nil { // trusted
		return c, nil
	}
	return c, s.repair(f, c)
}

// readMetas reads both meta pages and tells a damaged file from one of another program.
func (s *source) readMetas() error {
	if s.size == 0 {
		return &NotOursError{File: s.path, What: "it is empty"}
	}
	start := make([]byte, min(s.size, 2*pageSize))
	if err := s.read(start, 0); err != nil {
		return err
	}
	if len(start) < 2*pageSize {
		if !looksLikeBolt(start, 0) {
			return &NotOursError{File: s.path, What: "it is no bbolt file"}
		}
		return s.damaged(s.size, "the file ends here, before the end of the meta pages")
	}
	for i := range s.pages {
		var size uint32
		s.pages[i] = start[i*pageSize:][:pageSize]
		s.metas[i], size, s.wrong[i] = decodeMeta(s.pages[i])
		if s.wrong[i] != "" {
			continue
		}
		if size != pageSize {
			return &NotOursError{File: s.path, What: fmt.Sprintf("a bbolt file with pages of %d bytes", size)}
		}
		if s.metas[i].slot() != uint64(i) {
			return s.damaged(int64(i*pageSize), "the meta page of commit %d", s.metas[i].txid)
		}
	}
	if s.wrong[0] != "" && s.wrong[1] != "" && !looksLikeBolt(s.pages[0], 0) && !looksLikeBolt(s.pages[1], 1) {
		return &NotOursError{File: s.path, What: "it is no bbolt file"}
	}
	return nil
}

// looksLikeBolt reports whether what there is of a meta page begins like one, or has
// bbolt's mark.
func looksLikeBolt(b []byte, id uint64) bool {
	begin := encodeMeta(meta{txid: id})[:headerSize+12]
	n := min(len(b), len(begin))
	return bytes.Equal(b[:n], begin[:n]) || n >= headerSize+4 && native.Uint32(b[headerSize:]) == boltMagic
}

// newer chooses the newer of two sound meta pages.
func (s *source) newer(o *Options) (*choice, error) {
	m, old := s.metas[0], s.metas[1]
	if m.txid < old.txid {
		m, old = old, m
	}
	if m.txid != old.txid+1 {
		return nil, s.damaged(0, "the meta pages are of the commits %d and %d", old.txid, m.txid)
	}
	if o.Trusted {
		return &choice{meta: m}, nil
	}
	t := s.newTree(m)
	err := t.check()
	if err == nil {
		return &choice{meta: m, tree: t}, nil
	}
	if o.Salvage && isDamage(err) {
		// The pages of the commit before are free since this one, but free pages are
		// reused by the next commit at the earliest.
		if t := s.newTree(old); t.check() == nil {
			return &choice{meta: old, tree: t, repair: []meta{old.before()}, salvaged: true}, nil
		}
	}
	return nil, err
}

// beside chooses where the only sound meta page is that of m, and page is the other.
// That was of the commit before m, and is of no importance, or of the one after m. In
// that case it is the newest one, and all its other pages were synced before its meta
// page was touched.
func (s *source) beside(m meta, page []byte, salvage bool) (*choice, error) {
	c, err := s.after(m, page)
	if err == nil && c == nil {
		t := s.newTree(m)
		if err := t.check(); err != nil {
			return nil, err
		}
		return &choice{meta: m, tree: t, repair: []meta{m.before()}}, nil
	}
	if err != nil && salvage && isDamage(err) {
		if t := s.newTree(m); t.check() == nil {
			return &choice{meta: m, tree: t, repair: []meta{m.before()}, salvaged: true}, nil
		}
	}
	return c, err
}

// after returns the commit after m, nil if there is no sign of it.
func (s *source) after(m meta, page []byte) (*choice, error) {
	var roots []uint64
	err := s.roots(nil, func(id, txid uint64) error {
		if txid == m.txid+1 {
			roots = append(roots, id)
		}
		return nil
	})
	offset := int64(m.before().slot() * pageSize)
	switch {
	case err != nil:
		return nil, err
	case len(roots) > 1:
		return nil, s.damaged(offset, "a damaged meta page, and several roots of commit %d", m.txid+1)
	case len(roots) == 0 && claims(page, m.txid+1):
		return nil, s.damaged(offset, "a damaged meta page of commit %d, whose root is not found", m.txid+1)
	case len(roots) == 0:
		return nil, nil
	}
	next := meta{root: roots[0], freelist: noFreelist, pages: uint64(s.size / pageSize), txid: m.txid + 1}
	t := s.newTree(next)
	if err := t.check(); err != nil {
		return nil, err
	}
	next.pages = max(m.pages, t.top+1)
	return &choice{meta: next, tree: t, repair: []meta{next}}, nil
}

// roots calls fn for each page that is a root with a sound manifest, except those in
// skip.
func (s *source) roots(skip bitmap, fn func(id, txid uint64) error) error {
	last := uint64(s.size / pageSize)
	for id := uint64(2); id < last; id++ {
		if skip != nil && skip.has(id) {
			continue
		}
		if offset := int64(id * pageSize); offset < s.start || offset+pageSize > s.start+int64(len(s.window)) {
			end := id + 1
			for end < last && end-id < windowSize/pageSize && (skip == nil || !skip.has(end)) {
				end++
			}
			if err := s.move(offset, int64(end-id)*pageSize); err != nil {
				return err
			}
		}
		b, err := s.bytes(int64(id*pageSize), pageSize)
		if err != nil {
			return err
		}
		if man := rootManifest(b, id); man != nil {
			if err := fn(id, man.txid); err != nil {
				return err
			}
		}
	}
	return nil
}

// rootManifest returns the manifest if b is a root page, nil if it is something else.
func rootManifest(b []byte, id uint64) *manifest {
	h := decodeHead(b)
	if h.id != id || h.flags != leafFlag || h.count != 2 || h.overflow != 0 {
		return nil
	}
	end, err := h.extent(b)
	if err != nil || end > pageSize {
		return nil
	}
	man, data := rootEntries(&page{leaf: true, count: h.count, data: b[:end]})
	if data < 2 {
		return nil
	}
	return man
}

// repair writes the meta pages of a choice, and wipes the roots of commits that were
// not chosen: they were under way when writing was interrupted. Left there, one could
// be taken later, when a meta page is damaged, for a commit that was acknowledged.
func (s *source) repair(f *os.File, c *choice) error {
	var writes int
	write := func(b []byte, id uint64) error {
		writes++
		_, err := f.WriteAt(b, int64(id*pageSize))
		return err
	}
	err := s.roots(c.tree.seen, func(id, txid uint64) error {
		if txid <= c.meta.txid {
			return nil
		}
		return write(make([]byte, pageSize), id)
	})
	for _, m := range c.repair {
		if err == nil {
			err = write(encodeMeta(m), m.slot())
		}
	}
	if err == nil && writes > 0 {
		err = f.Sync()
	}
	if err != nil {
		return fmt.Errorf("boltfile: repairing %s: %w", s.path, err)
	}
	return nil
}

// isDamage reports whether an error is about damage, and not about what is in the way.
func isDamage(err error) bool {
	var corrupt *CorruptError
	return errors.As(err, &corrupt)
}
