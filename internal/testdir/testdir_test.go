package testdir

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	_ "github.com/rosterdb/roster/internal/testflags"
)

// A directory is there, empty, and gone with its test.
func TestInMemory(t *testing.T) {
	var dirs []string
	t.Run("a test", func(t *testing.T) {
		for range 2 {
			dir := InMemory(t)
			list, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, list)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o600))
			dirs = append(dirs, dir)
		}
	})
	for _, dir := range dirs {
		require.NoDirExists(t, dir)
	}
	require.Zero(t, room(filepath.Join(t.TempDir(), "nowhere")))
}
