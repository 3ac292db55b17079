package boltfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/rosterdb/roster/contact/internal/boltfile/faulttest"
	"github.com/rosterdb/roster/internal/testflags"
)

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	o := options()
	require.NoError(t, Create(path, o, func(tx *Tx) error {
		require.NoError(t, tx.Put("rows", []byte("b"), []byte("2")))
		require.NoError(t, tx.Put("rows", []byte("a"), nil))
		return tx.SetHeader([]byte("mine"))
	}))
	require.NoFileExists(t, path+".new")
	require.ErrorIs(t, Create(path, o, nil), fs.ErrExist)

	f := opened(t, path, o)
	id := uint64(0)
	require.NoError(t, f.View(func(tx *Tx) error {
		id = tx.ID()
		require.Equal(t, "mine", string(tx.Header()))
		v, err := tx.Get("rows", []byte("a"))
		require.NoError(t, err)
		require.NotNil(t, v)
		require.Empty(t, v)
		v, err = tx.Get("rows", []byte("c"))
		require.NoError(t, err)
		require.Nil(t, v)
		require.Equal(t, 2, tx.Count("rows"))
		require.EqualValues(t, 3, tx.Bytes("rows"))
		require.Zero(t, tx.Count("none"))
		require.Zero(t, tx.Count("unknown"))
		first, err := tx.First("rows")
		require.NoError(t, err)
		last, err := tx.Last("rows")
		require.NoError(t, err)
		require.Equal(t, "ab", string(first)+string(last))
		first, err = tx.First("none")
		require.NoError(t, err)
		require.Nil(t, first)
		last, err = tx.Last("none")
		require.NoError(t, err)
		require.Nil(t, last)
		require.ErrorIs(t, tx.Put("rows", []byte("x"), nil), ErrReadOnly)
		require.ErrorIs(t, tx.Delete("rows", []byte("x")), ErrReadOnly)
		require.ErrorIs(t, tx.SetHeader(nil), ErrReadOnly)
		return nil
	}))
	var kept *Tx
	require.NoError(t, f.Update(func(tx *Tx) error {
		kept = tx
		require.Equal(t, id+1, tx.ID())
		require.NoError(t, tx.Put("rows", []byte("b"), []byte("two")))
		require.NoError(t, tx.Delete("rows", []byte("a")))
		require.NoError(t, tx.Delete("rows", []byte("missing")))
		require.Equal(t, 1, tx.Count("rows"))
		require.EqualValues(t, 4, tx.Bytes("rows"))
		v, err := tx.Get("rows", []byte("b"))
		require.NoError(t, err)
		require.Equal(t, "two", string(v))
		return nil
	}))
	_, err := kept.Get("rows", []byte("b"))
	require.ErrorIs(t, err, ErrEnded)
	require.ErrorIs(t, kept.Put("rows", []byte("b"), nil), ErrEnded)
	require.ErrorIs(t, kept.SetHeader(nil), ErrEnded)
	require.NoError(t, f.Close())
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.View(func(*Tx) error { return nil }), ErrClosed)
	require.ErrorIs(t, f.Update(func(*Tx) error { return nil }), ErrClosed)
	require.ErrorIs(t, f.Backup(context.Background(), new(bytes.Buffer)), ErrClosed)

	want := newState()
	want.buckets["rows"]["b"], want.header = "two", "mine"
	holds(t, opened(t, path, o), want)
}

func TestLimits(t *testing.T) {
	f := opened(t, write(t, first(image(t, source1(t), 10, 0))), options())
	require.NoError(t, f.Update(func(tx *Tx) error {
		require.ErrorIs(t, tx.Put("rows", nil, nil), ErrLimit)
		require.ErrorIs(t, tx.Put("rows", make([]byte, MaxKey+1), nil), ErrLimit)
		require.ErrorIs(t, tx.SetHeader(make([]byte, MaxHeader+1)), ErrLimit)
		require.ErrorIs(t, tx.Put("unknown", []byte("k"), nil), ErrNoBucket)
		require.ErrorIs(t, tx.Delete("unknown", []byte("k")), ErrNoBucket)
		_, err := tx.Get("unknown", []byte("k"))
		require.ErrorIs(t, err, ErrNoBucket)
		require.ErrorIs(t, tx.Walk("unknown", nil, nil), ErrNoBucket)
		_, err = tx.First("unknown")
		require.ErrorIs(t, err, ErrNoBucket)
		require.NoError(t, tx.Put("rows", make([]byte, MaxKey), make([]byte, 1<<20)))
		return tx.SetHeader(make([]byte, MaxHeader))
	}))
	for _, names := range [][]string{nil, {""}, {"a", "a"}, {string(make([]byte, 65))}, make([]string, MaxBuckets+1)} {
		o := &Options{Buckets: names}
		path := filepath.Join(t.TempDir(), "x")
		require.ErrorIs(t, Create(path, o, nil), ErrLimit)
		_, err := Open(path, o)
		require.ErrorIs(t, err, ErrLimit)
	}
}

func first[A, B any](a A, _ B) A { return a }

// The largest manifest still lies in the root page.
func TestMostBuckets(t *testing.T) {
	o := &Options{Format: 1}
	for i := range MaxBuckets {
		o.Buckets = append(o.Buckets, fmt.Sprintf("%064d", i))
	}
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, Create(path, o, func(tx *Tx) error {
		for _, b := range o.Buckets {
			require.NoError(t, tx.Put(b, []byte("key"), make([]byte, 700)))
		}
		return tx.SetHeader(make([]byte, MaxHeader))
	}))
	opened(t, path, o)
}

func TestErrorsAndPanicsOfFn(t *testing.T) {
	r := source1(t)
	b, states := image(t, r, 100, 1)
	f := opened(t, write(t, b), options())
	mine := errors.New("mine")
	spoil := func(tx *Tx) { require.NoError(t, newState().edit(tx, r, 100)) }
	require.Equal(t, mine, f.Update(func(tx *Tx) error { spoil(tx); return mine }))
	require.PanicsWithValue(t, "boo", func() { _ = f.Update(func(tx *Tx) error { spoil(tx); panic("boo") }) })
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = f.Update(func(tx *Tx) error { spoil(tx); runtime.Goexit(); return nil })
	}()
	<-done
	require.Equal(t, mine, f.View(func(*Tx) error { return mine }))
	require.PanicsWithValue(t, "boo", func() { _ = f.View(func(*Tx) error { panic("boo") }) })
	var none *File
	require.Panics(t, func() { _ = f.View(func(*Tx) error { _ = none.path; return nil }) })
	require.Equal(t, mine, f.View(func(tx *Tx) error {
		return tx.Walk("rows", nil, func(_, _ []byte) error { return mine })
	}))
	holds(t, f, states[1])
	require.NoError(t, f.Update(func(tx *Tx) error { return tx.Put("few", []byte("k"), nil) }))
}

// Walk goes on behind the current key while the bucket is changed.
func TestWalkWhileChanging(t *testing.T) {
	b, _ := image(t, source1(t), 500, 0)
	f := opened(t, write(t, b), options())
	n := 0
	require.NoError(t, f.Update(func(tx *Tx) error {
		return tx.Walk("rows", rowKey(100), func(k, _ []byte) error {
			require.Equal(t, rowKey(100+n), k)
			n++
			if n%2 == 0 {
				return tx.Delete("rows", k)
			}
			return errors.Join(tx.Put("rows", k, make([]byte, 300)), tx.Put("rows", rowKey(n%100), nil))
		})
	}))
	require.Equal(t, 400, n)
	path := f.path
	require.NoError(t, f.Close())
	f = opened(t, path, options())
	require.NoError(t, f.View(func(tx *Tx) error {
		require.Equal(t, 300, tx.Count("rows"))
		return nil
	}))
}

// What fn changes ahead of a walk, the walk meets as it is then.
func TestWalkMeetsChanges(t *testing.T) {
	path := filepath.Join(memory(t), "file")
	require.NoError(t, Create(path, options(), func(tx *Tx) error {
		for i := range 10 {
			require.NoError(t, tx.Put("rows", rowKey(10*i), nil))
		}
		return nil
	}))
	f := opened(t, path, options())
	var got []int
	require.NoError(t, f.Update(func(tx *Tx) error {
		return tx.Walk("rows", nil, func(k, _ []byte) error {
			at := int(binary.BigEndian.Uint32(k))
			got = append(got, at)
			switch at {
			case 20:
				return errors.Join(tx.Delete("rows", rowKey(30)), tx.Put("rows", rowKey(25), nil))
			case 40:
				for i := 40; i < 90; i += 10 {
					require.NoError(t, tx.Delete("rows", rowKey(i)))
				}
			}
			return nil
		})
	}))
	require.Equal(t, []int{0, 10, 20, 25, 40, 90}, got)
}

// Random transactions against a map, with all ways to look at the result.
func TestModel(t *testing.T) {
	r := source1(t)
	path := filepath.Join(t.TempDir(), "file")
	o := options()
	o.NoSync = true
	s := newState()
	require.NoError(t, Create(path, o, nil))
	f := opened(t, path, o)
	for range testflags.Steps(60) {
		next := s.clone()
		require.NoError(t, f.Update(func(tx *Tx) error { return next.step(tx, r) }))
		s = next
		require.NoError(t, f.View(func(tx *Tx) error { return probe(t, tx, s, r) }))
		if r.IntN(3) == 0 {
			holds(t, f, s)
			require.NoError(t, f.Close())
			f = opened(t, path, o)
		}
	}
	holds(t, f, s)
}

// step makes changes of a random kind and number.
func (s *state) step(tx *Tx, r *rand.Rand) error {
	switch r.IntN(8) {
	case 0: // all of a bucket
		bucket := options().Buckets[r.IntN(3)]
		for k := range maps.Clone(s.buckets[bucket]) {
			if err := s.del(tx, bucket, []byte(k)); err != nil {
				return err
			}
		}
		return nil
	case 1: // a range
		from := rowKey(r.IntN(2000))
		n := r.IntN(500)
		return tx.Walk("rows", from, func(k, _ []byte) error {
			if n--; n < 0 {
				return nil
			}
			return s.del(tx, "rows", bytes.Clone(k))
		})
	case 2:
		return s.put(tx, "texts", random(r, 1+r.IntN(2000)), random(r, r.IntN(40000)))
	case 3:
		return s.edit(tx, r, 2000)
	}
	for range r.IntN(300) {
		if err := s.put(tx, "rows", rowKey(r.IntN(2000)), random(r, r.IntN(200))); err != nil {
			return err
		}
	}
	return nil
}

// probe looks at the ends of each bucket, at single keys and at walks from the middle.
func probe(t *testing.T, tx *Tx, s *state, r *rand.Rand) error {
	for b, m := range s.buckets {
		keys := slices.Sorted(maps.Keys(m))
		first, err := tx.First(b)
		require.NoError(t, err)
		last, err := tx.Last(b)
		require.NoError(t, err)
		if len(keys) == 0 {
			require.Nil(t, first)
			require.Nil(t, last)
			continue
		}
		require.Equal(t, keys[0], string(first))
		require.Equal(t, keys[len(keys)-1], string(last))
		at := r.IntN(len(keys))
		v, err := tx.Get(b, []byte(keys[at]))
		require.NoError(t, err)
		require.Equal(t, m[keys[at]], string(v))
		var got []string
		require.NoError(t, tx.Walk(b, []byte(keys[at]), func(k, _ []byte) error {
			got = append(got, string(k))
			return nil
		}))
		require.Equal(t, keys[at:], got)
	}
	return nil
}

// Views beside Updates see whole commits.
func TestConcurrent(t *testing.T) {
	b, _ := image(t, source1(t), 300, 0)
	f := opened(t, write(t, b), options())
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			last := uint64(0)
			for {
				select {
				case <-stop:
					return
				default:
				}
				err := f.View(func(tx *Tx) error {
					if tx.ID() < last {
						return errors.New("back in time")
					}
					last = tx.ID()
					a, err := tx.Get("few", []byte("a"))
					if err != nil {
						return err
					}
					b, err := tx.Get("rows", rowKey(7))
					if string(a) != string(tx.Header()) || a != nil && !bytes.Equal(a, b) {
						return errors.New("half a commit")
					}
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 50 {
		v := fmt.Appendf(nil, "%d", i)
		require.NoError(t, f.Update(func(tx *Tx) error {
			return errors.Join(tx.Put("few", []byte("a"), v), tx.Put("rows", rowKey(7), v), tx.SetHeader(v),
				tx.Put("texts", rowKey(i), make([]byte, 20000)))
		}))
		_ = f.Stats()
	}
	close(stop)
	wg.Wait()
}

func TestPublish(t *testing.T) {
	r := source1(t)
	path := filepath.Join(t.TempDir(), "file")
	states := build(t, path, r, 500, 3)
	old := opened(t, path, options())
	temp, err := CreateTemp(path+".compact", options())
	require.NoError(t, err)
	require.NoError(t, temp.Update(func(tx *Tx) error {
		return old.View(func(from *Tx) error {
			for _, b := range options().Buckets {
				if err := from.Walk(b, nil, func(k, v []byte) error { return tx.Put(b, k, v) }); err != nil {
					return err
				}
			}
			return tx.SetHeader(from.Header())
		})
	}))
	require.NoError(t, old.Close())
	requirePublished(t, temp, path)
	require.NoFileExists(t, path+".compact")
	_, err = temp.Publish(path)
	require.ErrorIs(t, err, ErrClosed)
	o := options()
	o.Trusted = true
	f := opened(t, path, o)
	holds(t, f, states[3])
	require.NoError(t, f.Update(func(tx *Tx) error { return tx.Put("few", []byte("k"), nil) }))
	require.NoError(t, f.Close())
	opened(t, path, options())
}

// Publish syncs before it renames: a failing sync leaves the old file.
func TestPublishSyncs(t *testing.T) {
	if len(faulttest.Kinds()) < 4 {
		t.Skip("needs Linux")
	}
	path := filepath.Join(t.TempDir(), "file")
	x := faulttest.New()
	o := options()
	o.Hook = x.Hook
	temp, err := CreateTemp(path+".temp", o)
	require.NoError(t, err)
	x.FailAt(3, faulttest.SyncError) // the meta page
	require.NoError(t, temp.Update(func(tx *Tx) error { return tx.Put("few", []byte("k"), nil) }))
	_, err = temp.Publish(path)
	require.ErrorIs(t, err, syscall.EINVAL)
	require.NoFileExists(t, path)
	_ = x.Restore()
}

func TestPublishFails(t *testing.T) {
	dir := t.TempDir()
	temp, err := CreateTemp(filepath.Join(dir, "temp"), options())
	require.NoError(t, err)
	_, err = temp.Publish(filepath.Join(dir, "missing", "file"))
	require.Error(t, err)
	require.ErrorIs(t, temp.Update(func(*Tx) error { return nil }), ErrClosed)
}

func TestCreateFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	mine := errors.New("mine")
	require.ErrorIs(t, Create(path, options(), func(*Tx) error { return mine }), mine)
	require.NoFileExists(t, path)
	require.NoFileExists(t, path+".new")
	require.ErrorIs(t, Create(filepath.Join(path, "x"), options(), nil), fs.ErrNotExist)
	// What a fault has left is in nobody's way.
	require.NoError(t, os.WriteFile(path+".new", []byte("rubbish"), 0o600))
	require.NoError(t, Create(path, options(), nil))
	holds(t, opened(t, path, options()), newState())
}

func TestStats(t *testing.T) {
	b, _ := image(t, source1(t), 100, 0)
	f := opened(t, write(t, b), options())
	require.Zero(t, f.Stats().Commits)
	require.NoError(t, f.Update(func(tx *Tx) error { return tx.Put("few", []byte("k"), []byte("v")) }))
	s := f.Stats()
	require.EqualValues(t, 1, s.Commits)
	require.EqualValues(t, 2, s.Syncs)
	require.EqualValues(t, pageSize, s.PageSize)
	require.EqualValues(t, len(b), s.FileBytes)
	require.Positive(t, s.FreePages)
	require.Positive(t, s.LastSync)
	// Root page, data page, meta page.
	require.EqualValues(t, 3*pageSize, s.BytesWritten)
	require.NoError(t, f.Update(func(tx *Tx) error { return tx.Put("few", []byte("l"), make([]byte, 1<<20)) }))
	s2 := f.Stats()
	require.EqualValues(t, 5, s2.Syncs) // the file has grown
	require.Greater(t, s2.FileBytes, s.FileBytes)
	require.Greater(t, s2.Pages, s.Pages+256)
}

func TestBackup(t *testing.T) {
	r := source1(t)
	for commits := range 3 { // both parities
		b, states := image(t, r, 2000, commits)
		f := opened(t, write(t, b), options())
		var out bytes.Buffer
		begun, went := make(chan struct{}), make(chan error)
		go func() { // a commit in the middle
			<-begun
			went <- f.Update(func(tx *Tx) error { return newState().edit(tx, r, 2000) })
		}()
		var once sync.Once
		require.NoError(t, f.Backup(context.Background(), writer(func(p []byte) (int, error) {
			once.Do(func() {
				close(begun)
				require.NoError(t, <-went)
			})
			return out.Write(p)
		})))
		path := write(t, out.Bytes())
		holds(t, opened(t, path, options()), states[commits])
		// The copy goes on like any file.
		c := opened(t, write(t, out.Bytes()), options())
		s := states[commits].clone()
		require.NoError(t, c.Update(func(tx *Tx) error { return s.edit(tx, r, 2000) }))
		require.NoError(t, c.Close())
		holds(t, opened(t, c.path, options()), s)
	}
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestBackupFails(t *testing.T) {
	b, _ := image(t, source1(t), 500, 1)
	f := opened(t, write(t, b), options())
	mine := errors.New("mine")
	for left := range 6 {
		require.ErrorIs(t, f.Backup(context.Background(), writer(func(p []byte) (int, error) {
			if left--; left < 0 {
				return 0, mine
			}
			return len(p), nil
		})), mine)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	require.ErrorIs(t, f.Backup(ctx, writer(func(p []byte) (int, error) {
		cancel(mine)
		return len(p), nil
	})), mine)
	require.NoError(t, os.Truncate(f.path, int64(len(b)/2)))
	var corrupt *CorruptError
	require.ErrorAs(t, f.Backup(context.Background(), new(bytes.Buffer)), &corrupt)
	f.size.Store(0) // as if it had been cut a moment later
	require.ErrorAs(t, f.Backup(context.Background(), new(bytes.Buffer)), &corrupt)
}

func TestHook(t *testing.T) {
	calls := 0
	o := options()
	o.Hook = func(db *bbolt.DB, f *os.File) {
		require.NotNil(t, db)
		require.NotNil(t, f)
		calls++
	}
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, Create(path, o, nil))
	opened(t, path, o)
	require.Equal(t, 2, calls)
}

func requirePublished(tb testing.TB, f *File, path string) {
	tb.Helper()
	renamed, err := f.Publish(path)
	require.NoError(tb, err)
	require.True(tb, renamed)
}
