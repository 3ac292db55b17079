package main

import (
	"fmt"
	"strings"

	"github.com/rosterdb/roster/contact"
)

// A column is one that is loaded, because the filter or a flag names it.
type column struct {
	name      string
	place     int          // in a row, from 0
	kind      contact.Kind // the one given or guessed so far; 0 if there was no cell yet
	given     bool         // by -kinds or -list: the cells must fit
	separator string       // of a list
	cells     cells

	// The cell that made a guessed column text.
	textRow  int
	textCell string
}

// add takes the column's cell of a row.
func (c *column) add(cell string, row int) error {
	c.cells.add(cell)
	if cell == "" || c.kind == contact.KindText || c.kind == contact.KindTags {
		return nil
	}
	_, kind := literal(cell)
	switch {
	case kind == c.kind:
	case c.given:
		return fmt.Errorf("%.40q is not %s", cell, wanted(c.kind))
	default:
		if c.kind != 0 {
			kind = contact.KindText
		}
		c.kind = kind
		if kind == contact.KindText {
			c.textRow, c.textCell = row, strings.Clone(cell)
		}
	}
	return nil
}

// part returns the field that the column becomes.
func (c *column) part() contact.Part {
	switch c.kind {
	case contact.KindNumber:
		return contact.Number(c.name)
	case contact.KindBool:
		return contact.Bool(c.name)
	case contact.KindDate:
		return contact.Date(c.name)
	case contact.KindDateTime:
		return contact.DateTime(c.name)
	case contact.KindTags:
		return contact.Tags(c.name)
	}
	return contact.Text(c.name)
}

// set puts the column's cell into a row of the store.
func (c *column) set(row *contact.Row, field contact.Field, cell string) {
	if cell == "" {
		return
	}
	switch field.Kind() {
	case contact.KindText:
		row.Text(field, cell)
		return
	case contact.KindTags:
		row.List(field, pieces(cell, c.separator)...)
		return
	}
	switch v, kind := literal(cell); kind {
	case contact.KindNumber:
		row.Number(field, v.Number())
	case contact.KindBool:
		row.Bool(field, v.Bool())
	case contact.KindDate:
		row.Day(field, contact.Day(v.Days()))
	case contact.KindDateTime:
		row.Millis(field, v.Millis())
	}
}

// pieces splits a cell at the separator and leaves out what is empty.
func pieces(cell, separator string) []string {
	var list []string
	for piece := range strings.SplitSeq(cell, separator) {
		if piece != "" {
			list = append(list, piece)
		}
	}
	return list
}
