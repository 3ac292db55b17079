package lockfile_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/lockfile"
	_ "github.com/rosterdb/roster/internal/testflags"
)

const childPath = "ROSTER_LOCKFILE_CHILD"

// A child takes the lock, says so and holds it until its standard input ends.
func TestMain(m *testing.M) {
	path := os.Getenv(childPath)
	if path == "" {
		os.Exit(m.Run())
	}
	if _, err := lockfile.Acquire(path); err != nil {
		os.Exit(1)
	}
	os.Stdout.WriteString("locked")
	os.Stdin.Read(make([]byte, 1))
	os.Exit(0)
}

func TestSecondAcquire(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	l, err := lockfile.Acquire(path)
	require.NoError(t, err)
	_, err = lockfile.Acquire(path)
	var held *lockfile.HeldError
	require.ErrorAs(t, err, &held)
	require.Equal(t, os.Getpid(), held.PID)
	require.Contains(t, err.Error(), "this process")
	require.NoError(t, l.Release())
	require.NoError(t, l.Release())
	l, err = lockfile.Acquire(path)
	require.NoError(t, err)
	require.NoError(t, l.Release())
}

// The lock of a process that was killed is free, and while it lives the error
// names it.
func TestOtherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childPath+"="+path)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	said := make([]byte, 6)
	_, err = out.Read(said)
	require.NoError(t, err)
	_, err = lockfile.Acquire(path)
	var held *lockfile.HeldError
	require.ErrorAs(t, err, &held)
	require.Equal(t, cmd.Process.Pid, held.PID)
	require.True(t, strings.Contains(err.Error(), "process"))
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	_ = in.Close()
	l, err := lockfile.Acquire(path)
	require.NoError(t, err)
	require.NoError(t, l.Release())
}

func TestNoDirectory(t *testing.T) {
	_, err := lockfile.Acquire(filepath.Join(t.TempDir(), "none", "lock"))
	require.True(t, errors.Is(err, os.ErrNotExist), "%v", err)
}
