package boltfile

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/internal/testflags"
)

// sizes are those of the benchmarks, in rows of 200 bytes.
var sizes = []string{"100k", "1M"}

// large makes a file of n rows, in the folder of the test: speed is about disks.
func large(b *testing.B, n int) string {
	path := filepath.Join(b.TempDir(), "file")
	f, err := CreateTemp(path+".temp", options())
	require.NoError(b, err)
	value := make([]byte, 188)
	for i := 0; i < n; {
		require.NoError(b, f.Update(func(tx *Tx) error {
			for ; i < n && (i+1)%50_000 != 0; i++ {
				if err := tx.Put("rows", rowKey(i), value); err != nil {
					return err
				}
			}
			i++
			return nil
		}))
	}
	requirePublished(b, f, path)
	return path
}

// BenchmarkOpen opens a file, with the full check and without.
func BenchmarkOpen(b *testing.B) {
	for _, size := range sizes {
		for _, trusted := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/trusted=%v", size, trusted), func(b *testing.B) {
				testflags.NeedSize(b, size)
				path := large(b, testflags.Size(size))
				info, err := os.Stat(path)
				require.NoError(b, err)
				b.SetBytes(info.Size())
				o := options()
				o.Trusted = trusted
				for b.Loop() {
					f, err := Open(path, o)
					require.NoError(b, err)
					require.NoError(b, f.Close())
				}
			})
		}
	}
}

// BenchmarkUpdate commits one small change to a file of 100 000 rows.
func BenchmarkUpdate(b *testing.B) {
	for _, noSync := range []bool{false, true} {
		b.Run(fmt.Sprintf("nosync=%v", noSync), func(b *testing.B) {
			o := options()
			o.NoSync = noSync
			f := opened(b, large(b, 100_000), o)
			i := 0
			for b.Loop() {
				require.NoError(b, f.Update(func(tx *Tx) error {
					i++
					return tx.Put("rows", rowKey(i*7919%100_000), []byte("changed"))
				}))
			}
			s := f.Stats()
			b.ReportMetric(float64(s.BytesWritten)/float64(s.Commits), "written/op")
			b.ReportMetric(float64(s.Syncs)/float64(s.Commits), "syncs/op")
		})
	}
}

// BenchmarkGet reads one value, in a View of its own and in one for all.
func BenchmarkGet(b *testing.B) {
	f := opened(b, large(b, 100_000), options())
	get := func(tx *Tx, i int) error {
		_, err := tx.Get("rows", rowKey(i*7919%100_000))
		return err
	}
	b.Run("view=own", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			require.NoError(b, f.View(func(tx *Tx) error { return get(tx, i) }))
		}
	})
	b.Run("view=one", func(b *testing.B) {
		require.NoError(b, f.View(func(tx *Tx) error {
			for i := 0; b.Loop(); i++ {
				if err := get(tx, i); err != nil {
					return err
				}
			}
			return nil
		}))
	})
}

// BenchmarkWalk reads 100 000 rows.
func BenchmarkWalk(b *testing.B) {
	f := opened(b, large(b, 100_000), options())
	for b.Loop() {
		require.NoError(b, f.View(func(tx *Tx) error {
			return tx.Walk("rows", nil, func(_, _ []byte) error { return nil })
		}))
	}
}
