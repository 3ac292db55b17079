package main

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"github.com/rosterdb/roster/contact"
)

//go:embed people.csv
var people string

// load makes a contact of every row of people.csv. The first row names the fields;
// an empty cell is no value.
func load(tx *contact.Tx) error {
	rows, err := csv.NewReader(strings.NewReader(people)).ReadAll()
	if err != nil {
		return err
	}
	for i, row := range rows[1:] {
		values := contact.Values{}
		for j, cell := range row {
			name := rows[0][j]
			switch {
			case cell == "":
			case name == "points":
				if values[name], err = strconv.ParseFloat(cell, 64); err != nil {
					return fmt.Errorf("row %d: %w", i+2, err)
				}
			case name == "tags":
				values[name] = strings.Split(cell, ";")
			default:
				values[name] = cell
			}
		}
		if _, err := tx.Upsert(values); err != nil {
			return fmt.Errorf("row %d: %w", i+2, err)
		}
	}
	return nil
}
