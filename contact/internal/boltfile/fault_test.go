package boltfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/boltfile/faulttest"
)

// The k-th write of a commit fails, for every k and in every way.
func TestFaults(t *testing.T) {
	r := source1(t)
	b, states := image(t, r, 150, 3)
	seed := r.Uint64()
	edit := func(s *state) func(tx *Tx) error {
		r := rand.New(rand.NewPCG(seed, seed))
		return func(tx *Tx) error {
			if err := s.put(tx, "texts", []byte("large"), random(r, 100_000)); err != nil {
				return err
			}
			return s.edit(tx, r, 150)
		}
	}
	for _, kind := range faulttest.Kinds() {
		old, next := states[3], states[3].clone()
		for k := 1; ; k++ {
			x := &faulty{t: t, faults: faulttest.New(), what: fmt.Sprintf("%v at write %d", kind, k)}
			o := options()
			o.Hook = x.faults.Hook
			x.f = opened(t, write(t, b), o)
			x.faults.FailAt(k, kind)
			if x.update(edit(next), old) {
				require.Greater(t, k, 5)
				break
			}
			x.reopen(kind, old, next)
		}
	}
}

// faulty is a file whose writing is about to fail.
type faulty struct {
	t      *testing.T
	what   string
	f      *File
	faults *faulttest.Faults
}

// update runs an Update beside a View. If it fails, the View still sees the old state,
// and nothing goes on afterwards.
func (x *faulty) update(fn func(*Tx) error, old *state) (done bool) {
	t, f := x.t, x.f
	begun, finish, seen := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		seen <- f.View(func(tx *Tx) error {
			close(begun)
			<-finish
			v, err := tx.Get("few", []byte("n1"))
			if want, ok := old.buckets["few"]["n1"]; err == nil && (string(v) != want || ok != (v != nil)) {
				err = errors.New("an old View sees something new")
			}
			return err
		})
	}()
	<-begun
	var err error
	in(t, "Update, "+x.what, func() { err = f.Update(fn) })
	close(finish)
	require.NoError(t, <-seen, x.what)
	if err == nil {
		in(t, "Close", func() { require.NoError(t, f.Close()) })
		return true
	}
	var failed *WriteError
	require.ErrorAs(t, err, &failed, x.what)
	in(t, "later calls, "+x.what, func() {
		require.Equal(t, err, f.Update(func(*Tx) error { return nil }), x.what)
		require.Equal(t, err, f.View(func(*Tx) error { return nil }), x.what)
		require.ErrorIs(t, f.Backup(context.Background(), new(bytes.Buffer)), failed, x.what)
		_ = f.Stats()
		require.NoError(t, x.faults.Restore())
		require.NoError(t, f.Close(), x.what)
		require.NoError(t, f.Close(), x.what)
	})
	cause := map[bool]error{true: syscall.ENOSPC, false: faulttest.ErrInjected}[errors.Is(err, syscall.ENOSPC)]
	if !errors.Is(err, syscall.EINVAL) { // that is the sync of /dev/null
		require.ErrorIs(t, err, cause, x.what)
	}
	return false
}

// reopen requires that the failed transaction is there whole or not at all, and that
// the file goes on.
func (x *faulty) reopen(kind faulttest.Kind, old, next *state) {
	f := opened(x.t, x.f.path, options())
	got, err := read(f)
	require.NoError(x.t, err, x.what)
	if got.differs(old) != "" {
		require.Empty(x.t, got.differs(next), x.what)
	}
	require.NoError(x.t, f.Update(func(tx *Tx) error { return got.put(tx, "few", []byte("more"), nil) }))
	require.NoError(x.t, f.Close())
	holds(x.t, opened(x.t, f.path, options()), got)
}

// The places where the record has a sync are real: a sync fails there, and Update says
// so. Both writes themselves succeed.
func TestSyncsAreReal(t *testing.T) {
	if len(faulttest.Kinds()) < 4 {
		t.Skip("needs Linux")
	}
	b, states := image(t, source1(t), 150, 1)
	put := func(s *state) func(tx *Tx) error {
		return func(tx *Tx) error { return s.put(tx, "few", []byte("k"), []byte("v")) }
	}
	counter := faulttest.New()
	o := options()
	o.Hook = counter.Hook
	require.NoError(t, opened(t, write(t, b), o).Update(put(states[1].clone())))
	writes := counter.Writes()
	require.Equal(t, 3, writes)

	for _, c := range []struct {
		k     int // the write before the sync
		taken bool
	}{{writes - 1, false}, {writes, true}} {
		x := faulttest.New()
		o.Hook = x.Hook
		f := opened(t, write(t, b), o)
		x.FailAt(c.k, faulttest.SyncError)
		next := states[1].clone()
		err := f.Update(put(next))
		var failed *WriteError
		require.ErrorAs(t, err, &failed)
		require.ErrorIs(t, err, syscall.EINVAL)
		require.Equal(t, c.k, x.Writes(), "no write behind the sync")
		require.NoError(t, x.Restore())
		require.NoError(t, f.Close())
		f = opened(t, f.path, options())
		if c.taken { // the meta page was written, only nobody knows that it stays
			holds(t, f, next)
		} else {
			holds(t, f, states[1])
		}
	}
}

// A View that begins between the writing of a meta page and its sync waits for the
// outcome: bbolt already shows the commit, but it may yet fail.
func TestViewWaitsForSync(t *testing.T) {
	b, states := image(t, source1(t), 150, 1)
	for _, fails := range []bool{false, true} {
		if fails && len(faulttest.Kinds()) < 4 {
			continue
		}
		x := faulttest.New()
		o := options()
		o.Hook = x.Hook
		f := opened(t, write(t, b), o)
		type result struct {
			s   *state
			err error
		}
		seen := make(chan result, 1)
		x.After(func(op faulttest.Op) {
			if !op.Meta() {
				return
			}
			f.size.Store(0) // the descriptor may be that of another file now
			go func() {
				s, err := read(f)
				seen <- result{s, err}
			}()
			time.Sleep(20 * time.Millisecond) // enough for the View to begin
		})
		if fails {
			x.FailAt(3, faulttest.SyncError)
		}
		next := states[1].clone()
		err := f.Update(func(tx *Tx) error { return next.put(tx, "few", []byte("k"), []byte("v")) })
		got := <-seen
		if fails {
			require.Error(t, err)
			require.Equal(t, err, got.err)
		} else {
			require.NoError(t, err)
			require.NoError(t, got.err)
			require.Empty(t, got.s.differs(next))
		}
		require.NoError(t, x.Restore())
	}
}

// Somebody else cuts the file while it is open. Every use of it is an error, none is
// the end of the process or waits for ever.
func TestCutWhileOpen(t *testing.T) {
	inChild(t, func(t *testing.T, r *rand.Rand) {
		b, states := image(t, r, 3000, 3)
		var cases, faults int
		for _, size := range []int{0, 1, pageSize, pageSize + 1, 2 * pageSize, 3 * pageSize, len(b) / 2 / pageSize * pageSize, len(b) / 2, len(b) - 40*pageSize} {
			for _, late := range []bool{false, true} {
				for name, use := range uses {
					cases++
					f := opened(t, write(t, b), options())
					cut := func() { require.NoError(t, os.Truncate(f.path, int64(size))) }
					if late {
						f.size.Store(0) // the first look at the file comes too early
						cut()
					}
					var err error
					in(t, name, func() { err = use(f, cut) })
					var corrupt *CorruptError
					var failed *WriteError
					if err != nil {
						faults++
						require.True(t, errors.As(err, &corrupt) || errors.As(err, &failed), "%s, cut to %d: %v", name, size, err)
					}
					in(t, "Close", func() { _ = f.Close() })
					require.NoError(t, os.WriteFile(f.path, b, 0o600))
					holds(t, opened(t, f.path, options()), states[3]) // no lock is left
				}
			}
		}
		fmt.Printf("cases: %d, %d errors\n", cases, faults)
		require.Greater(t, faults, cases/2)
	})
}

var errTouched = errors.New("touched")

// uses are ways to use a file that somebody cuts.
var uses = map[string]func(f *File, cut func()) error{
	"View": func(f *File, cut func()) error {
		cut()
		_, err := read(f)
		return err
	},
	"View, cut inside": func(f *File, cut func()) error {
		return f.View(func(tx *Tx) error {
			cut()
			return tx.Walk("rows", nil, func(_, _ []byte) error { return nil })
		})
	},
	"values in a View": func(f *File, cut func()) error {
		return f.View(func(tx *Tx) error {
			var values [][]byte
			err := tx.Walk("rows", nil, func(_, v []byte) error {
				values = append(values, v)
				return nil
			})
			cut()
			for _, v := range values {
				for _, c := range v {
					if c == 1 && len(v) == 1 {
						return errTouched
					}
				}
			}
			return err
		})
	},
	"Views at once": func(f *File, cut func()) error {
		cut()
		errs := make(chan error)
		for range 4 {
			go func() {
				_, err := read(f)
				errs <- err
			}()
		}
		return errors.Join(<-errs, <-errs, <-errs, <-errs)
	},
	"a View beside one that can't begin": func(f *File, cut func()) error {
		return f.View(func(*Tx) error {
			cut()
			f.size.Store(0)
			_, err := read(f)
			return err
		})
	},
	"Update": func(f *File, cut func()) error {
		cut()
		return f.Update(func(tx *Tx) error { return tx.Put("rows", rowKey(1500), nil) })
	},
	"Update, cut inside": func(f *File, cut func()) error {
		return f.Update(func(tx *Tx) error {
			cut()
			for i := 0; i < 3000; i += 100 {
				if err := tx.Delete("rows", rowKey(i)); err != nil {
					return nil // the caller may ignore it, Update does not
				}
			}
			return tx.Put("texts", []byte("large"), make([]byte, 1<<20))
		})
	},
	"values in an Update": func(f *File, cut func()) error {
		return f.Update(func(tx *Tx) error {
			v, err := tx.Get("texts", []byte("text 1"))
			cut()
			for _, c := range v {
				if c == 1 && len(v) == 1 {
					return errTouched
				}
			}
			return err
		})
	},
	// bbolt would roll it back by reading the whole file on a goroutine of its own.
	"writing that fails": func(f *File, cut func()) error {
		x := faulttest.New()
		x.Hook(f.db, f.os)
		x.After(func(faulttest.Op) { cut() })
		x.FailAt(2, faulttest.WriteError)
		return f.Update(func(tx *Tx) error { return tx.Put("rows", rowKey(1500), nil) })
	},
	"Backup": func(f *File, cut func()) error {
		cut()
		return f.Backup(context.Background(), new(bytes.Buffer))
	},
}

// A function that goes on after bbolt has failed can't have its transaction committed.
func TestIgnoredFault(t *testing.T) {
	b, states := image(t, source1(t), 50, 1)
	f := opened(t, write(t, b), options())
	cause := errors.New("a fault")
	err := f.Update(func(tx *Tx) error {
		require.NoError(t, tx.Put("few", []byte("k"), nil))
		tx.fault = cause
		require.ErrorIs(t, tx.Put("few", []byte("l"), nil), cause)
		return nil
	})
	var failed *WriteError
	require.ErrorAs(t, err, &failed)
	require.ErrorIs(t, err, cause)
	require.NoError(t, f.Close())
	holds(t, opened(t, f.path, options()), states[1])
}

// Bits that change while the file is open are found where they are read.
func TestFlipWhileOpen(t *testing.T) {
	b, _ := image(t, source1(t), 300, 2)
	f := opened(t, write(t, b), options())
	var at int64
	require.NoError(t, f.View(func(tx *Tx) error {
		v, err := tx.Get("rows", rowKey(0))
		if v == nil {
			v, err = tx.Get("texts", []byte("text 0"))
		}
		at = tx.offset(v)
		return err
	}))
	require.Positive(t, at)
	file, err := os.OpenFile(f.path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer file.Close()
	_, err = file.WriteAt([]byte{b[at] ^ 1}, at)
	require.NoError(t, err)
	_, err = read(f)
	var corrupt *CorruptError
	require.ErrorAs(t, err, &corrupt)
	require.InDelta(t, at, corrupt.Offset, 4)

	// bbolt would go back to the commit before.
	slot := newest(t, b).slot()
	_, err = file.WriteAt([]byte{b[slot*pageSize+20] ^ 1}, int64(slot*pageSize+20))
	require.NoError(t, err)
	_, err = read(f)
	require.ErrorAs(t, err, &corrupt)
	err = f.Update(func(*Tx) error { return nil })
	var failed *WriteError
	require.ErrorAs(t, err, &failed)
}
