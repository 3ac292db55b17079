//go:build unix

package contact_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// nobody is a user who owns nothing.
const nobody = 65534

// TestReadOnlyDir opens stores where nothing can be written. As root it does so in a
// child that is not.
func TestReadOnlyDir(t *testing.T) {
	dir := t.TempDir()
	store := filepath.Join(dir, "store")
	require.NoError(t, openDir(t, store, diskSchema(), nil).Close())
	require.NoError(t, os.Chmod(store, 0o555))
	require.NoError(t, os.Chmod(filePath(store), 0o444))
	t.Cleanup(func() { _ = os.Chmod(store, 0o755) })
	binary := filepath.Join(dir, "test")
	b, err := os.ReadFile(os.Args[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(binary, b, 0o755))
	temp := filepath.Clean(os.TempDir()) // TMPDIR may end in a slash
	for at := dir; at != temp && at != "/"; at = filepath.Dir(at) {
		require.NoError(t, os.Chmod(at, 0o755))
	}
	for _, where := range []string{store, filepath.Join(store, "below")} {
		cmd := child(ctx, "write "+where)
		if os.Geteuid() == 0 {
			cmd.Path, cmd.Args[0] = binary, binary
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "%s", out)
		require.Equal(t, 3, exit.ExitCode(), "%s", out)
		if where == store {
			require.Contains(t, string(out), "permission denied")
		}
	}
	openDir(t, store, nil, nil)
}
