package column

import (
	"fmt"
	"testing"

	"github.com/rosterdb/roster/contact/internal/fold"
	"github.com/rosterdb/roster/contact/internal/version"
)

// BenchmarkDomains changes a random address of many, with the index of domains and
// without, and tells what a row takes.
func BenchmarkDomains(b *testing.B) {
	const rows = 50_000
	address := func(row, round int) string {
		return fmt.Sprintf("user%d.%d@example%d.com", row, round, row*7919%(1+row%400))
	}
	for _, indexed := range []bool{false, true} {
		b.Run(fmt.Sprintf("indexed=%v", indexed), func(b *testing.B) {
			e := new(version.Epochs)
			c := NewText(fold.Text).Writable(e)
			if indexed {
				c.IndexDomains(e)
			}
			for row := range rows {
				c.Set(e, uint32(row+1), address(row, 0))
			}
			bytes := c.Bytes()
			texts := make([]string, 4096)
			for i := range texts {
				texts[i] = address(i*31, 1)
			}
			b.ResetTimer()
			for i := range b.N {
				c.Set(e, uint32(1+i*7919%rows), texts[i%len(texts)])
			}
			b.ReportMetric(float64(bytes)/rows, "bytes/row")
		})
	}
}
