package idset_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// span is the number of contacts that the benchmarks' sets are drawn from.
const span = 1_000_000

// densities are shares of the contacts in a set, in thousandths: the forms are
// one list, sparse blocks, dense blocks.
var densities = []struct {
	name     string
	thousand float64
}{{"tiny", .1}, {"sparse", 10}, {"dense", 500}}

func drawn(seed uint64, thousand float64) (*idset.Set, *roaring.Bitmap) {
	r := rand.New(rand.NewPCG(seed, 99))
	rb := roaring.New()
	for id := range uint32(span) {
		if r.Float64()*1000 < thousand {
			rb.Add(id)
		}
	}
	return idset.FromBitmap(rb), rb
}

func BenchmarkAdd(b *testing.B) {
	for _, d := range densities {
		s, rb := drawn(1, d.thousand)
		ids := make([]uint32, 4096)
		r := rand.New(rand.NewPCG(2, 2))
		for i := range ids {
			ids[i] = r.Uint32N(span)
		}
		b.Run(d.name+"/idset", func(b *testing.B) {
			var e version.Epochs
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s, _ = s.Add(&e, ids[i%len(ids)])
				s, _ = s.Remove(&e, ids[i%len(ids)])
			}
		})
		b.Run(d.name+"/roaring", func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				rb.Add(ids[i%len(ids)])
				rb.Remove(ids[i%len(ids)])
			}
		})
	}
}

// BenchmarkAddAscending fills a set in the order of the ids.
func BenchmarkAddAscending(b *testing.B) {
	b.Run("idset", func(b *testing.B) {
		for b.Loop() {
			var e version.Epochs
			var s *idset.Set
			for id := range uint32(200_000) {
				s, _ = s.Add(&e, id*3)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200_000, "ns/id")
	})
	b.Run("roaring", func(b *testing.B) {
		for b.Loop() {
			rb := roaring.New()
			for id := range uint32(200_000) {
				rb.Add(id * 3)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200_000, "ns/id")
	})
}

func BenchmarkContains(b *testing.B) {
	for _, d := range densities {
		s, rb := drawn(1, d.thousand)
		n := 0
		b.Run(d.name+"/idset", func(b *testing.B) {
			for i := uint32(0); b.Loop(); i += 7919 {
				if s.Contains(i % span) {
					n++
				}
			}
		})
		b.Run(d.name+"/roaring", func(b *testing.B) {
			for i := uint32(0); b.Loop(); i += 7919 {
				if rb.Contains(i % span) {
					n++
				}
			}
		})
	}
}

// sets of like density that a benchmark rotates over.
const rotate = 8

func BenchmarkAndCount(b *testing.B) {
	var sets [3][rotate]*idset.Set
	var rbs [3][rotate]*roaring.Bitmap
	for i, d := range densities {
		for k := range rotate {
			sets[i][k], rbs[i][k] = drawn(uint64(10*i+k), d.thousand)
		}
	}
	for i, x := range densities {
		for k, y := range densities[:i+1] {
			n := 0
			b.Run(fmt.Sprintf("%s_%s/idset", x.name, y.name), func(b *testing.B) {
				b.ReportAllocs()
				for j := 0; b.Loop(); j++ {
					n += idset.AndLen(sets[i][j%rotate], sets[k][(j+1)%rotate])
				}
			})
			b.Run(fmt.Sprintf("%s_%s/roaring", x.name, y.name), func(b *testing.B) {
				b.ReportAllocs()
				for j := 0; b.Loop(); j++ {
					n += int(rbs[i][j%rotate].AndCardinality(rbs[k][(j+1)%rotate]))
				}
			})
		}
	}
}

func BenchmarkAlgebra(b *testing.B) {
	for _, d := range densities {
		s, rs := drawn(1, d.thousand)
		t, rt := drawn(2, d.thousand)
		b.Run(d.name+"/and/idset", func(b *testing.B) {
			for b.Loop() {
				idset.And(s, t)
			}
		})
		b.Run(d.name+"/and/roaring", func(b *testing.B) {
			for b.Loop() {
				roaring.And(rs, rt)
			}
		})
		b.Run(d.name+"/or/idset", func(b *testing.B) {
			for b.Loop() {
				idset.Or(s, t)
			}
		})
		b.Run(d.name+"/or/roaring", func(b *testing.B) {
			for b.Loop() {
				roaring.Or(rs, rt)
			}
		})
		b.Run(d.name+"/toBitmap", func(b *testing.B) {
			for b.Loop() {
				s.Bitmap()
			}
		})
		b.Run(d.name+"/fromBitmap", func(b *testing.B) {
			for b.Loop() {
				idset.FromBitmap(rs)
			}
		})
	}
}

// BenchmarkOrMany unites sets that together cover half of the contacts.
func BenchmarkOrMany(b *testing.B) {
	for _, n := range []int{5, 50, 500, 5000} {
		sets := make([]*idset.Set, n)
		rbs := make([]*roaring.Bitmap, n)
		r := rand.New(rand.NewPCG(3, uint64(n)))
		parts := make([][]uint32, n)
		for id := range uint32(span) {
			if k := r.IntN(2 * n); k < n {
				parts[k] = append(parts[k], id)
			}
		}
		for i, ids := range parts {
			sets[i], rbs[i] = idset.FromIDs(ids...), roaring.BitmapOf(ids...)
		}
		b.Run(fmt.Sprintf("%d/idset", n), func(b *testing.B) {
			for b.Loop() {
				idset.OrMany(sets)
			}
		})
		b.Run(fmt.Sprintf("%d/roaring", n), func(b *testing.B) {
			for b.Loop() {
				roaring.FastOr(rbs...)
			}
		})
	}
}

// BenchmarkBlockKernels runs each operation on one block of each form.
func BenchmarkBlockKernels(b *testing.B) {
	var words [idset.Words]uint64
	for i := range words {
		words[i] = 0x5555555555555555
	}
	for _, d := range densities {
		s, _ := drawn(1, d.thousand)
		t, _ := drawn(2, 10)
		cand := t.AppendIDs(3, nil)
		ids := make([]uint16, 0, idset.BlockSize)
		n := 0
		for name, f := range map[string]func(){
			"load":      func() { n += s.Load(3, &words) },
			"and":       func() { s.And(3, &words) },
			"andNot":    func() { s.AndNot(3, &words) },
			"or":        func() { s.Or(3, &words) },
			"andCount":  func() { n += s.AndCount(3, &words) },
			"appendIDs": func() { ids = s.AppendIDs(3, ids[:0]) },
			"keep650":   func() { n += len(s.Keep(3, append(ids[:0], cand...))) },
			"drop650":   func() { n += len(s.Drop(3, append(ids[:0], cand...))) },
		} {
			b.Run(d.name+"/"+name, func(b *testing.B) {
				for b.Loop() {
					f()
				}
			})
		}
	}
}

// BenchmarkSnapshotPerChange changes one id after each snapshot.
func BenchmarkSnapshotPerChange(b *testing.B) {
	for _, d := range densities {
		for _, every := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/every=%d", d.name, every), func(b *testing.B) {
				s, _ := drawn(1, d.thousand)
				var e version.Epochs
				b.ReportAllocs()
				for i := uint32(0); b.Loop(); i++ {
					if int(i)%every == 0 {
						e.Share()
					}
					id := i / 2 * 7919 % span // there and back
					var changed bool
					if s, changed = s.Add(&e, id); !changed {
						s, _ = s.Remove(&e, id)
					}
				}
			})
		}
	}
}

func BenchmarkIterate(b *testing.B) {
	for _, d := range densities {
		s, _ := drawn(1, d.thousand)
		b.Run(d.name, func(b *testing.B) {
			n := uint32(0)
			for b.Loop() {
				for id := range s.All() {
					n += id
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(s.Len()), "ns/id")
		})
	}
}
