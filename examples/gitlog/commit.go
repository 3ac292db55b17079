package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// A commit is what the history tells of one.
type commit struct {
	email                 []byte // as git has it; good until the next one
	at                    time.Time
	dated                 bool // from 1970 to 2099
	weekday               time.Weekday
	hour                  int // both by the author's clock
	files, added, deleted int
}

// headWord begins what is told of a commit. What is told of a file begins with a digit or
// with -.
const headWord = "commit"

// A commitReader reads the output of git log with logArgs: pieces that end with a NUL. Of
// each commit these are headWord, the e-mail address, the time in seconds and the date in
// raw form; then of each file one with the lines added and deleted and the path, between
// tabs, a line break in front of the first; of one that was renamed the path is empty and
// two pieces with the old and the new path follow.
type commitReader struct {
	in    *bufio.Reader
	long  []byte // a piece longer than the buffer
	email []byte
	ahead bool // headWord of the next commit has been read
}

func newCommitReader(in io.Reader) *commitReader {
	return &commitReader{in: bufio.NewReaderSize(in, 1<<18)}
}

// piece returns the next piece, good until the one after it: [io.EOF] if there is none,
// [io.ErrUnexpectedEOF] if it has no end.
func (r *commitReader) piece() ([]byte, error) {
	b, err := r.in.ReadSlice(0)
	if errors.Is(err, bufio.ErrBufferFull) {
		r.long = r.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) {
			r.long = append(r.long, b...)
			b, err = r.in.ReadSlice(0)
		}
		r.long = append(r.long, b...)
		b = r.long
	}
	switch {
	case err == nil:
		return b[:len(b)-1], nil
	case errors.Is(err, io.EOF) && len(bytes.TrimRight(b, "\n")) > 0:
		return nil, io.ErrUnexpectedEOF
	}
	return nil, err
}

// more is piece where one has to be.
func (r *commitReader) more() ([]byte, error) {
	b, err := r.piece()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// next reads a commit, and returns [io.EOF] if there is none any more.
func (r *commitReader) next(c *commit) error {
	for !r.ahead {
		b, err := r.piece()
		if err != nil {
			return err
		}
		if b = bytes.TrimLeft(b, "\n"); string(b) != headWord && len(b) > 0 {
			return fmt.Errorf("git log printed %.40q where a commit has to begin", b)
		}
		r.ahead = len(b) > 0
	}
	r.ahead = false
	if err := r.head(c); err != nil {
		return err
	}
	for {
		b, err := r.piece()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		b = bytes.TrimLeft(b, "\n")
		if string(b) == headWord {
			r.ahead = true
			return nil
		}
		if len(b) == 0 { // some versions of git end the list of files with a NUL
			continue
		}
		if err := r.file(c, b); err != nil {
			return err
		}
	}
}

// head reads who has made a commit and when.
func (r *commitReader) head(c *commit) error {
	*c = commit{}
	b, err := r.more()
	if err != nil {
		return err
	}
	r.email = append(r.email[:0], b...)
	c.email = r.email
	if b, err = r.more(); err != nil {
		return err
	}
	seconds, bad := strconv.ParseInt(string(b), 10, 64) // there is none in a broken commit
	if b, err = r.more(); err != nil {
		return err
	}
	if c.dated = bad == nil && seconds >= 0 && seconds < firstOf2100; c.dated {
		c.at = time.Unix(seconds, 0).UTC()
		there := time.Unix(seconds+int64(zoneOf(b)), 0).UTC()
		c.weekday, c.hour = there.Weekday(), there.Hour()
	}
	return nil
}

const firstOf2100 = 4102444800

// zoneOf returns the seconds that the zone of a date in raw form, such as
// "1764000000 +0130", is ahead of UTC; 0 if it is none.
func zoneOf(date []byte) int {
	n, err := strconv.Atoi(string(date[bytes.LastIndexByte(date, ' ')+1:]))
	if err != nil || n < -9999 || n > 9999 {
		return 0
	}
	return (n/100*60 + n%100) * 60
}

// file reads what a commit has done to a file; b is the first piece of it.
func (r *commitReader) file(c *commit, b []byte) error {
	added, rest, _ := bytes.Cut(b, []byte("\t"))
	deleted, path, ok := bytes.Cut(rest, []byte("\t"))
	a, badA := lines(added)
	d, badD := lines(deleted)
	if !ok || badA != nil || badD != nil {
		return fmt.Errorf("git log printed %.40q where the lines of a file have to be", b)
	}
	c.files, c.added, c.deleted = c.files+1, c.added+a, c.deleted+d
	if len(path) > 0 {
		return nil
	}
	for range 2 {
		if _, err := r.more(); err != nil {
			return err
		}
	}
	return nil
}

// lines reads a number of lines; a binary file has none.
func lines(b []byte) (int, error) {
	if string(b) == "-" {
		return 0, nil
	}
	return strconv.Atoi(string(b))
}
