// Command durable shows what a store on disk promises. A process writes to it and
// kills itself in the middle; then the store is opened again and compared with what
// the process had been told was done. Three times over, in the same directory.
//
//	go run ./examples/durable
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"strings"
)

const (
	rounds = 3
	people = 100
	// directory names the environment variable that makes this program the one that
	// writes and dies.
	directory = "ROSTER_EXAMPLE_DIR"
)

func main() {
	ctx := context.Background()
	if dir := os.Getenv(directory); dir != "" {
		log.Fatal(write(ctx, dir, os.Stdout)) // it never comes back
	}
	dir, err := os.MkdirTemp("", "roster-durable")
	if err != nil {
		log.Fatal(err)
	}
	err = run(ctx, dir, os.Args[0], os.Stdout)
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		log.Fatal(err)
	}
}

// run lets the program write and die, and looks at what is left, again and again.
func run(ctx context.Context, dir, program string, out io.Writer) error {
	var seen witness
	for round := range rounds {
		end, err := seen.watch(ctx, dir, program)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "round %d: %d commits were acknowledged, the last one as %d; then the process ended: %v\n", round+1, seen.acks, seen.last, end)
		if err := seen.compare(ctx, dir, out); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, "nothing acknowledged is missing")
	return nil
}

// A witness is what the process that writes has said before it died.
type witness struct {
	acks   int         // commits acknowledged in this round
	last   int         // the work of the last one
	latest map[int]int // the last work acknowledged, by person
	feed   uint64      // the last change that was told
}

// watch runs the program until it dies and notes what it says. It returns how it
// ended.
func (w *witness) watch(ctx context.Context, dir, program string) (end error, err error) {
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(os.Environ(), directory+"="+dir)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w.acks = 0
	if w.latest == nil {
		w.latest = make(map[int]int)
	}
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		var work int
		var change uint64
		if _, err := fmt.Sscanf(lines.Text(), "done %d", &work); err == nil {
			w.acks, w.last = w.acks+1, work
			w.latest[work%people] = work
		} else if _, err := fmt.Sscanf(lines.Text(), "change %d", &change); err == nil {
			w.feed = change
		}
	}
	end = cmd.Wait()
	if end == nil || complaint.Len() > 0 {
		return nil, fmt.Errorf("the process that writes did not die as it should: %v %s", end, complaint.String())
	}
	return end, nil
}
