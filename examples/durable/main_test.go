package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	_ "github.com/rosterdb/roster/internal/testflags"
)

// The test binary is the program that writes and dies when it is asked to be.
func TestMain(m *testing.M) {
	if dir := os.Getenv(directory); dir != "" {
		os.Stderr.WriteString(write(context.Background(), dir, os.Stdout).Error())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestRounds(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), t.TempDir(), os.Args[0], &out))
	require.Regexp(t, regexp.MustCompile(`^(round \d: \d+ commits were acknowledged.*
  the store ends with work \d+: every acknowledged commit is there.*
  the feed goes on after change \d+.*
  \d+ members in good, \d+ invited by hand.*
){3}nothing acknowledged is missing
$`), out.String())
}

// Something that was acknowledged and is not there is told.
func TestMissingIsFound(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	store, _, err := open(context.Background(), dir)
	require.NoError(t, err)
	require.NoError(t, store.Close())
	w := &witness{last: 7, latest: map[int]int{7: 7}}
	require.ErrorContains(t, w.compare(context.Background(), dir, &out), "work 7 was acknowledged last, the store ends with 0")
	w = &witness{last: 0, latest: map[int]int{7: 7}}
	require.ErrorContains(t, w.compare(context.Background(), dir, &out), "work 7 on person 7 was acknowledged")
}
