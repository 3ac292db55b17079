package main

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/internal/testflags"
)

// The story has the output that is written down beside it.
func TestOutput(t *testing.T) {
	const name = "testdata/output.txt"
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), t.TempDir(), &out))
	if testflags.Update() {
		require.NoError(t, os.WriteFile(name, out.Bytes(), 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(want), out.String())
}
