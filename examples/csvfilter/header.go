package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rosterdb/roster/contact"
)

// A header is the names of the columns. Columns without a name are there, but
// nothing can refer to them.
type header struct {
	names  []string
	places map[string]int // in a row, from 0, by name
}

// readHeader reads the first row of a file.
func readHeader(records *csv.Reader) (*header, error) {
	record, err := records.Read()
	switch {
	case err == io.EOF:
		return nil, errors.New("the file is empty; its first row must name the columns")
	case err != nil:
		return nil, rowError("header", err, 0, 0)
	}
	h := &header{names: slices.Clone(record), places: make(map[string]int, len(record))}
	for place, name := range h.names {
		line, _ := records.FieldPos(place)
		if !utf8.ValidString(name) {
			return nil, &cellError{line: line, place: place, err: errNotUTF8}
		}
		if name == "" {
			continue
		}
		if first, twice := h.places[name]; twice {
			return nil, &cellError{line: line, place: place, err: fmt.Errorf("column %d is called %q too", first+1, name)}
		}
		h.places[name] = place
	}
	return h, nil
}

// find returns the place of a column.
func (h *header) find(name string) (int, error) {
	place, ok := h.places[name]
	if !ok {
		return 0, h.missing(name)
	}
	return place, nil
}

// unknown returns the library's error for a field that is no column.
func (h *header) unknown(name string) error {
	return &contact.UnknownFieldError{Field: name, Nearest: h.nearest(name)}
}

// named returns the names that a column can be called by, in the order of the file.
func (h *header) named() []string {
	return slices.DeleteFunc(slices.Clone(h.names), func(name string) bool { return name == "" })
}

// nearest returns the column probably meant, "" if none is near.
func (h *header) nearest(name string) string {
	return contact.Suggest(name, slices.Values(h.named()))
}

// missing returns the error for a flag that names no column.
func (h *header) missing(name string) error {
	if near := h.nearest(name); near != "" {
		return fmt.Errorf("no column is called %q, did you mean %q?", name, near)
	}
	const most = 20
	names, more := h.named(), ""
	if len(names) > most {
		names, more = names[:most], " …"
	}
	return fmt.Errorf("no column is called %q; there are %s%s", name, strings.Join(names, ", "), more)
}
