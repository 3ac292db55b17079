package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

const byteOrderMark = "\ufeff"

// A table is what is kept of a file.
type table struct {
	columns []*column // that the filter or a flag names
	rows    int
	keys    *cells // of the column of -key; nil if rows are called by their numbers
}

// A cellError reports what is wrong with a cell of the file.
type cellError struct {
	row    int    // from 1, the header not counted; 0 for the header
	line   int    // of the file, from 1; 0 if it is not known any more
	place  int    // of the column, from 0
	column string // its name
	err    error
}

func (e *cellError) Error() string {
	s := "header"
	if e.row > 0 {
		s = fmt.Sprintf("row %d", e.row)
	}
	s += fmt.Sprintf(", column %d", e.place+1)
	if e.row > 0 {
		s += fmt.Sprintf(" %q", e.column)
	}
	if e.line > 0 {
		s += fmt.Sprintf(" (line %d)", e.line)
	}
	return s + ": " + e.err.Error()
}

func (e *cellError) Unwrap() error { return e.err }

// readFile reads of a file what the filter and the options need.
func readFile(o *options, f filter.Filter) (*table, error) {
	file, err := os.Open(o.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := bufio.NewReaderSize(&breaks{from: file}, 1<<16)
	if mark, _ := r.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		r.Discard(len(byteOrderMark)) // cannot fail: the bytes are there
	}
	records := csv.NewReader(r)
	records.ReuseRecord = true
	t := new(table)
	h, err := readHeader(records)
	if err == nil {
		err = t.choose(h, o, f)
	}
	if err == nil {
		err = t.readRows(records, h, o)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.file, err)
	}
	return t, nil
}

// choose finds the columns that the options and the filter name.
func (t *table) choose(h *header, o *options, f filter.Filter) error {
	if o.keyed {
		if _, err := h.find(o.key); err != nil {
			return fmt.Errorf("-key: %w", err)
		}
		if !o.count && !o.plan {
			t.keys = new(cells)
		}
	}
	named := make(map[string]bool)
	for _, k := range o.kinds {
		place, err := h.find(k.column)
		if err != nil {
			return fmt.Errorf("-kinds: %w", err)
		}
		named[k.column] = true
		t.columns = append(t.columns, &column{name: k.column, place: place, kind: k.kind, given: true})
	}
	for _, l := range o.lists {
		place, err := h.find(l.column)
		if err != nil {
			return fmt.Errorf("-list: %w", err)
		}
		named[l.column] = true
		t.columns = append(t.columns, &column{name: l.column, place: place, kind: contact.KindTags, given: true, separator: l.separator})
	}
	var errs []error
	for path, c := range f.Conditions() {
		if c.Op().OnSegments() || path.OnEvent() || named[c.Field()] { // rows did nothing, as Compile will say
			continue
		}
		place, ok := h.places[c.Field()]
		if !ok {
			errs = append(errs, &filter.ConditionError{Path: path, Field: c.Field(), Err: h.unknown(c.Field())})
			continue
		}
		named[c.Field()] = true
		t.columns = append(t.columns, &column{name: c.Field(), place: place})
	}
	return errors.Join(errs...)
}

// readRows reads all rows behind the header.
func (t *table) readRows(records *csv.Reader, h *header, o *options) error {
	key := h.places[o.key]
	for {
		record, err := records.Read()
		if err == io.EOF {
			return nil
		}
		row := t.rows + 1
		if err != nil {
			return rowError(fmt.Sprintf("row %d", row), err, len(record), len(h.names))
		}
		fail := func(place int, err error) error {
			line, _ := records.FieldPos(place)
			return &cellError{row, line, place, h.names[place], err}
		}
		for place, cell := range record {
			if !utf8.ValidString(cell) {
				return fail(place, errNotUTF8)
			}
		}
		for _, c := range t.columns {
			if err := c.add(record[c.place], row); err != nil {
				return fail(c.place, err)
			}
		}
		if t.keys != nil {
			t.keys.add(record[key])
		}
		t.rows = row
	}
}

var errNotUTF8 = errors.New("not valid UTF-8; the file must be in this encoding")

// rowError says what is wrong with a row as such. Of a wrong number of cells the
// numbers are given.
func rowError(row string, err error, cells, columns int) error {
	var p *csv.ParseError
	switch {
	case !errors.As(err, &p):
		return err
	case errors.Is(err, csv.ErrFieldCount):
		return fmt.Errorf("%s (line %d): %d cells, but the header has %d columns", row, p.Line, cells, columns)
	case p.StartLine != p.Line:
		return fmt.Errorf("%s (from line %d on): line %d, column %d: %w", row, p.StartLine, p.Line, p.Column, p.Err)
	}
	return fmt.Errorf("%s: line %d, column %d: %w", row, p.Line, p.Column, p.Err)
}

// explain adds to an error of the filter why columns that it concerns are text.
func (t *table) explain(err error) error {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = slices.Clone(joined.Unwrap())
	}
	for i, e := range list {
		var wrong *filter.ConditionError
		if !errors.As(e, &wrong) {
			continue
		}
		for _, c := range t.columns {
			if c.name == wrong.Field && c.textRow > 0 {
				list[i] = fmt.Errorf("%w; the column is text because of row %d, %.40q", e, c.textRow, c.textCell)
			}
		}
	}
	return errors.Join(list...)
}
