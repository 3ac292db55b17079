package boltfile

import (
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// refused opens a file and returns the error, which must be there.
func refused(t *testing.T, path string, o *Options) error {
	t.Helper()
	f, err := Open(path, o)
	if err == nil {
		_ = f.Close()
	}
	require.Error(t, err)
	return err
}

func TestOpenNotOurs(t *testing.T) {
	dir := t.TempDir()
	foreign := func(name string, o *bbolt.Options, fn func(tx *bbolt.Tx) error) {
		db, err := bbolt.Open(filepath.Join(dir, name), 0o600, o)
		require.NoError(t, err)
		require.NoError(t, db.Update(fn))
		require.NoError(t, db.Close())
	}
	bucket := func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("theirs"))
		require.NoError(t, err)
		return b.Put([]byte("k"), []byte("v"))
	}
	foreign("bolt", nil, bucket)
	foreign("empty bolt", nil, func(*bbolt.Tx) error { return nil })
	foreign("large pages", &bbolt.Options{PageSize: 16384}, bucket)
	foreign("no freelist", &bbolt.Options{NoFreelistSync: true}, bucket)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "nothing"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "text"), []byte("id,name\n1,Zoë\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "long text"), make([]byte, 20000), 0o600))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 7)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		before, err := os.ReadFile(path)
		require.NoError(t, err)
		var notOurs *NotOursError
		require.ErrorAs(t, refused(t, path, options()), &notOurs, e.Name())
		require.Equal(t, path, notOurs.File)
		require.Contains(t, notOurs.Error(), notOurs.What)
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, before, after, "it is not written to")
	}
}

func TestOpenNoFile(t *testing.T) {
	dir := t.TempDir()
	require.ErrorIs(t, refused(t, filepath.Join(dir, "missing"), options()), fs.ErrNotExist)
	require.NoFileExists(t, filepath.Join(dir, "missing"))
	require.ErrorContains(t, refused(t, dir, options()), "no regular file")
	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink(filepath.Join(dir, "missing"), link))
	require.ErrorIs(t, refused(t, link, options()), fs.ErrNotExist)
	require.NoFileExists(t, filepath.Join(dir, "missing"))
	require.ErrorIs(t, Create(link, options(), nil), fs.ErrExist)

	b, states := image(t, source1(t), 20, 1)
	path := write(t, b)
	link = filepath.Join(dir, "good link")
	require.NoError(t, os.Symlink(path, link))
	f := opened(t, link, options())
	holds(t, f, states[1])

	// The file is in use as long as it is open.
	require.ErrorIs(t, refused(t, path, options()), ErrInUse)
	if runtime.GOOS != "windows" { // it is not even looked at
		require.NoError(t, os.Truncate(path, 3*pageSize))
		require.ErrorIs(t, refused(t, path, options()), ErrInUse)
		require.NoError(t, os.WriteFile(path, b, 0o600))
	}
	require.NoError(t, f.Close())
	opened(t, path, options())
	if os.Getuid() != 0 {
		path = write(t, b)
		require.NoError(t, os.Chmod(path, 0))
		require.ErrorIs(t, refused(t, path, options()), fs.ErrPermission)
	}
}

func TestOpenOtherFormat(t *testing.T) {
	b, _ := image(t, source1(t), 20, 1)
	for _, change := range []func(o *Options){
		func(o *Options) { o.Format = 6 },
		func(o *Options) { o.Format, o.Buckets = 8, []string{"others", "rows"} },
	} {
		o := options()
		change(o)
		var format *FormatError
		require.ErrorAs(t, refused(t, write(t, b), o), &format)
		require.EqualValues(t, 7, format.Got)
		require.Equal(t, o.Format, format.Want)
		require.Contains(t, format.Error(), "format 7")
		o.Salvage = true
		require.ErrorAs(t, refused(t, write(t, b), o), &format)
	}
	o := options()
	o.Format, o.Trusted = 8, true
	var format *FormatError
	require.ErrorAs(t, refused(t, write(t, b), o), &format)
	// The same format with other buckets is somebody's mistake or damage.
	o = options()
	o.Buckets[2] = "other"
	var corrupt *CorruptError
	require.ErrorAs(t, refused(t, write(t, b), o), &corrupt)
}

// Damage of the root page does not make the file one of another program.
func TestOpenRootDamaged(t *testing.T) {
	b, _ := image(t, source1(t), 20, 2)
	root := int(newest(t, b).root * pageSize)
	for at := root; at < root+headerSize+400; at++ {
		for bit := range 8 {
			b[at] ^= 1 << bit
			var corrupt *CorruptError
			f, err := Open(write(t, b), options())
			if err == nil {
				require.NoError(t, f.Close())
			} else {
				require.ErrorAs(t, err, &corrupt, "bit %d of byte %d", bit, at-root)
			}
			b[at] ^= 1 << bit
		}
	}
}

// Both meta pages gone: nothing says what the newest commit is.
func TestOpenWithoutMetas(t *testing.T) {
	b, _ := image(t, source1(t), 20, 2)
	b[30], b[pageSize+30] = ^b[30], ^b[pageSize+30]
	var corrupt *CorruptError
	require.ErrorAs(t, refused(t, write(t, b), options()), &corrupt)
	o := options()
	o.Salvage = true
	require.ErrorAs(t, refused(t, write(t, b), o), &corrupt)
}

// Meta pages that are sound but don't fit.
func TestOpenOddMetas(t *testing.T) {
	b, _ := image(t, source1(t), 20, 2)
	m := newest(t, b)
	for name, change := range map[string]func(b []byte, m meta){
		"wrong place":    func(b []byte, m meta) { copy(b[(1-m.slot())*pageSize:], encodeMeta(m)) },
		"gap":            func(b []byte, m meta) { s := m.slot(); m.txid += 2; copy(b[s*pageSize:], encodeMeta(m)) },
		"freelist":       func(b []byte, m meta) { m.freelist = 3; copy(b[m.slot()*pageSize:], encodeMeta(m)) },
		"root":           func(b []byte, m meta) { m.root = m.pages; copy(b[m.slot()*pageSize:], encodeMeta(m)) },
		"root 0":         func(b []byte, m meta) { m.root = 0; copy(b[m.slot()*pageSize:], encodeMeta(m)) },
		"more pages":     func(b []byte, m meta) { m.pages = 1 << 40; copy(b[m.slot()*pageSize:], encodeMeta(m)) },
		"another's root": func(b []byte, m meta) { m.txid += 1; copy(b[m.slot()*pageSize:], encodeMeta(m)) },
	} {
		c := append([]byte(nil), b...)
		change(c, m)
		var corrupt *CorruptError
		require.ErrorAs(t, refused(t, write(t, c), options()), &corrupt, name)
	}
}

// An encoded meta page is what bbolt writes, but for nothing.
func TestEncodeMeta(t *testing.T) {
	b, _ := image(t, source1(t), 20, 1)
	for i := range 2 {
		page := b[i*pageSize:][:pageSize]
		m, size, wrong := decodeMeta(page)
		require.Empty(t, wrong)
		require.EqualValues(t, pageSize, size)
		require.Equal(t, page, encodeMeta(m))
	}
}

// A damaged meta page whose root can't be found is no reason to go back in time, if it
// says that it was the newest.
func TestOpenRootGone(t *testing.T) {
	b, states := image(t, source1(t), 100, 3)
	m := newest(t, b)
	slot := int(m.slot() * pageSize)
	b[slot+headerSize+20] ^= 1 // of the root's number
	b[m.root*pageSize+200] ^= 1
	b[m.root*pageSize] ^= 1
	var corrupt *CorruptError
	require.ErrorAs(t, refused(t, write(t, b), options()), &corrupt)
	require.Contains(t, corrupt.What, "root is not found")

	o := options()
	o.Salvage = true
	f := opened(t, write(t, b), o)
	holds(t, f, states[2])
	commit, yes := f.Salvaged()
	require.True(t, yes)
	require.Equal(t, m.txid-1, commit)
}

// Two roots of the commit that is looked for: nobody can say which was acknowledged.
func TestOpenTwoRoots(t *testing.T) {
	b, states := image(t, source1(t), 100, 3)
	m := newest(t, b)
	slot := int(m.slot() * pageSize)
	clear(b[slot : slot+pageSize])
	holds(t, opened(t, write(t, b), options()), states[3])
	second := append([]byte(nil), b[m.root*pageSize:][:pageSize]...)
	native.PutUint64(second, uint64(len(b)/pageSize))
	b = append(b, second...)
	var corrupt *CorruptError
	require.ErrorAs(t, refused(t, write(t, b), options()), &corrupt)
	require.Contains(t, corrupt.What, "several roots")
}

// Open leaves two sound meta pages, whichever was damaged, so that the next interrupted
// commit meets only its own traces.
func TestOpenRepairsMetas(t *testing.T) {
	b, states := image(t, source1(t), 100, 3)
	for slot := range uint64(2) {
		c := append([]byte(nil), b...)
		clear(c[slot*pageSize:][:pageSize])
		f := opened(t, write(t, c), options())
		holds(t, f, states[3])
		require.NoError(t, f.Close())
		c, err := os.ReadFile(f.path)
		require.NoError(t, err)
		m, old := newest(t, c), newest(t, b)
		require.Equal(t, old.txid, m.txid)
		require.Equal(t, old.root, m.root)
		other, _, wrong := decodeMeta(c[(1-m.slot())*pageSize:])
		require.Empty(t, wrong)
		require.Equal(t, m.txid-1, other.txid)
	}
}

// Salvaging takes an older commit, which then is the newest: nothing of the other one
// comes back.
func TestSalvage(t *testing.T) {
	r := source1(t)
	for commits := 2; commits < 4; commits++ { // both parities
		b, states := image(t, r, 300, commits)
		m := newest(t, b)
		_, data := rootEntries(&page{leaf: true, count: 2, data: b[m.root*pageSize:][:pageSize]})
		c := append([]byte(nil), b...)
		c[data*pageSize+8] ^= 1 // a page that only the newest commit has
		var corrupt *CorruptError
		require.ErrorAs(t, refused(t, write(t, c), options()), &corrupt)
		o := options()
		o.Salvage = true
		f := opened(t, write(t, c), o)
		holds(t, f, states[commits-1])
		commit, yes := f.Salvaged()
		require.True(t, yes)
		require.Equal(t, m.txid-1, commit)
		s := states[commits-1].clone()
		require.NoError(t, f.Close())

		f = opened(t, f.path, options())
		_, yes = f.Salvaged()
		require.False(t, yes)
		holds(t, f, s)
		require.NoError(t, f.Update(func(tx *Tx) error { return s.edit(tx, r, 300) }))
		require.NoError(t, f.Close())
		again, err := os.ReadFile(f.path)
		require.NoError(t, err)
		for slot := range 2 {
			d := append([]byte(nil), again...)
			clear(d[slot*pageSize : (slot+1)*pageSize])
			holds(t, opened(t, write(t, d), options()), s)
		}
		// A sound file is not touched.
		f = opened(t, write(t, b), o)
		_, yes = f.Salvaged()
		require.False(t, yes)
		holds(t, f, states[commits])
	}
}

// A page that is sound, sealed and in its place, but not the one that was written, is
// found by the manifest alone.
func TestOpenStalePage(t *testing.T) {
	b, states := image(t, source1(t), 300, 2)
	var at int64
	var key, value []byte
	f := opened(t, write(t, b), options())
	require.NoError(t, f.View(func(tx *Tx) error {
		return tx.Walk("rows", nil, func(k, v []byte) error {
			at, key, value = tx.offset(v), append([]byte(nil), k...), append([]byte(nil), v...)
			return nil
		})
	}))
	require.NoError(t, f.Close())
	require.Equal(t, string(value), states[2].buckets["rows"][string(key)])
	value[0] ^= 1
	rows := makeBucket("rows")
	copy(b[at-sealSize:], rows.seal(key, value))
	var corrupt *CorruptError
	require.ErrorAs(t, refused(t, write(t, b), options()), &corrupt)
	require.Contains(t, corrupt.What, "manifest says")
}

// The key of a branch page that is not the first of the page below would be followed
// without harm, and break the tree at the next change.
func TestOpenBranchKey(t *testing.T) {
	path := filepath.Join(memory(t), "file")
	require.NoError(t, Create(path, options(), func(tx *Tx) error {
		for i := range 300 {
			if err := tx.Put("rows", rowKey(10*i), make([]byte, 100)); err != nil {
				return err
			}
		}
		return nil
	}))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	last := uint64(len(b) / pageSize)
	changed := 0
	for id := uint64(2); id < last; id++ {
		r := &reader{path: path, file: readerAt(b), size: int64(len(b))}
		p, _, err := r.page(id, last)
		if err != nil || p.leaf {
			continue
		}
		c := append([]byte(nil), b...)
		at := int(id*pageSize) + headerSize + 1*elementSize
		key := at + int(native.Uint32(c[at:]))
		c[key+3]-- // still above the key before it
		var corrupt *CorruptError
		require.ErrorAs(t, refused(t, write(t, c), options()), &corrupt)
		changed++
	}
	require.Equal(t, 1, changed)
}

type readerAt []byte

func (b readerAt) ReadAt(p []byte, off int64) (int, error) {
	n := copy(p, b[off:])
	if n < len(p) {
		return n, syscall.EIO
	}
	return n, nil
}

// An error of the disk is neither damage nor anything else.
func TestReadError(t *testing.T) {
	s := &source{reader: reader{path: "x", file: readerAt(nil), size: 3 * pageSize}}
	err := s.readMetas()
	require.ErrorIs(t, err, syscall.EIO)
	require.False(t, isDamage(err))
}

// Files hold these numbers.
func TestFormatIsFixed(t *testing.T) {
	b := makeBucket("rows")
	stored := b.seal([]byte("key"), []byte("some value"))
	require.Equal(t, []byte("some value"), stored[sealSize:])
	require.Equal(t, uint32(0x4fd80842), binary.LittleEndian.Uint32(stored))
	require.Equal(t, uint64(0x3a505de19f2cfc0a), b.hash([]byte("key"), stored))
	require.Equal(t, uint64(0x309b5349a50b0537), b.hash([]byte("a longer key"), stored))
	m := &manifest{format: 7, txid: 9, header: []byte("head"), tallies: []tally{{1, 2, 3}, {4, 5, 6}}}
	require.Equal(t, "726f737465724d010700000004000200090000000000000001000000000000000200000000000000"+
		"030000000000000004000000000000000500000000000000060000000000000068656164eff6fcf0", hex.EncodeToString(m.encode()))
	got, err := decodeManifest(m.encode())
	require.NoError(t, err)
	require.Equal(t, m, got)
	full := &manifest{header: make([]byte, MaxHeader), tallies: make([]tally, MaxBuckets)}
	require.Len(t, full.encode(), 860)
}

// leaf makes a leaf page of keys without values.
func leaf(keys ...string) *page {
	p := &page{leaf: true, count: len(keys), data: make([]byte, headerSize+len(keys)*elementSize)}
	for i, k := range keys {
		at := headerSize + i*elementSize
		native.PutUint32(p.data[at+4:], uint32(len(p.data)-at))
		native.PutUint32(p.data[at+8:], uint32(len(k)))
		p.data = append(p.data, k...)
	}
	return p
}

func TestKeyOrder(t *testing.T) {
	a, b, c := []byte("a"), []byte("b"), []byte("c")
	require.NoError(t, leaf().inRange(a, b))
	require.NoError(t, leaf("b").inRange(nil, nil))
	require.NoError(t, leaf("a", "aa", "b").inRange(a, c))
	require.Error(t, leaf("a", "c", "b").inRange(nil, nil))
	require.Error(t, leaf("a", "a").inRange(nil, nil))
	require.Error(t, leaf("b").inRange(a, nil))
	require.Error(t, leaf("a", "b").inRange(nil, b))
	require.Error(t, leaf("a").inRange(b, nil))
}
