package contact_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
)

// A store is open once, in one process.
func TestLocked(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, diskSchema(), nil)
	var locked *contact.LockedError
	for range 2 {
		_, err := contact.Open(dir, nil, nil)
		require.ErrorAs(t, err, &locked)
		require.Equal(t, dir, locked.Dir)
		require.Equal(t, os.Getpid(), locked.PID)
		require.Contains(t, err.Error(), fmt.Sprint(os.Getpid()))
	}
	insert(t, store, nil)
	require.NoError(t, store.Compact(ctx))
	_, err := contact.Open(dir, nil, nil)
	require.ErrorAs(t, err, &locked, "compaction has put another file in the place")
	out, err := child(ctx, "write "+dir).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), fmt.Sprintf("open already, by process %d", os.Getpid()))
	require.NoError(t, store.Close())
	out, err = child(ctx, "write "+dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, 2, openDir(t, dir, nil, nil).View().Len())
}

func TestLockedByAnother(t *testing.T) {
	dir := memoryDir(t)
	require.NoError(t, openDir(t, dir, diskSchema(), nil).Close())
	cmd := child(ctx, "hold "+dir)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "open\n", line)

	took := time.Hour
	for try := 0; try < 20 && took >= time.Second; try++ { // the machine may stop in one of them
		begin := time.Now()
		_, err = contact.Open(dir, nil, nil)
		took = min(took, time.Since(begin))
	}
	require.Less(t, took, time.Second, "it does not wait")
	var locked *contact.LockedError
	require.ErrorAs(t, err, &locked)
	require.Equal(t, cmd.Process.Pid, locked.PID)
	require.NoError(t, in.Close())
	_, err = io.Copy(io.Discard, out)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
	require.NoError(t, openDir(t, dir, nil, nil).Close())
}

// Of two goroutines that open a store at once, one gets it.
func TestLockedAtOnce(t *testing.T) {
	for range 30 {
		dir := filepath.Join(memoryDir(t), "store") // made by one of them
		var wg sync.WaitGroup
		opened := make(chan *contact.Store, 2)
		for range 2 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				store, err := contact.Open(dir, diskSchema(), nil)
				if err != nil {
					if !errors.As(err, new(*contact.LockedError)) {
						t.Error(err)
					}
					return
				}
				opened <- store
			}()
		}
		wg.Wait()
		require.Len(t, opened, 1)
		require.NoError(t, (<-opened).Close())
	}
}

// An Open that fails leaves no lock behind.
func TestFailedOpenUnlocks(t *testing.T) {
	dir := memoryDir(t)
	require.NoError(t, os.WriteFile(filePath(dir), []byte("nothing of ours"), 0o600))
	for range 2 {
		_, err := contact.Open(dir, diskSchema(), nil)
		require.ErrorAs(t, err, new(*contact.NotOursError))
	}
	require.NoError(t, os.Remove(filePath(dir)))
	_, err := contact.Open(dir, nil, nil)
	require.ErrorContains(t, err, "needs a schema")
	_, err = contact.Open(dir, diskSchema(), &contact.Options{Sync: -2})
	require.ErrorContains(t, err, "Sync")
	store := openDir(t, dir, diskSchema(), nil)
	require.NoError(t, store.Close())
	for range 2 {
		_, err = contact.Open(dir, contact.MustSchema(contact.Number("name")), nil)
		require.ErrorAs(t, err, new(*contact.SchemaError))
	}
	openDir(t, dir, nil, nil)
}

func TestMissingDir(t *testing.T) {
	top := memoryDir(t)
	dir := filepath.Join(top, "a", "b")
	_, err := contact.Open(dir, nil, nil)
	require.ErrorContains(t, err, "needs a schema")
	require.NoDirExists(t, filepath.Join(top, "a"))
	store := openDir(t, dir, diskSchema(), nil)
	insert(t, store, nil)
	require.NoError(t, store.Close())
	require.NoError(t, os.WriteFile(filePath(dir)+".new", []byte("left by a compaction"), 0o600))
	store = openDir(t, dir, nil, nil)
	require.Equal(t, 1, store.View().Len())
	require.NoFileExists(t, filePath(dir)+".new")
}

func TestNoDir(t *testing.T) {
	path := filepath.Join(memoryDir(t), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	for _, dir := range []string{path, filepath.Join(path, "below")} {
		_, err := contact.Open(dir, diskSchema(), nil)
		require.ErrorIs(t, err, syscall.ENOTDIR)
	}
	dir := memoryDir(t)
	require.NoError(t, os.Mkdir(filePath(dir), 0o755))
	_, err := contact.Open(dir, diskSchema(), nil)
	require.ErrorIs(t, err, fs.ErrInvalid)
}

// Files of others are left as they are.
func TestForeignFile(t *testing.T) {
	other := filepath.Join(memoryDir(t), "other")
	db, err := bbolt.Open(other, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("theirs"))
		if err != nil {
			return err
		}
		return b.Put([]byte("k"), []byte("v"))
	}))
	require.NoError(t, db.Close())
	theirs, err := os.ReadFile(other)
	require.NoError(t, err)
	for name, content := range map[string][]byte{
		"empty": {}, "a text": []byte("Dear Ada,"), "a large one": bytes.Repeat([]byte("Dear Ada,"), 4000), "zeroes": make([]byte, 20000),
		"a bbolt file": theirs,
	} {
		dir := dirOf(t, content)
		for _, salvage := range []bool{false, true} {
			_, err := contact.Open(dir, diskSchema(), &contact.Options{Salvage: salvage})
			var notOurs *contact.NotOursError
			require.ErrorAs(t, err, &notOurs, name)
			require.Equal(t, filePath(dir), notOurs.File)
			require.NotEmpty(t, notOurs.What)
			require.Equal(t, content, imageOfClosed(t, dir), name)
		}
	}
}

// A file of another format is neither damaged nor somebody else's.
func TestOtherFormat(t *testing.T) {
	dir := memoryDir(t)
	require.NoError(t, openDir(t, dir, diskSchema(), nil).Close())
	db, err := bbolt.Open(filePath(dir), 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("manifest"))
		m := bytes.Clone(b.Get([]byte("m")))
		m[8] = 9 // its format
		binary.LittleEndian.PutUint64(m[16:], uint64(tx.ID()))
		return b.Put([]byte("m"), resealed(m))
	}))
	require.NoError(t, db.Close())
	_, err = contact.Open(dir, nil, nil)
	var format *contact.FormatError
	require.ErrorAs(t, err, &format)
	require.Equal(t, contact.FormatError{File: filePath(dir), Got: 9, Want: 1}, *format)
	require.ErrorContains(t, err, "format 9")
	require.ErrorContains(t, err, "format 1")
}

// A link to the file of a store is refused: compaction would put a file in its place
// and leave the old one, erased values included. A link to a directory is followed.
func TestSymlink(t *testing.T) {
	target := memoryDir(t)
	store := openDir(t, target, diskSchema(), nil)
	insert(t, store, contact.Values{"email": "ada"})
	require.NoError(t, store.Close())
	dir := memoryDir(t)
	require.NoError(t, os.Symlink(filePath(target), filePath(dir)))
	_, err := contact.Open(dir, nil, nil)
	require.ErrorContains(t, err, "symbolic link")
	dangling := memoryDir(t)
	require.NoError(t, os.Symlink(filepath.Join(dangling, "nowhere"), filePath(dangling)))
	_, err = contact.Open(dangling, diskSchema(), nil)
	require.ErrorContains(t, err, "symbolic link")
	require.NoFileExists(t, filepath.Join(dangling, "nowhere"))

	link := filepath.Join(memoryDir(t), "link")
	require.NoError(t, os.Symlink(target, link))
	require.Equal(t, 1, openDir(t, link, nil, nil).View().Len())
}

// Somebody else cuts the file of an open store: that is an error of what needs the file,
// and nothing worse.
func TestShrunk(t *testing.T) {
	inChild(t, func(t *testing.T, _ uint64) {
		dir := memoryDir(t)
		store := openDir(t, dir, diskSchema(), nil)
		insertMany(t, store, 2000, func(i int) contact.Values {
			return contact.Values{"email": fmt.Sprint(i), "name": fmt.Sprint("name ", i)}
		})
		used := int(store.Stats().Pages) * store.Stats().PageSize
		require.NoError(t, store.Close())
		image := imageOfClosed(t, dir)
		for _, size := range []int{0, 1, 4096, 8192, used / 2, used - 4096} {
			dir := dirOf(t, image)
			opts := new(contact.Options)
			contacttest.EagerCheckpoints(opts, 100, 100)
			store := openDir(t, dir, nil, opts)
			want := told(t, store.View())
			require.NoError(t, os.Truncate(filePath(dir), int64(size)))
			within(t, fmt.Sprint("cut to ", size), func() {
				_, err := collect(store)
				require.Error(t, err)
				_, _, err = store.FindMark("ledger", 1)
				require.Error(t, err)
				err = store.Update(ctx, func(tx *contact.Tx) error { _, err := tx.Insert(nil); return err })
				require.ErrorAs(t, err, new(*contact.WriteError))
				require.Error(t, store.Compact(ctx))
				require.Error(t, store.Backup(ctx, new(bytes.Buffer)))
				require.Equal(t, want, told(t, store.View()))
				store.Stats()
				_ = store.Close()
			})
			_, err := contact.Open(dir, nil, nil)
			requireDamage(t, err, fmt.Sprint("cut to ", size))
		}
		fmt.Println("6 cases")
	})
}

// A store that is only read stays as it is, to the byte.
func TestReadingWritesNothing(t *testing.T) {
	w, image := twinImage(t, 7, 14)
	dir := dirOf(t, image)
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	require.NoError(t, os.Chtimes(filePath(dir), old, old))
	for range 3 {
		opts := &contact.Options{Clock: w.clock, KeepLog: 60}
		contacttest.EagerCheckpoints(opts, 1, 1)
		store := openDir(t, dir, nil, opts)
		attachLedger(t, store)
		require.NoError(t, w.compare(store))
		_, _, err := store.FindMark("ledger", 30)
		require.NoError(t, err)
		require.NoError(t, store.Backup(ctx, io.Discard))
		require.NoError(t, store.Sync(ctx))
		require.ErrorIs(t, store.Update(ctx, func(tx *contact.Tx) error { return errFailed }), errFailed)
		require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error { return nil }))
		store.Stats()
		require.NoError(t, store.Close())
		require.Equal(t, image, imageOfClosed(t, dir))
		info, err := os.Stat(filePath(dir))
		require.NoError(t, err)
		require.Equal(t, old, info.ModTime().UTC())
	}
}
