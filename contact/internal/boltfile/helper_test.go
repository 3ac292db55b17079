package boltfile

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/internal/testdir"
	"github.com/rosterdb/roster/internal/testflags"
)

// options are those of all test files.
func options() *Options {
	return &Options{Buckets: []string{"rows", "texts", "few", "none"}, Format: 7}
}

// state is what a file should hold.
type state struct {
	buckets map[string]map[string]string
	header  string
}

func newState() *state {
	s := &state{buckets: map[string]map[string]string{}}
	for _, b := range options().Buckets {
		s.buckets[b] = map[string]string{}
	}
	return s
}

func (s *state) clone() *state {
	c := newState()
	for b, m := range s.buckets {
		c.buckets[b] = maps.Clone(m)
	}
	c.header = s.header
	return c
}

func (s *state) put(tx *Tx, bucket string, key, value []byte) error {
	s.buckets[bucket][string(key)] = string(value)
	return tx.Put(bucket, key, value)
}

func (s *state) del(tx *Tx, bucket string, key []byte) error {
	delete(s.buckets[bucket], string(key))
	return tx.Delete(bucket, key)
}

func (s *state) setHeader(tx *Tx, h string) error {
	s.header = h
	return tx.SetHeader([]byte(h))
}

// read returns everything that a file holds. An error is that of the file.
func read(f *File) (*state, error) {
	s := newState()
	err := f.View(func(tx *Tx) error {
		s.header = string(tx.Header())
		for b, m := range s.buckets {
			var size uint64
			err := tx.Walk(b, nil, func(k, v []byte) error {
				m[string(k)] = string(v)
				size += uint64(len(k) + len(v))
				return nil
			})
			if err != nil {
				return err
			}
			if tx.Count(b) != len(m) || tx.Bytes(b) != size {
				return fmt.Errorf("bucket %s has %d keys, %d bytes; says %d, %d", b, len(m), size, tx.Count(b), tx.Bytes(b))
			}
		}
		return nil
	})
	return s, err
}

// differs says where a state is another one, "" if nowhere.
func (s *state) differs(o *state) string {
	if s.header != o.header {
		return fmt.Sprintf("header %q, want %q", s.header, o.header)
	}
	for b, m := range s.buckets {
		if !maps.Equal(m, o.buckets[b]) {
			return fmt.Sprintf("bucket %s with %d keys, want %d, or other values", b, len(m), len(o.buckets[b]))
		}
	}
	return ""
}

// holds requires that f holds s.
func holds(t testing.TB, f *File, s *state) {
	t.Helper()
	got, err := read(f)
	require.NoError(t, err)
	require.Empty(t, got.differs(s))
}

// opened opens a file and closes it at the end of the test.
func opened(t testing.TB, path string, o *Options) *File {
	t.Helper()
	f, err := Open(path, o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n+8)
	for i := 0; i < n; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], r.Uint64())
	}
	return b[:n]
}

func rowKey(i int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(i)) }

// edit makes random changes: rows by the score, few large texts.
func (s *state) edit(tx *Tx, r *rand.Rand, rows int) error {
	for range rows / 8 {
		k := rowKey(r.IntN(rows))
		var err error
		if r.IntN(3) == 0 {
			err = s.del(tx, "rows", k)
		} else {
			err = s.put(tx, "rows", k, random(r, 20+r.IntN(120)))
		}
		if err != nil {
			return err
		}
	}
	key := fmt.Appendf(nil, "text %d", r.IntN(4))
	if err := s.put(tx, "texts", key, random(r, 1+r.IntN(12000))); err != nil {
		return err
	}
	if err := s.put(tx, "few", fmt.Appendf(nil, "n%d", r.IntN(5)), random(r, r.IntN(30))); err != nil {
		return err
	}
	return s.setHeader(tx, fmt.Sprintf("header %d", r.IntN(1000)))
}

// fill puts rows and texts into an empty file.
func (s *state) fill(tx *Tx, r *rand.Rand, rows int) error {
	for i := range rows {
		if err := s.put(tx, "rows", rowKey(i), random(r, 20+r.IntN(120))); err != nil {
			return err
		}
	}
	for i := range 3 {
		if err := s.put(tx, "texts", fmt.Appendf(nil, "text %d", i), random(r, 5000+r.IntN(9000))); err != nil {
			return err
		}
	}
	return nil
}

// build makes a closed file of several commits and returns its states, the oldest
// first.
func build(t testing.TB, path string, r *rand.Rand, rows, commits int) []*state {
	t.Helper()
	s := newState()
	require.NoError(t, Create(path, options(), func(tx *Tx) error { return s.fill(tx, r, rows) }))
	states := []*state{s}
	f, err := Open(path, options())
	require.NoError(t, err)
	for range commits {
		s = s.clone()
		require.NoError(t, f.Update(func(tx *Tx) error { return s.edit(tx, r, rows) }))
		states = append(states, s)
	}
	require.NoError(t, f.Close())
	return states
}

// image is build with the file in memory.
func image(t testing.TB, r *rand.Rand, rows, commits int) ([]byte, []*state) {
	t.Helper()
	path := filepath.Join(memory(t), "image")
	states := build(t, path, r, rows, commits)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b, states
}

// newest returns the number of the newest commit of a sound image, and its root.
func newest(t testing.TB, image []byte) meta {
	t.Helper()
	a, _, wrongA := decodeMeta(image[:pageSize])
	b, _, wrongB := decodeMeta(image[pageSize:])
	require.Empty(t, wrongA+wrongB)
	if b.txid > a.txid {
		a = b
	}
	return a
}

// memory returns a folder in memory if the system has one.
func memory(t testing.TB) string { return testdir.InMemory(t) }

func write(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(memory(t), "file")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return path
}

// in fails the test if fn takes longer than a hang would.
func in(t testing.TB, what string, fn func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	select {
	case <-done:
	case <-time.After(pace.Patience):
		t.Fatalf("%s hangs", what)
	}
}

func source1(t testing.TB) *rand.Rand {
	seed := testflags.Seed(t)
	return rand.New(rand.NewPCG(seed, seed))
}
