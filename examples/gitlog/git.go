package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// logArgs ask for the history in the form that a commitReader reads. Whatever a user's
// configuration may say about it is said otherwise here: each setting has the value that it
// has by default.
var logArgs = []string{
	"-c", "log.showSignature=false", "-c", "log.showRoot=true", "-c", "log.mailmap=false", "-c", "log.diffMerges=off",
	"-c", "diff.renames=true", "-c", "diff.renameLimit=1000", "-c", "diff.algorithm=default",
	"-c", "diff.relative=false", "-c", "diff.submodule=short",
	"-c", "core.attributesFile=" + os.DevNull,
	"log", "-z", "--numstat", "-O" + os.DevNull, "--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", "--encoding=UTF-8", "--date=raw",
	"--format=" + headWord + "%x00%ae%x00%at%x00%ad", "HEAD", "--",
}

// localVariables are those that make git work on another repository than the one named, or
// show differences otherwise.
var localVariables = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_REPLACE_REF_BASE", "GIT_NO_REPLACE_OBJECTS", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS",
	"GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_ATTR_SOURCE",
}

// A repository is where git finds a history.
type repository string

// command returns a git command that is to be run in the repository.
func (r repository) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"--no-pager", "-C", string(r)}, args...)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(localVariables, name)
	})
	return cmd
}

// ask runs a short command and returns what it prints.
func (r repository) ask(ctx context.Context, args ...string) (string, error) {
	var errs complaint
	cmd := r.command(ctx, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", errs.explain(err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// empty reports whether HEAD is a branch that has no commit yet.
func (r repository) empty(ctx context.Context) bool {
	branch, err := r.ask(ctx, "symbolic-ref", "-q", "HEAD")
	if err != nil {
		return false // HEAD is a commit
	}
	_, err = r.ask(ctx, "rev-parse", "-q", "--verify", branch)
	return err != nil
}

// readHistory reads the history behind HEAD, commit by commit, into a project. The notes
// say what is not in it.
func readHistory(ctx context.Context, path string, p *project) (notes []string, err error) {
	r := repository(path)
	shallow, err := r.ask(ctx, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return nil, err
	}
	if r.empty(ctx) {
		return []string{"there is no commit yet"}, nil
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop() // git is not waited for when its output can't be used
	var errs complaint
	cmd := r.command(ctx, logArgs...)
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	left, failed := p.load(ctx, out)
	if failed != nil && !errors.Is(failed, io.ErrUnexpectedEOF) {
		stop()
	}
	if err := cmd.Wait(); failed == nil || errors.Is(failed, io.ErrUnexpectedEOF) && err != nil {
		failed = errs.explain(err) // why the output ended
	}
	if failed != nil {
		return nil, failed
	}
	if left > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d commits left out, not dated from 1970 to 2099", left, left+p.commits))
	}
	if shallow == "true" {
		notes = append(notes, "the repository is shallow: there are older commits that it does not have, and its oldest ones seem to have added all there was")
	}
	return notes, nil
}

// A complaint is the beginning of what git has printed on standard error.
type complaint struct{ text bytes.Buffer }

const longestComplaint = 4096

// Write keeps what there is room for.
func (c *complaint) Write(b []byte) (int, error) {
	c.text.Write(b[:min(len(b), longestComplaint-c.text.Len())])
	return len(b), nil
}

// explain returns an error with what git said; nil for nil.
func (c *complaint) explain(err error) error {
	if text := strings.TrimSpace(c.text.String()); err != nil && text != "" {
		return fmt.Errorf("git: %s", text)
	}
	if err != nil {
		return fmt.Errorf("git: %w", err)
	}
	return nil
}
