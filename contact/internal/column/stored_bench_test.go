package column_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/contact/internal/column"
	"github.com/rosterdb/roster/contact/internal/fold"
	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// A benchColumn is a field of the workload: how a row is put into its column, and how
// that is loaded.
type benchColumn struct {
	name string
	make func(e *version.Epochs) (set func(row uint32, r *contacttest.Row), column blockColumn)
	load func(e *version.Epochs, c blockColumn) (l column.Loader, done func())
}

// A blockColumn is a column of any kind.
type blockColumn interface {
	AppendBlock(dst []byte, block int) []byte
}

func benchColumns() []benchColumn {
	text := func(name string, value func(r *contacttest.Row) string) benchColumn {
		return benchColumn{name, func(e *version.Epochs) (func(uint32, *contacttest.Row), blockColumn) {
			c := column.NewText(fold.Text).Writable(e)
			return func(row uint32, r *contacttest.Row) { c.Set(e, row, value(r)) }, c
		}, func(e *version.Epochs, _ blockColumn) (column.Loader, func()) {
			l := column.NewTextLoader(e, fold.Text)
			return l, func() { runtime.KeepAlive(l.Done()) }
		}}
	}
	numbers := func(name string, empty func() *column.Numbers, loader func(*version.Epochs) *column.NumbersLoader, value func(r *contacttest.Row) (float64, bool)) benchColumn {
		return benchColumn{name, func(e *version.Epochs) (func(uint32, *contacttest.Row), blockColumn) {
			c := empty().Writable(e)
			return func(row uint32, r *contacttest.Row) {
				if x, ok := value(r); ok {
					c.Set(e, row, x)
				}
			}, c
		}, func(e *version.Epochs, _ blockColumn) (column.Loader, func()) {
			l := loader(e)
			return l, func() { runtime.KeepAlive(l.Done()) }
		}}
	}
	return []benchColumn{
		text("email", func(r *contacttest.Row) string { return r.Email }),
		text("first", func(r *contacttest.Row) string { return r.First }),
		text("country", func(r *contacttest.Row) string { return r.Country }),
		text("city", func(r *contacttest.Row) string { return r.City }),
		numbers("points", column.NewNumbers, column.NewNumbersLoader, func(r *contacttest.Row) (float64, bool) { return float64(r.Points), true }),
		numbers("revenue", column.NewNumbers, column.NewNumbersLoader, func(r *contacttest.Row) (float64, bool) { return r.Revenue, r.HasRevenue }),
		numbers("signup", column.NewInstants, column.NewInstantsLoader, func(r *contacttest.Row) (float64, bool) { return float64(r.Signup), true }),
		numbers("active", column.NewInstants, column.NewInstantsLoader, func(r *contacttest.Row) (float64, bool) { return float64(r.LastActive), r.HasLastActive }),
		numbers("birthday", column.NewDays, column.NewDaysLoader, func(r *contacttest.Row) (float64, bool) { return float64(r.Birthday), true }),
		numbers("unique", column.NewUniqueNumbers, column.NewUniqueNumbersLoader, func(r *contacttest.Row) (float64, bool) { return float64(r.Signup / 1000), true }),
		benchBools(), benchPlan(), benchTags(),
	}
}

func benchBools() benchColumn {
	return benchColumn{"customer", func(e *version.Epochs) (func(uint32, *contacttest.Row), blockColumn) {
		c := column.NewBools().Writable(e)
		return func(row uint32, r *contacttest.Row) { c.Set(e, row, r.IsCustomer) }, c
	}, func(e *version.Epochs, _ blockColumn) (column.Loader, func()) {
		l := column.NewBoolsLoader(e)
		return l, func() { runtime.KeepAlive(l.Done()) }
	}}
}

func benchPlan() benchColumn {
	return benchColumn{"plan", func(e *version.Epochs) (func(uint32, *contacttest.Row), blockColumn) {
		c := column.NewChoice(fold.Text).Writable(e)
		return func(row uint32, r *contacttest.Row) { c.Set(e, row, c.Declare(e, r.Plan)) }, c
	}, func(e *version.Epochs, c blockColumn) (column.Loader, func()) {
		l := column.NewChoiceLoader(e, fold.Text, c.(*column.Choice).Names())
		return l, func() { runtime.KeepAlive(l.Done()) }
	}}
}

func benchTags() benchColumn {
	return benchColumn{"tags", func(e *version.Epochs) (func(uint32, *contacttest.Row), blockColumn) {
		c := column.NewChoices(fold.Text).Writable(e)
		var codes []uint32
		return func(row uint32, r *contacttest.Row) {
			codes = codes[:0]
			for _, tag := range r.Tags {
				codes = append(codes, c.Declare(e, tag))
			}
			slices.Sort(codes)
			c.Set(e, row, codes)
		}, c
	}, func(e *version.Epochs, c blockColumn) (column.Loader, func()) {
		l := column.NewChoicesLoader(e, fold.Text, c.(*column.Choices).Names())
		return l, func() { runtime.KeepAlive(l.Done()) }
	}}
}

// stored returns a column of the workload with n rows, and its blocks.
func (k benchColumn) stored(n int) (c blockColumn, blocks [][]byte, size int) {
	set, c := k.make(new(version.Epochs))
	for i, r := range contacttest.Rows(1, n) {
		set(uint32(i+1), r)
	}
	for block := range n>>16 + 1 {
		data := c.AppendBlock(nil, block)
		blocks = append(blocks, data)
		size += len(data)
	}
	return c, blocks, size
}

// benchStored runs f for each column of the workload and reports its figures by row.
func benchStored(b *testing.B, f func(b *testing.B, k benchColumn, c blockColumn, blocks [][]byte)) {
	for _, size := range []string{"100k", "1M", "10M"} {
		for _, k := range benchColumns() {
			b.Run(k.name+"/"+size, func(b *testing.B) {
				testflags.NeedSize(b, size)
				n := testflags.Size(size)
				c, blocks, bytes := k.stored(n)
				runtime.GC()
				b.ResetTimer()
				f(b, k, c, blocks)
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
				b.ReportMetric(float64(bytes)/float64(n), "B/row")
			})
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	benchStored(b, func(b *testing.B, k benchColumn, c blockColumn, blocks [][]byte) {
		for range b.N {
			l, done := k.load(new(version.Epochs), c)
			for block, data := range blocks {
				if err := l.Block(block, data); err != nil {
					b.Fatal(err)
				}
			}
			done()
		}
	})
}

func BenchmarkAppendBlock(b *testing.B) {
	benchStored(b, func(b *testing.B, _ benchColumn, c blockColumn, blocks [][]byte) {
		var buf []byte
		for range b.N {
			for block := range blocks {
				buf = c.AppendBlock(buf[:0], block)
			}
		}
	})
}
