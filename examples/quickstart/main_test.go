package main

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/internal/testflags"
)

// The whole story, word for word; -roster.update writes it anew.
func TestOutput(t *testing.T) {
	const file = "testdata/output.txt"
	var got bytes.Buffer
	require.NoError(t, run(context.Background(), &got))
	if testflags.Update() {
		require.NoError(t, os.WriteFile(file, got.Bytes(), 0o644))
	}
	require.Equal(t, read(t, file), got.String())
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out bytes.Buffer
	require.ErrorIs(t, run(ctx, &out), context.Canceled)
	require.Empty(t, out.String())
}
