package boltfile

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/internal/testflags"
)

const childMark = "all cases done"

// inChild runs body in a process of its own, so that a death of the process is seen as
// what it is.
func inChild(t *testing.T, body func(t *testing.T, r *rand.Rand)) {
	const env = "BOLTFILE_CHILD"
	r := source1(t)
	if os.Getenv(env) == t.Name() {
		body(t, r)
		fmt.Println(childMark)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	args := []string{"-test.run=^" + t.Name() + "$", "-test.v", "-test.timeout=55m", fmt.Sprintf("-test.short=%v", testing.Short())}
	for _, a := range os.Args[1:] {
		if strings.Contains(a, "-roster.") {
			args = append(args, a)
		}
	}
	args = append(args, fmt.Sprintf("-roster.seed=%d", testflags.Seed(t)))
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), env+"="+t.Name())
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), childMark)
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, "cases:") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// outcomes counts what openings led to.
type outcomes struct {
	intact, damaged, notOurs int
	goOn                     func(f *File, s *state) error // called with an intact file
}

func (o outcomes) String() string {
	return fmt.Sprintf("%d intact, %d damaged, %d not ours", o.intact, o.damaged, o.notOurs)
}

// judge opens a file that is damaged or not: it must hold exactly want, or be refused.
func (o *outcomes) judge(path string, want *state) error {
	f, err := Open(path, options())
	var corrupt *CorruptError
	var notOurs *NotOursError
	switch {
	case err == nil:
		defer f.Close()
		got, err := read(f)
		if err != nil {
			return fmt.Errorf("opened, then %w", err)
		}
		if d := got.differs(want); d != "" {
			return errors.New("silently another state: " + d)
		}
		o.intact++
		if o.goOn != nil {
			return o.goOn(f, got)
		}
		return f.Close()
	case errors.As(err, &corrupt):
		if corrupt.File != path || corrupt.What == "" {
			return fmt.Errorf("an error that says too little: %v", err)
		}
		o.damaged++
		return nil
	case errors.As(err, &notOurs):
		o.notOurs++
		return nil
	}
	return err
}

// victim is a file that is damaged and made whole again.
type victim struct {
	f     *os.File
	image []byte
}

func newVictim(t *testing.T, image []byte) *victim {
	f, err := os.OpenFile(write(t, image), os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return &victim{f, image}
}

// flip changes one bit and calls fn.
func (v *victim) flip(t *testing.T, at, bit int, fn func(path string) error) {
	_, err := v.f.WriteAt([]byte{v.image[at] ^ 1<<bit}, int64(at))
	require.NoError(t, err)
	require.NoError(t, fn(v.f.Name()), "bit %d of byte %d", bit, at)
	_, err = v.f.WriteAt(v.image[at:at+1], int64(at))
	require.NoError(t, err)
	_, err = v.f.WriteAt(v.image[:2*pageSize], 0) // Open may have repaired a meta page
	require.NoError(t, err)
}

// A bit that has flipped anywhere is found or does no harm.
func TestFlip(t *testing.T) {
	inChild(t, func(t *testing.T, r *rand.Rand) {
		b, states := image(t, r, 250, 5)
		require.LessOrEqual(t, len(b), 256<<10)
		v, want := newVictim(t, b), states[5]
		var all, metas outcomes
		all.goOn = func(f *File, s *state) error {
			if all.intact%4 != 0 {
				return nil
			}
			defer func() { require.NoError(t, os.WriteFile(f.path, b, 0o600)) }()
			err := f.Update(func(tx *Tx) error { return s.edit(tx, r, 250) })
			if err = errors.Join(err, f.Close()); err != nil {
				return err
			}
			again := outcomes{}
			if err := again.judge(f.path, s); err != nil || again.intact != 1 {
				return fmt.Errorf("after another commit: %v, %w", again, err)
			}
			return nil
		}
		start := time.Now()
		for at := 0; at < len(b); {
			inPage := at % pageSize
			if at < 2*pageSize && (inPage < 96 || testflags.Every() == 1) {
				for bit := range 8 {
					v.flip(t, at, bit, func(path string) error { return metas.judge(path, want) })
				}
				at++
				continue
			}
			v.flip(t, at, r.IntN(8), func(path string) error { return all.judge(path, want) })
			at += testflags.Every() - at%testflags.Every()
		}
		fmt.Printf("cases: %d bytes, %v, in the meta pages %v, %v\n", len(b), all, metas, time.Since(start))
		require.Positive(t, all.intact)
		require.Positive(t, all.damaged)
		require.Zero(t, all.notOurs+metas.notOurs)
		// What a meta page says is found again, bit for bit, but for its txid.
		require.LessOrEqual(t, metas.damaged, 8)
	})
}

// A file that was cut anywhere is refused, or was cut behind all that counts.
func TestCut(t *testing.T) {
	inChild(t, func(t *testing.T, r *rand.Rand) {
		b, states := image(t, r, 250, 5)
		path := write(t, b)
		var all outcomes
		start := time.Now()
		for n := len(b); n >= 0; n-- {
			if n%testflags.Every() != 0 && n > 200 {
				continue
			}
			require.NoError(t, os.WriteFile(path, b[:n], 0o600))
			require.NoError(t, all.judge(path, states[5]), "cut to %d bytes", n)
		}
		fmt.Printf("cases: %d bytes, %v, %v\n", len(b), all, time.Since(start))
		require.Positive(t, all.intact)
		require.Positive(t, all.damaged)
		require.Equal(t, 1, all.notOurs, "cut to nothing")
	})
}

// Random flips of a file that is larger.
func TestFlipLarge(t *testing.T) {
	inChild(t, func(t *testing.T, r *rand.Rand) {
		b, states := image(t, r, 12000, 4)
		n := 300
		if testflags.Every() == 1 {
			n = 10_000
		}
		if testing.Short() || raced {
			n = 50
		}
		v := newVictim(t, b)
		var all outcomes
		start := time.Now()
		for range testflags.Rounds(n) {
			v.flip(t, r.IntN(len(b)), r.IntN(8), func(path string) error { return all.judge(path, states[4]) })
		}
		fmt.Printf("cases: %d bytes, %v, %v\n", len(b), all, time.Since(start))
		require.Positive(t, all.damaged)
	})
}

// With the newest meta page gone, the newest commit is found by its root, and any flip
// elsewhere is found as well. Only the root itself must not be hit: the file has then
// been damaged in two places, and nothing is left that says there was a newer commit.
func TestFlipWithoutMeta(t *testing.T) {
	inChild(t, func(t *testing.T, r *rand.Rand) {
		b, states := image(t, r, 250, 5)
		m := newest(t, b)
		for i := range pageSize {
			b[int(m.slot()*pageSize)+i] = byte(r.Uint32())
		}
		v := newVictim(t, b)
		var whole, all outcomes
		require.NoError(t, whole.judge(v.f.Name(), states[5]))
		require.Equal(t, 1, whole.intact)
		_, err := v.f.WriteAt(b, 0)
		require.NoError(t, err)
		for range testflags.Rounds(500) {
			at := r.IntN(len(b))
			if at < 2*pageSize || uint64(at/pageSize) == m.root {
				continue
			}
			v.flip(t, at, r.IntN(8), func(path string) error { return all.judge(path, states[5]) })
		}
		fmt.Printf("cases: %d bytes, %v\n", len(b), all)
		require.Positive(t, all.intact)
		require.Positive(t, all.damaged)
	})
}

// FuzzOpen applies edits, each of an offset and what to change there, to a sound file.
// With one edit it opens with its newest state or not at all; with several, which can
// take away all signs of the newest commit, with one of its states.
func FuzzOpen(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 30, 1})
	f.Add([]byte{0, 16, 20, 255, 0, 0, 72, 3})
	f.Add([]byte{0, 0x20, 0x10, 8, 0, 0x30, 0x11, 1, 0, 0x40, 0x12, 4})
	path := filepath.Join(f.TempDir(), "image")
	states := build(f, path, rand.New(rand.NewPCG(1, 1)), 60, 3)
	image, err := os.ReadFile(path)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, edits []byte) {
		b := append([]byte(nil), image...)
		n := 0
		for ; len(edits) >= 4; edits = edits[4:] {
			at := (int(edits[0])<<16 | int(edits[1])<<8 | int(edits[2])) % len(b)
			b[at] ^= edits[3]
			n++
		}
		path := write(t, b)
		var o outcomes
		err := o.judge(path, states[3])
		if err != nil && n > 1 {
			require.NoError(t, os.WriteFile(path, b, 0o600))
			err = o.judge(path, states[2])
		}
		require.NoError(t, err)
	})
}
