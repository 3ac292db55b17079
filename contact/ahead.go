package contact

import (
	"iter"
	"math"

	"github.com/rosterdb/roster/contact/internal/column"
)

// Ahead returns a value up to which about n contacts have one above lo in a field,
// for the same kinds as [View.ProbeRange]: more if many share it, and a few more or
// less beyond some ten thousand distinct values. It is +Inf if that is
// everybody who has one above lo. It costs the distinct values up to it, not the contacts.
func (v *View) Ahead(f Field, lo float64, n int) float64 {
	if c, ok := v.column(f).(*column.Numbers); ok {
		return c.Ahead(lo, n)
	}
	return math.Inf(1)
}

// Between iterates over the contacts that have a value from lo to hi in a field, both
// included, with the value: in ascending order of the contacts. Either bound may be
// infinite. It is for the same kinds as [View.ProbeRange], and for a field of companies
// the ids are theirs. It costs a pass over the column.
func (v *View) Between(f Field, lo, hi float64) iter.Seq2[ID, float64] {
	return func(yield func(ID, float64) bool) {
		if c, ok := v.column(f).(*column.Numbers); ok {
			c.Each(lo, hi, func(row uint32, x float64) bool { return yield(ID(row), x) })
		}
	}
}
