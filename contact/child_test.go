package contact_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

// childEnv tells the test binary that it is a child, and what to do: a name, and the
// arguments behind it.
const childEnv = "CONTACT_CHILD"

// childDone is what a child prints at its end.
const childDone = "the child has done all"

// children are what a child can be told to do besides running a test.
var children = map[string]func(args string) error{
	"hold":  holdStore,
	"write": writeStore,
}

func TestMain(m *testing.M) {
	name, args, _ := strings.Cut(os.Getenv(childEnv), " ")
	do, ok := children[name]
	if !ok {
		os.Exit(m.Run())
	}
	if err := do(args); err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	fmt.Println(childDone)
}

// holdStore has a store open until its input ends.
func holdStore(dir string) error {
	store, err := contact.Open(dir, nil, nil)
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return store.Close()
}

// writeStore opens a store and changes it.
func writeStore(dir string) error {
	store, err := contact.Open(dir, nil, nil)
	if err != nil {
		return err
	}
	err = store.Update(ctx, func(tx *contact.Tx) error {
		_, err := tx.Insert(nil)
		return err
	})
	if err != nil {
		return err
	}
	return store.Close()
}

// child returns the command of a child.
func child(c context.Context, what string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(c, os.Args[0], args...)
	cmd.Env = append(os.Environ(), childEnv+"="+what)
	return cmd
}

// inChild runs a test in a process of its own, so that the death of the process is seen
// as what it is.
func inChild(t *testing.T, body func(t *testing.T, seed uint64)) {
	seed := testflags.Seed(t)
	if os.Getenv(childEnv) == t.Name() {
		body(t, seed)
		if !t.Failed() {
			fmt.Println(childDone)
		}
		return
	}
	c, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	args := []string{"-test.run=^" + t.Name() + "$", "-test.v", "-test.timeout=55m"}
	for _, a := range os.Args[1:] {
		if strings.Contains(a, "-roster.") {
			args = append(args, a)
		}
	}
	out, err := child(c, t.Name(), append(args, fmt.Sprintf("-roster.seed=%d", seed))...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), childDone)
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "cases") {
			t.Log(strings.TrimSpace(line))
		}
	}
}
