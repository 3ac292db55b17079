package column

import (
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// Bools is a column of yes and no: one set of the rows that have a value and one
// of those that say yes.
type Bools struct {
	stamp   version.Stamp
	present *idset.Set
	yes     *idset.Set
}

// NewBools returns an empty column.
func NewBools() *Bools { return new(Bools) }

// Writable returns the column to change from now on: c itself, or a copy of its
// header if a snapshot can see c.
func (c *Bools) Writable(e *version.Epochs) *Bools {
	if e.Owns(c.stamp) {
		return c
	}
	d := *c
	d.stamp = e.Now()
	return &d
}

// Present returns the rows that have a value.
func (c *Bools) Present() *idset.Set { return c.present }

// Yes returns the rows that say yes.
func (c *Bools) Yes() *idset.Set { return c.yes }

// Has reports whether a row has a value.
func (c *Bools) Has(row uint32) bool { return c.present.Contains(row) }

// Get returns the value of a row and whether it has one.
func (c *Bools) Get(row uint32) (bool, bool) {
	return c.yes.Contains(row), c.present.Contains(row)
}

// Set gives a row a value.
func (c *Bools) Set(e *version.Epochs, row uint32, yes bool) {
	c.present, _ = c.present.Add(e, row)
	if yes {
		c.yes, _ = c.yes.Add(e, row)
	} else {
		c.yes, _ = c.yes.Remove(e, row)
	}
}

// SetAll gives rows, none of which comes twice, their values: 0 is no, others are yes.
func (c *Bools) SetAll(e *version.Epochs, rows []uint32, values []float64) {
	yes := make([]uint32, 0, len(rows))
	for i, row := range rows {
		if values[i] != 0 {
			yes = append(yes, row)
		} else {
			c.yes, _ = c.yes.Remove(e, row)
		}
	}
	c.present = c.present.AddAll(e, rows)
	c.yes = c.yes.AddAll(e, yes)
}

// Unset takes the value of a row away.
func (c *Bools) Unset(e *version.Epochs, row uint32) {
	c.present, _ = c.present.Remove(e, row)
	c.yes, _ = c.yes.Remove(e, row)
}

// Bytes estimates the memory held.
func (c *Bools) Bytes() int { return c.present.Bytes() + c.yes.Bytes() }
